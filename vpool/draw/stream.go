package draw

import (
	"encoding/binary"
	"math/bits"

	"github.com/zeebo/blake3"
)

// prefix separates these hashes from all others of the protocol.
const prefix = "probity/draw/v1"

// maxDomain bounds the domain of a stream in bytes.
const maxDomain = 32

// Stream is an endless row of 128-bit values, a pure function of its domain
// and seed (spec selection, Stream).
type Stream struct {
	// block is the hashed string; its last 8 bytes are the counter.
	block [len(prefix) + 1 + maxDomain + 32 + 8]byte
	size  int
	count uint64
}

// NewStream starts the stream of a domain and a seed. The domain is a constant
// of the calling code; it panics for one that is empty or above 32 bytes.
func NewStream(domain string, seed [32]byte) Stream {
	if domain == "" || len(domain) > maxDomain {
		panic("draw: domain of a stream must have 1 to 32 bytes")
	}
	var s Stream
	n := copy(s.block[:], prefix)
	s.block[n] = byte(len(domain))
	n++
	n += copy(s.block[n:], domain)
	n += copy(s.block[n:], seed[:])
	s.size = n + 8
	return s
}

// Next returns the next value, hi·2⁶⁴ + lo.
func (s *Stream) Next() (hi, lo uint64) {
	binary.BigEndian.PutUint64(s.block[s.size-8:s.size], s.count)
	s.count++
	sum := blake3.Sum256(s.block[:s.size])
	return binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])
}

// Point returns a uniform point of 0 … n−1 (spec selection, Point). It panics
// for n = 0, where there is none.
func (s *Stream) Point(n uint64) uint64 {
	for {
		hi, lo := s.Next()
		if p, ok := reduce(hi, lo, n); ok {
			return p
		}
	}
}

// reduce returns x mod n for x = hi·2⁶⁴ + lo, and whether x lies below the
// largest multiple of n that is at most 2¹²⁸. Without that check the first
// 2¹²⁸ mod n points would be drawn once too often.
func reduce(hi, lo, n uint64) (uint64, bool) {
	const top = 1<<64 - 1
	// 2¹²⁸ mod n from (2¹²⁸−1) mod n, which 128 bits can hold.
	over := mod128(top, top, n) + 1
	if over == n {
		over = 0
	}
	// x < 2¹²⁸ − over  ⇔  x + over does not carry out of 128 bits.
	_, carry := bits.Add64(lo, over, 0)
	_, carry = bits.Add64(hi, 0, carry)
	return mod128(hi, lo, n), carry == 0
}

// mod128 is (hi·2⁶⁴ + lo) mod n.
func mod128(hi, lo, n uint64) uint64 {
	_, rem := bits.Div64(hi%n, lo, n)
	return rem
}
