package p2p

import (
	"crypto/ed25519"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/control"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/net/connmgr"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	ma "github.com/multiformats/go-multiaddr"

	"probity/p2p/peers"
)

const (
	dialTime     = 5 * time.Second
	memoryMax    = 256 << 20 // what libp2p's own buffers may hold (frames, windows)
	streamWindow = 4 << 20   // bytes in flight on one stream: 40 MB/s at 100 ms
	protocolName = "probity/1"
)

// protocolID is the identifier of a protocol on this chain.
func (h *Host) protocolID(name string) protocol.ID { return protocol.ID(h.scope + name) }

// newTransport makes the libp2p host: TCP with Noise and yamux, and QUIC.
func (h *Host) newTransport() (host.Host, error) {
	key, err := crypto.UnmarshalEd25519PrivateKey(ed25519.NewKeyFromSeed(h.config.Seed[:]))
	if err != nil {
		return nil, err
	}
	resources, err := h.newResources()
	if err != nil {
		return nil, err
	}
	// The gater and the machine refuse above PeersMax; this manager trims the
	// least useful connections should several lead to one peer. Kept peers come
	// on top, so the bound leaves room for them.
	most := h.config.PeersMax + len(h.config.Bootstrap)
	connections, err := connmgr.NewConnManager(most, most+most/4+4)
	if err != nil {
		return nil, err
	}
	mux := *yamux.DefaultTransport
	mux.MaxStreamWindowSize = streamWindow
	return libp2p.New(
		libp2p.Identity(key),
		libp2p.NoListenAddrs, // Start listens
		libp2p.Transport(tcp.NewTCPTransport, tcp.DisableReuseport()), // or a taken port would go unnoticed
		libp2p.Transport(quic.NewTransport),
		libp2p.Security(noise.ID, noise.New),
		libp2p.Muxer(yamux.ID, &mux),
		libp2p.ResourceManager(resources),
		libp2p.ConnectionManager(connections),
		libp2p.ConnectionGater(gater{h}),
		libp2p.AddrsFactory(h.advertised),
		libp2p.ProtocolVersion(h.identification()),
		libp2p.UserAgent(h.config.Agent),
		libp2p.WithDialTimeout(dialTime),
		libp2p.SwarmOpts(swarm.WithDialRanker(rank)),
		libp2p.DisableRelay(),
		libp2p.DisableMetrics(),
		libp2p.DisableIdentifyAddressDiscovery(),
		libp2p.ForceReachabilityPublic(), // no probing: the operator says how we are reached
	)
}

// newResources bounds connections, streams and buffers. libp2p's defaults per
// peer, protocol and address range stay, scaled to memoryMax.
func (h *Host) newResources() (network.ResourceManager, error) {
	scaling := rcmgr.DefaultLimits
	libp2p.SetDefaultServiceLimits(&scaling)
	most := rcmgr.LimitVal(2*(h.config.PeersMax+len(h.config.Bootstrap)) + 16)
	limits := rcmgr.PartialLimitConfig{System: rcmgr.ResourceLimits{
		Conns: 2 * most, ConnsInbound: most, ConnsOutbound: most,
		Streams: 64 * most, StreamsInbound: 32 * most, StreamsOutbound: 32 * most,
		Memory: memoryMax,
	}}.Build(scaling.Scale(memoryMax, 1024))
	return rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(limits))
}

// advertised is what we tell others of our addresses.
func (h *Host) advertised(listening []ma.Multiaddr) []ma.Multiaddr {
	if len(h.announce) > 0 {
		return h.announce
	}
	return listening
}

// rank orders the addresses of a dial: TCP first, QUIC a moment later. On the
// machine of reference 64 KiB to three peers cost 0.5 ms of processor time over
// TCP and 1.1 ms over QUIC (which encrypts and acknowledges in user space), and
// the processor is what bounds us.
func rank(addrs []ma.Multiaddr) []network.AddrDelay {
	out := make([]network.AddrDelay, len(addrs))
	for i, a := range addrs {
		delay := time.Duration(0)
		if _, err := a.ValueForProtocol(ma.P_TCP); err != nil {
			delay = quicDelay
		}
		out[i] = network.AddrDelay{Addr: a, Delay: delay}
	}
	return out
}

const quicDelay = 250 * time.Millisecond

// gater asks the peer machine before a connection is made. It sees peers at
// two moments: before we dial, and when the other's key is known.
type gater struct{ h *Host }

func (g gater) wanted(id peer.ID) bool {
	why := g.h.step(peers.Knock{Peer: ID(id)}).Refuse
	if why != "" {
		g.h.count.refusals.add(refusalLabel(why))
	}
	return why == ""
}

func (g gater) InterceptPeerDial(id peer.ID) bool                               { return g.wanted(id) }
func (g gater) InterceptAddrDial(peer.ID, ma.Multiaddr) bool                    { return true }
func (g gater) InterceptAccept(network.ConnMultiaddrs) bool                     { return !g.h.isClosing() }
func (g gater) InterceptUpgraded(network.Conn) (bool, control.DisconnectReason) { return true, 0 }

func (g gater) InterceptSecured(_ network.Direction, id peer.ID, _ network.ConnMultiaddrs) bool {
	return g.wanted(id)
}
