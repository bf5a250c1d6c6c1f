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

// String is the bech32m form (BIP 350): the prefix, a 1, the bytes in digits of
// five bits, and six digits of checksum over all of it.
func (a Address) String() string {
	const digits = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	out := make([]byte, 0, len(AddressPrefix)+1+32+6)
	out = append(append(out, AddressPrefix...), '1')
	sum := addressSum
	for i := 0; i < len(a); i += 5 { // five bytes are eight digits
		word := uint64(a[i])<<32 | uint64(a[i+1])<<24 | uint64(a[i+2])<<16 | uint64(a[i+3])<<8 | uint64(a[i+4])
		for shift := 35; shift >= 0; shift -= 5 {
			d := byte(word>>shift) & 31
			sum = checksum(sum, d)
			out = append(out, digits[d])
		}
	}
	for range 6 {
		sum = checksum(sum, 0)
	}
	sum ^= 0x2bc830a3
	for shift := 25; shift >= 0; shift -= 5 {
		out = append(out, digits[sum>>shift&31])
	}
	return string(out)
}

// addressSum is the checksum of the prefix.
var addressSum = func() uint32 {
	sum := uint32(1)
	for _, c := range []byte(AddressPrefix) {
		sum = checksum(sum, c>>5)
	}
	sum = checksum(sum, 0)
	for _, c := range []byte(AddressPrefix) {
		sum = checksum(sum, c&31)
	}
	return sum
}()

// checksum takes one digit more into a checksum of bech32.
func checksum(sum uint32, digit byte) uint32 {
	top := sum >> 25
	sum = sum&0x1ffffff<<5 ^ uint32(digit)
	for i, g := range [...]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
		if top>>i&1 == 1 {
			sum ^= g
		}
	}
	return sum
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
