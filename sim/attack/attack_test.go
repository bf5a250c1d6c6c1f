package attack

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"probity/chain/route/bank"
	"probity/chain/route/params"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
)

// start measures an attack in a test.
func start(t testing.TB, a *Attack, given Args) *Result {
	t.Helper()
	r, err := a.Start(given, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// wrong lists the rows of a result that are not ok.
func wrong(r *Result) (out []string) {
	for _, row := range r.Rows {
		if !row.OK {
			out = append(out, fmt.Sprintf("%s %v: %v, expected %v, between %v and %v", row.Label, row.Params, row.Measured, row.Expected, row.Low, row.High))
		}
	}
	return out
}

// small are options under which every computed attack is done in a second.
var small = map[string]Args{
	"grind":        {"alpha": "0.1,0.3", "draws": "20000", "real": "64", "scheme": "recoverable,hashed,everyone-reveals,randao32,unrecovered"},
	"capture":      {"steps": "500", "runs": "100"},
	"votegames":    {"pools": "2000"},
	"lazyapproval": {"blocks": "100000"},
	"longcon":      {"runs": "100"},
	"lawcapture":   {"turnout": "0.1,1", "voters": "3", "puppets": "8", "grain": "10000"},
	"citations":    {"accounts": "2,5", "rounds": "2"},
	"negatives":    {"bombers": "1,3", "fees": "50,200"},
	"jury":         {"bribed": "0.3", "draws": "5000", "jurors": "80", "cases": "16"},
	"crowd":        {"posts": "150", "proposals": "20"},
	"rogueteam":    {"share": "0.33", "members": "3"},
	"disband":      {"attempts": "2", "veto": "0.5"},
	"election":     {"voters": "520", "flips": "1"},
	"collusion":    {"seats": "3,9", "tasks": "1"},
	"gaming":       {"lines": "50", "churns": "4", "intervals": "2"},
}

// Goal: every computed attack of the table holds, and is a function of its
// options. Method: each twice with small numbers; the JSON must be equal.
func TestClaimsHold(t *testing.T) {
	for _, a := range All {
		if a.Run == nil {
			continue
		}
		t.Run(a.Name, func(t *testing.T) {
			one := start(t, a, small[a.Name])
			for _, w := range wrong(one) {
				t.Error(w)
			}
			if !one.Holds {
				t.Error("the claim does not hold")
			}
			first, err := json.Marshal(one)
			if err != nil {
				t.Fatal(err)
			}
			second, err := json.Marshal(start(t, a, small[a.Name]))
			if err != nil {
				t.Fatal(err)
			}
			if string(first) != string(second) {
				t.Error("two runs with the same options differ")
			}
		})
	}
}

// Goal: the table is complete enough to be a table of contents. Method: names
// are single words and unique, and every attack says what it claims and where.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range All {
		if seen[a.Name] || a.Name != strings.ToLower(a.Name) || strings.ContainsAny(a.Name, " _") {
			t.Errorf("name %q", a.Name)
		}
		seen[a.Name] = true
		if a.Title == "" || a.Claim == "" || a.Source == "" || (a.Run == nil) == (a.Play == nil) {
			t.Errorf("%s is incomplete", a.Name)
		}
		for _, o := range a.Options {
			if o.Name == "" || o.Help == "" {
				t.Errorf("%s: option %q has no help", a.Name, o.Name)
			}
		}
		if Find(a.Name) != a {
			t.Errorf("%s is not found", a.Name)
		}
	}
	if Find("nothing") != nil {
		t.Error("found what there is not")
	}
}

// Goal: an option that cannot be used is refused in one line that names it.
// Method: one value of each kind.
func TestRefusesOptions(t *testing.T) {
	for _, c := range []struct {
		given Args
		want  string
	}{
		{Args{"alfa": "0.1"}, "--alfa: unknown: grind takes --alpha, --scheme"},
		{Args{"alpha": "0.6"}, `--alpha: "0.6" is not a number between 0 and 0.5`},
		{Args{"alpha": "x"}, `--alpha: "x" is not a number`},
		{Args{"alpha": ""}, "--alpha: empty"},
		{Args{"alpha": "NaN"}, `--alpha: "NaN" is not a number`},
		{Args{"alpha": "0.0000001"}, "--alpha: 1e-07 is below the millionth"},
		{Args{"scheme": "randao"}, `--scheme: "randao" is unknown: write recoverable, hashed`},
		{Args{"draws": "10"}, `--draws: "10" is not a whole number from 1000`},
		{Args{"draws": "1.5"}, `--draws: "1.5" is not a whole number`},
		{Args{"lead": "64"}, "--lead: 64 is not below the 64 views"},
	} {
		_, err := grindAttack.Start(c.given, nil)
		if !errors.Is(err, ErrOption) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v: %v, want %s", c.given, err, c.want)
		}
	}
	if n := parseInteger("1e6"); n != 1_000_000 {
		t.Errorf("1e6 reads as %d", n)
	}
}

// Goal: the attacks reckon with the parameters of the chain. Method: compare
// with the defaults of the routes.
func TestDefaults(t *testing.T) {
	for _, c := range []struct {
		name       string
		have, want uint64
	}{
		{"pool.stake_ppm", stakePPM, pool.StakePPM.Default},
		{"pool.poster_ppm", posterPPM, pool.PosterPPM.Default},
		{"pool.includer_ppm", includerPPM, pool.IncluderPPM.Default},
		{"pool.entry_ppm", entryPPM, pool.EntryPPM.Default},
		{"fees.burn_ppm", burnPPM, bank.BurnPPM.Default},
		{"reward.block", rewardBlock, bank.BlockReward.Default},
		{"rep.year_cap_ppm", yearCapPPM, rep.YearCap.Default},
		{"block.interval", intervalMs, params.BlockInterval.Default},
	} {
		if c.have != c.want {
			t.Errorf("%s: %d, the chain has %d", c.name, c.have, c.want)
		}
	}
}

// Goal: a plot is readable without colour at any width. Method: a transcript of
// pictures.
func TestPlotText(t *testing.T) {
	datadriven.RunTest(t, "testdata/plot.txt", func(t *testing.T, d *datadriven.TestData) string {
		width := 60
		d.MaybeScanArgs(t, "width", &width)
		var p Plot
		if err := json.Unmarshal([]byte(d.Input), &p); err != nil {
			d.Fatalf(t, "%v", err)
		}
		text := p.Text(width)
		for _, line := range strings.Split(text, "\n") {
			if n := len([]rune(line)); n > max(width, plotLeast) && !strings.Contains(p.Title, line) {
				d.Fatalf(t, "line of %d columns: %s", n, line)
			}
		}
		return strings.ReplaceAll(text, " \n", "\n")
	})
}
