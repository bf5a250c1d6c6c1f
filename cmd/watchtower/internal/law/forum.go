package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Regions of route 8 (forum §9).
const (
	forumPosts      = 1
	forumInline     = 2
	forumByHeight   = 3
	forumCitations  = 4
	forumAuthored   = 5
	forumLastPost   = 6
	forumWorth      = 7
	forumVisits     = 8
	forumTotals     = 9
	forumLinks      = 10
	forumOpenPools  = 11
	forumElectorate = 12
	forumQueue      = 13
	forumLastDue    = 14
	forumContracts  = 15
	forumContract   = 16
)

// Messages of route 8 that other routes send.
const (
	forumReward = 4
	forumVouch  = 5
	forumLeach  = 6
	forumLink   = 7
)

// Bounds of posts (forum §2, §5).
const (
	maxInline     = 16_384
	maxAuthors    = 16
	maxReferences = 16
	maxCause      = 64
)

// forumParams are the rows of forum §10.
var forumParams = []parameter{
	{name: "forum.depth", def: 3, least: 1, most: 8, grave: true},
	{name: "forum.visits", def: 256, least: 16, most: 1024, grave: true},
	{name: "forum.flows", def: 16, least: 1, most: 256},
	{name: "forum.period", def: 172_800_000, least: 1000, most: 2_592_000_000},
	{name: "forum.fee_min", def: 1_000_000, least: 1, most: 1e12},
	{name: "forum.quorum_ppm", def: 100_000, least: 100_000, most: 1e6, grave: true},
	{name: "forum.win_ppm", def: 500_000, least: 500_000, most: 999_999, grave: true},
	{name: "forum.binding_ppm", def: 500_000, least: 0, most: 1e6, grave: true},
}

// forumPart is route 8.
func forumPart() *part {
	return &part{
		number: routeForum, name: "forum",
		rows: []row{
			{id: 1, name: "publish", weight: 2000, perByte: 2}, {id: 2, name: "fund", weight: 100_000}, {id: 3, name: "stake"},
			{id: forumReward, name: "reward", weight: 100_000, callers: []string{"legislature"}},
			{id: forumVouch, name: "vouch", callers: []string{"legislature", "court"}},
			{id: forumLeach, name: "leach", weight: 100_000, callers: []string{"court"}},
			{id: forumLink, name: "link", weight: 2000, callers: []string{"contribution"}},
		},
		message:  simple((*Chain).forumMsg),
		end:      always((*Chain).endForum),
		boundary: always((*Chain).boundaryForum),
		closed:   (*Chain).closedForum,
	}
}

// errForum is a refusal of route 8 (forum §10).
func errForum(n uint64, why string) error {
	kinds := [...]string{
		"", "CONTENT", "AUTHORS", "REFERENCES", "NO_POST", "POST_EXISTS", "BLOCK", "POST_POOL", "POOL_FEE", "NOT_AUTHOR", "BOOK", "LINK", "CURSOR", "CAUSE",
	}
	return refuse(8000+n, kinds[n], "%s", why)
}

// incineratorPost is the post in which REP ends (forum §1).
var incineratorPost = wire.Sum([]byte("incinerator"))

// author and reference are those of a post, with their weights in ppm.
type author struct {
	a wire.Address
	w uint64
}

type reference struct {
	post     wire.Hash
	w        uint64 // without its sign
	negative bool
}

// post is a published one, a block, or the incinerator (forum §1).
type post struct {
	number, height, time uint64
	publisher            wire.Address
	content              wire.Hash
	authors              []author
	references           []reference

	block  bool
	minted num.Int // for the producer of a block that is not kept
	burns  bool
}

// encodeLinks writes the fields that a post and the message publish share.
func (p *post) encodeLinks(e *cbor.Enc) {
	e.Array(len(p.authors))
	for _, a := range p.authors {
		e.Array(2).Bytes(a.a[:]).Uint(a.w)
	}
	e.Array(len(p.references))
	for _, r := range p.references {
		e.Array(2).Bytes(r.post[:])
		if r.negative {
			e.Negative(r.w)
		} else {
			e.Uint(r.w)
		}
	}
}

func (p *post) decodeLinks(d *cbor.Dec) {
	for i := d.Len(); i > 0 && d.Err() == nil; i-- {
		d.Array(2)
		p.authors = append(p.authors, author{wire.DecAddress(d), d.Uint(1<<32 - 1)})
	}
	for i := d.Len(); i > 0 && d.Err() == nil; i-- {
		d.Array(2)
		r := reference{post: wire.DecHash(d)}
		r.w, r.negative = d.Int32()
		p.references = append(p.references, r)
	}
}

// post finds one; nil: there is none.
func (c *Chain) post(id wire.Hash) *post {
	if id == incineratorPost {
		return &post{burns: true}
	}
	if raw, ok := c.State.Get(key(routeForum, forumPosts, id)); ok {
		p := &post{}
		read(raw, "post", func(d *cbor.Dec) {
			d.Array(7)
			p.number, p.height, p.time, p.publisher, p.content = d.U64(), d.U64(), d.U64(), wire.DecAddress(d), wire.DecHash(d)
			p.decodeLinks(d)
		})
		p.block = p.number == 0
		return p
	}
	if raw, ok := c.State.Get(key(routePool, 10, id)); ok {
		p := &post{block: true}
		read(raw, "posted block", func(d *cbor.Dec) {
			d.Array(3)
			p.height, p.content = d.U64(), id
			p.publisher = wire.DecAddress(d)
			p.authors, p.minted = []author{{p.publisher, 1e6}}, wire.DecAmount(d)
		})
		return p
	}
	return nil
}

// forumMsg decodes a message of the forum.
func (c *Chain) forumMsg(id uint64, d *cbor.Dec) func(from wire.Address) error {
	switch id {
	case 1:
		return c.publishMsg(d)
	case 2:
		d.Array(2)
		post, fee := wire.DecHash(d), wire.DecAmount(d)
		return func(from wire.Address) error { return c.fund(from, post, fee) }
	case 3:
		d.Array(3)
		post, side, amount := wire.DecHash(d), d.Bool(), wire.DecAmount(d)
		return func(from wire.Address) error {
			k := key(routeForum, forumOpenPools, post)
			if !c.has(k) {
				return errForum(7, "the post has no open pool")
			}
			return c.stakePool(c.number(k), from, side, amount)
		}
	case forumReward:
		d.Array(4)
		post, book, amount, cause := wire.DecHash(d), d.Uint(255), wire.DecAmount(d), d.Text()
		return func(wire.Address) error { return c.reward(post, int(book), amount, cause) }
	case forumVouch:
		d.Array(2)
		post, by := wire.DecHash(d), wire.DecAddress(d)
		return func(wire.Address) error { return c.vouch(post, by) }
	case forumLeach:
		d.Array(3)
		post, amount, cause := wire.DecHash(d), wire.DecAmount(d), d.Text()
		return func(wire.Address) error { return c.leach(post, amount, cause) }
	case forumLink:
		d.Array(2)
		identity, to := wire.DecAddress(d), wire.DecAddress(d)
		return func(wire.Address) error { return c.link(identity, to) }
	}
	return nil
}

// publishMsg decodes publish (forum §2).
func (c *Chain) publishMsg(d *cbor.Dec) func(from wire.Address) error {
	body := append([]byte{}, d.Rest()...)
	d.Array(4)
	p := &post{content: wire.DecHash(d)}
	inline := d.Bytes()
	p.decodeLinks(d)
	return func(from wire.Address) error {
		if err := c.checkPost(p, inline); err != nil {
			return err
		}
		id := wire.Sum([]byte("post"), from[:], body)
		if c.post(id) != nil {
			return errForum(5, "it is published")
		}
		c.publish(from, id, p, inline)
		return nil
	}
}

// checkPost is §2, but that the post is not published.
func (c *Chain) checkPost(p *post, inline []byte) error {
	if len(inline) > maxInline || p.content == (wire.Hash{}) || len(inline) > 0 && wire.Sum(inline) != p.content {
		return errForum(1, "the content is not that of its hash")
	}
	if n := len(p.authors); n == 0 || n > maxAuthors {
		return errForum(2, "no authors, or too many")
	}
	seen, sum := map[wire.Address]bool{}, uint64(0)
	for _, a := range p.authors {
		if a.a == (wire.Address{}) || a.a == incinerator || a.w == 0 || seen[a.a] {
			return errForum(2, "no author")
		}
		seen[a.a] = true
		sum += a.w
	}
	if sum != 1e6 {
		return errForum(2, "the authors' parts do not add up")
	}
	if len(p.references) > maxReferences {
		return errForum(3, "too many references")
	}
	cited, weights := map[wire.Hash]bool{}, uint64(0)
	for _, r := range p.references {
		if r.w > 1e6 || cited[r.post] {
			return errForum(3, "too heavy, or twice")
		}
		cited[r.post] = true
		q := c.post(r.post)
		if q == nil {
			return errForum(4, "no such post")
		}
		if q.block && r.negative {
			return errForum(6, "a block is not leached")
		}
		weights += r.w
	}
	if weights > 1e6 {
		return errForum(3, "the references are too heavy together")
	}
	return nil
}

// publish stores a post and what finds it (forum §9).
func (c *Chain) publish(from wire.Address, id wire.Hash, p *post, inline []byte) {
	n := c.number(key(routeForum, forumLastPost)) + 1
	c.State.Set(key(routeForum, forumLastPost), uint64Value(n))
	p.number, p.height, p.time, p.publisher = n, c.h.Height, c.h.Time, from
	c.setPost(id, p)
	if len(inline) > 0 {
		c.State.Set(key(routeForum, forumInline, id), enc(func(e *cbor.Enc) { e.Bytes(inline) }))
	}
	own := enc(func(e *cbor.Enc) { e.Bytes(id[:]) })
	c.State.Set(key(routeForum, forumByHeight, c.h.Height, n), own)
	for _, r := range p.references {
		c.keepBlock(r.post)
		c.State.Set(key(routeForum, forumCitations, r.post, n), own)
	}
	for _, a := range p.authors {
		c.State.Set(key(routeForum, forumAuthored, a.a, n), own)
	}
}

func (c *Chain) setPost(id wire.Hash, p *post) {
	c.State.Set(key(routeForum, forumPosts, id), enc(func(e *cbor.Enc) {
		e.Array(7).Uint(p.number).Uint(p.height).Uint(p.time).Bytes(p.publisher[:]).Bytes(p.content[:])
		p.encodeLinks(e)
	}))
}

// keepBlock makes a settled block a post for good (forum §1).
func (c *Chain) keepBlock(id wire.Hash) {
	p := c.post(id)
	if p == nil || !p.block || c.has(key(routeForum, forumPosts, id)) {
		return
	}
	c.setPost(id, p)
	w := &worth{post: p, value: p.minted}
	f := c.newFlow(wREP, "block")
	f.visit(id, w, step{kind: visitMinted}, p.minted, nil)
	c.setWorth(wREP, id, w)
	c.addTotals(wREP, p.minted, num.Int{}, num.Int{})
}

// fund opens the pool of a post (forum §4).
func (c *Chain) fund(from wire.Address, id wire.Hash, fee num.Int) error {
	p := c.post(id)
	switch {
	case p == nil:
		return errForum(4, "no such post")
	case p.block || p.burns:
		return errForum(6, "not a published post")
	case fee.Less(num.U(c.param("forum.fee_min"))):
		return errForum(8, "too small a fee")
	case c.has(key(routeForum, forumOpenPools, id)):
		return errForum(7, "it has an open pool")
	}
	if err := c.chargeFee(from, fee); err != nil {
		return err
	}
	period := c.param("forum.period")
	slot := c.h.Time / max(1, period/16)
	k, after := key(routeForum, forumElectorate), uint64(0)
	if raw, ok := c.State.Get(k); ok {
		read(raw, "electorate", func(d *cbor.Dec) {
			d.Array(2)
			if s, n := d.U64(), d.U64(); s == slot && c.held(n, wREP) != nil {
				after = n
			}
		})
	}
	n, err := c.openGeneral(poolConfig{
		opener: "forum", ref: id, book: wREP, deadline: c.h.Time + period, quorum: c.param("forum.quorum_ppm"),
		win: c.param("forum.win_ppm"), binding: c.param("forum.binding_ppm"), after: after, fee: fee, poster: c.param("pool.poster_ppm"),
	})
	if err != nil {
		return err
	}
	if after == 0 {
		c.State.Set(k, enc(func(e *cbor.Enc) { e.Array(2).Uint(slot).Uint(n) }))
	}
	c.State.Set(key(routeForum, forumOpenPools, id), uint64Value(n))
	return nil
}
