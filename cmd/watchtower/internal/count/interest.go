package count

import (
	"probity/cmd/watchtower/internal/count/git"
)

// span is a run of lines of a file at some commit that are, as they stand there,
// lines of a file of the counted commit.
type span struct {
	at, n int32 // lines of the file at that commit
	file  int32 // number of the counted file
	to    int32 // its first line
}

// want is what is asked of a commit: the origins of lines of its files, in a
// tree like that of the commit. A want belongs to one commit at a time, so it
// moves to a parent as it is where that has the same files.
type want struct {
	folders map[string]*want
	files   map[string][]span
}

// ask adds spans of a file, named by its path.
func (w *want) ask(path string, spans []span) {
	for {
		name, rest, ok := cutPath(path)
		if !ok {
			if w.files == nil {
				w.files = map[string][]span{}
			}
			w.files[name] = append(w.files[name], spans...)
			return
		}
		if w.folders == nil {
			w.folders = map[string]*want{}
		}
		if w.folders[name] == nil {
			w.folders[name] = &want{}
		}
		w, path = w.folders[name], rest
	}
}

func cutPath(path string) (name, rest string, more bool) {
	for i := range len(path) {
		if path[i] == '/' {
			return path[:i], path[i+1:], true
		}
	}
	return path, "", false
}

// merge takes over what another asks of the same commit.
func (w *want) merge(other *want) {
	for name, f := range other.folders {
		if mine := w.folders[name]; mine != nil {
			mine.merge(f)
			continue
		}
		if w.folders == nil {
			w.folders = map[string]*want{}
		}
		w.folders[name] = f
	}
	for name, spans := range other.files {
		if w.files == nil {
			w.files = map[string][]span{}
		}
		w.files[name] = append(w.files[name], spans...)
	}
}

func (w *want) empty() bool { return w == nil || len(w.folders) == 0 && len(w.files) == 0 }

// each calls f for every file.
func (w *want) each(prefix string, f func(path string, spans []span) error) error {
	if w == nil {
		return nil
	}
	for name, sub := range w.folders {
		if err := sub.each(prefix+name+"/", f); err != nil {
			return err
		}
	}
	for name, spans := range w.files {
		if err := f(prefix+name, spans); err != nil {
			return err
		}
	}
	return nil
}

// split leaves in w what the files of tree a and of tree b have equal at the same
// path, and gives the rest. Only where the trees differ it looks at w.
func (o *origins) split(w *want, a, b git.ID) (rest *want, err error) {
	if w.empty() || a == b {
		return nil, nil
	}
	rest = &want{}
	err = o.differ(a, b, func(x, y *git.Entry) error {
		if x == nil || x.File() && y != nil && y.File() && x.ID == y.ID {
			return nil
		}
		if sub := w.folders[x.Name]; sub != nil && x.Folder() {
			if y == nil || !y.Folder() {
				delete(w.folders, x.Name)
				rest.folder(x.Name, sub)
				return nil
			}
			r, err := o.split(sub, x.ID, y.ID)
			if err != nil {
				return err
			}
			rest.folder(x.Name, r)
			if sub.empty() {
				delete(w.folders, x.Name)
			}
			return nil
		}
		if spans, ok := w.files[x.Name]; ok && x.File() {
			delete(w.files, x.Name)
			if rest.files == nil {
				rest.files = map[string][]span{}
			}
			rest.files[x.Name] = spans
		}
		return nil
	})
	return rest, err
}

func (w *want) folder(name string, sub *want) {
	if sub.empty() {
		return
	}
	if w.folders == nil {
		w.folders = map[string]*want{}
	}
	w.folders[name] = sub
}

// differ calls f for every name that two trees do not have alike: with a's entry
// and with b's, nil where there is none. A name that is a folder in one and a
// file in the other is two calls.
func (o *origins) differ(a, b git.ID, f func(x, y *git.Entry) error) error {
	ta, err := o.tree(a)
	if err != nil {
		return err
	}
	tb, err := o.tree(b)
	if err != nil {
		return err
	}
	i, j := 0, 0
	for i < len(ta) || j < len(tb) {
		var x, y *git.Entry
		order := 0
		if i == len(ta) {
			order = 1
		} else if j == len(tb) {
			order = -1
		} else {
			order = ta[i].Compare(&tb[j])
		}
		if order <= 0 {
			x, i = &ta[i], i+1
		}
		if order >= 0 {
			y, j = &tb[j], j+1
		}
		if x != nil && y != nil && *x == *y {
			continue
		}
		if err := f(x, y); err != nil {
			return err
		}
	}
	return nil
}
