package attack

import (
	"fmt"
	"math"

	"probity/vpool"
)

// captureAttack buys REP with fees that the attacker pays to itself.
var captureAttack = &Attack{
	Name:  "capture",
	Title: "Buy the chain with fees paid to oneself",
	Claim: "Without burn and cap a share f of all REP costs g₀·[(1−f)^(−1/c2) − 1] gross and, at c2 = ½, 2·g₀·f/(1−f) net; " +
		"burning fees makes it dearer, the yearly cap makes it slow, and producers drawn by weight make it worth nothing on average.",
	Source: "spec pools §4, spec economy §4",
	Options: []Option{
		{"share", "0.3333333,0.5,0.6666667", "shares of all REP that are bought"},
		{"steps", "2000", "payments for each g₀, the supply at the start"},
		{"runs", "400", "chains with drawn producers"},
		{"seed", "1", "the seed of all chance"},
	},
	Run: runCapture,
}

// captureStart is g₀ in base units: a million REP.
const captureStart = 1_000_000 * vpool.Unit

// buyer is a chain on which an attacker buys REP. Everyone polices in
// proportion to REP, the mint ratio is 1, all fees are the attacker's, and the
// salary pays to holders of REP what is not burned.
//
// A fee dF mints dS = dF. The poster has c2·dS and the rest goes to all by REP,
// so the others gain dH = (1−c2)·(H/S)·dS and H/S = (S/g₀)^(−c2), the curve of
// the claim. Of each fee f returns as salary: the net cost is ∫(1−f) dS.
type buyer struct {
	terms           vpool.MintTerms
	c2, burn        uint32
	attacker, other vpool.Amount
	salary          vpool.Salary
	gross, returned vpool.Amount
	payments        int64
}

func newBuyer(burn uint32) *buyer {
	return &buyer{
		terms: vpool.MintTerms{RatioPPM: vpool.Million}, c2: posterPPM, burn: burn, other: vpool.NewAmount(captureStart),
	}
}

// pay runs one fee through the money and the pool of a block, in the order of
// the protocol: salary by the supply before settlement, then settlement. The
// poster's part goes to the attacker, or to the others where it is not drawn.
func (b *buyer) pay(fee vpool.Amount, poster bool) error {
	division, err := vpool.Income{Fees: fee, BurnPPM: b.burn}.Split()
	if err != nil {
		return err
	}
	supply, start := grown(b.attacker, b.other), b.salary.Index
	if b.salary, err = b.salary.Accrue(division.Salary, supply); err != nil {
		return err
	}
	var back vpool.Amount
	if b.salary, back, err = b.salary.Claim(b.attacker, start); err != nil {
		return err
	}
	if b.salary, _, err = b.salary.Claim(b.other, start); err != nil {
		return err
	}
	b.terms.Supply = supply
	s, err := vpool.Executive{
		Outcome: vpool.Valid, Base: vpool.Roster, PosterPPM: b.c2, Minted: b.terms.Mint(fee, vpool.Amount{}),
		Weight:    supply.Uint64(), // weights in base units: finer than whole REP
		Approvers: []vpool.Vote{{Weight: b.attacker.Uint64()}, {Weight: b.other.Uint64()}},
	}.Settle()
	if err != nil {
		return err
	}
	b.attacker, b.other = grown(b.attacker, s.Approvers[0].Minted), grown(b.other, s.Approvers[1].Minted)
	if poster {
		b.attacker = grown(b.attacker, s.Producer)
	} else {
		b.other = grown(b.other, s.Producer)
	}
	b.gross, b.returned = grown(b.gross, fee), grown(b.returned, back)
	b.payments++
	return nil
}

func (b *buyer) share() float64 {
	return b.attacker.Float64() / (b.attacker.Float64() + b.other.Float64())
}

// cost is what was paid, and what of it did not return, in g₀.
func (b *buyer) cost() (gross, net float64) {
	return b.gross.Float64() / captureStart, (b.gross.Float64() - b.returned.Float64()) / captureStart
}

// until pays fees of one size until a share is reached.
func (b *buyer) until(share float64, fee vpool.Amount) error {
	for b.share() < share {
		if err := b.pay(fee, true); err != nil {
			return err
		}
	}
	return nil
}

// curve is what a share costs by the closed form at c2 = ½, in g₀.
func curve(f float64) (gross, net float64) {
	return math.Pow(1-f, -1/0.5) - 1, 2 * f / (1 - f)
}

// captureTolerance is relative: payments are of finite size.
const captureTolerance = 0.01

func runCapture(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	shares, steps := r.fractions("share", 0, 0.9), r.integer("steps", 100, 1e6)
	runs, seed := r.integer("runs", 20, 1e6), uint64(r.integer("seed", 0, 1<<62))
	if r.err != nil {
		return nil, r.err
	}
	out := &Result{}
	fee := vpool.NewAmount(captureStart / uint64(steps))
	cost := Plot{
		Title: "net cost of a share of all REP", X: Axis{Label: "share of all REP", Unit: "%"}, Y: Axis{Label: "g₀"},
	}
	all := int64(len(shares)) + 1
	for i, f := range shares {
		if err := captureRows(out, &cost, f, fee); err != nil {
			return nil, err
		}
		tell(int64(i)+1, all)
	}
	law := Series{Name: "law without burn, 2·f/(1−f)", Line: true}
	for f := 0.0; f < 0.7; f += 0.05 {
		_, net := curve(f)
		law.Points = append(law.Points, Point{X: f, Y: net})
	}
	cost.Series = append(cost.Series, law)
	row, err := drawnProducers(runs, seed, false)
	if err != nil {
		return nil, err
	}
	out.Rows = append(out.Rows, row)
	tell(all, all)
	out.Plots = []Plot{cost}
	out.Notes = []string{
		"The curve lets the attacker be the poster of every fee, as if it produced every block. On the chain the producer is drawn by weight: fees then mint for everyone in proportion, and a share stays what it was on average.",
		fmt.Sprintf("Costs are in g₀, the supply at the start, at a mint ratio of 1; the burn is %d ppm of fees, the cap %d ppm a year.", burnPPM, yearCapPPM),
	}
	return out, nil
}

// captureRows buys one share on the plain chain, with burn, and under the cap.
func captureRows(out *Result, cost *Plot, f float64, fee vpool.Amount) error {
	params := map[string]any{"share": f, "c2": 0.5}
	gross, net := curve(f)
	plain, burning := newBuyer(0), newBuyer(burnPPM)
	for _, b := range []*buyer{plain, burning} {
		if err := b.until(f, fee); err != nil {
			return err
		}
	}
	g, n := plain.cost()
	_, burned := burning.cost()
	out.Rows = append(out.Rows,
		near("gross cost", params, gross, g, captureTolerance*gross).in("g₀").of(plain.payments),
		near("net cost", params, net, n, captureTolerance*net).in("g₀").of(plain.payments),
		near("net cost with burn", params, gross-(gross-net)/2, burned, captureTolerance*gross).in("g₀").of(burning.payments))
	add(cost, "without burn", Point{X: f, Y: n})
	add(cost, "with burn", Point{X: f, Y: burned})
	// Patiently: each pool pays what the cap of its moment mints, 50 pools a year.
	patient := newBuyer(burnPPM)
	patient.terms.YearCapPPM, patient.terms.IntervalMs = yearCapPPM, vpool.YearMs/50
	for patient.share() < f {
		patient.terms.Supply = grown(patient.attacker, patient.other)
		if err := patient.pay(patient.terms.Caps().Blocks, true); err != nil {
			return err
		}
	}
	least := math.Log(1/(1-f)) / 0.5 / (yearCapPPM / 1e6)
	years := float64(patient.payments) / 50
	out.Rows = append(out.Rows, compared(AtLeast, "time under the cap", params, 0.99*least, years).in("years").of(patient.payments))
	return nil
}

// The chain with drawn producers: the attacker starts with a part and pays half
// of g₀ in fees.
const (
	drawnStart    = 0.05
	drawnPayments = 500
)

// drawnProducers measures the share that remains where the poster of each
// block is drawn by weight. With favoured the attacker always is: the rule that
// the check must see through.
func drawnProducers(runs int64, seed uint64, favoured bool) (Row, error) {
	chance := chance("producers", seed)
	var share moments
	for range runs {
		b := newBuyer(burnPPM)
		b.attacker = vpool.NewAmount(uint64(drawnStart * captureStart))
		b.other = vpool.NewAmount(captureStart - uint64(drawnStart*captureStart))
		for range drawnPayments {
			if err := b.pay(vpool.NewAmount(captureStart/(2*drawnPayments)), favoured || chance.Float64() < b.share()); err != nil {
				return Row{}, err
			}
		}
		share.add(b.share())
	}
	return insideMean("share after paying g₀/2 where producers are drawn", map[string]any{"start": drawnStart}, drawnStart, share), nil
}
