package court

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/rep"
	"probity/chain/types"
	"probity/vpool"
	"probity/vpool/draw"
)

// weightLimit bounds the weight of a list that is drawn from, exclusively.
const weightLimit = 1 << 62

// portion is ⌊x·part/whole⌋.
func portion(x, part, whole types.Amount) types.Amount {
	s := vpool.ShareDown(*x.Int(), *part.Int(), *whole.Int())
	return types.AmountOf(&s)
}

// await queues a case for the panel of its next round: the holders are those of
// now, in epoch e, and the seed is R(e+2,0). Nobody knows that one before the
// salts of e+1 are open, when the list and the case's number are fixed.
func await(c *route.Ctx, id uint64, k *Case) {
	k.Round++
	k.Snapshot, k.Draws, k.Until = rep.Snapshot(c), c.Block.Epoch+2, 0
	waiting.Set(c, queued{k.Draws, id}, true)
}

// noteSeed keeps the running epoch's first seed while a case waits for it:
// panels are drawn one a block, and the plan is forgotten some time.
func noteSeed(c *route.Ctx) {
	e := c.Block.Epoch
	if seeds.Has(c, e) || !awaited(c, e) {
		return
	}
	if seed, ok := availability.Seed(c, e); ok {
		seeds.Set(c, e, seed)
	}
}

// awaited reports whether a case waits for an epoch's seed.
func awaited(c *route.Ctx, e types.Epoch) (found bool) {
	waiting.RangePrefix(c, queued{Epoch: e}, 1, func(queued, bool) bool {
		found = true
		return false
	})
	return found
}

// drawNext draws the panel of the case that has waited longest, if its seed is
// there: one a block, because it walks over the holders.
func drawNext(c *route.Ctx) {
	var next queued
	waiting.Range(c, func(q queued, _ bool) bool {
		next = q
		return false
	})
	seed, ok := seeds.Get(c, next.Epoch)
	if next.Case == 0 || !ok {
		return
	}
	waiting.Delete(c, next)
	if !awaited(c, next.Epoch) {
		seeds.Delete(c, next.Epoch)
	}
	k, _ := cases.Get(c, next.Case)
	empanel(c, next.Case, &k, seed)
	cases.Set(c, next.Case, k)
}

// empanel draws a panel, puts its stakes up and opens the time to commit. A
// juror that cannot cover the stake has a seat without one and cannot vote.
func empanel(c *route.Ctx, id uint64, k *Case, seed keys.Hash) {
	size := k.Terms.Panel
	if k.Round > 1 {
		size = k.Terms.AppealPanel
	}
	who, weights := electorate(c, id, k)
	rep.DropSnapshot(c, k.Snapshot)
	k.Snapshot = 0
	own := keys.Sum([]byte("court"), seed[:], be64(id), be64(uint64(k.Round)))
	drawn, err := draw.Sample(own, weights, int(size))
	if err != nil {
		panic(fmt.Sprintf("court: panel of case %d: %v", id, err)) // electorate keeps the weight below 2⁶²
	}
	c.Emit("panel", "case", id, "round", k.Round, "seats", len(drawn), "of", len(who))
	if uint64(len(drawn)) < k.Terms.PanelMin {
		conclude(c, id, k, Decision{Hung: true})
		return
	}
	for _, i := range drawn {
		s := seat{Stake: k.Terms.Stake}
		if rep.Expose(c, who[i], stakeRef(id, k.Round), s.Stake) != nil {
			s.Stake = types.Amount{}
		}
		seats.Set(c, place{id, k.Round, who[i]}, s)
		c.Emit("seat", "case", id, "round", k.Round, "juror", who[i], "stake", s.Stake)
	}
	k.Stage = Commit
	wait(c, id, k, k.Terms.Commit)
}

// electorate lists who may be drawn, by address, with their weights: the whole
// wREP that they had at the snapshot, where that covers a juror's stake. The
// parties are not in it, nor, on appeal, who sat on the first panel and would
// judge its own verdict. One with which the weights would reach 2⁶² is passed over.
func electorate(c *route.Ctx, id uint64, k *Case) (who []keys.Address, weights []uint64) {
	out := map[keys.Address]bool{}
	for _, a := range k.Parties {
		out[a] = true
	}
	if k.Round > 1 {
		seats.RangePrefix(c, place{Case: id, Round: 1}, 2, func(p place, _ seat) bool {
			out[p.Juror] = true
			return true
		})
	}
	var total uint64
	rep.RangeAt(c, k.Snapshot, rep.WREP, func(a keys.Address, had types.Amount) bool {
		w := had.WholeDown()
		if out[a] || had.Less(k.Terms.Stake) || w >= weightLimit-total {
			return true
		}
		total += w
		who, weights = append(who, a), append(weights, w)
		return true
	})
	return who, weights
}

func commit(c *route.Ctx, m CommitMsg) error {
	k, p, s, err := juror(c, m.Case, Commit)
	if err != nil {
		return err
	}
	if m.Commitment.IsZero() {
		return ErrReveal.With("a commitment is not zero")
	}
	s.Commitment = m.Commitment
	seats.Set(c, p, s)
	c.Emit("commit", "case", m.Case, "round", k.Round, "juror", c.Sender)
	return nil
}

func reveal(c *route.Ctx, m RevealMsg) error {
	k, p, s, err := juror(c, m.Case, Reveal)
	switch {
	case err != nil:
		return err
	case s.Revealed:
		return ErrReveal.With("the verdict is revealed already")
	case m.Ratio > types.Million || k.Kind == Appeal && m.Ratio != 0 && m.Ratio != types.Million:
		return ErrRatio
	case s.Commitment.IsZero() || s.Commitment != Commitment(m.Case, k.Round, c.Sender, m.Ratio, m.Salt):
		return ErrReveal
	}
	s.Revealed, s.Ratio = true, m.Ratio
	seats.Set(c, p, s)
	c.Emit("reveal", "case", m.Case, "round", k.Round, "juror", c.Sender, "ratio", m.Ratio)
	return nil
}

// juror is the sender's seat on the running panel of a case.
func juror(c *route.Ctx, id uint64, at Stage) (k *Case, p place, s seat, err error) {
	if k, err = read(c, id); err != nil {
		return k, p, s, err
	}
	if k.Stage != at || c.Block.Time >= k.Until {
		return k, p, s, ErrStage.For(k.Stage, at)
	}
	p = place{id, k.Round, c.Sender}
	s, ok := seats.Get(c, p)
	if !ok || s.Stake.IsZero() {
		return k, p, s, ErrJuror
	}
	return k, p, s, nil
}

// settlePanel ends the stakes of a panel and says what it decided. Losers give
// to winners in the order of addresses, and what no winner is due burns.
func settlePanel(c *route.Ctx, id uint64, k *Case) Decision {
	var who []keys.Address
	var panel []ballot
	seats.RangePrefix(c, place{Case: id, Round: k.Round}, 2, func(p place, s seat) bool {
		left := rep.Release(c, p.Juror, stakeRef(id, k.Round))
		who, panel = append(who, p.Juror), append(panel, ballot{Stake: left, Revealed: s.Revealed, Ratio: s.Ratio})
		return true
	})
	d := decide(panel)
	lost, due, burned := d.settle(panel, k.Terms.SilencePPM, k.Terms.MinorityPPM)
	next := 0
	for i := range who {
		for !lost[i].IsZero() && next < len(who) {
			part := lost[i].Min(due[next])
			mustTake(id, rep.Move(c, who[i], who[next], part, "juror"), part)
			lost[i], due[next] = lost[i].Sub(part), due[next].Sub(part)
			if due[next].IsZero() {
				next++
			}
		}
		mustTake(id, rep.Burn(c, rep.WREP, who[i], lost[i], "juror"), lost[i])
		burned = burned.Sub(lost[i])
	}
	if !burned.IsZero() {
		panic(fmt.Sprintf("court: panel of case %d: %s of its stakes are nobody's", id, burned))
	}
	return d
}

// mustTake asserts that a juror's stake was there: stakes are clamped to
// balances, and a juror has one seat.
func mustTake(id uint64, got, want types.Amount) {
	if got != want {
		panic(fmt.Sprintf("court: panel of case %d: %s of a lost stake of %s were there", id, got, want))
	}
}
