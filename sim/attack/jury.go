package attack

import (
	"encoding/binary"
	"maps"
	"math"

	"probity/chain/keys"
	judge "probity/chain/route/court"
	"probity/chain/types"
	"probity/vpool/draw"
)

// juryAttack bribes jurors.
var juryAttack = &Attack{
	Name:  "jury",
	Title: "Bribe a part of all REP and accuse the innocent",
	Claim: "Where a part b of the jurors is bribed a panel bends as often as the hypergeometric law says, an appeal to 21 bends more " +
		"rarely, and whatever a panel says it takes at most court.max_ppm of the accused's REP, since others do not ratify more.",
	Source: "spec court §3, §4, §6",
	Options: []Option{
		{"bribed", "0.1,0.2,0.3,0.4,0.45", "parts of the jurors, which weigh the same"},
		{"jurors", "200", "accounts that can be drawn"},
		{"draws", "100000", "panels drawn for each part, without a chain"},
		{"bent", "0.3", "part of the jurors that is bribed on the chain"},
		{"cases", "256", "cases heard on the chain"},
		{"seed", "1", "the seed of all chance"},
	},
	Run: runJury,
}

// Seats of the first panel and of the appeal's.
const (
	panelSeats  = 7
	appealSeats = 21
)

// hypergeometric is the probability that a panel of k out of n jurors has more
// than half its seats bribed, where b are.
func hypergeometric(n, b, k int64) (p float64) {
	choose := func(n, k int64) float64 {
		if k < 0 || k > n {
			return math.Inf(-1)
		}
		x, _ := math.Lgamma(float64(n + 1))
		y, _ := math.Lgamma(float64(k + 1))
		z, _ := math.Lgamma(float64(n - k + 1))
		return x - y - z
	}
	for i := k/2 + 1; i <= k; i++ {
		p += math.Exp(choose(b, i) + choose(n-b, k-i) - choose(n, k))
	}
	return p
}

// panels draws first panels and, of those who are left, the appeals', as the
// court does, and counts those with a bribed majority. The first b jurors are.
func panels(jurors, b int, n int64, seed uint64) (first, appeal int64, err error) {
	for i := range n {
		weights := make([]uint64, jurors)
		for j := range weights {
			weights[j] = 1000
		}
		for round, size := range []int{panelSeats, appealSeats} {
			drawn, err := draw.Sample(keys.Sum([]byte("panel"), be64(seed), be64(uint64(i)), be64(uint64(round))), weights, size)
			if err != nil {
				return 0, 0, err
			}
			bad := 0
			for _, j := range drawn {
				weights[j] = 0
				if j < b {
					bad++
				}
			}
			if 2*bad > size {
				if round == 0 {
					first++
				} else {
					appeal++
				}
			}
		}
	}
	return first, appeal, nil
}

func be64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func runJury(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	parts, jurors := r.fractions("bribed", 0, 0.5), r.integer("jurors", 40, 2000)
	draws, cases := r.integer("draws", 1000, 1e8), r.integer("cases", 8, 1e5)
	bent, seed := r.fractions("bent", 0, 0.5), uint64(r.integer("seed", 0, 1<<62))
	if r.err != nil {
		return nil, r.err
	}
	out := &Result{}
	plot := Plot{Title: "panels with a bribed majority", X: Axis{Label: "bribed part of the jurors", Unit: "%"}, Y: Axis{Label: "of all panels", Unit: "%"}}
	done, all := int64(0), int64(len(parts)+len(bent)+1)
	for _, part := range parts {
		b := int(math.Round(part * float64(jurors)))
		first, appeal, err := panels(int(jurors), b, draws, seed)
		if err != nil {
			return nil, err
		}
		params := map[string]any{"bribed": part}
		one := inside("bent panels of 7", params, hypergeometric(jurors, int64(b), panelSeats), first, draws)
		two := inside("bent panels of 21, on appeal", params, hypergeometric(jurors, int64(b), appealSeats), appeal, draws)
		out.Rows = append(out.Rows, one, two)
		add(&plot, "7 seats", Point{X: part, Y: one.Measured, Low: one.Low, High: one.High})
		add(&plot, "21 seats, on appeal", Point{X: part, Y: two.Measured, Low: two.Low, High: two.High})
		done++
		tell(done, all)
	}
	for _, part := range bent {
		if err := tried(out, part, jurors, cases, seed); err != nil {
			return nil, err
		}
		done++
		tell(done, all)
	}
	if err := claimDamage(out, seed); err != nil {
		return nil, err
	}
	tell(all, all)
	out.Plots = []Plot{plot}
	out.Notes = []string{
		"Bribed jurors here are honest about their bribe: they always vote as they are paid to. Weights are equal; where REP is in few hands a seat is one account's, so a panel counts heads among the weighty.",
		"The p+ε bribe is a promise to make up, to each juror who votes as told, for what it loses if the others do not. If it works nobody needs to be paid; but whoever promises must have the sum, and one honest majority on the panel takes it.",
	}
	return out, nil
}

// tried hears cases on the chain in batches, with one part of the jurors bribed
// to convict; those who are accused appeal, and nobody bribes the pool.
func tried(out *Result, part float64, jurors, cases int64, seed uint64) error {
	b := int(math.Round(part * float64(jurors)))
	var bentFirst, bentAppeal, heard int64
	for batch := uint64(0); heard < cases; batch++ {
		// Losing costs nothing here, so that every panel is drawn with equal weights.
		t, err := newTrial(int(jurors), b, seed+batch, map[string]uint64{"court.minority_ppm": 0})
		if err != nil {
			return err
		}
		n := min(trialCases, int(cases-heard))
		first, appeal := t.hear(n)
		if err := t.a.failed(); err != nil {
			return err
		}
		heard, bentFirst, bentAppeal = heard+int64(n), bentFirst+first, bentAppeal+appeal
	}
	params := map[string]any{"bribed": part, "on": "the chain"}
	out.Rows = append(out.Rows,
		inside("innocent found guilty by a panel of 7", params, hypergeometric(jurors, int64(b), panelSeats), bentFirst, heard),
		inside("innocent found guilty by 21 on appeal", params, hypergeometric(jurors, int64(b), appealSeats), bentAppeal, heard))
	return nil
}

// trial is a court with jurors of whom the first are bribed.
type trial struct {
	a      *assembly
	jurors []string
	who    map[keys.Address]int
	bribed int
	ask    types.PPM // ratio that the bribed vote for
}

// Batches of cases, and what each accused has.
const (
	trialCases = 32
	accusedREP = 100
	jurorREP   = 10_000
	jurorStake = 200_000_000_000 // base units: twice what an accused has, so that none of them is a juror
)

func newTrial(jurors, bribed int, seed uint64, more map[string]uint64) (*trial, error) {
	t := &trial{jurors: crew("juror", jurors), bribed: bribed, who: map[keys.Address]int{}, ask: 50_000}
	holders := map[string]uint64{}
	for i, name := range t.jurors {
		holders[name], t.who[addressOf(name)] = jurorREP, i
	}
	for _, name := range crew("accuser", trialCases/4) {
		holders[name] = 0
	}
	for _, name := range crew("accused", trialCases) {
		holders[name] = accusedREP
	}
	for _, name := range crew("voter", 400) { // too small to be jurors
		holders[name] = accusedREP
	}
	given := map[string]uint64{"court.juror_stake": jurorStake, "court.open_max": trialCases, "court.fee": 1}
	maps.Copy(given, more)
	var err error
	t.a, err = convene(sitting{seed: seed, rep: holders, every: 64, params: given})
	return t, err
}

// accuse files n cases.
func (t *trial) accuse(n int) {
	evidence := []keys.Hash{keys.Sum([]byte("evidence"))}
	by, of := crew("accuser", trialCases/4), crew("accused", n)
	for i := range n {
		t.a.say(by[i/4], "court/accuse", judge.Accuse{
			Accused: addressOf(of[i]), Charge: judge.Censorship, Content: evidence[0], Evidence: evidence, Bond: types.Whole(100),
		})
	}
	t.a.must(0)
}

// hear takes n cases to their end, those who are accused appealing, and counts
// who was found guilty by the first panel, and by the appeal's.
func (t *trial) hear(n int) (first, appeal int64) {
	t.accuse(n)
	first = t.round(n, 1)
	for i, by := range crew("accused", n) {
		t.a.say(by, "court/appeal", judge.AppealMsg{Case: uint64(i + 1), Bond: types.Whole(500)})
	}
	t.a.must(0)
	appeal = t.round(n, 2)
	t.until(n, judge.Final)
	return first, appeal
}

// round waits for panels of all cases, votes, and counts the guilty.
func (t *trial) round(n int, round uint8) (guilty int64) {
	for i := 0; i < n && t.a.err == nil; {
		t.a.seal(0)
		for i < n && t.at(i).Stage == judge.Commit {
			i++
		}
	}
	t.each(n, round, func(id uint64, juror string, ratio types.PPM, salt keys.Hash) {
		t.a.say(juror, "court/commit", judge.CommitMsg{
			Case: id, Commitment: judge.Commitment(id, round, addressOf(juror), ratio, salt),
		})
	})
	t.a.must(0)
	t.until(n, judge.Reveal)
	t.each(n, round, func(id uint64, juror string, ratio types.PPM, salt keys.Hash) {
		t.a.say(juror, "court/reveal", judge.RevealMsg{Case: id, Ratio: ratio, Salt: salt})
	})
	t.a.must(0)
	for i := 0; i < n && t.a.err == nil; {
		if k := t.at(i); len(k.Decisions) < int(round) {
			t.a.reach(k.Until)
		} else {
			i++
		}
	}
	for i := range n {
		if d := t.at(i).Decisions; len(d) >= int(round) && d[round-1].Guilty > d[round-1].Clear {
			guilty++
		}
	}
	return guilty
}

// at is a case of the batch.
func (t *trial) at(i int) judge.Case {
	k, _ := judge.Find(t.a.tip.State, uint64(i+1))
	return k
}

// until lets time pass until no case is before a stage.
func (t *trial) until(n int, s judge.Stage) {
	for i := 0; i < n && t.a.err == nil; {
		if k := t.at(i); k.Stage >= s {
			i++
		} else {
			t.a.reach(max(k.Until, t.a.now()+1))
		}
	}
}

// each visits the seats of a round.
func (t *trial) each(n int, round uint8, vote func(id uint64, juror string, ratio types.PPM, salt keys.Hash)) {
	for i := range n {
		id := uint64(i + 1)
		for _, s := range judge.Seats(t.a.tip.State, id, round) {
			who := t.who[s.Juror]
			ratio := types.PPM(0)
			if who < t.bribed {
				ratio = t.ask
			}
			if !s.Stake.IsZero() {
				vote(id, t.jurors[who], ratio, keys.Sum([]byte("salt"), be64(id), be64(uint64(who))))
			}
		}
	}
}

// claimDamage measures what a panel that is bribed throughout takes of an
// innocent, who does not appeal, and what bribes must promise.
func claimDamage(out *Result, seed uint64) error {
	for _, c := range []struct {
		name    string
		against bool
	}{{"nobody votes", false}, {"the others vote", true}} {
		t, err := newTrial(9, 9, seed, nil)
		if err != nil {
			return err
		}
		t.ask = types.Million
		t.accuse(1)
		before := t.a.reps("accused0")
		t.round(1, 1)
		t.until(1, judge.Ratify)
		if c.against {
			for _, name := range crew("voter", 400) {
				t.a.say(name, "court/vote", judge.Vote{Case: 1, Amount: types.Whole(accusedREP)})
			}
			for _, name := range t.jurors[:1] { // 20 % of what is staked
				t.a.say(name, "court/vote", judge.Vote{Case: 1, For: true, Amount: types.Whole(jurorREP - 1000)})
			}
			t.a.must(0)
		}
		t.until(1, judge.Final)
		if err := t.a.failed(); err != nil {
			return err
		}
		out.Rows = append(out.Rows, near("part of an innocent's REP that a bribed panel takes", map[string]any{"ratification": c.name},
			0.05, 1-t.a.reps("accused0")/before, 1e-9))
	}
	return claimBribes(out, seed)
}

// claimBribes seats seven jurors, one of whom is bribed: what it loses is what the
// briber must make up.
func claimBribes(out *Result, seed uint64) error {
	t, err := newTrial(panelSeats, 1, seed, nil)
	if err != nil {
		return err
	}
	t.accuse(1)
	bribed, other := t.a.reps("juror0"), t.a.reps("juror1")
	t.round(1, 1)
	if err := t.a.failed(); err != nil {
		return err
	}
	const stake = float64(jurorStake) / 1e9
	lost, won := bribed-t.a.reps("juror0"), t.a.reps("juror1")-other
	out.Rows = append(out.Rows,
		near("part of its stake that a lone bribed juror loses", nil, 0.5, lost/stake, 1e-9),
		near("part of a stake that each of the six others wins", nil, 0.5/6, won/stake, 1e-9),
		reported("p+ε: REP that must be promised to a panel of 7, for stakes of 5", nil, panelSeats*5*lost/stake).in("REP"),
		reported("p+ε: REP that must be promised to a panel of 21, for stakes of 5", nil, appealSeats*5*lost/stake).in("REP"))
	for _, part := range []int64{10, 20, 30, 40} {
		p := hypergeometric(1000, 10*part, appealSeats)
		out.Rows = append(out.Rows, reported("bonds lost for each innocent convicted who appeals",
			map[string]any{"bribed": float64(part) / 100}, 100*(1-p)/p).in("$"))
	}
	return nil
}
