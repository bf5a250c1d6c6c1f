package pool

import (
	"encoding/binary"
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
	"probity/vpool"
)

// Bounds of a general pool.
const (
	QuorumMin   = 100_000 // ppm of the electorate's REP that a quorum is at least
	ExcludedMax = 32
)

// Config is what a route opens a pool with. The electorate, everyone who has
// REP of the book, is fixed when the pool opens (spec pools §5).
//
// The pool closes in the first block whose time is at or past the deadline, or
// at the end of the block in which all eligible REP is staked. It is decided by
// the stakes that are still there then: REP that was slashed meanwhile does not
// vote. Where the quorum is not met the outcome is Void and all stakes return.
// Else it is Accepted iff for·10⁶ > win_ppm·(for + against), and BindingPPM of
// the losing stakes is lost: burned, or with Redistribute given to the winners.
type Config struct {
	_          struct{}       `cbor:",toarray"`
	Opener     string         `json:"opener"`     // the route that the verdict is delivered to
	Ref        keys.Hash      `json:"ref"`        // the subject, in the opener's terms
	Book       rep.Book       `json:"book"`       // whose REP is staked
	Deadline   types.Time     `json:"deadline"`   // of the block that closes it
	QuorumPPM  types.PPM      `json:"quorumPpm"`  // of the electorate's supply; at least QuorumMin
	WinPPM     types.PPM      `json:"winPpm"`     // of what is staked
	BindingPPM types.PPM      `json:"bindingPpm"` // of a losing stake that is lost: 0 while a vote is not binding
	Excluded   []keys.Address `json:"excluded"`   // may not vote: whom the pool is about
	// Redistribute gives lost stakes to the winners; otherwise they burn, so
	// that losing on purpose is no transfer. Court pools on wREP only.
	Redistribute bool `json:"redistribute"`
	// After is an earlier pool whose electorate this one has too (a later stage
	// of one vote); 0: the electorate of now. It must be open, or closing: the
	// opener continues in its Verdict hook or not at all.
	After uint64 `json:"after"`
	// Fee is what somebody paid for the pool. If the pool is accepted it mints
	// mint_ratio × Fee within the cap's reserve: PosterPPM of that for the
	// opener to mint where it belongs (Verdict.Value, as 32 bytes big-endian),
	// the rest to those who staked for, by stake. The opener has charged it.
	Fee       types.Amount `json:"fee"`
	PosterPPM types.PPM    `json:"posterPpm"`
}

// general is a general pool.
type general struct {
	_        struct{} `cbor:",toarray"`
	Config   Config
	Opened   types.Height
	Snapshot uint64
	Supply   types.Amount // of the electorate
	Eligible types.Amount // of it without the excluded
	For      types.Amount // when closed: what was still there
	Against  types.Amount
	Outcome  route.Outcome // 0: open
	Quorum   bool          // was met
	Closed   types.Height
}

// check refuses a pool that could not be decided or settled.
func (m *Config) check(c *route.Ctx) error {
	switch {
	case m.Opener == "" || !m.Book.Valid():
		return ErrConfig.With("opener %q, book %d", m.Opener, m.Book)
	case m.Deadline <= c.Block.Time:
		return ErrConfig.With("deadline %d is not after %d", m.Deadline, c.Block.Time)
	case m.QuorumPPM < QuorumMin || m.QuorumPPM > types.Million:
		return ErrConfig.With("quorum of %d ppm, at least %d", m.QuorumPPM, QuorumMin)
	case m.WinPPM > types.Million || m.BindingPPM > types.Million || m.PosterPPM > types.Million:
		return ErrConfig.With("a ratio above %d ppm", types.Million)
	case m.Redistribute && m.Book != rep.WREP:
		return ErrConfig.With("only wREP is redistributed")
	case len(m.Excluded) > ExcludedMax:
		return ErrConfig.With("%d accounts excluded, at most %d", len(m.Excluded), ExcludedMax)
	}
	return nil
}

// Open opens a pool and returns its number, from 1. ErrConfig where it could
// not be decided or settled.
func Open(c *route.Ctx, m Config) (uint64, error) {
	if err := m.check(c); err != nil {
		return 0, err
	}
	p := general{Config: m, Opened: c.Block.Height}
	if m.After != 0 {
		before, ok := pools.Get(c, m.After)
		if _, held := holds.Get(c, before.Snapshot); !ok || !held || before.Config.Book != m.Book {
			return 0, ErrConfig.With("the electorate of pool %d is not kept, or of another book", m.After)
		}
		p.Snapshot, p.Supply = before.Snapshot, before.Supply
	} else {
		p.Snapshot = rep.Snapshot(c)
		p.Supply = rep.SupplyAt(c, p.Snapshot, m.Book)
	}
	p.Eligible = p.Supply
	for i, a := range m.Excluded {
		if !contains(m.Excluded[:i], a) {
			p.Eligible = p.Eligible.Sub(rep.BalanceAt(c, p.Snapshot, m.Book, a))
		}
	}
	users, _ := holds.Get(c, p.Snapshot)
	holds.Set(c, p.Snapshot, users+1)
	id, _ := lastPool.Get(c)
	id++
	lastPool.Set(c, id)
	pools.Set(c, id, p)
	deadlines.Set(c, deadline{m.Deadline, id}, p.Snapshot)
	c.EmitAs("pool", "open", "pool", id, "opener", m.Opener, "ref", m.Ref, "book", m.Book.String(), "deadline", uint64(m.Deadline))
	return id, nil
}

// Stake puts REP of a voter on a side of an open pool, in addition to what it
// has there. REP at stake is exposed until the pool closes.
func Stake(c *route.Ctx, id uint64, from keys.Address, inFavour bool, amount types.Amount) error {
	p, ok := pools.Get(c, id)
	if !ok || p.Outcome != 0 || c.Block.Time >= p.Config.Deadline {
		return ErrClosed.With("pool %d is not open", id)
	}
	k := voter{id, from}
	s, voted := stakes.Get(c, k)
	switch {
	case amount.IsZero():
		return ErrStake
	case contains(p.Config.Excluded, from):
		return ErrExcluded
	case voted && s.For != inFavour:
		return ErrSide
	}
	s.For, s.Amount = inFavour, s.Amount.Add(amount)
	if had := rep.BalanceAt(c, p.Snapshot, p.Config.Book, from); had.Less(s.Amount) {
		return ErrElectorate.For(s.Amount, had)
	}
	if err := p.Config.Book.Expose(c, from, ref(id), amount); err != nil {
		return err
	}
	stakes.Set(c, k, s)
	if inFavour {
		p.For = p.For.Add(amount)
	} else {
		p.Against = p.Against.Add(amount)
	}
	pools.Set(c, id, p)
	if p.For.Add(p.Against) == p.Eligible { // nobody is left who could vote
		deadlines.Delete(c, deadline{p.Config.Deadline, id})
		deadlines.Set(c, deadline{c.Block.Time, id}, p.Snapshot)
	}
	c.EmitAs("pool", "stake", "pool", id, "voter", from, "for", inFavour, "amount", amount)
	return nil
}

// IsOpen reports whether a general pool takes stakes.
func IsOpen(r state.Reader, id uint64) bool {
	p, ok := pools.Get(r, id)
	return ok && p.Outcome == 0
}

// ref is what a pool's stakes are exposed for.
func ref(id uint64) keys.Hash {
	return keys.Sum([]byte("pool"), binary.BigEndian.AppendUint64(nil, id))
}

// ClosingsMax is how many general pools a block closes; more wait for the next
// ones, so that after a standstill no block has to settle all at once.
const ClosingsMax = 64

// closeDue closes the pools whose deadline the block has reached, the longest
// overdue first.
func closeDue(c *route.Ctx) {
	var entered vpool.Amount // minted of this block's reserve
	closed := 0
	deadlines.Range(c, func(d deadline, _ uint64) bool {
		if d.Time > c.Block.Time || closed == ClosingsMax {
			return false
		}
		closed++
		deadlines.Delete(c, d)
		entered = shut(c, d.Pool, entered)
		return true
	})
}

// closing is a general pool while it is settled. Entry i of the lists is what
// vpool.Pool calls For[i] and Against[i].
type closing struct {
	voters [2][]keys.Address // for, against
	stakes [2][]vpool.Amount
	sums   [2]types.Amount
}

// sides of a pool, as indices.
const (
	sideFor = iota
	sideAgainst
)

// shut decides a pool, settles it and tells its opener. It returns what has
// been minted of the block's reserve with it.
func shut(c *route.Ctx, id uint64, entered vpool.Amount) vpool.Amount {
	p, _ := pools.Get(c, id)
	votes := gather(c, id, p.Config.Book)
	p.For, p.Against, p.Closed = votes.sums[sideFor], votes.sums[sideAgainst], c.Block.Height
	staked := p.For.Add(p.Against)
	p.Outcome = route.Void
	p.Quorum = !staked.IsZero() && vpool.QuorumMet(*staked.Int(), *p.Supply.Int(), uint32(p.Config.QuorumPPM))
	var poster types.Amount
	if p.Quorum {
		minted := vpool.Amount{}
		if !p.Config.Fee.IsZero() {
			minted = mintTerms(c).MintEntry(*p.Config.Fee.Int(), entered)
		}
		out := settleGeneral(c, &p, votes, minted)
		p.Outcome = route.Rejected
		if out.Accepted {
			p.Outcome = route.Accepted
			entered.Add(&entered, &minted)
			poster = types.AmountOf(&out.Poster)
		}
	}
	pools.Set(c, id, p)
	c.Emit("closed", "pool", id, "opener", p.Config.Opener, "outcome", p.Outcome.String(), "quorum", p.Quorum,
		"for", p.For, "against", p.Against)
	v := route.Verdict{
		Ref: p.Config.Ref, Pool: id, Outcome: p.Outcome, For: p.For, Against: p.Against, QuorumMet: p.Quorum,
	}
	if !poster.IsZero() {
		full := poster.Int().Bytes32()
		v.Value = full[:]
	}
	c.Deliver(p.Config.Opener, v)
	release(c, p.Snapshot)
	return entered
}

// gather ends the stakes of a pool and lists what is left of them.
func gather(c *route.Ctx, id uint64, book rep.Book) (v closing) {
	stakes.RangePrefix(c, voter{Pool: id}, 1, func(k voter, s stake) bool {
		stakes.Delete(c, k)
		amt := book.Release(c, k.Address, ref(id))
		if amt.IsZero() {
			return true
		}
		side := sideAgainst
		if s.For {
			side = sideFor
		}
		v.voters[side] = append(v.voters[side], k.Address)
		v.stakes[side] = append(v.stakes[side], *amt.Int())
		v.sums[side] = v.sums[side].Add(amt)
		return true
	})
	return v
}

// settleGeneral pays a pool that has its quorum.
func settleGeneral(c *route.Ctx, p *general, votes closing, minted vpool.Amount) vpool.Payouts {
	out, err := vpool.Pool{
		For: votes.stakes[sideFor], Against: votes.stakes[sideAgainst],
		Minted: minted, PosterPPM: uint32(p.Config.PosterPPM), WinPPM: uint32(p.Config.WinPPM),
		BindingPPM: uint32(p.Config.BindingPPM), Redistribute: p.Config.Redistribute, Base: vpool.Included,
	}.Settle()
	if err != nil {
		panic(fmt.Sprintf("pool: settling %s of %s: %v", p.Config.Ref, p.Config.Opener, err)) // Open has checked the ratios
	}
	var losers, winners []share
	for side, payouts := range [2][]vpool.Payout{out.For, out.Against} {
		for i, pay := range payouts {
			a := votes.voters[side][i]
			if !pay.Minted.IsZero() {
				rep.Mint(c, p.Config.Book, a, types.AmountOf(&pay.Minted), "approved")
			}
			losers, winners = withShare(losers, a, pay.Lost), withShare(winners, a, pay.Won)
		}
	}
	if p.Config.Redistribute {
		redistribute(c, losers, winners)
		return out
	}
	for _, l := range losers {
		mustTake(rep.Burn(c, p.Config.Book, l.of, l.amt, "lost"), l.amt)
	}
	return out
}

// release lets go of an electorate that no open pool has any more.
func release(c *route.Ctx, snapshot uint64) {
	users, _ := holds.Get(c, snapshot)
	if users > 1 {
		holds.Set(c, snapshot, users-1)
		return
	}
	holds.Delete(c, snapshot)
	rep.DropSnapshot(c, snapshot)
}

func contains(list []keys.Address, a keys.Address) bool {
	for i := range list {
		if list[i] == a {
			return true
		}
	}
	return false
}
