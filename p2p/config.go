package p2p

import (
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"probity/chain/keys"
	"probity/p2p/peers"
)

// ID names a peer; it is derived from its public key. See PeerID.
type ID = peers.ID

// Limit is what one peer may send of one topic or protocol; see peers.Limit.
type Limit = peers.Limit

// Config is everything a Host is told.
type Config struct {
	Seed    [32]byte  // of the node's ed25519 network key (RFC 8032)
	Genesis keys.Hash // names the chain

	Listen    []string // "host:port" (TCP and QUIC) or multiaddrs; empty: none
	Announce  []string // addresses others reach us at, the same forms; empty: those we listen on
	Bootstrap []string // multiaddrs ending in /p2p/ID; kept connected for ever; our own is skipped
	Known     []string // the same form, from an earlier run (KnownAddrs); hints only

	PeersMax int // connected peers besides Bootstrap; 0: PeersMaxDefault
	Target   int // look for peers while fewer are connected; 0: half of PeersMax

	Topics    []Topic
	Protocols []Protocol

	Agent   string       // shown to peers; empty: "probity"
	OnEvent func(Event)  // told in order, from one goroutine; may be nil
	Log     *slog.Logger // for trouble that is nobody's error; nil: discard
}

// Topic is a class of messages that spread. The same table must be given to
// all nodes: a peer that sends above our bounds is at fault.
type Topic struct {
	Name     string
	BytesMax int   // of one message; 0: 1 MiB
	HeldMax  int64 // bytes in the hands of the handler at once, all peers; more are dropped as busy. 0: 16 × BytesMax
	Limit    Limit // zero: DefaultLimit(BytesMax)
}

// Protocol is a kind of request.
type Protocol struct {
	Name         string        // with a version: "sync/1"
	RequestMax   int           // bytes of a request; 0: 64 KiB
	ChunkMax     int           // bytes of one chunk of an answer; 0: 1 MiB
	ResponseMax  int64         // bytes of all chunks; 0: 64 MiB
	Timeout      time.Duration // of one exchange, at both ends; 0: 10 s
	PerPeer      int           // requests of one peer served at once; 0: 4
	Total        int           // requests served at once; 0: 64
	RequestLimit Limit         // zero: 64 requests a second, bursts of 256
}

// Defaults of Config.
const (
	PeersMaxDefault = 64
	messageBytes    = 1 << 20
	requestBytes    = 64 << 10
	chunkBytes      = 1 << 20
	responseBytes   = 64 << 20
	requestTime     = 10 * time.Second
)

// DefaultLimit suits a topic of consensus in a network of a few hundred: 4,096
// messages and 32 MiB a second from one peer, or four of the largest messages
// if that is more, with bursts of twice as much.
func DefaultLimit(bytesMax int) Limit {
	perSecond := max(32<<20, 4*int64(bytesMax))
	return Limit{Messages: 4096, MessagesBurst: 8192, Bytes: perSecond, BytesBurst: 2 * perSecond}
}

// name is what topics and protocols are called: it stands in identifiers.
var name = regexp.MustCompile(`^[a-z][a-z0-9/-]{0,31}$`)

// defaults fills in what was left out and refuses what cannot work.
func (c *Config) defaults() error {
	if c.PeersMax == 0 {
		c.PeersMax = PeersMaxDefault
	}
	if c.Target == 0 {
		c.Target = max(1, c.PeersMax/2)
	}
	if c.Agent == "" {
		c.Agent = "probity"
	}
	if c.OnEvent == nil {
		c.OnEvent = func(Event) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	names := map[string]bool{directProtocol: true, exchangeProtocol: true}
	claim := func(s string) error {
		if !name.MatchString(s) || names[s] {
			return fmt.Errorf("%w: name %q is malformed or taken", ErrConfig, s)
		}
		names[s] = true
		return nil
	}
	for i := range c.Topics {
		if err := claim(c.Topics[i].Name); err != nil {
			return err
		}
		if err := c.Topics[i].defaults(); err != nil {
			return err
		}
	}
	for i := range c.Protocols {
		if err := claim(c.Protocols[i].Name); err != nil {
			return err
		}
		if err := c.Protocols[i].defaults(); err != nil {
			return err
		}
	}
	return nil
}

func (t *Topic) defaults() error {
	if t.BytesMax == 0 {
		t.BytesMax = messageBytes
	}
	if t.HeldMax == 0 {
		t.HeldMax = 16 * int64(t.BytesMax)
	}
	if t.Limit == (Limit{}) {
		t.Limit = DefaultLimit(t.BytesMax)
	}
	if t.BytesMax < 1 || t.HeldMax < int64(t.BytesMax) || t.Limit.BytesBurst < int64(t.BytesMax) || t.Limit.MessagesBurst < 1 {
		return fmt.Errorf("%w: topic %q: its largest message would never pass its limits", ErrConfig, t.Name)
	}
	return nil
}

func (p *Protocol) defaults() error {
	setDefault(&p.RequestMax, requestBytes)
	setDefault(&p.ChunkMax, chunkBytes)
	setDefault(&p.ResponseMax, responseBytes)
	setDefault(&p.Timeout, requestTime)
	setDefault(&p.PerPeer, 4)
	setDefault(&p.Total, 64)
	if p.RequestLimit == (Limit{}) {
		p.RequestLimit = Limit{Messages: 64, MessagesBurst: 256, Bytes: 8 << 20, BytesBurst: max(16<<20, int64(p.RequestMax))}
	}
	if p.RequestMax < 1 || p.ChunkMax < 1 || p.ResponseMax < int64(p.ChunkMax) || p.Timeout < 0 || p.PerPeer < 1 || p.Total < p.PerPeer ||
		p.RequestLimit.BytesBurst < int64(p.RequestMax) || p.RequestLimit.MessagesBurst < 1 {
		return fmt.Errorf("%w: protocol %q: its largest request would never pass its limits", ErrConfig, p.Name)
	}
	return nil
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
