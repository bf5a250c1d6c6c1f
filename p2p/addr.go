package p2p

import (
	"crypto/ed25519"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// PeerID is the identifier of the peer that holds the private key of an
// ed25519 public key (32 bytes).
func PeerID(public []byte) (ID, error) {
	key, err := crypto.UnmarshalEd25519PublicKey(public)
	if err != nil {
		return "", fmt.Errorf("peer id: %w", err)
	}
	id, err := peer.IDFromPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("peer id: %w", err)
	}
	return ID(id), nil
}

// IDFromSeed is the identifier of the peer with this key seed.
func IDFromSeed(seed [32]byte) ID {
	id, err := PeerID(ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey))
	if err != nil {
		panic(err) // every ed25519 public key has an identifier
	}
	return id
}

// ParseID reads the text of an identifier ("12D3Koo…").
func ParseID(text string) (ID, error) {
	id, err := peer.Decode(text)
	if err != nil {
		return "", fmt.Errorf("peer id %q: %w", text, err)
	}
	return ID(id), nil
}

// JoinAddr appends a peer's identifier to a multiaddr: the form of Bootstrap.
func JoinAddr(addr string, id ID) string { return addr + "/p2p/" + id.String() }

// SplitAddr takes apart a multiaddr that ends in /p2p/ID.
func SplitAddr(s string) (addr string, id ID, err error) {
	m, err := ma.NewMultiaddr(s)
	if err != nil {
		return "", "", fmt.Errorf("address %q: %w", s, err)
	}
	rest, pid := peer.SplitAddr(m)
	if pid == "" {
		return "", "", fmt.Errorf("address %q: does not end in /p2p/ID", s)
	}
	if len(rest) == 0 {
		return "", "", fmt.Errorf("address %q: nothing before /p2p", s)
	}
	return rest.String(), ID(pid), nil
}

// Multiaddrs turns "host:port" into the TCP and the QUIC multiaddr of it, and
// leaves a multiaddr (which starts with a slash) as it is.
func Multiaddrs(s string) ([]string, error) {
	if strings.HasPrefix(s, "/") {
		m, err := ma.NewMultiaddr(s)
		if err != nil {
			return nil, fmt.Errorf("address %q: %w", s, err)
		}
		return []string{m.String()}, nil
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", s, err)
	}
	if host == "" {
		host = "0.0.0.0"
	}
	prefix := "/dns/" + host
	if ip, err := netip.ParseAddr(host); err == nil && ip.Unmap().Is4() {
		prefix = "/ip4/" + ip.Unmap().String()
	} else if err == nil {
		prefix = "/ip6/" + ip.WithZone("").String()
	}
	out := []string{prefix + "/tcp/" + port, prefix + "/udp/" + port + "/quic-v1"}
	for _, a := range out {
		if _, err := ma.NewMultiaddr(a); err != nil {
			return nil, fmt.Errorf("address %q: %w", s, err)
		}
	}
	return out, nil
}

// parseAddrs expands and parses a list of "host:port" and multiaddrs.
func parseAddrs(list []string) ([]ma.Multiaddr, error) {
	var out []ma.Multiaddr
	for _, s := range list {
		expanded, err := Multiaddrs(s)
		if err != nil {
			return nil, err
		}
		for _, e := range expanded {
			m, err := ma.NewMultiaddr(e)
			if err != nil {
				return nil, fmt.Errorf("address %q: %w", e, err)
			}
			out = append(out, m)
		}
	}
	return out, nil
}

// addrInfo is what libp2p dials; addresses that do not parse are left out.
func addrInfo(id ID, addrs []string) peer.AddrInfo {
	info := peer.AddrInfo{ID: peer.ID(id)}
	for _, s := range addrs {
		if m, err := ma.NewMultiaddr(s); err == nil {
			info.Addrs = append(info.Addrs, m)
		}
	}
	return info
}

// reach tells how far an address is good for: within this machine, within a
// private network, or everywhere.
func reach(a ma.Multiaddr) int {
	switch {
	case manet.IsIPLoopback(a):
		return 0
	case manet.IsPrivateAddr(a):
		return 1
	default:
		return 2
	}
}
