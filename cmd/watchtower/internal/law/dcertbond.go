package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// teamBondRef is what a bond for a member is exposed for.
func teamBondRef(member wire.Address) wire.Hash { return wire.Sum([]byte("dcert/bond"), member[:]) }

// unbondRef is what a withdrawal is exposed for.
func unbondRef(n uint64) wire.Hash { return wire.Sum([]byte("dcert/unbond"), wire.Be64(n)) }

// dcertLeastBond is the least stake of somebody else for a member.
func (c *Chain) dcertLeastBond() num.Int {
	return num.U(c.param("dcert.bond")).Add(num.U(15)).Div(num.U(16))
}

func (c *Chain) dcertStake(member, bonder wire.Address) num.Int {
	return c.exposure(wREP, bonder, teamBondRef(member))
}

// dcertBonders are those with a bond for a member, in order.
func (c *Chain) dcertBonders(member wire.Address) (out []wire.Address) {
	return c.addressesUnder(key(routeDcert, 8, member))
}

// addressesUnder are the addresses that end the keys of a prefix, in order.
func (c *Chain) addressesUnder(prefix string) (out []wire.Address) {
	for _, k := range c.State.Keys(prefix) {
		var a wire.Address
		copy(a[:], k[len(prefix):])
		out = append(out, a)
	}
	return out
}

// dcertOpen is the number of open withdrawals of a bond.
func (c *Chain) dcertOpen(member, bonder wire.Address) (n uint64) {
	if raw, ok := c.State.Get(key(routeDcert, 8, member, bonder)); ok {
		read(raw, "bond", func(d *cbor.Dec) {
			d.Array(1)
			n = d.U64()
		})
	}
	return n
}

func (c *Chain) setDcertBond(member, bonder wire.Address, open uint64) {
	c.State.Set(key(routeDcert, 8, member, bonder), enc(func(e *cbor.Enc) { e.Array(1).Uint(open) }))
}

// dcertBonded is the sum of all stakes for an account (dcert §2).
func (c *Chain) dcertBonded(a wire.Address) (sum num.Int) {
	for _, b := range c.dcertBonders(a) {
		sum = sum.Add(c.dcertStake(a, b))
	}
	return sum
}

// dcertReaches says that what is bonded for an account is enough for a seat.
func (c *Chain) dcertReaches(a wire.Address) bool {
	return !c.dcertBonded(a).Less(num.U(c.param("dcert.bond")))
}

// dcertBond adds to what is exposed for a member (dcert §2).
func (c *Chain) dcertBond(from, member wire.Address, amount num.Int) error {
	if amount.IsZero() {
		return dcertRefuse(9)
	}
	if from != member {
		if c.dcertStake(member, from).Add(amount).Less(c.dcertLeastBond()) {
			return dcertRefuse(9)
		}
		if !c.has(key(routeDcert, 8, member, from)) {
			if err := c.dcertPlace(member); err != nil {
				return err
			}
		}
	}
	if err := c.expose(wREP, from, teamBondRef(member), amount); err != nil {
		return err
	}
	c.setDcertBond(member, from, c.dcertOpen(member, from))
	c.dcertAssess(member)
	return nil
}

// dcertPlace sees that one more than there are may have a bond for a member.
func (c *Chain) dcertPlace(member wire.Address) error {
	others := 0
	for _, b := range c.dcertBonders(member) {
		if c.dcertStake(member, b).IsZero() && c.dcertOpen(member, b) == 0 {
			c.State.Delete(key(routeDcert, 8, member, b))
		} else if b != member {
			others++
		}
	}
	if others >= othersMost {
		return dcertRefuse(10)
	}
	return nil
}

// dcertUnbond begins a withdrawal; 0 stands for all (dcert §2).
func (c *Chain) dcertUnbond(from, member wire.Address, amount num.Int) error {
	have := c.dcertStake(member, from)
	if amount.IsZero() {
		amount = have
	}
	if have.IsZero() || have.Less(amount) {
		return dcertRefuse(9)
	}
	left := have.Sub(amount)
	if from != member && !left.IsZero() && left.Less(c.dcertLeastBond()) {
		return dcertRefuse(9)
	}
	open := c.dcertOpen(member, from)
	if open >= withdrawalsMost {
		return dcertRefuse(10)
	}
	n := c.number(key(routeDcert, 11)) + 1
	c.State.Set(key(routeDcert, 11), uint64Value(n))
	c.reduce(wREP, from, teamBondRef(member), amount)
	if err := c.expose(wREP, from, unbondRef(n), amount); err != nil {
		return err
	}
	until := c.h.Height + c.exitDelay()
	c.setDcertBond(member, from, open+1)
	c.State.Set(key(routeDcert, 9, until, n), enc(func(e *cbor.Enc) { e.Array(2).Bytes(member[:]).Bytes(from[:]) }))
	c.State.Set(key(routeDcert, 10, member, n), uint64Value(until))
	c.dcertAssess(member)
	return nil
}

// dcertWithdrawal is who has withdrawn from a bond for whom.
type dcertWithdrawal struct{ member, bonder wire.Address }

func (c *Chain) dcertWithdrawal(k string) (w dcertWithdrawal) {
	raw, _ := c.State.Get(k)
	read(raw, "withdrawal", func(d *cbor.Dec) {
		d.Array(2)
		w = dcertWithdrawal{wire.DecAddress(d), wire.DecAddress(d)}
	})
	return w
}

// dcertDue releases what has waited long enough.
func (c *Chain) dcertDue() {
	for i, k := range c.State.Keys(key(routeDcert, 9)) {
		if i == dueMost || tail64(k, prefixLen) > c.h.Height {
			return
		}
		n, w := tail64(k, prefixLen+8), c.dcertWithdrawal(k)
		c.release(wREP, w.bonder, unbondRef(n))
		c.State.Delete(k)
		c.State.Delete(key(routeDcert, 10, w.member, n))
		if left := c.dcertOpen(w.member, w.bonder) - 1; left > 0 || !c.dcertStake(w.member, w.bonder).IsZero() {
			c.setDcertBond(w.member, w.bonder, left)
		} else {
			c.State.Delete(key(routeDcert, 8, w.member, w.bonder))
		}
	}
}

// dcertAssess makes an account a candidate, or none (dcert §2).
func (c *Chain) dcertAssess(a wire.Address) {
	if c.dcertReaches(a) {
		if !c.isDcertCandidate(a) {
			c.setDcertCandidate(a, dcertCandidate{})
		}
		return
	}
	c.State.Delete(key(routeDcert, 4, a))
	if c.isDcertMember(a) {
		c.dcertRemove(a)
	}
}

// dcertSlashBonds burns a part of each stake for a member, and of each withdrawal that
// still waits (dcert §6).
func (c *Chain) dcertSlashBonds(member wire.Address, ppm uint64) {
	take := func(bonder wire.Address, ref wire.Hash) {
		amount := c.exposure(wREP, bonder, ref).PPM(ppm)
		c.reduce(wREP, bonder, ref, amount)
		c.burn(wREP, bonder, amount)
	}
	for _, b := range c.dcertBonders(member) {
		take(b, teamBondRef(member))
	}
	for _, k := range c.State.Keys(key(routeDcert, 10, member)) {
		n, until := tail64(k, len(k)-8), c.number(k)
		if until >= c.h.Height {
			take(c.dcertWithdrawal(key(routeDcert, 9, until, n)).bonder, unbondRef(n))
		}
	}
}
