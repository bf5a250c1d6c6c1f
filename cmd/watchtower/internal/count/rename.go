package count

import (
	"sort"
	"strings"

	"probity/cmd/watchtower/internal/count/git"
)

// pairsMax is the most pairs of files whose likeness is looked at (§2.3).
const pairsMax = 250_000

// moved is a file that one side of a commit has and the other has not.
type moved struct {
	path string
	id   git.ID
	used bool
}

func lastName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// renames gives the old path of files that a commit adds (§2.3). Both lists are
// put in the order of their paths.
func renames(added, deleted []moved, read func(git.ID) ([]string, error)) (map[string]moved, error) {
	for _, list := range [][]moved{added, deleted} {
		sort.Slice(list, func(i, j int) bool { return list[i].path < list[j].path })
	}
	from := map[string]moved{}
	pair := func(a, d *moved) {
		a.used, d.used = true, true
		from[a.path] = *d
	}
	same := map[git.ID][]*moved{}
	for i := range deleted {
		same[deleted[i].id] = append(same[deleted[i].id], &deleted[i])
	}
	for _, named := range []bool{true, false} {
		for i := range added {
			a := &added[i]
			if a.used {
				continue
			}
			for _, d := range same[a.id] {
				if !d.used && (!named || lastName(d.path) == lastName(a.path)) {
					pair(a, d)
					break
				}
			}
		}
	}
	a, d := left(added), left(deleted)
	if len(a) == 0 || len(d) == 0 || len(a)*len(d) > pairsMax {
		return from, nil
	}
	likely, err := likenesses(a, d, read)
	if err != nil {
		return nil, err
	}
	for _, l := range likely {
		if !l.a.used && !l.d.used {
			pair(l.a, l.d)
		}
	}
	return from, nil
}

func left(list []moved) (out []*moved) {
	for i := range list {
		if !list[i].used {
			out = append(out, &list[i])
		}
	}
	return out
}

// likeness is of s common bytes of g.
type likeness struct {
	a, d *moved
	s, g uint64
}

// part is how often a file has a line.
type part struct{ file, times int }

// likenesses are the pairs that are alike by half, the likest first. Each line of
// an added file finds the deleted ones that have it.
func likenesses(added, deleted []*moved, read func(git.ID) ([]string, error)) (out []likeness, err error) {
	has := map[string][]part{}
	size := make([]uint64, len(deleted))
	for i, d := range deleted {
		times, n, err := tally(d.id, read)
		if err != nil {
			return nil, err
		}
		size[i] = n
		for line, t := range times {
			has[line] = append(has[line], part{i, t})
		}
	}
	common := make([]uint64, len(deleted))
	for _, a := range added {
		times, n, err := tally(a.id, read)
		if err != nil {
			return nil, err
		}
		clear(common)
		for line, t := range times {
			for _, p := range has[line] {
				common[p.file] += uint64(min(t, p.times) * len(line))
			}
		}
		for i, d := range deleted {
			if g := max(n, size[i]); g > 0 && 2*common[i] >= g {
				out = append(out, likeness{a, d, common[i], g})
			}
		}
	}
	sort.Slice(out, func(i, j int) bool {
		x, y := &out[i], &out[j]
		if l, r := x.s*y.g, y.s*x.g; l != r { // sizes are below 2²³
			return l > r
		}
		if x.a != y.a {
			return x.a.path < y.a.path
		}
		return x.d.path < y.d.path
	})
	return out, nil
}

// tally is how often a file has each line, and the bytes of all lines.
func tally(id git.ID, read func(git.ID) ([]string, error)) (map[string]int, uint64, error) {
	lines, err := read(id)
	if err != nil {
		return nil, 0, err
	}
	times, n := map[string]int{}, uint64(0)
	for _, l := range lines {
		times[l]++
		n += uint64(len(l))
	}
	return times, n, nil
}
