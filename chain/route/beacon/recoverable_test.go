package beacon_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/route/availability"
	"probity/chain/route/beacon"
	"probity/chain/route/evidence/chaintest"
	"probity/chain/types"
)

// sealed is a chain of three members of one weight whose salts are dealt.
func sealed(t interface{ Fatal(...any) }, suite escrow.Suite, salts uint32, params map[string]uint64) *chaintest.Chain {
	given := map[string]uint64{"epoch.blocks": 6, "asc.lead_views": 1, "evidence.window": 16, "bench.max": 3, "jail.misses": 1 << 16}
	for k, v := range params {
		given[k] = v
	}
	var people []chaintest.Person
	for _, name := range []string{"alice", "bob", "carol"} {
		people = append(people, chaintest.Person{Name: name, REP: 100, Bench: true, Weight: 100, Salts: salts})
	}
	w, err := chaintest.NewSealed(table, people, given, suite)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Goal: the next epoch's seed is R(e,Bk), whatever views come after it, and inside
// the epoch each seed takes up its view's salt. Method: random epochs with skipped
// views, strides and few salts, beside a second computation from the salts that the
// harness deals.
func TestRecoverableSeeds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stride := rapid.Uint64Range(1, 3).Draw(t, "stride")
		w := sealed(t, escrow.Ideal{}, 6, map[string]uint64{"beacon.stride": stride})
		for range 6 {
			if err := w.Begin(chaintest.Draft{Skip: rapid.IntRange(0, 2).Draw(t, "skip")}); err != nil {
				t.Fatal(err)
			}
			w.End()
		}
		top := w.Block.View
		s := w.Known(0, top)
		opened := availability.Opened(w.Reader(), 0)
		seed := keys.Sum([]byte("genesis"), w.Facts.Genesis[:])
		var last keys.Hash
		for v := types.View(1); v <= top; v++ {
			salt := types.Bytes{}
			if int(v) <= len(opened) {
				salt = opened[v-1]
			}
			if string(salt) != string(s.Opened(v)) || (len(salt) > 0) != s.Salted(v) {
				t.Fatalf("view %d opened %x, dealt was %x", v, salt, s.Opened(v))
			}
			seed = keys.Sum([]byte("seed"), seed[:], binary.BigEndian.AppendUint64(nil, uint64(v)), salt)
			if got := w.Block.Schedule.Seed(v); got != seed {
				t.Fatalf("R(0,%d) is %s, want %s", v, got.Short(), seed.Short())
			}
			if v == 6 {
				last = seed
			}
		}
		want := keys.Sum([]byte("epoch"), binary.BigEndian.AppendUint64(nil, 1), last[:])
		if got, _ := availability.Seed(w.Reader(), 1); got != want {
			t.Fatalf("R(1,0) is %s, want %s", got.Short(), want.Short())
		}
	})
}

// Goal: a block of a view with a salt opens it, and the reason of a refusal is the
// reveal, the salt, the turn or the seed. Method: one fault each before the right
// block, in a view that a skipped one comes before.
func TestRecoverableFaults(t *testing.T) {
	for name, suite := range map[string]escrow.Suite{"ideal": escrow.Ideal{}, "DHPVSS": escrow.DHPVSS} {
		t.Run(name, func(t *testing.T) {
			w := sealed(t, suite, 6, nil)
			if err := w.Go(1); err != nil {
				t.Fatal(err)
			}
			cut := func(b types.Bytes, n int) types.Bytes { return b[:n:n] }
			for what, c := range map[string]struct {
				want error
				edit func(*chaintest.Chain)
			}{
				"silent":         {beacon.ErrReveal, func(w *chaintest.Chain) { w.Block.Reveal = nil }},
				"short":          {beacon.ErrReveal, func(w *chaintest.Chain) { w.Block.Reveal = cut(w.Block.Reveal, 95) }},
				"another view's": {beacon.ErrReveal, func(w *chaintest.Chain) { w.Block.Reveal = w.Reveal(0, 2) }},
				"of a chain":     {beacon.ErrReveal, func(w *chaintest.Chain) { w.Block.Reveal = beacon.Reveal([32]byte{1}, 6, 0) }},
				"other": {beacon.ErrReveal, func(w *chaintest.Chain) {
					w.Block.Reveal = append(types.Bytes(nil), w.Block.Reveal...)
					w.Block.Reveal[80] ^= 1
				}},
				"seed":          {beacon.ErrSeed, func(w *chaintest.Chain) { w.Block.Seed[0] ^= 1 }},
				"seed unsalted": {beacon.ErrSeed, func(w *chaintest.Chain) { w.Block.Seed = types.NextSeed(w.Known(0, 2).Seed(2), 3, nil) }},
				"turn":          {beacon.ErrTurn, func(w *chaintest.Chain) { w.Block.ASC[0] ^= 1 }},
				"no salt":       {beacon.ErrSalt, func(w *chaintest.Chain) { w.Block.Views[0].Salt = nil }},
				"salt":          {beacon.ErrSalt, func(w *chaintest.Chain) { w.Block.Views[0].Salt = make(types.Bytes, 32) }},
				"no opening":    {beacon.ErrSalt, func(w *chaintest.Chain) { w.Block.Views[0].Nullification.Attachment = nil }},
				"next opening":  {beacon.ErrSalt, func(w *chaintest.Chain) { w.Block.Views[0].Nullification.Attachment = w.Opening(0, 3) }},
				"addition": {beacon.ErrSalt, func(w *chaintest.Chain) {
					w.Block.Views = append(w.Block.Views, types.ViewRecord{View: 1, Salt: w.Known(0, 1).Opened(1)})
				}},
			} {
				if err := w.Begin(chaintest.Draft{Skip: 1, Edit: c.edit}); !errors.Is(err, c.want) {
					t.Errorf("%s: %v, want %v", what, err, c.want)
				}
			}
			if err := w.Begin(chaintest.Draft{Skip: 1}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// Goal: queries tell what blocks have opened and nothing that follows from salts
// to come. Method: ask about views behind, at and ahead of the last block's.
func TestQueriesEndWhereSaltsDo(t *testing.T) {
	w := sealed(t, escrow.Ideal{}, 6, nil)
	if err := w.Go(2); err != nil {
		t.Fatal(err)
	}
	drawn := func(v string) *beacon.Drawn {
		out, err := w.Query("beacon", "get", `{"epoch": 0, "view": `+v+`}`)
		if err != nil {
			t.Fatal(err)
		}
		var d *beacon.Drawn
		if out != "null" {
			d = &beacon.Drawn{}
			text := w.Expand(out)
			var loose struct {
				View types.View `json:"view"`
				Seed keys.Hash  `json:"seed"`
			}
			if err := json.Unmarshal([]byte(text), &loose); err != nil {
				t.Fatal(err)
			}
			d.View, d.Seed = loose.View, loose.Seed
		}
		return d
	}
	if d := drawn("2"); d == nil || d.Seed != w.Known(0, 2).Seed(2) {
		t.Errorf("the last view: %+v", d)
	}
	if d := drawn("3"); d == nil || !d.Seed.IsZero() {
		t.Errorf("the next view: %+v", d)
	}
	if d := drawn("4"); d != nil {
		t.Errorf("the one after: %+v", d)
	}
	if out, err := w.Query("beacon", "schedule", `{"limit": 5}`); err != nil {
		t.Error(err)
	} else {
		var list []json.RawMessage
		if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 1 {
			t.Errorf("%d views are foretold, one is known: %v", len(list), err)
		}
	}
}
