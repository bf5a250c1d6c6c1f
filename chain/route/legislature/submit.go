package legislature

import (
	"slices"

	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/params"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// submit makes a proposal (spec legislature §2).
func submit(c *route.Ctx, m Submit) error {
	k, err := admissible(c, m)
	if err != nil {
		return err
	}
	if err := bank.Charge(c, c.Sender, m.Fee); err != nil {
		return err
	}
	if !m.Post.IsZero() {
		// Only an author proposes a post: actions that its authors never
		// thought of would otherwise carry their names.
		if err := c.Dispatch(message(forumVouch, vouch{Post: m.Post, Author: c.Sender})); err != nil {
			return err
		}
	}
	n := number(c)
	p := proposal{
		Proposer: c.Sender, Title: m.Title, Post: m.Post, Fee: m.Fee, State: Draft, Class: k,
		Submitted: c.Block.Height, Bond: canon(c),
	}
	if !k.Urgent {
		p.Need = need(c, p.Bond)
	}
	numbers.Set(c, Ref(n), n)
	actionsOf.Set(c, n, m.Actions)
	if m.Post.IsZero() {
		texts.Set(c, n, m.Inline)
	}
	c.Emit("submitted", "proposal", n, "id", Ref(n), "proposer", c.Sender, "post", m.Post,
		"actions", len(m.Actions), "grave", k.Grave, "rescue", k.Rescue, "urgent", k.Urgent)
	if err := herald(c, n, &p, m.Actions, route.StageOpened); err != nil {
		return err
	}
	if k.Urgent {
		open(c, n, &p, nil)
	} else {
		p.wait(c, n, c.Block.Time+types.Time(DraftTime.Get(c)))
	}
	if !m.Deposit.IsZero() {
		if err := back(c, n, &p, m.Deposit); err != nil {
			return err
		}
	}
	proposals.Set(c, n, p)
	return nil
}

// number is the next proposal's.
func number(c *route.Ctx) uint64 {
	n, _ := last.Get(c)
	n++
	last.Set(c, n)
	return n
}

// admissible checks what can be known of a proposal without paying for it.
func admissible(c *route.Ctx, m Submit) (class, error) {
	switch {
	case len(m.Title) > TitleMax:
		return class{}, ErrText.With("a title of %d bytes, at most %d", len(m.Title), TitleMax)
	case m.Post.IsZero() == (len(m.Inline) == 0):
		return class{}, ErrText
	case len(m.Inline) > InlineMax:
		return class{}, ErrText.With("a text of %d bytes, at most %d: publish a post instead", len(m.Inline), InlineMax)
	}
	k, err := classify(c, m.Actions)
	if err != nil {
		return class{}, err
	}
	if least := FeeMin.Amount(c); m.Fee.Less(least) && !k.Urgent {
		return class{}, ErrFee.For(m.Fee, least)
	}
	if k.Urgent && !m.Deposit.IsZero() {
		return class{}, ErrDeposit.With("an urgent proposal takes no deposit")
	}
	return k, nil
}

// classify resolves the actions and tells what follows from them. ErrAction
// where one cannot be executed by any proposal.
func classify(c *route.Ctx, actions []types.Msg) (class, error) {
	some, hurried := len(actions) > 0, false
	k := class{Rescue: some, Urgent: some}
	if len(actions) > ActionsMax {
		return k, ErrAction.With("%d actions, at most %d", len(actions), ActionsMax)
	}
	bytes := 0
	for i, a := range actions {
		r, msg, body, err := resolve(c, a)
		if err != nil {
			return k, ErrAction.With("action %d: %v", i, err)
		}
		if bytes += len(a.Body); bytes > BodiesMax {
			return k, ErrAction.With("actions of %d bytes, at most %d together", bytes, BodiesMax)
		}
		if err := possible(c, body); err != nil {
			return k, ErrAction.With("action %d, %s/%s: %v", i, r.Name, msg.Name, err)
		}
		g, b := weigh(c, msg, body)
		k.Grave, k.Budget = k.Grave || g, k.Budget || b
		k.Rescue, k.Urgent = k.Rescue && msg.Rescue, k.Urgent && msg.Urgent
		hurried = hurried || msg.Urgent
	}
	if hurried && !k.Urgent {
		// A draft has nobody's vote: what an urgent action does from its
		// submission on would last for as long as nobody deposits.
		return k, ErrAction.With("an urgent action goes with urgent ones only: propose the others apart")
	}
	return k, nil
}

// resolve finds the message that an action is, and reads it.
func resolve(c *route.Ctx, a types.Msg) (*route.Route, *route.Msg, any, error) {
	r, msg, err := c.Table().Resolve(a, c.Block.Version)
	if err != nil {
		return nil, nil, nil, err
	}
	if !IsAction(r, msg) {
		return nil, nil, nil, ErrAction.With("%s/%s is not for the legislature to call", r.Name, msg.Name)
	}
	body, err := msg.Decode(a.Body)
	return r, msg, body, err
}

// IsAction reports whether a proposal may have a message as an action: those that
// the legislature may call, but for what it calls in the course of its own rules. A
// majority does not mint REP for a post of its choice by a reward, nor burn a wager
// by a notice of a proposal that was never made.
func IsAction(r *route.Route, msg *route.Msg) bool {
	if !slices.Contains(msg.By, Name) || r.ID == forumID {
		return false
	}
	return !slices.ContainsFunc(r.Msgs, func(other route.Msg) bool { return other.Notice == msg.Name })
}

// possible refuses parameters that could not be set if this were the only
// change: names, guardrails and combinations (L5).
func possible(c *route.Ctx, body any) error {
	switch m := body.(type) {
	case params.Set:
		return settable(c, m.Changes)
	case Activate:
		if err := production(m.Changes); err != nil {
			return err
		}
		return settable(c, m.Changes)
	}
	return nil
}

func settable(c *route.Ctx, changes []params.Change) error {
	given := make(map[string]uint64, len(changes))
	for _, ch := range changes {
		given[ch.Name] = ch.Value
	}
	_, err := c.Params.With(given)
	return err
}

// weigh tells whether an action is of class A and whether it changes the budget
// share of gREP, which does not count for the class: where both books stand, both
// decide it (L7).
func weigh(c *route.Ctx, msg *route.Msg, body any) (grave, budget bool) {
	if s, ok := body.(params.Set); ok {
		rest := params.Set{}
		for _, ch := range s.Changes {
			if ch.Name == bank.BudgetGREP.Name {
				budget = true
			} else {
				rest.Changes = append(rest.Changes, ch)
			}
		}
		body = rest
	}
	w, ok := body.(route.Weighty)
	return msg.Grave || ok && w.Grave(c.Params), budget
}

// herald tells the routes whose actions ask for it that a proposal is at a
// stage. Only of the opening do they refuse to hear.
func herald(c *route.Ctx, n uint64, p *proposal, actions []types.Msg, s route.Stage) error {
	for i, a := range actions {
		r, msg, err := c.Table().Resolve(a, c.Block.Version)
		if err != nil || msg.Notice == "" {
			continue
		}
		m, err := c.Table().Pack(r.Name, msg.Notice, route.Notice{
			Stage: s, Proposal: Ref(n), Proposer: p.Proposer, Action: a.Body,
		})
		if err == nil {
			err = c.Dispatch(m)
		}
		if err == nil {
			continue
		}
		if s == route.StageOpened {
			return err
		}
		c.Emit("unheard", "proposal", n, "action", i, "stage", s.String(), "reason", err.Error())
	}
	return nil
}

// canon is the book that canonizes now (L7).
func canon(c *route.Ctx) rep.Book {
	if _, ok := canonized.Get(c); ok {
		return rep.GREP
	}
	return rep.WREP
}

// need is the deposit in a book now: law.deposit, at most law.deposit_ppm of the
// supply, so that a young book can open a vote at all.
func need(c *route.Ctx, b rep.Book) types.Amount {
	most := rep.Supply(c, b).OfPPM(DepositPPM.PPM(c))
	return DepositREP.Amount(c).Min(most).Max(types.NewAmount(1))
}

// deposit adds to the deposit of a draft.
func deposit(c *route.Ctx, m Deposit) error {
	p, err := load(c, m.Proposal)
	if err != nil {
		return err
	}
	if p.State != Draft || c.Block.Time >= p.Due && p.Due != 0 {
		return ErrState.With("proposal %d is %s: only a draft takes deposits", m.Proposal, p.State)
	}
	if err := back(c, m.Proposal, &p, m.Amount); err != nil {
		return err
	}
	proposals.Set(c, m.Proposal, p)
	return nil
}

// back exposes a deposit of the sender, and lets the proposal wait for its vote
// when all of it is there.
func back(c *route.Ctx, n uint64, p *proposal, amt types.Amount) error {
	rest := p.Need.Sub(p.Deposited)
	amt = amt.Min(rest)
	switch least := p.least(); {
	case amt.IsZero():
		return ErrDeposit.With("proposal %d has its deposit of %s", n, p.Need.Decimal())
	case amt.Less(least) && amt.Less(rest):
		return ErrDeposit.With("a deposit is at least %s, or all that is missing", least.Decimal()).For(amt, least)
	}
	k := backer{n, c.Sender}
	had, again := deposits.Get(c, k)
	if !again {
		p.Backers++
	}
	if err := p.Bond.Expose(c, c.Sender, bondRef(n), amt); err != nil {
		return err
	}
	deposits.Set(c, k, had.Add(amt))
	p.Deposited = p.Deposited.Add(amt)
	c.Emit("deposit", "proposal", n, "by", c.Sender, "book", p.Bond.String(), "amount", amt, "missing", p.Need.Sub(p.Deposited))
	if p.Deposited == p.Need {
		p.wait(c, n, 0)
		waiting.Set(c, p.rank(n), c.Block.Height)
	}
	return nil
}

// least is what a backer deposits at least, ⌈need/32⌉: so many of them have all of
// it together, and nobody keeps others from backing a proposal by dust.
func (p *proposal) least() types.Amount {
	return p.Need.Add(types.NewAmount(BackersMax-1)).ShareDown(1, BackersMax)
}

// unbond ends all deposits of a proposal: burned, or back to their owners.
func unbond(c *route.Ctx, n uint64, p *proposal, burn bool) {
	deposits.RangePrefix(c, backer{Number: n}, 1, func(k backer, _ types.Amount) bool {
		deposits.Delete(c, k)
		left := p.Bond.Release(c, k.Address, bondRef(n))
		if burn {
			rep.Burn(c, p.Bond, k.Address, left, "vetoed")
		}
		return true
	})
	p.Deposited, p.Backers = types.Amount{}, 0
}

// withdraw ends a proposal whose second stage has not begun. An urgent one runs
// to its end: its proposer would otherwise take back what a veto burns.
func withdraw(c *route.Ctx, m Withdraw) error {
	p, err := load(c, m.Proposal)
	if err != nil {
		return err
	}
	switch {
	case p.Proposer != c.Sender:
		return ErrProposer
	case p.Class.Urgent:
		return ErrState.With("proposal %d is urgent: the vote on it cannot be withdrawn", m.Proposal)
	case p.State != Draft && p.State != Nonbinding:
		return ErrState.With("proposal %d is %s: it can be withdrawn before its second stage", m.Proposal, p.State)
	}
	finish(c, m.Proposal, &p, Withdrawn)
	proposals.Set(c, m.Proposal, p)
	return nil
}
