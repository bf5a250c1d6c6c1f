package law

import (
	"fmt"
	"sort"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/pac"
	"probity/cmd/watchtower/internal/wire"
)

// Stages of a counting (contribution §10).
const (
	stageCounting  = 1
	stageAgreed    = 2
	stageComplete  = 3
	stageMinted    = 4
	stageUnchanged = 5
	stageLapsed    = 6
)

// pageLeaves is how many leaves a page has (contribution §4).
const pageLeaves = 128

// manifest is what the hash of a tree commits to.
type manifest struct {
	ruleset            string
	subject            wire.Hash
	from, count, total uint64
	root               wire.Hash
}

func (m *manifest) shape(f form) {
	f.fields(6).text(&m.ruleset).hash(&m.subject).u64(&m.from).u64(&m.count).u64(&m.total).hash(&m.root)
}

func (m *manifest) hash() wire.Hash { return wire.Sum([]byte("tree"), encoded(m)) }

func (m *manifest) pages() uint64 {
	return m.count/pageLeaves + (m.count%pageLeaves+pageLeaves-1)/pageLeaves
}

// leaf is an identity's points.
type leaf struct {
	identity    string
	micropoints uint64
	addresses   []wire.Address
}

func (l *leaf) shape(f form) {
	f.fields(3).text(&l.identity).u64(&l.micropoints).addresses(&l.addresses)
}

func (l *leaf) valid() bool {
	seen := map[wire.Address]bool{{}: true}
	for _, a := range l.addresses {
		if seen[a] {
			return false
		}
		seen[a] = true
	}
	return isIdentity(l.identity) && l.micropoints > 0 && len(l.addresses) <= 16
}

// counting is a question about a commit (contribution §10, region 7).
type counting struct {
	number              uint64
	repo, branch        string
	commit              []byte
	rules, subject      wire.Hash
	triggered, deadline uint64
	stage               uint64
	hash                wire.Hash
	manifest            manifest
	shown, points       uint64
	last                string
	before, minted      num.Int
	clamped             bool
}

func (r *counting) shape(f form) {
	f.fields(17).u64(&r.number).text(&r.repo).text(&r.branch).bytes(&r.commit).hash(&r.rules).hash(&r.subject)
	f.u64(&r.triggered).u64(&r.deadline).byte(&r.stage).hash(&r.hash)
	r.manifest.shape(f)
	f.u64(&r.shown).u64(&r.points).text(&r.last).amount(&r.before).amount(&r.minted).bool(&r.clamped)
}

var runKey = key(routeContribution, contribRun)

func (c *Chain) counting() (r counting, ok bool) {
	ok = c.load(runKey, &r)
	return r, ok
}

// running says that a counting is not over.
func (r *counting) running() bool { return r.stage >= stageCounting && r.stage <= stageComplete }

// rulesOfCounting is the hash of the rules in force (contribution §5).
func (c *Chain) rulesOfCounting() wire.Hash {
	text := "probity/counting/1\n"
	for _, n := range []string{"code", "comment", "text", "other"} {
		text += fmt.Sprintf("%s %d\n", n, c.param("contrib."+n))
	}
	var p policy
	c.load(key(routeContribution, contribPolicy), &p)
	for _, g := range p.exclude {
		text += "exclude " + g + "\n"
	}
	for _, m := range p.multiply {
		text += fmt.Sprintf("multiply %d %s\n", m.ppm, m.glob)
	}
	return wire.Sum([]byte(text + fmt.Sprintf("genesis 0x%x\n", c.Genesis)))
}

// startCounting asks the watchtowers (contribution §5).
func (c *Chain) startCounting(repo string, commit []byte) error {
	var of repository
	known := c.load(key(routeContribution, contribRepository), &of)
	old, _ := c.counting()
	last := c.sums().last
	switch {
	case !known || repo != of.repo || !isCommit(commit):
		return refused("not the repository that is counted")
	case old.running():
		return refused("a counting is on")
	case last != 0 && c.now() < last+c.param("pac.interval"):
		return refused("too soon")
	}
	r := counting{
		number: old.number + 1, repo: repo, branch: of.branch, commit: commit, rules: c.rulesOfCounting(),
		triggered: c.now(), deadline: c.now() + c.param("pac.count_time"), stage: stageCounting,
	}
	r.subject = wire.Sum([]byte("contribution"), enc(func(e *cbor.Enc) {
		e.Array(5).Uint(r.number).Text(r.repo).Text(r.branch).Bytes(r.commit).Bytes(r.rules[:])
	}))
	c.store(runKey, &r)
	return c.dispatch("contribution", routeOracle, 20, enc(func(e *cbor.Enc) {
		e.Array(4).Text("contribution").Uint(taskContribution).Bytes(r.subject[:]).Uint(r.deadline)
	}))
}

// counted hears what the watchtowers say (contribution §5).
func (c *Chain) counted(v verdict) {
	r, _ := c.counting()
	if r.stage != stageCounting || r.subject != v.ref {
		return
	}
	none := manifest{ruleset: rulesets[taskContribution], subject: r.subject, from: r.number, root: wire.Sum(nil)}
	if v.outcome == accepted && len(v.value) == 32 {
		copy(r.hash[:], v.value)
	}
	if r.hash == (wire.Hash{}) || r.hash == none.hash() {
		c.lapse(&r)
		return
	}
	r.stage, r.deadline = stageAgreed, c.now()+c.param("pac.publish_time")
	c.store(runKey, &r)
}

// lapse ends a counting without a tree.
func (c *Chain) lapse(r *counting) {
	r.stage = stageLapsed
	c.forgetPages(r.number)
	c.endCounting(r)
}

// endCounting notes how a counting ended.
func (c *Chain) endCounting(r *counting) {
	r.deadline = 0
	c.store(runKey, r)
	c.store(key(routeContribution, contribHistory, r.number), r)
}

func (c *Chain) forgetPages(number uint64) {
	for _, k := range c.State.Keys(key(routeContribution, contribPages, number)) {
		c.State.Delete(k)
	}
}

// publishMsg is the message publish_tree.
type publishMsg struct {
	interval uint64
	manifest manifest
	index    uint64
	chunk    []byte
	path     []wire.Hash
}

func (m *publishMsg) shape(f form) {
	f.fields(5).u64(&m.interval)
	m.manifest.shape(f)
	f.u64(&m.index).bytes(&m.chunk).hashes(&m.path)
}

// publishTree shows the next page of the agreed tree (contribution §5).
func (c *Chain) publishTree(m *publishMsg) error {
	r, _ := c.counting()
	t := &m.manifest
	switch {
	case r.stage != stageAgreed || m.interval != r.number:
		return refused("no agreed tree waits for this")
	case t.hash() != r.hash || t.ruleset != rulesets[taskContribution] || t.subject != r.subject || t.from != r.number:
		return refused("another tree")
	case t.count == 0 || t.count > c.param("pac.owners_max") || m.index != r.shown:
		return refused("too many leaves, or another page")
	case !wire.MerklePath(t.root, m.chunk, m.index, t.pages(), m.path):
		return refused("the path does not lead to the root")
	}
	var page []leaf
	d := cbor.New(m.chunk)
	listOf(form{d: d}, &page, each[leaf])
	due := min(pageLeaves, t.count-m.index*pageLeaves)
	if d.Done() != nil || uint64(len(page)) != due {
		return refused("no page")
	}
	for _, l := range page {
		if !l.valid() || l.identity <= r.last || r.points+l.micropoints < r.points {
			return refused("leaf %q", l.identity)
		}
		r.points += l.micropoints
		r.last = l.identity
	}
	r.manifest = *t
	if r.shown++; r.shown == t.pages() {
		if r.points != t.total {
			return refused("the points do not add up")
		}
		r.stage = stageComplete
	}
	c.State.Set(key(routeContribution, contribPages, r.number, m.index), append([]byte{}, m.chunk...))
	c.store(runKey, &r)
	return nil
}

// endContribution lapses what nobody answered, pays what is owed and lets old
// approvals fade.
func (c *Chain) endContribution() {
	if r, _ := c.counting(); (r.stage == stageCounting || r.stage == stageAgreed) && r.deadline <= c.now() {
		c.lapse(&r)
	}
	c.payOwed()
	c.fadeApprovals()
}

// boundaryContribution mints by a complete tree (contribution §5, G6).
func (c *Chain) boundaryContribution() {
	r, _ := c.counting()
	if r.stage != stageComplete {
		return
	}
	var leaves []leaf
	for _, k := range c.State.Keys(key(routeContribution, contribPages, r.number)) {
		raw, _ := c.State.Get(k)
		read(raw, "page", func(d *cbor.Dec) {
			var page []leaf
			listOf(form{d: d}, &page, each[leaf])
			leaves = append(leaves, page...)
		})
	}
	earns := make([]wire.Address, len(leaves))
	somebody := false
	for i, l := range leaves {
		c.confirm(l.identity, l.addresses)
		earns[i] = c.identityLink(l.identity).to
		somebody = somebody || earns[i] != wire.Address{}
	}
	minted := c.mintTo(&r, leaves, earns, somebody)
	s := c.sums()
	if s.shown != r.number {
		c.forgetPages(s.shown)
	}
	s.shown, s.last = r.number, r.triggered
	c.setSums(s)
	r.stage, r.minted = stageUnchanged, minted
	if !minted.IsZero() {
		r.stage = stageMinted
		c.fixLimits(r.number)
	}
	c.endCounting(&r)
}

// mintTo mints to each identity what it is due; it says how much in all.
func (c *Chain) mintTo(r *counting, leaves []leaf, earns []wire.Address, somebody bool) (sum num.Int) {
	owners := make([]pac.Owner, len(leaves))
	for i, l := range leaves {
		owners[i].Minted = c.amount(key(routeContribution, contribMinted, l.identity))
		if somebody && (c.param("pac.target") == 1 || earns[i] != wire.Address{}) {
			owners[i].Points = num.U(l.micropoints)
			r.before = r.before.Add(owners[i].Minted)
		}
	}
	growth := c.param("pac.max_growth_ppm")
	initial := num.U(c.param("pac.initial"))
	if all := c.sums().minted; !all.IsZero() && all.PPM(growth).Less(initial) {
		initial = all.PPM(growth)
	}
	got, err := pac.Mint(int(c.param("pac.mode")), owners, initial, &growth)
	if err != nil {
		r.before = num.Int{}
		return sum
	}
	if free, err := pac.Mint(int(c.param("pac.mode")), owners, initial, nil); err == nil {
		r.clamped = free.Total.Cmp(got.Total) != 0
	}
	for i, e := range got.Extra {
		if e.IsZero() {
			continue
		}
		to, waits := earns[i], earns[i] == wire.Address{}
		if waits {
			to = identityAddress(leaves[i].identity)
			c.State.Set(key(routeContribution, contribEscrows, to), enc(func(x *cbor.Enc) { x.Text(leaves[i].identity) }))
		}
		k := key(routeContribution, contribMinted, leaves[i].identity)
		c.setAmount(k, c.amount(k).Add(e))
		c.mintShares(to, e, waits)
		sum = sum.Add(e)
	}
	return sum
}

// holding is an account with shares.
type holding struct {
	address wire.Address
	amount  num.Int
}

func (h *holding) shape(f form) { f.fields(2).address(&h.address).amount(&h.amount) }

// approversMax bounds the list of approvers.
const approversMax = 64

// fixLimits writes who can be asked to approve (G18).
func (c *Chain) fixLimits(number uint64) {
	all := c.sums().minted
	least := all.PPM(c.param("contrib.approver_ppm"))
	var list []holding
	for _, k := range c.State.Keys(key(routeContribution, contribShares)) {
		h := holding{addressAt(k, prefixLen), c.amount(k)}
		if !h.amount.Less(least) && !c.has(key(routeContribution, contribEscrows, h.address)) {
			list = append(list, h)
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[j].amount.Less(list[i].amount) })
	list = list[:min(len(list), approversMax)]
	c.State.Set(key(routeContribution, contribLimits), enc(func(e *cbor.Enc) {
		e.Array(3).Uint(number)
		wire.Amount(e, all)
		listOf(form{e: e}, &list, each[holding])
	}))
}
