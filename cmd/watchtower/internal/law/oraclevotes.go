package law

import (
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Actions that members vote on (oracle §2, OF11).
const (
	actionInvite = 1
	actionLeave  = 2
	actionKick   = 3
)

// towerBallot is a member's vote on a proposal.
type towerBallot struct {
	by  wire.Address
	yes bool
}

func (b *towerBallot) shape(f form) { f.fields(2).address(&b.by).bool(&b.yes) }

// towerProposal is a proposal of the members (oracle §7, region 4).
type towerProposal struct {
	action                                    uint64
	target                                    wire.Address
	fine                                      num.Int
	proposer                                  wire.Address
	voteFrom, voteUntil, executeUntil, quorum uint64
	electors                                  []wire.Address
	ballots                                   []towerBallot
	executed                                  bool
}

func (p *towerProposal) shape(f form) {
	f.fields(11).byte(&p.action).address(&p.target).amount(&p.fine).address(&p.proposer)
	f.u64(&p.voteFrom).u64(&p.voteUntil).u64(&p.executeUntil).u64(&p.quorum).addresses(&p.electors)
	listOf(f, &p.ballots, each[towerBallot])
	f.bool(&p.executed)
}

func (c *Chain) proposeWatchers(from wire.Address, action uint64, target wire.Address, fine num.Int) error {
	me, ok := c.watcher(from)
	if !ok {
		return refused("no member")
	}
	if c.recent(me.proposed, c.param("oracle.proposal_cooldown")) {
		return refused("too soon")
	}
	of, member := c.watcher(target)
	switch {
	case action == actionInvite && !member && fine.IsZero():
	case action == actionLeave && target == from && fine.IsZero():
	case action == actionKick && member && !of.bond.Less(fine):
	default:
		return refused("no such action")
	}
	k := key(routeOracle, oracleLastProposal)
	n := c.number(k) + 1
	c.State.Set(k, uint64Value(n))
	p := towerProposal{action: action, target: target, fine: fine, proposer: from, quorum: c.param("oracle.quorum_ppm"), electors: c.watchers()}
	p.voteFrom = c.now() + c.param("oracle.vote_delay")
	p.voteUntil = p.voteFrom + c.param("oracle.vote_time")
	p.executeUntil = p.voteUntil + c.param("oracle.execute_time")
	c.store(key(routeOracle, oracleProposals, n), &p)
	c.setOracleDue(p.executeUntil, dueProposal, numbered(n), n)
	me.proposed = c.now()
	c.store(watcherKey(from), &me)
	return nil
}

func (c *Chain) voteWatchers(from wire.Address, n uint64, yes bool) error {
	k := key(routeOracle, oracleProposals, n)
	var p towerProposal
	if !c.load(k, &p) || c.now() < p.voteFrom || c.now() >= p.voteUntil || p.executed {
		return refused("no vote is open")
	}
	elector := false
	for _, a := range p.electors {
		elector = elector || a == from
	}
	if !elector || !c.has(watcherKey(from)) {
		return refused("no elector")
	}
	for _, b := range p.ballots {
		if b.by == from {
			return refused("a second ballot")
		}
	}
	p.ballots = append(p.ballots, towerBallot{from, yes})
	c.store(k, &p)
	return nil
}

func (c *Chain) executeWatchers(n uint64) error {
	k := key(routeOracle, oracleProposals, n)
	var p towerProposal
	if !c.load(k, &p) || c.now() >= p.executeUntil || p.executed {
		return refused("nothing to execute")
	}
	votes := uint64(0)
	for _, b := range p.ballots {
		if b.yes && c.has(watcherKey(b.by)) {
			votes++
		}
	}
	if num.U(votes).Mul(num.U(1e6)).Less(num.U(uint64(len(p.electors))).Mul(num.U(p.quorum))) {
		return refused("it has not passed")
	}
	m, member := c.watcher(p.target)
	until := c.now() + c.param("oracle.action_time")
	switch {
	case member == (p.action == actionInvite):
		return refused("its target has moved on")
	case p.action == actionInvite:
		c.State.Set(key(routeOracle, oracleInvitations, p.target), uint64Value(until))
	case p.action == actionLeave:
		m.leaveBy = until
		c.store(watcherKey(p.target), &m)
	default:
		c.removeWatcher(p.target, p.fine)
	}
	p.executed = true
	c.store(k, &p)
	return nil
}
