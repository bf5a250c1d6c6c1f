package pool

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
	"probity/consensus/quorum"
	"probity/vpool"
	"probity/vpool/draw"
)

// end opens the block's own pool and settles what is due: the pool of the block
// whose window ends here, then refused digests of the same window by epoch,
// view and digest, then general pools by deadline and number.
func end(c *route.Ctx) {
	openBlock(c)
	h := c.Block.Height
	if due := below(h, span(c)); due > 0 {
		if p, ok := blocks.Get(c, due); ok {
			blocks.Delete(c, due)
			settleBlock(c, due, &p)
		}
	}
	refused.RangePrefix(c, place{Due: h}, 1, func(k place, b ballot) bool {
		refused.Delete(c, k)
		settleRefused(c, k, &b)
		return true
	})
	closeDue(c)
}

// openBlock computes M(h) and opens the pool of the block.
func openBlock(c *route.Ctx) {
	b := c.Block
	minted := mintTerms(c).Mint(*b.Fees.Int(), *b.Reward.Int())
	p := blockPool{
		Ballot: newBallot(c, b.Epoch, b.View, b.Schedule.ASC(b.View), b.Seed),
		Mint:   types.AmountOf(&minted),
	}
	if skipped, err := availability.Skipped(c); err == nil {
		p.From = b.View - 1 - types.View(skipped)
	}
	if post, ok := contract.Get(c); ok {
		p.Author, p.Share = post, p.Mint.OfPPM(AuthorPPM.PPM(c))
		p.Mint = p.Mint.Sub(p.Share)
	}
	blocks.Set(c, b.Height, p)
}

// mintTerms are what mints depend on now (spec economy §4.2, §4.7).
func mintTerms(c *route.Ctx) vpool.MintTerms {
	return vpool.MintTerms{
		RatioPPM: uint32(rep.MintRatio.Get(c)), Supply: *rep.EpochSupply(c).Int(),
		YearCapPPM: uint32(rep.YearCap.Get(c)), IntervalMs: uint64(availability.Interval(c, c.Block.Epoch)),
		EntryPPM: uint32(EntryPPM.Get(c)),
	}
}

// settleBlock settles the pool of a block of this chain, which is an ancestor
// of the block that settles and so VALID.
func settleBlock(c *route.Ctx, h types.Height, p *blockPool) {
	if !p.Share.IsZero() {
		sum, _ := authors.Get(c, p.Author)
		authors.Set(c, p.Author, sum.Add(p.Share))
	}
	s := settlement{c: c, ballot: &p.Ballot, outcome: vpool.Valid, minted: p.Mint}
	s.run()
	post(c, h, p.Ballot.Digest, BlockPost{Height: h, Producer: p.Ballot.Producer, Minted: s.produced})
	c.Emit("settled", "height", h, "outcome", "valid", "producer", p.Ballot.Producer,
		"approved", s.approved, "refused", s.refused, "minted", s.paid, "burned", s.burned)
}

// settleRefused settles the pool of a digest that the chain skipped: INVALID
// where a Rejection of it was included, else VOID.
func settleRefused(c *route.Ctx, k place, b *ballot) {
	s := settlement{c: c, ballot: b, outcome: vpool.Void}
	if s.rejected() {
		s.outcome = vpool.Invalid
	}
	s.run()
	name := "void"
	if s.outcome == vpool.Invalid {
		name = "invalid"
	}
	c.Emit("settled", "epoch", k.Epoch, "view", k.View, "digest", k.Digest, "outcome", name, "producer", b.Producer,
		"approved", s.approved, "refused", s.refused, "taken", s.taken, "burned", s.burned)
}

// settlement pays one ballot.
type settlement struct {
	c       *route.Ctx
	ballot  *ballot
	outcome vpool.Outcome
	minted  types.Amount

	bench             *types.Roster
	approvers         []int // places in the roster, ascending
	rejecters         []int
	paid              types.Amount // minted in all
	produced          types.Amount // of it for the producer's part
	taken             types.Amount // of losing stakes
	burned            types.Amount // of them
	approved, refused types.Weight
}

// load reads the roster; a plan is kept for longer than any window.
func (s *settlement) load() {
	if s.bench != nil {
		return
	}
	r, ok := availability.Roster(s.c, s.ballot.Epoch)
	if !ok {
		panic(fmt.Sprintf("pool: roster of epoch %d is gone before its pools settled", s.ballot.Epoch))
	}
	s.bench = &r
	approvals := s.ballot.approvals(len(r.Members))
	for i := range r.Members {
		if has(approvals, i) {
			s.approvers = append(s.approvers, i)
			s.approved += r.Members[i].Weight
		}
		if has(s.ballot.Rejects, i) {
			s.rejecters = append(s.rejecters, i)
			s.refused += r.Members[i].Weight
		}
	}
}

// rejected reports whether the included Reject votes are a Rejection.
func (s *settlement) rejected() bool {
	s.load()
	return s.refused >= quorum.Threshold(s.bench.Total())
}

// run computes the payouts and makes them.
func (s *settlement) run() {
	s.load()
	if s.outcome == vpool.Void {
		return
	}
	e := s.executive()
	out, err := e.Settle()
	if err != nil {
		panic(fmt.Sprintf("pool: settling view %d/%d: %v", s.ballot.Epoch, s.ballot.View, err))
	}
	s.mint(s.ballot.Producer, out.Producer, "produced")
	s.produced = s.paid
	var losers, winners []share
	note := func(a keys.Address, p vpool.Payout) {
		s.mint(a, p.Minted, "approved")
		losers, winners = withShare(losers, a, p.Lost), withShare(winners, a, p.Won)
	}
	losers = withShare(losers, s.ballot.Producer, out.ProducerLost)
	for j, i := range s.approvers {
		note(s.bench.Members[i].Address, out.Approvers[j])
	}
	for j, i := range s.rejecters {
		note(s.bench.Members[i].Address, out.Rejecters[j])
	}
	for k := range s.ballot.Approvals {
		s.mint(s.ballot.Approvals[k].By, out.Includers[k], "included")
	}
	s.taken, s.burned = redistribute(s.c, losers, winners)
	if want := types.AmountOf(&out.Burned); s.burned != want {
		panic(fmt.Sprintf("pool: view %d/%d burned %s of lost stakes, the settlement says %s",
			s.ballot.Epoch, s.ballot.View, s.burned, want))
	}
}

// mint makes REP for an account; a convicted one earns nothing, whatever for.
func (s *settlement) mint(a keys.Address, v vpool.Amount, cause string) {
	amt := types.AmountOf(&v)
	if amt.IsZero() || availability.Convicted(s.c, a) {
		return
	}
	rep.Mint(s.c, rep.WREP, a, amt, cause)
	s.paid = s.paid.Add(amt)
}

// executive is the pool as vpool settles it: weights are 0 for who earns
// nothing, and what is at stake is there to be taken.
func (s *settlement) executive() vpool.Executive {
	r := s.ballot.Rules
	paid, total := s.police()
	e := vpool.Executive{
		Outcome: s.outcome, Minted: *s.minted.Int(), PosterPPM: r.PosterPPM, IncluderPPM: r.IncluderPPM,
		Base: r.Base, Weight: uint64(total), Includers: make([]uint64, len(s.ballot.Approvals)),
	}
	left := map[keys.Address]types.Amount{} // of the producer, whose contract is taken first
	if s.outcome == vpool.Invalid {
		have := rep.Balance(s.c, rep.WREP, s.ballot.Producer)
		taken := s.ballot.Encumbered.Min(have)
		e.Encumbered = *taken.Int()
		left[s.ballot.Producer] = have.Sub(taken)
	}
	approvals := s.ballot.approvals(len(s.bench.Members))
	vote := func(i int) vpool.Vote {
		m := &s.bench.Members[i]
		if !paid(i) {
			return vpool.Vote{} // was not drawn to police this view
		}
		have, ok := left[m.Address]
		if !ok {
			have = rep.Balance(s.c, rep.WREP, m.Address)
		}
		frozen := vpool.FrozenStake(uint64(m.Weight), r.StakePPM)
		v := vpool.Vote{Weight: uint64(m.Weight), Stake: *types.AmountOf(&frozen).Min(have).Int()}
		// Who voted on both sides earns nothing, nor do convicts; nor does the
		// producer by rejecting its own block, or it would win back a part of
		// what it loses.
		own := s.outcome == vpool.Invalid && m.Address == s.ballot.Producer
		if own || has(approvals, i) && has(s.ballot.Rejects, i) || availability.Convicted(s.c, m.Address) {
			v.Weight = 0
		}
		return v
	}
	weights := map[int]uint64{}
	for _, i := range s.approvers {
		v := vote(i)
		e.Approvers = append(e.Approvers, v)
		weights[i] = v.Weight
	}
	for _, i := range s.rejecters {
		e.Rejecters = append(e.Rejecters, vote(i))
	}
	for k := range s.ballot.Approvals {
		for _, i := range s.approvers {
			if has(s.ballot.Approvals[k].Signers, i) {
				e.Includers[k] += weights[i]
			}
		}
	}
	return e
}

// police says who is paid for a vote on the view and what they weigh together:
// all of the roster, or with bench.mode sampled the members drawn from R(e,v).
// Finality rests on all of them either way.
func (s *settlement) police() (paid func(int) bool, total types.Weight) {
	if s.ballot.Rules.Sample == 0 {
		return func(int) bool { return true }, s.bench.Total()
	}
	weights := make([]uint64, len(s.bench.Members))
	for i := range s.bench.Members {
		weights[i] = uint64(s.bench.Members[i].Weight)
	}
	drawn, err := draw.Sample(s.ballot.Seed, weights, int(s.ballot.Rules.Sample))
	if err != nil {
		panic(fmt.Sprintf("pool: sample of epoch %d: %v", s.ballot.Epoch, err)) // a roster weighs less than 2⁶²
	}
	in := make([]bool, len(weights))
	for _, i := range drawn {
		in[i] = true
		total += s.bench.Members[i].Weight
	}
	return func(i int) bool { return in[i] }, total
}

// share is what one account loses or wins.
type share struct {
	of  keys.Address
	amt types.Amount
}

func withShare(list []share, a keys.Address, v vpool.Amount) []share {
	if v.IsZero() {
		return list
	}
	return append(list, share{a, types.AmountOf(&v)})
}

// redistribute gives what losers lose to the winners, in the order of both
// lists, and burns what no winner is due.
func redistribute(c *route.Ctx, losers, winners []share) (taken, burned types.Amount) {
	for _, l := range losers {
		taken = taken.Add(l.amt)
		for !l.amt.IsZero() && len(winners) > 0 {
			part := l.amt.Min(winners[0].amt)
			mustTake(rep.Move(c, l.of, winners[0].of, part, "lost"), part)
			l.amt, winners[0].amt = l.amt.Sub(part), winners[0].amt.Sub(part)
			if winners[0].amt.IsZero() {
				winners = winners[1:]
			}
		}
		if !l.amt.IsZero() {
			mustTake(rep.Burn(c, rep.WREP, l.of, l.amt, "lost"), l.amt)
			burned = burned.Add(l.amt)
		}
	}
	return taken, burned
}

// mustTake asserts that a stake was there: stakes are clamped to balances, and
// one account stands once in a list of losers, or twice with both parts clamped
// together.
func mustTake(got, want types.Amount) {
	if got != want {
		panic(fmt.Sprintf("pool: %s of a lost stake of %s were there", got, want))
	}
}

// Citable is for how many blocks after the next one a settled block may be cited
// for the first time.
const Citable = 1024

// post makes a settled block citable, and forgets the one that no longer is: a
// post for every block there ever was would outgrow everything else.
func post(c *route.Ctx, h types.Height, digest keys.Hash, p BlockPost) {
	posted.Set(c, digest, p)
	postedAt.Set(c, h, digest)
	if h <= Citable {
		return
	}
	if old, ok := postedAt.Get(c, h-Citable); ok {
		postedAt.Delete(c, h-Citable)
		posted.Delete(c, old)
	}
}

// Posted is a block of the chain by its digest, from when it settles until
// Citable blocks later: until then a post may cite it, which makes it a
// post itself.
func Posted(r state.Reader, digest keys.Hash) (BlockPost, bool) { return posted.Get(r, digest) }

// SetWorkContract makes a post the one that receives the author shares of the
// blocks from this one on; the zero hash ends them.
func SetWorkContract(c *route.Ctx, post keys.Hash) {
	if post.IsZero() {
		contract.Delete(c)
		return
	}
	contract.Set(c, post)
}

// WorkContract is the post that receives author shares now; zero: none does.
func WorkContract(r state.Reader) keys.Hash {
	post, _ := contract.Get(r)
	return post
}

// TakeAuthor is what settled blocks have noted at a post since the last call.
// The caller mints it as it flows.
func TakeAuthor(c *route.Ctx, post keys.Hash) types.Amount {
	sum, _ := authors.Get(c, post)
	authors.Delete(c, post)
	return sum
}
