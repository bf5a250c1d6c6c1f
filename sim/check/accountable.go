package check

import (
	"fmt"
	"slices"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
)

// Reported is the oracle of accountability for worlds with a Byzantine member:
// whoever hears two statements of one signer that convict it holds evidence
// soon. Members must not restart in between, which makes them forget.
var Reported = Check{"reported", "whoever hears two statements that convict their signer holds evidence", reported}

// reportWithin is how long a member may take, ms: it needs no time at all.
const reportWithin types.Time = 100

// hearing is one member listening to one signer in a view.
type hearing struct {
	member int
	epoch  types.Epoch
	view   types.View
	signer uint32
}

func reported() func(*Event) error {
	type secret struct {
		hearing
		since types.Time
	}
	heard := map[hearing][]types.Statement{}
	told := map[hearing]bool{}
	var kept []secret // that were heard and not told, in order
	return func(e *Event) error {
		switch {
		case e.Heard != nil:
			at := hearing{e.Member, e.Heard.Epoch, e.Heard.View, e.Heard.Signer}
			for _, s := range heard[at] {
				if consensus.Conflict(s, e.Heard.Statement) {
					kept = append(kept, secret{at, e.At})
				}
			}
			heard[at] = append(heard[at], e.Heard.Statement)
		case e.Evidence != nil && e.Evidence.Signer >= 0:
			told[hearing{e.Member, e.Evidence.Epoch, e.Evidence.A.View, uint32(e.Evidence.Signer)}] = true
		}
		for len(kept) > 0 && (e.Calm != nil || e.At > kept[0].since+reportWithin) {
			k := kept[0]
			kept = kept[1:]
			if !told[k.hearing] {
				return fmt.Errorf("member %d heard signer %d contradict itself in %d/%d and holds no evidence", k.member, k.signer, k.epoch, k.view)
			}
		}
		return nil
	}
}

// EvidenceBut is the oracle evidence where some keys are guilty: there may be
// evidence against them, and against nobody else.
func EvidenceBut(guilty ...keys.PublicKey) Check {
	return Check{"evidence", "evidence names the guilty only", func() func(*Event) error {
		inner := evidence()
		return func(e *Event) error {
			if e.Evidence != nil && slices.Contains(guilty, e.Evidence.Key) {
				return nil
			}
			return inner(e)
		}
	}}
}

// SlashedBut is the oracle slashed where some members are guilty.
func SlashedBut(guilty ...int) Check {
	return Check{"slashed", "only the guilty are convicted", func() func(*Event) error {
		inner := slashed()
		return func(e *Event) error {
			rest := *e
			rest.Convicted = slices.DeleteFunc(slices.Clone(e.Convicted), func(id int) bool { return slices.Contains(guilty, id) })
			return inner(&rest)
		}
	}}
}
