package dcert

import (
	"probity/chain/route"
	"probity/chain/types"
)

// ID is the route's number on the wire.
const ID = 11

// Route is the chapter of the emergency team and of the circuit breaker.
var Route = &route.Route{
	ID: ID, Name: "dcert",
	Doc: "The emergency team: its election and bonds, the circuits that it breaks, and how it is held to account.",
	Params: []*route.Param{
		Stipend, MembersMax, Bond, SuspendQuorum, Wager, Stabilization, Breaker,
		BreakQuorum, Expiry, RecoverySet, BallotPeriod,
	},
	Msgs: []route.Msg{
		route.On(1, "prefer", prefer).Says("Divide the sender's wREP among accounts that it would have in the group; replaces what it said before."),
		route.On(2, "bond", place).Says("Put wREP behind a member or candidate, who may be another."),
		route.On(3, "unbond", unbond).Says("Withdraw a bond: it counts no longer, and is free after the exit delay."),
		route.On(4, "accept", accept).Costs(2000).Says("Enter the group as one of the most preferred, at once or through the queue."),
		route.On(5, "leave", leave).Says("Leave the group, or the queue into it."),
		route.On(6, "describe", describe).Says("Change what the group's page says of the sender, a member."),
		route.On(7, "trip", breakCircuits).Costs(2000).Says("Break message routes: they are refused until an approved upgrade mends them."),
		route.On(8, "reveal_motive", revealMotive).Says("Tell why circuits were broken, as committed to when they were."),
		route.On(9, "suspend", suspend).Says("Vote to suspend another member."),
		route.On(10, "commit_report", commitReport).Says("Commit to a confidential report."),
		route.On(11, "open_report", openReport).Says("Open the commitment to a report."),
		route.On(12, "preapprove", preapprove).Says("Vote to approve a security release ahead of its release process."),
		route.On(20, "heed", heedDisband).OnlyBy("legislature").Says("Hear of a proposal to disband the group."),
		route.On(21, "revoke", revoke).OnlyBy("legislature").AsRescue().Says("Remove a member."),
		route.On(22, "slash", slash).OnlyBy("legislature").AsRescue().Heralds("heed_slash").
			Says("Burn a part of what is bonded for a member, withdrawals included."),
		route.On(23, "disband", disband).OnlyBy("legislature").AsRescue().AsUrgent().Heralds("heed").
			Says("Dissolve the group and slash its members; what is broken stays broken."),
		route.On(24, "heed_slash", heedSlash).OnlyBy("legislature").Says("Hear of a proposal to slash a member."),
	},
	Queries: []route.Query{
		route.Ask("status", status).Says("Whether the breaker is on, the group halted, and a count running."),
		route.Ask("members", listMembers).Says("The group, by sequence."),
		route.Ask("candidates", listCandidates).Says("Whose bond suffices, with their votes as counted last."),
		route.Ask("queue", listQueue).Says("The swaps that wait for their stabilization period."),
		route.Ask("preference", preferenceOf).Says("How an account divides its weight."),
		route.Ask("bond", bondOf).Says("What is bonded for an account, by whom, and what is being withdrawn."),
		route.Ask("circuits", listCircuits).Says("The open circuits: since when, by whom, with what commitment to a motive."),
		route.Ask("commitment", commitment).Says("What a trip commits to a motive with. The node learns the motive: ask one's own."),
		route.Ask("trips", listTrips).Says("What was broken, and why where that was revealed."),
		route.Ask("reports", listReports).Says("Commitments to confidential reports, and what has been opened."),
	},
	Genesis:    genesis,
	CheckTable: CheckTable,
	Guard:      guard,
	Begin:      begin,
	End:        end,
	Boundary:   boundary,
	Invariants: []route.Invariant{
		{Name: "open circuits are counted", Check: circuitsCounted},
		{Name: "the group is well formed", Check: wellFormed},
		{Name: "withdrawals are indexed", Check: indexed},
	},
	Sample: sample,
	Rescue: true,
}

const day = 86_400_000

// The seven numbers of the group (governance D2), and four more.
var (
	// Stipend is what the treasury pays a member.
	Stipend = &route.Param{
		Name: "dcert.stipend", Unit: route.Base, Default: 0, Max: 1_000_000_000_000_000,
		Doc: "$ base units that the treasury pays each active member in every block, as far as it has them.",
	}
	// MembersMax is how many seats there are.
	MembersMax = &route.Param{
		Name: "dcert.max", Unit: route.Count, Default: 7, Min: 1, Max: 64,
		Doc: "Seats in the group.",
	}
	// Bond is what must be bonded for a member.
	Bond = &route.Param{
		Name: "dcert.bond", Unit: route.Base, Default: 1_000_000_000_000, Min: 1_000_000_000, Max: 1 << 60,
		Doc: "wREP that must be bonded for each member and candidate.",
	}
	// SuspendQuorum is which part of the others suspends a member.
	SuspendQuorum = &route.Param{
		Name: "dcert.suspend_quorum", Unit: route.Ratio, Default: 666_666, Min: 1, Max: uint64(types.Million),
		Doc: "Part of the active members, without the one concerned, whose votes suspend a member; of all active ones, for a pre-approval.",
	}
	// Wager is what a proposal to disband locks.
	Wager = &route.Param{
		Name: "dcert.wager", Unit: route.Base, Default: 10_000_000_000_000, Max: 1 << 60,
		Doc: "wREP that whoever proposes to disband the group puts at stake, burned where the vote ends in a veto.",
	}
	// Stabilization is how long a swap waits.
	Stabilization = &route.Param{
		Name: "dcert.stabilization", Unit: route.Millis, Default: 7 * day, Max: 365 * day,
		Doc: "How long a newcomer must stay ahead of the member whose seat it takes; 0: not at all.",
	}
	// Breaker enables the breaker.
	Breaker = &route.Param{
		Name: "dcert.breaker", Unit: route.Switch, Default: 0, Max: 1,
		Doc: "Whether circuits can be broken at all.",
	}
	// BreakQuorum is how many members break a circuit.
	BreakQuorum = &route.Param{
		Name: "dcert.break_quorum", Unit: route.Count, Default: 1, Min: 1, Max: 64,
		Doc: "Active members that must ask for the same circuits within dcert.ballot before they break.",
	}
	// Expiry is when circuits close by themselves.
	Expiry = &route.Param{
		Name: "dcert.expiry", Unit: route.Millis, Default: 0, Max: 10 * 365 * day,
		Doc: "How long a circuit stays open at most; 0: until an approved upgrade closes it.",
	}
	// RecoverySet keeps the recovery set out of reach.
	RecoverySet = &route.Param{
		Name: "dcert.recovery_set", Unit: route.Switch, Default: 1, Max: 1, ClassA: true,
		Doc: "Whether the messages by which a chain recovers are out of the breaker's reach; 0 empties the set, as ADR-008 reads.",
	}
	// BallotPeriod is for how long a member's vote counts.
	BallotPeriod = &route.Param{
		Name: "dcert.ballot", Unit: route.Millis, Default: day, Min: 1, Max: 365 * day,
		Doc: "For how long a member's vote on a suspension, a trip or a pre-approval counts.",
	}
)

// lawPeriod is law.period where no legislature declares one.
const lawPeriod types.Time = 4 * day

// period is law.period.
func period(c *route.Ctx) types.Time {
	if d := c.Params.Find("law.period"); d != nil {
		return types.Time(c.Params.Get(d))
	}
	return lawPeriod
}
