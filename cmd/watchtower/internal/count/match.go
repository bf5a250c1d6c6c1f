package count

// tableMax is the largest product of two sides that is compared line by line
// (§3.1).
const tableMax = 4_194_304

// none marks a line without a match.
const none = -1

// match gives for each new line the old line that it matches, or none (§3).
func match(old, new []string) []int32 {
	m := matcher{partner: make([]int32, len(new))}
	for i := range m.partner {
		m.partner[i] = none
	}
	m.number(old, new)
	m.part(0, len(m.a), 0, len(m.b))
	return m.partner
}

// matcher holds both files as numbers, equal for equal lines.
type matcher struct {
	a, b    []int32
	partner []int32
	bits    []uint64
}

// number names the lines; ends that are alike need no names.
func (m *matcher) number(old, new []string) {
	lo := 0
	for lo < min(len(old), len(new)) && old[lo] == new[lo] {
		lo++
	}
	tail := 0
	for tail < min(len(old), len(new))-lo && old[len(old)-1-tail] == new[len(new)-1-tail] {
		tail++
	}
	names := map[string]int32{}
	list := func(lines []string) []int32 {
		out := make([]int32, len(lines))
		for i := lo; i < len(lines)-tail; i++ {
			n, ok := names[lines[i]]
			if !ok {
				n = int32(len(names))
				names[lines[i]] = n
			}
			out[i] = n
		}
		for i := range lo {
			out[i] = -1 - int32(i) // matched by its place: no other may look like it
		}
		for i := range tail {
			out[len(out)-1-i] = -1 - int32(lo+i)
		}
		return out
	}
	m.a, m.b = list(old), list(new)
}

// part matches a[a0:a1] with b[b0:b1]: the ends, then what is between (§3.1).
func (m *matcher) part(a0, a1, b0, b1 int) {
	for a0 < a1 && b0 < b1 && m.a[a0] == m.b[b0] {
		m.partner[b0] = int32(a0)
		a0, b0 = a0+1, b0+1
	}
	for a0 < a1 && b0 < b1 && m.a[a1-1] == m.b[b1-1] {
		a1, b1 = a1-1, b1-1
		m.partner[b1] = int32(a1)
	}
	switch n, k := a1-a0, b1-b0; {
	case n == 0 || k == 0:
	case n*k <= tableMax:
		m.table(a0, a1, b0, b1)
	default:
		m.anchors(a0, a1, b0, b1)
	}
}

// table matches by a longest common subsequence (§3.2). Of the table of lengths
// only one bit a cell is kept: whether an old line is to be left out first.
func (m *matcher) table(a0, a1, b0, b1 int) {
	n, k := a1-a0, b1-b0
	size := (n*k + 63) / 64
	if cap(m.bits) < size {
		m.bits = make([]uint64, size)
	}
	m.bits = m.bits[:size]
	clear(m.bits)
	below, row := make([]uint16, k+1), make([]uint16, k+1) // lengths are ≤ √tableMax
	for i := n - 1; i >= 0; i-- {
		for j := k - 1; j >= 0; j-- {
			switch {
			case m.a[a0+i] == m.b[b0+j]:
				row[j] = below[j+1] + 1
			case below[j] >= row[j+1]:
				row[j] = below[j]
				m.bits[(i*k+j)/64] |= 1 << ((i*k + j) % 64)
			default:
				row[j] = row[j+1]
			}
		}
		below, row = row, below
		row[k] = 0
	}
	for i, j := 0, 0; i < n && j < k; {
		switch {
		case m.a[a0+i] == m.b[b0+j]:
			m.partner[b0+j] = int32(a0 + i)
			i, j = i+1, j+1
		case m.bits[(i*k+j)/64]>>((i*k+j)%64)&1 == 1:
			i++
		default:
			j++
		}
	}
}

// point is a line that occurs once on each side.
type point struct {
	a, b   int // places
	len    int // of the longest chain that ends here
	before int // index of the point before it in that chain
}

// anchors matches the longest rising chain of common points, and what lies
// between them each for itself (§3.3).
func (m *matcher) anchors(a0, a1, b0, b1 int) {
	points := m.points(a0, a1, b0, b1)
	if len(points) == 0 {
		return
	}
	last := chain(points)
	var taken []point
	for i := last; i >= 0; i = points[i].before {
		taken = append(taken, points[i])
	}
	fromA, fromB := a0, b0
	for i := len(taken) - 1; i >= 0; i-- {
		p := taken[i]
		m.part(fromA, p.a, fromB, p.b)
		m.partner[p.b] = int32(p.a)
		fromA, fromB = p.a+1, p.b+1
	}
	m.part(fromA, a1, fromB, b1)
}

// points are the common points in the order of a.
func (m *matcher) points(a0, a1, b0, b1 int) (out []point) {
	type seen struct{ inA, inB, at int }
	lines := map[int32]seen{}
	for i := a0; i < a1; i++ {
		s := lines[m.a[i]]
		s.inA++
		lines[m.a[i]] = s
	}
	for j := b0; j < b1; j++ {
		s := lines[m.b[j]]
		s.inB, s.at = s.inB+1, j
		lines[m.b[j]] = s
	}
	for i := a0; i < a1; i++ {
		if s := lines[m.a[i]]; s.inA == 1 && s.inB == 1 {
			out = append(out, point{a: i, b: s.at})
		}
	}
	return out
}

// chain works out len and before of every point and gives the last point of the
// chain that is taken. ends[l] lists the points with len l+1 in the order of a;
// their b falls, since of two such points with a rising b the second would be
// longer. So the last of each list has the least b: a point is one longer than
// the longest list whose last has a lesser b, and of that list's points with a
// lesser b the last one is the last in the order of a.
func chain(points []point) int {
	var ends [][]int
	for i := range points {
		lo, hi := 0, len(ends)
		for lo < hi {
			mid := (lo + hi) / 2
			list := ends[mid]
			if points[list[len(list)-1]].b < points[i].b {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		points[i].len, points[i].before = lo+1, none
		if lo > 0 {
			list := ends[lo-1]
			points[i].before = list[len(list)-1]
		}
		if lo == len(ends) {
			ends = append(ends, nil)
		}
		ends[lo] = append(ends[lo], i)
	}
	list := ends[len(ends)-1]
	return list[len(list)-1]
}

// hunk is a run of new lines without a match, and the old lines that they stand
// in place of (§3.4).
type hunk struct{ oldAt, oldN, newAt, newN int }

// hunks are those that have new lines and old ones.
func hunks(partner []int32, oldLen int) (out []hunk) {
	prevOld := 0
	for j := 0; j < len(partner); {
		if partner[j] != none {
			prevOld = int(partner[j]) + 1
			j++
			continue
		}
		h := hunk{oldAt: prevOld, newAt: j}
		for j < len(partner) && partner[j] == none {
			j++
		}
		h.newN = j - h.newAt
		h.oldN = oldLen - prevOld
		if j < len(partner) {
			h.oldN = int(partner[j]) - prevOld
		}
		if h.oldN > 0 {
			out = append(out, h)
		}
	}
	return out
}
