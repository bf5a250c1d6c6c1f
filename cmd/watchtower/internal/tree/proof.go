package tree

import (
	"errors"

	"github.com/zeebo/blake3"

	"probity/cmd/watchtower/internal/cbor"
)

// ErrProof is the error of a proof that does not hold.
var ErrProof = errors.New("the proof does not hold")

// Proof is a path of the tree (§3).
type Proof struct {
	Levels               Hash
	Siblings             []Hash
	OtherKey, OtherValue Hash
}

// DecodeProof reads cbor(Proof).
func DecodeProof(b []byte) (*Proof, error) {
	d, p := cbor.New(b), &Proof{}
	d.Array(4)
	d.Fixed(p.Levels[:])
	n := d.Len()
	for i := 0; i < n && d.Err() == nil; i++ {
		var h Hash
		d.Fixed(h[:])
		p.Siblings = append(p.Siblings, h)
	}
	d.Fixed(p.OtherKey[:])
	d.Fixed(p.OtherValue[:])
	return p, d.Done()
}

// Encode is cbor(Proof).
func (p *Proof) Encode() []byte {
	var e cbor.Enc
	e.Array(4).Bytes(p.Levels[:]).Array(len(p.Siblings))
	for _, s := range p.Siblings {
		e.Bytes(s[:])
	}
	e.Bytes(p.OtherKey[:]).Bytes(p.OtherValue[:])
	return e
}

// Prove is the proof of the key's value or of its absence, as of the last Root.
func (s *State) Prove(key string) *Proof {
	path, p := blake3.Sum256([]byte(key)), &Proof{}
	n := s.top
	for depth := 0; n != nil && !n.leaf; depth++ {
		next, other := n.left, n.right
		if bit(&path, depth) {
			next, other = other, next
		}
		if other != nil {
			p.Levels[depth/8] |= 1 << (7 - depth%8)
			p.Siblings = append(p.Siblings, other.sum())
		}
		n = next
	}
	if n != nil && n.path != path {
		p.OtherKey, p.OtherValue = n.path, n.value
	}
	return p
}

// Check reports nil where the proof shows that key holds value (nil: that it is
// absent) under root.
func (p *Proof) Check(root Hash, key string, value []byte) error {
	depth, set := 0, 0
	for i := 0; i < 256; i++ {
		if bit(&p.Levels, i) {
			depth, set = i+1, set+1
		}
	}
	zero := Hash{}
	if set != len(p.Siblings) || (p.OtherKey == zero) != (p.OtherValue == zero) {
		return ErrProof
	}
	for _, s := range p.Siblings {
		if s == zero {
			return ErrProof
		}
	}
	path, h := blake3.Sum256([]byte(key)), zero
	switch {
	case value != nil:
		if p.OtherKey != zero {
			return ErrProof
		}
		h = leafHash(path, blake3.Sum256(value))
	case p.OtherKey != zero:
		if p.OtherKey == path {
			return ErrProof
		}
		for i := 0; i < depth; i++ {
			if bit(&p.OtherKey, i) != bit(&path, i) {
				return ErrProof
			}
		}
		h = leafHash(p.OtherKey, p.OtherValue)
	}
	next := len(p.Siblings)
	for i := depth - 1; i >= 0; i-- {
		s := zero
		if bit(&p.Levels, i) {
			next--
			s = p.Siblings[next]
		}
		if bit(&path, i) {
			h = innerHash(s, h)
		} else {
			h = innerHash(h, s)
		}
	}
	if h != root {
		return ErrProof
	}
	return nil
}
