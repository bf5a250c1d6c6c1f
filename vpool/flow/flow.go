package flow

// Kind tells why a flow came to a post. Its numbers are kept by callers.
type Kind uint8

// The kinds. The first three bring REP, the others take it.
const (
	Minted    Kind = 1 // from outside: where the flow begins
	Donated   Kind = 2 // by a positive reference of a newer post
	Returned  Kind = 3 // by a newer post that had leached it, as that was taken from
	Leached   Kind = 4 // by a negative reference of a newer post
	Reclaimed Kind = 5 // by a newer post that had donated it, as that was taken from
	Taken     Kind = 6 // to outside: where the flow begins
)

// String is the kind's name.
func (k Kind) String() string {
	switch k {
	case Minted:
		return "minted"
	case Donated:
		return "donated"
	case Returned:
		return "returned"
	case Leached:
		return "leached"
	case Reclaimed:
		return "reclaimed"
	case Taken:
		return "taken"
	}
	return "kind?"
}

// MarshalText gives the kind's name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Brings reports whether the kind brings REP to the post.
func (k Kind) Brings() bool { return k <= Returned }

// Visit is one coming of a flow to a post.
type Visit struct {
	Post   int
	Parent int  // visit of the newer post that it came from; −1 where the flow begins
	Edge   int  // of the parent's references; −1 where the flow begins
	Depth  int  // references between here and where the flow begins
	Kind   Kind // brings or takes
	Amount Amount
	// Edges has what each of the post's references carried for it: outward where
	// the kind brings REP, back where it takes.
	Edges []Amount
}

// Account is what a flow changed for an author.
type Account struct {
	Author int
	Gained Amount
	Given  Amount
	spare  Amount // what it could give now
}

// Flow is amounts on their way through posts. Depth, Visits, Post and Spare are
// the caller's; the others are results. One Flow may serve several Arrive and
// Take, whose results add up.
type Flow struct {
	Depth  int                     // references in a row that are followed
	Visits int                     // references that are followed, together; counts down
	Post   func(i int) *Post       // post i, which the flow changes; the same for the same i
	Spare  func(author int) Amount // what an author could give before the flow

	Visited  []Visit // in the order in which they began; those that moved nothing included
	Accounts []Account
	Burned   Amount // what arrived at the incinerator

	accounts map[int]int // author → place in Accounts
}

// Arrive lets an amount from outside arrive at a post.
func (f *Flow) Arrive(post int, x Amount) {
	f.arrive(Visit{Post: post, Parent: -1, Edge: -1, Kind: Minted, Amount: x})
}

// Take takes an amount from a post to the outside, at most what it gained and
// what its authors can give, and returns how much that was.
func (f *Flow) Take(post int, x Amount) Amount {
	return f.take(Visit{Post: post, Parent: -1, Edge: -1, Kind: Taken, Amount: x})
}

// arrive is the coming of v.Amount to a post.
func (f *Flow) arrive(v Visit) {
	if v.Amount.IsZero() {
		return
	}
	if v.Post == Incinerator {
		f.Burned = add(f.Burned, v.Amount)
		return
	}
	p := f.Post(v.Post)
	here := f.visit(v, p)
	rest := v.Amount
	var leached Amount
	for k, r := range p.References {
		if want := r.outward(v.Amount); r.PPM < 0 && f.follow(v.Depth, want) {
			got := f.take(f.onward(here, k, Leached, want))
			p.Carried[k] = add(p.Carried[k], got)
			leached = add(leached, got)
			f.Visited[here].Edges[k] = got
		}
	}
	for k, r := range p.References {
		if give := r.outward(v.Amount); r.PPM > 0 && f.follow(v.Depth, give) {
			p.Carried[k] = add(p.Carried[k], give)
			rest = sub(rest, give) // the weights add up to a million at most
			f.Visited[here].Edges[k] = give
			f.arrive(f.onward(here, k, Donated, give))
		}
	}
	f.credit(p, add(rest, leached))
}

// take takes v.Amount, or what there is of it, from a post. First it reclaims
// what the post donated; then the authors give what is missing; what comes
// together so goes first to the posts that it leached, in order, then to the
// taker. It returns the taker's part.
func (f *Flow) take(v Visit) Amount {
	if v.Post == Incinerator {
		return Amount{}
	}
	p := f.Post(v.Post)
	x := minimum(v.Amount, p.Gained())
	if x.IsZero() {
		return x
	}
	here := f.visit(v, p)
	var have Amount
	for k, r := range p.References {
		if want := minimum(r.back(x), p.Carried[k]); r.PPM > 0 && f.follow(v.Depth, want) {
			got := f.take(f.onward(here, k, Reclaimed, want))
			p.Carried[k] = sub(p.Carried[k], got)
			have = add(have, got)
			f.Visited[here].Edges[k] = got
		}
	}
	// The references that return are counted as followed before any does, so
	// that what they need is known when the authors are asked.
	need := x
	returns := make([]Amount, len(p.References))
	for k, r := range p.References {
		if want := minimum(r.back(x), p.Carried[k]); r.PPM < 0 && f.follow(v.Depth, want) {
			returns[k] = want
			need = add(need, want)
		}
	}
	if have.Lt(&need) {
		have = add(have, f.give(p, sub(need, have)))
	}
	for k := range returns {
		pay := minimum(returns[k], have)
		if pay.IsZero() {
			continue
		}
		p.Carried[k], have = sub(p.Carried[k], pay), sub(have, pay)
		f.Visited[here].Edges[k] = pay
		f.arrive(f.onward(here, k, Returned, pay))
	}
	x = minimum(x, have)
	f.Visited[here].Amount = x
	// Reclaiming rounds up, so that a few units more may have come than were
	// needed: they are the authors'.
	f.credit(p, sub(have, x))
	return x
}

// visit notes a coming and returns its place in Visited.
func (f *Flow) visit(v Visit, p *Post) int {
	v.Edges = make([]Amount, len(p.References))
	f.Visited = append(f.Visited, v)
	return len(f.Visited) - 1
}

// onward is the visit that reference k of the post of a visit leads to.
func (f *Flow) onward(from, k int, kind Kind, x Amount) Visit {
	v := &f.Visited[from]
	return Visit{
		Post: f.Post(v.Post).References[k].To, Parent: from, Edge: k, Depth: v.Depth + 1, Kind: kind, Amount: x,
	}
}

// follow reports whether a reference is followed from a depth for an amount,
// and counts it.
func (f *Flow) follow(depth int, x Amount) bool {
	if x.IsZero() || depth >= f.Depth || f.Visits <= 0 {
		return false
	}
	f.Visits--
	return true
}

// credit gives an amount to the authors of a post by weight, and what rounding
// leaves to the first.
func (f *Flow) credit(p *Post, x Amount) {
	if x.IsZero() {
		return
	}
	p.Value = add(p.Value, x)
	for j, part := range p.parts(x) {
		a := f.account(p.Authors[j].Of)
		a.Gained, a.spare = add(a.Gained, part), add(a.spare, part)
	}
}

// give asks the authors of a post for an amount, at most its value: each for
// its part by weight, of which it gives what it has to spare. It returns what
// came.
func (f *Flow) give(p *Post, x Amount) (given Amount) {
	x = minimum(x, p.Value)
	for j, part := range p.parts(x) {
		a := f.account(p.Authors[j].Of)
		part = minimum(part, a.spare)
		a.Given, a.spare = add(a.Given, part), sub(a.spare, part)
		given = add(given, part)
	}
	p.Value = sub(p.Value, given)
	return given
}

// parts divides an amount by the authors' weights; the first has the rest.
func (p *Post) parts(x Amount) []Amount {
	out := make([]Amount, len(p.Authors))
	rest := x
	for j := 1; j < len(p.Authors); j++ {
		out[j] = shareDown(x, uint64(p.Authors[j].PPM))
		rest = sub(rest, out[j])
	}
	out[0] = rest
	return out
}

// account is the author's entry, made at its first change.
func (f *Flow) account(author int) *Account {
	i, ok := f.accounts[author]
	if !ok {
		if f.accounts == nil {
			f.accounts = map[int]int{}
		}
		i = len(f.Accounts)
		f.accounts[author] = i
		f.Accounts = append(f.Accounts, Account{Author: author, spare: f.Spare(author)})
	}
	return &f.Accounts[i]
}
