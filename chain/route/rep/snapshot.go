package rep

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/state"
	"probity/chain/types"
)

// snapshot is an open snapshot. Balances are kept when they first change after
// it was taken, so that taking one costs nothing.
type snapshot struct {
	_      struct{}        `cbor:",toarray"`
	Supply [2]types.Amount // of wREP and gREP
}

// counter tells the newest snapshots.
type counter struct {
	_    struct{} `cbor:",toarray"`
	Last uint64   // the last number given
	Open uint64   // the newest open one, 0 where none is
}

// Snapshot fixes all balances of both books as they are now, until
// DropSnapshot, and returns its number. Reading an old one costs as many steps
// as there are younger ones, so the caller bounds how many it holds.
func Snapshot(c *route.Ctx) uint64 {
	n, _ := latest.Get(c)
	n.Last++
	n.Open = n.Last
	latest.Set(c, n)
	snapshots.Set(c, n.Open, snapshot{Supply: [2]types.Amount{Supply(c, WREP), Supply(c, GREP)}})
	return n.Open
}

// BalanceAt is the balance that an account had when the snapshot was taken,
// which must be open.
func BalanceAt(r state.Reader, id uint64, b Book, a keys.Address) types.Amount {
	mustBeOpen(r, id)
	amt, found := types.Amount{}, false
	// A balance that did not change between two snapshots is kept by the later
	// one alone, so the first that has it tells.
	snapshots.RangeFrom(r, id, func(s uint64, _ snapshot) bool {
		amt, found = kept.Get(r, old{s, b, a})
		return !found
	})
	if !found {
		return Balance(r, b, a)
	}
	return amt
}

// SupplyAt is all REP of a book when the snapshot was taken.
func SupplyAt(r state.Reader, id uint64, b Book) types.Amount {
	return mustBeOpen(r, id).Supply[b-WREP]
}

// DropSnapshot forgets a snapshot. What it kept goes to the one before it,
// unless that has its own.
func DropSnapshot(c *route.Ctx, id uint64) {
	mustBeOpen(c, id)
	var before uint64
	snapshots.Range(c, func(s uint64, _ snapshot) bool {
		if s < id {
			before = s
		}
		return s < id
	})
	kept.RangePrefix(c, old{Snapshot: id}, 1, func(k old, amt types.Amount) bool {
		kept.Delete(c, k)
		k.Snapshot = before
		if before != 0 && !kept.Has(c, k) {
			kept.Set(c, k, amt)
		}
		return true
	})
	snapshots.Delete(c, id)
	if n, _ := latest.Get(c); n.Open == id {
		n.Open = before
		latest.Set(c, n)
	}
}

// keep saves a balance that is about to change for the newest open snapshot.
func keep(c *route.Ctx, k owner, balance types.Amount) {
	n, _ := latest.Get(c)
	if n.Open == 0 {
		return
	}
	if o := (old{n.Open, k.Book, k.Address}); !kept.Has(c, o) {
		kept.Set(c, o, balance)
	}
}

func mustBeOpen(r state.Reader, id uint64) snapshot {
	s, ok := snapshots.Get(r, id)
	if !ok {
		panic("rep: no such snapshot")
	}
	return s
}
