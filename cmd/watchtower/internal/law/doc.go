// Package law re-executes blocks from docs/spec alone: genesis, parameters, and
// the fourteen routes of execution §1, each in the files of its name.
//
// It shares no code with the node; that it reaches the same root is the point.
// Apply gives an *Invalid where the pages make a block invalid, and a NotCovered
// where a block is of a protocol version that is not written here: then nothing is
// guessed and nothing is changed.
//
// It keeps one line of blocks. It does not decide which block is final, and it
// judges no trailing blocks, which change no state.
package law

import (
	"errors"
	"fmt"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Invalid says which rule a block breaks.
type Invalid struct {
	Field string
	Why   string
}

func (e *Invalid) Error() string { return e.Field + ": " + e.Why }

// NotCovered is the error of a block under a protocol that the watchtower does not
// know.
type NotCovered struct{ What string }

func (e *NotCovered) Error() string { return "not covered: " + e.What }

// errRule is a rule's refusal: the transaction fails and the block stands.
var errRule = errors.New("refused")

// ErrGenesis is the error of a file that is no genesis.
var ErrGenesis = errors.New("no genesis")

func invalid(field, format string, args ...any) error {
	return &Invalid{Field: field, Why: fmt.Sprintf(format, args...)}
}

// refused is a rule's refusal with a reason for people.
func refused(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errRule, fmt.Sprintf(format, args...))
}

// Routes by number (execution §1).
const (
	routeParams = iota + 1
	routeBank
	routeRep
	routeAvailability
	routeBeacon
	routePool
	routeEvidence
	routeForum
	routeLegislature
	routeCourt
	routeDcert
	routeRelease
	routeContribution
	routeOracle
)

// Covered is the last route that this package executes.
const Covered = routeOracle

// key is a key of the state: route, region, parts (state §1).
func key(route, region int, parts ...any) string {
	b := []byte{byte(route >> 8), byte(route), byte(region)}
	for _, p := range parts {
		switch p := p.(type) {
		case uint64:
			b = append(b, wire.Be64(p)...)
		case int:
			b = append(b, wire.Be64(uint64(p))...)
		case wire.Address:
			b = append(b, p[:]...)
		case wire.Hash:
			b = append(b, p[:]...)
		case wire.Key:
			b = append(b, p[:]...)
		case string:
			b = append(b, p...)
		default:
			panic(fmt.Sprintf("law: no part of a key: %T", p))
		}
	}
	return string(b)
}

// tail64 reads the number of eight bytes at an offset of a key.
func tail64(k string, at int) (n uint64) {
	for _, c := range []byte(k[at : at+8]) {
		n = n<<8 | uint64(c)
	}
	return n
}

// prefixLen is the length of a key's route and region.
const prefixLen = 3

// uvarint and short are the own forms of state §1.
func uvarint(b []byte, n uint64) []byte {
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

func short(b []byte, a num.Int) []byte {
	v := a.Big()
	return append(append(b, byte(len(v))), v...)
}

func readUvarint(b []byte) (n uint64, rest []byte) {
	for i := 0; i < len(b); i++ {
		n |= uint64(b[i]&0x7f) << (7 * i)
		if b[i] < 0x80 {
			return n, b[i+1:]
		}
	}
	return n, nil
}

func readShort(b []byte) (num.Int, []byte) {
	if len(b) == 0 || len(b) < 1+int(b[0]) {
		return num.Int{}, nil
	}
	return num.Bytes(b[1 : 1+b[0]]), b[1+b[0]:]
}

// enc is cbor of what f appends.
func enc(f func(e *cbor.Enc)) []byte {
	var e cbor.Enc
	f(&e)
	return e
}

// list is cbor of an array of encoded values.
func list(items [][]byte) []byte {
	return enc(func(e *cbor.Enc) {
		e.Array(len(items))
		for _, it := range items {
			e.Raw(it)
		}
	})
}

// amounts is cbor of an array of amounts.
func amounts(a ...num.Int) []byte {
	return enc(func(e *cbor.Enc) {
		e.Array(len(a))
		for _, x := range a {
			wire.Amount(e, x)
		}
	})
}

func uint64Value(n uint64) []byte { return enc(func(e *cbor.Enc) { e.Uint(n) }) }

// read decodes a stored value that this package or a checked root vouches for.
func read(b []byte, what string, f func(d *cbor.Dec)) {
	d := cbor.New(b)
	f(d)
	if err := d.Done(); err != nil {
		panic("law: the state's " + what + ": " + err.Error())
	}
}

// describe names a message that there is not.
func describe(m *wire.Msg) string { return fmt.Sprintf("route %d, message %d", m.Route, m.ID) }
