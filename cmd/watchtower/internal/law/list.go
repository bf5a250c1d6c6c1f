package law

import (
	"bytes"
	"sort"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/escrow"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// fixList fixes the list of an epoch from its registrations (availability §2).
func (c *Chain) fixList(epoch uint64) {
	t, _ := c.terms(epoch)
	roster, _ := c.roster(epoch)
	total, tickets := roster.Total(), len(roster.Tickets())
	var taken []*contract
	prefix := key(routeAvailability, 5, epoch)
	for _, k := range c.State.Keys(prefix) {
		raw, _ := c.State.Get(k)
		c.State.Delete(k)
		var a wire.Address
		copy(a[:], k[len(prefix):])
		r, balance := decRegistration(raw), c.balance(wREP, a)
		if c.conduct(a).jailed || c.convicted(a) || balance.Less(num.U(c.param("asc.min"))) {
			continue
		}
		w := num.Min(num.Min(num.U(r.weight), balance.Div(num.U(unit))), num.U(maxWeight-1)).U64()
		out := &contract{id: contractID(epoch, a), producer: a, key: r.key, weight: w, commitment: r.commitment, salts: r.salts}
		if t.scheme == schemeRecoverable && tickets > 0 {
			if r.salts < escrow.Needed(t.blocks, w, total, t.stride) {
				continue
			}
			out.commitment = c.dealingsRoot(epoch, a, r.salts)
		}
		taken = append(taken, out)
	}
	sort.SliceStable(taken, func(i, j int) bool {
		x, y := taken[i], taken[j]
		return x.weight > y.weight || x.weight == y.weight && bytes.Compare(x.producer[:], y.producer[:]) < 0
	})
	chosen, sum := fit(taken, 0)
	if most := c.param("asc.max"); uint64(len(chosen)) > most {
		for _, a := range chosen[most:] {
			sum -= a.weight
		}
		chosen = chosen[:most]
	}
	degraded := num.U(sum).Mul(num.U(2)).Less(num.U(total))
	if degraded {
		chosen = c.fallback(epoch, roster, chosen, sum)
	}
	sort.Slice(chosen, func(i, j int) bool { return bytes.Compare(chosen[i].id[:], chosen[j].id[:]) < 0 })
	c.State.Set(key(routeAvailability, 7, epoch), enc(func(e *cbor.Enc) {
		e.Array(2).Array(len(chosen))
		for _, a := range chosen {
			e.Raw(a.encode())
		}
		e.Bool(degraded)
	}))
}

// fit passes over what would make the sum reach 2⁶².
func fit(in []*contract, sum uint64) (out []*contract, total uint64) {
	for _, a := range in {
		if a.weight < maxWeight-sum {
			sum += a.weight
			out = append(out, a)
		}
	}
	return out, sum
}

// fallback adds the members of the roster that have no contract.
func (c *Chain) fallback(epoch uint64, roster *wire.Roster, chosen []*contract, sum uint64) []*contract {
	has := map[wire.Address]bool{}
	for _, a := range chosen {
		has[a.producer] = true
	}
	join := func(all bool) (out []*contract) {
		for i := range roster.Members {
			m := &roster.Members[i]
			if !has[m.Address] && (all || !c.conduct(m.Address).jailed && !c.convicted(m.Address)) {
				out = append(out, &contract{id: contractID(epoch, m.Address), producer: m.Address, key: m.Key, weight: m.Weight})
			}
		}
		return out
	}
	more := join(false)
	if len(chosen)+len(more) == 0 {
		more = join(true)
	}
	more, _ = fit(more, sum)
	return append(chosen, more...)
}

// dealingsRoot is the commitment of a contract under the recoverable beacon;
// none where it has no dealings.
func (c *Chain) dealingsRoot(epoch uint64, a wire.Address, n uint64) []byte {
	var items [][]byte
	for i := uint64(0); i < n; i++ {
		raw, _ := c.State.Get(key(routeAvailability, 11, epoch, a, i))
		read(raw, "dealing", func(d *cbor.Dec) { items = append(items, d.Bytes()) })
	}
	if len(items) == 0 {
		return nil
	}
	h := wire.Merkle(items)
	return h[:]
}
