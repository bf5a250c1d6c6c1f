package p2p

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"probity/p2p/peers"
)

// Peers learn of each other by asking: the answer to an empty "peers/1"
// request is a chunk per address, each a multiaddr ending in /p2p/ID. An answer
// is hearsay; the book bounds what one peer can teach, and a dial proves it.

const (
	exchangeProtocol = "peers/1"
	exchangeMax      = 32
)

var exchange = Protocol{
	Name: exchangeProtocol, RequestMax: 1, ChunkMax: peers.AddrBytesMax, ResponseMax: exchangeMax * peers.AddrBytesMax,
	Timeout: 5 * time.Second, PerPeer: 1,
	RequestLimit: Limit{Messages: 1, MessagesBurst: 10, Bytes: 1 << 10, BytesBurst: 1 << 10},
}

// serveExchange tells a peer the addresses of our connected peers, as far as
// they can be of use to it: an address of this machine is told only to a peer
// on this machine, a private one only within the private network.
func (h *Host) serveExchange(_ context.Context, from ID, _ []byte, w *Writer) error {
	conns := h.net.Network().ConnsToPeer(peer.ID(from))
	if len(conns) == 0 {
		return ErrNotConnected
	}
	near := reach(conns[0].RemoteMultiaddr())
	h.mu.Lock()
	known := h.machine.Peers(h.now())
	h.mu.Unlock()
	told := 0
	for _, p := range known {
		if !p.Connected || p.ID == from {
			continue
		}
		for _, a := range p.Addrs {
			m, err := ma.NewMultiaddr(a)
			if err != nil || reach(m) < near || told >= exchangeMax {
				continue
			}
			line := JoinAddr(a, p.ID)
			if len(line) > peers.AddrBytesMax {
				continue
			}
			told++
			if _, err := w.Write([]byte(line)); err != nil {
				return err
			}
		}
	}
	return nil
}

// ask learns addresses from a peer.
func (h *Host) ask(id ID) {
	told := 0
	err := h.Fetch(h.ctx, id, exchangeProtocol, nil, func(chunk []byte) error {
		if told++; told > exchangeMax {
			return fmt.Errorf("%w: more than %d addresses", ErrFrame, exchangeMax)
		}
		addr, about, err := SplitAddr(string(bytes.ToValidUTF8(chunk, nil)))
		if err != nil {
			h.fault(id, peers.Malformed)
			return err
		}
		h.step(peers.Learn{From: id, Peer: about, Addrs: []string{addr}})
		return nil
	})
	if err != nil && !h.isClosing() {
		h.config.Log.Debug("no addresses from peer", "peer", id, "err", err)
	}
}
