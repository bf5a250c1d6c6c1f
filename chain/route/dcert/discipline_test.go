package dcert_test

import (
	"errors"
	"testing"

	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/dcert"
	"probity/chain/route/params"
	"probity/chain/route/rep"
	"probity/chain/types"
)

func paramsSet(name string, v uint64) params.Set {
	return params.Set{Changes: []params.Change{{Name: name, Value: v}}}
}

// govern executes a set of one parameter and goes past the boundary.
func (w *world) govern(name string, v uint64) {
	w.t.Helper()
	if _, err := w.Call("w", "legislature", "execute", act{Msgs: []types.Msg{w.msg("params/set", paramsSet(name, v))}}); err != nil {
		w.t.Fatal(err)
	}
	w.boundary()
}

// Goal: the seven parameters exist with their defaults. Method: names and values.
func TestD2_SevenParameters(t *testing.T) {
	have := map[string]uint64{}
	for _, p := range dcert.Route.Params {
		have[p.Name] = p.Default
	}
	for name, want := range map[string]uint64{
		"dcert.stipend": 0, "dcert.max": 7, "dcert.bond": 1_000_000_000_000, "dcert.suspend_quorum": 666_666,
		"dcert.wager": 10_000_000_000_000, "dcert.stabilization": 604_800_000, "dcert.breaker": 0,
	} {
		if got, ok := have[name]; !ok || got != want {
			t.Errorf("%s: %d (%t), want %d", name, got, ok, want)
		}
	}
}

// Goal: governance changes each of the seven at any time, and what they govern
// follows. Method: sets by the legislature, group and breaker in use.
func TestD3_GovernanceChangesAll(t *testing.T) {
	w := start(t, nil)
	w.group()
	for name, v := range map[string]uint64{
		"dcert.stipend": 3, "dcert.suspend_quorum": 500_000, "dcert.wager": 1, "dcert.stabilization": 5, "dcert.breaker": 0, "dcert.bond": 99_000_000_000,
	} {
		w.govern(name, v)
		if got := w.Params.Get(w.Params.Find(name)); got != v {
			t.Errorf("%s is %d, want %d", name, got, v)
		}
	}
	w.wantMembers("a b c")
	w.govern("dcert.max", 2)
	w.pass(1)
	w.wantMembers("a b") // the lowest goes
}

// Goal: with the breaker off every trip is rejected; a parameter change enables
// it. Method: both, and off again: what is open stays open.
func TestD4_BreakerStartsFalse(t *testing.T) {
	if dcert.Breaker.Default != 0 {
		t.Error("the breaker is on by default")
	}
	w := start(t, map[string]uint64{"dcert.breaker": 0})
	w.group()
	w.refused(dcert.ErrDisabled, "a", "trip", dcert.Trip{Messages: []string{"bank/send"}, Commitment: motive})
	w.govern("dcert.breaker", 1)
	w.trip("a", "bank/send")
	w.govern("dcert.breaker", 0)
	w.refused(dcert.ErrDisabled, "a", "trip", dcert.Trip{Messages: []string{"bank"}, Commitment: motive})
	if e := w.tx("x", w.send("a")); !errors.Is(e.Refused, dcert.ErrCircuit) {
		t.Errorf("a transfer ends %v", e)
	}
}

// Goal: the flow that is expected: the group suspends, governance slashes. Method:
// b and c suspend a, a proposal to slash it opens, a stays suspended beyond two
// periods, is slashed and falls below its bond.
func TestD18_SuspendedThenSlashed(t *testing.T) {
	w := start(t, nil)
	w.group()
	w.must("b", "suspend", dcert.Suspend{Member: w.Addr("a")})
	w.must("c", "suspend", dcert.Suspend{Member: w.Addr("a")})
	action := dcert.Slash{Member: w.Addr("a"), PPM: 900_000}
	w.tell("heed_slash", route.StageOpened, 1, "x", action)
	w.pass(45)
	w.wantMembers("a* b c")
	w.must("legislature", "slash", action)
	w.tell("heed_slash", route.StageExecuted, 1, "x", action)
	w.wantMembers("b c")
	if got := w.wrep("a"); got != 210 {
		t.Errorf("a has %d, want 210", got)
	}
}

// Goal: a slash that leaves a member its seat does not restore it: the suspension
// goes on until it lapses. Method: a is slashed by a tenth of 150 bonded.
func TestD20_SlashDoesNotRestore(t *testing.T) {
	w := start(t, nil)
	w.group()
	w.bond("a", 50)
	w.must("b", "suspend", dcert.Suspend{Member: w.Addr("a")})
	w.must("c", "suspend", dcert.Suspend{Member: w.Addr("a")})
	action := dcert.Slash{Member: w.Addr("a"), PPM: 100_000}
	w.tell("heed_slash", route.StageOpened, 1, "x", action)
	w.must("legislature", "slash", action)
	w.tell("heed_slash", route.StageExecuted, 1, "x", action)
	w.pass(40)
	w.wantMembers("a* b c")
	w.pass(1)
	w.wantMembers("a b c")
}

// Goal: members who reach the quorum suspend, and a suspended member can do
// nothing that members do. Method: one of two others is not 2/3, both are; then
// a tries everything.
func TestD19_SuspensionTakesPowers(t *testing.T) {
	w := start(t, map[string]uint64{"dcert.stipend": 1}, release)
	w.group()
	bank.Mint(w.Ctx("bank"), bank.Treasury, types.NewAmount(1000))
	w.refused(dcert.ErrMember, "x", "suspend", dcert.Suspend{Member: w.Addr("a")})
	w.refused(dcert.ErrMember, "a", "suspend", dcert.Suspend{Member: w.Addr("a")})
	w.refused(dcert.ErrMember, "a", "suspend", dcert.Suspend{Member: w.Addr("x")})
	w.must("b", "suspend", dcert.Suspend{Member: w.Addr("a")})
	w.must("b", "suspend", dcert.Suspend{Member: w.Addr("a")}) // once more is still one
	w.wantMembers("a b c")
	w.must("c", "suspend", dcert.Suspend{Member: w.Addr("a")})
	w.wantMembers("a* b c")
	w.refused(dcert.ErrSuspended, "b", "suspend", dcert.Suspend{Member: w.Addr("a")})
	for msg, body := range map[string]any{
		"trip": dcert.Trip{Messages: []string{"bank"}, Commitment: motive}, "suspend": dcert.Suspend{Member: w.Addr("b")},
		"describe": dcert.Describe{Text: "x"}, "commit_report": dcert.CommitReport{Commitment: motive}, "preapprove": dcert.Preapprove{Hash: motive},
	} {
		w.refused(dcert.ErrSuspended, "a", msg, body)
	}
	before := w.money("a")
	w.pass(3)
	if w.money("a") != before {
		t.Error("a suspended member is paid")
	}
}

// Goal: votes to suspend count for dcert.ballot, and only of those who are
// active when it is counted. Method: b's vote a block too old; then b leaves.
func TestD19_OldVotesDoNotCount(t *testing.T) {
	w := start(t, map[string]uint64{"dcert.ballot": 3000, "dcert.max": 4})
	w.group()
	w.must("b", "suspend", dcert.Suspend{Member: w.Addr("a")})
	w.pass(3)
	w.must("c", "suspend", dcert.Suspend{Member: w.Addr("a")})
	w.wantMembers("a b c")
	w.pass(2)
	w.must("b", "suspend", dcert.Suspend{Member: w.Addr("a")})
	w.wantMembers("a* b c")
}

// Goal: a suspension that governance does not follow up lapses after two periods,
// and at once when the proposal fails. Method: two periods of 20 blocks with no
// proposal; then one that is rejected; then two of which the first is.
func TestD20_SuspensionLapses(t *testing.T) {
	suspended := func() *world {
		w := start(t, map[string]uint64{"law.period": 20_000})
		w.group()
		w.must("b", "suspend", dcert.Suspend{Member: w.Addr("a")})
		w.must("c", "suspend", dcert.Suspend{Member: w.Addr("a")})
		return w
	}
	w := suspended()
	w.pass(40)
	w.wantMembers("a* b c")
	w.pass(1)
	w.wantMembers("a b c")
	w.trip("a", "bank/send") // its powers are back

	action := dcert.Slash{Member: w.Addr("a"), PPM: 500_000}
	for _, end := range []route.Stage{route.StageFailed, route.StageVetoed} {
		w = suspended()
		w.tell("heed_slash", route.StageOpened, 1, "x", action)
		w.tell("heed_slash", route.StageOpened, 2, "x", action)
		w.tell("heed_slash", end, 1, "x", action)
		w.wantMembers("a* b c") // another is open
		w.pass(50)
		w.wantMembers("a* b c")
		w.tell("heed_slash", end, 2, "x", action)
		w.wantMembers("a b c")
	}
}

// Goal: a proposal to disband halts the group from its submission until it ends.
// Method: everything that members and candidates do is refused, swaps and pay
// rest; after the end they go on.
func TestD21_HaltFromSubmission(t *testing.T) {
	w := start(t, map[string]uint64{"dcert.stipend": 1, "dcert.max": 2}, release)
	bank.Mint(w.Ctx("bank"), bank.Treasury, types.NewAmount(1000))
	w.bond("a", 100)
	w.bond("b", 100)
	w.bond("c", 100)
	w.prefer("v", "a")
	w.prefer("w", "b")
	w.boundary()
	w.must("a", "accept", dcert.Accept{})
	w.must("b", "accept", dcert.Accept{})
	w.prefer("v", "c")
	w.boundary()
	w.must("c", "accept", dcert.Accept{}) // against a, ten blocks from now
	w.tell("heed", route.StageOpened, 1, "v", dcert.Disband{SlashPPM: 1_000_000})
	for msg, body := range map[string]any{
		"trip": dcert.Trip{Messages: []string{"bank"}, Commitment: motive}, "suspend": dcert.Suspend{Member: w.Addr("b")},
		"describe": dcert.Describe{Text: "x"}, "commit_report": dcert.CommitReport{Commitment: motive},
		"preapprove": dcert.Preapprove{Hash: motive},
	} {
		w.refused(dcert.ErrHalted, "a", msg, body)
	}
	w.refused(dcert.ErrHalted, "c", "accept", dcert.Accept{})
	before := w.money("a")
	w.pass(15)
	w.wantMembers("a b")
	if w.money("a") != before {
		t.Error("a halted group is paid")
	}
	w.tell("heed", route.StageFailed, 1, "v", dcert.Disband{SlashPPM: 1_000_000})
	w.pass(1)
	w.wantMembers("b c")
	w.trip("b", "bank/send")
}

// Goal: the wager is required, locked while the vote is open, returned unless it
// ends in a veto, and then burned. Method: a proposer without it, and the ends.
func TestD22_Wager(t *testing.T) {
	for end, want := range map[route.Stage]uint64{route.StageExecuted: 1000, route.StageFailed: 1000, route.StageVetoed: 800} {
		w := start(t, nil)
		w.group()
		if err := w.notice("heed", route.StageOpened, 1, "nobody", dcert.Disband{}); !errors.Is(err, rep.ErrLocked) {
			t.Fatalf("a proposer without the wager: %v", err)
		}
		if err := w.notice("heed", route.StageOpened, 1, "v", dcert.Disband{SlashPPM: 1_000_001}); !errors.Is(err, dcert.ErrSlash) {
			t.Fatalf("more than all: %v", err)
		}
		w.tell("heed", route.StageOpened, 1, "v", dcert.Disband{})
		if w.free("v") != 800 {
			t.Errorf("%d free, want 800", w.free("v"))
		}
		w.tell("heed", end, 2, "v", dcert.Disband{}) // of another proposal
		if w.free("v") != 800 {
			t.Errorf("another proposal's end frees the wager")
		}
		w.tell("heed", end, 1, "v", dcert.Disband{})
		if w.wrep("v") != want || w.free("v") != want {
			t.Errorf("%v: %d, %d free, want %d", end, w.wrep("v"), w.free("v"), want)
		}
	}
}

// Goal: a disband that passes dissolves the group and slashes all of it; a new
// one may form. Method: a full slash; queue and seats are gone, bonds burned.
func TestD23_DissolvedAndSlashed(t *testing.T) {
	w := start(t, nil)
	w.group()
	w.bond("d", 100)
	w.prefer("e", "d")
	w.boundary()
	w.must("d", "accept", dcert.Accept{})
	w.tell("heed", route.StageOpened, 1, "v", dcert.Disband{SlashPPM: 1_000_000})
	w.refused(route.ErrReserved, "v", "disband", dcert.Disband{SlashPPM: 1_000_000})
	w.must("legislature", "disband", dcert.Disband{SlashPPM: 1_000_000})
	w.tell("heed", route.StageExecuted, 1, "v", dcert.Disband{SlashPPM: 1_000_000})
	w.wantMembers("")
	for _, name := range []string{"a", "b", "c"} {
		if w.wrep(name) != 200 {
			t.Errorf("%s has %d, want 200", name, w.wrep(name))
		}
	}
	if w.wrep("d") != 300 || len(ask[[]dcert.Waiting](w, "queue", "")) != 0 {
		t.Errorf("d, who waited, has %d; the queue %v", w.wrep("d"), ask[[]dcert.Waiting](w, "queue", ""))
	}
	w.boundary()
	w.must("d", "accept", dcert.Accept{})
	w.refused(dcert.ErrBond, "a", "accept", dcert.Accept{})
	w.wantMembers("d")
}

// Goal: describing, breaking and voting to suspend are for members alone.
// Method: a candidate, an elector and a former member try; a member describes.
func TestD24_MembersOnly(t *testing.T) {
	w := start(t, nil)
	w.group()
	w.bond("d", 100)
	w.must("c", "leave", dcert.Leave{})
	for _, name := range []string{"d", "v", "c"} {
		w.refused(dcert.ErrMember, name, "describe", dcert.Describe{Text: "x"})
		w.refused(dcert.ErrMember, name, "trip", dcert.Trip{Messages: []string{"bank"}, Commitment: motive})
		w.refused(dcert.ErrMember, name, "suspend", dcert.Suspend{Member: w.Addr("a")})
	}
	w.must("a", "describe", dcert.Describe{Text: "On call at night."})
	w.refused(dcert.ErrSize, "a", "describe", dcert.Describe{Text: string(make([]byte, dcert.DescriptionMax+1))})
	if got := ask[[]dcert.Member](w, "members", "")[0].Description; got != "On call at night." {
		t.Errorf("described as %q", got)
	}
}

// Goal: whoever abuses the breaker can lose all of its bond. Method: a trips
// bank, governance slashes it entirely and revokes it; the circuit stays open.
func TestD28_AbuseIsSlashable(t *testing.T) {
	w := start(t, nil)
	w.group()
	w.trip("a", "bank")
	w.must("legislature", "slash", dcert.Slash{Member: w.Addr("a"), PPM: 1_000_000})
	w.wantMembers("b c")
	if w.wrep("a") != 200 {
		t.Errorf("a has %d, want 200", w.wrep("a"))
	}
	w.must("legislature", "revoke", dcert.Revoke{Member: w.Addr("b")})
	w.refused(dcert.ErrMember, "legislature", "revoke", dcert.Revoke{Member: w.Addr("b")})
	w.refused(route.ErrReserved, "v", "revoke", dcert.Revoke{Member: w.Addr("c")})
	w.wantMembers("c")
	if e := w.tx("x", w.send("a")); !errors.Is(e.Refused, dcert.ErrCircuit) {
		t.Errorf("a transfer ends %v", e)
	}
}

// Goal: the treasury pays the stipend per block and active member, the same to
// each, and never more than it has. Method: 7 to each of three out of 50.
func TestD29_StipendFromTheTreasury(t *testing.T) {
	w := start(t, map[string]uint64{"dcert.stipend": 7, "treasury_ppm": 0, "reward.block": 0})
	w.group()
	bank.Mint(w.Ctx("bank"), bank.Treasury, types.NewAmount(50))
	before := w.money("a")
	for i, want := range []uint64{7, 14, 16, 16} { // 50 = 2·21 + 3·2 + 2
		w.pass(1)
		if got := w.money("a") - before; got != want {
			t.Fatalf("after %d blocks a was paid %d, want %d", i+1, got, want)
		}
	}
	if left, _ := bank.Balance(w.Ctx("bank"), bank.Treasury).Uint64(); left != 2 {
		t.Errorf("the treasury has %d left, want 2", left)
	}
	if w.money("b") != w.money("a") || w.money("c") != w.money("a") {
		t.Error("members are paid unequally")
	}
}

// Goal: a group restores nothing by being disbanded. Method: trip, disband, look.
func TestAD5_DisbandRestoresNothing(t *testing.T) {
	w := start(t, nil)
	w.group()
	w.trip("a", "bank/send")
	w.tell("heed", route.StageOpened, 1, "v", dcert.Disband{})
	w.must("legislature", "disband", dcert.Disband{SlashPPM: 1})
	w.tell("heed", route.StageExecuted, 1, "v", dcert.Disband{})
	w.pass(3)
	if open := dcert.Open(w.Ctx("dcert")); len(open) != 1 || open[0] != "bank/send" {
		t.Errorf("open: %v", open)
	}
}

// Goal: one proposal to disband at a time, and a period between one's end and
// the next. Method: a second at once, one just before, one just after 20 blocks.
func TestAD6_OneDisbandAtATime(t *testing.T) {
	w := start(t, nil)
	w.group()
	w.tell("heed", route.StageOpened, 1, "v", dcert.Disband{})
	if err := w.notice("heed", route.StageOpened, 2, "w", dcert.Disband{}); !errors.Is(err, dcert.ErrDisband) {
		t.Fatalf("a second one: %v", err)
	}
	w.tell("heed", route.StageFailed, 1, "v", dcert.Disband{})
	w.pass(19)
	if err := w.notice("heed", route.StageOpened, 2, "w", dcert.Disband{}); !errors.Is(err, dcert.ErrDisband) {
		t.Fatalf("too early: %v", err)
	}
	w.pass(1)
	w.tell("heed", route.StageOpened, 2, "w", dcert.Disband{})
}

// Goal: suspended members do not count, the one concerned neither, and one other
// voter is needed at least. Method: a group of one, of two, of four of which one
// is suspended.
func TestAD11_WhoCounts(t *testing.T) {
	w := start(t, map[string]uint64{"dcert.max": 4})
	w.group()
	w.must("c", "leave", dcert.Leave{})
	w.must("b", "leave", dcert.Leave{})
	w.refused(dcert.ErrMember, "a", "suspend", dcert.Suspend{Member: w.Addr("a")}) // nobody else
	w.must("b", "accept", dcert.Accept{})
	w.must("b", "suspend", dcert.Suspend{Member: w.Addr("a")}) // one of one
	w.wantMembers("a* b")

	w.must("c", "accept", dcert.Accept{})
	w.bond("d", 100)
	w.prefer("e", "d")
	w.boundary()
	w.must("d", "accept", dcert.Accept{})
	w.must("c", "suspend", dcert.Suspend{Member: w.Addr("b")}) // one of c and d
	w.wantMembers("a* b c d")
	w.must("d", "suspend", dcert.Suspend{Member: w.Addr("b")}) // two of two; a does not count
	w.wantMembers("a* b* c d")
}
