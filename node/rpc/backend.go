package rpc

import (
	"context"
	"encoding/json"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/state/proof"
	"probity/chain/types"
)

// Backend is what the methods need of a running node. All methods may be
// called from many goroutines; those without a context must not wait for the
// network or for consensus. A lookup that finds nothing returns nil and no
// error; an error that is no *Error, *route.Reject or listed sentinel is
// answered as an internal error and logged.
type Backend interface {
	// Info is what never changes while the node runs.
	Info() Info
	// Status is where the node stands.
	Status() Status
	// Syncing tells the best height known and whether the node is too far
	// behind it to judge transactions. It is asked for every submission.
	Syncing() (best types.Height, syncing bool)
	// Table is the route table that the node executes.
	Table() route.Table

	// Finalized is the latest final block; height 0 is the genesis.
	Finalized() Point
	// HeightOf finds the final block with a digest.
	HeightOf(digest keys.Hash) (types.Height, bool, error)
	// At opens the state after a final block. ErrFuture where there is no such
	// block yet, ErrPruned where its state is gone. The caller closes the view.
	At(h types.Height) (View, error)

	// Header, Block and Finality read final blocks; nil where there is none.
	Header(h types.Height) (*types.SignedHeader, error)
	Block(h types.Height) (*types.Block, error)
	Finality(h types.Height) (*Finality, error)
	// Events are those of the block's hooks; those of its transactions stand
	// in their receipts. ErrPruned where they are gone.
	Events(h types.Height) ([]types.Event, error)
	// Receipts are those of a final block's transactions, in order. ErrPruned
	// where they are gone.
	Receipts(h types.Height) ([]types.Receipt, error)
	// Tx finds a transaction, in the mempool or in a block.
	Tx(hash keys.Hash) (*TxInfo, error)

	// Submit takes transactions whose signatures have been verified, and gives
	// one verdict for each: nil for one that is in the mempool now, was there
	// before or is final; a *route.Reject; or a *Error such as MempoolFull.
	Submit(ctx context.Context, txs []*types.SignedTx) []error
	// Simulate applies a transaction to the latest state and drops the result.
	// What a guard would refuse is a *route.Reject.
	Simulate(ctx context.Context, tx *types.SignedTx) (types.Receipt, error)
	// NextNonce is the account's next nonce behind its pending transactions.
	NextNonce(a keys.Address) (uint64, error)
	// BaseFee is $ base units per unit of weight in the next block.
	BaseFee() types.Amount
	// Version is the protocol version in force, by which messages resolve.
	Version() uint32
	// Pending lists transactions of the mempool, of one account where from is
	// not nil, at most limit of them, by sender and nonce.
	Pending(from *keys.Address, limit int) []*types.SignedTx

	// Peers lists connected peers.
	Peers() []Peer
	// Metrics lists the current value of every metric.
	Metrics() []Sample
}

// View is the state after one final block.
type View interface {
	// Point names the block.
	Point() Point
	// Query answers a read of a route; params is a JSON object.
	Query(route, name string, params json.RawMessage) (any, error)
	// Prove reads a raw state key with its proof; ok is false, and the proof
	// one of absence, where there is no such key.
	Prove(key []byte) (value []byte, ok bool, p proof.Proof, err error)
	// Range walks the state in key order from a key on, until fn is false.
	Range(from []byte, fn func(key, value []byte) bool) error
	// Close ends the use of the view.
	Close()
}

// Point names a final block.
type Point struct {
	Height types.Height `json:"height"`
	Hash   keys.Hash    `json:"hash"`
}

// Info is what never changes while a node runs.
type Info struct {
	Chain     string         `json:"chain"`
	Genesis   keys.Hash      `json:"genesis"`
	Software  string         `json:"software"`
	Protocol  uint32         `json:"protocol"` // highest protocol version that this software knows
	PeerID    string         `json:"peerId"`
	Account   *keys.Address  `json:"account"`   // the operator's; null where the node has none
	Consensus keys.PublicKey `json:"consensus"` // key that signs votes and proposals
	Member    bool           `json:"member"`    // votes where the roster holds its key
	Producer  bool           `json:"producer"`  // renews its availability contract
}

// Status is where a node stands.
type Status struct {
	Epoch        types.Epoch  `json:"epoch"`
	View         types.View   `json:"view"` // in which consensus is
	Time         types.Time   `json:"time"` // of the latest final block, ms
	Best         types.Height `json:"best"` // best height known of any peer
	Syncing      bool         `json:"syncing"`
	Peers        int          `json:"peers"`
	MempoolTxs   int          `json:"mempoolTxs"`
	MempoolBytes int          `json:"mempoolBytes"`
	UptimeMs     uint64       `json:"uptimeMs"`
	Upgrade      *Upgrade     `json:"upgrade"` // null: none is planned
}

// Upgrade is a planned protocol version: it takes effect with the first epoch
// at or after Height, once it is ready.
type Upgrade struct {
	Protocol  uint32       `json:"protocol"`
	Height    types.Height `json:"height"`
	Signalled types.Weight `json:"signalled"` // of the running roster
	Needed    types.Weight `json:"needed"`
	Ready     bool         `json:"ready"`     // signalled by enough
	Supported bool         `json:"supported"` // by this node's software
}

// Finality proves that a block is final: the Finalization of the last of
// Headers, which begins with the block's own and goes from parent to child.
type Finality struct {
	Certificate types.Certificate    `json:"certificate"`
	Headers     []types.SignedHeader `json:"headers"`
}

// TxInfo is what a node knows of a transaction.
type TxInfo struct {
	Tx      *types.SignedTx
	Stage   Stage
	Block   Point          // which holds it; zero while Pending
	Receipt *types.Receipt // null while Pending
}

// Stage is how far a transaction has come.
type Stage uint8

// The stages, in their order.
const (
	Pending  Stage = 1 // in the mempool
	Included Stage = 2 // in a notarized block
	Final    Stage = 3 // in a final block
)

// Peer is a connected peer.
type Peer struct {
	ID        string  `json:"id"`
	Address   string  `json:"address"` // multiaddress
	Inbound   bool    `json:"inbound"`
	Score     float64 `json:"score"`
	LatencyMs float64 `json:"latencyMs"` // round trip; 0 where not measured
	Since     uint64  `json:"since"`     // of the connection, ms since the Unix epoch
}

// Sample is the value of one metric under one set of labels.
type Sample struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
	Value  float64           `json:"value"`
}
