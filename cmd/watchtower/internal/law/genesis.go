package law

import (
	"bytes"
	"fmt"

	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/tree"
	"probity/cmd/watchtower/internal/wire"
)

// New makes the state of height 0 from a genesis file (execution §6).
func New(file []byte, trust Trust) (c *Chain, err error) {
	v, err := parseJSON(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	c = &Chain{State: tree.New(), Trust: trust, table: routes(), schedules: map[uint64]*schedule{}, rosters: map[uint64]*wire.Roster{}}
	if c.Genesis, c.Draft, err = Hashes(file); err != nil {
		return nil, err
	}
	g := newObject(v, "the file")
	c.Name = g.text("chain")
	time, protocol := g.uint("time"), g.uint("protocol")
	if n := len(c.Name); n < 1 || n > wire.ChainText {
		g.fail("has a chain's name of %d bytes", n)
	}
	if protocol == 0 || protocol >= 1<<32 {
		g.fail("has the protocol %d", protocol)
	}
	c.h, c.body = &wire.Header{Time: time}, &wire.Body{}
	params, routes := g.get("params"), g.get("routes")
	if err := g.done(); err != nil {
		return nil, err
	}
	if err = c.genesisParams(params, protocol); err != nil {
		return nil, err
	}
	if routes == nil {
		routes = map[string]value{}
	}
	r := newObject(routes, "routes")
	for _, p := range c.table {
		if p.genesis == nil {
			continue
		}
		if err := p.genesis(c, r.get(p.name)); err != nil {
			return nil, err
		}
	}
	if err := r.done(); err != nil {
		return nil, err
	}
	c.genesisHeader(time, protocol)
	return c, nil
}

func (c *Chain) genesisParams(v value, protocol uint64) error {
	if v == nil {
		v = map[string]value{}
	}
	o := newObject(v, "params")
	c.State.Set(key(routeParams, 5), uint64Value(protocol))
	c.params = map[string]uint64{}
	for i := range parameters {
		p := &parameters[i]
		c.params[p.name] = p.def
		if s := o.text(p.name); s != "" {
			n, ok := p.parse(s)
			if !ok {
				o.fail("give %s as %q", p.name, s)
			}
			c.params[p.name] = n
		}
		c.setParam(p.name, c.params[p.name], 0)
	}
	if o.err == nil && !allowed(c.params) {
		o.fail("are out of bounds")
	}
	c.stamp()
	return o.done()
}

// entry is an address with an amount, as sections of the file list them.
type entry struct {
	a      wire.Address
	amount num.Int
}

// entries reads a section of one list; no address stands twice, no amount is
// zero, the sum is below 2¹⁰⁰.
func entries(v value, section, name string) (out []entry, sum num.Int, err error) {
	if v == nil {
		return nil, sum, nil
	}
	o := newObject(v, section)
	seen := map[wire.Address]bool{}
	for _, it := range o.list(name) {
		e := newObject(it, section)
		a := e.address("address")
		n, ok := num.Parse(e.text("amount"))
		if !ok || n.IsZero() || seen[a] {
			e.fail("has an account twice, or no amount")
		}
		if err := e.done(); err != nil {
			return nil, sum, err
		}
		seen[a] = true
		out = append(out, entry{a, n})
		sum = sum.Add(n)
	}
	if sum.BitLen() > 100 {
		o.fail("adds up to too much")
	}
	return out, sum, o.done()
}

func (c *Chain) genesisBank(v value) error {
	list, sum, err := entries(v, "bank", "balances")
	for _, e := range list {
		c.setAccount(e.a, account{balance: e.amount})
	}
	c.setBooks(key(routeBank, 2), books{genesis: sum})
	c.setAmount(key(routeBank, 4), num.U(c.param("fees.base_min")))
	return err
}

func (c *Chain) genesisRep(v value) error {
	list, sum, err := entries(v, "rep", "holders")
	for _, e := range list {
		if e.a == incinerator {
			return fmt.Errorf("%w: the incinerator holds REP", ErrGenesis)
		}
		c.setHolder(wREP, e.a, holder{balance: e.amount})
	}
	c.setBooks(key(routeRep, 2, wREP), books{genesis: sum})
	c.setAmount(key(routeRep, 4), sum)
	return err
}

func (c *Chain) genesisAvailability(v value) error {
	if v == nil {
		v = map[string]value{}
	}
	o := newObject(v, "availability")
	bench, asc := o.list("bench"), o.list("asc")
	if err := o.done(); err != nil {
		return err
	}
	for _, it := range bench {
		if err := c.genesisSeat(it); err != nil {
			return err
		}
	}
	c.freeze(0, 1, c.Draft)
	first, _ := c.terms(0)
	c.freeze(1, first.last()+1, c.Genesis)
	if r, _ := c.roster(0); len(r.Members) == 0 {
		return fmt.Errorf("%w: the roster is empty", ErrGenesis)
	}
	for _, it := range asc {
		if err := c.genesisContract(it); err != nil {
			return err
		}
	}
	c.fixList(0)
	c.noteList(0)
	t, _ := c.terms(0)
	t.seed = wire.Sum([]byte("genesis"), c.Genesis[:])
	c.setTerms(0, t)
	return nil
}

func (c *Chain) genesisSeat(v value) error {
	o := newObject(v, "bench")
	a := o.address("account")
	var m benchMsg
	o.fixed("key", m.key[:])
	m.network = o.hex("network")
	for _, k := range o.list("escrow") {
		s, _ := k.(string)
		var h wire.Hash
		copy(h[:], o.unhex("escrow", s))
		m.escrow = append(m.escrow, h)
	}
	m.possession = o.hex("possession")
	o.fixed("signature", m.proof[:])
	if err := o.done(); err != nil {
		return err
	}
	if _, twice := c.seat(a); twice {
		return fmt.Errorf("%w: %s sits twice", ErrGenesis, a)
	}
	if err := c.sit(a, m, c.Draft); err != nil {
		return fmt.Errorf("%w: bench of %s: %w", ErrGenesis, a, err)
	}
	return nil
}

func (c *Chain) genesisContract(v value) error {
	o := newObject(v, "asc")
	a := o.address("account")
	m := registerMsg{weight: o.uint("weight"), commitment: o.hex("commitment"), salts: o.uint("salts")}
	o.fixed("key", m.key[:])
	o.fixed("signature", m.proof[:])
	dealings := o.list("dealings")
	if t, _ := c.terms(0); t.scheme == schemeRecoverable {
		var all [][]byte
		for _, d := range dealings {
			s, _ := d.(string)
			all = append(all, o.unhex("dealings", s))
		}
		m.commitment, m.salts = bytes.Join(all, nil), uint64(len(all))
	}
	if err := o.done(); err != nil {
		return err
	}
	if err := c.enter(a, m, c.Draft); err != nil {
		return fmt.Errorf("%w: asc of %s: %w", ErrGenesis, a, err)
	}
	return nil
}

func (c *Chain) genesisHeader(time, protocol uint64) {
	var empty wire.Body
	h := wire.Header{Version: protocol, Parent: c.Genesis, Time: time, BaseFee: c.baseFee()}
	h.TxRoot, h.VotesRoot, h.ViewsRoot = empty.Roots()
	t, _ := c.terms(0)
	h.Seed = t.seed
	r0, _ := c.digest(0)
	r1, _ := c.digest(1)
	h.RosterHash, h.NextRosterHash = r0.roster, r1.roster
	h.StateRoot = c.Root()
	c.Head, c.Digest = h, h.Digest()
	c.State.Settle()
	c.rosters = map[uint64]*wire.Roster{}
}

// Text is a value of the state for people: hex, and what of it is readable.
func Text(v []byte, ok bool) string {
	if !ok {
		return "absent"
	}
	return fmt.Sprintf("0x%x", v)
}
