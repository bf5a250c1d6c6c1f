package signer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"probity/chain/codec"
	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/types"
)

// A signer may run in a process of its own, with another user's rights, so that
// who takes over the node does not hold the key. The node asks over a unix
// socket; the journal and its watermark stay with the key. One node is served at
// a time: the second is refused, since two would convict the key's owner.
//
// A message is its length (4 bytes, big endian) and its one CBOR form. Questions
// and answers alternate.

// Errors of a remote signer.
var (
	// ErrUnreachable is returned where the signer's process does not answer. The
	// member then abstains; it asks again with the next statement.
	ErrUnreachable = errors.New("the signer does not answer")
	// ErrTaken is returned to the second node that wants to use one signer.
	ErrTaken = errors.New("another node uses this signer")
)

// Bounds of the socket.
const (
	messageMax = 1 << 20
	answerTime = 2 * time.Second
)

// op says what is asked.
type op uint8

// The questions.
const (
	opPublic   op = 1
	opSign     op = 2
	opProve    op = 3
	opShare    op = 4
	opSaid     op = 5
	opRaise    op = 6
	opRefusals op = 7
	opKnown    op = 8
	opCover    op = 9
	opLearn    op = 10
	opLift     op = 11
	opInDoubt  op = 12
	opDoubt    op = 13
	opSure     op = 14
)

// question is what a node asks; what an op does not use is zero.
type question struct {
	_         struct{} `cbor:",toarray"`
	Op        op
	Statement types.Statement
	Message   types.Bytes
	Epoch     types.Epoch
	View      types.View
	Place     sharePlace
	First     uint32
	Count     uint32
	Shown     []types.Statement
}

// sharePlace is escrow.Place as an array.
type sharePlace struct {
	_      struct{} `cbor:",toarray"`
	Bound  keys.Hash
	Epoch  uint64
	ASC    keys.Hash
	Salt   uint32
	Roster keys.Hash
}

// answer is what the signer says; Fault is the place in faults, 0 for none.
type answer struct {
	_         struct{} `cbor:",toarray"`
	Fault     uint8
	Text      string
	Public    keys.PublicKey
	Signature keys.Signature
	Shares    []escrow.Share
	Said      []types.Statement
	Count     uint64
	Yes       bool
	Epoch     types.Epoch
	View      types.View
}

// faults are the errors that keep their meaning across the socket.
var faults = []error{nil, ErrConflict, ErrFloor, ErrKind, ErrEarly, ErrTaken, ErrWaiting, errors.New("signer")}

// Serve answers one node at a time over ln until it is closed. s is used by one
// goroutine at a time.
func Serve(ln net.Listener, s *Local) error {
	var busy sync.Mutex
	var wg sync.WaitGroup
	defer wg.Wait()
	conns := connections{open: map[net.Conn]bool{}}
	defer conns.close()
	for {
		c, err := ln.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return nil
			}
			return fmt.Errorf("signer socket: %w", err)
		}
		conns.add(c)
		wg.Go(func() {
			defer conns.remove(c)
			if !busy.TryLock() {
				turnAway(c)
				return
			}
			defer busy.Unlock()
			converse(c, s)
		})
	}
}

// turnAway answers the first question of a second node. It is read before, or
// closing would tear the connection under the node's hands.
func turnAway(c net.Conn) {
	_ = c.SetDeadline(time.Now().Add(answerTime)) // a closed connection says so below
	var q question
	if read(c, &q) == nil {
		_ = write(c, &answer{Fault: faultOf(ErrTaken)})
	}
}

// connections are those that are open, to be ended with the listener.
type connections struct {
	mu   sync.Mutex
	open map[net.Conn]bool
}

func (c *connections) add(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[conn] = true
}

func (c *connections) remove(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = conn.Close()
	delete(c.open, conn)
}

func (c *connections) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		_ = conn.Close()
	}
}

// converse answers questions until the node goes or says what is no question.
// While the key's past is unknown it signs only for a node that has asked about
// that: one that connects again, and finds another journal behind the socket than
// before, abstains until it has been started anew and has listened.
func converse(c net.Conn, s *Local) {
	aware := false
	for {
		var q question
		if read(c, &q) != nil {
			return
		}
		aware = aware || q.Op == opInDoubt
		var a answer
		if err := s.unaware(&q, aware); err != nil {
			a.Fault, a.Text = faultOf(err), err.Error()
		} else {
			a = s.answer(&q)
		}
		if write(c, &a) != nil {
			return
		}
	}
}

// unaware refuses to sign for a node that does not know of the doubt.
func (s *Local) unaware(q *question, aware bool) error {
	if aware || q.Op != opSign && q.Op != opShare {
		return nil
	}
	doubt, err := s.InDoubt()
	if err == nil && doubt {
		s.refused++
		err = ErrWaiting
	}
	return err
}

// answer performs one question.
func (s *Local) answer(q *question) (a answer) {
	var err error
	switch q.Op {
	case opPublic:
		a.Public = s.Public()
	case opSign:
		a.Signature, err = s.Sign(q.Statement)
	case opProve:
		a.Signature, err = s.Prove(q.Message)
	case opShare:
		at := escrow.Place{Bound: q.Place.Bound, Epoch: q.Place.Epoch, ASC: q.Place.ASC, Salt: q.Place.Salt, Roster: q.Place.Roster}
		a.Shares, err = s.Share(q.Epoch, q.View, at, q.Message, q.First, int(q.Count))
	case opSaid:
		a.Said = s.Said(q.Epoch)
	case opRaise:
		err = s.Raise(q.Epoch, q.View)
	case opRefusals:
		a.Count = uint64(s.Refusals())
	case opKnown:
		a.Yes = s.Known(q.Statement)
	case opCover:
		a.Epoch, a.View, a.Yes, err = s.Cover(q.Shown)
	case opLearn:
		err = s.Learn(q.Shown)
	case opLift:
		err = s.Lift(q.Epoch, q.View)
	case opInDoubt:
		a.Yes, err = s.InDoubt()
	case opDoubt:
		err = s.Doubt()
	case opSure:
		err = s.Sure()
	default:
		err = fmt.Errorf("no question has the number %d", q.Op)
	}
	if err != nil {
		a.Fault, a.Text = faultOf(err), err.Error()
	}
	return a
}

func faultOf(err error) uint8 {
	for i, f := range faults[1:] {
		if errors.Is(err, f) {
			return uint8(i + 1)
		}
	}
	return uint8(len(faults) - 1)
}

// err is the error that an answer stands for.
func (a *answer) err() error {
	if a.Fault == 0 {
		return nil
	}
	f := faults[min(int(a.Fault), len(faults)-1)]
	if a.Text == "" {
		return f
	}
	return remoteError{f, a.Text}
}

// remoteError is an error of the signer in its own words.
type remoteError struct {
	kind error
	text string
}

func (e remoteError) Error() string { return e.text }
func (e remoteError) Unwrap() error { return e.kind }

func write(c net.Conn, v any) error {
	b := codec.MustMarshal(v)
	if len(b) > messageMax {
		return fmt.Errorf("signer message of %d bytes", len(b))
	}
	_, err := c.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...))
	return err
}

func read(c net.Conn, v any) error {
	var head [4]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > messageMax {
		return fmt.Errorf("signer message of %d bytes", n)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(c, b); err != nil {
		return err
	}
	return codec.Unmarshal(b, v)
}

// Remote is a signer in another process. A question that is not answered within
// answerTime is ErrUnreachable, and the connection is made anew with the next.
// Its methods may be called from several goroutines.
type Remote struct {
	path   string
	public keys.PublicKey
	mu     sync.Mutex
	conn   net.Conn
}

// Dial connects with the signer that listens at a unix socket.
func Dial(path string) (*Remote, error) {
	r := &Remote{path: path}
	a, err := r.ask(&question{Op: opPublic})
	if err != nil {
		return nil, err
	}
	r.public = a.Public
	return r, nil
}

// Close ends the connection.
func (r *Remote) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conn == nil {
		return nil
	}
	err := r.conn.Close()
	r.conn = nil
	return err
}

// ask exchanges one question. What was asked may have been done although no
// answer came: the journal makes asking again harmless.
func (r *Remote) ask(q *question) (*answer, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conn == nil {
		c, err := net.DialTimeout("unix", r.path, answerTime)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
		}
		r.conn = c
	}
	var a answer
	_ = r.conn.SetDeadline(time.Now().Add(answerTime)) // a closed connection says so below
	err := write(r.conn, q)
	if err == nil {
		err = read(r.conn, &a)
	}
	if err != nil {
		_ = r.conn.Close()
		r.conn = nil
		return nil, fmt.Errorf("%w: %s: %w", ErrUnreachable, r.path, err)
	}
	if err := a.err(); err != nil {
		if errors.Is(err, ErrTaken) {
			_ = r.conn.Close()
			r.conn = nil
		}
		return nil, err
	}
	return &a, nil
}

// Public is Signer.Public.
func (r *Remote) Public() keys.PublicKey { return r.public }

// Sign is Signer.Sign.
func (r *Remote) Sign(st types.Statement) (keys.Signature, error) {
	a, err := r.ask(&question{Op: opSign, Statement: st})
	if err != nil {
		return keys.Signature{}, err
	}
	return a.Signature, nil
}

// Prove is Signer.Prove.
func (r *Remote) Prove(msg []byte) (keys.Signature, error) {
	a, err := r.ask(&question{Op: opProve, Message: msg})
	if err != nil {
		return keys.Signature{}, err
	}
	return a.Signature, nil
}

// Share is Signer.Share.
func (r *Remote) Share(e types.Epoch, v types.View, at escrow.Place, dealing []byte, first uint32, count int) ([]escrow.Share, error) {
	if count < 0 || count > KeysMax {
		return nil, fmt.Errorf("shares of %d/%d: %d tickets, at most %d", e, v, count, KeysMax)
	}
	place := sharePlace{Bound: at.Bound, Epoch: at.Epoch, ASC: at.ASC, Salt: at.Salt, Roster: at.Roster}
	a, err := r.ask(&question{Op: opShare, Epoch: e, View: v, Place: place, Message: dealing, First: first, Count: uint32(count)})
	if err != nil {
		return nil, err
	}
	return a.Shares, nil
}

// Said is Signer.Said; nothing where the signer does not answer: the member then
// knows less of itself than its signer, whose refusals keep it honest.
func (r *Remote) Said(e types.Epoch) []types.Statement {
	a, err := r.ask(&question{Op: opSaid, Epoch: e})
	if err != nil {
		return nil
	}
	return a.Said
}

// Raise is Signer.Raise. A signer that is away keeps more records than it must.
func (r *Remote) Raise(e types.Epoch, v types.View) error {
	_, err := r.ask(&question{Op: opRaise, Epoch: e, View: v})
	if errors.Is(err, ErrUnreachable) {
		return nil
	}
	return err
}

// Known is Local.Known; false where the signer does not answer.
func (r *Remote) Known(st types.Statement) bool {
	a, err := r.ask(&question{Op: opKnown, Statement: st})
	return err == nil && a.Yes
}

// Cover is Local.Cover.
func (r *Remote) Cover(shown []types.Statement) (types.Epoch, types.View, bool, error) {
	a, err := r.ask(&question{Op: opCover, Shown: shown})
	if err != nil {
		return 0, 0, false, err
	}
	return a.Epoch, a.View, a.Yes, nil
}

// Learn is Local.Learn.
func (r *Remote) Learn(shown []types.Statement) error {
	_, err := r.ask(&question{Op: opLearn, Shown: shown})
	return err
}

// Lift is Local.Lift.
func (r *Remote) Lift(e types.Epoch, v types.View) error {
	_, err := r.ask(&question{Op: opLift, Epoch: e, View: v})
	return err
}

// InDoubt is Local.InDoubt.
func (r *Remote) InDoubt() (bool, error) {
	a, err := r.ask(&question{Op: opInDoubt})
	return err == nil && a.Yes, err
}

// Doubt is Local.Doubt.
func (r *Remote) Doubt() error {
	_, err := r.ask(&question{Op: opDoubt})
	return err
}

// Sure is Local.Sure.
func (r *Remote) Sure() error {
	_, err := r.ask(&question{Op: opSure})
	return err
}

// Refusals is Signer.Refusals; 0 where the signer does not answer.
func (r *Remote) Refusals() int {
	a, err := r.ask(&question{Op: opRefusals})
	if err != nil {
		return 0
	}
	return int(a.Count)
}
