package exec

import (
	"fmt"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/params"
	"probity/chain/state"
	"probity/chain/types"
)

// Exec runs the law of one chain.
type Exec struct {
	table   route.Table
	genesis *Genesis
	chain   route.Chain
	first   *route.Params // of the genesis

	// Each divides the work of computing roots among processors; nil computes
	// them in turn. The result is the same.
	Each state.Each

	// Known is the highest protocol version that is executed: Protocol(), unless
	// a test plays other software.
	Known uint32

	// What the last blocks needed, so that it is not read again for each: the
	// forks that are alive at one time seldom differ in it.
	params []stamped
	epochs []*epoch
}

// stamped is a set of parameters with the stamp that the state gives it.
type stamped struct {
	stamp  keys.Hash
	params *route.Params
}

// epoch is what a plan gives for all blocks of its epoch.
type epoch struct {
	name     epochName
	last     types.Height
	interval types.Time
	schedule *types.Schedule
}

// epochName tells plans apart: two of one name are equal.
type epochName struct {
	epoch        types.Epoch
	roster, list keys.Hash
	seed         keys.Hash
	last         types.Height
	interval     types.Time
}

// memo is how many sets of parameters, and epochs, are kept.
const memo = 4

// New checks the table and the genesis against each other.
func New(table route.Table, g *Genesis) (*Exec, error) {
	if err := table.Check(); err != nil {
		return nil, err
	}
	if err := g.check(table); err != nil {
		return nil, err
	}
	first, err := g.params(table)
	if err != nil {
		return nil, err
	}
	return &Exec{table: table, genesis: g, chain: g.chain(), first: first, Known: Protocol()}, nil
}

// Table is the route table.
func (x *Exec) Table() route.Table { return x.table }

// SealWith replaces the escrow of salts, before anything is executed: by one
// that remembers what it has checked, or by the ideal one of a simulation.
func (x *Exec) SealWith(s escrow.Suite) { x.chain.Escrow = s }

// Chain is what never changes on the chain.
func (x *Exec) Chain() route.Chain { return x.chain }

// Parent is a block that others can be built on: its header and the state after
// it, committed or above what is committed.
type Parent struct {
	State  state.Parent
	Header types.Header
	Digest keys.Hash
}

// Trailing is b, a trailing block on p, as a parent: the state is p's.
func (p Parent) Trailing(b *types.Block) Parent {
	return Parent{State: p.State, Header: b.Header, Digest: b.Digest()}
}

// Base is the last committed block as a parent. It panics with a state.Fault
// where the backend holds another state than the header commits to.
func (x *Exec) Base(backend state.Backend, h types.Header, digest keys.Hash) Parent {
	base := state.NewBase(backend)
	if base.Root() != h.StateRoot {
		panic(&state.Fault{Err: fmt.Errorf("%w: root %s at height %d, the header says %s",
			state.ErrCorrupt, base.Root(), h.Height, h.StateRoot)})
	}
	return Parent{State: base, Header: h, Digest: digest}
}

// Genesis makes the state of height 0 and its header. Its errors name the place
// in the genesis file.
func (x *Exec) Genesis() (*Result, error) {
	layer := state.NewLayer(state.NewBase(state.NewMemory()))
	facts := route.Block{Version: x.genesis.Protocol, Time: x.genesis.Time, ParentTime: x.genesis.Time}
	c := route.NewCtx(&layer.Overlay, x.chain, x.first, &facts, x.table)
	for _, r := range x.table {
		if r.Genesis == nil {
			if x.genesis.Routes[r.Name] != nil {
				return nil, section(r.Name, route.ErrMember)
			}
			continue
		}
		if err := r.Genesis(c.For(r), x.genesis.Routes[r.Name]); err != nil {
			return nil, section(r.Name, err)
		}
	}
	plan := availability.Plan(c, 0)
	if plan == nil {
		return nil, fmt.Errorf("%w: routes.availability: no first roster and list", ErrGenesis)
	}
	if err := plan.Check(); err != nil {
		return nil, fmt.Errorf("%w: routes.availability: %w", ErrGenesis, err)
	}
	body := types.Body{}
	h := types.Header{
		Version: x.genesis.Protocol, Parent: x.chain.Genesis, Time: x.genesis.Time, Seed: plan.Seed,
		TxRoot: types.TxRoot(nil), VotesRoot: body.VotesRoot(), ViewsRoot: body.ViewsRoot(),
		BaseFee: bank.BaseFee(c),
	}
	h.RosterHash, _ = availability.RosterHash(c, 0)
	h.NextRosterHash, _ = availability.RosterHash(c, 1)
	root, changes := layer.Seal(0)
	h.StateRoot = root
	return &Result{
		Header: h, Digest: h.Digest(), State: layer, Changes: changes, Facts: facts, log: c.Log(),
	}, nil
}

// facts are what the law says of the next block on p, at the least view and
// time that it may have; *Outdated where the law is a later one than this. Plans are fixed before their epoch starts, and the
// state holds those of this epoch and the next.
func (x *Exec) facts(p Parent) (route.Block, error) {
	h := &p.Header
	b := route.Block{
		Version: params.Version(p.State), Epoch: h.Epoch, View: h.View + 1, Height: h.Height + 1,
		ParentView: h.View, Parent: p.Digest, ParentTime: h.Time, BaseFee: bank.BaseFee(p.State),
	}
	if err := x.Supports(p); err != nil {
		return b, err
	}
	last, ok := availability.Last(p.State, b.Epoch)
	if ok && h.Height >= last {
		b.Epoch, b.View = b.Epoch+1, 1
	}
	if _, planned := availability.Seed(p.State, b.Epoch); !ok || !planned {
		return b, fmt.Errorf("%w %d at height %d", ErrPlan, b.Epoch, h.Height)
	}
	b.Time = h.Time + availability.Interval(p.State, b.Epoch)
	return b, nil
}

// load is the set of parameters in force in a state.
func (x *Exec) load(r state.Reader) *route.Params {
	p, err := params.Load(r, x.table)
	if err != nil {
		panic(fmt.Sprintf("exec: parameters in the state: %v", err)) // the route stores no others
	}
	return p
}

// paramsOf is load for the blocks of one chain, where parameters seldom change.
func (x *Exec) paramsOf(r state.Reader) *route.Params {
	stamp := params.Stamp(r)
	for _, s := range x.params {
		if s.stamp == stamp {
			return s.params
		}
	}
	p := x.load(r)
	x.params = append(x.params, stamped{stamp, p})
	if len(x.params) > memo {
		x.params = x.params[1:]
	}
	return p
}

// epochOf is the epoch e as a state has planned it. A schedule grows by a draw
// for each view, so that making it anew for each block would cost the square of
// an epoch; and reading a plan costs more than most blocks.
func (x *Exec) epochOf(r state.Reader, e types.Epoch) (*epoch, error) {
	n := epochName{epoch: e, interval: availability.Interval(r, e)}
	var roster, list, seed, last bool
	n.roster, roster = availability.RosterHash(r, e)
	n.list, _, list = availability.ListRoot(r, e)
	n.seed, seed = availability.Seed(r, e)
	n.last, last = availability.Last(r, e)
	if !roster || !list || !seed || !last {
		return nil, fmt.Errorf("%w %d", ErrPlan, e)
	}
	for _, known := range x.epochs {
		if known.name == n {
			return known, nil
		}
	}
	schedule, err := types.NewSchedule(availability.Plan(r, e))
	if err != nil {
		return nil, fmt.Errorf("%w %d: %w", ErrPlan, e, err)
	}
	made := &epoch{name: n, last: n.last, interval: n.interval, schedule: schedule}
	x.epochs = append(x.epochs, made)
	if len(x.epochs) > memo {
		x.epochs = x.epochs[1:]
	}
	return made, nil
}
