package attack

import (
	"slices"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/node"
)

// rejectsAttack plays on whole members what rejectcartel and lazyapproval
// compute: a cartel that rejects every valid block, and one that makes invalid
// blocks and approves them.
var rejectsAttack = &Attack{
	Name:  "rejects",
	Title: "Reject the valid blocks of others together, or approve invalid ones of one's own, on whole members",
	Claim: "Below one third no invalid block is notarized and valid blocks become final over any rejection; the cartel's REP falls " +
		"and no honest REP is ever taken. From one third on rejecters stop the blocks of others, from two thirds they take REP, and approvers finalize what they like.",
	Source: "spec consensus §4, spec pools §3",
	Options: []Option{
		{"seeds", "2", "runs of each scenario"},
		{"seconds", "8", "that the cartel acts in each run"},
	},
	Play: &Play{Cast: castRejects, Measure: measureRejects},
}

// cartel acts through the machines of its members.
type cartel struct {
	Idle
	h       Hands
	rejects bool               // it rejects what it would notarize, if an honest member made it
	invalid bool               // its blocks have a wrong state root, and it approves them
	own     map[keys.Hash]bool // blocks of the cartel
	wrong   map[keys.Hash]bool // and those that are invalid
	seen    map[keys.Hash]bool // wrong ones with a Notarization
	final   types.Height
}

func (c *cartel) Begin(h Hands) {
	c.h = h
	c.own, c.wrong, c.seen = map[keys.Hash]bool{}, map[keys.Hash]bool{}, map[keys.Hash]bool{}
}

func (c *cartel) active() bool {
	return c.h != nil && !c.h.Calm() && c.h.Now() >= c.h.Start()+cutFrom
}

// Steps changes what a machine of the cartel is about to sign.
func (c *cartel) Steps(id int, in consensus.Input, out *consensus.Ready) {
	if c.h == nil {
		return
	}
	if built, ok := in.(consensus.Built); ok && built.Block != nil && len(out.Persist) > 0 {
		c.spoil(built.Block, out)
	}
	var signed []types.Statement
	for _, s := range out.Sign {
		if s, ok := c.say(id, s, out); ok {
			signed = append(signed, s)
		}
	}
	out.Sign = signed
}

// spoil makes an own block invalid before its leader's machine has seen it
// signed: the machine takes what it made for valid.
func (c *cartel) spoil(b *types.Block, out *consensus.Ready) {
	if was := b.Digest(); c.invalid && c.active() {
		b.Header.StateRoot = keys.Sum([]byte("wrong"), b.Header.StateRoot[:])
		for i := range out.Sign {
			if out.Sign[i].Kind == types.Propose && out.Sign[i].Digest == was {
				out.Sign[i].Digest = b.Digest()
			}
		}
		c.wrong[b.Digest()] = true
		c.h.Count("invalid blocks", 1)
	}
	c.own[b.Digest()] = true
}

// say is what a member of the cartel signs in place of a statement.
func (c *cartel) say(id int, s types.Statement, out *consensus.Ready) (types.Statement, bool) {
	switch {
	case !c.active():
	case c.rejects && !c.own[s.Digest] && s.Kind == types.Notarize:
		c.h.Count("rejects", 1)
		s.Kind = types.Reject
	case c.rejects && !c.own[s.Digest] && s.Kind == types.Finalize:
		return s, false
	case c.wrong[s.Digest] && s.Kind == types.Reject:
		c.h.Count("approvals", 1)
		s.Kind = types.Notarize
		c.finalize(id, s)
	case c.wrong[s.Digest] && s.Kind == types.Notarize:
		c.finalize(id, s)
	case c.invalid && s.Kind == types.Nullify && rejecting(out, s, c.wrong):
		return s, false
	}
	return s, true
}

// rejecting reports whether a Nullify stands beside the Reject of a wrong block.
func rejecting(out *consensus.Ready, nullify types.Statement, wrong map[keys.Hash]bool) bool {
	for _, s := range out.Sign {
		if s.Kind == types.Reject && s.View == nullify.View && wrong[s.Digest] {
			return true
		}
	}
	return false
}

// finalize sends a Finalize beside an approval: a machine that knows the block
// to be invalid would never say it.
func (c *cartel) finalize(id int, s types.Statement) {
	s.Kind = types.Finalize
	v, ok := c.h.Vote(id, s)
	for _, m := range c.h.Members() {
		if ok && m.ID != id {
			c.h.Send(Letter{From: id, To: m.ID, Topic: node.TopicConsensus, Msg: &consensus.Message{Vote: &v}})
		}
	}
}

// Hears counts Notarizations of wrong blocks.
func (c *cartel) Hears(l *Letter) {
	if l.Msg == nil || l.Msg.Certified == nil {
		return
	}
	cert := &l.Msg.Certified.Certificate
	if cert.Kind == types.Notarize && c.wrong[cert.Digest] && !c.seen[cert.Digest] {
		c.seen[cert.Digest] = true
		c.h.Count("invalid notarized", 1)
	}
}

// Final counts each height once, at the first honest member.
func (c *cartel) Final(id int, b *types.Block) {
	if c.h.Members()[id].Owned || b.Header.Height <= c.final {
		return
	}
	c.final = b.Header.Height
	switch d := b.Digest(); {
	case !c.active() || c.h.Now() < c.h.Start()+cutFrom+settled:
	case c.wrong[d]:
		c.h.Count("invalid final", 1)
	case !c.own[d]:
		c.h.Count("others' blocks", 1)
	default:
		c.h.Count("own blocks", 1)
	}
}

// sideChange is that of the REP of one side over a run, calm included; of the
// honest only what they lost.
func sideChange(t tally, owned []int, honest bool) float64 {
	return t.sum(func(o *Outcome) (out float64) {
		for i, now := range o.REP {
			switch gain := float64(now) - float64(o.Genesis[i]); {
			case honest && !slices.Contains(owned, i):
				out += max(0, -gain)
			case !honest && slices.Contains(owned, i):
				out += gain
			}
		}
		return out
	})
}

// cartels are the cast: who is owned of how much.
var cartels = []struct {
	name    string
	weights []uint64
	owned   []int
}{
	{"below 1/3", []uint64{65, 65, 90, 90, 90}, []int{0, 1}},
	{"half", []uint64{100, 100, 100, 100}, []int{0, 1}},
	{"above 2/3", []uint64{100, 100, 100, 100}, []int{0, 1, 2}},
}

func castRejects(a Args) ([]Scenario, error) {
	r := reader{args: a}
	seeds, length := int(r.integer("seeds", 1, 1000)), types.Time(1000*r.integer("seconds", 3, 600))
	if r.err != nil {
		return nil, r.err
	}
	play := func(name string, weights []uint64, owned []int, c cartel) Scenario {
		return Scenario{
			Name: name, Nodes: len(weights), Weights: weights, First: 1, Seeds: seeds, Length: length, Load: 40, Owned: owned,
			Params: map[string]uint64{"reward.block": 0}, New: func() Adversary { v := c; return &v },
		}
	}
	out := []Scenario{play("honest", cartels[0].weights, cartels[0].owned, cartel{})}
	for i, p := range cartels {
		reject := play("rejecters, "+p.name, p.weights, p.owned, cartel{rejects: true})
		approve := play("approvers, "+p.name, p.weights, p.owned, cartel{invalid: true})
		if i > 0 {
			reject.Expect, approve.Expect = stopped, stopped
		}
		if i > 1 {
			approve.Expect = brokenOracles
		}
		out = append(out, reject, approve)
	}
	return out, nil
}

func measureRejects(_ Args, runs []Outcome) (*Result, error) {
	all, out := tallies(runs), &Result{}
	base := all["honest"]
	n := float64(len(base))
	out.Rows = append(out.Rows, base.oracleRow(),
		compared(Exactly, "honest REP taken", scene(base), 0, sideChange(base, cartels[0].owned, true)).in("REP"),
		reported("blocks of others", scene(base), base.count("others' blocks")/n).in("blocks").of(int64(n)))
	plot := Plot{Title: "blocks that became final while the cartel acts", X: Axis{Label: "the cartel's share", Unit: "%"}, Y: Axis{Label: "blocks"}}
	loss := Plot{Title: "change of the cartel's REP", X: Axis{Label: "the cartel's share", Unit: "%"}, Y: Axis{Label: "REP"}}
	for i, p := range cartels {
		share := cartelShare(p.weights, p.owned)
		reject, approve := all["rejecters, "+p.name], all["approvers, "+p.name]
		for _, t := range []tally{reject, approve} {
			kind := map[bool]string{true: "rejecters", false: "approvers"}[t[0].Scenario == reject[0].Scenario]
			add(&plot, kind+": of others", Point{X: share, Y: t.count("others' blocks") / n})
			add(&loss, kind, Point{X: share, Y: sideChange(t, p.owned, false) / n})
			out.Rows = append(out.Rows, t.oracleRow())
		}
		rejectRows(out, reject, base, i)
		approveRows(out, approve, i)
	}
	out.Plots = []Plot{plot, loss}
	out.Notes = []string{"The mint is of fees alone here, so that what a member loses is not hidden by what it earns."}
	return out, nil
}

func cartelShare(weights []uint64, owned []int) float64 {
	var own, whole uint64
	for _, w := range weights {
		whole += w
	}
	for _, i := range owned {
		own += weights[i]
	}
	return float64(own) / float64(whole)
}

// rejectRows are the claims about rejecters of the i-th weight.
func rejectRows(out *Result, t, base tally, i int) {
	n := int64(len(t))
	taken, others := sideChange(t, cartels[i].owned, true), t.count("others' blocks")
	switch i {
	case 0:
		out.Rows = append(out.Rows,
			compared(AtLeast, "blocks of others, against the honest run", scene(t), 0.9, others/base.count("others' blocks")).of(n),
			compared(AtMost, "the cartel's change of REP", scene(t), 0, sideChange(t, cartels[i].owned, false)/float64(n)).in("REP").of(n))
	default:
		out.Rows = append(out.Rows, compared(AtMost, "blocks of others, against the honest run: from a third on they can be stopped", scene(t), 0.05,
			others/base.count("others' blocks")).of(n))
	}
	rule, bound := Exactly, 0.0
	if i > 1 {
		rule, bound = AtLeast, 1 // the check can fail
	}
	out.Rows = append(out.Rows, compared(rule, "honest REP taken", scene(t), bound, taken).in("REP").of(n),
		reported("rejections of valid blocks", scene(t), t.count("rejects")/float64(n)).in("votes").of(n))
}

// approveRows are the claims about those who make and approve invalid blocks.
func approveRows(out *Result, t tally, i int) {
	n := int64(len(t))
	out.Rows = append(out.Rows,
		compared(AtLeast, "invalid blocks proposed", scene(t), 1, t.count("invalid blocks")).in("blocks").of(n),
		reported("approvals of them", scene(t), t.count("approvals")/float64(n)).in("votes").of(n))
	if i > 1 {
		halted := t.sum(func(o *Outcome) float64 {
			for _, v := range o.Expected {
				if v.Oracle == "halts" || v.Oracle == "agreement" {
					return 1
				}
			}
			return 0
		})
		out.Rows = append(out.Rows, compared(Exactly, "runs in which an honest member meets an invalid block that is final: the check can fail", scene(t), float64(n), halted).in("runs").of(n))
		return
	}
	out.Rows = append(out.Rows,
		compared(Exactly, "invalid blocks notarized", scene(t), 0, t.count("invalid notarized")).in("blocks").of(n),
		compared(Exactly, "invalid blocks final", scene(t), 0, t.count("invalid final")).in("blocks").of(n),
		compared(Exactly, "honest REP taken", scene(t), 0, sideChange(t, cartels[i].owned, true)).in("REP").of(n))
	if i == 0 {
		out.Rows = append(out.Rows, compared(AtMost, "the cartel's change of REP", scene(t), -1, sideChange(t, cartels[i].owned, false)/float64(n)).in("REP").of(n))
	}
}
