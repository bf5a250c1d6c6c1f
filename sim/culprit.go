package sim

import (
	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/sim/attack"
	"probity/sim/check"
)

// Breach is a world in which Byzantine members do what they can to make two
// halves of the honest ones finalize different blocks. With a third of the
// weight or more they can; then the signed statements that honest members hold
// name them, and nobody else.
type Breach struct {
	Name    string
	Doc     string
	Weights []uint64
	Liars   []int    // Byzantine members
	Sides   [2][]int // the honest ones, parted
	Amnesia bool     // liars serve one side, lose their memory, and serve the other; else they run twice
	Real    bool
}

// Breaches is the table of such worlds. The last two are below one third, where
// the same attack makes no fork.
var Breaches = []Breach{
	{Name: "twins-thirds", Doc: "one member with 34 of 100 runs twice, one copy with each other member", Weights: []uint64{34, 33, 33}, Liars: []int{0}, Sides: [2][]int{{1}, {2}}},
	{Name: "twins-half", Doc: "two of four equal members run twice", Weights: []uint64{100}, Liars: []int{0, 1}, Sides: [2][]int{{2}, {3}}},
	{Name: "twins-seven", Doc: "three of seven equal members run twice, with real signatures", Weights: []uint64{100}, Liars: []int{0, 1, 2}, Sides: [2][]int{{3, 4}, {5, 6}}, Real: true},
	{Name: "amnesia", Doc: "two of four equal members finalize with one side, lose their disks, and begin again with the other", Weights: []uint64{100}, Liars: []int{0, 1}, Sides: [2][]int{{2}, {3}}, Amnesia: true},
	{Name: "twins-below", Doc: "one of four equal members runs twice", Weights: []uint64{100}, Liars: []int{0}, Sides: [2][]int{{1}, {2, 3}}},
	{Name: "amnesia-below", Doc: "one of four equal members finalizes with one side, loses its disks, and begins again with the other", Weights: []uint64{100}, Liars: []int{0}, Sides: [2][]int{{1, 2}, {3}}, Amnesia: true},
}

// Verdict is how a breach ended.
type Verdict struct {
	Name    string          `json:"name"`
	Doc     string          `json:"doc"`
	Seed    uint64          `json:"seed"`
	Nodes   int             `json:"nodes"`
	Total   types.Weight    `json:"total_weight"`
	Liars   types.Weight    `json:"byzantine_weight"`
	Third   bool            `json:"third"`          // they have W/3 or more
	Forked  bool            `json:"forked"`         // the oracle agreement fired
	At      types.Time      `json:"at_ms"`          // when
	Text    string          `json:"text,omitempty"` // what it said
	Named   []check.Culprit `json:"culprits"`
	Weight  types.Weight    `json:"culprit_weight"`
	Honest  int             `json:"honest_named"`
	Holds   bool            `json:"holds"`
	Heights [2]types.Height `json:"heights"` // of the two sides
}

func (b *Breach) nodes() int { return len(b.Liars) + len(b.Sides[0]) + len(b.Sides[1]) }

// breach is the box of a Breach while it runs.
type breach struct {
	*run
	b      *Breach
	side   map[int]int // of every member and copy; −1: cut off
	heard  []types.Vote
	forked *Violation
}

// breachPhase is how long each side is served.
const breachPhase types.Time = 6_000

// Play plays one seed of the breach.
func (b *Breach) Play(seed uint64) (*Verdict, error) {
	r, err := setup(Config{Seed: seed, Nodes: b.nodes(), Real: b.Real, Scenario: &attack.Scenario{
		Name: b.Name, Nodes: b.nodes(), Weights: b.Weights, Owned: b.Liars, Twins: b.Liars,
	}})
	if err != nil {
		return nil, err
	}
	defer r.finish()
	x := &breach{run: r, b: b, side: map[int]int{}}
	for side, ids := range b.Sides {
		for _, id := range ids {
			x.side[id] = side
		}
	}
	r.checks = []watch{{"agreement", x.watch()}}
	r.net.Links.Cut = func(from, to int) bool { return x.side[from] < 0 || x.side[from] != x.side[to] }
	if b.Amnesia {
		err = x.amnesia()
	} else {
		err = x.twins()
	}
	if err != nil {
		return nil, err
	}
	return x.verdict(), nil
}

// watch sees what honest members finalize, and keeps the votes in what they
// send: their own and those in every certificate that they relay.
func (x *breach) watch() func(*check.Event) error {
	agreement := check.Agreement()
	return func(e *check.Event) error {
		if e.Sent != nil {
			x.keep(e.Sent)
		}
		err := agreement(e)
		if err != nil && x.forked == nil {
			x.forked = &Violation{Oracle: "agreement", At: e.At, Text: err.Error()}
		}
		return err
	}
}

func (x *breach) keep(msg *consensus.Message) {
	take := func(c *types.Certificate) {
		if c == nil {
			return
		}
		if votes, err := c.Votes(x.b.nodes()); err == nil {
			x.heard = append(x.heard, votes...)
		}
	}
	switch {
	case msg.Vote != nil:
		x.heard = append(x.heard, *msg.Vote)
	case msg.Certified != nil:
		take(&msg.Certified.Certificate)
	case msg.Proposal != nil:
		for i := range msg.Proposal.Body.Votes {
			take(&msg.Proposal.Body.Votes[i])
		}
		for i := range msg.Proposal.Body.Views {
			take(msg.Proposal.Body.Views[i].Nullification)
		}
	}
}

// copies gives the second process of each liar, which follow the members.
func (x *breach) copies() []*member { return x.members[x.b.nodes():] }

// twins runs every liar twice, one process on each side.
func (x *breach) twins() error {
	for i, id := range x.b.Liars {
		x.side[id], x.side[x.copies()[i].id] = 0, 1
	}
	return x.play(x.now+2*breachPhase, func() bool { return x.forked != nil })
}

// amnesia has the liars serve one side and then, with empty disks, the other.
func (x *breach) amnesia() error {
	for _, m := range x.copies() {
		m.crash()
	}
	for _, id := range x.b.Sides[1] {
		x.side[id] = -1
	}
	if err := x.play(x.now+breachPhase, func() bool { return x.top >= 5 }); err != nil {
		return err
	}
	for _, id := range x.b.Sides[0] {
		x.side[id] = -1
	}
	for _, id := range x.b.Sides[1] {
		x.side[id] = 1
	}
	for i, id := range x.b.Liars {
		x.members[id].crash()
		x.side[id], x.side[x.copies()[i].id] = -1, 1
	}
	x.net.Sever() // a Finalization on its way would tell the second side of the first
	for _, m := range x.copies() {
		m.data.Wipe("data")
		m.journal.Wipe("signer")
		if err := m.boot(); err != nil {
			return err
		}
	}
	return x.play(x.now+2*breachPhase, func() bool { return x.forked != nil })
}

// verdict names the culprits by what honest members said and relayed.
func (x *breach) verdict() *Verdict {
	v := &Verdict{Name: x.b.Name, Doc: x.b.Doc, Seed: x.cfg.Seed, Nodes: x.b.nodes(), Forked: x.forked != nil, Named: []check.Culprit{}}
	if v.Forked {
		v.At, v.Text = x.forked.At, x.forked.Text
	}
	witness := x.members[x.b.Sides[0][0]]
	for side := range x.b.Sides {
		v.Heights[side] = x.members[x.b.Sides[side][0]].core.Height()
	}
	roster := &witness.core.Plan(0).Roster
	liar := map[keys.PublicKey]bool{}
	for _, id := range x.b.Liars {
		liar[x.members[id].keys.Consensus.Public()] = true
	}
	v.Total = roster.Total()
	for _, m := range roster.Members {
		if liar[m.Key] {
			v.Liars += m.Weight
		}
	}
	verify := stubVerify
	if x.b.Real {
		verify = verifyEach
	}
	for _, c := range check.Culprits(roster, x.genesis.Hash(), x.heard, verify) {
		v.Named = append(v.Named, c)
		v.Weight += c.Weight
		if !liar[c.Key] {
			v.Honest++
		}
	}
	v.Third = 3*v.Liars >= v.Total
	v.Holds = v.Honest == 0 && v.Forked == v.Third && (!v.Forked || 3*v.Weight >= v.Total)
	return v
}

func verifyEach(items []keys.Signed) []bool {
	out := make([]bool, len(items))
	for i := range items {
		out[i] = keys.Verify(items[i])
	}
	return out
}
