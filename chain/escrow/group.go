package escrow

import (
	"crypto"
	"encoding/binary"
	"io"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
	"github.com/oasisprotocol/curve25519-voi/primitives/h2c"
	"github.com/zeebo/blake3"

	"probity/chain/keys"
)

// The domains of every hash of this package. None is a prefix of another: each
// ends in /v1 and holds no other slash after the first.
const (
	domainKey             = "probity/escrow-key/v1"
	domainPanel           = "probity/escrow-panel/v1"
	domainBase            = "probity/escrow-base/v1"
	domainDeal            = "probity/escrow-deal/v1"
	domainTranscript      = "probity/escrow-transcript/v1"
	domainWeights         = "probity/escrow-weights/v1"
	domainDealing         = "probity/escrow-dealing/v1"
	domainDealNonce       = "probity/dleq-dealing-nonce/v1"
	domainDealChallenge   = "probity/dleq-dealing/v1"
	domainDLEQNonce       = "probity/dleq-nonce/v1"
	domainDLEQ            = "probity/dleq/v1"
	domainPossession      = "probity/possession/v1"
	domainPossessionNonce = "probity/possession-nonce/v1"
	domainPossessionProof = "probity/possession-challenge/v1"
)

// generator is g, the base point of RFC 9496 with its table of multiples.
var generator = curve.RISTRETTO_BASEPOINT_TABLE

// element is a group element in both of its forms; it is never the identity
// where decodeElement made it.
type element struct {
	point curve.RistrettoPoint
	bytes [PointBytes]byte
}

// decodeElement reads a canonical encoding (RFC 9496 §4.3.1) and refuses the
// identity, which as key, commitment or image would make a statement empty.
func decodeElement(b []byte) (*element, bool) {
	e := new(element)
	if copy(e.bytes[:], b) != PointBytes || len(b) != PointBytes || e.bytes == [PointBytes]byte{} {
		return nil, false
	}
	c := curve.CompressedRistretto(e.bytes)
	if _, err := e.point.SetCompressed(&c); err != nil {
		return nil, false
	}
	return e, true
}

// newElement adds the encoding to a point.
func newElement(p *curve.RistrettoPoint) *element {
	e := &element{bytes: encodePoint(p)}
	e.point.Set(p)
	return e
}

// encodePoint is the canonical encoding (RFC 9496 §4.3.2).
func encodePoint(p *curve.RistrettoPoint) [PointBytes]byte {
	var c curve.CompressedRistretto
	return [PointBytes]byte(*c.SetRistrettoPoint(p))
}

// power is g^x, in constant time.
func power(x *scalar.Scalar) *curve.RistrettoPoint {
	return new(curve.RistrettoPoint).MulBasepoint(generator, x)
}

// raise is base^x, in constant time.
func raise(base *curve.RistrettoPoint, x *scalar.Scalar) *curve.RistrettoPoint {
	return new(curve.RistrettoPoint).Mul(base, x)
}

// decodeScalar reads a canonical scalar, that is one below the group order.
func decodeScalar(b []byte) (*scalar.Scalar, bool) {
	if len(b) != scalar.ScalarSize || !scalar.ScMinimalVartime(b) {
		return nil, false
	}
	s, err := scalar.NewFromCanonicalBytes(b)
	return s, err == nil
}

// encodeScalar is the canonical encoding, little endian.
func encodeScalar(s *scalar.Scalar) (b [scalar.ScalarSize]byte) {
	if err := s.ToBytes(b[:]); err != nil {
		panic(err) // the buffer has the size asked for
	}
	return b
}

// stream hashes domain ‖ parts to a string of bytes without end (BLAKE3 as an
// extendable output). All parts are of fixed width, or framed by the caller.
func stream(domain string, parts ...[]byte) io.Reader {
	h := blake3.New()
	_, _ = h.WriteString(domain)
	for _, p := range parts {
		_, _ = h.Write(p)
	}
	return h.Digest()
}

// nextScalar takes 64 bytes modulo the group order from a stream: uniform up to
// 2⁻²⁵⁹, and zero with probability 2⁻²⁵², which nobody will see.
func nextScalar(r io.Reader) *scalar.Scalar {
	var wide [scalar.ScalarWideSize]byte
	if _, err := io.ReadFull(r, wide[:]); err != nil {
		panic(err) // the stream of a hash has no end
	}
	s, err := scalar.NewFromBytesModOrderWide(wide[:])
	if err != nil {
		panic(err) // the buffer has the size asked for
	}
	return s
}

// hashScalar hashes to a scalar.
func hashScalar(domain string, parts ...[]byte) *scalar.Scalar {
	return nextScalar(stream(domain, parts...))
}

// mask is E_0, the element whose power hides the salt: hash_to_ristretto255 of
// RFC 9380 (appendix B, SHA-512) of epoch ‖ contract ‖ number of the salt. Nobody
// knows its logarithm, so only who knows s, or enough shares, opens
// C_0 = S·E_0^s.
func mask(at Place) *element {
	msg := make([]byte, 0, 8+len(at.ASC)+4)
	msg = binary.BigEndian.AppendUint64(msg, at.Epoch)
	msg = append(msg, at.ASC[:]...)
	msg = binary.BigEndian.AppendUint32(msg, at.Salt)
	p, err := h2c.Ristretto255_XMD_R255MAP_RO(crypto.SHA512, []byte(domainBase), msg)
	if err != nil {
		panic(err) // domain and length are constants that the expander takes
	}
	return newElement(p)
}

// bind is the context of reveals and shares: they are valid for one dealing at
// one place.
func bind(at Place, dealing []byte) keys.Hash {
	place := at.encode()
	return keys.Sum([]byte(domainDealing), place[:], dealing)
}

// NewSecret derives the private key number index of a seed. Keys of different
// numbers are independent hashes: were they related by a known factor, so would
// be the shares of their tickets.
func NewSecret(seed [32]byte, index uint32) Secret {
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], index)
	return encodeScalar(hashScalar(domainKey, seed[:], n[:]))
}

// scalar reads the secret; bytes that NewSecret did not make are reduced.
func (s Secret) scalar() *scalar.Scalar {
	x, err := scalar.NewFromBytesModOrder(s[:])
	if err != nil {
		panic(err) // the array has the size asked for
	}
	return x
}
