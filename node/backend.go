package node

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/params"
	"probity/chain/state"
	"probity/chain/state/proof"
	"probity/chain/types"
	"probity/node/mempool"
	"probity/node/rpc"
	"probity/node/store"
)

// syncingBehind is how many blocks behind the best known height a member still
// judges transactions.
const syncingBehind = 16

// backend is the member as its RPC server sees it: reads go to the store, from
// any goroutine; what needs the loop is handed to it.
type backend struct{ n *Node }

// publish shows readers where the loop stands.
func (n *Node) publish() {
	h, d := n.core.Base()
	m := n.core.Machine()
	s := &snapshot{header: h, digest: d, fee: bank.BaseFee(n.core.base.State)}
	s.status = rpc.Status{Epoch: m.Epoch, View: m.View, Time: h.Time, Best: max(h.Height, n.core.sync.Best())}
	s.status.Syncing = s.status.Best > h.Height+syncingBehind
	s.status.MempoolTxs, s.status.MempoolBytes = n.core.pool.Len(), n.core.pool.Bytes()
	n.status.Store(s)
	n.ops.observe(s)
}

// Info is what never changes.
func (b backend) Info() rpc.Info {
	n := b.n
	i := rpc.Info{
		Chain: n.opts.Genesis.Chain, Genesis: n.opts.Genesis.Hash(), Software: n.opts.Software, Protocol: ProtocolMax,
		PeerID: n.PeerID(), Member: n.opts.Member && n.signer != nil, Producer: n.opts.Producer && n.signer != nil,
	}
	if k := n.opts.Keys; k != nil {
		a := k.Account.Public().Address()
		i.Account, i.Consensus = &a, k.Consensus.Public()
		if n.signer != nil { // it may be in another process, with another key than the home's
			i.Consensus = n.signer.Public()
		}
	}
	return i
}

// ProtocolMax is the highest protocol version that this software knows.
var ProtocolMax = exec.Protocol()

// Status is where the member stands.
func (b backend) Status() rpc.Status {
	s := b.n.status.Load().status
	s.Upgrade = b.n.upgrade.Load()
	s.Peers = len(b.n.host.Peers())
	s.UptimeMs = uint64(time.Since(b.n.born).Milliseconds())
	return s
}

// Syncing tells the best height known and whether the member is far behind it.
func (b backend) Syncing() (types.Height, bool) {
	s := b.n.status.Load()
	return s.status.Best, s.status.Syncing
}

// Table is the route table.
func (b backend) Table() route.Table { return b.n.core.exec.Table() }

// Finalized is the latest final block.
func (b backend) Finalized() rpc.Point {
	t, err := b.n.core.store.Tip()
	if err != nil || t == nil {
		s := b.n.status.Load()
		return rpc.Point{Height: s.header.Height, Hash: s.digest}
	}
	return rpc.Point{Height: t.Header.Height, Hash: t.Digest}
}

// HeightOf finds a final block by digest.
func (b backend) HeightOf(d keys.Hash) (types.Height, bool, error) { return b.n.core.store.HeightOf(d) }

// Header reads a final header.
func (b backend) Header(h types.Height) (*types.SignedHeader, error) { return b.n.core.store.Header(h) }

// Block reads a final block.
func (b backend) Block(h types.Height) (*types.Block, error) { return b.n.core.store.Block(h) }

// Events reads the events of a block's hooks.
func (b backend) Events(h types.Height) ([]types.Event, error) { return b.n.core.store.Events(h) }

// Receipts reads the receipts of a block.
func (b backend) Receipts(h types.Height) ([]types.Receipt, error) { return b.n.core.store.Receipts(h) }

// Finality gathers the headers from a block to what the nearest Finalization
// names.
func (b backend) Finality(h types.Height) (*rpc.Finality, error) {
	p, err := b.n.core.store.Finality(h)
	if err != nil || p == nil {
		return nil, err
	}
	f := &rpc.Finality{Certificate: p.Finalization}
	for at := h; at <= p.Height; at++ {
		hd, err := b.n.core.store.Header(at)
		if err != nil || hd == nil {
			return nil, err
		}
		f.Headers = append(f.Headers, *hd)
	}
	f.Headers = append(f.Headers, p.Trailing...)
	return f, nil
}

// Tx finds a transaction in the mempool or in a final block.
func (b backend) Tx(hash keys.Hash) (*rpc.TxInfo, error) {
	h, i, ok, err := b.n.core.store.TxPlace(hash)
	if err != nil {
		return nil, err
	}
	if !ok {
		var tx *types.SignedTx
		b.n.do(context.Background(), func() { tx = b.n.core.pool.Get(hash) })
		if tx != nil {
			return &rpc.TxInfo{Tx: tx, Stage: rpc.Pending}, nil
		}
		// It may have left the mempool for a block since the first look.
		if h, i, ok, err = b.n.core.store.TxPlace(hash); err != nil || !ok {
			return nil, err
		}
	}
	block, err := b.n.core.store.Block(h)
	if err != nil || block == nil || i >= len(block.Body.Txs) {
		return nil, err
	}
	tx, err := types.DecodeTx(block.Body.Txs[i])
	if err != nil {
		return nil, err
	}
	receipt, err := b.n.core.store.Receipt(hash)
	if err != nil {
		return nil, err
	}
	return &rpc.TxInfo{Tx: tx, Stage: rpc.Final, Block: rpc.Point{Height: h, Hash: block.Digest()}, Receipt: receipt}, nil
}

// Submit offers transactions to the mempool and gossips those it takes.
func (b backend) Submit(ctx context.Context, txs []*types.SignedTx) []error {
	var out []error
	if !b.n.do(ctx, func() { out = b.n.core.Submit(txs) }) {
		out = make([]error, len(txs))
		for i := range out {
			out[i] = context.Cause(ctx)
			if out[i] == nil {
				out[i] = ErrHalted
			}
		}
		return out
	}
	for i, tx := range txs {
		out[i] = b.judge(tx, out[i])
	}
	return out
}

// judge turns the mempool's verdicts into those that clients see.
func (b backend) judge(tx *types.SignedTx, err error) error {
	var full *mempool.FullError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &full):
		return rpc.MempoolFull(tx.FeeMax, full.Enters(b.n.core.exec.Weight(tx)))
	case errors.Is(err, bank.ErrNonce):
		if _, _, final, e := b.n.core.store.TxPlace(tx.Hash); e == nil && final {
			return nil // a known transaction is answered with its hash again
		}
	}
	return err
}

// Simulate applies a transaction to the latest state and drops the result.
func (b backend) Simulate(_ context.Context, tx *types.SignedTx) (types.Receipt, error) {
	v, err := b.open()
	if err != nil {
		return types.Receipt{}, err
	}
	defer v.Close()
	r := b.n.core.exec.Simulate(v.parent(), tx)
	return r, nil
}

// NextNonce is the account's next nonce behind its pending transactions.
func (b backend) NextNonce(a keys.Address) (next uint64, err error) {
	if !b.n.do(context.Background(), func() { next = b.n.core.NextNonce(a) }) {
		return 0, ErrHalted
	}
	return next, nil
}

// BaseFee is that of the next block.
func (b backend) BaseFee() types.Amount { return b.n.status.Load().fee }

// Version is the protocol version in force.
func (b backend) Version() uint32 {
	v, err := b.open()
	if err != nil {
		return ProtocolMax
	}
	defer v.Close()
	return params.Version(v.base)
}

// Pending lists transactions of the mempool.
func (b backend) Pending(from *keys.Address, limit int) (out []*types.SignedTx) {
	b.n.do(context.Background(), func() { out = b.n.core.pool.List(from, limit) })
	return out
}

// Peers lists the connected peers.
func (b backend) Peers() []rpc.Peer {
	out := []rpc.Peer{}
	for _, p := range b.n.host.Peers() {
		out = append(out, rpc.Peer{
			ID: p.ID.String(), Address: p.Remote, Inbound: p.Inbound, Score: float64(p.Score),
			LatencyMs: float64(p.Latency.Microseconds()) / 1000, Since: uint64(p.Since.UnixMilli()),
		})
	}
	return out
}

// Metrics lists the present value of every metric.
func (b backend) Metrics() []rpc.Sample { return b.n.samples() }

// At opens the state after a final block.
func (b backend) At(h types.Height) (rpc.View, error) {
	snap, err := b.n.core.store.View()
	if err != nil {
		return nil, err
	}
	tip, root, err := snap.Latest()
	if err != nil {
		return nil, errors.Join(err, snap.Close())
	}
	v := &view{n: b.n, snap: snap}
	if h > tip {
		return nil, errors.Join(rpc.ErrFuture, snap.Close())
	}
	hd, err := b.n.core.store.Header(h)
	if err != nil || hd == nil {
		return nil, errors.Join(rpc.ErrPruned, err, snap.Close())
	}
	v.header, v.digest = hd.Header, hd.Header.Digest()
	if h != tip {
		root = hd.Header.StateRoot
	}
	if v.tree, err = state.At(snap, h, root); err != nil {
		return nil, errors.Join(rpc.ErrPruned, snap.Close())
	}
	v.base = v.tree
	if h == tip {
		v.base = state.NewBase(snap)
	}
	return v, nil
}

// open is At for the latest state.
func (b backend) open() (*view, error) {
	snap, err := b.n.core.store.View()
	if err != nil {
		return nil, err
	}
	tip, _, err := snap.Latest()
	if err != nil {
		return nil, errors.Join(err, snap.Close())
	}
	hd, err := b.n.core.store.Header(tip)
	if err != nil || hd == nil {
		return nil, errors.Join(rpc.ErrFuture, err, snap.Close())
	}
	return &view{n: b.n, snap: snap, header: hd.Header, digest: hd.Header.Digest(), base: state.NewBase(snap)}, nil
}

// view is the state after one final block.
type view struct {
	n      *Node
	snap   *store.View
	header types.Header
	digest keys.Hash
	base   state.Reader
	tree   *state.Tree
}

func (v *view) parent() exec.Parent {
	base, _ := v.base.(state.Parent)
	return exec.Parent{State: base, Header: v.header, Digest: v.digest}
}

// Point names the block.
func (v *view) Point() rpc.Point { return rpc.Point{Height: v.header.Height, Hash: v.digest} }

// Query answers a read of a route.
func (v *view) Query(routeName, name string, in json.RawMessage) (out any, err error) {
	defer fault(&err)
	return v.n.core.exec.QueryAt(v.base, v.header, routeName, name, in)
}

// Prove reads a key with its proof.
func (v *view) Prove(key []byte) (value []byte, ok bool, p proof.Proof, err error) {
	defer fault(&err)
	value, ok, p = v.tree.Prove(key)
	return value, ok, p, nil
}

// Range walks the state in key order.
func (v *view) Range(from []byte, fn func(key, value []byte) bool) (err error) {
	defer fault(&err)
	v.base.Range(from, nil, fn)
	return nil
}

// Close ends the use of the view.
func (v *view) Close() { _ = v.snap.Close() }

// fault turns trouble with the disk into an error: a reader does not halt the
// member, its loop will see for itself.
func fault(err *error) {
	r := recover()
	if r == nil {
		return
	}
	f, ok := r.(*state.Fault)
	if !ok {
		panic(r)
	}
	*err = f
}
