package attack

import (
	"encoding/binary"
	"fmt"
	"math"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/route/availability"
	"probity/chain/types"
	"probity/node"
)

// spy opens what its members can open before its time: the salts of their own
// turns, and those of others for which they hold enough tickets. It works out
// how many views further than everyone else it knows who will be drawn.
type spy struct {
	court
	last types.Height
}

// aheadMax is the most that is counted.
const aheadMax = 64

// Final is Adversary.
func (s *spy) Final(id int, b *types.Block) {
	s.court.Final(id, b)
	if s.owned(id) || b.Header.Height <= s.last {
		return
	}
	s.last = b.Header.Height
	p, schedule := scheduleAt(s.h, id, b.Header.Epoch)
	next := b.Header.View + 1
	if schedule == nil || next > types.View(p.Blocks) || !schedule.Reach(next) || !schedule.Waits(next) {
		return // where a view has no salt everyone sees past it
	}
	n := 0
	for v := next; v <= types.View(p.Blocks) && n < aheadMax && s.open(p, schedule, v); v++ {
		n++
	}
	s.h.Count("looks", 1)
	s.h.Count("looked ahead", int64(n))
	for r := 1; r <= n; r++ {
		s.h.Count(aheadName(r), 1)
	}
}

func aheadName(r int) string { return fmt.Sprintf("ahead %d", r) }

// scheduleAt is an epoch's schedule with the salts that a member's final blocks
// have opened.
func scheduleAt(h Hands, id int, e types.Epoch) (*types.Plan, *types.Schedule) {
	known, r := h.Plan(e), h.State(id)
	if known == nil || r == nil {
		return nil, nil
	}
	p := *known
	p.Opened = availability.Opened(r, e)
	s, err := types.NewSchedule(&p)
	if err != nil {
		return nil, nil
	}
	return &p, s
}

// open opens a view with what the adversary's members have, if that is enough.
func (s *spy) open(p *types.Plan, schedule *types.Schedule, v types.View) bool {
	if !schedule.Reach(v) {
		return false
	}
	if !schedule.Waits(v) {
		return true
	}
	suite := suiteOf(p)
	at, dealing := schedule.Place(v), schedule.Dealing(v)
	if id, ok := s.h.MemberOf(schedule.ASC(v).Key); ok && s.owned(id) {
		salt, err := suite.Open(at, dealing, suite.Reveal(at, saltSeed(s.h.Keys(id).Beacon, p.Epoch, at.Salt), dealing))
		if err == nil {
			schedule.Open(v, salt)
			return true
		}
	}
	shares := s.shares(p, suite, at, dealing)
	panel := schedule.Panel(suite)
	if panel == nil || len(shares) < panel.Threshold() {
		return false
	}
	salt, err := suite.Recover(panel, at, dealing, shares)
	if err != nil {
		return false
	}
	schedule.Open(v, salt)
	return true
}

// shares are those of all tickets of the adversary's members.
func (c *court) shares(p *types.Plan, suite escrow.Suite, at escrow.Place, dealing []byte) (out []escrow.Share) {
	for i := range p.Roster.Members {
		if id, ok := c.h.MemberOf(p.Roster.Members[i].Key); ok && c.owned(id) {
			out = append(out, sharesOf(p, i, suite, c.h.Keys(id), at, dealing)...)
		}
	}
	return out
}

// sharesOf are those of the tickets of the member at a place in the roster.
func sharesOf(p *types.Plan, place int, suite escrow.Suite, k node.MemberKeys, at escrow.Place, dealing []byte) (out []escrow.Share) {
	first, seed := p.Roster.FirstTicket(place), node.EscrowSeed(k.Beacon)
	for n := range p.Roster.Members[place].Escrow {
		out = append(out, suite.Share(at, dealing, first+uint32(n), escrow.NewSecret(seed, uint32(n))))
	}
	return out
}

// suiteOf is the escrow that a plan's keys belong to.
func suiteOf(p *types.Plan) escrow.Suite {
	if _, err := (escrow.Ideal{}).Panel(p.Roster.Tickets()); err == nil {
		return escrow.Ideal{}
	}
	return escrow.DHPVSS
}

// saltSeed is what a member derives the dealing of a salt from.
func saltSeed(beacon [32]byte, e types.Epoch, j uint32) [32]byte {
	s := node.SaltSecret(beacon, e)
	return keys.Sum([]byte("dealing"), s[:], binary.BigEndian.AppendUint32(nil, j))
}

// ahead reports how far the runs of a spy looked ahead. With turns drawn
// independently r views or more happen with probability αʳ below half of the
// tickets.
func (t *troupe) ahead(r *Result, s size, owned int, below bool) Series {
	looks := t.count("looks")
	params := t.params()
	params["owned"] = fmt.Sprintf("%d of %d", owned, s.nodes)
	alpha := float64(owned) / float64(s.nodes)
	if below {
		r.Rows = append(r.Rows, inside("the next view's salt is known early", params, alpha, t.count(aheadName(1)), looks))
	} else {
		r.Rows = append(r.Rows, compared(Exactly, "the next view's salt is known early", params, 1, float64(t.count(aheadName(1)))/float64(looks)).of(looks))
	}
	r.Rows = append(r.Rows, reported("views known ahead of everyone else, mean", params, float64(t.count("looked ahead"))/float64(looks)).in("views").of(looks))
	line := Series{Name: t.name, Line: true}
	for k := 1; k <= 8; k++ {
		low, high := clopperPearson(t.count(aheadName(k)), looks, confidence)
		line.Points = append(line.Points, Point{X: float64(k), Y: float64(t.count(aheadName(k))) / float64(looks), Low: low, High: high})
	}
	return line
}

// powers is the curve αʳ.
func powers(alpha float64) Series {
	s := Series{Name: fmt.Sprintf("α^r, α = %.3f", alpha), Line: true}
	for k := 1; k <= 8; k++ {
		s.Points = append(s.Points, Point{X: float64(k), Y: math.Pow(alpha, float64(k))})
	}
	return s
}
