package attack

import (
	"cmp"
	"maps"
	"slices"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
)

// beaconabuseAttack says of salts whatever is false, early or of another place.
var beaconabuseAttack = &Attack{
	Name:   "beaconabuse",
	Title:  "Send wrong, malformed, replayed and early shares, reveals and openings",
	Claim:  "Every one is refused and counted, none changes a turn or slows the others below four fifths of plain withholding; wrong reveals are evidence that jails and burns, beside what an invalid block loses; below half of the tickets nobody looks further ahead than its own turns.",
	Source: "spec beacon, evidence §2",
	Options: []Option{
		{"nodes", "7", "members, of equal weight"},
		{"owned", "2", "of them owned by the adversary, below a third"},
		{"seeds", "2", "runs of each scenario"},
		{"length", "7000", "of the attack in each run, ms"},
		{"deeds", "all", "those to play, or some of: wrong shares, others' tickets, garbage, replayed, early, wrong openings, wrong reveals"},
	},
	Play: &Play{Cast: castBeaconAbuse, Measure: measureBeaconAbuse},
}

// deed is one way to abuse the beacon.
type deed struct {
	name    string
	refused string // the counter of members that it moves; "": nothing is wrong with it
	jailed  bool   // it is evidence
	do      func(*abuser, Letter) []Letter
	early   bool // shares and reveals leave when their view begins
	blocks  bool // leaders propose
	starve  bool // one honest member hears Nullifies late
	mute    bool // votes that would be another offence are left out
}

var deeds = []deed{
	{name: "withheld", do: (*abuser).plain},
	{name: "wrong shares", refused: "refused shares", do: (*abuser).wrongShares},
	{name: "others' tickets", refused: "refused shares", do: (*abuser).strangeTickets},
	{name: "garbage", refused: "refused shares", do: (*abuser).garbage},
	{name: "replayed", refused: "refused shares", do: (*abuser).replay},
	{name: "early", do: (*abuser).plain, early: true, mute: true},
	{name: "wrong openings", refused: "refused openings", do: (*abuser).wrongOpenings, starve: true},
	{name: "wrong reveals", refused: "refused reveals", do: (*abuser).wrongReveals, jailed: true, blocks: true, mute: true},
}

// chosen are the deeds to play; plain withholding, which the others are held
// against, is one of them always.
func chosen(a Args) (out []*deed, err error) {
	names := []string{"all"}
	for i := range deeds {
		names = append(names, deeds[i].name)
	}
	r := reader{args: a}
	want := r.words("deeds", names)
	for i := range deeds {
		if i == 0 || slices.Contains(want, "all") || slices.Contains(want, deeds[i].name) {
			out = append(out, &deeds[i])
		}
	}
	return out, r.err
}

func castBeaconAbuse(a Args) ([]Scenario, error) {
	s := sizeOf(a)
	play, err := chosen(a)
	if s.err != nil || err != nil {
		return nil, cmp.Or(s.err, err)
	}
	honest := s.scene("honest", 0, watchOnly)
	honest.Params = steady(types.Recoverable)
	cast := []Scenario{honest}
	for _, d := range play {
		sc := s.scene(d.name, s.owned, func() Adversary { return &abuser{deed: d} })
		sc.Params = steady(types.Recoverable)
		cast = append(cast, sc)
	}
	for _, look := range []struct {
		name  string
		owned int
	}{{"spies", s.owned}, {"spies with half", (s.nodes + 1) / 2}} {
		sc := s.scene(look.name, look.owned, func() Adversary { return &spy{} })
		sc.Params = maps.Clone(honest.Params)
		sc.Params["asc.selection"] = uint64(types.Lottery)
		cast = append(cast, sc)
	}
	return cast, nil
}

// abuser withholds its leaders' blocks, so that views are nullified and salts
// recovered, and abuses what is sent for that.
type abuser struct {
	court
	deed *deed
	last types.Height

	given  map[int][2]given   // by member, of its last two views
	hidden map[keys.Hash]bool // blocks as their leaders' machines made them
}

// Begin is Adversary.
func (a *abuser) Begin(h Hands) {
	a.court.Begin(h)
	a.given, a.hidden = map[int][2]given{}, map[keys.Hash]bool{}
}

// Sends is Adversary.
func (a *abuser) Sends(l Letter) []Letter {
	switch {
	case l.Msg == nil:
		return []Letter{l}
	case !a.deed.blocks && l.Msg.Proposal != nil && a.leads(l.From, &l.Msg.Proposal.Header):
		return nil
	}
	return a.deed.do(a, l)
}

// Steps is Adversary: votes that would convict a member of more than the deed
// are left out, which are a Finalize where it said Nullify early, and any vote
// for a block that its leader showed nobody.
func (a *abuser) Steps(_ int, _ consensus.Input, out *consensus.Ready) {
	if a.deed.mute {
		unsign(out, func(s types.Statement) bool { return s.Kind == types.Finalize || a.hidden[s.Digest] })
	}
}

func (a *abuser) plain(l Letter) []Letter { return []Letter{l} }

// attached is what a Nullify brings, and whether the letter is one.
func attached(l Letter) (escrow.Opening, bool) {
	if l.Msg.Vote == nil || l.Msg.Vote.Kind != types.Nullify || len(l.Msg.Vote.Attachment) == 0 {
		return escrow.Opening{}, false
	}
	o, err := escrow.ParseOpening(l.Msg.Vote.Attachment)
	return o, err == nil
}

// reattach puts another attachment on a vote.
func (a *abuser) reattach(l Letter, b types.Bytes) []Letter {
	l = l.Edit()
	l.Msg.Vote.Attachment = b
	a.h.Count("abuses", 1)
	return []Letter{l}
}

func (a *abuser) wrongShares(l Letter) []Letter {
	o, ok := attached(l)
	if !ok {
		return []Letter{l}
	}
	if len(o.Reveal) > 0 { // the leader's own
		o.Reveal[0] ^= 1
	}
	for i := range o.Shares {
		o.Shares[i].Proof[i%escrow.ShareBytes] ^= 1
	}
	return a.reattach(l, escrow.MarshalOpening(o))
}

func (a *abuser) strangeTickets(l Letter) []Letter {
	o, ok := attached(l)
	switch {
	case !ok:
		return []Letter{l}
	case len(o.Reveal) > 0: // the leader's own
		return a.reattach(l, nil)
	}
	for i := range o.Shares {
		o.Shares[i].Ticket++
	}
	return a.reattach(l, escrow.MarshalOpening(o))
}

// garbage is bytes that are no opening, at times too many of them.
func (a *abuser) garbage(l Letter) []Letter {
	if _, ok := attached(l); !ok {
		return []Letter{l}
	}
	b := make(types.Bytes, 1+a.h.Draw("garbage", 1000))
	for i := range b {
		b[i] = byte(a.h.Draw("garbage", 256))
	}
	return a.reattach(l, b)
}

// replay sends the shares that its member gave for an earlier view.
func (a *abuser) replay(l Letter) []Letter {
	o, ok := attached(l)
	if !ok || len(o.Shares) == 0 {
		return []Letter{l}
	}
	now, at := l.Msg.Vote.Attachment, viewOf(l.Msg)
	had := a.given[l.From]
	if had[0].at != at {
		had = [2]given{{at, now}, had[0]}
		a.given[l.From] = had
	}
	if had[1].shares == nil {
		return []Letter{l}
	}
	return a.reattach(l, had[1].shares)
}

// given is the shares of a member for a view.
type given struct {
	at     types.Statement
	shares types.Bytes
}

// Delays is Adversary: where openings are spoilt, one honest member hears
// Nullifies late, and so depends on Nullifications.
func (a *abuser) Delays(l *Letter) types.Time {
	if !a.deed.starve || l.Msg == nil || l.To != len(a.members)-1 || a.owned(l.From) || a.h.Calm() {
		return 0
	}
	switch {
	case l.Msg.Vote != nil && l.Msg.Vote.Kind == types.Nullify:
		return 300
	case l.Msg.Certified != nil:
		return 100
	}
	return 0
}

// wrongOpenings spoils what Nullifications carry, on their own and in blocks.
func (a *abuser) wrongOpenings(l Letter) []Letter {
	c := l.Msg.Certified
	if c == nil || c.Certificate.Kind != types.Nullify || len(c.Certificate.Attachment) == 0 {
		return []Letter{l}
	}
	o := l.Edit()
	at := o.Msg.Certified.Certificate.Attachment
	at[len(at)-1] ^= 1
	a.h.Count("abuses", 1)
	return []Letter{o}
}

// wrongReveals has leaders sign headers whose reveal is not the one.
func (a *abuser) wrongReveals(l Letter) []Letter {
	b := l.Msg.Proposal
	if b == nil || len(b.Header.Reveal) == 0 || !a.leads(l.From, &b.Header) {
		return []Letter{l}
	}
	o := l.Edit()
	a.hidden[b.Digest()] = true
	o.Msg.Proposal.Header.Reveal[0] ^= 1
	a.h.Seal(l.From, o.Msg.Proposal)
	a.h.Count("abuses", 1)
	return []Letter{o}
}

// Final is Adversary: with early, members say Nullify of the next view at once,
// with their shares, and its leader with the reveal.
func (a *abuser) Final(id int, b *types.Block) {
	a.court.Final(id, b)
	if !a.deed.early || a.owned(id) || b.Header.Height <= a.last {
		return
	}
	a.last = b.Header.Height
	p, s := scheduleAt(a.h, id, b.Header.Epoch)
	v := b.Header.View + 1
	if s == nil || b.Header.Height >= p.Last() || !s.Reach(v) || !s.Waits(v) {
		return
	}
	suite, at, dealing := suiteOf(p), s.Place(v), s.Dealing(v)
	leader, _ := a.h.MemberOf(s.ASC(v).Key)
	for i := range p.Roster.Members {
		m, ok := a.h.MemberOf(p.Roster.Members[i].Key)
		if !ok || !a.owned(m) {
			continue
		}
		o := escrow.Opening{Shares: sharesOf(p, i, suite, a.h.Keys(m), at, dealing)}
		if m == leader {
			o = escrow.Opening{Reveal: suite.Reveal(at, saltSeed(a.h.Keys(m).Beacon, p.Epoch, at.Salt), dealing)}
		}
		vote, ok := a.h.Vote(m, types.Statement{Kind: types.Nullify, Epoch: p.Epoch, View: v})
		if !ok || o.Check() != nil {
			continue
		}
		vote.Attachment = escrow.MarshalOpening(o)
		a.h.Count("abuses", 1)
		a.all(m, &consensus.Message{Vote: &vote})
	}
}

func measureBeaconAbuse(a Args, runs []Outcome) (*Result, error) {
	s := sizeOf(a)
	all := map[string]*troupe{}
	for _, t := range troupes(runs) {
		all[t.name] = &t
	}
	out := &Result{Notes: []string{
		"Refusals are counted by honest members; one wrong message to five of them is five refusals, and repeats of it more.",
		"Early shares below half of the tickets open nothing; an early reveal opens its own view, which its leader may do anyway by proposing.",
	}}
	honest, withheld := all["honest"], all["withheld"]
	honest.safe(out, nil)
	base := withheld.pace(s.length)
	bars := Plot{Title: "Final blocks while the beacon is abused", X: Axis{Label: "deed"}, Y: Axis{Label: "final blocks a second"}}
	play, err := chosen(a)
	if err != nil {
		return nil, err
	}
	for i, d := range play {
		t := all[d.name]
		t.safe(out, firstMembers(s.owned))
		least := 2
		if d.jailed { // its lists are others from the second epoch on
			least = 1
		}
		t.compare(out, honest, false, least)
		t.opened(out)
		t.refusals(out, d, s)
		m := t.pace(s.length)
		low, high := m.interval()
		bars.Series = append(bars.Series, Series{Name: d.name, Points: []Point{{X: float64(i + 1), Y: m.mean(), Low: low, High: high}}})
		if d.name != "withheld" {
			out.Rows = append(out.Rows, compared(AtLeast, "pace, to that under plain withholding", t.params(), 0.8, m.mean()/base.mean()).in("×").of(m.n))
		}
	}
	look := Plot{Title: "How far ahead of everyone else the next producers are known", X: Axis{Label: "views r"}, Y: Axis{Label: "at least r views ahead", Unit: "%"}}
	spies, half := all["spies"], all["spies with half"]
	spies.safe(out, firstMembers(s.owned))
	look.Series = append(look.Series, spies.ahead(out, s, s.owned, true), powers(float64(s.owned)/float64(s.nodes)), half.ahead(out, s, (s.nodes+1)/2, false))
	out.Plots = []Plot{look, bars}
	return out, nil
}

// refusals judges that what a deed sends is refused, and punished where it can
// be proven.
func (t *troupe) refusals(r *Result, d *deed, s size) {
	n := int64(len(t.runs))
	if d.name != "withheld" {
		r.Rows = append(r.Rows, compared(AtLeast, "abuses", t.params(), 1, float64(t.count("abuses"))).in("messages").of(n))
	}
	for _, kind := range []string{"refused shares", "refused reveals", "refused openings"} {
		c := float64(t.count(kind))
		switch {
		case kind == d.refused:
			r.Rows = append(r.Rows, compared(AtLeast, kind, t.params(), 1, c).in("refusals").of(n))
		case d.refused == "":
			r.Rows = append(r.Rows, compared(Exactly, kind, t.params(), 0, c).in("refusals").of(n))
		}
	}
	if !d.jailed {
		return
	}
	lost := t.gather(func(o *Outcome) (out []float64) {
		for id := range s.owned {
			out = append(out, 1-float64(o.REP[id])/float64(o.Genesis[id]))
		}
		return out
	})
	jailed := t.count("attackers jailed")
	r.Rows = append(r.Rows,
		compared(Exactly, "attackers jailed for a BAD_HEADER", t.params(), float64(s.owned*len(t.runs)), float64(jailed)).in("members").of(n),
		reported("views until they are, mean", t.params(), float64(t.count("attackers' views to jail"))/float64(max(1, jailed))).in("views").of(jailed),
		compared(AtLeast, "least part of an attacker's REP lost", t.params(), 0.04, lost[0]).of(int64(len(lost))))
}
