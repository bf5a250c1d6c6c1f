package snapshot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"probity/chain/codec"
	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/state"
	"probity/chain/types"
	"probity/consensus/quorum"
	"probity/node/store"
	"probity/p2p"
)

// Source is the network: peers by name, and one request to one of them.
type Source interface {
	Peers() []string
	Ask(ctx context.Context, peer string, request []byte) ([]byte, error)
}

// Options of a Fetch.
type Options struct {
	Dir        string // what has arrived is kept here, to go on after an interruption
	Genesis    *exec.Genesis
	Table      route.Table
	Checkpoint Checkpoint
	Now        types.Time
	Progress   func(Progress)
	Rejected   func(peer string, why error) // one reason for each snapshot that is refused
	Pause      time.Duration                // before busy peers are asked again; 0: a second
}

// Progress tells how far a Fetch is.
type Progress struct {
	Height      types.Height // of the state
	Peer        string       // that is asked
	Done, Total int          // parts
	Resumed     int          // of those done, how many were there already
}

// Snapshot is a state that has proved itself.
type Snapshot struct {
	Block   types.Block
	Proof   store.Proof
	Changes *state.Changes
	Parts   int
	Resumed int // parts that were there already
}

// rounds is how often all peers are asked before Fetch gives up.
const rounds = 5

// Fetch gets the state of a checkpoint, or of a block that the checkpoint leads
// to. A peer whose answer is refused is not asked again; ErrNobody lists the
// reasons when none is left. The error of ctx leaves what has arrived in Dir.
func Fetch(ctx context.Context, src Source, o Options) (*Snapshot, error) {
	if o.Pause == 0 {
		o.Pause = time.Second
	}
	f := &fetch{Options: o, src: src, refused: map[string]string{}}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	f.resume()
	for range rounds {
		for _, peer := range src.Peers() {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if f.refused[peer] != "" {
				continue
			}
			snap, err := f.from(ctx, peer)
			switch {
			case err == nil:
				return snap, nil
			case ctx.Err() != nil:
				return nil, ctx.Err()
			case errors.Is(err, ErrOld):
				return nil, err // no other peer can mend it
			case errors.Is(err, ErrFinal): // the parts are right and stay; the proof came with the offer
				f.refuse(f.offerer, err)
				f.offer, f.manifest = nil, nil
			case errors.Is(err, p2p.ErrBusy):
			default:
				f.refuse(peer, err)
			}
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(o.Pause):
		}
	}
	return nil, f.nobody()
}

// fetch is one Fetch.
type fetch struct {
	Options
	src      Source
	offer    *Offer
	offerer  string // who gave it; empty: an earlier run
	manifest *Manifest
	refused  map[string]string
	order    []string
	resumed  int
}

func (f *fetch) refuse(peer string, err error) {
	if peer == "" {
		peer = "an earlier run"
	}
	f.refused[peer] = strings.ReplaceAll(err.Error(), "\n", "; ")
	f.order = append(f.order, peer)
	if f.Rejected != nil {
		f.Rejected(peer, err)
	}
}

func (f *fetch) nobody() error {
	if len(f.order) == 0 {
		return fmt.Errorf("%w: none is connected, or all are busy", ErrNobody)
	}
	var all []string
	for _, p := range f.order {
		all = append(all, p+": "+f.refused[p])
	}
	return fmt.Errorf("%w: %s", ErrNobody, strings.Join(all, "; "))
}

// from takes a snapshot from one peer, with the parts that are there already.
func (f *fetch) from(ctx context.Context, peer string) (*Snapshot, error) {
	if f.manifest == nil {
		if err := f.begin(ctx, peer); err != nil {
			return nil, err
		}
	}
	h := f.offer.Block.Header.Height
	done := 0
	for i := range f.manifest.Parts {
		if f.manifest.Parts[i].Keys > 0 && f.load(i) == nil {
			p := new(Part)
			if err := f.ask(ctx, peer, Ask{Kind: AskPart, Height: h, Part: uint32(i)}, p); err != nil {
				return nil, f.lapsed(err)
			}
			if err := p.Check(f.manifest, i); err != nil {
				return nil, err
			}
			if err := f.keep(partName(i), codec.MustMarshal(p)); err != nil {
				return nil, err
			}
		}
		done++
		if f.Progress != nil {
			f.Progress(Progress{h, peer, done, len(f.manifest.Parts), f.resumed})
		}
	}
	return f.build()
}

// lapsed drops a snapshot that a peer no longer keeps: the next offer is newer.
func (f *fetch) lapsed(err error) error {
	var remote *p2p.RemoteError
	if errors.Is(err, ErrGone) || errors.As(err, &remote) {
		f.clear()
		return p2p.ErrBusy // ask again
	}
	return err
}

// begin takes offer and manifest from a peer.
func (f *fetch) begin(ctx context.Context, peer string) error {
	o, m := new(Offer), new(Manifest)
	if err := f.ask(ctx, peer, Ask{Kind: AskOffer, Height: f.Checkpoint.Height}, o); err != nil {
		return err
	}
	if err := o.Check(f.Checkpoint); err != nil {
		return err
	}
	if err := f.young(o.Links[0].Header.Time, f.genesisDelay()); err != nil {
		return err
	}
	if err := f.ask(ctx, peer, Ask{Kind: AskManifest, Height: o.Block.Header.Height}, m); err != nil {
		return err
	}
	if err := m.Check(o.Block.Header.StateRoot); err != nil {
		return err
	}
	if old, err := os.ReadFile(filepath.Join(f.Dir, "manifest")); err != nil || !bytes.Equal(old, codec.MustMarshal(m)) {
		if err := f.clear(); err != nil {
			return err
		}
	}
	if err := errors.Join(f.keep("offer", codec.MustMarshal(o)), f.keep("manifest", codec.MustMarshal(m))); err != nil {
		return err
	}
	f.offer, f.manifest, f.offerer = o, m, peer
	return nil
}

// Check is nil where the headers lead from the checkpoint to the block, and the
// proof names the block or what extends it. Whether a quorum signed the proof is
// seen when the state is there.
func (o *Offer) Check(c Checkpoint) error {
	if len(o.Links) == 0 || len(o.Links) > LinksMax {
		return fmt.Errorf("%w: %d of them", ErrLinks, len(o.Links))
	}
	want, height := c.Digest, c.Height
	for i := range o.Links {
		h := &o.Links[i].Header
		if i > 0 {
			if h.Parent != want || h.Height != height+1 {
				return fmt.Errorf("%w: height %d", ErrLinks, h.Height)
			}
			want, height = h.Digest(), h.Height
			continue
		}
		if h.Digest() != want || h.Height != height {
			return fmt.Errorf("%w: the first is %d:%s, the checkpoint %s", ErrLinks, h.Height, h.Digest().Short(), c)
		}
	}
	if o.Block.Digest() != want {
		return fmt.Errorf("%w: its digest is %s, the last header's %s", ErrBlock, o.Block.Digest().Short(), want.Short())
	}
	if err := o.Block.Check(); err != nil {
		return fmt.Errorf("%w: %w", ErrBlock, err)
	}
	at := want
	for i := range o.Proof.Trailing {
		h := &o.Proof.Trailing[i].Header
		if h.Parent != at || h.Epoch != o.Block.Header.Epoch || h.Height != height {
			return fmt.Errorf("%w: trailing header %d", ErrBlock, i)
		}
		at = h.Digest()
	}
	if f := &o.Proof.Finalization; f.Kind != types.Finalize || f.Digest != at {
		return fmt.Errorf("%w: the finalization names another", ErrBlock)
	}
	return nil
}

// ask exchanges one message.
func (f *fetch) ask(ctx context.Context, peer string, q Ask, into any) error {
	b, err := f.src.Ask(ctx, peer, codec.MustMarshal(&q))
	if err != nil {
		return err
	}
	return decode(b, into)
}

// build makes the tree of the parts and has the state speak for itself.
func (f *fetch) build() (*Snapshot, error) {
	layer := state.NewLayer(state.NewBase(state.NewMemory()))
	for i := range f.manifest.Parts {
		if f.manifest.Parts[i].Keys == 0 {
			continue
		}
		p := f.load(i)
		if p == nil {
			return nil, fmt.Errorf("%w: part %d was lost from %s", ErrPart, i, f.Dir)
		}
		for j := range p.Leaves {
			layer.Set(p.Leaves[j].Key, p.Leaves[j].Value)
		}
	}
	h := &f.offer.Block.Header
	root, changes := layer.Seal(h.Height)
	if root != h.StateRoot {
		return nil, fmt.Errorf("%w: the parts make %s", ErrManifest, root.Short())
	}
	if err := f.final(layer); err != nil {
		return nil, err
	}
	if err := f.young(f.offer.Links[0].Header.Time, f.stateDelay(layer)); err != nil {
		return nil, err
	}
	return &Snapshot{Block: f.offer.Block, Proof: f.offer.Proof, Changes: changes, Parts: len(f.manifest.Parts), Resumed: f.resumed}, nil
}

// final checks that a quorum of the roster that the state holds finalized the
// block. The checkpoint does not need it; the blocks after it do.
func (f *fetch) final(r state.Reader) error {
	c := &f.offer.Proof.Finalization
	roster, ok := availability.Roster(r, f.offer.Block.Header.Epoch)
	if !ok {
		return fmt.Errorf("%w: the state holds no roster of epoch %d", ErrFinal, f.offer.Block.Header.Epoch)
	}
	w, err := c.Weight(&roster)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFinal, err)
	}
	if total := roster.Total(); w < quorum.Threshold(total) {
		return fmt.Errorf("%w: weight %d of %d", ErrFinal, w, total)
	}
	signed, err := c.Signed(&roster, f.Genesis.Hash())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFinal, err)
	}
	for _, s := range signed {
		if !keys.Verify(s) {
			return fmt.Errorf("%w: a signature does not verify", ErrFinal)
		}
	}
	return nil
}

// partName is the file of a part.
func partName(i int) string { return fmt.Sprintf("part-%04d", i) }

// keep writes a file of Dir, all or nothing. It is not synced: what is read back
// is checked again.
func (f *fetch) keep(name string, b []byte) error {
	path := filepath.Join(f.Dir, name)
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	return nil
}

// load reads a part that arrived earlier; nil where it is not there or not right.
func (f *fetch) load(i int) *Part {
	b, err := os.ReadFile(filepath.Join(f.Dir, partName(i)))
	if err != nil {
		return nil
	}
	p := new(Part)
	if decode(b, p) != nil || p.Check(f.manifest, i) != nil {
		return nil
	}
	return p
}

// resume takes up offer and manifest of an earlier run for the same checkpoint.
func (f *fetch) resume() {
	o, m := new(Offer), new(Manifest)
	for name, into := range map[string]any{"offer": o, "manifest": m} {
		b, err := os.ReadFile(filepath.Join(f.Dir, name))
		if err != nil || decode(b, into) != nil {
			return
		}
	}
	if o.Check(f.Checkpoint) != nil || m.Check(o.Block.Header.StateRoot) != nil {
		return
	}
	f.offer, f.manifest = o, m
	for i := range m.Parts {
		if m.Parts[i].Keys > 0 && f.load(i) != nil {
			f.resumed++
		}
	}
}

// clear forgets what arrived of another snapshot.
func (f *fetch) clear() error {
	f.offer, f.manifest, f.resumed = nil, nil, 0
	list, err := filepath.Glob(filepath.Join(f.Dir, "part-*"))
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	for _, path := range list {
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("snapshot: %w", err)
		}
	}
	return nil
}
