package contribution

import (
	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
)

// forum's message that lets an account have what an identity's address holds.
const (
	forumRoute = 8
	forumLink  = 7
)

type forumLinkBody struct {
	_        struct{} `cbor:",toarray"`
	Identity keys.Address
	To       keys.Address
}

// hears reports whether a claim by an account counts: of an identity without
// accounts everybody's, since its key signs, else those of its own accounts. A line
// that somebody forges in the name of an author who is linked, and that owners
// merge, so names nobody who the author does not.
func (l *link) hears(by keys.Address) bool { return len(l.Linked) == 0 || contains(l.Linked, by) }

// claimLink records that the owner of an address claims an identity. It is
// linked when an agreed tree lists the address too: the address has signed, and
// watchtowers saw that the identity wrote the line (A-G4). Sent again for an
// identity whose REP could not be moved, it tries that again.
func claimLink(c *route.Ctx, m Link) error {
	if !ValidIdentity(m.Identity) {
		return ErrIdentity
	}
	a := m.Key.Address()
	l, _ := links.Get(c, m.Identity)
	if contains(l.Linked, a) {
		if l.Adopted == l.To {
			return ErrLinked
		}
		return l.adopt(c, m.Identity)
	}
	if !keys.Verify(keys.Signed{Key: m.Key, Message: LinkMessage(c.Chain.Genesis, m.Identity), Signature: m.Signature}) {
		return ErrSignature
	}
	if !l.hears(c.Sender) {
		return ErrLinked.With("the identity has an account: send the link of another from that one")
	}
	k := claim{keys.Sum([]byte(m.Identity)), a}
	if old, again := claims.Get(c, k); again && l.hears(old.By) {
		return ErrLinked
	}
	claims.Set(c, k, claimed{At: c.Block.Time, By: c.Sender})
	c.Emit("claimed", "identity", m.Identity, "address", a)
	if contains(l.Addresses, a) {
		confirm(c, m.Identity, l.Addresses)
	}
	return nil
}

// confirm brings an identity's accounts up to date with the addresses that a
// tree lists, newest first: those that signed, and that an account of the identity
// vouches for where it has any, are linked, for good, and the newest of them earns
// from now on. What waited for the identity is its.
func confirm(c *route.Ctx, identity string, listed []keys.Address) link {
	l, known := links.Get(c, identity)
	if !known && len(listed) == 0 {
		return l
	}
	l.Addresses = listed
	if l.Linked == nil {
		l.Linked = []keys.Address{}
	}
	before := l
	for _, a := range listed {
		k := claim{keys.Sum([]byte(identity)), a}
		if by, ok := claims.Get(c, k); !ok || !before.hears(by.By) || contains(l.Linked, a) {
			continue
		}
		claims.Delete(c, k)
		l.Linked = append(l.Linked, a)
		owners.Set(c, owner{a, identity}, 1)
		c.Emit("linked", "identity", identity, "address", a)
	}
	for i := len(listed) - 1; i >= 0; i-- { // the newest, last
		if contains(l.Linked, listed[i]) {
			l.To = listed[i]
		}
	}
	links.Set(c, identity, l)
	if !l.To.IsZero() && l.Adopted != l.To {
		release(c, identity, l.To)
		if err := l.adopt(c, identity); err != nil {
			c.Emit("adoption_waits", "identity", identity, "to", l.To, "why", err.Error())
		}
	}
	return l
}

// release gives the shares and the owed gREP that waited at the address of an
// identity to its account.
func release(c *route.Ctx, identity string, to keys.Address) {
	from := keys.IdentityAddress(identity)
	escrows.Delete(c, from)
	if amt := Shares(c, from); !amt.IsZero() {
		move(c, from, to, amt)
		c.Emit("released", "identity", identity, "to", to, "amount", amt)
	}
	if amt, ok := waiting.Get(c, from); ok {
		waiting.Delete(c, from)
		due, _ := owed.Get(c, to)
		owed.Set(c, to, due.Add(amt))
	}
}

// adopt has the forum, where there is one, move the REP that waited and let the
// account be the author of the identity's posts.
func (l *link) adopt(c *route.Ctx, identity string) error {
	from := keys.IdentityAddress(identity)
	var err error
	if c.Table().Find("forum") == nil {
		err = rep.Adopt(c, from, l.To)
	} else {
		body := codec.MustMarshal(forumLinkBody{Identity: from, To: l.To})
		err = c.Dispatch(types.Msg{Route: forumRoute, ID: forumLink, Body: body})
	}
	if err == nil {
		l.Adopted = l.To
		links.Set(c, identity, *l)
	}
	return err
}

// transfer gives shares away: ownership goes with them, and only another
// transfer brings it back (G3). What was minted to whom does not change.
func transfer(c *route.Ctx, m Transfer) error {
	switch have := Shares(c, c.Sender); {
	case m.Amount.IsZero() || m.To.IsZero():
		return ErrForm.With("want an amount and an account to give it to")
	case have.Less(m.Amount):
		return ErrShares.For(have, m.Amount)
	}
	move(c, c.Sender, m.To, m.Amount)
	c.Emit("transfer", "from", c.Sender, "to", m.To, "amount", m.Amount)
	return nil
}

// move takes shares from one account to another.
func move(c *route.Ctx, from, to keys.Address, amt types.Amount) {
	if from == to {
		return
	}
	set(c, from, Shares(c, from).Sub(amt))
	set(c, to, Shares(c, to).Add(amt))
}

func set(w state.Writer, a keys.Address, amt types.Amount) {
	if amt.IsZero() {
		shares.Delete(w, a)
		return
	}
	shares.Set(w, a, amt)
}

// identities are those of an account.
func identities(c *route.Ctx, a keys.Address) (out []string) {
	owners.RangePrefix(c, owner{Address: a}, 1, func(k owner, _ uint64) bool {
		out = append(out, k.Identity)
		return true
	})
	return out
}
