package rpc

import (
	"context"
	"encoding/json"
	"reflect"
	"time"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// DecodedTx is a transaction with its messages in words.
type DecodedTx struct {
	Hash       keys.Hash      `json:"hash"`
	From       keys.Address   `json:"from"`
	Sender     keys.PublicKey `json:"sender"`
	Nonce      uint64         `json:"nonce"`
	FeeMax     types.Amount   `json:"feeMax"`
	FeePayer   *keys.Address  `json:"feePayer"`
	ValidUntil types.Height   `json:"validUntil"`
	Messages   []DecodedMsg   `json:"messages"`
	Size       int            `json:"size"` // bytes
}

// DecodedMsg is a message by the names of its route and rule.
type DecodedMsg struct {
	Route   string `json:"route"`
	Message string `json:"message"`
	Body    any    `json:"body"`
}

// TxState is what a node knows of a transaction.
type TxState struct {
	Hash    keys.Hash      `json:"hash"`
	Stage   Stage          `json:"stage"`
	At      *Point         `json:"at"` // the block that holds it; null while pending
	Tx      DecodedTx      `json:"tx"`
	Raw     types.Bytes    `json:"raw"`
	Receipt *types.Receipt `json:"receipt"` // null while pending
}

// WaitParams say what to wait for.
type WaitParams struct {
	Hash      keys.Hash `json:"hash" doc:"The transaction's hash."`
	Until     *Stage    `json:"until,omitempty" doc:"pending, included or final (default)."`
	TimeoutMs *uint32   `json:"timeoutMs,omitempty" doc:"For how long; 10,000 where it is left out, 60,000 at most."`
}

// PendingParams filter the mempool.
type PendingParams struct {
	From  *keys.Address `json:"from,omitempty" doc:"Only transactions of this account."`
	Limit uint32        `json:"limit,omitempty" doc:"At most so many; 100 where it is left out, 1,000 at most."`
}

func (s *Server) txMethods() []Method {
	guards := []string{"SIGNATURE", "CHAIN", "NONCE", "FEE", "EXPIRED", "SIZE", "CIRCUIT_OPEN", "FUNDS", "ALLOWANCE", "MESSAGE", "FORM", "SYNCING"}
	return []Method{
		{
			Name: submitName, weight: 1, params: paramsOf(reflect.TypeFor[SubmitParams]()), result: reflect.TypeFor[keys.Hash](),
			Doc:   "Submits a signed transaction and answers its hash, also for one that is known already. Calls in one batch are verified together.",
			kinds: append(guards, "MEMPOOL_FULL"),
		},
		Handle("tx_simulate", "Applies a transaction to the latest state and drops the result. unsigned alone will do: then no signature is checked.", s.simulate).costs(10).errors(guards...),
		Handle("tx_prepare", "Builds a transaction: the bytes to sign, and what they say in words. Fills in nonce, feeMax and validUntil where they are left out.", s.prepare).costs(3).errors("MESSAGE", "RESERVED", "SIZE", "SYNCING"),
		Handle("tx_wait", "Waits until a transaction has come so far, or the time is up; answers what is known then.", s.wait).costs(2).waits().errors("WAITS"),
		Handle("tx_get", "A transaction, pending or in a block.", s.getTx),
		Handle("tx_pending", "Transactions of the mempool, by sender and nonce.", s.pending).costs(5),
	}
}

func (s *Server) simulate(ctx context.Context, p SubmitParams) (types.Receipt, error) {
	if best, syncing := s.Backend.Syncing(); syncing {
		return types.Receipt{}, Syncing(s.Backend.Finalized().Height, best)
	}
	tx, err := s.simulated(ctx, p)
	if err != nil {
		return types.Receipt{}, err
	}
	if want := s.Backend.Info().Chain; tx.Chain != want {
		return types.Receipt{}, rejected(route.ErrChain.For(tx.Chain, want))
	}
	r, err := s.Backend.Simulate(ctx, tx)
	if err != nil {
		return types.Receipt{}, refused(err)
	}
	return r, nil
}

// simulated reads the transaction to simulate. One without a signature is
// taken as it is; a signature that is given must hold.
func (s *Server) simulated(ctx context.Context, p SubmitParams) (*types.SignedTx, error) {
	if p.Unsigned != nil && p.Raw == nil && p.Signature == nil {
		raw, err := join88(p.Unsigned, keys.Signature{})
		if err != nil {
			return nil, err
		}
		return decodeTx(raw)
	}
	params, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	tx, err := readSubmit(params)
	if err != nil {
		return nil, err
	}
	if ok, err := s.Verifier.Verify(ctx, []*types.SignedTx{tx}); err != nil {
		return nil, err
	} else if !ok[0] {
		return nil, rejected(route.ErrSignature)
	}
	return tx, nil
}

func (s *Server) getTx(_ context.Context, p HashParams) (*TxState, error) {
	info, err := s.Backend.Tx(p.Hash)
	if err != nil || info == nil {
		return nil, err
	}
	out := &TxState{
		Hash: p.Hash, Stage: info.Stage, Raw: info.Tx.Raw, Receipt: info.Receipt,
		Tx: s.decoded(info.Tx, s.Backend.Version()),
	}
	if info.Stage != Pending {
		out.At = &info.Block
	}
	return out, nil
}

func (s *Server) wait(ctx context.Context, p WaitParams) (*TxState, error) {
	select {
	case s.waits <- struct{}{}:
		defer func() { <-s.waits }()
	default:
		return nil, limited("WAITS", nil, s.Limits.Waits, "too many calls are waiting")
	}
	until, timeout := Final, 10*time.Second
	if p.Until != nil {
		until = *p.Until
	}
	if p.TimeoutMs != nil {
		timeout = time.Duration(*p.TimeoutMs) * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(ctx, min(timeout, s.Limits.WaitMax))
	defer cancel()
	for {
		moved := s.Feed.moved() // before the look, so that nothing slips between
		info, err := s.Backend.Tx(p.Hash)
		if err != nil {
			return nil, err
		}
		if info != nil && info.Stage >= until {
			return s.getTx(ctx, HashParams{p.Hash})
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return s.getTx(ctx, HashParams{p.Hash})
		}
	}
}

func (s *Server) pending(_ context.Context, p PendingParams) ([]DecodedTx, error) {
	limit := 100
	if p.Limit > 0 {
		limit = int(min(p.Limit, 1000))
	}
	out := []DecodedTx{}
	for _, tx := range s.Backend.Pending(p.From, limit) {
		out = append(out, s.decoded(tx, s.Backend.Version()))
	}
	return out, nil
}

// decoded shows a transaction. A message that the version in force does not
// have is shown by its numbers.
func (s *Server) decoded(tx *types.SignedTx, version uint32) DecodedTx {
	out := DecodedTx{
		Hash: tx.Hash, From: tx.From, Sender: tx.Sender, Nonce: tx.Nonce, FeeMax: tx.FeeMax, FeePayer: tx.FeePayer,
		ValidUntil: tx.ValidUntil, Messages: make([]DecodedMsg, len(tx.Msgs)), Size: len(tx.Raw),
	}
	for i, m := range tx.Msgs {
		out.Messages[i] = DecodedMsg{Body: m}
		if _, msg, err := s.Backend.Table().Resolve(m, version); err == nil {
			if _, err := msg.Decode(m.Body); err == nil {
				said := s.Backend.Table().Speak(m, version)
				out.Messages[i] = DecodedMsg{said.Route, said.Message, said.Body}
			}
		}
	}
	return out
}
