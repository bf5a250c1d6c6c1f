package beacon

import (
	"bytes"
	"fmt"

	"probity/chain/keys"
	"probity/chain/types"
)

// Turn is a contract's turn in a view, as far as salts go.
type Turn struct {
	Scheme types.Scheme
	Stride uint64
	View   types.View
	ASC    types.ASC
	Salt   uint32 // which of the contract's salts: types.Schedule.Salt(View)
}

// Salted reports whether the view uses a salt that the contract has left.
func (t Turn) Salted() bool {
	return uint64(t.View)%t.Stride == 0 && len(t.ASC.Commitment) > 0 && t.Salt < t.ASC.Salts
}

// Check is nil where reveal is the right one for the turn, else ErrReveal.
func (t Turn) Check(reveal []byte) error {
	if !t.Salted() {
		if len(reveal) != 0 {
			return fmt.Errorf("%w: %d bytes where there is none", ErrReveal, len(reveal))
		}
		return nil
	}
	return t.open(reveal)
}

// open checks the reveal of a turn that has one, by the scheme.
func (t Turn) open(reveal []byte) error {
	switch t.Scheme {
	case types.Hashed:
		if len(reveal) != len(keys.Hash{}) {
			return fmt.Errorf("%w: %d bytes, want 32", ErrReveal, len(reveal))
		}
		if head := chain(keys.Hash(reveal), uint64(t.Salt)+1); !bytes.Equal(head[:], t.ASC.Commitment) {
			return fmt.Errorf("%w: salt %d of contract %s", ErrReveal, t.Salt, t.ASC.ID.Short())
		}
		return nil
	}
	return fmt.Errorf("%w: scheme %d", ErrReveal, t.Scheme)
}

// chain is Hᵏ(x) of the hashed scheme.
func chain(x keys.Hash, k uint64) keys.Hash {
	for ; k > 0; k-- {
		x = keys.Sum([]byte("salt"), x[:])
	}
	return x
}

// Commit is the commitment to n salts that follow from a secret; the secret is
// used for one contract of one epoch. It is empty for none.
func Commit(secret [32]byte, n uint32) types.Bytes {
	if n == 0 {
		return nil
	}
	head := chain(secret, uint64(n))
	return head[:]
}

// Reveal opens salt j of n; it is empty where there is no such salt.
func Reveal(secret [32]byte, n, j uint32) types.Bytes {
	if j >= n {
		return nil
	}
	x := chain(secret, uint64(n-1-j))
	return x[:]
}
