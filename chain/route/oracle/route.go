package oracle

import (
	"probity/chain/route"
	"probity/chain/types"
)

// ID is the route's number on the wire.
const ID = 14

// self is its name, also as the opener of what it asks by itself.
const self = "oracle"

// Route is the chapter of watchtowers.
var Route = &route.Route{
	ID: ID, Name: self,
	Doc: "Watchtowers: who they are, what they are asked, what they agree on.",
	Params: []*route.Param{
		Quorum, MembersMin, Bond, ProposalCooldown, VoteDelay, VoteTime, ExecuteTime, ActionTime,
		ChallengeWindow, ChallengeCooldown, ChallengeCost, TaskEpochs, KeepEpochs, SpacingPPM, RateMax, HealthTime,
	},
	Msgs: []route.Msg{
		route.On(1, "submit", submit).Costs(1000).Says("Answer a task with the hash of canonical bytes."),
		route.On(2, "declare", declare).Says("Say which implementations the sender runs."),
		route.On(3, "publish", publish).Says("Register an implementation under its author's account."),
		route.On(4, "propose", propose).Says("Put the invitation, leave or removal of a member to a vote."),
		route.On(5, "vote", vote).Says("Vote on a proposal of the members."),
		route.On(6, "execute", execute).Says("Carry out a proposal that has passed."),
		route.On(7, "join", join).Says("Take the seat that one was invited to, and post the bond."),
		route.On(8, "recover_join", recoverJoin).Says("Take a seat without an invitation while there are too few members."),
		route.On(9, "leave", leave).Says("Leave, once the members have agreed, and have the bond back."),
		route.On(10, "challenge", challenge).Says("Ask a silent member to show that it is there."),
		route.On(11, "respond", respond).Says("Answer a challenge."),
		route.On(12, "decide", decide).Says("Remove a member that did not answer."),
		route.On(20, "open_task", openTask).Costs(1000).OnlyBy("contribution", "release").Says("Ask the members for a hash."),
		route.On(30, "register", setRegister).OnlyBy("legislature").Says("Open the register to whoever posts the bond, or close it."),
		route.On(31, "dismiss", dismiss).OnlyBy("legislature").Says("Remove a member."),
	},
	Queries: []route.Query{
		route.Ask("members", listMembers).Says("The members, their bonds, implementations and health."),
		route.Ask("diversity", diversity).Says("How the seats are spread over implementations and authors."),
		route.Ask("tasks", listTasks).Says("The tasks that are kept, newest epoch last."),
		route.Ask("submissions", listSubmissions).Says("What members submitted to a task, and how it stands."),
		route.Ask("proposals", listProposals).Says("Votes of the members."),
		route.Ask("implementations", listImplementations).Says("The registered implementations."),
	},
	Genesis:  genesis,
	End:      end,
	Boundary: boundary,
	Invariants: []route.Invariant{
		{Name: "bonds are at stake", Check: bonded},
		{Name: "open tasks have a deadline", Check: timed},
		{Name: "an agreed hash has its quorum", Check: backed},
	},
	Sample: sample,
}

const (
	day  = 86_400_000
	week = 7 * day
)

// The numbers of the route.
var (
	// Quorum is the part of the snapshot's seats that must agree. Its guardrail
	// is the 51 % that nobody may lower (OF1).
	Quorum = &route.Param{
		Name: "oracle.quorum_ppm", Unit: route.Ratio, Default: 510_000, Min: 510_000, Max: uint64(types.Million), ClassA: true,
		Doc: "Part of a task's seats that must submit the same bytes, and of the members that a proposal needs.",
	}
	// MembersMin is the number below which anyone may join.
	MembersMin = &route.Param{
		Name: "oracle.members_min", Unit: route.Count, Default: 3, Min: 3, Max: SeatsMax,
		Doc: "Members below which whoever posts the bond may join, and none may leave.",
	}
	// Bond is what a seat costs while it is held.
	Bond = &route.Param{
		Name: "oracle.bond", Unit: route.Base, Default: 1_750_000_000_000, Max: 1 << 60,
		Doc: "wREP at stake while a member.",
	}
	// ProposalCooldown is between two proposals of one member.
	ProposalCooldown = &route.Param{
		Name: "oracle.proposal_cooldown", Unit: route.Millis, Default: 2 * day, Max: 52 * week,
		Doc: "Time between two proposals of one member.",
	}
	// VoteDelay is before votes are taken.
	VoteDelay = &route.Param{
		Name: "oracle.vote_delay", Unit: route.Millis, Default: week, Max: 52 * week,
		Doc: "Time from a proposal to its vote.",
	}
	// VoteTime is how long votes are taken.
	VoteTime = &route.Param{
		Name: "oracle.vote_time", Unit: route.Millis, Default: 2 * week, Min: 1, Max: 52 * week,
		Doc: "Time in which members vote.",
	}
	// ExecuteTime is how long a passed proposal can be executed.
	ExecuteTime = &route.Param{
		Name: "oracle.execute_time", Unit: route.Millis, Default: 4 * week, Min: 1, Max: 52 * week,
		Doc: "Time after the vote in which a passed proposal can be executed.",
	}
	// ActionTime is how long an invitation or a leave holds.
	ActionTime = &route.Param{
		Name: "oracle.action_time", Unit: route.Millis, Default: 4 * week, Min: 1, Max: 52 * week,
		Doc: "Time in which one joins or leaves after it was allowed.",
	}
	// ChallengeWindow is how long a challenged member has to answer.
	ChallengeWindow = &route.Param{
		Name: "oracle.challenge_window", Unit: route.Millis, Default: week, Min: 1, Max: 52 * week,
		Doc: "Time that a challenged member has to answer.",
	}
	// ChallengeCooldown is between two challenges by, and of, one member.
	ChallengeCooldown = &route.Param{
		Name: "oracle.challenge_cooldown", Unit: route.Millis, Default: week, Max: 52 * week,
		Doc: "Time between two challenges by one member, and after an answer.",
	}
	// ChallengeCost is what an outsider's challenge costs.
	ChallengeCost = &route.Param{
		Name: "oracle.challenge_cost", Unit: route.Base, Default: 10_000_000_000, Max: 1 << 60,
		Doc: "$ that a challenge by somebody who is no member costs.",
	}
	// TaskEpochs is how long an automatic task waits for agreement.
	TaskEpochs = &route.Param{
		Name: "oracle.task_epochs", Unit: route.Count, Default: 8, Min: 1, Max: 1024,
		Doc: "Epochs, by their least length, that a task about an epoch stays open.",
	}
	// KeepEpochs is how long closed tasks are kept.
	KeepEpochs = &route.Param{
		Name: "oracle.keep_epochs", Unit: route.Count, Default: 256, Min: 1, Max: 4096,
		Doc: "Epochs, by their least length, that a closed task and its submissions stay in the state.",
	}
	// SpacingPPM is how close two results of one kind may be (OF9).
	SpacingPPM = &route.Param{
		Name: "oracle.spacing_ppm", Unit: route.Ratio, Default: 950_000, Max: uint64(types.Million),
		Doc: "Least time between automatic tasks of a kind, as a part of an epoch's least length.",
	}
	// RateMax is how much a rate may change in one interval (OF9).
	RateMax = &route.Param{
		Name: "oracle.rate_max_ppm", Unit: route.Ratio, Default: 20_000, Min: 10_000, Max: 100_000, ClassA: true,
		Doc: "Most that a rate may change from one result to the next; binds kinds whose value is a rate.",
	}
	// HealthTime is how often a healthy member is seen (OF14).
	HealthTime = &route.Param{
		Name: "oracle.health_time", Unit: route.Millis, Default: week, Min: 1, Max: 52 * week,
		Doc: "Time in which a healthy member is seen on each duty.",
	}
)
