// Package follow executes the blocks of a live chain again and says where it
// comes to another state. It reads a node by JSON-RPC and believes nothing of
// it that the header's roots do not hold: what it takes over, because a protocol is
// not known here, must give the header's stateRoot.
//
// Of one node it cannot know whether its blocks are final. Where members are named
// too, blocks come from them with the Finalizations that prove it (package peer),
// and what the node tells of each height is held against them.
package follow

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/tree"
	"probity/cmd/watchtower/internal/wire"
)

// errAbsent is the answer null.
var errAbsent = errors.New("there is none")

// errRefused is the error of a question that the node answers with an error.
var errRefused = errors.New("refused")

// client asks one node.
type client struct {
	url  string
	http http.Client
}

// call asks a method; a node that answers RATE is asked again later.
func (c *client) call(method string, params, out any) error {
	q, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		return err
	}
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		again, err := c.once(method, q, out)
		if !again {
			return err
		}
		time.Sleep(wait)
	}
}

func (c *client) once(method string, q []byte, out any) (again bool, err error) {
	r, err := c.http.Post(c.url, "application/json", bytes.NewReader(q))
	if err != nil {
		return false, err
	}
	defer r.Body.Close()
	var a struct {
		Result json.RawMessage
		Error  *struct {
			Message string
			Data    struct{ Kind string }
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
		return r.StatusCode == http.StatusTooManyRequests, fmt.Errorf("%s: status %d: %w", method, r.StatusCode, err)
	}
	if a.Error != nil {
		return a.Error.Data.Kind == "RATE", fmt.Errorf("%s: %w: %s %s", method, errRefused, a.Error.Data.Kind, a.Error.Message)
	}
	return false, json.Unmarshal(a.Result, out)
}

// value asks a read, which answers {at, value}.
func (c *client) value(method string, params, out any) error {
	var a struct{ Value json.RawMessage }
	if err := c.call(method, params, &a); err != nil {
		return err
	}
	if string(a.Value) == "null" || len(a.Value) == 0 {
		return fmt.Errorf("%s: %w", method, errAbsent)
	}
	return json.Unmarshal(a.Value, out)
}

// finalized is the height of the last final block.
func (c *client) finalized() (uint64, error) {
	var s struct{ Finalized struct{ Height uint64 } }
	err := c.call("chain_status", map[string]any{}, &s)
	return s.Finalized.Height, err
}

// header reads the header of a final block.
func (c *client) header(height uint64) (*wire.Header, error) {
	var j struct{ Header jsonHeader }
	if err := c.value("chain_getHeader", map[string]any{"at": height}, &j); err != nil {
		return nil, err
	}
	r := &reader{}
	h := r.header(&j.Header)
	return &h, r.err
}

// leaves reads the state at a height from a key on.
func (c *client) leaves(height uint64, from string) (out []tree.Leaf, err error) {
	next := bin(from)
	for {
		var page struct {
			Items []struct{ Key, Value bin }
			Next  *bin
		}
		if err := c.value("chain_getState", map[string]any{"at": height, "from": next, "limit": 1000}, &page); err != nil {
			return nil, err
		}
		for _, it := range page.Items {
			out = append(out, tree.Leaf{Key: it.Key, Value: it.Value})
		}
		if page.Next == nil || len(*page.Next) == 0 || len(page.Items) == 0 {
			return out, nil
		}
		next = *page.Next
	}
}

// bin is bytes as 0x and hex.
type bin []byte

// MarshalJSON writes the one form, or null.
func (b bin) MarshalJSON() ([]byte, error) {
	if b == nil {
		return []byte("null"), nil
	}
	return []byte(`"0x` + hex.EncodeToString(b) + `"`), nil
}

// UnmarshalText reads it.
func (b *bin) UnmarshalText(t []byte) (err error) {
	rest, ok := strings.CutPrefix(string(t), "0x")
	if !ok {
		return fmt.Errorf("%.20q is no hex", t)
	}
	*b, err = hex.DecodeString(rest)
	return err
}

// jsonHeader, jsonCertificate and jsonBlock are as a node writes them (wire §1).
type jsonHeader struct {
	Version, Epoch, View, Height, ParentView uint64
	Time                                     uint64
	Parent, ASC, Reveal, Seed                bin
	TxRoot, ViewsRoot, VotesRoot, StateRoot  bin
	RosterHash, NextRosterHash               bin
	BaseFee                                  string
}

type jsonStatement struct {
	Kind        string
	Epoch, View uint64
	Digest      bin
}

type jsonCertificate struct {
	Statement           jsonStatement
	Signers, Attachment bin
	Signatures          []bin
}

type jsonSigned struct {
	Header    jsonHeader
	Signature bin
}

type jsonBlock struct {
	jsonSigned
	Digest bin
	Txs    []bin
	Votes  []jsonCertificate
	Views  []struct {
		Epoch, View   uint64
		Nullification *jsonCertificate
		Salt          bin
		Rejected      []struct {
			Header             jsonSigned
			Rejects, Notarizes *jsonCertificate
		}
	}
}

// block reads a final block.
func (c *client) block(height uint64) (*wire.Block, error) {
	var j jsonBlock
	if err := c.value("chain_getBlock", map[string]any{"at": height, "txs": "raw"}, &j); err != nil {
		return nil, err
	}
	r := &reader{}
	s := r.signed(&j.jsonSigned)
	b := &wire.Block{Header: s.Header, Signature: s.Signature}
	for _, t := range j.Txs {
		b.Body.Txs = append(b.Body.Txs, t)
	}
	for i := range j.Votes {
		b.Body.Votes = append(b.Body.Votes, r.certificate(&j.Votes[i]))
	}
	for _, v := range j.Views {
		rec := wire.ViewRecord{Epoch: v.Epoch, View: v.View, Nullification: r.certificate(v.Nullification), Salt: v.Salt}
		for i := range v.Rejected {
			x := &v.Rejected[i]
			rec.Rejected = append(rec.Rejected, wire.Rejected{Header: r.signed(&x.Header), Rejects: r.certificate(x.Rejects), Notarizes: r.certificate(x.Notarizes)})
		}
		b.Body.Views = append(b.Body.Views, rec)
	}
	if d := b.Header.Digest(); r.err == nil && !bytes.Equal(d[:], j.Digest) {
		r.err = fmt.Errorf("the block %x has the digest %x", []byte(j.Digest), d)
	}
	if r.err != nil {
		return nil, fmt.Errorf("height %d: %w", height, r.err)
	}
	return b, nil
}

// reader turns JSON into values; the first fault stays.
type reader struct{ err error }

func (r *reader) fixed(out []byte, b bin) {
	if len(b) != len(out) && r.err == nil {
		r.err = fmt.Errorf("%d bytes where %d are due", len(b), len(out))
	}
	copy(out, b)
}

func (r *reader) hash(b bin) (h wire.Hash) { r.fixed(h[:], b); return h }

func (r *reader) signed(j *jsonSigned) (s wire.SignedHeader) {
	s.Header = r.header(&j.Header)
	r.fixed(s.Signature[:], j.Signature)
	return s
}

func (r *reader) header(h *jsonHeader) wire.Header {
	fee, ok := num.Parse(h.BaseFee)
	if !ok {
		r.err = fmt.Errorf("the base fee %q", h.BaseFee)
	}
	return wire.Header{
		Version: h.Version, Epoch: h.Epoch, View: h.View, Height: h.Height, ParentView: h.ParentView, Time: h.Time,
		Parent: r.hash(h.Parent), ASC: r.hash(h.ASC), Reveal: h.Reveal, Seed: r.hash(h.Seed),
		TxRoot: r.hash(h.TxRoot), ViewsRoot: r.hash(h.ViewsRoot), VotesRoot: r.hash(h.VotesRoot), StateRoot: r.hash(h.StateRoot),
		RosterHash: r.hash(h.RosterHash), NextRosterHash: r.hash(h.NextRosterHash), BaseFee: fee,
	}
}

var kinds = map[string]uint64{"propose": wire.Propose, "notarize": wire.Notarize, "nullify": wire.Nullify, "reject": wire.Reject, "finalize": wire.Finalize}

func (r *reader) certificate(j *jsonCertificate) *wire.Certificate {
	if j == nil {
		return nil
	}
	c := &wire.Certificate{Signers: j.Signers, Attachment: j.Attachment}
	c.Statement = wire.Statement{Kind: kinds[j.Statement.Kind], Epoch: j.Statement.Epoch, View: j.Statement.View, Digest: r.hash(j.Statement.Digest)}
	for _, s := range j.Signatures {
		var sig wire.Signature
		r.fixed(sig[:], s)
		c.Signatures = append(c.Signatures, sig)
	}
	return c
}
