package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"probity/chain/keys"
	"probity/chain/state/proof"
	"probity/chain/types"
)

// Read is the answer of every read: the block that it speaks of, and what
// there is; a null value is nothing found. Where the block itself is not
// there, the whole answer is null.
type Read[T any] struct {
	At    Point `json:"at"`
	Value T     `json:"value"`
}

// ChainStatus tells where the chain stands, as this node sees it.
type ChainStatus struct {
	Chain     string       `json:"chain"`
	Genesis   keys.Hash    `json:"genesis"`
	Version   uint32       `json:"version"` // protocol version in force
	Finalized Point        `json:"finalized"`
	Time      types.Time   `json:"time"`
	Epoch     types.Epoch  `json:"epoch"`
	View      types.View   `json:"view"`
	BaseFee   types.Amount `json:"baseFee"`
	Best      types.Height `json:"best"`
	Syncing   bool         `json:"syncing"`
}

// AtParams select a block.
type AtParams struct {
	At Selector `json:"at,omitempty" doc:"The block; the latest where it is left out."`
}

// BlockParams select a block and how its transactions are shown.
type BlockParams struct {
	At  Selector `json:"at,omitempty" doc:"The block; the latest where it is left out."`
	Txs string   `json:"txs,omitempty" doc:"hashes (default), raw or decoded."`
}

// Block is a block as it is shown.
type Block struct {
	Digest    keys.Hash           `json:"digest"`
	Header    types.Header        `json:"header"`
	Signature keys.Signature      `json:"signature"`
	Txs       []any               `json:"txs"` // hashes, raw bytes or decoded transactions
	Votes     []types.Certificate `json:"votes"`
	Views     []types.ViewRecord  `json:"views"`
}

// HeaderInfo is a header with its producer's signature and its digest.
type HeaderInfo struct {
	Digest    keys.Hash      `json:"digest"`
	Header    types.Header   `json:"header"`
	Signature keys.Signature `json:"signature"`
}

// HashParams name a transaction.
type HashParams struct {
	Hash keys.Hash `json:"hash" doc:"The transaction's hash, as tx_submit answered it."`
}

// EventsParams filter events.
type EventsParams struct {
	From   *types.Height `json:"from,omitempty" doc:"First height; the latest block where it is left out."`
	To     *types.Height `json:"to,omitempty" doc:"Last height; the latest block where it is left out."`
	Route  string        `json:"route,omitempty" doc:"Only events of this route."`
	Name   string        `json:"name,omitempty" doc:"Only events of this name."`
	Tx     *keys.Hash    `json:"tx,omitempty" doc:"Only events of this transaction."`
	Limit  uint32        `json:"limit,omitempty" doc:"At most so many; 100 where it is left out, 1,000 at most."`
	Cursor string        `json:"cursor,omitempty" doc:"Go on where an earlier answer ended."`
}

// EventAt is an event and where it happened.
type EventAt struct {
	Height types.Height `json:"height"`
	Tx     *keys.Hash   `json:"tx"` // null for events of the block's own rules
	Event  types.Event  `json:"event"`
}

// Events is a page of events.
type Events struct {
	Items  []EventAt `json:"items"`
	Cursor *string   `json:"cursor"` // null where the range ended
}

// ProofParams name a raw state key.
type ProofParams struct {
	Key types.Bytes `json:"key" doc:"A raw key of the state; docs/spec gives the layout of each route's keys."`
	At  Selector    `json:"at,omitempty" doc:"Block after which the state is read; the latest where it is left out."`
}

// Proven is a state value, or its absence, with the proof against a root.
type Proven struct {
	Root    keys.Hash   `json:"root"` // stateRoot of the block's header
	Exists  bool        `json:"exists"`
	Value   types.Bytes `json:"value"`   // 0x where there is none
	Proof   proof.Proof `json:"proof"`   // of presence or absence
	Encoded types.Bytes `json:"encoded"` // the proof in its one byte form
}

// scanMax bounds the blocks that one call of chain_getEvents looks at.
const scanMax = 1000

func (s *Server) chainMethods() []Method {
	return []Method{
		Handle("chain_status", "Where the chain stands, as this node sees it.", s.chainStatus),
		Handle("chain_getBlock", "A final block.", s.getBlock).costs(5).errors("SELECTOR", "PRUNED"),
		Handle("chain_getHeader", "A final block's header with its producer's signature.", s.getHeader).errors("SELECTOR", "PRUNED"),
		Handle("chain_getCertificate", "Why a block is final: a Finalization, and the headers from the block to the one that it names.", s.getCertificate).errors("SELECTOR", "PRUNED"),
		Handle("chain_getReceipt", "How a final transaction ended.", s.getReceipt).errors("PRUNED"),
		Handle("chain_getEvents", "Events of final blocks, oldest first.", s.getEvents).costs(20).errors("CURSOR", "PRUNED"),
		Handle("chain_getProof", "A raw value of the state with its proof against the header's stateRoot.", s.getProof).costs(5).errors("SELECTOR", "PRUNED"),
		Handle("chain_getState", "A page of the whole state, in key order: from an empty key on, page after page at one height, all of it.", s.getState).costs(20).errors("SELECTOR", "PRUNED"),
		Handle("chain_subscribe", "Pushes what happens, as chain_subscription notifications, over WebSocket. Answers the subscription's id.", s.subscribe).costs(subscribeWeight).streams().errors("TOPIC", "CURSOR", "CURSOR_EXPIRED", "TRANSPORT", "SUBSCRIPTIONS"),
		Handle("chain_unsubscribe", "Ends a subscription. False where there is none of this id.", s.unsubscribe).streams().errors("TRANSPORT"),
	}
}

func (s *Server) chainStatus(context.Context, None) (ChainStatus, error) {
	info, st := s.Backend.Info(), s.Backend.Status()
	return ChainStatus{
		Chain: info.Chain, Genesis: info.Genesis, Version: s.Backend.Version(), Finalized: s.Backend.Finalized(),
		Time: st.Time, Epoch: st.Epoch, View: st.View, BaseFee: s.Backend.BaseFee(), Best: st.Best, Syncing: st.Syncing,
	}, nil
}

// height is the height that a selector names; ok is false where there is no
// such final block.
func (s *Server) height(sel Selector) (h types.Height, ok bool, err error) {
	tip := s.Backend.Finalized().Height
	switch {
	case sel.height != nil:
		return *sel.height, *sel.height <= tip, nil
	case sel.hash != nil:
		return s.Backend.HeightOf(*sel.hash)
	}
	return tip, true, nil
}

// ask reads a route's state. The answer is null where the selector names no
// final block.
func (s *Server) ask(sel Selector, routeName, query string, in map[string]any) (any, error) {
	view, err := s.view(sel)
	if view == nil {
		return nil, err
	}
	defer view.Close()
	params, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	v, err := view.Query(routeName, query, params)
	if err != nil {
		return nil, err
	}
	return Read[any]{At: view.Point(), Value: v}, nil
}

// view opens the state at a selector; nil where there is no such block.
func (s *Server) view(sel Selector) (View, error) {
	h, ok, err := s.height(sel)
	if err != nil || !ok {
		return nil, err
	}
	view, err := s.Backend.At(h)
	if errors.Is(err, ErrFuture) {
		return nil, nil
	}
	return view, err
}

func (s *Server) getHeader(_ context.Context, p AtParams) (*Read[HeaderInfo], error) {
	h, ok, err := s.height(p.At)
	if err != nil || !ok {
		return nil, err
	}
	sh, err := s.Backend.Header(h)
	if err != nil || sh == nil {
		return nil, err
	}
	d := sh.Header.Digest()
	return &Read[HeaderInfo]{Point{h, d}, HeaderInfo{d, sh.Header, sh.Signature}}, nil
}

func (s *Server) getBlock(_ context.Context, p BlockParams) (*Read[Block], error) {
	h, ok, err := s.height(p.At)
	if err != nil || !ok {
		return nil, err
	}
	b, err := s.Backend.Block(h)
	if err != nil || b == nil {
		return nil, err
	}
	out := Block{
		Digest: b.Digest(), Header: b.Header, Signature: b.Signature,
		Txs: make([]any, len(b.Body.Txs)), Votes: b.Body.Votes, Views: b.Body.Views,
	}
	for i, raw := range b.Body.Txs {
		if out.Txs[i], err = s.showTx(p.Txs, raw, b.Header.Version); err != nil {
			return nil, err
		}
	}
	return &Read[Block]{Point{h, out.Digest}, out}, nil
}

func (s *Server) showTx(how string, raw types.Bytes, version uint32) (any, error) {
	switch how {
	case "", "hashes":
		return keys.Sum(raw), nil
	case "raw":
		return raw, nil
	case "decoded":
		tx, err := types.DecodeTx(raw)
		if err != nil {
			return nil, err
		}
		return s.decoded(tx, version), nil
	}
	return nil, badParams("txs: no form %q", clip([]byte(how))).hint("want hashes, raw or decoded").
		values(clip([]byte(how)), []string{"hashes", "raw", "decoded"})
}

func (s *Server) getCertificate(_ context.Context, p AtParams) (*Read[Finality], error) {
	h, ok, err := s.height(p.At)
	if err != nil || !ok {
		return nil, err
	}
	f, err := s.Backend.Finality(h)
	if err != nil || f == nil || len(f.Headers) == 0 {
		return nil, err
	}
	return &Read[Finality]{Point{h, f.Headers[0].Header.Digest()}, *f}, nil
}

func (s *Server) getReceipt(_ context.Context, p HashParams) (*Read[*types.Receipt], error) {
	info, err := s.Backend.Tx(p.Hash)
	if err != nil || info == nil || info.Stage != Final {
		return nil, err
	}
	return &Read[*types.Receipt]{info.Block, info.Receipt}, nil
}

func (s *Server) getProof(_ context.Context, p ProofParams) (*Read[Proven], error) {
	view, err := s.view(p.At)
	if view == nil {
		return nil, err
	}
	defer view.Close()
	value, ok, way, err := view.Prove(p.Key)
	if err != nil {
		return nil, err
	}
	at := view.Point()
	out := Proven{Exists: ok, Value: value, Proof: way, Encoded: way.Encode()}
	if sh, err := s.Backend.Header(at.Height); err != nil {
		return nil, err
	} else if sh != nil {
		out.Root = sh.Header.StateRoot
	}
	return &Read[Proven]{at, out}, nil
}

// getEvents walks blocks until it has a page, or has looked at enough of them.
func (s *Server) getEvents(ctx context.Context, p EventsParams) (*Read[Events], error) {
	at := s.Backend.Finalized()
	pos, to := position{height: at.Height}, at.Height
	if p.From != nil {
		pos.height = *p.From
	}
	if p.To != nil {
		to = min(to, *p.To)
	}
	if p.Cursor != "" {
		var err error
		if pos, err = parsePosition(p.Cursor); err != nil {
			return nil, err
		}
	}
	limit := int(p.Limit)
	if limit == 0 {
		limit = 100
	}
	limit = min(limit, scanMax)

	out := Events{Items: []EventAt{}}
	for seen := 0; pos.height <= to; seen++ {
		if seen == scanMax || ctx.Err() != nil {
			return &Read[Events]{at, out.until(pos)}, nil
		}
		all, err := s.eventsOf(pos.height)
		if err != nil {
			return nil, err
		}
		for i, e := range all {
			if i < pos.index || !p.match(e) {
				continue
			}
			if len(out.Items) == limit {
				return &Read[Events]{at, out.until(position{pos.height, i})}, nil
			}
			out.Items = append(out.Items, e)
		}
		pos = position{height: pos.height + 1}
	}
	return &Read[Events]{at, out}, nil
}

func (p *EventsParams) match(e EventAt) bool {
	return (p.Route == "" || p.Route == e.Event.Route) && (p.Name == "" || p.Name == e.Event.Name) &&
		(p.Tx == nil || e.Tx != nil && *p.Tx == *e.Tx)
}

func (e Events) until(pos position) Events {
	c := pos.String()
	e.Cursor = &c
	return e
}

// eventsOf lists the events of a block: those of its transactions in order,
// then those of its hooks.
func (s *Server) eventsOf(h types.Height) ([]EventAt, error) {
	receipts, err := s.Backend.Receipts(h)
	if err != nil {
		return nil, err
	}
	hooks, err := s.Backend.Events(h)
	if err != nil {
		return nil, err
	}
	var out []EventAt
	for i := range receipts {
		for _, e := range receipts[i].Events {
			out = append(out, EventAt{h, &receipts[i].Tx, e})
		}
	}
	for _, e := range hooks {
		out = append(out, EventAt{h, nil, e})
	}
	return out, nil
}

// position is a place in the sequence of all blocks' items.
type position struct {
	height types.Height
	index  int // items of the block that lie before it
}

// String is the cursor that clients hold.
func (p position) String() string { return fmt.Sprintf("%d.%d", p.height, p.index) }

func parsePosition(s string) (position, error) {
	var h, i string
	for k := range len(s) {
		if s[k] == '.' {
			h, i = s[:k], s[k+1:]
		}
	}
	height, err := strconv.ParseUint(h, 10, 64)
	index, err2 := strconv.ParseUint(i, 10, 31)
	if err != nil || err2 != nil {
		return position{}, fail(CodeParams, "CURSOR", "no cursor of this method").
			hint("pass a cursor as it was answered").values(clip([]byte(s)), nil)
	}
	return position{types.Height(height), int(index)}, nil
}
