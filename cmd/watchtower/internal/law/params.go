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
}

// parameters are the rows of the covered routes, by name.
var parameters = byName([]parameter{
	{"epoch.blocks", 1024, 4, 1 << 20, nil},
	{"block.interval", 200, 1, 600_000, nil},
	{"block.weight", 10_000_000, 200_000, 1 << 40, nil},
	{"fees.base_min", 100, 1, 1e9, nil},
	{"fees.burn_ppm", 500_000, 0, 1e6, nil},
	{"treasury_ppm", 50_000, 0, 1e6, nil},
	{"budget.grep_ppm", 0, 0, 1e6, nil},
	{"reward.block", 200_000, 0, 1e12, nil},
	{"rep.mint_ratio", 1e6, 0, 1e8, nil},
	{"rep.year_cap_ppm", 100_000, 0, 1e6, nil},
	{"bench.max", 200, 1, 768, nil},
	{"bench.min", 1e9, 1e9, 1 << 60, nil},
	{"bench.mode", 1, 1, 2, []string{"top", "sampled"}},
	{"bench.sample", 64, 1, 1024, nil},
	{"asc.min", 1e9, 1e9, 1 << 60, nil},
	{"asc.max", 4096, 1, 65_536, nil},
	{"asc.lead_views", 64, 1, 1 << 19, nil},
	{"asc.selection", 1, 1, 2, []string{"cycle", "lottery"}},
	{"jail.misses", 8, 1, 65_536, nil},
	{"beacon.scheme", 2, 1, 2, []string{"hashed", "recoverable"}},
	{"beacon.stride", 1, 1, 64, nil},
	{"evidence.window", 9_072_000, 16, 1 << 32, nil},
	{"pool.poster_ppm", 500_000, 0, 1e6, nil},
	{"pool.stake_ppm", 10_000, 0, 1e6, nil},
	{"pool.includer_ppm", 20_000, 0, 1e6, nil},
	{"pool.entry_ppm", 200_000, 0, 1e6, nil},
	{"pool.base", 1, 1, 2, []string{"roster", "included"}},
	{"pool.window", 16, 16, 16, nil},
	{"wsc.author_ppm", 50_000, 0, 1e6, nil},
	{"evidence.reward", 1e9, 0, 1e12, nil},
	{"evidence.slash_ppm", 1e6, 500_000, 1e6, nil},
	{"evidence.header_ppm", 50_000, 0, 1e6, nil},
})

func byName(p []parameter) []parameter {
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
		v["pool.window"]*v["pool.stake_ppm"] <= 1e6
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

// boundaryParams applies the pending sets (§5).
func (c *Chain) boundaryParams() {
	k := key(routeParams, 3)
	raw, ok := c.State.Get(k)
	if !ok {
		return
	}
	var sets [][]change
	read(raw, "pending parameters", func(d *cbor.Dec) {
		for i := d.Len(); i > 0; i-- {
			var set []change
			for j := d.Len(); j > 0; j-- {
				d.Array(2)
				set = append(set, change{d.Text(), d.U64()})
			}
			sets = append(sets, set)
		}
	})
	c.State.Delete(k)
	before := map[string]uint64{}
	for n, v := range c.params {
		before[n] = v
	}
	now, applied := before, false
	for _, set := range sets {
		next := map[string]uint64{}
		for n, v := range now {
			next[n] = v
		}
		known := true
		for _, ch := range set {
			_, stored := now[ch.name]
			known = known && stored
			next[ch.name] = ch.value
		}
		if known && allowed(next) {
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
