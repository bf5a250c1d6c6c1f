package contribution

import (
	"fmt"
	"sort"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/rep"
	"probity/chain/types"
	"probity/vpool"
	"probity/vpool/pac"
)

// Bounds of a block's work.
const (
	owedPerBlock = 256
	fadePerBlock = 64
	approversMax = 64
)

// boundary mints what a complete tree gives its owners (G6: count, links,
// difference, mint, limits). It is the one place with work for every owner.
func boundary(c *route.Ctx) {
	r, ok := current.Get(c)
	if !ok || r.Stage != Complete {
		return
	}
	var leaves []Leaf
	pages.RangePrefix(c, place{Run: r.Number}, 1, func(_ place, list []Leaf) bool {
		leaves = append(leaves, list...)
		return true
	})
	accounts := make([]link, len(leaves))
	anybody := false
	for i := range leaves {
		accounts[i] = confirm(c, leaves[i].Identity, leaves[i].Addresses)
		anybody = anybody || !accounts[i].To.IsZero()
	}
	s := solve(c, leaves, accounts, anybody)
	r.Before, r.Minted, r.Clamped = types.AmountOf(&s.Before), types.AmountOf(&s.Minted), s.Clamped
	for i := range leaves {
		give(c, leaves[i].Identity, accounts[i].To, types.AmountOf(&s.Extra[i]))
	}
	sum, _ := totals.Get(c)
	forget(c, sum.Shown) // the pages that stay are those of the last tree
	sum.Shown = r.Number
	totals.Set(c, sum)
	if r.Minted.IsZero() {
		finish(c, r, Unchanged)
		return
	}
	finish(c, r, Minted)
	relimit(c, r.Number)
}

// solve computes what each owner gets. Where nobody is linked, or with pac.target
// claimed, identities without an account have no target.
func solve(c *route.Ctx, leaves []Leaf, accounts []link, anybody bool) pac.Solution {
	p := pac.Problem{
		Mode: pac.Mode(Mode.Get(c)), Initial: *initial(c).Int(), GrowthPPM: uint32(Growth.Get(c)),
		Owners: make([]pac.Owner, len(leaves)),
	}
	for i := range leaves {
		p.Owners[i].Minted = *MintedTo(c, leaves[i].Identity).Int()
		if anybody && (Target.Get(c) == targetTotal || !accounts[i].To.IsZero()) {
			p.Owners[i].Points = leaves[i].Micropoints
		}
	}
	s, err := p.Solve()
	if err != nil {
		// A total beyond all amounts: one owner of everything against one point
		// of 2⁶⁴. Nothing is minted rather than anything wrong.
		c.Emit("unsolved", "why", err.Error())
		return pac.Solution{Extra: make([]vpool.Amount, len(leaves))}
	}
	return s
}

// initial is what owners of points get who were never minted anything: of the
// first counting all there is, later, when all earlier owners' lines are gone or the
// repository is another, no more than any counting may mint.
func initial(c *route.Ctx) types.Amount {
	all := Total(c)
	if all.IsZero() {
		return Initial.Amount(c)
	}
	return Initial.Amount(c).Min(all.OfPPM(Growth.PPM(c)))
}

// give mints shares to an identity: to its account, or to wait at its address.
// Each mints one gREP, when there is gREP (L7) and an account to have it: what votes
// is nobody's who cannot vote.
func give(c *route.Ctx, identity string, to keys.Address, amt types.Amount) {
	if amt.IsZero() {
		return
	}
	nobody := to.IsZero()
	if nobody {
		to = keys.IdentityAddress(identity)
		escrows.Set(c, to, identity)
	}
	minted.Set(c, identity, MintedTo(c, identity).Add(amt))
	set(c, to, Shares(c, to).Add(amt))
	sum, _ := totals.Get(c)
	sum.Minted = sum.Minted.Add(amt)
	if rep.GovernanceOpen(c) && !nobody {
		rep.Mint(c, rep.GREP, to, amt, "contribution")
	} else {
		book := owed
		if nobody {
			book = waiting
		}
		due, _ := book.Get(c, to)
		book.Set(c, to, due.Add(amt))
		sum.Owed = sum.Owed.Add(amt)
	}
	totals.Set(c, sum)
	c.Emit("mint", "identity", identity, "to", to, "amount", amt)
}

// relimit derives who can be asked to approve from who holds shares now, and
// replaces the old list whole (G18).
func relimit(c *route.Ctx, number uint64) {
	l := Limits{Run: number, Total: Total(c), Approvers: []Holding{}}
	least := l.Total.OfPPM(ApproverPPM.PPM(c))
	shares.Range(c, func(a keys.Address, amt types.Amount) bool {
		if !amt.Less(least) && !escrows.Has(c, a) {
			l.Approvers = append(l.Approvers, Holding{Address: a, Amount: amt})
		}
		return true
	})
	sort.SliceStable(l.Approvers, func(i, j int) bool { return l.Approvers[j].Amount.Less(l.Approvers[i].Amount) })
	l.Approvers = l.Approvers[:min(len(l.Approvers), approversMax)]
	limits.Set(c, l)
	c.Emit("limits", "counting", number, "approvers", len(l.Approvers))
}

// end lets a counting lapse whose time is over, mints owed gREP, and forgets old
// approvals.
func end(c *route.Ctx) {
	if r, ok := current.Get(c); ok && (r.Stage == Counting || r.Stage == Agreed) && r.Deadline <= c.Block.Time {
		finish(c, r, Lapsed)
	}
	if sum, _ := totals.Get(c); !sum.Owed.IsZero() && rep.GovernanceOpen(c) {
		settle(c, sum)
	}
	n := 0
	fadings.Range(c, func(k fading, _ uint64) bool {
		if k.Time > c.Block.Time || n == fadePerBlock {
			return false
		}
		n++
		fadings.Delete(c, k)
		v := voice{k.Head, k.Account}
		if a, ok := approvals.Get(c, v); ok && a.At+types.Time(ApprovalTime.Get(c)) <= c.Block.Time {
			approvals.Delete(c, v)
		}
		return true
	})
}

// settle mints gREP that was owed, to some accounts in each block.
func settle(c *route.Ctx, sum sums) {
	n := 0
	owed.Range(c, func(a keys.Address, amt types.Amount) bool {
		if n == owedPerBlock {
			return false
		}
		n++
		owed.Delete(c, a)
		sum.Owed = sum.Owed.Sub(amt)
		rep.Mint(c, rep.GREP, a, amt, "contribution")
		return true
	})
	if n > 0 {
		totals.Set(c, sum)
	}
}

// conserved checks that all shares are held by somebody, and were minted to
// somebody.
func conserved(c *route.Ctx) error {
	var held, to types.Amount
	shares.Range(c, func(_ keys.Address, amt types.Amount) bool {
		held = held.Add(amt)
		return true
	})
	minted.Range(c, func(_ string, amt types.Amount) bool {
		to = to.Add(amt)
		return true
	})
	if total := Total(c); held != total || to != total {
		return fmt.Errorf("%s shares are held, %s were minted to identities, %s in all", held, to, total)
	}
	return nil
}

// owedSum checks that the gREP that is owed adds up.
func owedSum(c *route.Ctx) error {
	var sum types.Amount
	add := func(_ keys.Address, amt types.Amount) bool {
		sum = sum.Add(amt)
		return true
	}
	owed.Range(c, add)
	waiting.Range(c, add)
	if t, _ := totals.Get(c); sum != t.Owed {
		return fmt.Errorf("accounts are owed %s gREP, counted %s", sum, t.Owed)
	}
	return nil
}
