package attack

import (
	"fmt"
	"math"

	"probity/chain/route/bank"
	"probity/chain/route/legislature"
	"probity/chain/route/params"
	"probity/chain/types"
	"probity/vpool"
)

// lawcaptureAttack takes the legislature by votes.
var lawcaptureAttack = &Attack{
	Name:  "lawcapture",
	Title: "Capture the legislature with bought REP and puppets",
	Claim: "Where a part t of all other REP votes against it, an ordinary proposal needs a share above t/(1+t) of all REP and one of " +
		"class A, or any that is vetoed, 2t/(1+2t), and never less than the quorum; dividing REP among puppets lowers neither, and REP " +
		"bought after the vote has opened does not count.",
	Source: "spec legislature §4, spec pools §5",
	Options: []Option{
		{"turnout", "0.1,0.25,0.5,1", "parts of the others' REP that vote"},
		{"puppets", "40", "accounts of the attacker, where it has several"},
		{"voters", "20", "accounts of the others"},
		{"grain", "1", "REP of a million to which a share is found"},
	},
	Run: runLawcapture,
}

// captureREP is all REP of that chain but the member's one, in whole REP.
const captureREP = 1_000_000

// captor is one attempt at a proposal.
type captor struct {
	share   uint64 // whole REP of the attacker
	puppets int
	voters  int
	grain   uint64    // whole REP to which a share is found
	turnout types.PPM // of the others' REP
	grave   bool
	veto    bool // the others veto, instead of voting against

	a          *assembly
	ours, them []string
}

// convene makes the chain of an attempt.
func (c *captor) convene() error {
	c.ours, c.them = crew("puppet", c.puppets), crew("voter", c.voters)
	holders := map[string]uint64{}
	divide(holders, c.share, c.ours)
	divide(holders, captureREP-c.share, c.them)
	var err error
	c.a, err = convene(sitting{rep: holders, every: 4, params: map[string]uint64{"law.deposit": 1, "rep.mint_ratio": 0}})
	return err
}

// action is what the attacker wants: money out of the treasury, or another rule
// of class A.
func (c *captor) action() types.Msg {
	if c.grave {
		return c.a.message("params/set", params.Set{Changes: []params.Change{{Name: "pool.stake_ppm", Value: 5000}}})
	}
	return c.a.message("bank/spend", bank.Spend{To: addressOf(c.ours[0]), Amount: types.NewAmount(1)})
}

// cast queues everybody's votes.
func (c *captor) cast(n uint64) {
	for _, name := range c.ours {
		c.a.vote(n, name, legislature.For, c.a.wrep(name))
	}
	side := legislature.Against
	if c.veto {
		side = legislature.Veto
	}
	for _, name := range c.them {
		c.a.vote(n, name, side, c.a.wrep(name).OfPPM(c.turnout))
	}
}

// passes reports whether the proposal is executed.
func (c *captor) passes() (bool, error) {
	if err := c.convene(); err != nil {
		return false, err
	}
	n := c.a.propose(house, c.action())
	state := c.a.carry(n, func(string) { c.cast(n) })
	return state == "executed", c.a.failed()
}

// least is the smallest share in whole REP that passes, by bisection.
func (c captor) least() (uint64, error) {
	low, high := uint64(c.puppets), uint64(captureREP-c.voters) // low fails, high passes
	for high-low > c.grain {
		c.share = (low + high) / 2
		ok, err := c.passes()
		if err != nil {
			return 0, err
		}
		if ok {
			high = c.share
		} else {
			low = c.share
		}
	}
	return high, nil
}

// needed is that share by the rule: above what the others bring, and a quorum,
// towards which the others bring less in the last stage: half-binding has taken
// 5 % of what they staked.
func (c *captor) needed() float64 {
	t, win, quorum := float64(c.turnout)/1e6, 0.5, 0.1
	if c.grave {
		win, quorum = 0.666667, 0.333333
	}
	share := win * t / (1 - win + win*t)
	if c.veto { // a third of what is cast: 3·t·(1−f) ≤ f + t·(1−f)
		share = max(share, 2*t/(1+2*t))
	}
	late := t * (1 - 0.05*t)
	return max(share, (quorum-late)/(1-late))
}

func runLawcapture(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	turnouts := r.fractions("turnout", 0, 1.000001)
	puppets, voters := int(r.integer("puppets", 2, 1000)), int(r.integer("voters", 1, 1000))
	grain := uint64(r.integer("grain", 1, 100_000))
	if r.err != nil {
		return nil, r.err
	}
	out := &Result{}
	least := Plot{
		Title: "least share of all REP that passes a proposal", X: Axis{Label: "part of the others' REP that votes", Unit: "%"},
		Y: Axis{Label: "share", Unit: "%"},
	}
	cost := Plot{Title: "net cost of that share, with burn", X: Axis{Label: "part of the others' REP that votes", Unit: "%"}, Y: Axis{Label: "g₀"}}
	kinds := []captor{{puppets: 1}, {puppets: puppets}, {puppets: 1, veto: true}, {puppets: 1, grave: true}}
	done, all := int64(0), int64(len(turnouts)*len(kinds)+2)
	for _, t := range turnouts {
		for _, c := range kinds {
			c.voters, c.grain, c.turnout = voters, grain, types.PPM(math.Round(t*1e6))
			if err := c.rows(out, &least, &cost); err != nil {
				return nil, err
			}
			done++
			tell(done, all)
		}
	}
	for _, claim := range []func(*Result, int) error{claimLosses, claimLatecomer} {
		if err := claim(out, voters); err != nil {
			return nil, err
		}
		done++
		tell(done, all)
	}
	out.Plots = []Plot{least, cost}
	out.Notes = []string{
		"A proposal that fails in its first stage costs the attacker its fee only: nothing is binding yet. Losing stakes begin with the second stage, so an attacker may probe who watches for nothing.",
		"Costs are those of attack capture, in g₀: fees that the attacker pays to itself as the producer of every block. The yearly cap makes each of them take years.",
		"The rule that a third of the votes can veto makes the share for any proposal the one of class A; it takes a quorum of votes.",
	}
	return out, nil
}

// rows finds the least share for one kind of proposal and turnout.
func (c captor) rows(out *Result, least, cost *Plot) error {
	rep, err := c.least()
	if err != nil {
		return err
	}
	kind := "ordinary"
	switch {
	case c.grave:
		kind = "class A"
	case c.veto:
		kind = "ordinary, vetoed"
	}
	params := map[string]any{"proposal": kind, "turnout": float64(c.turnout) / 1e6, "puppets": c.puppets}
	share := float64(rep) / captureREP
	out.Rows = append(out.Rows, near("least share that passes", params, c.needed(), share, 3*float64(c.grain)/captureREP))
	b := newBuyer(burnPPM)
	if err := b.until(share, vpool.NewAmount(captureStart/500)); err != nil {
		return err
	}
	gross, net := curve(share)
	_, paid := b.cost()
	out.Rows = append(out.Rows, near("net cost of that share, with burn", params, gross-(gross-net)/2, paid, 0.03*gross).in("g₀").of(b.payments))
	if c.puppets > 1 {
		kind = fmt.Sprintf("ordinary, %d puppets", c.puppets)
	}
	add(least, kind, Point{X: float64(c.turnout) / 1e6, Y: share})
	add(cost, kind, Point{X: float64(c.turnout) / 1e6, Y: paid})
	return nil
}

// claimLosses measures what a vote takes from who loses it: of the others, where
// a captor of 60 % passes, and of a captor of 45 %, which nobody stood against
// before the binding stages.
func claimLosses(out *Result, voters int) error {
	for _, c := range []captor{{share: 600_000}, {share: 450_000}} {
		c.puppets, c.voters, c.turnout = 1, voters, types.Million
		if err := c.convene(); err != nil {
			return err
		}
		wins := c.share > captureREP/2
		before, held := c.a.reps(c.ours...), c.a.reps(c.them...)
		n := c.a.propose(house, c.action())
		c.a.carry(n, func(stage string) {
			c.turnout = types.Million
			if !wins && stage != "binding" { // few watch
				c.turnout = types.Million / 2
			}
			c.cast(n)
		})
		if err := c.a.failed(); err != nil {
			return err
		}
		mine, theirs := 1-c.a.reps(c.ours...)/before, 1-c.a.reps(c.them...)/held
		params := map[string]any{"share": float64(c.share) / captureREP}
		if wins { // half-binding takes 5 %, binding 10 % of what is left
			after := c.a.reps(c.ours...) / (c.a.reps(c.ours...) + c.a.reps(c.them...))
			out.Rows = append(out.Rows,
				near("part of their REP that the others lose", params, 1-0.95*0.9, theirs, 1e-6),
				near("share of the captor afterwards", params, 0.6/(0.6+0.4*0.855), after, 1e-6))
		} else {
			out.Rows = append(out.Rows,
				near("part of its REP that the captor loses in the binding stage", params, 0.1, mine, 1e-6),
				near("part of their REP that the others lost before", params, 0.05*0.5, theirs, 1e-6))
		}
	}
	return nil
}

// claimLatecomer buys REP after a vote has opened: 40 % become more than half by
// a fee, and only the 40 % can be staked.
func claimLatecomer(out *Result, voters int) error {
	c := captor{share: 400_000, puppets: 1, voters: voters, turnout: types.Million}
	c.ours, c.them = crew("puppet", 1), crew("voter", voters)
	holders := map[string]uint64{}
	divide(holders, c.share, c.ours)
	divide(holders, captureREP-c.share, c.them)
	var err error
	c.a, err = convene(sitting{rep: holders, every: 4, params: map[string]uint64{
		"law.deposit": 1, "forum.period": 3_600_000, "forum.quorum_ppm": 100_000,
	}})
	if err != nil {
		return err
	}
	n := c.a.propose(house, c.action())
	post := c.a.publish(c.ours[0], 0)
	c.a.fund(c.ours[0], post, 1_000_000)
	c.a.stakePost(c.ours[0], post, true, types.Whole(399_000))
	c.a.must(0)
	c.a.settle(3_600_000)
	share := c.a.reps(c.ours...) / (c.a.reps(c.ours...) + c.a.reps(c.them...))
	refused := c.a.try(c.ours[0], "legislature/vote", legislature.Vote{Proposal: n, Side: legislature.For, Stake: c.a.wrep(c.ours[0])})
	state := c.a.carry(n, func(string) {
		c.a.vote(n, c.ours[0], legislature.For, types.Whole(c.share))
		for _, name := range c.them {
			c.a.vote(n, name, legislature.Against, c.a.wrep(name))
		}
	})
	if err := c.a.failed(); err != nil {
		return err
	}
	params := map[string]any{"share": 0.4}
	out.Rows = append(out.Rows,
		compared(AtLeast, "share after buying while the vote runs", params, 0.5, share),
		compared(Exactly, "proposals passed with it", params, 0, count(refused != "ELECTORATE" || state != "rejected")).in("proposals"))
	return nil
}

// count is 1 for what is so.
func count(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
