package attack

import (
	"probity/chain/types"
	"probity/consensus"
)

// forensics is an onlooker with an ear in every honest member: it keeps what
// each member has signed, wherever that was heard, and finds who signed two
// statements that convict. Members that were split know half of it each. The
// adversaries that it watches forge nothing, so it verifies nothing.
type forensics struct {
	said map[int]map[types.Statement]bool // by member, of all views
	view map[types.Statement][]types.Statement
	bad  map[int]bool
}

// hear takes in a message that arrived at an honest member.
func (f *forensics) hear(c *court, msg *consensus.Message) {
	switch {
	case msg == nil:
	case msg.Vote != nil:
		f.vote(c, msg.Vote)
	case msg.Certified != nil:
		f.certificate(c, &msg.Certified.Certificate)
	case msg.Proposal != nil:
		for i := range msg.Proposal.Body.Votes {
			f.certificate(c, &msg.Proposal.Body.Votes[i])
		}
		for i := range msg.Proposal.Body.Views {
			if n := msg.Proposal.Body.Views[i].Nullification; n != nil {
				f.certificate(c, n)
			}
		}
	}
}

func (f *forensics) certificate(c *court, cert *types.Certificate) {
	p := c.h.Plan(cert.Epoch)
	if p == nil {
		return
	}
	votes, err := cert.Votes(len(p.Roster.Members))
	if err != nil {
		return
	}
	for i := range votes {
		f.vote(c, &votes[i])
	}
}

func (f *forensics) vote(c *court, v *types.Vote) {
	p := c.h.Plan(v.Epoch)
	if p == nil || int(v.Signer) >= len(p.Roster.Members) {
		return
	}
	id, ok := c.h.MemberOf(p.Roster.Members[v.Signer].Key)
	if !ok || f.bad[id] || f.said[id][v.Statement] {
		return
	}
	if f.said == nil {
		f.said, f.view, f.bad = map[int]map[types.Statement]bool{}, map[types.Statement][]types.Statement{}, map[int]bool{}
	}
	if f.said[id] == nil {
		f.said[id] = map[types.Statement]bool{}
	}
	at := types.Statement{Epoch: v.Epoch, View: v.View}
	for _, o := range f.view[at] { // all statements of the view: few
		if f.said[id][o] && consensus.Conflict(o, v.Statement) {
			f.bad[id] = true
			c.h.Count("guilty", 1)
			c.h.Count("guilty weight", int64(c.members[id].Weight))
			return
		}
	}
	known := false
	for _, o := range f.view[at] {
		known = known || o == v.Statement
	}
	if !known {
		f.view[at] = append(f.view[at], v.Statement)
	}
	f.said[id][v.Statement] = true
}
