package escrow_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/escrow"
	"probity/chain/keys"
)

// suites are the two implementations; every test of this file runs over both.
var suites = []struct {
	name  string
	suite escrow.Suite
}{{"dhpvss", escrow.DHPVSS}, {"ideal", escrow.Ideal{}}}

// kit is a panel with its secrets and one dealing to it.
type kit struct {
	escrow.Suite
	panel   *escrow.Panel
	secrets []escrow.Secret
	at      escrow.Place
	seed    [32]byte
	dealing []byte
}

func newKit(tb testing.TB, suite escrow.Suite, tickets int, number uint32) kit {
	tb.Helper()
	k := kit{Suite: suite, at: escrow.Place{
		Bound: keys.Sum([]byte("genesis")), Epoch: 7, ASC: keys.Sum([]byte("asc")), Salt: number, Roster: keys.Sum([]byte("roster")),
	}}
	binary.BigEndian.PutUint32(k.seed[:], number+1)
	public := make([][]byte, tickets)
	for i := range public {
		k.secrets = append(k.secrets, escrow.NewSecret([32]byte{1}, uint32(i)))
		public[i] = suite.Public(k.secrets[i])
	}
	var err error
	if k.panel, err = suite.Panel(public); err != nil {
		tb.Fatal(err)
	}
	k.dealing = suite.Deal(k.panel, k.at, k.seed)
	return k
}

// share is the right share of a ticket.
func (k kit) share(ticket int) escrow.Share {
	return k.Share(k.at, k.dealing, uint32(ticket), k.secrets[ticket])
}

// salt is what the dealer's reveal opens.
func (k kit) salt(tb testing.TB) [32]byte {
	tb.Helper()
	salt, err := k.Open(k.at, k.dealing, k.Reveal(k.at, k.seed, k.dealing))
	if err != nil {
		tb.Fatal(err)
	}
	return salt
}

// each runs a test over both suites and some numbers of tickets.
func each(t *testing.T, tickets []int, f func(*testing.T, kit)) {
	t.Helper()
	for _, s := range suites {
		for _, n := range tickets {
			t.Run(fmt.Sprintf("%s/%d", s.name, n), func(t *testing.T) { f(t, newKit(t, s.suite, n, 0)) })
		}
	}
}

// changed is b with one bit of byte i turned over.
func changed(b []byte, i int) []byte {
	c := bytes.Clone(b)
	c[i] ^= 1
	return c
}

var sizes = []int{1, 2, 3, 4, 6, 43}

// Goal: honest work passes, in the sizes that the package states, and again
// gives the same bytes. Method: every step once, twice where it is to repeat.
func TestHonest(t *testing.T) {
	each(t, sizes, func(t *testing.T, k kit) {
		n := k.panel.Tickets()
		if err := k.Verify(k.panel, k.at, k.dealing); err != nil {
			t.Fatal(err)
		}
		if len(k.dealing) != escrow.DealingBytes(n) || !bytes.Equal(k.dealing, k.Deal(k.panel, k.at, k.seed)) {
			t.Fatalf("%d bytes, or not the same twice", len(k.dealing))
		}
		reveal := k.Reveal(k.at, k.seed, k.dealing)
		if len(reveal) != escrow.RevealBytes || !bytes.Equal(reveal, k.Reveal(k.at, k.seed, k.dealing)) {
			t.Fatalf("reveal of %d bytes, or not the same twice", len(reveal))
		}
		if k.panel.Threshold() != (n+1)/2 {
			t.Fatalf("threshold %d", k.panel.Threshold())
		}
		for i := range n {
			s := k.share(i)
			if err := k.CheckShare(k.panel, k.at, k.dealing, s); err != nil || s != k.share(i) {
				t.Fatalf("ticket %d: %v", i, err)
			}
			if !bytes.Equal(k.panel.Key(i), k.Public(k.secrets[i])) {
				t.Fatalf("key of ticket %d", i)
			}
		}
		if k.panel.Key(-1) != nil || k.panel.Key(n) != nil {
			t.Fatal("a key beyond the tickets")
		}
	})
}

// Goal: nothing in a dealing can be changed. Method: a bit of every element in
// turn, an element replaced by another valid one, parts swapped, another length.
func TestDamagedDealing(t *testing.T) {
	each(t, sizes, func(t *testing.T, k kit) {
		refuse := func(what string, d []byte) {
			t.Helper()
			if err := k.Verify(k.panel, k.at, d); !errors.Is(err, escrow.ErrDealing) {
				t.Errorf("%s: %v", what, err)
			}
		}
		other := newKit(t, k.Suite, k.panel.Tickets(), 1).dealing
		for i := 0; i < len(k.dealing); i += escrow.PointBytes {
			refuse(fmt.Sprintf("bit at %d", i), changed(k.dealing, i))
			refuse(fmt.Sprintf("high bit at %d", i+31), changed(k.dealing, i+31))
			spliced := bytes.Clone(k.dealing)
			if copy(spliced[i:], other[i:i+escrow.PointBytes]); !bytes.Equal(spliced, k.dealing) {
				refuse(fmt.Sprintf("another's element at %d", i), spliced)
			}
			if k.Suite == escrow.DHPVSS {
				copy(spliced[i:], make([]byte, escrow.PointBytes))
				refuse(fmt.Sprintf("identity at %d", i), spliced)
			}
		}
		refuse("short", k.dealing[:len(k.dealing)-1])
		refuse("long", append(bytes.Clone(k.dealing), 0))
		refuse("one element less", k.dealing[escrow.PointBytes:])
		refuse("empty", nil)
		refuse("another's", other)
	})
}

// Goal: a dealing, its reveal and its shares are valid at their place and for
// their panel only. Method: each field of the place in turn; the panel with its
// first two keys exchanged, or one key replaced.
func TestBound(t *testing.T) {
	each(t, []int{1, 4}, func(t *testing.T, k kit) {
		reveal, share := k.Reveal(k.at, k.seed, k.dealing), k.share(0)
		for name, change := range map[string]func(*escrow.Place){
			"bound":  func(at *escrow.Place) { at.Bound[31] ^= 1 },
			"epoch":  func(at *escrow.Place) { at.Epoch++ },
			"asc":    func(at *escrow.Place) { at.ASC[0] ^= 1 },
			"salt":   func(at *escrow.Place) { at.Salt++ },
			"roster": func(at *escrow.Place) { at.Roster[5] ^= 1 },
		} {
			at := k.at
			change(&at)
			if err := k.Verify(k.panel, at, k.dealing); !errors.Is(err, escrow.ErrDealing) {
				t.Errorf("%s: dealing: %v", name, err)
			}
			if _, err := k.Open(at, k.dealing, reveal); !errors.Is(err, escrow.ErrReveal) {
				t.Errorf("%s: reveal: %v", name, err)
			}
			if err := k.CheckShare(k.panel, at, k.dealing, share); !errors.Is(err, escrow.ErrShare) {
				t.Errorf("%s: share: %v", name, err)
			}
			if k.Reveal(at, k.seed, k.dealing) != nil {
				t.Errorf("%s: a reveal for another place's dealing", name)
			}
		}
		panels := [][][]byte{{k.Public(escrow.NewSecret([32]byte{2}, 0))}}
		for i := 1; i < k.panel.Tickets(); i++ {
			panels[0] = append(panels[0], k.panel.Key(i))
		}
		if k.panel.Tickets() > 1 {
			swapped := [][]byte{k.panel.Key(1), k.panel.Key(0)}
			panels = append(panels, append(swapped, panels[0][2:]...))
		}
		for i, public := range panels {
			p, err := k.Panel(public)
			if err != nil {
				t.Fatal(err)
			}
			if err := k.Verify(p, k.at, k.dealing); !errors.Is(err, escrow.ErrDealing) {
				t.Errorf("panel %d: dealing: %v", i, err)
			}
			if err := k.CheckShare(p, k.at, k.dealing, share); !errors.Is(err, escrow.ErrShare) {
				t.Errorf("panel %d: share: %v", i, err)
			}
		}
	})
}

// Goal: the reveal and every threshold of shares give one salt, and fewer give
// none. Method: all subsets for up to six tickets.
func TestEverySubsetRecovers(t *testing.T) {
	each(t, []int{1, 2, 3, 4, 6}, func(t *testing.T, k kit) {
		want, n := k.salt(t), k.panel.Tickets()
		for set := range 1 << n {
			var shares []escrow.Share
			for i := range n {
				if set>>i&1 == 1 {
					shares = append(shares, k.share(i))
				}
			}
			got, err := k.Recover(k.panel, k.at, k.dealing, shares)
			if len(shares) < k.panel.Threshold() {
				if !errors.Is(err, escrow.ErrShort) || got != [32]byte{} {
					t.Fatalf("%d shares of %d: %x, %v", len(shares), n, got, err)
				}
			} else if err != nil || got != want {
				t.Fatalf("set %b: %x, want %x, %v", set, got, want, err)
			}
		}
	})
}

// Goal: the same for a large panel, other places, any order and repetition.
// Method: random subsets in random order, with repeated shares.
func TestRandomSubsetsRecover(t *testing.T) {
	for _, s := range suites {
		t.Run(s.name, func(t *testing.T) {
			k := newKit(t, s.suite, 43, 0)
			var all []escrow.Share
			for i := range k.panel.Tickets() {
				all = append(all, k.share(i))
			}
			want := k.salt(t)
			rapid.Check(t, func(t *rapid.T) {
				shares := rapid.Permutation(all).Draw(t, "order")[:rapid.IntRange(0, 43).Draw(t, "count")]
				have := len(shares)
				if have > 0 {
					shares = append(slices.Clone(shares), shares[rapid.IntRange(0, have-1).Draw(t, "again")])
				}
				before := slices.Clone(shares)
				got, err := k.Recover(k.panel, k.at, k.dealing, shares)
				if have < k.panel.Threshold() && !errors.Is(err, escrow.ErrShort) {
					t.Fatalf("%d tickets: %v", have, err)
				}
				if have >= k.panel.Threshold() && (err != nil || got != want) {
					t.Fatalf("%d tickets: %x, want %x, %v", have, got, want, err)
				}
				if !slices.Equal(before, shares) {
					t.Fatal("the caller's slice changed")
				}
			})
		})
	}
}

// Goal: distinct seeds and places have distinct salts, and a salt depends on
// nothing else. Method: a salt for each of several places and seeds, dealt to
// two panels.
func TestSaltsDiffer(t *testing.T) {
	for _, s := range suites {
		seen := map[[32]byte]bool{}
		for number := range uint32(8) {
			k := newKit(t, s.suite, 3, number)
			seen[k.salt(t)] = true
			if larger := newKit(t, s.suite, 8, number); larger.salt(t) != k.salt(t) {
				t.Errorf("%s: the salt depends on the panel", s.name)
			}
			k.seed[31]++
			k.dealing = k.Deal(k.panel, k.at, k.seed)
			seen[k.salt(t)] = true
		}
		if len(seen) != 16 {
			t.Errorf("%s: %d salts of 16", s.name, len(seen))
		}
	}
}

// Goal: only the right reveal opens. Method: damage, another seed's and another
// dealing's reveal, other lengths, a share in its stead.
func TestWrongReveal(t *testing.T) {
	each(t, []int{1, 4}, func(t *testing.T, k kit) {
		reveal := k.Reveal(k.at, k.seed, k.dealing)
		other := newKit(t, k.Suite, k.panel.Tickets(), 1)
		share := k.share(0)
		bad := [][]byte{
			nil, reveal[:95], append(bytes.Clone(reveal), 0), make([]byte, escrow.RevealBytes),
			other.Reveal(other.at, other.seed, other.dealing), share.Proof[:],
		}
		for i := range reveal {
			bad = append(bad, changed(reveal, i))
		}
		for i, r := range bad {
			if salt, err := k.Open(k.at, k.dealing, r); !errors.Is(err, escrow.ErrReveal) || salt != [32]byte{} {
				t.Errorf("reveal %d: %x, %v", i, salt, err)
			}
		}
		if k.Reveal(k.at, other.seed, k.dealing) != nil || k.Reveal(k.at, k.seed, other.dealing) != nil {
			t.Error("a reveal for a dealing of another seed")
		}
		for _, d := range [][]byte{nil, k.dealing[:63], k.dealing[:159], make([]byte, 33)} {
			if _, err := k.Open(k.at, d, reveal); !errors.Is(err, escrow.ErrDealing) {
				t.Errorf("dealing of %d bytes: %v", len(d), err)
			}
			if k.Reveal(k.at, k.seed, d) != nil {
				t.Errorf("reveal of a dealing of %d bytes", len(d))
			}
		}
	})
}

// Goal: only a ticket's key makes its share. Method: damage, another key,
// another ticket's number, another dealing's share, tickets that are none; a
// dealing that is none gives a share that is refused.
func TestWrongShare(t *testing.T) {
	each(t, []int{2, 4}, func(t *testing.T, k kit) {
		other := newKit(t, k.Suite, k.panel.Tickets(), 1)
		bad := []escrow.Share{
			{}, {Ticket: 1}, other.share(0),
			k.Share(k.at, k.dealing, 0, k.secrets[1]), k.Share(k.at, k.dealing, 0, escrow.Secret{}),
			{Ticket: 1, Proof: k.share(0).Proof},
			{Ticket: uint32(k.panel.Tickets()), Proof: k.share(0).Proof},
			{Ticket: 1<<32 - 1, Proof: k.share(0).Proof},
		}
		for i := range escrow.ShareBytes {
			s := k.share(0)
			s.Proof[i] ^= 1
			bad = append(bad, s)
		}
		for i, s := range bad {
			if err := k.CheckShare(k.panel, k.at, k.dealing, s); !errors.Is(err, escrow.ErrShare) {
				t.Errorf("share %d: %v", i, err)
			}
		}
		for _, d := range [][]byte{nil, k.dealing[1:], bytes.Repeat([]byte{0xff}, len(k.dealing))} {
			s := k.Share(k.at, d, 0, k.secrets[0])
			if err := k.CheckShare(k.panel, k.at, k.dealing, s); !errors.Is(err, escrow.ErrShare) {
				t.Errorf("share of a dealing of %d bytes: %v", len(d), err)
			}
		}
		if err := k.CheckShare(k.panel, k.at, nil, k.share(0)); !errors.Is(err, escrow.ErrDealing) {
			t.Error(err)
		}
	})
}

// Goal: Recover refuses what no checked shares can be, and unchecked shares do
// not give the salt. Method: a ticket that is none, two values for one ticket,
// the right number of wrong shares, a short dealing.
func TestRecoverRefuses(t *testing.T) {
	each(t, []int{4}, func(t *testing.T, k kit) {
		forged := newKit(t, k.Suite, 4, 1).share(1)
		for i, c := range []struct {
			shares []escrow.Share
			want   error
		}{
			{[]escrow.Share{k.share(0), {Ticket: 4, Proof: k.share(1).Proof}}, escrow.ErrShare},
			{[]escrow.Share{k.share(0), k.share(1), forged}, escrow.ErrShare},
			{[]escrow.Share{k.share(0), k.share(0)}, escrow.ErrShort},
			{nil, escrow.ErrShort},
		} {
			if _, err := k.Recover(k.panel, k.at, k.dealing, c.shares); !errors.Is(err, c.want) {
				t.Errorf("case %d: %v", i, err)
			}
		}
		if salt, err := k.Recover(k.panel, k.at, k.dealing, []escrow.Share{k.share(0), forged}); err == nil && salt == k.salt(t) {
			t.Error("an unchecked share gives the salt")
		}
		if _, err := k.Recover(k.panel, k.at, k.dealing[:100], []escrow.Share{k.share(0), k.share(1)}); !errors.Is(err, escrow.ErrDealing) {
			t.Error(err)
		}
	})
}
