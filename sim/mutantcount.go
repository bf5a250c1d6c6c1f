package sim

import (
	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/consensus/quorum"
)

// Mistakes about whose weight counts.

// counter makes certificates by a rule of its own, beside those of the machine.
type counter struct {
	pass
	self    keys.PublicKey
	enough  func(c *counter, signers map[uint32]types.Vote) bool
	roster  *types.Roster
	votes   map[types.Statement]map[uint32]types.Vote
	order   []types.Statement // without a certificate yet, by their first vote
	headers map[keys.Hash]types.SignedHeader
	fresh   []uint32     // heard since the last step
	heard   []types.Time // when each member was
}

// headsNotWeights counts heads: more than two thirds of the members are enough.
func headsNotWeights(self keys.PublicKey) bug {
	return &counter{self: self, enough: func(c *counter, signers map[uint32]types.Vote) bool {
		return len(signers) >= 2*len(c.roster.Members)/3+1
	}}
}

// silentFor is after how long without a vote a member is jailed, ms.
const silentFor types.Time = 1_500

// jailSilent takes the weight of members that have fallen silent out of the
// running epoch, so that the others form a quorum without them.
func jailSilent(self keys.PublicKey) bug {
	return &counter{self: self, enough: func(c *counter, signers map[uint32]types.Vote) bool {
		now := types.Time(0)
		for _, t := range c.heard {
			now = max(now, t) // it hears itself
		}
		var all, said types.Weight
		for i, m := range c.roster.Members {
			if c.heard[i]+silentFor > now {
				all += m.Weight
			}
			if _, ok := signers[uint32(i)]; ok {
				said += m.Weight
			}
		}
		return said >= quorum.Threshold(all)
	}}
}

func (c *counter) out(in consensus.Input, r *consensus.Ready) {
	switch in := in.(type) {
	case consensus.Start:
		if c.roster == nil || c.roster.Epoch != in.Plan.Epoch {
			c.roster, c.order = &in.Plan.Roster, nil
			c.votes, c.headers = map[types.Statement]map[uint32]types.Vote{}, map[keys.Hash]types.SignedHeader{}
			c.heard = nil
		}
	case consensus.Received:
		c.learn(&in.Message)
	}
	for i := range r.Send {
		c.learn(&r.Send[i])
	}
}

func (c *counter) learn(msg *consensus.Message) {
	switch {
	case msg.Proposal != nil:
		c.headers[msg.Proposal.Digest()] = msg.Proposal.Signed()
	case msg.Vote != nil:
		v := *msg.Vote
		if v.Epoch != c.roster.Epoch {
			return
		}
		c.fresh = append(c.fresh, v.Signer)
		if v.Kind != types.Notarize && v.Kind != types.Finalize {
			return
		}
		if c.votes[v.Statement] == nil {
			c.votes[v.Statement] = map[uint32]types.Vote{}
			c.order = append(c.order, v.Statement)
		}
		c.votes[v.Statement][v.Signer] = v
	}
}

func (c *counter) drive(now types.Time, step func(consensus.Input)) types.Time {
	if c.roster == nil {
		return never
	}
	if c.heard == nil {
		for range c.roster.Members {
			c.heard = append(c.heard, now)
		}
	}
	for _, signer := range c.fresh {
		c.heard[signer] = now
	}
	c.fresh = nil
	if i := c.roster.Index(c.self); i >= 0 {
		c.heard[i] = now
	}
	order := c.order
	c.order = nil
	var due []consensus.Received
	for _, s := range order {
		h, ok := c.headers[s.Digest]
		if !ok || !c.enough(c, c.votes[s]) {
			c.order = append(c.order, s)
			continue
		}
		var votes []types.Vote
		for i := range c.roster.Members {
			if v, ok := c.votes[s][uint32(i)]; ok {
				votes = append(votes, v)
			}
		}
		cert := types.Bundle(votes, len(c.roster.Members))
		due = append(due, consensus.Received{Message: consensus.Message{Certified: &types.Certified{Certificate: cert, Header: &h}}})
	}
	for _, in := range due {
		step(in)
	}
	return now + silentFor
}
