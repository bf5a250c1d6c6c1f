package attack

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"probity/chain/route/bank"
	"probity/chain/route/dcert"
	"probity/chain/route/legislature"
	"probity/chain/types"
)

// meet is an assembly in a test.
func meet(t *testing.T, s sitting) *assembly {
	t.Helper()
	a, err := convene(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Goal: an assembly obeys the law and is no law of its own. Method: money moves,
// a guard's refusal leaves no trace in the nonces, a rule's costs one, and a
// database gives the state that the model gives.
func TestAssembly(t *testing.T) {
	var roots [2]string
	for i, stored := range []bool{false, true} {
		a := meet(t, sitting{rep: map[string]uint64{"alice": 3, "bob": 0}, stored: stored})
		send := func(whole uint64) bank.Send { return bank.Send{To: addressOf("bob"), Amount: types.Whole(whole)} }
		if kind := a.try("alice", "bank/send", send(2*purse)); kind != "FUNDS" {
			t.Errorf("a payment of twice the purse: %q", kind)
		}
		if kind := a.try("nobody", "bank/send", send(1)); kind == "" || a.nonces["nobody"] != 0 {
			t.Errorf("who has no account: %q, nonce %d", kind, a.nonces["nobody"])
		}
		if kind := a.try("alice", "bank/send", send(7)); kind != "" {
			t.Errorf("a payment: %q", kind)
		}
		a.idle(20) // over two boundaries
		if err := a.failed(); err != nil {
			t.Fatal(err)
		}
		if got := bank.Balance(a.tip.State, addressOf("bob")); got != types.Whole(purse+7) {
			t.Errorf("bob has %v", got)
		}
		if e := a.tip.Header.Epoch; e < 2 {
			t.Errorf("epoch %d after %d blocks", e, a.tip.Header.Height)
		}
		if a.checks != int64(a.tip.Header.Height) {
			t.Errorf("%d checks of the invariants in %d blocks", a.checks, a.tip.Header.Height)
		}
		roots[i] = a.tip.Header.StateRoot.String()
		if err := a.ground.Close(); err != nil {
			t.Error(err)
		}
	}
	if roots[0] != roots[1] {
		t.Errorf("roots %v differ", roots)
	}
}

// Goal: the first trouble of a script stays and stops it. Method: a refusal where
// none may be, and what comes after it.
func TestAssemblyKeepsTrouble(t *testing.T) {
	a := meet(t, sitting{rep: map[string]uint64{"alice": 1}})
	a.say("alice", "bank/send", bank.Send{To: addressOf("bob"), Amount: types.Whole(2 * purse)})
	a.must(0)
	at := a.tip.Header.Height
	a.idle(3)
	if err := a.failed(); err == nil || !strings.Contains(err.Error(), "FUNDS") || a.tip.Header.Height != at {
		t.Errorf("height %d after %d: %v", a.tip.Header.Height, at, err)
	}
	if n := a.propose("alice"); n != 0 || a.motion(1).State != "" {
		t.Error("a script goes on after trouble")
	}
}

// Goal: the checks of governance can fail. Method: beside each claim a case in
// which it does not hold: a turnout other than the one reckoned with, a post that
// is bombed for more than arrives, a team with allies of more than a third.
func TestGovernanceChecksCanFail(t *testing.T) {
	c := captor{puppets: 1, voters: 2, grain: 5000, turnout: types.Million}
	least, err := c.least()
	if err != nil {
		t.Fatal(err)
	}
	c.turnout = types.Million / 2 // half of the others stay at home
	if row := near("", nil, c.needed(), float64(least)/captureREP, 0.02); row.OK {
		t.Errorf("half a turnout is reckoned as a whole one: %+v", row)
	}
	var r rogues
	if err := r.convene(0.4, 2); err != nil {
		t.Fatal(err)
	}
	if state := r.recover(r.a.urge(r.them[0], r.a.message("dcert/disband", dcert.Disband{SlashPPM: 1}))); state != "vetoed" || r.a.failed() != nil {
		t.Errorf("a team with 40 %% ends %s: %v", state, r.a.failed())
	}
	for _, p := range []struct{ n, b, k int64 }{{200, 60, 7}, {200, 60, 21}} {
		first, _, err := panels(int(p.n), 90, 2000, 1) // 45 % are bribed, not 30
		if err != nil {
			t.Fatal(err)
		}
		if row := inside("", nil, hypergeometric(p.n, p.b, p.k), first, 2000); row.OK {
			t.Errorf("panels with 45 %% bribed pass as 30 %%: %+v", row)
		}
	}
}

// Goal: panels are reckoned right. Method: the hypergeometric law against all
// panels of a small court, counted.
func TestHypergeometric(t *testing.T) {
	const n, b, k = 9, 4, 5
	var bent, all float64
	for set := range 1 << n {
		size, bad := 0, 0
		for j := range n {
			if set>>j&1 == 1 {
				size++
				if j < b {
					bad++
				}
			}
		}
		if size == k {
			all++
			if 2*bad > k {
				bent++
			}
		}
	}
	if got := hypergeometric(n, b, k); got < bent/all-1e-12 || got > bent/all+1e-12 {
		t.Errorf("%v, counted %v", got, bent/all)
	}
}

// Goal: whoever runs from a team that has broken nothing, before it is proposed to
// disband it, is in reach of a slash by name alone. Method: a member unbonds, the team
// is disbanded, then it is slashed.
func TestD23_RunawayIsSlashedByName(t *testing.T) {
	var r rogues
	if err := r.convene(0.1, 2); err != nil {
		t.Fatal(err)
	}
	r.a.say("rogue0", "dcert/unbond", dcert.Unbond{Member: addressOf("rogue0")})
	r.a.must(0)
	disband := r.a.urge(r.them[0], r.a.message("dcert/disband", dcert.Disband{SlashPPM: types.Million}))
	if s := r.recover(disband); s != "executed" {
		t.Fatalf("%s: %v", s, r.a.failed())
	}
	if got := r.bonded(); got != rogueBond {
		t.Errorf("%v REP are left, want the runaway's %d", got, rogueBond)
	}
	slash := r.a.propose(r.them[0], r.a.message("dcert/slash", dcert.Slash{Member: addressOf("rogue0"), PPM: types.Million}))
	if s := r.recover(slash); s != "executed" || r.bonded() != 0 {
		t.Errorf("%s, %v REP are left: %v", s, r.bonded(), r.a.failed())
	}
}

// Goal: refusals that scripts wait for are the ones of the law. Method: a vote in
// no stage, and the error of an invariant by its kind.
func TestMotion(t *testing.T) {
	a := meet(t, sitting{rep: map[string]uint64{"alice": 1000}, params: map[string]uint64{"law.deposit": 1}})
	n := a.propose(house)
	state := a.carry(n, func(string) { a.vote(n, "alice", legislature.For, types.Whole(1000)) })
	if state != "executed" || a.failed() != nil {
		t.Fatalf("%s: %v", state, a.failed())
	}
	if kind := a.try("alice", "legislature/vote", legislature.Vote{Proposal: n, Side: legislature.For, Stake: types.Whole(1)}); kind != "STATE" {
		t.Errorf("a vote after the end: %q", kind)
	}
	a.fail("%w: %w", errInvariant, errors.New("x"))
	if !errors.Is(a.failed(), errInvariant) {
		t.Error("the kind of trouble is lost")
	}
}

// Goal: attacks on governance read as what they show. Method: a transcript of the
// rows of small ones.
func TestGovernanceFigures(t *testing.T) {
	datadriven.RunTest(t, "testdata/governance.txt", func(t *testing.T, d *datadriven.TestData) string {
		a, args := Find(d.Cmd), Args{}
		if a == nil {
			d.Fatalf(t, "no attack %q", d.Cmd)
		}
		for _, arg := range d.CmdArgs {
			args[arg.Key] = strings.Join(arg.Vals, ",")
		}
		r := start(t, a, args)
		var out strings.Builder
		for _, row := range r.Rows {
			fmt.Fprintf(&out, "%s", row.Label)
			for _, k := range slices.Sorted(maps.Keys(row.Params)) {
				fmt.Fprintf(&out, ", %s %v", k, row.Params[k])
			}
			fmt.Fprintf(&out, ": %s", row.Figure(row.Measured))
			if row.Rule != Reported {
				fmt.Fprintf(&out, " (%s: %s)", row.Rule, row.Figure(row.Expected))
			}
			fmt.Fprintln(&out)
		}
		fmt.Fprintf(&out, "holds: %t\n", r.Holds)
		return out.String()
	})
}
