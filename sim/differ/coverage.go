package differ

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"probity/chain/exec"
	"probity/chain/types"
)

// Coverage counts what chains have reached: "court/commit ok" and "court/commit
// STAGE" are messages by how they ended, "court/decided" events, those of hooks
// included.
type Coverage map[string]int

// telling are the attributes of events that tell how something ended.
var telling = []string{"as", "state", "outcome", "stage", "cause", "kind"}

// note takes up a block.
func (c Coverage) note(r *exec.Result) {
	events := r.Events()
	for i, receipt := range r.Receipts() {
		events = append(events, receipt.Events...)
		for j := range r.Txs[i].Tx.Msgs {
			s := Table.Speak(r.Txs[i].Tx.Msgs[j], 1)
			end := "ok"
			if !receipt.OK() {
				end = receipt.Kind
			}
			c[s.Route+"/"+s.Message+" "+end]++
		}
	}
	for _, e := range events {
		c[e.Route+"/"+e.Name]++
		for _, a := range e.Attrs {
			if slices.Contains(telling, a.Key) {
				c[e.Route+"/"+e.Name+" "+a.Key+"="+a.Value]++
			}
		}
	}
}

// Add takes up another's counts.
func (c Coverage) Add(other Coverage) {
	for what, n := range other {
		c[what] += n
	}
}

// Missing are the messages of a transaction's sender that no chain has accepted, of
// the routes from first on.
func (c Coverage) Missing(first uint16) (out []string) {
	for _, r := range Table {
		for _, msg := range r.Msgs {
			if name := r.Name + "/" + msg.Name; r.ID >= first && len(msg.By) == 0 && c[name+" ok"] == 0 {
				out = append(out, name)
			}
		}
	}
	return out
}

// String lists all counts by name.
func (c Coverage) String() string {
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(c)) {
		fmt.Fprintf(&b, "\n%6d %s", c[what], what)
	}
	return b.String()
}

// Coverage is what the chain has reached.
func (m *Maker) Coverage() Coverage { return m.seen }

// time is the block time of the tip.
func (m *Maker) time() types.Time { return m.tip.Header.Time }
