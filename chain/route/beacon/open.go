package beacon

import (
	"bytes"
	"fmt"

	"probity/chain/escrow"
	"probity/chain/route/availability"
	"probity/chain/state"
	"probity/chain/types"
)

// Open checks what a block says of the salts of its views, from the first one
// it skips to its own, and opens them in the schedule (spec beacon §8). The
// records of the skipped views are there. An error is a verdict on the block;
// what was opened before it stays open, since an opening that holds against
// its dealing is a fact whoever told it.
//
// A trailing block opens like any other, but that hash chains end with the
// epoch's last height: the seed that they make is fixed by then.
func Open(r state.Reader, suite escrow.Suite, s *types.Schedule, b *types.Block, first types.View, trailing bool) error {
	h := &b.Header
	scheme, stride, ok := availability.Scheme(r, h.Epoch)
	if !ok || !s.Reach(first) {
		panic(fmt.Sprintf("beacon: block of view %d/%d on a parent whose salts are not open", h.Epoch, h.View))
	}
	for v := first; v < h.View; v++ {
		rec := &b.Body.Views[v-first]
		if scheme == types.Hashed || !s.Salted(v) {
			if len(rec.Salt) > 0 || len(rec.Nullification.Attachment) > 0 {
				return fmt.Errorf("%w: view %d, which opens none", ErrSalt, v)
			}
			continue
		}
		o, err := escrow.ParseOpening(rec.Nullification.Attachment)
		if err != nil {
			return fmt.Errorf("%w: view %d: %w", ErrSalt, v, err)
		}
		salt, err := s.Unseal(suite, v, dealing(r, s, h.Epoch, v), &o)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrSalt, err)
		}
		if !bytes.Equal(rec.Salt, salt[:]) {
			return fmt.Errorf("%w: view %d opens to %x", ErrSalt, v, salt)
		}
		s.Open(v, salt)
	}
	switch {
	case scheme == types.Recoverable:
		return reveal(r, suite, s, h)
	case trailing && len(h.Reveal) > 0:
		return fmt.Errorf("%w: %d bytes in a trailing block", ErrReveal, len(h.Reveal))
	case trailing:
		return nil
	}
	t := Turn{Scheme: scheme, Stride: stride, View: h.View, ASC: s.ASC(h.View), Salt: s.Salt(h.View)}
	return t.Check(h.Reveal)
}

// reveal checks a header's own reveal and opens its view.
func reveal(r state.Reader, suite escrow.Suite, s *types.Schedule, h *types.Header) error {
	if !s.Salted(h.View) {
		if len(h.Reveal) > 0 {
			return fmt.Errorf("%w: %d bytes where there is none", ErrReveal, len(h.Reveal))
		}
		return nil
	}
	if len(h.Reveal) != escrow.RevealBytes {
		return fmt.Errorf("%w: %d bytes, want %d", ErrReveal, len(h.Reveal), escrow.RevealBytes)
	}
	salt, err := s.Unseal(suite, h.View, dealing(r, s, h.Epoch, h.View), &escrow.Opening{Reveal: escrow.Bytes(h.Reveal)})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrReveal, err)
	}
	s.Open(h.View, salt)
	return nil
}

// dealing is what a view's salt was dealt with.
func dealing(r state.Reader, s *types.Schedule, e types.Epoch, v types.View) types.Bytes {
	return availability.Dealing(r, e, s.ASC(v).Producer, s.Salt(v))
}
