package vpool_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"probity/vpool"
)

// Goal: the settlement of blocks reads as a story that can be checked by hand.
// Method: a transcript of pools in whole REP.
func TestExecutiveTranscript(t *testing.T) {
	datadriven.RunTest(t, "testdata/executive.txt", func(t *testing.T, d *datadriven.TestData) string {
		if d.Cmd != "settle" {
			d.Fatalf(t, "unknown command %s", d.Cmd)
		}
		var outcome, base, minted, encumbered string
		e := vpool.Executive{PosterPPM: 500_000, IncluderPPM: 20_000}
		d.ScanArgs(t, "outcome", &outcome)
		d.ScanArgs(t, "base", &base)
		d.MaybeScanArgs(t, "minted", &minted)
		d.MaybeScanArgs(t, "encumbered", &encumbered)
		d.MaybeScanArgs(t, "weight", &e.Weight)
		e.Outcome = map[string]vpool.Outcome{"valid": vpool.Valid, "invalid": vpool.Invalid, "void": vpool.Void}[outcome]
		e.Base = map[string]vpool.Base{"roster": vpool.Roster, "included": vpool.Included}[base]
		e.Minted, e.Encumbered = rep(t, minted), rep(t, encumbered)
		for _, line := range strings.Split(d.Input, "\n") {
			f := strings.Fields(line)
			w, err := strconv.ParseUint(f[1], 10, 64)
			if err != nil {
				d.Fatalf(t, "%s: %v", line, err)
			}
			switch f[0] {
			case "approve":
				e.Approvers = append(e.Approvers, vpool.Vote{Weight: w, Stake: rep(t, f[3])})
			case "reject":
				e.Rejecters = append(e.Rejecters, vpool.Vote{Weight: w, Stake: rep(t, f[3])})
			case "include":
				e.Includers = append(e.Includers, w)
			}
		}
		s, err := e.Settle()
		if err != nil {
			return err.Error() + "\n"
		}
		return describe(s)
	})
}

func describe(s vpool.Settlement) string {
	var b strings.Builder
	line := func(who string, p vpool.Payout) {
		fmt.Fprintf(&b, "%-10s minted %s won %s lost %s\n", who,
			vpool.FormatREP(p.Minted), vpool.FormatREP(p.Won), vpool.FormatREP(p.Lost))
	}
	line("producer", vpool.Payout{Minted: s.Producer, Lost: s.ProducerLost})
	for _, p := range s.Approvers {
		line("approver", p)
	}
	for _, p := range s.Rejecters {
		line("rejecter", p)
	}
	for _, a := range s.Includers {
		line("includer", vpool.Payout{Minted: a})
	}
	fmt.Fprintf(&b, "burned %s, not minted %s\n", vpool.FormatREP(s.Burned), vpool.FormatREP(s.Unminted))
	return b.String()
}

func anyVotes() *rapid.Generator[[]vpool.Vote] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) vpool.Vote {
		return vpool.Vote{Weight: anyWeight().Draw(t, "weight"), Stake: anyAmount().Draw(t, "stake")}
	}), 0, 6)
}

func anyWeight() *rapid.Generator[uint64] {
	return rapid.OneOf(rapid.Uint64Range(0, 9), rapid.Uint64Range(0, 1<<50))
}

func weight(votes []vpool.Vote) (w uint64) {
	for _, v := range votes {
		w += v.Weight
	}
	return w
}

// anyExecutive draws a pool whose includers brought in at most what approved.
func anyExecutive(t *rapid.T) vpool.Executive {
	e := vpool.Executive{
		Outcome:     rapid.SampledFrom([]vpool.Outcome{vpool.Valid, vpool.Invalid, vpool.Void}).Draw(t, "outcome"),
		Minted:      anyAmount().Draw(t, "minted"),
		PosterPPM:   anyPPM().Draw(t, "c2"),
		IncluderPPM: anyPPM().Draw(t, "includer"),
		Base:        rapid.SampledFrom([]vpool.Base{vpool.Roster, vpool.Included}).Draw(t, "base"),
		Encumbered:  anyAmount().Draw(t, "encumbered"),
		Approvers:   anyVotes().Draw(t, "approvers"),
		Rejecters:   anyVotes().Draw(t, "rejecters"),
	}
	left := weight(e.Approvers)
	e.Weight = left + weight(e.Rejecters) + anyWeight().Draw(t, "absent")
	for left > 0 && len(e.Includers) < 3 {
		w := rapid.Uint64Range(0, left).Draw(t, "included")
		e.Includers = append(e.Includers, w)
		left -= w
	}
	return e
}

func settleBlock(t *rapid.T, e vpool.Executive) vpool.Settlement {
	s, err := e.Settle()
	if err != nil {
		t.Fatalf("%+v: %v", e, err)
	}
	return s
}

// Goal: no base unit appears or vanishes, losers are those of the outcome, and
// VOID touches nothing. Method: sums over any settlement.
func TestExecutiveBalances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyExecutive(t)
		s := settleBlock(t, e)
		minted, won, lost := totals(s.Approvers, s.Rejecters)
		if got := plus(minted, s.Producer, plus(s.Includers...), s.Unminted); got != e.Minted {
			t.Fatalf("mint %v became %v", e.Minted, got)
		}
		if got := plus(won, s.Burned); got != plus(lost, s.ProducerLost) {
			t.Fatalf("taken %v became %v", plus(lost, s.ProducerLost), got)
		}
		_, _, lostApproving := totals(s.Approvers)
		_, wonRejecting, lostRejecting := totals(s.Rejecters)
		var zero vpool.Amount
		switch e.Outcome {
		case vpool.Valid:
			if lostApproving != zero || wonRejecting != zero || s.ProducerLost != zero {
				t.Fatalf("valid, and yet %+v", s)
			}
		case vpool.Invalid:
			if lostRejecting != zero || s.Unminted != e.Minted || s.ProducerLost != e.Encumbered {
				t.Fatalf("invalid, and yet %+v", s)
			}
		case vpool.Void:
			if lost != zero || s.ProducerLost != zero || s.Unminted != e.Minted || s.Burned != zero {
				t.Fatalf("void, and yet %+v", s)
			}
		}
	})
}

// Goal: an account that votes as two earns no more and loses no less. Method:
// add one voter whole or in two parts, weights and stakes cut anyhow.
func TestExecutiveSplittingNeverGains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyExecutive(t)
		v := vpool.Vote{Weight: anyWeight().Draw(t, "weight"), Stake: anyAmount().Draw(t, "stake")}
		one := rapid.Uint64Range(0, v.Weight).Draw(t, "cut weight")
		s1, s2 := cut(t, v.Stake, "cut stake")
		parts := []vpool.Vote{{Weight: one, Stake: s1}, {Weight: v.Weight - one, Stake: s2}}
		e.Weight += v.Weight
		whole, split := e, e
		pick := func(s vpool.Settlement) []vpool.Payout { return s.Approvers }
		at := len(e.Approvers)
		if rapid.Bool().Draw(t, "rejects") {
			pick, at = func(s vpool.Settlement) []vpool.Payout { return s.Rejecters }, len(e.Rejecters)
			whole.Rejecters, split.Rejecters = join(e.Rejecters, v), join(e.Rejecters, parts...)
		} else {
			whole.Approvers, split.Approvers = join(e.Approvers, v), join(e.Approvers, parts...)
		}
		single := pick(settleBlock(t, whole))[at]
		minted, won, lost := totals(pick(settleBlock(t, split))[at:])
		if minted.Gt(&single.Minted) || won.Gt(&single.Won) || lost.Lt(&single.Lost) {
			t.Fatalf("in parts +%v +%v -%v, whole %+v", minted, won, lost, single)
		}
	})
}

// Goal: includers do not gain by splitting either. Method: cut one Δw in two.
func TestIncluderSplittingNeverGains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyExecutive(t)
		e.Outcome = vpool.Valid
		if len(e.Includers) == 0 {
			return
		}
		last := len(e.Includers) - 1
		one := rapid.Uint64Range(0, e.Includers[last]).Draw(t, "cut")
		before := settleBlock(t, e).Includers[last]
		e.Includers = append(append([]uint64(nil), e.Includers[:last]...), one, e.Includers[last]-one)
		after := plus(settleBlock(t, e).Includers[last:]...)
		if after.Gt(&before) {
			t.Fatalf("in parts %v, whole %v", after, before)
		}
	})
}

// Goal: with base roster, leaving a vote out of a block gains nobody else
// anything; with base included it does. Method: drop the last approver.
func TestCensoringGainsNothingWithRoster(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyExecutive(t)
		e.Outcome, e.Base, e.Includers = vpool.Valid, vpool.Roster, nil
		e.Approvers = append(e.Approvers, vpool.Vote{Weight: 7}, vpool.Vote{Weight: 3})
		e.Weight += 10
		all := settleBlock(t, e)
		e.Approvers = e.Approvers[:len(e.Approvers)-1]
		fewer := settleBlock(t, e)
		for j := range fewer.Approvers {
			if fewer.Approvers[j] != all.Approvers[j] {
				t.Fatalf("approver %d: %+v, with the other vote %+v", j, fewer.Approvers[j], all.Approvers[j])
			}
		}
	})
	pool := vpool.Executive{Outcome: vpool.Valid, Base: vpool.Included, Minted: n(100), Approvers: []vpool.Vote{{Weight: 1}, {Weight: 1}}}
	both, _ := pool.Settle()
	pool.Approvers = pool.Approvers[:1]
	alone, _ := pool.Settle()
	if both.Approvers[0].Minted != n(50) || alone.Approvers[0].Minted != n(100) {
		t.Fatalf("included base: %+v, alone %+v", both.Approvers, alone.Approvers)
	}
}

// Goal: broken inputs are refused by name. Method: one at a time.
func TestExecutiveRefuses(t *testing.T) {
	huge := vpool.Amount{0, 0, 0, 1}
	good := vpool.Executive{Outcome: vpool.Valid, Base: vpool.Roster, Weight: 3, Approvers: []vpool.Vote{{Weight: 3}}, Includers: []uint64{1, 2}}
	for _, c := range []struct {
		want error
		bad  func(*vpool.Executive)
	}{
		{vpool.ErrOutcome, func(e *vpool.Executive) { e.Outcome = 0 }},
		{vpool.ErrOutcome, func(e *vpool.Executive) { e.Outcome = 4 }},
		{vpool.ErrBase, func(e *vpool.Executive) { e.Base = 0 }},
		{vpool.ErrPPM, func(e *vpool.Executive) { e.PosterPPM = 1_000_001 }},
		{vpool.ErrPPM, func(e *vpool.Executive) { e.IncluderPPM = 1_000_001 }},
		{vpool.ErrAmount, func(e *vpool.Executive) { e.Minted = huge }},
		{vpool.ErrAmount, func(e *vpool.Executive) { e.Encumbered = huge }},
		{vpool.ErrAmount, func(e *vpool.Executive) { e.Rejecters = []vpool.Vote{{Stake: huge}} }},
		{vpool.ErrWeights, func(e *vpool.Executive) { e.Weight = 2 }},
		{vpool.ErrWeights, func(e *vpool.Executive) { e.Includers = []uint64{2, 2} }},
		{vpool.ErrWeights, func(e *vpool.Executive) { e.Includers = []uint64{1<<64 - 1, 1<<64 - 1} }},
	} {
		e := good
		c.bad(&e)
		if _, err := e.Settle(); !errors.Is(err, c.want) {
			t.Errorf("%+v: got %v, want %v", e, err, c.want)
		}
	}
	if _, err := good.Settle(); err != nil {
		t.Errorf("good pool: %v", err)
	}
}

func join(votes []vpool.Vote, more ...vpool.Vote) []vpool.Vote {
	return append(append([]vpool.Vote(nil), votes...), more...)
}
