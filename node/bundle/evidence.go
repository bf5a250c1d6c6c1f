package bundle

import (
	"crypto/rand"
	"fmt"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus/quorum"
)

// Point names a final block.
type Point struct {
	Height types.Height `json:"height"`
	Hash   keys.Hash    `json:"hash"`
}

// String is the form that --checkpoint takes.
func (p Point) String() string { return fmt.Sprintf("%d:%s", p.Height, p.Hash) }

// Evidence leads from a checkpoint to the state that the rest of a bundle is
// proven in (spec bundle §3). A header commits to the rosters of its epoch and
// of the next, so one certified header of each epoch is a way.
type Evidence struct {
	_     struct{}     `cbor:",toarray"`
	Start types.Header // of the checkpoint
	Links []Link
}

// Link is a header that its epoch's roster has finalized.
type Link struct {
	_            struct{} `cbor:",toarray"`
	Header       types.Header
	Finalization types.Certificate
	Members      []types.Member // of the roster; none: those of the link before
}

// linksMax bounds the epochs that a bundle spans.
const linksMax = 1 << 13

// last is the header whose state root counts.
func (e *Evidence) last() *types.Header {
	if len(e.Links) == 0 {
		return &e.Start
	}
	return &e.Links[len(e.Links)-1].Header
}

// names reports whether one of the headers is that of a checkpoint.
func (e *Evidence) names(p Point) bool {
	if e.Start.Height == p.Height {
		return e.Start.Digest() == p.Hash
	}
	for i := range e.Links {
		if h := &e.Links[i].Header; h.Height == p.Height {
			return h.Digest() == p.Hash
		}
	}
	return false
}

// check refuses evidence in which a header does not follow from the one before.
func (e *Evidence) check(genesis keys.Hash) error {
	if len(e.Links) > linksMax {
		return fmt.Errorf("%d links, at most %d", len(e.Links), linksMax)
	}
	before, members := &e.Start, []types.Member(nil)
	for i := range e.Links {
		l := &e.Links[i]
		if len(l.Members) > 0 {
			members = l.Members
		}
		if err := l.check(genesis, before, members); err != nil {
			return fmt.Errorf("link %d, height %d: %w", i+1, l.Header.Height, err)
		}
		before = &l.Header
	}
	return nil
}

// check holds one link against the header before it, which says whose
// signatures count.
func (l *Link) check(genesis keys.Hash, before *types.Header, members []types.Member) error {
	h, want := &l.Header, before.RosterHash
	switch {
	case h.Height <= before.Height:
		return fmt.Errorf("it is not above height %d", before.Height)
	case h.Epoch == before.Epoch+1:
		want = before.NextRosterHash
	case h.Epoch != before.Epoch:
		return fmt.Errorf("epoch %d does not follow epoch %d", h.Epoch, before.Epoch)
	}
	roster := types.Roster{Epoch: h.Epoch, Members: members}
	if roster.Hash() != want || h.RosterHash != want {
		return fmt.Errorf("the roster of epoch %d is not the one that the header before commits to", h.Epoch)
	}
	c := &l.Finalization
	if c.Kind != types.Finalize || c.Epoch != h.Epoch || c.View != h.View || c.Digest != h.Digest() || len(c.Attachment) > 0 {
		return fmt.Errorf("the certificate is no Finalization of this header")
	}
	return certified(c, &roster, genesis)
}

// certified checks that a quorum of a roster signed, and every signature.
func certified(c *types.Certificate, r *types.Roster, genesis keys.Hash) error {
	weight, err := c.Weight(r)
	if err != nil {
		return err
	}
	if need := quorum.Threshold(r.Total()); weight < need {
		return fmt.Errorf("signed by weight %d, a quorum is %d", weight, need)
	}
	signed, err := c.Signed(r, genesis)
	if err != nil {
		return err
	}
	for i, ok := range keys.VerifyBatch(signed, rand.Reader) {
		if !ok {
			return fmt.Errorf("signature %d does not hold", i+1)
		}
	}
	return nil
}
