package sim

import (
	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/node"
)

// Mistakes about votes: what is said, taken in, kept and held against others.

// ownWords is what a member has said in the running epoch.
type ownWords struct {
	epoch     types.Epoch
	nullified map[types.View]bool
	notarized map[types.View]keys.Hash
}

// learn takes what the machine hears of its own statements.
func (o *ownWords) learn(in consensus.Input) {
	switch in := in.(type) {
	case consensus.Start:
		if o.nullified == nil || in.Plan.Epoch != o.epoch {
			*o = ownWords{in.Plan.Epoch, map[types.View]bool{}, map[types.View]keys.Hash{}}
		}
		for _, v := range in.Votes {
			o.note(v.Statement)
		}
	case consensus.Signed:
		o.note(in.Statement)
	}
}

func (o *ownWords) note(s types.Statement) {
	if s.Epoch != o.epoch {
		return
	}
	switch s.Kind {
	case types.Nullify:
		o.nullified[s.View] = true
	case types.Notarize:
		o.notarized[s.View] = s.Digest
	}
}

type lateFinalizer struct {
	pass
	own ownWords
}

func finalizeAfterNullify(keys.PublicKey) bug { return &lateFinalizer{} }

func (b *lateFinalizer) out(in consensus.Input, r *consensus.Ready) {
	b.own.learn(in)
	for _, msg := range r.Send {
		c := msg.Certified
		if c == nil || c.Certificate.Kind != types.Notarize {
			continue
		}
		if v := c.Certificate.View; b.own.nullified[v] && b.own.notarized[v] == c.Certificate.Digest {
			r.Sign = append(r.Sign, types.Statement{Kind: types.Finalize, Epoch: b.own.epoch, View: v, Digest: c.Certificate.Digest})
		}
	}
}

type forgetter struct{ pass }

func forgetNullify(keys.PublicKey) bug { return forgetter{} }

func (forgetter) in(in consensus.Input) (consensus.Input, bool) {
	s, ok := in.(consensus.Start)
	if !ok {
		return in, true
	}
	var keep []types.Vote
	for _, v := range s.Votes {
		if v.Kind != types.Nullify {
			keep = append(keep, v)
		}
	}
	s.Votes = keep
	return s, true
}

// refuser closes a view when it nullifies it: neither votes nor certificates
// nor children of a block of that view are taken in any more.
type refuser struct{ own ownWords }

func refuseLate(keys.PublicKey) bug { return &refuser{} }

func (b *refuser) refuses(s types.Statement) bool {
	return s.Kind == types.Notarize && s.Epoch == b.own.epoch && b.own.nullified[s.View]
}

func (b *refuser) in(in consensus.Input) (consensus.Input, bool) {
	b.own.learn(in)
	msg, ok := in.(consensus.Received)
	switch {
	case !ok:
	case msg.Vote != nil:
		return in, !b.refuses(msg.Vote.Statement)
	case msg.Certified != nil:
		return in, !b.refuses(msg.Certified.Certificate.Statement)
	case msg.Proposal != nil && len(msg.Proposal.Body.Votes) > 0:
		return in, !b.refuses(msg.Proposal.Body.Votes[0].Statement)
	}
	return in, true
}

func (b *refuser) out(_ consensus.Input, r *consensus.Ready) {
	var keep []types.Statement
	for _, s := range r.Sign {
		if !b.refuses(s) {
			keep = append(keep, s)
		}
	}
	r.Sign = keep
}

// hoarder keeps what the machine would drop, without a bound, until its view
// comes.
type hoarder struct {
	pass
	view types.View
	kept map[types.View][]consensus.Received
}

func futureBuffers(keys.PublicKey) bug { return &hoarder{kept: map[types.View][]consensus.Received{}} }

func (b *hoarder) in(in consensus.Input) (consensus.Input, bool) {
	msg, ok := in.(consensus.Received)
	if !ok || msg.Vote == nil || msg.Vote.View <= b.view+consensus.ViewsAhead {
		return in, true
	}
	b.kept[msg.Vote.View] = append(b.kept[msg.Vote.View], msg)
	return in, false
}

func (b *hoarder) status(s *consensus.Status) {
	b.view = s.View
	s.Rounds += len(b.kept)
	for _, list := range b.kept {
		s.Votes += len(list)
	}
}

func (b *hoarder) drive(_ types.Time, step func(consensus.Input)) types.Time {
	for v := b.view; v <= b.view+consensus.ViewsAhead; v++ {
		list := b.kept[v]
		delete(b.kept, v)
		for _, msg := range list {
			step(msg)
		}
	}
	return never
}

// accuser reports whoever said both Notarize and Nullify in a view.
type accuser struct {
	pass
	roster *types.Roster
	said   map[accused]types.Vote
}

type accused struct {
	kind   types.Kind
	view   types.View
	signer uint32
}

func slashLate(keys.PublicKey) bug { return &accuser{} }

func (b *accuser) out(in consensus.Input, r *consensus.Ready) {
	switch in := in.(type) {
	case consensus.Start:
		b.roster, b.said = &in.Plan.Roster, map[accused]types.Vote{}
	case consensus.Received:
		v := in.Vote
		if v == nil || v.Epoch != b.roster.Epoch || v.Kind != types.Notarize && v.Kind != types.Nullify {
			return
		}
		b.said[accused{v.Kind, v.View, v.Signer}] = *v
		n, ok := b.said[accused{types.Notarize, v.View, v.Signer}]
		x, also := b.said[accused{types.Nullify, v.View, v.Signer}]
		if ok && also {
			r.Evidence = append(r.Evidence, consensus.Evidence{
				Epoch: v.Epoch, Signer: int(v.Signer), Key: b.roster.Members[v.Signer].Key, A: n, B: x,
			})
		}
	}
}

// overwriter is a machine in which a signer's later vote replaces the earlier
// one. A machine is a function of its inputs: to forget the first vote, it is
// made again from all inputs but that one.
type overwriter struct {
	*consensus.Machine
	cfg  consensus.Config
	past []stepIn
	at   map[accusedIn]int // where in the past a signer's vote stands
}

type stepIn struct {
	now types.Time
	in  consensus.Input
}

type accusedIn struct {
	epoch types.Epoch
	accused
}

func overwriting(_ *member, set *node.Settings, _ *node.World) {
	set.Machine = func(cfg consensus.Config) node.Stepper {
		return &overwriter{Machine: consensus.New(cfg), cfg: cfg, at: map[accusedIn]int{}}
	}
}

// Step forgets the vote that a new one contradicts, and steps.
func (o *overwriter) Step(now types.Time, in consensus.Input) consensus.Ready {
	if msg, ok := in.(consensus.Received); ok && msg.Vote != nil {
		v := msg.Vote
		key := accusedIn{v.Epoch, accused{v.Kind, v.View, v.Signer}}
		i, said := o.at[key]
		if said && o.past[i].in.(consensus.Received).Vote.Digest != v.Digest {
			o.past[i].in = consensus.Tick{}
			o.again()
			said = false
		}
		if !said {
			o.at[key] = len(o.past)
		}
	}
	o.past = append(o.past, stepIn{now, in})
	return o.Machine.Step(now, in)
}

// again makes the machine from its past; what it asked for then has been done.
func (o *overwriter) again() {
	o.Machine = consensus.New(o.cfg)
	for _, s := range o.past {
		o.Machine.Step(s.now, s.in)
	}
}
