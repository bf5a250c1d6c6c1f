package sim

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"math/rand/v2"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/node"
	"probity/node/mempool"
	"probity/sim/check"
	"probity/sim/load"
	"probity/sim/world"
)

// Config is one run.
type Config struct {
	Seed    uint64
	Nodes   int
	Chaos   types.Time   // length of the chaos phase, ms; 0: the default
	Real    bool         // ed25519 instead of the stub scheme
	Mutant  *Mutant      // planted in every member
	Weights []uint64     // whole REP of the members; nil: drawn, or the mutant's
	Log     *slog.Logger // what the members log; nil: nothing
}

// Defaults of a run.
const (
	ChaosDefault types.Time   = 12_000
	calmBlocks   types.Height = 8      // that everyone must add after calm
	calmBound    types.Time   = 60_000 // within this time: 240 Δ₀
)

var mempoolLimits = mempool.Limits{Txs: 2000, Bytes: 4 << 20}

// Violation is an oracle that fired.
type Violation struct {
	Oracle string     `json:"oracle"`
	At     types.Time `json:"at_ms"` // since the start
	Text   string     `json:"text"`
}

// Result is how a run ended.
type Result struct {
	Seed       uint64       `json:"seed"`
	Nodes      int          `json:"nodes"`
	Hash       keys.Hash    `json:"hash"`
	Violations []Violation  `json:"violations"`
	Simulated  types.Time   `json:"simulated_ms"`
	Height     types.Height `json:"height"`
	Views      uint64       `json:"views"`
	Events     uint64       `json:"events"`
	Crashes    int          `json:"crashes"`
	Txs        int          `json:"txs"`
}

// run is the box while it runs.
type run struct {
	cfg       Config
	now       types.Time
	genesis   *exec.Genesis
	members   []*member
	net       *world.Network
	log       *world.Log
	faults    *rand.Rand
	load      *load.Load
	checks    []watch
	out       Result
	top       types.Height
	fatal     error
	nextFault types.Time
	nextLoad  types.Time
	calm      bool
}

// weights are the members' REP where the run or its mutant sets them.
func (c *Config) weights() []uint64 {
	if c.Weights == nil && c.Mutant != nil {
		return c.Mutant.Weights
	}
	return c.Weights
}

type watch struct {
	name string
	see  func(check.Event) error
}

// Run plays one seed.
func Run(cfg Config) (*Result, error) {
	r, err := setup(cfg)
	if err != nil {
		return nil, err
	}
	chaos := cfg.Chaos
	if chaos == 0 {
		chaos = ChaosDefault
	}
	if err := r.play(world.Start+chaos, func() bool { return false }); err != nil {
		return nil, err
	}
	if err := r.heal(); err != nil {
		return nil, err
	}
	target := r.top + calmBlocks
	end := r.now + calmBound
	if err := r.play(end, func() bool { return r.lowest() >= target }); err != nil {
		return nil, err
	}
	c := &check.Calm{Target: target, Deadline: end}
	for _, m := range r.members {
		h := types.Height(0)
		if m.core != nil {
			h = m.core.Height()
		}
		c.Heights = append(c.Heights, h)
	}
	r.see(check.Event{Calm: c})
	return r.finish(), nil
}

func setup(cfg Config) (*run, error) {
	if cfg.Nodes < 1 || cfg.Nodes > 64 {
		return nil, fmt.Errorf("sim: %d nodes, want 1 to 64", cfg.Nodes)
	}
	r := &run{
		cfg: cfg, now: world.Start, net: world.NewNetwork(cfg.Seed), log: world.NewLog(), faults: world.Stream(cfg.Seed, "faults"),
		out: Result{Seed: cfg.Seed, Nodes: cfg.Nodes, Violations: []Violation{}},
	}
	for _, c := range check.Checks {
		r.checks = append(r.checks, watch{c.Name, c.New()})
	}
	weights := world.Stream(cfg.Seed, "weights")
	spec := node.GenesisSpec{Chain: "sim", Time: world.Start, Params: map[string]uint64{
		"epoch.blocks": 24, "asc.lead_views": 8, "block.interval": 50, "rep.year_cap_ppm": 0, "reward.block": 1_000_000_000, "evidence.window": 256,
		"bench.max": 24, // escrow keys for so many, in each genesis
	}, Escrow: cfg.suite()}
	for i := 0; i < cfg.Nodes; i++ {
		k := node.DeriveKeys(keys.Sum([]byte("member"), binary.BigEndian.AppendUint64(nil, cfg.Seed), []byte{byte(i)}))
		rep := uint64(100)
		if cfg.Seed%3 == 1 { // unequal weights, none at a third or more for four members and up
			rep = 80 + weights.Uint64N(40)
		}
		if w := cfg.weights(); w != nil {
			rep = w[i%len(w)]
		}
		spec.Members = append(spec.Members, node.GenesisMember{Keys: k, REP: types.Whole(rep), Balance: types.Whole(1_000_000)})
	}
	r.load = load.New(cfg.Seed, 8, !cfg.Real, stubSign)
	for _, a := range r.load.Accounts() {
		spec.Balances = append(spec.Balances, node.GenesisBalance{Address: a, Amount: types.Whole(1_000_000)})
	}
	var err error
	if r.genesis, err = node.NewGenesis(spec); err != nil {
		return nil, err
	}
	for i := range spec.Members {
		m := &member{id: i, run: r, keys: spec.Members[i].Keys, clock: world.Clock{World: &r.now}}
		m.clock.Skew = int64(r.faults.IntN(40)) - 20
		if m.data, err = world.NewDisk(world.Stream(cfg.Seed, fmt.Sprintf("disk%d", i)), "data"); err != nil {
			return nil, err
		}
		if m.journal, err = world.NewDisk(world.Stream(cfg.Seed, fmt.Sprintf("journal%d", i)), "signer"); err != nil {
			return nil, err
		}
		r.members = append(r.members, m)
	}
	r.links()
	for _, m := range r.members {
		if err := m.boot(); err != nil {
			return nil, err
		}
	}
	r.nextFault, r.nextLoad = r.now+500, r.now+20
	return r, nil
}

// play lets the world go on until a time, or until done says so.
func (r *run) play(until types.Time, done func() bool) error {
	for r.now < until && !done() && r.fatal == nil && len(r.out.Violations) < 8 {
		next, what := until, -1
		for i, m := range r.members {
			if m.core == nil {
				continue
			}
			if at := r.due(m); at < next {
				next, what = at, i
			}
		}
		if at, ok := r.net.Next(); ok && at <= next {
			r.now = max(r.now, at)
			r.deliver(r.net.Pop())
			continue
		}
		if !r.calm && r.nextFault < next {
			r.now = max(r.now, r.nextFault)
			if err := r.fault(); err != nil {
				return err
			}
			continue
		}
		if r.nextLoad < next {
			r.now = max(r.now, r.nextLoad)
			r.submit()
			continue
		}
		r.now = max(r.now, next)
		if what >= 0 {
			r.members[what].core.Tick()
			r.after(r.members[what])
		}
	}
	return r.fatal
}

// due is when a member must be ticked, in the world's time.
func (r *run) due(m *member) types.Time {
	d := m.core.Deadline()
	if d > 1<<62 {
		return d
	}
	return max(types.Time(int64(d)-m.clock.Skew), r.now+1)
}

func (r *run) deliver(p world.Packet) {
	m := r.members[p.To]
	if m.core == nil {
		return
	}
	h := keys.Sum(p.Data)
	r.log.Add([]byte(p.Topic), []byte{byte(p.From), byte(p.To)}, h[:])
	m.core.Receive(p.Topic, name(p.From), p.Data)
	r.after(m)
}

// after looks at a member when it has taken an event.
func (r *run) after(m *member) {
	if err := m.core.Halted(); err != nil {
		r.see(check.Event{Member: m.id, Halted: err})
		m.core = nil
		return
	}
	s := m.core.Machine()
	r.see(check.Event{Member: m.id, Status: &s})
}

// see shows an event to every oracle.
func (r *run) see(e check.Event) {
	e.At = r.now - world.Start
	for _, c := range r.checks {
		if err := c.see(e); err != nil {
			r.out.Violations = append(r.out.Violations, Violation{Oracle: c.name, At: e.At, Text: err.Error()})
			r.log.Add([]byte("violation"), []byte(c.name))
		}
	}
}

// tally sums up a final block, once.
func (r *run) tally(c node.Committed) {
	r.out.Txs += len(c.Block.Body.Txs)
	r.out.Views += uint64(len(c.Block.Body.Views)) + 1
}

// submit gives a few transactions to a member that is up.
func (r *run) submit() {
	r.nextLoad = r.now + 20
	var up []*member
	for _, m := range r.members {
		if m.core != nil {
			up = append(up, m)
		}
	}
	if len(up) == 0 {
		return
	}
	m := up[r.load.Pick(len(up))]
	txs := r.load.Next(r.genesis.Hash(), r.genesis.Chain, m.core.Height(), m.core.NextNonce)
	m.core.Submit(txs)
	r.after(m)
}

func (r *run) lowest() types.Height {
	low := types.Height(1 << 62)
	for _, m := range r.members {
		if m.core == nil {
			return 0
		}
		low = min(low, m.core.Height())
	}
	return low
}

func (r *run) finish() *Result {
	r.out.Hash, r.out.Events = r.log.Sum(), r.log.Count()
	r.out.Simulated, r.out.Height = r.now-world.Start, r.top
	for _, m := range r.members {
		if m.core != nil {
			_ = m.core.Close()
		}
	}
	return &r.out
}
