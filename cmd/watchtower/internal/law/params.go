package law

import (
	"sort"
	"strconv"
	"strings"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/wire"
)

// parameter is a row of execution §5.
type parameter struct {
	name             string
	def, least, most uint64
	choices          []string // from 1 on
	grave            bool     // it is of class A (legislature §2)
}

// parameters are those of all routes, by name.
var parameters = byName(foundationParams, forumParams, lawParams, courtParams, dcertParams, releaseParams, contributionParams, oracleParams)

// foundationParams are the rows of execution §5.
var foundationParams = []parameter{
	{name: "epoch.blocks", def: 1024, least: 4, most: 1 << 20, grave: true},
	{name: "block.interval", def: 200, least: 1, most: 600_000, grave: true},
	{name: "block.weight", def: 10_000_000, least: 200_000, most: 1 << 40, grave: true},
	{name: "fees.base_min", def: 100, least: 1, most: 1e9},
	{name: "fees.burn_ppm", def: 500_000, least: 0, most: 1e6, grave: true},
	{name: "treasury_ppm", def: 50_000, least: 0, most: 1e6},
	{name: "budget.grep_ppm", def: 0, least: 0, most: 1e6},
	{name: "reward.block", def: 200_000, least: 0, most: 1e12, grave: true},
	{name: "rep.mint_ratio", def: 1e6, least: 0, most: 1e8, grave: true},
	{name: "rep.year_cap_ppm", def: 100_000, least: 0, most: 1e6, grave: true},
	{name: "bench.max", def: 200, least: 1, most: 768, grave: true},
	{name: "bench.min", def: 1e9, least: 1e9, most: 1 << 60, grave: true},
	{name: "bench.mode", def: 1, least: 1, most: 2, choices: []string{"top", "sampled"}, grave: true},
	{name: "bench.sample", def: 64, least: 1, most: 1024, grave: true},
	{name: "asc.min", def: 1e9, least: 1e9, most: 1 << 60, grave: true},
	{name: "asc.max", def: 4096, least: 1, most: 65_536, grave: true},
	{name: "asc.lead_views", def: 64, least: 1, most: 1 << 19, grave: true},
	{name: "asc.selection", def: 1, least: 1, most: 2, choices: []string{"cycle", "lottery"}, grave: true},
	{name: "jail.misses", def: 8, least: 1, most: 65_536, grave: true},
	{name: "beacon.scheme", def: 2, least: 1, most: 2, choices: []string{"hashed", "recoverable"}, grave: true},
	{name: "beacon.stride", def: 1, least: 1, most: 64, grave: true},
	{name: "evidence.window", def: 9_072_000, least: 16, most: 1 << 32, grave: true},
	{name: "pool.poster_ppm", def: 500_000, least: 0, most: 1e6, grave: true},
	{name: "pool.stake_ppm", def: 10_000, least: 0, most: 1e6, grave: true},
	{name: "pool.includer_ppm", def: 20_000, least: 0, most: 1e6, grave: true},
	{name: "pool.entry_ppm", def: 200_000, least: 0, most: 1e6, grave: true},
	{name: "pool.base", def: 1, least: 1, most: 2, choices: []string{"roster", "included"}, grave: true},
	{name: "pool.window", def: 16, least: 16, most: 16, grave: true},
	{name: "wsc.author_ppm", def: 50_000, least: 0, most: 1e6, grave: true},
	{name: "evidence.reward", def: 1e9, least: 0, most: 1e12},
	{name: "evidence.slash_ppm", def: 1e6, least: 500_000, most: 1e6, grave: true},
	{name: "evidence.header_ppm", def: 50_000, least: 0, most: 1e6, grave: true},
}

func byName(of ...[]parameter) (p []parameter) {
	for _, some := range of {
		p = append(p, some...)
	}
	sort.Slice(p, func(i, j int) bool { return p[i].name < p[j].name })
	return p
}

func find(name string) *parameter {
	for i := range parameters {
		if parameters[i].name == name {
			return &parameters[i]
		}
	}
	return nil
}

// parse reads a parameter as a genesis file gives it: a number, its digits as
// text, or a choice in either case of letters.
func (p *parameter) parse(s string) (uint64, bool) {
	for i, c := range p.choices {
		if strings.EqualFold(c, s) {
			return uint64(i + 1), true
		}
	}
	n, err := strconv.ParseUint(s, 10, 64)
	return n, err == nil && s[0] != '+'
}

// allowed reports whether a full set of values is one that may be in force.
func allowed(v map[string]uint64) bool {
	for i := range parameters {
		p := &parameters[i]
		if v[p.name] < p.least || v[p.name] > p.most {
			return false
		}
	}
	return v["treasury_ppm"]+v["budget.grep_ppm"] <= 1e6 &&
		v["asc.lead_views"] < v["epoch.blocks"] &&
		v["pool.window"]*v["pool.stake_ppm"] <= 1e6 &&
		v["forum.visits"]*v["forum.flows"] <= 16_384 &&
		v["law.grave_quorum_ppm"] >= v["law.quorum_ppm"] &&
		v["law.grave_pass_ppm"] >= v["law.pass_ppm"] &&
		courtAllowed(v) &&
		v["release.admission_expiry"] > v["release.admission_delay"] &&
		v["release.fast_delay"] <= v["release.delay"]
}

// param is a parameter in force in the running block.
func (c *Chain) param(name string) uint64 { return c.params[name] }

// loadParams takes up the parameters of the state, which hold through a block.
func (c *Chain) loadParams() {
	c.params = map[string]uint64{}
	for i := range parameters {
		c.params[parameters[i].name] = parameters[i].def
	}
	prefix := key(routeParams, 1)
	for _, k := range c.State.Keys(prefix) {
		c.params[k[len(prefix):]] = c.number(k)
	}
}

// number is an integer of the state; absent: zero.
func (c *Chain) number(k string) (n uint64) {
	if b, ok := c.State.Get(k); ok {
		read(b, "number", func(d *cbor.Dec) { n = d.U64() })
	}
	return n
}

// stamp stores the hash over all parameters.
func (c *Chain) stamp() {
	prefix := key(routeParams, 1)
	var items [][]byte
	for _, k := range c.State.Keys(prefix) {
		items = append(items, enc(func(e *cbor.Enc) { e.Array(2).Text(k[len(prefix):]).Uint(c.number(k)) }))
	}
	h := wire.Sum([]byte("params"), list(items))
	c.State.Set(key(routeParams, 2), enc(func(e *cbor.Enc) { e.Bytes(h[:]) }))
}

// setParam stores a value and its entry in the history.
func (c *Chain) setParam(name string, value, epoch uint64) {
	c.State.Set(key(routeParams, 1, name), uint64Value(value))
	c.State.Set(key(routeParams, 4, wire.Sum([]byte(name)), epoch), uint64Value(value))
}

// change is one name and value of a pending set.
type change struct {
	name  string
	value uint64
}

// paramsMsg decodes set, which the legislature sends (§5).
func (c *Chain) paramsMsg(id uint64, d *cbor.Dec) (m message) {
	d.Array(1)
	set := decSet(d)
	for _, ch := range set {
		p := find(ch.name)
		m.budget = m.budget || ch.name == "budget.grep_ppm"
		m.grave = m.grave || p != nil && p.grave
	}
	m.run, m.set = func(wire.Address) error { return c.pend(set) }, &set
	return m
}

func decSet(d *cbor.Dec) (set []change) {
	for i := d.Len(); i > 0 && d.Err() == nil; i-- {
		d.Array(2)
		set = append(set, change{d.Text(), d.U64()})
	}
	return set
}

func encSet(e *cbor.Enc, set []change) {
	e.Array(len(set))
	for _, ch := range set {
		e.Array(2).Text(ch.name).Uint(ch.value)
	}
}

// Bounds of sets (§5).
const (
	maxSet  = 64
	maxSets = 64
)

// proper says that a set has 1 to 64 names, none twice.
func proper(set []change) bool {
	seen := map[string]bool{}
	for _, ch := range set {
		if seen[ch.name] {
			return false
		}
		seen[ch.name] = true
	}
	return len(set) > 0 && len(set) <= maxSet
}

// acceptable says that a set by itself gives parameters that may be in force
// (legislature §2).
func (c *Chain) acceptable(set []change) bool {
	_, ok := with(c.params, set)
	return ok
}

// with is a full set of values with some changed; ok is false where it is refused.
func with(now map[string]uint64, set []change) (next map[string]uint64, ok bool) {
	next = map[string]uint64{}
	for n, v := range now {
		next[n] = v
	}
	for _, ch := range set {
		if _, known := now[ch.name]; !known {
			return nil, false
		}
		next[ch.name] = ch.value
	}
	return next, allowed(next)
}

// pend adds a set to those that wait for the boundary (§5).
func (c *Chain) pend(set []change) error {
	sets := c.pending()
	if !proper(set) {
		return refuse(1001, "PARAMETERS", "no set")
	}
	if len(sets) >= maxSets {
		return refuse(1002, "PARAMETERS_FULL", "%d sets wait", len(sets))
	}
	now, sets := c.params, append(sets, set)
	for _, s := range sets {
		next, ok := with(now, s)
		if !ok {
			return refuse(1001, "PARAMETERS", "such parameters cannot be in force")
		}
		now = next
	}
	c.State.Set(key(routeParams, 3), enc(func(e *cbor.Enc) {
		e.Array(len(sets))
		for _, s := range sets {
			e.Array(1)
			encSet(e, s)
		}
	}))
	return nil
}

// pending are the sets that wait.
func (c *Chain) pending() (sets [][]change) {
	if raw, ok := c.State.Get(key(routeParams, 3)); ok {
		read(raw, "pending parameters", func(d *cbor.Dec) {
			for i := d.Len(); i > 0; i-- {
				d.Array(1)
				sets = append(sets, decSet(d))
			}
		})
	}
	return sets
}

// boundaryParams applies the pending sets (§5).
func (c *Chain) boundaryParams() {
	sets := c.pending()
	if len(sets) == 0 {
		return
	}
	c.State.Delete(key(routeParams, 3))
	now, applied := c.params, false
	for _, set := range sets {
		if next, ok := with(now, set); ok {
			now, applied = next, true
		}
	}
	var names []string
	for n := range now {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		if now[n] != c.params[n] {
			c.setParam(n, now[n], c.h.Epoch+1)
		}
	}
	if applied {
		c.stamp()
	}
}
