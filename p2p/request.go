package p2p

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/multiformats/go-multistream"

	"probity/p2p/peers"
)

// Server answers a request of a peer by writing chunks to w. An error is sent
// to the peer as a refusal in its words (RemoteError there); it costs the peer
// nothing. Return Invalid(err) for a request that no honest peer makes. ctx
// ends with the exchange's time or the host.
type Server func(ctx context.Context, from ID, request []byte, w *Writer) error

// Invalid marks a Server's error as the peer's fault.
func Invalid(err error) error { return invalid{err} }

type invalid struct{ error }

func (e invalid) Unwrap() error { return e.error }

// service is the state of one Protocol.
type service struct {
	Protocol
	host   *Host
	id     protocol.ID
	kind   peers.Kind
	server atomic.Pointer[Server]
	active slots
	count  protocolCount
}

// Serve sets the server of a protocol. Once a protocol; best before Start.
func (h *Host) Serve(protocol string, server Server) error {
	s := h.protocols[protocol]
	if s == nil {
		return fmt.Errorf("protocol %q: %w", protocol, ErrUnknown)
	}
	if !s.server.CompareAndSwap(nil, &server) {
		return fmt.Errorf("protocol %q has a server", protocol)
	}
	return nil
}

// Writer carries an answer to a peer, chunk by chunk.
type Writer struct {
	service *service
	stream  network.Stream
	left    int64
	frame   []byte
}

// Write sends one chunk, at most ChunkMax; all chunks together at most
// ResponseMax. It implements io.Writer.
func (w *Writer) Write(chunk []byte) (int, error) {
	if len(chunk) > w.service.ChunkMax || int64(len(chunk)) > w.left {
		return 0, fmt.Errorf("answer to %s: %w", w.service.Name, ErrTooLarge)
	}
	w.left -= int64(len(chunk))
	w.frame = appendFrame(w.frame[:0], frameData, chunk)
	if _, err := w.stream.Write(w.frame); err != nil {
		return 0, err
	}
	w.service.count.bytesOut.Add(uint64(len(chunk)))
	return len(chunk), nil
}

// handle serves one stream.
func (s *service) handle(stream network.Stream) {
	h := s.host
	if !h.tasks.enter() {
		_ = stream.Reset()
		return
	}
	defer h.tasks.leave()
	from := ID(stream.Conn().RemotePeer())
	ctx, cancel := context.WithTimeout(h.ctx, s.Timeout)
	defer cancel()
	deadline, _ := ctx.Deadline()
	_ = stream.SetDeadline(deadline)
	if !h.admit(peer.ID(from)) || !h.received(from, s.kind, 0) {
		s.count.results.add(peers.Flooding.String())
		_ = stream.Reset()
		return
	}
	if s.active.total() >= s.Total || !s.active.enter(from, s.PerPeer) {
		s.finish(stream, reasonBusy, frameBusy, nil)
		return
	}
	defer s.active.leave(from)
	s.serve(ctx, stream, from)
}

// serve reads the request, runs the server and ends the answer.
func (s *service) serve(ctx context.Context, stream network.Stream, from ID) {
	kind, request, err := readFrame(bufio.NewReader(stream), s.RequestMax)
	if err == nil && kind != frameData {
		err = ErrFrame
	}
	switch {
	case errors.Is(err, ErrTooLarge):
		s.spoiled(stream, from, peers.Oversized)
		return
	case errors.Is(err, ErrFrame):
		s.spoiled(stream, from, peers.Malformed)
		return
	case err != nil:
		s.count.results.add("broken")
		_ = stream.Reset()
		return
	case !s.host.received(from, s.kind, len(request)):
		s.count.results.add(peers.Flooding.String())
		_ = stream.Reset()
		return
	}
	s.count.bytesIn.Add(uint64(len(request)))
	server := s.server.Load()
	if server == nil {
		s.finish(stream, "refused", frameFail, errors.New("not served here"))
		return
	}
	err = (*server)(ctx, from, request, &Writer{service: s, stream: stream, left: s.ResponseMax})
	var bad invalid
	switch {
	case err == nil:
		s.finish(stream, "served", frameEnd, nil)
	case errors.As(err, &bad):
		s.finish(stream, "invalid", frameFail, err)
		s.host.fault(from, peers.Invalid)
	case errors.Is(err, ErrBusy):
		s.finish(stream, reasonBusy, frameBusy, nil)
	default:
		s.finish(stream, "refused", frameFail, err)
	}
}

// finish ends an answer with its last frame.
func (s *service) finish(stream network.Stream, result string, kind frameKind, why error) {
	s.count.results.add(result)
	var text []byte
	if why != nil {
		text = []byte(why.Error())
		text = text[:min(len(text), failTextMax)]
	}
	if _, err := stream.Write(appendFrame(nil, kind, text)); err != nil {
		_ = stream.Reset()
		return
	}
	_ = stream.Close()
}

// spoiled ends an exchange whose request was no request.
func (s *service) spoiled(stream network.Stream, from ID, f peers.Fault) {
	s.count.results.add(f.String())
	s.host.fault(from, f)
	_ = stream.Reset()
}

// Request asks a connected peer and returns the whole answer. See Fetch for
// its errors.
func (h *Host) Request(ctx context.Context, to ID, protocol string, request []byte) ([]byte, error) {
	var out []byte
	err := h.Fetch(ctx, to, protocol, request, func(chunk []byte) error {
		if out == nil {
			out = chunk
		} else {
			out = append(out, chunk...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Fetch asks a connected peer and hands each chunk of the answer to each, which
// may keep it; an error of each ends the exchange and is returned. Without a
// deadline in ctx the protocol's Timeout holds.
//
// Errors: ErrNotConnected, ErrUnknown, ErrTooLarge (the request), ErrBusy (the
// peer's words), *RemoteError (its refusal), ErrFrame or ErrTooLarge (a bad
// answer, which costs the peer), the error of ctx, or the network's.
func (h *Host) Fetch(ctx context.Context, to ID, protocol string, request []byte, each func(chunk []byte) error) error {
	s := h.protocols[protocol]
	switch {
	case s == nil:
		return fmt.Errorf("protocol %q: %w", protocol, ErrUnknown)
	case len(request) > s.RequestMax:
		return fmt.Errorf("request %q: %w: %d bytes, at most %d", protocol, ErrTooLarge, len(request), s.RequestMax)
	case !h.tasks.enter():
		return ErrClosed
	}
	defer h.tasks.leave()
	h.mu.Lock()
	connected := h.live[to] != nil
	h.mu.Unlock()
	if !connected {
		return fmt.Errorf("peer %s: %w", to, ErrNotConnected)
	}
	var cancel context.CancelFunc
	if _, has := ctx.Deadline(); !has {
		ctx, cancel = context.WithTimeout(ctx, s.Timeout)
	} else {
		ctx, cancel = context.WithCancel(ctx)
	}
	defer cancel()
	defer context.AfterFunc(h.ctx, cancel)()
	err := s.exchange(ctx, to, request, each)
	s.count.asked.add(askLabel(ctx, err))
	if err == nil {
		return nil
	}
	if ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		h.fault(to, peers.Silent)
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return fmt.Errorf("request %q to peer %s: %w", protocol, to, err)
}

// exchange runs one request over a stream of its own.
func (s *service) exchange(ctx context.Context, to ID, request []byte, each func([]byte) error) error {
	stream, err := s.host.net.NewStream(network.WithNoDial(ctx, "request"), peer.ID(to), s.id)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = stream.Reset() })()
	defer func() { _ = stream.Reset() }() // no effect after a complete answer
	if _, err := stream.Write(appendFrame(nil, frameData, request)); err != nil {
		return err
	}
	if err := stream.CloseWrite(); err != nil {
		return err
	}
	r := bufio.NewReader(stream)
	left := s.ResponseMax
	for {
		kind, payload, err := readFrame(r, int(min(int64(s.ChunkMax), left)))
		if err != nil {
			return s.blame(to, err)
		}
		switch kind {
		case frameEnd:
			return stream.Close()
		case frameBusy:
			return ErrBusy
		case frameFail:
			return &RemoteError{Peer: to, Text: string(bytes.ToValidUTF8(payload, nil))}
		}
		left -= int64(len(payload))
		s.count.bytesIn.Add(uint64(len(payload)))
		if err := each(payload); err != nil {
			return err
		}
	}
}

// blame books an answer that could not be read, where that is the peer's fault.
func (s *service) blame(to ID, err error) error {
	switch {
	case errors.Is(err, ErrTooLarge):
		s.host.fault(to, peers.Oversized)
	case errors.Is(err, ErrFrame):
		s.host.fault(to, peers.Malformed)
	}
	return err
}

// askLabel is the result of a request of ours, as a label.
func askLabel(ctx context.Context, err error) string {
	var remote *RemoteError
	var unsupported multistream.ErrNotSupported[protocol.ID]
	switch {
	case err == nil:
		return "answered"
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "timeout"
	case ctx.Err() != nil:
		return "cancelled"
	case errors.Is(err, ErrBusy):
		return reasonBusy
	case errors.As(err, &remote):
		return "refused"
	case errors.As(err, &unsupported):
		return "unsupported"
	case errors.Is(err, ErrTooLarge), errors.Is(err, ErrFrame):
		return "invalid"
	default:
		return "broken"
	}
}
