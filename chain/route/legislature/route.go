package legislature

import (
	"fmt"

	"probity/chain/route"
)

// ID is the route's number on the wire.
const ID = 9

// Name is the route's name.
const Name = "legislature"

// What messages weigh, in units of about 0.07 µs.
const (
	submitCost  = 4_000 // sixteen actions to try against the parameters
	submitDear  = 2     // of each byte kept for ever
	voteCost    = 4_000 // up to law.open_max electorates to look through
	executeCost = 8_000 // sixteen actions
)

// Route is the chapter of proposals.
var Route = &route.Route{
	ID: ID, Name: Name,
	Doc: "Proposals and their actions: deposits, three stages of votes, execution, work contracts, gREP.",
	Params: []*route.Param{
		Period, DraftTime, Delay, Expiry, DepositREP, DepositPPM, FeeMin, Quorum, Pass,
		GraveQuorum, GravePass, Loss, OpenMax, Holders,
	},
	CheckParams: check,
	Msgs: []route.Msg{
		route.On(1, "submit", submit).Costs(submitCost).PerByte(submitDear).Says("Propose: a post with actions, a fee in $ and a first part of the deposit."),
		route.On(2, "deposit", deposit).Says("Put REP behind a draft; the vote opens when the deposit is complete."),
		route.On(3, "withdraw", withdraw).Says("Take back a proposal of one's own, before its second stage."),
		route.On(4, "vote", vote).Costs(voteCost).Says("Stake REP for a proposal, against it, or on a veto."),
		route.On(5, "execute", execute).Costs(executeCost).Says("Execute a proposal that has passed, after the enactment delay."),
		route.On(6, "activate", activate).OnlyBy(Name).AsGrave().
			Says("Put a work contract in force at the end of the epoch: production rules and the post that earns their author share."),
	},
	Queries: []route.Query{
		route.Ask("get", get).Says("A proposal: its actions, state, votes and timetable."),
		route.Ask("list", list).Says("Proposals, the newest first, of one state or all."),
		route.Ask("votes", votes).Says("Who staked what on which side of the running stage."),
		route.Ask("tally", tally).Says("How the running stage of a proposal stands."),
		route.Ask("params", law).Says("The terms that a proposal would be voted by if its vote opened now."),
		route.Ask("contracts", history).Says("The work contracts there were, the one in force and the one to come."),
		route.Ask("dryRun", dryRun).Says("What a proposal would do: parameters and balances before and after, thresholds, timetable, findings."),
	},
	Begin:    begin,
	End:      end,
	Boundary: boundary,
	Verdict:  verdict,
	Invariants: []route.Invariant{
		{Name: "deposits are locked", Check: bonded},
		{Name: "votes are on open pools", Check: opened},
		{Name: "what waits is in its queue", Check: queued},
	},
	Sample: sample,
}

// The numbers of the route. A proposal is voted by those of its opening.
var (
	// Period is the length of the three stages together.
	Period = &route.Param{
		Name: "law.period", Unit: route.Millis, Default: 345_600_000, Min: 400, Max: 7_776_000_000, ClassA: true,
		Doc: "Length of a vote: half of it for the non-binding stage, a quarter each for the half-binding and the binding one.",
	}
	// DraftTime is how long a draft may gather its deposit.
	DraftTime = &route.Param{
		Name: "law.draft", Unit: route.Millis, Default: 604_800_000, Min: 400, Max: 7_776_000_000,
		Doc: "How long a draft may gather its deposit before it expires.",
	}
	// Delay is the enactment delay.
	Delay = &route.Param{
		Name: "law.delay", Unit: route.Millis, Default: 86_400_000, Min: 100, Max: 2_592_000_000, ClassA: true,
		Doc: "Time between passing and the first moment at which a proposal may be executed.",
	}
	// Expiry is how long a proposal may be executed.
	Expiry = &route.Param{
		Name: "law.expiry", Unit: route.Millis, Default: 691_200_000, Min: 400, Max: 7_776_000_000,
		Doc: "How long a passed proposal may be executed, from the end of the enactment delay.",
	}
	// DepositREP is the deposit.
	DepositREP = &route.Param{
		Name: "law.deposit", Unit: route.Base, Default: 100_000_000_000, Min: 1, Max: 1 << 60,
		Doc: "REP of the canonizing book that must be deposited before a vote opens; burned on a veto, else returned.",
	}
	// DepositPPM bounds the deposit by the supply.
	DepositPPM = &route.Param{
		Name: "law.deposit_ppm", Unit: route.Ratio, Default: 10_000, Min: 1, Max: 100_000,
		Doc: "Most of a book's supply that the deposit may be, so that a small book can still propose.",
	}
	// FeeMin is the least fee.
	FeeMin = &route.Param{
		Name: "law.fee_min", Unit: route.Base, Default: 100_000_000, Max: 1 << 50,
		Doc: "Least $ that a proposal costs, unless all its actions are urgent.",
	}
	// Quorum is the quorum of an ordinary proposal.
	Quorum = &route.Param{
		Name: "law.quorum_ppm", Unit: route.Ratio, Default: 100_000, Min: 100_000, Max: 500_000, ClassA: true,
		Doc: "Part of the supply that must be staked on an ordinary proposal.",
	}
	// Pass is the majority of an ordinary proposal.
	Pass = &route.Param{
		Name: "law.pass_ppm", Unit: route.Ratio, Default: 500_000, Min: 500_000, Max: 900_000, ClassA: true,
		Doc: "Part of what is staked that an ordinary proposal must exceed.",
	}
	// GraveQuorum is the quorum of a proposal of class A.
	GraveQuorum = &route.Param{
		Name: "law.grave_quorum_ppm", Unit: route.Ratio, Default: 333_333, Min: 333_333, Max: 666_667, ClassA: true,
		Doc: "Part of the supply that must be staked on a proposal of class A.",
	}
	// GravePass is the majority of a proposal of class A.
	GravePass = &route.Param{
		Name: "law.grave_pass_ppm", Unit: route.Ratio, Default: 666_667, Min: 666_667, Max: 900_000, ClassA: true,
		Doc: "Part of what is staked that a proposal of class A must exceed.",
	}
	// Loss is what a losing vote of the binding stage loses.
	Loss = &route.Param{
		Name: "law.loss_ppm", Unit: route.Ratio, Default: 100_000, Max: 500_000, ClassA: true,
		Doc: "Part of a losing stake that burns in the binding stage; half of it in the half-binding one.",
	}
	// OpenMax bounds the votes that run at once.
	OpenMax = &route.Param{
		Name: "law.open_max", Unit: route.Count, Default: 256, Min: 1, Max: 1024,
		Doc: "Most proposals that are voted on at once; others wait. Recovery proposals do not count.",
	}
	// Holders is how many must hold gREP before it canonizes.
	Holders = &route.Param{
		Name: "law.grep_holders", Unit: route.Count, Default: 7, Min: 1, Max: 1000, ClassA: true,
		Doc: "Accounts that must hold gREP, none of them more than a third, before it canonizes in the place of wREP.",
	}
)

// check refuses thresholds by which a grave proposal would pass more easily than
// an ordinary one.
func check(p *route.Params) error {
	if p.Get(GraveQuorum) < p.Get(Quorum) || p.Get(GravePass) < p.Get(Pass) {
		return fmt.Errorf("thresholds of class A below the ordinary ones")
	}
	return nil
}
