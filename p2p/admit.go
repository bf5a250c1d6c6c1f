package p2p

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/host/eventbus"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
	ma "github.com/multiformats/go-multiaddr"

	"probity/chain/keys"
	"probity/p2p/peers"
)

const (
	tickEvery   = 100 * time.Millisecond
	pingEvery   = 10 * time.Second
	pingTime    = 5 * time.Second
	refuseGrace = 300 * time.Millisecond // a refused peer gets this long to read who we are
	eventsMax   = 256
	agentMax    = 64 // bytes kept of what a peer calls itself
)

// Connections are admitted after libp2p's identification, in which each side
// states a protocol version. Ours is "probity/1/<genesis>": the comparison
// costs no message of our own, and both sides learn why they part.

// genesisTag is the part of the genesis hash that stands in identifiers.
func genesisTag(g keys.Hash) string { return strings.TrimPrefix(g.String(), "0x")[:16] }

func (h *Host) identification() string { return protocolName + "/" + genesisTag(h.config.Genesis) }

// check compares a peer's identification with ours. The error wraps ErrForeign.
func (h *Host) check(id ID, theirs string) error {
	ours := h.identification()
	if theirs == ours {
		return nil
	}
	if tag, ok := strings.CutPrefix(theirs, protocolName+"/"); ok {
		return fmt.Errorf("peer %s %w: it is on another genesis (%.16s…, ours is %s…)", id, ErrForeign, tag, genesisTag(h.config.Genesis))
	}
	if strings.HasPrefix(theirs, "probity/") {
		return fmt.Errorf("peer %s %w: it speaks %.40q, we speak %q", id, ErrForeign, theirs, ours)
	}
	return fmt.Errorf("peer %s %w: it is no probity node (%.40q)", id, ErrForeign, theirs)
}

// watch follows libp2p's events: who identified, who left.
func (h *Host) watch(ready chan<- error) {
	sub, err := h.net.EventBus().Subscribe([]any{
		new(event.EvtPeerIdentificationCompleted), new(event.EvtPeerIdentificationFailed), new(event.EvtPeerConnectednessChanged),
	}, eventbus.BufSize(eventsMax), eventbus.Name("probity/p2p"))
	ready <- err
	if err != nil {
		return
	}
	defer func() { _ = sub.Close() }()
	for {
		select {
		case <-h.ctx.Done():
			return
		case e := <-sub.Out():
			switch e := e.(type) {
			case event.EvtPeerIdentificationCompleted:
				h.identified(e)
			case event.EvtPeerIdentificationFailed:
				h.unidentified(e.Peer, e.Reason)
			case event.EvtPeerConnectednessChanged:
				if e.Connectedness == network.NotConnected {
					h.left(ID(e.Peer))
				}
			}
		}
	}
}

// identified admits a peer of our chain with what it says of itself, and turns
// away others.
func (h *Host) identified(e event.EvtPeerIdentificationCompleted) {
	id := ID(e.Peer)
	if err := h.check(id, e.ProtocolVersion); err != nil {
		h.refuse(id, err)
		return
	}
	if !h.admit(e.Peer) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.live[id]; s != nil {
		s.agent = e.AgentVersion[:min(len(e.AgentVersion), agentMax)]
		// The peer is connected already, so this asks for nothing.
		h.machine.Step(h.now(), peers.Connected{Peer: id, Inbound: s.inbound, Addrs: texts(e.ListenAddrs)})
	}
}

// admit takes a connected peer in. It is called when the peer has identified
// itself, or has opened a stream of a protocol of our chain before that was
// noticed here: either shows that it is of our chain. False: not admitted.
func (h *Host) admit(pid peer.ID) bool {
	id := ID(pid)
	h.mu.Lock()
	known := h.live[id] != nil
	h.mu.Unlock()
	if known {
		return true
	}
	conns := h.net.Network().ConnsToPeer(pid)
	if len(conns) == 0 || h.isClosing() {
		return false
	}
	s := &session{id: id, inbound: conns[0].Stat().Direction == network.DirInbound, since: time.Now(), unready: time.Now(), link: newLink(h, id)}

	h.mu.Lock()
	if h.live[id] != nil {
		h.mu.Unlock()
		return true
	}
	r := h.machine.Step(h.now(), peers.Connected{Peer: id, Inbound: s.inbound})
	if r.Refuse == "" {
		h.live[id] = s
		h.settle(id, nil)
	} else {
		h.settle(id, fmt.Errorf("%w: peer %s: %s", ErrRefused, id, r.Refuse))
	}
	h.mu.Unlock()
	h.perform(r)
	if r.Refuse != "" {
		h.count.refusals.add(refusalLabel(r.Refuse))
		return false
	}
	h.emit(Event{Kind: Connected, Peer: id, Addr: conns[0].RemoteMultiaddr().String(), Inbound: s.inbound})
	h.tasks.spawn(func() { h.ping(id) })
	// The connection may have ended between the look at it and the entry; then
	// its end was reported before there was a session to remove.
	if h.net.Network().Connectedness(pid) != network.Connected {
		h.left(id)
		return false
	}
	return true
}

// left removes a peer whose last connection has ended.
func (h *Host) left(id ID) {
	h.mu.Lock()
	s := h.live[id]
	delete(h.live, id)
	h.settle(id, fmt.Errorf("peer %s closed the connection before it was admitted", id))
	r := h.machine.Step(h.now(), peers.Disconnected{Peer: id})
	h.mu.Unlock()
	h.perform(r)
	if s != nil {
		s.link.close()
		h.emit(Event{Kind: Disconnected, Peer: id, Inbound: s.inbound})
	}
}

// refuse turns away a peer of another chain. It is left connected for a
// moment, so that it too can learn the reason from our identification.
func (h *Host) refuse(id ID, why error) {
	h.count.faults.add(peers.Foreign.String())
	h.emit(Event{Kind: Refused, Peer: id, Reason: why.Error()})
	h.mu.Lock()
	h.settle(id, why)
	h.mu.Unlock()
	h.tasks.spawn(func() {
		select {
		case <-time.After(refuseGrace):
		case <-h.ctx.Done():
		}
		h.step(peers.Faulted{Peer: id, Fault: peers.Foreign})
	})
}

// unidentified closes a connection whose peer does not say what it is.
func (h *Host) unidentified(pid peer.ID, reason error) {
	h.mu.Lock()
	admitted := h.live[ID(pid)] != nil
	h.mu.Unlock()
	if admitted || h.net.Network().Connectedness(pid) != network.Connected {
		return
	}
	h.config.Log.Info("peer does not identify itself", "peer", ID(pid), "err", reason)
	h.fault(ID(pid), peers.Silent)
	h.tasks.spawn(func() { _ = h.net.Network().ClosePeer(pid) })
}

// Connect dials a peer by multiaddr (ending in /p2p/ID) and returns when it is
// admitted. Errors say why not: ErrForeign, ErrRefused, or the network's.
func (h *Host) Connect(ctx context.Context, address string) error {
	addr, id, err := SplitAddr(address)
	if err != nil {
		return err
	}
	h.step(peers.Learn{Peer: id, Addrs: []string{addr}})
	return h.dial(ctx, id, []string{addr})
}

func (h *Host) dial(ctx context.Context, id ID, addrs []string) error {
	h.mu.Lock()
	if h.live[id] != nil {
		h.mu.Unlock()
		return nil
	}
	if why := h.machine.Step(h.now(), peers.Knock{Peer: id}).Refuse; why != "" {
		h.mu.Unlock()
		return fmt.Errorf("%w: peer %s: %s", ErrRefused, id, why)
	}
	settled := make(chan error, 1)
	h.waiting[id] = append(h.waiting[id], settled)
	h.mu.Unlock()
	defer h.stopWaiting(id, settled)

	// The machine does the backing off; libp2p's own would hide a restarted peer.
	if s, ok := h.net.Network().(*swarm.Swarm); ok {
		s.Backoff().Clear(peer.ID(id))
	}
	ctx, cancel := context.WithTimeout(ctx, 2*dialTime)
	defer cancel()
	if err := h.net.Connect(ctx, addrInfo(id, addrs)); err != nil {
		select {
		case why := <-settled: // the identification said more than the network did
			if why != nil {
				return why
			}
		default:
		}
		return fmt.Errorf("connect to peer %s: %w", id, err)
	}
	select {
	case err := <-settled:
		return err
	case <-ctx.Done():
		return fmt.Errorf("connect to peer %s: %w", id, ctx.Err())
	case <-h.ctx.Done():
		return ErrClosed
	}
}

// settle answers the dials that wait for a peer. The caller holds h.mu.
func (h *Host) settle(id ID, err error) {
	for _, ch := range h.waiting[id] {
		ch <- err // buffered, and answered once: the list is dropped
	}
	delete(h.waiting, id)
}

func (h *Host) stopWaiting(id ID, settled chan error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting[id] = slices.DeleteFunc(h.waiting[id], func(ch chan error) bool { return ch == settled })
	if len(h.waiting[id]) == 0 {
		delete(h.waiting, id)
	}
}

// dialFor performs a dial the machine asked for.
func (h *Host) dialFor(d peers.Dial) {
	err := h.dial(h.ctx, d.Peer, d.Addrs)
	if err == nil {
		return
	}
	h.count.dialsFailed.Add(1)
	h.step(peers.DialFailed{Peer: d.Peer})
	if d.Keep && !h.isClosing() && !errors.Is(err, ErrForeign) {
		h.emit(Event{Kind: Unreachable, Peer: d.Peer, Reason: err.Error()})
	}
}

// ping measures the round trip to a peer.
func (h *Host) ping(id ID) {
	ctx, cancel := context.WithTimeout(h.ctx, pingTime)
	defer cancel()
	select {
	case res := <-ping.Ping(network.WithNoDial(ctx, "ping"), h.net, peer.ID(id)):
		if res.Error != nil {
			return // a dead connection shows by itself
		}
		h.mu.Lock()
		if s := h.live[id]; s != nil {
			s.latency = res.RTT
		}
		h.mu.Unlock()
	case <-ctx.Done():
	}
}

func texts(addrs []ma.Multiaddr) []string {
	out := make([]string, len(addrs))
	for i, a := range addrs {
		out[i] = a.String()
	}
	slices.Sort(out)
	return out
}
