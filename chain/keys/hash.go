package keys

import (
	"encoding/hex"
	"fmt"

	"github.com/zeebo/blake3"
)

// Hash is a BLAKE3-256 digest (spec wire §2). Its JSON form is 0x and 64
// lower-case hex digits; on the wire it is a byte string of length 32.
type Hash [32]byte

// Sum hashes the concatenation of its parts. The parts are not separated:
// callers that hash values of variable length frame them first (or encode
// them canonically), or two different lists of parts would share a digest.
func Sum(parts ...[]byte) Hash {
	if len(parts) == 1 {
		return blake3.Sum256(parts[0])
	}
	var small [512]byte // joining a few short parts costs less than a hasher
	n := 0
	for _, p := range parts {
		if n += len(p); n > len(small) {
			return sumLong(parts)
		}
		copy(small[n-len(p):], p)
	}
	return blake3.Sum256(small[:n])
}

func sumLong(parts [][]byte) Hash {
	h := blake3.New()
	for _, p := range parts {
		_, _ = h.Write(p)
	}
	var out Hash
	h.Sum(out[:0])
	return out
}

// IsZero reports whether h is the zero value, which no input is known to hash to.
func (h Hash) IsZero() bool { return h == Hash{} }

// String is the JSON form of h.
func (h Hash) String() string { return "0x" + hex.EncodeToString(h[:]) }

// Short is the first four bytes of h in hex, for logs and transcripts.
func (h Hash) Short() string { return hex.EncodeToString(h[:4]) }

// MarshalText gives the JSON form of h.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads the JSON form of a hash; upper-case digits are accepted.
func (h *Hash) UnmarshalText(text []byte) error {
	return unhex(h[:], text, "hash")
}

// unhex fills dst from 0x-prefixed hex of exactly its length.
func unhex(dst, text []byte, what string) error {
	if len(text) != 2+2*len(dst) || text[0] != '0' || (text[1] != 'x' && text[1] != 'X') {
		return fmt.Errorf("%s %q: want 0x and %d hex digits", what, clip(text), 2*len(dst))
	}
	if _, err := hex.Decode(dst, text[2:]); err != nil {
		return fmt.Errorf("%s %q: %w", what, clip(text), err)
	}
	return nil
}

// clip keeps error texts short whatever a stranger sent.
func clip(text []byte) string {
	if len(text) > 80 {
		return string(text[:80]) + "…"
	}
	return string(text)
}
