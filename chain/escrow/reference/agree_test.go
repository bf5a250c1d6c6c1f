package reference_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/cloudflare/circl/group"
	"pgregory.net/rapid"

	"probity/chain/escrow"
	"probity/chain/keys"
)

// pair of implementations over one panel.
type both struct {
	panel
	escrow  *escrow.Panel
	secrets []escrow.Secret
}

func newBoth(tb testing.TB, tickets int) both {
	tb.Helper()
	b := both{panel: panel{at: escrow.Place{Bound: keys.Sum([]byte("b")), Epoch: 9, ASC: keys.Sum([]byte("a")), Salt: 3, Roster: keys.Sum([]byte("r"))}}}
	for i := range tickets {
		b.secrets = append(b.secrets, escrow.NewSecret([32]byte{3}, uint32(i)))
		b.keys = append(b.keys, escrow.DHPVSS.Public(b.secrets[i]))
	}
	var err error
	if b.escrow, err = escrow.DHPVSS.Panel(b.keys); err != nil {
		tb.Fatal(err)
	}
	return b
}

// dealing, reveal and share run both implementations and want one verdict.
func (b both) dealing(t *rapid.T, what string, dealing []byte) bool {
	err := escrow.DHPVSS.Verify(b.escrow, b.at, dealing)
	if ok := b.verify(dealing); ok != (err == nil) {
		t.Fatalf("%s: reference says %v, escrow %v: %x", what, ok, err, dealing)
	}
	return err == nil
}

func (b both) opening(t *rapid.T, what string, dealing, reveal []byte) bool {
	got, err := escrow.DHPVSS.Open(b.at, dealing, reveal)
	want, ok := b.open(dealing, reveal)
	if ok != (err == nil) || ok && !bytes.Equal(got[:], want) {
		t.Fatalf("%s: reference says %v %x, escrow %v %x", what, ok, want, err, got)
	}
	return ok
}

func (b both) share(t *rapid.T, what string, dealing []byte, s escrow.Share) bool {
	err := escrow.DHPVSS.CheckShare(b.escrow, b.at, dealing, s)
	if ok := b.checkShare(dealing, s); ok != (err == nil) {
		t.Fatalf("%s: reference says %v, escrow %v: %v", what, ok, err, s)
	}
	return err == nil
}

// damage changes bytes in one of the ways that matter: a bit, an element
// replaced by another valid one, by its negative, by the identity, two exchanged.
func damage(t *rapid.T, in []byte) []byte {
	out := bytes.Clone(in)
	at := 32 * rapid.IntRange(0, len(out)/32-1).Draw(t, "element")
	switch rapid.IntRange(0, 4).Draw(t, "damage") {
	case 0:
		out[at+rapid.IntRange(0, 31).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
	case 1:
		copy(out[at:], encode(mul(g.Generator(), big.NewInt(rapid.Int64Range(1, 9).Draw(t, "power")))))
	case 2:
		if e, ok := decode(out[at : at+32]); ok {
			copy(out[at:], encode(g.NewElement().Neg(e)))
		}
	case 3:
		copy(out[at:], make([]byte, 32))
	case 4:
		other := 32 * rapid.IntRange(0, len(out)/32-1).Draw(t, "other")
		copy(out[at:at+32], in[other:other+32])
		copy(out[other:other+32], in[at:at+32])
	}
	return out
}

var sizes = []int{1, 2, 3, 4, 6, 13}

// Goal: both verifiers agree on what the package's own dealer makes, whole and
// damaged. Method: random sizes, seeds, places and damages; the whole must pass,
// the damaged must not.
func TestAgree(t *testing.T) {
	kits := map[int]both{}
	for _, n := range sizes {
		kits[n] = newBoth(t, n)
	}
	rapid.Check(t, func(t *rapid.T) {
		b := kits[rapid.SampledFrom(sizes).Draw(t, "tickets")]
		b.at.Epoch = rapid.Uint64().Draw(t, "epoch")
		b.at.Salt = rapid.Uint32().Draw(t, "salt")
		seed := [32]byte{rapid.Byte().Draw(t, "seed")}
		dealing := escrow.DHPVSS.Deal(b.escrow, b.at, seed)
		reveal := escrow.DHPVSS.Reveal(b.at, seed, dealing)
		ticket := rapid.IntRange(0, b.tickets()-1).Draw(t, "ticket")
		share := escrow.DHPVSS.Share(b.at, dealing, uint32(ticket), b.secrets[ticket])
		if !b.dealing(t, "honest", dealing) || !b.opening(t, "honest", dealing, reveal) || !b.share(t, "honest", dealing, share) {
			t.Fatal("both refuse honest work")
		}
		if d := damage(t, dealing); !bytes.Equal(d, dealing) {
			if b.dealing(t, "damaged", d) || b.opening(t, "damaged dealing", d, reveal) || b.share(t, "damaged dealing", d, share) {
				t.Fatal("both accept a damaged dealing")
			}
		}
		if r := damage(t, reveal); !bytes.Equal(r, reveal) && b.opening(t, "damaged", dealing, r) {
			t.Fatal("both accept a damaged reveal")
		}
		s := escrow.Share{Ticket: share.Ticket, Proof: escrow.Proof(damage(t, share.Proof[:]))}
		if s != share && b.share(t, "damaged", dealing, s) {
			t.Fatal("both accept a damaged share")
		}
		b.at.Epoch++
		if b.dealing(t, "moved", dealing) || b.opening(t, "moved", dealing, reveal) || b.share(t, "moved", dealing, share) {
			t.Fatal("both accept another place's")
		}
	})
}

// Goal: the package accepts what another honest dealer makes and refuses a
// cheating one, with a proof made afresh over whatever it deals. Method: the
// reference dealer, values of a random polynomial, one moved or the degree one
// higher; reveal, recovery and the exponent of the salt agree.
func TestForeignDealer(t *testing.T) {
	kits := map[int]both{}
	for _, n := range sizes {
		kits[n] = newBoth(t, n)
	}
	rapid.Check(t, func(t *rapid.T) {
		b := kits[rapid.SampledFrom(sizes).Draw(t, "tickets")]
		random := func(label string) *big.Int {
			return number(hash(64, label, rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, label)))
		}
		terms := b.threshold()
		moved := rapid.IntRange(-2, b.tickets()).Draw(t, "moved")
		if moved == -2 {
			terms++
		}
		values := make([]*big.Int, b.tickets()+1)
		for i := range values {
			values[i] = new(big.Int)
		}
		for k := range terms {
			c := random("coefficient")
			for x := range values {
				term := new(big.Int).Exp(big.NewInt(int64(x)), big.NewInt(int64(k)), q)
				values[x].Add(values[x], term.Mul(term, c))
			}
		}
		if moved >= 0 {
			values[moved].Add(values[moved], random("by"))
		}
		s, r := random("s"), random("r")
		dealing := b.deal(s, r, values)
		reveal := b.reveal(dealing, s, r)
		if b.dealing(t, "foreign", dealing) != (moved == -1) {
			t.Fatalf("moved %d: verdict", moved)
		}
		if !b.opening(t, "foreign", dealing, reveal) {
			t.Fatal("a right K_0 refused")
		}
		if moved != -1 {
			return
		}
		var shares []escrow.Share
		for _, i := range rapid.Permutation(b.numbers()).Draw(t, "holders")[:b.threshold()] {
			shares = append(shares, escrow.DHPVSS.Share(b.at, dealing, uint32(i), b.secrets[i]))
		}
		want := encode(mul(g.Generator(), values[0]))
		got, err := escrow.DHPVSS.Recover(b.escrow, b.at, dealing, shares)
		opened, _ := b.open(dealing, reveal)
		if err != nil || !bytes.Equal(got[:], want) || !bytes.Equal(b.salt(dealing, shares), want) || !bytes.Equal(opened, want) {
			t.Fatalf("recovered %x, want %x, %v", got, want, err)
		}
	})
}

func (b both) numbers() []int {
	out := make([]int, b.tickets())
	for i := range out {
		out[i] = i
	}
	return out
}

// Goal: both agree on proofs of possession. Method: honest, damaged proofs,
// damaged keys, other contexts.
func TestPossession(t *testing.T) {
	b := newBoth(t, 7)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(t, "n")
		context := rapid.SliceOf(rapid.Byte()).Draw(t, "context")
		proof := escrow.DHPVSS.Possess(b.secrets[:n], context)
		flat := bytes.Join(b.keys[:n], nil)
		check := func(flat, context, proof []byte) bool {
			var split [][]byte
			for i := 0; i < len(flat); i += 32 {
				split = append(split, flat[i:i+32])
			}
			err := escrow.DHPVSS.Possessed(split, context, proof)
			if ok := possessed(split, context, proof); ok != (err == nil) {
				t.Fatalf("reference says %v, escrow %v", ok, err)
			}
			return err == nil
		}
		if !check(flat, context, proof) {
			t.Fatal("both refuse an honest proof")
		}
		p, f := damage(t, proof), damage(t, flat)
		if !bytes.Equal(p, proof) && check(flat, context, p) || !bytes.Equal(f, flat) && check(f, context, proof) ||
			check(flat, append(bytes.Clone(context), 0), proof) {
			t.Fatal("both accept damage")
		}
	})
}

// Goal: circl reads and refuses the same encodings as RFC 9496 says, so that the
// comparison above is between right implementations. Method: its vectors.
func TestReferenceGroup(t *testing.T) {
	text, err := os.ReadFile("../testdata/rfc9496.txt")
	if err != nil {
		t.Fatal(err)
	}
	multiple := g.Identity()
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] == "#" || f[0] == "uniform" {
			continue
		}
		b, err := hex.DecodeString(f[1])
		if err != nil {
			t.Fatal(err)
		}
		switch f[0] {
		case "multiple":
			if !bytes.Equal(encode(multiple), b) {
				t.Errorf("%x", encode(multiple))
			}
			multiple = add(multiple, g.Generator())
		case "invalid":
			if _, ok := decode(b); ok {
				t.Errorf("%x read", b)
			}
		}
	}
}

// BenchmarkVerify compares the libraries on a dealing's verification: all of it
// in the package, and for circl the group's part alone (decoding, both products,
// the proof), with the weights given.
func BenchmarkVerify(b *testing.B) {
	for _, tickets := range []int{4, 43, 133} {
		k := newBoth(b, tickets)
		dealing := escrow.DHPVSS.Deal(k.escrow, k.at, [32]byte{1})
		b.Run(fmt.Sprintf("voi/T=%d", tickets), func(b *testing.B) {
			for b.Loop() {
				if err := escrow.DHPVSS.Verify(k.escrow, k.at, dealing); err != nil {
					b.Fatal(err)
				}
			}
		})
		w := k.weights(k.transcript(dealing[:len(dealing)-64]))
		scalars, points := make([]group.Scalar, len(w)), make([]group.Element, len(w))
		for i := range w {
			scalars[i] = scalar(w[i])
			points[i] = k.e0()
			if i > 0 {
				points[i], _ = decode(k.keys[i-1])
			}
		}
		b.Run(fmt.Sprintf("circl/T=%d", tickets), func(b *testing.B) {
			for b.Loop() {
				d, c, _ := k.body(dealing)
				u, v := g.Identity(), g.Identity()
				for i := range c {
					u = add(u, g.NewElement().Mul(points[i], scalars[i]))
					v = add(v, g.NewElement().Mul(c[i], scalars[i]))
				}
				cc, z, _ := pair(dealing[len(dealing)-64:])
				first := add(g.NewElement().MulGen(scalar(z)), mul(d, cc))
				second := add(mul(u, z), mul(v, cc))
				_, _ = encode(first), encode(second)
			}
		})
	}
}
