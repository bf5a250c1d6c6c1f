package evidence_test

import (
	"errors"
	"testing"

	"probity/chain/escrow"
	"probity/chain/route/availability"
	"probity/chain/route/evidence"
	"probity/chain/route/evidence/chaintest"
	"probity/chain/types"
)

// sealed is a chain of three members of one weight whose salts are dealt.
func sealed(t interface{ Fatal(...any) }, suite escrow.Suite, params map[string]uint64) *chaintest.Chain {
	given := map[string]uint64{"epoch.blocks": 12, "asc.lead_views": 2, "evidence.window": 32, "bench.max": 3, "jail.misses": 1 << 16}
	for k, v := range params {
		given[k] = v
	}
	people := []chaintest.Person{{Name: "reporter", Dollars: 10}}
	for _, name := range []string{"alice", "bob", "carol"} {
		people = append(people, chaintest.Person{Name: name, REP: 100, Dollars: 10, Bench: true, Weight: 100, Salts: 10})
	}
	w, err := chaintest.NewSealed(table, people, given, suite)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// verdict runs an accusation and keeps nothing of it.
func verdict(w *chaintest.Chain, m evidence.Submit) error {
	return w.Try(func() error {
		_, err := w.Run("reporter", "evidence", "submit", m)
		return err
	})
}

// Goal: a header whose reveal or seed is wrong convicts its leader of BAD_HEADER,
// a right one nobody, and one that nobody can judge yet is told apart. Method: right
// and wrong headers of views that blocks have opened by reveals and by shares, and
// of later ones, under both suites.
func TestRecoverableHeaders(t *testing.T) {
	for name, suite := range map[string]escrow.Suite{"ideal": escrow.Ideal{}, "DHPVSS": escrow.DHPVSS} {
		t.Run(name, func(t *testing.T) {
			w := sealed(t, suite, nil)
			if err := w.Go(1); err != nil {
				t.Fatal(err)
			}
			if err := w.Begin(chaintest.Draft{Skip: 2}); err != nil { // views 2 and 3 are skipped, 4 is served
				t.Fatal(err)
			}
			const now = 4
			flip := func(at int) func(*types.Header) {
				return func(h *types.Header) {
					h.Reveal = append(types.Bytes(nil), h.Reveal...)
					h.Reveal[at] ^= 1
				}
			}
			for v := types.View(1); v <= now; v++ {
				h := types.Height(2)
				if err := verdict(w, w.BadHeader(0, v, h, nil, nil)); !errors.Is(err, evidence.ErrHonest) {
					t.Errorf("view %d, nothing wrong: %v", v, err)
				}
				for what, edit := range map[string]func(*types.Header){
					"K_0":           flip(3),
					"the proof":     flip(95),
					"no reveal":     func(h *types.Header) { h.Reveal = nil },
					"a short one":   func(h *types.Header) { h.Reveal = h.Reveal[:32] },
					"another's":     func(h *types.Header) { h.Reveal = w.Reveal(0, v%now+1) },
					"shares":        func(h *types.Header) { h.Reveal = w.Opening(0, 1) },
					"seed":          func(h *types.Header) { h.Seed[4] ^= 1 },
					"seed unsalted": func(h *types.Header) { h.Seed = types.NextSeed(w.Known(0, v).Seed(v-1), v, nil) },
				} {
					m := w.BadHeader(0, v, h, nil, edit)
					if err := verdict(w, m); err != nil {
						t.Errorf("view %d, %s: %v", v, what, err)
					}
				}
			}
			for _, v := range []types.View{now + 1, now + 2, now + 500, 8193} {
				m := w.BadHeader(0, now, 2, nil, func(h *types.Header) { h.View, h.Reveal = v, nil })
				if err := verdict(w, m); !errors.Is(err, evidence.ErrUntold) {
					t.Errorf("view %d, which the chain has not opened: %v", v, err)
				}
			}
			// A header by another contract than the one drawn.
			other := w.BadHeader(0, 1, 2, nil, nil)
			for v := types.View(1); v <= now; v++ {
				if w.Leader(0, v) != w.Leader(0, now) {
					other = w.BadHeader(0, v, 2, nil, func(h *types.Header) { h.View = now })
				}
			}
			if err := verdict(w, other); err != nil {
				t.Errorf("a header of another's turn: %v", err)
			}
		})
	}
}

// Goal: a header that opens something where there is nothing to open is wrong.
// Method: a stride that passes views over.
func TestRevealsWhereThereAreNone(t *testing.T) {
	w := sealed(t, escrow.Ideal{}, map[string]uint64{"beacon.stride": 4})
	if err := w.Go(3); err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(chaintest.Draft{}); err != nil {
		t.Fatal(err)
	}
	for v := types.View(1); v <= 3; v++ {
		if err := verdict(w, w.BadHeader(0, v, 2, nil, nil)); !errors.Is(err, evidence.ErrHonest) {
			t.Errorf("view %d: %v", v, err)
		}
		for _, reveal := range []types.Bytes{{0}, make(types.Bytes, 32), w.Reveal(0, 4)} {
			m := w.BadHeader(0, v, 2, nil, func(h *types.Header) { h.Reveal = reveal })
			if err := verdict(w, m); err != nil {
				t.Errorf("view %d reveals %d bytes: %v", v, len(reveal), err)
			}
		}
	}
	m := w.BadHeader(0, 4, 2, nil, func(h *types.Header) { h.Reveal = nil })
	if err := verdict(w, m); err != nil {
		t.Errorf("view 4 reveals nothing: %v", err)
	}
}

// Goal: a header of a past epoch is judged as long as its plan is kept, by what
// blocks have opened then. Method: wrong and right headers of epoch 0 in epoch 1,
// also of views behind the last one that a block opened.
func TestRecoverableHeadersOfThePast(t *testing.T) {
	w := sealed(t, escrow.Ideal{}, nil)
	if err := w.Go(12); err != nil {
		t.Fatal(err)
	}
	last := w.Block.View
	w.Known(0, last+3)
	if err := w.Begin(chaintest.Draft{}); err != nil {
		t.Fatal(err)
	}
	at := types.Height(5)
	if err := verdict(w, w.BadHeader(0, 5, at, nil, nil)); !errors.Is(err, evidence.ErrHonest) {
		t.Errorf("nothing wrong: %v", err)
	}
	wrong := func(h *types.Header) { h.Seed[0] ^= 1 }
	if err := verdict(w, w.BadHeader(0, 5, at, nil, wrong)); err != nil {
		t.Errorf("a wrong seed: %v", err)
	}
	if err := verdict(w, w.BadHeader(0, last+1, 12, nil, wrong)); err != nil {
		t.Errorf("a wrong seed of the view behind the last: %v", err)
	}
	if err := verdict(w, w.BadHeader(0, last+2, 12, nil, wrong)); !errors.Is(err, evidence.ErrUntold) {
		t.Errorf("a view behind a salt that no block opened: %v", err)
	}
}

// Goal: what evidence is worth depends on the state and the block, not on how far
// the executor's schedule has come on other forks. Method: one accusation under two
// schedules of one epoch, of which one has been opened some views further.
func TestJudgedByTheBlockNotByTheSchedule(t *testing.T) {
	for ahead := types.View(1); ahead <= 6; ahead++ {
		w := sealed(t, escrow.Ideal{}, nil)
		if err := w.Begin(chaintest.Draft{}); err != nil {
			t.Fatal(err)
		}
		v := w.Block.View + ahead
		m := w.BadHeader(0, v, 2, nil, func(h *types.Header) { h.Seed[0] ^= 1 })
		short := verdict(w, m)
		w.Block.Schedule = w.Known(0, v)
		long := verdict(w, m)
		if (short == nil) != (long == nil) {
			t.Errorf("view %d, %d ahead: %v; where others have been seen: %v", v, ahead, short, long)
		}
	}
}

// Goal: a leader's punishment is 5 % and the jail, once however often it
// is told. Method: a wrong reveal told twice.
func TestWrongRevealIsPunishedOnce(t *testing.T) {
	w := sealed(t, escrow.Ideal{}, nil)
	if err := w.Begin(chaintest.Draft{}); err != nil {
		t.Fatal(err)
	}
	m := w.BadHeader(0, 1, 1, nil, func(h *types.Header) { h.Reveal = nil })
	leader := w.Leader(0, 1)
	events, err := w.Run("reporter", "evidence", "submit", m)
	if err != nil || !availability.Jailed(w.Reader(), w.Addr(leader)) || availability.Convicted(w.Reader(), w.Addr(leader)) {
		t.Fatalf("%v %v", events, err)
	}
	again := w.BadHeader(0, 1, 1, nil, func(h *types.Header) { h.Reveal = make(types.Bytes, 96) })
	if _, err := w.Run("reporter", "evidence", "submit", again); !errors.Is(err, evidence.ErrKnown) {
		t.Errorf("another wrong header of the view: %v", err)
	}
}
