package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/spf13/pflag"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route/beacon"
	"probity/chain/state"
	"probity/chain/types"
	"probity/node"
	"probity/node/store"
)

const blocksLong = `
Execute blocks of signed transfers between many accounts without a network, on
one core: decode, verify signatures in batches, execute, bring the state tree up
to date, and store with one synced batch a block (Pebble, in a temporary
folder).`

// blocksReport is what bench blocks prints.
type blocksReport struct {
	Blocks      int          `json:"blocks"`
	Txs         int          `json:"txs"`
	TxPerSecond float64      `json:"tx_per_second"`
	Stages      stageSeconds `json:"stage_ns_per_tx"`
}

// stageSeconds is the time of each stage, in nanoseconds a transaction.
type stageSeconds struct {
	Decode     float64 `json:"decode"`
	Signatures float64 `json:"signatures"`
	Execute    float64 `json:"execute"`
	Tree       float64 `json:"tree"`
	Store      float64 `json:"store"`
}

// blocksPlan says what to execute.
type blocksPlan struct {
	Accounts int
	Txs      int
	Block    int    // transactions in one
	Dir      string // for the database; "" for the system's temporary folder
}

// benchEpoch is the epoch length of the measured chain: no boundary falls into
// the measurement.
const benchEpoch = 8192

func benchBlocks(f *pflag.FlagSet) action {
	plan := blocksPlan{}
	f.IntVar(&plan.Accounts, "accounts", 100_000, "that the state holds")
	f.IntVar(&plan.Txs, "txs", 200_000, "transfers in all")
	f.IntVar(&plan.Block, "block", 10_000, "transfers in a block")
	f.StringVar(&plan.Dir, "dir", "", "`folder` for the database (default: a temporary one)")
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(ctx context.Context, s *streams, _ []string) error {
		if plan.Accounts < 2 || plan.Accounts > 1<<24 || plan.Txs < 1 || plan.Block < 1 || plan.Block > 12_000 || plan.Txs/plan.Block >= benchEpoch {
			return usage("want --accounts from 2 to 2^24, --txs above 0, --block from 1 to 12000, and fewer than %d blocks", benchEpoch)
		}
		r, err := measureBlocks(ctx, s, plan)
		if err != nil {
			return err
		}
		if *asJSON {
			return s.object(r)
		}
		s.printf("%d transfers in %d blocks: %.0f tx/s\n", r.Txs, r.Blocks, r.TxPerSecond)
		s.printf("ns per transfer: decode %.0f, signatures %.0f, execute %.0f, tree %.0f, store %.0f\n",
			r.Stages.Decode, r.Stages.Signatures, r.Stages.Execute, r.Stages.Tree, r.Stages.Store)
		return nil
	}
}

// measureBlocks makes the chain, then executes its blocks against the clock.
func measureBlocks(ctx context.Context, s *streams, plan blocksPlan) (r *blocksReport, err error) {
	m, err := newMint(plan)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(plan.Dir, "probity-bench-")
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	db, err := store.Open(vfs.Default, dir, store.Options{Genesis: m.genesis.Hash(), CacheBytes: 256 << 20})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Genesis(m.first.Changes, m.first.Header); err != nil {
		return nil, err
	}
	c := &clockwork{exec: m.exec, db: db, genesis: m.genesis.Hash()}
	c.base = m.exec.Base(db, m.first.Header, m.first.Digest)
	p := newProgress(s, "blocks, transfers", int64(plan.Txs))
	defer p.end()
	for c.txs < plan.Txs {
		if ctx.Err() != nil {
			return nil, errStopped
		}
		block, err := m.next(c.base, min(plan.Block, plan.Txs-c.txs))
		if err != nil {
			return nil, err
		}
		if err := c.execute(block); err != nil {
			return nil, err
		}
		p.set(int64(c.txs))
	}
	return c.report(), nil
}

// clockwork executes blocks and takes the time of each stage.
type clockwork struct {
	exec    *exec.Exec
	db      *store.Store
	genesis keys.Hash
	base    exec.Parent
	blocks  int
	txs     int

	decode, signatures, run, tree, store time.Duration
}

func (c *clockwork) execute(b *types.Block) error {
	t0 := time.Now()
	txs, err := exec.Decode(b)
	if err != nil {
		return err
	}
	t1 := time.Now()
	sigs := checkSignatures(txs, c.genesis)
	t2 := time.Now()
	result, err := c.exec.Verify(c.base, b, txs, sigs)
	if err != nil {
		return err
	}
	t3 := time.Now()
	tree := c.seal(result) // not part of the whole: Verify has done it
	t4 := time.Now()
	err = c.db.Commit(store.Batch{
		Blocks: []store.Final{{Block: b, Digest: result.Digest, Changes: result.Changes, Txs: result.TxHashes(), Receipts: result.Receipts(), Events: result.Events()}},
		Proof:  store.Proof{Finalization: types.Certificate{Statement: types.Statement{Kind: types.Finalize, Epoch: b.Header.Epoch, View: b.Header.View, Digest: result.Digest}}},
	})
	if err != nil {
		return err
	}
	c.base = c.exec.Base(c.db, result.Header, result.Digest)
	t5 := time.Now()
	c.decode, c.signatures = c.decode+t1.Sub(t0), c.signatures+t2.Sub(t1)
	c.run, c.tree, c.store = c.run+t3.Sub(t2)-tree, c.tree+tree, c.store+t5.Sub(t4)
	c.blocks, c.txs = c.blocks+1, c.txs+len(txs)
	return nil
}

// seal brings the tree up to date with a block's writes once more, alone, and
// gives the time that it takes.
func (c *clockwork) seal(r *exec.Result) time.Duration {
	layer := state.NewLayer(c.base.State)
	for _, w := range r.Changes.Values {
		if w.Value == nil {
			layer.Delete(w.Key)
		} else {
			layer.Set(w.Key, w.Value)
		}
	}
	begun := time.Now()
	layer.Seal(r.Header.Height)
	return time.Since(begun)
}

func (c *clockwork) report() *blocksReport {
	per := func(d time.Duration) float64 { return round(float64(d.Nanoseconds())/float64(c.txs), 0) }
	total := c.decode + c.signatures + c.run + c.tree + c.store
	return &blocksReport{
		Blocks: c.blocks, Txs: c.txs, TxPerSecond: round(float64(c.txs)/total.Seconds(), 1),
		Stages: stageSeconds{per(c.decode), per(c.signatures), per(c.run), per(c.tree), per(c.store)},
	}
}

// mint makes the blocks to measure: those of a chain with one member and many
// accounts.
type mint struct {
	genesis  *exec.Genesis
	exec     *exec.Exec
	first    *exec.Result
	member   node.MemberKeys
	schedule *types.Schedule
	plan     blocksPlan
	addrs    []keys.Address
	keys     map[int]keys.PrivateKey
	nonces   map[int]uint64
	drawn    uint64
	epoch    *types.Plan
}

func newMint(plan blocksPlan) (*mint, error) {
	m := &mint{plan: plan, member: node.DeriveKeys([32]byte{1}), keys: map[int]keys.PrivateKey{}, nonces: map[int]uint64{}}
	spec := node.GenesisSpec{
		Chain: "probity-bench", Time: 1, Params: map[string]uint64{
			"epoch.blocks": benchEpoch, "block.weight": 1 << 30,
			"beacon.scheme": uint64(types.Hashed), // one maker, who deals to nobody: salts are not what is measured
		},
		Members: []node.GenesisMember{{Keys: m.member, REP: types.Whole(1000)}},
	}
	for i := range plan.Accounts {
		addr := loadKey("bench", i).Public().Address()
		m.addrs = append(m.addrs, addr)
		spec.Balances = append(spec.Balances, node.GenesisBalance{Address: addr, Amount: types.Whole(1000)})
	}
	var err error
	if m.genesis, err = node.NewGenesis(spec); err != nil {
		return nil, err
	}
	if m.exec, err = exec.New(table(), m.genesis); err != nil {
		return nil, err
	}
	if m.first, err = m.exec.Genesis(); err != nil {
		return nil, err
	}
	m.epoch = m.exec.Plan(m.first.Parent(), 0)
	m.schedule, err = types.NewSchedule(m.epoch)
	return m, err
}

// draw is the next of a fixed sequence of numbers below n.
func (m *mint) draw(n int) int {
	m.drawn += 0x9e3779b97f4a7c15
	x := m.drawn
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int((x ^ x>>31) % uint64(n))
}

// next makes a block of n transfers on a parent.
func (m *mint) next(parent exec.Parent, n int) (*types.Block, error) {
	txs := make([]*types.SignedTx, n)
	for i := range txs {
		var err error
		if txs[i], err = m.transfer(); err != nil {
			return nil, err
		}
	}
	v := parent.Header.View + 1
	asc := m.schedule.ASC(v)
	at, err := m.exec.NotBefore(parent)
	if err != nil {
		return nil, err
	}
	p := exec.Proposal{
		View: v, ParentView: parent.Header.View, Time: at, ASC: asc.ID, Seed: m.schedule.Seed(v),
		Reveal: beacon.Reveal(node.SaltSecret(m.member.Beacon, 0), asc.Salts, m.schedule.Salt(v)),
	}
	if parent.Header.Height > 0 {
		vote := types.Vote{Statement: types.Statement{Kind: types.Notarize, View: parent.Header.View, Digest: parent.Digest}}
		vote.Signature = m.member.Consensus.Sign(vote.SignBytes(m.genesis.Hash()))
		p.Votes = []types.Certificate{types.Bundle([]types.Vote{vote}, 1)}
	}
	i := 0
	give := func() *types.SignedTx {
		if i == len(txs) {
			return nil
		}
		i++
		return txs[i-1]
	}
	var dropped error
	block, _, err := m.exec.Build(parent, p, give, func(_ *types.SignedTx, err error) { dropped = err })
	if err == nil && len(block.Body.Txs) != n {
		err = fmt.Errorf("bench: %d of %d transfers fit: %w", len(block.Body.Txs), n, errors.Join(dropped, errors.New("the block is full")))
	}
	return block, err
}

// transfer signs one transfer between two accounts.
func (m *mint) transfer() (*types.SignedTx, error) {
	from := m.draw(len(m.addrs))
	key, ok := m.keys[from]
	if !ok {
		key = loadKey("bench", from)
		m.keys[from] = key
	}
	msg, err := transfer(m.addrs[m.draw(len(m.addrs))])
	if err != nil {
		return nil, err
	}
	tx := types.Tx{
		Chain: m.genesis.Chain, Nonce: m.nonces[from], FeeMax: types.Whole(1), ValidUntil: 1 << 40, Msgs: []types.Msg{msg},
	}
	m.nonces[from]++
	tx.Sign(key, m.genesis.Hash())
	return types.Seal(tx)
}
