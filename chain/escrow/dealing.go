package escrow

import (
	"fmt"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"

	"probity/chain/keys"
)

// DHPVSS is the scheme of the protocol (spec beacon §6).
var DHPVSS Suite = dhpvss{}

type dhpvss struct{}

// ephemeral is what a dealing follows from: s and the t+1 coefficients of the
// polynomial, by hash of seed and place, so that the dealer keeps the seed only.
type ephemeral struct {
	s          *scalar.Scalar
	polynomial []*scalar.Scalar // in Newton's basis: the first is p(0)
}

func newEphemeral(at Place, seed [32]byte, threshold int) ephemeral {
	place := at.encode()
	r := stream(domainDeal, seed[:], place[:])
	e := ephemeral{s: nextScalar(r), polynomial: make([]*scalar.Scalar, threshold)}
	for i := range e.polynomial {
		e.polynomial[i] = nextScalar(r)
	}
	return e
}

// Deal is D ‖ C_0 … C_T ‖ proof with D = g^s, C_k = g^p(k)·E_k^s and the salt
// S = g^p(0). A panel of Ideal gives nil.
func (dhpvss) Deal(p *Panel, at Place, seed [32]byte) []byte {
	if p.points == nil {
		return nil
	}
	e := newEphemeral(at, seed, p.Threshold())
	return p.deal(at, e.s, values(e.polynomial, p.Tickets()))
}

// deal encrypts one value a point, 0…T, and proves. The proof holds where the
// values lie on a polynomial of degree at most t.
func (p *Panel) deal(at Place, s *scalar.Scalar, values []*scalar.Scalar) []byte {
	e0 := mask(at)
	key := encodePoint(power(s))
	dealing := append(make([]byte, 0, DealingBytes(p.Tickets())), key[:]...)
	for k, value := range values {
		base := &e0.point
		if k > 0 {
			base = p.points[k-1].Point()
		}
		c := power(value)
		cb := encodePoint(c.Add(c, raise(base, s)))
		dealing = append(dealing, cb[:]...)
	}
	proof := p.prove(e0, s, p.transcript(at, dealing))
	return append(dealing, proof[:]...)
}

// prove shows that (g, D; U, V) has one logarithm s, with U = ∏E_i^w_i and
// V = ∏C_i^w_i = U^s. U and V follow from the transcript, so the challenge
// need not hold them.
func (p *Panel) prove(e0 *element, s *scalar.Scalar, transcript keys.Hash) [ProofBytes]byte {
	w := p.weights(transcript)
	var u curve.RistrettoPoint
	u.ExpandedMultiscalarMulVartime(w[1:], p.points, w[:1], []*curve.RistrettoPoint{&e0.point})
	secret := encodeScalar(s)
	r := hashScalar(domainDealNonce, secret[:], transcript[:])
	return respond(r, dealChallenge(transcript, power(r), raise(&u, r)), s)
}

// dealChallenge is the challenge of a dealing's proof.
func dealChallenge(transcript keys.Hash, first, second *curve.RistrettoPoint) *scalar.Scalar {
	a, b := encodePoint(first), encodePoint(second)
	return hashScalar(domainDealChallenge, transcript[:], a[:], b[:])
}

// transcript hashes the place, the panel's keys, D and every C_i: the weights of
// the check, and the challenge after them, exist only once all these are fixed.
// Of dealing it reads all but the proof.
func (p *Panel) transcript(at Place, dealing []byte) keys.Hash {
	place := at.encode()
	return keys.Sum([]byte(domainTranscript), place[:], p.digest[:], dealing[:DealingBytes(p.Tickets())-ProofBytes])
}

// Verify decodes D and every C_i, none the identity, and checks the proof. Of
// its two commitments the second, U^z·V^c, is one product over all keys and
// commitments.
func (dhpvss) Verify(p *Panel, at Place, dealing []byte) error {
	if p.points == nil {
		return fmt.Errorf("%w: the panel has no points", ErrDealing)
	}
	if len(dealing) != DealingBytes(p.Tickets()) {
		return fmt.Errorf("%w: %d bytes for %d tickets", ErrDealing, len(dealing), p.Tickets())
	}
	n := p.Tickets() + 1
	key, ok := decodeElement(dealing[:PointBytes])
	if !ok {
		return fmt.Errorf("%w: D is no point", ErrDealing)
	}
	c, z, ok := decodeProof(dealing[(n+1)*PointBytes:])
	if !ok {
		return fmt.Errorf("%w: the proof is not two canonical scalars", ErrDealing)
	}
	transcript := p.transcript(at, dealing)
	w := p.weights(transcript)
	points := make([]*curve.RistrettoPoint, 0, n+1)
	scalars := make([]*scalar.Scalar, 0, n+1)
	for i := range n {
		e, ok := commitment(dealing, i)
		if !ok {
			return fmt.Errorf("%w: C_%d is no point", ErrDealing, i)
		}
		points = append(points, &e.point)
		scalars = append(scalars, scalar.New().Mul(c, w[i]))
	}
	for _, wi := range w {
		wi.Mul(wi, z)
	}
	points, scalars = append(points, &mask(at).point), append(scalars, w[0])
	var first, second curve.RistrettoPoint
	first.DoubleScalarMulBasepointVartime(c, &key.point, z)
	second.ExpandedMultiscalarMulVartime(w[1:], p.points, scalars, points)
	if c.Equal(dealChallenge(transcript, &first, &second)) != 1 {
		return fmt.Errorf("%w: its parts do not lie on one polynomial", ErrDealing)
	}
	return nil
}

// commitment is C_i of a dealing of the right length.
func commitment(dealing []byte, i int) (*element, bool) {
	return decodeElement(dealing[(i+1)*PointBytes : (i+2)*PointBytes])
}

// dealt is the number of tickets of a dealing by its length.
func dealt(dealing []byte) (tickets int, ok bool) {
	tickets = (len(dealing)-ProofBytes)/PointBytes - 2
	return tickets, tickets >= 1 && tickets <= MaxTickets && len(dealing) == DealingBytes(tickets)
}
