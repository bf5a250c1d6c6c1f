package rpc

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// What tx_prepare fills in.
const (
	validFor  = 5000 // blocks
	feeFactor = 2    // feeMax is so many times the present fee, since the base fee moves
)

// PrepareParams describe a transaction to build.
type PrepareParams struct {
	Sender     keys.PublicKey  `json:"sender" doc:"Public key that will sign."`
	Messages   []MessageParams `json:"messages" rpc:"required" doc:"1 to 16 calls of rules, which apply all or not at all."`
	Nonce      *uint64         `json:"nonce,omitempty" doc:"The account's next, pending transactions included, where it is left out."`
	FeeMax     *types.Amount   `json:"feeMax,omitempty" doc:"$ base units that may be charged at most; twice the present fee where it is left out."`
	FeePayer   *keys.Address   `json:"feePayer,omitempty" doc:"Account that granted the sender an allowance."`
	ValidUntil *types.Height   `json:"validUntil,omitempty" doc:"Last height for inclusion; 5,000 blocks from now where it is left out."`
}

// MessageParams are one call of a rule.
type MessageParams struct {
	Route   string          `json:"route"`
	Message string          `json:"message"`
	Body    json.RawMessage `json:"body"`
}

// Prepared is a transaction that waits for its signature.
type Prepared struct {
	Unsigned  types.Bytes `json:"unsigned"`  // for tx_submit, with the signature
	SignBytes types.Bytes `json:"signBytes"` // what ed25519 signs, as it is: no further hashing
	Summary   string      `json:"summary"`   // what these bytes say, read back from them
	Tx        DecodedTx   `json:"tx"`        // the same for programs; its hash is not the final one
}

func (s *Server) prepare(_ context.Context, p PrepareParams) (*Prepared, error) {
	if best, syncing := s.Backend.Syncing(); syncing {
		return nil, Syncing(s.Backend.Finalized().Height, best)
	}
	if n := len(p.Messages); n == 0 || n > types.TxMsgs {
		return nil, badParams("messages: %d, want 1 to %d", n, types.TxMsgs).
			hint("divide them over several transactions").values(n, types.TxMsgs)
	}
	info, version := s.Backend.Info(), s.Backend.Version()
	tx := types.Tx{Chain: info.Chain, Sender: p.Sender, FeePayer: p.FeePayer, ValidUntil: s.Backend.Finalized().Height + validFor}
	for i := range p.Messages {
		m, err := pack(s.Backend.Table(), version, fmt.Sprintf("messages[%d]", i), &p.Messages[i], anyone)
		if err != nil {
			return nil, err
		}
		tx.Msgs = append(tx.Msgs, m)
	}
	if p.ValidUntil != nil {
		tx.ValidUntil = *p.ValidUntil
	}
	if p.Nonce != nil {
		tx.Nonce = *p.Nonce
	} else {
		next, err := s.Backend.NextNonce(p.Sender.Address())
		if err != nil {
			return nil, err
		}
		tx.Nonce = next
	}
	fee, err := s.fee(tx, version)
	if err != nil {
		return nil, err
	}
	tx.FeeMax = fee.Mul(feeFactor)
	if p.FeeMax != nil {
		tx.FeeMax = *p.FeeMax
	}
	return s.prepared(tx, fee, version)
}

// caller says whose messages may be named.
type caller func(*route.Msg) bool

// anyone is the sender of a transaction; legislature takes the actions of
// proposals.
func anyone(m *route.Msg) bool { return len(m.By) == 0 }
func legislature(m *route.Msg) bool {
	return slices.Contains(m.By, "legislature") && m.Type != noticeType
}

var noticeType = reflect.TypeFor[route.Notice]()

// readAction reads a message inside of another, by names.
func readAction(path string, raw []byte, v reflect.Value, strict strictness) error {
	var p MessageParams
	if err := readMembers(path, raw, targets(reflect.ValueOf(&p).Elem(), strict), strict); err != nil {
		return err
	}
	m, err := pack(strict.table, strict.version, path, &p, legislature)
	v.Set(reflect.ValueOf(m))
	return err
}

// named tells a message by names from one by numbers, whose route is no text.
func named(raw []byte) bool {
	var m struct{ Route json.RawMessage }
	return json.Unmarshal(raw, &m) == nil && len(m.Route) > 0 && m.Route[0] == '"'
}

// pack encodes a message given by names.
func pack(t route.Table, version uint32, path string, p *MessageParams, by caller) (types.Msg, error) {
	strict := signs
	strict.table, strict.version = t, version
	r := t.Find(p.Route)
	if r == nil || !r.Serves(version) {
		all := make([]string, 0, len(t))
		for _, r := range t {
			if r.Serves(version) && slices.ContainsFunc(r.Msgs, func(m route.Msg) bool { return by(&m) }) {
				all = append(all, r.Name)
			}
		}
		return types.Msg{}, noMessage(path+".route", p.Route, all)
	}
	all := make([]string, 0, len(r.Msgs))
	for i := range r.Msgs {
		m := &r.Msgs[i]
		if m.Name == p.Message && !by(m) && len(m.By) == 0 {
			return types.Msg{}, badParams("%s: %s/%s is no action of a proposal", path, r.Name, m.Name).with("RESERVED").
				hint("send it in a transaction of its own")
		}
		if m.Name == p.Message && !by(m) {
			return types.Msg{}, badParams("%s: %s/%s may be called by %s only", path, r.Name, m.Name, strings.Join(m.By, ", ")).with("RESERVED").
				hint("it takes effect by a decision of %s", strings.Join(m.By, " or "))
		}
		if m.Name != p.Message {
			if by(m) {
				all = append(all, m.Name)
			}
			continue
		}
		body := reflect.New(m.Type).Elem()
		raw, err := whole(p.Body)
		if err != nil {
			return types.Msg{}, badParams("%s.body: want an object", path).hint("the messages of each route, with their bodies, are listed in rpc.discover")
		}
		if err := readValue(path+".body", raw, body, strict); err != nil {
			return types.Msg{}, err
		}
		b, err := codec.Marshal(body.Interface())
		return types.Msg{Route: r.ID, ID: m.ID, Body: b}, err
	}
	return types.Msg{}, noMessage(path+".message", p.Message, all)
}

func noMessage(path, name string, all []string) *Error {
	e := badParams("%s: no %q", path, clip([]byte(name))).values(clip([]byte(name)), all).with("MESSAGE")
	if near := nearest(name, all); near != "" {
		return e.hint("did you mean %q?", near)
	}
	return e.hint("there are %s", strings.Join(all, ", "))
}

func (e *Error) with(kind string) *Error {
	e.Data.Kind = kind
	return e
}

// fee is what the transaction would be charged now, were feeMax as long as it
// can be.
func (s *Server) fee(tx types.Tx, version uint32) (types.Amount, error) {
	tx.FeeMax = types.NewAmount(1).Mul(1 << 63).Mul(1 << 63)
	sealed, err := seal(tx)
	if err != nil {
		return types.Amount{}, err
	}
	weight, err := s.Backend.Table().Weight(sealed, version)
	if err != nil {
		return types.Amount{}, err
	}
	return s.Backend.BaseFee().Mul(weight), nil
}

// seal encodes a transaction without a signature and checks its form.
func seal(tx types.Tx) (*types.SignedTx, error) {
	raw, err := codec.Marshal(tx)
	if err != nil {
		return nil, err
	}
	return decodeTx(raw)
}

func (s *Server) prepared(tx types.Tx, fee types.Amount, version uint32) (*Prepared, error) {
	sealed, err := seal(tx)
	if err != nil {
		return nil, err
	}
	signed := sealed.Signed(s.Backend.Info().Genesis)
	out := &Prepared{SignBytes: signed.Message, Tx: s.decoded(sealed, version)}
	out.Unsigned = out.SignBytes[len(out.SignBytes)-(len(sealed.Raw)-len(signatureHead)-len(sealed.Signature)):]
	out.Summary = s.summary(sealed, &out.Tx, fee)
	return out, nil
}

// summary says in words what a transaction does. It is made of the encoded
// bytes, not of what was asked for.
func (s *Server) summary(tx *types.SignedTx, d *DecodedTx, fee types.Amount) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Chain %s, account %s, nonce %d, valid until height %d.\n", tx.Chain, tx.From, tx.Nonce, tx.ValidUntil)
	fmt.Fprintf(&b, "Fee at most %s $, now %s $", tx.FeeMax.Decimal(), fee.Decimal())
	if tx.FeePayer != nil {
		fmt.Fprintf(&b, ", paid by %s", tx.FeePayer)
	}
	b.WriteString(".\n")
	for i, m := range d.Messages {
		body, err := json.Marshal(m.Body)
		if err != nil {
			body = []byte("?")
		}
		fmt.Fprintf(&b, "%d. %s/%s %s\n", i+1, m.Route, m.Message, body)
	}
	return b.String()
}
