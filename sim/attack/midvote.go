package attack

import (
	"fmt"
	"time"

	"probity/chain/exec"
	"probity/chain/route/bank"
	"probity/chain/route/legislature"
	"probity/chain/route/params"
	"probity/chain/types"
)

// midvoteAttack changes the rules of a vote while it runs.
var midvoteAttack = &Attack{
	Name:  "midvote",
	Title: "Change the rules of votes while they run",
	Claim: "A passed change of thresholds, periods and losses, made while votes run, changes no outcome, deadline or loss of theirs, is " +
		"seen whole at an epoch boundary or not at all, and binds every vote that opens after it.",
	Source: "spec legislature §4 (L4, L5)",
	Options: []Option{
		{"votes", "5", "proposals that are voted on meanwhile, with different majorities"},
	},
	Run: runMidvote,
}

// newRules are what the change sets, all at once.
var newRules = []params.Change{
	{Name: "law.delay", Value: 200},
	{Name: "law.expiry", Value: 1_000_000},
	{Name: "law.loss_ppm", Value: 500_000},
	{Name: "law.pass_ppm", Value: 900_000},
	{Name: "law.period", Value: 4000},
	{Name: "law.quorum_ppm", Value: 500_000},
	{Name: "law.grave_pass_ppm", Value: 900_000},
	{Name: "law.grave_quorum_ppm", Value: 666_667},
}

// midvote is one run: with the change, or without.
type midvote struct {
	a       *assembly
	votes   int
	change  bool
	torn    int64 // blocks in which some of the new rules are in force
	outside int64 // changes that are no boundary's
	seen    bool  // the new rules are in force
}

// watch looks at the rules after every block.
func (m *midvote) watch(_ time.Duration, r *exec.Result) {
	p := m.a.tip
	in := 0
	for _, c := range newRules {
		if m.value(p, c.Name) == c.Value {
			in++
		}
	}
	if in != 0 && in != len(newRules) {
		m.torn++
	}
	if now := in == len(newRules); now != m.seen {
		m.seen = now
		if r.Header.Height%types.Height(assemblyParams["epoch.blocks"]) != 0 {
			m.outside++
		}
	}
}

func (m *midvote) value(p exec.Parent, name string) uint64 {
	for _, r := range m.a.x.Table() {
		for _, d := range r.Params {
			if d.Name == name {
				return m.a.x.Param(p, d)
			}
		}
	}
	return 0
}

// outcomeOf is how one vote ended.
type outcomeOf struct {
	state string
	until types.Time // when it could be executed
	text  string     // its stages
}

// play lets votes run over a boundary at which the rules change, or do not.
func (m *midvote) play() (ended []outcomeOf, left float64, err error) {
	holders := map[string]uint64{"reformer": 1_000_000}
	for i := range m.votes {
		holders[fmt.Sprint("for", i)], holders[fmt.Sprint("against", i)] = 400_000, 400_000
	}
	whole := uint64(1_000_000 + m.votes*800_000)
	if m.a, err = convene(sitting{rep: holders, every: 4, params: map[string]uint64{
		"law.deposit": 1, "law.loss_ppm": 100_000, "rep.mint_ratio": 0,
	}}); err != nil {
		return
	}
	m.a.built = m.watch
	ready := m.reform()
	var numbers []uint64
	for range m.votes {
		numbers = append(numbers, m.a.propose(house, m.a.message("bank/spend", bank.Spend{To: addressOf("for0"), Amount: types.NewAmount(1)})))
	}
	// The first stage is cast before the change, which then takes force while
	// all of them run.
	m.cast(numbers, whole, "nonbinding")
	if ready > 0 {
		if kind := m.a.try(house, "legislature/execute", legislature.Execute{Proposal: 1}); kind != "" {
			m.a.fail("the change is refused as %s", kind)
		}
	} else {
		m.a.seal(0)
	}
	m.a.idle(int(assemblyParams["epoch.blocks"]))
	for _, stage := range []string{"half", "binding"} {
		m.a.reach(m.deadline(numbers))
		m.a.seal(0)
		m.cast(numbers, whole, stage)
	}
	m.a.reach(m.deadline(numbers))
	for _, n := range numbers {
		p := m.a.motion(n)
		o := outcomeOf{state: p.State, until: p.Ready}
		for _, r := range p.Results {
			o.text += fmt.Sprint(r.Stage, r.Outcome, r.For, r.Against, " ")
		}
		ended = append(ended, o)
	}
	var names []string
	for name := range holders {
		names = append(names, name)
	}
	return ended, m.a.reps(names...), m.a.failed()
}

// deadline is when the running stages of proposals have ended.
func (m *midvote) deadline(numbers []uint64) (last types.Time) {
	for _, n := range numbers {
		if p := m.a.motion(n); p.State != "queued" {
			last = max(last, p.Until)
		}
	}
	return last
}

// reform passes the change up to its execution, and is when that may be; 0 in a
// run without it.
func (m *midvote) reform() types.Time {
	changes := append([]params.Change(nil), newRules...)
	if !m.change { // the same votes about something else
		changes = []params.Change{{Name: "court.fee", Value: 5_000_000_001}}
	}
	n := m.a.propose(house, m.a.message("params/set", params.Set{Changes: changes}))
	for m.a.err == nil {
		p := m.a.motion(n)
		if p.State == "queued" {
			m.a.reach(p.Ready)
			return p.Ready
		}
		m.a.vote(n, "reformer", legislature.For, m.a.wrep("reformer"))
		for i := range m.votes {
			m.a.vote(n, fmt.Sprint("for", i), legislature.For, types.Whole(400_000))
		}
		m.a.must(0)
		m.a.reach(p.Until)
	}
	return 0
}

// cast votes in a stage, on proposal i by a majority of its own: from 35 % to
// 65 % of what is staked, which is a quorum of the old rules and none of the new.
func (m *midvote) cast(numbers []uint64, whole uint64, stage string) {
	staked := whole * 11 / 100
	for i, n := range numbers {
		if m.a.motion(n).State != stage {
			continue
		}
		ppm := types.PPM(350_000)
		ppm += types.PPM(300_000 * i / (m.votes - 1))
		yes := types.Whole(staked).OfPPM(ppm)
		no := types.Whole(staked).Sub(yes)
		m.a.vote(n, fmt.Sprint("for", i), legislature.For, least(yes, m.a.wrep(fmt.Sprint("for", i))))
		m.a.vote(n, fmt.Sprint("against", i), legislature.Against, least(no, m.a.wrep(fmt.Sprint("against", i))))
	}
	m.a.must(0)
}

func least(x, y types.Amount) types.Amount {
	if y.Less(x) {
		return y
	}
	return x
}

func runMidvote(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	votes := int(r.integer("votes", 2, 5))
	if r.err != nil {
		return nil, r.err
	}
	changed, quiet := midvote{votes: votes, change: true}, midvote{votes: votes}
	with, burned, err := changed.play()
	if err != nil {
		return nil, err
	}
	tell(1, 3)
	without, same, err := quiet.play()
	if err != nil {
		return nil, err
	}
	tell(2, 3)
	out := &Result{}
	var differ, passed int64
	for i := range with {
		if with[i] != without[i] {
			differ++
		}
		if with[i].state == "queued" {
			passed++
		}
	}
	n := int64(len(with))
	out.Rows = append(out.Rows,
		compared(Exactly, "votes that end otherwise, or at another time, than without the change", nil, 0, float64(differ)).in("votes").of(n),
		compared(Exactly, "REP that everybody has left, beside that without the change", nil, same, burned).in("REP").of(n),
		compared(AtLeast, "votes that passed by the rules that they opened with", nil, 1, float64(passed)).in("votes").of(n),
		compared(AtLeast, "votes that failed by them", nil, 1, float64(n-passed)).in("votes").of(n),
		compared(Exactly, "blocks with a part of the change", nil, 0, float64(changed.torn)).in("blocks").of(int64(changed.a.tip.Header.Height)),
		compared(Exactly, "changes apart from a boundary", nil, 0, float64(changed.outside)).in("changes"),
		compared(Exactly, "the change is in force", nil, 1, count(changed.seen)).in("changes"))
	terms := query[legislature.Law](changed.a, "legislature", "params", legislature.None{}).Ordinary
	number := changed.a.propose(house)
	opened := changed.a.motion(number).Terms
	if err := changed.a.failed(); err != nil {
		return nil, err
	}
	follows := opened != nil && *opened == terms && uint64(terms.PassPPM) == 900_000 && terms.Period == 4000
	out.Rows = append(out.Rows, compared(Exactly, "votes opened afterwards by the old rules", nil, 0, count(!follows)).in("votes").of(1))
	tell(3, 3)
	out.Notes = []string{
		"Eight numbers change at once: period, delay, expiry, both quorums, both majorities and the loss. Each running vote has 11 % of all REP staked, a quorum of the old rules only.",
	}
	return out, nil
}
