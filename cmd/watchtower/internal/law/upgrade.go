package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/wire"
)

// plannedMsg decodes upgrade and cancel (upgrades §1).
func (c *Chain) plannedMsg(id uint64, d *cbor.Dec) func(from wire.Address) error {
	var p upgrade
	if id == 8 {
		d.Array(2)
		p.height, p.protocol = d.U64(), d.Uint(1<<32-1)
		return func(wire.Address) error { return c.cancel(p) }
	}
	d.Array(3)
	p.height, p.protocol = d.U64(), d.Uint(1<<32-1)
	for i := d.Len(); i > 0 && d.Err() == nil; i-- {
		p.reset = append(p.reset, d.Text())
	}
	return func(wire.Address) error { return c.planUpgrade(p) }
}

// upgrade is a plan that waits (upgrades §1).
type upgrade struct {
	height, protocol uint64
	reset            []string
}

func decUpgrade(d *cbor.Dec) (p upgrade) {
	d.Array(3)
	p.height, p.protocol = d.U64(), d.U64()
	for i := d.Len(); i > 0 && d.Err() == nil; i-- {
		p.reset = append(p.reset, d.Text())
	}
	return p
}

// planUpgrade stores a plan in the place of one that waits.
func (c *Chain) planUpgrade(p upgrade) error {
	if p.protocol <= c.number(key(routeParams, 5)) || p.height <= c.h.Height || len(p.reset) > 64 {
		return refuse(codeUpgrade, "UPGRADE", "no such upgrade")
	}
	for _, url := range p.reset {
		if len(url) < 1 || len(url) > 80 {
			return refuse(codeUpgrade, "UPGRADE", "a circuit of %d bytes", len(url))
		}
	}
	c.State.Set(key(routeAvailability, 13), enc(func(e *cbor.Enc) {
		e.Array(3).Uint(p.height).Uint(p.protocol).Array(len(p.reset))
		for _, url := range p.reset {
			e.Text(url)
		}
	}))
	return nil
}

// cancel removes just the plan that it names.
func (c *Chain) cancel(p upgrade) error {
	if raw, ok := c.State.Get(key(routeAvailability, 13)); ok {
		var was upgrade
		read(raw, "plan", func(d *cbor.Dec) { was = decUpgrade(d) })
		if was.height == p.height && was.protocol == p.protocol {
			c.State.Delete(key(routeAvailability, 13))
			return nil
		}
	}
	return refuse(codeUpgrade, "UPGRADE", "no such plan waits")
}

// signal says up to which protocol an account's node runs (upgrades §2).
func (c *Chain) signal(from wire.Address, protocol uint64) error {
	if _, ok := c.seat(from); !ok {
		return refused("not on the bench")
	}
	if k := key(routeAvailability, 14, from); protocol == 0 {
		c.State.Delete(k)
	} else {
		c.State.Set(k, uint64Value(protocol))
	}
	return nil
}
