package serve

import (
	"encoding/json"
	"errors"
	"fmt"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/follow"
	"probity/cmd/watchtower/internal/law"
	"probity/cmd/watchtower/internal/wire"
)

// errNoChain is the error of a block before a genesis.
var errNoChain = errors.New("no chain has begun")

func opGenesis(s *Server, in json.RawMessage) (any, error) {
	q, err := read[struct {
		File  string
		Trust law.Trust
	}](in)
	if err != nil {
		return nil, err
	}
	c, err := law.New([]byte(q.File), q.Trust)
	if err != nil {
		return nil, err
	}
	s.chain, s.changed, s.ledger, s.salary = c, nil, follow.NewLedger(c), nil
	root := c.Root()
	return object{"genesis": bin(c.Genesis[:]), "draft": bin(c.Draft[:]), "digest": bin(c.Digest[:]), "root": bin(root[:])}, nil
}

// opBlock executes a block; a fault of it is an answer, not an error. With check a
// block whose stateRoot is another is invalid too; with dry nothing changes.
func opBlock(s *Server, in json.RawMessage) (any, error) {
	if s.chain == nil {
		return nil, errNoChain
	}
	q, err := read[struct {
		Header, Signature, Body bin
		Check, Dry              bool
	}](in)
	if err != nil {
		return nil, err
	}
	b, err := decodeBlock(q.Header, q.Signature, q.Body)
	if err == nil {
		err = s.chain.Apply(b)
	}
	var bad *law.Invalid
	var unknown *law.NotCovered
	switch {
	case errors.As(err, &bad):
		return object{"valid": false, "invalid": bad.Field, "why": bad.Why}, nil
	case errors.As(err, &unknown):
		return object{"uncovered": unknown.What}, nil
	case err != nil:
		return nil, err
	}
	root := s.chain.Root()
	wrong := q.Check && root != b.Header.StateRoot
	if wrong || q.Dry {
		s.chain.Undo()
	}
	if wrong {
		return object{"valid": false, "invalid": "stateRoot", "why": fmt.Sprintf("%x", root)}, nil
	}
	if q.Dry {
		return object{"valid": true, "root": bin(root[:])}, nil
	}
	s.changed = s.chain.State.Changed()
	s.ledger.Block(s.chain)
	if e := b.Header.Epoch; e != s.chain.Epoch() {
		if s.salary, err = s.ledger.Close(s.chain, e); err != nil {
			return nil, err
		}
		s.ledger = follow.NewLedger(s.chain)
	}
	return object{"valid": true, "root": bin(root[:]), "digest": bin(s.chain.Digest[:]), "height": s.chain.Head.Height}, nil
}

// decodeBlock reads a header, its signature and its body.
func decodeBlock(header, signature, body []byte) (*wire.Block, error) {
	b := &wire.Block{}
	d := cbor.New(header)
	b.Header = wire.DecHeader(d)
	if err := d.Done(); err != nil {
		return nil, &law.Invalid{Field: "header", Why: err.Error()}
	}
	if err := fixed(b.Signature[:], signature); err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	d = cbor.New(body)
	b.Body = wire.DecBody(d)
	if err := d.Done(); err != nil {
		return nil, &law.Invalid{Field: "body", Why: err.Error()}
	}
	return b, nil
}

func opGet(s *Server, in json.RawMessage) (any, error) {
	if s.chain == nil {
		return nil, errNoChain
	}
	q, err := read[struct{ Keys []bin }](in)
	values := make([]*bin, len(q.Keys))
	for i, k := range q.Keys {
		if v, ok := s.chain.State.Get(string(k)); ok {
			b := bin(v)
			values[i] = &b
		}
	}
	return object{"values": values}, err
}

// opChanged lists the keys that the last block wrote, or all of them.
func opChanged(s *Server, in json.RawMessage) (any, error) {
	if s.chain == nil {
		return nil, errNoChain
	}
	q, err := read[struct{ All bool }](in)
	keys := s.changed
	if q.All {
		keys = s.chain.State.Keys("")
	}
	out := make([]bin, len(keys))
	for i, k := range keys {
		out[i] = bin(k)
	}
	return object{"keys": out}, err
}
