package attack

import (
	"probity/chain/types"
	"probity/consensus"
	"probity/node"
)

// crashAttack lets the world crash members in the middle of what they do, while
// a leader of the attacker tries to make those who come back vote again.
var crashAttack = &Attack{
	Name:  "crash",
	Title: "Cut members' power at every kind of moment, and show those who return another block for the view they voted in",
	Claim: "No honest member signs two statements that convict it, across any crash: what is said was journaled and synced before. " +
		"Nobody honest is accused, nothing final is lost, and finality returns.",
	Source: "spec consensus §6",
	Options: []Option{
		{"seeds", "40", "runs of each scenario with faults"},
		{"seconds", "8", "of faults in each run"},
	},
	Play: &Play{Cast: castCrash, Measure: measureCrash},
}

// twoFaced owns one member. When it leads a view it has a second block ready,
// which it shows to whoever comes back from a crash, with votes of its own for it.
type twoFaced struct {
	Idle
	h     Hands
	up    []bool
	other *types.Block // of the last view that the member led
	from  int
}

func (t *twoFaced) Begin(h Hands) {
	t.h = h
	t.up = make([]bool, len(h.Members()))
	h.Wake(h.Start() + 10)
}

// Sends keeps a second version of a block of its own, a little later than the first.
func (t *twoFaced) Sends(l Letter) []Letter {
	if l.Msg == nil || l.Msg.Proposal == nil || t.h.Calm() {
		return []Letter{l}
	}
	if id, ok := t.h.MemberOf(t.h.Status(l.From).Leader.Key); !ok || id != l.From || t.other != nil && t.other.Header.View == l.Msg.Proposal.Header.View {
		return []Letter{l}
	}
	b := l.Edit().Msg.Proposal
	b.Header.Time++
	t.h.Seal(l.From, b)
	t.other, t.from = b, l.From
	return []Letter{l}
}

// Wakes shows the second block to members that have just come back.
func (t *twoFaced) Wakes() {
	if t.h.Calm() {
		return
	}
	for i, m := range t.h.Members() {
		if m.Up && !t.up[i] && !m.Owned && t.other != nil && t.h.Draw("show", 2) > 0 {
			t.show(i)
		}
		t.up[i] = m.Up
	}
	t.h.Wake(t.h.Now() + 10)
}

func (t *twoFaced) show(to int) {
	t.h.Count("second blocks shown", 1)
	b := t.other
	say := func(m consensus.Message) {
		t.h.Send(Letter{From: t.from, To: to, Topic: node.TopicConsensus, Msg: &m})
	}
	say(consensus.Message{Proposal: b})
	for _, k := range []types.Kind{types.Notarize, types.Nullify} {
		s := types.Statement{Kind: k, Epoch: b.Header.Epoch, View: b.Header.View}
		if k != types.Nullify {
			s.Digest = b.Digest()
		}
		if v, ok := t.h.Vote(t.from, s); ok {
			say(consensus.Message{Vote: &v})
		}
	}
}

func castCrash(a Args) ([]Scenario, error) {
	r := reader{args: a}
	seeds, length := int(r.integer("seeds", 1, 100_000)), types.Time(1000*r.integer("seconds", 1, 600))
	if r.err != nil {
		return nil, r.err
	}
	faults := Scenario{Name: "faults", Nodes: 4, First: 1, Seeds: seeds, Length: length, Load: 20, Chaos: true}
	shown := faults
	shown.Name, shown.Owned, shown.New = "second blocks", []int{0}, func() Adversary { return &twoFaced{} }
	calm := Scenario{Name: "no faults", Nodes: 4, First: 1, Seeds: 1, Length: length, Load: 20}
	return []Scenario{calm, faults, shown}, nil
}

func measureCrash(_ Args, runs []Outcome) (*Result, error) {
	all, out := tallies(runs), &Result{}
	plot := Plot{Title: "time from calm to eight more blocks everywhere", X: Axis{Label: "crashes in the run"}, Y: Axis{Label: "ms", Log: true}}
	for _, name := range []string{"no faults", "faults", "second blocks"} {
		t := all[name]
		n := int64(len(t))
		crashes := t.sum(func(o *Outcome) float64 { return float64(o.Crashes) })
		out.Rows = append(out.Rows, t.oracleRow(),
			compared(Exactly, "statements that contradict each other", scene(t), 0, t.sum(doubleVotes)).in("votes").of(n),
			compared(Exactly, "honest members accused", scene(t), 0, t.sum(honestAccused)).in("members").of(n),
			compared(AtMost, "time until all have eight more blocks", scene(t), 60_000, t.most(recoveryOf)).in("ms").of(n),
			reported("the same, in the mean", scene(t), t.mean(recoveryOf).mean()).in("ms").of(n))
		if name != "no faults" {
			out.Rows = append(out.Rows, compared(AtLeast, "crashes", scene(t), float64(n), crashes).in("crashes").of(n))
		}
		for i := range t {
			add(&plot, name, Point{X: float64(t[i].Crashes), Y: max(1, recoveryOf(&t[i]))})
		}
	}
	shown := all["second blocks"]
	out.Rows = append(out.Rows, compared(AtLeast, "second blocks shown to members that came back", scene(shown), 1, shown.count("second blocks shown")).in("blocks"))
	out.Plots = []Plot{plot}
	out.Notes = []string{
		"Faults are the world's: crashes, power cuts at a barrier of a disk, failing syncs, full disks, flipped bits, clocks, lossy and parted links; each seed draws which kinds it has.",
		"That the oracles see a forgotten vote is shown by the mutants that forget one.",
	}
	return out, nil
}

// doubleVotes counts what the oracles of memory said.
func doubleVotes(o *Outcome) (n float64) {
	for _, v := range o.Violations {
		if v.Oracle == "honesty" || v.Oracle == "persisted" {
			n++
		}
	}
	return n
}

// honestAccused counts the oracle of evidence.
func honestAccused(o *Outcome) (n float64) {
	for _, v := range o.Violations {
		if v.Oracle == "evidence" {
			n++
		}
	}
	return n
}
