package dcert_test

import (
	"testing"

	"probity/chain/route"
	"probity/chain/route/dcert"
	"probity/chain/types"
)

// Goal: nobody escapes a disband by leaving first. Method: a group that has tripped;
// b leaves before the proposal, c unbonds while it is open, a and c leave and a comes
// back in between; all of it loses the part, in withdrawals too, and nobody twice.
func TestD23_LeavingDoesNotEscape(t *testing.T) {
	w := start(t, nil)
	w.group()
	w.trip("a", "bank/send")
	w.must("b", "leave", dcert.Leave{})
	w.must("a", "leave", dcert.Leave{})
	w.must("a", "accept", dcert.Accept{})
	w.tell("heed", route.StageOpened, 1, "v", dcert.Disband{SlashPPM: 500_000})
	w.must("c", "unbond", dcert.Unbond{Member: w.Addr("c")})
	w.wantMembers("a")
	w.must("legislature", "disband", dcert.Disband{SlashPPM: 500_000})
	w.tell("heed", route.StageExecuted, 1, "v", dcert.Disband{SlashPPM: 500_000})
	w.wantMembers("")
	for _, name := range []string{"a", "b", "c"} {
		if w.wrep(name) != 250 {
			t.Errorf("%s has %d, want 250", name, w.wrep(name))
		}
	}
	w.refused(dcert.ErrBond, "b", "accept", dcert.Accept{})

	w.pass(25) // a period later another group's end is not theirs
	w.tell("heed", route.StageOpened, 2, "v", dcert.Disband{SlashPPM: 500_000})
	w.must("legislature", "disband", dcert.Disband{SlashPPM: 500_000})
	w.tell("heed", route.StageExecuted, 2, "v", dcert.Disband{SlashPPM: 500_000})
	if w.wrep("a") != 250 || w.wrep("b") != 250 {
		t.Errorf("slashed again: a %d, b %d", w.wrep("a"), w.wrep("b"))
	}
}

// Goal: who left before any deed, or so long ago that its withdrawal would be free,
// is not reached. Method: b leaves before the trip; c after it, and the disband comes
// in the last height of its exit delay, or one later; replaced and removed members
// answer like those who left.
func TestD23_WhoAnswers(t *testing.T) {
	for _, late := range []int{0, 1} {
		w := start(t, nil)
		w.group()
		w.must("b", "leave", dcert.Leave{})
		w.pass(1)
		w.trip("a", "bank/send")
		w.must("legislature", "revoke", dcert.Revoke{Member: w.Addr("c")})
		w.pass(24 + late) // the exit delay
		w.must("legislature", "disband", dcert.Disband{SlashPPM: 1_000_000})
		want := map[string]uint64{"a": 200, "b": 300, "c": 200}
		if late > 0 {
			want["c"] = 300
		}
		for name, rep := range want {
			if w.wrep(name) != rep {
				t.Errorf("%d late: %s has %d, want %d", late, name, w.wrep(name), rep)
			}
		}
	}
}

// Goal: a suspended member does not shake off its suspension by leaving and accepting
// again, nor by letting its bond fall; it may come back when the suspension would have
// lapsed, or when governance refuses to slash it. Method: each way out, each way back,
// the moments at the edge.
func TestD19_SuspensionOutlastsTheSeat(t *testing.T) {
	out := map[string]func(*world){
		"leaves": func(w *world) { w.must("a", "leave", dcert.Leave{}) },
		"unbonds": func(w *world) {
			w.must("a", "unbond", dcert.Unbond{Member: w.Addr("a"), Amount: types.Whole(50)})
			w.bond("a", 60)
		},
		"revoked": func(w *world) { w.must("legislature", "revoke", dcert.Revoke{Member: w.Addr("a")}) },
	}
	for how, leave := range out {
		w := start(t, map[string]uint64{"law.period": 20_000})
		w.group()
		w.must("b", "suspend", dcert.Suspend{Member: w.Addr("a")})
		w.must("c", "suspend", dcert.Suspend{Member: w.Addr("a")})
		leave(w)
		w.boundary() // its votes are counted anew
		w.refused(dcert.ErrSuspended, "a", "accept", dcert.Accept{})
		w.wantMembers("b c")

		action := dcert.Slash{Member: w.Addr("a"), PPM: 500_000}
		w.tell("heed_slash", route.StageOpened, 1, "x", action)
		w.pass(60)
		w.refused(dcert.ErrSuspended, "a", "accept", dcert.Accept{}) // the proposal is open
		w.tell("heed_slash", route.StageFailed, 1, "x", action)
		w.must("a", "accept", dcert.Accept{})
		w.wantMembers("b c a")
		if how == "leaves" {
			w.trip("a", "bank/send")
		}
	}

	w := start(t, map[string]uint64{"law.period": 20_000})
	w.group()
	w.must("b", "suspend", dcert.Suspend{Member: w.Addr("a")})
	w.must("c", "suspend", dcert.Suspend{Member: w.Addr("a")})
	w.must("a", "leave", dcert.Leave{})
	w.pass(39)
	w.refused(dcert.ErrSuspended, "a", "accept", dcert.Accept{})
	w.pass(1) // two periods after the suspension
	w.must("a", "accept", dcert.Accept{})
	w.wantMembers("b c a")
}

// Goal: a suspended member is not restored by a proposal to slash it that nobody voted
// on, which it may have made and withdrawn itself. Method: such a one comes and goes;
// the suspension lapses in its time; the seat given up is no way around either.
func TestD20_ADroppedProposalRestoresNobody(t *testing.T) {
	for _, leaves := range []bool{false, true} {
		w := start(t, map[string]uint64{"law.period": 20_000})
		w.group()
		w.must("b", "suspend", dcert.Suspend{Member: w.Addr("a")})
		w.must("c", "suspend", dcert.Suspend{Member: w.Addr("a")})
		if leaves {
			w.must("a", "leave", dcert.Leave{})
		}
		action := dcert.Slash{Member: w.Addr("a"), PPM: 1}
		w.tell("heed_slash", route.StageOpened, 1, "a", action)
		w.tell("heed_slash", route.StageDropped, 1, "a", action)
		if leaves {
			w.refused(dcert.ErrSuspended, "a", "accept", dcert.Accept{})
			continue
		}
		w.wantMembers("a* b c")
		w.pass(40)
		w.wantMembers("a* b c")
		w.pass(1)
		w.wantMembers("a b c")
	}
}

// Goal: who was revoked by governance is not back with the next transaction. Method: it
// accepts at once, at the end of two periods, and one block before.
func TestD1_RevokedIsOut(t *testing.T) {
	w := start(t, map[string]uint64{"law.period": 20_000})
	w.group()
	w.must("legislature", "revoke", dcert.Revoke{Member: w.Addr("a")})
	w.refused(dcert.ErrSuspended, "a", "accept", dcert.Accept{})
	w.pass(39)
	w.refused(dcert.ErrSuspended, "a", "accept", dcert.Accept{})
	w.pass(1)
	w.must("a", "accept", dcert.Accept{})
	w.wantMembers("b c a")
}

// Goal: no series of drafts keeps a member suspended for ever. Method: one proposal to
// slash it is always open; after six periods, and not before, it is restored, or may
// accept again.
func TestD20_SixPeriodsAtMost(t *testing.T) {
	for _, leaves := range []bool{false, true} {
		w := start(t, map[string]uint64{"law.period": 20_000})
		w.group()
		w.must("b", "suspend", dcert.Suspend{Member: w.Addr("a")})
		w.must("c", "suspend", dcert.Suspend{Member: w.Addr("a")})
		if leaves {
			w.must("a", "leave", dcert.Leave{})
		}
		w.tell("heed_slash", route.StageOpened, 1, "x", dcert.Slash{Member: w.Addr("a"), PPM: 1})
		if leaves {
			w.pass(119)
			w.refused(dcert.ErrSuspended, "a", "accept", dcert.Accept{})
			w.pass(1)
			w.must("a", "accept", dcert.Accept{})
			continue
		}
		w.pass(120)
		w.wantMembers("a* b c")
		w.pass(1) // in the End of the block at six periods
		w.wantMembers("a b c")
	}
}
