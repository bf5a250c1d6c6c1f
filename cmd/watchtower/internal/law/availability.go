package law

import (
	"strconv"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/escrow"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// unit is one whole REP in base units; maxWeight bounds sums of weights.
const (
	unit      = 1_000_000_000
	maxWeight = 1 << 62
	maxSalts  = 65_536
	maxEscrow = 1024
)

// seat is an account's place on the bench (availability §1).
type seat struct {
	key     wire.Key
	network []byte
	escrow  []wire.Hash
}

func (c *Chain) seat(a wire.Address) (s seat, ok bool) {
	raw, ok := c.State.Get(key(routeAvailability, 1, a))
	if ok {
		read(raw, "seat", func(d *cbor.Dec) {
			d.Array(3)
			s.key = wire.DecKey(d)
			s.network = d.Bytes()
			s.escrow = decHashes(d)
		})
	}
	return s, ok
}

func decHashes(d *cbor.Dec) (out []wire.Hash) {
	n := d.Len()
	for i := 0; i < n && d.Err() == nil; i++ {
		out = append(out, wire.DecHash(d))
	}
	return out
}

func encHashes(e *cbor.Enc, h []wire.Hash) {
	e.Array(len(h))
	for i := range h {
		e.Bytes(h[i][:])
	}
}

// owner is the account under a key of the state that holds an address.
func (c *Chain) owner(k string) (a wire.Address, ok bool) {
	raw, ok := c.State.Get(k)
	if ok {
		read(raw, "owner", func(d *cbor.Dec) { a = wire.DecAddress(d) })
	}
	return a, ok
}

func (c *Chain) setOwner(k string, a wire.Address) {
	c.State.Set(k, enc(func(e *cbor.Enc) { e.Bytes(a[:]) }))
}

func (c *Chain) convicted(a wire.Address) bool {
	_, ok := c.State.Get(key(routeAvailability, 4, a))
	return ok
}

// conduct is an account's misses (availability §6).
type conduct struct {
	misses uint64
	jailed bool
}

func (c *Chain) conduct(a wire.Address) (s conduct) {
	if raw, ok := c.State.Get(key(routeAvailability, 3, a)); ok {
		read(raw, "conduct", func(d *cbor.Dec) {
			d.Array(2)
			s = conduct{d.U64(), d.Bool()}
		})
	}
	return s
}

func (c *Chain) setConduct(a wire.Address, s conduct) {
	if s == (conduct{}) {
		c.State.Delete(key(routeAvailability, 3, a))
		return
	}
	c.State.Set(key(routeAvailability, 3, a), enc(func(e *cbor.Enc) { e.Array(2).Uint(s.misses).Bool(s.jailed) }))
}

// miss and serve are what a view does to its producer's conduct.
func (c *Chain) miss(a wire.Address) {
	if s := c.conduct(a); !s.jailed {
		s.misses++
		s.jailed = s.misses >= c.param("jail.misses")
		c.setConduct(a, s)
	}
}

func (c *Chain) serve(a wire.Address) {
	if !c.conduct(a).jailed {
		c.setConduct(a, conduct{})
	}
}

// benchMsg is the message bench.
type benchMsg struct {
	seat
	possession []byte
	proof      wire.Signature
}

// sit checks and stores a seat; bound stands for the genesis hash.
func (c *Chain) sit(from wire.Address, m benchMsg, bound wire.Hash) error {
	payload := enc(func(e *cbor.Enc) {
		e.Array(4).Bytes(from[:]).Bytes(m.key[:]).Bytes(m.network)
		encHashes(e, m.escrow)
	})
	switch o, taken := c.owner(key(routeAvailability, 2, m.key)); {
	case c.convicted(from):
		return refused("convicted")
	case len(m.network) != 32:
		return refused("no network identity")
	case c.balance(wREP, from).Less(num.U(c.param("bench.min"))):
		return refused("not enough wREP")
	case taken && o != from:
		return refused("the key belongs to another account")
	case !wire.Verify(m.key, "bench", bound, payload, m.proof):
		return refused("the key's proof does not hold")
	}
	if len(m.escrow) == 0 {
		if len(m.possession) != 0 || c.param("beacon.scheme") == schemeRecoverable {
			return refused("no escrow keys")
		}
	} else if err := c.checkEscrow(from, m, bound); err != nil {
		return err
	}
	c.setOwner(key(routeAvailability, 2, m.key), from)
	for _, k := range m.escrow {
		c.setOwner(key(routeAvailability, 10, wire.Sum(k[:])), from)
	}
	c.State.Set(key(routeAvailability, 1, from), enc(func(e *cbor.Enc) {
		e.Array(3).Bytes(m.key[:]).Bytes(m.network)
		encHashes(e, m.escrow)
	}))
	return nil
}

func (c *Chain) checkEscrow(from wire.Address, m benchMsg, bound wire.Hash) error {
	if n := uint64(len(m.escrow)); n < (4*c.param("bench.max")+2)/3 || n > maxEscrow {
		return refused("%d escrow keys", n)
	}
	seen := map[wire.Hash]bool{}
	for _, k := range m.escrow {
		if o, ok := c.owner(key(routeAvailability, 10, wire.Sum(k[:]))); seen[k] || ok && o != from {
			return refused("an escrow key is doubled or another's")
		}
		seen[k] = true
	}
	if !escrow.Possession(m.escrow, bound, from, m.possession) {
		return refused("possession does not hold")
	}
	return nil
}

// registration is what an account puts behind being drawn (state §4, region 5).
type registration struct {
	key        wire.Key
	weight     uint64
	commitment []byte
	salts      uint64
}

func decRegistration(raw []byte) (r registration) {
	read(raw, "registration", func(d *cbor.Dec) {
		d.Array(4)
		r = registration{wire.DecKey(d), d.U64(), d.Bytes(), d.U64()}
	})
	return r
}

func (c *Chain) registration(epoch uint64, a wire.Address) (registration, bool) {
	raw, ok := c.State.Get(key(routeAvailability, 5, epoch, a))
	if !ok {
		return registration{}, false
	}
	return decRegistration(raw), true
}

func (c *Chain) setRegistration(epoch uint64, a wire.Address, r registration) {
	c.State.Set(key(routeAvailability, 5, epoch, a), enc(func(e *cbor.Enc) {
		e.Array(4).Bytes(r.key[:]).Uint(r.weight).Bytes(r.commitment).Uint(r.salts)
	}))
}

// registerMsg is the message register.
type registerMsg struct {
	epoch, weight uint64
	key           wire.Key
	commitment    []byte
	salts         uint64
	proof         wire.Signature
}

// registering reports whether contracts for an epoch are registered now.
func (c *Chain) registering(epoch uint64) error {
	now, ok1 := c.terms(c.h.Epoch)
	_, ok2 := c.terms(epoch)
	switch {
	case !ok1 || !ok2 || epoch != c.h.Epoch+1:
		return refused("another epoch")
	case c.h.View > now.deadline():
		return refused("too late")
	}
	return nil
}

// enter registers a contract; bound stands for the genesis hash.
func (c *Chain) enter(from wire.Address, m registerMsg, bound wire.Hash) error {
	t, _ := c.terms(m.epoch) // the caller has seen it
	_, have := c.registration(m.epoch, from)
	o, taken := c.owner(key(routeAvailability, 2, m.key))
	hashed := t.scheme == schemeHashed
	payload := enc(func(e *cbor.Enc) {
		e.Array(6).Bytes(from[:]).Uint(m.epoch).Uint(m.weight).Bytes(m.key[:]).Bytes(m.commitment).Uint(m.salts)
	})
	whole := num.U(m.weight).Mul(num.U(unit))
	switch {
	case c.convicted(from):
		return refused("convicted")
	case have:
		return refused("registered already")
	case m.weight >= maxWeight || whole.Less(num.U(c.param("asc.min"))):
		return refused("too little weight")
	case hashed && !(m.salts == 0 && len(m.commitment) == 0 || m.salts >= 1 && m.salts <= maxSalts && len(m.commitment) == 32):
		return refused("no commitment of the hashed scheme")
	case taken && o != from:
		return refused("the key belongs to another account")
	case !wire.Verify(m.key, "asc", bound, payload, m.proof):
		return refused("the key's proof does not hold")
	}
	until := t.last() + c.exitDelay()
	if err := c.lock(from, "asc/"+strconv.FormatUint(m.epoch, 10), whole, until); err != nil {
		return err
	}
	r := registration{key: m.key, weight: m.weight}
	if hashed {
		r.commitment, r.salts = m.commitment, m.salts
	} else if err := c.deal(from, m.epoch, &r, m.commitment, m.salts); err != nil {
		return err
	}
	c.setOwner(key(routeAvailability, 2, m.key), from)
	c.setRegistration(m.epoch, from, r)
	return nil
}

// deal checks and stores dealings for the salts after those that the
// registration has (availability §2).
func (c *Chain) deal(from wire.Address, epoch uint64, r *registration, commitment []byte, salts uint64) error {
	t, _ := c.terms(epoch)
	roster, _ := c.roster(epoch)
	tickets := roster.Tickets()
	if r.salts+salts > maxSalts {
		return refused("too many salts")
	}
	if len(tickets) == 0 {
		if len(commitment) != 0 || salts != 0 {
			return refused("the roster has no tickets")
		}
		return nil
	}
	size := escrow.Size(len(tickets))
	if uint64(len(commitment)) != salts*uint64(size) {
		return refused("%d bytes of dealings", len(commitment))
	}
	place := escrow.Place{Bound: t.bound, Epoch: epoch, ASC: contractID(epoch, from), Roster: roster.Hash()}
	for i := uint64(0); i < salts; i++ {
		d := commitment[int(i)*size : int(i+1)*size]
		place.Number = uint32(r.salts + i)
		if !c.Trust.Dealings && !escrow.Check(place, tickets, d) {
			return refused("dealing %d does not hold", i)
		}
	}
	for i := uint64(0); i < salts; i++ {
		d := commitment[int(i)*size : int(i+1)*size]
		c.State.Set(key(routeAvailability, 11, epoch, from, r.salts+i), enc(func(e *cbor.Enc) { e.Bytes(d) }))
	}
	r.salts += salts
	return nil
}

// addSalts is the message add_salts.
func (c *Chain) addSalts(from wire.Address, epoch uint64, commitment []byte, salts uint64) error {
	if err := c.registering(epoch); err != nil {
		return err
	}
	t, _ := c.terms(epoch)
	r, ok := c.registration(epoch, from)
	switch {
	case t.scheme == schemeHashed:
		return refused("a hash chain commits to all its salts at once")
	case !ok:
		return refused("no contract")
	case salts == 0:
		return refused("no salts")
	}
	if err := c.deal(from, epoch, &r, commitment, salts); err != nil {
		return err
	}
	c.setRegistration(epoch, from, r)
	return nil
}

func (c *Chain) exitDelay() uint64 { return 2*c.param("epoch.blocks") + c.param("evidence.window") }

// availabilityMsg decodes a message of availability.
func (c *Chain) availabilityMsg(id uint64, d *cbor.Dec) func(from wire.Address) error {
	switch id {
	case 1:
		d.Array(5)
		m := benchMsg{seat: seat{key: wire.DecKey(d), network: d.Bytes(), escrow: decHashes(d)}}
		m.possession, m.proof = d.Bytes(), wire.DecSignature(d)
		return func(from wire.Address) error { return c.sit(from, m, c.Genesis) }
	case 2:
		d.Array(0)
		return func(from wire.Address) error {
			if _, ok := c.seat(from); !ok {
				return refused("not on the bench")
			}
			c.State.Delete(key(routeAvailability, 1, from))
			return nil
		}
	case 3:
		d.Array(6)
		m := registerMsg{epoch: d.U64(), weight: d.U64(), key: wire.DecKey(d), commitment: d.Bytes()}
		m.salts, m.proof = d.Uint(1<<32-1), wire.DecSignature(d)
		return func(from wire.Address) error {
			if err := c.registering(m.epoch); err != nil {
				return err
			}
			return c.enter(from, m, c.Genesis)
		}
	case 4:
		d.Array(3)
		epoch, commitment := d.U64(), d.Bytes()
		salts := d.Uint(1<<32 - 1)
		return func(from wire.Address) error { return c.addSalts(from, epoch, commitment, salts) }
	case 5:
		d.Array(0)
		return func(from wire.Address) error {
			if !c.conduct(from).jailed {
				return refused("not jailed")
			}
			c.setConduct(from, conduct{})
			return nil
		}
	case 6:
		d.Array(1)
		protocol := d.Uint(1<<32 - 1)
		return func(from wire.Address) error { return c.signal(from, protocol) }
	case 7, 8:
		return c.plannedMsg(id, d)
	}
	return nil
}

// beginAvailability checks place and records and does what views do
// (availability §5).
func (c *Chain) beginAvailability() error {
	s, h := c.sched, c.h
	p := c.from()
	n := h.View - p - 1
	for i := range c.body.Views[n:] {
		if v := &c.body.Views[int(n)+i]; v.Nullification != nil || len(v.Salt) != 0 {
			return invalid("views", "a late addition with a nullification or a salt")
		}
	}
	t, _ := c.turn(s, h.View)
	if c.convicted(t.contract.producer) {
		return invalid("asc", "the producer is convicted")
	}
	if _, ok := c.list(h.Epoch + 1); !ok && h.View > s.terms.deadline() {
		c.fixList(h.Epoch + 1)
	}
	for v := p + 1; v < h.View; v++ {
		missed, _ := c.turn(s, v)
		c.miss(missed.contract.producer)
	}
	c.serve(t.contract.producer)
	return nil
}

// from is the parent's view in the block's epoch; 0 for its first block.
func (c *Chain) from() uint64 {
	if c.h.Height == c.sched.terms.first {
		return 0
	}
	return c.h.ParentView
}
