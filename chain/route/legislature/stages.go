package legislature

import (
	"probity/chain/codec"
	"probity/chain/route"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/types"
	"probity/vpool"
)

// message packs a message of the forum.
func message(id uint16, body any) types.Msg {
	return types.Msg{Route: forumID, ID: id, Body: codec.MustMarshal(body)}
}

// terms are the rules of a vote that opens now.
func terms(c *route.Ctx, grave bool) Terms {
	t := Terms{
		Period: types.Time(Period.Get(c)), Delay: types.Time(Delay.Get(c)), Expiry: types.Time(Expiry.Get(c)),
		QuorumPPM: Quorum.PPM(c), PassPPM: Pass.PPM(c), LossPPM: Loss.PPM(c),
	}
	if grave {
		t.QuorumPPM, t.PassPPM = GraveQuorum.PPM(c), GravePass.PPM(c)
	}
	return t
}

// length of a stage: 2 : 1 : 1 of the period.
func (t Terms) length(s State) types.Time {
	switch s {
	case Nonbinding:
		return t.Period / 2
	case Half:
		return t.Period / 4
	}
	return t.Period - t.Period/2 - t.Period/4
}

// loss is the part of a losing stake that a stage takes: 0, ½, 1 of LossPPM.
func (t Terms) loss(s State) types.PPM {
	switch s {
	case Half:
		return t.LossPPM / 2
	case Binding:
		return t.LossPPM
	}
	return 0
}

// books are those in which a proposal is voted on: the one that canonizes, or
// both where gREP does and its budget share is at stake (L7).
func books(canon rep.Book, budget bool) []rep.Book {
	if canon == rep.GREP && budget {
		return []rep.Book{rep.WREP, rep.GREP}
	}
	return []rep.Book{canon}
}

// open begins the first stage. Pools that open in the same End share an
// electorate by `shared`, a pool of this End by book; nil where there is none.
func open(c *route.Ctx, n uint64, p *proposal, shared map[rep.Book]uint64) {
	p.wait(c, n, 0)
	p.Terms, p.Book, p.State = terms(c, p.Class.Grave), canon(c), Nonbinding
	deadline := c.Block.Time + p.Terms.length(Nonbinding)
	for _, b := range books(p.Book, p.Class.Budget) {
		id := p.pool(c, n, b, Nonbinding, deadline, shared[b])
		p.Ballots = append(p.Ballots, ballot{Pool: id, Book: b})
		if shared != nil && shared[b] == 0 {
			shared[b] = id
		}
	}
	p.Due = deadline // the pool keeps it, not the queue
	voting.Set(c, n, true)
	if !p.Class.Rescue {
		running, _ := counted.Get(c)
		counted.Set(c, running+1)
	}
	c.Emit("stage", "proposal", n, "stage", p.State.String(), "until", uint64(deadline),
		"quorum", p.Terms.QuorumPPM, "pass", p.Terms.PassPPM)
}

// pool opens a pool of a stage. Its config is one that pools accept: terms are
// within the guardrails and the deadline is ahead.
func (p *proposal) pool(c *route.Ctx, n uint64, b rep.Book, s State, deadline types.Time, after uint64) uint64 {
	m := pool.Config{
		Opener: Name, Ref: Ref(n), Book: b, Deadline: deadline, QuorumPPM: p.Terms.QuorumPPM,
		WinPPM: p.Terms.PassPPM, BindingPPM: p.Terms.loss(s), After: after,
	}
	if s == Binding && b == p.Book && !p.Post.IsZero() {
		m.Fee, m.PosterPPM = p.Fee, types.Million
	}
	id, err := pool.Open(c, m)
	if err != nil {
		panic("legislature: opening a stage: " + err.Error())
	}
	return id
}

// vote stakes on a side.
func vote(c *route.Ctx, m Vote) error {
	p, err := load(c, m.Proposal)
	if err != nil {
		return err
	}
	switch {
	case !p.State.Voting():
		return ErrState.With("proposal %d is %s: it is not being voted on", m.Proposal, p.State)
	case m.Side < For || m.Side > Veto:
		return ErrSide
	}
	if m.Book == 0 {
		m.Book = p.Book
	}
	b := p.ballot(m.Book)
	if b == nil {
		return ErrBook.With("proposal %d is decided by %s", m.Proposal, p.Book)
	}
	if err := pool.Stake(c, b.Pool, c.Sender, m.Side == For, m.Stake); err != nil {
		return err
	}
	if m.Side != For {
		b.Against = b.Against.Add(m.Stake)
	}
	if m.Side == Veto {
		b.Veto = b.Veto.Add(m.Stake)
		k := voice{b.Pool, c.Sender}
		had, _ := vetoes.Get(c, k)
		vetoes.Set(c, k, had.Add(m.Stake))
	}
	proposals.Set(c, m.Proposal, p)
	c.Emit("vote", "proposal", m.Proposal, "stage", p.State.String(), "voter", c.Sender, "book", m.Book.String(),
		"side", m.Side.String(), "stake", m.Stake)
	return nil
}

// ballot is that of a book in the running stage, or nil.
func (p *proposal) ballot(b rep.Book) *ballot {
	for i := range p.Ballots {
		if p.Ballots[i].Book == b {
			return &p.Ballots[i]
		}
	}
	return nil
}

// verdict continues with a proposal when a pool of it has closed. Pools of a
// proposal that has ended meanwhile change nothing.
func verdict(c *route.Ctx, v route.Verdict) {
	vetoes.RangePrefix(c, voice{Pool: v.Pool}, 1, func(k voice, _ types.Amount) bool {
		vetoes.Delete(c, k)
		return true
	})
	n, ok := numbers.Get(c, v.Ref)
	if !ok {
		return
	}
	p, _ := proposals.Get(c, n)
	var b *ballot
	for i := range p.Ballots {
		if p.Ballots[i].Pool == v.Pool {
			b = &p.Ballots[i]
		}
	}
	if !p.State.Voting() || b == nil {
		return
	}
	b.Outcome = v.Outcome
	veto := remaining(b.Veto, v.Against, b.Against)
	p.Results = append(p.Results, Result{
		Stage: p.State, Book: b.Book, Pool: v.Pool, For: v.For, Against: v.Against, Veto: veto, Outcome: v.Outcome, Height: c.Block.Height,
	})
	c.Emit("result", "proposal", n, "stage", p.State.String(), "book", b.Book.String(), "outcome", v.Outcome.String(),
		"for", v.For, "against", v.Against, "veto", veto)
	switch {
	case v.QuorumMet && v.For.Add(v.Against).Less(veto.Mul(3)):
		finish(c, n, &p, Vetoed)
	case v.Outcome != route.Accepted:
		finish(c, n, &p, Rejected)
	default:
		proceed(c, n, &p, b, v)
	}
	proposals.Set(c, n, p)
}

// remaining is what is left of the vetoes when of all that was staked against,
// `cast`, a part has been slashed: ⌊veto·left/cast⌋.
func remaining(veto, left, cast types.Amount) types.Amount {
	if cast.IsZero() || left == cast {
		return veto
	}
	return share(veto, left, cast)
}

// proceed goes on after a book has accepted a stage: into the next, on the same
// electorate, or into the queue. Where two books decide, the first to accept
// opens its next pool at once, since the electorate is let go otherwise, but
// nobody votes there before the other has accepted as well.
func proceed(c *route.Ctx, n uint64, p *proposal, b *ballot, v route.Verdict) {
	if p.State == Binding {
		if len(v.Value) > 0 {
			p.Earned = amountOf(v.Value)
		}
	} else {
		next := p.State + 1
		from := c.Block.Time
		if len(p.Ballots) > 1 {
			from = max(from, p.Due) // both books have the same stages
		}
		switch {
		case len(p.Next) == 0:
			p.Due = from + p.Terms.length(next)
		case p.Due <= c.Block.Time:
			p.again(c, n, next)
		}
		id := p.pool(c, n, b.Book, next, p.Due, v.Pool)
		p.Next = append(p.Next, ballot{Pool: id, Book: b.Book})
	}
	for i := range p.Ballots {
		if p.Ballots[i].Outcome != route.Accepted {
			return
		}
	}
	if p.State == Binding {
		pass(c, n, p)
		return
	}
	p.State, p.Ballots, p.Next = p.State+1, p.Next, nil
	c.Emit("stage", "proposal", n, "stage", p.State.String(), "until", uint64(p.Due))
}

// again gives the next stage its whole length from now on, where a standstill of
// the chain has outlasted the one that the first book to accept had fixed. That
// book's pool, in which nobody could vote, closes without effect; another takes
// its place on the same electorate.
func (p *proposal) again(c *route.Ctx, n uint64, next State) {
	p.Due = c.Block.Time + p.Terms.length(next)
	b := &p.Next[0]
	b.Pool = p.pool(c, n, b.Book, next, p.Due, b.Pool)
}

// pass queues a proposal whose stages have all passed. Its post earns what the
// binding pool minted (L7).
func pass(c *route.Ctx, n uint64, p *proposal) {
	close(c, n, p)
	unbond(c, n, p, false)
	p.State, p.Due = Queued, 0
	p.Ready = c.Block.Time + p.Terms.Delay
	p.wait(c, n, p.Ready+p.Terms.Expiry)
	if !p.Earned.IsZero() {
		earn(c, p.Book, credit{Post: p.Post, Amount: p.Earned, Cause: "passed"})
	}
	c.Emit("stage", "proposal", n, "stage", p.State.String(), "ready", uint64(p.Ready), "until", uint64(p.Due))
}

// close ends the voting of a proposal.
func close(c *route.Ctx, n uint64, p *proposal) {
	p.Ballots, p.Next = nil, nil
	voting.Delete(c, n)
	if !p.Class.Rescue {
		running, _ := counted.Get(c)
		counted.Set(c, running-1)
	}
}

// finish puts a proposal into a final state: out of its queue, its deposit
// returned or burned, its actions' routes told. The caller stores it.
func finish(c *route.Ctx, n uint64, p *proposal, s State) {
	stage := told(p.State, s)
	switch {
	case p.State.Voting():
		close(c, n, p)
		p.Due = 0
	case p.State == Draft:
		waiting.Delete(c, p.rank(n))
	}
	p.wait(c, n, 0)
	unbond(c, n, p, s == Vetoed)
	p.State, p.Ended = s, c.Block.Height
	c.Emit("ended", "proposal", n, "state", s.String())
	actions, _ := actionsOf.Get(c, n)
	_ = herald(c, n, p, actions, stage) // no final stage is refused
}

// told is what the actions' routes hear of a proposal that ends. That nobody
// voted on it is no refusal by the people: whoever is suspended would propose to
// slash itself, and withdraw that.
func told(was, ends State) route.Stage {
	switch {
	case ends == Executed:
		return route.StageExecuted
	case ends == Vetoed:
		return route.StageVetoed
	case ends == Withdrawn, ends == Expired && was == Draft:
		return route.StageDropped
	}
	return route.StageFailed
}

// share is ⌊x·part/whole⌋.
func share(x, part, whole types.Amount) types.Amount {
	s := vpool.ShareDown(*x.Int(), *part.Int(), *whole.Int())
	return types.AmountOf(&s)
}

// amountOf reads an amount of at most 32 bytes, most significant first.
func amountOf(b []byte) types.Amount {
	var v vpool.Amount
	v.SetBytes(b)
	return types.AmountOf(&v)
}
