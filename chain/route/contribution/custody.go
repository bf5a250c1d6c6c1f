package contribution

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// Bounds of orders and credentials.
const (
	ArgumentsMax = 4 << 10
	ResultMax    = 256
	ReasonMax    = 1024
	CustodyMax   = 32 // owners
)

// order publishes an instruction that a passed proposal gives (G23).
func order(c *route.Ctx, m Order) error {
	if !named(m.Repo, m.Action) || len(m.Arguments) > ArgumentsMax {
		return ErrForm.With("want a repository, an action and at most %d bytes of arguments", ArgumentsMax)
	}
	n, _ := lastOrder.Get(c)
	n++
	lastOrder.Set(c, n)
	orders.Set(c, n, Instruction{Order: m, At: c.Block.Time})
	c.Emit("order", "order", n, "repo", m.Repo, "action", m.Action, "arguments", fmt.Sprintf("%x", []byte(m.Arguments)), "bot", m.Bot)
	return nil
}

// done takes the report of the bot that an order names, once.
func done(c *route.Ctx, m Done) error {
	o, ok := orders.Get(c, m.Order)
	switch {
	case !ok || o.Order.Bot.IsZero() || o.Order.Bot != c.Sender || o.Done != 0:
		return ErrOrder
	case len(m.Result) > ResultMax:
		return ErrForm.With("a result of at most %d bytes", ResultMax)
	}
	o.Done, o.OK, o.Result = c.Block.Time, m.OK, m.Result
	orders.Set(c, m.Order, o)
	c.Emit("done", "order", m.Order, "ok", m.OK, "result", m.Result)
	return nil
}

// custody registers a credential, or gives a sealed one other owners.
func custody(c *route.Ctx, m Custody) error {
	old, again := documents.Get(c, m.Document)
	switch {
	case !named(m.Document) || len(m.Locator) > NameMax || m.Hash.IsZero():
		return ErrForm.With("want a document's name, hash and locator")
	case len(m.Owners) == 0 || len(m.Owners) > CustodyMax || m.Threshold == 0 || m.Threshold > uint64(len(m.Owners)):
		return ErrForm.With("want 1 to %d owners, and a threshold of 1 to their number", CustodyMax)
	case again && !old.To.IsZero():
		return ErrDocument.With("%s is in use: reset it first", m.Document)
	}
	for i, a := range m.Owners {
		if contains(m.Owners[:i], a) {
			return ErrForm.With("owner %s stands twice", a)
		}
	}
	documents.Set(c, m.Document, Credential{
		Hash: m.Hash, Locator: m.Locator, Threshold: m.Threshold, Owners: m.Owners, Version: old.Version + 1,
	})
	c.Emit("custody", "document", m.Document, "hash", m.Hash, "threshold", m.Threshold, "owners", len(m.Owners), "version", old.Version+1)
	return nil
}

// access opens a sealed credential to one user, for a stated reason (G22).
func access(c *route.Ctx, m Access) error {
	d, ok := documents.Get(c, m.Document)
	switch {
	case !ok || !d.To.IsZero():
		return ErrDocument
	case m.To.IsZero() || m.Reason == "" || len(m.Reason) > ReasonMax || len(m.Recipient) > NameMax:
		return ErrForm.With("want who uses it, and a reason of 1 to %d bytes", ReasonMax)
	}
	d.To, d.Recipient, d.Reason, d.Granted = m.To, m.Recipient, m.Reason, c.Block.Time
	documents.Set(c, m.Document, d)
	c.Emit("access", "document", m.Document, "to", m.To, "recipient", m.Recipient, "reason", m.Reason,
		"resetBy", uint64(c.Block.Time)+ResetTime.Get(c))
	return nil
}

// reset seals a credential after its use: the one that was seen is worth nothing
// any more.
func reset(c *route.Ctx, m Reset) error {
	d, ok := documents.Get(c, m.Document)
	switch {
	case !ok || d.To.IsZero():
		return ErrDocument
	case m.Hash.IsZero() || m.Hash == d.Hash || len(m.Locator) > NameMax:
		return ErrDocument.With("a reset credential is another document")
	}
	d.Hash, d.Locator, d.Version = m.Hash, m.Locator, d.Version+1
	d.To, d.Recipient, d.Reason, d.Granted = keys.Address{}, "", "", types.Time(0)
	documents.Set(c, m.Document, d)
	c.Emit("reset", "document", m.Document, "hash", m.Hash, "version", d.Version)
	return nil
}
