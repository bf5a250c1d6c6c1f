package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"probity/node/rpc"
	"probity/p2p"
)

// operator is the member as those who run it change it while it runs. What they
// change is told in the log.
type operator struct{ n *Node }

// Connect dials a peer.
func (o operator) Connect(ctx context.Context, address string) error {
	if _, _, err := p2p.SplitAddr(address); err != nil {
		return fmt.Errorf("%w: %w", rpc.ErrAddress, err)
	}
	o.changed("dialled a peer", "address", address)
	if err := o.n.host.Connect(ctx, address); err != nil {
		return errors.New(strings.Join(strings.Fields(err.Error()), " ")) // libp2p's is of several lines
	}
	return nil
}

// Ban closes the connection to a peer and refuses it for a time.
func (o operator) Ban(peer, reason string) error {
	id, err := peerID(peer)
	if err != nil {
		return err
	}
	if id == o.n.host.ID() {
		return fmt.Errorf("%s is this node itself", peer)
	}
	o.changed("banned a peer", "peer", id, "reason", reason)
	o.n.host.Ban(id, reason)
	return nil
}

// Unban forgives a peer.
func (o operator) Unban(peer string) error {
	id, err := peerID(peer)
	if err != nil {
		return err
	}
	o.changed("forgave a peer", "peer", id)
	o.n.host.Unban(id)
	return nil
}

// Bans lists the bans in force.
func (o operator) Bans() []rpc.Ban {
	var out []rpc.Ban
	for _, b := range o.n.host.Bans() {
		out = append(out, rpc.Ban{Peer: b.ID.String(), Reason: b.Reason, LeftMs: b.Left.Milliseconds()})
	}
	return out
}

// levels are those that an operator may choose, from the most talkative on.
var levels = []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}

// levelName is a level as the setting log.level has it.
func levelName(l slog.Level) string { return strings.ToLower(l.String()) }

// LogLevel is the least level that is logged.
func (o operator) LogLevel() string {
	for _, l := range levels {
		if o.n.log.Enabled(context.Background(), l) {
			return levelName(l)
		}
	}
	return "none"
}

// SetLogLevel changes it until the node stops.
func (o operator) SetLogLevel(name string) error {
	i := slices.IndexFunc(levels, func(l slog.Level) bool { return levelName(l) == name })
	switch {
	case i < 0:
		return fmt.Errorf("no level %.20q", name)
	case o.n.opts.LogLevel == nil:
		return errors.New("this node's log has one level for good")
	}
	v := o.n.opts.LogLevel
	v.Set(min(v.Level(), slog.LevelInfo)) // that it was set is logged whatever the levels
	o.changed("set the level of the log", "level", name)
	v.Set(levels[i])
	return nil
}

// changed tells what an operator did.
func (o operator) changed(what string, args ...any) {
	o.n.log.Info("operator "+what, append([]any{"event", "admin_changed"}, args...)...)
}

func peerID(text string) (p2p.ID, error) {
	id, err := p2p.ParseID(text)
	if err != nil {
		return "", fmt.Errorf("%.60q is no ID of a peer", text)
	}
	return id, nil
}
