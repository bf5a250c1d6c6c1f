package peer

import (
	"fmt"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/tree"
	"probity/cmd/watchtower/internal/wire"
)

// Base is what a range stands on: the last block that was executed here, and the
// state after it, which names who may vote and produce next.
type Base struct {
	Genesis wire.Hash
	Height  uint64
	Digest  wire.Hash
	Epoch   uint64 // of the next block
	State   *tree.State
}

// Check is network §3: the blocks continue the base, their bodies are those that their
// headers name, their signatures are by contracts of the epoch, and a quorum
// of the epoch's roster finalized the end. What the blocks do is not judged.
func (r *Range) Check(b Base) error {
	if len(r.Blocks) == 0 {
		return fmt.Errorf("a range of no blocks")
	}
	producers, err := b.producers()
	if err != nil {
		return err
	}
	prev, height := b.Digest, b.Height
	for _, block := range r.Blocks {
		h := &block.Header
		if height++; h.Parent != prev || h.Height != height || h.Epoch != b.Epoch {
			return fmt.Errorf("a forged block: it is of height %d and epoch %d on %x, where height %d and epoch %d on %x are due", h.Height, h.Epoch, h.Parent[:6], height, b.Epoch, prev[:6])
		}
		if txs, votes, views := block.Body.Roots(); h.TxRoot != txs || h.VotesRoot != votes || h.ViewsRoot != views {
			return fmt.Errorf("a forged block: the body of height %d is not the one that its header names", height)
		}
		prev = h.Digest()
		s := wire.Statement{Kind: wire.Propose, Epoch: h.Epoch, View: h.View, Digest: prev}
		if key, ok := producers[h.ASC]; !ok || !s.Verify(key, b.Genesis, block.Signature) {
			return fmt.Errorf("a forged block: height %d is not signed by a contract of epoch %d", height, b.Epoch)
		}
	}
	for i := range r.Trailing {
		h := &r.Trailing[i].Header
		if h.Parent != prev || h.Height != height || h.Epoch != b.Epoch {
			return fmt.Errorf("the trailing header of view %d does not follow", h.View)
		}
		prev = h.Digest()
	}
	if err := b.final(&r.Finalization, prev); err != nil {
		return fmt.Errorf("a forged Finalization of height %d: %w", height, err)
	}
	return nil
}

// final checks that the certificate is a quorum of the epoch for a digest.
func (b Base) final(f *wire.Certificate, digest wire.Hash) error {
	raw, _ := b.State.Get(planKey(rosters, b.Epoch))
	d := cbor.New(raw)
	roster := wire.DecRoster(d)
	if err := d.Done(); err != nil {
		return fmt.Errorf("the roster of epoch %d: %w", b.Epoch, err)
	}
	s := f.Statement
	if s.Kind != wire.Finalize || s.Epoch != b.Epoch || s.Digest != digest {
		return fmt.Errorf("it states something else: kind %d of %x in epoch %d", s.Kind, s.Digest[:6], s.Epoch)
	}
	signers, ok := f.Members(len(roster.Members))
	if !ok {
		return fmt.Errorf("its signers do not fit the roster")
	}
	weight := uint64(0)
	for i, n := range signers {
		m := &roster.Members[n]
		if !s.Verify(m.Key, b.Genesis, f.Signatures[i]) {
			return fmt.Errorf("the signature of member %d does not hold", n)
		}
		weight += m.Weight
	}
	if weight < roster.Quorum() {
		return fmt.Errorf("a weight of %d, where %d is a quorum", weight, roster.Quorum())
	}
	return nil
}

// Regions of availability (§3) that hold what an epoch is planned with.
const (
	availability = 4
	rosters      = 6
	lists        = 7
)

// planKey is the key of a part of an epoch's plan (state §1).
func planKey(region byte, epoch uint64) string {
	return string(append([]byte{0, availability, region}, wire.Be64(epoch)...))
}

// producers are the keys of the contracts in list(e).
func (b Base) producers() (map[wire.Hash]wire.Key, error) {
	raw, _ := b.State.Get(planKey(lists, b.Epoch))
	out, d := map[wire.Hash]wire.Key{}, cbor.New(raw)
	d.Array(2)
	n := d.Len()
	for i := 0; i < n && d.Err() == nil; i++ {
		d.Array(6)
		id := wire.DecHash(d)
		wire.DecAddress(d)
		out[id] = wire.DecKey(d)
		d.U64()
		d.Bytes()
		d.U64()
	}
	d.Bool()
	if err := d.Done(); err != nil {
		return nil, fmt.Errorf("the contracts of epoch %d: %w", b.Epoch, err)
	}
	return out, nil
}
