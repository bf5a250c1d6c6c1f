package types

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Height numbers blocks; the genesis is 0 and the first block 1.
type Height uint64

// View numbers attempts to add a block within an epoch, from 1. View 0 stands
// for the epoch's start, before any attempt.
type View uint64

// Epoch numbers stretches of blocks that share a roster, from 0.
type Epoch uint64

// Weight is voting weight: whole REP at the freeze. The weight of a roster
// stays below 2⁶² (spec wire §1), so that three times a sum fits 64 bits.
type Weight uint64

// Time is milliseconds since the Unix epoch.
type Time uint64

// PPM is a share in parts per million.
type PPM uint32

// Million is the whole in parts per million.
const Million PPM = 1_000_000

// Decimals is the number of decimal places of both $ and REP.
const Decimals = 9

// MarshalText gives decimal digits: a weight may pass 2⁵³.
func (w Weight) MarshalText() ([]byte, error) {
	return strconv.AppendUint(nil, uint64(w), 10), nil
}

// UnmarshalText reads decimal digits.
func (w *Weight) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 10, 62)
	if err != nil {
		return fmt.Errorf("weight %q: want decimal digits below 2^62", text)
	}
	*w = Weight(n)
	return nil
}

// Bytes is a byte string whose JSON form is 0x and lower-case hex digits.
type Bytes []byte

// MarshalText gives 0x and hex digits.
func (b Bytes) MarshalText() ([]byte, error) {
	out := make([]byte, 2+hex.EncodedLen(len(b)))
	copy(out, "0x")
	hex.Encode(out[2:], b)
	return out, nil
}

// UnmarshalText reads 0x and an even number of hex digits.
func (b *Bytes) UnmarshalText(text []byte) error {
	s := string(text)
	if !strings.HasPrefix(s, "0x") && !strings.HasPrefix(s, "0X") {
		return fmt.Errorf("bytes %.40q: want a 0x prefix", s)
	}
	raw, err := hex.DecodeString(s[2:])
	if err != nil {
		return fmt.Errorf("bytes %.40q: %w", s, err)
	}
	*b = raw
	return nil
}
