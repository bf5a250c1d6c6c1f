package serve

import (
	"encoding/json"
	"errors"
	"fmt"

	"probity/cmd/watchtower/internal/count"
	"probity/cmd/watchtower/internal/count/git"
	"probity/cmd/watchtower/internal/treegen"
	"probity/cmd/watchtower/internal/wire"
)

// errRepository is the error of a question that names no repository, or two.
var errRepository = errors.New("either path or objects")

// opPointsCount counts a commit of a repository, or of objects that are given,
// and makes the tree of points. A commit that is not on the branch, where one is
// named, is absent and has the tree of no leaf (contribution §4).
func opPointsCount(_ *Server, in json.RawMessage) (any, error) {
	q, err := read[struct {
		Path    string
		Objects []struct {
			Type git.Kind
			Data bin
		}
		Branch, Rules string
		Commit        bin
		Number        uint64
		Subject       *bin
	}](in)
	if err != nil {
		return nil, err
	}
	var subject wire.Hash
	if q.Subject != nil {
		if err := fixed(subject[:], *q.Subject); err != nil {
			return nil, err
		}
	}
	rules, err := count.ParseRules(q.Rules)
	if err != nil {
		return nil, err
	}
	if (q.Path == "") == (q.Objects == nil) {
		return nil, errRepository
	}
	store := git.Given()
	for _, o := range q.Objects {
		store.Put(o.Type, o.Data)
	}
	if q.Path != "" {
		if store, err = git.Open(q.Path); err != nil {
			return nil, err
		}
	}
	defer store.Close()
	result, err := counted(store, q.Branch, q.Commit, rules)
	if err != nil {
		return nil, err
	}
	return points(result, q.Number, subject)
}

// counted is the count of a commit; nil where the commit is absent.
func counted(store *git.Store, branch string, commit bin, rules *count.Rules) (*count.Result, error) {
	var head git.ID
	ok := len(commit) == len(head)
	copy(head[:], commit)
	if branch != "" && ok {
		var err error
		if ok, err = count.On(store, branch, head); err != nil {
			return nil, err
		}
	}
	if !ok && branch == "" {
		return nil, fmt.Errorf("a commit of %d bytes", len(commit))
	}
	if !ok {
		return nil, nil
	}
	return count.Count(store, head, rules)
}

// points tells a count: its leaves, its links, and its tree.
func points(r *count.Result, number uint64, subject wire.Hash) (any, error) {
	leaves, links := []object{}, []count.ReportLink{}
	var authors []treegen.Author
	if r != nil {
		for _, a := range r.Leaves() {
			leaves = append(leaves, object{"identity": a.Identity, "lines": a.Lines, "micropoints": a.Micropoints, "addresses": count.Texts(a.Addresses)})
			authors = append(authors, treegen.Author{Identity: a.Identity, Micropoints: a.Micropoints, Addresses: a.Addresses})
		}
		for i := range r.Links {
			links = append(links, r.Links[i].Report())
		}
	}
	t, err := treegen.Contributions(number, subject, authors)
	if err != nil {
		return nil, err
	}
	out := t.Told()
	out["leaves"], out["links"], out["absent"] = leaves, links, r == nil
	return out, nil
}
