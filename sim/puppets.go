package sim

import (
	"fmt"

	"probity/chain/codec"
	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
	"probity/consensus"
	"probity/node"
	"probity/sim/attack"
	"probity/sim/world"
)

// puppets runs an adversary on the members that it owns. What it does to
// messages passes a gate on the tape, so that a shrunk run keeps only the deeds
// that matter; undone, a deed leaves what the member's own loop wanted.
type puppets struct {
	run   *run
	adv   attack.Adversary
	deeds *world.Stream
	sched map[[2]int]*world.Stream
	count map[string]int64
	notes map[string]keys.Hash
	bad   map[keys.Hash]bool // proposals of owned leaders
}

// guilty reports whether a statement is about a proposal of an owned leader.
func (r *run) guilty(s types.Statement) bool { return r.puppets != nil && r.puppets.bad[s.Digest] }

// enslave makes members owned and adds the second copies of twins.
func (r *run) enslave() error {
	s := r.cfg.Scenario
	if s.Nodes != r.cfg.Nodes {
		return fmt.Errorf("sim: scenario %q has %d nodes, the run %d", s.Name, s.Nodes, r.cfg.Nodes)
	}
	for _, i := range append(append([]int{}, s.Owned...), s.Twins...) {
		if i < 0 || i >= len(r.members) {
			return fmt.Errorf("sim: scenario %q owns member %d of %d", s.Name, i, r.cfg.Nodes)
		}
		r.members[i].owned = true
	}
	for _, i := range s.Twins {
		m := r.members[i]
		r.members = append(r.members, &member{id: len(r.members), of: i, run: r, keys: m.keys, owned: true})
	}
	adv := attack.Adversary(attack.Idle{})
	if s.New != nil {
		adv = s.New()
	}
	r.puppets = &puppets{
		run: r, adv: adv, deeds: r.tape.Stream("deed"), sched: map[[2]int]*world.Stream{}, count: map[string]int64{}, notes: map[string]keys.Hash{}, bad: map[keys.Hash]bool{},
	}
	r.figures = newFigures(r)
	return nil
}

func (p *puppets) begin() { p.adv.Begin(p) }

// string ties an owned member's machine to the adversary.
func (p *puppets) string(m *member, set *node.Settings) {
	inner := set.Machine
	set.Machine = func(cfg consensus.Config) node.Stepper {
		var s node.Stepper
		if inner != nil {
			s = inner(cfg)
		} else {
			s = consensus.New(cfg)
		}
		return &strung{s, p.adv, m.id}
	}
}

type strung struct {
	node.Stepper
	adv attack.Adversary
	id  int
}

// Step lets the adversary change what the machine asks for.
func (s *strung) Step(now types.Time, in consensus.Input) consensus.Ready {
	out := s.Stepper.Step(now, in)
	s.adv.Steps(s.id, in, &out)
	return out
}

// read decodes a consensus message once for all who look at it.
func read(topic string, data []byte) *consensus.Message {
	if topic != node.TopicConsensus {
		return nil
	}
	var msg consensus.Message
	if codec.Unmarshal(data, &msg) != nil {
		return nil
	}
	return &msg
}

func (p *puppets) broadcast(from *member, topic string, data []byte) {
	msg := read(topic, data)
	for _, o := range p.run.members {
		if o.id != from.id {
			p.post(from, attack.Letter{At: p.run.now, From: from.id, To: o.id, Topic: topic, Data: data, Msg: msg, Hold: from.took()})
		}
	}
}

func (p *puppets) send(from *member, to int, topic string, data []byte) {
	p.post(from, attack.Letter{At: p.run.now, From: from.id, To: to, Topic: topic, Data: data, Msg: read(topic, data), Hold: from.took()})
}

// post asks the adversary about a letter of a member of its own.
func (p *puppets) post(from *member, l attack.Letter) {
	if !from.owned {
		p.deliver(l)
		return
	}
	out := p.adv.Sends(l)
	if len(out) == 1 && len(out[0].Data) > 0 && len(l.Data) > 0 && &out[0].Data[0] == &l.Data[0] && out[0].To == l.To && out[0].Hold == l.Hold {
		p.deliver(l)
		return
	}
	if !p.deeds.Gate() {
		p.deliver(l)
		return
	}
	p.run.cfg.Timeline.add(p.run, Happened{Member: from.id, Kind: "act", Text: deed(&l, out)})
	for _, o := range out {
		if from := p.run.members[o.From]; !from.owned {
			panic(fmt.Sprintf("attack: a letter in the name of member %d", o.From))
		}
		p.deliver(o)
	}
}

// deed says in words what the adversary made of a letter.
func deed(l *attack.Letter, out []attack.Letter) string {
	what := l.Topic
	if l.Msg != nil {
		switch {
		case l.Msg.Vote != nil:
			what = "its " + l.Msg.Vote.Kind.String()
		case l.Msg.Proposal != nil:
			what = "its proposal"
		}
	}
	switch {
	case len(out) == 0:
		return fmt.Sprintf("keeps %s from member %d", what, l.To)
	case len(out) > 1:
		return fmt.Sprintf("makes %d letters of %s to member %d", len(out), what, l.To)
	case out[0].To != l.To:
		return fmt.Sprintf("sends %s to member %d, not %d", what, out[0].To, l.To)
	case out[0].Hold > 0:
		return fmt.Sprintf("holds %s to member %d for %d ms", what, l.To, out[0].Hold)
	}
	return fmt.Sprintf("changes %s to member %d", what, l.To)
}

// deliver puts a letter on its way, as late as the adversary wants within its
// bounds.
func (p *puppets) deliver(l attack.Letter) {
	r := p.run
	if l.To < 0 || l.To >= len(r.members) || l.To == l.From {
		return
	}
	if l.Data == nil {
		l.Data = codec.MustMarshal(l.Msg)
	}
	if l.Msg != nil && l.Msg.Proposal != nil {
		if id, ok := r.leaderOf(&l.Msg.Proposal.Header); ok && r.members[id].owned {
			p.bad[l.Msg.Proposal.Digest()] = true
		}
	}
	s := p.sched[[2]int{l.From, l.To}]
	if s == nil {
		s = r.tape.Stream(fmt.Sprintf("late %d>%d", l.From, l.To))
		p.sched[[2]int{l.From, l.To}] = s
	}
	late := types.Time(s.Offer(uint64(p.adv.Delays(&l))))
	if r.members[l.From].owned || r.members[l.To].owned {
		if late >= attack.Never {
			return
		}
	} else if r.calm {
		late = min(late, attack.LateCalm)
	} else if late >= attack.Lost {
		return
	} else {
		late = min(late, r.chaos.until-min(r.now, r.chaos.until))
	}
	r.net.SendLate(r.now, world.Packet{From: l.From, To: l.To, Topic: l.Topic, Data: l.Data}, late+l.Hold)
}

// hear shows a letter that arrives.
func (p *puppets) hear(pk *world.Packet) {
	p.adv.Hears(&attack.Letter{At: p.run.now, From: pk.From, To: pk.To, Topic: pk.Topic, Data: pk.Data, Msg: read(pk.Topic, pk.Data)})
}

func (p *puppets) final(m *member, b *types.Block) { p.adv.Final(m.id, b) }

// own is an owned member, or a panic: forging is not among the means.
func (p *puppets) own(id int) *member {
	m := p.run.members[id]
	if !m.owned {
		panic(fmt.Sprintf("attack: the adversary does not own member %d", id))
	}
	return m
}

// Now is attack.Hands.
func (p *puppets) Now() types.Time { return p.run.now }

// Start is attack.Hands.
func (p *puppets) Start() types.Time { return p.run.start }

// Calm is attack.Hands.
func (p *puppets) Calm() bool { return p.run.calm }

// Genesis is attack.Hands.
func (p *puppets) Genesis() *exec.Genesis { return p.run.genesis }

// Members is attack.Hands.
func (p *puppets) Members() []attack.Member {
	out := make([]attack.Member, len(p.run.members))
	for i, m := range p.run.members {
		out[i] = attack.Member{
			ID: m.id, Of: m.of, Owned: m.owned, Up: m.core != nil,
			Account: m.keys.Account.Public().Address(), Key: m.keys.Consensus.Public(), Weight: p.run.members[m.of].rep,
		}
	}
	return out
}

// Draw is attack.Hands.
func (p *puppets) Draw(label string, n uint64) uint64 {
	return p.run.tape.Stream("adversary " + label).Draw(n)
}

// Status is attack.Hands.
func (p *puppets) Status(id int) consensus.Status {
	if c := p.run.members[id].core; c != nil {
		return c.Machine()
	}
	return consensus.Status{Self: -1}
}

// Height is attack.Hands.
func (p *puppets) Height(id int) types.Height {
	if c := p.run.members[id].core; c != nil {
		return c.Height()
	}
	return 0
}

// Plan is attack.Hands.
func (p *puppets) Plan(e types.Epoch) *types.Plan { return p.run.plans[e] }

// State is attack.Hands.
func (p *puppets) State(id int) state.Reader { return p.run.members[id].state }

// MemberOf is attack.Hands.
func (p *puppets) MemberOf(k keys.PublicKey) (int, bool) { return p.run.memberOf(k) }

// Keys is attack.Hands.
func (p *puppets) Keys(owned int) node.MemberKeys { return p.own(owned).keys }

// Sign is attack.Hands.
func (p *puppets) Sign(owned int, s types.Statement) keys.Signature {
	k := p.own(owned).keys.Consensus
	return p.run.sign(k, k.Public(), s.SignBytes(p.run.genesis.Hash()))
}

// Vote is attack.Hands.
func (p *puppets) Vote(owned int, s types.Statement) (types.Vote, bool) {
	plan := p.run.plans[s.Epoch]
	if plan == nil {
		return types.Vote{}, false
	}
	i := plan.Roster.Index(p.own(owned).keys.Consensus.Public())
	if i < 0 {
		return types.Vote{}, false
	}
	return types.Vote{Statement: s, Signer: uint32(i), Signature: p.Sign(owned, s)}, true
}

// Seal is attack.Hands.
func (p *puppets) Seal(owned int, b *types.Block) {
	b.Signature = p.Sign(owned, b.Header.Statement())
}

// SealTx is attack.Hands.
func (p *puppets) SealTx(tx types.Tx, key keys.PrivateKey) *types.SignedTx {
	p.run.signTx(&tx, key)
	s, err := types.Seal(tx)
	if err != nil {
		panic("attack: " + err.Error()) // it is no transaction at all
	}
	return s
}

// Send is attack.Hands.
func (p *puppets) Send(l attack.Letter) {
	p.own(l.From)
	if p.deeds.Gate() {
		p.deliver(l)
	}
}

// Submit is attack.Hands.
func (p *puppets) Submit(to int, txs ...*types.SignedTx) []error {
	m := p.run.members[to]
	if m.core == nil || !p.deeds.Gate() {
		out := make([]error, len(txs))
		for i := range out {
			out[i] = errDown
		}
		return out
	}
	return m.core.Submit(txs)
}

var errDown = fmt.Errorf("nobody is there")

// Wake is attack.Hands.
func (p *puppets) Wake(at types.Time) {
	p.run.agenda.add(max(at, p.run.now+1), p.adv.Wakes)
}

// Count is attack.Hands.
func (p *puppets) Count(name string, n int64) { p.count[name] += n }

// Note is attack.Hands.
func (p *puppets) Note(name string, h keys.Hash) { p.notes[name] = h }
