package attack

import (
	"probity/chain/types"
)

// withholdAttack lets owned leaders keep their blocks, and with them the
// reveals of their salts, so as to bend who is drawn; their Nullifies keep the
// shares back too.
var withholdAttack = &Attack{
	Name:   "withhold",
	Title:  "Leaders withhold blocks and reveals, and members their shares",
	Claim:  "Whatever is withheld below a third, every salt is opened and the contract, seed and salt of each view are those of the honest run with the same registrations, byte for byte; what it costs is time, and the producer's place.",
	Source: "spec beacon, availability §6",
	Options: []Option{
		{"nodes", "7", "members, of equal weight"},
		{"owned", "2", "of them owned by the adversary, below a third"},
		{"seeds", "2", "runs of each scenario"},
		{"length", "9000", "of the attack in each run, ms"},
	},
	Play: &Play{Cast: castWithhold, Measure: measureWithhold},
}

// steady are parameters under which registrations do not depend on how a run
// goes: blocks mint nothing, and nobody is jailed for views without a block.
func steady(scheme types.Scheme) map[string]uint64 {
	return map[string]uint64{
		"reward.block": 0, "rep.mint_ratio": 0, "jail.misses": 1 << 16, "beacon.scheme": uint64(scheme),
		"epoch.blocks": 20, "asc.lead_views": 3, // room for every registration: one that is late makes another list
	}
}

func castWithhold(a Args) ([]Scenario, error) {
	s := sizeOf(a)
	if s.err != nil {
		return nil, s.err
	}
	scene := func(name string, owned int, scheme types.Scheme, w *withholder) Scenario {
		sc := s.scene(name, owned, watchOnly)
		if w != nil {
			sc.New = func() Adversary { v := *w; return &v }
		}
		sc.Params = steady(scheme)
		return sc
	}
	jailed := scene("and jail", s.owned, types.Recoverable, &withholder{always: true, shares: true})
	jailed.Params = map[string]uint64{"jail.misses": 4}
	return []Scenario{
		scene("honest", 0, types.Recoverable, nil),
		scene("blocks", s.owned, types.Recoverable, &withholder{always: true}),
		scene("blocks and shares", s.owned, types.Recoverable, &withholder{always: true, shares: true}),
		scene("now and then", s.owned, types.Recoverable, &withholder{shares: true}),
		scene("late", s.owned, types.Recoverable, &withholder{late: true, shares: true}),
		jailed,
		scene("honest, hashed", 0, types.Hashed, nil),
		scene("blocks, hashed", s.owned, types.Hashed, &withholder{always: true}),
	}, nil
}

// withholder keeps the blocks of its leaders.
type withholder struct {
	court
	always bool // every block; else by chance, as somebody would who likes one seed better than another
	late   bool // blocks leave about when the others' patience ends, another time to each
	shares bool // no shares with its Nullifies
	kept   map[types.Statement]bool
}

// Sends is Adversary.
func (w *withholder) Sends(l Letter) []Letter {
	switch {
	case l.Msg == nil || w.owned(l.To):
	case l.Msg.Proposal != nil && w.leads(l.From, &l.Msg.Proposal.Header):
		return w.block(l)
	case w.shares && l.Msg.Vote != nil && len(l.Msg.Vote.Attachment) > 0:
		l = l.Edit()
		l.Msg.Vote.Attachment = nil
		w.h.Count("shares withheld", 1)
	}
	return []Letter{l}
}

// block keeps a block, or has it arrive when some have given the view up.
func (w *withholder) block(l Letter) []Letter {
	if w.late {
		l.Hold = 400 + types.Time(w.h.Draw("late", 300))
		return []Letter{l}
	}
	at := viewOf(l.Msg)
	keep, known := w.kept[at]
	if !known {
		if keep = w.always || w.h.Draw("withhold", 2) == 1; keep {
			w.h.Count("blocks withheld", 1)
		}
		if w.kept == nil {
			w.kept = map[types.Statement]bool{}
		}
		w.kept[at] = keep
	}
	if keep {
		return nil
	}
	return []Letter{l}
}

func measureWithhold(a Args, runs []Outcome) (*Result, error) {
	s := sizeOf(a)
	all := troupes(runs)
	honest := map[bool]*troupe{}
	for i := range all {
		switch all[i].name {
		case "honest":
			honest[false] = &all[i]
		case "honest, hashed":
			honest[true] = &all[i]
		}
	}
	out := &Result{Notes: []string{
		"A view's turn is its contract, seed and salt; runs of one seed are compared up to the first epoch for which other contracts are registered, or with other weights or commitments.",
		"With jail the lists of later epochs leave the attackers out: that run is compared with no other.",
	}}
	cost := Plot{Title: "From offer to finality of honest transfers", X: Axis{Label: "ms"}, Y: Axis{Label: "share of transfers", Unit: "%"}}
	for i := range all {
		t := &all[i]
		hashed := t.name == "blocks, hashed"
		switch t.name {
		case "honest", "and jail":
		case "honest, hashed":
			continue
		default:
			t.compare(out, honest[hashed], hashed, 2)
		}
		if !hashed {
			t.safe(out, firstMembers(s.owned))
			t.opened(out)
			cost.Series = append(cost.Series, t.costs(out, s, honest[false]))
		}
		if t.name == "and jail" {
			out.Rows = append(out.Rows, compared(Exactly, "attackers jailed", t.params(), float64(s.owned*len(t.runs)), float64(t.count("attackers jailed"))).in("members").of(int64(len(t.runs))))
		}
	}
	out.Plots = []Plot{cost}
	return out, nil
}

// compare holds each run against the honest one of its seed. Under the hashed
// beacon, where it matters who reveals, they must differ: so the comparison can. least is how many
// epochs a run must have to show, or it shows nothing.
func (t *troupe) compare(r *Result, honest *troupe, hashed bool, least int) {
	var epochs, views, differ int64
	for i := range t.runs {
		e, v, d := sameTurns(&t.runs[i], &honest.runs[i])
		epochs, views, differ = epochs+e, views+v, differ+d
	}
	if hashed {
		r.Rows = append(r.Rows, compared(AtLeast, "baseline, hashed beacon: views whose turn differs from the honest run's", t.params(), 1, float64(differ)).in("views").of(views))
		return
	}
	r.Rows = append(r.Rows,
		compared(Exactly, "views whose turn differs from the honest run's", t.params(), 0, float64(differ)).in("views").of(views),
		compared(AtLeast, "epochs compared", t.params(), float64(least*len(t.runs)), float64(epochs)).in("epochs"))
}

// opened judges that each view's salt is open when a later block is final.
func (t *troupe) opened(r *Result) {
	r.Rows = append(r.Rows, compared(Exactly, "views of final blocks whose salt is missing", t.params(), 0, float64(t.count("salts missing"))).in("views").of(t.count("salts opened")))
}

// costs reports what withholding costs the others in time.
func (t *troupe) costs(r *Result, s size, honest *troupe) Series {
	wait := t.latency()
	r.Rows = append(r.Rows,
		reported("blocks withheld", t.params(), float64(t.count("blocks withheld"))).in("views").of(int64(len(t.runs))),
		spread("final blocks a second", t.params(), t.pace(s.length)).in("blocks/s"),
		reported("median from offer to finality", t.params(), quantile(wait, 0.5)).in("ms").of(int64(len(wait))),
		reported("99th percentile from offer to finality", t.params(), quantile(wait, 0.99)).in("ms").of(int64(len(wait))))
	if t != honest {
		r.Rows = append(r.Rows, reported("median, times the honest run's", t.params(), quantile(wait, 0.5)/quantile(honest.latency(), 0.5)).in("×"))
	}
	return steps(t.name, thinned(wait), len(thinned(wait)))
}

// thinned keeps about a hundred of many figures in rising order.
func thinned(sorted []float64) []float64 {
	const most = 100
	if len(sorted) <= most {
		return sorted
	}
	out := make([]float64, most)
	for i := range out {
		out[i] = sorted[(i+1)*len(sorted)/most-1]
	}
	return out
}
