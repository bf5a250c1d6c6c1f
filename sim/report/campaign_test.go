package report

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"probity/sim"
	"probity/sim/attack"
)

// Goal: claims are judged by their figures, and by an attack's own word where
// that is worse. Method: the example, whose failures are known, then one that
// holds.
func TestClaims(t *testing.T) {
	want := map[string]string{
		"attack-example": "did not hold 4 of 5: net cost (c2 0.5): measured 1.02 g₀, expected 1 g₀", "attack-example-run-2": "held 3 of 3: ", "attack-figures": "reported none checked: ",
		"swarm": "did not hold 5 of 6: seed 3, 7 nodes: agreement: two blocks at height 9", "mutants": "did not hold 2 of 3: missed was not caught on 100 seeds",
		"crashpoints": "did not hold 119 of 120: member 2, before sync 17, left nothing: honesty: two votes", "kills": "held 4 of 4: ", "culprits": "held 3 of 3: ",
	}
	c := example()
	claims := c.Claims()
	for _, claim := range claims {
		if got := claim.Verdict.Word() + " " + claim.Ratio() + ": " + claim.First; got != want[claim.Anchor] {
			t.Errorf("%s: %q, want %q", claim.Anchor, got, want[claim.Anchor])
		}
	}
	if len(claims) != len(want) || Failures(claims) != 4 {
		t.Errorf("%d claims, %d failures", len(claims), Failures(claims))
	}
	if text, tone := headline(claims); text != "4 of 7 claims did not hold. For 1 more, figures are reported and none is judged." || tone != "failed" {
		t.Errorf("headline %q, %s", text, tone)
	}
	own := &Campaign{Attacks: []*attack.Result{{Attack: "x", Rows: []attack.Row{{Rule: attack.Exactly, OK: true}}}}}
	if claims = own.Claims(); claims[0].Verdict != Failed {
		t.Error("an attack that says of itself that it does not hold is held")
	}
	own.Attacks[0].Holds = true
	if text, _ := headline(own.Claims()); text != "The one claim held." {
		t.Errorf("headline %q", text)
	}
}

// Goal: attacks stand in the order of their table, whatever the order of the
// files. Method: three known ones and an unknown one, backwards.
func TestOrder(t *testing.T) {
	c := &Campaign{}
	for _, name := range []string{"zzz", attack.All[2].Name, attack.All[0].Name, attack.All[1].Name} {
		c.Attacks = append(c.Attacks, &attack.Result{Attack: name})
	}
	var got []string
	for _, claim := range c.Claims() {
		got = append(got, claim.Subject)
	}
	if want := []string{attack.All[0].Name, attack.All[1].Name, attack.All[2].Name, "zzz"}; strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("order %v, want %v", got, want)
	}
}

// Goal: what the commands print is read back whole, one document after another
// or in a list. Method: the example's parts as JSON; the page of what was read
// is that of the example.
func TestReadsBack(t *testing.T) {
	want := example()
	var parts []any
	for _, r := range want.Attacks {
		parts = append(parts, r)
	}
	for _, r := range want.Swarms {
		parts = append(parts, r)
	}
	for _, v := range want.Crashes {
		parts = append(parts, map[string]any{"views": v.Views, "points": 40, "syncs": 12})
	}
	parts = append(parts, want.Mutants[0], want.Culprits[0], want.Kills[0], want.Speeds[0], map[string]any{"speeds": want.Speeds[1:]})
	var lines string
	for _, p := range parts {
		raw, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		lines += string(raw) + "\n"
	}
	list, err := json.Marshal(parts)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{lines, string(list)} {
		got := &Campaign{Stamp: want.Stamp}
		if err := got.Read("a.json", []byte(text)); err != nil {
			t.Fatal(err)
		}
		if len(got.Inputs) != 7 || len(got.Inputs[0].Digest) != 64 {
			t.Errorf("inputs %v", got.Inputs)
		}
		got.Inputs = want.Inputs
		if written(t, got) != written(t, want) {
			t.Error("the page of what was read differs")
		}
	}
}

// Goal: what is no result is refused with one line that names the file and says
// what to give. Method: one document of each wrong kind.
func TestReadRefuses(t *testing.T) {
	shard, err := json.Marshal(example().Swarms[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, want string }{
		{"", "empty: give the JSON of probity sim attack"},
		{"# notes", "not JSON (invalid character '#'"},
		{"{}", "none of its fields is known: give the JSON of probity sim attack"},
		{`{"height": 7}`, "none of its fields is known"},
		{"7", "no JSON object"},
		{"null", "no JSON object"},
		{`[1]`, "no JSON object"},
		{`{"attack": "x", "rows": null}`, "none of its fields is known"},
		{`{"attack": "x", "rows": 7}`, "as attack: json: cannot unmarshal number"},
		{`{"format": "probity-sim/1", "choices": []}`, "a recording of one run"},
		{`{"seed": 1, "events": 9}`, "one run: a campaign takes the output of probity sim swarm --json"},
		{string(shard) + string(shard), "seeds 1 … 4, shard 1/2 with 4 nodes were given already"},
	} {
		got := &Campaign{}
		err := got.Read("dir/a.json", []byte(c.text))
		if !errors.Is(err, ErrKind) || !strings.Contains(err.Error(), "dir/a.json: ") || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", c.text, err)
		}
	}
}

// Goal: reading never panics, and what it takes can be shown. Method: fuzzing
// from the example's documents.
func FuzzRead(f *testing.F) {
	c := example()
	for _, v := range []any{c.Attacks[0], c.Swarms[1], c.Mutants[0], c.Culprits[0], c.Kills[0], c.Speeds, map[string]any{"views": c.Crashes[0].Views, "points": 1, "syncs": 1}} {
		raw, err := json.Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(`{"mutants":[null]}{"views":[null],"points":1,"syncs":1}{"worlds":[null]}[{"speeds":[null]}]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c := &Campaign{}
		if err := c.Read("x", raw); err != nil && !errors.Is(err, ErrKind) {
			t.Fatal(err)
		}
		if err := c.Page(discard{}); err != nil {
			t.Fatal(err)
		}
	})
}

type discard struct{}

// Write takes everything.
func (discard) Write(p []byte) (int, error) { return len(p), nil }

// Goal: missing shards are named, and complete ones are not. Method: one shard
// of two, then both.
func TestShardNotes(t *testing.T) {
	c := example()
	c.Swarms = c.Swarms[:1]
	if notes := c.shardNotes(); len(notes) != 1 || !strings.Contains(notes[0], "missing shards 2/2") {
		t.Errorf("notes %q", notes)
	}
	other := *c.Swarms[0]
	other.Shards = []sim.Shard{{Index: 2, Count: 2}}
	c.Swarms = append(c.Swarms, &other)
	if notes := c.shardNotes(); len(notes) != 0 {
		t.Errorf("notes %q", notes)
	}
}

// Goal: a campaign that is run is a function of its plan. Method: two attacks
// and one seed, twice; then an interrupt.
func TestPlan(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the simulator")
	}
	told := map[string]bool{}
	p := Plan{Seeds: 1, Nodes: 4, Attacks: []*attack.Attack{attack.Find("bribery"), attack.Find("lending")}}
	p.Tell = func(part string, _, _ int64) { told[part] = true }
	var pages []string
	for range 2 {
		c, err := p.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, written(t, c))
		p.Tell = nil
	}
	if pages[0] != pages[1] {
		t.Error("one plan gives two pages")
	}
	if !strings.Contains(pages[0], "All 3 claims held.") || !told["bribery"] || !told["lending"] || !told["swarm"] {
		t.Errorf("told of %v", told)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := p.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("after an interrupt: %v", err)
	}
}

// Goal: a parameter is left out only where the label says it. Method: labels
// that begin or end with a parameter, and one that holds it by chance.
func TestParams(t *testing.T) {
	hash := strings.Repeat("ab", 32)
	for _, c := range []struct {
		label       string
		params      map[string]any
		short, long string
	}{
		{"recoverable: share, lottery", map[string]any{"scheme": "recoverable", "selection": "lottery", "alpha": "0.1"}, "alpha 0.1", ""},
		{"blocks withheld", map[string]any{"scenario": "blocks", "k": 2.0}, "k 2, scenario blocks", ""},
		{"draws", map[string]any{"honest": hash, "moves": map[string]any{"b": 1e6, "a": "x"}, "ok": true}, "ok true", "honest: abababababababab…; moves: a x, b 1\u202f000\u202f000"},
	} {
		if short, long := params(attack.Row{Label: c.label, Params: c.params}); short != c.short || long != c.long {
			t.Errorf("%s: %q and %q", c.label, short, long)
		}
	}
}

// Goal: a command line that the page shows can be given to a shell. Method:
// words with and without what a shell takes otherwise.
func TestQuoted(t *testing.T) {
	for word, want := range map[string]string{"0.05,0.1": "0.05,0.1", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$(x)": "'$(x)'"} {
		if got := Quoted(word); got != want {
			t.Errorf("%q is %s, want %s", word, got, want)
		}
	}
}
