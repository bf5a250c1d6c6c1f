package dcert_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/dcert"
	"probity/chain/state"
	"probity/chain/types"
)

// halted checks that a transaction is refused at its door: by the circuit,
// uncharged and without trace.
func (w *world) halted(from string, msgs ...types.Msg) {
	w.t.Helper()
	before, nonce := w.money(from), bank.Nonce(w.Ctx("bank"), w.Addr(from))
	e := w.Apply(w.sign(from, nil, msgs...))
	if !errors.Is(e.Refused, dcert.ErrCircuit) {
		w.t.Fatalf("ends %v, want it refused by a circuit", e)
	}
	if w.money(from) != before || bank.Nonce(w.Ctx("bank"), w.Addr(from)) != nonce || !e.Charged.IsZero() {
		w.t.Fatalf("a refused transaction was charged or counted: %v", e)
	}
}

// flows checks that a transaction is applied.
func (w *world) flows(from string, msgs ...types.Msg) {
	w.t.Helper()
	if e := w.tx(from, msgs...); e.Refused != nil || e.Failed != nil {
		w.t.Fatalf("ends %v", e)
	}
}

// activate is the activation of an upgrade that lists circuits.
func (w *world) activate(reset ...string) {
	w.t.Helper()
	upgraded(w, reset)
	w.pass(1)
}

// Goal: a break disables a group of messages, and nothing else. Method: one
// message, then a whole route beside it; others flow.
func TestD25_BreakDisablesAGroup(t *testing.T) {
	w := start(t, nil)
	w.group()
	w.flows("x", w.send("a"))
	w.trip("a", "bank/send", "params")
	w.halted("x", w.send("a"))
	w.flows("x", w.msg("bank/allow", bank.Allow{Spender: w.Addr("a"), PerEpoch: types.NewAmount(5)}))
	w.trip("b", "bank")
	w.halted("x", w.msg("bank/allow", bank.Allow{Spender: w.Addr("a"), PerEpoch: types.NewAmount(5)}))
	w.flows("x", w.msg("dcert/prefer", w.preference("a")))
}

// Goal: nothing on a live chain closes a circuit: only an upgrade that lists it,
// exactly. Method: no message of the route does; the member who broke it leaves,
// is revoked, disbanded; then upgrades that list others, and this one.
func TestD26_NoLiveUnbreak(t *testing.T) {
	for _, m := range dcert.Route.Msgs {
		if strings.Contains(m.Name, "reset") || strings.Contains(m.Name, "untrip") || strings.Contains(m.Name, "close") {
			t.Errorf("message %s", m.Name)
		}
	}
	w := start(t, nil)
	w.group()
	w.trip("a", "bank/send", "bank/allow")
	w.must("a", "leave", dcert.Leave{})
	w.tell("heed", route.StageOpened, 1, "v", dcert.Disband{})
	w.must("legislature", "disband", dcert.Disband{SlashPPM: 1_000_000})
	w.tell("heed", route.StageExecuted, 1, "v", dcert.Disband{})
	w.pass(50)
	w.halted("x", w.send("a"))
	w.activate("bank", "bank/revoke", "nothing/at-all")
	w.halted("x", w.send("a"))
	w.activate("bank/send")
	w.flows("x", w.send("a"))
	w.halted("x", w.msg("bank/allow", bank.Allow{Spender: w.Addr("a"), PerEpoch: types.NewAmount(5)}))
	w.pass(1)
	if open := dcert.Open(w.Ctx("dcert")); !slices.Equal(open, []string{"bank/allow"}) {
		t.Errorf("open: %v", open)
	}

	w = start(t, nil) // an upgrade of before closes nothing that breaks after it
	w.group()
	w.activate("bank/send")
	w.trip("a", "bank/send")
	w.pass(3)
	w.halted("x", w.send("a"))
}

// Goal: a faulty governance can be broken, and an upgrade, which is out of the
// breaker's reach, mends it. Method: the legislature is broken: a proposal to
// set a parameter is refused, one to upgrade executes and resets it.
func TestD27_GovernanceBrokenAndRecovered(t *testing.T) {
	w := start(t, nil)
	w.group()
	w.trip("a", "legislature")
	set := act{Msgs: []types.Msg{w.msg("params/set", paramsSet("dcert.max", 5))}}
	for _, stage := range []string{"submit", "deposit", "vote", "execute"} {
		w.halted("x", w.msg("legislature/"+stage, set))
	}
	up := act{Msgs: []types.Msg{w.msg("availability/upgrade", plan(1000, 2, "legislature"))}}
	w.flows("x", w.msg("legislature/execute", up))
	w.activate("legislature")
	w.flows("x", w.msg("legislature/execute", set))
}

// Goal: every way to a message passes the breaker. Method: bank/spend, which the
// treasury is spent by, and bank/send, each tried at top level, second in a
// batch, sponsored, as the action of a passed proposal, nested two deep, from a
// hook, and by a verdict.
func TestAD1_EveryDispatch(t *testing.T) {
	w := start(t, nil)
	bank.Mint(w.Ctx("bank"), bank.Treasury, types.NewAmount(1000))
	w.group()
	payer := w.Addr("v")
	w.flows("v", w.msg("bank/allow", bank.Allow{Spender: w.Addr("x"), PerEpoch: types.Whole(1)}))
	spend := w.msg("bank/spend", bank.Spend{To: w.Addr("x"), Amount: types.NewAmount(1)})
	w.trip("a", "bank/spend", "bank/send")

	w.halted("x", w.send("a"))
	w.halted("x", w.msg("dcert/prefer", w.preference("a")), w.send("a"))
	if e := w.Apply(w.sign("x", &payer, w.send("a"))); !errors.Is(e.Refused, dcert.ErrCircuit) {
		t.Errorf("sponsored: %v", e)
	}
	execute := w.msg("legislature/execute", act{Msgs: []types.Msg{spend}})
	nested := w.msg("legislature/execute", act{Msgs: []types.Msg{execute}})
	for name, m := range map[string]types.Msg{"action": execute, "nested": nested} {
		e := w.tx("x", m)
		if e.Refused != nil || !errors.Is(e.Failed, dcert.ErrCircuit) || e.Charged.IsZero() {
			t.Errorf("%s: %v; want a failure that pays", name, e)
		}
	}
	scheduled.Set(w.Ctx("legislature"), spend)
	if got := find(w.pass(1), "scheduled", "verdict"); !strings.Contains(got, "bank/spend is halted") {
		t.Errorf("from a hook: %q", got)
	}
	scheduled.Set(w.Ctx("legislature"), spend)
	c := w.Ctx("dcert")
	c.Deliver("legislature", route.Verdict{Outcome: route.Accepted})
	if got := find(c.Events(), "verdict", "verdict"); !strings.Contains(got, "bank/spend is halted") {
		t.Errorf("by a verdict: %q", got)
	}
	if left, _ := bank.Balance(w.Ctx("bank"), bank.Treasury).Uint64(); left < 1000 {
		t.Errorf("the treasury has %d", left)
	}
}

// Goal: the recovery set cannot be broken and passes every circuit; other
// governance can be broken; a parameter empties the set. Method: trips of each
// route and message of it; then dcert.recovery_set = 0 and the same trips.
func TestAD2_RecoverySet(t *testing.T) {
	set := []string{"availability", "availability/upgrade", "release", "release/preapprove", "dcert", "dcert/trip", "dcert/disband"}
	w := start(t, nil, release)
	w.group()
	for _, url := range set {
		w.refused(dcert.ErrRecovery, "a", "trip", dcert.Trip{Messages: []string{"bank", url}, Commitment: motive})
	}
	if open := dcert.Open(w.Ctx("dcert")); len(open) != 0 {
		t.Fatalf("a refused trip broke %v", open)
	}
	w.trip("a", "legislature/execute", "bank")
	disband := act{Msgs: []types.Msg{w.msg("dcert/disband", dcert.Disband{SlashPPM: 1})}}
	mixed := act{Msgs: []types.Msg{w.msg("dcert/disband", dcert.Disband{SlashPPM: 1}), w.send("a")}}
	w.halted("x", w.msg("legislature/execute", mixed))
	w.halted("x", w.msg("legislature/execute", act{}))
	w.flows("x", w.msg("legislature/execute", disband))
	w.wantMembers("")

	w = start(t, map[string]uint64{"dcert.recovery_set": 0}, release)
	w.group()
	w.trip("a", set...)
	w.halted("x", w.msg("dcert/prefer", w.preference("a")))
	if err := w.do("b", "trip", dcert.Trip{Messages: []string{"bank"}, Commitment: motive}); err != nil {
		t.Fatalf("rules themselves are as before: %v", err)
	}
}

// Goal: the table is refused where the recovery set is not closed. Method: the
// right one, and one mistake at a time.
func TestAD2_TableIsProven(t *testing.T) {
	if err := table(release).Check(); err != nil {
		t.Fatal(err)
	}
	if err := (route.Table{bank.Route, dcert.Route}).Check(); err != nil {
		t.Fatalf("a table without the others: %v", err)
	}
	change := func(r *route.Route, f func(*route.Route)) *route.Route {
		d := *r
		d.Msgs = slices.Clone(r.Msgs)
		f(&d)
		return &d
	}
	message := func(r *route.Route, name string, f func(*route.Msg)) *route.Route {
		return change(r, func(r *route.Route) { f(r.Msg(name)) })
	}
	plain := route.On(1, "submit", func(*route.Ctx, dcert.Accept) error { return nil })
	for name, c := range map[string]struct {
		old, new *route.Route
	}{
		"a route is not marked":                  {bench, change(bench, func(r *route.Route) { r.Rescue = false })},
		"another route is marked":                {bank.Route, change(bank.Route, func(r *route.Route) { r.Rescue = true })},
		"a message outside is marked":            {bank.Route, message(bank.Route, "send", func(m *route.Msg) { m.Rescue = true })},
		"an action is not marked":                {dcert.Route, message(dcert.Route, "slash", func(m *route.Msg) { m.Rescue = false })},
		"an action is not the legislature's":     {bench, message(bench, "upgrade", func(m *route.Msg) { m.By = nil })},
		"an action is missing":                   {bench, change(bench, func(r *route.Route) { r.Msgs = r.Msgs[:6] })},
		"a stage does not say what it carries":   {legislature, change(legislature, func(r *route.Route) { r.Msgs[0] = plain })},
		"a stage is missing":                     {legislature, change(legislature, func(r *route.Route) { r.Msgs = r.Msgs[1:] })},
		"what an action heralds is not declared": {dcert.Route, change(dcert.Route, func(r *route.Route) { r.Msgs = r.Msgs[:len(r.Msgs)-1] })},
	} {
		rows := table(release)
		for i := range rows {
			if rows[i] == c.old {
				rows[i] = c.new
			}
		}
		if err := rows.Check(); err == nil {
			t.Errorf("%s, and the table is taken", name)
		}
	}
}

// Goal: one member breaks by default; governance may ask for more. Method: quorum
// one; then three, by members who name the same circuits in another order, one of
// whom is suspended before the last asks.
func TestAD3_BreakQuorum(t *testing.T) {
	w := start(t, nil)
	w.group()
	w.trip("c", "bank/send")
	w.halted("x", w.send("a"))

	w = start(t, map[string]uint64{"dcert.break_quorum": 2})
	w.group()
	w.trip("a", "bank/send", "bank/allow")
	w.trip("b", "bank/send") // not the same
	w.trip("a", "bank/send", "bank/allow")
	w.flows("x", w.send("a"))
	w.must("b", "suspend", dcert.Suspend{Member: w.Addr("a")})
	w.must("c", "suspend", dcert.Suspend{Member: w.Addr("a")})
	w.trip("c", "bank/allow", "bank/send", "bank/send") // a's does not count any more
	w.flows("x", w.send("a"))
	w.trip("b", "bank/allow", "bank/send")
	w.halted("x", w.send("a"))
}

// Goal: circuits stay open for ever unless governance sets a term. Method: long
// without one; with one of five seconds, the block before and the block after.
func TestAD4_Expiry(t *testing.T) {
	w := start(t, nil)
	w.group()
	w.trip("a", "bank/send")
	w.pass(200)
	w.halted("x", w.send("a"))
	w.govern("dcert.expiry", 5000) // broken longer ago than that
	w.flows("x", w.send("a"))
	w.trip("a", "bank/send")
	w.pass(4)
	w.halted("x", w.send("a"))
	if got := find(w.pass(1), "closed", "cause"); got != "expired" {
		t.Errorf("closed by %q", got)
	}
	w.flows("x", w.send("a"))
}

// Goal: what is unknown is rejected, all of the trip with it; what is broken
// already is no error; events name all. Method: mistakes of every kind, then a
// trip of one, and one of three of which one is open.
func TestAD12_UnknownAndRepeated(t *testing.T) {
	w := start(t, nil)
	w.group()
	for _, url := range []string{"", "/", "bank/", "/send", "Bank", "bank/send/x", "bank/nothing", "forum", " bank", strings.Repeat("b", 100)} {
		w.refused(dcert.ErrUnknown, "a", "trip", dcert.Trip{Messages: []string{"bank/send", url}, Commitment: motive})
	}
	w.refused(dcert.ErrTrip, "a", "trip", dcert.Trip{Commitment: motive})
	w.refused(dcert.ErrTrip, "a", "trip", dcert.Trip{Messages: make([]string, dcert.TripMax+1), Commitment: motive})
	w.flows("x", w.send("a"))

	events := w.trip("a", "bank/send")
	if m, o := find(events, "tripped", "messages"), find(events, "tripped", "opened"); m != "bank/send" || o != "bank/send" {
		t.Errorf("a trip of one: messages %q, opened %q", m, o)
	}
	first := ask[[]dcert.Circuit](w, "circuits", "")[0]
	w.pass(1)
	events = w.trip("b", "params", "bank/send", "bank/allow", "params")
	if m, o := find(events, "tripped", "messages"), find(events, "tripped", "opened"); m != "bank/allow,bank/send,params" || o != "bank/allow,params" {
		t.Errorf("a trip of three: messages %q, opened %q", m, o)
	}
	for _, k := range ask[[]dcert.Circuit](w, "circuits", "") {
		if k.Message == "bank/send" && k != first {
			t.Errorf("a second trip changed %+v to %+v", first, k)
		}
	}
	if err := w.Check(); err != nil {
		t.Error(err)
	}
}

// Goal: a trip carries a commitment, and its motive is revealed later by whoever
// knows it. Method: without one; revealed wrongly, rightly, twice, by a stranger.
func TestAD13_OpaqueMotive(t *testing.T) {
	w := start(t, nil)
	w.group()
	w.refused(dcert.ErrTrip, "a", "trip", dcert.Trip{Messages: []string{"bank"}})
	w.trip("a", "bank/send")
	text, salt := []byte("an exploit of transfers"), keys.Sum([]byte("salt"))
	w.refused(dcert.ErrOpening, "a", "reveal_motive", dcert.RevealMotive{Trip: 1, Motive: []byte("another"), Salt: salt})
	w.refused(dcert.ErrReport, "a", "reveal_motive", dcert.RevealMotive{Trip: 2, Motive: text, Salt: salt})
	w.refused(dcert.ErrSize, "a", "reveal_motive", dcert.RevealMotive{Trip: 1, Salt: salt})
	w.must("x", "reveal_motive", dcert.RevealMotive{Trip: 1, Motive: text, Salt: salt})
	w.refused(dcert.ErrReport, "a", "reveal_motive", dcert.RevealMotive{Trip: 1, Motive: text, Salt: salt})
	if got := ask[[]dcert.Circuit](w, "circuits", "")[0].Motive; got != string(text) {
		t.Errorf("motive %q", got)
	}
}

// Goal: members relay confidential reports as commitments, opened later, and
// pre-approve releases together. Method: commit, open wrongly and rightly; two of
// three members vote, on chains with and without the release route.
func TestD30_ReportsAndPreapproval(t *testing.T) {
	w := start(t, nil, release)
	w.group()
	content, salt := keys.Sum([]byte("report")), keys.Sum([]byte("salt"))
	commitment := dcert.ReportCommitment(content, salt)
	w.refused(dcert.ErrMember, "x", "commit_report", dcert.CommitReport{Commitment: commitment})
	w.must("a", "commit_report", dcert.CommitReport{Commitment: commitment})
	w.refused(dcert.ErrReport, "b", "commit_report", dcert.CommitReport{Commitment: commitment})
	w.refused(dcert.ErrReport, "b", "commit_report", dcert.CommitReport{})
	w.refused(dcert.ErrReport, "a", "open_report", dcert.OpenReport{Content: content, Salt: content})
	w.refused(dcert.ErrSize, "a", "open_report", dcert.OpenReport{Content: content, Salt: salt, Locator: strings.Repeat("x", 257)})
	w.must("x", "open_report", dcert.OpenReport{Content: content, Salt: salt, Locator: "ipfs://report"})
	w.refused(dcert.ErrReport, "a", "open_report", dcert.OpenReport{Content: content, Salt: salt})
	if list := ask[[]dcert.Report](w, "reports", ""); len(list) != 1 || list[0].By != w.Addr("a") || list[0].Content != content || list[0].Opened == 0 {
		t.Errorf("reports %+v", list)
	}

	hash := keys.Sum([]byte("release"))
	if events := w.must("a", "preapprove", dcert.Preapprove{Hash: hash}); find(events, "preapproved", "hash") != "" {
		t.Error("one of three pre-approves")
	}
	if events := w.must("c", "preapprove", dcert.Preapprove{Hash: hash}); find(events, "preapproved", "hash") != hash.String() {
		t.Errorf("two of three do not: %v", events)
	}
	w = start(t, nil)
	w.group()
	w.refused(route.ErrMessage, "a", "preapprove", dcert.Preapprove{Hash: hash})
}

// Goal: a refused transaction is told which circuit is open, since when, by whom
// and with what commitment. Method: text, Got and Want of the verdict.
func TestRefusalTellsTheCircuit(t *testing.T) {
	w := start(t, nil)
	w.group()
	w.trip("a", "bank")
	height := w.Block.Height
	w.pass(2)
	var r *route.Reject
	if !errors.As(w.Apply(w.sign("x", nil, w.send("a"))).Refused, &r) || r.Kind != "CIRCUIT_OPEN" || r.Got != "bank/send" {
		t.Fatalf("%+v", r)
	}
	for _, want := range []string{height2(height), w.Addr("a").String(), motive.String()} {
		if !strings.Contains(r.Text, want) || !strings.Contains(r.Want, want) {
			t.Errorf("%q or %q lacks %q", r.Text, r.Want, want)
		}
	}
}

// Goal: no evaluation error is read as a circuit that is closed, or open: it
// stops the node. Method: bytes that are no circuit, and no count, in the state.
func TestBrokenStateIsNoAnswer(t *testing.T) {
	for number, key := range map[uint8]string{16: "bank", 17: ""} {
		w := start(t, nil)
		w.group()
		w.trip("a", "bank")
		c := w.Ctx("dcert")
		c.Set(append(state.Region{Route: dcert.ID, Number: number}.Prefix(), key...), []byte{0xff})
		func() {
			defer func() {
				if _, ok := recover().(*state.Fault); !ok {
					t.Errorf("region %d: the guard gave an answer", number)
				}
			}()
			w.Apply(w.sign("x", nil, w.send("a")))
		}()
	}
}

// Goal: a member cannot mend what another broke. Method: trips by b of what a
// broke leave a's circuit as it is, and b being slashed or a leaving too.
func TestMembersCannotResetOneAnother(t *testing.T) {
	w := start(t, nil)
	w.group()
	w.trip("a", "bank/send")
	w.trip("b", "bank/send")
	w.must("a", "leave", dcert.Leave{})
	w.pass(1)
	if by := ask[[]dcert.Circuit](w, "circuits", "")[0].By; by != w.Addr("a") {
		t.Errorf("broken by %s", by)
	}
	w.halted("x", w.send("a"))
}
