package contrib

import (
	"cmp"
	"path"
	"slices"
)

// renameMax is the number of pairs of an added and a deleted file up to which
// likeness is measured (spec §2.3).
const renameMax = 250_000

// renames pairs added files with the deleted files they continue (spec §2.3):
// the result maps the new path to the old file.
func (w *worker) renames(changes []change) (map[string]change, error) {
	var added, deleted []change
	for _, c := range changes {
		switch {
		case c.old.IsZero():
			added = append(added, c)
		case c.new.IsZero():
			deleted = append(deleted, c)
		}
	}
	if len(added) == 0 || len(deleted) == 0 {
		return nil, nil
	}
	out := map[string]change{}
	added, deleted = sameContent(added, deleted, out)
	if len(added)*len(deleted) > renameMax {
		return out, nil
	}
	return out, w.likeContent(added, deleted, out)
}

// sameContent pairs files of equal content, those of the same name before
// others, and gives the files that are left.
func sameContent(added, deleted []change, out map[string]change) (_, _ []change) {
	byContent := map[ID][]change{}
	for _, d := range deleted {
		byContent[d.old] = append(byContent[d.old], d)
	}
	used := map[string]bool{}
	for _, sameName := range []bool{true, false} {
		for _, a := range added {
			if _, done := out[a.path]; done {
				continue
			}
			for _, d := range byContent[a.new] {
				if !used[d.path] && (!sameName || path.Base(d.path) == path.Base(a.path)) {
					out[a.path], used[d.path] = d, true
					break
				}
			}
		}
	}
	added = slices.DeleteFunc(added, func(c change) bool { _, done := out[c.path]; return done })
	deleted = slices.DeleteFunc(deleted, func(c change) bool { return used[c.path] })
	return added, deleted
}

// likeness is how much an added file has of a deleted one.
type likeness struct {
	shared, larger int // bytes
	added, deleted change
}

// likeContent pairs files that share at least half of the larger one's bytes,
// the likest first; equal ones in the order of their paths.
func (w *worker) likeContent(added, deleted []change, out map[string]change) error {
	bags := map[ID]*bag{}
	for _, c := range deleted {
		if err := w.fill(bags, c.old); err != nil {
			return err
		}
	}
	var all []likeness
	for _, a := range added {
		if err := w.fill(bags, a.new); err != nil {
			return err
		}
		for _, d := range deleted {
			x, y := bags[a.new], bags[d.old]
			larger := max(x.size, y.size)
			// The smaller file bounds what can be shared.
			if min(x.size, y.size)*2 < larger || larger == 0 {
				continue
			}
			if s := x.shared(y); s*2 >= larger {
				all = append(all, likeness{s, larger, a, d})
			}
		}
	}
	slices.SortFunc(all, func(x, y likeness) int {
		return cmp.Or(
			cmp.Compare(y.shared*x.larger, x.shared*y.larger), // the larger ratio first
			cmp.Compare(x.added.path, y.added.path),
			cmp.Compare(x.deleted.path, y.deleted.path))
	})
	used := map[string]bool{}
	for _, l := range all {
		if _, done := out[l.added.path]; done || used[l.deleted.path] {
			continue
		}
		out[l.added.path], used[l.deleted.path] = l.deleted, true
	}
	return nil
}

// bag is the lines of a file without their order.
type bag struct {
	size  int // bytes
	count map[line]int
	bytes map[line]int
}

// fill makes the bag of a blob.
func (w *worker) fill(bags map[ID]*bag, id ID) error {
	if bags[id] != nil {
		return nil
	}
	content, err := w.repo.text(id)
	if err != nil {
		return err
	}
	b := &bag{count: map[line]int{}, bytes: map[line]int{}}
	raw := splitLines(content)
	for i, l := range hashLines(content) {
		b.size += len(raw[i])
		b.count[l]++
		b.bytes[l] = len(raw[i])
	}
	bags[id] = b
	return nil
}

// shared is the number of bytes of lines that both bags hold.
func (b *bag) shared(o *bag) int {
	if len(o.count) < len(b.count) {
		b, o = o, b
	}
	n := 0
	for l, c := range b.count { // a sum: order-free
		n += min(c, o.count[l]) * b.bytes[l]
	}
	return n
}
