package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route/bank"
	"probity/chain/route/contribution"
	"probity/chain/state"
	"probity/chain/types"
)

// rerun executes a chain's blocks again, from the genesis on and in memory, and
// notes at every epoch's end what watchtowers are asked about. The node is
// trusted for which blocks are final, never for what is in the state: a header
// that the execution contradicts ends the run with both values.
type rerun struct {
	x    *exec.Exec
	mem  *state.Memory
	tip  exec.Parent
	last types.Height // of the epoch that runs

	paid  wages   // salaries paid since the epoch began
	ends  []ended // of epochs, one after the other
	rules map[keys.Hash]contribution.Rules
}

// ended is what an epoch left behind.
type ended struct {
	Epoch types.Epoch
	Root  keys.Hash // of the state after its last block
	Due   wages     // earned and not paid in that state
	Paid  wages     // during the epoch
}

// endsMax bounds how many epochs are remembered. A task that reaches further
// back cannot be answered; oracle.task_epochs is at most as many.
const endsMax = 1024

// newRerun executes the genesis.
func newRerun(g *exec.Genesis) (*rerun, error) {
	x, err := exec.New(table(), g)
	if err != nil {
		return nil, err
	}
	first, err := x.Genesis()
	if err != nil {
		return nil, err
	}
	r := &rerun{x: x, mem: state.NewMemory(), paid: wages{}, rules: map[keys.Hash]contribution.Rules{}}
	r.mem.Commit(first.Changes)
	r.tip = x.Base(r.mem, first.Header, first.Digest)
	r.last = x.Outline(r.tip, 0).Last()
	return r, nil
}

// errDiffers is returned where an execution comes to another result than the
// chain.
var errDiffers = errors.New("the chain says something else than its law")

// add executes the next block.
func (r *rerun) add(b *types.Block) error {
	txs, err := exec.Decode(b)
	if err != nil {
		return err
	}
	h := b.Header.Height
	res, err := r.x.Verify(r.tip, b, txs, checkSignatures(txs, r.x.Chain().Genesis))
	var bad *exec.Invalid
	if errors.As(err, &bad) {
		return fmt.Errorf("%w: block %d, %s: the node has %s, the execution %s: %w", errDiffers, h, bad.Field, bad.Got, bad.Want, err)
	}
	if err != nil {
		return err
	}
	triggered, err := r.hear(res)
	if err != nil {
		return err
	}
	if triggered { // by the rules of a moment between the two states
		r.keepRules(r.tip)
	}
	r.mem.Commit(res.Changes)
	r.mem.Prune(h)
	r.tip = r.x.Base(r.mem, res.Header, res.Digest)
	if triggered {
		r.keepRules(r.tip)
	}
	if h == r.last {
		return r.endEpoch()
	}
	return nil
}

// hear takes the salaries that a block paid, and whether it began a counting.
func (r *rerun) hear(res *exec.Result) (triggered bool, err error) {
	events := res.Events()
	for _, e := range res.Receipts() {
		events = append(events, e.Events...)
	}
	for _, e := range events {
		switch e.Route + "/" + e.Name {
		case contribution.Route.Name + "/triggered":
			triggered = true
		case bank.Route.Name + "/transfer":
			if err := r.paid.take(e); err != nil {
				return false, err
			}
		}
	}
	return triggered, nil
}

// keepRules remembers the rules of counting in a state by their hash.
func (r *rerun) keepRules(p exec.Parent) {
	if rules, err := ask[contribution.Rules](r, p, "contribution", "rules", nil); err == nil {
		r.rules[rules.Hash] = rules
	}
}

// endEpoch notes what the epoch of the tip left behind.
func (r *rerun) endEpoch() error {
	due, err := unpaid(r.tip.State)
	if err != nil {
		return err
	}
	e := r.tip.Header.Epoch
	r.ends = append(r.ends, ended{Epoch: e, Root: r.tip.State.Root(), Due: due, Paid: r.paid})
	r.ends = r.ends[max(0, len(r.ends)-endsMax):]
	r.paid = wages{}
	plan := r.x.Outline(r.tip, e+1)
	if plan == nil {
		return fmt.Errorf("no plan of epoch %d after block %d", e+1, r.tip.Header.Height)
	}
	r.last = plan.Last()
	return nil
}

// end is what is remembered of an epoch's end.
func (r *rerun) end(e types.Epoch) (ended, bool) {
	if len(r.ends) == 0 || e < r.ends[0].Epoch || e > r.ends[len(r.ends)-1].Epoch {
		return ended{}, false
	}
	return r.ends[e-r.ends[0].Epoch], true
}

// ask answers a query from the execution's own state, in the route's type.
func ask[R any](r *rerun, p exec.Parent, routeName, query string, params any) (out R, err error) {
	raw := json.RawMessage("{}")
	if params != nil {
		if raw, err = json.Marshal(params); err != nil {
			return out, err
		}
	}
	got, err := r.x.Query(p, routeName, query, raw)
	if err != nil {
		return out, err
	}
	out, ok := got.(R)
	if !ok {
		return out, fmt.Errorf("%s/%s answers %T", routeName, query, got)
	}
	return out, nil
}

// blocksAtOnce is how many blocks one request asks for.
const blocksAtOnce = 32

// follow executes what the node calls final, up to its latest block.
func (r *rerun) follow(ctx context.Context, s *streams, c *client) error {
	var st struct {
		Genesis   keys.Hash `json:"genesis"`
		Finalized rpcPoint  `json:"finalized"`
	}
	if err := c.call(ctx, "chain_status", nil, &st); err != nil {
		return err
	}
	if st.Genesis != r.x.Chain().Genesis {
		return failed("the node serves another chain", c.url, "name a node of the home's chain with --rpc")
	}
	to := st.Finalized.Height
	var p *progress
	if to > r.tip.Header.Height+1000 {
		p = newProgress(s, "blocks", int64(to))
		defer p.end()
	}
	for r.tip.Header.Height < to {
		if ctx.Err() != nil {
			return errStopped
		}
		blocks, err := fetchBlocks(ctx, c, r.tip.Header.Height+1, min(blocksAtOnce, int(to-r.tip.Header.Height)))
		if err != nil {
			return err
		}
		for _, b := range blocks {
			if err := r.add(b); err != nil {
				return err
			}
		}
		if p != nil {
			p.set(int64(r.tip.Header.Height))
		}
	}
	return nil
}

// shownBlock is a block as chain_getBlock shows it.
type shownBlock struct {
	Value *struct {
		Header    types.Header        `json:"header"`
		Signature keys.Signature      `json:"signature"`
		Txs       []types.Bytes       `json:"txs"`
		Votes     []types.Certificate `json:"votes"`
		Views     []types.ViewRecord  `json:"views"`
	} `json:"value"`
}

// fetchBlocks reads n blocks from a height on; fewer where one request cannot
// carry them, never none.
func fetchBlocks(ctx context.Context, c *client, from types.Height, n int) ([]*types.Block, error) {
	shown := make([]*shownBlock, n)
	calls := make([]rpcCall, n)
	for i := range calls {
		shown[i] = &shownBlock{}
		calls[i] = rpcCall{Method: "chain_getBlock", Params: map[string]any{"at": from + types.Height(i), "txs": "raw"}, Result: &shown[i]}
	}
	if err := c.batch(ctx, calls); err != nil {
		if n == 1 || ctx.Err() != nil {
			return nil, err
		}
		return fetchBlocks(ctx, c, from, n/2)
	}
	out := []*types.Block{}
	for i := range calls {
		h := from + types.Height(i)
		if err := calls[i].Err; err != nil {
			if i > 0 {
				break // asked for again, alone in the end
			}
			if n > 1 {
				return fetchBlocks(ctx, c, from, n/2)
			}
			return nil, err
		}
		if shown[i] == nil || shown[i].Value == nil {
			return nil, failed(fmt.Sprintf("the node has no block %d", h), c.url, "name a node that keeps all blocks")
		}
		v := shown[i].Value
		out = append(out, &types.Block{
			Header: v.Header, Signature: v.Signature, Body: types.Body{Txs: v.Txs, Votes: v.Votes, Views: v.Views},
		})
	}
	return out, nil
}
