package vpool_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"probity/vpool"
)

// The worked pool of spec economy §4.5 as `probity sim pool --json` prints
// it, at three binding fractions.
func ExampleCalculation_Run() {
	for _, binding := range []string{"1", "1/2", "0"} {
		c := vpool.DefaultCalculation()
		c.For, c.Against = []string{"300", "100"}, []string{"80"}
		c.Mint, c.Binding = "100", binding
		r, err := c.Run()
		if err != nil {
			panic(err)
		}
		line, _ := json.Marshal(r)
		fmt.Println(string(line))
	}
	// Output:
	// {"outcome":"accepted","poster":"50","for":["97.5","32.5"],"against":["-80"],"burned":"0","remainder":"0"}
	// {"outcome":"accepted","poster":"50","for":["67.5","22.5"],"against":["-40"],"burned":"0","remainder":"0"}
	// {"outcome":"accepted","poster":"50","for":["37.5","12.5"],"against":["0"],"burned":"0","remainder":"0"}
}

// Goal: the calculator's options do what their help says. Method: one pool,
// one option changed at a time, the answer worked out by hand.
func TestCalculation(t *testing.T) {
	base := vpool.DefaultCalculation()
	base.For, base.Against, base.Mint = []string{"300", "100"}, []string{"80"}, "100"
	for _, c := range []struct {
		name string
		set  func(*vpool.Calculation)
		want string
	}{
		{"burn", func(c *vpool.Calculation) { c.Redistribute = false },
			`{"outcome":"accepted","poster":"50","for":["37.5","12.5"],"against":["-80"],"burned":"80","remainder":"0"}`},
		{"roster", func(c *vpool.Calculation) { c.Base = "roster" }, // shares of 480
			`{"outcome":"accepted","poster":"50","for":["81.25","27.083333332"],"against":["-80"],"burned":"13.333333334","remainder":"8.333333334"}`},
		{"roster of 1000", func(c *vpool.Calculation) { c.Base, c.Whole = "roster", "1000" },
			`{"outcome":"accepted","poster":"50","for":["39","13"],"against":["-80"],"burned":"48","remainder":"30"}`},
		{"includer", func(c *vpool.Calculation) { c.Includer = "0.02" },
			`{"outcome":"accepted","poster":"50","for":["96.75","32.25"],"against":["-80"],"includers":"1","burned":"0","remainder":"0"}`},
		{"rejected", func(c *vpool.Calculation) { c.Against = []string{"600", "200"} },
			`{"outcome":"rejected","poster":"0","for":["-300","-100"],"against":["300","100"],"burned":"0","remainder":"100"}`},
		{"rejected and burned", func(c *vpool.Calculation) { c.Against, c.Redistribute = []string{"600"}, false },
			`{"outcome":"rejected","poster":"0","for":["-300","-100"],"against":["0"],"burned":"400","remainder":"100"}`},
		{"tie", func(c *vpool.Calculation) { c.Against = []string{"400"} },
			`{"outcome":"rejected","poster":"0","for":["-300","-100"],"against":["400"],"burned":"0","remainder":"100"}`},
		{"nobody", func(c *vpool.Calculation) { c.For, c.Against = nil, nil },
			`{"outcome":"rejected","poster":"0","for":[],"against":[],"burned":"0","remainder":"100"}`},
		{"dust", func(c *vpool.Calculation) {
			c.For, c.Mint, c.C2 = []string{"0.000000001", "0.000000002"}, "0.000000001", "0"
			c.Against = []string{"0.000000001"}
		}, `{"outcome":"accepted","poster":"0","for":["0","0"],"against":["-0.000000001"],"burned":"0.000000001","remainder":"0.000000001"}`},
	} {
		q := base
		c.set(&q)
		r, err := q.Run()
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got, _ := json.Marshal(r); string(got) != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// Goal: a wrong flag is answered by one line with the flag, its text and the
// fix. Method: one wrong flag at a time.
func TestCalculationErrors(t *testing.T) {
	for _, c := range []struct {
		set  func(*vpool.Calculation)
		want string
	}{
		{func(c *vpool.Calculation) { c.For = []string{"1", "1e3"} }, `--for, number 2: "1e3" is not a number in range: write REP as digits with at most 9 decimals, such as 97.5`},
		{func(c *vpool.Calculation) { c.Against = []string{"-1"} }, `--against, number 1: "-1" is not`},
		{func(c *vpool.Calculation) { c.Mint = "0.0000000001" }, `--mint: "0.0000000001" is not`},
		{func(c *vpool.Calculation) { c.C2 = "1.5" }, `--c2: "1.5" is not a number in range: write a ratio from 0 to 1 with at most 6 decimals, such as 0.5 or 1/2`},
		{func(c *vpool.Calculation) { c.Binding = "" }, `--binding: "" is not`},
		{func(c *vpool.Calculation) { c.Includer = "1/3" }, `--includer: "1/3" is not`},
		{func(c *vpool.Calculation) { c.Base = "half" }, `--base: "half" is unknown: write included or roster`},
		{func(c *vpool.Calculation) { c.Base, c.Whole, c.For = "roster", "9", []string{"10"} }, `--whole 9: less than the sum of the stakes`},
	} {
		q := vpool.DefaultCalculation()
		c.set(&q)
		_, err := q.Run()
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// Goal: ratios are exact or refused. Method: a table.
func TestParseRatio(t *testing.T) {
	for text, want := range map[string]int{
		"0": 0, "1": 1_000_000, "0.5": 500_000, "1/2": 500_000, "0.000001": 1, "3/4": 750_000, "0/7": 0, "2/2": 1_000_000,
		"": -1, "1/3": -1, "2": -1, "1.000001": -1, "0.0000001": -1, "-0.5": -1, ".5": -1, "5.": -1, "1/0": -1, "3/2": -1,
		"1/2/3": -1, "50%": -1, "0,5": -1, "1e-1": -1, "0.5/1": -1, "/": -1,
	} {
		got, err := vpool.ParseRatio(text)
		if want < 0 && err == nil || want >= 0 && (err != nil || int(got) != want) {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
}

// Goal: REP is read and written exactly. Method: any amount survives the round
// trip, and its text has no trailing zeros.
func TestFormatREP(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyAmount().Draw(t, "amount")
		text := vpool.FormatREP(a)
		b, err := vpool.ParseREP(text)
		if err != nil || a != b {
			t.Fatalf("%v → %s → %v, %v", a, text, b, err)
		}
		if strings.Contains(text, ".") && strings.HasSuffix(text, "0") {
			t.Fatalf("trailing zeros: %s", text)
		}
	})
}

// FuzzParseREP: text is refused, or its value written out reads as the same
// value, and equal texts up to zeros are equal values.
func FuzzParseREP(f *testing.F) {
	for _, text := range []string{"0", "97.5", "000.100", "1.0000000000", "9.999999999", ".", "1.", "٣", "1_000", strings.Repeat("9", 90)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := vpool.ParseREP(text)
		if err != nil {
			return
		}
		plain := strings.TrimLeft(text, "0")
		if strings.Contains(plain, ".") {
			plain = strings.TrimSuffix(strings.TrimRight(plain, "0"), ".")
		}
		if plain == "" || plain[0] == '.' {
			plain = "0" + plain
		}
		if got := vpool.FormatREP(a); got != plain {
			t.Fatalf("%q read as %s", text, got)
		}
	})
}
