package escrow

import (
	"crypto/subtle"
	"encoding/binary"
	"fmt"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"

	"probity/chain/keys"
)

// equality is the statement of Chaum and Pedersen (CRYPTO 1992): one x gives
// key = g^x and image = base^x. Its proof (c, z) is non-interactive: c is the
// hash of context, statement and the two commitments g^r and base^r, z = r − c·x.
type equality struct {
	context keys.Hash
	key     *element
	base    *element
	image   *element
}

// prove makes the proof. The nonce is a hash of the secret and the statement,
// so one nonce never serves two statements, and no source of randomness is
// needed.
func (e equality) prove(x *scalar.Scalar) (proof [ProofBytes]byte) {
	secret := encodeScalar(x)
	r := hashScalar(domainDLEQNonce, secret[:], e.context[:], e.key.bytes[:], e.base.bytes[:], e.image.bytes[:])
	c := e.challenge(power(r), raise(&e.base.point, r))
	return respond(r, c, x)
}

// holds verifies: with the two commitments computed back from (c, z), the hash
// must give c again.
func (e equality) holds(proof []byte) bool {
	c, z, ok := decodeProof(proof)
	if !ok {
		return false
	}
	var first, second curve.RistrettoPoint
	first.DoubleScalarMulBasepointVartime(c, &e.key.point, z)
	second.MultiscalarMulVartime([]*scalar.Scalar{c, z}, []*curve.RistrettoPoint{&e.image.point, &e.base.point})
	return c.Equal(e.challenge(&first, &second)) == 1
}

func (e equality) challenge(first, second *curve.RistrettoPoint) *scalar.Scalar {
	a, b := encodePoint(first), encodePoint(second)
	return hashScalar(domainDLEQ, e.context[:], e.key.bytes[:], e.base.bytes[:], e.image.bytes[:], a[:], b[:])
}

// respond is c ‖ r − c·x.
func respond(r, c, x *scalar.Scalar) (proof [ProofBytes]byte) {
	z := scalar.New().Mul(c, x)
	z.Sub(r, z)
	cb, zb := encodeScalar(c), encodeScalar(z)
	copy(proof[:], cb[:])
	copy(proof[scalar.ScalarSize:], zb[:])
	return proof
}

// decodeProof reads c ‖ z, both canonical.
func decodeProof(b []byte) (c, z *scalar.Scalar, ok bool) {
	if len(b) != ProofBytes {
		return nil, nil, false
	}
	c, okC := decodeScalar(b[:scalar.ScalarSize])
	z, okZ := decodeScalar(b[scalar.ScalarSize:])
	return c, z, okC && okZ
}

// Public is g^x.
func (dhpvss) Public(x Secret) []byte {
	b := encodePoint(power(x.scalar()))
	return b[:]
}

// Possess is the batch proof of Gennaro, Leigh, Sundaram and Yerazunis
// (ASIACRYPT 2004): z = r + Σ cⁱ·x_i over i = 1…n, sent as c ‖ z.
func (s dhpvss) Possess(secrets []Secret, context []byte) []byte {
	public := make([][]byte, len(secrets))
	flat := make([]byte, 0, len(secrets)*scalar.ScalarSize)
	for i, x := range secrets {
		public[i] = s.Public(x)
		flat = append(flat, x[:]...)
	}
	statement := possession(public, context)
	r := hashScalar(domainPossessionNonce, statement[:], flat)
	commitment := encodePoint(power(r))
	c := hashScalar(domainPossessionProof, statement[:], commitment[:])
	z, term := scalar.New().Set(r), scalar.New()
	for i, ci := 0, scalar.New().Set(c); i < len(secrets); i, ci = i+1, ci.Mul(ci, c) {
		z.Add(z, term.Mul(ci, secrets[i].scalar()))
	}
	cb, zb := encodeScalar(c), encodeScalar(z)
	return append(cb[:], zb[:]...)
}

// Possessed computes the commitment back, g^z · ∏ X_i^(−cⁱ), in one product,
// and compares the challenge. A prover who lacks one secret succeeds with
// probability n/q: n+1 answers to one commitment determine every x_i.
func (dhpvss) Possessed(ticketKeys [][]byte, context, proof []byte) error {
	n := len(ticketKeys)
	if n == 0 || n > MaxTickets {
		return fmt.Errorf("%w: %d of them", ErrKeys, n)
	}
	if err := distinct(ticketKeys); err != nil {
		return err
	}
	c, z, ok := decodeProof(proof)
	if !ok {
		return fmt.Errorf("%w: not two canonical scalars", ErrPossession)
	}
	scalars := make([]*scalar.Scalar, 0, n+1)
	points := make([]*curve.RistrettoPoint, 0, n+1)
	power := scalar.New().Neg(c) // −cⁱ
	for i, k := range ticketKeys {
		e, ok := decodeElement(k)
		if !ok {
			return fmt.Errorf("%w: key %d is no point", ErrKeys, i)
		}
		scalars = append(scalars, scalar.New().Set(power))
		points = append(points, &e.point)
		power.Mul(power, c)
	}
	scalars = append(scalars, z)
	points = append(points, generator.Basepoint())
	var commitment curve.RistrettoPoint
	cb := encodePoint(commitment.MultiscalarMulVartime(scalars, points))
	statement := possession(ticketKeys, context)
	if c.Equal(hashScalar(domainPossessionProof, statement[:], cb[:])) != 1 {
		return ErrPossession
	}
	return nil
}

// possession is the statement: how many keys, the keys, the context.
func possession(ticketKeys [][]byte, context []byte) keys.Hash {
	b := binary.BigEndian.AppendUint32([]byte(domainPossession), uint32(len(ticketKeys)))
	for _, k := range ticketKeys {
		b = append(b, k...)
	}
	return keys.Sum(append(b, context...))
}

// same compares without showing where two strings differ.
func same(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
