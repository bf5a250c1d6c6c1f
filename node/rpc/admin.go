package rpc

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Operator is what the methods admin_… do to a running node. An error is the
// caller's to read: it is answered as PARAMS, or as UNREACHABLE by Connect.
type Operator interface {
	// Connect dials a peer at a multiaddress that ends in /p2p/ID, and returns
	// when it is admitted. It gives up when ctx ends.
	Connect(ctx context.Context, address string) error
	// Ban closes the connection to a peer and refuses it for a time.
	Ban(peer, reason string) error
	// Unban forgives a peer; one that is not banned is forgiven, too.
	Unban(peer string) error
	// Bans lists the bans in force.
	Bans() []Ban
	// LogLevel is the least level that is logged; SetLogLevel changes it until
	// the node stops.
	LogLevel() string
	SetLogLevel(level string) error
}

// ErrAddress is what an Operator answers to an address or a name that cannot be one.
var ErrAddress = errors.New("not an address of a peer")

// Ban is a peer that is refused.
type Ban struct {
	Peer   string `json:"peer"`
	Reason string `json:"reason"`
	LeftMs int64  `json:"leftMs"` // until it may come again
}

// AdminPeers are the peers that are connected, and those that are refused.
type AdminPeers struct {
	Peers []Peer `json:"peers"`
	Bans  []Ban  `json:"bans"`
}

// Params of the methods admin_….
type (
	addressParams struct {
		Address string `json:"address" doc:"A multiaddress that ends in /p2p/ID."`
	}
	banParams struct {
		Peer   string `json:"peer" doc:"Its ID, as admin_peers tells it."`
		Reason string `json:"reason,omitempty" doc:"For the log and for admin_peers."`
	}
	peerParams struct {
		Peer string `json:"peer" doc:"Its ID, as admin_peers tells it."`
	}
	levelParams struct {
		Level string `json:"level,omitempty" doc:"debug, info, warn or error; left out: it stays."`
	}
)

// reasonMax bounds the reason of a ban.
const reasonMax = 200

// adminMethods are the operator's. They are declared where there is an Operator,
// and told neither by rpc.discover nor by rpc_limits.
func (s *Server) adminMethods() []Method {
	all := []Method{
		Handle("admin_peers", "The peers that the node is connected to, and those that it refuses for a time: {peers, bans: [{peer, reason, leftMs}]}.", s.adminPeers),
		Handle("admin_addPeer", "Dials a peer and answers true when it is admitted. It is not kept over a restart: p2p.bootstrap is.", s.addPeer).errors("UNREACHABLE"),
		Handle("admin_banPeer", "Closes the connection to a peer and refuses it: for ten minutes, doubling with each ban up to a day.", s.banPeer),
		Handle("admin_unbanPeer", "Forgives a peer; true also where it was not refused.", s.unbanPeer),
		Handle("admin_logLevel", "The least level that is logged, after it was set where one is given; log.level holds from the next start on.", s.logLevel),
	}
	for i := range all {
		all[i].admin = true
	}
	return all
}

func (s *Server) adminPeers(ctx context.Context, _ None) (AdminPeers, error) {
	all, err := s.peers(ctx, None{})
	bans := s.Operator.Bans()
	if bans == nil {
		bans = []Ban{}
	}
	return AdminPeers{Peers: all, Bans: bans}, err
}

func (s *Server) addPeer(ctx context.Context, p addressParams) (bool, error) {
	err := s.Operator.Connect(ctx, p.Address)
	switch {
	case errors.Is(err, ErrAddress):
		return false, badParams("%v", err).hint("give it as /ip4/…/tcp/…/p2p/ID").values(clip([]byte(p.Address)), nil)
	case err != nil:
		return false, fail(CodeUnavailable, "UNREACHABLE", "%v", err).hint("see that it runs, that its port is open, and that it is of this chain").values(clip([]byte(p.Address)), nil)
	}
	return true, nil
}

func (s *Server) banPeer(_ context.Context, p banParams) (bool, error) {
	if len(p.Reason) > reasonMax {
		return false, badParams("a reason of %d bytes", len(p.Reason)).hint("tell it in fewer").values(len(p.Reason), reasonMax)
	}
	if p.Reason == "" {
		p.Reason = "operator"
	}
	return namedPeer(p.Peer, s.Operator.Ban(p.Peer, p.Reason))
}

func (s *Server) unbanPeer(_ context.Context, p peerParams) (bool, error) {
	return namedPeer(p.Peer, s.Operator.Unban(p.Peer))
}

func namedPeer(id string, err error) (bool, error) {
	if err != nil {
		return false, badParams("%v", err).hint("admin_peers tells the IDs").values(clip([]byte(id)), nil)
	}
	return true, nil
}

func (s *Server) logLevel(_ context.Context, p levelParams) (string, error) {
	if p.Level != "" {
		if err := s.Operator.SetLogLevel(strings.ToLower(p.Level)); err != nil {
			return "", badParams("%v", err).hint("log.level has the same").values(clip([]byte(p.Level)), "debug, info, warn or error")
		}
	}
	return s.Operator.LogLevel(), nil
}

// adminHint tells who asks for an operator's method without being one.
func adminHint(e *Error) *Error {
	return e.hint("the operator's methods answer over the unix socket in the node's home, and over TCP with a token where rpc.jwt_secret is set")
}

// markdownAdmin are the operator's methods, for docs/rpc.md.
const markdownAdmin = `
## admin

The operator's methods answer over the unix socket ` + "`admin.sock`" + ` in the node's home (mode 0600), as does
` + "`/debug/pprof/`" + `; there is no rate limit for the operator. ` + "`probity admin`" + ` calls them. Where the setting
` + "`rpc.jwt_secret`" + ` names a file with a secret of 32 bytes (64 hex digits; it is made where it is missing), they answer
over TCP as well, to a request for HTTP or a WebSocket whose header is ` + "`Authorization: Bearer TOKEN`" + `:

- TOKEN is a JWT (RFC 7519) in the compact form with ` + "`{\"alg\":\"HS256\"}`" + `: HMAC-SHA-256 of the secret. No other
  algorithm and no ` + "`crit`" + ` is taken.
- ` + "`iat`" + `, in seconds, MUST be within %d seconds of the node's clock. ` + "`exp`" + ` and ` + "`nbf`" + ` hold where they are given; other
  claims are ignored.
- A token that does not hold is answered with status 401 and the reason, whatever was asked for; so is a second
  ` + "`Authorization`" + `. Without the setting the header is ignored.
- A token is good for whoever reads it until it is too old: beyond loopback put TLS before the port.

` + "`rpc.discover`" + ` does not list these methods.
`

// adminPage is that section with each method.
func adminPage() string { return fmt.Sprintf(markdownAdmin, int(tokenAge.Seconds())) }
