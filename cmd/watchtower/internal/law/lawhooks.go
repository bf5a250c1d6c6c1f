package law

import (
	"strings"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// openGREP opens the book of gREP, for good (legislature §7).
func (c *Chain) openGREP() {
	if c.param("budget.grep_ppm") > 0 && !c.grepOpen() {
		c.State.Set(key(routeRep, 11), enc(func(e *cbor.Enc) { e.Bool(true) }))
	}
}

// endLaw is what is due, then openings, then credits (legislature §8).
func (c *Chain) endLaw() {
	for i, k := range c.State.Keys(key(routeLegislature, lawDue)) {
		if i == maxDue || tail64(k, prefixLen) > c.h.Time {
			break
		}
		c.endProposal(c.proposal(tail64(k, prefixLen+8)), stateExpired)
	}
	c.turns()
	c.credits(wREP)
	if c.grepOpen() {
		c.credits(gREP)
	}
}

// turns opens the votes of those that wait (legislature §4).
func (c *Chain) turns() {
	electorates := map[uint64]uint64{}
	for i, k := range c.State.Keys(key(routeLegislature, lawWaiting)) {
		p := c.proposal(tail64(k, prefixLen+8))
		if i == maxTurns || !p.class.rescue && c.number(key(routeLegislature, lawOpenCount)) >= c.param("law.open_max") {
			return
		}
		c.State.Delete(k)
		c.openVote(p, electorates)
	}
}

// credits lets posts receive what they were credited with (legislature §5).
func (c *Chain) credits(book int) {
	for i, k := range c.State.Keys(key(routeLegislature, lawCredits, book)) {
		if i == maxCredits {
			return
		}
		raw, _ := c.State.Get(k)
		var body []byte
		read(raw, "credit", func(d *cbor.Dec) {
			d.Array(3)
			post, amount, cause := wire.DecHash(d), wire.DecAmount(d), d.Text()
			body = enc(func(e *cbor.Enc) {
				e.Array(4).Bytes(post[:]).Uint(uint64(book))
				wire.Amount(e, amount)
				e.Text(cause)
			})
		})
		if broken(c.dispatch("legislature", routeForum, forumReward, body)) {
			return
		}
		c.State.Delete(k)
	}
}

// contract is a work contract (legislature §8).
type workContract struct {
	version  uint64
	post     wire.Hash
	protocol uint64
	changes  []change
	from     uint64
}

func (w *workContract) shape(f form) {
	f.fields(5).u64(&w.version).hash(&w.post).u32(&w.protocol)
	listOf(f, &w.changes, each[change])
	f.u64(&w.from)
}

func (x *change) shape(f form) { f.fields(2).text(&x.name).u64(&x.value) }

// ofContracts are the beginnings of the parameters that a work contract may set.
var ofContracts = []string{"asc.", "beacon.", "bench.", "fees.", "jail.", "pool.", "rep.", "reward.", "treasury_ppm", "wsc."}

// activateMsg decodes activate (legislature §8).
func (c *Chain) activateMsg(d *cbor.Dec) message {
	w := workContract{}
	d.Array(3)
	w.post, w.changes, w.protocol = wire.DecHash(d), decSet(d), d.Uint(1<<32-1)
	return message{set: &w.changes, run: func(wire.Address) error { return c.activateContract(w) }}
}

// ofContract says that a work contract may set all of the changes.
func ofContract(set []change) bool {
	for _, x := range set {
		known := false
		for _, p := range ofContracts {
			known = known || strings.HasPrefix(x.name, p)
		}
		if !known {
			return false
		}
	}
	return true
}

func (c *Chain) activateContract(w workContract) error {
	if w.protocol > c.number(key(routeParams, 5)) {
		return errLaw(11, "protocol %d is not in force", w.protocol)
	}
	if !ofContract(w.changes) {
		return errLaw(12, "a parameter that is no matter of a work contract")
	}
	if w.post != (wire.Hash{}) {
		var nobody wire.Address
		body := enc(func(e *cbor.Enc) { e.Array(2).Bytes(w.post[:]).Bytes(nobody[:]) })
		if err := c.dispatch("legislature", routeForum, forumVouch, body); err != nil {
			return err
		}
	}
	if len(w.changes) > 0 {
		body := enc(func(e *cbor.Enc) { e.Array(1); encSet(e, w.changes) })
		if err := c.dispatch("legislature", routeParams, 1, body); err != nil {
			return err
		}
	}
	w.version = c.number(key(routeLegislature, lawLastContract)) + 1
	w.from = c.h.Epoch + 1
	c.store(key(routeLegislature, lawNextContract), &w)
	return nil
}

// boundaryLaw puts a work contract into force, then looks whether gREP canonizes
// (legislature §7, §8).
func (c *Chain) boundaryLaw() {
	w, k := &workContract{}, key(routeLegislature, lawNextContract)
	if c.load(k, w) {
		c.State.Delete(k)
		c.store(key(routeLegislature, lawContracts, w.version), w)
		c.State.Set(key(routeLegislature, lawLastContract), uint64Value(w.version))
		if post := key(routePool, 3); w.post == (wire.Hash{}) {
			c.State.Delete(post)
		} else {
			c.State.Set(post, enc(func(e *cbor.Enc) { e.Bytes(w.post[:]) }))
		}
	}
	if c.canonizing() == gREP || c.number(key(routeRep, 12, gREP)) < c.param("law.grep_holders") {
		return
	}
	supply, prefix := c.supply(gREP), key(routeRep, 1, gREP)
	for _, h := range c.State.Keys(prefix) {
		if supply.Less(c.balance(gREP, addressAt(h, len(prefix))).Mul(num.U(3))) {
			return
		}
	}
	c.State.Set(key(routeLegislature, lawCanonized), uint64Value(c.h.Epoch+1))
}
