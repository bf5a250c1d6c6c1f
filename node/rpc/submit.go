package rpc

import (
	"context"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"time"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// submitName is the method whose calls in one batch are taken together.
const submitName = "tx_submit"

// SubmitParams are those of tx_submit: raw alone, or unsigned with signature.
type SubmitParams struct {
	Raw       types.Bytes     `json:"raw,omitempty" doc:"The signed transaction in its one byte form."`
	Unsigned  types.Bytes     `json:"unsigned,omitempty" doc:"What tx_prepare answered as unsigned."`
	Signature *keys.Signature `json:"signature,omitempty" doc:"ed25519 signature over what tx_prepare answered as signBytes."`
	PublicKey *keys.PublicKey `json:"publicKey,omitempty" doc:"The sender's key; checked against the transaction where it is given."`
}

// submitAll runs the calls of tx_submit in one message: decode each, verify
// the signatures together, hand what holds to the backend together.
func (s *Server) submitAll(ctx context.Context, calls []request, which []int, out []outcome) {
	start := time.Now()
	txs := make([]*types.SignedTx, 0, len(which))
	of := make([]int, 0, len(which)) // call of each transaction
	refuse := func(i int, err *Error) { out[i].err = err }

	best, syncing := s.Backend.Syncing()
	chain := s.Backend.Info().Chain
	for _, i := range which {
		if syncing {
			refuse(i, Syncing(s.Backend.Finalized().Height, best))
			continue
		}
		tx, err := readSubmit(calls[i].params)
		if err == nil && tx.Chain != chain {
			err = rejected(route.ErrChain.For(tx.Chain, chain))
		}
		if err != nil {
			refuse(i, answer(err))
			continue
		}
		txs, of = append(txs, tx), append(of, i)
	}
	good, goodOf := s.verified(ctx, txs, of, refuse)
	for k, err := range s.submit(ctx, good) {
		if err != nil {
			e := refused(err)
			if e.Code == CodeInternal {
				s.Log.Error("rpc: internal error", "method", submitName, "err", err)
			}
			refuse(goodOf[k], e)
			continue
		}
		out[goodOf[k]].result = quoted(good[k].Hash)
	}
	took := time.Since(start) / time.Duration(len(which))
	for _, i := range which {
		s.observe(submitName, out[i].err, took)
	}
}

// submit is Backend.Submit, whose panic is an error of each transaction.
func (s *Server) submit(ctx context.Context, txs []*types.SignedTx) (errs []error) {
	if len(txs) == 0 {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			s.Log.Error("rpc: submission panicked", "panic", p)
			errs = make([]error, len(txs))
			for i := range errs {
				errs[i] = errors.New("panic")
			}
		}
	}()
	return s.Backend.Submit(ctx, txs)
}

// verified keeps the transactions whose signatures hold.
func (s *Server) verified(ctx context.Context, txs []*types.SignedTx, of []int, refuse func(int, *Error)) (good []*types.SignedTx, goodOf []int) {
	verdicts, err := s.Verifier.Verify(ctx, txs)
	for k, tx := range txs {
		switch {
		case err != nil:
			refuse(of[k], answer(err))
		case !verdicts[k]:
			refuse(of[k], rejected(route.ErrSignature))
		default:
			good, goodOf = append(good, tx), append(goodOf, of[k])
		}
	}
	return good, goodOf
}

// quoted is a hash as JSON.
func quoted(h keys.Hash) []byte {
	b := make([]byte, 0, 68)
	b = append(b, `"0x`...)
	b = hex.AppendEncode(b, h[:])
	return append(b, '"')
}

// readSubmit decodes the params of tx_submit. What most of them are, an object
// or array of raw alone, is read without reflection.
func readSubmit(params []byte) (*types.SignedTx, error) {
	if h, ok := rawOnly(params); ok {
		raw := make([]byte, hex.DecodedLen(len(h)))
		if _, err := hex.Decode(raw, h); err == nil {
			return decodeTx(raw)
		}
	}
	var p SubmitParams
	if err := readParams(params, targets(reflect.ValueOf(&p).Elem(), reads), reads); err != nil {
		return nil, err
	}
	switch {
	case p.Raw != nil && p.Unsigned == nil && p.Signature == nil:
	case p.Raw == nil && p.Unsigned != nil && p.Signature != nil:
		raw, err := join88(p.Unsigned, *p.Signature)
		if err != nil {
			return nil, err
		}
		p.Raw = raw
	default:
		return nil, badParams("give raw, or unsigned and signature").hint("tx_prepare answers unsigned and signBytes; sign signBytes")
	}
	tx, err := decodeTx(p.Raw)
	if err == nil && p.PublicKey != nil && *p.PublicKey != tx.Sender {
		return nil, rejected(route.ErrSignature.For(p.PublicKey, tx.Sender)).hint("publicKey is not the key that the transaction names as its sender")
	}
	return tx, err
}

// rawOnly finds the hex digits where params hold nothing but raw.
func rawOnly(params []byte) (h []byte, ok bool) {
	if params == nil {
		return nil, false
	}
	take := func(v []byte) {
		// A string without escapes: digits are checked by who decodes them.
		if ok = h == nil && len(v) > 4 && v[0] == '"' && v[1] == '0' && v[2] == 'x'; ok {
			h = v[3 : len(v)-1]
		}
	}
	if params[0] == '[' {
		n := 0
		eachItem(params, func(v []byte) bool { n++; take(v); return ok })
		return h, ok && n == 1
	}
	eachMember(params, func(name, v []byte) bool {
		if string(name) != "raw" {
			ok = false
			return false
		}
		take(v)
		return ok
	})
	return h, ok
}

// decodeTx reads a transaction, and says in the terms of its sender what is
// wrong with it.
func decodeTx(raw []byte) (*types.SignedTx, error) {
	tx, err := types.DecodeTx(raw)
	switch {
	case errors.Is(err, types.ErrTxSize):
		return nil, rejected(route.ErrSize.For(len(raw), types.TxBytes))
	case err != nil:
		what := strings.Replace(err.Error(), "decode *types.Tx: ", "", 1)
		return nil, fail(CodeRejected, "FORM", "%s", clipTo(200, []byte(what))).hint("%s", hints["FORM"])
	}
	return tx, nil
}

// The byte form of an array of eight and of seven elements, and of what comes
// before a signature (spec wire §3).
const (
	array8 = 0x88
	array7 = 0x87
)

var signatureHead = []byte{0x58, 64}

// join88 makes a transaction of its unsigned form and a signature.
func join88(unsigned []byte, sig keys.Signature) ([]byte, error) {
	if len(unsigned) == 0 || unsigned[0] != array7 {
		return nil, fail(CodeRejected, "FORM", "unsigned is no transaction without a signature").hint("%s", hints["FORM"])
	}
	raw := make([]byte, 0, len(unsigned)+len(signatureHead)+len(sig))
	raw = append(append(raw, array8), unsigned[1:]...)
	return append(append(raw, signatureHead...), sig[:]...), nil
}
