package count

import (
	"sort"

	"probity/cmd/watchtower/internal/count/git"
)

// origins says which commit each line of the counted files comes from (§2). It
// asks from the counted commit back: a commit is looked at after all those that
// it is a parent of, and passes on what it has from its parents.
type origins struct {
	store   *git.Store
	history *history
	ignored map[int]bool // commits that leave lines where they were (§4.3)
	trees   *recent[git.Tree]
	texts   *recent[[]string]
	wants   []*want   // by commit
	result  [][]int32 // by counted file and line: a commit
}

func newOrigins(store *git.Store, h *history, ignored map[int]bool) *origins {
	return &origins{
		store: store, history: h, ignored: ignored,
		trees: newRecent[git.Tree](200_000), texts: newRecent[[]string](2_000_000),
		wants: make([]*want, len(h.commits)),
	}
}

// add asks for all lines of a file of the counted commit, and gives its number.
func (o *origins) add(path string, lines int) int {
	file := len(o.result)
	o.result = append(o.result, make([]int32, lines))
	o.want(0).ask(path, []span{{n: int32(lines), file: int32(file)}})
	return file
}

// want is what is asked of a commit.
func (o *origins) want(commit int) *want {
	if o.wants[commit] == nil {
		o.wants[commit] = &want{}
	}
	return o.wants[commit]
}

// run answers everything.
func (o *origins) run() error {
	for _, c := range o.history.order {
		w := o.wants[c]
		o.wants[c] = nil
		if w.empty() {
			continue
		}
		if err := o.pass(c, w); err != nil {
			return err
		}
	}
	return nil
}

// pass answers or passes on what is asked of a commit.
func (o *origins) pass(c int, w *want) error {
	commit := &o.history.commits[c]
	for _, p := range commit.parents { // unchanged at its path: rule 1 of §2.2
		rest, err := o.split(w, commit.tree, o.history.commits[p].tree)
		if err != nil {
			return err
		}
		if !w.empty() {
			if o.wants[p] == nil {
				o.wants[p] = w
			} else {
				o.wants[p].merge(w)
			}
		}
		if w = rest; w.empty() {
			return nil
		}
	}
	s := &step{origins: o, c: c, commit: commit, moves: make([]map[string]moved, len(commit.parents))}
	return w.each("", s.file)
}

// step is one commit's part in the origins of files that it changed.
type step struct {
	*origins
	c      int
	commit *node
	moves  []map[string]moved // by parent: renames, once they are needed
}

// source is the origin file of a parent.
type source struct {
	parent int
	path   string
	id     git.ID
}

// file answers for one file that no parent has unchanged at its path.
func (s *step) file(path string, spans []span) error {
	self, ok, err := s.at(s.commit.tree, path)
	if err != nil || !ok {
		return err
	}
	sources, err := s.sources(path)
	if err != nil {
		return err
	}
	if len(sources) == 0 {
		s.hand(nil, nil, spans)
		return nil
	}
	for _, from := range sources { // moved unchanged: rule 2
		if from.id == self {
			s.want(from.parent).ask(from.path, spans)
			return nil
		}
	}
	lines, err := s.text(self)
	if err != nil {
		return err
	}
	places := make([]place, len(lines))
	var partners [][]int32
	for k, from := range sources {
		old, err := s.text(from.id)
		if err != nil {
			return err
		}
		partner := match(old, lines)
		partners = append(partners, partner)
		for n, m := range partner {
			if places[n].source == 0 && m != none {
				places[n] = place{k + 1, m}
			}
		}
	}
	if s.ignored[s.c] {
		if err := s.ignore(sources, partners, places); err != nil {
			return err
		}
	}
	s.hand(sources, places, spans)
	return nil
}

// place is where a line comes from: a source, counted from 1, and its line there;
// source 0 is the commit itself.
type place struct {
	source int
	line   int32
}

// ignore finds old lines in place of those that no parent has (§4.3).
func (s *step) ignore(sources []source, partners [][]int32, places []place) error {
	for k, from := range sources {
		old, err := s.text(from.id)
		if err != nil {
			return err
		}
		for _, h := range hunks(partners[k], len(old)) {
			for i := range h.newN {
				if p := &places[h.newAt+i]; p.source == 0 {
					*p = place{k + 1, int32(h.oldAt + i*h.oldN/h.newN)}
				}
			}
		}
	}
	return nil
}

// hand passes spans on, cut where their lines go apart; without sources all of
// them end here.
func (s *step) hand(sources []source, places []place, spans []span) {
	out := make([][]span, len(sources))
	for _, sp := range spans {
		if len(sources) == 0 {
			for i := range sp.n {
				s.result[sp.file][sp.to+i] = int32(s.c)
			}
			continue
		}
		for i := int32(0); i < sp.n; {
			first := places[sp.at+i]
			n := int32(1)
			for i+n < sp.n && places[sp.at+i+n].source == first.source && (first.source == 0 || places[sp.at+i+n].line == first.line+n) {
				n++
			}
			if first.source == 0 {
				for j := range n {
					s.result[sp.file][sp.to+i+j] = int32(s.c)
				}
			} else {
				out[first.source-1] = append(out[first.source-1], span{at: first.line, n: n, file: sp.file, to: sp.to + i})
			}
			i += n
		}
	}
	for k, list := range out {
		if len(list) > 0 {
			s.want(sources[k].parent).ask(sources[k].path, list)
		}
	}
}

// sources are the origin files of a path in the parents that have one, in the
// order of the parents.
func (s *step) sources(path string) (out []source, err error) {
	for k, p := range s.commit.parents {
		tree := s.history.commits[p].tree
		id, ok, err := s.at(tree, path)
		if err != nil {
			return nil, err
		}
		from := moved{path: path, id: id}
		if !ok {
			if s.moves[k] == nil {
				if s.moves[k], err = s.renamed(tree); err != nil {
					return nil, err
				}
			}
			if from, ok = s.moves[k][path]; !ok {
				continue
			}
		}
		out = append(out, source{p, from.path, from.id})
	}
	return out, nil
}

// renamed are the renames between a parent's tree and the commit's.
func (s *step) renamed(parent git.ID) (map[string]moved, error) {
	added, deleted, err := s.moved(s.commit.tree, parent)
	if err != nil {
		return nil, err
	}
	return renames(added, deleted, s.text)
}

// moved are the files whose path only one of two trees has.
func (o *origins) moved(now, before git.ID) (added, deleted []moved, err error) {
	err = o.gather("", now, before, &added, &deleted)
	return added, deleted, err
}

func (o *origins) gather(prefix string, now, before git.ID, added, deleted *[]moved) error {
	return o.differ(now, before, func(x, y *git.Entry) error {
		e := x
		if e == nil {
			e = y
		}
		if e.Folder() {
			var a, b git.ID
			if x != nil {
				a = x.ID
			}
			if y != nil {
				b = y.ID
			}
			return o.gather(prefix+e.Name+"/", a, b, added, deleted)
		}
		has, had := x != nil && x.File(), y != nil && y.File()
		if has && !had {
			*added = append(*added, moved{path: prefix + x.Name, id: x.ID})
		}
		if had && !has {
			*deleted = append(*deleted, moved{path: prefix + y.Name, id: y.ID})
		}
		return nil
	})
}

// tree reads a tree; the zero id is the empty one.
func (o *origins) tree(id git.ID) (git.Tree, error) {
	if id == (git.ID{}) {
		return nil, nil
	}
	return o.trees.get(id, func() (git.Tree, int, error) {
		t, err := o.store.Tree(id)
		return t, 1 + len(t), err
	})
}

// text reads the lines of a file.
func (o *origins) text(id git.ID) ([]string, error) {
	return o.texts.get(id, func() ([]string, int, error) {
		raw, err := o.store.Blob(id)
		if err != nil {
			return nil, 0, err
		}
		lines := cut(raw)
		return lines, 1 + len(lines), nil
	})
}

// at is the file at a path of a tree.
func (o *origins) at(tree git.ID, path string) (id git.ID, ok bool, err error) {
	for {
		name, rest, more := cutPath(path)
		t, err := o.tree(tree)
		if err != nil {
			return id, false, err
		}
		e, ok := entry(t, name, more)
		switch {
		case !ok:
			return id, false, nil
		case !more:
			return e.ID, e.File(), nil
		}
		tree, path = e.ID, rest
	}
}

// entry finds a folder, or what is none, by its name.
func entry(t git.Tree, name string, folder bool) (*git.Entry, bool) {
	key := git.Entry{Name: name}
	if folder {
		key.Mode = git.FolderMode
	}
	i := sort.Search(len(t), func(i int) bool { return t[i].Compare(&key) >= 0 })
	if i < len(t) && t[i].Name == name && t[i].Folder() == folder {
		return &t[i], true
	}
	return nil, false
}
