package rpc

import (
	"context"

	"probity/chain/keys"
)

// Handle1 answers one message of a client on this machine.
func Handle1(s *Server, msg string) []byte {
	return s.handle(context.Background(), session{}, []byte(msg))
}

// Forget drops all verdicts, so that a benchmark may use signatures again.
func (v *Verifier) Forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.good, v.old = map[keys.Hash]struct{}{}, nil
}

// SkipWhole and Parse are what the fuzz targets compare.
func SkipWhole(b []byte) bool { _, err := whole(b); return err == nil }

// TooDeep says that the only fault of b is its depth.
func TooDeep(b []byte) bool { _, err := whole(b); return err == errNest }

// Clients counts the WebSocket connections of clients.
type Clients struct{ c *clients }

// NewClients makes clients without connections.
func NewClients() Clients { return Clients{newClients(1, 1)} }

// Enter and Leave are a connection's begin and end.
func (c Clients) Enter(client string) bool { return c.c.enter(client) }

// Leave ends a connection.
func (c Clients) Leave(client string) { c.c.leave(client) }

// Take draws a token.
func (c Clients) Take(client string) { c.c.take(client, 1) }

// Len is the number of clients remembered.
func (c Clients) Len() int { return len(c.c.all) }
