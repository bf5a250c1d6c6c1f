package p2p

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/gologshim"
	ma "github.com/multiformats/go-multiaddr"

	"probity/chain/keys"
	"probity/p2p/peers"
)

// Host is one node's place in the network; see the package comment. Its
// methods are safe for concurrent use.
type Host struct {
	config    Config
	id        ID
	scope     string // "/probity/<genesis>/", before every protocol and topic name
	listen    []ma.Multiaddr
	announce  []ma.Multiaddr
	born      time.Time
	net       host.Host
	gossip    *pubsub.PubSub
	topics    map[string]*topic // by name on the wire
	protocols map[string]*service

	ctx     context.Context
	cancel  context.CancelFunc
	tasks   tasks
	started sync.Once
	events  chan Event
	count   counters
	directs slots // direct streams being read

	mu      sync.Mutex // guards what follows; never held while calling libp2p's GossipSub
	machine *peers.Machine
	live    map[ID]*session
	waiting map[ID][]chan error // dials that wait for admission
}

// session is one admitted peer.
type session struct {
	id      ID
	inbound bool
	since   time.Time
	agent   string
	link    *link

	// Gossip reaches the peer once it told us its topics and our stream to it
	// is open; until then Publish sends directly (see reachable).
	subscribed, outbound bool
	unready              time.Time

	latency     time.Duration
	gossipScore float64
}

// New prepares a host: keys, limits, topics. It neither listens nor dials
// before Start, so that handlers (Subscribe, Serve) are in place when the
// first peer arrives.
func New(c Config) (*Host, error) {
	if err := c.defaults(); err != nil {
		return nil, err
	}
	h := &Host{
		config: c, id: IDFromSeed(c.Seed), scope: "/probity/" + genesisTag(c.Genesis) + "/", born: time.Now(),
		topics: make(map[string]*topic), protocols: make(map[string]*service),
		live: make(map[ID]*session), waiting: make(map[ID][]chan error),
		events: make(chan Event, eventsMax),
	}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	if err := h.build(); err != nil {
		_ = h.Close()
		return nil, err
	}
	h.tasks.spawn(h.notify)
	return h, nil
}

// build makes the parts in order of dependence.
func (h *Host) build() error {
	var err error
	if h.listen, err = parseAddrs(h.config.Listen); err != nil {
		return fmt.Errorf("%w: listen: %w", ErrConfig, err)
	}
	if h.announce, err = parseAddrs(h.config.Announce); err != nil {
		return fmt.Errorf("%w: announce: %w", ErrConfig, err)
	}
	if err := h.buildMachine(); err != nil {
		return err
	}
	if h.net, err = h.newTransport(); err != nil {
		return fmt.Errorf("p2p transport: %w", err)
	}
	if err := h.newGossip(); err != nil {
		return fmt.Errorf("gossip: %w", err)
	}
	for _, p := range h.machine.Peers(h.now()) {
		if p.Keep {
			h.net.ConnManager().Protect(peer.ID(p.ID), "bootstrap")
		}
	}
	h.net.SetStreamHandler(h.protocolID(directProtocol), h.receiveDirect)
	for _, s := range h.protocols {
		h.net.SetStreamHandler(s.id, s.handle)
	}
	return h.Serve(exchangeProtocol, h.serveExchange)
}

// buildMachine gives every topic and protocol its kind of traffic, makes the
// peer machine, and fills its book.
func (h *Host) buildMachine() error {
	limits := []Limit{controlLimit}
	kind := func(l Limit) peers.Kind {
		limits = append(limits, l)
		return peers.Kind(len(limits) - 1)
	}
	for _, t := range h.config.Topics {
		h.topics[h.scope+t.Name] = &topic{Topic: t, host: h, wire: h.scope + t.Name, kind: kind(t.Limit)}
	}
	for _, p := range append([]Protocol{exchange}, h.config.Protocols...) {
		if err := p.defaults(); err != nil {
			return err
		}
		h.protocols[p.Name] = &service{Protocol: p, host: h, id: h.protocolID(p.Name), kind: kind(p.RequestLimit)}
	}
	var err error
	h.machine, err = peers.New(peers.Config{
		Self:   h.id,
		Secret: keys.Sum([]byte("probity/p2p/dial-order"), h.config.Seed[:]),
		Max:    h.config.PeersMax, Target: h.config.Target,
		BookMax: max(peers.BookMax, 2*h.config.PeersMax),
		Limits:  limits,
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	for _, s := range h.config.Bootstrap {
		addr, id, err := SplitAddr(s)
		if err != nil {
			return fmt.Errorf("%w: bootstrap: %w", ErrConfig, err)
		}
		h.machine.Step(h.now(), peers.Keep{Peer: id, Addrs: []string{addr}})
	}
	for _, s := range h.config.Known {
		if addr, id, err := SplitAddr(s); err == nil {
			h.machine.Step(h.now(), peers.Learn{Peer: id, Addrs: []string{addr}})
		}
	}
	return nil
}

// Start listens and begins to dial. An address that is taken is an error that
// names it.
func (h *Host) Start() error {
	err := ErrClosed
	h.started.Do(func() {
		// One by one: libp2p is content with any one of several.
		for _, a := range h.listen {
			if err = h.net.Network().Listen(a); err != nil {
				err = fmt.Errorf("listen on %s: %w", a, err)
				return
			}
		}
		ready := make(chan error, 1)
		h.tasks.spawn(func() { h.watch(ready) })
		if err = <-ready; err == nil {
			h.tasks.spawn(h.run)
		}
	})
	return err
}

// Close ends all connections and returns when every goroutine of the host has
// ended. Handlers see their context cancelled and must return.
func (h *Host) Close() error {
	h.cancel()
	h.tasks.refuse()
	var err error
	if h.net != nil {
		err = h.net.Close()
	}
	h.tasks.wg.Wait()
	return err
}

// ID is the host's own identifier.
func (h *Host) ID() ID { return h.id }

// Addrs lists the multiaddrs under which others reach this host, each ending
// in /p2p/ID: what goes into another node's Bootstrap.
func (h *Host) Addrs() []string {
	var out []string
	for _, a := range h.net.Addrs() {
		out = append(out, JoinAddr(a.String(), h.id))
	}
	return out
}

// now is the time for the peer machine: since the host was made, on the
// monotonic clock.
func (h *Host) now() peers.Millis { return peers.Millis(time.Since(h.born).Milliseconds()) }

// step feeds the machine and performs what it asks.
func (h *Host) step(in peers.Input) peers.Ready {
	h.mu.Lock()
	r := h.machine.Step(h.now(), in)
	h.mu.Unlock()
	h.perform(r)
	return r
}

// perform does what the machine asked, off the caller's goroutine: the caller
// may be libp2p's own.
func (h *Host) perform(r peers.Ready) {
	for _, d := range r.Drop {
		if d.Banned > 0 {
			h.count.bans.Add(1)
			h.emit(Event{Kind: Banned, Peer: d.Peer, Reason: d.Reason})
		}
		h.tasks.spawn(func() { _ = h.net.Network().ClosePeer(peer.ID(d.Peer)) })
	}
	for _, d := range r.Dial {
		h.count.dials.Add(1)
		h.tasks.spawn(func() { h.dialFor(d) })
	}
	for _, id := range r.Ask {
		h.tasks.spawn(func() { h.ask(id) })
	}
}

// run drives the machine's clock and measures latencies.
func (h *Host) run() {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	h.step(peers.Tick{})
	var pinged time.Time
	for {
		select {
		case <-h.ctx.Done():
			return
		case now := <-tick.C:
			h.step(peers.Tick{})
			if now.Sub(pinged) >= pingEvery {
				pinged = now
				for _, id := range h.liveIDs() {
					h.tasks.spawn(func() { h.ping(id) })
				}
			}
		}
	}
}

// fault reports a peer's misconduct.
func (h *Host) fault(id ID, f peers.Fault) {
	h.count.faults.add(f.String())
	h.step(peers.Faulted{Peer: id, Fault: f})
}

// received charges a message to its sender's limits; false: it is above them.
func (h *Host) received(id ID, kind peers.Kind, bytes int) bool {
	r := h.step(peers.Received{Peer: id, Kind: kind, Bytes: bytes})
	if r.Refuse == peers.Flooding.String() {
		h.count.faults.add(r.Refuse)
	}
	return r.Refuse == ""
}

// tasks counts goroutines and callbacks, so that Close can wait for them.
type tasks struct {
	mu     sync.Mutex
	wg     sync.WaitGroup
	closed bool
}

// enter begins a task; false: the host is closing and the task must not run.
func (t *tasks) enter() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	t.wg.Add(1)
	return true
}

func (t *tasks) leave() { t.wg.Done() }

// spawn runs f in a goroutine of the host, unless it is closing.
func (t *tasks) spawn(f func()) {
	if !t.enter() {
		return
	}
	go func() {
		defer t.leave()
		f()
	}()
}

// refuse lets no further task begin.
func (t *tasks) refuse() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
}

// LibraryLogs sends the logs of libp2p itself to a handler. They are global to
// the process and go to standard error otherwise, so a program calls it once,
// before the first New.
func LibraryLogs(handler slog.Handler) { gologshim.SetDefaultHandler(handler) }

// isClosing tells the end of the host from other ends of a context.
func (h *Host) isClosing() bool { return errors.Is(h.ctx.Err(), context.Canceled) }
