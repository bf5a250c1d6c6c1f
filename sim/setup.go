package sim

import (
	"encoding/binary"
	"fmt"
	"maps"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/node"
	"probity/sim/check"
	"probity/sim/load"
	"probity/sim/world"
)

// NodesMax bounds a run.
const NodesMax = 64

// loadUsers is how many accounts send each other $.
const loadUsers = 8

// params make epochs short enough that a run of seconds sees several.
var params = map[string]uint64{
	"epoch.blocks": 24, "asc.lead_views": 8, "block.interval": 50, "rep.year_cap_ppm": 0, "reward.block": 1_000_000_000, "evidence.window": 256,
	"bench.max": 24, // escrow keys for so many, in each genesis
}

// setup makes the world and boots everyone in it.
func setup(cfg Config) (*run, error) {
	if s := cfg.Scenario; s != nil && cfg.Nodes == 0 {
		cfg.Nodes = s.Nodes
	}
	if cfg.Fork != nil {
		cfg.Nodes = 1 // the dump says how many
	}
	if cfg.Nodes < 1 || cfg.Nodes > NodesMax {
		return nil, fmt.Errorf("sim: %d nodes, want 1 to %d", cfg.Nodes, NodesMax)
	}
	r := &run{
		cfg: cfg, start: world.Start, now: world.Start, log: world.NewLog(), tape: cfg.Tape, plans: map[types.Epoch]*types.Plan{},
		out: Result{Seed: cfg.Seed, Nodes: cfg.Nodes, Violations: []Violation{}},
	}
	if r.tape == nil {
		r.tape = world.NewTape(cfg.Seed)
	}
	for _, c := range check.Checks {
		r.checks = append(r.checks, watch{c.Name, c.New()})
	}
	make := r.found
	if cfg.Fork != nil {
		make = r.invade
	}
	if err := make(); err != nil {
		return nil, err
	}
	if err := r.furnish(); err != nil {
		return nil, err
	}
	r.nextLoad = r.now + 20
	if cfg.Operator != nil {
		r.cfg.until = cfg.Operator.Length
	}
	cfg.Timeline.begin(r)
	r.chaos.begin(r)
	for _, m := range r.members {
		if m.spare() {
			continue
		}
		if err := m.boot(); err != nil {
			return nil, err
		}
	}
	if r.puppets != nil {
		r.puppets.begin()
	}
	r.operate()
	return r, nil
}

// found makes the genesis, the members and the links between them.
func (r *run) found() error {
	cfg := &r.cfg
	spec := node.GenesisSpec{Chain: "sim", Time: world.Start, Params: maps.Clone(params), Escrow: cfg.suite()}
	if s := cfg.Scenario; s != nil {
		maps.Copy(spec.Params, s.Params)
	}
	weights := world.Seeded(cfg.Seed, "weights")
	for i := 0; i < cfg.Nodes; i++ {
		rep := uint64(100)
		if cfg.Seed%3 == 1 && cfg.Scenario == nil { // unequal weights, none at a third or more for four members and up
			rep = 80 + weights.Uint64N(40)
		}
		if w := cfg.weights(); w != nil {
			rep = w[i%len(w)]
		}
		k := node.DeriveKeys(keys.Sum([]byte("member"), binary.BigEndian.AppendUint64(nil, cfg.Seed), []byte{byte(i)}))
		spec.Members = append(spec.Members, node.GenesisMember{Keys: k, REP: types.Whole(rep), Balance: types.Whole(1_000_000)})
		r.members = append(r.members, &member{id: i, of: i, run: r, keys: k, rep: rep})
	}
	r.users()
	for _, a := range r.load.Accounts() {
		spec.Balances = append(spec.Balances, node.GenesisBalance{Address: a, Amount: types.Whole(1_000_000)})
	}
	if o := cfg.Operator; o != nil && o.Sections != nil {
		spec.Sections = o.Sections(r.accounts())
	}
	var err error
	r.genesis, err = node.NewGenesis(spec)
	return err
}

// users makes the accounts that offer transfers.
func (r *run) users() {
	stub := stubSign
	if r.cfg.Real {
		stub = nil
	}
	r.load = load.New(r.cfg.Seed, r.tape, loadUsers, r.cfg.Nodes, stub)
}

// furnish gives the members clocks, disks and links, and some a master.
func (r *run) furnish() error {
	if r.load == nil {
		r.users()
	}
	if r.cfg.Scenario != nil {
		if err := r.enslave(); err != nil {
			return err
		}
	}
	if o := r.cfg.Operator; o != nil {
		for _, of := range o.Copies {
			m := r.members[of]
			r.members = append(r.members, &member{id: len(r.members), of: of, run: r, keys: m.keys})
		}
	}
	for _, m := range r.members {
		m.clock = world.Clock{World: &r.now, Since: r.now, Took: m.took}
		m.data = world.NewDisk(r.tape, fmt.Sprintf("data %d", m.id), "data")
		m.journal = world.NewDisk(r.tape, fmt.Sprintf("journal %d", m.id), "signer")
	}
	r.net = world.NewNetwork(r.tape, len(r.members))
	return nil
}
