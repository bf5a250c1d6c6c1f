package contribution

import (
	"fmt"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
	"probity/vpool"
)

// voicesMax bounds the approvals of one head that are weighed.
const voicesMax = 256

// bank's message with which the route pays fees.
const (
	bankRoute = 2
	bankAllow = 2
)

type bankAllowBody struct {
	_        struct{} `cbor:",toarray"`
	Spender  keys.Address
	PerEpoch types.Amount
}

func require(c *route.Ctx, m Require) error {
	if !named(m.Repo, m.Branch) || m.PPM > types.Million {
		return ErrForm.With("want a repository, a branch and at most %d ppm", types.Million)
	}
	k := branch{repoRef(m.Repo), m.Branch}
	if m.End {
		requirements.Delete(c, k)
	} else {
		requirements.Set(c, k, requirement{Repo: m.Repo, PPM: m.PPM})
	}
	c.Emit("required", "repo", m.Repo, "branch", m.Branch, "ppm", m.PPM, "end", m.End)
	return nil
}

// approve records what an owner says of a head. A new push is another head, so
// that it has no approvals. Of more voices than are weighed the heaviest stay,
// so that nobody drowns them in small ones.
func approve(c *route.Ctx, m Approve) error {
	if !named(m.Repo, m.Branch) || !isCommit(m.Head) {
		return ErrForm.With("want a repository, a branch and a commit of 20 or 32 bytes")
	}
	have := Shares(c, c.Sender)
	if have.IsZero() {
		return ErrShares.With("only owners of shares approve")
	}
	head := headRef(m.Repo, m.Head)
	v, now := voice{head, c.Sender}, c.Block.Time
	if !approvals.Has(c, v) {
		if n, least := heard(c, head); n >= voicesMax {
			if !Shares(c, least.Account).Less(have) {
				return ErrShares.With("%d owners of more have approved this head", n)
			}
			approvals.Delete(c, least)
		}
	}
	approvals.Set(c, v, approval{Branch: m.Branch, Author: m.Author, At: now})
	fadings.Set(c, fading{now + types.Time(ApprovalTime.Get(c)), head, c.Sender}, 1)
	c.Emit("approved", "repo", m.Repo, "branch", m.Branch, "head", fmt.Sprintf("%x", []byte(m.Head)), "author", m.Author, "by", c.Sender)
	return nil
}

// heard is the number of approvals of a head, and the lightest of them.
func heard(c *route.Ctx, head keys.Hash) (n int, least voice) {
	var smallest types.Amount
	approvals.RangePrefix(c, voice{Head: head}, 1, func(v voice, _ approval) bool {
		if has := Shares(c, v.Account); n == 0 || has.Less(smallest) {
			least, smallest = v, has
		}
		n++
		return true
	})
	return n, least
}

// weighing is the shares behind some approvers.
type weighing struct {
	Approving types.Amount
	Total     types.Amount
}

// weigh adds the shares of accounts, each once, without the author's: its
// address and all that are linked to an identity of it (A-G7).
func weigh(c *route.Ctx, author keys.Address, accounts []keys.Address) (w weighing) {
	w.Total = Total(c)
	var own []keys.Address
	if AuthorCounts.Get(c) == 0 && !author.IsZero() {
		own = append(own, author)
		for _, identity := range identities(c, author) {
			l, _ := links.Get(c, identity)
			own = append(own, l.Linked...)
		}
	}
	seen := map[keys.Address]bool{}
	for _, a := range own {
		seen[a] = true
	}
	for _, a := range accounts {
		if !seen[a] {
			seen[a] = true
			w.Approving = w.Approving.Add(Shares(c, a))
		}
	}
	return w
}

// ppm is the approving part, rounded down.
func (w weighing) ppm() types.PPM {
	if w.Total.IsZero() {
		return 0
	}
	p := vpool.ShareDown(vpool.NewAmount(vpool.Million), *w.Approving.Int(), *w.Total.Int())
	return types.PPM(p.Uint64())
}

// enough reports whether the approving part is the required one or more (G17):
// approving·10⁶ ≥ required·total. Of no shares nothing is enough.
func (w weighing) enough(required types.PPM) bool {
	return !w.Total.IsZero() && !w.Approving.Mul(uint64(types.Million)).Less(w.Total.Mul(uint64(required)))
}

// gateCheck refuses a merge that not enough owners approve. Approvals count
// together that name one branch and one author, so that whoever approves says
// what is merged where and by whom; the branch needs what it requires, and one
// without a requirement what the repository's branches require at most. A
// repository without requirements is not governed here.
func gateCheck(c *route.Ctx, m Change) error {
	if !isCommit(m.Commit) {
		return ErrForm.With("a commit has 20 or 32 bytes, not %d", len(m.Commit))
	}
	most, governed := types.PPM(0), false
	requirements.RangePrefix(c, branch{Repo: repoRef(m.Repo)}, 1, func(_ branch, r requirement) bool {
		most, governed = max(most, r.PPM), true
		return true
	})
	if !governed {
		return nil
	}
	type side struct {
		branch string
		author keys.Address
	}
	groups, order := map[side][]keys.Address{}, []side{}
	approvals.RangePrefix(c, voice{Head: headRef(m.Repo, m.Commit)}, 1, func(k voice, a approval) bool {
		if a.At+types.Time(ApprovalTime.Get(c)) > c.Block.Time {
			s := side{a.Branch, a.Author}
			if groups[s] == nil {
				order = append(order, s)
			}
			groups[s] = append(groups[s], k.Account)
		}
		return true
	})
	var best types.PPM
	for _, s := range order {
		need := most
		if r, ok := requirements.Get(c, branch{repoRef(m.Repo), s.branch}); ok {
			need = r.PPM
		}
		// Whose accounts the author's are is looked up for few groups alone: for
		// those whose shares would suffice.
		w := weigh(c, keys.Address{}, groups[s])
		if w.enough(need) {
			w = weigh(c, s.author, groups[s])
		}
		if w.enough(need) {
			return nil
		}
		best = max(best, w.ppm())
	}
	return ErrGate.For(fmt.Sprintf("%d ppm", best), fmt.Sprintf("%d ppm", most))
}

// sponsor has the bank pay fees of a contributor out of the route's account
// (G20), in every epoch from now on.
func sponsor(c *route.Ctx, m Sponsor) error {
	if !contributes(c, m.Account) {
		return ErrSponsor.With("no identity earns for %s", m.Account)
	}
	// An allowance that is given again forgets what was spent of it, so that it is
	// given again only where it is another.
	if was, again := allowed.Get(c, m.Account); again && was == SponsorPerEpoch.Get(c) {
		return ErrSponsor.With("%s is sponsored", m.Account)
	}
	allowed.Set(c, m.Account, SponsorPerEpoch.Get(c))
	body := codec.MustMarshal(bankAllowBody{Spender: m.Account, PerEpoch: SponsorPerEpoch.Amount(c)})
	if err := c.Dispatch(types.Msg{Route: bankRoute, ID: bankAllow, Body: body}); err != nil {
		return err
	}
	c.Emit("sponsored", "account", m.Account, "perEpoch", SponsorPerEpoch.Amount(c))
	return nil
}

// contributes reports whether an identity earns for an account. Shares alone do
// not tell a contributor: handed on they would make one of any number of accounts.
func contributes(c *route.Ctx, a keys.Address) bool {
	for _, identity := range identities(c, a) {
		if l, _ := links.Get(c, identity); l.To == a {
			return true
		}
	}
	return false
}

// sponsored are the routes whose messages the route pays for: what the members
// of the DAO do as its members.
var sponsored = map[string]bool{self: true, "oracle": true, "release": true, "legislature": true, "forum": true}

// guard keeps the route's money for contributors and the DAO's own affairs.
func guard(c *route.Ctx, call route.Call) error {
	if !call.Top || c.Tx == nil || c.Tx.FeePayer == nil || *c.Tx.FeePayer != route.Address(self) {
		return nil
	}
	if !sponsored[call.Route.Name] {
		return ErrSponsor.With("messages of route %s are not the DAO's own: pay for them yourself", call.Route.Name)
	}
	if !contributes(c, c.Tx.From) {
		return ErrSponsor.With("no identity earns for %s any more: pay for it yourself", c.Tx.From)
	}
	return nil
}
