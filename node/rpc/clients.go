package rpc

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// clientsMax bounds how many clients' buckets are kept; beyond it the one
// unused for longest is forgotten, which gives its client a full bucket.
const clientsMax = 4096

// clients are the token buckets of the addresses that call.
type clients struct {
	rate  rate.Limit
	burst int

	mu  sync.Mutex
	all map[string]*bucket
}

type bucket struct {
	tokens  *rate.Limiter
	used    time.Time
	sockets int // WebSocket connections open now
}

// socketsMax bounds the WebSocket connections of one client, so that one does
// not take all that there are.
const socketsMax = 64

func newClients(perSecond float64, burst int) *clients {
	return &clients{rate: rate.Limit(perSecond), burst: burst, all: map[string]*bucket{}}
}

// take draws tokens for a client, or says how long it must wait for them. The
// empty client has no limit.
func (c *clients) take(client string, n int) (time.Duration, bool) {
	if client == "" {
		return 0, true
	}
	now := time.Now()
	c.mu.Lock()
	b := c.bucket(client, now)
	c.mu.Unlock()
	if b.tokens.AllowN(now, n) {
		return 0, true
	}
	missing := float64(n) - b.tokens.TokensAt(now)
	return time.Duration(missing / float64(c.rate) * float64(time.Second)), false
}

// bucket finds or makes a client's bucket; the lock is held.
func (c *clients) bucket(client string, now time.Time) *bucket {
	b := c.all[client]
	if b == nil {
		c.forget()
		b = &bucket{tokens: rate.NewLimiter(c.rate, c.burst)}
		c.all[client] = b
	}
	b.used = now
	return b
}

// enter counts a WebSocket connection of a client, and says whether it may be;
// then leave follows.
func (c *clients) enter(client string) bool {
	if client == "" {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.bucket(client, time.Now())
	if b.sockets >= socketsMax {
		return false
	}
	b.sockets++
	return true
}

func (c *clients) leave(client string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b := c.all[client]; b != nil {
		b.sockets--
	}
}

// forget makes room for one more. A client that is connected is kept; there
// are fewer of those than buckets.
func (c *clients) forget() {
	if len(c.all) < clientsMax {
		return
	}
	var oldest string
	for name, b := range c.all {
		if b.sockets == 0 && (oldest == "" || b.used.Before(c.all[oldest].used)) {
			oldest = name
		}
	}
	delete(c.all, oldest)
}

// clientOf names whose bucket an address draws from: the address itself, or
// the /64 of IPv6, which one client has to himself; nobody's for loopback.
func clientOf(remote string) string {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return ""
	}
	a := ap.Addr().Unmap()
	if a.IsLoopback() {
		return ""
	}
	if a.Is6() {
		p, _ := a.Prefix(64)
		return p.String()
	}
	return a.String()
}
