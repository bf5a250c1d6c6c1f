package forum

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
	"probity/vpool/flow"
)

// Causes of flows that the forum sets off itself.
const (
	causeValidated = "validated" // a pool accepted the post
	causeContract  = "contract"  // the author share of the work contract
)

// end lets what accepted pools minted flow, at most `forum.flows` of it, and
// notes which work contract the block's author share is for: pools run before.
func end(c *route.Ctx) {
	left := Flows.Get(c)
	queue.Range(c, func(n uint64, d due) bool {
		if left == 0 {
			return false
		}
		left--
		queue.Delete(c, n)
		arrive(c, rep.WREP, d.Post, d.Amount, causeValidated)
		return true
	})
	now := pool.WorkContract(c)
	last, _ := current.Get(c)
	if now == last {
		return
	}
	if !last.IsZero() {
		contracts.Set(c, last, c.Block.Height)
	}
	if !now.IsZero() {
		contracts.Set(c, now, 0)
	}
	current.Set(c, now)
}

// boundary lets the author shares of the epoch flow from the posts of the work
// contracts (F9). A contract that ended is forgotten when the last of its
// blocks has settled.
func boundary(c *route.Ctx) {
	settled := c.Block.Height - min(c.Block.Height, types.Height(pool.Window.Get(c)))
	contracts.Range(c, func(id keys.Hash, ended types.Height) bool {
		if _, ok := find(c, id); ok {
			arrive(c, rep.WREP, id, pool.TakeAuthor(c, id), causeContract)
		}
		if ended != 0 && ended <= settled {
			contracts.Delete(c, id)
		}
		return true
	})
}

// reward lets REP arrive at a post in the name of the legislature.
func reward(c *route.Ctx, m Reward) error {
	if err := flowing(c, m.Post, m.Cause); err != nil {
		return err
	}
	if !m.Book.Valid() || m.Book == rep.GREP && !rep.GovernanceOpen(c) {
		return ErrBook
	}
	arrive(c, m.Book, m.Post, m.Amount, m.Cause)
	return nil
}

// leach takes wREP from a post in the name of the court; what comes burns.
func leach(c *route.Ctx, m Leach) error {
	if err := flowing(c, m.Post, m.Cause); err != nil {
		return err
	}
	keep(c, m.Post)
	f := newFlow(c, rep.WREP)
	taken := types.AmountOf(ptr(f.Take(f.index(m.Post), *m.Amount.Int())))
	f.settle(types.Amount{}, taken, m.Cause)
	c.Emit("leached", "post", m.Post, "amount", taken, "cause", m.Cause)
	return nil
}

// flowing refuses a flow that has nowhere to begin.
func flowing(c *route.Ctx, id keys.Hash, cause string) error {
	if len(cause) > CauseMax {
		return ErrCause.For(len(cause), CauseMax)
	}
	if _, ok := find(c, id); !ok {
		return ErrPost.With("there is no post %s", id)
	}
	return nil
}

// arrive lets an amount arrive at a post, which exists.
func arrive(c *route.Ctx, book rep.Book, id keys.Hash, amount types.Amount, cause string) {
	if amount.IsZero() {
		return
	}
	keep(c, id)
	f := newFlow(c, book)
	f.Arrive(f.index(id), *amount.Int())
	burned := types.AmountOf(&f.Burned)
	f.settle(amount, types.Amount{}, cause)
	c.EmitAs(Name, "flow", "post", id, "book", book.String(), "amount", amount, "burned", burned,
		"visits", len(f.Visited), "cause", cause)
}

// stream is a vpool/flow over the state.
type stream struct {
	flow.Flow
	c    *route.Ctx
	book rep.Book

	ids    []keys.Hash // of the posts, by their index
	places map[keys.Hash]int
	loaded []*flow.Post // by index; nil until asked for
	kept   []uint64     // visits kept, by index

	authors []keys.Address
	numbers map[keys.Address]int
}

func newFlow(c *route.Ctx, book rep.Book) *stream {
	s := &stream{c: c, book: book, places: map[keys.Hash]int{}, numbers: map[keys.Address]int{}}
	s.Depth, s.Visits = int(Depth.Get(c)), int(Visits.Get(c))
	s.Post = s.load
	s.Spare = func(author int) flow.Amount { return *book.Unexposed(c, s.authors[author]).Int() }
	return s
}

// index is the number of a post in this flow.
func (s *stream) index(id keys.Hash) int {
	if id == Incinerator {
		return flow.Incinerator
	}
	i, ok := s.places[id]
	if !ok {
		i = len(s.ids)
		s.places[id] = i
		s.ids, s.loaded, s.kept = append(s.ids, id), append(s.loaded, nil), append(s.kept, 0)
	}
	return i
}

// number is the number of an author's account in this flow.
func (s *stream) number(author keys.Address) int {
	a := account(s.c, author)
	n, ok := s.numbers[a]
	if !ok {
		n = len(s.authors)
		s.numbers[a] = n
		s.authors = append(s.authors, a)
	}
	return n
}

// load reads a post that a flow comes to.
func (s *stream) load(i int) *flow.Post {
	if s.loaded[i] != nil {
		return s.loaded[i]
	}
	p, ok := find(s.c, s.ids[i])
	if !ok {
		panic(fmt.Sprintf("forum: post %s is referenced and not there", s.ids[i]))
	}
	w := worthOf(s.c, s.book, s.ids[i])
	out := &flow.Post{Value: *w.Value.Int(), Carried: make([]flow.Amount, len(p.References))}
	for k := range w.Carried {
		out.Carried[k] = *w.Carried[k].Int()
	}
	for _, a := range p.Authors {
		out.Authors = append(out.Authors, flow.Author{Of: s.number(a.Address), PPM: uint32(a.PPM)})
	}
	for _, r := range p.References {
		out.References = append(out.References, flow.Reference{To: s.index(r.Post), PPM: r.PPM})
	}
	s.loaded[i], s.kept[i] = out, w.Visits
	return out
}

// worthOf is what a post is worth in a book. A block that is not kept is worth what
// its producer minted.
func worthOf(r state.Reader, book rep.Book, id keys.Hash) worth {
	w, ok := worths.Get(r, in{book, id})
	if !ok && book == rep.WREP && !posts.Has(r, id) {
		w.Value = minted(r, id)
	}
	return w
}

// minted is what the producer of a block that the pool has minted for it.
func minted(r state.Reader, id keys.Hash) types.Amount {
	b, _ := pool.Posted(r, id)
	return b.Minted
}

// settle writes what the flow did: visits, values, sums, then the balances of
// the authors. arrived came from outside, taken goes there and burns.
func (s *stream) settle(arrived, taken types.Amount, cause string) {
	s.keepVisits(cause)
	for i, p := range s.loaded {
		if p == nil {
			continue
		}
		w := worth{Value: types.AmountOf(&p.Value), Visits: s.kept[i], Carried: amounts(p.Carried)}
		worths.Set(s.c, in{s.book, s.ids[i]}, w)
	}
	burned := types.AmountOf(&s.Burned)
	t, _ := sums.Get(s.c, s.book)
	t.Entered = t.Entered.Add(arrived)
	t.Burned, t.Taken = t.Burned.Add(burned), t.Taken.Add(taken)
	sums.Set(s.c, s.book, t)
	s.pay(arrived, burned.Add(taken), cause)
}

// keepVisits writes the visits that moved something.
func (s *stream) keepVisits(cause string) {
	numbers := make([]uint64, len(s.Visited)) // of the kept ones, at their posts
	for n := range s.Visited {
		v := &s.Visited[n]
		edges := amounts(v.Edges)
		if v.Amount.IsZero() && len(edges) == 0 {
			continue
		}
		s.kept[v.Post]++
		numbers[n] = s.kept[v.Post]
		out := visit{Height: s.c.Block.Height, Kind: v.Kind, Amount: types.AmountOf(&v.Amount), Edges: edges, Cause: cause}
		if v.Parent >= 0 {
			out.From, out.Parent, out.Cause = s.ids[s.Visited[v.Parent].Post], numbers[v.Parent], ""
		}
		visits.Set(s.c, nth{s.book, s.ids[v.Post], numbers[n]}, out)
	}
}

// pay changes the authors' balances, by what each gained or gave in all, in the
// order in which the flow came to them: whoever gave more gives to those who
// gained more; what these are still due is minted, what is left burns.
func (s *stream) pay(arrived, burned types.Amount, cause string) {
	type change struct {
		of  keys.Address
		amt types.Amount
	}
	var givers, gainers []change
	for i := range s.Accounts {
		a := &s.Accounts[i]
		gained, given := types.AmountOf(&a.Gained), types.AmountOf(&a.Given)
		switch gained.Cmp(given) {
		case 1:
			gainers = append(gainers, change{s.authors[a.Author], gained.Sub(given)})
		case -1:
			givers = append(givers, change{s.authors[a.Author], given.Sub(gained)})
		}
	}
	for _, g := range givers {
		for !g.amt.IsZero() {
			to := change{rep.Incinerator, g.amt}
			if len(gainers) > 0 {
				to = gainers[0]
			}
			part := g.amt.Min(to.amt)
			if got := rep.Shift(s.c, s.book, g.of, to.of, part, cause); got != part {
				panic(fmt.Sprintf("forum: %s gave %s of %s", g.of, got, part)) // the flow asked for no more than it could spare
			}
			g.amt = g.amt.Sub(part)
			if len(gainers) == 0 {
				burned = burned.Sub(part)
			} else if gainers[0].amt = to.amt.Sub(part); gainers[0].amt.IsZero() {
				gainers = gainers[1:]
			}
		}
	}
	for _, g := range gainers {
		rep.Mint(s.c, s.book, g.of, g.amt, cause)
		arrived = arrived.Sub(g.amt)
	}
	rep.Mint(s.c, s.book, rep.Incinerator, burned, cause)
	if arrived != burned {
		panic(fmt.Sprintf("forum: %s arrived beyond what authors gained, %s burned", arrived, burned))
	}
}

// amounts converts a list; none where all are zero.
func amounts(list []flow.Amount) (out []types.Amount) {
	zero := true
	for i := range list {
		out = append(out, types.AmountOf(&list[i]))
		zero = zero && list[i].IsZero()
	}
	if zero {
		return nil
	}
	return out
}

func ptr(a flow.Amount) *flow.Amount { return &a }
