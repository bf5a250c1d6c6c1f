package escrow

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
	"pgregory.net/rapid"
)

// cheat is a dealer who knows everything that a dealer can know.
type cheat struct {
	panel   *Panel
	secrets []Secret
	at      Place
	s       *scalar.Scalar
	values  []*scalar.Scalar // of an honest polynomial at 0…T
}

func newCheat(tb testing.TB, tickets int) cheat {
	tb.Helper()
	c := cheat{at: Place{Epoch: 5, Salt: 2}}
	public := make([][]byte, tickets)
	for i := range public {
		c.secrets = append(c.secrets, NewSecret([32]byte{4}, uint32(i)))
		public[i] = DHPVSS.Public(c.secrets[i])
	}
	var err error
	if c.panel, err = DHPVSS.Panel(public); err != nil {
		tb.Fatal(err)
	}
	e := newEphemeral(c.at, [32]byte{6}, c.panel.Threshold())
	c.s, c.values = e.s, values(e.polynomial, tickets)
	return c
}

// Goal: a dealer who knows s and makes the proof afresh still cannot commit to
// a value off the polynomial, at point 0 neither. Method: each value in turn
// moved by one, then by a random amount; the honest dealing passes beside them.
func TestCheatingDealer(t *testing.T) {
	for _, tickets := range []int{1, 2, 3, 4, 6, 43} {
		c := newCheat(t, tickets)
		if err := DHPVSS.Verify(c.panel, c.at, c.panel.deal(c.at, c.s, c.values)); err != nil {
			t.Fatalf("T = %d: %v", tickets, err)
		}
		for i := range c.values {
			for _, by := range []*scalar.Scalar{scalar.One(), hashScalar("a random amount", []byte{byte(i)})} {
				moved := append([]*scalar.Scalar(nil), c.values...)
				moved[i] = scalar.New().Add(moved[i], by)
				if err := DHPVSS.Verify(c.panel, c.at, c.panel.deal(c.at, c.s, moved)); !errors.Is(err, ErrDealing) {
					t.Errorf("T = %d: C_%d moved: %v", tickets, i, err)
				}
			}
		}
	}
}

// Goal: one degree too many is refused: the whole vector is then off every
// allowed polynomial, and t+1 shares would give different salts. Method: a
// polynomial of t+2 coefficients. For T = 1 and 2 every vector but one at each
// end is covered by TestCheatingDealer.
func TestDegreeTooHigh(t *testing.T) {
	for _, tickets := range []int{1, 2, 3, 4, 6, 43} {
		c := newCheat(t, tickets)
		e := newEphemeral(c.at, [32]byte{8}, c.panel.Threshold()+1)
		if err := DHPVSS.Verify(c.panel, c.at, c.panel.deal(c.at, c.s, values(e.polynomial, tickets))); !errors.Is(err, ErrDealing) {
			t.Errorf("T = %d: %v", tickets, err)
		}
	}
}

// Goal: point 0 is what ties the reveal to the escrow. Method: the same sum
// without point 0, over the shorter code, accepts a dealing whose reveal differs
// from its recovery; Verify refuses it.
func TestPointZeroMatters(t *testing.T) {
	c := newCheat(t, 6)
	free := append([]*scalar.Scalar(nil), c.values...)
	free[0] = scalar.New().Add(free[0], scalar.One())
	dealing := c.panel.deal(c.at, c.s, free)

	// The code of the points 1…T is that of 0…T−1 shifted, with one coefficient
	// of m less.
	v, m := dualCode(5), values([]*scalar.Scalar{hashScalar("m0"), hashScalar("m1"), hashScalar("m2")}, 5)
	sum := scalar.New()
	for k := range v {
		term := scalar.New().Mul(v[k], m[k])
		sum.Add(sum, term.Mul(term, free[k+1]))
	}
	if sum.Equal(scalar.New()) != 1 {
		t.Fatal("the values at the tickets are not of an allowed polynomial")
	}
	var shares []Share
	for i := range c.panel.Threshold() {
		shares = append(shares, DHPVSS.Share(c.at, dealing, uint32(i), c.secrets[i]))
	}
	recovered, err := DHPVSS.Recover(c.panel, c.at, dealing, shares)
	if err != nil {
		t.Fatal(err)
	}
	e0 := mask(c.at)
	image := newElement(raise(&e0.point, c.s))
	proof := equality{bind(c.at, dealing), newElement(power(c.s)), e0, image}.prove(c.s)
	opened, err := DHPVSS.Open(c.at, dealing, append(image.bytes[:], proof[:]...))
	if err != nil || opened == recovered {
		t.Fatalf("the reveal should open and differ: %v", err)
	}
	if err := DHPVSS.Verify(c.panel, c.at, dealing); !errors.Is(err, ErrDealing) {
		t.Fatal(err)
	}
}

// Goal: t shares say nothing about the salt. Method: for a random set of t
// tickets and any other salt, construct the one polynomial of degree t that has
// this salt and the set's values; its dealing with the same s is valid, and
// holds the same D, C_k and K_k for the whole set.
func TestTooFewSharesFitAnySalt(t *testing.T) {
	c := newCheat(t, 9)
	honest := c.panel.deal(c.at, c.s, c.values)
	rapid.Check(t, func(t *rapid.T) {
		set := rapid.Permutation([]int{1, 2, 3, 4, 5, 6, 7, 8, 9}).Draw(t, "set")[:c.panel.Threshold()-1]
		salt := hashScalar("salt", rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "salt"))
		xs, ys := []int{0}, []*scalar.Scalar{salt}
		for _, k := range set {
			xs, ys = append(xs, k), append(ys, c.values[k])
		}
		other := make([]*scalar.Scalar, 10)
		for x := range other {
			other[x] = through(xs, ys, x)
		}
		dealing := c.panel.deal(c.at, c.s, other)
		if err := DHPVSS.Verify(c.panel, c.at, dealing); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(dealing[:PointBytes], honest[:PointBytes]) {
			t.Fatal("another D")
		}
		for _, k := range set {
			at := (k + 1) * PointBytes
			if !bytes.Equal(dealing[at:at+PointBytes], honest[at:at+PointBytes]) {
				t.Fatalf("another C_%d", k)
			}
			a := DHPVSS.Share(c.at, dealing, uint32(k-1), c.secrets[k-1]).Proof
			b := DHPVSS.Share(c.at, honest, uint32(k-1), c.secrets[k-1]).Proof
			if !bytes.Equal(a[:PointBytes], b[:PointBytes]) {
				t.Fatalf("another K_%d", k)
			}
		}
		var shares []Share
		for i := range c.panel.Threshold() {
			shares = append(shares, DHPVSS.Share(c.at, dealing, uint32(i), c.secrets[i]))
		}
		got, err := DHPVSS.Recover(c.panel, c.at, dealing, shares)
		if err != nil || got != encodePoint(power(salt)) {
			t.Fatalf("%x, %v", got, err)
		}
	})
}

// through is the value at x of the polynomial through the points.
func through(xs []int, ys []*scalar.Scalar, x int) *scalar.Scalar {
	small := func(n int) *scalar.Scalar {
		if n < 0 {
			return scalar.New().Neg(scalar.NewFromUint64(uint64(-n)))
		}
		return scalar.NewFromUint64(uint64(n))
	}
	sum := scalar.New()
	for i, xi := range xs {
		term := scalar.New().Set(ys[i])
		for j, xj := range xs {
			if j != i {
				term.Mul(term, small(x-xj))
				term.Mul(term, scalar.New().Invert(small(xi-xj)))
			}
		}
		sum.Add(sum, term)
	}
	return sum
}

// Goal: values and lagrange agree with the definition. Method: random
// coefficients; interpolation by the naive formula from the first points gives
// every further value, and lagrange gives the value at 0 from random points.
func TestPolynomial(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "coefficients")
		c := make([]*scalar.Scalar, n)
		for i := range c {
			c[i] = hashScalar("coefficient", rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "c"))
		}
		y := values(c, 15)
		xs := make([]int, n)
		for i := range xs {
			xs[i] = i
		}
		for x := range y {
			if through(xs, y[:n], x).Equal(y[x]) != 1 {
				t.Fatalf("value at %d is off the polynomial", x)
			}
		}
		var points []uint64
		for x := uint64(1); x <= 15; x++ {
			if left := n - len(points); left > 0 && (int(16-x) == left || rapid.Bool().Draw(t, "take")) {
				points = append(points, x)
			}
		}
		sum := scalar.New()
		for i, l := range lagrange(points) {
			sum.Add(sum, scalar.New().Mul(l, y[points[i]]))
		}
		if sum.Equal(y[0]) != 1 || c[0].Equal(y[0]) != 1 {
			t.Fatalf("interpolation from %v misses the value at 0", points)
		}
	})
}

// Goal: products of the largest panel's numbers do not overflow. Method: the
// last MaxTickets/2 points, whose factors are largest, give the value at 0 of a
// constant.
func TestLagrangeLargest(t *testing.T) {
	var points []uint64
	for x := uint64(MaxTickets/2 + 1); x <= MaxTickets; x++ {
		points = append(points, x)
	}
	sum := scalar.New()
	for _, l := range lagrange(points) {
		sum.Add(sum, l)
	}
	if sum.Equal(scalar.One()) != 1 {
		t.Fatal("the coefficients do not sum to one")
	}
}

// Goal: a proof of equality holds for its statement only. Method: every part
// replaced by another element; an x that fits one half of the statement.
func TestEquality(t *testing.T) {
	x, y := hashScalar("x"), hashScalar("y")
	base := newElement(power(hashScalar("base")))
	e := equality{key: newElement(power(x)), base: base, image: newElement(raise(&base.point, x))}
	proof := e.prove(x)
	if !e.holds(proof[:]) {
		t.Fatal("an honest proof does not hold")
	}
	stranger := newElement(power(y))
	for i, bad := range []equality{
		{[32]byte{1}, e.key, e.base, e.image}, {e.context, stranger, e.base, e.image},
		{e.context, e.key, stranger, e.image}, {e.context, e.key, e.base, stranger},
	} {
		if bad.holds(proof[:]) {
			t.Errorf("holds for another statement, %d", i)
		}
	}
	for i, lie := range []equality{
		{e.context, e.key, e.base, stranger}, {e.context, stranger, e.base, e.image},
	} {
		for _, secret := range []*scalar.Scalar{x, y} {
			if p := lie.prove(secret); lie.holds(p[:]) {
				t.Errorf("a false statement holds, %d", i)
			}
		}
	}
}

// Goal: no encoding but the canonical one is read. Method: scalars at and above
// the order in either half of a proof; points with the high bit, and zero.
func TestCanonicalOnly(t *testing.T) {
	order := encodeScalar(scalar.New().Sub(scalar.New(), scalar.One())) // q − 1
	if _, ok := decodeScalar(order[:]); !ok {
		t.Fatal("q − 1 refused")
	}
	order[0]++ // q
	for _, b := range [][]byte{order[:], bytes.Repeat([]byte{0xff}, 32), nil, make([]byte, 33)} {
		if _, ok := decodeScalar(b); ok {
			t.Errorf("scalar %x read", b)
		}
	}
	proof := make([]byte, ProofBytes)
	if _, _, ok := decodeProof(proof); !ok {
		t.Fatal("zeros refused, though canonical")
	}
	for _, at := range []int{0, 32} {
		bad := bytes.Clone(proof)
		copy(bad[at:], order[:])
		if _, _, ok := decodeProof(bad); ok {
			t.Errorf("q read at %d", at)
		}
	}
	g := encodePoint(power(scalar.One()))
	g[31] |= 0x80
	if _, ok := decodeElement(g[:]); ok {
		t.Error("a point with the high bit read")
	}
	if _, ok := decodeElement(make([]byte, 32)); ok {
		t.Error("the identity read")
	}
}

// Goal: no hash of this package can be read as another. Method: no domain is a
// prefix of another one.
func TestDomains(t *testing.T) {
	all := []string{
		domainKey, domainPanel, domainBase, domainDeal, domainTranscript, domainWeights, domainDealing,
		domainDealNonce, domainDealChallenge, domainDLEQNonce, domainDLEQ, domainPossession,
		domainPossessionNonce, domainPossessionProof,
		idealDeal, idealSalt, idealTag, idealReveal, idealShare, idealPossess,
	}
	for i, a := range all {
		for j, b := range all {
			if i != j && bytes.HasPrefix([]byte(b), []byte(a)) {
				t.Errorf("%q begins with %q", b, a)
			}
		}
	}
}

// Goal: the group is ristretto255. Method: the generator's multiples, refused
// encodings and hashes to the group of RFC 9496, appendix A, through this
// package's own helpers.
func TestRFC9496(t *testing.T) {
	multiple, seen := scalar.New(), map[string]int{}
	readVectors(t, "testdata/rfc9496.txt", func(f []string) {
		seen[f[0]]++
		switch f[0] {
		case "multiple":
			want := unhex(t, f[1])
			if got := encodePoint(power(multiple)); !bytes.Equal(got[:], want) {
				t.Errorf("multiple %d: %x", seen[f[0]]-1, got)
			}
			if e, ok := decodeElement(want); ok != (seen[f[0]] > 1) || ok && encodePoint(&e.point) != [32]byte(want) {
				t.Errorf("multiple %d is read %v", seen[f[0]]-1, ok)
			}
			multiple.Add(multiple, scalar.One())
		case "invalid":
			if _, ok := decodeElement(unhex(t, f[1])); ok {
				t.Errorf("%s read", f[1])
			}
		case "uniform":
			var p curve.RistrettoPoint
			if _, err := p.SetUniformBytes(unhex(t, f[1])); err != nil {
				t.Fatal(err)
			}
			if got := encodePoint(&p); !bytes.Equal(got[:], unhex(t, f[2])) {
				t.Errorf("%s: %x", f[1], got)
			}
		default:
			t.Fatalf("%q", f)
		}
	})
	if fmt.Sprint(seen) != "map[invalid:29 multiple:16 uniform:7]" {
		t.Fatal(seen)
	}
}
