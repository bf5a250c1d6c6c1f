package availability

import (
	"fmt"

	"probity/chain/route"
	"probity/chain/route/params"
	"probity/chain/types"
)

// ID is the route's number on the wire.
const ID = 4

// Route is the chapter of the bench and of availability contracts.
var Route = &route.Route{
	ID: ID, Name: "availability",
	Doc: "The bench, availability contracts, the jail, and the plan of every epoch.",
	Params: []*route.Param{
		BenchMax, BenchMin, BenchMode, BenchSample,
		ASCMin, ASCMax, ASCLead, ASCSelection,
		JailMisses, BeaconScheme, BeaconStride, EvidenceWindow,
	},
	CheckParams: check,
	Msgs: []route.Msg{
		route.On(1, "bench", join).Costs(1000).PerByte(sealWeight).
			Says("Sit on the bench from the next freeze on, or change the key that votes."),
		route.On(2, "leave", leave).Says("Leave the bench at the next freeze."),
		route.On(3, "register", register).Costs(1000).PerByte(sealWeight).
			Says("Put REP behind being drawn as a producer in the next epoch."),
		route.On(4, "add_salts", addSalts).Costs(1000).PerByte(sealWeight).Says("Commit to more salts for the next epoch."),
		route.On(5, "resume", resume).Says("Ask to be drawn again after having been jailed."),
		route.On(6, "signal", signal).Says("Tell which protocol the sender's node can run; 0 takes that back."),
		route.On(7, "upgrade", upgrade).OnlyBy("legislature", "release").AsGrave().AsRescue().
			Says("Plan a protocol version: it starts with an epoch, once a quorum of the roster signals it."),
		route.On(8, "cancel", cancel).OnlyBy("legislature", "release").AsGrave().AsRescue().
			Says("Take back the plan of an upgrade that is not in force yet."),
	},
	Queries: []route.Query{
		route.Ask("get", get).Says("An account's seat, contracts, misses and convictions."),
		route.Ask("bench", seats).Says("Who sits on the bench, as of the next freeze."),
		route.Ask("plan", plan).Says("Everything that is fixed about an epoch: roster, producers, seed."),
		route.Ask("roster", roster).Says("The frozen bench of an epoch and its hash."),
		route.Ask("list", contracts).Says("The contracts registered for an epoch so far."),
		route.Ask("upgrade", upgradeState).Says("The protocol in force, the plan for the next one, and who signals it."),
	},
	Genesis:    genesis,
	Begin:      begin,
	Boundary:   boundary,
	Invariants: []route.Invariant{{Name: "the plan in force can be run", Check: runnable}},
	Rescue:     true,
}

// sealWeight is the weight of a byte of escrow keys or dealings beside itself. A
// dealing to 100 tickets takes about 2 ms for 3,328 bytes, which is 0.6 µs a
// byte where a transfer takes 0.07 µs a unit of weight. Members check dealings
// when the transaction reaches their mempool, so that half of that is asked.
const sealWeight = 4

// Ways to choose who of the bench is paid for policing a view.
const (
	ModeTop     = 1 // everyone on the roster
	ModeSampled = 2 // members drawn for the view
)

// The numbers of the route. All are read at a freeze, so that a change takes
// effect in the epoch after the next (spec availability §3).
var (
	// BenchMax bounds the roster.
	BenchMax = &route.Param{
		Name: "bench.max", Unit: route.Count, Default: 200, Min: 1, Max: 768, ClassA: true,
		Doc: "Most members of a roster; the heaviest are taken.",
	}
	// BenchMin is the least wREP of a member.
	BenchMin = &route.Param{
		Name: "bench.min", Unit: route.Base, Default: 1_000_000_000, Min: 1_000_000_000, Max: 1 << 60, ClassA: true,
		Doc: "Least wREP with which an account is on a roster.",
	}
	// BenchMode says who is paid for policing.
	BenchMode = &route.Param{
		Name: "bench.mode", Unit: route.Choice, Default: ModeTop, Min: ModeTop, Max: ModeSampled, ClassA: true,
		Choices: []string{"", "top", "sampled"},
		Doc:     "Who is paid for policing a view: the whole roster, or members drawn for the view. Finality always rests on the whole roster.",
	}
	// BenchSample is how many members are drawn.
	BenchSample = &route.Param{
		Name: "bench.sample", Unit: route.Count, Default: 64, Min: 1, Max: 1024, ClassA: true,
		Doc: "Members drawn for a view with bench.mode sampled.",
	}
	// ASCMin is the least wREP of a contract.
	ASCMin = &route.Param{
		Name: "asc.min", Unit: route.Base, Default: 1_000_000_000, Min: 1_000_000_000, Max: 1 << 60, ClassA: true,
		Doc: "Least wREP of an availability contract.",
	}
	// ASCMax bounds the list of producers.
	ASCMax = &route.Param{
		Name: "asc.max", Unit: route.Count, Default: 4096, Min: 1, Max: 1 << 16, ClassA: true,
		Doc: "Most registered contracts in a list; the heaviest are taken.",
	}
	// ASCLead is how long before the epoch's end registrations close.
	ASCLead = &route.Param{
		Name: "asc.lead_views", Unit: route.Views, Default: 64, Min: 1, Max: 1 << 19, ClassA: true,
		Doc: "Views before the epoch's last turn at which registrations for the next epoch close.",
	}
	// ASCSelection is how producers are drawn.
	ASCSelection = &route.Param{
		Name: "asc.selection", Unit: route.Choice, Default: uint64(types.Cycle), Min: uint64(types.Cycle), Max: uint64(types.Lottery), ClassA: true,
		Choices: []string{"", "cycle", "lottery"},
		Doc:     "How producers are drawn: in turns, or independently for each view.",
	}
	// JailMisses is how many misses in a row jail.
	JailMisses = &route.Param{
		Name: "jail.misses", Unit: route.Count, Default: 8, Min: 1, Max: 1 << 16, ClassA: true,
		Doc: "Views in a row without a block after which a producer is left out until it asks back.",
	}
	// BeaconScheme is how salts are committed to and opened; route beacon reads
	// it out of the plan.
	BeaconScheme = &route.Param{
		Name: "beacon.scheme", Unit: route.Choice, Default: uint64(types.Recoverable), Min: uint64(types.Hashed), Max: uint64(types.Recoverable), ClassA: true,
		Choices: []string{"", "hashed", "recoverable"},
		Doc:     "How randomness is made: hash chains revealed in proposals, or salts that the roster can open.",
	}
	// BeaconStride is how often a view uses a salt.
	BeaconStride = &route.Param{
		Name: "beacon.stride", Unit: route.Views, Default: 1, Min: 1, Max: 64, ClassA: true,
		Doc: "Only views divisible by it use a salt.",
	}
	// EvidenceWindow is how long an offence can be punished after its epoch,
	// beside two epochs.
	EvidenceWindow = &route.Param{
		Name: "evidence.window", Unit: route.Blocks, Default: 9_072_000, Min: 16, Max: 1 << 32, ClassA: true,
		Doc: "Blocks after an epoch, beside two epochs more, for which its locks hold and evidence about it is heard.",
	}
)

// check refuses combinations of parameters that no epoch could be run with.
func check(p *route.Params) error {
	if lead, blocks := p.Get(ASCLead), p.Get(params.EpochBlocks); lead >= blocks {
		return fmt.Errorf("asc.lead_views %d leaves no time to register in epochs of %d blocks", lead, blocks)
	}
	return nil
}
