package contrib

import (
	"bytes"
	"hash/maphash"
	"slices"
)

// line stands for the bytes of one line, its terminator included: two seeded
// 64-bit hashes. The seeds are the process's own, so nobody can prepare lines
// that collide, and no result depends on them.
type line [2]uint64

var lineSeeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

// splitLines cuts content after each line feed; a last line without one counts.
func splitLines(content []byte) [][]byte {
	out := make([][]byte, 0, bytes.Count(content, []byte{'\n'})+1)
	for len(content) > 0 {
		n := bytes.IndexByte(content, '\n') + 1
		if n == 0 {
			n = len(content)
		}
		out = append(out, content[:n])
		content = content[n:]
	}
	return out
}

// hashLines are the lines of content.
func hashLines(content []byte) []line {
	raw := splitLines(content)
	out := make([]line, len(raw))
	for i, l := range raw {
		out[i] = line{maphash.Bytes(lineSeeds[0], l), maphash.Bytes(lineSeeds[1], l)}
	}
	return out
}

// hunk is a region in which two files differ: oldN lines from old on were
// replaced by newN lines from new on. Outside of hunks lines are the same.
type hunk struct{ old, oldN, new, newN int }

// exactMax is the number of pairs of lines up to which a region is matched
// exactly (spec §3.2).
const exactMax = 1 << 22

// diff matches two files (spec §3): the regions in which they differ, in order.
func diff(a, b []line) []hunk {
	var d differ
	d.region(a, b, 0, 0)
	return d.out
}

// differ collects hunks.
type differ struct{ out []hunk }

// add appends a hunk and joins it with one that it touches.
func (d *differ) add(h hunk) {
	if h.oldN == 0 && h.newN == 0 {
		return
	}
	if n := len(d.out); n > 0 {
		last := &d.out[n-1]
		if last.old+last.oldN == h.old && last.new+last.newN == h.new {
			last.oldN += h.oldN
			last.newN += h.newN
			return
		}
	}
	d.out = append(d.out, h)
}

// region matches a and b, which begin at lines ao and bo of their files.
func (d *differ) region(a, b []line, ao, bo int) {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b, ao, bo = a[1:], b[1:], ao+1, bo+1
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	switch {
	case len(a) == 0 || len(b) == 0:
		d.add(hunk{ao, len(a), bo, len(b)})
	case len(a)*len(b) <= exactMax:
		d.exact(a, b, ao, bo)
	default:
		d.anchored(a, b, ao, bo)
	}
}

// anchored splits a large region at the lines that are unique in both files'
// part of it; where there are none the region is one hunk.
func (d *differ) anchored(a, b []line, ao, bo int) {
	i, j := 0, 0
	for _, p := range anchors(a, b) {
		d.region(a[i:p.a], b[j:p.b], ao+i, bo+j)
		i, j = p.a+1, p.b+1
	}
	if i == 0 { // no anchor
		d.add(hunk{ao, len(a), bo, len(b)})
		return
	}
	d.region(a[i:], b[j:], ao+i, bo+j)
}

// pair is a line of a that is a line of b.
type pair struct{ a, b int }

// anchors are the longest chain of lines unique in a and in b that come in the
// same order in both; of several, the one that patience sorting finds (spec
// §3.3).
func anchors(a, b []line) []pair {
	type place struct{ n, at int }
	inB := make(map[line]place, len(b))
	for j, l := range b {
		inB[l] = place{inB[l].n + 1, j}
	}
	inA := make(map[line]int, len(a))
	for _, l := range a {
		inA[l]++
	}
	var common []pair
	for i, l := range a {
		if p := inB[l]; p.n == 1 && inA[l] == 1 {
			common = append(common, pair{i, p.at})
		}
	}
	var tops []int // of each pile: the place in common of its last card
	before := make([]int, len(common))
	for i, p := range common {
		pile, _ := slices.BinarySearchFunc(tops, p.b, func(top, at int) int { return common[top].b - at })
		before[i] = -1
		if pile > 0 {
			before[i] = tops[pile-1]
		}
		if pile == len(tops) {
			tops = append(tops, i)
		} else {
			tops[pile] = i
		}
	}
	out := make([]pair, len(tops))
	at := -1
	if len(tops) > 0 {
		at = tops[len(tops)-1]
	}
	for k := len(tops) - 1; k >= 0; k-- {
		out[k] = common[at]
		at = before[at]
	}
	return out
}

// exact walks the longest common subsequence that the specification names:
// where the lines are equal they match; else the old line goes if no match is
// lost by it, and the new line comes if one would be.
func (d *differ) exact(a, b []line, ao, bo int) {
	goes := nearby(a, b)
	if goes == nil {
		goes = table(a, b)
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && goes(i, j):
			d.add(hunk{ao + i, 1, bo + j, 0})
			i++
		default:
			d.add(hunk{ao + i, 0, bo + j, 1})
			j++
		}
	}
}

// nearbyMax is the edit distance up to which the faster of two ways to the
// same answer is tried.
const nearbyMax = 256

// nearby tells for a place on the walk whether the old line goes, by Myers'
// O(ND) search from the end: reach[d][k] is the least number of lines of a
// that remain at the furthest point with d edits left on diagonal k. It gives
// nil where the files are further apart than nearbyMax.
func nearby(a, b []line) func(i, j int) bool {
	n, m := len(a), len(b)
	var reach [][]int // reach[d][k+d]: lines of a consumed from the end
	at := func(d, k int) int {
		if d < 0 || k < -d || k > d {
			return -1
		}
		return reach[d][k+d]
	}
	total := -1
	for d := 0; d <= min(nearbyMax, n+m) && total < 0; d++ {
		row := make([]int, 2*d+1)
		reach = append(reach, row)
		for k := -d; k <= d; k += 2 {
			x := 0
			if d > 0 {
				// One more line of a consumed, or one more of b.
				x = max(at(d-1, k-1)+1, at(d-1, k+1))
				if at(d-1, k-1) < 0 {
					x = at(d-1, k+1)
				}
			}
			x = min(x, n, m+k)
			for x >= 0 && x-k >= 0 && x < n && x-k < m && a[n-1-x] == b[m-1-(x-k)] {
				x++
			}
			if x < 0 || x-k < 0 {
				x = -1
			}
			row[k+d] = x
			if x == n && x-k == m {
				total = d
			}
		}
	}
	if total < 0 {
		return nil
	}
	left := total
	return func(i, j int) bool {
		// The walk is on a shortest way, so one of the two steps leaves left−1.
		left--
		x := n - i - 1
		k := x - (m - j)
		return at(left, k) >= x
	}
}

// table tells the same from the lengths of all common subsequences.
func table(a, b []line) func(i, j int) bool {
	n, m := len(a), len(b)
	goes := make([]uint64, (n*m+63)/64)
	below, here := make([]int32, m+1), make([]int32, m+1)
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			switch {
			case a[i] == b[j]:
				here[j] = below[j+1] + 1
			case below[j] >= here[j+1]:
				here[j] = below[j]
				goes[(i*m+j)/64] |= 1 << ((i*m + j) % 64)
			default:
				here[j] = here[j+1]
			}
		}
		below, here = here, below
		here[m] = 0
	}
	return func(i, j int) bool { return goes[(i*m+j)/64]&(1<<((i*m+j)%64)) != 0 }
}
