package court_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"probity/chain/route"
	"probity/chain/route/court"
	"probity/chain/route/evidence/chaintest"
	"probity/chain/state"
	"probity/chain/types"
)

var (
	brokenNow = state.NewMap[string, bool](state.Region{Route: 11, Number: 1, Name: "broken"})
	errOpen   = route.Refusal(11, 1, "CIRCUIT_OPEN", "the message is broken")
)

// breaker stands for route dcert: it refuses what is broken.
var breaker = &route.Route{
	ID: 11, Name: "dcert",
	Guard: func(c *route.Ctx, call route.Call) error {
		if is, _ := brokenNow.Get(c, call.Route.Name+"/"+call.Msg.Name); is {
			return errOpen
		}
		return nil
	},
}

// Goal: a case rests while the breaker keeps people from acting in it, so that no
// juror is silent and no party without appeal by force. Method: commit, reveal and
// appeal are broken in turn, for longer than their stages; each stage begins again,
// nobody has lost anything, and all goes on when the circuit closes.
func TestCircuitsPutCasesOff(t *testing.T) {
	at := slices.Index(table, court.Route) + 1
	w, err := chaintest.New(slices.Insert(slices.Clone(table), at, breaker), people(), numbers(nil))
	if err != nil {
		t.Fatal(err)
	}
	h := &hall{w, t}
	h.begin()
	rest := func(id uint64, msg string, stage court.Stage) {
		t.Helper()
		h.until(id, stage)
		until := h.find(id).Until
		brokenNow.Set(h.ctx(), "court/"+msg, true)
		for range 12 {
			h.next()
		}
		k := h.find(id)
		if k.Stage != stage || k.Until <= until {
			t.Fatalf("%s broken: %s until %d, was %s until %d", msg, k.Stage, k.Until, stage, until)
		}
		brokenNow.Delete(h.ctx(), "court/"+msg)
	}
	id := h.accuse("carol", "mallory")
	h.until(id, court.Commit)
	j, before := h.jurors(id), map[string]types.Amount{}
	for _, name := range j {
		before[name] = h.wrep(name)
	}
	rest(id, "commit", court.Commit)
	for _, name := range j {
		h.do(name, "court", "commit", court.CommitMsg{Case: id, Commitment: court.Commitment(id, 1, h.Addr(name), 10_000, salt(name))})
	}
	rest(id, "reveal", court.Reveal)
	for _, name := range j {
		h.do(name, "court", "reveal", court.RevealMsg{Case: id, Ratio: 10_000, Salt: salt(name)})
	}
	rest(id, "appeal", court.Decided)
	h.do("mallory", "court", "appeal", court.AppealMsg{Case: id, Bond: types.Whole(20)})
	for _, name := range j {
		h.want(name, h.wrep(name), before[name])
	}
	if k := h.find(id); k.Stage != court.Appealed || k.Decisions[0].Ratio != 10_000 {
		t.Errorf("%s, %+v", k.Stage, k.Decisions)
	}
}

// Goal: who asks for cases at a stage that there is not is told so, and of those that
// there are. Method: a wrong name, a right one, and all that are open.
func TestListByStage(t *testing.T) {
	h := sit(t, nil)
	h.accuse("carol", "mallory")
	if _, err := h.Query("court", "list", `{"stage": "opened"}`); err == nil || !strings.Contains(err.Error(), "write open, filed, commit") {
		t.Errorf("a wrong name: %v", err)
	}
	for stage, want := range map[string]bool{"": true, "open": true, "filed": true, "final": false} {
		out, err := h.Query("court", "list", fmt.Sprintf(`{"stage": %q}`, stage))
		if err != nil || strings.Contains(out, "filed") != want {
			t.Errorf("%q: %v %s", stage, err, out)
		}
	}
}
