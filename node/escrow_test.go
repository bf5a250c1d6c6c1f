package node

import (
	"encoding/binary"
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/escrow"
	"probity/chain/keys"
)

// drawer is a suite with two rosters of three tickets and some dealings to each.
type drawer struct {
	escrow.Suite
	panels   []*escrow.Panel
	places   []escrow.Place
	dealings [][]byte
}

func newDrawer(t interface{ Fatal(...any) }, suite escrow.Suite) *drawer {
	d := &drawer{Suite: suite}
	for r := range 2 {
		var public [][]byte
		for k := range uint32(3) {
			public = append(public, suite.Public(drawerKey(r, k)))
		}
		p, err := suite.Panel(public)
		if err != nil {
			t.Fatal(err)
		}
		d.panels = append(d.panels, p)
		for j := range uint32(2) {
			at := escrow.Place{Epoch: uint64(r), Salt: j, Roster: keys.Sum([]byte{byte(r)})}
			d.places = append(d.places, at)
			d.dealings = append(d.dealings, suite.Deal(p, at, [32]byte{byte(r), byte(j)}))
		}
	}
	return d
}

func drawerKey(roster int, k uint32) escrow.Secret {
	return escrow.NewSecret([32]byte{byte(roster)}, k)
}

// question is one check with everything in it chosen apart: most are wrong.
type question struct {
	kind           int
	place, dealing int
	from           int // whose reveal or share is shown
	ticket         uint32
	flip           int // a byte that is changed; 0: none
}

// answer asks a suite; the same question has the same bytes.
func (d *drawer) answer(s escrow.Suite, q question) string {
	at, dealing := d.places[q.place], append([]byte(nil), d.dealings[q.dealing]...)
	panel, roster := d.panels[q.place/2], q.place/2
	switch q.kind {
	case 0:
		dealing[q.flip] ^= byte(min(q.flip, 1))
		return fmt.Sprint(s.Verify(panel, at, dealing))
	case 1:
		reveal := d.Reveal(d.places[q.from], [32]byte{byte(q.from / 2), byte(q.from % 2)}, d.dealings[q.from])
		reveal[q.flip%len(reveal)] ^= byte(min(q.flip, 1))
		salt, err := s.Open(at, dealing, reveal)
		if err != nil {
			return err.Error()
		}
		return fmt.Sprintf("%x", salt)
	}
	share := d.Share(d.places[q.from], d.dealings[q.from], q.ticket, drawerKey(roster, q.ticket%3))
	share.Proof[q.flip%len(share.Proof)] ^= byte(min(q.flip, 1))
	return fmt.Sprint(s.CheckShare(panel, at, dealing, share))
}

// Goal: what is remembered is what the suite would say, right or wrong, and never
// the answer to another question. Method: random questions, asked again in random
// order, of the memory and of the suite.
func TestRememberedAnswersAreTheSuites(t *testing.T) {
	for name, suite := range map[string]escrow.Suite{"ideal": escrow.Ideal{}, "DHPVSS": escrow.DHPVSS} {
		t.Run(name, func(t *testing.T) {
			d := newDrawer(t, suite)
			mine := remember(suite)
			good := 0
			rapid.Check(t, func(t *rapid.T) {
				place := rapid.IntRange(0, 3).Draw(t, "place")
				q := question{kind: rapid.IntRange(0, 2).Draw(t, "kind"), place: place, dealing: place, from: place}
				if rapid.IntRange(0, 3).Draw(t, "wrong") == 0 {
					q.dealing, q.from = rapid.IntRange(0, 3).Draw(t, "dealing"), rapid.IntRange(0, 3).Draw(t, "from")
					q.flip = rapid.SampledFrom([]int{0, 1, 40, 95}).Draw(t, "flip")
				}
				q.ticket = rapid.Uint32Range(0, 3).Draw(t, "ticket")
				want := d.answer(suite, q)
				for range 2 {
					if got := d.answer(mine, q); got != want {
						t.Fatalf("%+v: %s, the suite says %s", q, got, want)
					}
				}
				if want == "<nil>" || len(want) == 64 {
					good++
				}
			})
			if good < 10 {
				t.Fatalf("%d right questions", good)
			}
		})
	}
}

// counting counts what reaches the suite.
type counting struct {
	escrow.Suite
	mu    sync.Mutex
	calls int
}

func (c *counting) Open(at escrow.Place, dealing, reveal []byte) ([escrow.SaltBytes]byte, error) {
	c.mu.Lock()
	c.calls++
	c.mu.Unlock()
	return c.Suite.Open(at, dealing, reveal)
}

// Goal: the memory is bounded, and what was asked of late is not asked again.
// Method: more wrong reveals than two generations hold, with one question before,
// among and behind them.
func TestRememberedTurnsOver(t *testing.T) {
	d := newDrawer(t, escrow.Ideal{})
	suite := &counting{Suite: d.Suite}
	mine := remember(suite)
	at, dealing := d.places[0], d.dealings[0]
	right := d.Reveal(at, [32]byte{}, dealing)
	want, err := d.Open(at, dealing, right)
	if err != nil {
		t.Fatal(err)
	}
	ask := func() {
		t.Helper()
		if salt, err := mine.Open(at, dealing, right); err != nil || salt != want {
			t.Fatalf("%x, %v", salt, err)
		}
	}
	ask()
	bad := make([]byte, escrow.RevealBytes)
	n := 2*rememberedMax + 100
	for i := range n {
		binary.BigEndian.PutUint32(bad, uint32(i))
		if _, err := mine.Open(at, dealing, bad); err == nil {
			t.Fatal("a wrong reveal opens")
		}
		if i%(rememberedMax/2) == 0 {
			ask()
		}
		if len(mine.new) > rememberedMax || len(mine.old) > rememberedMax {
			t.Fatalf("%d and %d answers are kept", len(mine.new), len(mine.old))
		}
	}
	ask()
	if asked := suite.calls - n; asked > 6 {
		t.Errorf("the right question reached the suite %d times", asked)
	}
	before := suite.calls
	for i := n - 50; i < n; i++ {
		binary.BigEndian.PutUint32(bad, uint32(i))
		if _, err := mine.Open(at, dealing, bad); err == nil {
			t.Fatal("a wrong reveal opens the second time")
		}
	}
	if suite.calls != before {
		t.Errorf("%d of the last questions were asked again", suite.calls-before)
	}
}

// Goal: queries may ask beside the loop. Method: many goroutines with the same and
// different questions; the race detector watches where it runs.
func TestRememberedServesMany(t *testing.T) {
	d := newDrawer(t, escrow.Ideal{})
	mine := remember(d.Suite)
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			for i := range 200 {
				q := question{kind: i % 3, place: (g + i) % 4, ticket: uint32(i % 3)}
				q.dealing, q.from = q.place, q.place
				if got, want := d.answer(mine, q), d.answer(d.Suite, q); got != want {
					t.Errorf("%+v: %s, want %s", q, got, want)
				}
			}
		})
	}
	group.Wait()
}
