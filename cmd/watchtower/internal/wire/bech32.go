package wire

import (
	"errors"
	"strings"
)

// errAddress is the error of text that is no address.
var errAddress = errors.New("no address")

const (
	alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	prefix   = "prb"
	final    = 0x2bc830a3 // bech32m
)

func polymod(values []byte) uint32 {
	chk := uint32(1)
	for _, v := range values {
		top := chk >> 25
		chk = (chk&0x1ffffff)<<5 ^ uint32(v)
		for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				chk ^= g
			}
		}
	}
	return chk
}

func expanded() []byte {
	var out []byte
	for _, c := range prefix {
		out = append(out, byte(c>>5))
	}
	out = append(out, 0)
	for _, c := range prefix {
		out = append(out, byte(c&31))
	}
	return out
}

// regroup turns groups of from bits into groups of to bits.
func regroup(in []byte, from, to uint, pad bool) ([]byte, bool) {
	var acc, n uint
	var out []byte
	for _, b := range in {
		acc = acc<<from | uint(b)
		for n += from; n >= to; {
			n -= to
			out = append(out, byte(acc>>n&(1<<to-1)))
		}
	}
	if pad && n > 0 {
		out = append(out, byte(acc<<(to-n)&(1<<to-1)))
	} else if !pad && (n >= from || acc&(1<<n-1) != 0) {
		return nil, false
	}
	return out, true
}

// String is bech32m with the prefix prb (§2).
func (a Address) String() string {
	data, _ := regroup(a[:], 8, 5, true)
	sum := polymod(append(append(expanded(), data...), 0, 0, 0, 0, 0, 0)) ^ final
	var b strings.Builder
	b.WriteString(prefix + "1")
	for _, d := range data {
		b.WriteByte(alphabet[d])
	}
	for i := 5; i >= 0; i-- {
		b.WriteByte(alphabet[sum>>(5*i)&31])
	}
	return b.String()
}

// ParseAddress reads what String writes.
func ParseAddress(s string) (a Address, err error) {
	rest, ok := strings.CutPrefix(s, prefix+"1")
	if !ok {
		return a, errAddress
	}
	var data []byte
	for _, c := range rest {
		i := strings.IndexRune(alphabet, c)
		if i < 0 {
			return a, errAddress
		}
		data = append(data, byte(i))
	}
	if len(data) != 38 || polymod(append(expanded(), data...)) != final {
		return a, errAddress
	}
	b, ok := regroup(data[:32], 5, 8, false)
	if !ok || len(b) != 20 {
		return a, errAddress
	}
	copy(a[:], b)
	return a, nil
}
