package attack

import (
	"probity/chain/keys"
	"probity/chain/route/rep"
	"probity/chain/types"
	"probity/consensus"
	"probity/consensus/quorum"
	"probity/node"
)

// censorAttack leaves out of its blocks what it does not like: transfers,
// registrations, accusations, and the votes of one member.
var censorAttack = &Attack{
	Name:  "censor",
	Title: "Leave transfers, registrations, accusations and one member's votes out of blocks, and refuse to vote for those who do not",
	Claim: "What a censor of share α leaves out waits for the next block that is not the censor's: k blocks with probability αᵏ(1−α). " +
		"Registrations, accusations and votes land all the same, and the censor earns less than it would. From one third on it can stop " +
		"blocks that hold what it does not like.",
	Source: "spec consensus §3, §4, pools §2, selection §3",
	Options: []Option{
		{"alpha", "0.1,0.2,0.3", "the censor's shares of all REP, below a third"},
		{"seeds", "3", "runs of each scenario"},
		{"seconds", "10", "that the censor acts in each run"},
	},
	Play: &Play{Cast: castCensor, Measure: measureCensor},
}

// The cast: the censor, an honest member whose votes it leaves out, and, where
// there is one, its friend who votes twice.
const (
	censorID  = 0
	unheardID = 1
	friendID  = 2
)

// censor owns one member, or two with the friend.
type censor struct {
	Idle
	h       Hands
	omits   bool       // transactions of others
	mutes   bool       // the votes of unheardID
	refuses bool       // votes for blocks with transfers in them
	absent  bool       // proposes nothing, and nullifies nothing
	guilty  bool       // the friend votes twice
	until   types.Time // of the attack, ms from the start

	seats map[keys.Address]int
	own   map[keys.Hash]bool // the censor's own blocks
	next  types.Height
	epoch types.Epoch
	probe probe
	votes []awaited
}

// probe is one honest transfer that everyone honest holds, followed until it is
// in a final block. The next one is taken after that, so that waits are independent.
type probe struct {
	hash  keys.Hash
	heard int        // honest members that have it
	first types.Time // when the first of them heard it
	since types.Time // when the last of them heard it; 0: not yet
	waits int        // blocks of the censor since
}

// awaited is a final block whose Notarize by the unheard member is to come.
type awaited struct {
	digest keys.Hash
	height types.Height
}

func (c *censor) Begin(h Hands) {
	c.h, c.next, c.seats, c.own = h, 1, map[keys.Address]int{}, map[keys.Hash]bool{}
	for _, m := range h.Members() {
		c.seats[m.Account] = m.ID
	}
	h.Wake(h.Start() + c.until - 1)
}

func (c *censor) owned(id int) bool { return id == censorID || c.guilty && id == friendID }

// Delays keeps what others offer out of the censor's mempool: what is not
// there is in none of its blocks.
func (c *censor) Delays(l *Letter) types.Time {
	if c.omits && l.Topic == node.TopicTxs && c.owned(l.To) {
		return Never
	}
	return 0
}

// Hears follows a transfer on its way through the honest members.
func (c *censor) Hears(l *Letter) {
	if l.Topic != node.TopicTxs || c.owned(l.To) || c.owned(l.From) || c.probe.since > 0 || c.h.Calm() {
		return
	}
	txs, err := node.DecodeTxs(l.Data)
	if err != nil {
		return
	}
	tx := txs[len(txs)-1]
	if _, member := c.seats[tx.From]; member {
		return
	}
	if c.probe.heard > 0 && l.At > c.probe.first+500 { // it was final before all had heard it
		c.probe = probe{}
	}
	if c.probe.heard == 0 {
		c.probe.hash, c.probe.first = tx.Hash, l.At
	}
	if c.probe.hash != tx.Hash {
		return
	}
	if c.probe.heard++; c.probe.heard == len(c.h.Members())-2 { // all but the censor and the sender
		c.probe.since = l.At
	}
}

// Sends refuses, stays away, or votes twice.
func (c *censor) Sends(l Letter) []Letter {
	if l.Msg == nil || c.h.Calm() {
		return []Letter{l}
	}
	v := l.Msg.Vote
	switch {
	case c.absent && (l.Msg.Proposal != nil || v != nil && v.Kind == types.Nullify):
		c.h.Count("withheld", 1)
		return nil
	case c.guilty && l.From == friendID && v != nil && v.Kind == types.Notarize && l.At > c.h.Start()+cutFrom:
		return c.twice(l)
	}
	return []Letter{l}
}

// twice adds a vote for another digest.
func (c *censor) twice(l Letter) []Letter {
	other := l.Msg.Vote.Statement
	other.Digest = keys.Sum([]byte("other"), other.Digest[:])
	v, ok := c.h.Vote(friendID, other)
	if !ok || c.h.Draw("twice", 2) == 0 {
		return []Letter{l}
	}
	return []Letter{l, {From: l.From, To: l.To, Topic: l.Topic, Msg: &consensus.Message{Vote: &v}}}
}

// Steps changes what the censor's machine asks for: votes for blocks of others
// are not signed, so that nothing rests on them, and the unheard member's votes
// are taken out of the block to be built.
func (c *censor) Steps(id int, _ consensus.Input, out *consensus.Ready) {
	if c.h == nil || id != censorID || c.h.Calm() { // machines start before the adversary does
		return
	}
	if c.refuses {
		c.refuse(out)
	}
	if c.mutes {
		c.mute(out)
	}
}

func (c *censor) refuse(out *consensus.Ready) {
	for i := range out.Send {
		if b := out.Send[i].Proposal; b != nil {
			c.own[b.Digest()] = true
		}
	}
	var signed []types.Statement
	for _, s := range out.Sign {
		if (s.Kind == types.Notarize || s.Kind == types.Finalize) && !c.own[s.Digest] {
			c.h.Count("votes refused", 1)
			continue
		}
		signed = append(signed, s)
	}
	out.Sign = signed
}

// mute leaves the unheard member's votes out, as far as the certificate of the
// parent can do without.
func (c *censor) mute(out *consensus.Ready) {
	for i, a := range out.Ask {
		b, ok := a.(consensus.Build)
		plan := c.h.Plan(b.Epoch)
		if !ok || plan == nil || b.Trailing {
			continue
		}
		index := plan.Roster.Index(c.h.Members()[unheardID].Key)
		var kept []types.Certificate
		for j := range b.Votes {
			if cert, ok := without(&b.Votes[j], index, &plan.Roster, j == 0); ok {
				kept = append(kept, cert)
			}
		}
		b.Votes = kept
		out.Ask[i] = b
	}
}

// without is a certificate without one signer's vote; not ok where nothing is
// left. One that must weigh a quorum stays whole where it would not.
func without(c *types.Certificate, index int, roster *types.Roster, whole bool) (types.Certificate, bool) {
	votes, err := c.Votes(len(roster.Members))
	if err != nil || c.Epoch != roster.Epoch {
		return *c, true
	}
	var kept []types.Vote
	for _, v := range votes {
		if int(v.Signer) != index {
			kept = append(kept, v)
		}
	}
	if len(kept) == 0 {
		return *c, whole
	}
	out := types.Bundle(kept, len(roster.Members))
	if w, err := out.Weight(roster); whole && (err != nil || w < quorum.Threshold(roster.Total())) {
		return *c, true
	}
	return out, true
}

// Final follows the chain, each height once.
func (c *censor) Final(id int, b *types.Block) {
	if c.owned(id) || b.Header.Height != c.next {
		return
	}
	c.next++
	plan := c.h.Plan(b.Header.Epoch)
	if plan == nil || c.h.Calm() {
		return
	}
	c.listed(plan)
	c.included(b, plan)
	c.voted(b, plan)
}

// listed counts the honest members in each epoch's list.
func (c *censor) listed(plan *types.Plan) {
	if plan.Epoch <= c.epoch {
		return
	}
	c.epoch = plan.Epoch
	for i := range plan.List {
		if id, ok := c.seats[plan.List[i].Producer]; ok && !c.owned(id) {
			c.h.Count("listed", 1)
		}
	}
	c.h.Count("lists", 1)
}

// share is the censor's part of a list, in ppm.
func (c *censor) share(plan *types.Plan) int64 {
	var own, whole uint64
	for i := range plan.List {
		whole += uint64(plan.List[i].Weight)
		if id, ok := c.seats[plan.List[i].Producer]; ok && c.owned(id) {
			own += uint64(plan.List[i].Weight)
		}
	}
	return int64(own * 1_000_000 / whole)
}

// included ends the probe where the block holds it, and lets it wait where the
// block is one that could have held it.
func (c *censor) included(b *types.Block, plan *types.Plan) {
	if n := len(b.Body.Txs); n > 0 {
		c.h.Count("txs", int64(n))
	}
	p := &c.probe
	holds := false
	for _, raw := range b.Body.Txs {
		holds = holds || keys.Sum(raw) == p.hash
	}
	switch late := p.since > 0 && b.Header.Time > p.since; {
	case holds && late:
		c.h.Count("probes", 1)
		c.h.Count("alpha", c.share(plan))
		c.h.Count("waited", int64(p.waits))
		for k := 1; k <= min(p.waits, 3); k++ {
			c.h.Count("waited "+string(rune('0'+k)), 1)
		}
		*p = probe{}
	case holds:
		*p = probe{}
	case !late:
	default:
		for i := range plan.List {
			if plan.List[i].ID != b.Header.ASC {
				continue
			}
			if id := c.seats[plan.List[i].Producer]; c.owned(id) {
				p.waits++
			} else { // its nonce waits for another, or it has become void
				c.h.Count("left out by the honest", 1)
				*p = probe{}
			}
		}
	}
}

// voted looks when the unheard member's vote for each block is included.
func (c *censor) voted(b *types.Block, plan *types.Plan) {
	if !c.mutes {
		return
	}
	index := plan.Roster.Index(c.h.Members()[unheardID].Key)
	kept := c.votes[:0]
	for _, a := range c.votes {
		found := false
		for i := range b.Body.Votes {
			cert := &b.Body.Votes[i]
			found = found || cert.Kind == types.Notarize && cert.Digest == a.digest && cert.Epoch == plan.Epoch && index >= 0 && cert.Signers[index/8]>>(index%8)&1 == 1
		}
		switch {
		case found:
			c.h.Count("votes included", 1)
			if b.Header.Height > a.height+1 {
				c.h.Count("votes late", 1)
			}
		case b.Header.Height >= a.height+consensus.VoteWindow:
			c.h.Count("votes lost", 1)
		default:
			kept = append(kept, a)
		}
	}
	c.votes = kept
	if b.Header.Height < plan.Last()-consensus.VoteWindow { // votes of the epoch before are in other rosters' certificates
		c.votes = append(c.votes, awaited{b.Digest(), b.Header.Height})
	}
}

// Wakes sums up what everyone has gained when the attack ends.
func (c *censor) Wakes() {
	st := c.h.State(unheardID)
	if st == nil {
		return
	}
	for _, m := range c.h.Members() {
		gain := rep.Balance(st, rep.WREP, m.Account).SubClamp(types.Whole(m.Weight))
		n, _ := gain.Uint64()
		who := "honest"
		if c.owned(m.ID) {
			who = "censor"
		}
		c.h.Count(who, int64(n))
	}
}
