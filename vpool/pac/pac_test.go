package pac_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"probity/vpool"
	"probity/vpool/pac"
)

const micro = 1_000_000 // base units of the examples, which are in millionths

func owners(pairs ...uint64) (out []pac.Owner) {
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, pac.Owner{Minted: vpool.NewAmount(pairs[i]), Points: pairs[i+1]})
	}
	return out
}

func solve(t testing.TB, p pac.Problem) pac.Solution {
	t.Helper()
	s, err := p.Solve()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func extras(s pac.Solution) string {
	var out []string
	for _, e := range s.Extra {
		out = append(out, e.Dec())
	}
	return strings.Join(out, " ")
}

// Goal: the published worked example to the unit, in both modes. Method: 60 and
// 40 of 100, targets 55 and 45, in millionths, against the numbers of the source
// (published) and of the least total (minimal).
func TestG16_WorkedExample(t *testing.T) {
	in := owners(60*micro, 55, 40*micro, 45) // Alice, Bob
	s := solve(t, pac.Problem{Owners: in, Mode: pac.Published})
	if got := extras(s); got != "13333334 20000000" || s.After.Dec() != "133333334" || s.Minted.Dec() != "33333334" {
		t.Errorf("published: extra %s, total %s", got, s.After.Dec())
	}
	s = solve(t, pac.Problem{Owners: in, Mode: pac.Minimal})
	if got := extras(s); got != "1 9090909" || s.After.Dec() != "109090910" {
		t.Errorf("minimal: extra %s, total %s", got, s.After.Dec())
	}
}

// Goal: both modes exist side by side, and the published one is not idempotent.
// Method: run each on its own outcome: 133.33 grows to 162.96 without any
// change, 109.09 stays.
func TestAG1_TwoModes(t *testing.T) {
	s := solve(t, pac.Problem{Owners: owners(73_333_333, 55, 60*micro, 45), Mode: pac.Published})
	if got := s.After.Dec(); got != "162962963" { // 73.333333 / .45, rounded up
		t.Errorf("published again: %s", got)
	}
	s = solve(t, pac.Problem{Owners: owners(60*micro+1, 55, 49_090_909, 45), Mode: pac.Minimal})
	if !s.Minted.IsZero() {
		t.Errorf("minimal again mints %s", s.Minted.Dec())
	}
}

// Goal: what counts is what was minted to an owner, not what it still has.
// Method: 1000 minted and 300 of them given away, entitled to 1200: 200 more.
func TestAG2_MintedToDate(t *testing.T) {
	in := owners(1000, 1200, 1000, 1000, 1000, 1000)
	s := solve(t, pac.Problem{Owners: in, Mode: pac.Minimal, Total: vpool.NewAmount(3200)})
	if got := extras(s); got != "200 0 0" {
		t.Errorf("extra %s", got)
	}
}

// Goal: mint-only, exactly as defined: (current + extra)/(T + T_new) is the
// target, T_new is the sum of extras, no extra is negative. Method: random
// owners; with an explicit total that divides evenly the equation is exact, else
// each owner is within one unit of its share.
func TestG15_MintOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyProblem(t)
		s, err := p.Solve()
		if err != nil {
			t.Fatal(err)
		}
		var sum, points vpool.Amount
		for i := range p.Owners {
			sum.Add(&sum, &s.Extra[i])
			w := vpool.NewAmount(p.Owners[i].Points)
			points.Add(&points, &w)
		}
		if !sum.Eq(&s.Minted) {
			t.Fatalf("extras add up to %s, minted %s", sum.Dec(), s.Minted.Dec())
		}
		var after vpool.Amount
		if after.Add(&s.Before, &s.Minted); !after.Eq(&s.After) {
			t.Fatalf("%s + %s is not %s", s.Before.Dec(), s.Minted.Dec(), s.After.Dec())
		}
		for i, o := range p.Owners {
			if o.Points == 0 && !s.Extra[i].IsZero() {
				t.Fatalf("owner %d has no target and got %s", i, s.Extra[i].Dec())
			}
			if points.IsZero() || o.Points == 0 || s.Clamped {
				continue
			}
			var has, share vpool.Amount
			has.Add(&o.Minted, &s.Extra[i])
			share = vpool.ShareDown(s.After, vpool.NewAmount(o.Points), points)
			above := share
			if above.AddUint64(&share, 1); has.Lt(&share) || above.Lt(&has) {
				t.Fatalf("owner %d has %s, its share is %s", i, has.Dec(), share.Dec())
			}
		}
	})
}

// Goal: minimal is the least total and idempotent. Method: random problems: one
// unit below the least total is refused; solving again on the outcome mints
// nothing.
func TestMinimalIsLeastAndIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyProblem(t)
		p.Mode, p.GrowthPPM, p.Total = pac.Minimal, 0, vpool.Amount{}
		s, err := p.Solve()
		if err != nil {
			t.Fatal(err)
		}
		again := p
		again.Owners = nil
		for i, o := range p.Owners {
			o.Minted.Add(&o.Minted, &s.Extra[i])
			again.Owners = append(again.Owners, o)
		}
		if r, err := again.Solve(); err != nil || !r.Minted.IsZero() {
			t.Fatalf("again: %s, %v", r.Minted.Dec(), err)
		}
		if s.Minted.IsZero() || s.Before.IsZero() {
			return
		}
		p.Total = s.After
		if _, err := p.Solve(); err != nil {
			t.Fatalf("the least total itself: %v", err)
		}
		p.Total.SubUint64(&s.After, 1)
		if _, err := p.Solve(); !errors.Is(err, pac.ErrTarget) {
			t.Fatalf("one unit less: %v", err)
		}
	})
}

// Goal: published is never below minimal. Method: random problems in both.
func TestPublishedIsAboveMinimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyProblem(t)
		p.GrowthPPM, p.Total = 0, vpool.Amount{}
		p.Mode = pac.Minimal
		least, err := p.Solve()
		if err != nil {
			t.Fatal(err)
		}
		p.Mode = pac.Published
		most, err := p.Solve()
		if err != nil {
			t.Fatal(err)
		}
		if most.After.Lt(&least.After) {
			t.Fatalf("published %s, minimal %s", most.After.Dec(), least.After.Dec())
		}
	})
}

// Goal: a mint above the bound becomes the bound, divided as the whole would
// have been; a first run has no bound. Method: random problems with a growth;
// and 50/50 turned into 99.9/0.1, which asks for 500 times the tokens.
func TestGrowthIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyProblem(t)
		p.GrowthPPM = rapid.Uint32Range(1, 1_000_000).Draw(t, "growth")
		s, err := p.Solve()
		if err != nil {
			t.Fatal(err)
		}
		if bound := vpool.PPMDown(s.Before, p.GrowthPPM); !s.Before.IsZero() && bound.Lt(&s.Minted) {
			t.Fatalf("minted %s of at most %s", s.Minted.Dec(), bound.Dec())
		}
	})
	in := owners(50*micro, 999, 50*micro, 1)
	if s := solve(t, pac.Problem{Owners: in, Mode: pac.Minimal}); s.After.Dec() != "50000000000" || extras(s) != "49900000000 0" {
		t.Errorf("unbounded: %s, %s", s.After.Dec(), extras(s))
	}
	s := solve(t, pac.Problem{Owners: in, Mode: pac.Minimal, GrowthPPM: 100_000})
	if !s.Clamped || extras(s) != "10000000 0" {
		t.Errorf("bounded: %v, %s", s.Clamped, extras(s))
	}
	first := pac.Problem{Owners: owners(0, 3, 0, 1), Mode: pac.Minimal, Initial: vpool.NewAmount(1000), GrowthPPM: 1}
	if got := extras(solve(t, first)); got != "750 250" {
		t.Errorf("first run: %s", got)
	}
}

// Goal: the edge cases that are named. Method: one each.
func TestEdges(t *testing.T) {
	for _, c := range []struct {
		name string
		p    pac.Problem
		want string
	}{
		{"nobody", pac.Problem{Mode: pac.Minimal}, ""},
		{"no points", pac.Problem{Owners: owners(5, 0, 7, 0), Mode: pac.Minimal}, "0 0"},
		{"one contributor", pac.Problem{Owners: owners(0, 9), Mode: pac.Minimal, Initial: vpool.NewAmount(77)}, "77"},
		{"vanished lines", pac.Problem{Owners: owners(600, 0, 200, 1, 100, 1), Mode: pac.Minimal}, "0 0 100"},
		{"equal shares", pac.Problem{Owners: owners(10, 1, 10, 1, 10, 1), Mode: pac.Minimal}, "0 0 0"},
		{"ties by order", pac.Problem{Owners: owners(0, 1, 0, 1, 0, 1), Mode: pac.Minimal, Initial: vpool.NewAmount(5)}, "2 2 1"},
		{"newcomer", pac.Problem{Owners: owners(100, 1, 0, 1), Mode: pac.Minimal}, "0 100"},
	} {
		if got := extras(solve(t, c.p)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	s := solve(t, pac.Problem{Owners: owners(600, 0, 200, 1, 100, 1), Mode: pac.Minimal})
	if s.Beside.Dec() != "600" || s.Before.Dec() != "300" || s.After.Dec() != "400" {
		t.Errorf("zero targets: beside %s, %s to %s", s.Beside.Dec(), s.Before.Dec(), s.After.Dec())
	}
	huge := vpool.NewAmount(1)
	huge.Lsh(&huge, vpool.MaxBits)
	for name, p := range map[string]pac.Problem{
		"amount": {Owners: []pac.Owner{{Minted: huge, Points: 1}}, Mode: pac.Minimal},
		"total":  {Owners: owners(1, 1), Mode: pac.Minimal, Total: huge},
		"first":  {Owners: owners(0, 1), Mode: pac.Minimal, Initial: huge},
		"mode":   {Owners: owners(1, 1)},
	} {
		if _, err := p.Solve(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func anyProblem(t *rapid.T) pac.Problem {
	p := pac.Problem{Mode: pac.Minimal, Initial: vpool.NewAmount(rapid.Uint64Range(0, 1<<40).Draw(t, "initial"))}
	if rapid.Bool().Draw(t, "published") {
		p.Mode = pac.Published
	}
	if rapid.Bool().Draw(t, "bounded") {
		p.GrowthPPM = 100_000
	}
	top := rapid.SampledFrom([]uint64{3, 1000, 1 << 40}).Draw(t, "scale")
	for range rapid.IntRange(0, 8).Draw(t, "owners") {
		p.Owners = append(p.Owners, pac.Owner{
			Minted: vpool.NewAmount(rapid.Uint64Range(0, top).Draw(t, "minted")),
			Points: rapid.Uint64Range(0, top).Draw(t, "points"),
		})
	}
	return p
}

// Goal: the calculator reads what people write and answers in exact decimals.
// Method: the worked example as lines and as JSON, in both modes.
func TestCalculate(t *testing.T) {
	for _, text := range []string{
		"mode published\nalice 60 55\nbob 40 45 # comment\n",
		`{"mode":"published","owners":[{"owner":"alice","minted":"60","points":55},{"owner":"bob","minted":40,"points":"45","linked":true}]}`,
	} {
		r, err := pac.Calculate([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		const want = `{"mode":"published","total_before":"100","total_after":"133.333333334","minted":"33.333333334","owners":[` +
			`{"owner":"alice","before":"60","extra":"13.333333334","after":"73.333333334","share":"0.55"},` +
			`{"owner":"bob","before":"40","extra":"20","after":"60","share":"0.449999999"}],"escrow":"0"}`
		if string(b) != want {
			t.Errorf("%s\n got %s\nwant %s", text, b, want)
		}
	}
	r, err := pac.Calculate([]byte("alice 60 55\nbob 40 45"))
	if err != nil || r.Mode != "minimal" || r.TotalAfter != "109.09090909" && r.TotalAfter != "109.090909091" {
		t.Errorf("%+v %v", r, err)
	}
}

// Goal: who is linked to no account keeps its share in escrow; or, where only
// claimed shares count, has no target; and where nobody is linked nothing is
// minted. Method: one problem under the three.
func TestAG3_EscrowForTheUnlinked(t *testing.T) {
	for _, c := range []struct{ text, extra, escrow string }{
		{"initial 100\nalice 0 3\nbob 0 1 unlinked", "75 25", "25"},
		{"initial 100\ntarget claimed\nalice 0 3\nbob 0 1 unlinked", "100 0", "0"},
		{"initial 100\nalice 0 3 unlinked\nbob 0 1 unlinked", "0 0", "0"},
	} {
		r, err := pac.Calculate([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Owners[0].Extra + " " + r.Owners[1].Extra; got != c.extra || r.Escrow != c.escrow {
			t.Errorf("%q: %s, escrow %s", c.text, got, r.Escrow)
		}
	}
}

// Goal: what cannot be read is refused with one line that says where. Method: a
// list of mistakes.
func TestCalculateRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"mode weird\na 1 1":  "mode",
		"a 1":                "line 1",
		"a 1 1\na 2 2":       "owner 2 (a)",
		"a x 1":              "owner 1 (a): minted",
		"a 1 1.0000001":      "owner 1 (a): points",
		"a -1 1":             "minted",
		"growth 2\na 1 1":    "growth",
		"target some\na 1 1": "target",
		"total 50\na 60 1":   "too small",
		`{"owner":[]}`:       "unknown field",
		`{} {}`:              "follows",
	} {
		_, err := pac.Calculate([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func FuzzCalculate(f *testing.F) {
	f.Add([]byte("mode published\nalice 60 55\nbob 40 45"))
	f.Add([]byte(`{"owners":[{"owner":"a","minted":"1","points":2}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := pac.Calculate(b)
		if err == nil && r.Mode == "" {
			t.Fatal("an answer without a mode")
		}
	})
}

func ExampleProblem_Solve() {
	s, _ := pac.Problem{
		Mode: pac.Minimal,
		Owners: []pac.Owner{
			{Minted: vpool.NewAmount(60_000_000), Points: 55},
			{Minted: vpool.NewAmount(40_000_000), Points: 45},
		},
	}.Solve()
	fmt.Println(s.Before.Dec(), s.After.Dec(), s.Extra[0].Dec(), s.Extra[1].Dec())
	// Output: 100000000 109090910 1 9090909
}
