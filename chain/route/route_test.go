package route_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/state"
	"probity/chain/types"
)

// note is the message of the test's route.
type note struct {
	_    struct{} `cbor:",toarray"`
	Text string   `json:"text"`
}

var size = &route.Param{Name: "notes.size", Default: 10, Min: 1, Max: 20}

func notes(guard func(*route.Ctx, route.Call) error) *route.Route {
	return &route.Route{
		ID: 50, Name: "notes", Params: []*route.Param{size}, Guard: guard, Since: 1, Until: 3,
		Msgs: []route.Msg{
			route.On(1, "write", func(c *route.Ctx, m note) error {
				if len(m.Text) > int(size.Get(c)) {
					return route.Refusal(50, 1, "LONG", "too long")
				}
				c.Emit("written", "by", c.Sender, "text", m.Text)
				return nil
			}).Costs(7),
			route.On(2, "own", func(*route.Ctx, note) error { return nil }).OnlyBy("archive"),
		},
		CheckParams: func(p *route.Params) error {
			if p.Get(size) == 13 {
				return errors.New("unlucky")
			}
			return nil
		},
	}
}

func world(t *testing.T, table route.Table) *route.Ctx {
	t.Helper()
	p, err := route.NewParams(table, nil)
	if err != nil {
		t.Fatal(err)
	}
	store := state.NewOverlay(state.NewBase(state.NewMemory()))
	return route.NewCtx(store, route.Chain{Name: "test"}, p, &route.Block{Version: 1}, table)
}

// Goal: JSON is read strictly and every error names its place. Method: one
// document spoiled in one place at a time.
func TestReadJSON(t *testing.T) {
	type item struct {
		Amount types.Amount `json:"amount"`
		Note   *string      `json:"note,omitempty"`
		Raw    types.Bytes  `json:"raw"`
		secret int
	}
	type doc struct {
		Items []item `json:"items"`
		Count int    `json:"count"`
	}
	for text, want := range map[string]string{
		`{"items": [{"amount": "7", "note": "x", "raw": "0x01"}, {"amount": 8}], "count": 2}`: "",
		`{"items": [{"amount": "7"}, {"amount": "-8"}]}`:                                      `items[1].amount: not an amount`,
		`{"items": [{"amonut": "7"}]}`:                                                        `items[0].amonut: no such member`,
		`{"items": [{"secret": 1}]}`:                                                          `items[0].secret: no such member`,
		`{"items": {"amount": "7"}}`:                                                          `items: want a list`,
		`{"items": [7]}`:                                                                      `items[0]: want an object`,
		`{"items": [{"raw": "01"}]}`:                                                          `items[0].raw: bytes`,
		`{"count": "two"}`:                                                                    `count: string does not fit`,
		`[]`:                                                                                  `want an object`,
		`{"items": null, "count": 1}`:                                                         "",
		`{"items": [{"amount": "7"}]`:                                                         `want an object`,
	} {
		var d doc
		err := route.ReadJSON(json.RawMessage(text), &d)
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%s: %v", text, err)
		}
	}
	var d doc
	if err := route.ReadJSON(json.RawMessage(`{"items": [{"amount": "7", "note": "x"}]}`), &d); err != nil ||
		d.Items[0].Amount != types.NewAmount(7) || *d.Items[0].Note != "x" || d.Items[0].secret != 0 {
		t.Errorf("%+v, %v", d, err)
	}
}

// Goal: an event keeps what was, though its text is made later. Method: emit
// values that change afterwards; rewind.
func TestEvents(t *testing.T) {
	c := world(t, route.Table{notes(nil)})
	buf := []byte{1}
	c.EmitAs("a", "first", "bytes", types.Bytes(buf), "height", types.Height(3), "amount", types.NewAmount(5))
	buf[0] = 9
	c.Emit("second", "odd")
	c.Rewind(2)
	c.Emit("third")
	c.Rewind(2)
	if c.Log().Len() != 2 || c.LogFrom(1).Len() != 1 {
		t.Fatalf("%d events", c.Log().Len())
	}
	got := c.Events()
	if got[0].Route != "a" || got[0].Attrs[0].Value != "[1]" || got[0].Attrs[1].Value != "3" || got[0].Attrs[2].Value != "5" || len(got[1].Attrs) != 0 {
		t.Errorf("%+v", got)
	}
}

// Goal: a call finds its rule only where the route serves, the caller may, and
// the body is right. Method: one call spoiled in one way at a time.
func TestCalls(t *testing.T) {
	table := route.Table{notes(nil)}
	if err := table.Check(); err != nil {
		t.Fatal(err)
	}
	c := world(t, table)
	m, err := table.Pack("notes", "write", note{Text: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		version uint32
		msg     types.Msg
		ok      bool
	}{
		{1, m, true}, {2, m, true}, {0, m, false}, {3, m, false},
		{1, types.Msg{Route: 50, ID: 9}, false}, {1, types.Msg{Route: 51, ID: 1}, false},
	} {
		if _, _, err := table.Resolve(tc.msg, tc.version); (err == nil) != tc.ok {
			t.Errorf("version %d, %d/%d: %v", tc.version, tc.msg.Route, tc.msg.ID, err)
		}
	}
	if _, err := table.Pack("notes", "write", 7); err == nil {
		t.Error("packed a number as a note")
	}
	r, msg, _ := table.Resolve(types.Msg{Route: 50, ID: 2}, 1)
	if err := c.Apply(route.Call{Route: r, Msg: msg, Body: note{}}); !errors.Is(err, route.ErrReserved) {
		t.Errorf("reserved: %v", err)
	}
	c.Sender = route.Address("archive")
	if err := c.Apply(route.Call{Route: r, Msg: msg, Body: note{}}); err != nil {
		t.Error(err)
	}
	tx := &types.SignedTx{Tx: types.Tx{Msgs: []types.Msg{m, m}}, Raw: make([]byte, 100)}
	if w, err := table.Weight(tx, 1); err != nil || w != 114 {
		t.Errorf("weight %d, %v", w, err)
	}
}

// Goal: guards speak before the rule of a dispatched message, and its effects
// are whole. Method: a guard that refuses some, called from another route.
func TestDispatchPassesGuards(t *testing.T) {
	closed := errors.New("closed")
	refuse := false
	table := route.Table{notes(nil), {ID: 60, Name: "breaker", Guard: func(c *route.Ctx, call route.Call) error {
		if refuse && call.Route.Name == "notes" && !call.Top {
			return closed
		}
		return nil
	}}}
	c := world(t, table)
	m, _ := table.Pack("notes", "write", note{Text: "hi"})
	if err := c.Dispatch(m); !errors.Is(err, route.ErrRoute) {
		t.Errorf("from nowhere: %v", err)
	}
	from := c.For(table[1])
	if err := from.Dispatch(m); err != nil || from.Log().Len() != 1 {
		t.Errorf("open: %v", err)
	}
	refuse = true
	if err := from.Dispatch(m); !errors.Is(err, closed) || from.Log().Len() != 1 {
		t.Errorf("closed: %v", err)
	}
	refuse = false
	long, _ := table.Pack("notes", "write", note{Text: "far too long a note"})
	if err := from.Dispatch(long); route.AsReject(err).Kind != "LONG" {
		t.Errorf("long: %v", err)
	}
	if route.AsReject(closed).Kind != "RULE" {
		t.Error("any error is a verdict")
	}
}

// Goal: sets of parameters hold together. Method: values inside and outside
// their bounds, unknown names, a refused combination.
func TestParamsWith(t *testing.T) {
	p, err := route.NewParams(route.Table{notes(nil)}, map[string]uint64{"notes.size": 12})
	if err != nil {
		t.Fatal(err)
	}
	for v, ok := range map[uint64]bool{1: true, 20: true, 0: false, 21: false, 13: false} {
		q, err := p.With(map[string]uint64{"notes.size": v})
		if (err == nil) != ok || ok && q.Get(size) != v {
			t.Errorf("%d: %v", v, err)
		}
	}
	if _, err := p.With(map[string]uint64{"notes.width": 1}); err == nil {
		t.Error("an unknown name")
	}
	if p.Get(size) != 12 {
		t.Error("With changed the old set")
	}
	for text, ok := range map[string]bool{"7": true, "07": false, "-7": false, "7.0": false, "21": false, "": false} {
		if _, err := size.Parse(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func ExampleReject_For() {
	refusal := route.Refusal(50, 1, "FUNDS", "the balance does not cover this")
	err := refusal.For(3, 7)
	fmt.Println(err)
	fmt.Println(err.Code, err.Kind, err.Got, err.Want, errors.Is(err, refusal))
	// Output:
	// the balance does not cover this: got 3, want 7
	// 50001 FUNDS 3 7 true
}

func ExampleAddress() {
	fmt.Println(route.Address("treasury") == keys.Address{})
	// Output: false
}

// Goal: what is tried leaves nothing, what is settled aside leaves all. Method: a
// message that emits and writes is tried, then done aside, then settled.
func TestTryAndAside(t *testing.T) {
	table := route.Table{notes(nil), {ID: 51, Name: "archive"}}
	c := world(t, table).For(table[1])
	m, err := table.Pack("notes", "write", note{Text: "short"})
	if err != nil {
		t.Fatal(err)
	}
	long, err := table.Pack("notes", "write", note{Text: "longer than ten"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Try(m); err != nil || c.Log().Len() != 0 {
		t.Errorf("tried: %v, %d events", err, c.Log().Len())
	}
	if err := c.Try(long); err == nil {
		t.Error("what cannot be done can be tried")
	}
	d := c.Aside()
	if err := d.Dispatch(m); err != nil || c.Log().Len() != 0 {
		t.Errorf("aside: %v, %d events outside", err, c.Log().Len())
	}
	c.Settle(d)
	if c.Log().Len() != 1 {
		t.Errorf("settled: %d events, want 1", c.Log().Len())
	}
}

// Goal: a message can herald only to a message that takes notices. Method: none,
// one of another type, the right one.
func TestHerald(t *testing.T) {
	heed := route.On(3, "heed", func(*route.Ctx, route.Notice) error { return nil })
	act := route.On(4, "act", func(*route.Ctx, note) error { return nil })
	for name, ok := range map[string]bool{"missing": false, "act": false, "heed": true} {
		r := &route.Route{ID: 52, Name: "acts", Msgs: []route.Msg{heed, act.Heralds(name)}}
		if err := (route.Table{r}).Check(); (err == nil) != ok {
			t.Errorf("heralds %q: %v", name, err)
		}
	}
}

// Goal: a message survives being spoken and heard, and a mistake is named where
// it is. Method: one message to names and back; names and a member spoiled.
func TestSpeakAndHear(t *testing.T) {
	table := route.Table{notes(nil)}
	m, err := table.Pack("notes", "write", note{Text: "hi"})
	if err != nil {
		t.Fatal(err)
	}
	s := table.Speak(m, 1)
	if s.Route != "notes" || s.Message != "write" || string(s.Body) != `{"text":"hi"}` {
		t.Errorf("spoken as %s/%s %s", s.Route, s.Message, s.Body)
	}
	if back, err := table.Hear(s); err != nil || fmt.Sprint(back) != fmt.Sprint(m) {
		t.Errorf("heard %v, %v", back, err)
	}
	if s := table.Speak(types.Msg{Route: 77, ID: 3, Body: types.Bytes{1}}, 1); s.Route != "77" || string(s.Body) != `"0x01"` {
		t.Errorf("unknown: %+v", s)
	}
	for want, s := range map[string]route.Spoken{
		`no route "nots"`:          {Route: "nots", Message: "write"},
		`no message "wrote"`:       {Route: "notes", Message: "wrote"},
		`body.txt: no such member`: {Route: "notes", Message: "write", Body: json.RawMessage(`{"txt": "hi"}`)},
	} {
		if _, err := table.Hear(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
