package law

import (
	"probity/cmd/watchtower/internal/draw"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// voter is a member with what its vote puts at stake and weighs.
type voter struct {
	a             wire.Address
	stake, weight num.Int
}

// count gives approvers and rejecters in roster order, by member, and all
// members with their weights (pools §3). taken is what a producer loses first.
func (c *Chain) count(b *ballot, rejected bool, taken num.Int) (members []voter, approvers, rejecters []int, paid num.Int) {
	r, _ := c.roster(b.epoch)
	counts := make([]bool, len(r.Members))
	if b.rules.sample == 0 {
		for i := range counts {
			counts[i] = true
		}
	} else {
		for _, i := range draw.Sample(b.seed, r.Weights(), int(b.rules.sample)) {
			counts[i] = true
		}
	}
	for i, m := range r.Members {
		v := voter{a: m.Address}
		if counts[i] {
			paid = paid.Add(num.U(m.Weight))
			balance := c.balance(wREP, m.Address)
			if rejected && m.Address == b.producer {
				balance = balance.Over(taken)
			}
			v.stake = num.Min(num.U(m.Weight).Mul(num.U(b.rules.stake)).Mul(num.U(1000)), balance)
			if !c.convicted(m.Address) && !(rejected && m.Address == b.producer) {
				v.weight = num.U(m.Weight)
			}
		}
		members = append(members, v)
	}
	all := make([]byte, (len(r.Members)+7)/8)
	for _, a := range b.approvals {
		for i := range a.signers {
			all[i] |= a.signers[i]
		}
	}
	approvers, _ = wire.Bits(all, len(r.Members))
	rejecters, _ = wire.Bits(b.rejects, len(r.Members))
	for _, i := range rejecters {
		if all[i/8]>>(i%8)&1 == 1 {
			members[i].weight = num.Int{} // it votes on both sides
		}
	}
	return members, approvers, rejecters, paid
}

// transfer is what an account gives or is due.
type transfer struct {
	a      wire.Address
	amount num.Int
}

// settleValid pays the producer and those who approved; it says what the
// producer was minted as such.
func (c *Chain) settleValid(b *ballot, mint num.Int) (posted num.Int) {
	members, approvers, rejecters, paid := c.count(b, false, num.Int{})
	poster := mint.PPM(b.rules.poster)
	other := mint.Sub(poster)
	includers := other.PPM(b.rules.includer)
	lost := num.Int{}
	for _, x := range rejecters {
		lost = lost.Add(members[x].stake)
	}
	d := paid
	if b.rules.base != baseRoster {
		d = num.Int{}
		for _, j := range approvers {
			d = d.Add(members[j].weight)
		}
	}
	part := func(of, w num.Int) num.Int {
		if d.IsZero() {
			return num.Int{}
		}
		return of.Mul(w).Div(d)
	}
	pay := func(a wire.Address, amount num.Int) num.Int {
		if amount.IsZero() || c.convicted(a) {
			return num.Int{}
		}
		c.mint(wREP, a, amount)
		return amount
	}
	posted = pay(b.producer, poster)
	var winners, losers []transfer
	for _, j := range approvers {
		pay(members[j].a, part(other.Sub(includers), members[j].weight))
		winners = append(winners, transfer{members[j].a, part(lost, members[j].weight)})
	}
	for _, k := range b.approvals {
		signers, _ := wire.Bits(k.signers, len(members))
		w := num.Int{}
		for _, j := range signers {
			w = w.Add(members[j].weight)
		}
		pay(k.by, part(includers, w))
	}
	for _, x := range rejecters {
		losers = append(losers, transfer{members[x].a, members[x].stake})
	}
	c.give(losers, winners)
	return posted
}

// settleInvalid takes from the producer and those who approved.
func (c *Chain) settleInvalid(b *ballot) {
	taken := num.Min(b.encumbered, c.balance(wREP, b.producer))
	members, approvers, rejecters, _ := c.count(b, true, taken)
	losers := []transfer{{b.producer, taken}}
	lost, v := taken, num.Int{}
	for _, j := range approvers {
		lost = lost.Add(members[j].stake)
		losers = append(losers, transfer{members[j].a, members[j].stake})
	}
	for _, x := range rejecters {
		v = v.Add(members[x].weight)
	}
	var winners []transfer
	for _, x := range rejecters {
		if !v.IsZero() {
			winners = append(winners, transfer{members[x].a, lost.Mul(members[x].weight).Div(v)})
		}
	}
	c.give(losers, winners)
}

// give moves what losers lose to winners in order, and burns the rest.
func (c *Chain) give(losers, winners []transfer) { c.giveIn(wREP, losers, winners) }

func (c *Chain) giveIn(book int, losers, winners []transfer) {
	w := 0
	for _, l := range losers {
		for !l.amount.IsZero() {
			for w < len(winners) && winners[w].amount.IsZero() {
				w++
			}
			if w == len(winners) {
				c.burn(book, l.a, l.amount)
				break
			}
			m := num.Min(l.amount, winners[w].amount)
			c.move(book, l.a, winners[w].a, m)
			l.amount = l.amount.Sub(m)
			winners[w].amount = winners[w].amount.Sub(m)
		}
	}
}
