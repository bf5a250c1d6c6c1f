package chaintest

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/route/availability"
	"probity/chain/route/beacon"
	"probity/chain/types"
)

// Salts of the recoverable beacon. A person's escrow keys and dealings follow
// from its name, so that the harness knows every salt (Known) before blocks open
// it; what blocks run under is a schedule that they open themselves.

// recoverable reports whether the salts of an epoch are dealt.
func (w *Chain) recoverable(e types.Epoch) bool {
	if w.Block.Height == 0 && w.first != nil {
		return w.Params.Get(availability.BeaconScheme) == uint64(types.Recoverable)
	}
	scheme, _, _ := availability.Scheme(w.Reader(), e)
	return scheme == types.Recoverable
}

// genesisRoster is the one that the law will freeze of people.
func (w *Chain) genesisRoster(people []Person) *types.Roster {
	r := &types.Roster{}
	for _, p := range people {
		w.keyed[p.Name] = p.Keys
		if p.Bench {
			m := w.Seat(p.Name, w.Facts.Draft)
			r.Members = append(r.Members, types.Member{
				Address: w.Addr(p.Name), Key: m.Key, Network: m.Network, Weight: types.Weight(p.REP), Escrow: m.Escrow,
			})
		}
	}
	slices.SortFunc(r.Members, func(a, b types.Member) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), bytes.Compare(a.Address[:], b.Address[:]))
	})
	r.Members = r.Members[:min(len(r.Members), int(w.Params.Get(availability.BenchMax)))]
	r.Members, _ = availability.Ticketed(r.Members, availability.EscrowKeys(w.Params.Get(availability.BenchMax)))
	return r
}

// EscrowSecret is a person's escrow key of a number.
func EscrowSecret(name string, k uint32) escrow.Secret {
	return escrow.NewSecret(keys.Sum([]byte("escrow"), []byte(name)), k)
}

// EscrowKeys are a person's first n escrow keys, and the proof that it holds
// them, bound to a hash.
func (w *Chain) EscrowKeys(name string, n int, bound keys.Hash) (public []types.Bytes, possession types.Bytes) {
	secrets := make([]escrow.Secret, n)
	for k := range secrets {
		secrets[k] = EscrowSecret(name, uint32(k))
		public = append(public, w.Facts.Escrow.Public(secrets[k]))
	}
	return public, w.Facts.Escrow.Possess(secrets, availability.PossessionContext(bound, w.Addr(name)))
}

// dealSeed is what a person deals a salt from.
func dealSeed(name string, e types.Epoch, j uint32) [32]byte {
	s := secret(name, e)
	return keys.Sum([]byte("deal"), s[:], binary.BigEndian.AppendUint32(nil, j))
}

// Place is that of a salt of a person's contract.
func (w *Chain) Place(name string, e types.Epoch, j uint32) escrow.Place {
	at := escrow.Place{Bound: w.Facts.Draft, Epoch: uint64(e), ASC: availability.ContractID(e, w.Addr(name)), Salt: j}
	if w.first != nil {
		at.Roster = w.first.Hash()
		return at
	}
	at.Bound = availability.Bound(w.Reader(), e)
	at.Roster, _ = availability.RosterHash(w.Reader(), e)
	return at
}

// Deal makes the dealings of a person's salts first, first+1, …; none where the
// epoch's roster is not frozen or has no tickets.
func (w *Chain) Deal(name string, e types.Epoch, first, n uint32) (out []types.Bytes) {
	r := w.first
	if r == nil {
		frozen, _ := availability.Roster(w.Reader(), e)
		r = &frozen
	}
	panel, err := w.Facts.Escrow.Panel(r.Tickets())
	if err != nil {
		return nil
	}
	for j := first; j < first+n; j++ {
		out = append(out, w.Facts.Escrow.Deal(panel, w.Place(name, e, j), dealSeed(name, e, j)))
	}
	return out
}

// Join is a commitment of dealings.
func Join(dealings []types.Bytes) (out types.Bytes) {
	for _, d := range dealings {
		out = append(out, d...)
	}
	return out
}

// Known is the schedule of an epoch with the salts of all views up to one, of
// which blocks may have opened fewer. It shares nothing with theirs.
func (w *Chain) Known(e types.Epoch, v types.View) *types.Schedule {
	s := w.reach(e, v)
	if s.Waits(v) {
		w.unlock(s, e, v)
	}
	return s
}

// reach is Known without the salt of the view itself.
func (w *Chain) reach(e types.Epoch, v types.View) *types.Schedule {
	s := w.oracles[e]
	if s == nil {
		plan := *w.Plan(e)
		plan.Opened = nil
		var err error
		if s, err = types.NewSchedule(&plan); err != nil {
			panic(err)
		}
		w.oracles[e] = s
	}
	for u := types.View(1); u < v; u++ {
		if s.Waits(u) {
			w.unlock(s, e, u)
		}
	}
	return s
}

// unlock opens a view by its dealer's reveal.
func (w *Chain) unlock(s *types.Schedule, e types.Epoch, v types.View) {
	at, dealing, reveal := w.sealed(s, e, v)
	salt, err := w.Facts.Escrow.Open(at, dealing, reveal)
	if err != nil {
		panic(fmt.Sprintf("chaintest: view %d/%d: %v", e, v, err))
	}
	s.Open(v, salt)
}

// sealed is what the opening of a view rests on, with its dealer's reveal.
func (w *Chain) sealed(s *types.Schedule, e types.Epoch, v types.View) (at escrow.Place, dealing, reveal types.Bytes) {
	asc, j := s.ASC(v), s.Salt(v)
	at, dealing = s.Place(v), availability.Dealing(w.Reader(), e, asc.Producer, j)
	return at, dealing, w.Facts.Escrow.Reveal(at, dealSeed(w.Name(asc.Producer), e, j), dealing)
}

// Reveal is what the header of a view carries; empty where it opens nothing.
func (w *Chain) Reveal(e types.Epoch, v types.View) types.Bytes {
	plan, s := w.Plan(e), w.reach(e, v)
	switch asc := s.ASC(v); {
	case !s.Salted(v):
		return nil
	case plan.Scheme == types.Hashed:
		return beacon.Reveal(secret(w.Name(asc.Producer), e), asc.Salts, s.Salt(v))
	}
	_, _, reveal := w.sealed(s, e, v)
	return reveal
}

// Opening is what the Nullification of a view carries: shares of the lowest
// tickets in odd views, the reveal in even ones; empty where it opens nothing.
func (w *Chain) Opening(e types.Epoch, v types.View) types.Bytes {
	s := w.reach(e, v)
	if !w.recoverable(e) || !s.Salted(v) {
		return nil
	}
	at, dealing, reveal := w.sealed(s, e, v)
	if v%2 == 0 {
		return escrow.MarshalOpening(escrow.Opening{Reveal: escrow.Bytes(reveal)})
	}
	r := &w.Plan(e).Roster
	need := (len(r.Tickets()) + 1) / 2
	var o escrow.Opening
	for i := range r.Members {
		for k := 0; k < len(r.Members[i].Escrow) && len(o.Shares) < need; k++ {
			own := EscrowSecret(w.Name(r.Members[i].Address), uint32(k))
			o.Shares = append(o.Shares, w.Facts.Escrow.Share(at, dealing, r.FirstTicket(i)+uint32(k), own))
		}
	}
	return escrow.MarshalOpening(o)
}
