package contrib

import (
	"encoding/binary"
	"errors"
)

// delta is what one commit changed, seen from its first parent. It depends on
// the commit alone, so it can be kept for ever.
type delta struct {
	parents []ID
	files   []fileDelta // by path in byte order
}

// fileDelta is one file that differs from the first parent's.
type fileDelta struct {
	path    string
	gone    bool
	lines   int // of the new file
	sources []source
}

// source is a file of a parent that lines were taken from.
type source struct {
	parent int    // which parent
	path   string // in that parent
	hunks  []hunk // where the files differ; none: the same content
}

// linesCacheMax bounds the lines that a worker remembers.
const linesCacheMax = 2 << 20

// worker computes deltas. Each has its own reader.
type worker struct {
	repo          *Repo
	recent, older map[ID][]line // two generations of remembered files
	held          int           // lines in recent
}

func newWorker(r *Repo) *worker { return &worker{repo: r, recent: map[ID][]line{}} }

// lines are the lines of a blob; none for the zero id and for binary files.
func (w *worker) lines(id ID) ([]line, error) {
	if id.IsZero() {
		return nil, nil
	}
	l, ok := w.recent[id]
	if ok {
		return l, nil
	}
	if l, ok = w.older[id]; !ok {
		content, err := w.repo.text(id)
		if err != nil {
			return nil, err
		}
		l = hashLines(content)
	}
	if w.held += len(l) + 1; w.held > linesCacheMax {
		w.older, w.recent, w.held = w.recent, map[ID][]line{}, len(l)+1
	}
	w.recent[id] = l
	return l, nil
}

// delta computes what a commit changed.
func (w *worker) delta(id ID) (*delta, error) {
	c, err := w.repo.commit(id)
	if err != nil {
		return nil, err
	}
	d := &delta{parents: c.ParentHashes}
	views := make([]view, max(1, len(c.ParentHashes)))
	for k := range views {
		var before ID
		if k < len(c.ParentHashes) {
			if before, err = w.repo.root(c.ParentHashes[k]); err != nil {
				return nil, err
			}
		}
		if views[k], err = w.view(before, c.TreeHash); err != nil {
			return nil, err
		}
	}
	for _, ch := range views[0].changes {
		f := fileDelta{path: ch.path, gone: ch.new.IsZero()}
		if !f.gone {
			if f.sources, f.lines, err = w.sources(ch, views, len(c.ParentHashes)); err != nil {
				return nil, err
			}
		}
		d.files = append(d.files, f)
	}
	return d, nil
}

// view is a commit seen from one of its parents.
type view struct {
	changes []change
	by      map[string]change
	renamed map[string]change
}

// view compares two trees and finds the renames between them.
func (w *worker) view(before, after ID) (v view, err error) {
	if v.changes, err = w.repo.changes(before, after); err != nil {
		return v, err
	}
	v.by = make(map[string]change, len(v.changes))
	for _, c := range v.changes {
		v.by[c.path] = c
	}
	v.renamed, err = w.renames(v.changes)
	return v, err
}

// origin is the file of a parent that a changed file continues: the one at the
// same path, else the one it was renamed from. ok is false where there is none.
func (v *view) origin(ch change) (path string, blob ID, ok bool) {
	c, differs := v.by[ch.path]
	switch {
	case !differs:
		return ch.path, ch.new, true
	case !c.old.IsZero():
		return ch.path, c.old, true
	}
	if from, renamed := v.renamed[ch.path]; renamed {
		return from.path, from.old, true
	}
	return "", ID{}, false
}

// sources are the files of the parents that a changed file takes lines from,
// and its number of lines (spec §2.2). A parent with the same content is the
// only source: one at the same path before a renamed one, the first of each.
func (w *worker) sources(ch change, views []view, parents int) ([]source, int, error) {
	lines, err := w.lines(ch.new)
	if err != nil {
		return nil, 0, err
	}
	for _, samePath := range []bool{true, false} {
		for k := range parents {
			if path, blob, ok := views[k].origin(ch); ok && blob == ch.new && (path == ch.path) == samePath {
				return []source{{parent: k, path: path}}, len(lines), nil
			}
		}
	}
	var out []source
	for k := range parents {
		path, blob, ok := views[k].origin(ch)
		if !ok {
			continue
		}
		old, err := w.lines(blob)
		if err != nil {
			return nil, 0, err
		}
		out = append(out, source{k, path, diff(old, lines)})
	}
	return out, len(lines), nil
}

// errDelta is returned for bytes that are no delta.
var errDelta = errors.New("not a delta")

// encode writes a delta for the cache: numbers as varints, hunks as distances.
func (d *delta) encode() []byte {
	var b []byte
	num := func(n int) { b = binary.AppendUvarint(b, uint64(n)) }
	text := func(s string) { num(len(s)); b = append(b, s...) }
	num(len(d.parents))
	for _, p := range d.parents {
		b = append(b, p[:]...)
	}
	num(len(d.files))
	for _, f := range d.files {
		text(f.path)
		if f.gone {
			num(0)
			continue
		}
		num(1 + f.lines)
		num(len(f.sources))
		for _, s := range f.sources {
			num(s.parent)
			if s.path == f.path {
				text("")
			} else {
				text(s.path)
			}
			num(len(s.hunks))
			old, nu := 0, 0
			for _, h := range s.hunks {
				num(h.old - old)
				num(h.oldN)
				num(h.new - nu)
				num(h.newN)
				old, nu = h.old+h.oldN, h.new+h.newN
			}
		}
	}
	return b
}

// decodeDelta reads what encode wrote, and refuses anything that would not
// replay.
func decodeDelta(b []byte) (*delta, error) {
	r := reader{b: b}
	d := &delta{}
	for range r.count(len(ID{})) {
		var p ID
		copy(p[:], r.take(len(p)))
		d.parents = append(d.parents, p)
	}
	for range r.count(2) {
		f := fileDelta{path: string(r.take(r.num()))}
		if f.lines = r.num() - 1; f.lines < 0 {
			f.gone, f.lines = true, 0
			d.files = append(d.files, f)
			continue
		}
		for range r.count(3) {
			f.sources = append(f.sources, r.source(f.path, len(d.parents), f.lines))
		}
		d.files = append(d.files, f)
	}
	if r.bad || len(r.b) > 0 {
		return nil, errDelta
	}
	return d, nil
}

// reader takes apart the bytes of a delta; the first mistake sets bad.
type reader struct {
	b   []byte
	bad bool
}

// num is the next number, at most 2³¹−1.
func (r *reader) num() int {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || n > 1<<31-1 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return int(n)
}

// count is the next number of items, each of which takes at least size bytes.
func (r *reader) count(size int) int {
	n := r.num()
	if n > len(r.b)/size {
		r.bad, r.b = true, nil
		return 0
	}
	return n
}

// take is the next n bytes.
func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

// source is the next source of a file with so many lines.
func (r *reader) source(path string, parents, lines int) source {
	s := source{parent: r.num(), path: string(r.take(r.num()))}
	if s.path == "" {
		s.path = path
	}
	if s.parent >= parents {
		r.bad = true
	}
	old, nu := 0, 0
	for range r.count(4) {
		h := hunk{old: old + r.num(), oldN: r.num()}
		h.new, h.newN = nu+r.num(), r.num()
		old, nu = h.old+h.oldN, h.new+h.newN
		if nu > lines {
			r.bad = true
		}
		s.hunks = append(s.hunks, h)
	}
	return s
}
