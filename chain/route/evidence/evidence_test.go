package evidence_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/cockroachdb/datadriven"
	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/beacon"
	"probity/chain/route/evidence"
	"probity/chain/route/evidence/chaintest"
	"probity/chain/route/params"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/types"
	"probity/consensus"
)

var table = route.Table{
	params.Route, bank.Route, rep.Route, availability.Route, beacon.Route, pool.Route, evidence.Route,
}

// Goal: accusations as stories. Method: transcripts over whole blocks of the
// foundation, with real signatures and proofs.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			s := &chaintest.Script{Table: table, Show: []string{"evidence", "availability/convict", "availability/jail", "rep/burn"}, More: more}
			datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
				l := chaintest.Line{Cmd: d.Cmd, Input: d.Input, Args: map[string][]string{}}
				for _, a := range d.CmdArgs {
					if len(a.Vals) == 0 {
						l.Args[""] = append(l.Args[""], a.Key)
					} else {
						l.Args[a.Key] = a.Vals
					}
				}
				return s.Step(l)
			})
		})
	}
}

func number(l chaintest.Line, key string, otherwise uint64) uint64 {
	if v := l.Args[key]; v != nil {
		n, err := strconv.ParseUint(v[0], 10, 64)
		if err != nil {
			panic(err)
		}
		return n
	}
	return otherwise
}

// more are directives:
//
//	bad NAME FAULT view=V [epoch=E] [height=H] [parent=H]   accuses a header; parent: show one of that height
//	usd NAME …                                              balances of $
var more = map[string]func(*chaintest.Chain, chaintest.Line) string{
	"bad": func(w *chaintest.Chain, l chaintest.Line) string {
		words := l.Args[""]
		e, v := types.Epoch(number(l, "epoch", uint64(w.Block.Epoch))), types.View(number(l, "view", 1))
		h := types.Height(number(l, "height", uint64(w.Plan(e).First)+1))
		var parent *types.Header
		if l.Args["parent"] != nil {
			parent = &types.Header{Epoch: e, View: v - 1, Height: types.Height(number(l, "parent", 0)), Time: 10_000}
		}
		m := w.BadHeader(e, v, h, parent, func(h *types.Header) {
			h.Time = 10_200
			if parent != nil && words[1] != "orphan" {
				h.Parent = parent.Digest()
			}
			switch words[1] {
			case "seed":
				h.Seed[0] ^= 1
			case "reveal":
				h.Reveal = nil
			case "roster":
				h.RosterHash[0] ^= 1
			case "next":
				h.NextRosterHash[0] ^= 1
			case "early":
				h.Time = 10_199
			case "far":
				h.View = 1 << 40
			case "view":
				h.View--
			case "turn":
				h.View++
			}
		})
		events, err := w.Run(words[0], "evidence", "submit", m)
		if err != nil {
			var r *route.Reject
			if errors.As(err, &r) {
				return r.Kind + ": " + r.Text
			}
			return err.Error()
		}
		out := "ok\n"
		for _, ev := range events {
			if ev.Route == "evidence" || ev.Route == "availability" {
				out += ev.Route + "/" + ev.Name
				for _, a := range ev.Attrs {
					out += " " + a.Key + "=" + a.Value
				}
				out += "\n"
			}
		}
		return out
	},
	"usd": func(w *chaintest.Chain, l chaintest.Line) string {
		out := ""
		for _, name := range l.Args[""] {
			out += fmt.Sprintf("%s %s\n", name, bank.Balance(w.Reader(), w.Addr(name)).Decimal())
		}
		return out
	},
}

func start(t interface{ Fatal(...any) }) *chaintest.Chain {
	w, err := chaintest.New(table, []chaintest.Person{
		{Name: "alice", REP: 100, Dollars: 10, Bench: true, Weight: 80, Salts: 32},
		{Name: "bob", REP: 100, Dollars: 10, Bench: true, Weight: 80, Salts: 32},
		{Name: "carol", REP: 100, Dollars: 10, Bench: true},
		{Name: "reporter"},
	}, map[string]uint64{"epoch.blocks": 16, "asc.lead_views": 2, "evidence.window": 16})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// statements are all of two epochs, two views and two digests.
func statements() (out []types.Statement) {
	for k := types.Propose; k <= types.Finalize; k++ {
		for i := range 8 {
			s := types.Statement{Kind: k, Epoch: types.Epoch(i & 1), View: types.View(1 + i>>1&1), Digest: keys.Sum([]byte{byte(i >> 2)})}
			if k == types.Nullify {
				s.Digest = keys.Hash{}
			}
			out = append(out, s)
		}
	}
	return out
}

// Goal: the law punishes exactly what consensus never lets an honest member
// sign. Method: all pairs of statements under both rules.
func TestOffencesAreConsensusConflicts(t *testing.T) {
	for _, a := range statements() {
		for _, b := range statements() {
			if got, want := evidence.Offends(a, b) != 0, consensus.Conflict(a, b); got != want {
				t.Fatalf("%v and %v: an offence %v, a conflict %v", a, b, got, want)
			}
			if evidence.Offends(a, b) != evidence.Offends(b, a) {
				t.Fatalf("%v and %v depend on their order", a, b)
			}
		}
	}
}

// pair is evidence by two votes of carol in view 3.
func pair(w *chaintest.Chain) evidence.Submit {
	r, _ := availability.Roster(w.Reader(), 0)
	return evidence.Submit{Votes: &evidence.Votes{
		A:      w.Vote("carol", types.Notarize, 0, 3, keys.Sum([]byte("d"))),
		B:      w.Vote("carol", types.Notarize, 0, 3, keys.Sum([]byte("e"))),
		Member: r.Prove(r.Find(w.Addr("carol"))),
	}}
}

// Goal: no forged evidence is taken. Method: good evidence of each form with one
// part replaced at a time; each is refused with its reason and nobody loses REP.
func TestForgeries(t *testing.T) {
	w := start(t)
	if err := w.Begin(chaintest.Draft{}); err != nil {
		t.Fatal(err)
	}
	r, _ := availability.Roster(w.Reader(), 0)
	votes := func(f func(*evidence.Votes)) evidence.Submit {
		m := pair(w)
		f(m.Votes)
		return m
	}
	proposals := func(f func(*evidence.Proposals)) evidence.Submit {
		m := w.TwoProposals(0, 1)
		f(m.Proposals)
		return m
	}
	header := func(f func(*evidence.Header)) evidence.Submit {
		m := w.BadHeader(0, 1, 2, nil, func(h *types.Header) { h.Seed[0] ^= 1 })
		f(m.Header)
		return m
	}
	both := pair(w)
	both.Proposals = w.TwoProposals(0, 1).Proposals
	stranger := chaintest.Person{Name: "mallory"}
	for name, c := range map[string]struct {
		m    evidence.Submit
		want *route.Reject
	}{
		"nothing":         {evidence.Submit{}, evidence.ErrForm},
		"two kinds":       {both, evidence.ErrForm},
		"signature A":     {votes(func(v *evidence.Votes) { v.A.Signature[3] ^= 1 }), evidence.ErrSignature},
		"signature B":     {votes(func(v *evidence.Votes) { v.B.Signature = v.A.Signature }), evidence.ErrSignature},
		"another signer":  {votes(func(v *evidence.Votes) { v.B = w.Vote("bob", types.Notarize, 0, 3, keys.Sum([]byte("e"))) }), evidence.ErrSignature},
		"another member":  {votes(func(v *evidence.Votes) { v.Member = r.Prove(r.Find(w.Addr("bob"))) }), evidence.ErrSignature},
		"swapped key":     {votes(func(v *evidence.Votes) { v.Member.Member.Key = w.Key(stranger.Name).Public() }), evidence.ErrStranger},
		"swapped account": {votes(func(v *evidence.Votes) { v.Member.Member.Address = w.Addr("bob") }), evidence.ErrStranger},
		"no proof":        {votes(func(v *evidence.Votes) { v.Member.Path = nil }), evidence.ErrStranger},
		"another place":   {votes(func(v *evidence.Votes) { v.Member.Index++ }), evidence.ErrStranger},
		"another view":    {votes(func(v *evidence.Votes) { v.B = w.Vote("carol", types.Notarize, 0, 4, keys.Sum([]byte("e"))) }), evidence.ErrHonest},
		"another epoch":   {votes(func(v *evidence.Votes) { v.B = w.Vote("carol", types.Notarize, 1, 3, keys.Sum([]byte("e"))) }), evidence.ErrHonest},
		"the same twice":  {votes(func(v *evidence.Votes) { v.B = v.A }), evidence.ErrHonest},
		"no digest":       {votes(func(v *evidence.Votes) { v.B = w.Vote("carol", types.Notarize, 0, 3, keys.Hash{}) }), evidence.ErrForm},
		"proposal as vote": {votes(func(v *evidence.Votes) {
			v.A, v.B = w.Vote("carol", types.Propose, 0, 3, keys.Sum([]byte("d"))), w.Vote("carol", types.Propose, 0, 3, keys.Sum([]byte("e")))
		}), evidence.ErrForm},
		"epoch to come": {votes(func(v *evidence.Votes) {
			v.A, v.B = w.Vote("carol", types.Notarize, 7, 3, keys.Sum([]byte("d"))), w.Vote("carol", types.Notarize, 7, 3, keys.Sum([]byte("e")))
		}), evidence.ErrOld},
		"one header twice":   {proposals(func(p *evidence.Proposals) { p.B = p.A }), evidence.ErrHonest},
		"header's signature": {proposals(func(p *evidence.Proposals) { p.B.Signature[0] ^= 1 }), evidence.ErrSignature},
		"changed header":     {proposals(func(p *evidence.Proposals) { p.B.Header.Height = 9 }), evidence.ErrSignature},
		"another contract":   {proposals(func(p *evidence.Proposals) { p.B.Header.ASC[0] ^= 1 }), evidence.ErrStranger},
		"another producer":   {proposals(func(p *evidence.Proposals) { p.Producer.ASC.Producer = w.Addr("carol") }), evidence.ErrStranger},
		"no contract":        {proposals(func(p *evidence.Proposals) { p.Producer.Path = append(p.Producer.Path, keys.Hash{}) }), evidence.ErrStranger},
		"bad header's key":   {header(func(h *evidence.Header) { h.Header.Signature[0] ^= 1 }), evidence.ErrSignature},
		"bad header unsaid":  {header(func(h *evidence.Header) { h.Header = w.Header(0, 1, 2, nil) }), evidence.ErrHonest},
		"foreign parent":     {header(func(h *evidence.Header) { h.Header, h.Parent = w.Header(0, 1, 2, nil), &types.Header{} }), evidence.ErrForm},
	} {
		if _, err := w.Run("reporter", "evidence", "submit", c.m); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for _, name := range []string{"alice", "bob", "carol"} {
		if got := rep.Balance(w.Reader(), rep.WREP, w.Addr(name)); got != types.Whole(100) {
			t.Errorf("%s has %s", name, got)
		}
	}
}

// Goal: evidence is free where it holds and is news, pays where it does not, and
// one offence counts once. Method: transactions with guards.
func TestFreeOnce(t *testing.T) {
	w := start(t)
	if err := w.Begin(chaintest.Draft{}); err != nil {
		t.Fatal(err)
	}
	pack := func(m evidence.Submit) types.Msg {
		msg, err := w.Table.Pack("evidence", "submit", m)
		if err != nil {
			t.Fatal(err)
		}
		return msg
	}
	good := pack(pair(w))
	forged := pair(w)
	forged.Votes.A.Signature[0] ^= 1
	send, err := w.Table.Pack("bank", "send", bank.Send{To: w.Addr("bob"), Amount: types.NewAmount(1)})
	if err != nil {
		t.Fatal(err)
	}
	// The reporter has no $: what is not free it cannot send.
	for name, msgs := range map[string][]types.Msg{
		"forged": {pack(forged)}, "twice in one": {good, good}, "with a payment": {good, send}, "good and forged": {good, pack(forged)},
	} {
		if s := w.Send("reporter", 0, msgs...); s.Refused == nil {
			t.Errorf("%s: admitted, free %v", name, s.Free)
		}
	}
	// alice has some: it pays, and fails where the second half does.
	if s := w.Send("alice", 0, good, good); s.Refused != nil || s.Free || !errors.Is(s.Failed, evidence.ErrKnown) {
		t.Errorf("twice in one, paid: %+v", s)
	}
	if s := w.Send("reporter", 0, good); s.Refused != nil || s.Failed != nil || !s.Free {
		t.Fatalf("good evidence: %+v", s)
	}
	if s := w.Send("reporter", 1, good); s.Refused == nil {
		t.Errorf("the same again: %+v", s)
	}
	if s := w.Send("bob", 0, good); s.Refused != nil || s.Free || !errors.Is(s.Failed, evidence.ErrKnown) {
		t.Errorf("the same again, paid: %+v", s)
	}
	w.End()
	if err := w.Check(); err != nil {
		t.Fatal(err)
	}
}

// Goal: an offender cannot be punished twice for one thing, nor fill blocks with
// its own offences; a second offence of what is left counts. Method: many
// offences of one account in a row.
func TestNothingLeft(t *testing.T) {
	w := start(t)
	if err := w.Begin(chaintest.Draft{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Run("reporter", "evidence", "submit", pair(w)); err != nil {
		t.Fatal(err)
	}
	swapped := pair(w)
	swapped.Votes.A, swapped.Votes.B = swapped.Votes.B, swapped.Votes.A
	if _, err := w.Run("reporter", "evidence", "submit", swapped); !errors.Is(err, evidence.ErrKnown) {
		t.Errorf("in another order: %v", err)
	}
	third := pair(w)
	third.Votes.B = w.Vote("carol", types.Notarize, 0, 3, keys.Sum([]byte("f")))
	if _, err := w.Run("reporter", "evidence", "submit", third); !errors.Is(err, evidence.ErrKnown) {
		t.Errorf("a third digest of the same view: %v", err)
	}
	later := pair(w)
	later.Votes.A = w.Vote("carol", types.Finalize, 0, 9, keys.Sum([]byte("d")))
	later.Votes.B = w.Vote("carol", types.Finalize, 0, 9, keys.Sum([]byte("e")))
	if _, err := w.Run("reporter", "evidence", "submit", later); !errors.Is(err, evidence.ErrNothing) {
		t.Errorf("another view: %v", err)
	}
	rep.Mint(w.Ctx("evidence"), rep.WREP, w.Addr("carol"), types.Whole(3), "test")
	if _, err := w.Run("reporter", "evidence", "submit", later); err != nil {
		t.Errorf("another view, with REP again: %v", err)
	}
	if got := rep.Balance(w.Reader(), rep.WREP, w.Addr("carol")); !got.IsZero() {
		t.Errorf("carol has %s", got)
	}
}

// Goal: a reward never exceeds the value of what was burned, nor the treasury.
// Method: balances, ratios, treasuries and rewards on both sides of each other,
// beside the definition.
func TestReward(t *testing.T) {
	for _, ratio := range []uint64{0, 400_000, 1_000_000, 3_000_000} {
		for _, reward := range []uint64{0, 1, 1_000_000_000, 3_500_000_000} {
			for i := range uint64(6) {
				rewarded(t, ratio, reward, 1+i%3, i/3*4)
			}
		}
	}
}

func rewarded(t *testing.T, ratio, reward, repOf, treasury uint64) {
	w, err := chaintest.New(table, []chaintest.Person{
		{Name: "alice", REP: 100, Bench: true, Weight: 60, Salts: 32},
		{Name: "carol", REP: repOf, Bench: true},
		{Name: "treasury", Dollars: treasury},
		{Name: "reporter"},
	}, map[string]uint64{
		"epoch.blocks": 16, "asc.lead_views": 2, "evidence.window": 16, "rep.mint_ratio": ratio, "evidence.reward": reward, "reward.block": 0,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(chaintest.Draft{}); err != nil {
		t.Fatal(err)
	}
	value := types.Whole(repOf)
	if ratio > 0 {
		value = value.ShareDown(1_000_000, ratio)
	}
	want := types.NewAmount(reward).Min(value).Min(types.Whole(treasury))
	if _, err := w.Run("reporter", "evidence", "submit", pair(w)); err != nil {
		t.Fatal(err)
	}
	if got := bank.Balance(w.Reader(), w.Addr("reporter")); got != want {
		t.Errorf("ratio %d, reward %d, burned %d, treasury %d: the reporter has %s, want %s", ratio, reward, repOf, treasury, got, want)
	}
	if err := w.Check(); err != nil {
		t.Error(err)
	}
}

// Goal: no honest header is ever a bad one. Method: right headers of many views
// and epochs, with and without their parents, while blocks are made.
func TestHonestHeadersStand(t *testing.T) {
	w := start(t)
	for w.Block.Height < 40 {
		if err := w.Begin(chaintest.Draft{Skip: int(w.Block.Height % 3)}); err != nil {
			t.Fatal(err)
		}
		for e := types.Epoch(0); e <= w.Block.Epoch; e++ {
			plan := w.Plan(e)
			for _, v := range []types.View{1, 7, w.Block.View, 20} {
				for _, h := range []types.Height{plan.First, plan.First + 3, plan.Last()} {
					parent := types.Header{Epoch: e, View: v - 1, Height: h - 1, Time: 5000}
					if h == plan.First && e > 0 {
						parent.Epoch, parent.View = e-1, 30
					}
					honest := func(hd *types.Header) { hd.Time, hd.Parent = 5000+plan.Interval, parent.Digest() }
					for _, p := range []*types.Header{nil, &parent} {
						m := w.BadHeader(e, v, h, p, honest)
						if _, err := w.Run("reporter", "evidence", "submit", m); !errors.Is(err, evidence.ErrHonest) {
							t.Fatalf("epoch %d view %d height %d: %v", e, v, h, err)
						}
					}
				}
			}
			// Blocks behind the boundary have its height and open nothing.
			boundary := types.Header{Epoch: e, View: 40, Height: plan.Last(), Time: 5000}
			m := w.BadHeader(e, 41, plan.Last(), &boundary, func(hd *types.Header) {
				hd.Time, hd.Parent, hd.Reveal = 5000+plan.Interval, boundary.Digest(), nil
			})
			if _, err := w.Run("reporter", "evidence", "submit", m); !errors.Is(err, evidence.ErrHonest) {
				t.Fatalf("trailing block of epoch %d: %v", e, err)
			}
		}
		w.End()
	}
}

// Goal: evidence about an epoch is heard as long as its locks hold, and then no
// more; the record of it goes with it. Method: an offence of epoch 0, reported
// ever later.
func TestEvidenceGrowsOld(t *testing.T) {
	w := start(t)
	until, _ := availability.Until(w.Reader(), 0)
	proof := pair(w)
	for w.Block.Height < until+20 {
		if err := w.Begin(chaintest.Draft{}); err != nil {
			t.Fatal(err)
		}
		m := proof
		v := types.View(w.Block.Height)
		votes := *proof.Votes
		votes.A = w.Vote("carol", types.Finalize, 0, v, keys.Sum([]byte("d")))
		votes.B = w.Vote("carol", types.Nullify, 0, v, keys.Hash{})
		m.Votes = &votes
		_, err := w.Run("reporter", "evidence", "submit", m)
		if heard := w.Block.Height <= until; heard != (err == nil) || !heard && !errors.Is(err, evidence.ErrOld) {
			t.Fatalf("height %d of %d: %v", w.Block.Height, until, err)
		}
		rep.Mint(w.Ctx("evidence"), rep.WREP, w.Addr("carol"), types.Whole(1), "test")
		w.End()
	}
	list, err := w.Query("evidence", "list", `{}`)
	if err != nil || list != "[]" {
		t.Errorf("still on record: %s %v", list, err)
	}
}

// Goal: the decoder accepts exactly what the encoder gives, and judging what
// strangers send never panics nor finds an offence that was not signed. Method:
// fuzzed bytes through the decoder and the rule.
func FuzzSubmit(f *testing.F) {
	w := start(f)
	if err := w.Begin(chaintest.Draft{}); err != nil {
		f.Fatal(err)
	}
	f.Add(codec.MustMarshal(pair(w))[:40])
	for _, m := range []evidence.Submit{pair(w), w.TwoProposals(0, 1), w.BadHeader(0, 1, 1, &types.Header{}, nil)} {
		if m.Votes != nil {
			m.Votes.A.Signature[0] ^= 1
		}
		if m.Proposals != nil {
			m.Proposals.A.Signature[0] ^= 1
		}
		f.Add(codec.MustMarshal(m))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := evidence.Route.Msgs[0].Decode(b)
		if err != nil {
			return
		}
		if again := codec.MustMarshal(v); string(again) != string(b) {
			t.Fatalf("%x decodes to %x", b, again)
		}
		if _, err := w.Run("reporter", "evidence", "submit", v); err == nil {
			t.Fatalf("punished for %x", b)
		}
	})
}
