package pool_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/evidence/chaintest"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/types"
	"probity/consensus"
	"probity/consensus/quorum"
	"probity/vpool/draw"
)

// rich mints 100 REP a block, without a cap.
func rich(more map[string]uint64) map[string]uint64 {
	p := map[string]uint64{
		"epoch.blocks": 64, "asc.lead_views": 16, "evidence.window": 16,
		"reward.block": 100_000_000_000, "rep.year_cap_ppm": 0,
	}
	for k, v := range more {
		p[k] = v
	}
	return p
}

// bench is a bench of people with REP, whose first is the only producer, so
// that who serves does not depend on the rest.
func bench(reps ...uint64) []chaintest.Person {
	out := make([]chaintest.Person, len(reps))
	for i, r := range reps {
		out[i] = chaintest.Person{Name: string(rune('a' + i)), REP: r, Bench: true}
	}
	out[0].Weight, out[0].Salts = reps[0], 64
	return out
}

// balances lists what people have.
func balances(w *chaintest.Chain, people []chaintest.Person) map[string]types.Amount {
	out := map[string]types.Amount{}
	for _, p := range people {
		out[p.Name] = rep.Balance(w.Reader(), rep.WREP, w.Addr(p.Name))
	}
	return out
}

// ballot is a vote on block 2 and the block, 3 … 18, that includes it; those in
// block 3 are its first votes.
type ballot struct {
	name string
	at   types.Height
	kind types.Kind
}

// play makes a chain in which block 2 gets the ballots and runs until its pool
// has settled. All other blocks have Finalizations and so no votes.
func play(t interface{ Fatal(...any) }, people []chaintest.Person, params map[string]uint64, first []string, ballots []ballot) *chaintest.Chain {
	w, err := chaintest.New(table, people, params)
	if err != nil {
		t.Fatal(err)
	}
	view := map[types.Height]types.View{}
	for w.Block.Height < 18 {
		h := w.Block.Height
		e, next := w.NextView()
		d := chaintest.Draft{}
		if h > 0 {
			c := w.On(types.Finalize, h, e, view[h])
			if h == 2 {
				c = w.On(types.Notarize, h, e, view[h], first...)
			}
			d.Parent = &c
		}
		for _, b := range ballots {
			if b.at == h+1 {
				d.Votes = append(d.Votes, w.On(b.kind, 2, e, view[2], b.name))
			}
		}
		if err := w.Begin(d); err != nil {
			t.Fatal(err)
		}
		view[h+1] = next
		w.End()
	}
	return w
}

// Goal: what approving earns does not depend on when and in which order votes
// are included, with the roster as base. Method: the same votes on one block,
// spread over its window in two random ways; all but the includer's pay, which
// is the one producer's here, is equal to the base unit.
func TestOrderDoesNotMatter(t *testing.T) {
	people := bench(700, 131, 97, 53, 19)
	rapid.Check(t, func(t *rapid.T) {
		voters := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"b", "c", "d", "e"}), rapid.ID[string]).Draw(t, "voters")
		var got [2]map[string]types.Amount
		for i := range got {
			var ballots []ballot
			for _, v := range rapid.Permutation(voters).Draw(t, "order") {
				ballots = append(ballots, ballot{v, types.Height(rapid.IntRange(3, 18).Draw(t, "at")), types.Notarize})
			}
			got[i] = balances(play(t, people, rich(nil), []string{"a"}, ballots), people)
		}
		for name := range got[0] {
			if got[0][name] != got[1][name] {
				t.Fatalf("%s has %s or %s", name, got[0][name], got[1][name])
			}
		}
	})
}

// Goal: whatever a block's pool does, REP is conserved, and it mints at most M.
// Method: random rosters, votes on both sides and at all times, random c2,
// includer share and base; every change of REP is in an event, and the route's
// invariants hold.
func TestSettlementConserves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people := bench(1000,
			rapid.Uint64Range(1, 150).Draw(t, "b"), rapid.Uint64Range(1, 150).Draw(t, "c"), rapid.Uint64Range(1, 150).Draw(t, "d"))
		params := rich(map[string]uint64{
			"pool.poster_ppm":   rapid.Uint64Range(0, 1_000_000).Draw(t, "c2"),
			"pool.includer_ppm": rapid.Uint64Range(0, 1_000_000).Draw(t, "includer"),
			"pool.base":         rapid.Uint64Range(1, 2).Draw(t, "base"),
			"pool.stake_ppm":    rapid.Uint64Range(0, 62_500).Draw(t, "stake"),
		})
		var ballots []ballot
		for _, name := range []string{"b", "c", "d"} {
			for _, k := range []types.Kind{types.Notarize, types.Reject} {
				if rapid.Bool().Draw(t, "votes") {
					ballots = append(ballots, ballot{name, types.Height(rapid.IntRange(3, 18).Draw(t, "at")), k})
				}
			}
		}
		w := play(t, people, params, []string{"a"}, ballots)
		if err := w.Check(); err != nil {
			t.Fatal(err)
		}
		var before, after types.Amount
		for _, p := range people {
			before = before.Add(types.Whole(p.REP))
		}
		for _, b := range balances(w, people) {
			after = after.Add(b)
		}
		// Blocks 1 and 2 have settled; block 1 has no votes and mints c2 of 100.
		if most := before.Add(types.Whole(200)); most.Less(after) {
			t.Fatalf("%s became %s", before, after)
		}
		if after != rep.Supply(w.Reader(), rep.WREP) {
			t.Fatalf("people have %s, the supply is %s", after, rep.Supply(w.Reader(), rep.WREP))
		}
	})
}

// Goal: an account that splits never has more. Method: the same votes once by
// one member and once by two that share its REP, with every outcome of its side.
func TestSplittingNeverGains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := rapid.Uint64Range(1, 200).Draw(t, "one")
		two := rapid.Uint64Range(1, 200).Draw(t, "two")
		other := rapid.Uint64Range(1, 200).Draw(t, "other")
		kind := rapid.SampledFrom([]types.Kind{types.Notarize, types.Reject}).Draw(t, "side")
		params := rich(map[string]uint64{"pool.includer_ppm": rapid.Uint64Range(0, 1_000_000).Draw(t, "includer")})
		whole := bench(2000, one+two, other)
		parts := bench(2000, one, two, other)
		a := balances(play(t, whole, params, []string{"a"}, []ballot{{"b", 4, kind}, {"c", 5, types.Reject}}), whole)
		b := balances(play(t, parts, params, []string{"a"}, []ballot{{"b", 4, kind}, {"c", 6, kind}, {"d", 5, types.Reject}}), parts)
		if a["b"].Less(b["b"].Add(b["c"])) {
			t.Fatalf("%d and %d have %s and %s, %d has %s", one, two, b["b"], b["c"], one+two, a["b"])
		}
	})
}

// Goal: with bench.mode sampled those drawn for the view are paid, by their
// weight among themselves, and nobody else stakes or earns. Method: two of five
// drawn; the payouts against the draw made again here.
func TestSampledBench(t *testing.T) {
	people := bench(700, 130, 90, 50, 30)
	params := rich(map[string]uint64{"bench.mode": availability.ModeSampled, "bench.sample": 2, "pool.includer_ppm": 0})
	all := []string{"a", "b", "c", "d", "e"}
	w := play(t, people, params, all, nil)
	members, weights := w.Plan(0).Roster.Members, []uint64{}
	for _, m := range members {
		weights = append(weights, uint64(m.Weight))
	}
	drawn, err := draw.Sample(w.Schedule(0).Seed(2), weights, 2)
	if err != nil || len(drawn) != 2 {
		t.Fatal(drawn, err)
	}
	total := weights[drawn[0]] + weights[drawn[1]]
	want := map[string]types.Amount{}
	for _, p := range people {
		want[p.Name] = types.Whole(p.REP)
	}
	want["a"] = want["a"].Add(types.Whole(100)) // produced blocks 1 and 2
	for _, i := range drawn {
		name := w.Name(members[i].Address)
		want[name] = want[name].Add(types.Whole(50).ShareDown(weights[i], total))
	}
	for name, got := range balances(w, people) {
		if got != want[name] {
			t.Errorf("%s has %s, want %s", name, got, want[name])
		}
	}
}

// Goal: no body of a block is taken that the rules do not allow, and none makes
// the law panic. Method: random changes to good votes and records; where the
// block stands, the pools must be what a model of the windows says: each vote is
// counted once.
func TestHostileBodies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, err := chaintest.New(table, bench(400, 300, 200, 100), rich(nil))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Go(rapid.IntRange(1, 4).Draw(t, "before")); err != nil {
			t.Fatal(err)
		}
		h := w.Block.Height
		cert := func() types.Certificate {
			c := w.On(
				types.Kind(rapid.IntRange(0, 6).Draw(t, "kind")), h-types.Height(rapid.IntRange(0, 2).Draw(t, "back"))%h,
				0, types.View(rapid.IntRange(0, 6).Draw(t, "view")),
				rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "by"),
			)
			switch rapid.IntRange(0, 6).Draw(t, "fault") {
			case 0:
				c.Signers = c.Signers[:0]
			case 1:
				c.Signers[0] |= 0x80
			case 2:
				c.Signatures = nil
			case 3:
				c.Epoch = 9
			case 4:
				c.Attachment = types.Bytes{1}
			}
			return c
		}
		d := chaintest.Draft{Skip: rapid.IntRange(0, 1).Draw(t, "skip")}
		for range rapid.IntRange(0, 2).Draw(t, "votes") {
			d.Votes = append(d.Votes, cert())
		}
		for range rapid.IntRange(0, 2).Draw(t, "records") {
			rec := types.ViewRecord{View: types.View(rapid.IntRange(0, 6).Draw(t, "of"))}
			for range rapid.IntRange(0, 2).Draw(t, "headers") {
				r := types.Rejected{Header: w.Header(0, max(rec.View, 1), 1, nil)}
				if rapid.Bool().Draw(t, "rejects") {
					c := cert()
					r.Rejects = &c
				}
				rec.Rejected = append(rec.Rejected, r)
			}
			d.Late = append(d.Late, rec)
		}
		if err := w.Begin(d); err != nil {
			for _, want := range []error{pool.ErrVotes, pool.ErrRecord, pool.ErrParent, availability.ErrViews} {
				if errors.Is(err, want) {
					return
				}
			}
			t.Fatalf("a reason of no kind: %v", err)
		}
		for i := range d.Votes {
			if k := d.Votes[i].Kind; k != types.Reject {
				t.Fatalf("%s was taken: all approvals were included before", k)
			}
		}
		w.End()
		if err := w.Check(); err != nil {
			t.Fatal(err)
		}
	})
}

// Goal: the law's window is the one that members gather votes over. Method: the
// parameter's bounds against the constant.
func TestWindowIsThatOfConsensus(t *testing.T) {
	if w := pool.Window; w.Default != consensus.VoteWindow || w.Min != w.Default || w.Max != w.Default {
		t.Errorf("pool.window is %d … %d, members gather over %d", w.Min, w.Max, consensus.VoteWindow)
	}
}

// Goal: parameters under which votes stake more than is locked are refused.
// Method: the edge.
func TestStakesFitTheLock(t *testing.T) {
	if _, err := route.NewParams(table, map[string]uint64{"pool.stake_ppm": 62_500}); err != nil {
		t.Error(err)
	}
	if _, err := route.NewParams(table, map[string]uint64{"pool.stake_ppm": 62_501}); err == nil {
		t.Error("17 blocks' stakes in 16 blocks' lock")
	}
}

// Goal: a digest is INVALID exactly where the included rejects weigh a quorum.
// Method: random sets of rejecters of a skipped header that its producer has
// approved; all of the producer's REP, which is behind its contract, is taken, to
// the base unit, or nothing is.
func TestRejectionNeedsAQuorum(t *testing.T) {
	people := bench(500, 401, 300, 200, 100) // all but the producer weigh just a quorum
	rapid.Check(t, func(t *rapid.T) {
		w, err := chaintest.New(table, people, rich(map[string]uint64{"reward.block": 0}))
		if err != nil {
			t.Fatal(err)
		}
		v := types.View(1)
		for ; v == 1 || w.Leader(0, v) != "a"; v++ {
			if err := w.Go(1); err != nil {
				t.Fatal(err)
			}
		}
		names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"b", "c", "d", "e"}), 1, 4, rapid.ID[string]).Draw(t, "rejecters")
		if rapid.Bool().Draw(t, "all") {
			names = []string{"b", "c", "d", "e"}
		}
		h := w.Header(0, v, 1, func(h *types.Header) { h.Time = 7 })
		c := w.Certificate(types.Reject, 0, v, h.Header.Digest(), names...)
		own := w.Certificate(types.Notarize, 0, v, h.Header.Digest(), "a") // what its contract leaves of its REP, nothing, is its stake
		err = w.Begin(chaintest.Draft{Skip: 1, Refused: [][]types.Rejected{{{Header: h, Rejects: &c, Notarizes: &own}}}})
		if err != nil {
			t.Fatal(err)
		}
		w.End()
		if err := w.Go(15); err != nil {
			t.Fatal(err)
		}
		var weight types.Weight
		for _, p := range people {
			for _, n := range names {
				if p.Name == n {
					weight += types.Weight(p.REP)
				}
			}
		}
		want := types.Whole(500)
		if weight >= quorum.Threshold(1501) {
			want = types.Amount{}
		}
		if got := rep.Balance(w.Reader(), rep.WREP, w.Addr("a")); got != want {
			t.Fatalf("rejected by %d of 1501: the producer has %s", weight, got)
		}
		if err := w.Check(); err != nil {
			t.Fatal(err)
		}
	})
}

// Goal: general pools conserve REP and give no snapshot away. Method: random
// openings, stakes, slashes and time, over many pools at once; after every block
// the invariants hold, and in the end nothing is exposed.
func TestGeneralPoolsConserve(t *testing.T) {
	names := []string{"a", "b", "c", "d"}
	rapid.Check(t, func(t *rapid.T) {
		w, err := chaintest.New(table, bench(400, 300, 200, 100), rich(map[string]uint64{"reward.block": 0}))
		if err != nil {
			t.Fatal(err)
		}
		opened := uint64(0)
		for range rapid.IntRange(1, 12).Draw(t, "blocks") {
			if err := w.Begin(chaintest.Draft{}); err != nil {
				t.Fatal(err)
			}
			for range rapid.IntRange(0, 4).Draw(t, "acts") {
				opened += act(t, w, names, opened)
			}
			w.End()
			if err := w.Check(); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Go(6); err != nil {
			t.Fatal(err)
		}
		for id := uint64(1); id <= opened; id++ {
			if pool.IsOpen(w.Reader(), id) {
				t.Fatalf("pool %d is open past its deadline", id)
			}
		}
		for _, n := range names {
			if x := rep.Exposed(w.Reader(), w.Addr(n)); !x.IsZero() {
				t.Fatalf("%s has %s at stake in no pool", n, x)
			}
		}
		if err := w.Check(); err != nil {
			t.Fatal(err)
		}
	})
}

// act does one random thing and returns how many pools it opened.
func act(t *rapid.T, w *chaintest.Chain, names []string, opened uint64) uint64 {
	who := rapid.SampledFrom(names).Draw(t, "who")
	switch rapid.IntRange(0, 4).Draw(t, "act") {
	case 0:
		m := openMsg{Config: pool.Config{
			Ref: keys.Sum([]byte(fmt.Sprint(opened))), Book: rep.WREP,
			Deadline:     w.Block.Time + types.Time(rapid.IntRange(1, 1000).Draw(t, "time")),
			QuorumPPM:    types.PPM(rapid.IntRange(100_000, 400_000).Draw(t, "quorum")),
			WinPPM:       500_000,
			BindingPPM:   types.PPM(rapid.IntRange(0, 1_000_000).Draw(t, "binding")),
			Redistribute: rapid.Bool().Draw(t, "redistribute"),
		}}
		if _, err := w.Run(who, "forum", "open", m); err == nil {
			return 1
		}
	case 1, 2, 3:
		if opened > 0 {
			_, _ = w.Run(who, "forum", "stake", stakeMsg{
				Pool: rapid.Uint64Range(1, opened).Draw(t, "pool"), For: rapid.Bool().Draw(t, "for"),
				Amount: types.NewAmount(rapid.Uint64Range(1, 200_000_000_000).Draw(t, "amount")),
			})
		}
	case 4:
		rep.Slash(w.Ctx("pool"), w.Addr(who), types.NewAmount(rapid.Uint64Range(0, 50_000_000_000).Draw(t, "slash")), "test")
	}
	return 0
}
