package exec_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route/all"
	"probity/chain/route/availability"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
)

// Goal: the hash names the content, not the layout. Method: one file with other
// white space, order and escapes has the same hash; one with another value has
// not; signatures count for the hash and not for the draft.
func TestGenesisHash(t *testing.T) {
	parse := func(text string) *exec.Genesis {
		g, err := exec.ParseGenesis([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return g
	}
	a := parse(`{"chain":"x<y","time":7,"protocol":1,"routes":{"bank":{"signature":"0x01","balances":[]}}}`)
	b := parse("{\n \"protocol\": 1, \"chain\": \"x\\u003cy\",\"routes\": {\"bank\": {\"balances\": [ ], \"signature\":\"0x01\"}}, \"time\": 7}")
	if a.Hash() != b.Hash() || a.Draft() != b.Draft() {
		t.Error("the layout counts")
	}
	want := `{"chain":"x<y","protocol":1,"routes":{"bank":{"balances":[],"signature":"0x01"}},"time":7}`
	if a.Hash() != keys.Sum([]byte(want)) {
		t.Error("not the canonical form")
	}
	if a.Draft() != keys.Sum([]byte(strings.Replace(want, `,"signature":"0x01"`, "", 1))) {
		t.Error("not the draft's canonical form")
	}
	c := parse(`{"chain":"x<y","time":7,"protocol":1,"routes":{"bank":{"signature":"0x02","balances":[]}}}`)
	if c.Hash() == a.Hash() || c.Draft() != a.Draft() {
		t.Error("signatures belong to the hash and not to the draft")
	}
}

// Goal: a bad genesis is refused in words that name the place. Method: spoil a
// good one in one place at a time.
func TestBadGenesis(t *testing.T) {
	good := string(small().file(t))
	first := func(s string) string { return fmt.Sprintf("%q", s) }
	for _, tc := range []struct{ old, new, want string }{
		{`"chain": "test"`, `"chain": ""`, "chain: a name of 1 to 40 bytes"},
		{`"protocol": 1`, `"protocol": 0`, "protocol: missing or zero"},
		{`"protocol": 1`, `"protocol": "one"`, "protocol"},
		{`"time": 1700000000000`, `"time": 1.5`, "time"},
		{`"chain": "test"`, `"chain": "test", "fork": 1`, "fork: no such member"},
		{`"routes": {`, `"routes": {"casino": {},`, "routes.casino: no such route"},
		{`"routes": {`, `"routes": {"params": {},`, "routes.params: parameters are given at the top"},
		{`"epoch.blocks": 8`, `"epoch.blocks": 3`, "params.epoch.blocks: parameter epoch.blocks: 3 is outside"},
		{`"epoch.blocks": 8`, `"epoch.block": 8`, "params.epoch.block: no such parameter"},
		{`"epoch.blocks": 8`, `"epoch.blocks": 2.5`, "only whole numbers"},
		{`"epoch.blocks": 8`, `"beacon.scheme": "dice"`, `params.beacon.scheme: parameter beacon.scheme: "dice" is not`},
		{`"beacon.scheme": "hashed"`, `"beacon.scheme": "recoverable"`, "routes.availability.bench[0]: "},
		{`"amount": "100000000000"`, `"amount": "-1"`, "routes.rep.holders[0].amount: not an amount"},
		{`"amount": "99000000000"`, `"amount": ""`, "routes.rep.holders[1].amount: not an amount"},
		{first(addr("m1").String()), `"prb1q"`, "routes.availability.asc[1].account: not an address"},
		{`"weight": "98"`, `"weight": "99"`, "routes.availability.bench[0]: "},
		{`"salts": 64`, `"salts": 63`, "routes.availability"},
	} {
		if !strings.Contains(good, tc.old) {
			t.Fatalf("the good file has no %s", tc.old)
		}
		err := func() error {
			g, err := exec.ParseGenesis([]byte(strings.Replace(good, tc.old, tc.new, 1)))
			if err != nil {
				return err
			}
			x, err := exec.New(all.Table, g)
			if err != nil {
				return err
			}
			_, err = x.Genesis()
			return err
		}()
		if !errors.Is(err, exec.ErrGenesis) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", tc.new, err)
		}
	}
	for name, file := range map[string]string{"empty": "", "list": "[]", "two": good + good, "cut": good[:len(good)-3]} {
		if _, err := exec.ParseGenesis([]byte(file)); !errors.Is(err, exec.ErrGenesis) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Goal: two members with one key could be convicted for each other. Method: a
// genesis in which they share it.
func TestGenesisSharedKey(t *testing.T) {
	s := small()
	var file object
	if err := json.Unmarshal(s.write(t, keys.Hash{}), &file); err != nil {
		t.Fatal(err)
	}
	section := file["routes"].(object)["availability"].(object)
	bench := section["bench"].([]any)
	bench[1].(object)["key"] = bench[0].(object)["key"]
	section["asc"] = []any{}
	text, _ := json.Marshal(file)
	draft, err := exec.ParseGenesis(text)
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range bench {
		name := s.members[i]
		k := key("vote/" + name)
		if i == 1 {
			k = key("vote/m0")
		}
		seat := availability.Bench{Key: k.Public(), Network: make([]byte, 32)}
		b.(object)["signature"] = k.Sign(seat.SignBytes(draft.Draft(), addr(name)))
	}
	text, _ = json.Marshal(file)
	g, err := exec.ParseGenesis(text)
	if err != nil {
		t.Fatal(err)
	}
	x, err := exec.New(all.Table, g)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.Genesis(); !errors.Is(err, availability.ErrKey) {
		t.Fatal(err)
	}
}

// Goal: the genesis state can be committed and opened again, and the first
// block stands on it. Method: commit to a backend, open it as a base, build.
func TestGenesisState(t *testing.T) {
	c := start(t, small())
	r, err := c.x.Genesis()
	if err != nil {
		t.Fatal(err)
	}
	backend := state.NewMemory()
	backend.Commit(r.Changes)
	base := c.x.Base(backend, r.Header, r.Digest)
	if base.State.Root() != r.Root() || r.Header.Height != 0 || r.Header.Parent != c.g.Hash() {
		t.Fatalf("%+v", r.Header)
	}
	c.tip = base
	first, second := c.add(), c.add()
	backend.Commit(first.Changes)
	second.Rebase(c.x.Base(backend, first.Header, first.Digest))
	if err := c.x.Invariants(second.Parent()); err != nil {
		t.Fatal(err)
	}
	if got := rep.Supply(second.State, rep.WREP); got.Less(types.Whole(297)) {
		t.Fatalf("supply %s", got)
	}
	defer func() {
		if _, ok := recover().(*state.Fault); !ok {
			t.Fatal("a base with another root than its header's")
		}
	}()
	c.x.Base(backend, second.Header, second.Digest)
}

// Goal: the parser stands whatever it is given, and what it accepts has one
// hash. Method: fuzzing; an accepted file parses again from its own bytes.
func FuzzParseGenesis(f *testing.F) {
	f.Add([]byte(`{"chain":"x","time":7,"protocol":1,"params":{"epoch.blocks":64},"routes":{}}`))
	f.Add([]byte(`{"chain":"x","time":007,"protocol":1}`))
	f.Add([]byte(`{"chain":"x","chain":"y","protocol":1,"routes":null}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		g, err := exec.ParseGenesis(file)
		if err != nil {
			return
		}
		again, err := exec.ParseGenesis(bytes.TrimSpace(file))
		if err != nil || again.Hash() != g.Hash() {
			t.Fatalf("%v, %s and %s", err, g.Hash(), again.Hash())
		}
	})
}
