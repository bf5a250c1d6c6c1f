package ops

import (
	"probity/chain/keys"
	"probity/chain/route/dcert"
	"probity/chain/types"
	"probity/sim"
	"probity/sim/attack"
)

// everyone and others are members by number.
var (
	everyone = []int{0, 1, 2, 3}
	five     = []int{0, 1, 2, 3, 4}
)

// Scenarios is the table, the calm first. A member that was away has missed the
// views that it was drawn for, and learns so when it is back: ProducerMisses
// follows.
var Scenarios = []*Scenario{
	{
		Name: "calm", Story: "four members, some transfers, 10,000 blocks: nothing happens",
		Load: 1, Length: 85,
	},
	{
		Name: "down", Story: "the power of one member of five fails and comes back", Nodes: 5, Interval: 5000,
		Begin: 5, Length: 90, Mended: true,
		Fires: []Firing{{"NodeDown", 10, []int{4}}, {"ProducerMisses", 20, []int{4}}},
		Trouble: func(h *sim.Hands) {
			h.At(5*minute, func() { h.Stop(4) })
			h.At(11*minute, func() { h.Boot(4) })
		},
	},
	{
		Name: "halves", Story: "the network falls into two halves, and grows together again", Interval: 5000,
		Begin: 10, Length: 50, Mended: true,
		Fires: []Firing{{"FinalityStalled", 20, everyone}, {"FewPeers", 22, everyone}},
		Trouble: func(h *sim.Hands) {
			h.At(10*minute, func() { h.Cut(func(a, b int) bool { return a/2 != b/2 }) })
			h.At(25*minute, func() { h.Cut(nil) })
		},
	},
	{
		Name: "alone", Story: "one member of five is cut off from the others, and comes back", Nodes: 5, Interval: 5000,
		Begin: 10, Length: 100, Mended: true,
		Fires: []Firing{{"FinalityStalled", 20, []int{4}}, {"FewPeers", 22, []int{4}}, {"ProducerMisses", 30, []int{4}}},
		Trouble: func(h *sim.Hands) {
			h.At(10*minute, func() { h.Cut(func(a, b int) bool { return a == 4 || b == 4 }) })
			h.At(25*minute, func() { h.Cut(nil) })
		},
	},
	{
		Name: "starved", Story: "one member of five hears of blocks and gets none of them", Nodes: 5, Interval: 5000,
		Begin: 0, Length: 40,
		New:   func() attack.Adversary { return &starver{victim: 4} },
		Fires: []Firing{{"NodeBehind", 30, []int{4}}, {"FinalityStalled", 30, []int{4}}},
	},
	{
		Name: "clock", Story: "the clock of one member of five goes a quarter of a minute fast: its blocks come too early for the others", Nodes: 5, Interval: 5000,
		Begin: 15, Length: 60,
		Fires: []Firing{{"FinalitySlow", 40, []int{4}}, {"ProducerMisses", 58, []int{4}}, {"SaltsWithheld", 58, five}},
		Trouble: func(h *sim.Hands) {
			h.At(15*minute, func() { h.Jump(4, 15_000) })
		},
	},
	{
		Name: "disk", Story: "a neighbour fills a member's disk, a gigabyte each minute", Interval: 10_000,
		Begin: 60, Length: 200,
		Fires: []Firing{{"DiskFillsSoon", 150, []int{2}}, {"DiskAlmostFull", 190, []int{2}}},
		Trouble: func(h *sim.Hands) {
			h.Room(2, func(at types.Time) uint64 {
				gone := min(max(at, 60*minute), 179*minute) / minute
				return uint64(180-gone) << 30
			})
		},
	},
	{
		Name: "whale", Story: "one member has more than a third of all REP", Weights: []uint64{100, 100, 100, 170}, Interval: 10_000,
		Begin: 30, Length: 80,
		Fires: []Firing{{"RepConcentrated", 75, nil}},
	},
	{
		Name: "withheld", Story: "the producer with just less than a third of all REP keeps all its blocks", Interval: 2000,
		Weights: []uint64{148, 100, 100, 100},
		Attack:  "withhold", Cast: "blocks", Options: attack.Args{"nodes": "4", "owned": "1"},
		Length: 40,
		Fires:  []Firing{{"ProducerMisses", 20, []int{0}}, {"SaltsWithheld", 20, everyone}, {"ViewsNullified", 38, everyone}},
	},
	{
		Name: "twice", Story: "one member of four signs two votes where one is due", Interval: 2000,
		Attack: "equivocate", Cast: "two votes", Options: attack.Args{"nodes": "4", "owned": "1"},
		Length: 15,
		Fires:  []Firing{{"EvidenceSeen", 10, everyone}, {"ProducerMisses", 14, []int{0}}},
	},
	{
		Name: "invalid", Story: "a cartel below a third makes blocks that do not hold, and approves them", Load: 40,
		Attack: "rejects", Cast: "approvers, below 1/3", Options: attack.Args{},
		Length: 6,
		Fires:  []Firing{{"PoolInvalid", 5, five}, {"ProducerMisses", 6, []int{0, 1}}},
	},
	{
		Name: "shares", Story: "two members of seven keep their blocks, and send wrong shares of the salts", Interval: 2000,
		Attack: "beaconabuse", Cast: "wrong shares", Options: attack.Args{"nodes": "7", "owned": "2"},
		Length: 20,
		Fires: []Firing{
			{"BeaconRefused", 18, []int{2, 3, 4, 5, 6}}, {"ProducerMisses", 18, []int{0, 1}}, {"SaltsWithheld", 18, []int{0, 1, 2, 3, 4, 5, 6}},
		},
	},
	{
		Name: "vandals", Story: "two peers with hardly any REP send transactions that nobody can read", Nodes: 6, Interval: 5000,
		Weights: []uint64{100, 100, 100, 100, 2, 2}, Length: 20,
		Owned: []int{4, 5}, New: func() attack.Adversary { return &vandal{who: []int{4, 5}, every: 10_000} },
		Fires: []Firing{{"PeersMisbehave", 10, everyone}},
	},
	{
		Name: "slow", Story: "a member of five gets a disk on which each write takes 0.7 s", Nodes: 5, Interval: 5000,
		Begin: 5, Length: 30,
		Fires: []Firing{{"CommitsSlow", 20, []int{4}}, {"ProducerMisses", 25, []int{4}}},
		Trouble: func(h *sim.Hands) {
			h.At(5*minute, func() { h.Slow(4, 700) })
		},
	},
	{
		Name: "flood", Story: "users offer twice as many transfers as blocks have room for", Interval: 60_000,
		Load: 20, Mempool: 4000, Params: map[string]uint64{"block.weight": 200_000, "epoch.blocks": 4096}, Length: 30,
		Fires: []Firing{{"MempoolFull", 28, everyone}},
	},
	{
		Name: "sectors", Story: "the sectors with a member's oldest blocks go bad, and an indexer reads them again and again", Interval: 5000,
		Begin: 10, Length: 30,
		Fires:   []Firing{{"RpcFails", 25, []int{2}}},
		Trouble: badSectors,
	},
	{
		Name: "moved", Story: "a member of five moves to a new machine, which nothing reaches for 25 minutes", Nodes: 5, Interval: 5000,
		Begin: 10, Length: 100, Mended: true,
		Fires: []Firing{{"SignerWaits", 22, []int{4}}, {"FewPeers", 22, []int{4}}, {"FinalityStalled", 20, []int{4}}, {"ProducerMisses", 40, []int{4}}},
		Trouble: func(h *sim.Hands) {
			h.At(10*minute, func() {
				h.Stop(4)
				h.Move(4, minute)
				h.Cut(func(a, b int) bool { return a == 4 || b == 4 })
				h.Boot(4)
			})
			h.At(35*minute, func() { h.Cut(nil) })
		},
	},
	{
		Name: "twin", Story: "a member of five is started on a second machine, too", Nodes: 5, Interval: 5000, Copies: []int{4},
		Begin: 3, Length: 30,
		Fires: []Firing{{"SignerTwin", 8, []int{5}}},
		Trouble: func(h *sim.Hands) {
			h.Move(5, minute)
			h.At(3*minute, func() { h.Boot(5) })
		},
	},
	{
		Name: "rehearsed", Story: "a member of five is started with the journal of a rehearsal, which went further than the chain", Nodes: 5, Interval: 5000,
		Params: map[string]uint64{"epoch.blocks": 1024}, Begin: 10, Length: 90, Mended: true,
		Fires: []Firing{{"SignerRefuses", 14, []int{4}}, {"ProducerMisses", 16, []int{4}}},
		Trouble: func(h *sim.Hands) {
			h.At(10*minute, func() {
				h.Stop(4)
				h.Rehearse(4, 60)
				h.Boot(4)
			})
		},
	},
	{
		Name: "halted", Story: "the emergency team breaks the circuit of the forum, which closes after a quarter of an hour", Interval: 5000,
		Sections: emergencyTeam, Params: map[string]uint64{"dcert.breaker": 1, "dcert.bond": 10_000_000_000, "dcert.expiry": 900_000},
		Begin: 5, Length: 30, Mended: true,
		Fires: []Firing{{"CircuitOpen", 10, nil}},
		Trouble: func(h *sim.Hands) {
			h.At(5*minute, func() {
				h.Say(1, "dcert", "trip", dcert.Trip{Messages: []string{"forum"}, Commitment: keys.Sum([]byte("motive"))})
			})
		},
	},
	{
		Name: "upgrade", Story: "the legislature plans a protocol that nobody has installed", Interval: 60_000,
		Params: map[string]uint64{"law.period": 1_200_000, "law.deposit": 1_000_000_000, "law.delay": 60_000},
		Begin:  5, Length: 28 * 60, Every: minute,
		Fires:   []Firing{{"UpgradePlanned", 60, nil}, {"UpgradeWaits", 26 * 60, nil}},
		Trouble: planUpgrade,
	},
	{
		Name: "monoculture", Story: "all four seats of the oracle run one implementation", Interval: 10_000,
		Sections: oracleSeats, Params: map[string]uint64{"oracle.bond": 10_000_000_000}, Begin: 30, Length: 80,
		Fires: []Firing{{"OracleMonoculture", 75, nil}},
	},
}
