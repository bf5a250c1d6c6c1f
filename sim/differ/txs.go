package differ

import (
	"strings"

	"github.com/fxamacker/cbor/v2"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/beacon"
	"probity/chain/route/evidence"
	"probity/chain/route/params"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// txs are random transactions for the next block, some of which fail.
func (m *Maker) txs() (out []*types.SignedTx) {
	next := map[keys.Address]uint64{}
	add := func(p *person, tx types.Tx) {
		if _, ok := next[p.address]; !ok {
			next[p.address] = bank.Nonce(m.tip.State, p.address)
		}
		tx.Chain, tx.Sender, tx.Nonce = "differ", p.key.Public(), next[p.address]
		if tx.FeeMax.IsZero() {
			tx.FeeMax = types.NewAmount(m.rng.Uint64N(3_000_000_000))
		}
		tx.ValidUntil = m.tip.Header.Height + 1 + types.Height(m.rng.IntN(3))
		tx.Sign(p.key, m.g.Hash())
		s, err := types.Seal(tx)
		if err != nil {
			return // too large
		}
		next[p.address]++
		out = append(out, s)
	}
	rare := 12
	if m.setup.steady {
		rare = 300
	}
	if m.rng.IntN(rare) == 0 {
		if msg, ok := m.accuse(); ok {
			add(m.anyone(), types.Tx{Msgs: []types.Msg{msg}})
		}
	}
	for _, p := range m.people {
		if m.rng.IntN(2) == 0 {
			if msg, ok := m.register(p); ok {
				add(p, types.Tx{FeeMax: types.Whole(2), Msgs: []types.Msg{msg}})
			}
		}
	}
	for range m.rng.IntN(10) {
		of := generators[m.rng.IntN(len(generators))]
		if m.rng.IntN(2) == 0 {
			of = generators[m.setup.focus%len(generators)]
		} else if len(generators) >= focuses && m.rng.IntN(4) == 0 {
			of = (*Maker).lawTx // what others may order, proposals must pass
		}
		if p, msgs := of(m); len(msgs) > 0 {
			tx := types.Tx{FeeMax: types.NewAmount(3_000_000_000), Msgs: msgs}
			m.sponsored(p, &tx)
			add(p, tx)
		}
	}
	for range m.rng.IntN(6) {
		p := m.anyone()
		tx := types.Tx{}
		for range 1 + m.rng.IntN(3)*m.rng.IntN(2) {
			if msg, ok := m.message(p); ok {
				tx.Msgs = append(tx.Msgs, msg)
			}
		}
		if m.rng.IntN(6) == 0 {
			payer := m.anyone().address
			tx.FeePayer = &payer
		}
		if len(tx.Msgs) > 0 {
			add(p, tx)
		}
	}
	return out
}

// generators are messages of routes 8 to 14, with the person who sends them: the
// next step of something that is under way, or a first one, or nonsense. None: there
// is nothing to do.
var generators = []func(m *Maker) (*person, []types.Msg){
	(*Maker).forumTx, (*Maker).lawTx, (*Maker).courtTx, (*Maker).dcertTx,
	(*Maker).releaseTx, (*Maker).releaseTx, (*Maker).contributionTx, (*Maker).contributionTx, (*Maker).oracleTx, (*Maker).oracleTx,
}

// focuses are how many generators a chain chooses the one from that it asks most.
const focuses = 10

// sent is a message and its sender.
func (m *Maker) sent(p *person, rule string, body any) (*person, []types.Msg) {
	return p, []types.Msg{m.pack(rule, body)}
}

// each calls fn with the leaves of a region: what follows region in the key, and the
// value, an array of fields where it is one.
func (m *Maker) each(routeID uint16, region byte, fn func(rest []byte, v any)) {
	lo := []byte{byte(routeID >> 8), byte(routeID), region}
	hi := []byte{byte(routeID >> 8), byte(routeID), region + 1}
	err := m.store.Range(lo, hi, func(k, raw []byte) bool {
		var v any
		if err := cbor.Unmarshal(raw, &v); err != nil {
			panic("differ: " + err.Error()) // it is a form that the node wrote
		}
		fn(k[3:], v)
		return true
	})
	if err != nil {
		panic("differ: " + err.Error()) // memory has no errors
	}
}

func (m *Maker) anyone() *person { return m.people[m.rng.IntN(len(m.people))] }

// somewhere is an account, at times one of the chain's own.
func (m *Maker) somewhere() keys.Address {
	if m.rng.IntN(6) == 0 {
		names := []string{"treasury", "salary", "salary.grep", "entry", "incinerator", "nobody"}
		return route.Address(names[m.rng.IntN(len(names))])
	}
	return m.anyone().address
}

func (m *Maker) pack(rule string, body any) types.Msg {
	name, msg, _ := strings.Cut(rule, "/")
	out, err := Table.Pack(name, msg, body)
	if err != nil {
		panic("differ: " + err.Error()) // the table has it
	}
	return out
}

// amount is one of any size.
func (m *Maker) amount() types.Amount {
	return types.NewAmount(m.rng.Uint64() >> uint(m.rng.IntN(64)))
}

// message is any message of a person.
func (m *Maker) message(p *person) (types.Msg, bool) {
	what := m.rng.IntN(15)
	if m.setup.steady && (what == 8 || what == 9) {
		return types.Msg{}, false
	}
	switch what {
	case 0, 1, 2, 3:
		return m.pack("bank/send", bank.Send{To: m.somewhere(), Amount: m.amount()}), true
	case 4:
		return m.pack("bank/allow", bank.Allow{Spender: m.anyone().address, PerEpoch: m.amount()}), true
	case 5:
		return m.pack("bank/revoke", bank.Revoke{Spender: m.anyone().address}), true
	case 6, 7:
		return m.pack("rep/claim", rep.ClaimMsg{}), true
	case 8:
		return m.bench(p), true
	case 9:
		if m.rng.IntN(4) != 0 {
			return types.Msg{}, false
		}
		return m.pack("availability/leave", availability.Leave{}), true
	case 10, 11:
		return m.pack("availability/resume", availability.Resume{}), true
	case 12:
		return m.addSalts(p)
	case 13:
		return m.reserved(), true
	}
	return m.pack("availability/signal", availability.Signal{Protocol: uint32(m.rng.IntN(3))}), true
}

// reserved is a message that only routes may send; it fails, and pays.
func (m *Maker) reserved() types.Msg {
	switch m.rng.IntN(4) {
	case 0:
		return m.pack("params/set", params.Set{Changes: []params.Change{{Name: "reward.block", Value: 1}}})
	case 1:
		return m.pack("bank/spend", bank.Spend{To: m.anyone().address, Amount: m.amount()})
	case 2:
		return m.pack("availability/upgrade", availability.Upgrade{Height: 9, Protocol: 2, Reset: []string{"x"}[:m.rng.IntN(2)]})
	}
	return m.pack("availability/cancel", availability.Cancel{Height: 9, Protocol: 2})
}

// bench is a seat with the person's key or a new one, at times wrong.
func (m *Maker) bench(p *person) types.Msg {
	if m.rng.IntN(3) == 0 {
		p.rekey()
	}
	k := p.vote()
	seat := availability.Bench{Key: k.Public(), Network: make(types.Bytes, 32)}
	if m.rng.IntN(10) == 0 {
		seat.Network = seat.Network[:31]
	}
	if m.rng.IntN(10) == 0 {
		seat.Key = m.anyone().vote().Public()
	}
	if !m.setup.hashed {
		n := availability.EscrowKeys(uint64(m.setup.params["bench.max"].(int)))
		p.keySets++
		seat.Escrow, seat.Possession = p.escrowKeys(m.setup.suite, n+m.rng.IntN(2), m.g.Hash())
		switch m.rng.IntN(10) {
		case 0:
			seat.Escrow = seat.Escrow[1:]
		case 1:
			seat.Possession[3]++
		case 2:
			seat.Escrow, seat.Possession = nil, nil
		}
	}
	seat.Proof = k.Sign(seat.SignBytes(m.g.Hash(), p.address))
	if m.rng.IntN(10) == 0 {
		seat.Proof[5]++
	}
	return m.pack("availability/bench", seat)
}

// register is a person's contract for the next epoch.
func (m *Maker) register(p *person) (types.Msg, bool) {
	e := m.plan.Epoch + 1
	if m.rng.IntN(20) == 0 {
		e += types.Epoch(m.rng.IntN(2))
	}
	r, ok := availability.Roster(m.tip.State, e)
	if !ok || availability.Registered(m.tip.State, e, p.address) && m.rng.IntN(10) != 0 {
		return types.Msg{}, false
	}
	w := types.Weight(rep.Balance(m.tip.State, rep.WREP, p.address).WholeDown())
	if m.rng.IntN(4) == 0 && w > 1 {
		w = 1 + types.Weight(m.rng.Uint64N(uint64(w)+1))
	}
	if w == 0 && m.rng.IntN(5) != 0 {
		return types.Msg{}, false
	}
	k := p.vote()
	c := availability.Register{Epoch: e, Weight: w, Key: k.Public()}
	scheme, stride, _ := availability.Scheme(m.tip.State, e)
	if scheme == types.Hashed {
		if m.rng.IntN(5) != 0 {
			c.Commitment, c.Salts = beacon.Commit(p.secret(e), hashedSalts), hashedSalts
		}
	} else {
		_, blocks := availability.Length(m.tip.State, e)
		n := availability.SaltsNeeded(w, r.Total(), blocks, stride)
		if m.rng.IntN(6) == 0 {
			n = uint32(m.rng.IntN(int(n) + 1))
		}
		c.Commitment, c.Salts = m.join(m.dealings(p, &r, availability.Bound(m.tip.State, e), e, 0, n))
		if m.rng.IntN(12) == 0 && len(c.Commitment) > 0 {
			c.Commitment[m.rng.IntN(len(c.Commitment))]++
		}
	}
	c.Proof = k.Sign(c.SignBytes(m.g.Hash(), p.address))
	return m.pack("availability/register", c), true
}

func (m *Maker) join(list []types.Bytes) (out types.Bytes, n uint32) {
	for _, b := range list {
		out = append(out, b...)
	}
	return out, uint32(len(list))
}

// addSalts adds a few dealings to a contract.
func (m *Maker) addSalts(p *person) (types.Msg, bool) {
	e := m.plan.Epoch + 1
	r, ok := availability.Roster(m.tip.State, e)
	_, have, waits := availability.Waiting(m.tip.State, e, p.address)
	if !ok || !waits && m.rng.IntN(3) != 0 || m.setup.hashed && m.rng.IntN(3) != 0 {
		return types.Msg{}, false
	}
	c := availability.AddSalts{Epoch: e}
	c.Commitment, c.Salts = m.join(m.dealings(p, &r, availability.Bound(m.tip.State, e), e, have, uint32(m.rng.IntN(3))))
	return m.pack("availability/add_salts", c), true
}

// accuse is evidence about some member, most of it true.
func (m *Maker) accuse() (types.Msg, bool) {
	plan := m.plan
	if old := m.plans[plan.Epoch-1]; plan.Epoch > 0 && old != nil && m.rng.IntN(3) == 0 {
		plan = old
	}
	if len(plan.Roster.Members) < 2 && m.rng.IntN(4) != 0 {
		return types.Msg{}, false
	}
	if m.rng.IntN(2) == 0 {
		return m.accuseProducer(plan)
	}
	i := m.rng.IntN(len(plan.Roster.Members))
	k := m.holder(plan.Roster.Members[i].Key)
	kinds := []types.Kind{types.Notarize, types.Nullify, types.Reject, types.Finalize}
	signed := func() evidence.Signed {
		s := types.Statement{Kind: kinds[m.rng.IntN(4)], Epoch: plan.Epoch, View: 3}
		if s.Kind != types.Nullify {
			s.Digest = keys.Sum([]byte{byte(m.rng.IntN(2))})
		}
		return evidence.Signed{Statement: s, Signature: k.Sign(s.SignBytes(m.g.Hash()))}
	}
	v := evidence.Votes{A: signed(), B: signed(), Member: plan.Roster.Prove(i)}
	if m.rng.IntN(8) == 0 {
		v.Member.Index++
	}
	return m.pack("evidence/submit", evidence.Submit{Votes: &v}), true
}

// accuseProducer is evidence about headers.
func (m *Maker) accuseProducer(plan *types.Plan) (types.Msg, bool) {
	v := 1 + types.View(m.rng.IntN(int(plan.Blocks)))
	asc := plan.List[m.rng.IntN(len(plan.List))]
	proof, ok := availability.ProveASC(plan, asc.ID)
	k := m.holder(asc.Key)
	if !ok || k == nil {
		return types.Msg{}, false
	}
	h := m.tip.Header
	h.Epoch, h.View, h.ASC = plan.Epoch, v, asc.ID
	h.Height = plan.First + types.Height(m.rng.IntN(int(plan.Blocks)))
	h.RosterHash = plan.Roster.Hash()
	if next, ok := availability.RosterHash(m.tip.State, plan.Epoch+1); ok {
		h.NextRosterHash = next
	}
	if plan == m.plan && m.sched.Known(v) {
		h.Seed = m.sched.Seed(v)
	}
	h.Reveal = nil
	switch m.rng.IntN(6) {
	case 0:
		h.Height += 1000
	case 1:
		h.RosterHash[0]++
	case 2:
		h.View = 0
	}
	sign := func(h types.Header) types.SignedHeader {
		s := types.Statement{Kind: types.Propose, Epoch: h.Epoch, View: h.View, Digest: h.Digest()}
		return types.SignedHeader{Header: h, Signature: k.Sign(s.SignBytes(m.g.Hash()))}
	}
	if m.rng.IntN(3) == 0 {
		other := h
		other.StateRoot[0] += byte(m.rng.IntN(3))
		return m.pack("evidence/submit", evidence.Submit{Proposals: &evidence.Proposals{A: sign(h), B: sign(other), Producer: proof}}), true
	}
	e := evidence.Header{Header: sign(h), Producer: proof}
	if m.rng.IntN(3) == 0 {
		parent := m.tip.Header
		h.Parent = parent.Digest()
		if m.rng.IntN(2) == 0 {
			h.Height, h.Time = parent.Height+1, parent.Time+plan.Interval
		}
		e.Header, e.Parent = sign(h), &parent
	}
	return m.pack("evidence/submit", evidence.Submit{Header: &e}), true
}
