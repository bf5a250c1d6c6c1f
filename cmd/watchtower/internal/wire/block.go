package wire

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
)

// Header is a block's header (§4).
type Header struct {
	Version, Epoch, View, Height, ParentView uint64
	Parent                                   Hash
	Time                                     uint64
	ASC                                      Hash
	Reveal                                   []byte
	Seed, TxRoot, ViewsRoot, VotesRoot       Hash
	StateRoot, RosterHash, NextRosterHash    Hash
	BaseFee                                  num.Int
}

// Encode is cbor(Header).
func (h *Header) Encode() []byte {
	var e cbor.Enc
	e.Array(17).Uint(h.Version).Uint(h.Epoch).Uint(h.View).Uint(h.Height).Uint(h.ParentView)
	e.Bytes(h.Parent[:]).Uint(h.Time).Bytes(h.ASC[:]).Bytes(h.Reveal).Bytes(h.Seed[:])
	e.Bytes(h.TxRoot[:]).Bytes(h.ViewsRoot[:]).Bytes(h.VotesRoot[:])
	e.Bytes(h.StateRoot[:]).Bytes(h.RosterHash[:]).Bytes(h.NextRosterHash[:])
	Amount(&e, h.BaseFee)
	return e
}

// Digest is the block's name.
func (h *Header) Digest() Hash { return Sum([]byte("block"), h.Encode()) }

// DecHeader reads a header inside another value.
func DecHeader(d *cbor.Dec) (h Header) {
	d.Array(17)
	h.Version, h.Epoch, h.View, h.Height, h.ParentView = d.U64(), d.U64(), d.U64(), d.U64(), d.U64()
	h.Parent = DecHash(d)
	h.Time = d.U64()
	h.ASC = DecHash(d)
	h.Reveal = d.Bytes()
	if n := len(h.Reveal); n != 0 && n != 32 && n != 96 {
		d.Fail("a reveal of %d bytes", n)
	}
	h.Seed, h.TxRoot, h.ViewsRoot, h.VotesRoot = DecHash(d), DecHash(d), DecHash(d), DecHash(d)
	h.StateRoot, h.RosterHash, h.NextRosterHash = DecHash(d), DecHash(d), DecHash(d)
	h.BaseFee = DecAmount(d)
	return h
}

// SignedHeader is a header with its maker's signature.
type SignedHeader struct {
	Header    Header
	Signature Signature
}

func (s *SignedHeader) encode(e *cbor.Enc) {
	e.Array(2).Raw(s.Header.Encode()).Bytes(s.Signature[:])
}

// DecSigned reads a signed header.
func DecSigned(d *cbor.Dec) (s SignedHeader) {
	d.Array(2)
	s.Header = DecHeader(d)
	s.Signature = DecSignature(d)
	return s
}

// Kinds of statements (§6).
const (
	Propose = iota + 1
	Notarize
	Nullify
	Reject
	Finalize
)

// kindNames are the kinds of §2 under which statements are signed.
var kindNames = [...]string{Propose: "propose", Notarize: "notarize", Nullify: "nullify", Reject: "reject", Finalize: "finalize"}

// Statement is what a vote states.
type Statement struct {
	Kind, Epoch, View uint64
	Digest            Hash
}

// Encode is cbor(Statement).
func (s Statement) Encode() []byte {
	var e cbor.Enc
	e.Array(4).Uint(s.Kind).Uint(s.Epoch).Uint(s.View).Bytes(s.Digest[:])
	return e
}

// Verify reports whether the signature of the statement by k holds.
func (s Statement) Verify(k Key, genesis Hash, sig Signature) bool {
	return s.Kind >= Propose && s.Kind <= Finalize && Verify(k, kindNames[s.Kind], genesis, s.Encode(), sig)
}

// DecStatement reads a statement of a known kind.
func DecStatement(d *cbor.Dec) (s Statement) {
	d.Array(4)
	s.Kind, s.Epoch, s.View = d.Uint(Finalize), d.U64(), d.U64()
	s.Digest = DecHash(d)
	return s
}

// Certificate is a set of votes for one statement.
type Certificate struct {
	Statement  Statement
	Signers    []byte
	Signatures []Signature
	Attachment []byte
}

func (c *Certificate) encode(e *cbor.Enc) {
	e.Array(4).Raw(c.Statement.Encode()).Bytes(c.Signers).Array(len(c.Signatures))
	for _, s := range c.Signatures {
		e.Bytes(s[:])
	}
	e.Bytes(c.Attachment)
}

func decCertificate(d *cbor.Dec) *Certificate {
	c := &Certificate{}
	d.Array(4)
	c.Statement = DecStatement(d)
	c.Signers = d.Bytes()
	n := d.Len()
	for i := 0; i < n && d.Err() == nil; i++ {
		c.Signatures = append(c.Signatures, DecSignature(d))
	}
	c.Attachment = d.Bytes()
	return c
}

// Members lists the signers by index; ok is false where the bitmap is not one
// of n members or the signatures do not match it.
func (c *Certificate) Members(n int) (out []int, ok bool) {
	out, ok = Bits(c.Signers, n)
	return out, ok && len(out) == len(c.Signatures)
}

// Bits lists the set bits of a bitmap of n members.
func Bits(b []byte, n int) (out []int, ok bool) {
	if len(b) != (n+7)/8 {
		return nil, false
	}
	for i := 0; i < len(b)*8; i++ {
		if b[i/8]>>(i%8)&1 == 0 {
			continue
		}
		if i >= n {
			return nil, false
		}
		out = append(out, i)
	}
	return out, true
}

// Rejected is a header that a view record brings, and the votes about it.
type Rejected struct {
	Header             SignedHeader
	Rejects, Notarizes *Certificate
}

// ViewRecord is what a block says of one skipped view (§4).
type ViewRecord struct {
	Epoch, View   uint64
	Nullification *Certificate
	Salt          []byte
	Rejected      []Rejected
}

// Body is what a header's roots name.
type Body struct {
	Txs   [][]byte
	Votes []*Certificate
	Views []ViewRecord
}

// Bounds of a body (§4).
const (
	maxRecords  = 4096
	maxRejected = 4
	maxVotes    = 2 << 20
)

func optional(e *cbor.Enc, c *Certificate) {
	if c == nil {
		e.Null()
		return
	}
	c.encode(e)
}

func decOptional(d *cbor.Dec) *Certificate {
	if d.Null() {
		return nil
	}
	return decCertificate(d)
}

// EncodeVotes is cbor(votes).
func (b *Body) EncodeVotes() []byte {
	var e cbor.Enc
	e.Array(len(b.Votes))
	for _, c := range b.Votes {
		c.encode(&e)
	}
	return e
}

// EncodeViews is cbor(views).
func (b *Body) EncodeViews() []byte {
	var e cbor.Enc
	e.Array(len(b.Views))
	for _, v := range b.Views {
		e.Array(5).Uint(v.Epoch).Uint(v.View)
		optional(&e, v.Nullification)
		e.Bytes(v.Salt).Array(len(v.Rejected))
		for _, r := range v.Rejected {
			e.Array(3)
			r.Header.encode(&e)
			optional(&e, r.Rejects)
			optional(&e, r.Notarizes)
		}
	}
	return e
}

// Roots are txRoot, votesRoot and viewsRoot.
func (b *Body) Roots() (txs, votes, views Hash) {
	names := make([][]byte, len(b.Txs))
	for i, t := range b.Txs {
		h := Sum(t)
		names[i] = h[:]
	}
	return Merkle(names), Sum([]byte("votes"), b.EncodeVotes()), Sum([]byte("views"), b.EncodeViews())
}

// DecBody reads a body inside another value.
func DecBody(d *cbor.Dec) (b Body) {
	d.Array(3)
	n := d.Len()
	for i := 0; i < n && d.Err() == nil; i++ {
		b.Txs = append(b.Txs, d.Bytes())
	}
	before := len(d.Rest())
	n = d.Len()
	for i := 0; i < n && d.Err() == nil; i++ {
		b.Votes = append(b.Votes, decCertificate(d))
	}
	n = d.Len()
	if n > maxRecords {
		d.Fail("%d view records", n)
	}
	for i := 0; i < n && d.Err() == nil; i++ {
		b.Views = append(b.Views, decRecord(d))
	}
	if d.Err() == nil && before-len(d.Rest()) > maxVotes {
		d.Fail("votes and views are too long")
	}
	return b
}

func decRecord(d *cbor.Dec) (v ViewRecord) {
	d.Array(5)
	v.Epoch, v.View = d.U64(), d.U64()
	v.Nullification = decOptional(d)
	v.Salt = d.Bytes()
	if len(v.Salt) != 0 && len(v.Salt) != 32 {
		d.Fail("a salt of %d bytes", len(v.Salt))
	}
	n := d.Len()
	if n > maxRejected {
		d.Fail("%d rejected headers", n)
	}
	for i := 0; i < n && d.Err() == nil; i++ {
		d.Array(3)
		v.Rejected = append(v.Rejected, Rejected{Header: DecSigned(d), Rejects: decOptional(d), Notarizes: decOptional(d)})
	}
	return v
}

// Block is a header and what it names.
type Block struct {
	Header    Header
	Signature Signature
	Body      Body
}

// Encode is cbor(Body).
func (b *Body) Encode() []byte {
	var e cbor.Enc
	e.Array(3).Array(len(b.Txs))
	for _, t := range b.Txs {
		e.Bytes(t)
	}
	e.Raw(b.EncodeVotes()).Raw(b.EncodeViews())
	return e
}
