package differ

import (
	"slices"

	"probity/chain/types"
)

// mistake changes one thing of a block; false: there is nothing to change.
type mistake struct {
	name string
	do   func(m *Maker, b *types.Block) bool
}

func header(name string, do func(h *types.Header)) mistake {
	return mistake{name, func(_ *Maker, b *types.Block) bool { do(&b.Header); return true }}
}

// mistakes are what Spoil chooses from.
var mistakes = []mistake{
	header("height", func(h *types.Header) { h.Height++ }),
	header("epoch", func(h *types.Header) { h.Epoch++ }),
	header("view", func(h *types.Header) { h.View += 2 }),
	header("parentView", func(h *types.Header) { h.ParentView++ }),
	header("parent", func(h *types.Header) { h.Parent[1]++ }),
	header("time", func(h *types.Header) { h.Time -= 1 << 20 }),
	header("asc", func(h *types.Header) { h.ASC[2]++ }),
	header("seed", func(h *types.Header) { h.Seed[3]++ }),
	header("txRoot", func(h *types.Header) { h.TxRoot[4]++ }),
	header("viewsRoot", func(h *types.Header) { h.ViewsRoot[5]++ }),
	header("votesRoot", func(h *types.Header) { h.VotesRoot[6]++ }),
	header("stateRoot", func(h *types.Header) { h.StateRoot[6]++ }),
	header("rosterHash", func(h *types.Header) { h.RosterHash[7]++ }),
	header("nextRosterHash", func(h *types.Header) { h.NextRosterHash[8]++ }),
	header("baseFee", func(h *types.Header) { h.BaseFee = h.BaseFee.Add(types.NewAmount(1)) }),
	header("version", func(h *types.Header) { h.Version = 0 }),
	header("reveal", func(h *types.Header) {
		if len(h.Reveal) == 0 {
			h.Reveal = make(types.Bytes, 32)
		} else {
			h.Reveal = nil
		}
	}),
	{"no certificate of the parent", func(_ *Maker, b *types.Block) bool {
		if len(b.Body.Votes) == 0 {
			return false
		}
		b.Body.Votes = b.Body.Votes[1:]
		return true
	}},
	{"a vote twice", func(m *Maker, b *types.Block) bool {
		if len(b.Body.Votes) == 0 {
			return false
		}
		b.Body.Votes = append(b.Body.Votes, b.Body.Votes[m.rng.IntN(len(b.Body.Votes))])
		return true
	}},
	{"a light certificate", func(m *Maker, b *types.Block) bool {
		if len(b.Body.Votes) == 0 || len(m.plan.Roster.Members) < 4 || b.Body.Votes[0].Statement.Epoch != m.plan.Epoch {
			return false
		}
		last := len(m.plan.Roster.Members) - 1
		b.Body.Votes[0] = m.certify(&m.plan.Roster, b.Body.Votes[0].Statement, []int{last})
		return true
	}},
	{"a vote on nothing", func(m *Maker, b *types.Block) bool {
		s := types.Statement{Kind: types.Notarize, Epoch: m.plan.Epoch, View: 1 << 20, Digest: m.tip.Digest}
		b.Body.Votes = append(b.Body.Votes, m.certify(&m.plan.Roster, s, []int{0}))
		return true
	}},
	{"a vote with an attachment", func(_ *Maker, b *types.Block) bool {
		if len(b.Body.Votes) == 0 {
			return false
		}
		b.Body.Votes[0].Attachment = types.Bytes{1}
		return true
	}},
	{"a record too few", func(_ *Maker, b *types.Block) bool {
		if len(b.Body.Views) == 0 {
			return false
		}
		b.Body.Views = b.Body.Views[1:]
		return true
	}},
	{"a record without nullification", func(_ *Maker, b *types.Block) bool {
		if len(b.Body.Views) == 0 || b.Body.Views[0].Nullification == nil {
			return false
		}
		b.Body.Views[0].Nullification = nil
		return true
	}},
	{"another salt", func(_ *Maker, b *types.Block) bool {
		if len(b.Body.Views) == 0 || len(b.Body.Views[0].Salt) == 32 && b.Body.Views[0].Nullification == nil {
			return false
		}
		b.Body.Views[0].Salt = make(types.Bytes, 32)
		return true
	}},
	{"a record twice", func(_ *Maker, b *types.Block) bool {
		if len(b.Body.Views) == 0 {
			return false
		}
		b.Body.Views = append(b.Body.Views, b.Body.Views[len(b.Body.Views)-1])
		return true
	}},
	{"a transaction twice", func(_ *Maker, b *types.Block) bool {
		if len(b.Body.Txs) == 0 {
			return false
		}
		b.Body.Txs = append(b.Body.Txs, b.Body.Txs[0])
		return true
	}},
	{"a transaction that a guard refuses", func(m *Maker, b *types.Block) bool {
		if len(m.dropped) == 0 {
			return false
		}
		b.Body.Txs = append(b.Body.Txs, m.dropped[m.rng.IntN(len(m.dropped))].Raw)
		return true
	}},
	{"a transaction missing", func(_ *Maker, b *types.Block) bool {
		if len(b.Body.Txs) == 0 {
			return false
		}
		b.Body.Txs = b.Body.Txs[1:]
		return true
	}},
	{"a transaction's bit", func(m *Maker, b *types.Block) bool {
		if len(b.Body.Txs) == 0 {
			return false
		}
		tx := slices.Clone(b.Body.Txs[0])
		tx[m.rng.IntN(len(tx))] ^= 1 << m.rng.IntN(8)
		b.Body.Txs[0] = tx
		return true
	}},
}

// Spoil makes a copy of a block for the tip with one mistake, signed again. It
// says which. Most copies are invalid; both implementations say of which.
func (m *Maker) Spoil(b *types.Block) (*types.Block, string) {
	for {
		c := &types.Block{Header: b.Header, Body: types.Body{
			Txs: slices.Clone(b.Body.Txs), Votes: slices.Clone(b.Body.Votes), Views: slices.Clone(b.Body.Views),
		}}
		x := mistakes[m.rng.IntN(len(mistakes))]
		if !x.do(m, c) {
			continue
		}
		if c.Header.TxRoot == b.Header.TxRoot && c.Header.VotesRoot == b.Header.VotesRoot && c.Header.ViewsRoot == b.Header.ViewsRoot {
			c.Header.TxRoot, c.Header.VotesRoot, c.Header.ViewsRoot = c.Body.TxRoot(), c.Body.VotesRoot(), c.Body.ViewsRoot()
		}
		m.sign(c)
		return c, x.name
	}
}
