package sim

import (
	"log/slog"
	"slices"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/node/mempool"
	"probity/sim/attack"
	"probity/sim/check"
	"probity/sim/load"
	"probity/sim/world"
)

// Config is one run.
type Config struct {
	Seed     uint64
	Nodes    int
	Chaos    types.Time       // length of the chaos phase, ms; 0: the default
	Real     bool             // ed25519 instead of the stub scheme
	Mutant   *Mutant          // planted in every member
	Weights  []uint64         // whole REP of the members; nil: drawn, or the mutant's
	Scenario *attack.Scenario // an adversary; nil: everyone behaves
	Tape     *world.Tape      // nil: drawn from the seed
	Quiet    bool             // no faults: constant delays, everyone up
	First    bool             // stop at the first violation
	Load     int              // transfers a second; 0: the default, −1: none
	Fork     *Dump            // the state to go on from; nil: a genesis of its own
	Log      *slog.Logger     // what the members log; nil: nothing
	Timeline *Timeline        // filled in for people to look at; nil: not wanted
	Operator *Operator        // watches and runs the members; nil: nobody does

	ideal bool       // the ideal escrow beside real signatures
	until types.Time // ms from the start at which the run ends, with no calm; 0: both phases
}

// Defaults of a run.
const (
	ChaosDefault types.Time   = 12_000
	calmBlocks   types.Height = 8      // that everyone must add after calm
	calmBound    types.Time   = 60_000 // within this time: 240 Δ₀
	loadDefault               = 70     // transfers a second
)

var mempoolLimits = mempool.Limits{Txs: 2000, Bytes: 4 << 20}

// Violation is an oracle that fired.
type Violation = attack.Violation

// Result is how a run ended.
type Result struct {
	Seed       uint64         `json:"seed"`
	Nodes      int            `json:"nodes"`
	Hash       keys.Hash      `json:"hash"`
	Violations []Violation    `json:"violations"`
	Simulated  types.Time     `json:"simulated_ms"`
	Height     types.Height   `json:"height"`
	Views      uint64         `json:"views"`
	Events     uint64         `json:"events"`  // logical records in the log
	Choices    int            `json:"choices"` // of the world and the adversary that were not "nothing"
	Crashes    int            `json:"crashes"`
	Txs        int            `json:"txs"`
	Faults     map[string]int `json:"faults"` // how often each kind struck

	tape *world.Tape
}

// run is the box while it runs.
type run struct {
	cfg     Config
	start   types.Time
	now     types.Time
	genesis *exec.Genesis
	members []*member
	net     *world.Network
	log     *world.Log
	tape    *world.Tape
	load    *load.Load
	checks  []watch
	event   check.Event      // that the oracles look at: there are too many of them for one each
	status  consensus.Status // that it speaks of
	out     Result
	top     types.Height
	fatal   error
	calm    bool

	fork     *fork // nil where the chain begins here
	agenda   agenda
	chaos    chaos
	plans    map[types.Epoch]*types.Plan
	puppets  *puppets // nil where everyone behaves
	figures  *figures // nil where nobody asked
	hands    *Hands   // nil without an operator
	nextLoad types.Time
	marks    map[keys.Hash]mark // transactions offered when calm began that are not final yet
	byKey    map[keys.PublicKey]int
}

// weights are the members' REP where the run, its scenario or its mutant sets them.
func (c *Config) weights() []uint64 {
	switch {
	case c.Weights != nil:
		return c.Weights
	case c.Scenario != nil && c.Scenario.Weights != nil:
		return c.Scenario.Weights
	case c.Mutant != nil:
		return c.Mutant.Weights
	}
	return nil
}

type watch struct {
	name string
	see  func(*check.Event) error
}

// Run plays one seed.
func Run(cfg Config) (*Result, error) {
	r, err := setup(cfg)
	if err != nil {
		return nil, err
	}
	defer r.finish()
	if err := r.both(); err != nil {
		return nil, err
	}
	return r.finish(), nil
}

// length is that of the chaos phase.
func (c *Config) length() types.Time {
	switch {
	case c.Chaos > 0:
		return c.Chaos
	case c.Scenario != nil && c.Scenario.Length > 0:
		return c.Scenario.Length
	case c.Nodes > manyNodes:
		return ChaosDefault / 2
	}
	return ChaosDefault
}

// manyNodes is from when on a run costs so much that its chaos is cut in half.
const manyNodes = 8

// both plays the two phases.
func (r *run) both() error {
	r.chaos.until = r.start + r.cfg.length()
	if r.cfg.until > 0 {
		return r.play(r.start+r.cfg.until, func() bool { return false })
	}
	if err := r.play(r.chaos.until, func() bool { return false }); err != nil || r.stopped() {
		return err
	}
	if err := r.heal(); err != nil {
		return err
	}
	target := r.top + calmBlocks
	if r.figures != nil {
		r.figures.before = r.top
	}
	end := r.now + calmBound
	if err := r.play(end, func() bool { return r.lowest() >= target && len(r.marks) == 0 }); err != nil || r.stopped() {
		return err
	}
	c := &check.Calm{Target: target, Deadline: end, Missing: r.missing()}
	for _, m := range r.members {
		switch {
		case m.owned:
			c.Heights = append(c.Heights, target) // nothing is claimed of them
		case m.core == nil:
			c.Heights = append(c.Heights, 0)
		default:
			c.Heights = append(c.Heights, m.core.Height())
		}
	}
	r.see(check.Event{Calm: c})
	if r.figures != nil {
		r.figures.recovery = r.now - (end - calmBound)
	}
	return nil
}

// violationsMax is how many violations end a run.
const violationsMax = 8

// stopped reports whether the run has seen enough.
func (r *run) stopped() bool {
	n := len(r.out.Violations)
	return r.fatal != nil || n >= violationsMax || n > 0 && r.cfg.First
}

// play lets the world go on until a time, or until done says so. What is due at
// one instant happens in a fixed order: messages, what the world planned, users,
// then the members' clocks.
func (r *run) play(until types.Time, done func() bool) error {
	for r.now < until && !r.stopped() && !done() {
		next, who := until, (*member)(nil)
		for _, m := range r.members {
			if m.core != nil && m.due < next {
				next, who = m.due, m
			}
		}
		if at, ok := r.net.Next(); ok && at <= next && at <= r.agenda.next() && at <= r.nextLoad {
			r.now = max(r.now, at)
			r.deliver(r.net.Pop())
			continue
		}
		if at := r.agenda.next(); at <= next && at <= r.nextLoad {
			r.now = max(r.now, at)
			r.agenda.pop()()
			continue
		}
		if r.nextLoad < next {
			r.now = max(r.now, r.nextLoad)
			r.submit()
			continue
		}
		r.now = max(r.now, next)
		if who != nil {
			who.core.Tick()
			r.after(who)
		}
	}
	return r.fatal
}

func (r *run) deliver(p world.Packet) {
	m := r.members[p.To]
	switch {
	case m.core == nil, r.hands != nil && !r.hands.linked(m, r.members[p.From]):
		return
	case m.busy > r.now:
		r.net.Defer(p, m.busy)
		return
	}
	r.log.Message(p.Topic, p.From, p.To, p.Hash)
	if r.puppets != nil {
		r.puppets.hear(&p)
	}
	if m.monitor != nil {
		m.monitor.Hear(r.now, p.Topic, name(p.From), p.Data)
	} else {
		m.core.Receive(p.Topic, name(p.From), p.Data)
	}
	r.after(m)
}

// after looks at a member when it has taken an event.
func (r *run) after(m *member) {
	if m.core == nil {
		return
	}
	if m.dead.Load() { // the power went in the middle of it
		m.down(false)
		return
	}
	if m.monitor != nil {
		m.monitor.Turn()
	}
	m.rest()
	if err := m.core.Halted(); err != nil {
		r.halted(m, err)
		return
	}
	m.schedule()
	r.status = m.core.Machine()
	r.watchViews(&r.status)
	if r.figures != nil && !m.owned {
		r.figures.buffers(&r.status)
	}
	m.see(check.Event{Status: &r.status})
}

// see shows an event to every oracle.
func (r *run) see(e check.Event) {
	e.At = r.now - r.start
	r.event = e
	for _, c := range r.checks {
		if err := c.see(&r.event); err != nil {
			r.violated(Violation{Oracle: c.name, At: e.At, Text: err.Error()})
		}
	}
}

func (r *run) violated(v Violation) {
	r.log.Add([]byte("violation"), []byte(v.Oracle))
	r.cfg.Timeline.add(r, Happened{Kind: "violation", Text: v.Oracle + ": " + v.Text})
	if s := r.cfg.Scenario; s != nil {
		for _, name := range s.Expect {
			if name == v.Oracle && r.figures != nil {
				r.figures.expected = append(r.figures.expected, v)
				return
			}
		}
	}
	r.out.Violations = append(r.out.Violations, v)
}

// submit lets users offer transfers to a member that is up.
func (r *run) submit() {
	const tick = 20
	r.nextLoad = r.now + tick
	perSecond := r.cfg.Load
	if s := r.cfg.Scenario; perSecond == 0 && s != nil {
		perSecond = s.Load
	}
	if perSecond == 0 {
		perSecond = loadDefault
	}
	most := max(3, perSecond*tick/500)
	q := r.load.Next(min(1000, max(0, perSecond)*tick*2/(most+1)), most)
	if q == nil {
		return
	}
	var up []*member
	for _, m := range r.members {
		if m.core != nil && !m.owned {
			up = append(up, m)
		}
	}
	if len(up) == 0 {
		return
	}
	m := up[q.Pick%uint64(len(up))]
	txs := q.Txs(r.genesis.Hash(), r.genesis.Chain, m.core.Height(), m.core.NextNonce)
	for i, err := range m.core.Submit(txs) {
		if err == nil && r.figures != nil {
			r.figures.offered(txs[i].Hash, r.now)
		}
	}
	r.after(m)
}

// mark is a user's transaction that must become final, and the member it was
// offered to.
type mark struct {
	id int
	tx *types.SignedTx
}

// mark has a user at each honest member offer a transaction, which must become
// final.
func (r *run) mark() {
	r.marks = map[keys.Hash]mark{}
	for _, m := range r.members {
		if m.owned || m.core == nil || m.id >= r.cfg.Nodes {
			continue
		}
		tx := r.load.Mark(m.id, r.genesis.Hash(), r.genesis.Chain, r.top)
		if m.core.Submit([]*types.SignedTx{tx})[0] == nil {
			r.marks[tx.Hash] = mark{m.id, tx}
		}
		r.after(m)
	}
}

// remind has a member's user offer its transaction again where it is not final:
// damage from before calm may come to light in it, and who starts anew has
// forgotten what waited.
func (r *run) remind(m *member) {
	for _, k := range r.marks {
		if k.id == m.id {
			_ = m.core.Submit([]*types.SignedTx{k.tx}) // the oracle tells what became of it
			r.after(m)
			return
		}
	}
}

// missing lists the members whose users still wait.
func (r *run) missing() (out []int) {
	for _, k := range r.marks {
		out = append(out, k.id)
	}
	slices.Sort(out)
	return out
}

// lowest is the height that all honest members have reached.
func (r *run) lowest() types.Height {
	low := types.Height(1 << 62)
	for _, m := range r.members {
		if m.owned {
			continue
		}
		if m.core == nil {
			return 0
		}
		low = min(low, m.core.Height())
	}
	return low
}

// finish closes everything that is open; it may be called again.
func (r *run) finish() *Result {
	if r.out.Faults == nil {
		r.out.Hash, r.out.Events, r.out.Choices = r.log.Sum(), r.log.Count(), r.tape.Count()
		r.out.Simulated, r.out.Height = r.now-r.start, r.top
		r.out.Faults = r.chaos.counts()
		for name, n := range r.net.Counts {
			r.out.Faults[name] += n
		}
		for _, m := range r.members {
			for _, d := range []*world.Disk{m.data, m.journal} {
				for name, n := range d.Counts {
					r.out.Faults[name] += n
				}
			}
		}
		r.out.tape = r.tape
		r.cfg.Timeline.end(r)
	}
	for _, m := range r.members {
		if m.core != nil {
			_ = m.core.Close()
			m.core = nil
			if m.monitor != nil {
				m.monitor.Close()
			}
		}
	}
	out := r.out // alone: a pointer into the run would keep its disks and members alive
	return &out
}
