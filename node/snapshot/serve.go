package snapshot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route/availability"
	"probity/chain/state"
	"probity/chain/types"
	"probity/node/store"
	"probity/p2p"
)

// Server offers the states of a store to peers. Its methods may be called from
// many goroutines.
type Server struct {
	PartBytes int // that a part is meant to have at most

	store *store.Store

	mu        sync.Mutex // held while a manifest is made, which reads all of a state
	manifests []made     // the last ones
	rest      time.Time  // before which no further manifest is made
}

// made is the manifest of a height.
type made struct {
	height   types.Height
	root     keys.Hash
	manifest *Manifest
}

// manifestsMax is how many manifests are kept: peers that came at different
// times fetch different heights.
const manifestsMax = 4

// restFactor bounds the part of the time that goes into manifests, whatever peers
// ask for: after one, so many times as long none is made.
const restFactor = 9

// NewServer serves the states of a store.
func NewServer(s *store.Store) *Server { return &Server{PartBytes: PartBytes, store: s} }

// Serve is the handler of Protocol.
func (s *Server) Serve(_ context.Context, _ p2p.ID, request []byte, w *p2p.Writer) error {
	out, err := s.Answer(request)
	if errors.Is(err, ErrForm) {
		return p2p.Invalid(err)
	}
	if err != nil {
		return err
	}
	_, err = w.Write(out)
	return err
}

// Answer is the answer to one request. ErrForm is the asker's fault; ErrGone
// says that the state is not kept.
func (s *Server) Answer(request []byte) ([]byte, error) {
	var ask Ask
	if err := decode(request, &ask); err != nil {
		return nil, err
	}
	switch ask.Kind {
	case AskOffer:
		o, err := s.offer(ask.Height)
		if err != nil {
			return nil, err
		}
		return codec.Marshal(o)
	case AskManifest:
		m, _, err := s.manifest(ask.Height)
		if err != nil {
			return nil, err
		}
		return codec.Marshal(m)
	case AskPart:
		p, err := s.part(ask.Height, int(ask.Part))
		if err != nil {
			return nil, err
		}
		return codec.Marshal(p)
	}
	return nil, fmt.Errorf("%w: request of kind %d", ErrForm, ask.Kind)
}

// offer finds the block whose state serves a checkpoint: the last block of the
// last whole epoch where it is not below the checkpoint, so that all who come in
// an epoch fetch one state; else the nearest final one with a proof of its own.
func (s *Server) offer(checkpoint types.Height) (*Offer, error) {
	tip, err := s.store.Tip()
	if err != nil {
		return nil, err
	}
	oldest, _ := s.store.Pruned()
	if tip == nil || tip.Header.Height < checkpoint || checkpoint == 0 {
		return nil, fmt.Errorf("%w: height %d is not final here", ErrGone, checkpoint)
	}
	at := s.boundary(tip)
	if h := s.ready(checkpoint); h > at {
		at = h
	}
	if at < max(checkpoint, oldest) || at-checkpoint >= LinksMax {
		at = max(checkpoint, oldest)
	}
	p, err := s.store.Finality(at)
	if err != nil {
		return nil, err
	}
	if p == nil || p.Height-checkpoint >= LinksMax {
		return nil, fmt.Errorf("%w: the oldest state is that of height %d, more than %d headers from %d", ErrGone, oldest, LinksMax, checkpoint)
	}
	o := &Offer{Proof: *p}
	for h := checkpoint; h <= p.Height; h++ {
		header, err := s.store.Header(h)
		if err != nil {
			return nil, err
		}
		if header == nil {
			return nil, fmt.Errorf("%w: the header of height %d is not kept", ErrGone, h)
		}
		o.Links = append(o.Links, *header)
	}
	block, err := s.store.Block(p.Height)
	if err != nil {
		return nil, err
	}
	if block == nil {
		return nil, fmt.Errorf("%w: block %d is not kept", ErrGone, p.Height)
	}
	o.Block = *block
	return o, nil
}

// ready is the greatest height at or above a checkpoint whose manifest is made; 0
// where there is none.
func (s *Server) ready(checkpoint types.Height) (h types.Height) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.manifests {
		if m.height >= checkpoint {
			h = max(h, m.height)
		}
	}
	return h
}

// boundary is the last height of the last whole epoch; 0 where there is none.
func (s *Server) boundary(tip *store.Tip) (h types.Height) {
	v, err := s.store.View()
	if err != nil {
		return 0
	}
	defer v.Close()
	defer func() {
		if _, broken := recover().(*state.Fault); broken {
			h = 0
		}
	}()
	base := state.NewBase(v)
	e := tip.Header.Epoch
	if last, ok := availability.Last(base, e); ok && tip.Header.Height >= last {
		return last
	}
	if e == 0 {
		return 0
	}
	last, _ := availability.Last(base, e-1)
	return last
}

// root is the state root of a final block that has a proof of its own: the only
// heights that are offered, so the only ones that are worked for.
func (s *Server) root(h types.Height) (keys.Hash, error) {
	p, err := s.store.Finality(h)
	if err != nil {
		return keys.Hash{}, err
	}
	header, err := s.store.Header(h)
	if err != nil {
		return keys.Hash{}, err
	}
	if oldest, _ := s.store.Pruned(); p == nil || p.Height != h || header == nil || h < oldest {
		return keys.Hash{}, fmt.Errorf("%w: height %d", ErrGone, h)
	}
	return header.Header.StateRoot, nil
}

// manifest is that of a height, made once and kept for a while.
func (s *Server) manifest(h types.Height) (*Manifest, keys.Hash, error) {
	root, err := s.root(h)
	if err != nil {
		return nil, root, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.manifests {
		if m.height == h && m.root == root {
			return m.manifest, root, nil
		}
	}
	begun := time.Now()
	if begun.Before(s.rest) {
		return nil, root, p2p.ErrBusy
	}
	m, err := s.make(h, root)
	s.rest = time.Now().Add(restFactor * time.Since(begun))
	if err != nil {
		return nil, root, gone(err)
	}
	s.manifests = append(s.manifests, made{h, root, m})
	if len(s.manifests) > manifestsMax {
		s.manifests = s.manifests[1:]
	}
	return m, root, nil
}

// gone tells a state that was pruned meanwhile from a broken disk.
func gone(err error) error {
	if errors.Is(err, state.ErrPruned) {
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	return err
}

// make reads a whole state and hashes its parts at the greatest depth, then
// joins them while they stay small enough.
func (s *Server) make(h types.Height, root keys.Hash) (*Manifest, error) {
	m := &Manifest{Depth: DepthMax, Parts: make([]Entry, 1<<DepthMax)}
	sizes := make([]int, 1<<DepthMax)
	var leaves []path
	at := 0
	close := func(next int) {
		m.Parts[at] = Entry{Hash: subtree(leaves, DepthMax), Keys: uint64(len(leaves))}
		leaves, at = leaves[:0], next
	}
	err := s.store.Leaves(h, root, keys.Hash{}, func(l state.Leaf) bool {
		one := Leaf{Key: l.Key, Value: l.Value}
		p := one.path()
		if i := prefix(p.key, DepthMax); i != at {
			close(i)
		}
		leaves = append(leaves, p)
		sizes[at] += len(l.Key) + len(l.Value) + leafOver
		return true
	})
	if err != nil {
		return nil, err
	}
	close(0)
	for m.Depth > 0 {
		wider := make([]int, len(sizes)/16)
		for i := range sizes {
			wider[i/16] += sizes[i]
		}
		for _, n := range wider {
			if n > s.PartBytes {
				return m, nil
			}
		}
		m.Parts, m.Depth, sizes = fold(m.Parts, 4), m.Depth-4, wider
	}
	return m, nil
}

// leafOver is what the form of a leaf takes beside key and value, at most.
const leafOver = 12

// part reads one part of a state.
func (s *Server) part(h types.Height, i int) (*Part, error) {
	m, root, err := s.manifest(h)
	if err != nil {
		return nil, err
	}
	if i >= len(m.Parts) {
		return nil, fmt.Errorf("%w: part %d of %d", ErrForm, i, len(m.Parts))
	}
	p, size := &Part{Leaves: []Leaf{}}, 0
	if m.Parts[i].Keys == 0 {
		return p, nil
	}
	err = s.store.Leaves(h, root, start(i, m.Depth), func(l state.Leaf) bool {
		if prefix(keys.Sum(l.Key), m.Depth) != i {
			return false
		}
		p.Leaves = append(p.Leaves, Leaf{Key: append(types.Bytes{}, l.Key...), Value: append(types.Bytes{}, l.Value...)})
		size += len(l.Key) + len(l.Value) + leafOver
		return size <= partMax
	})
	if err != nil {
		return nil, gone(err)
	}
	if size > partMax {
		return nil, fmt.Errorf("%w: part %d is larger than a message", ErrGone, i)
	}
	return p, nil
}
