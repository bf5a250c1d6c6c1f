package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/wire"
)

// councilVote is a round of the council's vote (region 7).
type councilVote struct {
	opened, closes           uint64
	reports                  []wire.Hash
	activists, technologists []councilSeat
	closed, passed           bool
	reason                   string
	a, t                     collegeTally
}

func (v *councilVote) shape(f form) {
	f.fields(10).u64(&v.opened).u64(&v.closes).hashes(&v.reports)
	listOf(f, &v.activists, each[councilSeat])
	listOf(f, &v.technologists, each[councilSeat])
	f.bool(&v.closed).bool(&v.passed).text(&v.reason)
	v.a.shape(f)
	v.t.shape(f)
}

func voteKey(rc wire.Hash, round uint64) string { return key(routeRelease, relVotes, rc, round) }

// openCouncil is the rule of submit_to_council (release §5).
func (c *Chain) openCouncil(from wire.Address, rc wire.Hash, reports []wire.Hash, plan relPlan) error {
	k, ok := c.relCandidateOf(rc)
	s := c.relSummary()
	if !ok || !c.isCTR(from) || k.stage != relAuditing && k.stage != relRejected || s.vote != (wire.Hash{}) {
		return refused("no candidate that may be voted on")
	}
	list, err := c.audited(rc)
	if err == nil {
		err = c.rollback(k.protocol, plan.activate)
	}
	if err != nil {
		return err
	}
	good := map[wire.Hash]bool{}
	for _, r := range list {
		good[r.report] = true
	}
	for _, h := range reports {
		if !good[h] {
			return refused("a report that does not count")
		}
	}
	for _, n := range plan.reset {
		if len(n) < 1 || len(n) > relCircuit {
			return refused("no circuit")
		}
	}
	if n := len(reports); n < 1 || n > relList || len(plan.reset) > relList || len(plan.reset) > 0 && !plan.activate {
		return refused("too few or too many reports, or circuits without a plan")
	}
	v := councilVote{opened: c.now(), closes: c.now() + c.param("release.vote_period"), reports: reports,
		activists: c.collegeSeats(activists), technologists: c.collegeSeats(technologists)}
	k.stage, k.round, k.expires, k.closes, k.plan = relVoting, k.round+1, 0, v.closes, &plan
	c.store(voteKey(rc, k.round), &v)
	s.vote = rc
	c.setRelSummary(s)
	c.relDue(v.closes, relDueVote, rc)
	c.note(&k, rc, "vote_opened", enc(func(e *cbor.Enc) {
		f := form{e: e}
		e.Array(7).Uint(k.round).Uint(v.closes)
		plan.shape(f)
		f.hashes(&reports)
		listOf(f, &list, each[counted])
		for _, seats := range [][]councilSeat{v.activists, v.technologists} {
			e.Array(len(seats))
			for _, s := range seats {
				e.Bytes(s.address[:])
			}
		}
	}))
	c.store(candidateKey(rc), &k)
	return nil
}

func (c *Chain) councilBallot(from wire.Address, rc wire.Hash, choice uint64) error {
	k, ok := c.relCandidateOf(rc)
	if !ok || k.stage != relVoting || c.now() >= k.closes || choice < choiceYes || choice > choiceAbstain {
		return refused("no vote is open")
	}
	var v councilVote
	c.load(voteKey(rc, k.round), &v)
	mine := key(routeRelease, relBallots, rc, k.round, from)
	for college, seats := range [][]councilSeat{activists: v.activists, technologists: v.technologists} {
		for i := range seats {
			if seats[i].address != from || !c.holds(&seats[i]) || c.has(mine) {
				continue
			}
			c.State.Set(mine, enc(func(e *cbor.Enc) { e.Array(2).Uint(choice).Uint(c.now()) }))
			c.setMissed(from, false)
			c.note(&k, rc, "ballot", enc(func(e *cbor.Enc) { e.Array(3).Uint(k.round).Uint(uint64(college)).Uint(choice) }))
			c.store(candidateKey(rc), &k)
			return nil
		}
	}
	return refused("no voter, or a second ballot")
}

// setMissed counts a vote that a member missed, or forgets them.
func (c *Chain) setMissed(a wire.Address, missed bool) {
	college, m := c.councillor(a)
	m.missed++
	if !missed {
		m.missed = 0
	}
	c.store(memberKey(college, a), &m)
}

// closeCouncil decides a vote whose time is over (release §5).
func (c *Chain) closeCouncil(rc wire.Hash) {
	k, _ := c.relCandidateOf(rc)
	if k.stage != relVoting || k.closes > c.now() {
		return
	}
	var v councilVote
	at := voteKey(rc, k.round)
	c.load(at, &v)
	v.a, v.t = c.tallyCollege(rc, k.round, v.activists), c.tallyCollege(rc, k.round, v.technologists)
	list, err := c.audited(rc)
	v.closed, v.reason = true, ""
	for i, t := range []*collegeTally{&v.a, &v.t} {
		name := []string{"activists", "technologists"}[i]
		switch {
		case v.reason != "":
		case !t.turnout(c.param("release.turnout_ppm")):
			v.reason = "turnout of " + name
		case !t.approval(c.param("release.approval_ppm")):
			v.reason = "approval of " + name
		}
	}
	if v.reason == "" && err != nil {
		v.reason = "audit: " + err.(*refusal).kind
	}
	v.passed = v.reason == ""
	c.store(at, &v)
	k.stage, k.reason, k.closes = relApproved, v.reason, 0
	if !v.passed {
		k.stage = relRejected
	}
	c.rest(&k, rc)
	s := c.relSummary()
	s.vote = wire.Hash{}
	c.setRelSummary(s)
	c.note(&k, rc, "vote_closed", enc(func(e *cbor.Enc) {
		f := form{e: e}
		e.Array(6).Uint(k.round).Bool(v.passed).Text(v.reason)
		v.a.shape(f)
		v.t.shape(f)
		listOf(f, &list, each[counted])
	}))
	c.store(candidateKey(rc), &k)
}

func (c *Chain) tallyCollege(rc wire.Hash, round uint64, seats []councilSeat) (t collegeTally) {
	t.size = uint64(len(seats))
	for i := range seats {
		s := &seats[i]
		raw, voted := c.State.Get(key(routeRelease, relBallots, rc, round, s.address))
		holds := c.holds(s)
		if voted {
			read(raw, "ballot", func(d *cbor.Dec) { d.Array(2); t.add(d.U64(), holds); d.U64() })
		}
		if holds {
			c.setMissed(s.address, !voted)
		}
	}
	return t
}
