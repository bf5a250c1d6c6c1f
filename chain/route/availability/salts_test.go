package availability_test

import (
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/evidence/chaintest"
	"probity/chain/types"
)

var suites = map[string]escrow.Suite{"ideal": escrow.Ideal{}, "DHPVSS": escrow.DHPVSS}

// sealed is a chain of the four under a suite, with epochs of 8 blocks.
func sealed(t interface{ Fatal(...any) }, suite escrow.Suite, change map[string]uint64) *chaintest.Chain {
	params := small()
	params["bench.max"], params["jail.misses"] = 4, 1<<16
	for k, v := range change {
		params[k] = v
	}
	people := append([]chaintest.Person(nil), four...)
	for i := range people { // of one weight, so that each has a ticket
		people[i].REP, people[i].Salts = 100, 0
		if people[i].Weight > 0 {
			people[i].Salts = 8
		}
	}
	w, err := chaintest.NewSealed(table, people, params, suite)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// salts is ⌈2·blocks·w/(total·stride)⌉ + 2, at most the bound of a contract, in
// numbers without bounds.
func salts(w, total types.Weight, blocks, stride uint64) uint32 {
	if total == 0 {
		return availability.SaltsMax
	}
	n := new(big.Int).Mul(new(big.Int).SetUint64(2*blocks), new(big.Int).SetUint64(uint64(w)))
	d := new(big.Int).Mul(new(big.Int).SetUint64(uint64(total)), new(big.Int).SetUint64(stride))
	n.Add(n, d).Sub(n, big.NewInt(1)).Quo(n, d).Add(n, big.NewInt(2))
	if !n.IsUint64() || n.Uint64() > availability.SaltsMax {
		return availability.SaltsMax
	}
	return uint32(n.Uint64())
}

// Goal: the number of salts is the one of the specification, for all numbers that
// an epoch can have, and grows with weight and blocks only. Method: random ones
// and those around 2⁶⁴ against exact arithmetic.
func TestSaltsNeeded(t *testing.T) {
	t.Run("random", func(t *testing.T) { rapid.Check(t, randomSalts) })
	for _, c := range []struct {
		w, total       types.Weight
		blocks, stride uint64
	}{
		{0, 0, 8, 1}, {1, 0, 8, 1}, {0, 1, 8, 1}, {100, 300, 8, 1}, {50, 300, 8, 1}, {1 << 61, 1, 1 << 20, 64},
		{1<<62 - 1, 1<<62 - 1, 1 << 20, 1}, {1<<62 - 1, 1 << 40, 1 << 20, 64}, {88971434439113593, 3, 311, 1},
		{3547450783405683003, 5, 13, 1}, {3547450783405683003, 5, 13, 64},
	} {
		if got, want := availability.SaltsNeeded(c.w, c.total, c.blocks, c.stride), salts(c.w, c.total, c.blocks, c.stride); got != want {
			t.Errorf("weight %d of %d, %d blocks, stride %d: %d salts, want %d", c.w, c.total, c.blocks, c.stride, got, want)
		}
	}
}

func randomSalts(t *rapid.T) {
	weight := rapid.Custom(func(t *rapid.T) types.Weight {
		return types.Weight(rapid.Uint64Range(0, 1<<62-1).Draw(t, "w") >> rapid.IntRange(0, 61).Draw(t, "shift"))
	})
	w, total := weight.Draw(t, "weight"), weight.Draw(t, "total")
	blocks, stride := rapid.Uint64Range(4, 1<<20).Draw(t, "blocks"), rapid.Uint64Range(1, 64).Draw(t, "stride")
	got := availability.SaltsNeeded(w, total, blocks, stride)
	if want := salts(w, total, blocks, stride); got != want {
		t.Fatalf("weight %d of %d, %d blocks, stride %d: %d salts, want %d", w, total, blocks, stride, got, want)
	}
	if total > 0 && (availability.SaltsNeeded(w+1, total, blocks, stride) < got || availability.SaltsNeeded(w, total, blocks+1, stride) < got ||
		availability.SaltsNeeded(w, total+1, blocks, stride) > got || availability.SaltsNeeded(w, total, blocks, stride+1) > got) {
		t.Fatalf("weight %d of %d, %d blocks, stride %d: not monotone", w, total, blocks, stride)
	}
}

// Goal: with as many salts as activate it no contract runs out before view Bk, or
// registrants could grind what is public early (spec beacon §5). With a stride the
// cycle spreads turns evenly over all views and not over those with a salt, so that
// a few may be without. Method: random lists of at least half the roster's weight,
// played out to the last view.
func TestSaltsLastTheEpoch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "contracts")
		p := &types.Plan{
			Blocks: rapid.Uint64Range(4, 200).Draw(t, "blocks"), Stride: rapid.SampledFrom([]uint64{1, 1, 2, 4, 7, 64}).Draw(t, "stride"),
			Scheme: types.Recoverable, Selection: types.Cycle, Seed: keys.Sum([]byte(rapid.String().Draw(t, "seed"))),
		}
		var sum types.Weight
		for i := range n {
			w := types.Weight(rapid.Uint64Range(1, 50).Draw(t, "weight"))
			p.List = append(p.List, types.ASC{ID: keys.Sum([]byte{byte(i)}), Weight: w, Commitment: types.Bytes{1}})
			sum += w
		}
		total := sum * 2 // the least list that is not filled up
		if rapid.Bool().Draw(t, "whole") {
			total = sum
		}
		p.Roster.Members = []types.Member{{Weight: total}}
		for i := range p.List {
			p.List[i].Salts = availability.SaltsNeeded(p.List[i].Weight, total, p.Blocks, p.Stride)
		}
		s, err := types.NewSchedule(p)
		if err != nil {
			t.Fatal(err)
		}
		turns, dry := 0, 0
		for v := types.View(1); v <= types.View(p.Blocks); v++ {
			if uint64(v)%p.Stride != 0 {
				if s.Salted(v) {
					t.Fatalf("view %d has a salt, the stride is %d", v, p.Stride)
				}
				continue
			}
			turns++
			if asc := s.ASC(v); !s.Salted(v) {
				if dry++; p.Stride > 1 && dry <= 1+turns/8 {
					continue
				}
				t.Fatalf("view %d of %d: a contract of weight %d of %d, with %d salts, has none left (stride %d)", v, p.Blocks, asc.Weight, total, asc.Salts, p.Stride)
			}
			s.Open(v, keys.Sum([]byte{byte(v)}))
		}
	})
}

// Goal: ⌈4·bench.max/3⌉ keys are enough for every roster of bench.max members,
// whatever their weights, so that nobody can shape weights until no salt can be
// dealt. Method: random rosters of even, mixed and lopsided weights.
func TestEveryRosterHasTickets(t *testing.T) {
	for n := uint64(0); n <= 1024; n++ {
		if got := availability.EscrowKeys(n); uint64(got)*3 < 4*n || uint64(got)*3 >= 4*n+3 || got > availability.EscrowMax {
			t.Fatalf("%d keys for a bench of %d", got, n)
		}
	}
	t.Run("random", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			classes := rapid.SliceOfN(rapid.Uint64Range(1, 40), 1, 3).Draw(t, "classes")
			weights := rapid.SliceOfN(rapid.SampledFrom(classes), 1, 40).Draw(t, "weights")
			if err := tickets(weights); err != nil {
				t.Fatal(err)
			}
		})
	})
	// Two that hold half the weight between them, and many small ones: ties make
	// the number of tickets jump.
	for _, c := range []struct {
		heavy, light uint64
		n            int
	}{{12, 3, 7}, {7, 1, 10}, {19, 2, 12}, {35, 2, 20}, {26, 1, 30}} {
		weights := []uint64{c.heavy, c.heavy}
		for len(weights) < c.n {
			weights = append(weights, c.light)
		}
		if err := tickets(weights); err != nil {
			t.Error(err)
		}
	}
}

// tickets are sound for members of such weights, with keys for a bench of as many.
func tickets(weights []uint64) error {
	need := availability.EscrowKeys(uint64(len(weights)))
	members := make([]types.Member, len(weights))
	for i := range members {
		members[i] = types.Member{Weight: types.Weight(weights[i]), Escrow: make([]types.Bytes, need)}
	}
	out, ok := availability.Ticketed(members, need)
	if !ok {
		return fmt.Errorf("no tickets for weights %v with %d keys each", weights, need)
	}
	given := make([]uint32, len(out))
	for i := range out {
		given[i] = uint32(len(out[i].Escrow))
		if len(members[i].Escrow) != need {
			return errors.New("the members given were changed")
		}
	}
	if !escrow.Sound(weights, given) {
		return fmt.Errorf("weights %v, tickets %v: less than a third reaches half", weights, given)
	}
	return nil
}

// Goal: nobody's registration opens the way to a salt that its roster did not get.
// Method: registrations and additions with dealings of every wrong place, size and
// number, under both suites; each is refused and leaves nothing.
func TestDealingsOfAnotherPlace(t *testing.T) {
	for name, suite := range suites {
		t.Run(name, func(t *testing.T) {
			w := sealed(t, suite, nil)
			if err := w.Begin(chaintest.Draft{}); err != nil {
				t.Fatal(err)
			}
			const e, n = 1, 3
			roster, _ := availability.Roster(w.Reader(), e)
			size := escrow.DealingBytes(len(roster.Tickets()))
			panel, err := suite.Panel(roster.Tickets())
			if err != nil {
				t.Fatal(err)
			}
			fewer, err := suite.Panel(roster.Tickets()[1:])
			if err != nil {
				t.Fatal(err)
			}
			place := func(change func(*escrow.Place)) types.Bytes {
				var out types.Bytes
				for j := range uint32(n) {
					at := w.Place("alice", e, j)
					change(&at)
					out = append(out, suite.Deal(panel, at, [32]byte{byte(j)})...)
				}
				return out
			}
			good := place(func(*escrow.Place) {})
			other := keys.Sum([]byte("other"))
			flip := func(at int) types.Bytes {
				b := append(types.Bytes(nil), good...)
				b[at] ^= 1
				return b
			}
			cases := map[string]struct {
				commitment types.Bytes
				n          uint32
			}{
				"another roster":           {place(func(at *escrow.Place) { at.Roster = other }), n},
				"the roster of now":        {place(func(at *escrow.Place) { at.Roster, _ = availability.RosterHash(w.Reader(), 0) }), n},
				"another epoch":            {place(func(at *escrow.Place) { at.Epoch = 2 }), n},
				"the epoch of now":         {place(func(at *escrow.Place) { at.Epoch = 0 }), n},
				"another contract":         {chaintest.Join(w.Deal("bob", e, 0, n)), n},
				"another number":           {chaintest.Join(w.Deal("alice", e, 1, n)), n},
				"another chain":            {place(func(at *escrow.Place) { at.Bound = other }), n},
				"the draft":                {place(func(at *escrow.Place) { at.Bound = w.Facts.Draft }), n},
				"another panel":            {suite.Deal(fewer, w.Place("alice", e, 0), [32]byte{}), 1},
				"out of order":             {append(append(types.Bytes(nil), good[size:2*size]...), good[:size]...), 2},
				"one again":                {append(append(types.Bytes(nil), good[:size]...), good[:size]...), 2},
				"D":                        {flip(0), n},
				"C_0":                      {flip(32), n},
				"a share of the last":      {flip(2*size + 64), n},
				"the proof":                {flip(3*size - 1), n},
				"a byte less":              {good[:len(good)-1], n},
				"a byte more":              {append(append(types.Bytes(nil), good...), 0), n},
				"fewer than said":          {good[:2*size], n},
				"more than said":           {good, 2},
				"nothing and some":         {nil, 1},
				"some and nothing":         {good, 0},
				"the head of a chain":      {other[:], 8},
				"more than a contract may": {nil, availability.SaltsMax + 1},
				"very many":                {nil, 1<<32 - 1},
			}
			register := func(commitment types.Bytes, n uint32) error {
				m := availability.Register{Epoch: e, Weight: 50, Key: w.Key("alice").Public(), Commitment: commitment, Salts: n}
				m.Proof = w.Key("alice").Sign(m.SignBytes(w.Facts.Genesis, w.Addr("alice")))
				_, err := w.Run("alice", "availability", "register", m)
				return err
			}
			clean := func(what string, salts int) {
				t.Helper()
				if got := len(availability.Dealt(w.Reader(), e, w.Addr("alice"))); got != salts || availability.Registered(w.Reader(), e, w.Addr("alice")) != (salts > 0) {
					t.Fatalf("%s leaves %d dealings", what, got)
				}
			}
			for what, c := range cases {
				if err := register(c.commitment, c.n); !errors.Is(err, availability.ErrCommitment) {
					t.Errorf("%s: %v", what, err)
				}
				clean(what, 0)
			}
			if err := register(good, n); err != nil {
				t.Fatal(err)
			}
			clean("the good one", n)
			// What was said of the first salts is said of more of them.
			next := chaintest.Join(w.Deal("alice", e, n, 1))
			for what, c := range map[string]availability.AddSalts{
				"the first again":  {Epoch: e, Commitment: good[:size], Salts: 1},
				"another contract": {Epoch: e, Commitment: chaintest.Join(w.Deal("bob", e, n, 1)), Salts: 1},
				"none":             {Epoch: e},
				"some as none":     {Epoch: e, Commitment: next},
				"one as two":       {Epoch: e, Commitment: next, Salts: 2},
				"up to the bound":  {Epoch: e, Commitment: next, Salts: availability.SaltsMax - n + 1},
				"around 2³²":       {Epoch: e, Commitment: next, Salts: 1<<32 - n + 1},
			} {
				if _, err := w.Run("alice", "availability", "add_salts", c); !errors.Is(err, availability.ErrCommitment) {
					t.Errorf("more, %s: %v", what, err)
				}
				clean(what, n)
			}
			if _, err := w.Run("alice", "availability", "add_salts", availability.AddSalts{Epoch: e, Commitment: next, Salts: 1}); err != nil {
				t.Fatal(err)
			}
			clean("one more", n+1)
		})
	}
}

// Goal: a seat's escrow keys are enough, distinct, its own and nobody else's, for
// ever. Method: registrations with one fault each under both suites; then keys
// that were replaced or left behind, which stay their first owner's.
func TestEscrowKeysBelongToOneAccount(t *testing.T) {
	for name, suite := range suites {
		t.Run(name, func(t *testing.T) {
			w := sealed(t, suite, nil)
			if err := w.Begin(chaintest.Draft{}); err != nil {
				t.Fatal(err)
			}
			foreign := suites["DHPVSS"]
			if name == "DHPVSS" {
				foreign = suites["ideal"]
			}
			need := availability.EscrowKeys(4)
			// seat is one of somebody with keys that follow from a seed.
			seat := func(who, seed string, n int) availability.Bench {
				m := w.Seat(who, w.Facts.Genesis)
				secrets := make([]escrow.Secret, n)
				m.Escrow = nil
				for k := range secrets {
					secrets[k] = chaintest.EscrowSecret(seed, uint32(k))
					m.Escrow = append(m.Escrow, suite.Public(secrets[k]))
				}
				m.Possession = suite.Possess(secrets, availability.PossessionContext(w.Facts.Genesis, w.Addr(who)))
				return m
			}
			sit := func(who string, m availability.Bench) error {
				m.Proof = w.Key(who).Sign(m.SignBytes(w.Facts.Genesis, w.Addr(who)))
				_, err := w.Run(who, "availability", "bench", m)
				return err
			}
			for what, spoil := range map[string]func(*availability.Bench){
				"none":         func(m *availability.Bench) { m.Escrow, m.Possession = nil, nil },
				"a lone proof": func(m *availability.Bench) { m.Escrow = nil },
				"too few":      func(m *availability.Bench) { *m = seat("alice", "new", need-1) },
				"too many":     func(m *availability.Bench) { m.Escrow = make([]types.Bytes, availability.EscrowMax+1) },
				"doubled":      func(m *availability.Bench) { m.Escrow[1] = m.Escrow[0] },
				"in another order": func(m *availability.Bench) {
					m.Escrow[0], m.Escrow[1] = m.Escrow[1], m.Escrow[0]
				},
				"another's": func(m *availability.Bench) { *m = seat("alice", "bob", need) },
				"one of another's": func(m *availability.Bench) {
					m.Escrow[2] = suite.Public(chaintest.EscrowSecret("bob", 2))
				},
				"no proof":        func(m *availability.Bench) { m.Possession = nil },
				"a short proof":   func(m *availability.Bench) { m.Possession = m.Possession[:63] },
				"a flipped proof": func(m *availability.Bench) { m.Possession[9] ^= 1 },
				"another's proof": func(m *availability.Bench) {
					m.Possession = seat("carol", "new", need).Possession
				},
				"a proof for the draft": func(m *availability.Bench) {
					m.Possession = suite.Possess(secretsOf("new", need), availability.PossessionContext(w.Facts.Draft, w.Addr("alice")))
				},
				"a short key": func(m *availability.Bench) { m.Escrow[0] = m.Escrow[0][:31] },
				"the identity": func(m *availability.Bench) {
					m.Escrow[0] = make(types.Bytes, 32)
				},
				"of another suite": func(m *availability.Bench) { m.Escrow[0] = foreign.Public(chaintest.EscrowSecret("new", 0)) },
			} {
				m := seat("alice", "new", need)
				spoil(&m)
				if err := sit("alice", m); !errors.Is(err, availability.ErrEscrow) {
					t.Errorf("%s: %v", what, err)
				}
			}
			// A refused seat owns nothing: bob may have what alice failed with.
			if err := sit("bob", seat("bob", "new", need)); err != nil {
				t.Fatal(err)
			}
			if err := sit("alice", seat("alice", "new", need)); !errors.Is(err, availability.ErrEscrow) {
				t.Errorf("keys that bob has now: %v", err)
			}
			if err := sit("bob", seat("bob", "newer", need+3)); err != nil {
				t.Fatal(err)
			}
			if err := sit("bob", seat("bob", "new", need)); err != nil {
				t.Errorf("his old keys again: %v", err)
			}
			if _, err := w.Run("bob", "availability", "leave", availability.Leave{}); err != nil {
				t.Fatal(err)
			}
			for _, seed := range []string{"new", "newer", "bob"} {
				if err := sit("alice", seat("alice", seed, need)); !errors.Is(err, availability.ErrEscrow) {
					t.Errorf("bob's %q keys when he has left: %v", seed, err)
				}
			}
		})
	}
}

func secretsOf(seed string, n int) []escrow.Secret {
	out := make([]escrow.Secret, n)
	for k := range out {
		out[k] = chaintest.EscrowSecret(seed, uint32(k))
	}
	return out
}

// set changes parameters by the legislature, which the table must have.
func set(t *testing.T, w *chaintest.Chain, changes string) {
	t.Helper()
	m, _, err := w.Table.Resolve(types.Msg{Route: 1, ID: 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	body := reflect.New(m.Msgs[0].Type)
	if err := route.ReadJSON([]byte(`{"changes": [`+changes+`]}`), body.Interface()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Run("legislature", "params", "set", body.Elem().Interface()); err != nil {
		t.Fatal(err)
	}
}

func governed() route.Table {
	return append(table[:len(table):len(table)], &route.Route{ID: 90, Name: "legislature"})
}

// Goal: one light member cannot take the salts from everybody. Method: it keeps a
// seat without escrow keys from the days of the hashed beacon; the others' weights
// alone would give sound tickets. The roster of the first recoverable epoch has
// tickets.
func TestOneSeatWithoutKeysDoesNotDegradeTheBeacon(t *testing.T) {
	people := []chaintest.Person{
		{Name: "alice", REP: 100, Bench: true, Weight: 60, Salts: 32, Keys: true},
		{Name: "bob", REP: 100, Bench: true, Weight: 60, Salts: 32, Keys: true},
		{Name: "carol", REP: 100, Bench: true, Weight: 40, Salts: 32, Keys: true},
		{Name: "mallory", REP: 1, Bench: true},
	}
	w, err := chaintest.New(governed(), people, small())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(chaintest.Draft{}); err != nil {
		t.Fatal(err)
	}
	set(t, w, `{"name": "beacon.scheme", "value": 2}`)
	w.End()
	if err := w.Go(15); err != nil {
		t.Fatal(err)
	}
	r, ok := availability.Roster(w.Reader(), 3)
	if scheme, _, _ := availability.Scheme(w.Reader(), 3); !ok || scheme != types.Recoverable {
		t.Fatalf("epoch 3 has scheme %d", scheme)
	}
	if len(r.Tickets()) == 0 {
		t.Errorf("weight 1 of %d without keys, and nobody has a ticket", r.Total())
	}
}

// Goal: bench.max rises only to what the registered vectors of keys cover (spec
// beacon §4). Method: a chain for three members raises it and four more join, each
// with keys enough for the new bound; the weights have sound tickets within
// everybody's keys, so that the roster must have them.
func TestRaisingTheBenchKeepsTickets(t *testing.T) {
	people := []chaintest.Person{
		{Name: "alice", REP: 100, Bench: true, Weight: 60, Salts: 16}, {Name: "bob", REP: 100, Bench: true, Weight: 60, Salts: 16},
		{Name: "carol", REP: 100, Bench: true, Weight: 40, Salts: 16},
		{Name: "d", REP: 100}, {Name: "e", REP: 100}, {Name: "f", REP: 100}, {Name: "g", REP: 100},
	}
	params := small()
	params["bench.max"] = 3
	w, err := chaintest.NewSealed(governed(), people, params, escrow.Ideal{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(chaintest.Draft{}); err != nil {
		t.Fatal(err)
	}
	set(t, w, `{"name": "bench.max", "value": 7}`)
	w.End()
	if err := w.Go(7); err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(chaintest.Draft{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"d", "e", "f", "g"} {
		if _, err := w.Run(name, "availability", "bench", w.Seat(name, w.Facts.Genesis)); err != nil {
			t.Fatal(err)
		}
	}
	w.End()
	if err := w.Go(7); err != nil {
		t.Fatal(err)
	}
	r, _ := availability.Roster(w.Reader(), 3)
	if len(r.Members) > 3 && len(r.Tickets()) == 0 {
		t.Errorf("a roster of %d members with 4 keys and more each has no tickets", len(r.Members))
	}
}

// Goal: a roster without tickets gets no salts and stops nothing. Method: all leave
// the bench under the hashed beacon, so that the old members, who have no escrow
// keys, go on under the recoverable one; registrations with salts are refused,
// those without are activated, and the epoch is run with skipped views.
func TestRosterWithoutTickets(t *testing.T) {
	w, err := chaintest.New(governed(), four, small())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(chaintest.Draft{}); err != nil {
		t.Fatal(err)
	}
	set(t, w, `{"name": "beacon.scheme", "value": 2}`)
	for _, p := range four {
		if _, err := w.Run(p.Name, "availability", "leave", availability.Leave{}); err != nil {
			t.Fatal(err)
		}
	}
	w.End()
	if err := w.Go(15); err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(chaintest.Draft{}); err != nil { // of epoch 2
		t.Fatal(err)
	}
	r, _ := availability.Roster(w.Reader(), 3)
	if len(r.Members) != 4 || len(r.Tickets()) != 0 {
		t.Fatalf("%d members, %d tickets", len(r.Members), len(r.Tickets()))
	}
	m := availability.Register{Epoch: 3, Weight: 50, Key: w.Key("alice").Public(), Commitment: make(types.Bytes, escrow.DealingBytes(4)), Salts: 1}
	m.Proof = w.Key("alice").Sign(m.SignBytes(w.Facts.Genesis, w.Addr("alice")))
	if _, err := w.Run("alice", "availability", "register", m); !errors.Is(err, availability.ErrCommitment) {
		t.Errorf("salts for nobody: %v", err)
	}
	for _, p := range four[:3] {
		if _, err := w.Run(p.Name, "availability", "register", w.Contract(p.Name, 3, p.REP, 0, w.Facts.Genesis)); err != nil {
			t.Fatal(err)
		}
	}
	w.End()
	if err := w.Go(7); err != nil {
		t.Fatal(err)
	}
	if p := w.Plan(3); p.Degraded || len(p.List) != 3 || p.Scheme != types.Recoverable {
		t.Fatalf("%+v", p)
	}
	for range 8 {
		if err := w.Begin(chaintest.Draft{Skip: 1}); err != nil {
			t.Fatal(err)
		}
		w.End()
	}
	seed := w.Plan(3).Seed
	for v := types.View(1); v <= 8; v++ {
		seed = types.NextSeed(seed, v, nil)
	}
	next := keys.Sum([]byte("epoch"), []byte{0, 0, 0, 0, 0, 0, 0, 4}, seed[:])
	if got := w.Plan(4).Seed; got != next {
		t.Errorf("R(4,0) is %s, want %s", got.Short(), next.Short())
	}
}

// Goal: what an epoch kept of its beacon goes with its plan, and the state does not
// grow. Method: nine epochs with registrations, additions of contracts that stay
// out of the list, and skipped views; keys of the state are counted.
func TestOldSaltsAreForgotten(t *testing.T) {
	w := sealed(t, escrow.Ideal{}, map[string]uint64{"epoch.blocks": 16, "asc.lead_views": 4})
	count := func() (n, bytes int) {
		w.Reader().Range(nil, nil, func(k, v []byte) bool {
			if k[1] == 6 && k[2] >= 10 { // the last 1,024 blocks, which can be cited
				return true
			}
			n, bytes = n+1, bytes+len(k)+len(v)
			return true
		})
		return n, bytes
	}
	var sizes []int
	for e := types.Epoch(0); e < 10; e++ {
		for i := range 16 {
			if err := w.Begin(chaintest.Draft{Skip: i % 2}); err != nil {
				t.Fatal(err)
			}
			for _, p := range four {
				n := uint32(14)
				if p.Name == "dave" {
					n = 1 // never enough
				}
				if i == 0 {
					if _, err := w.Run(p.Name, "availability", "register", w.Contract(p.Name, e+1, p.REP, n, w.Facts.Genesis)); err != nil {
						t.Fatal(err)
					}
				}
			}
			w.End()
		}
		n, bytes := count()
		sizes = append(sizes, n)
		t.Logf("epoch %d: %d keys, %d bytes", e, n, bytes)
		for old := types.Epoch(0); old <= e; old++ {
			kept := availability.Plan(w.Reader(), old) != nil
			dealt := 0
			for _, p := range four {
				dealt += len(availability.Dealt(w.Reader(), old, w.Addr(p.Name)))
			}
			if opened := len(availability.Opened(w.Reader(), old)); kept != (dealt > 0) || kept != (opened > 0) {
				t.Fatalf("after epoch %d: plan of %d kept: %v, %d dealings, %d salts", e, old, kept, dealt, opened)
			}
			if kept && old+5 < e {
				t.Fatalf("after epoch %d the plan of epoch %d is still there", e, old)
			}
		}
	}
	for e := 7; e < len(sizes); e++ {
		if sizes[e] > sizes[6]+4 {
			t.Fatalf("the state grows: %v", sizes)
		}
	}
}
