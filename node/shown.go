package node

import (
	"probity/chain/keys"
	"probity/chain/route/availability"
	"probity/chain/types"
	"probity/consensus"
	"probity/consensus/quorum"
	"probity/node/signer"
)

// anew begins the epoch again with a machine that has not asked for signatures
// in vain; what the store and the peers hold brings it to where it was.
func (c *Core) anew() {
	if c.halted != nil {
		return
	}
	defer c.guard(nil)
	c.machine, c.inputs = c.newMachine(), nil
	c.step(c.startInput())
}

// alone reports whether a key has a quorum of the running roster by itself.
func (c *Core) alone(key keys.PublicKey) bool {
	if c.plan == nil {
		return false
	}
	r := &c.plan.Roster
	i := r.Index(key)
	return i >= 0 && r.Members[i].Weight >= quorum.Threshold(r.Total())
}

// signedIn lists the statements of a key in a message.
func (c *Core) signedIn(key keys.PublicKey, m *consensus.Message) []types.Statement {
	var blocks []*types.Block
	var list []types.Certificate
	if m.Proposal != nil {
		blocks = append(blocks, m.Proposal)
	}
	if m.Certified != nil {
		list = append(list, m.Certified.Certificate)
	}
	out := signer.Shown(key, c.rosterOf, c.ledBy(key), blocks, list)
	if v := m.Vote; v != nil {
		if r := c.rosterOf(v.Epoch); r != nil && int(v.Signer) < len(r.Members) && r.Members[v.Signer].Key == key {
			out = append(out, v.Statement)
		}
	}
	return out
}

// shown lists what the end of the chain and the blocks above it show a key to
// have signed.
func (c *Core) shown(key keys.PublicKey) (out []types.Statement, err error) {
	defer c.guard(&err)
	blocks := append([]*types.Block{}, c.recent...)
	var list []types.Certificate
	if tip, err := c.store.Tip(); err != nil {
		return nil, err
	} else if tip.Proof != nil {
		list = append(list, tip.Proof.Finalization)
	}
	e := c.base.Header.Epoch
	for _, e := range []types.Epoch{e, e + 1} {
		pending, err := c.store.Pending(e)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, pending...)
		certified, err := c.store.Certificates(e)
		if err != nil {
			return nil, err
		}
		for i := range certified {
			list = append(list, certified[i].Certificate)
		}
	}
	return signer.Shown(key, c.rosterOf, c.ledBy(key), blocks, list), nil
}

func (c *Core) rosterOf(e types.Epoch) *types.Roster {
	if c.plan != nil && c.plan.Epoch == e {
		return &c.plan.Roster
	}
	if r, ok := availability.Roster(c.base.State, e); ok {
		return &r
	}
	return nil
}

// ledBy tells the blocks of contracts that a key signs for.
func (c *Core) ledBy(key keys.PublicKey) func(*types.Header) bool {
	return func(h *types.Header) bool {
		plan := c.plan
		if plan == nil || plan.Epoch != h.Epoch {
			plan = availability.Plan(c.base.State, h.Epoch)
		}
		if plan == nil {
			return false
		}
		for i := range plan.List {
			if plan.List[i].ID == h.ASC {
				return plan.List[i].Key == key
			}
		}
		return false
	}
}
