package ops

import (
	"probity/chain/types"
	"probity/node"
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
		Name: "clock", Story: "the clock of one member of five goes eight seconds fast: its blocks come too early for the others", Nodes: 5, Interval: 5000,
		Begin: 15, Length: 60,
		Fires: []Firing{{"FinalitySlow", 40, []int{4}}, {"ProducerMisses", 58, []int{4}}, {"SaltsWithheld", 58, five}},
		Trouble: func(h *sim.Hands) {
			h.At(15*minute, func() { h.Jump(4, 8000) })
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
}

// starver keeps from one member what makes blocks final, and lets it hear how
// high the others are.
type starver struct {
	attack.Idle
	victim int
}

// smallMessage is above the size of an answer without blocks.
const smallMessage = 400

// Delays is attack.Adversary.
func (s *starver) Delays(l *attack.Letter) types.Time {
	if l.To == s.victim && (l.Topic == node.TopicConsensus || len(l.Data) > smallMessage) {
		return attack.Lost
	}
	return 0
}
