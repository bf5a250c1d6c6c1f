package attack

import (
	"encoding/binary"
	"maps"
	"slices"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route/all"
	"probity/chain/route/bank"
	"probity/chain/types"
	"probity/consensus"
	"probity/node"
	"probity/node/sync"
)

// spamAttack floods members with everything that the network lets one say.
var spamAttack = &Attack{
	Name:  "spam",
	Title: "Flood members with transactions, blocks, certificates, votes and headers that nobody needs",
	Claim: "Whatever one of four members floods the others with, the 99th percentile of the time from offer to finality of honest " +
		"transfers stays within three times that without it, and machines keep no more than their bounds.",
	Source: "spec consensus §7, spec network §2",
	Options: []Option{
		{"seeds", "2", "runs of each scenario"},
		{"rate", "300", "letters a second to each member"},
		{"flood", "all", "one kind, or all: " + floodNames()},
	},
	Play: &Play{Cast: castSpam, Measure: measureSpam},
}

// flood is one kind of spam: what the flooder says to one member.
type flood struct {
	name    string
	refused string // reason under which members drop it; "": they take it, or let it go without a word
	say     func(f *flooder, to int)
	lossy   bool // it is played on links that lose letters, too
}

var floods = []flood{
	{"penniless", "", (*flooder).penniless, false},
	{"paid", "", (*flooder).paid, false},
	{"blocks", "malformed", (*flooder).badBlock, false},
	{"certificates", "signature", (*flooder).badCertificate, false},
	{"votes", "", (*flooder).futureVote, true},
	{"beyond", "", (*flooder).beyondReach, true},
	{"questions", "", (*flooder).questions, false},
	{"noise", "form", (*flooder).noise, false},
}

func floodNames() (out string) {
	for i := range floods {
		out += map[bool]string{true: "", false: ", "}[i == 0] + floods[i].name
	}
	return out
}

// flooder is the member that spams; it takes part in everything else.
type flooder struct {
	Idle
	h     Hands
	kind  *flood
	rate  int
	loss  uint64 // of a hundred letters between any two members
	last  *types.Block
	nonce map[int]uint64 // of the next paid transfer, as told to each member
	n     uint64
}

const (
	flooderID = 0
	floodTick = types.Time(20)
)

func (f *flooder) Begin(h Hands) {
	f.h, f.nonce = h, map[int]uint64{}
	h.Wake(h.Start() + 500)
}

// Hears remembers the last proposal, and counts what the others ask for.
func (f *flooder) Hears(l *Letter) {
	if l.Msg != nil && l.Msg.Proposal != nil && l.From != flooderID {
		f.last = l.Msg.Proposal
	}
	if l.Topic != node.TopicSync || l.From == flooderID {
		return
	}
	var m sync.Message
	if codec.Unmarshal(l.Data, &m) == nil && m.Want != nil {
		f.h.Count("questions provoked", 1)
	}
	if l.To == flooderID {
		f.h.Count("bytes answered", int64(len(l.Data)))
	}
}

// Delays loses letters, so that what members hold and search for matters.
func (f *flooder) Delays(*Letter) types.Time {
	if x := f.h.Draw("loss", 100); x > 0 && x <= f.loss && !f.h.Calm() {
		return Lost
	}
	return 0
}

func (f *flooder) Wakes() {
	if f.h.Calm() {
		return
	}
	if f.last != nil && f.kind != nil {
		for _, m := range f.h.Members() {
			for range f.rate * int(floodTick) / 1000 {
				if !m.Owned && m.Up && f.h.Draw("spam", 8) > 0 {
					f.n++
					f.kind.say(f, m.ID)
				}
			}
		}
	}
	f.h.Wake(f.h.Now() + floodTick)
}

func (f *flooder) tell(to int, msg consensus.Message) {
	f.h.Count("letters", 1)
	f.h.Send(Letter{From: flooderID, To: to, Topic: node.TopicConsensus, Msg: &msg})
}

func (f *flooder) raw(to int, topic string, data []byte) {
	f.h.Count("letters", 1)
	f.h.Send(Letter{From: flooderID, To: to, Topic: topic, Data: data})
}

// fresh is a hash that nobody has seen.
func (f *flooder) fresh() keys.Hash {
	return keys.Sum([]byte("spam"), binary.BigEndian.AppendUint64(nil, f.n))
}

// penniless sends transfers signed by keys without an account.
func (f *flooder) penniless(to int) {
	var raws []types.Bytes
	for i := range byte(8) {
		raws = append(raws, f.transfer(keys.FromSeed(keys.Sum(f.freshBytes(), []byte{i})), 0).Raw)
	}
	f.raw(to, node.TopicTxs, node.EncodeTxs(raws))
}

func (f *flooder) freshBytes() []byte { h := f.fresh(); return h[:] }

// paid sends transfers of the flooder's own account, with a hundred times the
// fee that honest users offer.
func (f *flooder) paid(to int) {
	account := f.h.Keys(flooderID).Account
	st := f.h.State(to)
	if st == nil {
		return
	}
	base := bank.Nonce(st, account.Public().Address())
	next := max(f.nonce[to], base)
	if next > base+1500 {
		return
	}
	var raws []types.Bytes
	for range 8 {
		raws = append(raws, f.transfer(account, next).Raw)
		next++
	}
	f.nonce[to] = next
	f.raw(to, node.TopicTxs, node.EncodeTxs(raws))
}

func (f *flooder) transfer(key keys.PrivateKey, nonce uint64) *types.SignedTx {
	msg, err := all.Table.Pack("bank", "send", bank.Send{To: key.Public().Address(), Amount: types.NewAmount(1)})
	if err != nil {
		panic("attack: " + err.Error()) // the table holds it
	}
	return f.h.SealTx(types.Tx{
		Chain: f.h.Genesis().Chain, Nonce: nonce, FeeMax: types.Whole(1000), ValidUntil: f.h.Height(flooderID) + 150, Msgs: []types.Msg{msg},
	}, key)
}

// badBlock sends a block for the running view, which the flooder signs in its
// own name; where it leads the view, one whose state root is wrong.
func (f *flooder) badBlock(to int) {
	s := f.h.Status(to)
	b := *f.last
	b.Header.Epoch, b.Header.View, b.Header.StateRoot = s.Epoch, s.View, f.fresh()
	if id, ok := f.h.MemberOf(s.Leader.Key); ok && id == flooderID {
		b.Header.ASC = s.Leader.ID
	}
	f.h.Seal(flooderID, &b)
	f.tell(to, consensus.Message{Proposal: &b})
}

// badCertificate claims a Finalization that nobody has signed.
func (f *flooder) badCertificate(to int) {
	now, sh := f.h.Status(to), f.last.Signed() // of a view that is not settled: others are dropped unread
	sh.Header.Epoch, sh.Header.View, sh.Header.ASC = now.Epoch, now.View, now.Leader.ID
	s := types.Statement{Kind: types.Finalize, Epoch: now.Epoch, View: now.View, Digest: sh.Header.Digest()}
	c := types.Certificate{Statement: s, Signers: types.Bytes{15}}
	for range 4 {
		c.Signatures = append(c.Signatures, keys.Signature(append(f.freshBytes(), f.freshBytes()...)))
	}
	f.tell(to, consensus.Message{Certified: &types.Certified{Certificate: c, Header: &sh}})
}

// futureVote rejects blocks that do not exist, in views up to twice as far ahead
// as members listen: two different ones in a view, which is no offence.
func (f *flooder) futureVote(to int) {
	s := f.h.Status(to)
	view := s.View + 2 + types.View(f.h.Draw("ahead", 2*consensus.ViewsAhead))
	digest := keys.Sum([]byte("ahead"), binary.BigEndian.AppendUint64([]byte{byte(f.n % 2)}, uint64(view)))
	if v, ok := f.h.Vote(flooderID, types.Statement{Kind: types.Reject, Epoch: s.Epoch, View: view, Digest: digest}); ok {
		f.tell(to, consensus.Message{Vote: &v})
	}
}

// beyondReach sends blocks for the nearest views whose leader nobody knows yet:
// they are held unread, and name parents that nobody has.
func (f *flooder) beyondReach(to int) {
	s := f.h.Status(to)
	b := *f.last
	b.Header.Epoch, b.Header.View = s.Epoch, s.View+2+types.View(f.h.Draw("ahead", 4))
	b.Header.Parent, b.Header.ParentView = f.fresh(), b.Header.View-1
	f.tell(to, consensus.Message{Proposal: &b})
}

// questions asks for blocks that are not there, claims heights, and now and
// then asks for a range.
func (f *flooder) questions(to int) {
	m := sync.Message{ID: f.n, Want: &sync.Want{Digest: f.fresh()}}
	switch f.n % 8 {
	case 0:
		m = sync.Message{ID: f.n, Range: &sync.Range{From: 1}}
	case 1, 2, 3:
		m = sync.Message{ID: f.n, Status: &sync.Status{Height: types.Height(1<<20 + f.n), Ask: true}}
	}
	data := codec.MustMarshal(&m)
	f.h.Count("bytes asked", int64(len(data)))
	f.raw(to, node.TopicSync, data)
}

// noise sends bytes.
func (f *flooder) noise(to int) { f.raw(to, node.TopicConsensus, f.freshBytes()) }

func castSpam(a Args) ([]Scenario, error) {
	r := reader{args: a}
	seeds, rate := int(r.integer("seeds", 1, 1000)), int(r.integer("rate", 50, 10_000))
	known := []string{"all"}
	for i := range floods {
		known = append(known, floods[i].name)
	}
	chosen := r.words("flood", known)
	if r.err != nil {
		return nil, r.err
	}
	play := func(kind *flood, loss uint64) Scenario {
		n := seeds
		if loss > 0 { // a lost letter costs a second: the tail needs more of them
			n *= 3
		}
		return Scenario{
			Name: floodScene(kind, loss > 0), Nodes: 4, First: 1, Seeds: n, Length: 5000, Load: 40, Owned: []int{flooderID},
			New: func() Adversary { return &flooder{kind: kind, rate: rate, loss: loss} },
		}
	}
	out := []Scenario{play(nil, 0), play(nil, lossy)}
	for i := range floods {
		if f := &floods[i]; slices.Contains(chosen, "all") || slices.Contains(chosen, f.name) {
			out = append(out, play(f, 0))
			if f.lossy {
				out = append(out, play(f, lossy))
			}
		}
	}
	return out, nil
}

// lossy is how many of a hundred letters bad links lose.
const lossy = 5

func floodScene(kind *flood, lossy bool) string {
	name := "no flood"
	if kind != nil {
		name = kind.name
	}
	if lossy {
		name += ", lossy"
	}
	return name
}

// slowMax is by how much a flood may stretch the 99th percentile of the time
// to finality.
const slowMax = 3

func measureSpam(_ Args, runs []Outcome) (*Result, error) {
	all, out := tallies(runs), &Result{}
	waits := Plot{Title: "time from offer to finality of honest transfers", X: Axis{Label: "part of them", Unit: "%"}, Y: Axis{Label: "ms", Log: true}}
	for _, lossy := range []bool{false, true} {
		base := all[floodScene(nil, lossy)]
		quiet := base.included()
		out.Rows = append(out.Rows, base.oracleRow(),
			base.tailRow(reported("time to finality, 99 of 100", scene(base), waitQuantile(quiet, 0.99))))
		waitCurve(&waits, base)
		for i := range floods {
			if t := all[floodScene(&floods[i], lossy)]; len(t) > 0 {
				spamRows(out, &floods[i], base, t, slowMax*waitQuantile(quiet, 0.99))
				waitCurve(&waits, t)
			}
		}
	}
	out.Plots = []Plot{waits}
	out.Notes = []string{
		"Time in the box is that of the links and of the protocol: work costs none, so these figures show what floods do to rooms and turns, " +
			"not to processors. The network's limits on messages and its bans of senders stand before the members and are left out here.",
		"An attacker of a paid flood offers a hundred times the fee of honest users and is charged the base fee, which follows the weight of blocks.",
	}
	return out, nil
}

// waitCurve draws the waits of a scenario.
func waitCurve(p *Plot, t tally) {
	list := t.included()
	for _, q := range []float64{0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999} {
		add(p, t[0].Scenario, Point{X: q, Y: max(1, waitQuantile(list, q))})
	}
}

// spamRows are the claims about one kind of flood.
func spamRows(out *Result, kind *flood, base, t tally, bound float64) {
	n := int64(len(t))
	missing := t.sum(func(o *Outcome) float64 { return float64(o.Offered - len(o.Included)) })
	was := base.sum(func(o *Outcome) float64 { return float64(o.Offered - len(o.Included)) })
	out.Rows = append(out.Rows, t.oracleRow(),
		t.tailRow(compared(AtMost, "time to finality, 99 of 100", scene(t), bound, waitQuantile(t.included(), 0.99))),
		compared(AtMost, "honest transfers that were not final at the end", scene(t), was+8*float64(n), missing).in("transfers"),
		compared(AtMost, "views kept", scene(t), base.most(roundsOf)+consensus.ViewsAhead+consensus.VoteWindow, t.most(roundsOf)).in("views").of(n),
		compared(AtMost, "blocks kept", scene(t), consensus.ViewsAhead*consensus.ProposalsMax, t.most(blocksOf)).in("blocks").of(n),
		compared(AtMost, "messages held for views beyond reach", scene(t), consensus.HeldMax, t.most(heldOf)).in("messages").of(n),
		reported("votes kept", scene(t), t.most(votesOf)).in("votes").of(n),
		reported("letters of the flood", scene(t), t.count("letters")).in("letters"))
	if asked := t.count("questions provoked") - base.count("questions provoked"); asked > t.count("letters")/10 {
		out.Rows = append(out.Rows, reported("questions that each letter provokes", scene(t), asked/max(1, t.count("letters"))).in("questions"))
	}
	if asked := t.count("bytes asked"); asked > 0 {
		out.Rows = append(out.Rows, reported("bytes answered for each that is asked", scene(t), t.count("bytes answered")/asked).in("bytes"))
	}
	dropped := map[string]uint64{}
	for i := range t {
		for reason, k := range t[i].Dropped {
			dropped[reason] += k
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(dropped)) {
		params := scene(t)
		params["reason"] = reason
		row := reported("messages dropped", params, float64(dropped[reason])).in("messages")
		if reason == kind.refused {
			row = compared(AtLeast, "messages dropped", params, t.count("letters")/2, float64(dropped[reason])).in("messages")
		}
		out.Rows = append(out.Rows, row)
	}
}
