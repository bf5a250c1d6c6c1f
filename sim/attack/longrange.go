package attack

import (
	"probity/chain/codec"
	"probity/chain/types"
	"probity/consensus"
	"probity/consensus/quorum"
	"probity/node"
	"probity/node/sync"
)

// longrangeAttack rewrites the past with a quorum's keys of an epoch that is
// long over: whoever has left may sell them.
var longrangeAttack = &Attack{
	Name:   "longrange",
	Title:  "Rewrite an old epoch with its members' keys",
	Claim:  "Members that are online take nothing of a rewritten past, and one that joins among honest members follows the chain; one that hears of the rewritten past first and alone takes it, which only a checkpoint from elsewhere prevents.",
	Source: "spec network §3, evidence §3",
	Options: []Option{
		{"nodes", "7", "members, of equal weight; below 7 nobody honest is left beside who joins"},
		{"seeds", "4", "runs of each scenario"},
		{"length", "6000", "of the attack in each run, ms"},
	},
	Play: &Play{Cast: castLongRange, Measure: measureLongRange},
}

func castLongRange(a Args) ([]Scenario, error) {
	r := reader{args: a}
	s := size{
		nodes: int(r.integer("nodes", 7, 32)), seeds: int(r.integer("seeds", 1, 1000)), length: types.Time(r.integer("length", 4000, 600_000)),
	}
	if r.err != nil {
		return nil, r.err
	}
	sold := int(quorum.Threshold(types.Weight(s.nodes)))
	scene := func(name string, owned int, l rewriter) Scenario {
		sc := s.scene(name, owned, func() Adversary { v := l; return &v })
		sc.Params = map[string]uint64{"epoch.blocks": 8, "asc.lead_views": 2} // so that epoch 0 is soon old
		return sc
	}
	first := scene("joins among thieves", sold, rewriter{joins: true, feeds: true})
	first.Expect = broken
	return []Scenario{
		s.scene("honest", 0, watchOnly),
		scene("online", sold, rewriter{feeds: true}),
		scene("joins among honest", sold, rewriter{joins: true}),
		first,
	}, nil
}

// oldEpochs is how many epochs after the one that is rewritten the keys are
// used: members remember one.
const oldEpochs = 2

// rewriter owns a quorum. Its members behave, as far as the present goes; with
// the keys that they had it makes another block of epoch 0 final, and tells
// everyone, or one member who has heard of nothing yet.
type rewriter struct {
	court
	joins  bool // the last member hears nothing during the attack but what the adversary says
	feeds  bool // the rewritten past is told
	blocks []*types.Block
	forged bool
	told   bool
}

// joiner is the member that joins.
func (w *rewriter) joiner() int { return len(w.members) - 1 }

// Final is Adversary.
func (w *rewriter) Final(id int, b *types.Block) {
	w.court.Final(id, b)
	switch {
	case w.joins && id == w.joiner():
		if w.forged && b.Header.Epoch == 0 && b.Digest() == w.blocks[len(w.blocks)-1].Digest() {
			w.h.Count("rewritten blocks taken", 1)
		}
	case b.Header.Epoch == 0 && !w.forged && int(b.Header.Height) == len(w.blocks)+1:
		w.blocks = append(w.blocks, b)
		w.forge()
	case b.Header.Epoch >= oldEpochs && w.forged && w.feeds && !w.told:
		w.told = true
		w.tell()
	}
}

// forge makes another last block, where its leader's key has been sold: equal
// but for the version that it signals.
func (w *rewriter) forge() {
	last := w.blocks[len(w.blocks)-1]
	leader, ok := w.leader(&last.Header)
	if !ok || !w.owned(leader) || len(w.blocks) < 3 {
		return
	}
	b := *last
	b.Header.Version++
	w.h.Seal(leader, &b)
	w.blocks[len(w.blocks)-1], w.forged = &b, true
}

// proof is the Finalization of the forged block by the keys that were sold.
func (w *rewriter) proof() types.Certificate {
	h := &w.blocks[len(w.blocks)-1].Header
	byPlace := map[uint32]types.Vote{}
	for _, m := range w.members {
		if m.Owned && m.Of == m.ID {
			if v, ok := w.h.Vote(m.ID, types.Statement{Kind: types.Finalize, Epoch: h.Epoch, View: h.View, Digest: h.Digest()}); ok {
				byPlace[v.Signer] = v
			}
		}
	}
	var votes []types.Vote
	for i := range uint32(len(w.members)) {
		if v, ok := byPlace[i]; ok {
			votes = append(votes, v)
		}
	}
	return types.Bundle(votes, len(w.members))
}

// tell says the rewritten past in every form there is.
func (w *rewriter) tell() {
	cert, last := w.proof(), w.blocks[len(w.blocks)-1]
	header := last.Signed()
	forms := []*consensus.Message{
		{Certified: &types.Certified{Certificate: cert, Header: &header}},
		{Proposal: last},
	}
	votes, _ := cert.Votes(len(w.members))
	for i := range votes {
		forms = append(forms, &consensus.Message{Vote: &votes[i]})
	}
	answers := []sync.Message{
		{Status: &sync.Status{Height: w.top + 1000}},
		{ID: 1, Block: last},
		{ID: 1, Blocks: &sync.Blocks{Blocks: w.blocks, Finalization: cert}},
	}
	for _, m := range w.members {
		if m.Owned || w.joins && m.ID != w.joiner() {
			continue
		}
		if !w.joins {
			for _, msg := range forms {
				w.h.Send(Letter{From: 0, To: m.ID, Topic: node.TopicConsensus, Msg: msg})
			}
			w.h.Count("rewritten letters", int64(len(forms)))
		}
		for i := range answers {
			w.h.Send(Letter{From: 0, To: m.ID, Topic: node.TopicSync, Data: codec.MustMarshal(&answers[i])})
		}
		w.h.Count("rewritten letters", int64(len(answers)))
	}
}

// Hears is Adversary: a member that was told of a great height asks for it.
func (w *rewriter) Hears(l *Letter) {
	w.court.Hears(l)
	if !w.told || l.Topic != node.TopicSync || l.To != 0 || w.owned(l.From) {
		return
	}
	var m sync.Message
	if codec.Unmarshal(l.Data, &m) != nil || m.Range == nil || !w.joins && w.h.Draw("answer", 2) == 0 {
		return
	}
	from := int(m.Range.From)
	blocks := w.blocks
	if from <= len(blocks) {
		blocks = blocks[from-1:]
	}
	out := sync.Message{ID: m.ID, Blocks: &sync.Blocks{Blocks: blocks, Finalization: w.proof()}}
	w.h.Count("rewritten letters", 1)
	w.h.Send(Letter{From: 0, To: l.From, Topic: node.TopicSync, Data: codec.MustMarshal(&out)})
}

// Sends is Adversary: who joins hears nothing from members that behave.
func (w *rewriter) Sends(l Letter) []Letter {
	if w.h.Calm() && w.forged && w.joins && w.feeds {
		return nil // all that is to be seen has been
	}
	if w.joins && l.To == w.joiner() && !w.h.Calm() {
		return nil
	}
	return []Letter{l}
}

// Delays is Adversary.
func (w *rewriter) Delays(l *Letter) types.Time {
	if !w.joins || w.h.Calm() || w.owned(l.From) || w.owned(l.To) || l.From != w.joiner() && l.To != w.joiner() {
		return 0
	}
	return Never
}

func measureLongRange(_ Args, runs []Outcome) (*Result, error) {
	out := &Result{Notes: []string{
		"This version has no checkpoints. A member joins safely where one honest member answers it before a thief does, or where its operator compares a digest by hand.",
		"A rewritten epoch is two Finalizations by one quorum: anyone who has both can prove it on chain until the exit delay has passed. Members that are online drop what they hear of epochs older than the last and keep no evidence of it.",
	}}
	growth := Plot{Title: "Final blocks at the end of a run", X: Axis{Label: "scenario"}, Y: Axis{Label: "blocks"}}
	for i, t := range troupes(runs) {
		n := int64(len(t.runs))
		joined := t.name == "joins among thieves"
		var forks, taken int64
		for k := range t.runs {
			for _, v := range append(t.runs[k].Expected, t.runs[k].Violations...) {
				if v.Oracle == "agreement" {
					forks++
					break
				}
			}
		}
		taken = t.count("rewritten blocks taken")
		if t.name == "online" || joined {
			out.Rows = append(out.Rows, compared(AtLeast, "letters that tell of a rewritten past", t.params(), 1, float64(t.count("rewritten letters"))).in("letters").of(n))
		}
		if joined {
			out.Rows = append(out.Rows,
				compared(Exactly, "without a checkpoint: runs in which the joining member takes it", t.params(), float64(n), float64(taken)).in("runs").of(n),
				compared(Exactly, "of them, runs in which the oracle of agreement fires", t.params(), float64(taken), float64(forks)).in("runs").of(taken))
		} else {
			fired, first := t.violations()
			if fired > 0 {
				out.Notes = append(out.Notes, first)
			}
			out.Rows = append(out.Rows,
				compared(Exactly, "oracles that fire", t.params(), 0, float64(fired)).in("firings").of(n),
				compared(Exactly, "rewritten blocks taken", t.params(), 0, float64(taken+forks)).in("blocks").of(n))
		}
		if t.name == "online" || t.name == "honest" {
			dropped := uint64(0)
			for k := range t.runs {
				for _, reason := range []string{"epoch", "unasked", "malformed", "signature"} {
					dropped += t.runs[k].Dropped[reason]
				}
			}
			out.Rows = append(out.Rows, reported("messages that members dropped by a counted reason", t.params(), float64(dropped)).in("messages").of(n))
		}
		var m moments
		for k := range t.runs {
			m.add(float64(t.runs[k].Height))
		}
		low, high := m.interval()
		growth.Series = append(growth.Series, Series{Name: t.name, Points: []Point{{X: float64(i + 1), Y: m.mean(), Low: low, High: high}}})
	}
	out.Plots = []Plot{growth}
	return out, nil
}
