// Package escrow checks salts that a roster can open (docs/spec/beacon.md §1,
// §3 to §8): tickets, possession of keys, dealings, reveals, shares and
// recovery. It verifies only; nothing here holds a secret. The group is the one
// of curve25519-voi; everything above the group is written from the page.
package escrow

import (
	"crypto"
	_ "crypto/sha512" // hash_to_element

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
	"github.com/oasisprotocol/curve25519-voi/primitives/h2c"

	"probity/cmd/watchtower/internal/wire"
)

type (
	point  = curve.RistrettoPoint
	number = scalar.Scalar
)

// element decodes an element other than the identity.
func element(b []byte) (*point, bool) {
	c, err := curve.NewCompressedRistretto().SetBytes(b)
	if err != nil {
		return nil, false
	}
	p, err := curve.NewRistrettoPoint().SetCompressed(c)
	return p, err == nil && !p.IsIdentity()
}

// encode is the element's encoding.
func encode(p *point) []byte {
	var c curve.CompressedRistretto
	c.SetRistrettoPoint(p)
	return c[:]
}

// canonical decodes a scalar below q.
func canonical(b []byte) (*number, bool) {
	s, err := scalar.NewFromCanonicalBytes(b)
	return s, err == nil
}

// wide is 64 bytes, little-endian, modulo q.
func wide(b []byte) *number {
	s, err := scalar.NewFromBytesModOrderWide(b)
	if err != nil {
		panic("escrow: " + err.Error()) // it has 64 bytes
	}
	return s
}

// challenge is Scalar(x).
func challenge(parts ...[]byte) *number { return wide(wire.XOF(64, parts...)) }

// base is gᶻ·Xᶜ.
func base(z *number, x *point, c *number) *point {
	return curve.NewRistrettoPoint().DoubleScalarMulBasepointVartime(c, x, z)
}

// times is ∏ pᵢ^sᵢ.
func times(s []*number, p []*point) *point {
	return curve.NewRistrettoPoint().MultiscalarMulVartime(s, p)
}

// hashTo is hash_to_element.
func hashTo(tag string, parts ...[]byte) *point {
	var x []byte
	for _, p := range parts {
		x = append(x, p...)
	}
	e, err := h2c.Ristretto255_XMD_R255MAP_RO(crypto.SHA512, []byte(tag), x)
	if err != nil {
		panic("escrow: " + err.Error()) // the tag is short
	}
	return e
}

// equal reports whether the proof of equality c ‖ z holds: one x with X = gˣ
// and Y = Bˣ (§1). The elements come with their encodings, which are hashed.
func equal(ctx []byte, xb, bb, yb, proof []byte) bool {
	x, ok1 := element(xb)
	b, ok2 := element(bb)
	y, ok3 := element(yb)
	if !ok1 || !ok2 || !ok3 || len(proof) != 64 {
		return false
	}
	c, ok1 := canonical(proof[:32])
	z, ok2 := canonical(proof[32:])
	if !ok1 || !ok2 {
		return false
	}
	want := challenge([]byte("probity/dleq/v1"), ctx, xb, bb, yb, encode(base(z, x, c)), encode(times([]*number{z, c}, []*point{b, y})))
	return want.Equal(c) == 1
}

// Possession reports whether c ‖ z shows that the account holds all the keys
// (§4). bound is the genesis hash, or the draft hash in a genesis file.
func Possession(keys []wire.Hash, bound wire.Hash, a wire.Address, proof []byte) bool {
	return possession(keys, append(append([]byte("probity/escrow/v1"), bound[:]...), a[:]...), proof)
}

func possession(keys []wire.Hash, context, proof []byte) bool {
	if len(proof) != 64 || len(keys) == 0 {
		return false
	}
	c, ok1 := canonical(proof[:32])
	z, ok2 := canonical(proof[32:])
	if !ok1 || !ok2 {
		return false
	}
	parts := [][]byte{[]byte("probity/possession/v1"), wire.Be32(uint32(len(keys)))}
	scalars, points := []*number{z}, []*point{generator()}
	power := scalar.One()
	for i := range keys {
		x, ok := element(keys[i][:])
		if !ok {
			return false
		}
		parts = append(parts, keys[i][:])
		power = scalar.New().Mul(power, c)
		scalars = append(scalars, scalar.New().Neg(power))
		points = append(points, x)
	}
	s := wire.Sum(append(parts, context)...)
	want := challenge([]byte("probity/possession-challenge/v1"), s[:], encode(times(scalars, points)))
	return want.Equal(c) == 1
}

func generator() *point {
	return curve.NewRistrettoPoint().MulBasepoint(curve.RISTRETTO_BASEPOINT_TABLE, scalar.One())
}
