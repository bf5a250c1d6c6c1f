package forum

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
	"probity/vpool/flow"
)

// Why asks for the history of a post's value.
type Why struct {
	Post   keys.Hash `json:"post"`
	Book   rep.Book  `json:"book"`   // 0: wREP
	Limit  int       `json:"limit"`  // at most 1000; 0: 100
	Cursor string    `json:"cursor"` // of the answer before
}

// Explanation is the history of a post's value: its changes add up to it.
type Explanation struct {
	Post    keys.Hash    `json:"post"`
	Book    rep.Book     `json:"book"`
	Initial types.Amount `json:"initial"` // of a block that nothing has come to: what its producer minted
	Value   types.Amount `json:"value"`
	Changes []Change     `json:"changes"`
	Cursor  string       `json:"cursor"` // of the next changes; empty: there are none
}

// Change is one coming of a flow to a post.
type Change struct {
	Number uint64       `json:"number"` // among those of the post
	Height types.Height `json:"height"`
	Kind   flow.Kind    `json:"kind"`
	Amount types.Amount `json:"amount"` // that arrived or was taken
	Change string       `json:"change"` // of the value, with its sign: the amount and what the references carried for it
	Cause  string       `json:"cause"`  // of the flow
	Path   []keys.Hash  `json:"path"`   // from where the flow began to the post
	Edges  []Carried    `json:"edges"`  // what the post's references carried for it
}

// Carried is what one reference carried for a change.
type Carried struct {
	Post   keys.Hash    `json:"post"`
	Kind   flow.Kind    `json:"kind"` // as that post sees it
	Amount types.Amount `json:"amount"`
}

// explain traces every unit of a post's value to the mint that made it.
func explain(c *route.Ctx, q Why) (*Explanation, error) {
	p, ok := find(c, q.Post)
	if !ok {
		return nil, nil
	}
	if q.Book == 0 {
		q.Book = rep.WREP
	}
	from, limit, err := page(q.Cursor, q.Limit)
	if err != nil || !q.Book.Valid() {
		return nil, ErrCursor
	}
	w := worthOf(c, q.Book, q.Post)
	out := &Explanation{Post: q.Post, Book: q.Book, Value: w.Value, Changes: []Change{}}
	if q.Book == rep.WREP && !posts.Has(c, q.Post) {
		out.Initial = minted(c, q.Post)
	}
	visits.RangeFrom(c, nth{q.Book, q.Post, from}, func(k nth, v visit) bool {
		if k.Book != q.Book || k.Post != q.Post {
			return false
		}
		if len(out.Changes) == limit {
			out.Cursor = cursor(k.Number)
			return false
		}
		out.Changes = append(out.Changes, changeOf(c, q.Book, p, k, v))
		return true
	})
	return out, nil
}

func changeOf(r state.Reader, book rep.Book, p post, k nth, v visit) Change {
	out := Change{
		Number: k.Number, Height: v.Height, Kind: v.Kind, Amount: v.Amount, Edges: []Carried{},
	}
	out.Cause, out.Path = origin(r, book, k.Post, v)
	plus, minus := v.change(p)
	if plus.Less(minus) {
		out.Change = "-" + minus.Sub(plus).String()
	} else {
		out.Change = "+" + plus.Sub(minus).String()
	}
	for i, amt := range v.Edges {
		if amt.IsZero() {
			continue
		}
		kind := flow.Donated
		switch negative := p.References[i].PPM < 0; {
		case negative && v.Kind.Brings():
			kind = flow.Leached
		case negative:
			kind = flow.Returned
		case !v.Kind.Brings():
			kind = flow.Reclaimed
		}
		out.Edges = append(out.Edges, Carried{Post: p.References[i].Post, Kind: kind, Amount: amt})
	}
	return out
}

// change is by how much a visit changed the post's value, as what it added and
// what it took: bringing adds the amount and what was leached and takes what
// was donated; taking takes the amount and what returned and adds what was
// reclaimed.
func (v *visit) change(p post) (plus, minus types.Amount) {
	for i, amt := range v.Edges {
		if (p.References[i].PPM < 0) == v.Kind.Brings() {
			plus = plus.Add(amt)
		} else {
			minus = minus.Add(amt)
		}
	}
	if v.Kind.Brings() {
		return plus.Add(v.Amount), minus
	}
	return plus, minus.Add(v.Amount)
}

// origin follows a visit to where its flow began; a flow is at most 8 deep.
func origin(r state.Reader, book rep.Book, id keys.Hash, v visit) (cause string, path []keys.Hash) {
	path = []keys.Hash{id}
	for v.Parent != 0 {
		path = append([]keys.Hash{v.From}, path...)
		v, _ = visits.Get(r, nth{book, v.From, v.Parent})
	}
	return v.Cause, path
}
