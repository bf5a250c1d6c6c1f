package availability_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/evidence/chaintest"
	"probity/chain/state"
	"probity/chain/types"
	"probity/consensus/quorum"
)

var four = []chaintest.Person{
	{Name: "alice", REP: 100, Bench: true, Weight: 60, Salts: 32},
	{Name: "bob", REP: 80, Bench: true, Weight: 60, Salts: 32},
	{Name: "carol", REP: 60, Bench: true, Weight: 40, Salts: 32},
	{Name: "dave", REP: 20, Bench: true},
}

func small() map[string]uint64 {
	return map[string]uint64{"epoch.blocks": 8, "asc.lead_views": 2, "evidence.window": 16}
}

func start(t interface{ Fatal(...any) }) *chaintest.Chain {
	w, err := chaintest.New(table, four, small())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Goal: a genesis that does not fit together is refused with its place. Method:
// one fault each in a good one, in the file's own form.
func TestGenesisNamesItsFaults(t *testing.T) {
	params, err := route.NewParams(table, map[string]uint64{"beacon.scheme": uint64(types.Hashed)})
	if err != nil {
		t.Fatal(err)
	}
	w := start(t)
	seat := func(name string) string {
		m := w.Seat(name, w.Facts.Draft)
		b, _ := json.Marshal(map[string]any{"account": w.Addr(name), "key": m.Key, "network": m.Network, "signature": m.Proof})
		return string(b)
	}
	contract := func(name string, weight uint64) string {
		m := w.Contract(name, 0, weight, 4, w.Facts.Draft)
		b, _ := json.Marshal(map[string]any{
			"account": w.Addr(name), "weight": m.Weight, "key": m.Key, "commitment": m.Commitment, "salts": m.Salts, "signature": m.Proof,
		})
		return string(b)
	}
	swap := func(s, old, text string) string { return strings.Replace(s, old, text, 1) }
	alice, bob := seat("alice"), seat("bob")
	for _, c := range []struct{ section, want string }{
		{``, "bench: a chain needs"},
		{`{"bench": []}`, "bench: a chain needs"},
		{`{"seats": []}`, "seats: no such member"},
		{`{"bench": [` + alice + `, ` + alice + `]}`, "bench[1].account:"},
		{`{"bench": [` + swap(alice, w.Addr("alice").String(), w.Addr("bob").String()) + `]}`, "bench[0]: the key's signature"},
		{`{"bench": [` + alice + `, ` + seat("nobody") + `]}`, "bench[1]: not enough wREP"},
		{`{"bench": [` + bob + `], "asc": [` + contract("alice", 1000) + `]}`, "asc[0]: not enough REP"},
		{`{"bench": [` + bob + `], "asc": [` + contract("bob", 5) + `, ` + contract("bob", 5) + `]}`, "asc[1]: the account has a contract"},
		{`{"bench": [` + bob + `], "asc": [` + swap(contract("bob", 5), `"salts":4`, `"salts":5`) + `]}`, "asc[0]: the key's signature"},
		{`{"bench": [{"key": 1}]}`, "bench[0].key:"},
	} {
		c.section = strings.TrimSpace(c.section)
		base := state.NewOverlay(state.NewBase(state.NewMemory()))
		ctx := route.NewCtx(base, w.Facts, params, &route.Block{Version: 1}, table)
		rep := table.Find("rep")
		holders := `{"holders": [{"address": "` + w.Addr("alice").String() + `", "amount": "100000000000"}, {"address": "` + w.Addr("bob").String() + `", "amount": "100000000000"}]}`
		if err := rep.Genesis(ctx.For(rep), json.RawMessage(holders)); err != nil {
			t.Fatal(err)
		}
		var section json.RawMessage
		if c.section != "" {
			section = json.RawMessage(c.section)
		}
		err := availability.Route.Genesis(ctx.For(availability.Route), section)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%.60s: %v, want %s…", c.section, err, c.want)
		}
	}
}

// Goal: a block must account for every view it skips. Method: good blocks with
// one record missing, out of order, too light, of another kind or with too much.
func TestSkippedViewsNeedTheirRecords(t *testing.T) {
	w := start(t)
	if err := w.Go(2); err != nil {
		t.Fatal(err)
	}
	views := func(f func([]types.ViewRecord) []types.ViewRecord) chaintest.Draft {
		return chaintest.Draft{Skip: 3, Edit: func(w *chaintest.Chain) { w.Block.Views = f(w.Block.Views) }}
	}
	light := w.Certificate(types.Nullify, 0, 4, keys.Hash{}, "alice", "carol") // 160 of 174
	for name, c := range map[string]struct {
		draft chaintest.Draft
		want  error
	}{
		"none":     {views(func(v []types.ViewRecord) []types.ViewRecord { return nil }), availability.ErrViews},
		"one less": {views(func(v []types.ViewRecord) []types.ViewRecord { return v[:2] }), availability.ErrViews},
		"order":    {views(func(v []types.ViewRecord) []types.ViewRecord { return []types.ViewRecord{v[0], v[2], v[1]} }), availability.ErrViews},
		"light": {views(func(v []types.ViewRecord) []types.ViewRecord {
			v[1].Nullification = &light
			return v
		}), availability.ErrViews},
		"kind": {views(func(v []types.ViewRecord) []types.ViewRecord {
			c := w.Certificate(types.Finalize, 0, 4, keys.Sum())
			v[1].Nullification = &c
			return v
		}), availability.ErrViews},
		"no certificate": {views(func(v []types.ViewRecord) []types.ViewRecord {
			v[1].Nullification = nil
			return v
		}), availability.ErrViews},
		"epoch": {views(func(v []types.ViewRecord) []types.ViewRecord {
			v[1].Epoch = 1
			return v
		}), availability.ErrViews},
		"one more": {views(func(v []types.ViewRecord) []types.ViewRecord { return append(v, v[2]) }), availability.ErrViews},
		"view":     {chaintest.Draft{Edit: func(w *chaintest.Chain) { w.Block.View = w.Block.ParentView }}, availability.ErrViews},
		"far":      {chaintest.Draft{Edit: func(w *chaintest.Chain) { w.Block.View = 1 << 60 }}, availability.ErrViews},
		"height":   {chaintest.Draft{Edit: func(w *chaintest.Chain) { w.Block.Height = 9 }}, availability.ErrPlan},
		"epoch 1":  {chaintest.Draft{Edit: func(w *chaintest.Chain) { w.Block.Epoch = 1 }}, availability.ErrPlan},
		"no plan":  {chaintest.Draft{Edit: func(w *chaintest.Chain) { w.Block.Schedule = nil }}, availability.ErrPlan},
	} {
		if err := w.Begin(c.draft); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if err := w.Begin(chaintest.Draft{Skip: 3}); err != nil {
		t.Fatal(err)
	}
}

// Goal: a convicted producer makes no more blocks, and is in no later list or
// roster, while those already frozen keep it. Method: convict bob in epoch 0 and
// follow three epochs.
func TestConvictionKeepsWhatIsFrozen(t *testing.T) {
	w := start(t)
	if err := w.Begin(chaintest.Draft{}); err != nil {
		t.Fatal(err)
	}
	bob := w.Addr("bob")
	availability.Convict(w.Ctx("availability"), bob)
	if _, err := w.Run("bob", "availability", "register", w.Contract("bob", 1, 10, 4, w.Facts.Genesis)); !errors.Is(err, availability.ErrConvicted) {
		t.Errorf("register: %v", err)
	}
	if _, err := w.Run("bob", "availability", "bench", w.Seat("bob", w.Facts.Genesis)); !errors.Is(err, availability.ErrConvicted) {
		t.Errorf("bench: %v", err)
	}
	w.End()
	refused := 0
	for w.Block.Height < 8 {
		e, v := w.NextView()
		skip := 0
		for w.Leader(e, v+types.View(skip)) == "bob" {
			if err := w.Begin(chaintest.Draft{Skip: skip}); !errors.Is(err, availability.ErrProducer) {
				t.Fatalf("a block of the convicted: %v", err)
			}
			refused++
			skip++
		}
		if err := w.Begin(chaintest.Draft{Skip: skip}); err != nil {
			t.Fatal(err)
		}
		w.End()
	}
	if refused == 0 {
		t.Error("bob was never drawn")
	}
	for e, want := range map[types.Epoch]bool{0: true, 1: true, 2: false} {
		r, ok := availability.Roster(w.Reader(), e)
		if !ok || (r.Find(bob) >= 0) != want {
			t.Errorf("roster of epoch %d: bob in it: %v", e, !want)
		}
	}
	if availability.Registered(w.Reader(), 1, bob) {
		t.Error("bob is in the list of epoch 1")
	}
}

// Goal: plans are what protocol §6 says, whatever people do. Method: random
// registrations, seats, jail and parameters over some epochs; what is frozen is
// recorded when it is and compared at every later block.
func TestPlansNeverChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := start(t)
		names := []string{"alice", "bob", "carol", "dave"}
		rosters := map[types.Epoch]keys.Hash{}
		plans := map[types.Epoch][]byte{}
		for range rapid.IntRange(8, 30).Draw(t, "blocks") {
			if err := w.Begin(chaintest.Draft{Skip: rapid.IntRange(0, 2).Draw(t, "skip")}); err != nil {
				t.Fatal(err)
			}
			for range rapid.IntRange(0, 3).Draw(t, "acts") {
				name := rapid.SampledFrom(names).Draw(t, "who")
				switch rapid.IntRange(0, 5).Draw(t, "act") {
				case 0:
					_, _ = w.Run(name, "availability", "leave", availability.Leave{})
				case 1:
					_, _ = w.Run(name, "availability", "bench", w.Seat(name, w.Facts.Genesis))
				case 2:
					weight := rapid.Uint64Range(0, 120).Draw(t, "weight")
					_, _ = w.Run(name, "availability", "register", w.Contract(name, w.Block.Epoch+1, weight, 8, w.Facts.Genesis))
				case 3:
					availability.Jail(w.Ctx("availability"), w.Addr(name))
				case 4:
					_, _ = w.Run(name, "availability", "resume", availability.Resume{})
				case 5:
					w.Rotate(name)
				}
			}
			w.End()
			check(t, w, rosters, plans)
		}
		if err := w.Check(); err != nil {
			t.Fatal(err)
		}
	})
}

// check compares rosters and plans with what they were when first seen.
func check(t *rapid.T, w *chaintest.Chain, rosters map[types.Epoch]keys.Hash, plans map[types.Epoch][]byte) {
	now := w.Block.Epoch
	for e := now; e <= now+2; e++ {
		hash, ok := availability.RosterHash(w.Reader(), e)
		if !ok {
			if e <= now+1 {
				t.Fatalf("no roster of epoch %d at height %d", e, w.Block.Height)
			}
			continue
		}
		if was, seen := rosters[e]; seen && was != hash {
			t.Fatalf("the roster of epoch %d changed at height %d", e, w.Block.Height)
		}
		rosters[e] = hash
		r, _ := availability.Roster(w.Reader(), e)
		if r.Hash() != hash || r.Epoch != e || r.Total() >= quorum.Limit {
			t.Fatalf("roster of epoch %d", e)
		}
		for i := 1; i < len(r.Members); i++ {
			a, b := r.Members[i-1], r.Members[i]
			if a.Weight < b.Weight || a.Weight == b.Weight && string(a.Address[:]) >= string(b.Address[:]) {
				t.Fatalf("roster of epoch %d is not in order", e)
			}
		}
		p := availability.Plan(w.Reader(), e)
		if p == nil {
			if e == now {
				t.Fatalf("no plan of the running epoch %d", e)
			}
			continue
		}
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(p.List); i++ {
			if string(p.List[i-1].ID[:]) >= string(p.List[i].ID[:]) {
				t.Fatalf("list of epoch %d is not in order", e)
			}
		}
		b := codec.MustMarshal(p)
		if was, seen := plans[e]; seen && string(was) != string(b) {
			t.Fatalf("the plan of epoch %d changed at height %d", e, w.Block.Height)
		}
		plans[e] = b
	}
}

// Goal: proofs of contracts hold for their list and nothing else. Method: each
// contract of a plan against the root, then with every part changed.
func TestContractProofs(t *testing.T) {
	w := start(t)
	plan := w.Plan(0)
	root, n, ok := availability.ListRoot(w.Reader(), 0)
	if !ok || n != len(plan.List) {
		t.Fatalf("root of %d contracts, %v", n, ok)
	}
	for i := range plan.List {
		p, ok := availability.ProveASC(plan, plan.List[i].ID)
		if !ok || !p.Verify(root, n) {
			t.Fatalf("contract %d: no proof", i)
		}
		q := p
		q.ASC.Key[0] ^= 1
		if q.Verify(root, n) {
			t.Error("another key passes")
		}
		q = p
		q.Index = uint32((i + 1) % n)
		if q.Verify(root, n) || p.Verify(keys.Hash{}, n) {
			t.Error("another place passes")
		}
		q = p
		q.Index = 1 << 31
		if q.Verify(root, n) {
			t.Error("a place outside passes")
		}
	}
	if _, ok := availability.ProveASC(plan, keys.Hash{}); ok {
		t.Error("no contract has that id")
	}
}

// Goal: what is kept of old epochs is kept as long as promised and then gone.
// Method: many short epochs; a plan lives to the end of the next epoch at least
// and 64 heights, a hash for the exit delay.
func TestOldEpochsAreForgotten(t *testing.T) {
	w := start(t)
	until, ok := availability.Until(w.Reader(), 0)
	if !ok || until != 8+2*8+16 {
		t.Fatalf("exit delay of epoch 0 ends at %d", until)
	}
	for w.Block.Height < 120 {
		if err := w.Go(1); err != nil {
			t.Fatal(err)
		}
		h := w.Block.Height
		if plan := availability.Plan(w.Reader(), 0); (plan == nil) != (h >= 8+64) {
			t.Fatalf("height %d: plan of epoch 0 kept: %v", h, plan != nil)
		}
		if _, ok := availability.RosterHash(w.Reader(), 0); !ok && h <= until {
			t.Fatalf("height %d: hash of epoch 0 is gone", h)
		} else if ok && h > until+8 {
			t.Fatalf("height %d: hash of epoch 0 is still there", h)
		}
	}
}

// Goal: parameters that no epoch could be run with are refused. Method: the
// combinations that the route checks.
func TestParameters(t *testing.T) {
	for _, bad := range []map[string]uint64{
		{"asc.lead_views": 8, "epoch.blocks": 8}, {"beacon.scheme": 3}, {"asc.selection": 3}, {"bench.mode": 0},
	} {
		if _, err := route.NewParams(table, bad); err == nil {
			t.Errorf("%v passes", bad)
		}
	}
}

// Goal: a change of the numbers of an epoch waits for the freeze after the
// boundary that sets it. Method: set epoch.blocks in epoch 0; epochs 0, 1 and 2
// are the old ones, epoch 3 is new.
func TestNumbersFreezeWithTheRoster(t *testing.T) {
	legislature := &route.Route{ID: 90, Name: "legislature"}
	w, err := chaintest.New(append(table[:len(table):len(table)], legislature), four, small())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(chaintest.Draft{}); err != nil {
		t.Fatal(err)
	}
	m, _, err := w.Table.Resolve(types.Msg{Route: 1, ID: 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	body := reflect.New(m.Msgs[0].Type)
	if err := route.ReadJSON([]byte(`{"changes": [{"name": "epoch.blocks", "value": 5}]}`), body.Interface()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Run("legislature", "params", "set", body.Elem().Interface()); err != nil {
		t.Fatal(err)
	}
	w.End()
	for w.Block.Epoch < 3 {
		if err := w.Go(1); err != nil {
			t.Fatal(err)
		}
		want := uint64(8)
		if w.Block.Epoch == 3 {
			want = 5
		}
		if got := w.Plan(w.Block.Epoch).Blocks; got != want {
			t.Fatalf("epoch %d has %d blocks", w.Block.Epoch, got)
		}
	}
}

// Goal: message decoders accept exactly what the encoder gives. Method: fuzzed
// bytes through the route's own decoders; what passes encodes to the same bytes.
func FuzzMessages(f *testing.F) {
	w := start(f)
	f.Add(uint8(0), codec.MustMarshal(w.Seat("alice", w.Facts.Genesis)))
	f.Add(uint8(2), codec.MustMarshal(w.Contract("alice", 1, 2, 3, w.Facts.Genesis)))
	f.Add(uint8(4), codec.MustMarshal(availability.Resume{}))
	f.Fuzz(func(t *testing.T, which uint8, b []byte) {
		m := &availability.Route.Msgs[int(which)%len(availability.Route.Msgs)]
		v, err := m.Decode(b)
		if err != nil {
			if !errors.Is(err, route.ErrMessage) {
				t.Fatalf("%v is no verdict", err)
			}
			return
		}
		if again := codec.MustMarshal(v); string(again) != string(b) {
			t.Fatalf("%x decodes to %x", b, again)
		}
	})
}
