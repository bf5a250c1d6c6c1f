package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Offences (evidence §1).
const (
	twoProposals = iota + 1
	twoNotarizes
	twoFinalizes
	nullifyFinalize
	notarizeFinalize
	notarizeReject
	rejectFinalize
	badHeader
)

const (
	maxPath     = 32
	aheadHashed = 1024
	aheadOther  = 8192
)

// evidence is one submission, decoded.
type evidence struct {
	votes     *voteEvidence
	proposals *proposalEvidence
	header    *headerEvidence
}

type voteEvidence struct {
	statements [2]wire.Statement
	signatures [2]wire.Signature
	member     wire.Member
	index      uint64
	size       uint64
	path       []wire.Hash
}

type contractProof struct {
	contract *contract
	index    uint64
	path     []wire.Hash
}

type proposalEvidence struct {
	headers [2]wire.SignedHeader
	proof   contractProof
}

type headerEvidence struct {
	header wire.SignedHeader
	parent *wire.Header
	proof  contractProof
}

func decPath(d *cbor.Dec) []wire.Hash {
	p := decHashes(d)
	if len(p) > maxPath {
		d.Fail("a path of %d", len(p))
	}
	return p
}

func decContractProof(d *cbor.Dec) contractProof {
	d.Array(3)
	return contractProof{decContract(d), d.U64(), decPath(d)}
}

func decEvidence(d *cbor.Dec) *evidence {
	ev, parts := &evidence{}, 0
	d.Array(3)
	if !d.Null() {
		v := &voteEvidence{}
		parts++
		d.Array(3)
		for i := range v.statements {
			d.Array(2)
			v.statements[i], v.signatures[i] = wire.DecStatement(d), wire.DecSignature(d)
		}
		d.Array(4)
		v.member, v.index, v.size, v.path = wire.DecMember(d), d.U64(), d.U64(), decPath(d)
		ev.votes = v
	}
	if !d.Null() {
		parts++
		d.Array(3)
		ev.proposals = &proposalEvidence{headers: [2]wire.SignedHeader{wire.DecSigned(d), wire.DecSigned(d)}, proof: decContractProof(d)}
	}
	if !d.Null() {
		h := &headerEvidence{}
		parts++
		d.Array(3)
		h.header = wire.DecSigned(d)
		if !d.Null() {
			p := wire.DecHeader(d)
			h.parent = &p
		}
		h.proof = decContractProof(d)
		ev.header = h
	}
	if d.Err() == nil && parts != 1 {
		d.Fail("%d kinds of evidence at once", parts)
	}
	return ev
}

// accusation is what evidence shows.
type accusation struct {
	epoch, view, offence uint64
	account              wire.Address
}

// offence names what two statements of one view convict of; 0: nothing.
func offence(a, b wire.Statement) uint64 {
	if a.Kind > b.Kind {
		a, b = b, a
	}
	same := a.Digest == b.Digest
	switch {
	case a.Kind == wire.Notarize && b.Kind == wire.Notarize && !same:
		return twoNotarizes
	case a.Kind == wire.Finalize && b.Kind == wire.Finalize && !same:
		return twoFinalizes
	case a.Kind == wire.Nullify && b.Kind == wire.Finalize:
		return nullifyFinalize
	case a.Kind == wire.Notarize && b.Kind == wire.Finalize && !same:
		return notarizeFinalize
	case a.Kind == wire.Notarize && b.Kind == wire.Reject && same:
		return notarizeReject
	case a.Kind == wire.Reject && b.Kind == wire.Finalize && same:
		return rejectFinalize
	}
	return 0
}

// judge says what evidence shows on the state as it is; an error: nothing.
func (c *Chain) judge(ev *evidence) (a accusation, err error) {
	switch {
	case ev.votes != nil:
		a, err = c.judgeVotes(ev.votes)
	case ev.proposals != nil:
		a, err = c.judgeProposals(ev.proposals)
	default:
		a, err = c.judgeHeader(ev.header)
	}
	if err != nil {
		return a, err
	}
	if _, ok := c.State.Get(key(routeEvidence, 1, a.epoch, a.view, a.account, a.offence)); ok {
		return a, refused("punished already")
	}
	if c.price(a).IsZero() {
		return a, refused("there is nothing to burn")
	}
	return a, nil
}

// heard is the digest of an epoch about which evidence is heard (§3).
func (c *Chain) heard(epoch uint64) (digest, error) {
	g, ok := c.digest(epoch)
	if !ok || c.h.Height > g.until {
		return g, refused("evidence about epoch %d is not heard", epoch)
	}
	return g, nil
}

func (c *Chain) judgeVotes(v *voteEvidence) (a accusation, err error) {
	x, y := v.statements[0], v.statements[1]
	g, err := c.heard(x.Epoch)
	if err != nil {
		return a, err
	}
	for _, s := range v.statements {
		if s.Kind < wire.Notarize || (s.Kind == wire.Nullify) != (s.Digest == wire.Hash{}) {
			return a, refused("a statement is no vote")
		}
	}
	o := offence(x, y)
	switch {
	case x.Epoch != y.Epoch || x.View != y.View || o == 0:
		return a, refused("the two do not contradict each other")
	case !rosterPath(g.roster, x.Epoch, v):
		return a, refused("the member is not proven")
	case !x.Verify(v.member.Key, c.Genesis, v.signatures[0]) || !y.Verify(v.member.Key, c.Genesis, v.signatures[1]):
		return a, refused("a signature does not hold")
	}
	return accusation{x.Epoch, x.View, o, v.member.Address}, nil
}

func (c *Chain) judgeContract(p *contractProof, g digest, headers ...*wire.SignedHeader) error {
	if !wire.MerklePath(g.list, p.contract.encode(), p.index, g.contracts, p.path) {
		return refused("the contract is not proven")
	}
	for _, s := range headers {
		h := &s.Header
		st := wire.Statement{Kind: wire.Propose, Epoch: h.Epoch, View: h.View, Digest: h.Digest()}
		if h.ASC != p.contract.id || !st.Verify(p.contract.key, c.Genesis, s.Signature) {
			return refused("a header is not signed by the contract")
		}
	}
	return nil
}

func (c *Chain) judgeProposals(v *proposalEvidence) (a accusation, err error) {
	x, y := &v.headers[0].Header, &v.headers[1].Header
	g, err := c.heard(x.Epoch)
	if err != nil {
		return a, err
	}
	if x.Epoch != y.Epoch || x.View != y.View || x.Digest() == y.Digest() {
		return a, refused("the two do not contradict each other")
	}
	if err := c.judgeContract(&v.proof, g, &v.headers[0], &v.headers[1]); err != nil {
		return a, err
	}
	return accusation{x.Epoch, x.View, twoProposals, v.proof.contract.producer}, nil
}

func (c *Chain) judgeHeader(v *headerEvidence) (a accusation, err error) {
	h := &v.header.Header
	g, err := c.heard(h.Epoch)
	if err != nil {
		return a, err
	}
	if err := c.judgeContract(&v.proof, g, &v.header); err != nil {
		return a, err
	}
	s, ok := c.schedule(h.Epoch)
	if !ok {
		return a, refused("no plan of epoch %d", h.Epoch)
	}
	wrong, err := c.wrong(s, h, v.parent)
	if err == nil && !wrong {
		err = refused("no fault is found")
	}
	return accusation{h.Epoch, h.View, badHeader, v.proof.contract.producer}, err
}

// wrong looks for a fault of a header (evidence §2).
func (c *Chain) wrong(s *schedule, h, parent *wire.Header) (bool, error) {
	if h.View == 0 || h.Height < s.terms.first || h.Height > s.terms.last() || h.RosterHash != s.hash {
		return true, nil
	}
	if next, ok := c.digest(h.Epoch + 1); ok && h.NextRosterHash != next.roster {
		return true, nil
	}
	if parent != nil {
		if parent.Digest() != h.Parent {
			return false, refused("it is not the parent")
		}
		trails := h.Height == parent.Height && h.Height == s.terms.last() && parent.Epoch == h.Epoch
		if h.Height != parent.Height+1 && !trails || parent.Epoch == h.Epoch && h.View <= parent.View ||
			!trails && h.Time < parent.Time+s.terms.interval {
			return true, nil
		}
	}
	return c.wrongTurn(s, h)
}

// wrongTurn is step 3: contract, reveal and seed of a view.
func (c *Chain) wrongTurn(s *schedule, h *wire.Header) (bool, error) {
	if h.Epoch == c.h.Epoch {
		most := c.h.View
		if s.terms.scheme == schemeHashed {
			most += aheadHashed
		}
		if h.View > most {
			return false, refused("view %d is too far ahead", h.View)
		}
	} else if h.View > aheadOther {
		return false, refused("view %d is out of reach", h.View)
	}
	if !c.reach(s, h.View-1) {
		return false, refused("view %d is not within reach", h.View)
	}
	t := *s.at(h.View)
	if h.ASC != t.contract.id {
		return true, nil
	}
	hashed := s.terms.scheme == schemeHashed
	if hashed && h.Height >= s.terms.last() {
		return h.Seed != wire.Sum([]byte("seed"), t.before[:], wire.Be64(h.View)), nil
	}
	salt, ok := c.revealed(s, &t, h.Reveal)
	if !ok {
		return true, nil
	}
	return h.Seed != wire.Sum([]byte("seed"), t.before[:], wire.Be64(h.View), salt), nil
}

// price is what an offence burns (§4).
func (c *Chain) price(a accusation) num.Int {
	b := c.balance(wREP, a.account)
	if a.offence == badHeader {
		return b.PPM(c.param("evidence.header_ppm"))
	}
	return b.PPM(c.param("evidence.slash_ppm"))
}

// punish does what evidence brings (§4, §5).
func (c *Chain) punish(from wire.Address, ev *evidence) error {
	a, err := c.judge(ev)
	if err != nil {
		return err
	}
	price := c.price(a)
	c.State.Set(key(routeEvidence, 1, a.epoch, a.view, a.account, a.offence), uint64Value(c.h.Height))
	if a.offence == badHeader {
		s := c.conduct(a.account)
		s.jailed = true
		c.setConduct(a.account, s)
	} else if !c.convicted(a.account) {
		c.State.Set(key(routeAvailability, 4, a.account), uint64Value(c.h.Height))
	}
	burned := c.burn(wREP, a.account, price)
	value := burned
	if ratio := c.param("rep.mint_ratio"); ratio != 0 {
		value = burned.Mul(num.U(1e6)).Div(num.U(ratio))
	}
	reward := num.Min(num.Min(num.U(c.param("evidence.reward")), value), c.account(treasury).balance)
	return c.pay(treasury, from, reward)
}

// boundaryEvidence forgets the punished of epochs no longer heard of (§3).
func (c *Chain) boundaryEvidence() {
	for _, k := range c.State.Keys(key(routeEvidence, 1)) {
		if _, err := c.heard(tail64(k, prefixLen)); err == nil {
			return
		}
		c.State.Delete(k)
	}
}

func rosterPath(want wire.Hash, epoch uint64, v *voteEvidence) bool {
	root, ok := wire.MerkleClimb(v.member.Encode(), v.index, v.size, v.path)
	return ok && wire.RosterHash(epoch, v.size, root) == want
}
