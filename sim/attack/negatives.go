package attack

import (
	"probity/chain/keys"
	"probity/chain/route/dcert"
)

// negativesAttack takes from a post by references of −1.
var negativesAttack = &Attack{
	Name:  "negatives",
	Title: "Bomb somebody's posts with references of −1",
	Claim: "Bombs take from a post no more than arrives at them and no more than it had gained, never bring a post below zero, can be " +
		"undone to the unit at the same price, and take nothing where others police the pools.",
	Source: "spec forum §3 (F4, F5, F7)",
	Options: []Option{
		{"bombers", "1,5,20", "accounts that each publish one bomb"},
		{"fees", "10,50,100,200,400", "whole $ that all bombs cost together, in parts of a hundred of the victim's fee"},
		{"victim", "10000", "whole $ that the victim's post cost"},
	},
	Run: runNegatives,
}

// siege is one bombing.
type siege struct {
	a       *assembly
	bombers []string
	victim  keys.Hash
	bombs   []keys.Hash
	police  bool
}

// siegeVoter has a quorum of its own and validates whatever is paid for, as the
// bombers would themselves if they had it; with it the measure is of flows only.
const siegeVoter = "voter"

// begin makes the chain and the victim's post.
func (s *siege) begin(fee uint64) error {
	holders := map[string]uint64{"victim": 1000, "friend": 1000, siegeVoter: 150_000, "honest": 650_000}
	divide(holders, 200_000, s.bombers)
	var err error
	if s.a, err = convene(sitting{rep: holders, params: forumParams, every: 4}); err != nil {
		return err
	}
	s.victim = s.a.publish("victim", 0)
	s.validate("victim", s.victim, fee, siegeVoter)
	return s.a.failed()
}

// validate takes a post through a pool in which some stake for it and, with
// police, everybody honest against it.
func (s *siege) validate(who string, post keys.Hash, fee uint64, by ...string) {
	s.a.must(0)
	s.a.fund(who, post, fee)
	s.a.must(0)
	for _, name := range by {
		s.a.stakePost(name, post, true, s.a.wrep(name))
	}
	if s.police {
		s.a.stakePost("honest", post, false, s.a.wrep("honest"))
	}
	s.a.must(0)
	s.a.settle(forumPeriod)
}

// bomb lets the bombers pay fees together.
func (s *siege) bomb(fees uint64) {
	for _, name := range s.bombers {
		post := s.a.publish(name, 1, cite{s.victim, -1_000_000})
		by := []string{siegeVoter}
		if s.police {
			by = s.bombers
		}
		s.validate(name, post, fees/uint64(len(s.bombers)), by...)
		s.bombs = append(s.bombs, post)
	}
}

func runNegatives(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	bombers, parts := r.integers("bombers", 1, 100), r.integers("fees", 1, 10_000)
	fee := uint64(r.integer("victim", 100, 1_000_000))
	if r.err != nil {
		return nil, r.err
	}
	out := &Result{}
	plot := Plot{
		Title: "REP taken from a post by bombs", X: Axis{Label: "$ paid for bombs, in parts of the post's own fee", Unit: "%"},
		Y: Axis{Label: "part of what the post had gained", Unit: "%"},
	}
	done, all := int64(0), int64(len(bombers)*len(parts)+2)
	for _, n := range bombers {
		for _, part := range parts {
			if err := siegeRows(out, &plot, crewOf(n), fee, uint64(part)*fee/100); err != nil {
				return nil, err
			}
			done++
			tell(done, all)
		}
	}
	for _, claim := range []func(*Result, uint64) error{claimPoliced, claimSpent} {
		if err := claim(out, fee); err != nil {
			return nil, err
		}
	}
	tell(all, all)
	out.Plots = []Plot{plot}
	out.Notes = []string{
		"A fee of 1 $ brings half a REP to the bomb's post, and so takes half a REP at most: what is destroyed costs twice its REP in $. The other half of the mint goes to those who staked for the bomb.",
		"What bombs take they have: a bomb is a transfer to the bomber, which whoever undoes it gains in turn. So it is the pools that must refuse bombs; where others stake in proportion to REP they do.",
	}
	return out, nil
}

func crewOf(n int64) []string { return crew("bomber", int(n)) }

// siegeRows bombs a post once and undoes it.
func siegeRows(out *Result, plot *Plot, bombers []string, fee, fees uint64) error {
	fees -= fees % uint64(len(bombers))
	s := siege{bombers: bombers}
	if err := s.begin(fee); err != nil {
		return err
	}
	was, _ := s.a.worth(s.victim)
	s.bomb(fees)
	now, _ := s.a.worth(s.victim)
	lowest, arrived := now, 0.0
	for _, b := range s.bombs {
		value, gained := s.a.worth(b)
		lowest, arrived = min(lowest, value), arrived+gained
	}
	for i, b := range s.bombs { // whoever pays as much takes all of it back
		post := s.a.publish("friend", uint64(i), cite{b, -1_000_000})
		s.validate("friend", post, fees/uint64(len(bombers)), siegeVoter)
	}
	healed, _ := s.a.worth(s.victim)
	if err := s.a.failed(); err != nil {
		return err
	}
	params := map[string]any{"bombers": len(bombers), "fees": float64(fees) / float64(fee)}
	out.Rows = append(out.Rows,
		compared(AtMost, "REP taken, beside what arrived at the bombs", params, arrived, was-now).in("REP"),
		compared(AtMost, "REP taken, beside what the post had gained", params, was, was-now).in("REP"),
		near("REP taken: all that the fees reach", params, min(was, float64(fees)/2), was-now, 1e-6*was).in("REP"),
		compared(AtLeast, "least value of a post", params, 0, lowest).in("REP"),
		near("value of the post once the bombs are undone at the same price", params, was, healed, 1e-6*was).in("REP"))
	add(plot, crewLabel(len(bombers)), Point{X: float64(fees) / float64(fee), Y: (was - now) / was})
	return nil
}

func crewLabel(n int) string {
	if n == 1 {
		return "one bomber"
	}
	return figure(float64(n), "") + " bombers"
}

// claimPoliced bombs with 20 % of all REP against the others' votes.
func claimPoliced(out *Result, fee uint64) error {
	s := siege{bombers: crewOf(5)}
	if err := s.begin(fee); err != nil {
		return err
	}
	s.police = true
	was, _ := s.a.worth(s.victim)
	before := s.a.reps(s.bombers...)
	s.bomb(fee)
	now, _ := s.a.worth(s.victim)
	lost := 1 - s.a.reps(s.bombers...)/before
	if err := s.a.failed(); err != nil {
		return err
	}
	params := map[string]any{"bombers": 5, "share": 0.2, "policed": true}
	out.Rows = append(out.Rows,
		compared(Exactly, "REP taken where the others police", params, 0, was-now).in("REP"),
		near("part of the bombers' REP that five bombs burn", params, 1-1.0/32, lost, 1e-6))
	return nil
}

// claimSpent bombs a post whose author has put all its REP at stake elsewhere: it
// has nothing to spare, and nothing goes below zero.
func claimSpent(out *Result, fee uint64) error {
	s := siege{bombers: crewOf(1)}
	if err := s.begin(fee); err != nil {
		return err
	}
	held := s.a.wrep("victim")
	s.a.say("victim", "dcert/bond", dcert.BondFor{Member: addressOf("victim"), Amount: held})
	bomb := s.a.publish(s.bombers[0], 1, cite{s.victim, -1_000_000})
	s.validate(s.bombers[0], bomb, 2*fee, siegeVoter)
	after := s.a.wrep("victim")
	if err := s.a.failed(); err != nil {
		return err
	}
	out.Rows = append(out.Rows, compared(AtLeast, "REP of an author who had all of it at stake, before and after",
		nil, whole(held), whole(after)).in("REP"))
	return nil
}
