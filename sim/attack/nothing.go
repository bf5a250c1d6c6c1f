package attack

import (
	"slices"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/node"
)

// nothingAttack votes for everything at once, as one would whom a vote costs
// nothing.
var nothingAttack = &Attack{
	Name:   "nothingatstake",
	Title:  "Vote for everything: Notarize, Nullify, Reject and Finalize in each view",
	Claim:  "Votes for all sides fork nothing below a third; each is evidence, costs all wREP of its voter within four epochs of views, and nobody else anything.",
	Source: "spec evidence §1, consensus §6",
	Options: []Option{
		{"nodes", "7", "members, of equal weight"},
		{"owned", "2", "of them owned by the adversary, below a third"},
		{"seeds", "4", "runs of each scenario"},
		{"length", "6000", "of the attack in each run, ms"},
	},
	Play: &Play{Cast: castNothing, Measure: measureNothing},
}

func castNothing(a Args) ([]Scenario, error) {
	s := sizeOf(a)
	if s.err != nil {
		return nil, s.err
	}
	scene := func(name string, kinds ...types.Kind) Scenario {
		return s.scene(name, s.owned, func() Adversary { return &allSides{kinds: kinds} })
	}
	return []Scenario{
		s.scene("honest", 0, watchOnly),
		scene("notarize, nullify", types.Notarize, types.Nullify), // this alone is no offence
		scene("nullify, finalize", types.Nullify, types.Finalize),
		scene("all four", types.Notarize, types.Nullify, types.Reject, types.Finalize),
	}, nil
}

// allSides votes in all ways for every proposal that it hears of.
type allSides struct {
	court
	kinds []types.Kind
	done  map[types.Statement]bool // by kind 0: views voted in by each owned member
}

// Hears is Adversary.
func (a *allSides) Hears(l *Letter) {
	a.court.Hears(l)
	if l.Msg == nil || l.Msg.Proposal == nil || !a.owned(l.To) {
		return
	}
	at := viewOf(l.Msg)
	at.Digest = keys.Sum([]byte{byte(l.To)}, l.Msg.Proposal.Header.Parent[:])
	if a.done == nil {
		a.done = map[types.Statement]bool{}
	}
	if a.done[at] || a.h.Draw("all sides", 3) == 0 {
		return
	}
	a.done[at] = true
	digest := l.Msg.Proposal.Digest()
	for _, kind := range a.kinds {
		s := types.Statement{Kind: kind, Epoch: at.Epoch, View: at.View, Digest: digest}
		var attached types.Bytes
		if kind == types.Nullify {
			s.Digest = keys.Hash{}
			attached = revealOf(&l.Msg.Proposal.Header)
		}
		v, ok := a.h.Vote(l.To, s)
		if !ok {
			continue
		}
		v.Attachment = attached
		a.h.Count("equivocations", 1)
		a.all(l.To, &consensus.Message{Vote: &v})
	}
}

// revealOf is what opens a view whose block has been seen: with it a Nullify
// counts at once.
func revealOf(h *types.Header) types.Bytes {
	o := escrow.Opening{Reveal: escrow.Bytes(h.Reveal)}
	if o.Check() != nil {
		return nil
	}
	return escrow.MarshalOpening(o)
}

// all sends a message from an owned member to everyone.
func (c *court) all(from int, msg *consensus.Message) {
	for to := range c.members {
		if to != from {
			c.h.Send(Letter{From: from, To: to, Topic: node.TopicConsensus, Msg: msg})
		}
	}
}

// Steps is Adversary: who says Nullify of everything and is not out for
// evidence signs no Finalize.
func (a *allSides) Steps(_ int, _ consensus.Input, out *consensus.Ready) {
	if !slices.Contains(a.kinds, types.Finalize) {
		unsign(out, func(s types.Statement) bool { return s.Kind == types.Finalize })
	}
}

// unsign takes out of what a machine wants signed what a member must not say.
func unsign(out *consensus.Ready, bad func(types.Statement) bool) {
	var kept []types.Statement
	for _, s := range out.Sign {
		if !bad(s) {
			kept = append(kept, s)
		}
	}
	out.Sign = kept
}

func measureNothing(a Args, runs []Outcome) (*Result, error) {
	s := sizeOf(a)
	out := &Result{Notes: []string{
		"Notarize beside Nullify is what an honest member may say too, so that there it is no evidence.",
	}}
	plot := convictionPlot()
	for _, t := range troupes(runs) {
		owned := firstMembers(s.owned)
		if t.name == "honest" {
			owned = nil
		}
		t.safe(out, owned)
		switch t.name {
		case "honest":
		case "notarize, nullify":
			accused := 0
			for i := range t.runs {
				accused += len(t.runs[i].Accused)
			}
			out.Rows = append(out.Rows, compared(Exactly, "members accused", t.params(), 0, float64(accused)).in("members").of(int64(len(t.runs))))
		default:
			plot.Series = append(plot.Series, t.convictions(out, s.owned))
		}
		out.Rows = append(out.Rows, spread("final blocks a second", t.params(), t.pace(s.length)).in("blocks/s"))
	}
	out.Plots = []Plot{plot}
	return out, nil
}
