package court

import (
	"fmt"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// circuitOpen is the kind of the breaker's refusal.
const circuitOpen = "CIRCUIT_OPEN"

// begin moves the cases whose time has come, before the block's transactions:
// those that wait for a deadline, then one that waits for a panel. Then the
// accused are locked again, in case REP of theirs came free since.
func begin(c *route.Ctx) error {
	if n, _ := opened.Get(c); n == (load{}) {
		return nil
	}
	noteSeed(c)
	var due []turn
	turns.Range(c, func(t turn, _ bool) bool {
		if t.Time > c.Block.Time || len(due) == turnsMax {
			return false
		}
		due = append(due, t)
		return true
	})
	for _, t := range due {
		turns.Delete(c, t)
		k, _ := cases.Get(c, t.Case)
		if broken(c, k.Stage) {
			putOff(c, t.Case, &k)
		} else {
			proceed(c, t.Case, &k)
		}
		cases.Set(c, t.Case, k)
	}
	drawNext(c)
	charged.Range(c, func(a keys.Address, _ uint64) bool {
		lock(c, a)
		return true
	})
	return nil
}

// wait has the case go on after a time from now, so that a stage is never
// shorter than its length.
func wait(c *route.Ctx, id uint64, k *Case, length types.Time) {
	k.Until = c.Block.Time + length
	turns.Set(c, turn{k.Until, id}, true)
}

// broken reports whether the breaker keeps people from what a stage waits for: to
// commit, to reveal, to appeal.
func broken(c *route.Ctx, s Stage) bool {
	m := types.Msg{Route: ID}
	switch s {
	case Commit:
		m.ID, m.Body = 2, codec.MustMarshal(CommitMsg{})
	case Reveal:
		m.ID, m.Body = 3, codec.MustMarshal(RevealMsg{})
	default:
		m.ID, m.Body = 4, codec.MustMarshal(AppealMsg{})
	}
	err := c.Try(m) // of no case: refused, by a guard or by the rule
	return err != nil && route.AsReject(err).Kind == circuitOpen
}

// putOff begins a stage again that ended while nobody could act in it: jurors
// would lose their stakes for a silence that was imposed on them, a party its
// appeal.
func putOff(c *route.Ctx, id uint64, k *Case) {
	length := map[Stage]types.Time{Commit: k.Terms.Commit, Reveal: k.Terms.Reveal, Decided: k.Terms.Window}[k.Stage]
	wait(c, id, k, length)
	c.Emit("put_off", "case", id, "stage", k.Stage.String(), "until", uint64(k.Until))
}

// proceed ends the stage of a case whose deadline has passed.
func proceed(c *route.Ctx, id uint64, k *Case) {
	switch k.Stage {
	case Commit:
		k.Stage = Reveal
		wait(c, id, k, k.Terms.Reveal)
		c.Emit("revealing", "case", id, "round", k.Round)
	case Reveal:
		conclude(c, id, k, settlePanel(c, id, k))
	case Decided:
		enforce(c, id, k)
	default:
		panic(fmt.Sprintf("court: case %d has a turn at stage %s", id, k.Stage))
	}
}

// conclude takes a panel's decision: of a role's appeal it is the last word, of
// an accusation the first may be appealed.
func conclude(c *route.Ctx, id uint64, k *Case, d Decision) {
	k.Decisions = append(k.Decisions, d)
	c.Emit("decided", "case", id, "round", k.Round, "seats", d.Seats, "guilty", d.Guilty, "clear", d.Clear,
		"hung", d.Hung, "ratio", d.Ratio)
	switch {
	case k.Kind == Appeal:
		answer(c, id, k, d)
	case k.Round == 1:
		k.Stage = Decided
		wait(c, id, k, k.Terms.Window)
	default:
		settleAppeal(c, k)
		enforce(c, id, k)
	}
}

// answer ends the appeal of a role and tells the route that owns it.
func answer(c *route.Ctx, id uint64, k *Case, d Decision) {
	v := route.Verdict{
		Ref: k.Ref, Outcome: route.Rejected, QuorumMet: !d.Hung,
		For: types.NewAmount(d.Guilty), Against: types.NewAmount(d.Clear),
	}
	switch {
	case d.Hung:
		v.Outcome = route.Void
	case d.Ratio > 0:
		v.Outcome = route.Accepted
	}
	end(c, id, k, Final, v.Outcome)
	cases.Set(c, id, *k) // the opener may look
	c.Deliver(k.Opener, v)
}

// standing is the decision that counts: the appeal's, unless that panel hung.
func (k *Case) standing() Decision {
	if n := len(k.Decisions); n > 1 && !k.Decisions[n-1].Hung {
		return k.Decisions[n-1]
	}
	return k.Decisions[0]
}

// settleAppeal gives the appellant's bond back where the appeal moved the
// verdict its way, or came to no verdict; else to the other party.
func settleAppeal(c *route.Ctx, k *Case) {
	first, second := k.Decisions[0], k.Decisions[1]
	to, other := k.Accuser, k.Accused
	won := second.Ratio > first.Ratio
	if k.Appellant == k.Accused {
		to, other = other, to
		won = second.Ratio < first.Ratio
	}
	if !won && !second.Hung {
		to = other
	}
	pay(c, to, k.AppealBond)
}

// enforce acts on the decision that counts, once nobody can appeal it.
func enforce(c *route.Ctx, id uint64, k *Case) {
	switch d := k.standing(); {
	case d.Hung:
		pay(c, k.Accuser, k.Bond)
		end(c, id, k, Dismissed, route.Void)
	case d.Ratio == 0:
		pay(c, k.Accused, k.Bond)
		end(c, id, k, Dismissed, route.Rejected)
	case d.Ratio > k.Terms.MaxPPM:
		ratify(c, id, k)
	default:
		punish(c, id, k, d.Ratio)
	}
}

// ratify puts a slash that a panel alone may not impose to a binding pool, from
// which the parties are excluded.
func ratify(c *route.Ctx, id uint64, k *Case) {
	n, err := pool.Open(c, pool.Config{
		Opener: "court", Ref: caseRef(id), Book: rep.WREP, Deadline: c.Block.Time + k.Terms.Ratify,
		QuorumPPM: k.Terms.QuorumPPM, WinPPM: k.Terms.WinPPM, BindingPPM: k.Terms.LossPPM,
		Excluded: k.Parties, Redistribute: true,
	})
	if err != nil {
		panic(fmt.Sprintf("court: pool of case %d: %v", id, err)) // the guardrails keep the terms such that it opens
	}
	k.Stage, k.Pool, k.Until = Ratify, n, c.Block.Time+k.Terms.Ratify
	pools.Set(c, n, id)
	c.Emit("ratify", "case", id, "pool", n, "ratio", k.standing().Ratio, "deadline", uint64(k.Until))
}

// vote stakes in the pool of a case.
func vote(c *route.Ctx, m Vote) error {
	k, err := read(c, m.Case)
	switch {
	case err != nil:
		return err
	case k.Stage != Ratify:
		return ErrStage.For(k.Stage, Ratify)
	}
	return pool.Stake(c, k.Pool, c.Sender, m.For, m.Amount)
}

// ratified takes the verdict of such a pool. Without the pool's consent the
// slash is what a panel alone may take: the panel's verdict of guilty stands.
func ratified(c *route.Ctx, v route.Verdict) {
	id, ok := pools.Get(c, v.Pool)
	if !ok {
		return
	}
	pools.Delete(c, v.Pool)
	k, _ := cases.Get(c, id)
	ratio := k.standing().Ratio
	if v.Outcome != route.Accepted {
		ratio = min(ratio, k.Terms.MaxPPM)
	}
	punish(c, id, &k, ratio)
	cases.Set(c, id, k)
}

// punish burns the ratio of all REP of the accused in both books, takes what
// its posts gained by the deed, and gives the bond back. The court's own lock
// ends first, so that the REP which is at stake for nothing else goes first;
// what other cases hold is locked again at once.
func punish(c *route.Ctx, id uint64, k *Case, ratio types.PPM) {
	a := k.Accused
	k.Ratio = ratio
	unlock(c, a)
	for _, b := range []rep.Book{rep.WREP, rep.GREP} {
		taken := rep.Burn(c, b, a, rep.Balance(c, b, a).OfPPM(ratio), "court")
		if b == rep.WREP {
			k.WREP = taken
		} else {
			k.GREP = taken
		}
	}
	for _, p := range k.Posts {
		amt := p.Amount.OfPPM(ratio)
		if err := forum(c, forumLeach, leachMsg{Post: p.Post, Amount: amt, Cause: fmt.Sprintf("court case %d", id)}); err != nil {
			c.Emit("leach_failed", "case", id, "post", p.Post, "reason", route.AsReject(err).Kind)
		}
	}
	pay(c, k.Accuser, k.Bond)
	c.Emit("slashed", "case", id, "accused", a, "ratio", ratio, "wrep", k.WREP, "grep", k.GREP)
	end(c, id, k, Final, route.Accepted)
}

// end closes a case and lets its accused go, unless other cases hold it.
func end(c *route.Ctx, id uint64, k *Case, stage Stage, outcome route.Outcome) {
	k.Stage, k.Outcome, k.Until, k.Ended = stage, outcome, 0, c.Block.Height
	n, _ := opened.Get(c)
	if k.Kind == Appeal {
		n.Appeals--
	} else {
		n.Accusations--
		count(c, filed, k.Accuser, false)
		unlock(c, k.Accused)
		if count(c, charged, k.Accused, false) > 0 {
			lock(c, k.Accused)
		}
	}
	opened.Set(c, n)
	c.Emit("closed", "case", id, "stage", stage.String(), "outcome", outcome.String())
}

// pay gives $ that the court holds.
func pay(c *route.Ctx, to keys.Address, amt types.Amount) {
	if err := bank.Transfer(c, account, to, amt); err != nil {
		panic(fmt.Sprintf("court: a bond of %s is not held: %v", amt, err))
	}
}
