package law

import (
	"bytes"
	"sort"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Bounds of general pools (pools §5).
const (
	closings    = 64
	maxExcluded = 32
	leastQuorum = 100_000
)

// poolConfig is what a route asks when it opens a pool (state §4, route 6).
type poolConfig struct {
	opener               string
	ref                  wire.Hash
	book                 int
	deadline             uint64
	quorum, win, binding uint64 // ppm
	excluded             []wire.Address
	redistribute         bool
	after                uint64
	fee                  num.Int
	poster               uint64 // ppm
}

// generalPool is a question that REP answers.
type generalPool struct {
	poolConfig
	opened, snapshot uint64
	supply, eligible num.Int
	yes, no          num.Int
	outcome          uint64
	quorumMet        bool
	closed           uint64
}

func (p *generalPool) encode(e *cbor.Enc) {
	e.Array(10).Array(12).Text(p.opener).Bytes(p.ref[:]).Uint(uint64(p.book)).Uint(p.deadline).Uint(p.quorum).Uint(p.win).Uint(p.binding)
	e.Array(len(p.excluded))
	for _, a := range p.excluded {
		e.Bytes(a[:])
	}
	e.Bool(p.redistribute).Uint(p.after)
	wire.Amount(e, p.fee)
	e.Uint(p.poster).Uint(p.opened).Uint(p.snapshot)
	for _, x := range []num.Int{p.supply, p.eligible, p.yes, p.no} {
		wire.Amount(e, x)
	}
	e.Uint(p.outcome).Bool(p.quorumMet).Uint(p.closed)
}

// generalPool reads a pool; nil: there is none of the number.
func (c *Chain) generalPool(number uint64) *generalPool {
	raw, ok := c.State.Get(key(routePool, 5, number))
	if !ok {
		return nil
	}
	p := &generalPool{}
	read(raw, "general pool", func(d *cbor.Dec) {
		d.Array(10)
		d.Array(12)
		p.opener, p.ref, p.book = d.Text(), wire.DecHash(d), int(d.U64())
		p.deadline, p.quorum, p.win, p.binding = d.U64(), d.U64(), d.U64(), d.U64()
		for i := d.Len(); i > 0 && d.Err() == nil; i-- {
			p.excluded = append(p.excluded, wire.DecAddress(d))
		}
		p.redistribute, p.after, p.fee, p.poster = d.Bool(), d.U64(), wire.DecAmount(d), d.U64()
		p.opened, p.snapshot = d.U64(), d.U64()
		p.supply, p.eligible, p.yes, p.no = wire.DecAmount(d), wire.DecAmount(d), wire.DecAmount(d), wire.DecAmount(d)
		p.outcome, p.quorumMet, p.closed = d.U64(), d.Bool(), d.U64()
	})
	return p
}

func (c *Chain) setGeneralPool(number uint64, p *generalPool) {
	c.State.Set(key(routePool, 5, number), enc(p.encode))
}

// poolRef is the reference that stakes in a pool are exposed for.
func poolRef(number uint64) wire.Hash { return wire.Sum([]byte("pool"), wire.Be64(number)) }

// held is the pool that `after` may name: of the book, its snapshot held.
func (c *Chain) held(number uint64, book int) *generalPool {
	p := c.generalPool(number)
	if p == nil || p.book != book || !c.has(key(routePool, 9, p.snapshot)) {
		return nil
	}
	return p
}

// openGeneral opens a general pool, and says its number (pools §5).
func (c *Chain) openGeneral(cfg poolConfig) (uint64, error) {
	switch {
	case cfg.opener == "" || cfg.book != wREP && cfg.book != gREP:
		return 0, refused("a pool of nobody, or in no book")
	case cfg.deadline <= c.h.Time:
		return 0, refused("a deadline that has passed")
	case cfg.quorum < leastQuorum || cfg.quorum > 1e6 || cfg.win > 1e6 || cfg.binding > 1e6 || cfg.poster > 1e6:
		return 0, refused("a part that is out of bounds")
	case cfg.redistribute && cfg.book == gREP:
		return 0, refused("gREP is not redistributed")
	case len(cfg.excluded) > maxExcluded:
		return 0, refused("too many are excluded")
	}
	p := &generalPool{poolConfig: cfg, opened: c.h.Height}
	if cfg.after != 0 {
		old := c.held(cfg.after, cfg.book)
		if old == nil {
			return 0, refused("the electorate is not held any more")
		}
		p.snapshot = old.snapshot
	} else {
		p.snapshot = c.takeSnapshot()
	}
	p.supply = c.supplyAt(p.snapshot, p.book)
	p.eligible = p.supply
	seen := map[wire.Address]bool{}
	for _, a := range cfg.excluded {
		if !seen[a] {
			seen[a] = true
			p.eligible = p.eligible.Sub(c.balanceAt(p.snapshot, p.book, a))
		}
	}
	n := c.number(key(routePool, 8)) + 1
	c.State.Set(key(routePool, 8), uint64Value(n))
	c.setGeneralPool(n, p)
	users := key(routePool, 9, p.snapshot)
	c.State.Set(users, uint64Value(c.number(users)+1))
	c.State.Set(key(routePool, 7, p.deadline, n), uint64Value(p.snapshot))
	return n, nil
}

// stakePool puts REP on a side of an open pool (pools §5).
func (c *Chain) stakePool(number uint64, voter wire.Address, side bool, amount num.Int) error {
	p := c.generalPool(number)
	if p == nil || p.outcome != 0 || c.h.Time >= p.deadline {
		return refused("the pool is closed")
	}
	if amount.IsZero() {
		return refused("a stake of nothing")
	}
	for _, a := range p.excluded {
		if a == voter {
			return refused("excluded")
		}
	}
	k := key(routePool, 6, number, voter)
	sum := amount
	if c.has(k) {
		was, old := c.stakeOf(k)
		if was != side {
			return refused("it has staked on the other side")
		}
		sum = sum.Add(old)
	}
	if c.balanceAt(p.snapshot, p.book, voter).Less(sum) {
		return refused("more than there was at the snapshot")
	}
	if err := c.expose(p.book, voter, poolRef(number), amount); err != nil {
		return err
	}
	c.State.Set(k, enc(func(e *cbor.Enc) { e.Array(2).Bool(side); wire.Amount(e, sum) }))
	if side {
		p.yes = p.yes.Add(amount)
	} else {
		p.no = p.no.Add(amount)
	}
	if p.yes.Add(p.no).Cmp(p.eligible) == 0 {
		c.State.Delete(key(routePool, 7, p.deadline, number))
		c.State.Set(key(routePool, 7, c.h.Time, number), uint64Value(p.snapshot))
	}
	c.setGeneralPool(number, p)
	return nil
}

func (c *Chain) stakeOf(k string) (side bool, amount num.Int) {
	raw, _ := c.State.Get(k)
	read(raw, "stake", func(d *cbor.Dec) {
		d.Array(2)
		side, amount = d.Bool(), wire.DecAmount(d)
	})
	return side, amount
}

// closePools closes what is due, in order of (deadline, number).
func (c *Chain) closePools() {
	var due []uint64
	for _, k := range c.State.Keys(key(routePool, 7)) {
		if tail64(k, prefixLen) > c.h.Time || len(due) == closings {
			break
		}
		due = append(due, tail64(k, prefixLen+8))
		c.State.Delete(k)
	}
	for _, n := range due {
		c.closePool(n)
	}
}

// backer is who has staked in a pool, with what is left of it.
type backer struct {
	a     wire.Address
	side  bool
	stake num.Int
}

// closePool settles a general pool and delivers its verdict (pools §5).
func (c *Chain) closePool(number uint64) {
	p := c.generalPool(number)
	var all []backer
	f, g := num.Int{}, num.Int{}
	prefix := key(routePool, 6, number)
	for _, k := range c.State.Keys(prefix) {
		b := backer{}
		copy(b.a[:], k[len(prefix):])
		b.side, _ = c.stakeOf(k)
		c.State.Delete(k)
		b.stake = c.release(p.book, b.a, poolRef(number))
		if b.side {
			f = f.Add(b.stake)
		} else {
			g = g.Add(b.stake)
		}
		all = append(all, b)
	}
	sum, million := f.Add(g), num.U(1e6)
	p.quorumMet = !sum.IsZero() && !sum.Mul(million).Less(p.supply.Mul(num.U(p.quorum)))
	switch {
	case !p.quorumMet:
		p.outcome = void
	case num.U(p.win).Mul(sum).Less(f.Mul(million)):
		p.outcome = accepted
	default:
		p.outcome = rejected
	}
	value := c.settlePool(p, all, f)
	p.yes, p.no, p.closed = f, g, c.h.Height
	c.setGeneralPool(number, p)
	c.deliver(p.opener, verdict{p.ref, number, p.outcome, f, g, p.quorumMet, value})
	c.leaveSnapshot(p.snapshot)
}

// leaveSnapshot lets go of a snapshot that a pool used.
func (c *Chain) leaveSnapshot(n uint64) {
	users := key(routePool, 9, n)
	if left := c.number(users) - 1; left > 0 {
		c.State.Set(users, uint64Value(left))
		return
	}
	c.State.Delete(users)
	c.dropSnapshot(n)
}

// settlePool mints, then moves what losers lose; it gives the part of the poster
// as the verdict tells it.
func (c *Chain) settlePool(p *generalPool, all []backer, f num.Int) (value []byte) {
	if p.outcome == void {
		return nil
	}
	won := p.outcome == accepted
	if won && !p.fee.IsZero() {
		m := c.mintNewcomer(p.fee)
		x := m.PPM(p.poster)
		if p.poster > 0 {
			value = be256(x)
		}
		rest := m.Sub(x)
		for _, b := range all {
			if b.side {
				c.mint(p.book, b.a, rest.Mul(b.stake).Div(f))
			}
		}
	}
	var losers, winners []transfer
	lost, z := num.Int{}, num.Int{}
	for _, b := range all {
		if b.side == won {
			z = z.Add(b.stake)
			continue
		}
		l := b.stake.Sub(b.stake.PPM(1e6 - p.binding))
		lost = lost.Add(l)
		losers = append(losers, transfer{b.a, l})
	}
	if p.redistribute {
		for _, b := range all {
			if b.side == won {
				winners = append(winners, transfer{b.a, lost.Mul(b.stake).Div(z)})
			}
		}
	}
	c.giveIn(p.book, losers, winners)
	return value
}

// mintNewcomer is what a fee of a pool mints under what the block has left for
// newcomers (economy §4.7).
func (c *Chain) mintNewcomer(fee num.Int) num.Int {
	m := fee.PPM(c.param("rep.mint_ratio"))
	if _, entry, ok := c.mintCap(); ok {
		m = num.Min(m, entry.Over(c.newcomers))
	}
	c.newcomers = c.newcomers.Add(m)
	return m
}

// be256 is a number in 32 bytes.
func be256(x num.Int) []byte {
	b := x.Big()
	return append(make([]byte, 32-len(b)), b...)
}

// addresses sorts in byte order.
func sortAddresses(a []wire.Address) {
	sort.Slice(a, func(i, j int) bool { return bytes.Compare(a[i][:], a[j][:]) < 0 })
}
