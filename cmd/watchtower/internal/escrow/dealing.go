package escrow

import (
	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/wire"
)

// Place is what a salt is dealt for (§6), 108 bytes when encoded.
type Place struct {
	Bound  wire.Hash
	Epoch  uint64
	ASC    wire.Hash
	Number uint32
	Roster wire.Hash
}

// Encode is the place's bytes.
func (p Place) Encode() []byte {
	out := append([]byte{}, p.Bound[:]...)
	out = append(out, wire.Be64(p.Epoch)...)
	out = append(out, p.ASC[:]...)
	out = append(out, wire.Be32(p.Number)...)
	return append(out, p.Roster[:]...)
}

// own is E_0, the dealer's key at the place.
func (p Place) own() *point {
	return hashTo("probity/escrow-base/v1", wire.Be64(p.Epoch), p.ASC[:], wire.Be32(p.Number))
}

// Size is the length of a dealing to T tickets.
func Size(tickets int) int { return 32*(tickets+2) + 64 }

// part is D for 0, C_0 for 1, and so on.
func part(dealing []byte, i int) []byte { return dealing[32*i : 32*i+32] }

// Check reports whether the dealing is valid at its place, dealt to these
// tickets (§6).
func Check(place Place, tickets []wire.Hash, dealing []byte) bool {
	n := len(tickets)
	if n == 0 || len(dealing) != Size(n) {
		return false
	}
	d, ok := element(part(dealing, 0))
	if !ok {
		return false
	}
	keys, shares := []*point{place.own()}, []*point{}
	panel := [][]byte{[]byte("probity/escrow-panel/v1")}
	for i := range tickets {
		e, ok := element(tickets[i][:])
		if !ok {
			return false
		}
		keys = append(keys, e)
		panel = append(panel, tickets[i][:])
	}
	for i := 0; i <= n; i++ {
		c, ok := element(part(dealing, 1+i))
		if !ok {
			return false
		}
		shares = append(shares, c)
	}
	c, ok1 := canonical(dealing[len(dealing)-64 : len(dealing)-32])
	z, ok2 := canonical(dealing[len(dealing)-32:])
	if !ok1 || !ok2 {
		return false
	}
	p := wire.Sum(panel...)
	tau := wire.Sum([]byte("probity/escrow-transcript/v1"), place.Encode(), p[:], dealing[:32*(n+2)])
	w := weights(n, tau)
	u, v := times(w, keys), times(w, shares)
	want := challenge([]byte("probity/dleq-dealing/v1"), tau[:], encode(base(z, d, c)), encode(times([]*number{z, c}, []*point{u, v})))
	return want.Equal(c) == 1
}

// weights are w_0 … w_T, a random word of the dual code drawn from τ.
func weights(n int, tau wire.Hash) []*number {
	count := n - (Threshold(n) - 1) // T − t
	stream := wire.XOF(64*count, []byte("probity/escrow-weights/v1"), tau[:])
	fact, inverse := factorials(n)
	out := make([]*number, n+1)
	for i := 0; i <= n; i++ {
		m := scalar.New()
		for k := 0; k < count && k <= i; k++ { // binom(i, k) is zero above i
			term := wide(stream[64*k : 64*k+64])
			term.Mul(term, fact[i]).Mul(term, inverse[k]).Mul(term, inverse[i-k])
			m.Add(m, term)
		}
		m.Mul(m, inverse[i]).Mul(m, inverse[n-i])
		if (n-i)%2 == 1 {
			m.Neg(m)
		}
		out[i] = m
	}
	return out
}

func factorials(n int) (fact, inverse []*number) {
	f := scalar.One()
	for i := 0; i <= n; i++ {
		if i > 0 {
			f = scalar.New().Mul(f, scalar.NewFromUint64(uint64(i)))
		}
		fact = append(fact, f)
		inverse = append(inverse, scalar.New().Invert(f))
	}
	return fact, inverse
}

// Opening is what opens a salt (§8): a reveal or shares.
type Opening struct {
	Reveal []byte
	Shares []Share
}

// Share is a ticket's part of an opening.
type Share struct {
	Ticket int
	Proof  []byte
}

// MaxOpening bounds an opening's bytes.
const MaxOpening = 106_504

// DecodeOpening reads the one form of an opening.
func DecodeOpening(b []byte) (*Opening, error) {
	d, o := cbor.New(b), &Opening{}
	if len(b) > MaxOpening {
		d.Fail("an opening of %d bytes", len(b))
	}
	d.Array(2)
	o.Reveal = d.Bytes()
	n := d.Len()
	for i := 0; i < n && d.Err() == nil; i++ {
		d.Array(2)
		s := Share{Ticket: int(d.Uint(1023)), Proof: d.Bytes()}
		if len(s.Proof) != 96 || i > 0 && s.Ticket <= o.Shares[i-1].Ticket {
			d.Fail("share %d", i)
		}
		o.Shares = append(o.Shares, s)
	}
	if d.Err() == nil && (len(o.Reveal) == 0) == (n == 0) || len(o.Reveal) != 0 && len(o.Reveal) != 96 {
		d.Fail("neither a reveal nor shares")
	}
	return o, d.Done()
}

// Open is the salt that the opening gives; ok is false where it opens nothing
// (§7, §8).
func (o *Opening) Open(place Place, tickets []wire.Hash, dealing []byte) (salt []byte, ok bool) {
	if len(o.Reveal) != 0 {
		return Reveal(place, dealing, o.Reveal)
	}
	if len(dealing) != Size(len(tickets)) || len(o.Shares) != Threshold(len(tickets)) {
		return nil, false
	}
	ctx := context(place, dealing)
	var points []*point
	for _, s := range o.Shares {
		if s.Ticket >= len(tickets) || !equal(ctx[:], tickets[s.Ticket][:], part(dealing, 0), s.Proof[:32], s.Proof[32:]) {
			return nil, false
		}
		k, _ := element(s.Proof[:32]) // equal has read it
		c, ok := element(part(dealing, 2+s.Ticket))
		if !ok {
			return nil, false
		}
		points = append(points, curve.NewRistrettoPoint().Sub(c, k))
	}
	return encode(times(o.lagrange(), points)), true
}

// lagrange are λ_k of the shares' points, ticket + 1.
func (o *Opening) lagrange() (out []*number) {
	for i, s := range o.Shares {
		top, bottom := scalar.One(), scalar.One()
		k := scalar.NewFromUint64(uint64(s.Ticket + 1))
		for j, r := range o.Shares {
			if i != j {
				l := scalar.NewFromUint64(uint64(r.Ticket + 1))
				top.Mul(top, l)
				bottom.Mul(bottom, scalar.New().Sub(l, k))
			}
		}
		out = append(out, top.Mul(top, bottom.Invert(bottom)))
	}
	return out
}

// Reveal is the salt that the dealer's reveal opens.
func Reveal(place Place, dealing, reveal []byte) (salt []byte, ok bool) {
	if len(reveal) != 96 || len(dealing) < 64 {
		return nil, false
	}
	ctx := context(place, dealing)
	if !equal(ctx[:], part(dealing, 0), encode(place.own()), reveal[:32], reveal[32:]) {
		return nil, false
	}
	k, _ := element(reveal[:32]) // equal has read it
	c, ok := element(part(dealing, 1))
	if !ok {
		return nil, false
	}
	return encode(curve.NewRistrettoPoint().Sub(c, k)), true
}

func context(place Place, dealing []byte) wire.Hash {
	return wire.Sum([]byte("probity/escrow-dealing/v1"), place.Encode(), dealing)
}
