package p2p

import (
	"errors"
	"fmt"
)

var (
	// ErrClosed: the host is closing or closed.
	ErrClosed = errors.New("p2p host is closed")
	// ErrForeign: the peer is of another chain, or no node of ours at all.
	ErrForeign = errors.New("is not of this chain")
	// ErrRefused: the peer machine does not want this connection; the text says why.
	ErrRefused = errors.New("connection refused")
	// ErrNotConnected: there is no admitted connection to the peer.
	ErrNotConnected = errors.New("not connected")
	// ErrTooLarge: a message above the bound of its topic or protocol.
	ErrTooLarge = errors.New("message too large")
	// ErrFrame: bytes that are no frame of ours.
	ErrFrame = errors.New("malformed frame")
	// ErrBusy: the peer (or our own queue to it) has no room now; try again later.
	ErrBusy = errors.New("busy")
	// ErrUnknown: a topic or protocol that is not in the configuration.
	ErrUnknown = errors.New("not configured")
	// ErrConfig: the configuration cannot be used; the text says why.
	ErrConfig = errors.New("p2p configuration")
)

// RemoteError is a request that the peer answered with a refusal of its own,
// in its own words (at most failTextMax bytes, and not to be trusted).
type RemoteError struct {
	Peer ID
	Text string
}

func (e *RemoteError) Error() string {
	return fmt.Sprintf("peer %s answered: %q", e.Peer.Short(), e.Text)
}
