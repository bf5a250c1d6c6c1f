package follow

import (
	"errors"
	"time"

	"probity/cmd/watchtower/internal/peer"
)

// untoldMax is how many blocks the members may be ahead of the node that is compared
// with them; beyond, the tower waits for the node.
const untoldMax = 4096

// followMembers takes blocks from members, and compares what a node tells of them
// where one is asked.
func (w *tower) followMembers() error {
	members, err := peer.Open(w.chain.Genesis, w.Members, w.say)
	if err != nil {
		return err
	}
	defer func() { _ = members.Close() }()
	waiting := false
	for {
		var r *peer.Range
		full := len(w.untold) >= untoldMax
		if full && !waiting {
			w.say("height %d: waiting for the node, which is %d blocks behind the members", w.chain.Head.Height, len(w.untold))
		}
		waiting = full
		if !full && !w.done() {
			c := w.chain
			r = members.Range(peer.Base{Genesis: c.Genesis, Height: c.Head.Height, Digest: c.Digest, Epoch: c.Epoch(), State: c.State})
		}
		if err := w.take(r); err != nil {
			return err
		}
		if err := w.compare(); err != nil {
			return err
		}
		if w.done() && len(w.untold) == 0 {
			return w.end()
		}
		if r == nil {
			time.Sleep(max(w.Poll, 20*time.Millisecond))
		}
	}
}

// done says that the height to stop after is reached.
func (w *tower) done() bool { return w.Until != 0 && w.chain.Head.Height >= w.Until }

// take executes the blocks of a range, as far as they are wanted.
func (w *tower) take(r *peer.Range) error {
	if r == nil {
		return nil
	}
	for _, b := range r.Blocks {
		if w.done() {
			return nil
		}
		if err := w.step(b); err != nil {
			return err
		}
		if w.URL != "" {
			w.untold = append(w.untold, b.Header)
		}
	}
	return nil
}

// compare holds what the node tells against the blocks that a quorum made final, as
// far as the node has come. A node that does not answer is asked again later; of a
// height that it refuses to tell of (it may have pruned it) nothing is compared.
func (w *tower) compare() error {
	if len(w.untold) == 0 {
		return nil
	}
	last, err := w.node.finalized()
	if err != nil {
		w.unheard(err)
		return nil
	}
	for len(w.untold) > 0 && w.untold[0].Height <= last {
		h := &w.untold[0]
		told, err := w.node.header(h.Height)
		switch {
		case errors.Is(err, errAbsent) || errors.Is(err, errRefused):
			w.say("height %d: not compared with the node: %v", h.Height, err)
		case err != nil:
			w.unheard(err)
			return nil
		case told.Digest() != h.Digest():
			w.say("height %d: the node tells a block %x with root %x; final is %x with root %x", h.Height, told.Digest(), told.StateRoot, h.Digest(), h.StateRoot)
			if w.differs++; !w.GoOn {
				return ErrDiffers
			}
		}
		w.mute, w.untold = false, w.untold[1:]
	}
	return nil
}

// unheard tells once that the node does not answer.
func (w *tower) unheard(err error) {
	if !w.mute {
		w.say("the node does not answer, and is asked again: %v", err)
	}
	w.mute = true
}
