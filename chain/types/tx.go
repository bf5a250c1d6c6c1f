package types

import (
	"errors"
	"fmt"

	"probity/chain/codec"
	"probity/chain/keys"
)

// Bounds of a transaction (spec wire §3).
const (
	TxBytes  = 64 << 10 // encoded, with its signature
	TxMsgs   = 16
	ChainLen = 40 // bytes of a chain's name
)

// Errors of a transaction that no state can mend.
var (
	ErrTxSize  = errors.New("transaction too large")
	ErrTxShape = errors.New("malformed transaction")
)

// Msg is one call of a route's rule: numbers from the route table and the
// canonical encoding of the rule's own message type.
type Msg struct {
	_     struct{} `cbor:",toarray"`
	Route uint16   `json:"route"`
	ID    uint16   `json:"id"`
	Body  Bytes    `json:"body"`
}

// Tx is a signed list of messages that apply all or not at all (spec wire §3).
type Tx struct {
	_          struct{}       `cbor:",toarray"`
	Chain      string         `json:"chain"`      // the chain's name, as in the genesis
	Sender     keys.PublicKey `json:"sender"`     // who signs; its address is the account
	Nonce      uint64         `json:"nonce"`      // the account's next number, from 0
	FeeMax     Amount         `json:"feeMax"`     // $ that may be charged at most
	FeePayer   *keys.Address  `json:"feePayer"`   // who granted the sender an allowance; null: the sender
	ValidUntil Height         `json:"validUntil"` // last height at which it may be included
	Msgs       []Msg          `json:"msgs"`
	Signature  keys.Signature `json:"signature"`
}

// unsigned is Tx without the signature: what is signed.
type unsigned struct {
	_          struct{} `cbor:",toarray"`
	Chain      string
	Sender     keys.PublicKey
	Nonce      uint64
	FeeMax     Amount
	FeePayer   *keys.Address
	ValidUntil Height
	Msgs       []Msg
}

// SignBytes is the string that the sender signs on the chain with the given
// genesis hash.
func (t *Tx) SignBytes(genesis keys.Hash) []byte {
	return keys.SignBytes("tx", genesis, codec.MustMarshal(unsigned{
		Chain: t.Chain, Sender: t.Sender, Nonce: t.Nonce, FeeMax: t.FeeMax,
		FeePayer: t.FeePayer, ValidUntil: t.ValidUntil, Msgs: t.Msgs,
	}))
}

// Sign fills in the signature.
func (t *Tx) Sign(key keys.PrivateKey, genesis keys.Hash) {
	t.Sender = key.Public()
	t.Signature = key.Sign(t.SignBytes(genesis))
}

// SignedTx is a transaction with what follows from its bytes, worked out once.
type SignedTx struct {
	Tx
	Raw  []byte       // the one byte form, never written to
	Hash keys.Hash    // of Raw: the transaction's name
	From keys.Address // of the sender's key
}

// DecodeTx reads a transaction and checks its shape: size, name, number of
// messages. The signature is not checked; Signed gives what to verify.
func DecodeTx(raw []byte) (*SignedTx, error) {
	if len(raw) > TxBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTxSize, len(raw), TxBytes)
	}
	s := &SignedTx{Raw: raw}
	if err := codec.Unmarshal(raw, &s.Tx); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTxShape, err)
	}
	if n := len(s.Msgs); n == 0 || n > TxMsgs {
		return nil, fmt.Errorf("%w: %d messages, want 1 to %d", ErrTxShape, n, TxMsgs)
	}
	if len(s.Chain) > ChainLen {
		return nil, fmt.Errorf("%w: chain name of %d bytes, at most %d", ErrTxShape, len(s.Chain), ChainLen)
	}
	s.Hash = keys.Sum(raw)
	s.From = s.Sender.Address()
	return s, nil
}

// Seal encodes a transaction that is already signed.
func Seal(t Tx) (*SignedTx, error) { return DecodeTx(codec.MustMarshal(t)) }

// Signed is the signature check that the transaction asks for. The signed
// string is cut from Raw: an array of seven with the same first seven elements
// and without the last 66 bytes, which hold the signature.
func (s *SignedTx) Signed(genesis keys.Hash) keys.Signed {
	const tail = 2 + len(s.Signature)
	msg := keys.SignBytes("tx", genesis, s.Raw[:len(s.Raw)-tail])
	msg[len(msg)-(len(s.Raw)-tail)] = 0x87
	return keys.Signed{Key: s.Sender, Message: msg, Signature: s.Signature}
}

// Payer is the account that is charged: the sender, or who sponsors it.
func (s *SignedTx) Payer() keys.Address {
	if s.FeePayer != nil {
		return *s.FeePayer
	}
	return s.From
}
