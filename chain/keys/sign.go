package keys

import (
	"encoding/hex"
	"io"

	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
)

// PublicKey is an ed25519 public key in its 32-byte encoding.
type PublicKey [32]byte

// Signature is an ed25519 signature, R ‖ S.
type Signature [64]byte

// Address is the account that this key controls.
func (k PublicKey) Address() Address {
	h := Sum(k[:])
	return Address(h[:20])
}

// String is 0x and 64 lower-case hex digits.
func (k PublicKey) String() string { return "0x" + hex.EncodeToString(k[:]) }

// MarshalText gives the JSON form.
func (k PublicKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the JSON form.
func (k *PublicKey) UnmarshalText(text []byte) error { return unhex(k[:], text, "public key") }

// MarshalText gives 0x and 128 lower-case hex digits.
func (s Signature) MarshalText() ([]byte, error) {
	return []byte("0x" + hex.EncodeToString(s[:])), nil
}

// UnmarshalText reads the JSON form.
func (s *Signature) UnmarshalText(text []byte) error { return unhex(s[:], text, "signature") }

// PrivateKey signs. It is derived from a 32-byte seed (RFC 8032).
type PrivateKey struct {
	key ed25519.PrivateKey
}

// FromSeed derives the key pair of a seed.
func FromSeed(seed [32]byte) PrivateKey {
	return PrivateKey{ed25519.NewKeyFromSeed(seed[:])}
}

// Seed returns the seed that the key was derived from.
func (k PrivateKey) Seed() (seed [32]byte) {
	copy(seed[:], k.key.Seed())
	return seed
}

// Public is the key that verifies what k signs.
func (k PrivateKey) Public() (p PublicKey) {
	copy(p[:], k.key[32:])
	return p
}

// Sign signs msg, which SignBytes made. Signing is deterministic (RFC 8032), so
// a restarted node that signs the same statement again sends the same bytes.
func (k PrivateKey) Sign(msg []byte) (s Signature) {
	copy(s[:], ed25519.Sign(k.key, msg))
	return s
}

// SignBytes is the string that is signed for a payload of the given kind on
// the chain with the given genesis: "probity/<kind>/v1" ‖ genesis ‖ payload.
// No kind contains a slash, so no two kinds give one prefix.
func SignBytes(kind string, genesis Hash, payload []byte) []byte {
	b := make([]byte, 0, len("probity//v1")+len(kind)+len(genesis)+len(payload))
	b = append(b, "probity/"...)
	b = append(b, kind...)
	b = append(b, "/v1"...)
	b = append(b, genesis[:]...)
	return append(b, payload...)
}

// Signed is one signature to check: who signed what.
type Signed struct {
	Key       PublicKey
	Message   []byte // as SignBytes gives it
	Signature Signature
}

// zip215 is the one verification rule: S is below the group order, A and R may
// be any encoding of a curve point, the equation is checked times the cofactor.
var zip215 = &ed25519.Options{Verify: ed25519.VerifyOptionsZIP_215}

// Verify reports whether s is valid under ZIP-215.
func Verify(s Signed) bool {
	return ed25519.VerifyWithOptions(s.Key[:], s.Message, s.Signature[:], zip215)
}

// BatchMin is the number of signatures from which VerifyBatch checks them
// together; below it the single check is as fast.
const BatchMin = 4

// VerifyBatch checks many signatures at once, for a third of the cost of single
// checks from about 64 on, and reports each one's validity, by the same rule as
// Verify. entropy supplies the random coefficients; were they predictable, a
// forger could make two bad signatures cancel out.
func VerifyBatch(items []Signed, entropy io.Reader) []bool {
	if len(items) < BatchMin {
		out := make([]bool, len(items))
		for i := range items {
			out[i] = Verify(items[i])
		}
		return out
	}
	batch := ed25519.NewBatchVerifierWithCapacity(len(items))
	for i := range items {
		batch.AddWithOptions(items[i].Key[:], items[i].Message, items[i].Signature[:], zip215)
	}
	_, out := batch.Verify(entropy)
	return out
}
