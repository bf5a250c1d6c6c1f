package sim

import (
	"fmt"
	"strings"

	"probity/chain/types"
	"probity/consensus"
	"probity/node"
	"probity/sim/check"
)

// CrashPlan asks for every point of one view at which a member's power can go:
// before each write, sync, rename and so on that it makes on its disks.
type CrashPlan struct {
	Seed  uint64
	Nodes int
	View  types.View         // of epoch 0
	Mute  bool               // its proposal reaches nobody: the view is nullified
	Lies  bool               // disks promise to sync and do not: what this check must notice
	Every int                // every so many points only; 0 and 1: all
	Tell  func(done, of int) // progress; may be nil
}

// CrashPoint is one crash: which member, before which change, and what was left
// of what was not synced.
type CrashPoint struct {
	Member     int         `json:"member"`
	Change     int         `json:"change"` // since the member's first boot
	Kind       string      `json:"kind"`
	Left       string      `json:"left"`
	Violations []Violation `json:"violations"`

	recovery types.Time
}

// CrashReport is what became of all of them.
type CrashReport struct {
	Nodes    int          `json:"nodes"`
	Seed     uint64       `json:"seed"`
	View     types.View   `json:"view"`
	Mute     bool         `json:"nullified"` // the view's proposal reached nobody
	Points   int          `json:"points"`    // changes of the view, over all members
	Syncs    int          `json:"syncs"`     // of them
	Members  []int        `json:"members"`   // points of each
	Runs     int          `json:"runs"`      // crashes played: points × what may be left
	Doubles  int          `json:"double_votes"`
	Lost     int          `json:"lost"`        // runs in which a final block was gone after the restart
	Stuck    int          `json:"stuck"`       // runs in which finality did not return
	Recovery types.Time   `json:"recovery_ms"` // longest, from the crash until everyone had finalized 3 more blocks
	Failures []CrashPoint `json:"failures"`
}

// crashAway is how long a crashed member stays down.
const crashAway types.Time = 400

// CrashPoints plays the view once to number the changes, and then once for each
// of them and each of the things that a crash may leave.
func CrashPoints(plan CrashPlan) (*CrashReport, error) {
	rep := &CrashReport{Nodes: plan.Nodes, Seed: plan.Seed, View: plan.View, Mute: plan.Mute, Failures: []CrashPoint{}}
	points, err := plan.enumerate(rep)
	if err != nil {
		return nil, err
	}
	errs := make([]error, len(points))
	parallel(len(points), func(i int) { errs[i] = plan.play(&points[i]) }, func(done int) {
		if plan.Tell != nil {
			plan.Tell(done, len(points))
		}
	})
	for i, p := range points {
		if errs[i] != nil {
			return nil, fmt.Errorf("member %d, %s %d, %s: %w", p.Member, p.Kind, p.Change, p.Left, errs[i])
		}
		rep.add(p)
	}
	return rep, nil
}

// add sums up one crash.
func (rep *CrashReport) add(p CrashPoint) {
	rep.Runs++
	rep.Recovery = max(rep.Recovery, p.recovery)
	if len(p.Violations) == 0 {
		return
	}
	rep.Failures = append(rep.Failures, p)
	for _, v := range p.Violations {
		switch v.Oracle {
		case "honesty", "evidence":
			rep.Doubles++
		case "lost", "agreement":
			rep.Lost++
		case "liveness", "halts":
			rep.Stuck++
		}
	}
}

// crashRun is a box whose members' disks can lose power.
type crashRun struct {
	*run
	plan   *CrashPlan
	supply []*supply
	final  []types.Height // that each member has told
}

// box makes the members and lets them run without faults.
func (plan *CrashPlan) box() (*crashRun, error) {
	c := &crashRun{plan: plan, final: make([]types.Height, plan.Nodes)}
	for range plan.Nodes {
		p, err := newSupply()
		if err != nil {
			return nil, err
		}
		p.lies = plan.Lies
		c.supply = append(c.supply, p)
	}
	var err error
	if c.run, err = setup(Config{Seed: plan.Seed, Nodes: plan.Nodes, Mutant: &Mutant{Name: "supply", apply: c.plant}}); err != nil {
		return nil, err
	}
	for i := range c.checks {
		if c.checks[i].name == "persisted" { // it reads other disks; here the crash itself tells
			c.checks[i] = watch{"lost", c.follow}
		}
	}
	return c, c.heal()
}

// plant puts a member onto its disks.
func (c *crashRun) plant(m *member, _ *node.Settings, w *node.World) {
	p := c.supply[m.id]
	p.died = func() { m.dead.Store(true) }
	m.openSigner(p.fs(1), w)
	w.Disk = p.fs(0)
	if c.plan.Mute {
		w.Network = rewriter{link{m}, c.plan.mute}
	}
}

// mute keeps back the proposal that nobody is to see.
func (plan *CrashPlan) mute(msg *consensus.Message) []*consensus.Message {
	if b := msg.Proposal; b != nil && b.Header.Epoch == 0 && b.Header.View == plan.View {
		return nil
	}
	return []*consensus.Message{msg}
}

// follow remembers where each member stands. It is an oracle of its own: what a
// member has told to be final is never told again, neither as something else
// (agreement) nor as news.
func (c *crashRun) follow(e *check.Event) error {
	if e.Committed == nil {
		return nil
	}
	h := e.Committed.Header.Height
	if h <= c.final[e.Member] {
		return fmt.Errorf("member %d had block %d and lost it", e.Member, h)
	}
	c.final[e.Member] = h
	return nil
}

// enumerate plays the view and lists its points: the changes that a member
// makes from entering the view until its block, or a later one, is final there.
func (plan *CrashPlan) enumerate(rep *CrashReport) ([]CrashPoint, error) {
	c, err := plan.box()
	if err != nil {
		return nil, err
	}
	defer c.finish()
	first, last := make([]int, plan.Nodes), make([]int, plan.Nodes)
	through := func() bool {
		all := true
		for i, m := range c.members {
			s := m.core.Machine()
			if first[i] == 0 && s.View >= plan.View {
				first[i] = c.supply[i].count()
			}
			if last[i] == 0 && (s.Finalized >= plan.View || s.Epoch > 0) {
				last[i] = c.supply[i].count()
			}
			all = all && last[i] > 0
		}
		return all
	}
	if err := c.play(c.now+calmBound, through); err != nil {
		return nil, err
	}
	if !through() || len(c.out.Violations) > 0 {
		return nil, fmt.Errorf("view %d is not gone through in peace: %v", plan.View, c.out.Violations)
	}
	var out []CrashPoint
	for i, p := range c.supply {
		rep.Members = append(rep.Members, last[i]-first[i])
		for n := first[i] + 1; n <= last[i]; n++ {
			kind := p.kind(n)
			rep.Points++
			if kind == "store sync" || kind == "journal sync" {
				rep.Syncs++
			}
			if plan.Every > 1 && rep.Points%plan.Every != 0 {
				continue
			}
			for _, left := range leaves(kind) {
				out = append(out, CrashPoint{Member: i, Change: n, Kind: kind, Left: left})
			}
		}
	}
	return out, nil
}

// leaves lists what a crash before a change may leave: only a write has halves.
func leaves(kind string) []string {
	if strings.HasSuffix(kind, " write") {
		return []string{crashLost, crashKept, crashTorn}
	}
	return []string{crashLost, crashKept}
}

// play crashes one member at one point, starts it again, and waits for finality.
func (plan *CrashPlan) play(p *CrashPoint) error {
	c, err := plan.cut(p)
	for try := 1; err == nil && c.supply[p.Member].kind(p.Change) != p.Kind; try++ {
		if try == cutTries {
			p.Kind = c.supply[p.Member].kind(p.Change)
			break
		}
		c.finish()
		c, err = plan.cut(p)
	}
	if err != nil {
		return err
	}
	defer c.finish()
	pw, m := c.supply[p.Member], c.members[p.Member]
	crashed := c.now
	pw.back()
	if err := c.wait(func() bool { return false }, crashAway); err != nil {
		return err
	}
	if err := m.boot(); err != nil || m.core == nil {
		p.Violations = c.out.Violations
		return err
	}
	if h := m.core.Height(); h < c.final[p.Member] {
		c.out.Violations = append(c.out.Violations, Violation{Oracle: "lost", At: c.now - crashed, Text: fmt.Sprintf("member %d had block %d and comes back with %d", p.Member, c.final[p.Member], h)})
	}
	if err := c.settle(); err != nil {
		return err
	}
	p.Violations, p.recovery = c.out.Violations, c.now-crashed
	return nil
}

// cutTries is how often a point is played anew because the change at it is of
// another kind: the database's log is written in the background, in one piece
// or in two.
const cutTries = 4

// cut plays until the power of the point's member goes at the point.
func (plan *CrashPlan) cut(p *CrashPoint) (*crashRun, error) {
	c, err := plan.box()
	if err != nil {
		return nil, err
	}
	s := c.supply[p.Member]
	s.mu.Lock()
	s.cutAt, s.leave = p.Change, p.Left
	s.mu.Unlock()
	if err := c.wait(s.isGone, calmBound); err != nil || !s.isGone() {
		c.finish()
		return nil, fmt.Errorf("the power never went: %w", err)
	}
	return c, nil
}

// wait lets the box go on for a while, or until done says so.
func (c *crashRun) wait(done func() bool, ms types.Time) error {
	return c.run.play(c.now+ms, done)
}

// crashBlocks is what everyone must add after the crash.
const crashBlocks = 3

// settle waits for finality to return and shows the oracles how the run ended.
func (c *crashRun) settle() error {
	target, end := c.top+crashBlocks, c.now+calmBound
	if err := c.wait(func() bool { return c.lowest() >= target }, calmBound); err != nil {
		return err
	}
	calm := &check.Calm{Target: target, Deadline: end}
	for _, m := range c.members {
		h := types.Height(0)
		if m.core != nil {
			h = m.core.Height()
		}
		calm.Heights = append(calm.Heights, h)
	}
	c.see(check.Event{Calm: calm})
	return nil
}
