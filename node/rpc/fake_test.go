package rpc_test

import (
	"context"
	"encoding/json"
	"sync"

	"probity/chain/codec"
	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/all"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/beacon"
	"probity/chain/state/proof"
	"probity/chain/types"
	"probity/node/rpc"
)

// genesis is the hash of the fake chain's genesis file.
var genesis keys.Hash

// fake is a node whose queries are answered from a real genesis state, and
// whose blocks and mempool are made up: whatever a transaction is, it enters
// the mempool, unless refuse says otherwise.
type fake struct {
	exec  *exec.Exec
	base  exec.Parent
	alice keys.PrivateKey
	bob   keys.PrivateKey

	mu       sync.Mutex
	blocks   []*types.Block // at height i+1
	receipts map[types.Height][]types.Receipt
	events   map[types.Height][]types.Event
	txs      map[keys.Hash]*rpc.TxInfo
	order    []*types.SignedTx // pending
	submits  int               // calls of Submit
	refuse   func(*types.SignedTx) error
	best     types.Height // above zero: syncing
	pruned   types.Height // states and receipts below are gone
	boom     int          // so many queries panic
	lived    *lived       // whose state is read; nil: the genesis
	prune    func()       // called once, before events are read; may be nil
}

// account is the key of a name.
func account(name string) keys.PrivateKey {
	return keys.FromSeed(keys.Sum([]byte("account"), []byte(name)))
}

// genesisFile is a chain of one member, alice. Its signatures are over the hash
// of the file without them.
func genesisFile(draft keys.Hash) []byte {
	a := account("alice")
	seat := availability.Bench{Key: a.Public(), Network: make([]byte, 32)}
	contract := availability.Register{Weight: 100, Key: a.Public(), Commitment: beacon.Commit([32]byte{1}, 8), Salts: 8}
	who := a.Public().Address()
	type object = map[string]any
	file, err := json.Marshal(object{
		"chain": "test", "time": 1_767_225_600_000, "protocol": 1, "params": object{"epoch.blocks": 64, "asc.lead_views": 16, "beacon.scheme": "hashed"},
		"routes": object{
			"bank": object{"balances": []object{
				{"address": who, "amount": "1000000000000"}, {"address": account("bob").Public().Address(), "amount": "5000000000"},
			}},
			"rep": object{"holders": []object{{"address": who, "amount": "100000000000"}}},
			"availability": object{
				"bench": []object{{"account": who, "key": seat.Key, "network": seat.Network, "signature": a.Sign(seat.SignBytes(draft, who))}},
				"asc": []object{{
					"account": who, "weight": contract.Weight, "key": contract.Key, "commitment": contract.Commitment,
					"salts": contract.Salts, "signature": a.Sign(contract.SignBytes(draft, who)),
				}},
			},
		},
	})
	if err != nil {
		panic(err)
	}
	return file
}

// start executes the genesis, once for all tests.
var start = sync.OnceValues(func() (*exec.Exec, exec.Parent) {
	draft, err := exec.ParseGenesis(genesisFile(keys.Hash{}))
	if err != nil {
		panic(err)
	}
	g, err := exec.ParseGenesis(genesisFile(draft.Draft()))
	if err != nil {
		panic(err)
	}
	x, err := exec.New(all.Table, g)
	if err != nil {
		panic(err)
	}
	r, err := x.Genesis()
	if err != nil {
		panic(err)
	}
	genesis = g.Hash()
	return x, r.Parent()
})

func newFake() *fake {
	x, base := start()
	f := &fake{
		exec: x, base: base, alice: account("alice"), bob: account("bob"),
		receipts: map[types.Height][]types.Receipt{}, events: map[types.Height][]types.Event{}, txs: map[keys.Hash]*rpc.TxInfo{},
	}
	for h := types.Height(1); h <= 3; h++ {
		f.extend(f.send(f.alice, uint64(h-1), 1000*uint64(h)))
	}
	return f
}

// send is a signed transfer to bob.
func (f *fake) send(key keys.PrivateKey, nonce, amount uint64) *types.SignedTx {
	return f.sign(key, types.Tx{
		Chain: "test", Nonce: nonce, FeeMax: types.Whole(1), ValidUntil: 5000,
		Msgs: []types.Msg{{Route: bank.ID, ID: 1, Body: codec.MustMarshal(bank.Send{To: f.bob.Public().Address(), Amount: types.NewAmount(amount)})}},
	})
}

func (f *fake) sign(key keys.PrivateKey, tx types.Tx) *types.SignedTx {
	tx.Sign(key, genesis)
	sealed, err := types.Seal(tx)
	if err != nil {
		panic(err)
	}
	return sealed
}

// extend adds a final block of the given transactions.
func (f *fake) extend(txs ...*types.SignedTx) types.Height {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := types.Height(len(f.blocks) + 1)
	b := &types.Block{Header: types.Header{
		Version: 1, View: types.View(h), Height: h, ParentView: types.View(h - 1), Parent: f.digest(h - 1),
		Time: 1_767_225_600_000 + types.Time(h)*200, StateRoot: keys.Sum([]byte{byte(h)}), BaseFee: types.NewAmount(100),
	}}
	digest := b.Digest()
	for _, tx := range txs {
		b.Body.Txs = append(b.Body.Txs, tx.Raw)
	}
	f.receipts[h] = make([]types.Receipt, len(txs))
	for i, tx := range txs {
		f.receipts[h][i] = types.Receipt{
			Tx: tx.Hash, Height: h, Index: uint32(i), Weight: 500, Charged: types.NewAmount(50_000),
			Events: []types.Event{{Route: "bank", Name: "transfer", Attrs: []types.Attr{{Key: "from", Value: tx.From.String()}}}},
		}
		f.txs[tx.Hash] = &rpc.TxInfo{Tx: tx, Stage: rpc.Final, Block: rpc.Point{Height: h, Hash: digest}, Receipt: &f.receipts[h][i]}
	}
	f.events[h] = []types.Event{{Route: "rep", Name: "mint", Attrs: []types.Attr{{Key: "cause", Value: "pool"}}}}
	f.blocks = append(f.blocks, b)
	f.order = nil
	return h
}

func (f *fake) digest(h types.Height) keys.Hash {
	if h == 0 {
		return genesis
	}
	return f.blocks[h-1].Digest()
}

func (f *fake) Info() rpc.Info {
	return rpc.Info{Chain: "test", Genesis: genesis, Software: "probity/test", Protocol: 1, PeerID: "12D3KooWtest", Consensus: f.alice.Public(), Member: true}
}

func (f *fake) Status() rpc.Status {
	best, syncing := f.Syncing()
	return rpc.Status{View: 4, Time: 1_767_225_600_600, Best: best, Syncing: syncing, Peers: 1}
}

func (f *fake) Syncing() (types.Height, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.best > 0 {
		return f.best, true
	}
	return types.Height(len(f.blocks)), false
}

func (f *fake) Table() route.Table { return all.Table }

func (f *fake) Finalized() rpc.Point {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := types.Height(len(f.blocks))
	return rpc.Point{Height: h, Hash: f.digest(h)}
}

func (f *fake) HeightOf(d keys.Hash) (types.Height, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for h := types.Height(0); h <= types.Height(len(f.blocks)); h++ {
		if f.digest(h) == d {
			return h, true, nil
		}
	}
	return 0, false, nil
}

func (f *fake) At(h types.Height) (rpc.View, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if h > types.Height(len(f.blocks)) {
		return nil, rpc.ErrFuture
	}
	if h < f.pruned {
		return nil, rpc.ErrPruned
	}
	return &view{f, rpc.Point{Height: h, Hash: f.digest(h)}}, nil
}

type view struct {
	f  *fake
	at rpc.Point
}

func (v *view) Point() rpc.Point { return v.at }
func (v *view) Close()           {}

func (v *view) Query(routeName, name string, in json.RawMessage) (any, error) {
	v.f.mu.Lock()
	defer v.f.mu.Unlock()
	if v.f.boom > 0 {
		v.f.boom--
		panic("disk")
	}
	if v.f.lived != nil {
		return v.f.lived.query(routeName, name, in)
	}
	return v.f.exec.Query(v.f.base, routeName, name, in)
}

func (v *view) Prove(key []byte) ([]byte, bool, proof.Proof, error) {
	return nil, false, proof.Proof{}, nil
}

func (v *view) Range(from []byte, fn func(key, value []byte) bool) error {
	v.f.mu.Lock()
	defer v.f.mu.Unlock()
	v.f.base.State.Range(from, nil, fn)
	return nil
}

func (f *fake) Header(h types.Height) (*types.SignedHeader, error) {
	b, err := f.Block(h)
	if b == nil || err != nil {
		return nil, err
	}
	s := b.Signed()
	return &s, nil
}

func (f *fake) Block(h types.Height) (*types.Block, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if h == 0 || h > types.Height(len(f.blocks)) || h < f.pruned {
		return nil, nil
	}
	return f.blocks[h-1], nil
}

func (f *fake) Finality(h types.Height) (*rpc.Finality, error) {
	sh, err := f.Header(h)
	if sh == nil || err != nil {
		return nil, err
	}
	st := sh.Header.Statement()
	st.Kind = types.Finalize
	return &rpc.Finality{Certificate: types.Certificate{Statement: st, Signers: types.Bytes{1}}, Headers: []types.SignedHeader{*sh}}, nil
}

func (f *fake) Events(h types.Height) ([]types.Event, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.prune != nil {
		f.prune()
		f.prune = nil
	}
	if h < f.pruned {
		return nil, rpc.ErrPruned
	}
	return f.events[h], nil
}

func (f *fake) Receipts(h types.Height) ([]types.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if h < f.pruned {
		return nil, rpc.ErrPruned
	}
	return f.receipts[h], nil
}

func (f *fake) Tx(h keys.Hash) (*rpc.TxInfo, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if t := f.txs[h]; t != nil {
		c := *t
		return &c, nil
	}
	return nil, nil
}

func (f *fake) Submit(_ context.Context, txs []*types.SignedTx) []error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.submits++
	out := make([]error, len(txs))
	for i, tx := range txs {
		if f.refuse != nil {
			if out[i] = f.refuse(tx); out[i] != nil {
				continue
			}
		}
		if f.txs[tx.Hash] == nil {
			f.txs[tx.Hash] = &rpc.TxInfo{Tx: tx, Stage: rpc.Pending}
			f.order = append(f.order, tx)
		}
	}
	return out
}

func (f *fake) Simulate(_ context.Context, tx *types.SignedTx) (types.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse != nil {
		if err := f.refuse(tx); err != nil {
			return types.Receipt{}, err
		}
	}
	return types.Receipt{Tx: tx.Hash, Height: types.Height(len(f.blocks) + 1), Weight: 500, Charged: types.NewAmount(50_000)}, nil
}

func (f *fake) NextNonce(a keys.Address) (uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var n uint64
	for _, t := range f.txs {
		if t.Tx.From == a {
			n++
		}
	}
	return n, nil
}

func (f *fake) BaseFee() types.Amount { return types.NewAmount(100) }
func (f *fake) Version() uint32       { return 1 }

func (f *fake) Pending(from *keys.Address, limit int) []*types.SignedTx {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []*types.SignedTx
	for _, tx := range f.order {
		if (from == nil || tx.From == *from) && len(out) < limit {
			out = append(out, tx)
		}
	}
	return out
}

func (f *fake) Peers() []rpc.Peer {
	return []rpc.Peer{{ID: "12D3KooWpeer", Address: "/ip4/127.0.0.1/tcp/8650", Score: 1.5, LatencyMs: 0.4, Since: 1_767_225_600_000}}
}

func (f *fake) Metrics() []rpc.Sample {
	return []rpc.Sample{{Name: "probity_chain_height", Labels: map[string]string{"kind": "finalized"}, Value: 3}}
}
