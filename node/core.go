package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"probity/chain/codec"
	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/all"
	"probity/chain/state"
	"probity/chain/types"
	"probity/consensus"
	"probity/node/mempool"
	"probity/node/signer"
	"probity/node/store"
	"probity/node/sync"
)

// Settings are a member's own choices; no two members need to agree on them.
type Settings struct {
	Dir       string // of the store, on the world's disk
	Genesis   *exec.Genesis
	Account   *keys.PrivateKey // signs the member's own transactions; nil: it sends none
	Beacon    [32]byte         // secret that its salts derive from
	Member    bool             // registers on the bench where it is not yet
	Producer  bool             // renews its availability contract every epoch
	NetworkID []byte           // public key of its network identity, for the bench registration
	Mempool   mempool.Limits
	Store     store.Options
	Delta     types.Time // 0: the default
	Hooks     Hooks
	Machine   func(consensus.Config) Stepper // nil: consensus.New
	Table     route.Table                    // nil: all.Table
	Known     uint32                         // highest protocol that is executed; 0: exec.Protocol()
	Log       *slog.Logger
}

// Stepper is what the loop needs of the consensus machine. Machine is one; the
// simulator wraps it to plant the mistakes that its oracles must catch.
type Stepper interface {
	Step(types.Time, consensus.Input) consensus.Ready
	Signatures(*consensus.Message) (consensus.Checks, error)
	Known(*consensus.Message) bool
	Deadline() types.Time
	Status() consensus.Status
}

// Hooks tell an observer what happened; they run inside the loop and must not
// block. Any may be nil.
type Hooks struct {
	Committed func(Committed)
	Step      func(in consensus.Input, out consensus.Ready) // before out is performed
	Evidence  func(consensus.Evidence)
	Invalid   func(block *types.Block, err error)
	Dropped   func(reason string)   // a message that was not taken
	Stored    func(took types.Time) // final blocks were written; ms by the world's clock, fsync included
}

// Committed is one final block.
type Committed struct {
	Block    *types.Block
	Digest   keys.Hash
	Result   *exec.Result
	Final    bool // its Finalization came with it: the last of its batch
	Proposed types.Time
}

// Core is the loop of a member. Its methods are called one at a time.
type Core struct {
	set     Settings
	world   World
	log     *slog.Logger
	exec    *exec.Exec
	genesis keys.Hash

	store   *store.Store
	machine Stepper
	pool    *mempool.Pool
	sync    *sync.Machine

	base   exec.Parent              // the last final block
	tree   map[keys.Hash]*executed  // executed above it
	recent []*types.Block           // the last final blocks, ascending
	plan   *types.Plan              // of the running epoch
	seen   verified                 // signatures already checked
	inputs []consensus.Input        // to step after the present one
	outbox outbox                   // own transactions to gossip
	time   steady                   // what the machines take for the time
	pilot  pilot                    // the member's own registrations
	due    bool                     // the pilot has work that cannot wait for a tick
	halted error                    // why the member stopped: its law or its disk broke
	heard  map[keys.Hash]types.Time // when a proposal first came, for finality times
	escrow *remembered              // of salts

	foreseen struct { // whose dealings were checked ahead, in an epoch
		epoch types.Epoch
		times map[keys.Address]int
	}
}

// executed is a block above the base with the state after it.
type executed struct {
	block    *types.Block
	parent   keys.Hash
	result   *exec.Result // nil for a trailing block
	state    exec.Parent
	trailing bool
}

// ErrHalted is returned by every call after the member stopped for good.
var ErrHalted = errors.New("halted")

// NewCore opens the store and takes up where it ends. The first call makes the
// genesis state.
func NewCore(set Settings, world World) (c *Core, err error) {
	if set.Table == nil {
		set.Table = all.Table
	}
	x, err := exec.New(set.Table, set.Genesis)
	if err != nil {
		return nil, err
	}
	if set.Known != 0 {
		x.Known = set.Known
	}
	c = &Core{
		set: set, world: world, log: set.Log, exec: x, genesis: set.Genesis.Hash(),
		seen: verified{scheme: world.Verify},
		tree: map[keys.Hash]*executed{}, heard: map[keys.Hash]types.Time{},
		pool: mempool.New(set.Mempool, x.Weight, urgent), escrow: remember(world.suite()),
	}
	x.SealWith(c.escrow)
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	set.Store.Genesis = c.genesis
	if c.store, err = store.Open(world.Disk, set.Dir, set.Store); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = c.store.Close() // whatever went wrong, the next start finds the home unlocked
		}
	}()
	defer c.guard(&err)
	return c, c.load()
}

// urgent transactions hold nothing but evidence: it is free and has room kept.
func urgent(tx *types.SignedTx) bool {
	for i := range tx.Msgs {
		if tx.Msgs[i].Route != evidenceRoute {
			return false
		}
	}
	return true
}

// evidenceRoute is the number of the evidence route on the wire.
const evidenceRoute = 7

// Met tells that a peer has connected: it may be ahead, or behind.
func (c *Core) Met(peer string) {
	c.reply(peer, sync.Message{Status: &sync.Status{Height: c.Height(), Ask: true}})
}

// guard turns a broken invariant or a broken disk into the end of the member:
// better to stop than to fork.
func (c *Core) guard(err *error) {
	r := recover()
	if r == nil {
		return
	}
	var fault *state.Fault
	switch r := r.(type) {
	case error:
		if errors.As(r, &fault) {
			c.halted = fmt.Errorf("%w: %w", ErrHalted, fault)
		} else {
			panic(r) // a runtime error is a bug: show it whole
		}
	case string:
		c.halted = fmt.Errorf("%w: %s", ErrHalted, r)
	default:
		panic(r)
	}
	c.log.Error("the member stops", "event", "halt", "reason", c.halted)
	if err != nil {
		*err = c.halted
	}
}

// Halted is why the member stopped; nil while it runs.
func (c *Core) Halted() error { return c.halted }

// Start steps the machine into the running epoch. It is called once.
func (c *Core) Start() (err error) {
	defer c.guard(&err)
	c.step(c.startInput())
	return c.halted
}

// Tick lets time pass.
func (c *Core) Tick() {
	if c.halted != nil {
		return
	}
	defer c.guard(nil)
	now := c.now()
	c.sync.Tick(now, c.world.Network.Peers())
	c.flushSync()
	c.step(consensus.Tick{})
	c.flush(now)
	c.drive(now)
}

// Deadline is the next time of the clock at which Tick must be called.
func (c *Core) Deadline() types.Time {
	if c.halted != nil {
		return 1<<63 - 1
	}
	return c.time.shows(min(c.machine.Deadline(), c.sync.Deadline(), c.outbox.deadline()))
}

// now is the time by which the member is patient.
func (c *Core) now() types.Time { return c.time.at(c.world.Clock.Now()) }

// Receive takes a gossiped message.
func (c *Core) Receive(topic, from string, data []byte) (v Verdict) {
	if c.halted != nil {
		return Ignore
	}
	defer c.guard(nil)
	switch topic {
	case TopicConsensus:
		return c.receiveConsensus(from, data)
	case TopicTxs:
		txs, err := DecodeTxs(data)
		if err != nil {
			return Refuse
		}
		return c.receiveTxs(txs)
	case TopicSync:
		return c.receiveSync(from, data)
	}
	return Refuse
}

// receiveConsensus checks the signatures of a message, those not seen before in
// one batch, and steps the machine.
func (c *Core) receiveConsensus(from string, data []byte) Verdict {
	var msg consensus.Message
	if err := codec.Unmarshal(data, &msg); err != nil {
		return c.drop(Refuse, "form")
	}
	return c.take(from, &msg)
}

// take handles a decoded consensus message, from gossip or an answer.
func (c *Core) take(from string, msg *consensus.Message) Verdict {
	in, v := c.judge(from, msg)
	if in != nil {
		c.step(in)
	}
	return v
}

// judge checks the signatures of a message and says what the machine is to be
// stepped with; nothing, where it is to be dropped.
func (c *Core) judge(from string, msg *consensus.Message) (consensus.Input, Verdict) {
	if c.machine.Known(msg) {
		if msg.Proposal != nil {
			c.sync.Have(msg.Proposal.Digest())
		}
		return nil, Ignore
	}
	checks, err := c.machine.Signatures(msg)
	if errors.Is(err, consensus.ErrEpoch) {
		if e, _ := msg.Place(); c.plan != nil && e > c.plan.Epoch && from != "" {
			c.sync.Behind()
			c.flushSync()
		}
		return nil, c.drop(Ignore, "epoch")
	}
	if errors.Is(err, consensus.ErrAhead) {
		if from != "" && msg.Height() > c.Height()+aheadBy {
			c.sync.Behind()
			c.flushSync()
		}
		return consensus.Held{Message: *msg, From: from}, Ignore
	}
	if err != nil {
		return nil, c.drop(Refuse, "malformed")
	}
	ok := c.seen.check(checks.Head, c.world.Entropy)
	if !all1(ok) {
		return nil, c.drop(Refuse, "signature")
	}
	in := consensus.Received{Message: *msg}
	if msg.Proposal != nil {
		in.BodyBad = checks.BodyBad || !all1(c.seen.check(checks.Body, c.world.Entropy))
		d := msg.Proposal.Digest()
		c.sync.Have(d)
		if _, old := c.heard[d]; !old {
			c.heard[d] = c.world.Clock.Now()
		}
	}
	return in, Accept
}

// aheadBy is how many heights a block whose leader is not known yet may be
// ahead before this member asks for a range instead of waiting for salts.
const aheadBy = 4

func (c *Core) drop(v Verdict, reason string) Verdict {
	if c.set.Hooks.Dropped != nil {
		c.set.Hooks.Dropped(reason)
	}
	return v
}

func all1(ok []bool) bool {
	for _, b := range ok {
		if !b {
			return false
		}
	}
	return true
}

// step feeds the machine and performs what it asks, until nothing is left.
func (c *Core) step(in consensus.Input) {
	c.inputs = append(c.inputs, in)
	for len(c.inputs) > 0 && c.halted == nil {
		next := c.inputs[0]
		c.inputs = c.inputs[1:]
		ready := c.machine.Step(c.now(), next)
		if c.set.Hooks.Step != nil {
			c.set.Hooks.Step(next, ready)
		}
		c.perform(ready)
	}
	if c.due && c.halted == nil { // a new epoch: registrations for the next are open
		c.due = false
		c.drive(c.now())
	}
}

// perform does what a Ready says, in its order.
func (c *Core) perform(r consensus.Ready) {
	if len(r.Persist) > 0 {
		c.must(c.store.PutPending(r.Persist...))
	}
	if len(r.Keep) > 0 {
		c.must(c.store.PutCertificates(r.Keep...))
	}
	for _, s := range r.Sign {
		c.sign(s)
	}
	for i := range r.Send {
		c.world.Network.Broadcast(TopicConsensus, codec.MustMarshal(&r.Send[i]))
	}
	for _, a := range r.Ask {
		c.answer(a)
	}
	for i := range r.Commit {
		c.commit(&r.Commit[i])
	}
	for _, e := range r.Evidence {
		c.report(e)
	}
}

// must stops the member where the disk fails: what it promised can no longer
// be kept.
func (c *Core) must(err error) {
	if err != nil {
		panic(&state.Fault{Err: err})
	}
}

// sign asks the signer. A refusal is not an error of the member: after a
// restart the signer may remember more than the machine.
func (c *Core) sign(s types.Statement) {
	sig, err := c.world.Signer.Sign(s)
	if err != nil {
		level := slog.LevelWarn
		if errors.Is(err, signer.ErrApart) { // a member that starts, for a moment
			level = slog.LevelDebug
		}
		c.log.Log(context.Background(), level, "statement refused", "event", "signer_refused", "kind", s.Kind, "epoch", s.Epoch, "view", s.View, "reason", err)
		c.inputs = append(c.inputs, consensus.Refused{Statement: s})
		return
	}
	c.inputs = append(c.inputs, consensus.Signed{Statement: s, Signature: sig})
}

// answer performs one request of the machine.
func (c *Core) answer(a consensus.Ask) {
	switch a := a.(type) {
	case consensus.Execute:
		err := c.execute(a)
		if errors.Is(err, errOrphan) {
			c.log.Error("block without its parent", "event", "orphan", "height", a.Block.Header.Height, "view", a.Block.Header.View)
			return
		}
		if err != nil {
			c.log.Warn("invalid block", "event", "block_invalid", "height", a.Block.Header.Height, "view", a.Block.Header.View, "reason", err)
			if c.set.Hooks.Invalid != nil {
				c.set.Hooks.Invalid(a.Block, err)
			}
		}
		c.inputs = append(c.inputs, consensus.Executed{Digest: a.Digest, Err: err})
	case consensus.Build:
		c.inputs = append(c.inputs, consensus.Built{Epoch: a.Epoch, View: a.View, Block: c.build(a)})
	case consensus.Share:
		shares, err := c.world.Signer.Share(a.Epoch, a.View, a.Place, a.Dealing, a.First, a.Count)
		if err != nil {
			level := slog.LevelError
			if errors.Is(err, signer.ErrApart) || errors.Is(err, signer.ErrWaiting) { // asked for again afterwards
				level = slog.LevelDebug
			}
			c.log.Log(context.Background(), level, "no shares", "event", "shares_failed", "epoch", a.Epoch, "view", a.View, "reason", err)
		}
		c.inputs = append(c.inputs, consensus.Shared{Epoch: a.Epoch, View: a.View, Shares: shares})
	case consensus.Again:
		if in, _ := c.judge("", &a.Message); in != nil {
			c.inputs = append(c.inputs, in)
		}
	case consensus.Fetch:
		c.sync.Fetch(a.Digest)
		c.flushSync()
	case consensus.Behind:
		c.sync.Behind()
		c.flushSync()
	}
}

// Close ends the member: everything it promised is on the disk already.
func (c *Core) Close() error { return c.store.Close() }
