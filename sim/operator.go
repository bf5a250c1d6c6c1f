package sim

import (
	"net/http/httptest"

	"probity/chain/types"
	"probity/node"
)

// Operator is who runs the members of a run: it reads their metrics as a
// Prometheus would, and lays hands on machines, links and clocks at times of its
// own. With one, a run has a fixed length and no second phase.
type Operator struct {
	Length types.Time // of the run, ms
	Every  types.Time // between two scrapes of all members, ms
	Delta  types.Time // Δ₀ of the members, ms; 0: the default
	Begin  func(*Hands)
	// Scrape gets what a member's metrics port serves, in Prometheus' text
	// format; up is false where nobody answers.
	Scrape func(at types.Time, id int, up bool, page string)
}

// Hands are an operator's means. Members are named by their number.
type Hands struct {
	run  *run
	free map[int]func(at types.Time) uint64
}

// operate begins the operator's work.
func (r *run) operate() {
	o := r.cfg.Operator
	if o == nil {
		return
	}
	r.hands = &Hands{run: r, free: map[int]func(types.Time) uint64{}}
	if o.Begin != nil {
		o.Begin(r.hands)
	}
	r.scrape()
}

// scrape reads every member's metrics, now and from now on.
func (r *run) scrape() {
	o := r.cfg.Operator
	at := r.now - r.start
	for _, m := range r.members[:r.cfg.Nodes] {
		if m.core == nil {
			o.Scrape(at, m.id, false, "")
			continue
		}
		s := node.Surroundings{Peers: r.hands.reach(m)}
		if f := r.hands.free[m.id]; f != nil {
			s.Free = f(at)
		}
		m.monitor.Look(s)
		w := httptest.NewRecorder()
		m.monitor.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		o.Scrape(at, m.id, true, w.Body.String())
	}
	r.agenda.add(r.now+o.Every, r.scrape)
}

// reach counts the members that are up and that this one reaches.
func (h *Hands) reach(m *member) (n int) {
	cut := h.run.net.Links.Cut
	for _, o := range h.run.members {
		if o.id != m.id && o.core != nil && (cut == nil || !cut(m.id, o.id) && !cut(o.id, m.id)) {
			n++
		}
	}
	return n
}

// At has the operator do something, ms after the start of the run.
func (h *Hands) At(after types.Time, do func()) { h.run.agenda.add(h.run.start+after, do) }

// Stop cuts a member's power.
func (h *Hands) Stop(id int) {
	if m := h.run.members[id]; m.core != nil {
		m.crash()
	}
}

// Boot starts a member that is down.
func (h *Hands) Boot(id int) { h.run.reboot(h.run.members[id]) }

// Cut has nothing pass between members for which it holds; nil: all passes.
func (h *Hands) Cut(cut func(from, to int) bool) { h.run.net.Links.Cut = cut }

// Jump moves a member's clock by ms.
func (h *Hands) Jump(id int, ms int64) {
	m := h.run.members[id]
	m.clock.Jump(ms)
	if m.core != nil {
		m.schedule()
	}
}

// Room tells how many bytes are free on a member's disk at a time of the run.
func (h *Hands) Room(id int, free func(at types.Time) uint64) { h.free[id] = free }
