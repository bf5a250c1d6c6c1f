package law

import (
	"errors"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// voteLaw stakes REP on a side (legislature §3).
func (c *Chain) voteLaw(from wire.Address, p *lawProposal, side uint64, stake num.Int, book uint64) error {
	switch {
	case !p.voting():
		return errLaw(2, "it is not voted on")
	case side < 1 || side > 3:
		return errLaw(8, "no side")
	}
	if book == 0 {
		book = p.book
	}
	for i := range p.ballots {
		b := &p.ballots[i]
		if b.book != book {
			continue
		}
		if err := c.stakePool(b.pool, from, side == 1, stake); err != nil {
			return err
		}
		if side > 1 {
			b.against = b.against.Add(stake)
		}
		if side == 3 {
			b.veto = b.veto.Add(stake)
			k := key(routeLegislature, lawVetoes, b.pool, from)
			c.setAmount(k, c.amount(k).Add(stake))
		}
		c.setProposal(p)
		return nil
	}
	return errLaw(9, "that book does not decide")
}

// stageLength is how long the pools of a stage are open (legislature §4).
func (t *lawTerms) stageLength(state uint64) uint64 {
	switch state {
	case stateNonbinding:
		return t.period / 2
	case stateHalf:
		return t.period / 4
	}
	return t.period - t.period/2 - t.period/4
}

// openStage opens the pool of a book in a stage.
func (c *Chain) openStage(p *lawProposal, state, book, deadline, after uint64) lawBallot {
	cfg := poolConfig{
		opener: "legislature", ref: p.id(), book: int(book), deadline: deadline,
		quorum: p.terms.quorum, win: p.terms.pass, after: after,
	}
	switch state {
	case stateHalf:
		cfg.binding = p.terms.loss / 2
	case stateBinding:
		cfg.binding = p.terms.loss
		if book == p.book && p.post != (wire.Hash{}) {
			cfg.fee, cfg.poster = p.fee, 1e6
		}
	}
	n, err := c.openGeneral(cfg)
	if err != nil {
		panic("law: the pool of a stage: " + err.Error()) // its terms are in bounds
	}
	return lawBallot{pool: n, book: book}
}

// openVote puts a proposal into its first stage; electorates are the pools, by book,
// of the first that opened in this End.
func (c *Chain) openVote(p *lawProposal, electorates map[uint64]uint64) {
	quorum, pass := "law.quorum_ppm", "law.pass_ppm"
	if p.class.grave {
		quorum, pass = "law.grave_quorum_ppm", "law.grave_pass_ppm"
	}
	p.terms = lawTerms{c.param("law.period"), c.param("law.delay"), c.param("law.expiry"), c.param(quorum), c.param(pass), c.param("law.loss_ppm")}
	p.book = uint64(c.canonizing())
	books := []uint64{p.book}
	if p.book == gREP && p.class.budget {
		books = []uint64{wREP, gREP}
	}
	p.state = stateNonbinding
	p.due = c.h.Time + p.terms.stageLength(stateNonbinding)
	for _, book := range books {
		b := c.openStage(p, stateNonbinding, book, p.due, electorates[book])
		if electorates[book] == 0 {
			electorates[book] = b.pool
		}
		p.ballots = append(p.ballots, b)
	}
	c.State.Set(key(routeLegislature, lawVoting, p.number), enc(func(e *cbor.Enc) { e.Bool(true) }))
	if !p.class.rescue {
		c.addOpen(1)
	}
	c.setProposal(p)
}

func (c *Chain) addOpen(n int) {
	k := key(routeLegislature, lawOpenCount)
	c.State.Set(k, uint64Value(uint64(int(c.number(k))+n)))
}

// leaveStages is what changes when a proposal is voted on no more.
func (c *Chain) leaveStages(p *lawProposal) {
	c.State.Delete(key(routeLegislature, lawVoting, p.number))
	if !p.class.rescue {
		c.addOpen(-1)
	}
	p.ballots, p.next, p.due = nil, nil, 0
}

// closedLaw is the verdict of a pool (legislature §4).
func (c *Chain) closedLaw(v verdict) {
	for _, k := range c.State.Keys(key(routeLegislature, lawVetoes, v.pool)) {
		c.State.Delete(k)
	}
	p := c.proposal(c.number(key(routeLegislature, lawNumbers, v.ref)))
	if p == nil {
		return
	}
	var b *lawBallot
	for i := range p.ballots {
		if p.ballots[i].pool == v.pool {
			b = &p.ballots[i]
		}
	}
	if b == nil {
		return
	}
	veto := b.veto
	if b.against.Cmp(v.no) != 0 && !b.against.IsZero() {
		veto = b.veto.Mul(v.no).Div(b.against)
	}
	b.outcome = v.outcome
	p.results = append(p.results, lawResult{p.state, b.book, v.pool, v.yes, v.no, veto, v.outcome, c.h.Height})
	switch {
	case v.quorum && v.yes.Add(v.no).Less(veto.Mul(num.U(3))):
		c.endProposal(p, stateVetoed)
	case v.outcome != accepted:
		c.endProposal(p, stateRejected)
	case p.state < stateBinding:
		c.nextStage(p, b)
	default:
		if b.book == p.book {
			p.earned = num.Bytes(v.value)
		}
		if p.allAccepted() {
			c.pass(p)
		} else {
			c.setProposal(p)
		}
	}
}

// allAccepted says that every book of the stage has.
func (p *lawProposal) allAccepted() bool {
	for _, b := range p.ballots {
		if b.outcome != accepted {
			return false
		}
	}
	return true
}

// nextStage opens the next stage's pool of a book that has accepted.
func (c *Chain) nextStage(p *lawProposal, b *lawBallot) {
	from := c.h.Time
	if len(p.ballots) > 1 {
		from = max(from, p.due)
	}
	deadline := from + p.terms.stageLength(p.state+1)
	if len(p.next) > 0 {
		first := &p.next[0]
		if at := c.generalPool(first.pool).deadline; at > c.h.Time {
			deadline = at
		} else {
			// The chain stood still for longer than the next stage: it begins anew.
			deadline = c.h.Time + p.terms.stageLength(p.state+1)
			first.pool = c.openStage(p, p.state+1, first.book, deadline, first.pool).pool
		}
	}
	p.next = append(p.next, c.openStage(p, p.state+1, b.book, deadline, b.pool))
	if p.allAccepted() {
		p.state++
		p.ballots, p.next, p.due = p.next, nil, deadline
	}
	c.setProposal(p)
}

// pass queues a proposal that has passed (legislature §5).
func (c *Chain) pass(p *lawProposal) {
	c.leaveStages(p)
	c.releaseDeposits(p, false)
	p.state = stateQueued
	p.ready = c.h.Time + p.terms.delay
	c.setDue(p, p.ready+p.terms.expiry)
	c.creditPost(p, p.book, "passed")
	c.setProposal(p)
}

// creditPost queues what a proposal's post is to receive.
func (c *Chain) creditPost(p *lawProposal, book uint64, cause string) {
	if p.earned.IsZero() {
		return
	}
	last := key(routeLegislature, lawLastCredit, book)
	n := c.number(last) + 1
	c.State.Set(last, uint64Value(n))
	c.State.Set(key(routeLegislature, lawCredits, book, n), enc(func(e *cbor.Enc) {
		e.Array(3).Bytes(p.post[:])
		wire.Amount(e, p.earned)
		e.Text(cause)
	}))
}

// releaseDeposits ends the exposures; what is left of them burns where they are lost.
func (c *Chain) releaseDeposits(p *lawProposal, lost bool) {
	prefix := key(routeLegislature, lawDeposits, p.number)
	for _, k := range c.State.Keys(prefix) {
		a := addressAt(k, len(prefix))
		c.State.Delete(k)
		if left := c.release(int(p.bond), a, p.depositRef()); lost {
			c.burn(int(p.bond), a, left)
		}
	}
	p.deposited, p.backers = num.Int{}, 0
}

// endProposal ends one (legislature §5).
func (c *Chain) endProposal(p *lawProposal, state uint64) {
	draft := p.state == stateDraft
	if p.voting() {
		c.leaveStages(p)
	}
	c.setDue(p, 0)
	c.State.Delete(c.waitKey(p))
	c.releaseDeposits(p, state == stateVetoed)
	p.state, p.ended = state, c.h.Height
	c.setProposal(p)
	stage := uint64(toldEnded)
	switch {
	case state == stateExecuted:
		stage = toldExecuted
	case state == stateVetoed:
		stage = toldVetoed
	case state == stateWithdrawn, state == stateExpired && draft:
		stage = toldDropped
	}
	_ = c.notify(p, stage)
}

// executeLaw does what a queued proposal orders (legislature §6).
func (c *Chain) executeLaw(p *lawProposal) error {
	switch {
	case p.state != stateQueued || c.h.Time >= p.due:
		return errLaw(2, "not to be executed")
	case c.h.Time < p.ready:
		return errLaw(10, "too early")
	}
	undo := c.mark()
	for i, a := range c.actions(p.number) {
		err := c.dispatch("legislature", a.route, a.id, a.body)
		if err == nil {
			continue
		}
		undo()
		if broken(err) {
			return err
		}
		x := failure{index: uint64(i)}
		var r *refusal
		if errors.As(err, &r) {
			x.code, x.kind = r.code, r.kind[:min(len(r.kind), maxKind)]
		}
		p.failures = append(p.failures, x)
		c.endProposal(p, stateFailed)
		return nil
	}
	c.endProposal(p, stateExecuted)
	if p.book == wREP {
		c.creditPost(p, gREP, "canonized")
	}
	return nil
}
