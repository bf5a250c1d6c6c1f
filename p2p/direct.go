package p2p

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"probity/p2p/peers"
)

const (
	directProtocol  = "direct/1"
	linkQueue       = 512      // messages waiting for one peer
	linkBytes       = 32 << 20 // and their bytes; frames are shared between links
	linkBatch       = 64 << 10 // small frames are written together up to this
	directPerPeer   = 2        // streams read at once: one that ends and its successor
	frameTime       = 30 * time.Second
	linkWriteTime   = 10 * time.Second
	directReadAhead = 16 << 10
)

// Send hands a message of a topic to one connected peer, over a direct stream:
// in order, not passed on, not deduplicated. It does not wait; ErrBusy means
// that the queue to the peer is full and the message is dropped.
func (h *Host) Send(to ID, topic string, data []byte) error {
	t, err := h.topic(topic, data)
	if err != nil {
		return err
	}
	h.mu.Lock()
	s := h.live[to]
	h.mu.Unlock()
	if s == nil {
		return fmt.Errorf("peer %s: %w", to, ErrNotConnected)
	}
	if h.sendTo(t, []*link{s.link}, data) == 0 {
		return fmt.Errorf("peer %s: %w", to, ErrBusy)
	}
	return nil
}

// Broadcast is Send to every connected peer; it returns to how many queues the
// message was added. Unlike Publish it repeats a message that was seen before.
func (h *Host) Broadcast(topic string, data []byte) (int, error) {
	t, err := h.topic(topic, data)
	if err != nil {
		return 0, err
	}
	h.mu.Lock()
	links := make([]*link, 0, len(h.live))
	for _, s := range h.live {
		links = append(links, s.link)
	}
	h.mu.Unlock()
	return h.sendTo(t, links, data), nil
}

// sendTo frames a message once and queues it to each link.
func (h *Host) sendTo(t *topic, links []*link, data []byte) int {
	frame := appendMessage(make([]byte, 0, frameHeader+1+len(t.Name)+len(data)), t.Name, data)
	sent := 0
	for _, l := range links {
		if l.send(frame) {
			sent++
			t.count.bytesOut.Add(uint64(len(data)))
		} else {
			t.count.dropped.Add(1)
		}
	}
	return sent
}

// link is the direct stream to one peer: a bounded queue and its writer, which
// opens the stream at the first message and again after it broke.
type link struct {
	host   *Host
	id     ID
	queue  chan []byte
	bytes  atomic.Int64
	ctx    context.Context
	close  context.CancelFunc
	start  sync.Once
	stream network.Stream // of the writer
	batch  []byte
}

func newLink(h *Host, id ID) *link {
	l := &link{host: h, id: id, queue: make(chan []byte, linkQueue)}
	l.ctx, l.close = context.WithCancel(h.ctx)
	return l
}

// send queues a frame; false if there is no room.
func (l *link) send(frame []byte) bool {
	n := int64(len(frame))
	if l.bytes.Add(n) <= linkBytes {
		select {
		case l.queue <- frame:
			l.start.Do(func() { l.host.tasks.spawn(l.run) })
			return true
		default:
		}
	}
	l.bytes.Add(-n)
	return false
}

// run writes what is queued until the link closes.
func (l *link) run() {
	defer func() {
		if l.stream != nil {
			_ = l.stream.Reset()
		}
	}()
	for {
		select {
		case <-l.ctx.Done():
			return
		case frame := <-l.queue:
			out := l.gather(frame)
			// A stream that the other side has ended shows at the first write:
			// once more on a new one.
			err := l.write(out)
			if err != nil {
				err = l.write(out)
			}
			if err != nil {
				l.host.count.linksBroken.Add(1)
			}
		}
	}
}

// gather joins the frames that wait, so that one write (and one encryption)
// serves many votes. It never waits for more.
func (l *link) gather(frame []byte) []byte {
	l.bytes.Add(-int64(len(frame)))
	if len(l.queue) == 0 || len(frame) >= linkBatch {
		return frame
	}
	l.batch = append(l.batch[:0], frame...)
	for len(l.batch) < linkBatch {
		select {
		case next := <-l.queue:
			l.bytes.Add(-int64(len(next)))
			l.batch = append(l.batch, next...)
		default:
			return l.batch
		}
	}
	return l.batch
}

func (l *link) write(out []byte) error {
	if l.stream == nil {
		ctx, cancel := context.WithTimeout(network.WithNoDial(l.ctx, "direct"), linkWriteTime)
		defer cancel()
		s, err := l.host.net.NewStream(ctx, peer.ID(l.id), l.host.protocolID(directProtocol))
		if err != nil {
			return err
		}
		l.stream = s
	}
	_ = l.stream.SetWriteDeadline(time.Now().Add(linkWriteTime))
	_, err := l.stream.Write(out)
	if err != nil {
		_ = l.stream.Reset()
		l.stream = nil
	}
	return err
}

// receiveDirect reads a peer's direct stream until it ends.
func (h *Host) receiveDirect(s network.Stream) {
	if !h.tasks.enter() {
		_ = s.Reset()
		return
	}
	defer h.tasks.leave()
	defer func() { _ = s.Reset() }()
	pid := s.Conn().RemotePeer()
	if !h.admit(pid) || !h.directs.enter(ID(pid), directPerPeer) {
		return
	}
	defer h.directs.leave(ID(pid))
	limit := 0
	for _, t := range h.topics {
		limit = max(limit, t.BytesMax+1+len(t.Name))
	}
	err := h.readDirect(s, ID(pid), limit)
	switch {
	case errors.Is(err, ErrTooLarge):
		h.fault(ID(pid), peers.Oversized)
	case errors.Is(err, ErrFrame):
		h.fault(ID(pid), peers.Malformed)
	}
}

// readDirect reads messages and hands them to their topics, one after the
// other: a slow handler slows the sender down and nobody else.
func (h *Host) readDirect(s network.Stream, from ID, limit int) error {
	r := bufio.NewReaderSize(s, directReadAhead)
	for {
		header, err := r.Peek(frameHeader)
		if err != nil {
			return err
		}
		// Between messages a stream may rest for ever; within one it may not.
		waiting := int64(r.Buffered()) < frameHeader+int64(binary.BigEndian.Uint32(header[1:]))
		if waiting {
			_ = s.SetReadDeadline(time.Now().Add(frameTime))
		}
		kind, payload, err := readFrame(r, limit)
		if err != nil {
			return err
		}
		if waiting {
			_ = s.SetReadDeadline(time.Time{})
		}
		if kind != frameData {
			return fmt.Errorf("%w: kind %d on a direct stream", ErrFrame, kind)
		}
		if err := h.deliver(from, payload); err != nil {
			return err
		}
	}
}

// deliver hands one direct message to its topic's handler.
func (h *Host) deliver(from ID, payload []byte) error {
	name, data, err := splitMessage(payload)
	if err != nil {
		return err
	}
	t := h.topics[h.scope+name]
	switch {
	case t == nil:
		return fmt.Errorf("%w: topic %.40q", ErrFrame, name)
	case len(data) > t.BytesMax:
		t.count.rejected.add(peers.Oversized.String())
		return fmt.Errorf("%w: %d bytes of %q", ErrTooLarge, len(data), name)
	case !h.received(from, t.kind, len(data)):
		t.count.rejected.add(peers.Flooding.String())
		return nil
	}
	t.count.bytesIn.Add(uint64(len(data)))
	t.count.direct.Add(1)
	t.judge(from, data)
	return nil
}

// slots counts what is in progress per peer.
type slots struct {
	mu  sync.Mutex
	n   map[ID]int
	all int
}

// enter takes a slot of a peer, unless it has most of them.
func (s *slots) enter(id ID, most int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n[id] >= most {
		return false
	}
	if s.n == nil {
		s.n = make(map[ID]int)
	}
	s.n[id]++
	s.all++
	return true
}

func (s *slots) leave(id ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.n[id]--; s.n[id] == 0 {
		delete(s.n, id)
	}
}

func (s *slots) total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all
}
