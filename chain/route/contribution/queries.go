package contribution

import (
	"fmt"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// All asks for what needs no parameters.
type All struct{}

// Page asks for a part of a list.
type Page struct {
	Cursor string `json:"cursor"` // of the answer before; empty: the beginning
	Limit  int    `json:"limit"`  // at most 1,000; 0: 100
}

func (q *Page) limit() int {
	if q.Limit <= 0 {
		return 100
	}
	return min(q.Limit, 1000)
}

// Points are the leaves of the last tree that was minted by.
type Points struct {
	Counting uint64 `json:"counting"`
	Commit   string `json:"commit"`
	Total    uint64 `json:"total"` // micropoints
	Leaves   []Leaf `json:"leaves"`
	Cursor   string `json:"cursor"` // of the next page; empty: this is the last
}

func points(c *route.Ctx, q Page) (*Points, error) {
	sum, _ := totals.Get(c)
	r, ok := history.Get(c, sum.Shown)
	if !ok {
		return nil, nil
	}
	out := &Points{Counting: r.Number, Commit: fmt.Sprintf("%x", []byte(r.Commit)), Total: r.Points, Leaves: []Leaf{}}
	pages.RangePrefix(c, place{Run: r.Number}, 1, func(_ place, list []Leaf) bool {
		for _, l := range list {
			if l.Identity <= q.Cursor {
				continue
			}
			if len(out.Leaves) == q.limit() {
				out.Cursor = out.Leaves[len(out.Leaves)-1].Identity
				return false
			}
			out.Leaves = append(out.Leaves, l)
		}
		return true
	})
	return out, nil
}

// OfLink asks about an identity, or about an account.
type OfLink struct {
	Identity string        `json:"identity"`
	Address  *keys.Address `json:"address"`
}

// LinkView is an identity and its accounts.
type LinkView struct {
	Identity string         `json:"identity"`
	State    string         `json:"state"`   // unlinked, pending, linked
	Waits    keys.Address   `json:"waits"`   // where its part waits while unlinked
	Listed   []keys.Address `json:"listed"`  // by the last tree
	Linked   []keys.Address `json:"linked"`  // that signed as well
	Earns    *keys.Address  `json:"earns"`   // null while unlinked
	Minted   types.Amount   `json:"minted"`  // ever, whoever has it now
	Escrow   types.Amount   `json:"escrow"`  // waits
	Adopted  bool           `json:"adopted"` // its REP has moved to the account
}

func linksOf(c *route.Ctx, q OfLink) ([]LinkView, error) {
	list := []string{}
	if q.Identity != "" {
		list = append(list, q.Identity)
	}
	if q.Address != nil {
		of := identities(c, *q.Address)
		list = append(list, of[:min(len(of), AddressesMax)]...)
	}
	out := []LinkView{}
	for _, identity := range list {
		l, _ := links.Get(c, identity)
		v := LinkView{
			Identity: identity, State: "unlinked", Waits: keys.IdentityAddress(identity), Minted: MintedTo(c, identity),
			Listed: append([]keys.Address{}, l.Addresses...), Linked: append([]keys.Address{}, l.Linked...), Adopted: !l.To.IsZero() && l.Adopted == l.To,
		}
		v.Escrow = Shares(c, v.Waits)
		if !l.To.IsZero() {
			v.State, v.Earns = "linked", &l.To
		} else {
			claims.RangePrefix(c, claim{Identity: keys.Sum([]byte(identity))}, 1, func(claim, claimed) bool {
				v.State = "pending"
				return false
			})
		}
		out = append(out, v)
	}
	return out, nil
}

// Status is where the counting is, and what the next may mint.
type Status struct {
	Counting   uint64       `json:"counting"`
	Stage      Stage        `json:"stage"`
	Repo       string       `json:"repo"`
	Branch     string       `json:"branch"`
	Commit     string       `json:"commit"`
	Rules      keys.Hash    `json:"rules"` // of that counting
	Subject    keys.Hash    `json:"subject"`
	Triggered  types.Time   `json:"triggered"`
	Deadline   types.Time   `json:"deadline"` // of the stage; 0: it is over
	Hash       keys.Hash    `json:"hash"`
	Pages      uint64       `json:"pages"`
	Shown      uint64       `json:"shown"`
	Before     types.Amount `json:"before"` // shares of owners with points
	Minted     types.Amount `json:"minted"`
	Clamped    bool         `json:"clamped"`
	Total      types.Amount `json:"total"`      // shares
	Owed       types.Amount `json:"owed"`       // gREP
	NextFrom   types.Time   `json:"nextFrom"`   // when a counting can be asked for
	NextAtMost types.Amount `json:"nextAtMost"` // shares that it can mint
}

func status(c *route.Ctx, _ All) (Status, error) {
	r, _ := current.Get(c)
	sum, _ := totals.Get(c)
	out := Status{
		Counting: r.Number, Stage: r.Stage, Repo: r.Repo, Branch: r.Branch, Commit: fmt.Sprintf("%x", []byte(r.Commit)),
		Rules: r.Rules, Subject: r.Subject, Triggered: r.Triggered, Deadline: r.Deadline, Hash: r.Hash,
		Pages: r.Manifest.Pages(), Shown: r.Shown, Before: r.Before, Minted: r.Minted, Clamped: r.Clamped,
		Total: sum.Minted, Owed: sum.Owed, NextAtMost: Initial.Amount(c),
	}
	if sum.Last != 0 {
		out.NextFrom = sum.Last + types.Time(Interval.Get(c))
	}
	if !sum.Minted.IsZero() {
		out.NextAtMost = sum.Minted.OfPPM(Growth.PPM(c))
	}
	return out, nil
}

// Holders is a part of the book of shares.
type Holders struct {
	Total   types.Amount `json:"total"`
	Holders []HolderView `json:"holders"`
	Cursor  string       `json:"cursor"`
}

// HolderView is the shares of an account.
type HolderView struct {
	Address  keys.Address `json:"address"`
	Amount   types.Amount `json:"amount"`
	Identity string       `json:"identity"` // for which they wait; empty: they are the account's
}

func holdings(c *route.Ctx, q Page) (Holders, error) {
	var from keys.Address
	if q.Cursor != "" {
		if err := from.UnmarshalText([]byte(q.Cursor)); err != nil {
			return Holders{}, ErrForm.With("not a cursor of this list")
		}
	}
	out := Holders{Total: Total(c), Holders: []HolderView{}}
	shares.RangeFrom(c, from, func(a keys.Address, amt types.Amount) bool {
		if len(out.Holders) == q.limit() {
			out.Cursor = a.String()
			return false
		}
		identity, _ := escrows.Get(c, a)
		out.Holders = append(out.Holders, HolderView{Address: a, Amount: amt, Identity: identity})
		return true
	})
	return out, nil
}

// GateQuery asks whether a merge may happen. Author and approvers are addresses
// or identities.
type GateQuery struct {
	Repo      string   `json:"repo"`
	Branch    string   `json:"branch"`
	Author    string   `json:"author"` // may be empty
	Approvers []string `json:"approvers"`
}

// GateAnswer tells how the approvals weigh.
type GateAnswer struct {
	Open      bool         `json:"open"`
	Required  types.PPM    `json:"requiredPpm"`
	Approving types.PPM    `json:"approvingPpm"` // rounded down
	Amount    types.Amount `json:"amount"`       // shares behind the approvals
	Total     types.Amount `json:"total"`
	Unknown   []string     `json:"unknown"` // approvers that are linked to no account
}

func gate(c *route.Ctx, q GateQuery) (*GateAnswer, error) {
	r, ok := requirements.Get(c, branch{repoRef(q.Repo), q.Branch})
	if !ok {
		return nil, nil
	}
	if len(q.Approvers) > voicesMax {
		return nil, ErrForm.With("%d approvers, at most %d", len(q.Approvers), voicesMax)
	}
	out := &GateAnswer{Required: r.PPM, Unknown: []string{}}
	var accounts []keys.Address
	for _, text := range q.Approvers {
		of := accountsOf(c, text)
		if len(of) == 0 {
			out.Unknown = append(out.Unknown, text)
		}
		accounts = append(accounts, of...)
	}
	var author keys.Address
	if of := accountsOf(c, q.Author); len(of) > 0 {
		author = of[0]
	}
	w := weigh(c, author, accounts)
	out.Open, out.Approving, out.Amount, out.Total = w.enough(r.PPM), w.ppm(), w.Approving, w.Total
	return out, nil
}

// accountsOf are the accounts behind an address or an identity (A-G8: all of
// them).
func accountsOf(c *route.Ctx, text string) []keys.Address {
	if a, err := keys.ParseAddress(text); err == nil {
		return []keys.Address{a}
	}
	l, _ := links.Get(c, text)
	return l.Linked
}

func limitsOf(c *route.Ctx, _ All) (*Limits, error) {
	l, ok := limits.Get(c)
	if !ok {
		return nil, nil
	}
	return &l, nil
}

// Rules are how contributions are counted.
type Rules struct {
	Repo     string       `json:"repo"`
	Branch   string       `json:"branch"`
	Text     string       `json:"text"` // canonical
	Hash     keys.Hash    `json:"hash"` // of it
	Exclude  []string     `json:"exclude"`
	Multiply []Multiplier `json:"multiply"`
}

func rulesOf(c *route.Ctx, _ All) (Rules, error) {
	main, _ := repository.Get(c)
	p, _ := policies.Get(c)
	return Rules{
		Repo: main.Repo, Branch: main.Branch, Text: rulesText(c), Hash: rulesHash(c),
		Exclude: append([]string{}, p.Exclude...), Multiply: append([]Multiplier{}, p.Multiply...),
	}, nil
}

// From asks for orders from a number on.
type From struct {
	From  uint64 `json:"from"`
	Limit int    `json:"limit"`
}

// Numbered is an order with its number and the key of its proof.
type Numbered struct {
	Number uint64      `json:"number"`
	Key    types.Bytes `json:"key"` // in the state
	Instruction
}

func listOrders(c *route.Ctx, q From) ([]Numbered, error) {
	p := Page{Limit: q.Limit}
	out := []Numbered{}
	orders.RangeFrom(c, q.From, func(n uint64, o Instruction) bool {
		out = append(out, Numbered{Number: n, Key: OrderKey(n), Instruction: o})
		return len(out) < p.limit()
	})
	return out, nil
}

// Document is a credential and whether it is overdue to be changed.
type Document struct {
	Document string `json:"document"`
	Credential
	State   string `json:"state"` // sealed, granted
	Overdue bool   `json:"overdue"`
}

func listDocuments(c *route.Ctx, _ All) ([]Document, error) {
	out := []Document{}
	documents.Range(c, func(name string, d Credential) bool {
		v := Document{Document: name, Credential: d, State: "sealed"}
		if !d.To.IsZero() {
			v.State = "granted"
			v.Overdue = d.Granted+types.Time(ResetTime.Get(c)) < c.Block.Time
		}
		out = append(out, v)
		return true
	})
	return out, nil
}

// sample proposes what owners do: transfers, approvals, countings.
func sample(s *route.Sampler) {
	if len(s.Accounts) == 0 {
		return
	}
	n := uint64(len(s.Accounts))
	from, other := s.Accounts[s.Draw(n)], s.Accounts[s.Draw(n)]
	emit := func(id uint16, body any) { s.Emit(from, types.Msg{Route: ID, ID: id, Body: codec.MustMarshal(body)}) }
	main, ok := repository.Get(s.Ctx)
	commit := make([]byte, 20)
	commit[0] = byte(s.Draw(4))
	switch {
	case !ok || s.Draw(3) == 0:
		emit(2, Transfer{To: other, Amount: types.NewAmount(1 + s.Draw(1000))})
	case s.Draw(2) == 0:
		emit(4, Approve{Repo: main.Repo, Branch: main.Branch, Head: commit, Author: other})
	default:
		emit(20, Trigger{Repo: main.Repo, Commit: commit})
	}
}
