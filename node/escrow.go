package node

import (
	"encoding/binary"
	"sync"

	"probity/chain/escrow"
	"probity/chain/keys"
)

// remembered is an escrow that checks nothing twice: a dealing is verified by
// the leader that builds its block, and an opening comes with a vote, again in
// a certificate and again in a block. Queries run beside the loop, so it locks.
type remembered struct {
	escrow.Suite
	mu       sync.Mutex
	new, old map[keys.Hash]answer
	panels   map[keys.Hash]*escrow.Panel
}

// answer is what a check gave.
type answer struct {
	salt [escrow.SaltBytes]byte
	err  error
}

// rememberedMax bounds the memory of answers; two generations are kept.
const rememberedMax = 1 << 14

func remember(s escrow.Suite) *remembered { return &remembered{Suite: s} }

// panelsMax is how many rosters' panels are kept.
const panelsMax = 8

// Panel is that of the suite: a roster's is asked for by every message about it.
func (r *remembered) Panel(tickets [][]byte) (*escrow.Panel, error) {
	parts := make([][]byte, 0, len(tickets)+1)
	parts = append(append(parts, binary.BigEndian.AppendUint32(nil, uint32(len(tickets)))), tickets...)
	id := keys.Sum(parts...)
	r.mu.Lock()
	p := r.panels[id]
	r.mu.Unlock()
	if p != nil {
		return p, nil
	}
	p, err := r.Suite.Panel(tickets)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.panels == nil || len(r.panels) >= panelsMax {
		r.panels = map[keys.Hash]*escrow.Panel{}
	}
	r.panels[id] = p
	return p, nil
}

// Verify is that of the suite.
func (r *remembered) Verify(p *escrow.Panel, at escrow.Place, dealing []byte) error {
	return r.ask("verify", at, dealing, nil, func() (a answer) {
		a.err = r.Suite.Verify(p, at, dealing)
		return a
	}).err
}

// Open is that of the suite.
func (r *remembered) Open(at escrow.Place, dealing, reveal []byte) ([escrow.SaltBytes]byte, error) {
	a := r.ask("open", at, dealing, reveal, func() (a answer) {
		a.salt, a.err = r.Suite.Open(at, dealing, reveal)
		return a
	})
	return a.salt, a.err
}

// CheckShare is that of the suite.
func (r *remembered) CheckShare(p *escrow.Panel, at escrow.Place, dealing []byte, s escrow.Share) error {
	id := binary.BigEndian.AppendUint32(append([]byte{}, s.Proof[:]...), s.Ticket)
	return r.ask("share", at, dealing, id, func() (a answer) {
		a.err = r.Suite.CheckShare(p, at, dealing, s)
		return a
	}).err
}

// ask gives the answer remembered for a check, or that of check. A place names
// the roster by its hash, and so the panel.
func (r *remembered) ask(what string, at escrow.Place, dealing, more []byte, check func() answer) answer {
	var b [12]byte
	binary.BigEndian.PutUint64(b[:8], at.Epoch)
	binary.BigEndian.PutUint32(b[8:], at.Salt)
	id := keys.Sum([]byte(what), at.Bound[:], at.ASC[:], at.Roster[:], b[:], binary.BigEndian.AppendUint32(nil, uint32(len(dealing))), dealing, more)
	r.mu.Lock()
	a, ok := r.new[id]
	if !ok {
		a, ok = r.old[id]
	}
	r.mu.Unlock()
	if ok {
		return a
	}
	a = check()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.new == nil || len(r.new) >= rememberedMax {
		r.old, r.new = r.new, make(map[keys.Hash]answer, 1024)
	}
	r.new[id] = a
	return a
}
