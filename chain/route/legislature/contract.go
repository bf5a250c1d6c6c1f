package legislature

import (
	"strings"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/params"
	"probity/chain/route/pool"
	"probity/chain/types"
)

// productionRules begin the names of the parameters that a work contract is made
// of (L8).
var productionRules = [...]string{
	"asc.", "beacon.", "bench.", "fees.", "jail.", "pool.", "rep.", "reward.", "treasury_ppm", "wsc.",
}

// production refuses changes of anything but production rules.
func production(changes []params.Change) error {
	for _, ch := range changes {
		if !isProduction(ch.Name) {
			return ErrContract.With("%.60q is not a production rule: set it by an action params/set", ch.Name)
		}
	}
	return nil
}

func isProduction(name string) bool {
	for _, prefix := range productionRules {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// activate lets a work contract wait for the boundary, in the place of one that
// waits already; parameters that the other would have set are set all the same.
func activate(c *route.Ctx, m Activate) error {
	if have := params.Version(c); m.Protocol > have {
		return ErrProtocol.For(have, m.Protocol)
	}
	if err := production(m.Changes); err != nil {
		return err
	}
	if !m.Post.IsZero() {
		if err := c.Dispatch(message(forumVouch, vouch{Post: m.Post, Author: keys.Address{}})); err != nil {
			return err
		}
	}
	if len(m.Changes) > 0 {
		body := codec.MustMarshal(params.Set{Changes: m.Changes})
		if err := c.Dispatch(types.Msg{Route: params.ID, ID: 1, Body: body}); err != nil {
			return err
		}
	}
	n, _ := versions.Get(c)
	upcoming.Set(c, Contract{
		Version: n + 1, Post: m.Post, Protocol: m.Protocol, Changes: m.Changes, From: c.Block.Epoch + 1,
	})
	c.Emit("pending", "version", n+1, "post", m.Post, "epoch", c.Block.Epoch+1)
	return nil
}

// enact puts the contract that waits in force. It runs before the boundary of
// route params, so that rules and author change between the same two blocks.
func enact(c *route.Ctx) {
	next, ok := upcoming.Get(c)
	if !ok {
		return
	}
	upcoming.Delete(c)
	versions.Set(c, next.Version)
	contracts.Set(c, next.Version, next)
	pool.SetWorkContract(c, next.Post)
	c.Emit("contract", "version", next.Version, "post", next.Post, "epoch", next.From)
}
