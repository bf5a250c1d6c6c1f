package node

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/node/signer"
)

// custodian is a signer that can be told what the chain shows of its key: in
// this process or behind a socket.
type custodian interface {
	signer.Signer
	Known(types.Statement) bool
	Cover([]types.Statement) (types.Epoch, types.View, bool, error)
	Learn([]types.Statement) error
	Lift(types.Epoch, types.View) error
	InDoubt() (bool, error)
	Doubt() error
	Sure() error
	Close() error
}

// openSigner opens what signs for this member. A journal that cannot be read,
// and a key that was handed over, make it an observer: never a crash loop, never
// a vote on a lost memory.
func (n *Node) openSigner(fs vfs.FS, set *Settings, w *World) error {
	dir := filepath.Join(n.opts.Home, "signer")
	observe := func(event, why string, err error) {
		n.log.Error(why+": this member observes and does not vote", "event", event, "dir", dir, "reason", err)
		set.Member, set.Producer = false, false
	}
	if path := n.opts.SignerSocket; path != "" {
		r, err := signer.Dial(path)
		if err != nil {
			return advise(path, err)
		}
		return n.entrust(r, w)
	}
	if err := fs.MkdirAll(dir, 0o700); err != nil {
		return advise(dir, err)
	}
	s, err := OpenJournal(fs, dir, n.opts.Keys.Consensus, n.opts.Genesis.Hash())
	switch {
	case errors.Is(err, signer.ErrJournal):
		observe("signer_unreadable", "the signer's journal cannot be trusted", err)
		return nil
	case err != nil:
		return advise(dir, err)
	case s.Memory().Retired():
		observe("signer_retired", "the key was handed over to another host", signer.ErrRetired)
		return s.Close()
	}
	s.Keep(escrow.DHPVSS, EscrowSeed(n.opts.Keys.Beacon))
	return n.entrust(s, w)
}

// OpenJournal opens the journal of a key in dir. Where there is none, or one that
// was restored, the doubt about the key's past is noted before the journal is
// there (spec custody §2).
func OpenJournal(fs vfs.FS, dir string, key keys.PrivateKey, genesis keys.Hash) (*signer.Local, error) {
	doubt, err := signer.Doubtful(fs, dir)
	if err == nil && doubt {
		err = signer.Doubt(fs, dir)
	}
	if err != nil {
		return nil, err
	}
	return signer.Open(fs, dir, key, genesis)
}

// entrust has a key sign for this member, after a wait where its past is
// unknown, and nothing new before the member stands where its peers do.
func (n *Node) entrust(c custodian, w *World) error {
	n.signer = c
	n.wait = signer.NewWait(c, 0, c.Known)
	n.wait.Hold(true)
	w.Signer = n.wait
	doubt, err := c.InDoubt()
	if err != nil {
		return advise(n.opts.Home, err)
	}
	if doubt {
		n.wait.Begin(n.patience())
	}
	return nil
}

// patience is how long a key whose past is unknown listens.
func (n *Node) patience() types.Time { return types.Time(n.opts.Listen.Milliseconds()) }

// beforeSigning compares the key's memory with what the database shows.
func (n *Node) beforeSigning() error {
	if n.signer == nil {
		return nil
	}
	shown, err := n.core.shown(n.signer.Public())
	if err != nil {
		return err
	}
	if err := n.compare(shown); err != nil {
		return err
	}
	if left := n.wait.Left(); left > 0 {
		n.log.Warn("the past of this key is unknown: it listens before it signs", "event", "key_waits", "key", n.signer.Public(), "seconds", left/1000)
		return nil
	}
	return n.signer.Sure()
}

// compare takes up what the chain shows this key to have signed. Where the
// journal did not know it, another host has used the key: a doubt is noted before
// anything else, so that a restart does not end it, and the key listens.
//
// The watermark is lifted over what is final. What lies above is learnt statement
// by statement: lifted over it, the key could not help to leave the view in which
// all stand.
func (n *Node) compare(shown []types.Statement) error {
	base := &n.core.base.Header
	var final, above []types.Statement
	for _, st := range shown {
		switch {
		case n.signer.Known(st):
		case st.Epoch < base.Epoch || st.Epoch == base.Epoch && st.View <= base.View:
			final = append(final, st)
		default:
			above = append(above, st)
		}
	}
	if len(final)+len(above) == 0 {
		return nil
	}
	if err := n.signer.Doubt(); err != nil {
		return err
	}
	if n.wait.Left() == 0 {
		n.wait.Begin(n.patience())
	}
	e, v, moved, err := n.signer.Cover(final)
	if err != nil {
		return err
	}
	if moved {
		n.log.Warn("the chain shows more of this key than its journal: the watermark is lifted", "event", "watermark_lifted", "epoch", e, "view", v)
	}
	return n.signer.Learn(above)
}

// vouched compares the journal with a block that became final: while a member
// whose home is a copy of an older one catches up, it learns here that its key
// has signed since.
func (n *Node) vouched(b *types.Block) {
	if n.wait == nil {
		return
	}
	waited := n.wait.Left() > 0
	key := n.signer.Public()
	shown := signer.Shown(key, n.core.rosterOf, n.core.ledBy(key), []*types.Block{b}, nil)
	if err := n.compare(shown); err != nil {
		n.watermarkFailed(err)
	} else if left := n.wait.Left(); left > 0 && !waited {
		n.log.Warn("the chain shows what the journal does not: the key listens before it signs", "event", "key_waits", "key", key, "seconds", left/1000)
	}
}

// watermarkFailed keeps a key silent whose memory cannot be brought up to date.
func (n *Node) watermarkFailed(err error) {
	n.log.Error("the watermark cannot be lifted: the key stays silent", "event", "watermark_failed", "reason", err)
	n.wait.Begin(max(n.patience(), 1000))
}

// release lets a member sign that stands where its peers do, or needs none. What
// was refused before is not asked for again, so the machine begins anew. It runs
// in the loop.
func (n *Node) release() {
	if n.wait == nil || n.released {
		return
	}
	c := n.core
	if n.released = c.alone(n.signer.Public()) || c.sync.Abreast(); n.released && n.wait.Hold(false) {
		c.anew()
	}
}

// listenEvery is how often the countdown of a key is told.
const listenEvery = 10

// listening lets a second of the wait pass. It runs in the loop.
func (n *Node) listening() {
	if n.wait == nil {
		return
	}
	defer func() {
		n.ops.metrics.SetWaiting(time.Duration(n.wait.Left())*time.Millisecond, n.wait.Twin() != nil)
	}()
	st := n.core.Machine()
	if st.View == 0 {
		return
	}
	if e, v, left := n.wait.Passed(st.Epoch, st.View); left {
		n.passed(e, v)
	}
	if n.wait.Left() == 0 {
		return
	}
	left, over := n.wait.Listened(n.core.world.Clock.Now(), n.inTouch(), st.Epoch, st.View)
	switch {
	case over:
		if err := n.signer.Lift(st.Epoch, st.View-1); err != nil {
			n.watermarkFailed(err)
			return
		}
		n.log.Info("nobody else signs with this key: it signs from here on", "event", "key_signs", "key", n.signer.Public(), "epoch", st.Epoch, "view", st.View)
		n.core.anew()
	case left/1000%listenEvery == 0 && n.wait.Twin() == nil:
		n.log.Info("the key listens", "event", "key_waits", "key", n.signer.Public(), "seconds", left/1000, "in_touch", n.inTouch())
	}
}

// inTouch reports whether a twin would be heard: the member stands where its
// peers do, or needs none.
func (n *Node) inTouch() bool {
	return n.released && (n.core.alone(n.signer.Public()) || n.core.sync.Abreast())
}

// passed ends the doubt about the key: all that it may have signed unknown to
// the journal lies at e, v or below, and is never signed again.
func (n *Node) passed(e types.Epoch, v types.View) {
	err := n.signer.Lift(e, v)
	if err == nil {
		err = n.signer.Sure()
	}
	if err != nil {
		n.log.Warn("the doubt stays for the next start", "event", "doubt_kept", "reason", err)
	}
}

// overheard looks for a twin in what the machine is stepped with: signatures
// have been checked by then.
func (n *Node) overheard(in consensus.Input) {
	if n.wait == nil || n.wait.Left() == 0 || n.wait.Twin() != nil || n.core == nil || n.core.plan == nil {
		return
	}
	r, ok := in.(consensus.Received)
	if !ok {
		return
	}
	for _, st := range n.core.signedIn(n.signer.Public(), &r.Message) {
		if n.wait.Heard(st) {
			n.log.Error("ANOTHER HOST SIGNS WITH THIS KEY: this one never will; stop one of the two", "event", "key_twin",
				"key", n.signer.Public(), "kind", st.Kind, "epoch", st.Epoch, "view", st.View)
		}
	}
}

// custodyState is how the key fares, and whether it signs.
func (n *Node) custodyState() (value string, signs bool) {
	switch {
	case n.signer == nil:
		return "observes: the journal is unreadable or the key was handed over", false
	case n.wait.Twin() != nil:
		return "another host signs with this key", false
	case n.wait.Left() > 0:
		return fmt.Sprintf("listens before it signs, %d s left", n.wait.Left()/1000), false
	}
	return "journal open", true
}
