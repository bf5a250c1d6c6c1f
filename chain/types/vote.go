package types

import (
	"errors"
	"fmt"
	"strings"

	"probity/chain/codec"
	"probity/chain/keys"
)

// Kind is what a signed statement of a member says (spec wire §6).
type Kind uint8

// The kinds of statement. Their numbers are on the wire.
const (
	Propose  Kind = 1 // this block is mine, for this view
	Notarize Kind = 2 // I hold and have executed this block; it may be built on
	Nullify  Kind = 3 // I saw no valid block in time; the view may be skipped
	Reject   Kind = 4 // this block is invalid (beside a Nullify)
	Finalize Kind = 5 // I notarized this block, saw its Notarization, and shall never nullify its view
)

var kindNames = [...]string{Propose: "propose", Notarize: "notarize", Nullify: "nullify", Reject: "reject", Finalize: "finalize"}

// Valid reports whether k is one of the five kinds.
func (k Kind) Valid() bool { return k >= Propose && k <= Finalize }

// String is the kind's name; it is also the domain of its signatures.
func (k Kind) String() string {
	if !k.Valid() {
		return fmt.Sprintf("kind(%d)", uint8(k))
	}
	return kindNames[k]
}

// MarshalText gives the kind's name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what String gives: the kind's name, or kind(N) for a
// number that is no kind and that Valid refuses.
func (k *Kind) UnmarshalText(text []byte) error {
	var n uint8
	if _, err := fmt.Sscanf(string(text), "kind(%d)", &n); err == nil && Kind(n).String() == string(text) {
		*k = Kind(n)
		return nil
	}
	for i, name := range kindNames {
		if name != "" && name == string(text) {
			*k = Kind(i)
			return nil
		}
	}
	return fmt.Errorf("kind %.20q: want one of %s", text, strings.Join(kindNames[1:], ", "))
}

// Statement is what a member signs: a kind, the view it speaks of and, except
// for Nullify, the digest of a block.
type Statement struct {
	_      struct{}  `cbor:",toarray"`
	Kind   Kind      `json:"kind"`
	Epoch  Epoch     `json:"epoch"`
	View   View      `json:"view"`
	Digest keys.Hash `json:"digest"` // zero for Nullify
}

// SignBytes is the string that is signed.
func (s Statement) SignBytes(genesis keys.Hash) []byte {
	var room [64]byte
	return keys.SignBytes(s.Kind.String(), genesis, s.append(room[:0]))
}

// append appends what the codec makes of the statement.
func (s *Statement) append(b []byte) []byte {
	b = codec.AppendArray(b, 4)
	for _, n := range [...]uint64{uint64(s.Kind), uint64(s.Epoch), uint64(s.View)} {
		b = codec.AppendUint(b, n)
	}
	return codec.AppendBytes(b, s.Digest[:])
}

// Valid reports whether the kind exists and the digest is there exactly where
// the kind has one.
func (s Statement) Valid() bool {
	return s.Kind.Valid() && (s.Kind == Nullify) == s.Digest.IsZero()
}

// Vote is a statement signed by the member at an index of the epoch's roster.
type Vote struct {
	_          struct{} `cbor:",toarray"`
	Statement  `json:"statement"`
	Signer     uint32         `json:"signer"`
	Signature  keys.Signature `json:"signature"`
	Attachment Bytes          `json:"attachment"` // unsigned; shares of a salt on a Nullify, else empty
}

// AttachmentBytes bounds a vote's attachment: the shares of every ticket of
// the heaviest member.
const AttachmentBytes = 128 << 10

// ErrVote is returned for a vote or certificate that no roster could mend.
var ErrVote = errors.New("malformed vote")

// Check refuses a vote that is not well-formed whatever the roster holds.
func (v *Vote) Check() error {
	if !v.Valid() || v.Kind == Propose || v.View == 0 || len(v.Attachment) > AttachmentBytes {
		return ErrVote
	}
	return nil
}

// Certificate is one statement with the signatures of several members, in
// ascending order of their index; Signers is the bitmap of those indices in
// the canonical form of consensus/quorum. It certifies something only where
// their weight reaches the roster's quorum; lighter ones carry late votes.
type Certificate struct {
	_          struct{} `cbor:",toarray"`
	Statement  `json:"statement"`
	Signers    Bytes            `json:"signers"`
	Signatures []keys.Signature `json:"signatures"`
	Attachment Bytes            `json:"attachment"` // opens the salt of a nullified view; empty where none is needed
}

// Indices lists the signers of c in ascending order. It fails where the bitmap
// is longer than n members, has padding bits, or disagrees with the number of
// signatures.
func (c *Certificate) Indices(n int) ([]int, error) {
	if !c.Valid() || len(c.Signers) != (n+7)/8 {
		return nil, fmt.Errorf("%w: bitmap of %d bytes for %d members", ErrVote, len(c.Signers), n)
	}
	out := make([]int, 0, len(c.Signatures))
	for i, b := range c.Signers {
		for bit := 0; b != 0; bit, b = bit+1, b>>1 {
			if b&1 == 0 {
				continue
			}
			if i*8+bit >= n {
				return nil, fmt.Errorf("%w: bit %d for %d members", ErrVote, i*8+bit, n)
			}
			out = append(out, i*8+bit)
		}
	}
	if len(out) != len(c.Signatures) {
		return nil, fmt.Errorf("%w: %d bits, %d signatures", ErrVote, len(out), len(c.Signatures))
	}
	return out, nil
}

// Votes takes c apart into the votes it was made of.
func (c *Certificate) Votes(n int) ([]Vote, error) {
	idx, err := c.Indices(n)
	if err != nil {
		return nil, err
	}
	out := make([]Vote, len(idx))
	for i, signer := range idx {
		out[i] = Vote{Statement: c.Statement, Signer: uint32(signer), Signature: c.Signatures[i]}
	}
	return out, nil
}

// Bundle makes a certificate of votes with one statement, given in ascending
// order of their signers, for a roster of n members.
func Bundle(votes []Vote, n int) Certificate {
	c := Certificate{Statement: votes[0].Statement, Signers: make(Bytes, (n+7)/8)}
	for i, v := range votes {
		if v.Statement != c.Statement || i > 0 && votes[i-1].Signer >= v.Signer {
			panic("types: bundle of unlike or unordered votes")
		}
		c.Signers[v.Signer/8] |= 1 << (v.Signer % 8)
		c.Signatures = append(c.Signatures, v.Signature)
	}
	return c
}

// Weight is the weight of c's signers in r; an error where the signers do not
// fit the roster or its epoch.
func (c *Certificate) Weight(r *Roster) (Weight, error) {
	if c.Epoch != r.Epoch {
		return 0, fmt.Errorf("%w: epoch %d against the roster of %d", ErrVote, c.Epoch, r.Epoch)
	}
	idx, err := c.Indices(len(r.Members))
	if err != nil {
		return 0, err
	}
	var w Weight
	for _, i := range idx {
		w += r.Members[i].Weight
	}
	return w, nil
}

// Signed lists the signature checks of c against r.
func (c *Certificate) Signed(r *Roster, genesis keys.Hash) ([]keys.Signed, error) {
	idx, err := c.Indices(len(r.Members))
	if err != nil {
		return nil, err
	}
	msg := c.SignBytes(genesis)
	out := make([]keys.Signed, len(idx))
	for i, signer := range idx {
		out[i] = keys.Signed{Key: r.Members[signer].Key, Message: msg, Signature: c.Signatures[i]}
	}
	return out, nil
}
