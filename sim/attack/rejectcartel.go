package attack

import (
	"fmt"

	"probity/consensus/quorum"
	"probity/vpool"
)

// rejectcartelAttack rejects every valid block, to take producers' REP and to
// stop the chain.
var rejectcartelAttack = &Attack{
	Name:  "rejectcartel",
	Title: "Reject every valid block together",
	Claim: "Below one third a cartel only loses: valid blocks settle VALID, each of its votes costs a stake, and no honest REP is taken. " +
		"From one third on it can stop blocks, below two thirds it still takes nothing.",
	Source: "spec pools §3, spec consensus",
	Options: []Option{
		{"share", "0.05,0.10,0.20,0.30,0.34,0.50,0.70", "the cartel's shares of the roster"},
	},
	Run: runRejectcartel,
}

// voting says how a roster of weight W with so much for a block and so much
// against it settles the block's pool.
type voting func(whole, approving, rejecting uint64) vpool.Outcome

// byQuorum is the law: two thirds notarize or reject, else the view is skipped.
func byQuorum(whole, approving, rejecting uint64) vpool.Outcome {
	q := uint64(quorum.Threshold(quorum.Weight(whole)))
	switch {
	case approving >= q:
		return vpool.Valid
	case rejecting >= q:
		return vpool.Invalid
	}
	return vpool.Void
}

// byThird is a rule that lets a third reject: the check must see its harm.
func byThird(whole, approving, rejecting uint64) vpool.Outcome {
	if 3*rejecting >= whole {
		return vpool.Invalid
	}
	return byQuorum(whole, approving, rejecting)
}

// cartelBlock is a valid block under a cartel of a weight: how it settles, and
// what it does to the REP of the cartel, of the honest and of the producer,
// who is honest and has encumbered 1 % of the roster's weight.
type cartelBlock struct {
	outcome                  vpool.Outcome
	cartel, honest, producer float64 // REP
	taken                    bool    // honest REP was
}

func settleCartel(rule voting, cartel uint64) (cartelBlock, error) {
	honest := rosterWeight - cartel
	b := cartelBlock{outcome: rule(rosterWeight, honest, cartel)}
	e := blockPool(b.outcome, votes(honest), votes(cartel))
	e.Encumbered = vpool.NewAmount(rosterWeight / 100 * vpool.Unit)
	s, err := e.Settle()
	if err != nil {
		return b, err
	}
	b.honest, b.cartel = change(s.Approvers[0]), change(s.Rejecters[0])
	b.producer = inREP(s.Producer) - inREP(s.ProducerLost)
	b.taken = !s.Approvers[0].Lost.IsZero() || !s.ProducerLost.IsZero()
	return b, nil
}

// cartelBounds are the least weights at which a rule lets a cartel do harm: stop
// blocks, and take honest REP; found by trying every weight.
func cartelBounds(rule voting) (stops, takes uint64, err error) {
	stops, takes = rosterWeight+1, rosterWeight+1
	for w := uint64(rosterWeight); ; w -= step(w) {
		b, err := settleCartel(rule, w)
		if err != nil {
			return 0, 0, err
		}
		if b.outcome != vpool.Valid {
			stops = w
		}
		if b.taken {
			takes = w
		}
		if w == 0 {
			return stops, takes, nil
		}
	}
}

// step tries every weight near the thirds, and every hundredth elsewhere.
func step(w uint64) uint64 {
	const near = 2000
	for _, third := range []uint64{rosterWeight / 3, 2 * rosterWeight / 3} {
		if w <= third+near && w+near >= third {
			return 1
		}
	}
	return min(w, 100)
}

func runRejectcartel(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	shares := r.fractions("share", 0, 1)
	if r.err != nil {
		return nil, r.err
	}
	out := &Result{}
	if err := claimCartel(out, byQuorum); err != nil {
		return nil, err
	}
	tell(1, 2)
	plot := Plot{
		Title: "what one rejected block does to the REP of each side",
		X:     Axis{Label: "cartel's share of the roster", Unit: "%"}, Y: Axis{Label: "REP"},
	}
	for _, share := range shares {
		w := partOf(share)
		b, err := settleCartel(byQuorum, w)
		if err != nil {
			return nil, err
		}
		params := map[string]any{"share": share, "outcome": outcomeName(b.outcome)}
		if w <= uint64(quorum.Fault(rosterWeight)) {
			out.Rows = append(out.Rows, compared(AtMost, "the cartel's REP, per block", params, 0, b.cartel).in("REP"))
			weekly := float64(vpool.Million) / stakePPM
			out.Rows = append(out.Rows, reported("blocks until a member of the cartel has lost all", params, weekly).in("blocks"))
		} else {
			out.Rows = append(out.Rows, reported("the cartel's REP, per block", params, b.cartel).in("REP"))
		}
		out.Rows = append(out.Rows, reported("honest approvers' REP, per block", params, b.honest).in("REP"))
		add(&plot, "cartel", Point{X: share, Y: b.cartel})
		add(&plot, "honest approvers", Point{X: share, Y: b.honest})
		add(&plot, "honest producer", Point{X: share, Y: b.producer})
	}
	tell(2, 2)
	out.Plots = []Plot{plot}
	out.Notes = []string{
		fmt.Sprintf("A vote stakes %d ppm of the frozen weight; the producer of these blocks has encumbered 1 %% of the roster's weight, which a Rejection takes.", stakePPM),
		"From two thirds on a cartel rejects at will and takes what others encumber: it is the quorum. Safety and liveness are claimed below one third.",
	}
	return out, nil
}

// claimCartel adds the two bounds as claims.
func claimCartel(out *Result, rule voting) error {
	stops, takes, err := cartelBounds(rule)
	if err != nil {
		return err
	}
	fault := uint64(quorum.Fault(rosterWeight))
	out.Rows = append(out.Rows,
		compared(Exactly, "least weight that stops a valid block", nil, float64(fault+1), float64(stops)).in("REP").of(rosterWeight),
		compared(Exactly, "least weight at which honest REP is taken", nil, float64(quorum.Threshold(rosterWeight)), float64(takes)).in("REP").of(rosterWeight))
	return nil
}

func outcomeName(o vpool.Outcome) string {
	return [...]string{vpool.Valid: "VALID", vpool.Invalid: "INVALID", vpool.Void: "VOID"}[o]
}
