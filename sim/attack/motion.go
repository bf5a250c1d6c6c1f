package attack

import (
	"probity/chain/route/legislature"
	"probity/chain/types"
)

// Proposals of an assembly, and votes on them.

// propose submits a text with actions, with the whole deposit, and is its number.
func (a *assembly) propose(who string, actions ...types.Msg) uint64 {
	m := legislature.Submit{Title: "motion", Inline: types.Bytes("motion"), Actions: actions}
	law := query[legislature.Law](a, "legislature", "params", legislature.None{})
	m.Fee, m.Deposit = law.FeeMin, law.Deposit
	a.say(who, "legislature/submit", m)
	return a.submitted()
}

// urge submits actions that need no deposit.
func (a *assembly) urge(who string, actions ...types.Msg) uint64 {
	a.say(who, "legislature/submit", legislature.Submit{Title: "motion", Inline: types.Bytes("motion"), Actions: actions})
	return a.submitted()
}

// submitted seals what was said, and is the number of the newest proposal.
func (a *assembly) submitted() uint64 {
	a.must(0)
	list := query[[]legislature.Brief](a, "legislature", "list", legislature.Page{Limit: 1})
	if len(list) == 0 {
		a.fail("no proposal was made")
		return 0
	}
	return list[0].Number
}

// motion is a proposal as it stands.
func (a *assembly) motion(n uint64) legislature.Info {
	info := query[*legislature.Info](a, "legislature", "get", legislature.Number{Proposal: n})
	if info == nil {
		a.fail("no proposal %d", n)
		return legislature.Info{}
	}
	return *info
}

// vote queues a vote with a stake in base units.
func (a *assembly) vote(n uint64, who string, side legislature.Side, stake types.Amount) {
	if !stake.IsZero() {
		a.say(who, "legislature/vote", legislature.Vote{Proposal: n, Side: side, Stake: stake})
	}
}

// carry takes a proposal through its stages, executes it if it passes, and is
// the state in which it ended. cast queues the votes of a stage.
func (a *assembly) carry(n uint64, cast func(stage string)) string {
	for a.err == nil {
		switch p := a.motion(n); p.State {
		case "draft":
			a.seal(0)
		case "nonbinding", "half", "binding":
			cast(p.State)
			a.must(0)
			if q := a.motion(n); q.State == p.State { // all might have voted
				a.reach(p.Until)
			}
		case "queued":
			a.reach(p.Ready)
			if kind := a.try(house, "legislature/execute", legislature.Execute{Proposal: n}); kind != "" {
				a.fail("execution is refused as %s", kind)
			}
		default:
			return p.State
		}
	}
	return ""
}
