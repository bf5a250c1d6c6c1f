package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Bounds of pools (pools §2, §3).
const (
	window      = 16
	maxRefused  = 8
	postedFor   = 1024
	baseRoster  = 1
	modeSampled = 2
)

// approval is what one producer has included.
type approval struct {
	by      wire.Address
	signers []byte
}

// ballot is a question with the votes on it (state §4, route 6).
type ballot struct {
	epoch, view uint64
	digest      wire.Hash
	producer    wire.Address
	encumbered  num.Int
	seed        wire.Hash
	rules       rules
	approvals   []approval
	rejects     []byte
}

// rules are the parameters that a pool settles by.
type rules struct{ poster, includer, stake, base, sample uint64 }

func (b *ballot) encode(e *cbor.Enc) {
	e.Array(9).Uint(b.epoch).Uint(b.view).Bytes(b.digest[:]).Bytes(b.producer[:])
	wire.Amount(e, b.encumbered)
	e.Bytes(b.seed[:]).Array(5).Uint(b.rules.poster).Uint(b.rules.includer).Uint(b.rules.stake).Uint(b.rules.base).Uint(b.rules.sample)
	e.Array(len(b.approvals))
	for _, a := range b.approvals {
		e.Array(2).Bytes(a.by[:]).Bytes(a.signers)
	}
	e.Bytes(b.rejects)
}

func decBallot(d *cbor.Dec) *ballot {
	d.Array(9)
	b := &ballot{epoch: d.U64(), view: d.U64(), digest: wire.DecHash(d), producer: wire.DecAddress(d), encumbered: wire.DecAmount(d), seed: wire.DecHash(d)}
	d.Array(5)
	b.rules = rules{d.U64(), d.U64(), d.U64(), d.U64(), d.U64()}
	for i := d.Len(); i > 0 && d.Err() == nil; i-- {
		d.Array(2)
		b.approvals = append(b.approvals, approval{wire.DecAddress(d), d.Bytes()})
	}
	b.rejects = d.Bytes()
	return b
}

// blockPool is the pool of a block.
type blockPool struct {
	ballot *ballot
	from   uint64
	mint   num.Int
	author wire.Hash
	share  num.Int
}

func (c *Chain) blockPool(height uint64) *blockPool {
	raw, ok := c.State.Get(key(routePool, 1, height))
	if !ok {
		return nil
	}
	p := &blockPool{}
	read(raw, "pool", func(d *cbor.Dec) {
		d.Array(5)
		p.ballot, p.from, p.mint, p.author, p.share = decBallot(d), d.U64(), wire.DecAmount(d), wire.DecHash(d), wire.DecAmount(d)
	})
	return p
}

func (c *Chain) setBlockPool(height uint64, p *blockPool) {
	c.State.Set(key(routePool, 1, height), enc(func(e *cbor.Enc) {
		e.Array(5)
		p.ballot.encode(e)
		e.Uint(p.from)
		wire.Amount(e, p.mint)
		e.Bytes(p.author[:])
		wire.Amount(e, p.share)
	}))
}

// ballotNow is a ballot of a turn by the rules in force.
func (c *Chain) ballotNow(epoch, view uint64, t *turn) *ballot {
	b := &ballot{
		epoch: epoch, view: view, producer: t.contract.producer, seed: t.after,
		encumbered: num.U(t.contract.weight).Mul(num.U(unit)),
		rules:      rules{c.param("pool.poster_ppm"), c.param("pool.includer_ppm"), c.param("pool.stake_ppm"), c.param("pool.base"), 0},
	}
	if c.param("bench.mode") == modeSampled {
		b.rules.sample = c.param("bench.sample")
	}
	return b
}

// cap is C − E and E of a block (economy §4.2); ok is false without a cap.
func (c *Chain) mintCap() (block, entry num.Int, ok bool) {
	rate := c.param("rep.year_cap_ppm")
	if rate == 0 {
		return block, entry, false
	}
	s := c.amount(key(routeRep, 4))
	all := s.Mul(num.U(rate)).Mul(num.U(c.sched.terms.interval)).Div(num.U(1e6).Mul(num.U(31_536_000_000)))
	entry = all.PPM(c.param("pool.entry_ppm"))
	return all.Sub(entry), entry, true
}

// openBlockPool opens the pool of the running block (pools §1).
func (c *Chain) openBlockPool() {
	t, _ := c.turn(c.sched, c.h.View)
	p := &blockPool{ballot: c.ballotNow(c.h.Epoch, c.h.View, t), from: c.from()}
	p.mint = c.fees.Add(num.U(c.param("reward.block"))).PPM(c.param("rep.mint_ratio"))
	if most, _, ok := c.mintCap(); ok {
		p.mint = num.Min(p.mint, most)
	}
	if raw, ok := c.State.Get(key(routePool, 3)); ok {
		read(raw, "work contract", func(d *cbor.Dec) { p.author = wire.DecHash(d) })
		p.share = p.mint.PPM(c.param("wsc.author_ppm"))
		p.mint = p.mint.Sub(p.share)
	}
	c.setBlockPool(c.h.Height, p)
}

// include adds a certificate's signers to a ballot (pools §2).
func (c *Chain) include(b *ballot, cert *wire.Certificate, by wire.Address) error {
	if len(cert.Attachment) != 0 {
		return invalid("votes", "an attachment")
	}
	members, err := c.certified(cert)
	if err != nil {
		return err
	}
	if len(members) == 0 {
		return invalid("votes", "nobody has signed")
	}
	side := func(signers []byte) error {
		for i := range signers {
			if i < len(cert.Signers) && signers[i]&cert.Signers[i] != 0 {
				return invalid("votes", "a signer is included twice")
			}
		}
		return nil
	}
	join := func(old []byte) []byte {
		out := append([]byte{}, cert.Signers...)
		for i := range old {
			out[i] |= old[i]
		}
		return out
	}
	if cert.Statement.Kind == wire.Reject {
		if err := side(b.rejects); err != nil {
			return err
		}
		b.rejects = join(b.rejects)
		return nil
	}
	mine := -1
	for i, a := range b.approvals {
		if err := side(a.signers); err != nil {
			return err
		}
		if a.by == by {
			mine = i
		}
	}
	if mine < 0 {
		b.approvals = append(b.approvals, approval{by, cert.Signers})
	} else {
		b.approvals[mine].signers = join(b.approvals[mine].signers)
	}
	return nil
}

// certified checks bitmap and signatures of a certificate by the roster of its
// epoch, and lists its signers.
func (c *Chain) certified(cert *wire.Certificate) ([]int, error) {
	r, ok := c.roster(cert.Statement.Epoch)
	if !ok {
		return nil, invalid("votes", "no roster of epoch %d", cert.Statement.Epoch)
	}
	members, ok := cert.Members(len(r.Members))
	if !ok {
		return nil, invalid("votes", "bitmap and signatures do not fit the roster")
	}
	if s := cert.Statement; (s.Kind == wire.Nullify) != (s.Digest == wire.Hash{}) {
		return nil, invalid("votes", "a statement that is not well-formed")
	}
	for i, m := range members {
		if !c.Trust.Signatures && !cert.Statement.Verify(r.Members[m].Key, c.Genesis, cert.Signatures[i]) {
			return nil, invalid("votes", "the signature of member %d does not hold", m)
		}
	}
	return members, nil
}

// quorum is certified, with a quorum of weight.
func (c *Chain) quorum(cert *wire.Certificate) error {
	members, err := c.certified(cert)
	if err != nil {
		return err
	}
	r, _ := c.roster(cert.Statement.Epoch)
	if weigh(r, members).Less(num.U(r.Quorum())) {
		return invalid("votes", "the certificate has no quorum")
	}
	return nil
}

// beginPool includes the votes of the body (pools §2).
func (c *Chain) beginPool() error {
	h := c.h
	t, _ := c.turn(c.sched, h.View)
	by := t.contract.producer
	if p := c.blockPool(h.Height - 1); p != nil {
		p.ballot.digest = h.Parent
		c.setBlockPool(h.Height-1, p)
	}
	votes := c.body.Votes
	if h.Height != c.sched.terms.first {
		if len(votes) == 0 {
			return invalid("votes", "the parent's certificate is missing")
		}
		s := votes[0].Statement
		if s.Kind != wire.Notarize && s.Kind != wire.Finalize || s.Epoch != h.Epoch || s.View != h.ParentView || s.Digest != h.Parent || len(votes[0].Attachment) != 0 {
			return invalid("votes", "the first is not about the parent")
		}
		if err := c.quorum(votes[0]); err != nil {
			return err
		}
		if s.Kind == wire.Finalize {
			votes = votes[1:]
		}
	}
	for _, v := range votes {
		if err := c.includeVote(v, by); err != nil {
			return err
		}
	}
	n := int(h.View - c.from() - 1)
	for i := range c.body.Views {
		rec := &c.body.Views[i]
		anchor := h.Height
		if i >= n {
			var ok bool
			if anchor, ok = c.anchor(rec); !ok || len(rec.Rejected) == 0 {
				return invalid("views", "a late addition about no view that was skipped, or without a header")
			}
		}
		for j := range rec.Rejected {
			if err := c.includeRejected(rec, &rec.Rejected[j], anchor+window-1, by); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Chain) includeVote(v *wire.Certificate, by wire.Address) error {
	s := v.Statement
	if s.Kind != wire.Notarize && s.Kind != wire.Reject {
		return invalid("votes", "neither Notarize nor Reject")
	}
	low := uint64(1)
	if c.h.Height > window {
		low = c.h.Height - window
	}
	for height := c.h.Height - 1; height >= low; height-- {
		p := c.blockPool(height)
		if p == nil || p.ballot.epoch != s.Epoch || p.ballot.view != s.View || p.ballot.digest != s.Digest {
			continue
		}
		if err := c.include(p.ballot, v, by); err != nil {
			return err
		}
		c.setBlockPool(height, p)
		return nil
	}
	return invalid("votes", "about no block of the last %d", window)
}

// anchor is the block that skipped the view of a late addition.
func (c *Chain) anchor(rec *wire.ViewRecord) (uint64, bool) {
	low := uint64(1)
	if c.h.Height >= window {
		low = c.h.Height - window + 1
	}
	for height := c.h.Height - 1; height >= low && height > 0; height-- {
		if p := c.blockPool(height); p != nil && p.ballot.epoch == rec.Epoch && p.from < rec.View && rec.View < p.ballot.view {
			return height, true
		}
	}
	return 0, false
}

// includeRejected includes the votes on a header that a skipped view had.
func (c *Chain) includeRejected(rec *wire.ViewRecord, r *wire.Rejected, due uint64, by wire.Address) error {
	h := &r.Header.Header
	s, ok := c.schedule(rec.Epoch)
	if !ok {
		return invalid("views", "no plan of epoch %d", rec.Epoch)
	}
	t, ok := c.turn(s, rec.View)
	d := h.Digest()
	switch {
	case !ok:
		return invalid("views", "view %d is not within reach", rec.View)
	case h.Epoch != rec.Epoch || h.View != rec.View || h.ASC != t.contract.id:
		return invalid("views", "a rejected header of another view or contract")
	case !c.Trust.Signatures && !(wire.Statement{Kind: wire.Propose, Epoch: h.Epoch, View: h.View, Digest: d}).Verify(t.contract.key, c.Genesis, r.Header.Signature):
		return invalid("views", "a rejected header's signature does not hold")
	case r.Rejects == nil && r.Notarizes == nil:
		return invalid("views", "a rejected header without votes")
	}
	k := key(routePool, 2, due, rec.Epoch, rec.View, d)
	var b *ballot
	if raw, ok := c.State.Get(k); ok {
		read(raw, "ballot", func(d *cbor.Dec) { b = decBallot(d) })
	} else {
		if len(c.State.Keys(key(routePool, 2, due, rec.Epoch, rec.View))) >= maxRefused {
			return invalid("views", "more than %d pools of one view", maxRefused)
		}
		b = c.ballotNow(rec.Epoch, rec.View, t)
		b.digest = d
	}
	for i, cert := range []*wire.Certificate{r.Rejects, r.Notarizes} {
		if cert == nil {
			continue
		}
		kind := uint64(wire.Reject)
		if i == 1 {
			kind = wire.Notarize
		}
		if cert.Statement != (wire.Statement{Kind: kind, Epoch: rec.Epoch, View: rec.View, Digest: d}) {
			return invalid("views", "votes about something else than the rejected header")
		}
		if err := c.include(b, cert, by); err != nil {
			return err
		}
	}
	c.State.Set(k, enc(b.encode))
	return nil
}

// endPool opens the block's pool and settles what is due (pools §3).
func (c *Chain) endPool() {
	c.openBlockPool()
	h := c.h.Height
	if h > window {
		if p := c.blockPool(h - window); p != nil {
			if !p.share.IsZero() {
				k := key(routePool, 4, p.author)
				c.setAmount(k, c.amount(k).Add(p.share))
			}
			minted := c.settleValid(p.ballot, p.mint)
			c.State.Delete(key(routePool, 1, h-window))
			c.notePosted(h-window, p.ballot, minted)
		}
	}
	for _, k := range c.State.Keys(key(routePool, 2, h)) {
		raw, _ := c.State.Get(k)
		var b *ballot
		read(raw, "ballot", func(d *cbor.Dec) { b = decBallot(d) })
		c.State.Delete(k)
		r, _ := c.roster(b.epoch)
		if members, _ := wire.Bits(b.rejects, len(r.Members)); !weigh(r, members).Less(num.U(r.Quorum())) {
			c.settleInvalid(b)
		}
	}
	c.closePools()
}

// notePosted notes a settled block, and forgets one (pools §3).
func (c *Chain) notePosted(height uint64, b *ballot, minted num.Int) {
	c.State.Set(key(routePool, 10, b.digest), enc(func(e *cbor.Enc) {
		e.Array(3).Uint(height).Bytes(b.producer[:])
		wire.Amount(e, minted)
	}))
	c.State.Set(key(routePool, 11, height), enc(func(e *cbor.Enc) { e.Bytes(b.digest[:]) }))
	if height <= postedFor {
		return
	}
	if raw, ok := c.State.Get(key(routePool, 11, height-postedFor)); ok {
		read(raw, "post", func(d *cbor.Dec) { c.State.Delete(key(routePool, 10, wire.DecHash(d))) })
		c.State.Delete(key(routePool, 11, height-postedFor))
	}
}
