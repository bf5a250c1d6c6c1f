package pool

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/types"
)

// Number asks for a general pool.
type Number struct {
	ID uint64 `json:"id"`
}

// Page asks for general pools by number.
type Page struct {
	From  uint64 `json:"from"`  // the lowest number
	Limit int    `json:"limit"` // at most 1000; 0: 100
}

// At asks about a height.
type At struct {
	Height types.Height `json:"height"`
}

// Info is a general pool.
type Info struct {
	ID        uint64       `json:"id"`
	Config    Config       `json:"config"`
	Open      bool         `json:"open"`
	Opened    types.Height `json:"opened"`
	Supply    types.Amount `json:"supply"`    // of the electorate
	Eligible  types.Amount `json:"eligible"`  // without the excluded
	For       types.Amount `json:"for"`       // of a closed pool: what was still there
	Against   types.Amount `json:"against"`   //
	Outcome   string       `json:"outcome"`   // empty while open
	QuorumMet bool         `json:"quorumMet"` // of a closed pool
	Closed    types.Height `json:"closed"`    // 0 while open
}

// Staked is a stake in an open general pool.
type Staked struct {
	Voter  keys.Address `json:"voter"`
	For    bool         `json:"for"`
	Amount types.Amount `json:"amount"`
}

// Ballot is a pool of a block, or of a refused digest, while votes come in.
type Ballot struct {
	Epoch      types.Epoch    `json:"epoch"`
	View       types.View     `json:"view"`
	Digest     keys.Hash      `json:"digest"` // zero until the next block names it
	Producer   keys.Address   `json:"producer"`
	Encumbered types.Amount   `json:"encumbered"`
	Settles    types.Height   `json:"settles"`
	Approvers  []keys.Address `json:"approvers"`
	Rejecters  []keys.Address `json:"rejecters"`
	Approved   types.Weight   `json:"approved"`
	Rejected   types.Weight   `json:"rejected"`
	Includers  []keys.Address `json:"includers"` // of approvals, first come first
}

// Block is the pool of a block.
type Block struct {
	Height  types.Height `json:"height"`
	Mint    types.Amount `json:"mint"`    // if it settles as valid, all approving
	Author  types.Amount `json:"author"`  // share of the work contract's post
	Pool    Ballot       `json:"pool"`    //
	Refused []Ballot     `json:"refused"` // digests that it skipped
}

func get(c *route.Ctx, q Number) (*Info, error) {
	p, ok := pools.Get(c, q.ID)
	if !ok {
		return nil, nil
	}
	info := describe(q.ID, p)
	return &info, nil
}

func describe(id uint64, p general) Info {
	info := Info{
		ID: id, Config: p.Config, Open: p.Outcome == 0, Opened: p.Opened, Supply: p.Supply, Eligible: p.Eligible,
		For: p.For, Against: p.Against, QuorumMet: p.Quorum, Closed: p.Closed,
	}
	if !info.Open {
		info.Outcome = p.Outcome.String()
	}
	return info
}

func list(c *route.Ctx, q Page) ([]Info, error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	q.Limit = min(q.Limit, 1000)
	out := []Info{}
	pools.RangeFrom(c, q.From, func(id uint64, p general) bool {
		if len(out) == q.Limit {
			return false
		}
		out = append(out, describe(id, p))
		return true
	})
	return out, nil
}

func stakesOf(c *route.Ctx, q Number) ([]Staked, error) {
	out := []Staked{}
	stakes.RangePrefix(c, voter{Pool: q.ID}, 1, func(k voter, s stake) bool {
		out = append(out, Staked{Voter: k.Address, For: s.For, Amount: s.Amount})
		return true
	})
	return out, nil
}

func byBlock(c *route.Ctx, q At) (*Block, error) {
	p, ok := blocks.Get(c, q.Height)
	if !ok {
		return nil, nil
	}
	out := &Block{Height: q.Height, Mint: p.Mint, Author: p.Share, Pool: open(c, &p.Ballot, q.Height+span(c)), Refused: []Ballot{}}
	due := q.Height + span(c) - 1
	refused.RangePrefix(c, place{Due: due}, 1, func(_ place, b ballot) bool {
		out.Refused = append(out.Refused, open(c, &b, due))
		return true
	})
	return out, nil
}

func open(c *route.Ctx, b *ballot, due types.Height) Ballot {
	out := Ballot{
		Epoch: b.Epoch, View: b.View, Digest: b.Digest, Producer: b.Producer, Encumbered: b.Encumbered, Settles: due,
		Approvers: []keys.Address{}, Rejecters: []keys.Address{}, Includers: []keys.Address{},
	}
	for i := range b.Approvals {
		out.Includers = append(out.Includers, b.Approvals[i].By)
	}
	r, ok := availability.Roster(c, b.Epoch)
	if !ok {
		return out
	}
	approvals := b.approvals(len(r.Members))
	for i := range r.Members {
		m := &r.Members[i]
		if has(approvals, i) {
			out.Approvers, out.Approved = append(out.Approvers, m.Address), out.Approved+m.Weight
		}
		if has(b.Rejects, i) {
			out.Rejecters, out.Rejected = append(out.Rejecters, m.Address), out.Rejected+m.Weight
		}
	}
	return out
}

// windows checks that no pool of a block outlives its window, which ends with the
// End of its last block.
func windows(c *route.Ctx) (err error) {
	h := c.Block.Height
	blocks.Range(c, func(at types.Height, _ blockPool) bool {
		if at > h || at+span(c) < h {
			err = fmt.Errorf("pool of block %d is open at height %d", at, h)
		}
		return err == nil
	})
	refused.Range(c, func(k place, _ ballot) bool {
		if err == nil && (k.Due < h || k.Due >= h+span(c)) {
			err = fmt.Errorf("pool of digest %s, due at %d, is open at height %d", k.Digest, k.Due, h)
		}
		return err == nil
	})
	return err
}

// tallies checks that the sums of open pools are those of their stakes, and
// that the electorates kept are those in use.
func tallies(c *route.Ctx) error {
	sums, users := map[uint64][2]types.Amount{}, map[uint64]uint64{}
	stakes.Range(c, func(k voter, s stake) bool {
		sum := sums[k.Pool]
		side := sideAgainst
		if s.For {
			side = sideFor
		}
		sum[side] = sum[side].Add(s.Amount)
		sums[k.Pool] = sum
		return true
	})
	var err error
	deadlines.Range(c, func(d deadline, _ uint64) bool {
		p, ok := pools.Get(c, d.Pool)
		sum := sums[d.Pool]
		delete(sums, d.Pool)
		users[p.Snapshot]++
		if !ok || p.Outcome != 0 || sum[sideFor] != p.For || sum[sideAgainst] != p.Against {
			err = fmt.Errorf("pool %d has %s for and %s against, the stakes say %s and %s",
				d.Pool, p.For, p.Against, sum[sideFor], sum[sideAgainst])
		}
		return err == nil
	})
	if err == nil && len(sums) > 0 {
		err = fmt.Errorf("%d closed pools have stakes", len(sums))
	}
	holds.Range(c, func(snapshot, n uint64) bool {
		if err == nil && users[snapshot] != n {
			err = fmt.Errorf("electorate %d is kept for %d pools, %d use it", snapshot, n, users[snapshot])
		}
		delete(users, snapshot)
		return err == nil
	})
	if err == nil && len(users) > 0 {
		err = fmt.Errorf("%d electorates in use are not kept", len(users))
	}
	return err
}
