package contrib

import "fmt"

// attribution says of each line of a file which commit it came from, by the
// commit's place in the history.
type attribution []uint32

// noCommit marks a line that no commit was found for yet.
const noCommit = ^uint32(0)

// state is the files of one commit with their attributions: a persistent array
// by number of the path, so that states of neighbouring commits share all but
// what changed.
type state struct{ root *node }

// fan is the number of children of a node; levels gives room for 32⁵ paths.
const (
	fan    = 32
	levels = 5
)

// node is an inner node, or on the last level a leaf.
type node struct {
	kids  [fan]*node
	files []attribution // of a leaf; nil is no file
}

// slot is the child of a level that a number lies under.
func slot(n, level int) int { return n >> (5 * (levels - 1 - level)) & (fan - 1) }

// get is the file of a path; nil where there is none.
func (s state) get(n int) attribution {
	at := s.root
	for level := 0; level < levels-1 && at != nil; level++ {
		at = at.kids[slot(n, level)]
	}
	if at == nil {
		return nil
	}
	return at.files[slot(n, levels-1)]
}

// with is the state with one file changed.
func (s state) with(n int, a attribution) state { return state{s.root.with(n, 0, a)} }

func (at *node) with(n, level int, a attribution) *node {
	out := &node{}
	if level == levels-1 {
		out.files = make([]attribution, fan)
		if at != nil {
			copy(out.files, at.files)
		}
		out.files[slot(n, level)] = a
		return out
	}
	if at != nil {
		out.kids = at.kids
	}
	k := slot(n, level)
	out.kids[k] = out.kids[k].with(n, level+1, a)
	return out
}

// replayer plays the deltas of a history in order.
type replayer struct {
	h       *history
	ignored map[int]bool // commits whose lines go to the lines they replaced
	paths   map[string]int
	states  map[int]state
	waiting []int // for each commit: children that still need its state
}

// replay gives the state of the last commit of the history.
func replay(h *history, ignored map[int]bool) (*replayer, state, error) {
	r := &replayer{h: h, ignored: ignored, paths: map[string]int{}, states: map[int]state{}, waiting: make([]int, len(h.ids))}
	all := make([]*delta, len(h.ids))
	for i, body := range h.deltas {
		d, err := decodeDelta(body)
		if err != nil {
			return nil, state{}, fmt.Errorf("commit %s: %w", h.ids[i], err)
		}
		all[i] = d
		for _, p := range d.parents {
			r.waiting[h.at[p]]++
		}
	}
	for i, d := range all {
		s, err := r.step(i, d)
		if err != nil {
			return nil, state{}, fmt.Errorf("commit %s: %w", h.ids[i], err)
		}
		r.states[i] = s
		for _, p := range d.parents {
			at := h.at[p]
			if r.waiting[at]--; r.waiting[at] == 0 {
				delete(r.states, at)
			}
		}
		all[i] = nil
	}
	return r, r.states[len(h.ids)-1], nil
}

// path is the number of a path.
func (r *replayer) path(p string) int {
	n, ok := r.paths[p]
	if !ok {
		n = len(r.paths)
		r.paths[p] = n
	}
	return n
}

// step is the state after one commit.
func (r *replayer) step(i int, d *delta) (state, error) {
	before := make([]state, len(d.parents))
	for k, p := range d.parents {
		before[k] = r.states[r.h.at[p]]
	}
	var s state
	if len(before) > 0 {
		s = before[0]
	}
	for _, f := range d.files {
		if f.gone {
			s = s.with(r.path(f.path), nil)
			continue
		}
		a, err := r.attribute(i, f, before)
		if err != nil {
			return state{}, fmt.Errorf("%s: %w", f.path, err)
		}
		s = s.with(r.path(f.path), a)
	}
	return s, nil
}

// attribute says where the lines of a changed file came from: each from the
// first source that has it, else from the commit itself (spec §2.2).
func (r *replayer) attribute(i int, f fileDelta, before []state) (attribution, error) {
	out := make(attribution, f.lines)
	for n := range out {
		out[n] = noCommit
	}
	for _, inside := range []bool{false, true} {
		if inside && !r.ignored[i] {
			continue
		}
		for _, s := range f.sources {
			if err := inherit(out, before[s.parent].get(r.path(s.path)), s.hunks, inside); err != nil {
				return nil, err
			}
		}
	}
	for n := range out {
		if out[n] == noCommit {
			out[n] = uint32(i)
		}
	}
	return out, nil
}

// inherit takes from old what has no origin yet: the lines outside of hunks, or
// with inside, for an ignored commit, those inside: line n of newN in a hunk
// comes from its old line ⌊n·oldN/newN⌋ (spec §4.3).
func inherit(out, old attribution, hunks []hunk, inside bool) error {
	take := func(to, from int) {
		if out[to] == noCommit {
			out[to] = old[from]
		}
	}
	at, from := 0, 0
	for _, h := range append(hunks[:len(hunks):len(hunks)], hunk{len(old), 0, len(out), 0}) {
		if h.old-from != h.new-at || h.old < from || h.old+h.oldN > len(old) || h.new+h.newN > len(out) {
			return errDelta
		}
		for n := 0; !inside && at+n < h.new; n++ {
			take(at+n, from+n)
		}
		for n := 0; inside && h.oldN > 0 && n < h.newN; n++ {
			take(h.new+n, h.old+n*h.oldN/h.newN)
		}
		at, from = h.new+h.newN, h.old+h.oldN
	}
	return nil
}
