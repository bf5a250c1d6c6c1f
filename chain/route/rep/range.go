package rep

import (
	"bytes"
	"sort"

	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
)

// RangeAt calls fn with every account that had REP of a book when the snapshot
// was taken, which must be open, and how much that was, in order of addresses,
// until fn returns false. It costs one walk over the holders and one over what
// this and younger snapshots have kept.
func RangeAt(r state.Reader, id uint64, b Book, fn func(keys.Address, types.Amount) bool) {
	mustBeOpen(r, id)
	had := map[keys.Address]types.Amount{}
	var changed []keys.Address
	snapshots.RangeFrom(r, id, func(s uint64, _ snapshot) bool {
		kept.RangePrefix(r, old{Snapshot: s, Book: b}, 2, func(k old, amt types.Amount) bool {
			if _, told := had[k.Address]; !told { // the first that has it tells
				had[k.Address], changed = amt, append(changed, k.Address)
			}
			return true
		})
		return true
	})
	sort.Slice(changed, func(i, j int) bool { return bytes.Compare(changed[i][:], changed[j][:]) < 0 })
	more := true
	next := func() {
		a := changed[0]
		changed = changed[1:]
		if amt := had[a]; !amt.IsZero() {
			more = fn(a, amt)
		}
	}
	Range(r, b, keys.Address{}, func(a keys.Address, amt types.Amount) bool {
		for more && len(changed) > 0 && bytes.Compare(changed[0][:], a[:]) < 0 {
			next() // has none any more
		}
		switch {
		case !more:
		case len(changed) > 0 && changed[0] == a:
			next()
		default:
			more = fn(a, amt)
		}
		return more
	})
	for more && len(changed) > 0 {
		next()
	}
}
