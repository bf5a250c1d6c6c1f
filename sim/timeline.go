package sim

import (
	"slices"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/sim/check"
)

// Timeline is a run as people look at it: what members said, what became final,
// and the trouble they had. The explorer opens its JSON. Where Config has one,
// the run fills it in; the run itself is the same with and without.
type Timeline struct {
	Format  string     `json:"format"`
	Name    string     `json:"name"`
	Seed    uint64     `json:"seed"`
	Hash    keys.Hash  `json:"hash"`     // of the event log
	Length  types.Time `json:"lengthMs"` // simulated
	Calm    types.Time `json:"calmMs"`   // when the trouble ends; 0: it does not
	Members []Lane     `json:"members"`
	Spans   []Span     `json:"spans"`
	Events  []Happened `json:"events"`            // in order of time
	Dropped int        `json:"dropped,omitempty"` // votes left out because there are too many

	open map[int]int // of members that are down: the place of their span
}

// Lane is a member.
type Lane struct {
	Weight types.Weight `json:"weight"` // whole REP at genesis
	Owned  bool         `json:"owned"`  // by an adversary
}

// Span is a stretch of trouble, ms from the start of the run.
type Span struct {
	Kind   string     `json:"kind"` // partition, down or link
	From   types.Time `json:"from"`
	To     types.Time `json:"to"`
	Nodes  []int      `json:"nodes,omitempty"`  // whom it is about; all where there are none
	Groups [][]int    `json:"groups,omitempty"` // of a partition: who hears one another
	Text   string     `json:"text,omitempty"`
}

// Happened is one event.
type Happened struct {
	At     types.Time   `json:"t"` // ms from the start of the run
	Member int          `json:"n"`
	Kind   string       `json:"k"`           // vote, final, fault, act, evidence or violation
	Says   string       `json:"s,omitempty"` // of a vote
	Epoch  types.Epoch  `json:"e,omitempty"`
	View   types.View   `json:"v,omitempty"`
	Height types.Height `json:"h,omitempty"` // of a final block
	Digest string       `json:"d,omitempty"` // first digits of the block's
	Text   string       `json:"x,omitempty"`
}

// timelineFormat names the form of the file; another form gets another name.
const timelineFormat = "probity-run/1"

// happenedMax bounds the events of a timeline; beyond it votes are counted only.
const happenedMax = 500_000

// begin notes who takes part.
func (t *Timeline) begin(r *run) {
	if t == nil {
		return
	}
	t.Format, t.Seed, t.open = timelineFormat, r.cfg.Seed, map[int]int{}
	t.Members, t.Spans, t.Events = []Lane{}, []Span{}, []Happened{}
	for _, m := range r.members {
		t.Members = append(t.Members, Lane{types.Weight(m.rep), m.owned})
	}
}

// end notes how the run came out.
func (t *Timeline) end(r *run) {
	if t == nil {
		return
	}
	t.Hash, t.Length = r.out.Hash, r.now-r.start
	for i := range t.Spans {
		if s := &t.Spans[i]; s.To == 0 || s.To > t.Length {
			s.To = t.Length
		}
	}
}

func (t *Timeline) add(r *run, e Happened) {
	if t == nil {
		return
	}
	if len(t.Events) >= happenedMax && e.Kind == "vote" {
		t.Dropped++
		return
	}
	e.At = r.now - r.start
	t.Events = append(t.Events, e)
}

// saw notes what a member shows the oracles, and the adversary's members too.
func (t *Timeline) saw(m *member, e *check.Event) {
	switch {
	case t == nil:
	case e.Signed != nil:
		s := e.Signed
		t.add(m.run, Happened{Member: m.id, Kind: "vote", Says: s.Kind.String(), Epoch: s.Epoch, View: s.View, Digest: brief(s.Digest)})
	case e.Evidence != nil:
		t.add(m.run, Happened{Member: m.id, Kind: "evidence", Epoch: e.Evidence.Epoch, View: e.Evidence.A.View, Text: e.Evidence.A.Kind.String() + " and " + e.Evidence.B.Kind.String()})
	}
}

// final notes a block that became final at a member.
func (t *Timeline) final(m *member, h *types.Header, digest keys.Hash) {
	t.add(m.run, Happened{Member: m.id, Kind: "final", Epoch: h.Epoch, View: h.View, Height: h.Height, Digest: brief(digest)})
}

// down notes that a member's process ended, up that it runs again.
func (t *Timeline) down(m *member, killed bool) {
	if t == nil {
		return
	}
	text := "stopped"
	if killed {
		text = "crashed"
	}
	t.open[m.id] = len(t.Spans)
	t.Spans = append(t.Spans, Span{Kind: "down", From: m.run.now - m.run.start, Nodes: []int{m.id}, Text: text})
}

func (t *Timeline) up(m *member) {
	if t == nil {
		return
	}
	if i, ok := t.open[m.id]; ok {
		t.Spans[i].To = m.run.now - m.run.start
		delete(t.open, m.id)
	}
}

// part notes a partition: groups of members that hear one another, directly or
// through others, when it begins.
func (t *Timeline) part(r *run, name string, length types.Time, cut func(from, to int) bool) {
	if t == nil {
		return
	}
	of := make([]int, len(r.members)) // the group's lowest member
	for i := range of {
		of[i] = i
		for j := range i {
			if of[j] != of[i] && !cut(i, j) && !cut(j, i) {
				low, high := min(of[i], of[j]), max(of[i], of[j])
				for k := range i + 1 {
					if of[k] == high {
						of[k] = low
					}
				}
			}
		}
	}
	var groups [][]int
	for i := range of {
		var group []int
		for j := range of {
			if of[j] == i {
				group = append(group, j)
			}
		}
		if group != nil {
			groups = append(groups, group)
		}
	}
	at := r.now - r.start
	t.Spans = append(t.Spans, Span{Kind: "partition", From: at, To: at + length, Groups: groups, Text: name})
}

// clog notes a link that holds what it carries.
func (t *Timeline) clog(r *run, from, to int, length types.Time) {
	if t == nil {
		return
	}
	at := r.now - r.start
	t.Spans = append(t.Spans, Span{Kind: "link", From: at, To: at + length, Nodes: slices.Compact([]int{from, to}), Text: "clogged"})
}

// calm ends the trouble.
func (t *Timeline) calm(r *run) {
	if t == nil {
		return
	}
	t.Calm = r.now - r.start
	for i := range t.Spans {
		if s := &t.Spans[i]; s.Kind != "down" && s.To > t.Calm {
			s.To = t.Calm
		}
	}
}

func brief(h keys.Hash) string {
	if h.IsZero() {
		return ""
	}
	return h.String()[2:10]
}
