package draw

import "math/bits"

// Sample draws k entries by weight without replacement and returns their
// indexes in the order drawn; fewer where fewer have weight (spec selection,
// Sample). It costs O(n + k·log n). ErrWeight for a sum of 2⁶² or more.
func Sample(seed [32]byte, weights []uint64, k int) ([]int, error) {
	t, err := newTree(weights)
	if err != nil {
		return nil, err
	}
	var out []int
	s := NewStream("sample", seed)
	for len(out) < k && t.total > 0 {
		i := t.at(s.Point(t.total))
		t.remove(i, weights[i])
		out = append(out, i)
	}
	return out, nil
}

// tree holds the weights so that the entry at a point is found, and removed,
// in O(log n): a Fenwick tree. sums[i−1] is the weight of the entries
// i−lowbit(i) … i−1.
type tree struct {
	sums  []uint64
	total uint64
}

func newTree(weights []uint64) (tree, error) {
	t := tree{sums: append([]uint64(nil), weights...)}
	for _, w := range weights {
		if w >= maxWeight-t.total {
			return tree{}, ErrWeight
		}
		t.total += w
	}
	for i := 1; i <= len(t.sums); i++ {
		if up := i + i&-i; up <= len(t.sums) {
			t.sums[up-1] += t.sums[i-1]
		}
	}
	return t, nil
}

// at returns the entry that covers point p < total: the one after the longest
// prefix that weighs at most p.
func (t *tree) at(p uint64) int {
	n := 0
	for step := 1 << (bits.Len(uint(len(t.sums))) - 1); step > 0; step >>= 1 {
		if next := n + step; next <= len(t.sums) && t.sums[next-1] <= p {
			n = next
			p -= t.sums[next-1]
		}
	}
	return n
}

// remove takes the weight w of entry i out.
func (t *tree) remove(i int, w uint64) {
	t.total -= w
	for i++; i <= len(t.sums); i += i & -i {
		t.sums[i-1] -= w
	}
}
