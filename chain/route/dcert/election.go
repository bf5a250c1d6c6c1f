package dcert

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
)

// Bounds of the election.
const (
	SharesMax      = 16  // accounts in one preference
	VotersPerBlock = 512 // that one block counts
)

// Share is a part of a preference.
type Share struct {
	_       struct{}     `cbor:",toarray"`
	Address keys.Address `json:"address"`
	PPM     types.PPM    `json:"ppm"`
}

// Prefer says whom the sender would have in the group, and with what part of
// its weight each. No shares: nobody any more.
type Prefer struct {
	_      struct{} `cbor:",toarray"`
	Shares []Share  `json:"shares"`
}

// prefer stores the preference (D5, D6). It counts from the next boundary on.
func prefer(c *route.Ctx, m Prefer) error {
	if n := len(m.Shares); n > SharesMax {
		return ErrPreference.With("%d accounts, at most %d", n, SharesMax)
	}
	var sum uint64
	for i, s := range m.Shares {
		for _, before := range m.Shares[:i] {
			if before.Address == s.Address {
				return ErrPreference.With("%s is named twice", s.Address)
			}
		}
		if s.PPM == 0 {
			return ErrPreference.With("%s is preferred by nothing", s.Address)
		}
		sum += uint64(s.PPM)
	}
	if sum > uint64(types.Million) {
		return ErrPreference.With("shares of %d ppm, at most a million", sum)
	}
	had := preferences.Has(c, c.Sender)
	switch {
	case len(m.Shares) == 0 && !had:
		return ErrPreference.With("there is no preference to withdraw")
	case len(m.Shares) == 0:
		forgetVoter(c, c.Sender)
	case rep.Balance(c, rep.WREP, c.Sender).IsZero():
		return ErrPreference.With("%s has no wREP to weigh it with", c.Sender)
	default:
		preferences.Set(c, c.Sender, preference{Shares: m.Shares})
		if !had {
			n, _ := voters.Get(c)
			voters.Set(c, n+1)
		}
	}
	c.Emit("prefer", "voter", c.Sender, "accounts", len(m.Shares), "ppm", sum)
	return nil
}

func forgetVoter(c *route.Ctx, a keys.Address) {
	preferences.Delete(c, a)
	n, _ := voters.Get(c)
	voters.Set(c, n-1)
}

// boundary forgets former members who are held to nothing any more, and starts a
// count of all preferences, weighed by wREP as it is now (A-D10). One that is
// still running is let finish: a count every other epoch is better than none.
func boundary(c *route.Ctx) {
	forget(c)
	if _, running := count.Get(c); running {
		return
	}
	p := progress{Epoch: c.Block.Epoch}
	if n, _ := voters.Get(c); n > VotersPerBlock {
		p.Snapshot = rep.Snapshot(c)
	}
	count.Set(c, p)
	tally(c)
}

// tally counts up to VotersPerBlock preferences, and at the end of the count
// puts its sums in force.
func tally(c *route.Ctx) {
	p, running := count.Get(c)
	if !running {
		return
	}
	sums := map[keys.Address]types.Amount{} // looked up, never ranged over
	var spent []keys.Address
	n, more := 0, false
	preferences.RangeFrom(c, p.Next, func(a keys.Address, pref preference) bool {
		if n == VotersPerBlock {
			p.Next, more = a, true
			return false
		}
		n++
		w := p.weight(c, a)
		if w.IsZero() {
			spent = append(spent, a)
			return true
		}
		for _, s := range pref.Shares {
			sums[s.Address] = sums[s.Address].Add(w.OfPPM(s.PPM))
		}
		return true
	})
	for _, a := range spent {
		forgetVoter(c, a)
	}
	candidates.Range(c, func(a keys.Address, k candidate) bool {
		k.Running = k.Running.Add(sums[a])
		if more {
			candidates.Set(c, a, k)
		} else if bonded(c, a).Less(Bond.Amount(c)) { // clamped by a slash elsewhere
			candidates.Delete(c, a)
		} else {
			candidates.Set(c, a, candidate{Votes: k.Running})
		}
		return true
	})
	if more {
		count.Set(c, p)
		return
	}
	count.Delete(c)
	if p.Snapshot != 0 {
		rep.DropSnapshot(c, p.Snapshot)
	}
	if n, _ := voters.Get(c); n > 0 {
		c.Emit("counted", "epoch", p.Epoch)
	}
}

// weight is what an account's preference weighs in a count.
func (p *progress) weight(r state.Reader, a keys.Address) types.Amount {
	if p.Snapshot == 0 {
		return rep.Balance(r, rep.WREP, a)
	}
	return rep.BalanceAt(r, p.Snapshot, rep.WREP, a)
}

// votes are an account's as counted last.
func votes(r state.Reader, a keys.Address) types.Amount {
	k, _ := candidates.Get(r, a)
	return k.Votes
}

// rank is how many candidates are ahead of a newcomer: those with more votes,
// and members with as many (D9, D11).
func rank(c *route.Ctx, newcomer keys.Address) (n uint64) {
	mine := votes(c, newcomer)
	candidates.Range(c, func(a keys.Address, k candidate) bool {
		if a != newcomer && (mine.Less(k.Votes) || k.Votes == mine && members.Has(c, a)) {
			n++
		}
		return true
	})
	return n
}

// lowest is the member who goes first: of those that keep admits the one with
// the fewest votes, and of such the one with the largest sequence number (D10,
// D12).
func lowest(c *route.Ctx, keep func(keys.Address) bool) (out keys.Address, found bool) {
	var least types.Amount
	var youngest uint64
	members.Range(c, func(a keys.Address, m member) bool {
		if !keep(a) {
			return true
		}
		v := votes(c, a)
		if !found || v.Less(least) || v == least && m.Sequence > youngest {
			out, least, youngest, found = a, v, m.Sequence, true
		}
		return true
	})
	return out, found
}
