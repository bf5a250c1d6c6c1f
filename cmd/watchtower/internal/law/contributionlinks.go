package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/wire"
)

// identityLink is who an identity is (contribution §10, region 4).
type identityLink struct {
	addresses []wire.Address // that the newest tree lists
	linked    []wire.Address
	to        wire.Address // which earns; zero: none
	adopted   wire.Address // to which its REP was moved
}

func (l *identityLink) shape(f form) {
	f.fields(4).addresses(&l.addresses).addresses(&l.linked).address(&l.to).address(&l.adopted)
}

func linkKey(identity string) string { return key(routeContribution, contribLinks, identity) }

func (c *Chain) identityLink(identity string) (l identityLink) {
	c.load(linkKey(identity), &l)
	return l
}

// identityAddress is where what is an identity's waits.
func identityAddress(identity string) (a wire.Address) {
	h := wire.Sum([]byte("identity"), []byte(identity))
	copy(a[:], h[:])
	return a
}

// counts reports whether a claim sent by an account counts.
func (l *identityLink) counts(by wire.Address) bool {
	return len(l.linked) == 0 || contains(l.linked, by)
}

// identityClaim is a link that waits for a tree (region 5).
type identityClaim struct {
	at uint64
	by wire.Address
}

func (m *identityClaim) shape(f form) { f.fields(2).u64(&m.at).address(&m.by) }

func claimKey(identity string, a wire.Address) string {
	return key(routeContribution, contribClaims, wire.Sum([]byte(identity)), a)
}

func contains(list []wire.Address, a wire.Address) bool {
	for _, x := range list {
		if x == a {
			return true
		}
	}
	return false
}

// claimIdentity is the message link (contribution §3).
func (c *Chain) claimIdentity(from wire.Address, identity string, k wire.Key, sig wire.Signature) error {
	if !isIdentity(identity) {
		return refused("no identity")
	}
	a, l := k.Address(), c.identityLink(identity)
	if contains(l.linked, a) {
		if l.adopted == l.to {
			return refused("linked already")
		}
		return c.adopt(identity, &l)
	}
	claim := claimKey(identity, a)
	var old identityClaim
	switch {
	case !wire.Verify(k, "link", c.Genesis, []byte(identity), sig):
		return refused("the signature does not hold")
	case !l.counts(from):
		return refused("another account speaks for the identity")
	case c.load(claim, &old) && l.counts(old.by):
		return refused("claimed already")
	}
	c.store(claim, &identityClaim{c.now(), from})
	if contains(l.addresses, a) {
		c.confirm(identity, l.addresses)
	}
	return nil
}

// confirm links the listed addresses that have signed (contribution §3).
func (c *Chain) confirm(identity string, listed []wire.Address) {
	l := c.identityLink(identity)
	if !c.has(linkKey(identity)) && len(listed) == 0 {
		return
	}
	l.addresses = listed
	before := l
	for _, a := range listed {
		var m identityClaim
		if k := claimKey(identity, a); c.load(k, &m) && before.counts(m.by) {
			c.State.Delete(k)
			l.linked = append(l.linked, a)
			c.State.Set(key(routeContribution, contribOwners, a, identity), uint64Value(1))
		}
	}
	for _, a := range listed {
		if contains(l.linked, a) {
			l.to = a
			break
		}
	}
	c.store(linkKey(identity), &l)
	if l.to == l.adopted {
		return
	}
	from := identityAddress(identity)
	c.moveAll(shareKey(from), shareKey(l.to))
	c.moveAll(waitingKey(from), owedKey(l.to))
	c.State.Delete(key(routeContribution, contribEscrows, from))
	_ = c.adopt(identity, &l) // what fails is tried again by a later link
}

// adopt moves the REP that waits for the identity to the address that earns.
func (c *Chain) adopt(identity string, l *identityLink) error {
	from := identityAddress(identity)
	err := c.dispatch("contribution", routeForum, 7, enc(func(e *cbor.Enc) {
		e.Array(2).Bytes(from[:]).Bytes(l.to[:])
	}))
	if err != nil {
		return err
	}
	l.adopted = l.to
	c.store(linkKey(identity), l)
	return nil
}
