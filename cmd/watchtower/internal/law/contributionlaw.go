package law

import (
	"strings"

	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Refusals of what the legislature sends here.
func contribForm(why string) error     { return refuse(13010, "FORM", "%s", why) }
func contribDocument(why string) error { return refuse(13014, "DOCUMENT", "%s", why) }

// repository is what is counted.
type repository struct{ repo, branch string }

func (r *repository) shape(f form) { f.fields(2).text(&r.repo).text(&r.branch) }

// multiplier weighs the files that a pattern matches.
type multiplier struct {
	glob string
	ppm  uint64
}

func (m *multiplier) shape(f form) { f.fields(2).text(&m.glob).u64(&m.ppm) }

// policy is which files count how much.
type policy struct {
	exclude  []string
	multiply []multiplier
}

func (p *policy) shape(f form) {
	f.fields(2).texts(&p.exclude)
	listOf(f, &p.multiply, each[multiplier])
}

// instruction is an order to a bot (contribution §9).
type instruction struct {
	repo, action string
	arguments    []byte
	bot          wire.Address
	at, done     uint64
	ok           bool
	result       string
}

func (o *instruction) order(f form) {
	f.fields(4).text(&o.repo).text(&o.action).bytes(&o.arguments).address(&o.bot)
}

func (o *instruction) shape(f form) {
	f.fields(5)
	o.order(f)
	f.u64(&o.at).u64(&o.done).bool(&o.ok).text(&o.result)
}

// credential is a document in custody.
type credential struct {
	hash              wire.Hash
	locator           string
	threshold         uint64
	owners            []wire.Address
	version           uint64
	to                wire.Address
	recipient, reason string
	granted           uint64
}

func (o *credential) shape(f form) {
	f.fields(9).hash(&o.hash).text(&o.locator).u64(&o.threshold).addresses(&o.owners).u64(&o.version)
	f.address(&o.to).text(&o.recipient).text(&o.reason).u64(&o.granted)
}

// contributionLaw decodes what the legislature alone may send (contribution §7, §9).
func (c *Chain) contributionLaw(id uint64, f form) func(wire.Address) error {
	var name string
	var o credential
	switch id {
	case 30:
		var m instruction
		m.order(f)
		return func(wire.Address) error { return c.giveOrder(m) }
	case 31:
		f.fields(4).text(&name).address(&o.to).text(&o.recipient).text(&o.reason)
		return func(wire.Address) error { return c.grantAccess(name, o) }
	case 32:
		f.fields(3).text(&name).hash(&o.hash).text(&o.locator)
		return func(wire.Address) error { return c.resetCredential(name, o) }
	case 34:
		var branch string
		var ppm uint64
		var end bool
		f.fields(4).text(&name).text(&branch).u32(&ppm).bool(&end)
		return func(wire.Address) error { return c.setRequirement(name, branch, ppm, end) }
	case 35:
		f.fields(5).text(&name).hash(&o.hash).text(&o.locator).u64(&o.threshold).addresses(&o.owners)
		return func(wire.Address) error { return c.takeCustody(name, o) }
	case 37:
		var p policy
		p.shape(f)
		return func(wire.Address) error { return c.setPolicy(&p) }
	case 38:
		var r repository
		r.shape(f)
		return func(wire.Address) error { return c.setRepository(r.repo, r.branch) }
	}
	return nil
}

func (c *Chain) giveOrder(o instruction) error {
	if !isName(o.repo) || !isName(o.action) || len(o.arguments) > 4096 {
		return contribForm("no order")
	}
	k := key(routeContribution, contribLastOrder)
	n := c.number(k) + 1
	c.State.Set(k, uint64Value(n))
	o.at = c.now()
	c.store(key(routeContribution, contribOrders, n), &o)
	return nil
}

func (c *Chain) doneOrder(from wire.Address, n uint64, ok bool, result string) error {
	k := key(routeContribution, contribOrders, n)
	var o instruction
	if !c.load(k, &o) || o.bot != from || o.done != 0 || len(result) > 256 {
		return refused("no such order waits for this account")
	}
	o.done, o.ok, o.result = c.now(), ok, result
	c.store(k, &o)
	return nil
}

func documentKey(name string) string { return key(routeContribution, contribDocuments, name) }

func (c *Chain) takeCustody(name string, m credential) error {
	n := uint64(len(m.owners))
	if !isName(name) || m.hash == (wire.Hash{}) || len(m.locator) > nameBytes || n < 1 || n > 32 || m.threshold < 1 || m.threshold > n {
		return contribForm("no document, or no owners")
	}
	var old credential
	c.load(documentKey(name), &old)
	if old.to != (wire.Address{}) {
		return contribDocument("granted")
	}
	if twice(m.owners) {
		return contribForm("an owner twice")
	}
	m.version = old.version + 1
	c.store(documentKey(name), &m)
	return nil
}

func (c *Chain) grantAccess(name string, m credential) error {
	var o credential
	if !c.load(documentKey(name), &o) || o.to != (wire.Address{}) {
		return contribDocument("not sealed")
	}
	if m.to == (wire.Address{}) || len(m.recipient) > nameBytes || len(m.reason) < 1 || len(m.reason) > 1024 {
		return contribForm("no reason")
	}
	o.to, o.recipient, o.reason, o.granted = m.to, m.recipient, m.reason, c.now()
	c.store(documentKey(name), &o)
	return nil
}

func (c *Chain) resetCredential(name string, m credential) error {
	var o credential
	if !c.load(documentKey(name), &o) || o.to == (wire.Address{}) || m.hash == (wire.Hash{}) || m.hash == o.hash || len(m.locator) > nameBytes {
		return contribDocument("not granted, or the same document")
	}
	c.store(documentKey(name), &credential{hash: m.hash, locator: m.locator, threshold: o.threshold, owners: o.owners, version: o.version + 1})
	return nil
}

func (c *Chain) setRequirement(repo, branch string, ppm uint64, end bool) error {
	if !isName(repo) || !isName(branch) || ppm > 1e6 {
		return contribForm("no requirement")
	}
	k := key(routeContribution, contribRequirements, wire.Sum([]byte(repo)), branch)
	if end {
		c.State.Delete(k)
		return nil
	}
	c.store(k, &requirement{repo, ppm})
	return nil
}

func (c *Chain) setPolicy(p *policy) error {
	patterns := append([]string{}, p.exclude...)
	for _, m := range p.multiply {
		patterns = append(patterns, m.glob)
		if num.U(100_000_000).Less(num.U(m.ppm)) {
			return contribForm("a multiplier that is too large")
		}
	}
	for _, g := range patterns {
		if len(g) < 1 || len(g) > 256 || strings.ContainsAny(g, "\x00\n") {
			return contribForm("no pattern")
		}
	}
	if len(patterns) > 256 {
		return contribForm("too many patterns")
	}
	c.store(key(routeContribution, contribPolicy), p)
	return nil
}

func (c *Chain) setRepository(repo, branch string) error {
	if !isName(repo) || !isName(branch) {
		return contribForm("no name")
	}
	c.store(key(routeContribution, contribRepository), &repository{repo, branch})
	return nil
}
