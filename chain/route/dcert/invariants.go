package dcert

import (
	"fmt"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// circuitsCounted checks the count that guards look at.
func circuitsCounted(c *route.Ctx) error {
	var have uint64
	circuits.Range(c, func(string, circuit) bool { have++; return true })
	if n, _ := broken.Get(c); n != have {
		return fmt.Errorf("%d circuits are open, %d are counted", have, n)
	}
	return nil
}

// wellFormed checks that numbers of seats are distinct and given, and that
// nobody waits twice or for a seat while it has one.
func wellFormed(c *route.Ctx) (err error) {
	last, _ := sequence.Get(c)
	seen := map[uint64]bool{}
	members.Range(c, func(a keys.Address, m member) bool {
		if m.Sequence == 0 || m.Sequence > last || seen[m.Sequence] {
			err = fmt.Errorf("%s has sequence %d of %d, or it is another's too", a, m.Sequence, last)
		}
		seen[m.Sequence] = true
		return err == nil
	})
	waiting := map[keys.Address]bool{}
	queue.Range(c, func(out keys.Address, e entry) bool {
		if err == nil && (waiting[e.Newcomer] || members.Has(c, e.Newcomer) || e.Newcomer == out) {
			err = fmt.Errorf("%s waits twice, or has a seat", e.Newcomer)
		}
		waiting[e.Newcomer] = true
		return err == nil
	})
	return err
}

// indexed checks that every withdrawal is found by its member, and counted by
// its bond.
func indexed(c *route.Ctx) (err error) {
	pending := map[bondKey]uint32{}
	n := 0
	withdrawals.Range(c, func(k due, w withdrawal) bool {
		n++
		pending[bondKey{w.Member, w.Bonder}]++
		if until, ok := leaving.Get(c, of{w.Member, k.ID}); !ok || until != k.Until {
			err = fmt.Errorf("withdrawal %d is not found by its member", k.ID)
		}
		return err == nil
	})
	leaving.Range(c, func(of, types.Height) bool { n--; return true })
	if err == nil && n != 0 {
		return fmt.Errorf("%d more withdrawals than members have", n)
	}
	bonds.Range(c, func(k bondKey, b bond) bool {
		if err == nil && b.Pending != pending[k] {
			err = fmt.Errorf("bond of %s for %s counts %d withdrawals of %d", k.Bonder, k.Member, b.Pending, pending[k])
		}
		return err == nil
	})
	return err
}

// sample proposes preferences, bonds and moves into and out of the group.
func sample(s *route.Sampler) {
	if len(s.Accounts) < 2 {
		return
	}
	pick := func() keys.Address { return s.Accounts[s.Draw(uint64(len(s.Accounts)))] }
	from := pick()
	emit := func(id uint16, body any) {
		s.Emit(from, types.Msg{Route: ID, ID: id, Body: codec.MustMarshal(body)})
	}
	switch s.Draw(6) {
	case 0, 1:
		a, b := pick(), pick()
		shares := []Share{{Address: a, PPM: 500_000}}
		if a != b {
			shares = append(shares, Share{Address: b, PPM: 250_000})
		}
		emit(1, Prefer{Shares: shares})
	case 2:
		need, free := Bond.Amount(s.Ctx), rep.WREP.Unexposed(s.Ctx, from)
		emit(2, BondFor{Member: from, Amount: need.Min(free)})
	case 3:
		emit(4, Accept{})
	case 4:
		emit(3, Unbond{Member: from})
	default:
		emit(5, Leave{})
	}
}
