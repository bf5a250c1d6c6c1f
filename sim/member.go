package sim

import (
	"fmt"
	"log/slog"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/node"
	"probity/node/signer"
	"probity/node/store"
	"probity/sim/check"
	"probity/sim/world"
)

// member is one node in the box: its keys, what survives its crashes, and the
// loop while it is up.
type member struct {
	id      int
	run     *run
	keys    node.MemberKeys
	data    *world.Disk // the store
	journal *world.Disk // the signer
	clock   world.Clock
	core    *node.Core // nil while down
	signer  *guardedSigner
	sent    int
}

// logger is what a member logs to.
func (r *run) logger(id int) *slog.Logger {
	if r.cfg.Log == nil {
		return nil
	}
	return r.cfg.Log.With("member", id)
}

// name is how members call each other.
func name(id int) string { return fmt.Sprintf("n%d", id) }

// boot starts the member from its disks.
func (m *member) boot() error {
	s, err := signer.Open(m.journal.FS(), "signer", m.keys.Consensus, m.run.genesis.Hash())
	if err != nil {
		return fmt.Errorf("member %d: %w", m.id, err)
	}
	s.Keep(m.run.cfg.suite(), node.EscrowSeed(m.keys.Beacon))
	m.signer = &guardedSigner{Local: s, m: m}
	set := node.Settings{
		Dir: "data", Genesis: m.run.genesis, Account: &m.keys.Account, Beacon: m.keys.Beacon, NetworkID: node.NetworkKey(m.keys.Network), Member: true, Producer: true,
		Store: store.Options{Simulated: true}, Mempool: mempoolLimits,
		Log:   m.run.logger(m.id),
		Hooks: node.Hooks{Committed: m.committed, Step: m.stepped, Evidence: m.evidence, Invalid: m.invalid},
	}
	w := node.World{
		Clock: &m.clock, Entropy: world.NewEntropy(m.run.cfg.Seed, m.id), Disk: m.data.FS(),
		Network: link{m}, Signer: m.signer, Escrow: m.run.cfg.suite(),
	}
	if !m.run.cfg.Real {
		w.Verify = stubVerify
		w.SignTx = func(tx *types.Tx, key keys.PrivateKey) {
			tx.Sender = key.Public()
			tx.Signature = stubSign(tx.Sender, tx.SignBytes(m.run.genesis.Hash()))
		}
	}
	if mutant := m.run.cfg.Mutant; mutant != nil && m.run.mutated(m.id) {
		mutant.apply(m, &set, &w)
	}
	if m.core, err = node.NewCore(set, w); err != nil {
		m.core = nil
		return fmt.Errorf("member %d: %w", m.id, err)
	}
	return m.core.Start()
}

// crash cuts the member's power.
func (m *member) crash() {
	kept := m.data.Crash()
	m.journal.Crash()
	m.run.net.Drop(m.id)
	// The dead process lets its memory go; what it still writes goes to a disk
	// that nobody will read.
	_ = m.core.Close()
	m.core = nil
	m.run.log.Add([]byte("crash"), []byte{byte(m.id), byte(kept)})
}

// committed watches a final block.
func (m *member) committed(c node.Committed) {
	h := c.Block.Header
	m.run.log.Add([]byte("commit"), []byte{byte(m.id)}, c.Digest[:])
	e := check.Event{Member: m.id, Committed: &check.Committed{
		Header: h, Digest: c.Digest, Root: c.Result.State.Root(), Plan: m.core.Plan(h.Epoch),
	}}
	if h.Height > m.run.top {
		m.run.top = h.Height
		e.Invariant = m.core.Invariants()
		m.run.tally(c)
	}
	m.run.see(e)
}

// stepped watches a step of the machine before it is performed.
func (m *member) stepped(in consensus.Input, out consensus.Ready) {
	for i := range out.Evidence {
		m.run.see(check.Event{Member: m.id, Evidence: &out.Evidence[i]})
	}
	if refused, ok := in.(consensus.Refused); ok {
		m.run.see(check.Event{Member: m.id, Refused: fmt.Errorf("refused %s of %d/%d", refused.Statement.Kind, refused.Statement.Epoch, refused.Statement.View)})
	}
	for i := range out.Send {
		m.sending(&out.Send[i])
	}
}

// sending watches a message that is about to leave. Whether a vote is safe is
// read from a copy of the disk as a crash would leave it, for a sample.
func (m *member) sending(msg *consensus.Message) {
	e := check.Event{Member: m.id, Sent: msg, Journaled: true}
	if v := msg.Vote; v != nil {
		m.sent++
		if m.sent%sampleSynced == 0 {
			e.Journaled = journaled(m.journal.Synced(), m.keys.Consensus, m.run.genesis.Hash(), v.Statement)
		}
	}
	m.run.see(e)
}

// sampleSynced is one in how many votes is looked up on the synced disk.
const sampleSynced = 5

func journaled(fs vfs.FS, key keys.PrivateKey, genesis keys.Hash, want types.Statement) bool {
	s, err := signer.Open(fs, "signer", key, genesis)
	if err != nil {
		return false
	}
	e, v := s.Floor()
	if want.Epoch < e || want.Epoch == e && want.View <= v {
		return true
	}
	for _, st := range s.Said(want.Epoch) {
		if st == want {
			return true
		}
	}
	return false
}

func (m *member) evidence(consensus.Evidence) {}

func (m *member) invalid(b *types.Block, err error) {
	m.run.see(check.Event{Member: m.id, Invalid: fmt.Errorf("height %d, view %d/%d: %w", b.Header.Height, b.Header.Epoch, b.Header.View, err)})
}

// guardedSigner tells the oracles what is signed, and signs with the stub
// scheme where the run uses it.
type guardedSigner struct {
	*signer.Local
	m *member
}

// Sign journals and signs.
func (g *guardedSigner) Sign(s types.Statement) (keys.Signature, error) {
	sig, err := g.Local.Sign(s)
	if err != nil {
		return sig, err
	}
	g.m.run.see(check.Event{Member: g.m.id, Signed: &s})
	if !g.m.run.cfg.Real {
		sig = stubSign(g.Public(), s.SignBytes(g.m.run.genesis.Hash()))
	}
	return sig, nil
}

// The stub scheme: a signature is a hash of key and string. It is unforgeable
// because nothing in the box makes one for a key that it does not hold.
func stubSign(key keys.PublicKey, msg []byte) (s keys.Signature) {
	a := keys.Sum([]byte("stub"), key[:], msg)
	copy(s[:], a[:])
	copy(s[32:], a[:])
	return s
}

func stubVerify(items []keys.Signed) []bool {
	out := make([]bool, len(items))
	for i := range items {
		out[i] = items[i].Signature == stubSign(items[i].Key, items[i].Message)
	}
	return out
}

// link is the network as one member sees it.
type link struct{ m *member }

// Broadcast sends to every other member.
func (l link) Broadcast(topic string, data []byte) {
	for _, o := range l.m.run.members {
		if o.id != l.m.id {
			l.m.run.net.Send(l.m.run.now, world.Packet{From: l.m.id, To: o.id, Topic: topic, Data: data})
		}
	}
}

// Send sends to one member.
func (l link) Send(peer, topic string, data []byte) {
	for _, o := range l.m.run.members {
		if name(o.id) == peer && o.id != l.m.id {
			l.m.run.net.Send(l.m.run.now, world.Packet{From: l.m.id, To: o.id, Topic: topic, Data: data})
		}
	}
}

// Peers lists the members that are up.
func (l link) Peers() (out []string) {
	for _, o := range l.m.run.members {
		if o.id != l.m.id && o.core != nil {
			out = append(out, name(o.id))
		}
	}
	return out
}
