package law

import (
	"bytes"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/draw"
	"probity/cmd/watchtower/internal/escrow"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Schemes of the beacon, and ways of selection (execution §5).
const (
	schemeHashed      = 1
	schemeRecoverable = 2
	selectionCycle    = 1
)

// contract is an ASC (availability §2).
type contract struct {
	id         wire.Hash
	producer   wire.Address
	key        wire.Key
	weight     uint64
	commitment []byte
	salts      uint64
}

func (a *contract) encode() []byte {
	return enc(func(e *cbor.Enc) {
		e.Array(6).Bytes(a.id[:]).Bytes(a.producer[:]).Bytes(a.key[:]).Uint(a.weight).Bytes(a.commitment).Uint(a.salts)
	})
}

func decContract(d *cbor.Dec) *contract {
	d.Array(6)
	a := &contract{id: wire.DecHash(d), producer: wire.DecAddress(d), key: wire.DecKey(d), weight: d.U64(), commitment: d.Bytes()}
	a.salts = d.Uint(1<<32 - 1)
	return a
}

// contractID is the id of an account's contract for an epoch.
func contractID(epoch uint64, a wire.Address) wire.Hash {
	return wire.Sum([]byte("asc"), uint64Value(epoch), a[:])
}

// terms are what an epoch was frozen with (availability §3).
type terms struct {
	first, blocks, lead, scheme, selection, stride, interval uint64
	bound, seed                                              wire.Hash
}

func (t *terms) last() uint64     { return t.first + t.blocks - 1 }
func (t *terms) deadline() uint64 { return t.blocks - min(t.lead, t.blocks) }

func (c *Chain) terms(epoch uint64) (*terms, bool) {
	raw, ok := c.State.Get(key(routeAvailability, 8, epoch))
	if !ok {
		return nil, false
	}
	t := &terms{}
	read(raw, "terms", func(d *cbor.Dec) {
		d.Array(9)
		t.first, t.blocks, t.lead, t.scheme, t.selection, t.stride, t.interval = d.U64(), d.U64(), d.U64(), d.U64(), d.U64(), d.U64(), d.U64()
		t.bound, t.seed = wire.DecHash(d), wire.DecHash(d)
	})
	return t, true
}

func (c *Chain) setTerms(epoch uint64, t *terms) {
	c.State.Set(key(routeAvailability, 8, epoch), enc(func(e *cbor.Enc) {
		e.Array(9).Uint(t.first).Uint(t.blocks).Uint(t.lead).Uint(t.scheme).Uint(t.selection).Uint(t.stride).Uint(t.interval)
		e.Bytes(t.bound[:]).Bytes(t.seed[:])
	}))
}

func (c *Chain) roster(epoch uint64) (*wire.Roster, bool) {
	raw, ok := c.State.Get(key(routeAvailability, 6, epoch))
	if !ok {
		return nil, false
	}
	r := c.rosters[epoch]
	if r == nil {
		read(raw, "roster", func(d *cbor.Dec) { r = wire.DecRoster(d) })
		c.rosters[epoch] = r
	}
	return r, true
}

func (c *Chain) setRoster(r *wire.Roster, epoch uint64) {
	c.State.Set(key(routeAvailability, 6, epoch), r.Encode())
}

func (c *Chain) list(epoch uint64) (out []*contract, ok bool) {
	raw, ok := c.State.Get(key(routeAvailability, 7, epoch))
	if !ok {
		return nil, false
	}
	read(raw, "list", func(d *cbor.Dec) {
		d.Array(2)
		for i := d.Len(); i > 0; i-- {
			out = append(out, decContract(d))
		}
		d.Bool()
	})
	return out, true
}

// digest is what outlasts a plan (availability §3).
type digest struct {
	roster, list wire.Hash
	contracts    uint64
	until        uint64
}

func (c *Chain) digest(epoch uint64) (g digest, ok bool) {
	raw, ok := c.State.Get(key(routeAvailability, 9, epoch))
	if ok {
		read(raw, "digest", func(d *cbor.Dec) {
			d.Array(4)
			g = digest{wire.DecHash(d), wire.DecHash(d), d.U64(), d.U64()}
		})
	}
	return g, ok
}

func (c *Chain) setDigest(epoch uint64, g digest) {
	c.State.Set(key(routeAvailability, 9, epoch), enc(func(e *cbor.Enc) {
		e.Array(4).Bytes(g.roster[:]).Bytes(g.list[:]).Uint(g.contracts).Uint(g.until)
	}))
}

// turn is what is known of one view: who serves it, and the seeds before and
// after it.
type turn struct {
	contract      *contract
	salted        bool
	number        uint64 // of the salt
	before, after wire.Hash
}

// schedule gives the turns of an epoch in order, as salts open (selection §6,
// beacon §2).
type schedule struct {
	epoch   uint64
	terms   *terms
	roster  *wire.Roster
	hash    wire.Hash // of the roster
	list    []*contract
	weights []uint64
	cycle   *draw.Cycle
	used    map[wire.Hash]uint64 // turns by contract that count for j
	r       wire.Hash            // R of the last opened view
	turns   []turn               // opened; turns[0] is of view 1
	next    *turn                // of the view after these
}

// schedule of an epoch whose plan is complete, with the salts of the state.
func (c *Chain) schedule(epoch uint64) (*schedule, bool) {
	if s := c.schedules[epoch]; s != nil {
		return s, true
	}
	t, ok1 := c.terms(epoch)
	r, ok2 := c.roster(epoch)
	l, ok3 := c.list(epoch)
	if !ok1 || !ok2 || !ok3 || t.seed == (wire.Hash{}) {
		return nil, false
	}
	s := &schedule{epoch: epoch, terms: t, roster: r, hash: r.Hash(), list: l, r: t.seed, used: map[wire.Hash]uint64{}}
	for _, a := range l {
		s.weights = append(s.weights, a.weight)
	}
	if t.selection == selectionCycle {
		s.cycle = draw.NewCycle(s.weights, t.blocks)
	}
	c.schedules[epoch] = s
	return s, true
}

// upcoming is the turn of the view after those that are open.
func (s *schedule) upcoming() *turn {
	if s.next != nil {
		return s.next
	}
	var i int
	if s.cycle != nil {
		i = s.cycle.Draw(s.r)
	} else {
		i = draw.Lottery(s.weights, s.r)
	}
	a, view := s.list[i], uint64(len(s.turns)+1)
	t := &turn{contract: a, before: s.r}
	counts := s.terms.scheme == schemeHashed || view%s.terms.stride == 0
	t.number = s.used[a.id]
	t.salted = view%s.terms.stride == 0 && len(a.commitment) > 0 && t.number < a.salts
	if counts {
		s.used[a.id]++
	}
	s.next = t
	return t
}

// open adds the turn of the next view; salt is what enters the seed.
func (s *schedule) open(salt []byte) *turn {
	t := s.upcoming()
	view := uint64(len(s.turns) + 1)
	t.after = wire.Sum([]byte("seed"), t.before[:], wire.Be64(view), salt)
	s.r = t.after
	s.turns = append(s.turns, *t)
	s.next = nil
	return t
}

// at is the turn of a view that is open, or the next to be: under the hashed
// beacon all are known, and evidence may have opened some ahead.
func (s *schedule) at(view uint64) *turn {
	if view <= uint64(len(s.turns)) {
		return &s.turns[view-1]
	}
	return s.upcoming()
}

// openAt opens the view where it is not open.
func (s *schedule) openAt(view uint64, salt []byte) *turn {
	if view <= uint64(len(s.turns)) {
		return &s.turns[view-1]
	}
	return s.open(salt)
}

// reach opens views up to view with what the state holds; false where a salt
// is missing.
func (c *Chain) reach(s *schedule, view uint64) bool {
	for uint64(len(s.turns)) < view {
		t := s.upcoming()
		var salt []byte
		if t.salted && s.terms.scheme == schemeRecoverable {
			raw, ok := c.State.Get(key(routeAvailability, 12, s.epoch, len(s.turns)+1))
			if !ok {
				return false
			}
			read(raw, "salt", func(d *cbor.Dec) { salt = d.Bytes() })
		}
		s.open(salt)
	}
	return true
}

// turn is what is known of a view, where its seeds are within reach.
func (c *Chain) turn(s *schedule, view uint64) (*turn, bool) {
	if view == 0 || !c.reach(s, view) {
		return nil, false
	}
	return &s.turns[view-1], true
}

// place of a turn's salt (beacon §6).
func (s *schedule) place(t *turn) escrow.Place {
	return escrow.Place{Bound: s.terms.bound, Epoch: s.epoch, ASC: t.contract.id, Number: uint32(t.number), Roster: s.hash}
}

// dealing of a turn's salt, from the state.
func (c *Chain) dealing(s *schedule, t *turn) (b []byte) {
	if raw, ok := c.State.Get(key(routeAvailability, 11, s.epoch, t.contract.producer, t.number)); ok {
		read(raw, "dealing", func(d *cbor.Dec) { b = d.Bytes() })
	}
	return b
}

// revealed checks a header's reveal of a turn, and gives the salt that enters
// the seed (beacon §8, §10).
func (c *Chain) revealed(s *schedule, t *turn, reveal []byte) (salt []byte, ok bool) {
	switch {
	case !t.salted:
		return nil, len(reveal) == 0
	case s.terms.scheme == schemeHashed:
		return nil, len(reveal) == 32 && bytes.Equal(chainUp(reveal, t.number+1), t.contract.commitment)
	}
	return escrow.Reveal(s.place(t), c.dealing(s, t), reveal)
}

// chainUp is Lⁿ of a salt (beacon §10).
func chainUp(x []byte, n uint64) []byte {
	for ; n > 0; n-- {
		h := wire.Sum([]byte("salt"), x)
		x = h[:]
	}
	return x
}

// skipped checks what a record of a skipped view opens, and gives its salt.
func (c *Chain) skipped(s *schedule, t *turn, rec *wire.ViewRecord) (salt []byte, ok bool) {
	attachment := rec.Nullification.Attachment
	if !t.salted || s.terms.scheme == schemeHashed {
		return nil, len(attachment) == 0 && len(rec.Salt) == 0
	}
	o, err := escrow.DecodeOpening(attachment)
	if err != nil {
		return nil, false
	}
	salt, ok = o.Open(s.place(t), s.roster.Tickets(), c.dealing(s, t))
	return salt, ok && bytes.Equal(salt, rec.Salt)
}

// weigh is the weight of the members of a bitmap.
func weigh(r *wire.Roster, members []int) (w num.Int) {
	for _, i := range members {
		w = w.Add(num.U(r.Members[i].Weight))
	}
	return w
}
