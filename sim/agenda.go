package sim

import (
	"sort"

	"probity/chain/types"
)

// agenda is what the world has planned: by time, then in the order of planning.
type agenda struct {
	items []item
}

type item struct {
	at types.Time
	do func()
}

func (a *agenda) add(at types.Time, do func()) {
	i := sort.Search(len(a.items), func(i int) bool { return a.items[i].at > at })
	a.items = append(a.items, item{})
	copy(a.items[i+1:], a.items[i:])
	a.items[i] = item{at, do}
}

// next is when the first item is due.
func (a *agenda) next() types.Time {
	if len(a.items) == 0 {
		return 1<<63 - 1
	}
	return a.items[0].at
}

// pop takes the first item.
func (a *agenda) pop() func() {
	do := a.items[0].do
	a.items = a.items[1:]
	return do
}
