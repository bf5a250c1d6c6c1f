package attack

import (
	"fmt"
	"math"

	"probity/chain/types"
	"probity/consensus"
)

// censorWhole is the REP of all members of a censored chain.
const censorWhole = 3000

// censored is a scenario of four members, of which one of share α is owned.
func censored(name string, alpha float64, lottery bool, c censor) Scenario {
	own := uint64(math.Round(alpha * censorWhole))
	other := (censorWhole - own) / 3
	s := Scenario{
		Name: name, Nodes: 4, Weights: []uint64{own, other, other, other}, First: 1, Length: c.until, Load: 40,
		Owned: []int{censorID}, New: func() Adversary { v := c; return &v }, Params: map[string]uint64{"reward.block": 0},
	}
	if lottery {
		s.Params["asc.selection"] = uint64(types.Lottery)
	}
	return s
}

// stopped may fire where an adversary can stop the chain.
var stopped = []string{"liveness", "inclusion"}

// above is a share with which a censor stops what it does not like.
const above = 0.4

func castCensor(a Args) ([]Scenario, error) {
	r := reader{args: a}
	alphas, seeds := r.fractions("alpha", 0, 1.0/3), int(r.integer("seeds", 1, 1000))
	length := types.Time(1000 * r.integer("seconds", 3, 600))
	if r.err != nil {
		return nil, r.err
	}
	var out []Scenario
	play := func(kind string, alpha float64, lottery bool, c censor) {
		c.until = length
		s := censored(censorScene(kind, alpha), alpha, lottery, c)
		s.Seeds = seeds
		out = append(out, s)
	}
	for _, alpha := range alphas {
		play("honest", alpha, true, censor{})
		play("lottery", alpha, true, censor{omits: true})
	}
	worst := alphas[len(alphas)-1]
	play("cycle", worst, false, censor{omits: true})
	play("refusing", worst, true, censor{omits: true, refuses: true})
	play("unheard", worst, true, censor{mutes: true})
	play("away", worst, true, censor{omits: true, absent: true})
	guilty := censored("friend of the censor", 0.2, true, censor{omits: true, guilty: true, until: 3000})
	guilty.Nodes, guilty.Weights, guilty.Owned, guilty.Seeds = 5, []uint64{600, 700, 300, 700, 700}, []int{censorID, friendID}, 2*seeds
	stop := censored("above a third", above, true, censor{omits: true, refuses: true, until: length})
	stop.Expect = stopped
	return append(out, guilty, stop), nil
}

func censorScene(name string, alpha float64) string { return fmt.Sprintf("%s, %g %%", name, 100*alpha) }

func measureCensor(a Args, runs []Outcome) (*Result, error) {
	r := reader{args: a}
	alphas := r.fractions("alpha", 0, 1.0/3)
	if r.err != nil {
		return nil, r.err
	}
	all, out := tallies(runs), &Result{}
	waits := Plot{Title: "censor's blocks that a transfer waits for", X: Axis{Label: "at least so many"}, Y: Axis{Label: "part of the transfers", Unit: "%"}}
	gains := Plot{Title: "mint under censorship, against the same runs without", X: Axis{Label: "the censor's share", Unit: "%"}, Y: Axis{Label: "part", Unit: "%"}}
	for _, alpha := range alphas {
		t, honest := all[censorScene("lottery", alpha)], all[censorScene("honest", alpha)]
		landed(out, honest)
		landed(out, t)
		geometric(out, &waits, t)
		kept := t.count("censor") / honest.count("censor")
		add(&gains, "the censor", Point{X: alpha, Y: kept})
		add(&gains, "the others", Point{X: alpha, Y: t.count("honest") / honest.count("honest")})
		out.Rows = append(out.Rows, compared(AtMost, "the censor's mint, against the same runs without censorship", scene(t), 0.8, kept).of(int64(len(t))))
	}
	worst := alphas[len(alphas)-1]
	cycle, refusing, away := all[censorScene("cycle", worst)], all[censorScene("refusing", worst)], all[censorScene("away", worst)]
	landed(out, away)
	out.Rows = append(out.Rows, away.tailRow(reported("time to finality, 99 of 100: views that nobody leads", scene(away), waitQuantile(away.included(), 0.99))))
	for _, t := range []tally{cycle, refusing} {
		landed(out, t)
		out.Rows = append(out.Rows, reported("blocks waited for, in the mean", scene(t), t.count("waited")/max(1, t.count("probes"))).in("of its").of(int64(t.count("probes"))))
	}
	geometric(out, nil, refusing)
	unheard(out, all[censorScene("unheard", worst)])
	convicted(out, all["friend of the censor"])
	stop, base := all["above a third"], all[censorScene("honest", worst)]
	out.Rows = append(out.Rows, compared(AtMost, "transactions of others in blocks, against the honest run: the check can fail", scene(stop), 0.05,
		stop.count("txs")/max(1, base.count("txs")/float64(len(base)))))
	out.Plots = []Plot{waits, gains}
	out.Notes = []string{
		"A transfer is followed from the moment when every honest member holds it, and the next one after it is final: with the lottery its waits are independent draws.",
		"The share expected is the censor's part of the lists of the epochs in which the transfers were included; the mint is of fees alone, so that what is left out costs what it would have earned.",
		"Above a third the censor's refusal leaves honest blocks without a quorum; what is counted there is mostly its own registrations.",
	}
	return out, nil
}

// landed claims what holds whoever is left out.
func landed(out *Result, t tally) {
	out.Rows = append(out.Rows, t.oracleRow())
	if lists := t.count("lists"); lists > 0 { // else no epoch ended in time
		out.Rows = append(out.Rows, compared(Exactly, "honest contracts in lists, for each list", scene(t), 3, t.count("listed")/lists).in("contracts").of(int64(lists)))
	}
}

// geometric claims the law of the waits.
func geometric(out *Result, p *Plot, t tally) {
	n := int64(t.count("probes"))
	if n == 0 {
		out.Rows = append(out.Rows, compared(AtLeast, "transfers followed", scene(t), 1, 0).in("transfers"))
		return
	}
	alpha := t.count("alpha") / float64(n) / 1e6
	for k := 1; k <= 3; k++ {
		expected := math.Pow(alpha, float64(k))
		row := inside(fmt.Sprintf("transfers that wait for at least %d of its blocks", k), scene(t), expected, int64(t.count(fmt.Sprintf("waited %d", k))), n)
		out.Rows = append(out.Rows, row)
		if p != nil {
			add(p, t[0].Scenario, Point{X: float64(k), Y: row.Measured, Low: row.Low, High: row.High})
			add(p, "αᵏ", Point{X: float64(k), Y: expected})
		}
	}
	mean := reported("blocks waited for, in the mean; αᵏ gives α/(1−α)", scene(t), t.count("waited")/float64(n)).in("of its").of(n)
	mean.Expected = alpha / (1 - alpha)
	out.Rows = append(out.Rows, mean, reported("transfers no longer followed: an honest leader left them out", scene(t), t.count("left out by the honest")).in("transfers").of(n))
}

// unheard claims that votes which a censor leaves out are included by others.
func unheard(out *Result, t tally) {
	landed(out, t)
	out.Rows = append(out.Rows,
		compared(Exactly, "votes never included", scene(t), 0, t.count("votes lost")).in("votes").of(int64(t.count("votes included"))),
		compared(AtLeast, "votes that came late: the censor left them out", scene(t), 1, t.count("votes late")).in("votes"))
}

// convicted claims that evidence against the censor's friend lands.
func convicted(out *Result, t tally) {
	var views moments
	missed := 0.0
	for i := range t {
		found := false
		for _, a := range t[i].Accused {
			if a.Member == friendID && a.Convicted > 0 {
				found = true
				views.add(float64(a.Views))
			}
		}
		if !found {
			missed++
		}
	}
	out.Rows = append(out.Rows, t.oracleRow(),
		compared(Exactly, "runs in which the friend is not convicted", scene(t), 0, missed).in("runs").of(int64(len(t))),
		reported("views from evidence to conviction, in the mean", scene(t), views.mean()).in("views").of(views.n),
		compared(AtMost, "the friend's REP at the end, at most", scene(t), consensus.VoteWindow, t.most(func(o *Outcome) float64 { return float64(o.REP[friendID]) })).in("REP"))
}
