package law

import (
	"sort"
	"strings"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/wire"
)

// dcertCircuit is a URL that a trip has opened (dcert §7).
type dcertCircuit struct {
	trip, since, height uint64
	by                  wire.Address
	commitment          wire.Hash
}

func (x *dcertCircuit) shape(f form) {
	f.fields(5).u64(&x.trip).u64(&x.since).u64(&x.height).address(&x.by).hash(&x.commitment)
}

// dcertTrip is a trip that has taken effect.
type dcertTrip struct {
	by           wire.Address
	height, time uint64
	urls         []string
	commitment   wire.Hash
	motive       []byte
}

func (t *dcertTrip) shape(f form) {
	f.fields(6).address(&t.by).u64(&t.height).u64(&t.time).texts(&t.urls).hash(&t.commitment).bytes(&t.motive)
}

// dcertTrip votes for opening circuits (dcert §7).
func (c *Chain) dcertTrip(from wire.Address, in []string, commitment wire.Hash) error {
	if err := c.dcertPower(from); err != nil {
		return err
	}
	if c.param("dcert.breaker") == 0 {
		return dcertRefuse(2)
	}
	if len(in) == 0 || len(in) > urlsMost || commitment == (wire.Hash{}) {
		return dcertRefuse(16)
	}
	urls, err := c.dcertURLs(in)
	if err != nil {
		return err
	}
	subject := wire.Sum([]byte("dcert/trip"), enc(func(e *cbor.Enc) {
		e.Array(len(urls))
		for _, u := range urls {
			e.Text(u)
		}
	}))
	if c.dcertVotes(subject, from) < c.param("dcert.break_quorum") {
		return nil
	}
	c.dcertForgetVotes(subject)
	n := c.number(key(routeDcert, 19)) + 1
	c.State.Set(key(routeDcert, 19), uint64Value(n))
	for _, u := range urls {
		if k := key(routeDcert, 16, u); !c.has(k) {
			c.store(k, &dcertCircuit{n, c.h.Time, c.h.Height, from, commitment})
			c.State.Set(key(routeDcert, 17), uint64Value(c.number(key(routeDcert, 17))+1))
		}
	}
	c.store(key(routeDcert, 18, n), &dcertTrip{from, c.h.Height, c.h.Time, urls, commitment, nil})
	return nil
}

// dcertURLs sorts URLs and refuses by the first that is not one to open.
func (c *Chain) dcertURLs(in []string) (urls []string, err error) {
	sorted := append([]string{}, in...)
	sort.Strings(sorted)
	for i, u := range sorted {
		if i > 0 && u == sorted[i-1] {
			continue
		}
		name, msg, one := strings.Cut(u, "/")
		p := c.route(name)
		if len(u) > urlMost || p == nil || len(p.rows) == 0 || one && p.row(msg) == nil {
			return nil, dcertRefuse(3)
		}
		if c.param("dcert.recovery_set") == 1 && p.rescue() {
			return nil, dcertRefuse(4)
		}
		urls = append(urls, u)
	}
	return urls, nil
}

// row is a route's message of a name; nil: there is none.
func (p *part) row(name string) *row {
	for i := range p.rows {
		if p.rows[i].name == name {
			return &p.rows[i]
		}
	}
	return nil
}

// guardDcert refuses what an open circuit stops (dcert §7).
func (c *Chain) guardDcert(k *call) error {
	if c.number(key(routeDcert, 17)) == 0 {
		return nil
	}
	if !c.has(key(routeDcert, 16, k.part.name)) && !c.has(key(routeDcert, 16, k.url())) {
		return nil
	}
	if c.param("dcert.recovery_set") == 1 && (k.part.rescue() || k.rescues != nil && k.rescues()) {
		return nil
	}
	return dcertRefuse(1)
}

// beginDcert closes circuits: those that an upgrade lists, and the expired.
func (c *Chain) beginDcert() {
	listed := map[string]bool{}
	if raw, ok := c.State.Get(key(routeAvailability, 15)); ok {
		read(raw, "activation", func(d *cbor.Dec) {
			d.Array(2)
			d.Array(3)
			d.U64()
			d.U64()
			var urls []string
			form{d: d}.texts(&urls)
			if d.U64() == c.h.Height {
				for _, u := range urls {
					listed[u] = true
				}
			}
		})
	}
	prefix, expiry := key(routeDcert, 16), c.param("dcert.expiry")
	for _, k := range c.State.Keys(prefix) {
		var x dcertCircuit
		c.load(k, &x)
		if listed[k[len(prefix):]] || expiry > 0 && c.h.Time >= x.since+expiry {
			c.State.Delete(k)
			c.State.Set(key(routeDcert, 17), uint64Value(c.number(key(routeDcert, 17))-1))
		}
	}
}

// dcertRevealMotive shows why a trip was (dcert §7).
func (c *Chain) dcertRevealMotive(n uint64, motive []byte, salt wire.Hash) error {
	var t dcertTrip
	switch k := key(routeDcert, 18, n); {
	case !c.load(k, &t) || len(t.motive) > 0:
		return dcertRefuse(18)
	case len(motive) == 0 || len(motive) > motiveMost:
		return dcertRefuse(19)
	case t.commitment != wire.Sum([]byte("dcert/motive"), salt[:], motive):
		return dcertRefuse(17)
	default:
		t.motive = motive
		c.store(k, &t)
	}
	return nil
}
