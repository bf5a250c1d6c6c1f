package forum

import (
	"fmt"
	"strconv"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
)

// pageMax bounds a part of a list; pageUsual is what 0 asks for.
const (
	pageMax   = 1000
	pageUsual = 100
)

// Of asks about a post.
type Of struct {
	Post keys.Hash `json:"post"`
}

// None asks for what needs no parameters.
type None struct{}

// PostView is a post as it was published.
type PostView struct {
	Post       keys.Hash    `json:"post"`
	Number     uint64       `json:"number"` // in order of publication; 0: a block
	Height     types.Height `json:"height"`
	Time       types.Time   `json:"time"`
	Publisher  keys.Address `json:"publisher"`
	Content    keys.Hash    `json:"content"`
	Inline     types.Bytes  `json:"inline"`
	Authors    []AuthorView `json:"authors"`
	References []Reference  `json:"references"`
}

// AuthorView is an author of a post.
type AuthorView struct {
	Address keys.Address `json:"address"`
	Account keys.Address `json:"account"` // who earns: another only where Address is a linked identity
	PPM     types.PPM    `json:"ppm"`
}

// Worth is what a post is worth now.
type Worth struct {
	Post       keys.Hash    `json:"post"`
	Block      bool         `json:"block"` // a block of the chain
	WREP       types.Amount `json:"wrep"`
	GREP       types.Amount `json:"grep"`
	WREPGained types.Amount `json:"wrepGained"` // the most that can be taken
	GREPGained types.Amount `json:"grepGained"`
	Pool       uint64       `json:"pool"` // its open validation pool; 0: none
}

// Around asks for the references around a post.
type Around struct {
	Post   keys.Hash `json:"post"`
	Limit  int       `json:"limit"`  // of those that reference it, at most 1000; 0: 100
	Cursor string    `json:"cursor"` // of the answer before; empty: from the start
}

// Edge is a reference with what it carries.
type Edge struct {
	From keys.Hash    `json:"from"`
	To   keys.Hash    `json:"to"`
	PPM  int32        `json:"ppm"`
	WREP types.Amount `json:"wrep"` // leached where ppm is negative, else donated
	GREP types.Amount `json:"grep"`
}

// Neighbours is the answer to Around.
type Neighbours struct {
	References []Edge `json:"references"` // of the post, in order
	Citations  []Edge `json:"citations"`  // to the post, oldest first
	Cursor     string `json:"cursor"`     // of the next citations; empty: there are none
}

// Heights asks for the posts of a range of heights.
type Heights struct {
	From   types.Height `json:"from"`
	To     types.Height `json:"to"`     // the last; 0: no end
	Limit  int          `json:"limit"`  // posts, at most 1000; 0: 100
	Cursor string       `json:"cursor"` // of the answer before
}

// Node is a post in the graph.
type Node struct {
	Post      keys.Hash    `json:"post"`
	Number    uint64       `json:"number"`
	Height    types.Height `json:"height"`
	Publisher keys.Address `json:"publisher"`
	WREP      types.Amount `json:"wrep"`
	GREP      types.Amount `json:"grep"`
	Pool      uint64       `json:"pool"`
}

// Graph is a part of the graph. An edge may lead to a post that is no node of
// this part, to a block, or to the incinerator.
type Graph struct {
	Nodes  []Node `json:"nodes"`
	Edges  []Edge `json:"edges"`
	Cursor string `json:"cursor"` // of the next part; empty: there is none
}

// By asks for the posts of an author.
type By struct {
	Address keys.Address `json:"address"`
	Limit   int          `json:"limit"`
	Cursor  string       `json:"cursor"`
}

// List is a part of a list of posts.
type List struct {
	Posts  []Node `json:"posts"`
	Cursor string `json:"cursor"`
}

// Page asks for a part of a list.
type Page struct {
	Limit  int    `json:"limit"`
	Cursor string `json:"cursor"`
}

// Totals are the sums over all posts of a book.
type Totals struct {
	Book        rep.Book     `json:"book"`
	Posts       uint64       `json:"posts"`
	Value       types.Amount `json:"value"`
	Entered     types.Amount `json:"entered"`
	Burned      types.Amount `json:"burned"`
	Taken       types.Amount `json:"taken"`
	Incinerator keys.Hash    `json:"incinerator"`
}

func getPost(c *route.Ctx, q Of) (*PostView, error) {
	p, ok := find(c, q.Post)
	if !ok {
		return nil, nil
	}
	out := &PostView{
		Post: q.Post, Number: p.Number, Height: p.Height, Time: p.Time, Publisher: p.Publisher, Content: p.Content,
		Authors: []AuthorView{}, References: append([]Reference{}, p.References...),
	}
	out.Inline, _ = inlines.Get(c, q.Post)
	for _, a := range p.Authors {
		out.Authors = append(out.Authors, AuthorView{Address: a.Address, Account: account(c, a.Address), PPM: a.PPM})
	}
	return out, nil
}

func getWorth(c *route.Ctx, q Of) (*Worth, error) {
	p, ok := find(c, q.Post)
	if !ok {
		return nil, nil
	}
	out := &Worth{Post: q.Post, Block: p.Number == 0 && q.Post != Incinerator}
	out.Pool, _ = open.Get(c, q.Post)
	out.WREP, out.WREPGained = gained(c, rep.WREP, q.Post, p)
	out.GREP, out.GREPGained = gained(c, rep.GREP, q.Post, p)
	return out, nil
}

// gained is what a post is worth, and the most that can be taken of it.
func gained(r state.Reader, book rep.Book, id keys.Hash, p post) (value, most types.Amount) {
	w := worthOf(r, book, id)
	var leached types.Amount
	most = w.Value
	for k := range w.Carried {
		if p.References[k].PPM > 0 {
			most = most.Add(w.Carried[k])
		} else {
			leached = leached.Add(w.Carried[k])
		}
	}
	return w.Value, most.Sub(leached)
}

func getReferences(c *route.Ctx, q Around) (*Neighbours, error) {
	p, ok := find(c, q.Post)
	if !ok {
		return nil, nil
	}
	from, limit, err := page(q.Cursor, q.Limit)
	if err != nil {
		return nil, err
	}
	out := &Neighbours{References: edges(c, q.Post, p), Citations: []Edge{}}
	citations.RangeFrom(c, cited{q.Post, from}, func(k cited, id keys.Hash) bool {
		if k.Post != q.Post {
			return false
		}
		if len(out.Citations) == limit {
			out.Cursor = cursor(k.Number)
			return false
		}
		citing, _ := posts.Get(c, id)
		for _, e := range edges(c, id, citing) {
			if e.To == q.Post {
				out.Citations = append(out.Citations, e)
			}
		}
		return true
	})
	return out, nil
}

// edges are a post's references with what they carry.
func edges(r state.Reader, id keys.Hash, p post) []Edge {
	w := worthOf(r, rep.WREP, id)
	g := worthOf(r, rep.GREP, id)
	out := make([]Edge, len(p.References))
	for k, ref := range p.References {
		out[k] = Edge{From: id, To: ref.Post, PPM: ref.PPM}
		if k < len(w.Carried) {
			out[k].WREP = w.Carried[k]
		}
		if k < len(g.Carried) {
			out[k].GREP = g.Carried[k]
		}
	}
	return out
}

func getGraph(c *route.Ctx, q Heights) (Graph, error) {
	out := Graph{Nodes: []Node{}, Edges: []Edge{}}
	_, limit, _ := page("", q.Limit)
	from := at{Height: q.From}
	if q.Cursor != "" {
		if n, err := fmt.Sscanf(q.Cursor, "%d.%d", &from.Height, &from.Number); n != 2 || err != nil {
			return out, ErrCursor
		}
	}
	byHeight.RangeFrom(c, from, func(k at, id keys.Hash) bool {
		if q.To != 0 && k.Height > q.To {
			return false
		}
		if len(out.Nodes) == limit {
			out.Cursor = fmt.Sprintf("%d.%d", k.Height, k.Number)
			return false
		}
		p, _ := posts.Get(c, id)
		out.Nodes = append(out.Nodes, node(c, id, p))
		out.Edges = append(out.Edges, edges(c, id, p)...)
		return true
	})
	return out, nil
}

func node(r state.Reader, id keys.Hash, p post) Node {
	w := worthOf(r, rep.WREP, id)
	g := worthOf(r, rep.GREP, id)
	n := Node{Post: id, Number: p.Number, Height: p.Height, Publisher: p.Publisher, WREP: w.Value, GREP: g.Value}
	n.Pool, _ = open.Get(r, id)
	return n
}

func getAuthored(c *route.Ctx, q By) (List, error) {
	from, limit, err := page(q.Cursor, q.Limit)
	out := List{Posts: []Node{}}
	if err != nil {
		return out, err
	}
	authored.RangeFrom(c, wrote{q.Address, from}, func(k wrote, id keys.Hash) bool {
		if k.Author != q.Address {
			return false
		}
		if len(out.Posts) == limit {
			out.Cursor = cursor(k.Number)
			return false
		}
		p, _ := posts.Get(c, id)
		out.Posts = append(out.Posts, node(c, id, p))
		return true
	})
	return out, nil
}

func getValidating(c *route.Ctx, q Page) (List, error) {
	out := List{Posts: []Node{}}
	_, limit, _ := page("", q.Limit)
	var from keys.Hash
	if q.Cursor != "" {
		if err := from.UnmarshalText([]byte(q.Cursor)); err != nil {
			return out, ErrCursor
		}
	}
	open.RangeFrom(c, from, func(id keys.Hash, _ uint64) bool {
		if len(out.Posts) == limit {
			out.Cursor = id.String()
			return false
		}
		p, _ := posts.Get(c, id)
		out.Posts = append(out.Posts, node(c, id, p))
		return true
	})
	return out, nil
}

func getTotals(c *route.Ctx, _ None) ([]Totals, error) {
	n, _ := lastPost.Get(c)
	var out []Totals
	for _, b := range []rep.Book{rep.WREP, rep.GREP} {
		t, _ := sums.Get(c, b)
		out = append(out, Totals{
			Book: b, Posts: n, Value: t.Entered.Sub(t.Burned).Sub(t.Taken),
			Entered: t.Entered, Burned: t.Burned, Taken: t.Taken, Incinerator: Incinerator,
		})
	}
	return out, nil
}

// page reads a cursor that is a number, and a limit.
func page(text string, limit int) (from uint64, most int, err error) {
	if limit <= 0 {
		limit = pageUsual
	}
	if text != "" {
		if from, err = strconv.ParseUint(text, 10, 64); err != nil {
			return 0, 0, ErrCursor
		}
	}
	return from, min(limit, pageMax), nil
}

func cursor(n uint64) string { return strconv.FormatUint(n, 10) }
