package types

import "probity/chain/keys"

// Event tells what a rule did, for people and indexers; it is not state.
type Event struct {
	_     struct{} `cbor:",toarray"`
	Route string   `json:"route"`
	Name  string   `json:"name"`
	Attrs []Attr   `json:"attrs"`
}

// Attr is one named value of an event.
type Attr struct {
	_     struct{} `cbor:",toarray"`
	Key   string   `json:"key"`
	Value string   `json:"value"`
}

// Receipt tells how a transaction of a block ended.
type Receipt struct {
	_       struct{}  `cbor:",toarray"`
	Tx      keys.Hash `json:"tx"`
	Height  Height    `json:"height"`
	Index   uint32    `json:"index"`
	Code    uint32    `json:"code"` // 0: applied; else the number of the rule's refusal
	Kind    string    `json:"kind"` // stable name of Code, empty where applied
	Text    string    `json:"text"` // for people
	Weight  uint64    `json:"weight"`
	Charged Amount    `json:"charged"` // $ taken from the payer
	Events  []Event   `json:"events"`
}

// OK reports whether the transaction's messages were applied.
func (r *Receipt) OK() bool { return r.Code == 0 }
