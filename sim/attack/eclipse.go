package attack

import (
	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/node"
	"probity/node/sync"
)

// eclipseAttack leaves a member with no peer but the attacker's.
var eclipseAttack = &Attack{
	Name:  "eclipse",
	Title: "Leave a member with no peers but the attacker's, who says nothing, lies, or passes on a part",
	Claim: "An eclipsed member finalizes nothing but the chain. It stands still while nothing comes through, and has caught up " +
		"within 16 Δ₀ of the return of one honest link, whatever the attacker goes on saying.",
	Source: "spec network §3, spec consensus §9",
	Options: []Option{
		{"seeds", "2", "runs of each scenario"},
		{"eclipses", "2,4,8", "lengths of the eclipse, s"},
	},
	Play: &Play{Cast: castEclipse, Measure: measureEclipse},
}

// The cast of an eclipse: the attacker, the honest member whose link returns,
// and the victim.
const (
	eclipser = 0
	friend   = 1
	victim   = 3
)

// eclipse cuts the victim off from honest members.
type eclipse struct {
	Idle
	h      Hands
	ends   types.Time                          // when the friend's link returns, ms from the start
	say    func(e *eclipse, l Letter) []Letter // what becomes of the attacker's own letters to the victim
	lies   bool                                // and it invents others
	slow   bool                                // it claims a great height shortly before the link returns, and never answers
	before types.Height                        // of the victim when all is quiet
	state  int                                 // 0 before, 1 eclipsed, 2 the link is back, 3 caught up
	last   *types.Block                        // proposed by anybody
	asked  *sync.Message                       // the victim's last question for a range
}

func (e *eclipse) Begin(h Hands) {
	e.h = h
	h.Wake(h.Start() + cutFrom + settled)
}

func (e *eclipse) since() types.Time { return e.h.Now() - e.h.Start() }

// Delays loses what passes between the victim and honest members.
func (e *eclipse) Delays(l *Letter) types.Time {
	other := l.From + l.To - victim
	if l.From != victim && l.To != victim || other == eclipser || e.since() < cutFrom {
		return 0
	}
	if e.h.Calm() || e.since() >= e.ends && other == friend {
		return 0
	}
	return Lost
}

// Sends decides about the attacker's letters to the victim.
func (e *eclipse) Sends(l Letter) []Letter {
	if l.To != victim || e.since() < cutFrom || e.h.Calm() {
		return []Letter{l}
	}
	return e.say(e, l)
}

// Hears remembers what the lies are made of.
func (e *eclipse) Hears(l *Letter) {
	if l.Msg != nil && l.Msg.Proposal != nil {
		e.last = l.Msg.Proposal
	}
	if l.Topic == node.TopicSync && l.From == victim && l.To == eclipser {
		var m sync.Message
		if codec.Unmarshal(l.Data, &m) == nil && m.Range != nil {
			e.asked = &m
		}
	}
}

// Wakes watches the victim every few ms, and lies to it.
func (e *eclipse) Wakes() {
	if e.h.Calm() {
		return
	}
	at := e.h.Height(victim)
	switch {
	case e.state == 0:
		e.state, e.before = 1, at
	case e.state == 1 && e.since() >= e.ends:
		e.state = 2
		e.h.Count("while eclipsed", int64(at-e.before))
		e.h.Count("behind", int64(e.h.Height(friend)-at))
	case e.state == 2 && at+2 >= e.h.Height(friend):
		e.state = 3
		e.h.Count("caught up", 1)
		e.h.Count("return", int64(e.since()-e.ends))
	}
	if e.slow && e.since()+100 >= e.ends {
		e.h.Count("lies", 1)
		e.tell(sync.Message{Status: &sync.Status{Height: 1 << 30}})
	}
	if e.lies && e.last != nil && e.h.Draw("lie", 4) > 0 {
		e.lie()
	}
	e.h.Wake(e.h.Now() + 20)
}

// lie tells of a great height, answers with a false range, and shows
// certificates of weights that the attacker does not have.
func (e *eclipse) lie() {
	e.h.Count("lies", 1)
	e.tell(sync.Message{Status: &sync.Status{Height: 1 << 30}})
	b := *e.last
	b.Header.Parent = keys.Sum([]byte("elsewhere"))
	b.Header.Height = e.h.Height(victim) + 1
	e.h.Seal(eclipser, &b)
	forged := e.forge(&b, true)
	if e.asked != nil {
		e.tell(sync.Message{ID: e.asked.ID, Blocks: &sync.Blocks{Blocks: []*types.Block{&b}, Finalization: forged.Certificate}})
		e.asked = nil
	}
	for _, c := range []*types.Certified{forged, e.forge(e.last, true), e.forge(e.last, false)} {
		e.h.Send(Letter{From: eclipser, To: victim, Topic: node.TopicConsensus, Msg: &consensus.Message{Certified: c}})
	}
}

func (e *eclipse) tell(m sync.Message) {
	e.h.Send(Letter{From: eclipser, To: victim, Topic: node.TopicSync, Data: codec.MustMarshal(&m)})
}

// forge makes a Finalization of a block: by all, with signatures that are not
// theirs, or by the attacker alone.
func (e *eclipse) forge(b *types.Block, all bool) *types.Certified {
	n := len(e.h.Members())
	s := types.Statement{Kind: types.Finalize, Epoch: b.Header.Epoch, View: b.Header.View, Digest: b.Digest()}
	own := e.h.Sign(eclipser, s)
	sh := b.Signed()
	c := types.Certificate{Statement: s, Signers: types.Bytes{1}, Signatures: []keys.Signature{own}}
	if all {
		c.Signers, c.Signatures = types.Bytes{byte(1<<n - 1)}, nil
		for range n {
			c.Signatures = append(c.Signatures, own)
		}
	}
	return &types.Certified{Certificate: c, Header: &sh}
}

// silent says nothing to the victim.
func silent(*eclipse, Letter) []Letter { return nil }

// halfTold passes proposals on, which prove that their parents are notarized,
// and nothing else.
func halfTold(_ *eclipse, l Letter) []Letter {
	if l.Msg != nil && l.Msg.Proposal != nil {
		return []Letter{l}
	}
	return nil
}

func castEclipse(a Args) ([]Scenario, error) {
	r := reader{args: a}
	seeds := int(r.integer("seeds", 1, 1000))
	lengths := r.integers("eclipses", 1, 600)
	if r.err != nil {
		return nil, r.err
	}
	play := func(name string, length types.Time, e eclipse) Scenario {
		e.ends = cutFrom + length
		return Scenario{
			Name: name, Nodes: 4, First: 1, Seeds: seeds, Length: e.ends + 5000, Load: 20, Owned: []int{eclipser},
			New: func() Adversary { v := e; return &v },
		}
	}
	const usual types.Time = 4000
	out := []Scenario{{Name: "honest", Nodes: 4, First: 1, Seeds: seeds, Length: cutFrom + usual + 5000, Load: 20}}
	for _, s := range lengths {
		out = append(out, play(eclipseName(s), types.Time(1000*s), eclipse{say: silent}))
	}
	out = append(out,
		play("proposals alone", usual, eclipse{say: halfTold}),
		play("lies", usual, eclipse{say: silent, lies: true}),
		play("no answers", usual, eclipse{say: silent, slow: true}))
	// Three of five with a copy each hold a quorum with the victim and another
	// without: here an eclipse forks.
	five := cutter{until: 3000, side: func(m Member) int {
		if m.ID >= 4 {
			return 1
		}
		return 0
	}}
	return append(out, Scenario{
		Name: "three of five", Nodes: 5, First: 1, Length: five.until, Load: 20, Owned: []int{0, 1, 2}, Twins: []int{0, 1, 2},
		Expect: brokenOracles, New: func() Adversary { v := five; return &v },
	}), nil
}

func eclipseName(s int64) string { return "silence, " + seconds(s) }

// catchUpMax is how long a member may take from the return of a link until it
// has caught up, in Δ₀: a poll, a liar's timeout, and ranges.
const catchUpMax = 16

func measureEclipse(a Args, runs []Outcome) (*Result, error) {
	r := reader{args: a}
	lengths := r.integers("eclipses", 1, 600)
	if r.err != nil {
		return nil, r.err
	}
	all, out := tallies(runs), &Result{}
	bound := catchUpMax * float64(consensus.DeltaDefault)
	out.Rows = append(out.Rows, all["honest"].oracleRow())
	plot := Plot{Title: "from one honest link to having caught up", X: Axis{Label: "blocks behind"}, Y: Axis{Label: "ms"}}
	for _, s := range append(eclipseNames(lengths), "proposals alone", "lies", "no answers") {
		t := all[s]
		n := int64(len(t))
		m := t.mean(func(o *Outcome) float64 { return float64(o.Counts["return"]) })
		low, high := m.interval()
		back := compared(AtMost, "time from one honest link to having caught up", scene(t), bound,
			t.most(func(o *Outcome) float64 { return float64(o.Counts["return"]) })).in("ms").of(n)
		out.Rows = append(out.Rows, t.oracleRow(),
			compared(Exactly, "blocks final at the victim while eclipsed", scene(t), 0, t.count("while eclipsed")).in("blocks").of(n),
			compared(Exactly, "runs in which it caught up before the calm", scene(t), float64(n), t.count("caught up")).in("runs").of(n), back)
		behind := t.count("behind") / float64(n)
		add(&plot, s, Point{X: behind, Y: m.mean(), Low: max(0, low), High: high})
	}
	lies := all["lies"]
	out.Rows = append(out.Rows,
		compared(AtLeast, "lies told", scene(lies), 1, lies.count("lies")).in("lies"),
		compared(AtLeast, "letters that the victim found false", scene(lies), 1, lies.sum(func(o *Outcome) float64 {
			return float64(o.Dropped["signature"] + o.Dropped["malformed"])
		})).in("letters"))
	t := all["three of five"]
	out.Rows = append(out.Rows, compared(AtLeast, "runs that fork where the attacker has a quorum with the victim: the check can fail", scene(t),
		1, t.sum(forkOf)).in("runs").of(int64(len(t))))
	out.Plots = []Plot{plot}
	out.Notes = []string{
		"The victim is one of four equal members, the attacker another; letters between the victim and the honest two are lost.",
		"A liar costs one timeout of a range (1.6 s) every ten seconds: it is left alone for so long.",
	}
	return out, nil
}

func eclipseNames(lengths []int64) (out []string) {
	for _, s := range lengths {
		out = append(out, eclipseName(s))
	}
	return out
}

// forkOf is 1 where two blocks of one height became final.
func forkOf(o *Outcome) float64 {
	for _, list := range [][]Violation{o.Violations, o.Expected} {
		for _, v := range list {
			if v.Oracle == "agreement" {
				return 1
			}
		}
	}
	return 0
}
