package vpool

import (
	"errors"
	"fmt"
)

// Calculation is the input of `probity sim pool`, as a person writes it: REP
// and ratios are decimal numbers in text. Each field is the flag of its JSON
// name.
type Calculation struct {
	For          []string `json:"for"`          // stakes for, REP
	Against      []string `json:"against"`      // stakes against, REP
	Mint         string   `json:"mint"`         // REP the subject mints if it passes
	C2           string   `json:"c2"`           // the poster's part of the mint
	Binding      string   `json:"binding"`      // the part of a losing stake that is lost
	Base         string   `json:"base"`         // included or roster
	Whole        string   `json:"whole"`        // with roster: all that could be staked; "" = all that was
	Includer     string   `json:"includer"`     // of the mint's other part, for including votes
	Redistribute bool     `json:"redistribute"` // losing stakes go to the winners; otherwise they burn
}

// DefaultCalculation has the defaults of the flags: a pool without stakes,
// c2 = ½, fully binding, redistributing, divided by the included stakes.
func DefaultCalculation() Calculation {
	return Calculation{
		Mint: "0", C2: "0.5", Binding: "1", Base: "included", Includer: "0", Redistribute: true,
	}
}

// Result is the answer: the change of each owner's REP, in the order of the
// stakes, as signed decimal text exact to 10⁻⁹. Poster, for, against,
// includers, burned and remainder add up to the mint.
type Result struct {
	Outcome   string   `json:"outcome"` // accepted or rejected
	Poster    string   `json:"poster"`
	For       []string `json:"for"`
	Against   []string `json:"against"`
	Includers string   `json:"includers,omitempty"` // only where an includer's part was asked for
	Burned    string   `json:"burned"`
	Remainder string   `json:"remainder"` // of the mint: not minted
}

// Run computes the pool. An error is one line: the flag, what it holds, and
// what to write instead.
func (c Calculation) Run() (Result, error) {
	p, err := c.pool()
	if err != nil {
		return Result{}, err
	}
	out, err := p.Settle()
	if errors.Is(err, ErrWeights) {
		return Result{}, fmt.Errorf("--whole %s: less than the sum of the stakes: give at least that, or leave it out", c.Whole)
	}
	if err != nil {
		return Result{}, err
	}
	r := Result{
		Outcome:   "rejected",
		Poster:    FormatREP(out.Poster),
		For:       changes(out.For),
		Against:   changes(out.Against),
		Burned:    FormatREP(out.Burned),
		Remainder: FormatREP(out.Unminted),
	}
	if out.Accepted {
		r.Outcome = "accepted"
	}
	if p.IncluderPPM > 0 {
		r.Includers = FormatREP(out.Includers)
	}
	return r, nil
}

// pool reads the text. The pool passes above one half of what is staked.
func (c Calculation) pool() (Pool, error) {
	p := Pool{WinPPM: Million / 2, Redistribute: c.Redistribute}
	var r reader
	p.For = r.list("--for", c.For)
	p.Against = r.list("--against", c.Against)
	p.Minted = r.rep("--mint", c.Mint)
	p.PosterPPM = r.ratio("--c2", c.C2)
	p.BindingPPM = r.ratio("--binding", c.Binding)
	p.IncluderPPM = r.ratio("--includer", c.Includer)
	if c.Whole != "" {
		p.Whole = r.rep("--whole", c.Whole)
	}
	switch c.Base {
	case "included":
		p.Base = Included
	case "roster":
		p.Base = Roster
	default:
		r.fail("--base", fmt.Errorf("%q is unknown: write included or roster", clip(c.Base)))
	}
	return p, r.err
}

// reader reads flags and keeps the first error, with the flag's name.
type reader struct{ err error }

func (r *reader) fail(flag string, err error) {
	if r.err == nil && err != nil {
		r.err = fmt.Errorf("%s: %w", flag, err)
	}
}

func (r *reader) rep(flag, text string) Amount {
	a, err := ParseREP(text)
	r.fail(flag, err)
	return a
}

func (r *reader) list(flag string, texts []string) []Amount {
	out := make([]Amount, len(texts))
	for i, text := range texts {
		out[i] = r.rep(fmt.Sprintf("%s, number %d", flag, i+1), text)
	}
	return out
}

func (r *reader) ratio(flag, text string) uint32 {
	ppm, err := ParseRatio(text)
	r.fail(flag, err)
	return ppm
}

// changes writes Minted + Won − Lost of every payout.
func changes(payouts []Payout) []string {
	out := make([]string, len(payouts))
	for i, p := range payouts {
		gain := add(p.Minted, p.Won)
		if gain.Lt(&p.Lost) {
			out[i] = "-" + FormatREP(sub(p.Lost, gain))
		} else {
			out[i] = FormatREP(sub(gain, p.Lost))
		}
	}
	return out
}
