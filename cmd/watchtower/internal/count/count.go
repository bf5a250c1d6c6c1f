// Package count is an own counter of contributions: whose the lines of a commit
// are, what they earn, and which addresses their authors named. It was written
// from docs/spec/counting.md alone and shares no code with the node's counter:
// where that one replays a history from its beginning, this one asks each line
// for its origin, from the counted commit back.
//
// It promises the bytes that the page defines: the same commit and rules give
// the same answer everywhere. It keeps nothing between counts. What becomes of
// the leaves is for package treegen.
package count

import (
	"errors"
	"fmt"
	"math/bits"
	"sort"

	"probity/cmd/watchtower/internal/count/git"
	"probity/cmd/watchtower/internal/count/lang"
	"probity/cmd/watchtower/internal/wire"
)

// ErrTotal is the error of points beyond 64 bits.
var ErrTotal = errors.New("points beyond 64 bits")

// Author is what an identity earned.
type Author struct {
	Identity    string
	Lines       uint64
	Micropoints uint64
	Addresses   []wire.Address // newest first
}

// Result is a count.
type Result struct {
	Authors []Author // ascending by the bytes of their identities
	Links   []Link
}

// addressesMax is how many addresses a leaf has (contribution §4).
const addressesMax = 16

// Leaves are the authors that have one in a tree of contributions.
func (r *Result) Leaves() (out []Author) {
	for _, a := range r.Authors {
		if a.Micropoints > 0 && proper(a.Identity) {
			a.Addresses = a.Addresses[:min(len(a.Addresses), addressesMax)]
			out = append(out, a)
		}
	}
	return out
}

// Count counts a commit.
func Count(store *git.Store, head git.ID, rules *Rules) (*Result, error) {
	h, err := readHistory(store, head)
	if err != nil {
		return nil, err
	}
	o := newOrigins(store, h, map[int]bool{})
	if err := o.readIgnored(); err != nil {
		return nil, err
	}
	text, err := o.rootFile(mailmapName)
	if err != nil {
		return nil, err
	}
	people := readMailmap(text)
	files, err := o.earning(rules)
	if err != nil {
		return nil, err
	}
	if err := o.run(); err != nil {
		return nil, err
	}
	authors, own, err := o.sum(files, people)
	if err != nil {
		return nil, err
	}
	links, err := o.register()
	if err != nil {
		return nil, err
	}
	j := &judge{h: h, people: people, genesis: rules.Genesis, authors: authors, voices: &voices{store, h, own, map[string]voice{}, map[int]voice{}}}
	for i := range links {
		if links[i].Status, err = j.status(&links[i]); err != nil {
			return nil, err
		}
	}
	return finish(authors, links), nil
}

// rootFile are the lines of a file at the root of the counted commit.
func (o *origins) rootFile(name string) ([]string, error) {
	id, ok, err := o.at(o.history.commits[0].tree, name)
	if err != nil || !ok {
		return nil, err
	}
	return o.text(id)
}

// readIgnored reads which commits leave lines where they were (§4.3).
func (o *origins) readIgnored() error {
	lines, err := o.rootFile(ignoreName)
	for _, line := range lines {
		for i := range len(line) {
			if line[i] == '#' {
				line = line[:i]
				break
			}
		}
		if id, ok := git.Parse(trim(line)); ok {
			if c, ok := o.history.number[id]; ok {
				o.ignored[c] = true
			}
		}
	}
	return err
}

// earning are the files of the counted commit of which lines earn, with what each
// line earns; their origins are asked for.
func (o *origins) earning(rules *Rules) (worths [][]uint64, err error) {
	var files []moved
	if files, _, err = o.moved(o.history.commits[0].tree, git.ID{}); err != nil {
		return nil, err
	}
	for _, f := range files {
		factor := rules.factor(f.path)
		if factor == 0 {
			continue
		}
		lines, err := o.text(f.id)
		if err != nil {
			return nil, err
		}
		worth, any := make([]uint64, len(lines)), false
		for i, c := range lang.Classes(f.path, lines) {
			worth[i] = rules.worth(c, factor)
			any = any || worth[i] > 0
		}
		if any {
			o.add(f.path, len(lines))
			worths = append(worths, worth)
		}
	}
	return worths, nil
}

// sum adds up what the authors of the lines' origins earn (§4.2, §6.4), and by
// identity and commit what of it is the author's own part (§7.6).
func (o *origins) sum(worths [][]uint64, people *mailmap) (out map[string]*Author, own map[string]map[int]uint64, err error) {
	out, own = map[string]*Author{}, map[string]map[int]uint64{}
	shared := make([][]*Author, len(o.history.commits))
	var total uint64
	for file, worth := range worths {
		for i, w := range worth {
			if w == 0 {
				continue
			}
			var over uint64
			if total, over = bits.Add64(total, w, 0); over != 0 {
				return nil, nil, ErrTotal
			}
			c := o.result[file][i]
			if shared[c] == nil {
				for _, id := range people.authors(&o.history.commits[c]) {
					if out[id] == nil {
						out[id], own[id] = &Author{Identity: id}, map[int]uint64{}
					}
					shared[c] = append(shared[c], out[id])
				}
			}
			k := uint64(len(shared[c]))
			for _, a := range shared[c] {
				a.Lines++
				a.Micropoints += w / k
			}
			author := shared[c][0]
			author.Micropoints += w % k
			own[author.Identity][int(c)] += w/k + w%k
		}
	}
	return out, own, nil
}

// finish gives everyone addresses and puts all in order.
func finish(authors map[string]*Author, links []Link) *Result {
	out := &Result{Links: links}
	for _, a := range authors {
		a.Addresses = addresses(links, a.Identity)
		out.Authors = append(out.Authors, *a)
	}
	sort.Slice(out.Authors, func(i, j int) bool { return out.Authors[i].Identity < out.Authors[j].Identity })
	return out
}

// On reports whether a commit is the head of a branch or one of its ancestors
// (contribution §4).
func On(store *git.Store, branch string, commit git.ID) (bool, error) {
	for _, head := range store.Branch(branch) {
		h, err := readHistory(store, head)
		if err != nil {
			return false, fmt.Errorf("branch %s: %w", branch, err)
		}
		if _, ok := h.number[commit]; ok {
			return true, nil
		}
	}
	return false, nil
}
