package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Kinds of visits (forum §8).
const (
	visitMinted = iota + 1
	visitDonated
	visitReturned
	visitLeached
	visitReclaimed
	visitTaken
)

// worth is what a post has in one book (forum §3).
type worth struct {
	post    *post
	value   num.Int
	carried []num.Int // by reference
	visits  uint64    // stored
}

// gained is A.
func (w *worth) gained() num.Int {
	a := w.value
	for i, r := range w.post.references {
		if r.negative {
			a = a.Sub(w.carried[i])
		} else {
			a = a.Add(w.carried[i])
		}
	}
	return a
}

// ledger is what an account has gained and given in a flow.
type ledger struct{ spare, gained, gave num.Int }

// flow is one sequence of steps (forum §3).
type flow struct {
	c      *Chain
	book   int
	budget uint64
	cause  string

	posts    map[wire.Hash]*worth
	order    []wire.Hash // in which the flow came to them
	accounts map[wire.Address]*ledger
	firsts   []wire.Address
	burned   num.Int
}

// step is where in a flow something arrives or is taken.
type step struct {
	depth  uint64
	kind   uint64
	from   wire.Hash
	parent uint64
}

func (c *Chain) newFlow(book int, cause string) *flow {
	return &flow{
		c: c, book: book, budget: c.param("forum.visits"), cause: cause,
		posts: map[wire.Hash]*worth{}, accounts: map[wire.Address]*ledger{},
	}
}

// arrive lets an amount arrive at a post from outside.
func (c *Chain) arrive(book int, id wire.Hash, x num.Int, cause string) {
	if x.IsZero() {
		return
	}
	c.keepBlock(id)
	f := c.newFlow(book, cause)
	f.arrive(id, x, step{kind: visitMinted})
	f.settle(x, num.Int{})
}

// takeOut takes from a post, to burn it.
func (c *Chain) takeOut(id wire.Hash, x num.Int, cause string) {
	c.keepBlock(id)
	f := c.newFlow(wREP, cause)
	f.settle(num.Int{}, f.take(id, x, step{kind: visitTaken}))
}

// load is the worth of a post that the flow comes to.
func (f *flow) load(id wire.Hash) *worth {
	if w := f.posts[id]; w != nil {
		return w
	}
	p := f.c.post(id)
	w := &worth{post: p, carried: make([]num.Int, len(p.references))}
	if raw, ok := f.c.State.Get(key(routeForum, forumWorth, f.book, id)); ok {
		read(raw, "worth", func(d *cbor.Dec) {
			d.Array(3)
			w.value = wire.DecAmount(d)
			for i, n := 0, d.Len(); i < n && d.Err() == nil; i++ {
				w.carried[i] = wire.DecAmount(d)
			}
			w.visits = d.U64()
		})
	}
	f.posts[id] = w
	f.order = append(f.order, id)
	for _, a := range p.authors {
		f.account(a.a)
	}
	return w
}

// account is that of an author.
func (f *flow) account(author wire.Address) *ledger {
	a := f.c.linked(author)
	l := f.accounts[a]
	if l == nil {
		l = &ledger{spare: f.c.spare(f.book, a)}
		f.accounts[a] = l
		f.firsts = append(f.firsts, a)
	}
	return l
}

// follow says whether a reference is followed for an amount.
func (f *flow) follow(at step, amount num.Int) bool {
	if amount.IsZero() || at.depth >= f.c.param("forum.depth") || f.budget == 0 {
		return false
	}
	f.budget--
	return true
}

func ceilPPM(x num.Int, w uint64) num.Int { return x.Mul(num.U(w)).Add(num.U(999_999)).Div(num.U(1e6)) }

// arrive is Arrive (F4).
func (f *flow) arrive(id wire.Hash, x num.Int, at step) {
	if x.IsZero() {
		return
	}
	if id == incineratorPost {
		f.burned = f.burned.Add(x)
		return
	}
	w := f.load(id)
	refs, edges := w.post.references, make([]num.Int, len(w.post.references))
	next := step{depth: at.depth + 1, from: id, parent: w.visits + 1}
	leached, donated := num.Int{}, num.Int{}
	for i, r := range refs {
		if d := x.PPM(r.w); r.negative && f.follow(at, d) {
			next.kind = visitLeached
			edges[i] = f.take(r.post, d, next)
			w.carried[i] = w.carried[i].Add(edges[i])
			leached = leached.Add(edges[i])
		}
	}
	for i, r := range refs {
		if d := x.PPM(r.w); !r.negative && f.follow(at, d) {
			next.kind = visitDonated
			edges[i] = d
			w.carried[i] = w.carried[i].Add(d)
			donated = donated.Add(d)
			f.arrive(r.post, d, next)
		}
	}
	f.credit(w, x.Add(leached).Sub(donated))
	f.visit(id, w, at, x, edges)
}

// take is Take: it gives y ≤ x.
func (f *flow) take(id wire.Hash, x num.Int, at step) num.Int {
	if id == incineratorPost {
		return num.Int{}
	}
	w := f.load(id)
	if x = num.Min(x, w.gained()); x.IsZero() {
		return num.Int{}
	}
	refs, edges := w.post.references, make([]num.Int, len(w.post.references))
	next := step{depth: at.depth + 1, from: id, parent: w.visits + 1}
	have, need := num.Int{}, x
	for i, r := range refs {
		if d := num.Min(ceilPPM(x, r.w), w.carried[i]); !r.negative && f.follow(at, d) {
			next.kind = visitReclaimed
			edges[i] = f.take(r.post, d, next)
			w.carried[i] = w.carried[i].Sub(edges[i])
			have = have.Add(edges[i])
		}
	}
	due := make([]num.Int, len(refs))
	for i, r := range refs {
		if d := num.Min(ceilPPM(x, r.w), w.carried[i]); r.negative && f.follow(at, d) {
			due[i] = d
			need = need.Add(d)
		}
	}
	if have.Less(need) {
		have = have.Add(f.give(w, num.Min(need.Sub(have), w.value)))
	}
	for i, r := range refs {
		if p := num.Min(due[i], have); !p.IsZero() {
			next.kind = visitReturned
			edges[i] = p
			w.carried[i] = w.carried[i].Sub(p)
			have = have.Sub(p)
			f.arrive(r.post, p, next)
		}
	}
	y := num.Min(x, have)
	f.credit(w, have.Sub(y))
	f.visit(id, w, at, y, edges)
	return y
}

// parts divides an amount among authors: the first has the rest.
func parts(authors []author, z num.Int) []num.Int {
	out := make([]num.Int, len(authors))
	rest := z
	for i := 1; i < len(authors); i++ {
		out[i] = z.PPM(authors[i].w)
		rest = rest.Sub(out[i])
	}
	out[0] = rest
	return out
}

// credit gives an amount to a post and its authors.
func (f *flow) credit(w *worth, z num.Int) {
	if z.IsZero() {
		return
	}
	w.value = w.value.Add(z)
	for i, x := range parts(w.post.authors, z) {
		l := f.account(w.post.authors[i].a)
		l.gained = l.gained.Add(x)
	}
}

// give asks the authors for an amount, and says what came.
func (f *flow) give(w *worth, z num.Int) (e num.Int) {
	if z.IsZero() {
		return e
	}
	for i, x := range parts(w.post.authors, z) {
		l := f.account(w.post.authors[i].a)
		x = num.Min(x, l.spare.Add(l.gained).Sub(l.gave))
		l.gave = l.gave.Add(x)
		e = e.Add(x)
	}
	w.value = w.value.Sub(e)
	return e
}

// visit stores a visit that moved something (forum §8).
func (f *flow) visit(id wire.Hash, w *worth, at step, amount num.Int, edges []num.Int) {
	moved, carried := !amount.IsZero(), false
	for _, e := range edges {
		carried = carried || !e.IsZero()
	}
	if !moved && !carried {
		return
	}
	if !carried {
		edges = nil
	}
	w.visits++
	cause := ""
	if at.from == (wire.Hash{}) {
		cause = f.cause
	}
	f.c.State.Set(key(routeForum, forumVisits, f.book, id, w.visits), enc(func(e *cbor.Enc) {
		e.Array(7).Uint(f.c.h.Height).Uint(at.kind).Bytes(at.from[:]).Uint(at.parent)
		wire.Amount(e, amount)
		e.Raw(amounts(edges...)).Text(cause)
	}))
}

// settle stores what the flow did, then changes balances.
func (f *flow) settle(arrived, taken num.Int) {
	c := f.c
	for _, id := range f.order {
		c.setWorth(f.book, id, f.posts[id])
	}
	c.addTotals(f.book, arrived, f.burned, taken)
	f.pay(f.burned.Add(taken))
}

func (c *Chain) setWorth(book int, id wire.Hash, w *worth) {
	carried := w.carried
	if sum(carried).IsZero() {
		carried = nil
	}
	c.State.Set(key(routeForum, forumWorth, book, id), enc(func(e *cbor.Enc) {
		e.Array(3)
		wire.Amount(e, w.value)
		e.Raw(amounts(carried...)).Uint(w.visits)
	}))
}

func sum(list []num.Int) (s num.Int) {
	for _, x := range list {
		s = s.Add(x)
	}
	return s
}

// addTotals adds to what has entered the posts of a book and left them.
func (c *Chain) addTotals(book int, entered, burned, taken num.Int) {
	k := key(routeForum, forumTotals, book)
	var t [3]num.Int
	if raw, ok := c.State.Get(k); ok {
		read(raw, "totals", func(d *cbor.Dec) {
			d.Array(3)
			t = [3]num.Int{wire.DecAmount(d), wire.DecAmount(d), wire.DecAmount(d)}
		})
	}
	c.State.Set(k, amounts(t[0].Add(entered), t[1].Add(burned), t[2].Add(taken)))
}

// pay changes the balances, net: givers to gainers, then the mint, then what burns.
func (f *flow) pay(burn num.Int) {
	var givers, gainers []transfer
	for _, a := range f.firsts {
		switch l := f.accounts[a]; l.gained.Cmp(l.gave) {
		case -1:
			givers = append(givers, transfer{a, l.gave.Sub(l.gained)})
		case 1:
			gainers = append(gainers, transfer{a, l.gained.Sub(l.gave)})
		}
	}
	g := 0
	for _, x := range givers {
		for ; !x.amount.IsZero() && g < len(gainers); g++ {
			n := num.Min(x.amount, gainers[g].amount)
			f.c.move(f.book, x.a, gainers[g].a, n)
			x.amount, gainers[g].amount = x.amount.Sub(n), gainers[g].amount.Sub(n)
			if !gainers[g].amount.IsZero() {
				break
			}
		}
		if !x.amount.IsZero() {
			f.c.burn(f.book, x.a, x.amount)
			burn = burn.Sub(x.amount)
		}
	}
	for _, x := range gainers[g:] {
		f.c.mint(f.book, x.a, x.amount)
	}
	f.c.mint(f.book, incinerator, burn)
}
