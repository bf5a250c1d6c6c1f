package exec_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"probity/chain/codec"
	"probity/chain/escrow"
	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route/all"
	"probity/chain/route/availability"
	"probity/chain/route/evidence"
	"probity/chain/state"
	"probity/chain/types"
	"probity/vpool/draw"
)

// sealed is a chain of some members whose salts are dealt and recovered.
func sealed(suite escrow.Suite, members int, params map[string]any) setup {
	s := small()
	s.suite, s.members = suite, nil
	for i := range members {
		name := fmt.Sprintf("m%d", i)
		s.members = append(s.members, name)
		s.balances[name] = 1 << 40
	}
	s.params["jail.misses"] = 1 << 16
	for k, v := range params {
		s.params[k] = v
	}
	return s
}

// spot is a view of an epoch.
type spot struct {
	epoch types.Epoch
	view  types.View
}

// walk is what a chain has shown of its schedule.
type walk struct {
	*chain
	drawn map[spot]keys.Hash // the contract that served, or was to serve
	seeds map[spot]keys.Hash // R(e,v)
	plans map[types.Epoch]*types.Plan
}

// stroll extends a chain to the end of an epoch, skipping at most so many views
// before each block, with everyone's registration in the first block of each.
func stroll(c *chain, end types.Epoch, skipMax int) *walk {
	c.t.Helper()
	w := &walk{c, map[spot]keys.Hash{}, map[spot]keys.Hash{}, map[types.Epoch]*types.Plan{}}
	for e := types.Epoch(0); e <= end; e++ {
		w.plans[e] = c.x.Plan(c.tip, e)
		for first := true; first || c.tip.Header.Height < w.plans[e].Last(); first = false {
			c.skip = types.View(c.rng.IntN(skipMax + 1))
			var txs []*types.SignedTx
			if first {
				txs = c.registers(e + 1)
			}
			r := c.add(txs...)
			for _, got := range r.Receipts() {
				if !got.OK() {
					c.t.Fatalf("epoch %d: %s %s", e, got.Kind, got.Text)
				}
			}
			if err := c.x.Invariants(c.tip); err != nil {
				c.t.Fatal(err)
			}
		}
		for v := types.View(1); v <= c.tip.Header.View; v++ {
			w.drawn[spot{e, v}], w.seeds[spot{e, v}] = c.sched.ASC(v).ID, c.sched.Seed(v)
		}
		if plan := c.x.Plan(c.tip, e); len(plan.Opened) > int(c.tip.Header.View) {
			c.t.Fatalf("epoch %d opened %d salts in %d views", e, len(plan.Opened), c.tip.Header.View)
		}
	}
	return w
}

// recompute works out the schedule of a plan from nothing but its dealings and
// the members' escrow keys, by the formulas of the specification.
func (w *walk) recompute(e types.Epoch, views types.View) (leaders, seeds []keys.Hash) {
	w.t.Helper()
	p := w.plans[e]
	weights := make([]uint64, len(p.List))
	for i := range p.List {
		weights[i] = uint64(p.List[i].Weight)
	}
	cycle, err := draw.NewCycle(weights, int(p.Blocks))
	if err != nil {
		w.t.Fatal(err)
	}
	suite := w.setup.suite
	panel, err := suite.Panel(p.Roster.Tickets())
	if err != nil {
		w.t.Fatal(err)
	}
	used := map[int]uint32{}
	seed := p.Seed
	for v := types.View(1); v <= views; v++ {
		i := cycle.Next(seed)
		asc, j := &p.List[i], used[i]
		var salt []byte
		if uint64(v)%p.Stride == 0 {
			used[i]++
		}
		if uint64(v)%p.Stride == 0 && j < asc.Salts {
			at := escrow.Place{Bound: p.Bound, Epoch: uint64(e), ASC: asc.ID, Salt: j, Roster: p.Roster.Hash()}
			var list []escrow.Share
			for m := range p.Roster.Members { // the last tickets: the chain uses the first
				for k := range p.Roster.Members[m].Escrow {
					n := p.Roster.FirstTicket(m) + uint32(k)
					if int(n) >= panel.Tickets()-panel.Threshold() {
						list = append(list, suite.Share(at, p.Dealings[i][j], n, escrowSecret(w.name(p.Roster.Members[m].Address), uint32(k))))
					}
				}
			}
			opened, err := suite.Recover(panel, at, p.Dealings[i][j], list)
			if err != nil {
				w.t.Fatal(err)
			}
			salt = opened[:]
		}
		seed = keys.Sum([]byte("seed"), seed[:], binary.BigEndian.AppendUint64(nil, uint64(v)), salt)
		leaders, seeds = append(leaders, asc.ID), append(seeds, seed)
	}
	return leaders, seeds
}

// check holds what the chain has shown against recompute, and each epoch's
// first seed against the view of the one before that makes it.
func (w *walk) check() {
	w.t.Helper()
	for e := types.Epoch(0); w.plans[e] != nil; e++ {
		views := types.View(w.plans[e].Blocks)
		for w.seeds[spot{e, views + 1}] != (keys.Hash{}) {
			views++
		}
		leaders, seeds := w.recompute(e, views)
		for v := types.View(1); v <= views; v++ {
			if at := (spot{e, v}); w.drawn[at] != leaders[v-1] || w.seeds[at] != seeds[v-1] {
				w.t.Fatalf("view %d/%d: leader %s, seed %s; want %s, %s", e, v, w.drawn[at].Short(), w.seeds[at].Short(), leaders[v-1].Short(), seeds[v-1].Short())
			}
		}
		next := seeds[w.plans[e].Blocks-1]
		want := keys.Sum([]byte("epoch"), binary.BigEndian.AppendUint64(nil, uint64(e+1)), next[:])
		if got, ok := availability.Seed(w.tip.State, e+1); !ok || got != want {
			w.t.Fatalf("R(%d,0) is %s, want %s of view %d", e+1, got.Short(), want.Short(), w.plans[e].Blocks)
		}
	}
}

// replay verifies the blocks from genesis over a backend of its own, and goes on
// in a new executor behind each height that restart names.
func (w *walk) replay(restart map[types.Height]bool) {
	w.t.Helper()
	fresh := func() *exec.Exec {
		z, err := exec.New(all.Table, w.g)
		if err != nil {
			w.t.Fatal(err)
		}
		z.SealWith(w.setup.suite)
		return z
	}
	z, disk := fresh(), state.NewMemory()
	r, err := z.Genesis()
	if err != nil {
		w.t.Fatal(err)
	}
	disk.Commit(r.Changes)
	p := z.Base(disk, r.Header, r.Digest)
	for _, b := range w.blocks {
		txs, err := exec.Decode(b)
		if err != nil {
			w.t.Fatal(err)
		}
		sigs := make([]bool, len(txs))
		for i := range sigs {
			sigs[i] = true
		}
		if r, err = z.Verify(p, b, txs, sigs); err != nil {
			w.t.Fatalf("height %d, view %d/%d: %v", b.Header.Height, b.Header.Epoch, b.Header.View, err)
		}
		disk.Commit(r.Changes)
		if restart[r.Header.Height] {
			z = fresh()
		}
		p = z.Base(disk, r.Header, r.Digest)
	}
	if p.Header.StateRoot != w.tip.Header.StateRoot {
		w.t.Fatalf("replayed to %s, want %s", p.Header.StateRoot, w.tip.Header.StateRoot)
	}
}

// Goal: a chain under the recoverable beacon draws what its dealings say, for
// whoever follows it and from wherever. Method: epochs with views skipped at
// random, opened by reveals or by random members' shares; a second executor
// verifies each block, a third replays all from genesis, a fourth is restarted
// in the middle of epochs, and the seeds are recomputed from other shares.
func TestRecoverableChain(t *testing.T) {
	for name, tc := range map[string]struct {
		s     setup
		seeds int
		end   types.Epoch
	}{
		"ideal":         {sealed(escrow.Ideal{}, 4, nil), 4, 4},
		"ideal, stride": {sealed(escrow.Ideal{}, 5, map[string]any{"beacon.stride": 3, "epoch.blocks": 10}), 2, 4},
		"ideal, one":    {sealed(escrow.Ideal{}, 1, nil), 1, 4},
		"ideal, draws":  {sealed(escrow.Ideal{}, 3, map[string]any{"asc.selection": "lottery"}), 2, 4},
		"DHPVSS":        {sealed(escrow.DHPVSS, 4, map[string]any{"epoch.blocks": 4, "asc.lead_views": 1}), 1, 3},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range tc.seeds {
				c := start(t, tc.s)
				c.rng = rand.New(rand.NewPCG(uint64(seed), 1))
				w := stroll(c, tc.end, 2)
				if len(w.plans[1].Dealings[0]) == 0 {
					t.Fatal("nothing was dealt")
				}
				if tc.s.params["asc.selection"] == nil {
					w.check()
				}
				w.replay(nil)
				last := int(c.tip.Header.Height)
				w.replay(map[types.Height]bool{types.Height(1 + c.rng.IntN(last)): true, types.Height(1 + c.rng.IntN(last)): true, 3: true})
			}
		})
	}
}

// Goal: which views gave a block, and how the others were opened, moves nobody's
// turn: with registrations held equal the sequence of producers and seeds is one
// function of (epoch, view). Method: chains that differ only in that, compared
// wherever both have been.
func TestNoOutcomeMovesTheSchedule(t *testing.T) {
	for _, params := range []map[string]any{nil, {"beacon.stride": 2}, {"asc.selection": "lottery"}} {
		s := sealed(escrow.Ideal{}, 4, params)
		var first *walk
		for seed := range 6 {
			c := start(t, s)
			c.rng = rand.New(rand.NewPCG(uint64(seed), 7))
			w := stroll(c, 4, []int{0, 4, 1, 3, 2, 4}[seed])
			if first == nil {
				first = w // nothing was skipped
				continue
			}
			same := 0
			for at, asc := range first.drawn {
				if w.drawn[at] == (keys.Hash{}) {
					t.Fatalf("seed %d: view %d/%d is missing", seed, at.epoch, at.view)
				}
				if w.drawn[at] != asc || w.seeds[at] != first.seeds[at] {
					t.Fatalf("seed %d: view %d/%d has leader %s and seed %s, without skipping %s and %s", seed, at.epoch, at.view,
						w.drawn[at].Short(), w.seeds[at].Short(), asc.Short(), first.seeds[at].Short())
				}
				same++
			}
			if len(first.drawn) != 5*8 || same != len(first.drawn) || len(w.drawn) <= len(first.drawn) {
				t.Fatalf("seed %d: %d views compared of %d and %d", seed, same, len(first.drawn), len(w.drawn))
			}
		}
	}
}

// Goal: a contract that has used its salts up goes on with empty ones, and a
// reveal in such a view is refused. Method: skip so many views that every
// contract runs out, by blocks that open nothing.
func TestSaltsUsedUp(t *testing.T) {
	c := start(t, sealed(escrow.Ideal{}, 3, nil))
	dry := 0
	for c.tip.Header.Height < 8 {
		c.skip = 5
		b, _, _ := c.build()
		v := b.Header.View
		if !c.sched.Salted(v) {
			dry++
			if len(b.Header.Reveal) != 0 || b.Header.Seed != types.NextSeed(c.sched.Seed(v-1), v, nil) {
				t.Fatalf("view %d: reveal %x, seed %s", v, b.Header.Reveal, b.Header.Seed.Short())
			}
			bad := *b
			bad.Header.Reveal = make(types.Bytes, escrow.RevealBytes)
			wantInvalid(t, c, "a reveal of nothing", &bad, exec.BadBegin, "beacon")
		}
		r, err := c.verify(b)
		if err != nil {
			t.Fatal(err)
		}
		c.tip = r.Parent()
	}
	if dry == 0 {
		t.Fatal("no contract ran out")
	}
}

// wantInvalid is a verdict on a block, told with its place.
func wantInvalid(t *testing.T, c *chain, what string, b *types.Block, code exec.Code, field string) {
	t.Helper()
	_, err := c.verify(b)
	var bad *exec.Invalid
	if !errors.As(err, &bad) || bad.Code != code || bad.Field != field {
		t.Errorf("%s: %v, want %s %s", what, err, code, field)
	}
}

// copied is a block that can be changed without its original.
func copied(b *types.Block) *types.Block {
	out := *b
	out.Body.Views = append([]types.ViewRecord(nil), b.Body.Views...)
	for i := range out.Body.Views {
		if n := out.Body.Views[i].Nullification; n != nil {
			m := *n
			out.Body.Views[i].Nullification = &m
		}
	}
	return &out
}

// badOpenings are what can be wrong with the record of a salted view, by the
// opening that it should have carried.
func (c *chain) badOpenings(v types.View) map[string]func(*types.ViewRecord) {
	with := func(o escrow.Opening) func(*types.ViewRecord) {
		return func(r *types.ViewRecord) { r.Nullification.Attachment = codec.MustMarshal(o) }
	}
	all := make([]uint32, c.tickets())
	for i := range all {
		all[i] = uint32(i)
	}
	at, dealing := c.sched.Place(v), c.sched.Dealing(v)
	good := c.shares(v, all)
	need := c.threshold()
	swapped := append([]escrow.Share(nil), good[:need]...)
	swapped[0], swapped[1] = swapped[1], swapped[0]
	twice := append([]escrow.Share(nil), good[:need]...)
	twice[1] = twice[0]
	forged := append([]escrow.Share(nil), good[:need]...)
	forged[need-1].Proof[5] ^= 1
	renamed := append([]escrow.Share(nil), good[:need]...)
	renamed[need-1].Ticket++
	outside := append([]escrow.Share(nil), good[:need]...)
	outside[need-1].Ticket = uint32(len(all))
	place := at
	place.Salt++ // the same contract's next dealing
	other := c.plan.Dealings[c.sched.Leader(v)][place.Salt]
	var elsewhere, misplaced []escrow.Share
	for k := range need {
		elsewhere = append(elsewhere, c.setup.suite.Share(place, other, uint32(k), escrowSecret(c.name(c.plan.Roster.Members[k].Address), 0)))
		misplaced = append(misplaced, c.setup.suite.Share(place, dealing, uint32(k), escrowSecret(c.name(c.plan.Roster.Members[k].Address), 0)))
	}
	name := c.name(c.sched.ASC(v).Producer)
	reveal := escrow.Bytes(c.setup.suite.Reveal(at, dealSeed(name, c.plan.Epoch, at.Salt), dealing))
	next := escrow.Bytes(c.setup.suite.Reveal(place, dealSeed(name, c.plan.Epoch, place.Salt), other))
	wrong := append(escrow.Bytes(nil), reveal...)
	wrong[90] ^= 1
	return map[string]func(*types.ViewRecord){
		"no salt":            func(r *types.ViewRecord) { r.Salt = nil },
		"another salt":       func(r *types.ViewRecord) { r.Salt = append(types.Bytes{r.Salt[0] ^ 1}, r.Salt[1:]...) },
		"a short salt":       func(r *types.ViewRecord) { r.Salt = r.Salt[:31] },
		"a long salt":        func(r *types.ViewRecord) { r.Salt = append(append(types.Bytes(nil), r.Salt...), 0) },
		"no attachment":      func(r *types.ViewRecord) { r.Nullification.Attachment = nil },
		"garbage":            func(r *types.ViewRecord) { r.Nullification.Attachment = types.Bytes("garbage") },
		"a long form":        func(r *types.ViewRecord) { r.Nullification.Attachment = append(r.Nullification.Attachment, 0) },
		"an empty opening":   with(escrow.Opening{}),
		"one share short":    with(escrow.Opening{Shares: good[:need-1]}),
		"one share too many": with(escrow.Opening{Shares: good[:need+1]}),
		"out of order":       with(escrow.Opening{Shares: swapped}),
		"a share twice":      with(escrow.Opening{Shares: twice}),
		"a forged share":     with(escrow.Opening{Shares: forged}),
		"a renamed share":    with(escrow.Opening{Shares: renamed}),
		"an unknown ticket":  with(escrow.Opening{Shares: outside}),
		"of another dealing": with(escrow.Opening{Shares: elsewhere}),
		"of another place":   with(escrow.Opening{Shares: misplaced}),
		"a wrong reveal":     with(escrow.Opening{Reveal: wrong}),
		"another's reveal":   with(escrow.Opening{Reveal: next}),
		"a short reveal":     with(escrow.Opening{Reveal: reveal[:95]}),
		"both ways":          with(escrow.Opening{Reveal: reveal, Shares: good[:need]}),
	}
}

// badReveals are what can be wrong with a header whose view has a salt.
func (c *chain) badReveals(v types.View) map[string]types.Bytes {
	at, dealing := c.sched.Place(v), c.sched.Dealing(v)
	name := c.name(c.sched.ASC(v).Producer)
	good := c.setup.suite.Reveal(at, dealSeed(name, c.plan.Epoch, at.Salt), dealing)
	place := at
	place.Salt++
	flipped := append(types.Bytes(nil), good...)
	flipped[40] ^= 1
	return map[string]types.Bytes{
		"none": nil, "flipped": flipped, "short": good[:95], "long": append(append(types.Bytes(nil), good...), 0),
		"zero":    make(types.Bytes, escrow.RevealBytes),
		"other's": c.setup.suite.Reveal(place, dealSeed(name, c.plan.Epoch, place.Salt), c.plan.Dealings[c.sched.Leader(v)][place.Salt]),
		"opening": escrow.MarshalOpening(escrow.Opening{Shares: c.shares(v, c.holders())}),
	}
}

// Goal: a block that opens its views wrongly, or opens what it has no business
// to, is refused for it, and leaves no trace: the right block is right after all
// of them. Method: one fault each in a good block, under both suites.
func TestInvalidOpenings(t *testing.T) {
	for name, suite := range map[string]escrow.Suite{"ideal": escrow.Ideal{}, "DHPVSS": escrow.DHPVSS} {
		t.Run(name, func(t *testing.T) {
			c := start(t, sealed(suite, 4, nil))
			c.add()
			c.skip = 2
			good, _, _ := c.build(c.tx("alice", c.send("bob", 5)))
			reroot := func(b *types.Block) *types.Block {
				b.Header.ViewsRoot = b.Body.ViewsRoot()
				return b
			}
			for i := range good.Body.Views {
				v := good.Body.Views[i].View
				for what, spoil := range c.badOpenings(v) {
					b := copied(good)
					spoil(&b.Body.Views[i])
					wantInvalid(t, c, fmt.Sprintf("view %d: %s", v, what), reroot(b), exec.BadBegin, "beacon")
				}
			}
			for what, reveal := range c.badReveals(good.Header.View) {
				b := copied(good)
				b.Header.Reveal = reveal
				wantInvalid(t, c, "reveal: "+what, b, exec.BadBegin, "beacon")
			}
			for what, rec := range map[string]types.ViewRecord{
				"addition with a salt":       {Epoch: 0, View: good.Body.Views[0].View, Salt: good.Body.Views[0].Salt},
				"addition with an opening":   good.Body.Views[0],
				"addition about a view more": {Epoch: 0, View: good.Header.View + 1, Salt: make(types.Bytes, 32)},
			} {
				b := copied(good)
				b.Body.Views = append(b.Body.Views, rec)
				_, err := c.verify(reroot(b))
				var bad *exec.Invalid
				if !errors.As(err, &bad) || bad.Code != exec.BadBegin {
					t.Errorf("%s: %v", what, err)
				}
			}
			// Any members' shares do.
			b := copied(good)
			last := make([]uint32, c.threshold())
			for k := range last {
				last[k] = uint32(c.tickets() - c.threshold() + k)
			}
			for i := range b.Body.Views {
				b.Body.Views[i].Nullification.Attachment = escrow.MarshalOpening(escrow.Opening{Shares: c.shares(b.Body.Views[i].View, last)})
			}
			if _, err := c.verify(reroot(b)); err != nil {
				t.Errorf("the last tickets: %v", err)
			}
			if _, err := c.verify(good); err != nil {
				t.Errorf("the good block afterwards: %v", err)
			}
		})
	}
}

// Goal: what a refused block has opened rightly harms no other. Method: blocks
// with right openings of many views, each wrong in something else, before the
// block that skips nothing.
func TestRefusedBlocksDoNotPoisonTheSchedule(t *testing.T) {
	c := start(t, sealed(escrow.Ideal{}, 4, nil))
	c.add()
	plain, _, _ := c.build()
	c.skip = 4
	far, _, _ := c.build()
	other := keys.Sum([]byte("other"))
	for field, spoil := range map[string]func(*types.Header){
		"asc":       func(h *types.Header) { h.ASC = other },
		"seed":      func(h *types.Header) { h.Seed = other },
		"stateRoot": func(h *types.Header) { h.StateRoot = other },
		"beacon":    func(h *types.Header) { h.Reveal = nil },
	} {
		b := copied(far)
		spoil(&b.Header)
		var bad *exec.Invalid
		if _, err := c.verify(b); !errors.As(err, &bad) || bad.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	v, err := c.verify(plain)
	if err != nil {
		t.Fatal(err)
	}
	// What is opened ahead is not in the state.
	if n := len(availability.Opened(v.State, 0)); n != int(plain.Header.View) {
		t.Fatalf("%d views noted after view %d", n, plain.Header.View)
	}
	if _, err := c.verify(far); err != nil {
		t.Fatal(err)
	}
}

// Goal: with a stride only views divisible by it take a salt, and the others
// carry none. Method: a good block over such views with a reveal or a salt where
// there is none.
func TestStridePassesViewsOver(t *testing.T) {
	c := start(t, sealed(escrow.Ideal{}, 4, map[string]any{"beacon.stride": 4}))
	for c.tip.Header.View < 2 {
		c.add()
	}
	plain, _, _ := c.build() // view 3 has none
	if len(plain.Header.Reveal) != 0 {
		t.Fatalf("view 3 reveals %x", plain.Header.Reveal)
	}
	b := copied(plain)
	b.Header.Reveal = make(types.Bytes, escrow.RevealBytes)
	wantInvalid(t, c, "a reveal", b, exec.BadBegin, "beacon")
	c.skip = 2
	good, _, _ := c.build() // skips 3 and 4
	if r := good.Body.Views; len(r[0].Salt) != 0 || len(r[1].Salt) != 32 || len(r[0].Nullification.Attachment) != 0 {
		t.Fatalf("%+v", r)
	}
	for what, spoil := range map[string]func(*types.ViewRecord){
		"a salt":       func(r *types.ViewRecord) { r.Salt = good.Body.Views[1].Salt },
		"an opening":   func(r *types.ViewRecord) { r.Nullification.Attachment = good.Body.Views[1].Nullification.Attachment },
		"a zero salt":  func(r *types.ViewRecord) { r.Salt = make(types.Bytes, 32) },
		"a lone byte":  func(r *types.ViewRecord) { r.Nullification.Attachment = types.Bytes{0} },
		"an empty one": func(r *types.ViewRecord) { r.Nullification.Attachment = codec.MustMarshal(escrow.Opening{}) },
	} {
		b := copied(good)
		spoil(&b.Body.Views[0])
		b.Header.ViewsRoot = b.Body.ViewsRoot()
		wantInvalid(t, c, what, b, exec.BadBegin, "beacon")
	}
	if _, err := c.verify(good); err != nil {
		t.Fatal(err)
	}
	b = copied(good)
	b.Body.Views[1].Salt = nil
	b.Header.ViewsRoot = b.Body.ViewsRoot()
	wantInvalid(t, c, "view 4 without its salt", b, exec.BadBegin, "beacon")
}

// Goal: trailing blocks open their views like others, and none of it reaches the
// next epoch. Method: two behind a boundary, with every fault of TestInvalidOpenings
// in the second; the next epoch's seed is that of view Bk.
func TestTrailingOpenings(t *testing.T) {
	c := start(t, sealed(escrow.Ideal{}, 4, nil))
	for range 8 {
		c.add()
	}
	seed, _ := availability.Seed(c.tip.State, 1)
	boundary := c.tip
	trail := func(p exec.Parent, skip int) exec.Proposal {
		in := exec.Proposal{Epoch: 0, View: p.Header.View + 1, ParentView: p.Header.View, Time: p.Header.Time + 50}
		for range skip {
			in.Views = append(in.Views, c.record(0, in.View))
			in.View++
		}
		in.ASC = c.sched.ASC(in.View).ID
		in.Reveal = c.reveal(in.View)
		in.Seed = c.sched.Seed(in.View)
		return in
	}
	first, err := c.x.BuildTrailing(boundary, trail(boundary, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.y.VerifyTrailing(boundary, first); err != nil || len(first.Header.Reveal) == 0 {
		t.Fatalf("reveal of %d bytes: %v", len(first.Header.Reveal), err)
	}
	p := boundary.Trailing(first)
	good, err := c.x.BuildTrailing(p, trail(p, 2))
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string, b *types.Block, code exec.Code) {
		t.Helper()
		b.Header.ViewsRoot = b.Body.ViewsRoot()
		var bad *exec.Invalid
		if err := c.y.VerifyTrailing(p, b); !errors.As(err, &bad) || bad.Code != code {
			t.Errorf("%s: %v", what, err)
		}
	}
	salted := 0
	for i := range good.Body.Views {
		v := good.Body.Views[i].View
		if !c.sched.Salted(v) {
			continue
		}
		salted++
		for what, spoil := range c.badOpenings(v) {
			b := copied(good)
			spoil(&b.Body.Views[i])
			refused(fmt.Sprintf("view %d: %s", v, what), b, exec.BadBegin)
		}
	}
	if salted == 0 || !c.sched.Salted(good.Header.View) {
		t.Fatal("views without salts show nothing")
	}
	for what, reveal := range c.badReveals(good.Header.View) {
		b := copied(good)
		b.Header.Reveal = reveal
		refused("reveal: "+what, b, exec.BadBegin)
	}
	if err := c.y.VerifyTrailing(p, good); err != nil {
		t.Fatal(err)
	}
	if r := c.add(); r.Header.Epoch != 1 || r.Header.Parent != boundary.Digest {
		t.Fatalf("%+v", r.Header)
	}
	if got := c.plan.Seed; got != seed {
		t.Fatalf("the seed of epoch 1 was %s and is %s", seed.Short(), got.Short())
	}
}

// Goal: a trailing block holds the records of the views it skips and nothing
// else, as its comment in the code promises. Method: an addition, with a salt and
// without.
func TestTrailingHoldsNoAdditions(t *testing.T) {
	c := start(t, sealed(escrow.Ideal{}, 4, nil))
	for range 8 {
		c.add()
	}
	v := c.tip.Header.View + 1
	in := exec.Proposal{View: v, ParentView: v - 1, Time: c.tip.Header.Time + 50, ASC: c.sched.ASC(v).ID, Reveal: c.reveal(v)}
	in.Seed = c.sched.Seed(v)
	for what, rec := range map[string]types.ViewRecord{
		"a salt":  {Epoch: 0, View: 1, Salt: make(types.Bytes, 32)},
		"nothing": {Epoch: 0, View: 1},
	} {
		in.Views = []types.ViewRecord{rec}
		if _, err := c.x.BuildTrailing(c.tip, in); err == nil {
			t.Errorf("a trailing block with an addition of %s passes", what)
		}
	}
}

// Goal: a block's verdict depends on its ancestors and on nothing else that a
// member has seen. Method: a block with evidence about a header some views ahead,
// verified by one executor that knows the block's ancestors only and by one that
// has verified a rival block which opened those views; both must agree.
func TestVerdictsDoNotDependOnWhatElseWasSeen(t *testing.T) {
	s := sealed(escrow.Ideal{}, 4, nil)
	c := start(t, s)
	c.add()
	c.skip = 3
	rival, _, _ := c.build() // opens what lies ahead; c.x has seen it, as its maker
	ahead := rival.Header.View
	var accused types.ASC // signs a header of a view that is not its own
	for _, asc := range c.plan.List {
		if asc.ID != c.sched.ASC(ahead).ID {
			accused = asc
		}
	}
	h := types.Header{
		Version: 1, Epoch: 0, View: ahead, Height: 2, ParentView: 1, Parent: c.tip.Digest, Time: c.tip.Header.Time + 50, ASC: accused.ID,
		RosterHash: rival.Header.RosterHash, NextRosterHash: rival.Header.NextRosterHash,
	}
	st := h.Statement()
	signed := types.SignedHeader{Header: h, Signature: key("vote/" + c.name(accused.Producer)).Sign(st.SignBytes(c.g.Hash()))}
	proof, ok := availability.ProveASC(c.plan, accused.ID)
	if !ok {
		t.Fatal("no proof of the contract")
	}
	tx := c.tx("alice", c.msg("evidence/submit", evidence.Submit{Header: &evidence.Header{Header: signed, Producer: proof}}))
	informed, r, dropped := c.build(tx)
	if len(dropped) > 0 {
		t.Fatal(dropped)
	}
	for range 2 { // without the rival, and with it
		v, err := c.verify(informed)
		if err != nil {
			t.Fatalf("a block whose maker had seen view %d opened elsewhere: %v", ahead, err)
		}
		if v.Root() != r.Root() {
			t.Fatalf("roots %s and %s", v.Root(), r.Root())
		}
		if _, err := c.verify(rival); err != nil {
			t.Fatal(err)
		}
	}
}
