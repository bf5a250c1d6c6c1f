package law

import (
	"sort"

	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Kinds of tasks (oracle §3), and the ruleset of each.
const (
	taskContribution = 1
	taskBuild        = 2
	taskState        = 3
	taskSalary       = 4
)

var rulesets = [...]string{taskContribution: "contribution/1", taskBuild: "release/1", taskState: "state/1", taskSalary: "salary/1"}

// Standings of a task, and states of a submission.
const (
	taskOpen     = 1
	taskAgreed   = 2
	taskRolledUp = 3

	hashCounted     = 1
	hashLate        = 2
	hashEquivocated = 3
)

// What the queue of region 8 has.
const (
	dueDeadline = 1
	dueForget   = 2
	dueProposal = 3

	duesPerBlock = 16
)

// seatUnits is what a seat counts (A-O6).
const seatUnits = 12

// towerSeat is a member in a task, with its implementations.
type towerSeat struct {
	member wire.Address
	runs   []string
}

func (s *towerSeat) shape(f form) { f.fields(2).address(&s.member).texts(&s.runs) }

// task is a question to the members (oracle §7, region 6).
type task struct {
	kind                                     uint64
	subject                                  wire.Hash
	opener                                   string
	from, interval, opened, deadline, quorum uint64
	seats                                    []towerSeat
	standing                                 uint64
	hash                                     wire.Hash
	forget                                   uint64
}

func (t *task) shape(f form) {
	f.fields(12).byte(&t.kind).hash(&t.subject).text(&t.opener).u64(&t.from).u64(&t.interval).u64(&t.opened).u64(&t.deadline).u64(&t.quorum)
	listOf(f, &t.seats, each[towerSeat])
	f.byte(&t.standing).hash(&t.hash).u64(&t.forget)
}

func taskID(kind uint64, subject wire.Hash) wire.Hash {
	return wire.Sum([]byte("oracle/task"), []byte{byte(kind)}, subject[:])
}

func taskKey(id wire.Hash) string { return key(routeOracle, oracleTasks, id) }

// progress is what is known of the tasks of a kind and opener (region 11).
type progress struct {
	last, opened, next uint64
	hash               wire.Hash
}

func (p *progress) shape(f form) { f.fields(4).u64(&p.last).u64(&p.opened).u64(&p.next).hash(&p.hash) }

func progressKey(kind uint64, opener string) string {
	return key(routeOracle, oracleProgresses, kind, opener)
}

// submission is a member's answer (region 7).
type submission struct {
	hash                             wire.Hash
	implementation, version, locator string
	trace                            wire.Hash
	at, status                       uint64
	conflict                         wire.Hash
}

func (s *submission) shape(f form) {
	f.fields(8).hash(&s.hash).text(&s.implementation).text(&s.version).text(&s.locator).hash(&s.trace).u64(&s.at).byte(&s.status).hash(&s.conflict)
}

// numbered is a number as a ref or a subject: 24 zero bytes and be64.
func numbered(n uint64) (h wire.Hash) { copy(h[24:], wire.Be64(n)); return h }

func (c *Chain) setOracleDue(at, what uint64, ref wire.Hash, n uint64) {
	c.State.Set(key(routeOracle, oracleDues, at, what, ref), uint64Value(n))
}

// span is an epoch's least length in ms.
func (c *Chain) span() uint64 { return c.param("epoch.blocks") * c.param("block.interval") }

// openTask is a question of another route.
func (c *Chain) openTask(from wire.Address, opener string, kind uint64, subject wire.Hash, deadline uint64) error {
	if kind != taskContribution && kind != taskBuild || from != wire.RouteAddress(opener) || deadline <= c.now() || len(c.watchers()) == 0 {
		return refused("no task")
	}
	id := taskID(kind, subject)
	var old task
	if c.load(taskKey(id), &old) {
		if old.standing != taskRolledUp {
			return refused("it is asked already")
		}
		c.forgetTask(id, &old)
	}
	var p progress
	c.load(progressKey(kind, opener), &p)
	c.startTask(task{kind: kind, subject: subject, opener: opener, interval: p.last + 1, deadline: deadline})
	return nil
}

// startTask fixes what a task opens with (oracle §3).
func (c *Chain) startTask(t task) {
	var p progress
	k := progressKey(t.kind, t.opener)
	if !c.load(k, &p) {
		p.next = t.interval
	}
	t.from = min(p.next, t.interval)
	t.opened, t.quorum, t.standing = c.now(), c.param("oracle.quorum_ppm"), taskOpen
	duty := uint64(dutyWatchtower)
	if t.kind == taskSalary {
		duty = dutyTreegen
	}
	for _, a := range c.watchers() {
		m, _ := c.watcher(a)
		declared := m.watchtower
		if duty == dutyTreegen {
			declared = m.treegen
		}
		s := towerSeat{member: a}
		for _, n := range declared {
			if !c.has(key(routeOracle, oracleImplementations, duty, n)) {
				n = ""
			}
			s.runs = append(s.runs, n)
		}
		if len(s.runs) == 0 {
			s.runs = []string{""}
		}
		t.seats = append(t.seats, s)
	}
	id := taskID(t.kind, t.subject)
	c.store(taskKey(id), &t)
	c.setOracleDue(t.deadline, dueDeadline, id, 0)
	p.last, p.opened = t.interval, c.now()
	c.store(k, &p)
}

// forgetTask removes a closed task with its submissions.
func (c *Chain) forgetTask(id wire.Hash, t *task) {
	c.State.Delete(key(routeOracle, oracleDues, t.forget, dueForget, id))
	c.State.Delete(taskKey(id))
	for _, k := range c.State.Keys(key(routeOracle, oracleSubmissions, id)) {
		c.State.Delete(k)
	}
}

// submitMsg is the message submit.
type submitMsg struct {
	kind                                      uint64
	subject                                   wire.Hash
	interval                                  uint64
	ruleset, implementation, version, locator string
	hash, trace                               wire.Hash
}

func (m *submitMsg) shape(f form) {
	f.fields(9).byte(&m.kind).hash(&m.subject).u64(&m.interval).text(&m.ruleset).text(&m.implementation).text(&m.version)
	f.hash(&m.hash).text(&m.locator).hash(&m.trace)
}

// submitHash answers a task (oracle §4).
func (c *Chain) submitHash(from wire.Address, m *submitMsg) error {
	me, member := c.watcher(from)
	id := taskID(m.kind, m.subject)
	var t task
	switch {
	case !member || !c.load(taskKey(id), &t):
		return refused("no member, or no task")
	case m.interval != t.interval || m.ruleset != rulesets[t.kind]:
		return refused("another interval or ruleset")
	case m.hash == wire.Hash{} || !wellNamed(m.implementation) || len(m.version) > nameMax || len(m.locator) > sourceMax:
		return refused("not of the form of a submission")
	}
	runs := false
	for _, s := range t.seats {
		for _, n := range s.runs {
			runs = runs || s.member == from && (n == "" || n == m.implementation)
		}
	}
	if !runs {
		return refused("no seat with that implementation")
	}
	c.State.Set(key(routeOracle, oracleSeen, from, m.kind), uint64Value(c.now()))
	k := key(routeOracle, oracleSubmissions, id, from)
	var s submission
	if c.load(k, &s) {
		if s.hash == m.hash || s.status == hashEquivocated {
			return refused("submitted already")
		}
		s.status, s.conflict = hashEquivocated, m.hash
		c.store(k, &s)
		me.equivocated++
		c.store(watcherKey(from), &me)
		return nil
	}
	s = submission{hash: m.hash, implementation: m.implementation, version: m.version, locator: m.locator, trace: m.trace, at: c.now(), status: hashCounted}
	if c.now() >= t.deadline {
		s.status = hashLate
	}
	c.store(k, &s)
	if s.status == hashCounted && t.standing == taskOpen && c.agrees(id, &t, m.hash) {
		c.closeTask(id, &t, taskAgreed, m.hash)
	}
	return nil
}

// agrees reports whether the seats that count have agreed on a hash (oracle §4).
func (c *Chain) agrees(id wire.Hash, t *task, hash wire.Hash) bool {
	all, votes := map[string]uint64{}, map[string]uint64{}
	count := uint64(0)
	for _, s := range t.seats {
		var sub submission
		with := c.load(key(routeOracle, oracleSubmissions, id, s.member), &sub) && sub.status == hashCounted && sub.hash == hash
		if with {
			count++
		}
		for _, n := range s.runs {
			u := seatUnits / uint64(len(s.runs))
			all[n] += u
			if with {
				votes[n] += u
			}
		}
	}
	n := uint64(len(t.seats))
	units := seatUnits * count
	names, whole := registered(all), 0
	for _, x := range names {
		if all[x] >= seatUnits {
			whole++
		}
	}
	if t.kind != taskBuild && whole >= 3 {
		largest := names[0]
		for _, x := range names {
			if all[x] > all[largest] {
				largest = x
			}
		}
		votes[largest] += votes[""]
		units = 0
		for _, x := range names {
			units += min(votes[x], seatUnits*((n-1)/2))
		}
	}
	return n > 0 && !num.U(units).Mul(num.U(1e6)).Less(num.U(seatUnits*n).Mul(num.U(t.quorum)))
}

// registered are the names of registered implementations in order.
func registered(units map[string]uint64) (names []string) {
	for n := range units {
		if n != "" {
			names = append(names, n)
		}
	}
	sort.Strings(names)
	return names
}

// closeTask ends a task and tells who asked.
func (c *Chain) closeTask(id wire.Hash, t *task, standing uint64, hash wire.Hash) {
	c.State.Delete(key(routeOracle, oracleDues, t.deadline, dueDeadline, id))
	t.standing, t.hash, t.forget = standing, hash, c.now()+c.span()*c.param("oracle.keep_epochs")
	c.store(taskKey(id), t)
	c.setOracleDue(t.forget, dueForget, id, 0)
	v := verdict{ref: t.subject, outcome: void}
	if standing == taskAgreed {
		var p progress
		k := progressKey(t.kind, t.opener)
		c.load(k, &p)
		if p.next <= t.interval {
			p.next, p.hash = t.interval+1, hash
			c.store(k, &p)
		}
		v.outcome, v.value = accepted, hash[:]
	}
	if t.opener != "oracle" {
		c.deliver(t.opener, v)
	}
}

// endOracle does what has come due (oracle §6).
func (c *Chain) endOracle() {
	prefix := key(routeOracle, oracleDues)
	for i, k := range c.State.Keys(prefix) {
		if i == duesPerBlock || tail64(k, prefixLen) > c.now() {
			return
		}
		n := c.number(k)
		c.State.Delete(k)
		id := hashAt(k, prefixLen+16)
		var t task
		switch tail64(k, prefixLen+8) {
		case dueDeadline:
			if c.load(taskKey(id), &t) && t.standing == taskOpen {
				c.closeTask(id, &t, taskRolledUp, wire.Hash{})
			}
		case dueForget:
			if c.load(taskKey(id), &t) {
				c.forgetTask(id, &t)
			}
		default:
			c.State.Delete(key(routeOracle, oracleProposals, n))
		}
	}
}

// boundaryOracle opens the tasks about an epoch that ends (oracle §3).
func (c *Chain) boundaryOracle() {
	if len(c.watchers()) == 0 {
		return
	}
	e := c.h.Epoch
	for _, kind := range []uint64{taskState, taskSalary} {
		var p progress
		spacing := num.U(c.span()).PPM(c.param("oracle.spacing_ppm")).U64()
		if c.load(progressKey(kind, "oracle"), &p) && c.recent(p.opened, spacing) {
			continue
		}
		c.startTask(task{kind: kind, subject: numbered(e), opener: "oracle", interval: e, deadline: c.now() + c.span()*c.param("oracle.task_epochs")})
	}
}
