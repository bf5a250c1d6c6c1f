package keys

import (
	"errors"
	"fmt"

	"github.com/btcsuite/btcd/btcutil/bech32"
)

// AddressPrefix is the human-readable part of every address.
const AddressPrefix = "prb"

// ErrAddress is returned for text that is no address of this chain.
var ErrAddress = errors.New("not an address")

// Address names an account: the first 20 bytes of the hash of its public key.
// Its text form is bech32m with the prefix prb (spec wire §2).
type Address [20]byte

// String is the bech32m form.
func (a Address) String() string {
	words, err := bech32.ConvertBits(a[:], 8, 5, true)
	if err != nil {
		panic(err) // 20 bytes always regroup
	}
	s, err := bech32.EncodeM(AddressPrefix, words)
	if err != nil {
		panic(err)
	}
	return s
}

// IsZero reports whether a is the zero address, which no key is known to have.
func (a Address) IsZero() bool { return a == Address{} }

// ParseAddress reads the bech32m form; the checksum catches any typing error
// of up to four characters.
func ParseAddress(s string) (Address, error) {
	var a Address
	if len(s) > 90 {
		return a, fmt.Errorf("%w: %d characters", ErrAddress, len(s))
	}
	hrp, words, version, err := bech32.DecodeGeneric(s)
	if err != nil {
		return a, fmt.Errorf("%w: %q: %w", ErrAddress, s, err)
	}
	if version != bech32.VersionM {
		return a, fmt.Errorf("%w: %q has a bech32 checksum, want bech32m", ErrAddress, s)
	}
	if hrp != AddressPrefix {
		return a, fmt.Errorf("%w: %q begins with %q, want %q", ErrAddress, s, hrp, AddressPrefix)
	}
	b, err := bech32.ConvertBits(words, 5, 8, false)
	if err != nil || len(b) != len(a) {
		return a, fmt.Errorf("%w: %q does not hold 20 bytes", ErrAddress, s)
	}
	copy(a[:], b)
	return a, nil
}

// MarshalText gives the bech32m form.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads the bech32m form.
func (a *Address) UnmarshalText(text []byte) (err error) {
	*a, err = ParseAddress(string(text))
	return err
}

// IdentityAddress is where REP waits for an identity that has linked no account
// yet, say "git:ada@example.org": the first 20 bytes of H("identity" ‖
// identity). Nobody has a key for it.
func IdentityAddress(identity string) Address {
	h := Sum([]byte("identity"), []byte(identity))
	return Address(h[:20])
}
