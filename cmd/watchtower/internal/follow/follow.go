package follow

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"time"

	"probity/cmd/watchtower/internal/law"
	"probity/cmd/watchtower/internal/tree"
	"probity/cmd/watchtower/internal/treegen"
	"probity/cmd/watchtower/internal/wire"
)

// Options say whom to follow and how far.
type Options struct {
	URL     string   // of a node's JSON-RPC; empty: none is asked
	Members []string // multiaddrs of members whose blocks are followed; none: the node's are
	Genesis []byte   // the file
	Until   uint64   // a height to stop after; 0: never
	GoOn    bool     // after a difference or an upgrade, with the node's state
	Trust   law.Trust
	Poll    time.Duration // between questions for new blocks
	JSON    bool          // what epochs ended with as JSON objects, and nothing else
}

// ErrDiffers is the error of a state that is not the node's.
var ErrDiffers = errors.New("the node and the watchtower differ")

// tower follows one node, or members.
type tower struct {
	Options
	out     io.Writer
	node    client
	chain   *law.Chain
	differs int
	taken   int // blocks whose state was taken over
	ledger  *Ledger
	whole   bool // every block of the ledger was executed here

	untold []wire.Header // executed, and not yet compared with what the node tells
	mute   bool          // the node did not answer the last question about one
}

// Run follows until the end that the options name, or a difference.
func Run(o Options, out io.Writer) error {
	w := &tower{Options: o, out: out, node: client{url: o.URL}}
	if err := w.begin(); err != nil {
		return err
	}
	if len(o.Members) > 0 {
		return w.followMembers()
	}
	for {
		last, err := w.node.finalized()
		if err != nil {
			return err
		}
		for w.chain.Head.Height < last {
			b, err := w.node.block(w.chain.Head.Height + 1)
			if err != nil {
				return err
			}
			if err := w.step(b); err != nil {
				return err
			}
			if o.Until != 0 && w.chain.Head.Height >= o.Until {
				return w.end()
			}
		}
		time.Sleep(max(o.Poll, 20*time.Millisecond))
	}
}

// say tells people; where programs read the output, beside it.
func (w *tower) say(format string, args ...any) {
	out := w.out
	if w.JSON {
		out = os.Stderr
	}
	fmt.Fprintf(out, format+"\n", args...)
}

// ended is what watchtowers submit about an epoch (oracle §3).
type ended struct {
	Epoch  uint64 `json:"epoch"`
	Height uint64 `json:"height"` // of its last block
	Root   bin    `json:"root"`
	State  bin    `json:"state"`
	Salary bin    `json:"salary"` // null where blocks were taken over
	Leaves uint64 `json:"leaves"`
	Total  uint64 `json:"total"` // $ base units
}

func (w *tower) end() error {
	w.say("height %d: root %x; %d blocks executed again, %d taken over, %d differences", w.chain.Head.Height, w.chain.Root(),
		int(w.chain.Head.Height)-w.taken, w.taken, w.differs)
	if w.differs > 0 {
		return ErrDiffers
	}
	return nil
}

// begin makes the state of height 0 and compares it with the node's. Where there is
// no node, the first block shows whether it is the members': it names it as its parent.
func (w *tower) begin() error {
	chain, err := law.New(w.Genesis, w.Trust)
	if err != nil {
		return err
	}
	w.chain = chain
	got := chain.Root()
	if w.URL != "" {
		h, err := w.node.header(0)
		if err != nil {
			return err
		}
		if want := h.StateRoot; got != want {
			w.say("genesis: root %x, not %x: %s", want, got, w.first(0))
			return ErrDiffers
		}
	}
	w.ledger, w.whole = NewLedger(chain), true
	w.say("genesis %x, height 0: root %x", chain.Genesis, got)
	return nil
}

// step executes the next block.
func (w *tower) step(b *wire.Block) error {
	height := w.chain.Head.Height + 1
	err := w.chain.Apply(b)
	var uncovered *law.NotCovered
	if errors.As(err, &uncovered) {
		if !w.GoOn { // upgrades §4: it does not judge what it does not know
			return fmt.Errorf("height %d: %w", height, err)
		}
		w.say("height %d: %v; its state is taken over", height, err)
		w.taken++
		return w.takeOver(b)
	}
	if err != nil {
		w.say("height %d: invalid: %v", height, err)
		return w.differ(b)
	}
	if w.chain.Root() != b.Header.StateRoot {
		w.say("height %d: root %x, not %x: %s", height, b.Header.StateRoot, w.chain.Root(), w.first(height))
		return w.differ(b)
	}
	w.ledger.Block(w.chain)
	return w.boundary(b)
}

// boundary tells, after the last block of an epoch, what watchtowers submit
// about it.
func (w *tower) boundary(b *wire.Block) error {
	e := b.Header.Epoch
	if e == w.chain.Epoch() {
		return nil
	}
	root, state := b.Header.StateRoot, treegen.StateHash(e, b.Header.StateRoot)
	out := ended{Epoch: e, Height: b.Header.Height, Root: root[:], State: state[:]}
	w.say("epoch %d: ends at height %d with root %x", e, b.Header.Height, root)
	w.say("  state   %x", state)
	if w.whole {
		t, err := w.ledger.Close(w.chain, e)
		if err != nil {
			return err
		}
		salary := t.Hash()
		out.Salary, out.Leaves, out.Total = salary[:], t.Count, t.Total
		w.say("  salary  %x (%d leaves, %d base units)", salary, t.Count, t.Total)
	} else {
		w.say("  salary  not told: blocks of the epoch were taken over")
	}
	if w.JSON {
		if err := json.NewEncoder(w.out).Encode(out); err != nil {
			return err
		}
	}
	w.ledger, w.whole = NewLedger(w.chain), true
	return nil
}

// differ ends the run, or goes on with the node's state.
func (w *tower) differ(b *wire.Block) error {
	w.differs++
	if !w.GoOn {
		return ErrDiffers
	}
	return w.takeOver(b)
}

// takeOver replaces the state by the node's, which must have the header's root.
func (w *tower) takeOver(b *wire.Block) error {
	if w.URL == "" {
		return fmt.Errorf("height %d: there is no node (--rpc) to take the state from", b.Header.Height)
	}
	leaves, err := w.node.leaves(b.Header.Height, "")
	if err != nil {
		return err
	}
	w.chain.Replace(leaves, b)
	if w.chain.Root() != b.Header.StateRoot {
		w.say("height %d: the state that the node gives has root %x, its header %x", b.Header.Height, w.chain.Root(), b.Header.StateRoot)
		return ErrDiffers
	}
	w.whole = false
	return w.boundary(b)
}

// first names the first leaf, in key order, that differs from the node's at a height.
func (w *tower) first(height uint64) string {
	if w.URL == "" {
		return "there is no node (--rpc) to ask for the leaf"
	}
	leaves, err := w.node.leaves(height, "")
	if err != nil {
		return fmt.Sprintf("the leaf is not known: %v", err)
	}
	return w.differing(leaves)
}

func (w *tower) differing(leaves []tree.Leaf) string {
	node, keys := map[string][]byte{}, w.chain.State.Keys("")
	for _, l := range leaves {
		node[string(l.Key)] = l.Value
		if _, ok := w.chain.State.Get(string(l.Key)); !ok {
			keys = append(keys, string(l.Key))
		}
	}
	sort.Strings(keys)
	for _, k := range keys {
		mine, ok := w.chain.State.Get(k)
		theirs, has := node[k]
		if ok != has || string(mine) != string(theirs) {
			return fmt.Sprintf("the first leaf that differs is of route %d, region %d, key %x: node %s, watchtower %s", k[1], k[2], k, law.Text(theirs, has), law.Text(mine, ok))
		}
	}
	return "no leaf differs"
}
