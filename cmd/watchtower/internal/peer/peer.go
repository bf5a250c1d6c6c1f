// Package peer asks members of a chain for final blocks over libp2p, by the
// protocol with which members themselves catch up (docs/spec/network.md §1, §3, §4), and checks
// what they answer: a Client believes no member, and gives out only blocks that
// a quorum of the roster made final. A member that fails, or
// gives what is not so, is named in one line and left alone for a while; the next is asked.
//
// It serves nothing and listens nowhere. What a block does to the state is for
// its caller to find out.
package peer

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"

	"probity/cmd/watchtower/internal/wire"
)

const (
	answerTime = 10 * time.Second // for one answer, and for one dial
	waitMin    = time.Second      // that a member is left alone at its first failure
	waitMax    = time.Minute      // and at most
	inboxMax   = 2                // answers that wait for their reader
)

// errSilent is the error of a member that does not answer.
var errSilent = errors.New("no answer")

// Client is a place in the network from which members are asked, one at a time.
type Client struct {
	host    host.Host
	genesis string // as far as identifiers contain it
	say     func(format string, args ...any)
	members []*member
	turn    int // who is asked first
	asked   uint64
}

// member is one that may be asked.
type member struct {
	info  peer.AddrInfo
	out   network.Stream
	inbox chan answer
	wait  time.Duration // at the next failure
	until time.Time     // it is left alone
}

type answer struct {
	message *message
	err     error
}

// Open prepares a client of the members at these multiaddrs, each of which ends in
// /p2p/ID. It dials at the first question. say is told of each failure.
func Open(genesis wire.Hash, addrs []string, say func(format string, args ...any)) (*Client, error) {
	c := &Client{genesis: fmt.Sprintf("%x", genesis[:8]), say: say}
	by := map[peer.ID]*member{}
	for _, a := range addrs {
		info, err := peer.AddrInfoFromString(a)
		if err != nil {
			return nil, fmt.Errorf("member %q: %w", a, err)
		}
		if m := by[info.ID]; m != nil {
			m.info.Addrs = append(m.info.Addrs, info.Addrs...)
			continue
		}
		m := &member{info: *info, inbox: make(chan answer, inboxMax), wait: waitMin}
		by[info.ID], c.members = m, append(c.members, m)
	}
	if len(c.members) == 0 {
		return nil, errors.New("no member to ask")
	}
	var err error
	c.host, err = libp2p.New(libp2p.NoListenAddrs, libp2p.ProtocolVersion(c.version()), libp2p.UserAgent("watchtower"),
		libp2p.WithDialTimeout(answerTime), libp2p.DisableRelay(), libp2p.DisableMetrics())
	if err != nil {
		return nil, fmt.Errorf("libp2p: %w", err)
	}
	c.host.SetStreamHandler(c.direct(), func(s network.Stream) {
		if m := by[s.Conn().RemotePeer()]; m != nil {
			m.read(s)
		}
		_ = s.Reset()
	})
	return c, nil
}

// Close ends all connections.
func (c *Client) Close() error { return c.host.Close() }

func (c *Client) version() string     { return "probity/1/" + c.genesis }
func (c *Client) direct() protocol.ID { return protocol.ID("/probity/" + c.genesis + "/direct/1") }

// Range is the next blocks on the base, of the first member in turn that has any and
// proves them. nil: none has any now.
func (c *Client) Range(b Base) *Range {
	for i := range c.members {
		n := (c.turn + i) % len(c.members)
		m := c.members[n]
		if time.Now().Before(m.until) {
			continue
		}
		r, err := c.fetch(m, b)
		if err != nil {
			_ = c.host.Network().ClosePeer(m.info.ID)
			m.out = nil
			m.until = time.Now().Add(m.wait)
			why := strings.Join(strings.Fields(err.Error()), " ") // libp2p lists its dials on lines of their own
			c.say("member %s: %s; left alone for %v", m.info.ID, why, m.wait)
			m.wait = min(2*m.wait, waitMax)
			continue
		}
		if r != nil {
			m.wait, c.turn = waitMin, n
			return r
		}
	}
	return nil
}

// fetch asks a member for its height, and for blocks if it has any above the base.
func (c *Client) fetch(m *member, b Base) (*Range, error) {
	a, err := c.ask(m, askStatus(), func(a *message) bool { return a.height != nil })
	if err != nil || *a.height <= b.Height {
		return nil, err
	}
	c.asked++
	id := c.asked
	a, err = c.ask(m, askRange(id, b.Height+1), func(a *message) bool { return a.blocks != nil && a.id == id })
	if err != nil {
		return nil, fmt.Errorf("the blocks from height %d on: %w", b.Height+1, err)
	}
	if err := a.blocks.Check(b); err != nil {
		return nil, fmt.Errorf("refused: %w", err)
	}
	return a.blocks, nil
}

// ask sends a question and waits for what answers it.
func (c *Client) ask(m *member, question []byte, answers func(*message) bool) (*message, error) {
	for len(m.inbox) > 0 {
		<-m.inbox
	}
	if err := c.send(m, frame(question)); err != nil {
		return nil, err
	}
	timer := time.NewTimer(answerTime)
	defer timer.Stop()
	for {
		select {
		case a := <-m.inbox:
			if a.err != nil {
				return nil, a.err
			}
			if answers(a.message) {
				return a.message, nil
			}
		case <-timer.C:
			return nil, fmt.Errorf("%w within %v", errSilent, answerTime)
		}
	}
}

// send writes to a member, over a new stream where the old one has ended.
func (c *Client) send(m *member, data []byte) (err error) {
	for range 2 {
		if m.out == nil {
			if m.out, err = c.open(m); err != nil {
				m.out = nil
				return err
			}
		}
		_ = m.out.SetWriteDeadline(time.Now().Add(answerTime))
		if _, err = m.out.Write(data); err == nil {
			return nil
		}
		_ = m.out.Reset()
		m.out = nil
	}
	return err
}

// open connects with a member of this chain and opens a direct stream to it.
func (c *Client) open(m *member) (network.Stream, error) {
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	if s, ok := c.host.Network().(*swarm.Swarm); ok {
		s.Backoff().Clear(m.info.ID) // the waiting is done here
	}
	if err := c.host.Connect(ctx, m.info); err != nil {
		return nil, err
	}
	if v, err := c.host.Peerstore().Get(m.info.ID, "ProtocolVersion"); err == nil && v != c.version() {
		return nil, fmt.Errorf("it is of another chain: %q, not %q", v, c.version())
	}
	return c.host.NewStream(ctx, m.info.ID, c.direct())
}

// read takes a member's answers until its stream ends. An answer that nobody waits
// for is dropped, whatever it is.
func (m *member) read(s network.Stream) {
	r := bufio.NewReader(s)
	for {
		data, err := readFrame(r)
		if err != nil && !errors.Is(err, errFrame) {
			return // the stream has ended; the next question shows whether the member has
		}
		a := answer{err: err}
		if err == nil {
			a.message, a.err = decode(data)
		}
		if a.message != nil || a.err != nil {
			select {
			case m.inbox <- a:
			default:
			}
		}
		if a.err != nil {
			return
		}
	}
}
