package pac

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"probity/vpool"
)

// Calculation is the input of `probity contrib pac`, as a person writes it:
// tokens are decimal numbers with at most nine decimals, points with at most
// six; both in text or bare.
type Calculation struct {
	Mode    string      `json:"mode"`    // minimal (default) or published
	Target  string      `json:"target"`  // total (default): unlinked owners count and their tokens wait; claimed: they do not count
	Total   json.Number `json:"total"`   // T′, where it is to be another than the mode's
	Initial json.Number `json:"initial"` // T′ of a first run
	Growth  json.Number `json:"growth"`  // most that is minted, as a part of what there is: 0.1; left out: no bound
	Owners  []Line      `json:"owners"`  // in order: ties go to the first
}

// Line is an owner of a Calculation.
type Line struct {
	Owner  string      `json:"owner"`
	Minted json.Number `json:"minted"` // tokens ever minted to it, whoever has them now
	Points json.Number `json:"points"` // of contribution; 0 or left out: no target
	Linked *bool       `json:"linked"` // to an account; left out: yes
}

// Result is the answer. Total before and after are of all owners, also those
// without a target; share is the part of the total after that an owner's minted
// tokens are, as a number from 0 to 1 rounded down to nine decimals.
type Result struct {
	Mode        string  `json:"mode"`
	TotalBefore string  `json:"total_before"`
	TotalAfter  string  `json:"total_after"`
	Minted      string  `json:"minted"`
	Owners      []Share `json:"owners"`
	Escrow      string  `json:"escrow"` // of the minted: for owners that are linked to no account
}

// Share is an owner's part of a Result.
type Share struct {
	Owner  string `json:"owner"`
	Before string `json:"before"`
	Extra  string `json:"extra"`
	After  string `json:"after"`
	Share  string `json:"share"`
}

// Calculate reads a calculation and computes it. The text is a JSON object
// (Calculation), or lines of an owner, its minted tokens and its points:
//
//	# comments, and settings: mode, target, total, initial, growth
//	mode published
//	alice 60 55
//	bob   40 45
//
// An owner line that ends in "unlinked" is of nobody's account yet. Errors wrap
// ErrInput, ErrTarget or ErrAmount and are one line.
func Calculate(text []byte) (Result, error) {
	c, err := Read(text)
	if err != nil {
		return Result{}, err
	}
	return c.Run()
}

// Read reads a calculation without computing it.
func Read(text []byte) (Calculation, error) {
	trimmed := bytes.TrimSpace(text)
	if len(trimmed) == 0 || trimmed[0] != '{' {
		return readLines(string(text))
	}
	var c Calculation
	d := json.NewDecoder(bytes.NewReader(trimmed))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, fmt.Errorf("%w: %w: want an object of mode, target, total, initial, growth and owners [{owner, minted, points, linked}]", ErrInput, err)
	}
	if d.More() {
		return c, fmt.Errorf("%w: something follows the object", ErrInput)
	}
	return c, nil
}

// readLines reads the form of lines.
func readLines(text string) (c Calculation, err error) {
	for n, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case len(f) == 2 && c.set(f[0], f[1]):
		case len(f) == 3 || len(f) == 4 && f[3] == "unlinked":
			linked := len(f) == 3
			c.Owners = append(c.Owners, Line{Owner: f[0], Minted: json.Number(f[1]), Points: json.Number(f[2]), Linked: &linked})
		default:
			return c, fmt.Errorf("%w: line %d: want `owner minted points [unlinked]`, or a setting with its value", ErrInput, n+1)
		}
	}
	return c, nil
}

// set takes a setting by name.
func (c *Calculation) set(name, value string) bool {
	switch name {
	case "mode":
		c.Mode = value
	case "target":
		c.Target = value
	case "total":
		c.Total = json.Number(value)
	case "initial":
		c.Initial = json.Number(value)
	case "growth":
		c.Growth = json.Number(value)
	default:
		return false
	}
	return true
}

// Run computes the calculation.
func (c Calculation) Run() (Result, error) {
	p, err := c.problem()
	if err != nil {
		return Result{}, err
	}
	s, err := p.Solve()
	if err != nil {
		return Result{}, err
	}
	r := Result{Mode: "minimal", Owners: make([]Share, len(p.Owners))}
	if p.Mode == Published {
		r.Mode = "published"
	}
	var all, before, escrow vpool.Amount
	before.Add(&s.Before, &s.Beside)
	all.Add(&s.After, &s.Beside)
	for i, o := range p.Owners {
		var after vpool.Amount
		after.Add(&o.Minted, &s.Extra[i])
		share := "0"
		if !all.IsZero() {
			share = vpool.FormatREP(vpool.ShareDown(vpool.NewAmount(vpool.Unit), after, all))
		}
		if !c.Owners[i].linked() {
			escrow.Add(&escrow, &s.Extra[i])
		}
		r.Owners[i] = Share{
			Owner: c.Owners[i].Owner, Before: vpool.FormatREP(o.Minted), Extra: vpool.FormatREP(s.Extra[i]),
			After: vpool.FormatREP(after), Share: share,
		}
	}
	r.TotalBefore, r.TotalAfter = vpool.FormatREP(before), vpool.FormatREP(all)
	r.Minted, r.Escrow = vpool.FormatREP(s.Minted), vpool.FormatREP(escrow)
	return r, nil
}

func (l *Line) linked() bool { return l.Linked == nil || *l.Linked }

// problem reads the text. Where nobody is linked nobody has a target.
func (c Calculation) problem() (p Problem, err error) {
	switch c.Mode {
	case "", "minimal":
		p.Mode = Minimal
	case "published":
		p.Mode = Published
	default:
		return p, fmt.Errorf("%w: mode %.40q: write minimal or published", ErrInput, c.Mode)
	}
	if c.Target != "" && c.Target != "total" && c.Target != "claimed" {
		return p, fmt.Errorf("%w: target %.40q: write total or claimed", ErrInput, c.Target)
	}
	tokens := func(where string, n json.Number) (a vpool.Amount) {
		if n == "" || err != nil {
			return a
		}
		if a, err = vpool.ParseREP(string(n)); err != nil {
			err = fmt.Errorf("%w: %s: %w", ErrInput, where, err)
		}
		return a
	}
	p.Total, p.Initial = tokens("total", c.Total), tokens("initial", c.Initial)
	if c.Growth != "" {
		var bad error
		if p.GrowthPPM, bad = vpool.ParseRatio(string(c.Growth)); bad != nil || p.GrowthPPM == 0 {
			return p, fmt.Errorf("%w: growth %.40q: write a part above 0 such as 0.1, or leave it out", ErrInput, c.Growth)
		}
	}
	anybody := false
	for i := range c.Owners {
		anybody = anybody || c.Owners[i].linked()
	}
	seen := map[string]bool{}
	for i := range c.Owners {
		l, where := &c.Owners[i], fmt.Sprintf("owner %d (%.40s)", i+1, c.Owners[i].Owner)
		if l.Owner == "" || seen[l.Owner] {
			return p, fmt.Errorf("%w: %s has no name, or stands twice", ErrInput, where)
		}
		seen[l.Owner] = true
		o := Owner{Minted: tokens(where+": minted", l.Minted)}
		points, bad := micropoints(string(l.Points))
		if bad != nil {
			return p, fmt.Errorf("%w: %s: points: %w", ErrInput, where, bad)
		}
		if anybody && (l.linked() || c.Target != "claimed") {
			o.Points = points
		}
		p.Owners = append(p.Owners, o)
	}
	return p, err
}

// micropoints reads points with at most six decimals.
func micropoints(text string) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	whole, part, _ := strings.Cut(text, ".")
	if len(part) <= 6 {
		if n, err := strconv.ParseUint(whole+part+strings.Repeat("0", 6-len(part)), 10, 64); err == nil {
			return n, nil
		}
	}
	return 0, fmt.Errorf("%.40q: write digits with at most 6 decimals", text)
}
