package route

import (
	"fmt"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
)

// DepthMax bounds how deep dispatches nest.
const DepthMax = 8

// Chain is what never changes on one chain.
type Chain struct {
	Name    string
	Genesis keys.Hash // of the genesis file
	Draft   keys.Hash // of the genesis file without its signatures and dealings, which are bound to this

	Escrow escrow.Suite // how salts are dealt and opened
}

// Block is what rules may know of the block they run in.
type Block struct {
	Version    uint32 // protocol version in force
	Epoch      types.Epoch
	View       types.View
	Height     types.Height
	ParentView types.View
	Parent     keys.Hash
	ParentTime types.Time
	Time       types.Time
	BaseFee    types.Amount
	ASC        keys.Hash   // the contract that the header says serves the view
	Seed       keys.Hash   // R(epoch, view), as the header says
	Reveal     types.Bytes // opens the contract's salt

	// Schedule tells who serves which view of the epoch, with what salt. The
	// executor keeps it from block to block; it is nil where the state holds
	// no plan of the epoch.
	Schedule *types.Schedule

	// Body's votes and view records, whose signatures the executor's caller
	// has verified against the rosters of the epochs that they name.
	Votes []types.Certificate
	Views []types.ViewRecord

	// Running sums of the block, filled by the routes that own them.
	Fees   types.Amount // $ charged so far (bank)
	Burned types.Amount // $ burned of them (bank)
	Reward types.Amount // $ minted as block reward (bank)
	Weight uint64       // of the transactions so far (bank)
}

// Ctx is the world of a rule: the state, the block, who calls.
type Ctx struct {
	*state.Overlay // reads and writes; regions take the Ctx where they want a store

	Chain  Chain
	Params *Params
	Block  *Block
	Sender keys.Address    // who calls: an account, or the address of a dispatching route
	Tx     *types.SignedTx // the transaction being applied; nil in hooks
	Free   bool            // a guard found that this transaction pays nothing
	Depth  int

	table  Table
	events *[]event
	route  *Route
}

// NewCtx makes the context of a hook or of a transaction.
func NewCtx(store *state.Overlay, chain Chain, params *Params, block *Block, table Table) *Ctx {
	return &Ctx{Overlay: store, Chain: chain, Params: params, Block: block, table: table, events: new([]event)}
}

// For is the context in which hooks of r run: r's address calls.
func (c *Ctx) For(r *Route) *Ctx {
	d := *c
	d.route, d.Sender = r, Address(r.Name)
	return &d
}

// ForTx is the context in which a transaction runs: its sender calls, it
// writes to store, and its events are its own.
func (c *Ctx) ForTx(tx *types.SignedTx, store *state.Overlay) *Ctx {
	d := *c
	d.Overlay, d.events = store, new([]event)
	d.Begin(tx)
	return &d
}

// Begin makes c, which ForTx made, the context of another transaction. Events
// go on behind those of the one before.
func (c *Ctx) Begin(tx *types.SignedTx) { c.Tx, c.Sender, c.Free = tx, tx.From, false }

// Table is the route table that the context runs under.
func (c *Ctx) Table() Table { return c.table }

// Weight is what the running transaction is charged for: its bytes and the
// declared cost of each of its messages.
func (c *Ctx) Weight() (uint64, error) { return c.table.Weight(c.Tx, c.Block.Version) }

// Guards runs every guard on a call; the last row's first, so that a breaker
// speaks before anything is charged and a higher floor may prepare what a
// lower one checks.
func (c *Ctx) Guards(call Call) error {
	for i := len(c.table) - 1; i >= 0; i-- {
		r := c.table[i]
		if r.Guard == nil || !r.Serves(c.Block.Version) {
			continue
		}
		saved := c.route
		c.route = r
		err := r.Guard(c, call)
		c.route = saved
		if err != nil {
			return err
		}
	}
	return nil
}

// Apply runs one rule whose guards have passed, as c.Sender.
func (c *Ctx) Apply(call Call) error {
	if len(call.Msg.By) > 0 && !c.allowed(call.Msg.By) {
		return ErrReserved.With("%s/%s may be called by %v only", call.Route.Name, call.Msg.Name, call.Msg.By)
	}
	saved := c.route
	c.route = call.Route
	err := call.Msg.Run(c, call.Body)
	c.route = saved
	return err
}

func (c *Ctx) allowed(by []string) bool {
	for _, name := range by {
		if c.Sender == Address(name) {
			return true
		}
	}
	return false
}

// Dispatch calls a rule of another route in the name of the running one, and
// is the only way from peer to peer. It passes every guard, and its effects
// happen all or not at all.
func (c *Ctx) Dispatch(m types.Msg) error {
	d, err := c.dispatch(m)
	if err != nil {
		return err
	}
	c.Settle(d)
	return nil
}

// Try is a Dispatch that leaves nothing behind: it tells whether one would
// succeed now.
func (c *Ctx) Try(m types.Msg) error {
	_, err := c.dispatch(m)
	return err
}

// Aside is a context on a copy of the state, for what is to happen all or not
// at all: Settle makes it happen.
func (c *Ctx) Aside() *Ctx {
	d := *c
	d.Overlay, d.events = c.Overlay.Child(), new([]event)
	return &d
}

// Settle makes what happened in an Aside of c happen.
func (c *Ctx) Settle(d *Ctx) {
	d.Overlay.Merge()
	*c.events = append(*c.events, *d.events...)
}

// dispatch applies a message to a copy of the state.
func (c *Ctx) dispatch(m types.Msg) (*Ctx, error) {
	if c.Depth+1 > DepthMax {
		return nil, ErrDepth
	}
	if c.route == nil {
		return nil, ErrRoute
	}
	r, msg, err := c.table.Resolve(m, c.Block.Version)
	if err != nil {
		return nil, err
	}
	body, err := msg.Decode(m.Body)
	if err != nil {
		return nil, err
	}
	d := c.Aside()
	d.Sender, d.Depth = Address(c.route.Name), c.Depth+1
	call := Call{Route: r, Msg: msg, Body: body}
	if err := d.Guards(call); err != nil {
		return nil, err
	}
	if err := d.Apply(call); err != nil {
		return nil, err
	}
	return d, nil
}

// Deliver hands a verdict to the route that opened the pool.
func (c *Ctx) Deliver(to string, v Verdict) {
	if r := c.table.Find(to); r != nil && r.Verdict != nil {
		r.Verdict(c.For(r), v)
	}
}

// Outcome is how a pool ended.
type Outcome uint8

// The outcomes. Their numbers are on the wire.
const (
	Accepted Outcome = 1
	Rejected Outcome = 2
	Void     Outcome = 3 // no decision: stakes return
)

// String is the outcome's name.
func (o Outcome) String() string {
	switch o {
	case Accepted:
		return "accepted"
	case Rejected:
		return "rejected"
	case Void:
		return "void"
	}
	return fmt.Sprintf("outcome(%d)", uint8(o))
}

// MarshalText gives the outcome's name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Verdict is what a pool decided, delivered to its opener (spec pools §6).
// Courts and oracles answer their openers in the same form.
type Verdict struct {
	Ref       keys.Hash // the subject, as the opener named it
	Pool      uint64    // the pool's number
	Outcome   Outcome
	For       types.Amount
	Against   types.Amount
	QuorumMet bool
	Value     []byte // at most 32 bytes: an oracle's hash, a court's ratio
}
