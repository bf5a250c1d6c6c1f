package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"probity/chain/keys"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// ExplainParams ask where an account's REP came from.
type ExplainParams struct {
	Address keys.Address `json:"address" doc:"The account."`
	From    types.Height `json:"from,omitempty" doc:"First block; the genesis where it is left out."`
	To      types.Height `json:"to,omitempty" doc:"Last block; the latest where it is left out."`
	Limit   uint32       `json:"limit,omitempty" doc:"A page ends with the block in which it has so many changes; 100 where it is left out, 1,000 at most."`
	Cursor  string       `json:"cursor,omitempty" doc:"Go on where an earlier answer ended."`
}

// RepBooks is what an account has in both books.
type RepBooks struct {
	WREP types.Amount `json:"wrep"`
	GREP types.Amount `json:"grep"`
}

// RepChange is one change of an account's REP.
type RepChange struct {
	Height  types.Height  `json:"height"`
	Tx      *keys.Hash    `json:"tx"` // null: a rule of the block's own
	Book    rep.Book      `json:"book"`
	Kind    string        `json:"kind"` // genesis, minted, received, given, burned
	Gain    bool          `json:"gain"` // whether the balance rose by the amount, or fell
	Amount  types.Amount  `json:"amount"`
	Cause   string        `json:"cause"`   // as the rule calls it: produced, approved, validated, lost, court …
	Other   *keys.Address `json:"other"`   // who gave or received; null where nobody
	By      *types.Event  `json:"by"`      // what it was a part of: a pool that settled, a flow, a slash; null where nothing says
	Balance *types.Amount `json:"balance"` // after it; null where the states before and after the page are gone
}

// Explanation is a page of changes, and what they add up to: After is Before
// and the gains less the losses of Items, in each book.
type Explanation struct {
	From   types.Height `json:"from"`   // first block of the page
	To     types.Height `json:"to"`     // its last one
	Before *RepBooks    `json:"before"` // null where both states are gone
	After  *RepBooks    `json:"after"`
	Items  []RepChange  `json:"items"`
	Cursor *string      `json:"cursor"` // null where the range ended
}

// explainMax bounds the changes of a page, up to those of its last block.
const explainMax = 1000

func (s *Server) explainMethods() []Method {
	return []Method{
		Handle("rep_explain", "Every change of an account's REP with its cause, oldest first, by the events of final blocks.", s.repExplain).
			costs(20).errors("CURSOR", "PRUNED"),
	}
}

// repExplain walks whole blocks until it has a page, so that what it lists is
// the difference of two states.
func (s *Server) repExplain(ctx context.Context, p ExplainParams) (*Read[Explanation], error) {
	at := s.Backend.Finalized()
	next, to, limit := p.From, at.Height, int(min(p.Limit, explainMax))
	if p.To > 0 {
		to = min(to, p.To)
	}
	if limit == 0 {
		limit = 100
	}
	if p.Cursor != "" {
		pos, err := parsePosition(p.Cursor)
		if err != nil {
			return nil, err
		}
		next = pos.height
	}
	out := Explanation{From: next, To: to, Items: []RepChange{}}
	for seen := 0; next <= to && seen < scanMax && len(out.Items) < limit && ctx.Err() == nil; seen++ {
		items, err := s.changes(next, p.Address)
		if err != nil {
			return nil, err
		}
		out.Items, out.To = append(out.Items, items...), next
		next++
	}
	if next <= to {
		c := position{height: next}.String()
		out.Cursor = &c
	}
	return &Read[Explanation]{at, out}, s.balance(&out, p.Address)
}

// changes are those of a block; of the genesis, what it gave, while its state is
// there.
func (s *Server) changes(h types.Height, a keys.Address) (out []RepChange, err error) {
	if h == 0 {
		b, err := s.booksAt(0, a)
		if b == nil {
			return nil, err
		}
		if !b.WREP.IsZero() { // a genesis gives no gREP
			out = append(out, RepChange{Book: rep.WREP, Kind: "genesis", Gain: true, Amount: b.WREP, Cause: "genesis"})
		}
		return out, nil
	}
	all, err := s.eventsOf(h)
	if err != nil {
		return nil, err
	}
	for i, e := range all {
		c, ok, err := changeOf(e, a)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		c.By = partOf(all, i)
		out = append(out, c)
	}
	return out, nil
}

// changeOf reads an event of route rep; false where it is no change of a's.
func changeOf(e EventAt, a keys.Address) (c RepChange, ok bool, err error) {
	if e.Event.Route != "rep" || e.Event.Name != "mint" && e.Event.Name != "burn" && e.Event.Name != "move" {
		return c, false, nil
	}
	c = RepChange{Height: e.Height, Tx: e.Tx}
	var from, to keys.Address
	for _, at := range e.Event.Attrs {
		switch at.Key {
		case "book":
			err = errors.Join(err, c.Book.UnmarshalText([]byte(at.Value)))
		case "from":
			err = errors.Join(err, from.UnmarshalText([]byte(at.Value)))
		case "to":
			err = errors.Join(err, to.UnmarshalText([]byte(at.Value)))
		case "amount":
			err = errors.Join(err, c.Amount.UnmarshalText([]byte(at.Value)))
		case "cause":
			c.Cause = at.Value
		}
	}
	switch {
	case err != nil:
		return c, false, fmt.Errorf("event %s of block %d: %w", e.Event.Name, e.Height, err)
	case from == to || to == rep.Incinerator: // nothing changes; minted and destroyed at once
		return c, false, nil
	case to == a:
		c.Gain, c.Kind = true, "minted"
		if !from.IsZero() {
			c.Kind, c.Other = "received", &from
		}
		return c, true, nil
	case from == a:
		if c.Kind = "burned"; !to.IsZero() {
			c.Kind, c.Other = "given", &to
		}
		return c, true, nil
	}
	return c, false, nil
}

// partOf is what the change at i was made by: rules move REP first, and tell then
// what they did.
func partOf(all []EventAt, i int) *types.Event {
	for _, e := range all[i+1:] {
		if e.Tx != all[i].Tx {
			return nil
		}
		if e.Event.Route != "rep" && e.Event.Route != "bank" {
			return &e.Event
		}
	}
	return nil
}

// balance fills in what the account had, before and after the page and after
// each change, from a state that is still there. Where both are, they prove the
// page: it would be wrong, and is not answered, if it did not add up.
func (s *Server) balance(out *Explanation, a keys.Address) error {
	was, err := s.booksAt(max(out.From, 1)-1, a)
	if err != nil {
		return err
	}
	if out.From == 0 && was != nil {
		was = &RepBooks{} // what the genesis gave is the first change
	}
	is, err := s.booksAt(out.To, a)
	if err != nil || was == nil && is == nil {
		return err
	}
	ok := true
	if was == nil {
		before := *is
		for i := len(out.Items) - 1; i >= 0; i-- {
			ok = ok && before.add(&out.Items[i], true)
		}
		was = &before
	}
	now := *was
	for i := range out.Items {
		c := &out.Items[i]
		ok = ok && now.add(c, false)
		after := *now.of(c.Book)
		c.Balance = &after
	}
	if !ok || is != nil && now != *is {
		return fmt.Errorf("events of blocks %d to %d lead %s from %v to %v, which the states say otherwise", out.From, out.To, a, *was, now)
	}
	out.Before, out.After = was, &now
	return nil
}

// of is the balance of a book.
func (b *RepBooks) of(book rep.Book) *types.Amount {
	if book == rep.GREP {
		return &b.GREP
	}
	return &b.WREP
}

// add applies a change, or takes it back; false where there is less than it took.
func (b *RepBooks) add(c *RepChange, back bool) bool {
	have := b.of(c.Book)
	if c.Gain != back {
		*have = have.Add(c.Amount)
		return true
	}
	if have.Less(c.Amount) {
		return false
	}
	*have = have.Sub(c.Amount)
	return true
}

// booksAt is what the account had after a block; nil where its state is gone.
func (s *Server) booksAt(h types.Height, a keys.Address) (*RepBooks, error) {
	view, err := s.Backend.At(h)
	if errors.Is(err, ErrPruned) || errors.Is(err, ErrFuture) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer view.Close()
	in, err := json.Marshal(rep.Of{Address: a})
	if err != nil {
		return nil, err
	}
	v, err := view.Query("rep", "get", in)
	if err != nil {
		return nil, err
	}
	got, ok := v.(rep.Account)
	if !ok {
		return nil, fmt.Errorf("rep/get answers %T", v)
	}
	return &RepBooks{WREP: got.WREP, GREP: got.GREP}, nil
}
