package sim

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route/availability"
	"probity/chain/state"
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
	id      int // its place among all; the second copies of twins come last
	of      int // whose keys it has
	run     *run
	keys    node.MemberKeys
	rep     uint64      // whole REP at genesis
	data    *world.Disk // the store
	journal *world.Disk // the signer
	clock   world.Clock
	busy    types.Time // until when it reads nothing: its disk is slow
	listen  types.Time // before a key whose past is unknown signs, ms; of an operator
	core    *node.Core // nil while down
	signer  *guardedSigner
	monitor *node.Monitor // of the core; nil without an operator
	state   state.Reader  // after its last final block
	plan    *types.Plan   // of that block's epoch, by the member's own state
	due     types.Time    // when it must be ticked, in the world's time
	sent    int
	refused int // by its signer, as far as anybody has looked

	owned   bool        // by an adversary
	dead    atomic.Bool // the power went in the middle of a step
	excused bool        // its disk was broken: it may stop and refuse until it starts again
	amnesia bool        // its disk was wiped or its journal is lost: it may refuse for good
	rotten  bool        // a bit of its disk has flipped
	mute    bool        // its journal cannot be read: it observes
}

// cacheBytes bounds a member's cache of state: reading it back from the disk is
// what a run would spend most of its time on.
const cacheBytes = 32 << 20

// logger is what a member logs to.
func (r *run) logger(id int) *slog.Logger {
	if r.cfg.Log == nil {
		return nil
	}
	return r.cfg.Log.With("member", id)
}

// name is how members call each other.
func name(id int) string { return names[id] }

var names = func() (out [2 * NodesMax]string) {
	for i := range out {
		out[i] = fmt.Sprintf("n%d", i)
	}
	return out
}()

// see shows the oracles what an honest member does. What one does after its
// power has gone did not happen.
func (m *member) see(e check.Event) {
	if !m.dead.Load() {
		m.run.cfg.Timeline.saw(m, &e)
	}
	if m.owned || m.dead.Load() {
		return
	}
	e.Member = m.id
	m.run.see(e)
}

// boot starts the member from its disks. Only a disk that the world has damaged
// may keep it from starting: such a disk is wiped, and a journal that cannot be
// read makes the member an observer.
func (m *member) boot() error {
	m.dead.Store(false)
	m.excused = false
	err := m.start()
	if err != nil && m.rotten && !errors.Is(err, signer.ErrJournal) {
		m.data.Wipe("data")
		m.amnesia = true
		m.run.chaos.note("wipe")
		err = m.start()
	}
	if err != nil {
		m.core = nil
		m.see(check.Event{Halted: fmt.Errorf("does not start: %w", err)})
		return nil
	}
	m.run.after(m)
	return nil
}

func (m *member) start() error {
	if m.run.fork != nil {
		if err := m.run.fork.seed(m); err != nil {
			return err
		}
	}
	set, w, err := m.home()
	if err != nil {
		return err
	}
	if mutant := m.run.cfg.Mutant; mutant != nil && m.run.mutated(m.id) {
		mutant.apply(m, &set, &w)
	}
	if m.owned {
		m.run.puppets.string(m, &set)
	}
	if m.core, err = node.NewCore(set, w); err != nil {
		m.core = nil
		return err
	}
	if m.monitor != nil {
		if err := m.monitor.Open(m.core); err != nil {
			_ = m.core.Close()
			return err
		}
	}
	if err := m.core.Start(); err != nil {
		_ = m.core.Close()
		return err
	}
	return nil
}

// home is what the member's operator set up.
func (m *member) home() (set node.Settings, w node.World, err error) {
	r := m.run
	w = node.World{Clock: &m.clock, Entropy: world.NewEntropy(r.cfg.Seed, m.id), Disk: m.data.FS(), Network: link{m}, Escrow: r.cfg.suite()}
	m.signer = nil
	if !m.mute {
		open := signer.Open
		if r.cfg.Operator != nil {
			open = node.OpenJournal
		}
		s, err := open(m.journal.FS(), "signer", m.keys.Consensus, r.genesis.Hash())
		switch {
		case errors.Is(err, signer.ErrJournal) && m.rotten:
			m.mute = true
			r.chaos.note("observer")
		case err != nil:
			return set, w, err
		default:
			s.Keep(r.cfg.suite(), node.EscrowSeed(m.keys.Beacon))
			m.signer = &guardedSigner{Local: s, m: m}
			w.Signer = m.signer
		}
	}
	set = node.Settings{
		Dir: "data", Genesis: r.genesis, Account: &m.keys.Account, Beacon: m.keys.Beacon, NetworkID: node.NetworkKey(m.keys.Network), Member: true, Producer: true,
		Store: store.Options{Simulated: true, CacheBytes: cacheBytes}, Mempool: mempoolLimits,
		Log:   r.logger(m.id),
		Hooks: node.Hooks{Committed: m.committed, Step: m.stepped, Invalid: m.invalid},
	}
	if r.figures != nil && !m.owned {
		set.Hooks.Dropped = r.figures.refuse
	}
	if r.cfg.Operator != nil {
		if err := m.attend(&set, &w); err != nil {
			return set, w, err
		}
	}
	if !r.cfg.Real {
		w.Verify = stubVerify
		w.SignTx = r.signTx
	}
	return set, w, nil
}

// schedule works out when the member must be ticked.
func (m *member) schedule() {
	d := m.core.Deadline()
	if d > 1<<62 {
		m.due = d
		return
	}
	m.due = max(m.clock.Shows(d), m.run.now+1, m.busy)
}

// crash cuts the member's power.
func (m *member) crash() { m.down(true) }

// down ends the process. Where it was not killed from outside it died by itself.
func (m *member) down(killed bool) {
	m.dead.Store(true)
	m.data.Crash()
	m.journal.Crash()
	m.run.net.Drop(m.id)
	// The dead process lets its memory go; what it still writes goes to a disk
	// that nobody will read.
	_ = m.core.Close()
	if m.monitor != nil {
		m.monitor.Close()
	}
	m.core, m.state, m.plan, m.busy = nil, nil, nil, 0
	m.run.out.Crashes++
	m.run.log.Add([]byte("crash"), []byte{byte(m.id), flag(killed)})
	m.run.cfg.Timeline.down(m, killed)
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// halted is a member that stopped by itself: right where its disk was broken,
// wrong where it was not.
func (r *run) halted(m *member, err error) {
	if !m.excused && !m.rotten {
		m.see(check.Event{Halted: err})
	} else {
		r.chaos.note("clean-stop")
	}
	m.down(false)
	if m.rotten { // the operator looks after it
		m.data.Wipe("data")
		m.amnesia = true
		r.chaos.note("wipe")
		r.agenda.add(r.now+500, func() { r.reboot(m) })
	}
}

// reboot starts a member that is down.
func (r *run) reboot(m *member) {
	if m.core != nil {
		return
	}
	r.log.Add([]byte("boot"), []byte{byte(m.id)})
	r.fatal = firstOf(r.fatal, m.boot())
	if m.core != nil {
		r.cfg.Timeline.up(m)
		r.remind(m)
	}
}

func firstOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// committed watches a final block.
func (m *member) committed(c node.Committed) {
	r := m.run
	h := c.Block.Header
	m.state = c.Result.State
	if m.dead.Load() {
		return
	}
	r.log.Add([]byte("commit"), []byte{byte(m.id)}, c.Digest[:])
	r.cfg.Timeline.final(m, &h, c.Digest)
	if r.puppets != nil {
		r.puppets.final(m, c.Block)
	}
	if m.owned {
		return
	}
	plan := m.plan
	if plan == nil || plan.Epoch != h.Epoch {
		plan = m.core.Plan(h.Epoch)
		m.plan, r.plans[h.Epoch] = plan, plan
	}
	e := check.Event{Committed: &check.Committed{Header: h, Digest: c.Digest, Root: c.Result.State.Root(), Plan: plan}}
	if h.Height > r.top {
		if c.Final {
			e.Committed.Proof, e.Committed.Holds = m.proof(h.Height)
		}
		r.top = h.Height
		e.Convicted = r.convicted(c.Result.State)
		if h.Height%invariantsEvery == 0 || !r.cfg.Quiet {
			e.Invariant = m.core.Invariants()
		}
		r.tally(c)
	}
	m.see(e)
}

// proof is the Finalization of a block that was just committed, and whether its
// signatures hold; nil where it speaks of a trailing block.
func (m *member) proof(h types.Height) (*types.Certificate, bool) {
	p, err := m.core.Store().Finality(h)
	if err != nil || p == nil || len(p.Trailing) > 0 || p.Height != h {
		return nil, false
	}
	list, err := p.Finalization.Signed(&m.plan.Roster, m.run.genesis.Hash())
	if err != nil {
		return &p.Finalization, false
	}
	if m.run.cfg.Real {
		return &p.Finalization, !slices.Contains(keys.VerifyBatch(list, world.NewEntropy(m.run.cfg.Seed, m.id)), false)
	}
	return &p.Finalization, !slices.Contains(stubVerify(list), false)
}

// convicted lists honest members that a state calls convicted.
func (r *run) convicted(s state.Reader) (out []int) {
	for _, m := range r.members[:r.cfg.Nodes] {
		if !m.owned && availability.Convicted(s, m.keys.Account.Public().Address()) {
			out = append(out, m.id)
		}
	}
	return out
}

// invariantsEvery is how often a quiet run reads the whole state.
const invariantsEvery = 64

// tally sums up a final block, once.
func (r *run) tally(c node.Committed) {
	r.out.Txs += len(c.Block.Body.Txs)
	r.out.Views += uint64(len(c.Block.Body.Views)) + 1
	if len(r.marks) > 0 {
		for _, tx := range c.Result.Txs {
			delete(r.marks, tx.Hash)
		}
	}
	if r.figures != nil {
		r.figures.block(r, c)
	}
}

// stepped watches a step of the machine before it is performed.
func (m *member) stepped(in consensus.Input, out consensus.Ready) {
	r := m.run
	if s, ok := in.(consensus.Start); ok && r.plans[s.Plan.Epoch] == nil {
		r.plans[s.Plan.Epoch] = s.Plan
	}
	for i := range out.Evidence {
		if id, ok := r.memberOf(out.Evidence[i].Key); ok && r.members[id].owned {
			if !m.owned && r.figures != nil {
				r.figures.accuse(r, id)
			}
			continue
		}
		m.see(check.Event{Evidence: &out.Evidence[i]})
	}
	if refused, ok := in.(consensus.Refused); ok && m.contradicted() && !m.excused && !m.amnesia {
		m.see(check.Event{Refused: fmt.Errorf("refused %s of %d/%d", refused.Statement.Kind, refused.Statement.Epoch, refused.Statement.View)})
	}
	for i := range out.Send {
		m.sending(&out.Send[i])
	}
}

// contradicted reports whether the signer itself has refused since somebody last
// looked: what a wait before it keeps back is no contradiction.
func (m *member) contradicted() bool {
	if m.monitor == nil || m.signer == nil {
		return true
	}
	before := m.refused
	m.refused = m.signer.Refusals()
	return m.refused > before
}

// sending watches a message that is about to leave. Whether a vote is safe is
// read from a copy of the disk as a crash would leave it, for a sample.
func (m *member) sending(msg *consensus.Message) {
	e := check.Event{Sent: msg, Journaled: true}
	if v := msg.Vote; v != nil {
		m.sent++
		if m.sent%sampleSynced == 0 && !m.owned && !m.spare() { // a copy repeats what another host with its key has signed
			e.Journaled = m.journaled(v.Statement)
		}
	}
	m.see(e)
}

// sampleSynced is one in how many votes is looked up on the synced disk.
const sampleSynced = 5

// journaled reports whether a crash now would leave the record of a statement,
// or a watermark above it. Most records are found by their bytes.
func (m *member) journaled(want types.Statement) bool {
	if bytes.Contains(m.journal.SyncedFile("signer", "signer.log"), codec.MustMarshal(want)) {
		return true
	}
	s, err := signer.Open(m.journal.Synced(), "signer", m.keys.Consensus, m.run.genesis.Hash())
	if err != nil {
		return false
	}
	e, v := s.Floor()
	if want.Epoch < e || want.Epoch == e && want.View <= v {
		return true
	}
	return slices.Contains(s.Said(want.Epoch), want)
}

// invalid watches a block that does not hold: an honest member makes none.
func (m *member) invalid(b *types.Block, err error) {
	if id, ok := m.run.leaderOf(&b.Header); ok && m.run.members[id].owned {
		return
	}
	m.see(check.Event{Invalid: fmt.Errorf("height %d, view %d/%d: %w", b.Header.Height, b.Header.Epoch, b.Header.View, err)})
}
