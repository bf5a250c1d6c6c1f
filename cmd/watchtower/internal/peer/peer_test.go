package peer

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
	"pgregory.net/rapid"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/tree"
	"probity/cmd/watchtower/internal/wire"
)

var genesis = wire.Sum([]byte("a chain"))

// signer is a member, or the holder of a contract.
type signer struct{ key ed25519.PrivateKey }

func newSigner(name string) signer {
	seed := sha256.Sum256([]byte(name))
	return signer{ed25519.NewKeyFromSeed(seed[:])}
}

func (s signer) public() (k wire.Key) { copy(k[:], s.key[32:]); return k }

func (s signer) sign(kind string, st wire.Statement) (out wire.Signature) {
	msg := append([]byte("probity/"+kind+"/v1"), genesis[:]...)
	copy(out[:], ed25519.Sign(s.key, append(msg, st.Encode()...)))
	return out
}

// chain is an epoch of four members of one weight and one producer.
type chain struct {
	members  []signer
	producer signer
	base     Base
}

func newChain() *chain {
	c := &chain{producer: newSigner("producer"), base: Base{Genesis: genesis, Height: 7, Digest: wire.Sum([]byte("the last")), Epoch: 3, State: tree.New()}}
	r := wire.Roster{Epoch: 3}
	for _, name := range []string{"a", "b", "c", "d"} {
		m := newSigner(name)
		c.members = append(c.members, m)
		r.Members = append(r.Members, wire.Member{Address: m.public().Address(), Key: m.public(), Weight: 10})
	}
	c.base.State.Set(planKey(rosters, 3), r.Encode())
	id, key := wire.Sum([]byte("contract")), c.producer.public()
	a := key.Address()
	var e cbor.Enc
	e.Array(2).Array(1).Array(6).Bytes(id[:]).Bytes(a[:]).Bytes(key[:]).Uint(1).Bytes(nil).Uint(0).Bool(false)
	c.base.State.Set(planKey(lists, 3), e)
	return c
}

// block makes the next block, by the producer.
func (c *chain) block(height uint64, parent wire.Hash, body wire.Body) *wire.Block {
	h := wire.Header{Version: 1, Epoch: 3, View: height, Height: height, Parent: parent, ASC: wire.Sum([]byte("contract"))}
	h.TxRoot, h.VotesRoot, h.ViewsRoot = body.Roots()
	return c.signed(&wire.Block{Header: h, Body: body})
}

func (c *chain) signed(b *wire.Block) *wire.Block {
	b.Signature = c.producer.sign("propose", wire.Statement{Kind: wire.Propose, Epoch: 3, View: b.Header.View, Digest: b.Header.Digest()})
	return b
}

// final is the members' Finalization of a digest.
func (c *chain) final(d wire.Hash, who ...int) wire.Certificate {
	st := wire.Statement{Kind: wire.Finalize, Epoch: 3, View: 9, Digest: d}
	f := wire.Certificate{Statement: st, Signers: []byte{0}}
	for _, i := range who {
		f.Signers[0] |= 1 << i
		f.Signatures = append(f.Signatures, c.members[i].sign("finalize", st))
	}
	return f
}

// proven is three blocks, one trailing header and what three of four signed.
func (c *chain) proven() *Range {
	r := &Range{}
	parent := c.base.Digest
	for h := uint64(8); h <= 10; h++ {
		b := c.block(h, parent, wire.Body{Txs: [][]byte{{1, byte(h)}}})
		r.Blocks, parent = append(r.Blocks, b), b.Header.Digest()
	}
	t := wire.Header{Version: 1, Epoch: 3, View: 11, Height: 10, Parent: parent}
	r.Trailing = []wire.SignedHeader{{Header: t}}
	r.Finalization = c.final(t.Digest(), 0, 1, 3)
	return r
}

// Goal: a range is taken only with what proves it, and a refusal says what is forged.
// Method: a right range, with and without a trailing header, and one change of
// each thing that the proof consists of.
func TestCheck(t *testing.T) {
	c := newChain()
	tip := func(r *Range) wire.Hash { return r.Blocks[2].Header.Digest() }
	for name, row := range map[string]struct {
		change func(r *Range, b *Base)
		want   string // empty: it is taken
	}{
		"right":             {func(*Range, *Base) {}, ""},
		"nothing trails":    {func(r *Range, _ *Base) { r.Trailing, r.Finalization = nil, c.final(tip(r), 1, 2, 3) }, ""},
		"empty":             {func(r *Range, _ *Base) { r.Blocks = nil }, "no blocks"},
		"a gap":             {func(r *Range, _ *Base) { r.Blocks = r.Blocks[1:] }, "height 8 and epoch 3"},
		"another base":      {func(_ *Range, b *Base) { b.Digest[0]++ }, "a forged block: it is of height 8"},
		"another epoch":     {func(_ *Range, b *Base) { b.Epoch = 2 }, "the contracts of epoch 2"},
		"another chain":     {func(_ *Range, b *Base) { b.Genesis[0]++ }, "not signed by a contract"},
		"a header":          {func(r *Range, _ *Base) { r.Blocks[2].Header.StateRoot[0]++ }, "height 10 is not signed"},
		"a signed header":   {func(r *Range, _ *Base) { r.Blocks[2].Header.StateRoot[0]++; c.signed(r.Blocks[2]) }, "the trailing header of view 11"},
		"a body":            {func(r *Range, _ *Base) { r.Blocks[1].Body.Txs = nil }, "the body of height 9"},
		"a signature":       {func(r *Range, _ *Base) { r.Blocks[0].Signature[3]++ }, "height 8 is not signed"},
		"no such contract":  {func(r *Range, _ *Base) { r.Blocks[0].Header.ASC[0]++; c.signed(r.Blocks[0]) }, "height 8 is not signed"},
		"of another digest": {func(r *Range, _ *Base) { r.Finalization = c.final(tip(r), 0, 1, 2) }, "it states something else"},
		"of another kind":   {func(r *Range, _ *Base) { r.Finalization.Statement.Kind = wire.Notarize }, "it states something else"},
		"a minority": {func(r *Range, _ *Base) { r.Finalization = c.final(r.Trailing[0].Header.Digest(), 2, 3) },
			"a forged Finalization of height 10: a weight of 20, where 27 is a quorum"},
		"a forged vote":     {func(r *Range, _ *Base) { r.Finalization.Signatures[2][0]++ }, "the signature of member 3 does not hold"},
		"a vote for one":    {func(r *Range, _ *Base) { r.Finalization.Signers[0] |= 4 }, "its signers do not fit"},
		"a stranger's vote": {func(r *Range, _ *Base) { r.Finalization.Signers[0] = 0x13 }, "its signers do not fit"},
	} {
		t.Run(name, func(t *testing.T) {
			r, b := c.proven(), c.base
			row.change(r, &b)
			err := r.Check(b)
			if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)) {
				t.Errorf("%v; want %q", err, row.want)
			}
		})
	}
}

// answerOf is the message in which a member sends a range (network §3).
func answerOf(id uint64, r *Range) []byte {
	var e cbor.Enc
	e.Array(6).Uint(id).Null().Null().Null().Null().Array(3).Array(len(r.Blocks))
	for _, b := range r.Blocks {
		e.Array(3).Raw(b.Header.Encode()).Bytes(b.Signature[:]).Raw(b.Body.Encode())
	}
	f := &r.Finalization
	e.Array(4).Raw(f.Statement.Encode()).Bytes(f.Signers).Array(len(f.Signatures))
	for _, s := range f.Signatures {
		e.Bytes(s[:])
	}
	e.Bytes(f.Attachment).Array(len(r.Trailing))
	for _, s := range r.Trailing {
		e.Array(2).Raw(s.Header.Encode()).Bytes(s.Signature[:])
	}
	return e
}

// Goal: what a member answers is read from its frame as it was sent, other topics are
// skipped, and no bytes do harm. Method: a range in a frame behind one of another topic;
// then the same message with bytes changed or cut off, which is refused or written again
// as the same bytes.
func TestMessages(t *testing.T) {
	c := newChain()
	sent := answerOf(5, c.proven())
	stream := append([]byte{0, 0, 0, 0, 6, 3, 'a', 'n', 'y', 1, 2}, frame(sent)...)
	data, err := readFrame(bytes.NewReader(stream))
	if err != nil || !bytes.Equal(data, sent) {
		t.Fatalf("%d bytes of %d: %v", len(data), len(sent), err)
	}
	m, err := decode(data)
	if err != nil || m.id != 5 || m.blocks == nil {
		t.Fatalf("%v: %v", m, err)
	}
	if err := m.blocks.Check(c.base); err != nil {
		t.Error(err)
	}
	for _, bad := range [][]byte{{1, 0, 0, 0, 1, 0}, {0, 0, 0, 0, 0, 0}, {0, 0xff, 0, 0, 0, 4}} {
		if _, err := readFrame(bytes.NewReader(bad)); err == nil {
			t.Errorf("%x is a frame", bad)
		}
	}
	if m, err := decode(askStatus()); err != nil || m.height != nil || m.blocks != nil {
		t.Errorf("a question is an answer: %v, %v", m, err)
	}
	if m, err := decode(askRange(1, 2)); err != nil || m != nil {
		t.Errorf("a question is an answer: %v, %v", m, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		b := bytes.Clone(sent)
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			b[rapid.IntRange(0, min(60, len(b)-1)).Draw(t, "at")] = rapid.Byte().Draw(t, "to")
		}
		b = b[:rapid.IntRange(0, len(b)).Draw(t, "length")]
		m, err := decode(b)
		if err == nil && m != nil && m.blocks != nil && !bytes.Equal(answerOf(m.id, m.blocks), b) {
			t.Fatalf("%x is another form of %x", b, answerOf(m.id, m.blocks))
		}
	})
}
