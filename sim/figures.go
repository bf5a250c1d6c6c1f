package sim

import (
	"probity/chain/keys"
	"probity/chain/route/availability"
	"probity/chain/route/rep"
	"probity/chain/types"
	"probity/consensus"
	"probity/node"
	"probity/sim/attack"
)

// figures gathers what an outcome tells beyond a result.
type figures struct {
	out      attack.Outcome
	expected []Violation
	accused  map[int]*attack.Accused
	order    []int
	when     map[keys.Hash]types.Time
	led      map[place]bool
	before   types.Height
	recovery types.Time
	dropped  map[string]uint64
	views    map[int]uint64 // views when a member was first accused
	seats    []keys.Address
}

type place struct {
	e types.Epoch
	v types.View
}

func newFigures(r *run) *figures {
	f := &figures{
		accused: map[int]*attack.Accused{}, when: map[keys.Hash]types.Time{}, led: map[place]bool{},
		dropped: map[string]uint64{}, views: map[int]uint64{},
	}
	n := r.cfg.Nodes
	f.out.Blocks, f.out.Leads, f.out.REP, f.out.Genesis = make([]uint64, n), make([]uint64, n), make([]uint64, n), make([]uint64, n)
	for i := range n {
		f.out.Genesis[i] = r.members[i].rep
		f.out.REP[i] = r.members[i].rep
		f.seats = append(f.seats, r.members[i].keys.Account.Public().Address())
	}
	return f
}

// watchViews counts who leads each view that anybody enters.
func (r *run) watchViews(s *consensus.Status) {
	f := r.figures
	if f == nil || s.View == 0 || f.led[place{s.Epoch, s.View}] {
		return
	}
	if id, ok := r.memberOf(s.Leader.Key); ok {
		f.led[place{s.Epoch, s.View}] = true
		f.out.Leads[id]++
	}
}

func (f *figures) buffers(s *consensus.Status) {
	f.out.RoundsMax = max(f.out.RoundsMax, s.Rounds)
	f.out.BlocksMax = max(f.out.BlocksMax, s.Blocks)
	f.out.VotesMax = max(f.out.VotesMax, s.Votes)
	f.out.HeldMax = max(f.out.HeldMax, s.Held)
}

func (f *figures) refuse(reason string) { f.dropped[reason]++ }

func (f *figures) offered(tx keys.Hash, at types.Time) {
	f.when[tx] = at
	f.out.Offered++
}

// accuse notes that an honest member holds evidence.
func (f *figures) accuse(r *run, id int) {
	if f.accused[id] == nil {
		f.accused[id] = &attack.Accused{Member: id, Weight: r.members[id].rep, First: r.now - r.start}
		f.order = append(f.order, id)
		f.views[id] = r.out.Views
	}
}

// block takes a block that is final for the first time anywhere.
func (f *figures) block(r *run, c node.Committed) {
	h := &c.Block.Header
	id, ok := r.leaderOf(h)
	if ok {
		f.out.Blocks[id]++
	} else {
		id = -1
	}
	f.out.Producer = append(f.out.Producer, id)
	f.out.Finality = append(f.out.Finality, r.now-min(r.now, h.Time))
	for _, tx := range c.Result.Txs {
		if at, ok := f.when[tx.Hash]; ok {
			f.out.Included = append(f.out.Included, r.now-at)
			delete(f.when, tx.Hash)
		}
	}
	for i, a := range f.seats {
		f.out.REP[i] = rep.Balance(c.Result.State, rep.WREP, a).WholeDown()
		if f.accused[i] != nil && f.accused[i].Convicted == 0 && availability.Convicted(c.Result.State, a) {
			f.accused[i].Convicted, f.accused[i].Views = r.now-r.start, r.out.Views-f.views[i]
		}
	}
}

// outcome is everything, at the end.
func (f *figures) outcome(r *run, res *Result) *attack.Outcome {
	o := f.out
	s := r.cfg.Scenario
	o.Scenario, o.Seed, o.Hash, o.Simulated, o.Height, o.Views = s.Name, res.Seed, res.Hash, res.Simulated, res.Height, res.Views
	o.Violations, o.Expected, o.Crashes = res.Violations, f.expected, res.Crashes
	for _, id := range f.order {
		o.Accused = append(o.Accused, *f.accused[id])
	}
	o.Recovery, o.Before, o.Dropped, o.Counts, o.Notes = f.recovery, f.before, f.dropped, r.puppets.count, r.puppets.notes
	return &o
}
