package draw

import "sort"

// maxWeight bounds the weight of a list, exclusively (spec selection §3).
const maxWeight = 1 << 62

// list is a row of weights laid on a line. It is immutable, so that copies of
// a Cycle share it.
type list struct {
	// ends[i] is where entry i ends and entry i+1 begins.
	ends []uint64
}

func newList(weights []uint64) (list, error) {
	l := list{ends: make([]uint64, len(weights))}
	var total uint64
	for i, w := range weights {
		if w >= maxWeight-total {
			return list{}, ErrWeight
		}
		total += w
		l.ends[i] = total
	}
	if total == 0 {
		return list{}, ErrWeight
	}
	return l, nil
}

func (l list) weight() uint64 { return l.ends[len(l.ends)-1] }

// at returns the entry that covers point p < weight.
func (l list) at(p uint64) int {
	return sort.Search(len(l.ends), func(i int) bool { return p < l.ends[i] })
}

// Lottery draws entries of a list independently of each other (spec selection,
// Lottery).
type Lottery struct{ list list }

// NewLottery lays out the weights. ErrWeight for a sum of 0, or of 2⁶² or more.
func NewLottery(weights []uint64) (*Lottery, error) {
	l, err := newList(weights)
	if err != nil {
		return nil, err
	}
	return &Lottery{list: l}, nil
}

// Next returns the index of the entry that the seed draws, in O(log n).
func (l *Lottery) Next(seed [32]byte) int {
	s := NewStream("lottery", seed)
	return l.list.at(s.Point(l.list.weight()))
}
