package sim

import (
	"fmt"
	"maps"

	"probity/chain/types"
	"probity/sim/world"
)

// fault is one kind of trouble that the world makes on its own. Time is cut
// into slots; in each the tape says whether the kind strikes (for kinds that
// strike a member: which, by a stream for each), and one number says how.
type fault struct {
	name   string
	rate   int // per thousand slots, where the seed has the kind at all
	member bool
	strike func(r *run, m *member, v uint64)
}

// slot is the grid of faults, ms; the number places a fault inside its slot.
const slot types.Time = 50

// faults is the table of kinds. What happens to single messages (delay, loss,
// duplicate, reorder) is drawn by the links with the quality that is set here.
var faults = []fault{
	{"quality", 20, false, quality},
	{"split", 8, false, split},
	{"oneway", 6, false, oneWay},
	{"isolate", 6, true, isolate},
	{"flap", 5, false, flap},
	{"clog", 15, false, clog},
	{"replay", 60, false, replay},
	{"crash", 5, true, crash},
	{"power", 4, false, power},
	{"cut", 4, true, cut},
	{"full", 3, true, full},
	{"fsync", 3, true, fsync},
	{"rot", 2, true, rot},
	{"drift", 4, true, drift},
	{"jump", 4, true, jump},
}

// chaos is what the world does to its members.
type chaos struct {
	until   types.Time
	slots   []*world.Stream // of each kind, or of each kind and member
	rates   []int
	struck  map[string]int
	rotted  bool
	cuts    map[string]func(from, to int) bool // partitions now, by name
	slotted uint64
}

// begin prepares the streams, and draws which kinds this seed has: a run with
// everything at once rarely gets anywhere.
func (c *chaos) begin(r *run) {
	c.struck, c.cuts = map[string]int{}, map[string]func(from, to int) bool{}
	profile := world.Seeded(r.cfg.Seed, "profile")
	still := r.cfg.Quiet || r.cfg.Scenario != nil && !r.cfg.Scenario.Chaos
	for _, f := range faults {
		rate := f.rate
		if profile.IntN(2) == 0 || still {
			rate = 0
		}
		c.rates = append(c.rates, rate)
		if !f.member {
			c.slots = append(c.slots, r.tape.Stream(f.name))
			continue
		}
		for i := range r.members {
			c.slots = append(c.slots, r.tape.Stream(fmt.Sprintf("%s %d", f.name, i)))
		}
	}
	for _, m := range r.members {
		if s := r.tape.Stream(fmt.Sprintf("skew %d", m.id)); !still || r.tape.Played() {
			if v := s.Draw(40); v > 0 {
				m.clock.Skew = int64(v) - 20
				c.note("skew")
			}
		}
	}
	switch {
	case r.cfg.Quiet:
		r.net.Links.DelayMin, r.net.Links.DelayMax = quietDelay, quietDelay
	case still:
		r.net.Links.DelayMax = 20
	default:
		c.rates[0] = 1000 // the first slot says what the links are like
	}
	r.slot()
}

// quietDelay is every message's way in a quiet run, ms.
const quietDelay = 5

// slot asks the tape about every kind.
func (r *run) slot() {
	c, at := &r.chaos, 0
	for i, f := range faults {
		n := 1
		if f.member {
			n = len(r.members)
		}
		for j := 0; j < n; j++ {
			v := c.slots[at].Rare(c.rates[i], 1<<40)
			at++
			if v == 0 {
				continue
			}
			m := r.members[j]
			r.plan(types.Time(v)%slot, func() {
				r.log.Add([]byte("fault"), []byte(f.name), []byte{byte(m.id)})
				c.note(f.name)
				if f.member {
					r.cfg.Timeline.add(r, Happened{Member: m.id, Kind: "fault", Text: f.name})
				}
				f.strike(r, m, v)
			})
		}
		if i == 0 && c.slotted == 0 && c.rates[0] == 1000 {
			c.rates[0] = faults[0].rate
		}
	}
	c.slotted++
	if c.until == 0 || r.now+slot < c.until {
		r.plan(slot, r.slot)
	}
}

// note counts something that happened.
func (c *chaos) note(what string) { c.struck[what]++ }

func (c *chaos) counts() map[string]int { return maps.Clone(c.struck) }

// span reads a duration out of a choice: a few slots up to about two seconds.
func span(v uint64) types.Time { return slot * types.Time(1+v/64%40) }

// quality draws a new quality for all links.
func quality(r *run, _ *member, v uint64) {
	rng := world.Derive(r.cfg.Seed, "quality", v)
	l := &r.net.Links
	l.DelayMin = types.Time(1 + rng.IntN(5))
	l.DelayMax = l.DelayMin + types.Time(rng.IntN(60))
	l.Loss, l.Duplicate, l.Reorder = 0, rng.IntN(50), 0
	switch rng.IntN(5) {
	case 0:
		l.Loss = rng.IntN(200)
	case 1:
		l.DelayMax += types.Time(rng.IntN(400))
	case 2:
		l.Reorder = rng.IntN(100)
	}
}

// part puts a partition in force for a while.
func (r *run) part(name string, v uint64, cut func(from, to int) bool) {
	c := &r.chaos
	c.slotted++
	key := fmt.Sprint(name, c.slotted)
	c.cuts[key] = cut
	r.cfg.Timeline.part(r, name, span(v), cut)
	r.recut()
	r.plan(span(v), func() {
		delete(c.cuts, key)
		r.recut()
	})
}

// recut tells the links what passes. The order of partitions does not matter:
// any of them stops a message.
func (r *run) recut() {
	c := &r.chaos
	if len(c.cuts) == 0 {
		r.net.Links.Cut = nil
		return
	}
	r.net.Links.Cut = func(from, to int) bool {
		for _, cut := range c.cuts {
			if cut(from, to) {
				return true
			}
		}
		return false
	}
}

// sides parts the members in two by bits of the choice; at least one is alone.
func sides(v uint64, n int) func(id int) bool {
	bits := v * 0x9e3779b97f4a7c15 >> 7
	lone := int(v / 4096 % uint64(n))
	return func(id int) bool { return id == lone || id != (lone+1)%n && bits>>(id%48)&1 == 1 }
}

func split(r *run, _ *member, v uint64) {
	side := sides(v, len(r.members))
	r.part("split", v, func(from, to int) bool { return side(from) != side(to) })
}

func oneWay(r *run, _ *member, v uint64) {
	side := sides(v, len(r.members))
	r.part("oneway", v, func(from, to int) bool { return side(from) && !side(to) })
}

func isolate(r *run, m *member, v uint64) {
	r.part("isolate", v, func(from, to int) bool { return from == m.id || to == m.id })
}

// flap opens and closes a partition again and again.
func flap(r *run, _ *member, v uint64) {
	side := sides(v, len(r.members))
	begin, period := r.now, 40+types.Time(v/64/64%200)
	r.part("flap", v*8, func(from, to int) bool { return side(from) != side(to) && (r.now-begin)/period%2 == 0 })
}

// clog holds what one link carries and lets it go at once.
func clog(r *run, _ *member, v uint64) {
	n := uint64(len(r.members))
	from, to := int(v/4096%n), int(v/4096/n%n)
	r.net.Clog(from, to, r.now+span(v))
	r.cfg.Timeline.clog(r, from, to, span(v))
}

// replay says messages of the past again, also of past epochs.
func replay(r *run, _ *member, v uint64) {
	for i := uint64(0); i <= v/64%16; i++ {
		r.net.Again(r.now, v/4096+i*7)
	}
}

// strikeDown crashes a member that is up and plans its restart.
func (r *run) strikeDown(m *member, v uint64) {
	if m.core != nil {
		m.crash()
	}
	r.plan(span(v), func() { r.reboot(m) })
}

func crash(r *run, m *member, v uint64) { r.strikeDown(m, v) }

// power fails everywhere at once, and comes back everywhere at once.
func power(r *run, _ *member, v uint64) {
	for _, m := range r.members {
		r.strikeDown(m, v)
	}
}

// cut takes the power away in the middle of a step: at a barrier of one of the
// disks, before or after it did its work.
func cut(r *run, m *member, v uint64) {
	if m.core == nil {
		return
	}
	disk := m.data
	if v/4096%2 == 0 {
		disk = m.journal
	}
	disk.CutAt(int(1+v/8192%6), v/65536%2 == 0, func() {
		m.dead.Store(true)
		m.data.Freeze()
		m.journal.Freeze()
	})
	r.plan(span(v), func() {
		if m.core != nil { // it never came to that barrier
			m.crash()
		}
		r.reboot(m)
	})
}

// full leaves no room on the disk for a while. The member stops cleanly.
func full(r *run, m *member, v uint64) {
	if m.core == nil {
		return
	}
	m.excused = true
	m.data.Fill(true)
	m.journal.Fill(true)
	r.revive(m, v)
}

// fsync makes one sync fail; what it was to make safe may be gone.
func fsync(r *run, m *member, v uint64) {
	if m.core == nil {
		return
	}
	m.excused = true
	if v/4096%2 == 0 {
		m.data.FailSync()
	} else {
		m.journal.FailSync()
	}
	r.revive(m, v)
}

// revive ends the trouble with a member's disk: it is started anew.
func (r *run) revive(m *member, v uint64) {
	r.plan(span(v), func() {
		if m.core != nil {
			m.crash()
		}
		r.reboot(m)
	})
}

// rot flips a bit on the disk of one member while it is down; once in a run,
// and where the others have a quorum without it.
func rot(r *run, m *member, v uint64) {
	total := uint64(0)
	for _, o := range r.members {
		total += o.rep
	}
	if r.chaos.rotted || 4*m.rep > total || len(r.members) != r.cfg.Nodes {
		return
	}
	if m.core != nil {
		m.crash()
	}
	ok := false
	if v/4096%3 == 0 {
		ok = m.journal.Rot("signer", "signer.log", v/16384)
	} else {
		ok = m.data.Rot("data", ".sst", v/16384)
	}
	if ok {
		r.chaos.rotted, m.rotten = true, true
		r.chaos.note("bit-rot")
	}
	r.plan(span(v), func() { r.reboot(m) })
}

// drift lets a clock run fast or slow, by up to two in a hundred.
func drift(r *run, m *member, v uint64) {
	m.clock.Run(int64(v/64%40_001) - 20_000)
	if m.core != nil {
		m.schedule()
	}
}

// jump sets a clock forward or back, by up to two seconds.
func jump(r *run, m *member, v uint64) {
	m.clock.Jump(int64(v/64%4001) - 2000)
	if m.core != nil {
		m.schedule()
	}
}

// heal ends the chaos: links work, clocks are right, everyone is up.
func (r *run) heal() error {
	r.calm = true
	r.cfg.Timeline.calm(r)
	clear(r.chaos.cuts)
	l := &r.net.Links
	l.Cut, l.Loss, l.Duplicate, l.Reorder = nil, 0, 0, 0
	if !r.cfg.Quiet {
		l.DelayMin, l.DelayMax = 1, 20
	}
	r.net.Unclog()
	for _, m := range r.members {
		m.clock.Set(min(max(m.clock.Skew, -20), 20))
		m.data.Mend()
		m.journal.Mend()
		if m.core != nil && m.excused { // its disk is mended, so it is started anew
			m.crash()
		}
		if m.core != nil {
			m.schedule()
		}
		r.reboot(m)
	}
	r.mark()
	return r.fatal
}

// plan has the world do something later, unless calm has come by then.
func (r *run) plan(after types.Time, do func()) {
	r.agenda.add(r.now+after, func() {
		if !r.calm {
			do()
		}
	})
}
