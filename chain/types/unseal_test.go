package types_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/types"
)

// sealedPlan is a plan of three members with a ticket each, whose contracts have
// so many salts of the ideal suite.
func sealedPlan(t interface{ Fatal(...any) }, salts [3]uint32, stride uint64, selection types.Selection) *types.Plan {
	p := &types.Plan{Epoch: 2, First: 17, Blocks: 8, Stride: stride, Scheme: types.Recoverable, Selection: selection, Seed: keys.Sum([]byte("seed"))}
	p.Roster.Epoch = 2
	for i := range 3 {
		k := keys.FromSeed([32]byte{byte(i)}).Public()
		secret := escrow.NewSecret([32]byte{byte(i)}, 0)
		p.Roster.Members = append(p.Roster.Members, types.Member{Address: k.Address(), Key: k, Weight: 10, Escrow: []types.Bytes{escrow.Ideal{}.Public(secret)}})
		p.List = append(p.List, types.ASC{ID: keys.Sum([]byte{byte(i)}), Producer: k.Address(), Key: k, Weight: types.Weight(5 + i)})
	}
	panel, err := escrow.Ideal{}.Panel(p.Roster.Tickets())
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range salts {
		var list []types.Bytes
		at := escrow.Place{Epoch: 2, ASC: p.List[i].ID, Roster: p.Roster.Hash()}
		for at.Salt = range n {
			list = append(list, escrow.Ideal{}.Deal(panel, at, [32]byte{byte(i), byte(at.Salt)}))
		}
		if p.List[i].Salts = n; n > 0 {
			p.List[i].Commitment = types.Bytes{1}
		}
		p.Dealings = append(p.Dealings, list)
	}
	return p
}

// openings are the two ways to open a view, and its salt.
func openings(s *types.Schedule, v types.View) (salt [32]byte, reveal, shares escrow.Opening) {
	at, dealing := s.Place(v), s.Dealing(v)
	r := escrow.Ideal{}.Reveal(at, [32]byte{byte(s.Leader(v)), byte(s.Salt(v))}, dealing)
	salt, err := escrow.Ideal{}.Open(at, dealing, r)
	if err != nil {
		panic(err)
	}
	reveal.Reveal = r
	for k := range uint32(2) {
		shares.Shares = append(shares.Shares, escrow.Ideal{}.Share(at, dealing, k, escrow.NewSecret([32]byte{byte(k)}, 0)))
	}
	return salt, reveal, shares
}

// Goal: a schedule reaches exactly one view beyond what is open, both ways to open
// a view give one salt, and a schedule made from what another has opened is the
// same. Method: random plans walked through two epochs' views, opened one way or the
// other, beside a copy that takes up the salts in one go.
func TestScheduleGoesAsFarAsSalts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint32Range(0, 9)
		plan := sealedPlan(t, [3]uint32{n.Draw(t, "a"), n.Draw(t, "b"), n.Draw(t, "c")}, rapid.Uint64Range(1, 4).Draw(t, "stride"),
			rapid.SampledFrom([]types.Selection{types.Cycle, types.Lottery}).Draw(t, "selection"))
		s, err := types.NewSchedule(plan)
		if err != nil {
			t.Fatal(err)
		}
		used := map[int]uint32{}
		var opened []types.Bytes
		seed := plan.Seed
		for v := types.View(1); v <= 20; v++ {
			if !s.Reach(v) || s.Seed(v-1) != seed {
				t.Fatalf("view %d is out of reach", v)
			}
			salted := uint64(v)%plan.Stride == 0 && used[s.Leader(v)] < plan.List[s.Leader(v)].Salts
			if s.Salted(v) != salted || s.Waits(v) != salted || s.Known(v) == salted || salted && s.Salt(v) != used[s.Leader(v)] {
				t.Fatalf("view %d: salted %v, waits %v, want %v", v, s.Salted(v), s.Waits(v), salted)
			}
			if uint64(v)%plan.Stride == 0 {
				used[s.Leader(v)]++
			}
			var taken types.Bytes
			if salted {
				if s.Reach(v + 1) {
					t.Fatalf("view %d is known before the salt of view %d", v+1, v)
				}
				salt, reveal, shares := openings(s, v)
				for _, o := range []escrow.Opening{reveal, shares} {
					if got, err := s.Unseal(escrow.Ideal{}, v, s.Dealing(v), &o); err != nil || got != salt {
						t.Fatalf("view %d: %x, %v", v, got, err)
					}
				}
				if !s.Waits(v) {
					t.Fatal("looking opens")
				}
				s.Open(v, salt)
				s.Open(v, salt) // a fact twice is one
				taken = salt[:]
			}
			opened = append(opened, taken)
			if string(s.Opened(v)) != string(taken) {
				t.Fatalf("view %d opened %x, want %x", v, s.Opened(v), taken)
			}
			seed = types.NextSeed(seed, v, taken)
		}
		k := rapid.IntRange(0, 20).Draw(t, "taken at first")
		again := *plan
		again.Opened = opened[:k]
		copied, err := types.NewSchedule(&again)
		if err != nil {
			t.Fatal(err)
		}
		if err := copied.Take(opened); err != nil {
			t.Fatal(err)
		}
		for v := types.View(1); v <= 20; v++ {
			if copied.Seed(v) != s.Seed(v) || copied.Leader(v) != s.Leader(v) {
				t.Fatalf("view %d differs after taking %d and all", v, k)
			}
		}
	})
}

// Goal: what does not open a view is refused, and what nobody may do stops the
// program. Method: each malformed opening; a second salt; a view beyond reach; a
// state with a hole in its salts.
func TestUnsealRefuses(t *testing.T) {
	s, err := types.NewSchedule(sealedPlan(t, [3]uint32{9, 9, 9}, 1, types.Cycle))
	if err != nil {
		t.Fatal(err)
	}
	salt, reveal, shares := openings(s, 1)
	third := escrow.Ideal{}.Share(s.Place(1), s.Dealing(1), 2, escrow.NewSecret([32]byte{2}, 0))
	list := shares.Shares
	for what, o := range map[string]escrow.Opening{
		"nothing":        {},
		"both":           {Reveal: reveal.Reveal, Shares: list},
		"a short reveal": {Reveal: reveal.Reveal[:95]},
		"one share":      {Shares: list[:1]},
		"three shares":   {Shares: append(append([]escrow.Share(nil), list...), third)},
		"one twice":      {Shares: []escrow.Share{list[0], list[0]}},
		"falling":        {Shares: []escrow.Share{list[1], list[0]}},
		"renamed":        {Shares: []escrow.Share{list[0], {Ticket: 2, Proof: list[1].Proof}}},
		"no ticket":      {Shares: []escrow.Share{list[0], {Ticket: 3, Proof: list[1].Proof}}},
	} {
		if _, err := s.Unseal(escrow.Ideal{}, 1, s.Dealing(1), &o); !errors.Is(err, types.ErrSealed) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, dealing := range map[string]types.Bytes{"no dealing": nil, "a short one": s.Dealing(1)[:100]} {
		for _, o := range []escrow.Opening{reveal, shares} {
			if _, err := s.Unseal(escrow.Ideal{}, 1, dealing, &o); !errors.Is(err, types.ErrSealed) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	stops := func(what string, f func()) {
		t.Helper()
		defer func() {
			if recover() == nil {
				t.Errorf("%s goes on", what)
			}
		}()
		f()
	}
	stops("a seed before its salt", func() { s.Seed(1) })
	stops("a leader beyond reach", func() { s.ASC(2) })
	stops("view 0", func() { s.ASC(0) })
	s.Open(1, salt)
	stops("a second salt", func() { s.Open(1, [32]byte{1}) })
	if err := s.Take([]types.Bytes{salt[:], nil, salt[:]}); err != nil { // opened up to the hole
		t.Error(err)
	}
	if s.Known(2) {
		t.Error("a hole is a salt")
	}
}
