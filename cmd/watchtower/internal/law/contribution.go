package law

import (
	"strings"
	"unicode/utf8"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Regions of route 13 (contribution §10).
const (
	contribShares       = 1
	contribTotals       = 2
	contribMinted       = 3
	contribLinks        = 4
	contribClaims       = 5
	contribOwners       = 6
	contribRun          = 7
	contribHistory      = 8
	contribPages        = 9
	contribOwed         = 10
	contribEscrows      = 11
	contribRepository   = 12
	contribRequirements = 13
	contribApprovals    = 14
	contribFadings      = 15
	contribLimits       = 16
	contribOrders       = 17
	contribLastOrder    = 18
	contribDocuments    = 19
	contribPolicy       = 20
	contribSponsored    = 21
	contribWaiting      = 22
)

// contributionPart is route 13.
func contributionPart() *part {
	legislature, release := []string{"legislature"}, []string{"release"}
	return &part{
		number: routeContribution, name: "contribution",
		rows: []row{
			{id: 1, name: "link", weight: 1000}, {id: 2, name: "transfer"}, {id: 3, name: "publish_tree", weight: 2000, perByte: 2},
			{id: 4, name: "approve", weight: 2000}, {id: 5, name: "sponsor", weight: 500}, {id: 6, name: "done"}, {id: 20, name: "trigger", weight: 1000},
			{id: 30, name: "order", callers: legislature}, {id: 31, name: "access", callers: legislature},
			{id: 32, name: "reset", callers: legislature}, {id: 33, name: "released", weight: 1000, callers: release},
			{id: 34, name: "require", callers: legislature}, {id: 35, name: "custody", callers: legislature},
			{id: 36, name: "gate_check", weight: 1000, callers: release}, {id: 37, name: "policy", callers: legislature},
			{id: 38, name: "repository", callers: legislature},
		},
		genesis:  (*Chain).genesisContribution,
		message:  (*Chain).contributionMsg,
		payer:    (*Chain).sponsors,
		end:      always((*Chain).endContribution),
		boundary: always((*Chain).boundaryContribution),
		closed:   (*Chain).counted,
	}
}

// contributionParams are those of contribution §1.
var contributionParams = []parameter{
	{name: "pac.interval", def: 30 * dayMs, least: 1, most: 3650 * dayMs, grave: true},
	{name: "pac.mode", def: 1, least: 1, most: 2, choices: []string{"minimal", "published"}, grave: true},
	{name: "pac.target", def: 1, least: 1, most: 2, choices: []string{"total", "claimed"}, grave: true},
	{name: "pac.initial", def: 1_000_000_000_000_000, least: 1, most: 1 << 62, grave: true},
	{name: "pac.max_growth_ppm", def: 100_000, least: 1, most: 1e6, grave: true},
	{name: "pac.count_time", def: 7 * dayMs, least: 1, most: 365 * dayMs},
	{name: "pac.publish_time", def: 7 * dayMs, least: 1, most: 365 * dayMs},
	{name: "pac.owners_max", def: 4096, least: 1, most: 65_536, grave: true},
	{name: "pac.trigger_fee", def: 1e9, least: 0, most: 1 << 60},
	{name: "contrib.code", def: 1e6, least: 0, most: 1e9},
	{name: "contrib.comment", def: 500_000, least: 0, most: 1e9},
	{name: "contrib.text", def: 500_000, least: 0, most: 1e9},
	{name: "contrib.other", def: 0, least: 0, most: 1e9},
	{name: "contrib.approver_ppm", def: 10_000, least: 1, most: 1e6},
	{name: "contrib.approval_time", def: 7 * dayMs, least: 1, most: 365 * dayMs},
	{name: "contrib.author_counts", def: 0, least: 0, most: 1},
	{name: "contrib.sponsor_per_epoch", def: 1e7, least: 1, most: 1 << 60},
	{name: "contrib.reset_time", def: 2 * dayMs, least: 1, most: 365 * dayMs},
}

// sums are the totals of the route (region 2).
type sums struct {
	minted, owed num.Int
	last, shown  uint64
}

func (s *sums) shape(f form) {
	f.fields(4).amount(&s.minted).amount(&s.owed).u64(&s.last).u64(&s.shown)
}

func (c *Chain) sums() (s sums) {
	c.load(key(routeContribution, contribTotals), &s)
	return s
}

func (c *Chain) setSums(s sums) { c.store(key(routeContribution, contribTotals), &s) }

func shareKey(a wire.Address) string { return key(routeContribution, contribShares, a) }
func owedKey(a wire.Address) string  { return key(routeContribution, contribOwed, a) }

// waitingKey is of the gREP of an identity without an account.
func waitingKey(a wire.Address) string { return key(routeContribution, contribWaiting, a) }

func (c *Chain) shares(a wire.Address) num.Int { return c.amount(shareKey(a)) }

// moveAll moves what one key has to another of the same kind.
func (c *Chain) moveAll(from, to string) {
	if x := c.amount(from); from != to && !x.IsZero() {
		c.State.Delete(from)
		c.setAmount(to, c.amount(to).Add(x))
	}
}

func (c *Chain) transferShares(from, to wire.Address, amount num.Int) error {
	mine := c.shares(from)
	switch {
	case amount.IsZero() || to == wire.Address{} || mine.Less(amount):
		return refused("no such shares, or nobody to have them")
	case from == to:
		return nil
	}
	c.setPositive(shareKey(from), mine.Sub(amount))
	c.setAmount(shareKey(to), c.shares(to).Add(amount))
	return nil
}

// mintShares mints shares and the gREP for them, which waits where they do
// (contribution §2).
func (c *Chain) mintShares(a wire.Address, amount num.Int, waits bool) {
	c.setAmount(shareKey(a), c.shares(a).Add(amount))
	s := c.sums()
	s.minted = s.minted.Add(amount)
	if c.grepOpen() && !waits {
		c.mint(gREP, a, amount)
	} else {
		k := owedKey(a)
		if waits {
			k = waitingKey(a)
		}
		s.owed = s.owed.Add(amount)
		c.setAmount(k, c.amount(k).Add(amount))
	}
	c.setSums(s)
}

// owedPerBlock bounds the owed amounts that a block mints.
const owedPerBlock = 256

func (c *Chain) payOwed() {
	if !c.grepOpen() {
		return
	}
	s := c.sums()
	for i, k := range c.State.Keys(key(routeContribution, contribOwed)) {
		if i == owedPerBlock {
			break
		}
		x := c.amount(k)
		c.State.Delete(k)
		c.mint(gREP, addressAt(k, prefixLen), x)
		s.owed = s.owed.Sub(x)
		c.setSums(s)
	}
}

// isIdentity reports the form of an identity (contribution §3).
func isIdentity(s string) bool {
	if len(s) < 5 || len(s) > 128 || !utf8.ValidString(s) || s[0] == ' ' || s[len(s)-1] == ' ' {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] == 0x7f || s[i] >= 'A' && s[i] <= 'Z' {
			return false
		}
	}
	return true
}

// nameBytes bounds names and locators.
const nameBytes = 200

// isName reports the form of names of repositories, branches, documents, actions.
func isName(s string) bool {
	return len(s) >= 1 && len(s) <= 200 && !strings.ContainsAny(s, "\x00\r\n")
}

func isCommit(b []byte) bool { return len(b) == 20 || len(b) == 32 }

// contributionMsg decodes a message of the route.
func (c *Chain) contributionMsg(id uint64, d *cbor.Dec) (out message) {
	f := form{d: d}
	switch id {
	case 1:
		d.Array(3)
		identity, k, sig := d.Text(), wire.DecKey(d), wire.DecSignature(d)
		out.run = func(from wire.Address) error { return c.claimIdentity(from, identity, k, sig) }
	case 2:
		d.Array(2)
		to, amount := wire.DecAddress(d), wire.DecAmount(d)
		out.run = func(from wire.Address) error { return c.transferShares(from, to, amount) }
	case 3:
		var m publishMsg
		m.shape(f)
		out.run = func(wire.Address) error { return c.publishTree(&m) }
	case 4:
		d.Array(4)
		repo, branch, head, author := d.Text(), d.Text(), d.Bytes(), wire.DecAddress(d)
		out.run = func(from wire.Address) error {
			return c.approveHead(from, repo, head, headApproval{branch, author, c.now()})
		}
	case 5:
		d.Array(1)
		of := wire.DecAddress(d)
		out.run = func(wire.Address) error { return c.sponsorFees(of) }
	case 6:
		d.Array(3)
		n, ok, result := d.U64(), d.Bool(), d.Text()
		out.run = func(from wire.Address) error { return c.doneOrder(from, n, ok, result) }
	case 20, 33, 36:
		d.Array(2)
		repo, commit := d.Text(), d.Bytes()
		out.run = func(from wire.Address) error {
			switch id {
			case 20:
				if err := c.chargeFee(from, num.U(c.param("pac.trigger_fee"))); err != nil {
					return err
				}
			case 36:
				return c.checkGate(repo, commit)
			}
			return c.startCounting(repo, commit)
		}
	default:
		out.run = c.contributionLaw(id, f)
	}
	return out
}

// sponsors is what this route allows to be paid for by its address (§8).
func (c *Chain) sponsors(t *wire.Tx) error {
	if t.FeePayer == nil || *t.FeePayer != wire.RouteAddress("contribution") {
		return nil
	}
	for i := range t.Msgs {
		switch t.Msgs[i].Route {
		case routeForum, routeLegislature, routeRelease, routeContribution, routeOracle:
		default:
			return invalid("fee", "these fees are not sponsored")
		}
	}
	if !c.earns(t.Sender.Address()) {
		return invalid("fee", "no contributor")
	}
	return nil
}

// earns reports whether an identity earns for an account (contribution §3).
func (c *Chain) earns(a wire.Address) bool {
	prefix := key(routeContribution, contribOwners, a)
	for _, k := range c.State.Keys(prefix) {
		if c.identityLink(k[len(prefix):]).to == a {
			return true
		}
	}
	return false
}

// sponsorFees gives a contributor an allowance.
func (c *Chain) sponsorFees(of wire.Address) error {
	k := key(routeContribution, contribSponsored, of)
	amount := c.param("contrib.sponsor_per_epoch")
	if c.has(k) && c.number(k) == amount {
		return refused("allowed already")
	}
	if !c.earns(of) {
		return refused("no contributor")
	}
	c.State.Set(k, uint64Value(amount))
	return c.dispatch("contribution", routeBank, 2, enc(func(e *cbor.Enc) {
		e.Array(2).Bytes(of[:])
		wire.Amount(e, num.U(amount))
	}))
}

// genesisContribution reads the section of contribution §9.
func (c *Chain) genesisContribution(v value) error {
	c.setSums(sums{})
	if v == nil {
		return nil
	}
	o := newObject(v, "contribution")
	if r := o.get("repository"); r != nil {
		p := newObject(r, "repository")
		repo, branch := p.text("repo"), p.text("branch")
		if err := p.done(); err != nil {
			return err
		}
		if err := c.setRepository(repo, branch); err != nil {
			return genesisFault("repository", err)
		}
	}
	for _, it := range o.list("required") {
		p := newObject(it, "required")
		repo, branch, ppm := p.text("repo"), p.text("branch"), p.uint("ppm")
		if err := p.done(); err != nil {
			return err
		}
		if err := c.setRequirement(repo, branch, ppm, false); err != nil {
			return genesisFault("required", err)
		}
	}
	if r := o.get("policy"); r != nil {
		p := newObject(r, "policy")
		pol := policy{exclude: p.texts("exclude")}
		for _, it := range p.list("multiply") {
			q := newObject(it, "multiply")
			pol.multiply = append(pol.multiply, multiplier{q.text("glob"), q.uint("ppm")})
			if err := q.done(); err != nil {
				return err
			}
		}
		if err := p.done(); err != nil {
			return err
		}
		if err := c.setPolicy(&pol); err != nil {
			return genesisFault("policy", err)
		}
	}
	return o.done()
}
