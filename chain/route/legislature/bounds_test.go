package legislature_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/evidence/chaintest"
	law "probity/chain/route/legislature"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// states counts proposals by state.
func (a *assembly) states() map[string]int {
	a.t.Helper()
	out := map[string]int{}
	for _, p := range a.list() {
		out[p.State]++
	}
	return out
}

// Goal: votes open sixteen in a block, at most law.open_max run at once, the others
// wait in order, and recovery overtakes them. Method: forty drafts with their
// deposits in one block, thirty may run.
func TestOpeningsAreBounded(t *testing.T) {
	a := assemble(t, map[string]uint64{"law.deposit": 1, "law.open_max": 30, "law.period": 12_800, "law.fee_min": 0})
	m := law.Submit{Inline: types.Bytes("x"), Deposit: types.NewAmount(1)}
	for range 40 {
		a.proposeAs("alice", m)
	}
	for _, want := range []int{16, 30, 30} {
		a.next(1)
		if s := a.states(); s["nonbinding"] != want || s["draft"] != 40-want {
			t.Fatalf("%v, want %d", s, want)
		}
		a.check()
	}
	m.Actions = []types.Msg{act("dcert", "revoke", memberMsg{})}
	n := a.proposeAs("alice", m)
	a.next(1)
	if s := a.get(n).State; s != "nonbinding" {
		t.Errorf("recovery waits: %s", s)
	}
	a.must("alice", "withdraw", law.Withdraw{Proposal: 3})
	a.must("alice", "withdraw", law.Withdraw{Proposal: 31}) // waits
	a.next(1)
	if s := a.get(32).State; s != "nonbinding" {
		t.Errorf("the next in the queue: %s", s)
	}
	a.check()
	a.next(40) // nobody votes: all stages end, the others have their turn
	if s := a.states(); s["rejected"] != 31 || s["nonbinding"] != 8 || s["withdrawn"] != 2 {
		t.Errorf("%v", s)
	}
	a.check()
}

// Goal: lapsing is bounded too. Method: a hundred drafts lapse in one block, 64 of
// them at once.
func TestLapsesAreBounded(t *testing.T) {
	a := assemble(t, map[string]uint64{"law.fee_min": 0, "law.draft": 400})
	for range 100 {
		a.proposeAs("alice", law.Submit{Inline: types.Bytes("x")})
	}
	a.next(2)
	if s := a.states(); s["draft"] != 100 {
		t.Fatalf("%v", s)
	}
	a.next(1)
	if s := a.states(); s["expired"] != 64 {
		t.Errorf("%v", s)
	}
	a.next(1)
	if s := a.states(); s["expired"] != 100 {
		t.Errorf("%v", s)
	}
	a.check()
}

// Goal: deposits of a proposal are few, and nobody keeps others from backing it by
// dust. Method: one unit less than a 32nd of what is needed is refused, from old and new
// backers; 31 who give a little more leave less than that, which the last one adds.
func TestBackersAreBounded(t *testing.T) {
	a := assemble(t, nil)
	n := a.proposeAs("alice", law.Submit{Inline: types.Bytes("x"), Fee: types.Whole(1)})
	least := types.NewAmount(312_500_000) // a deposit of 10 REP, a hundredth of the supply
	dust := law.Deposit{Proposal: n, Amount: least.Sub(types.NewAmount(1))}
	for i := range law.BackersMax - 1 {
		name := fmt.Sprint("backer", i)
		a.grant(rep.WREP, 1, name)
		a.refuse(law.ErrDeposit, name, "deposit", dust)
		a.must(name, "deposit", law.Deposit{Proposal: n, Amount: least.Add(types.NewAmount(1))})
		if i < law.BackersMax-2 {
			a.refuse(law.ErrDeposit, name, "deposit", dust)
		}
	}
	if p := a.get(n); len(p.Backers) != law.BackersMax-1 || p.State != "draft" {
		t.Fatalf("%d backers, %s", len(p.Backers), p.State)
	}
	a.refuse(law.ErrDeposit, "bob", "deposit", law.Deposit{Proposal: n, Amount: types.NewAmount(1)})
	a.must("bob", "deposit", law.Deposit{Proposal: n, Amount: types.Whole(9)})
	if p := a.get(n); p.Deposited != p.Deposit || len(p.Backers) != law.BackersMax {
		t.Errorf("%s of %s by %d", p.Deposited.Decimal(), p.Deposit.Decimal(), len(p.Backers))
	}
	a.next(1)
	if p := a.get(n); p.State != "nonbinding" {
		t.Error(p.State)
	}
	a.check()
}

// Goal: whatever people and slashes do, the invariants of all routes hold and no
// vote takes more than law.loss_ppm of a stake. Method: the route's own sample,
// random slashes, random lengths of blocks.
func TestInvariantsHold(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := assemble(t, map[string]uint64{"law.deposit": 1_000_000_000, "law.open_max": 3, "law.fee_min": 1000})
		names := []string{"alice", "bob", "carol", "dave", "erin"}
		accounts := []keys.Address{}
		for _, n := range names {
			accounts = append(accounts, a.Addr(n))
		}
		for range rapid.IntRange(20, 60).Draw(rt, "blocks") {
			for range rapid.IntRange(0, 6).Draw(rt, "messages") {
				s := &route.Sampler{Ctx: a.Ctx("legislature"), Accounts: accounts}
				s.Draw = func(n uint64) uint64 { return rapid.Uint64Range(0, n-1).Draw(rt, "draw") }
				s.Emit = func(from keys.Address, msgs ...types.Msg) {
					for _, m := range msgs {
						r, msg, err := table.Resolve(m, 1)
						if err != nil {
							rt.Fatal(err)
						}
						body, err := msg.Decode(m.Body)
						if err != nil {
							rt.Fatal(err)
						}
						_, _ = a.Run(a.Name(from), r.Name, msg.Name, body) // refusals are welcome
					}
				}
				law.Route.Sample(s)
			}
			if rapid.IntRange(0, 9).Draw(rt, "slashed") == 0 {
				who := rapid.SampledFrom(names).Draw(rt, "who")
				rep.Slash(a.Ctx("rep"), a.Addr(who), types.NewAmount(rapid.Uint64Range(0, 50_000_000_000).Draw(rt, "slash")), "test")
			}
			a.next(1)
			if err := a.Check(); err != nil {
				rt.Fatal(err)
			}
		}
	})
}

// Goal: proposals as stories, from the draft to what their actions did. Method:
// transcripts over whole blocks of the foundation and the test's routes.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			s := &chaintest.Script{Table: table, Show: []string{"legislature", "rep", "bank", "params"}, More: more}
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

// more are directives: publish TEXT by=(…) publishes a post of equal authors and
// tells its id; propose NAME fee=N deposit=N [post=TEXT] submits, with actions a
// line each, ROUTE/MSG {json}, and a text of its own where there is no post.
var more = map[string]func(*chaintest.Chain, chaintest.Line) string{
	"publish": func(w *chaintest.Chain, l chaintest.Line) string {
		m := publishMsg{Post: keys.Sum([]byte(l.Args[""][0]))}
		for _, name := range l.Args["by"] {
			m.Authors = append(m.Authors, share{Address: w.Addr(name), PPM: types.Million / types.PPM(len(l.Args["by"]))})
		}
		if _, err := w.Run(l.Args["by"][0], "forum", "publish", m); err != nil {
			return err.Error()
		}
		return "ok"
	},
	"propose": propose,
}
