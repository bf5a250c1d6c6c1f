package report

import (
	"cmp"
	"fmt"
	"slices"

	"probity/chain/types"
	"probity/sim"
	"probity/sim/attack"
)

// Campaign is what a page shows: results in the forms in which the commands of
// the simulator print them. Every part may be missing.
type Campaign struct {
	Stamp    Stamp
	Inputs   []Input
	Attacks  []*attack.Result
	Swarms   []*sim.Report
	Mutants  []*Mutants
	Crashes  []*Crashes
	Culprits []*Culprits
	Kills    []*Kills
	Speeds   []*sim.Speed
}

// Stamp says how the results came about, for whoever wants them again. An empty
// field is left out.
type Stamp struct {
	Title    string // "" is a title of the page's own
	Command  string // that made the page
	Software string // version of the program
	Protocol uint32 // version of the protocol; 0: not told
	Date     string // as it shall be shown
}

// Input is a file that results were read from.
type Input struct {
	Name   string
	Kind   string // what it holds, as the page names it
	Digest string // SHA-256, hex
}

// Mutants is what sim mutants prints.
type Mutants struct {
	Mutants []*sim.Catch `json:"mutants"`
}

// Crashes is what sim crashpoints prints: one entry for each view.
type Crashes struct {
	Views []*sim.CrashReport `json:"views"`
}

// Culprits is what sim culprits prints: one entry for each world and seed.
type Culprits struct {
	Worlds []*sim.Verdict `json:"worlds"`
}

// Kills is what testnet --kills prints of real processes that were killed.
type Kills struct {
	Nodes       int          `json:"nodes"`
	Kills       int          `json:"kills"`
	Restarts    int          `json:"restarts"`
	Height      types.Height `json:"height"`
	Forks       int          `json:"forks"`
	Lost        int          `json:"lost"`
	DoubleVotes int          `json:"double_votes"`
	CaughtUp    bool         `json:"caught_up"`
	Seed        uint64       `json:"seed"`
}

// Verdict is what became of a claim.
type Verdict int

// The verdicts. Reported: figures were measured and nothing was claimed of them.
const (
	Reported Verdict = iota
	Held
	Failed
)

// Claim is one claim of the campaign with its verdict.
type Claim struct {
	Subject string  `json:"subject"` // the attack or the command
	Text    string  `json:"claim"`
	Source  string  `json:"source,omitempty"` // where it is claimed
	Anchor  string  `json:"anchor"`           // the section of the page
	Checks  int     `json:"checks"`           // figures that were held against it
	Failed  int     `json:"failed"`           // of them
	First   string  `json:"first,omitempty"`  // the first of those
	Verdict Verdict `json:"verdict"`
}

// settle gives the claim its verdict by its checks.
func (c Claim) settle() Claim {
	switch {
	case c.Failed > 0:
		c.Verdict = Failed
	case c.Checks > 0:
		c.Verdict = Held
	}
	return c
}

// miss counts a check, and what was wrong where it was not ok.
func (c *Claim) miss(ok bool, format string, args ...any) {
	c.Checks++
	if !ok {
		if c.Failed == 0 {
			c.First = fmt.Sprintf(format, args...)
		}
		c.Failed++
	}
}

// order sorts attacks as their table lists them, those that it does not know
// last, and leaves runs of one attack in the order in which they came.
func (c *Campaign) order() {
	place := map[string]int{}
	for i, a := range attack.All {
		place[a.Name] = i + 1 - len(attack.All)
	}
	slices.SortStableFunc(c.Attacks, func(a, b *attack.Result) int {
		x, known := place[a.Attack]
		y, also := place[b.Attack]
		if !known && !also {
			return cmp.Compare(a.Attack, b.Attack)
		}
		return cmp.Compare(placed(x, known), placed(y, also))
	})
}

// placed puts what is unknown behind everything known.
func placed(x int, known bool) int {
	if known {
		return x
	}
	return 1
}

// Claims are the claims of the campaign in the order of the page's sections.
func (c *Campaign) Claims() []Claim {
	c.order()
	var out []Claim
	anchors := c.anchors()
	for i, r := range c.Attacks {
		out = append(out, attackClaim(r, anchors[i]))
	}
	add := func(n int, claim func() Claim) {
		if n > 0 {
			out = append(out, claim().settle())
		}
	}
	add(len(c.Swarms), c.swarmClaim)
	add(len(c.Mutants), c.mutantsClaim)
	add(len(c.Crashes), c.crashClaim)
	add(len(c.Kills), c.killsClaim)
	add(len(c.Culprits), c.culpritsClaim)
	return out
}

// anchors name the sections of the attacks, each differently.
func (c *Campaign) anchors() []string {
	out, seen := make([]string, len(c.Attacks)), map[string]int{}
	for i, r := range c.Attacks {
		name := "attack-" + plain(r.Attack)
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s-run-%d", name, seen[name])
		}
		out[i] = name
	}
	return out
}

// plain is a name of letters and digits, fit for an anchor.
func plain(text string) string {
	out := []rune{}
	for _, r := range text {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			out = append(out, r)
		} else if len(out) > 0 && out[len(out)-1] != '-' {
			out = append(out, '-')
		}
	}
	return string(out)
}

// attackClaim judges an attack by its rows, and by its own word where that is
// worse.
func attackClaim(r *attack.Result, anchor string) Claim {
	c := Claim{Subject: r.Attack, Text: r.Claim, Anchor: anchor}
	if a := attack.Find(r.Attack); a != nil {
		c.Source = a.Source
	}
	for _, row := range r.Rows {
		if row.Rule != attack.Reported || !row.OK {
			c.miss(row.OK, "%s: measured %s, expected %s", labelled(row), quantity(row.Measured, row.Unit), expected(row).Text)
		}
	}
	if !r.Holds && c.Failed == 0 {
		c.miss(false, "the attack itself says so, and names no figure")
	}
	return c.settle()
}

// labelled is a row's label with its short parameters.
func labelled(r attack.Row) string {
	if short, _ := params(r); short != "" {
		return r.Label + " (" + short + ")"
	}
	return r.Label
}

// Failures counts the claims that did not hold.
func Failures(claims []Claim) (n int) {
	for _, c := range claims {
		if c.Verdict == Failed {
			n++
		}
	}
	return n
}
