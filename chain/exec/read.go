package exec

import (
	"encoding/json"
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/params"
	"probity/chain/state"
	"probity/chain/types"
)

// Outline is Plan without the dealings, which are most of it.
func (x *Exec) Outline(p Parent, e types.Epoch) *types.Plan { return availability.Plan(p.State, e) }

// Plan is that of an epoch, with its dealings, as p's state holds it; nil where
// it holds none.
func (x *Exec) Plan(p Parent, e types.Epoch) *types.Plan {
	plan := availability.Plan(p.State, e)
	if plan != nil {
		availability.Dealings(p.State, plan)
	}
	return plan
}

// Convicted lists the accounts that are convicted in p's state: their proposals
// are invalid on any block that descends from it.
func (x *Exec) Convicted(p Parent) []keys.Address { return availability.ConvictedAll(p.State) }

// Nonce is the number that an account's next transaction must have.
func (x *Exec) Nonce(p Parent, a keys.Address) uint64 { return bank.Nonce(p.State, a) }

// Version is the protocol version in force after p.
func (x *Exec) Version(p Parent) uint32 { return params.Version(p.State) }

// Param is the value of a parameter in force after p.
func (x *Exec) Param(p Parent, d *route.Param) uint64 { return x.paramsOf(p.State).Get(d) }

// NextBaseFee is the base fee of the next block on p.
func (x *Exec) NextBaseFee(p Parent) types.Amount { return bank.BaseFee(p.State) }

// NotBefore is the least time of the next block on p.
func (x *Exec) NotBefore(p Parent) (types.Time, error) {
	facts, err := x.facts(p)
	return facts.Time, err
}

// Weight is what a transaction is charged for, times the base fee. It fails
// where a message is unknown.
func (x *Exec) Weight(tx *types.SignedTx) (uint64, error) {
	return x.table.Weight(tx, x.genesis.Protocol)
}

// View judges transactions for the next block on one parent.
type View struct {
	ctx   *route.Ctx
	state state.Reader
	calls []route.Call
}

// CheckView prepares to judge many transactions. It reads the state of p and so
// serves as long as p does.
func (x *Exec) CheckView(p Parent) *View {
	v := &View{ctx: x.scratch(p, x.paramsOf(p.State)), state: p.State}
	if e, err := x.epochOf(p.State, v.ctx.Block.Epoch); err == nil {
		v.ctx.Block.Schedule = e.schedule
	}
	return v
}

// scratch is a context for what leaves no trace, in the next block on p. Where
// the state has no plan there is no next block, and the facts are p's own.
func (x *Exec) scratch(p Parent, numbers *route.Params) *route.Ctx {
	facts, err := x.facts(p)
	if err != nil {
		facts.Time = p.Header.Time
	}
	return route.NewCtx(state.NewOverlay(p.State), x.chain, numbers, &facts, x.table)
}

// Check says whether the guards would admit a transaction whose signature
// holds, if the account's next nonce were the given one: those before it may be
// waiting still.
func (v *View) Check(tx *types.SignedTx, nonce uint64) error {
	_, err := v.admit(tx, &nonce)
	return err
}

// Foresee does ahead of the block what a transaction's messages cost most: it
// checks dealings, with an escrow that remembers. It gives no verdict.
func (v *View) Foresee(tx *types.SignedTx) {
	calls, err := decode(v.ctx.Table(), nil, tx, v.ctx.Block.Version)
	if err != nil {
		return
	}
	for i := range calls {
		switch m := calls[i].Body.(type) {
		case availability.Register:
			availability.Foresee(v.ctx, tx.From, m)
		case availability.AddSalts:
			availability.ForeseeMore(v.ctx, tx.From, m)
		}
	}
}

// Nonce is the number that an account's next transaction must have.
func (v *View) Nonce(a keys.Address) uint64 { return bank.Nonce(v.state, a) }

// BaseFee is that of the next block.
func (v *View) BaseFee() types.Amount { return v.ctx.Block.BaseFee }

// admit runs the guards over a fresh copy of the state, which it returns.
func (v *View) admit(tx *types.SignedTx, nonce *uint64) (*route.Ctx, error) {
	var err error
	if v.calls, err = decode(v.ctx.Table(), v.calls[:0], tx, v.ctx.Block.Version); err != nil {
		return nil, err
	}
	over := state.NewOverlay(v.state)
	if nonce != nil && *nonce != bank.Nonce(over, tx.From) {
		bank.Expect(over, tx.From, *nonce)
	}
	v.ctx.Block.Fees, v.ctx.Block.Weight = types.Amount{}, 0
	c := v.ctx.ForTx(tx, over)
	return c, admit(c, v.calls)
}

// Simulate tells how a transaction would end in the next block on p, whatever
// its signature and, where the account's nonce is ahead or behind, its nonce. A
// refusal by guards is told as a receipt too; nothing would have been charged.
func (x *Exec) Simulate(p Parent, tx *types.SignedTx) types.Receipt {
	v := &View{ctx: x.scratch(p, x.load(p.State)), state: p.State}
	v.ctx.Block.Schedule = schedule(p.State, v.ctx.Block.Epoch)
	var o outcome
	c, err := v.admit(tx, &tx.Nonce)
	if err == nil {
		o.charged, o.weight = v.ctx.Block.Fees, v.ctx.Block.Weight
		err = perform(c, v.calls)
	}
	if c != nil {
		o.log = c.Log()
	}
	if err != nil {
		o.refusal = route.AsReject(err)
	}
	return o.receipt(tx.Hash, v.ctx.Block.Height, 0)
}

// Query answers a route's query, with parameters as a JSON object, from the
// state of p.
func (x *Exec) Query(p Parent, routeName, name string, in json.RawMessage) (any, error) {
	return x.QueryAt(p.State, p.Header, routeName, name, in)
}

// QueryAt is Query over any state after a block with the given header.
func (x *Exec) QueryAt(r state.Reader, h types.Header, routeName, name string, in json.RawMessage) (any, error) {
	row := x.table.Find(routeName)
	if row == nil {
		return nil, fmt.Errorf("%w: %s/%s", ErrQuery, routeName, name)
	}
	for i := range row.Queries {
		if q := &row.Queries[i]; q.Name == name {
			return q.Run(x.at(r, h).For(row), in)
		}
	}
	return nil, fmt.Errorf("%w: %s/%s", ErrQuery, routeName, name)
}

// at is a context that reads the state after a block as that block left it.
func (x *Exec) at(r state.Reader, h types.Header) *route.Ctx {
	facts := route.Block{
		Version: params.Version(r), Epoch: h.Epoch, View: h.View, Height: h.Height, ParentView: h.ParentView,
		Parent: h.Parent, ParentTime: h.Time, Time: h.Time, BaseFee: h.BaseFee, ASC: h.ASC, Seed: h.Seed, Reveal: h.Reveal,
	}
	facts.Schedule = schedule(r, h.Epoch)
	return route.NewCtx(state.NewOverlay(r), x.chain, x.load(r), &facts, x.table)
}

// schedule is made for one read, which may run beside others.
func schedule(r state.Reader, e types.Epoch) *types.Schedule {
	plan := availability.Plan(r, e)
	if plan == nil {
		return nil
	}
	s, err := types.NewSchedule(plan)
	if err != nil {
		return nil
	}
	return s
}

// Invariants checks all invariants of all routes over the state of p, which
// reads all of it.
func (x *Exec) Invariants(p Parent) error {
	c := x.at(p.State, p.Header)
	for _, row := range x.table {
		for _, inv := range row.Invariants {
			if err := inv.Check(c.For(row)); err != nil {
				return fmt.Errorf("invariant of %s, %s: %w", row.Name, inv.Name, err)
			}
		}
	}
	return nil
}
