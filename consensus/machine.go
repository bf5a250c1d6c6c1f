package consensus

import (
	"slices"
	"sort"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus/quorum"
)

// Machine is one member's part in the protocol, or an observer's where neither
// roster nor list holds its key.
type Machine struct {
	cfg Config
	now types.Time
	out Ready

	plan      *types.Plan
	schedule  *types.Schedule
	self      int // in the roster, or −1
	quorum    types.Weight
	convicted map[keys.Address]bool

	base   Base
	nodes  map[keys.Hash]*node
	rounds map[types.View]*round
	byView []types.View // views that have a round, ascending; nil: to be listed anew
	inTurn []*node      // nodes by view, then digest; nil: to be listed anew
	recent []final      // blocks, ascending: the window in which votes may be included
	old    *memory      // the epoch before, whose votes may still be included

	view     types.View
	entered  types.Time
	delta    types.Time // of the present view, fixed at entry
	building bool
	mine     map[types.View]keys.Hash    // own proposals signed before a restart
	pending  map[types.View]*types.Block // own blocks that wait for their signature
	fetching map[keys.Hash]bool
	behind   types.View // highest view that Behind was asked for
	lastSend types.Time // of the last standstill rebroadcast
	cursor   types.View // up to which it went
	repeats  uint64     // how many there were
	held     []heldMsg  // about views whose leader is not known yet
	opened   bool       // a salt was opened since the last review
	refused  Refusals
	ended    bool // the boundary is final; Start begins the next epoch
}

// final is a final block with its digest.
type final struct {
	block  *types.Block
	digest keys.Hash
}

// memory keeps what the last blocks of an epoch may still be paid for.
type memory struct {
	plan     *types.Plan
	schedule *types.Schedule
	rounds   map[types.View]*round
}

// Refusals counts what the beacon refused: none of it is anybody's vote.
type Refusals struct {
	Shares   int // with a Nullify: malformed, of another's tickets, or wrong
	Reveals  int // in headers that their leader signed
	Openings int // of records and Nullifications
}

// New makes a machine that waits for its first Start.
func New(cfg Config) *Machine {
	if cfg.Escrow == nil {
		cfg.Escrow = escrow.DHPVSS
	}
	return &Machine{cfg: cfg, self: -1}
}

// Status tells where the machine stands.
type Status struct {
	Epoch     types.Epoch
	View      types.View
	Finalized types.View // in the epoch
	Height    types.Height
	Self      int // place in the roster, or −1
	Leader    types.ASC
	Rounds    int // views kept
	Blocks    int // blocks kept
	Votes     int // votes kept
	Held      int // messages kept for views whose leader is not known
	Refused   Refusals
}

// Status is a snapshot for people and oracles.
func (m *Machine) Status() Status {
	if m.plan == nil {
		return Status{Self: -1}
	}
	s := Status{
		Epoch: m.plan.Epoch, View: m.view, Finalized: m.base.View, Height: m.base.Height,
		Self: m.self, Leader: m.schedule.ASC(m.view), Rounds: len(m.rounds), Blocks: len(m.nodes),
		Held: len(m.held), Refused: m.refused,
	}
	for _, r := range m.rounds {
		for _, b := range r.ballots {
			s.Votes += len(b.votes) + len(b.pending)
		}
	}
	return s
}

// Plan is the plan of the running epoch; nil before the first Start.
func (m *Machine) Plan() *types.Plan { return m.plan }

// Step takes one input at a time that never runs backwards, and returns what
// must be done.
func (m *Machine) Step(now types.Time, in Input) Ready {
	if now > m.now {
		m.now = now
	}
	m.out = Ready{}
	if start, ok := in.(Start); ok {
		m.start(start)
	} else if m.plan != nil {
		m.take(in)
	}
	if m.plan != nil && !m.ended {
		m.settle()
	}
	out := m.out
	m.out = Ready{}
	return out
}

func (m *Machine) take(in Input) {
	switch in := in.(type) {
	case Received:
		m.receive(in)
	case Held:
		m.hold(in.Message, in.From)
	case Shared:
		m.shared(in)
	case Executed:
		m.executed(in)
	case Built:
		m.built(in)
	case Signed:
		m.signed(in)
	case Refused:
		if in.Statement.Kind == types.Propose {
			delete(m.pending, in.Statement.View)
		}
	case Convicted:
		for _, a := range in.Accounts {
			m.convicted[a] = true
		}
	case Tick:
	}
}

// start begins or resumes an epoch.
func (m *Machine) start(in Start) {
	schedule, err := types.NewSchedule(in.Plan)
	if err != nil {
		panic("consensus: " + err.Error()) // the state admits no such plan
	}
	again := m.plan != nil && m.plan.Epoch == in.Plan.Epoch // caught up by range inside the epoch
	nodes, rounds := m.nodes, m.rounds
	switch {
	case again: // what was opened stays open, and the range has opened more
		schedule = m.schedule
		if err := schedule.Take(in.Plan.Opened); err != nil {
			panic("consensus: " + err.Error())
		}
	case m.plan != nil && m.plan.Epoch+1 == in.Plan.Epoch:
		m.old = &memory{m.plan, m.schedule, m.rounds}
	case in.Prev != nil:
		old, err := types.NewSchedule(in.Prev)
		if err != nil {
			panic("consensus: " + err.Error()) // it ran
		}
		m.old = &memory{in.Prev, old, map[types.View]*round{}}
	default:
		m.old = nil
	}
	m.held, m.opened = nil, true
	m.plan, m.schedule = in.Plan, schedule
	m.self = -1
	if m.cfg.Self != (keys.PublicKey{}) {
		m.self = in.Plan.Roster.Index(m.cfg.Self)
	}
	m.quorum = quorum.Threshold(in.Plan.Roster.Total())
	m.base, m.view, m.ended = in.Base, 0, false
	m.nodes, m.rounds = map[keys.Hash]*node{}, map[types.View]*round{}
	m.byView, m.inTurn = nil, nil
	if again {
		m.keep(nodes, rounds)
	}
	m.recent = nil
	for _, b := range in.Recent {
		m.recent = append(m.recent, final{b, b.Digest()})
	}
	m.pending, m.fetching = map[types.View]*types.Block{}, map[keys.Hash]bool{}
	m.building, m.behind = false, 0
	m.convicted = map[keys.Address]bool{}
	for _, a := range in.Convicted {
		m.convicted[a] = true
	}
	m.mine = map[types.View]keys.Hash{}
	for v, d := range in.Own {
		m.mine[v] = d
	}
	for _, v := range in.Votes {
		m.restore(v)
	}
	m.enter(in.Base.View + 1)
	sort.SliceStable(in.Blocks, func(i, j int) bool { return in.Blocks[i].Header.View < in.Blocks[j].Header.View })
	for _, b := range in.Blocks {
		m.unsealBody(b)
		m.addBlock(b, b.Digest(), false)
	}
	for i := range in.Certificates {
		m.certified(&in.Certificates[i])
	}
	m.recount()
	if r := m.highest(); r != nil && r.view >= m.view {
		m.enter(r.view + 1)
	}
}

// keep carries what was heard and said over to a later base of one epoch; what
// was executed on states that the caller no longer holds is executed again.
func (m *Machine) keep(nodes map[keys.Hash]*node, rounds map[types.View]*round) {
	m.rounds = rounds
	for d, n := range nodes {
		if n.block.Header.View <= m.base.View {
			continue
		}
		if n.status != invalid {
			n.status = held
		}
		m.nodes[d] = n
	}
}

// restore re-adds an own vote of before a restart, to the flags and to the
// pool of votes: forgotten, it could be contradicted; not counted, a quorum of
// restarted members could wait for each other for ever.
func (m *Machine) restore(v types.Vote) {
	if v.Epoch != m.plan.Epoch || m.self < 0 || v.View <= m.base.View {
		return
	}
	r := m.round(v.View)
	r.own.note(v.Statement)
	v.Signer = uint32(m.self)
	m.count(r, v)
}

// note marks a statement as made.
func (o *ownVotes) note(s types.Statement) {
	switch s.Kind {
	case types.Notarize:
		o.notarize = s.Digest
	case types.Nullify:
		o.nullify = true
	case types.Reject:
		o.reject = s.Digest
	case types.Finalize:
		o.finalize = true
	}
}

// round finds or opens the round of a view.
func (m *Machine) round(v types.View) *round {
	r := m.rounds[v]
	if r == nil {
		r = &round{view: v}
		m.rounds[v], m.byView = r, nil
	}
	return r
}

// views lists the views that have a round, ascending. The list stays as it is
// when rounds come and go; a new one takes its place.
func (m *Machine) views() []types.View {
	if m.byView == nil {
		m.byView = make([]types.View, 0, len(m.rounds))
		for v := range m.rounds {
			m.byView = append(m.byView, v)
		}
		slices.Sort(m.byView)
	}
	return m.byView
}

// enter moves to view v and fixes its timers. Δ grows by 13/10 per view since
// the last finalization and only a finalization brings it back: resetting it
// on any other progress lets a run of nullified views time out for ever.
func (m *Machine) enter(v types.View) {
	if v <= m.view {
		return
	}
	m.view, m.entered, m.building = v, m.now, false
	m.delta = m.cfg.Delta
	for i := m.base.View + 1; i < v && m.delta < m.cfg.DeltaMax; i++ {
		m.delta = m.delta * 13 / 10
	}
	if m.delta > m.cfg.DeltaMax {
		m.delta = m.cfg.DeltaMax
	}
}

// highest is the highest round with a certificate that lets one leave it.
func (m *Machine) highest() (best *round) {
	for _, r := range m.rounds {
		if (r.notarized != nil || r.nullified != nil || r.finalized != nil) && (best == nil || r.view > best.view) {
			best = r
		}
	}
	return best
}

// settle does everything that has become possible, until nothing has.
func (m *Machine) settle() {
	m.review()
	m.execute()
	m.vote()
	m.finalize()
	m.commit()
	if m.ended {
		return
	}
	m.timers()
	m.release()
	m.lead()
	m.retry()
	m.standstill()
}

// Deadline is the next time at which Step(Tick) may change something.
func (m *Machine) Deadline() types.Time {
	if m.plan == nil || m.ended {
		return 1<<63 - 1
	}
	next := m.lastSendDue()
	at := func(t types.Time) {
		if t > m.now && t < next {
			next = t
		}
	}
	first, last := m.patience()
	at(m.entered + first)
	at(m.entered + last)
	if t, waiting := m.leadTime(); waiting {
		at(t)
	}
	for _, n := range m.nodes {
		if n.status == held && n.block.Header.Time > m.now+m.cfg.Early {
			at(n.block.Header.Time - m.cfg.Early)
		}
	}
	if next <= m.now {
		next = m.now + 1
	}
	return next
}
