package release

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// duesMax bounds the deadlines that act in one block; the rest act in the next.
// Rules look at the times themselves, so that nothing rests on being prompt.
const duesMax = 32

// schedule has something happen in the first block at or past a time. What is
// due looks at its subject again and does nothing where that has moved on.
func schedule(c *route.Ctx, at types.Time, kind dueKind, ref keys.Hash) {
	dues.Set(c, due{at, kind, ref}, true)
}

// begin notices that a version is in force and lets deadlines act, so that the
// block's transactions see what has become of them.
func begin(c *route.Ctx) error {
	s, _ := overview.Get(c)
	if !s.Live {
		return nil
	}
	inForce(c, &s)
	var list []due
	dues.Range(c, func(d due, _ bool) bool {
		if d.At > c.Block.Time || len(list) == duesMax {
			return false
		}
		list = append(list, d)
		return true
	})
	for _, d := range list {
		dues.Delete(c, d)
		act(c, d)
	}
	return nil
}

func act(c *route.Ctx, d due) {
	switch d.Kind {
	case dueVote:
		closeVote(c, d.Ref)
	case dueExpiry:
		expire(c, d.Ref)
	case dueBuild:
		lapse(c, d.Ref)
	case dueEnact:
		enact(c, d.Ref)
	case dueApplication:
		if a, ok := applications.Get(c, accountOf(d.Ref)); ok && a.Expires <= c.Block.Time {
			applications.Delete(c, accountOf(d.Ref))
			c.Emit("application_expired", "address", accountOf(d.Ref))
		}
	case dueCandidacy:
		if a, ok := candidacies.Get(c, accountOf(d.Ref)); ok && a.Expires <= c.Block.Time {
			candidacies.Delete(c, accountOf(d.Ref))
			c.Emit("candidacy_expired", "address", accountOf(d.Ref))
		}
	case dueRevocation:
		closeRevocation(c, accountOf(d.Ref))
	case dueAuditor:
		settleCharge(c, accountOf(d.Ref))
	default:
		k := petitionKey{petitionKind(d.Kind - duePetition), d.Ref}
		if p, ok := petitions.Get(c, k); ok && p.Until <= c.Block.Time {
			petitions.Delete(c, k)
		}
	}
}
