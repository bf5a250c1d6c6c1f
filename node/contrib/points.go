package contrib

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"probity/chain/keys"
)

// Points is an amount of micropoints. Its text is a decimal of points.
type Points uint64

// String is the shortest decimal: 35.5.
func (p Points) String() string {
	s := strconv.FormatUint(uint64(p/Point), 10)
	if rest := p % Point; rest > 0 {
		s += "." + strings.TrimRight(fmt.Sprintf("%06d", uint64(rest)), "0")
	}
	return s
}

// MarshalText gives the decimal.
func (p Points) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Author is one row of a count.
type Author struct {
	Identity Identity     `json:"identity"`
	Author   string       `json:"author"` // name and e-mail address, for people
	Lines    uint64       `json:"lines"`  // lines that earn; a shared line counts for each of its authors
	Points   Points       `json:"points"`
	Share    string       `json:"share"`   // percent of all points, two decimals
	Account  keys.Address `json:"account"` // where the part waits until it is linked
}

// Linked is one row of the second table: an author with an address.
type Linked struct {
	Author  string         `json:"author"`
	Address keys.Address   `json:"address"`          // the newest
	Others  []keys.Address `json:"others,omitempty"` // older ones, newest first
	Share   string         `json:"share"`            // percent of all points
	Claimed string         `json:"claimed"`          // percent of the points of linked authors
	ID      Identity       `json:"identity"`
}

// Count is what a commit's lines are worth to whom.
type Count struct {
	Commit  string    `json:"commit"`
	Ruleset keys.Hash `json:"ruleset"`
	Total   Points    `json:"total"`
	Authors []Author  `json:"authors"` // most points first
	Linked  []Linked  `json:"linked"`
	Links   []Link    `json:"-"` // the register behind Linked
}

// Leaf is an author's part as watchtowers submit it: its encoding is the
// contribution route's.
type Leaf struct {
	Identity    Identity
	Micropoints uint64
	Addresses   []keys.Address // verified, newest first
}

// Leaves are the authors that earn, by identity in byte order.
func (c *Count) Leaves() []Leaf {
	addresses := map[Identity][]keys.Address{}
	for _, l := range c.Linked {
		addresses[l.ID] = append([]keys.Address{l.Address}, l.Others...)
	}
	out := []Leaf{}
	for _, a := range c.Authors {
		if a.Points > 0 {
			out = append(out, Leaf{a.Identity, uint64(a.Points), addresses[a.Identity]})
		}
	}
	slices.SortFunc(out, func(a, b Leaf) int { return cmp.Compare(a.Identity, b.Identity) })
	return out
}

// Options are how a count is made; nothing in them changes its result.
type Options struct {
	Cache    string                  // folder of the cache; "" is none
	Progress func(done, total int64) // called as commits are read
}

// tally is the sum of one author.
type tally struct{ lines, points uint64 }

// CountPoints counts a commit (spec §2 to §6): whose its lines are and what
// they are worth. It returns ErrShallow where history is missing.
func CountPoints(ctx context.Context, r *Repo, head ID, rules Rules, o Options) (*Count, error) {
	if err := rules.Check(); err != nil {
		return nil, err
	}
	if o.Progress == nil {
		o.Progress = func(int64, int64) {}
	}
	cache, err := openCache(o.Cache)
	if err != nil {
		return nil, err
	}
	h, err := readHistory(ctx, r, head, cache, o.Progress)
	if err != nil {
		return nil, err
	}
	ignored, err := ignoredCommits(r, head, h)
	if err != nil {
		return nil, err
	}
	player, final, err := replay(h, ignored)
	if err != nil {
		return nil, err
	}
	c := &counter{repo: r, h: h, rules: &rules, tallies: map[Identity]*tally{}, shown: map[Identity]person{}, shares: map[int][]Identity{}, own: map[Identity]map[ID]uint64{}}
	raw, err := r.file(head, mailmapFile)
	if err != nil {
		return nil, err
	}
	c.mail = parseMailmap(raw)
	if err := c.count(ctx, head, player, final); err != nil {
		return nil, err
	}
	links, err := readLinks(r, h, c.mail, rules.Genesis)
	if err != nil {
		return nil, err
	}
	if err := c.settle(links); err != nil {
		return nil, err
	}
	return c.result(head, links), nil
}

// settle finishes the judgement of links, for which the points are needed: lines
// in a commit of another key than their user's, and those of users that earn
// nothing (spec §7.2).
func (c *counter) settle(links []Link) error {
	v := &voices{repo: c.repo, earned: c.own, signers: map[ID]*keys.PublicKey{}, known: map[Identity]*keys.PublicKey{}}
	for i := range links {
		l := &links[i]
		if l.Status != LinkVerified {
			continue
		}
		foreign, err := v.foreign(l.identity, l.order.id)
		if err != nil {
			return err
		}
		if t := c.tallies[l.identity]; foreign {
			l.Status = LinkOtherKey
		} else if t == nil || t.points == 0 {
			l.Status = LinkIdle
		}
	}
	return nil
}

// ignoredCommits reads the .git-blame-ignore-revs of the counted commit. A line
// that is no full commit id of the history is passed over.
func ignoredCommits(r *Repo, head ID, h *history) (map[int]bool, error) {
	raw, err := r.file(head, ignoreFile)
	if err != nil {
		return nil, err
	}
	out := map[int]bool{}
	for _, row := range splitLines(raw) {
		text, _, _ := strings.Cut(string(row), "#")
		if id, ok := ParseID(trimText(text)); ok {
			if at, known := h.at[id]; known {
				out[at] = true
			}
		}
	}
	return out, nil
}

// counter sums lines.
type counter struct {
	repo    *Repo
	h       *history
	rules   *Rules
	mail    *mailmap
	tallies map[Identity]*tally
	shown   map[Identity]person        // the name to show
	shares  map[int][]Identity         // the authors of a commit, by its place
	own     map[Identity]map[ID]uint64 // what an author's commits earn the author
}

// count goes through the files of the counted commit.
func (c *counter) count(ctx context.Context, head ID, player *replayer, final state) error {
	root, err := c.repo.root(head)
	if err != nil {
		return err
	}
	files, err := c.repo.files(root)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		weights, earns := c.rules.weights(f.path)
		if !earns {
			continue
		}
		content, err := c.repo.text(f.new)
		if err != nil {
			return err
		}
		from := final.get(player.path(f.path))
		classes := Classify(f.path, content)
		if len(from) != len(classes) {
			return fmt.Errorf("%s: %d lines, the history gives %d: remove the cache", f.path, len(classes), len(from))
		}
		for i, class := range classes {
			if w := weights[class]; w > 0 {
				if err := c.add(int(from[i]), w); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// add gives a line to the authors of its commit: equal parts, what is left over
// to the commit's author (spec §4.2).
func (c *counter) add(commit int, points uint64) error {
	who, err := c.authors(commit)
	if err != nil {
		return err
	}
	part := points / uint64(len(who))
	for i, id := range who {
		t := c.tallies[id]
		t.lines++
		t.points += part
		if i == 0 {
			rest := points - part*uint64(len(who))
			t.points += rest
			if c.own[id] == nil {
				c.own[id] = map[ID]uint64{}
			}
			c.own[id][c.h.ids[commit]] += part + rest
		}
	}
	return nil
}

// authors are the identities of a commit's authors.
func (c *counter) authors(commit int) ([]Identity, error) {
	if ids, ok := c.shares[commit]; ok {
		return ids, nil
	}
	read, err := c.repo.commit(c.h.ids[commit])
	if err != nil {
		return nil, err
	}
	var ids []Identity
	for _, p := range c.mail.authors(read) {
		id := IdentityOf(p.email)
		ids = append(ids, id)
		if c.tallies[id] == nil {
			c.tallies[id] = &tally{}
		}
		// Of several names the least is shown, so that the order of files and
		// commits is of no effect.
		if old, ok := c.shown[id]; !ok || p.name < old.name || p.name == old.name && p.email < old.email {
			c.shown[id] = p
		}
	}
	c.shares[commit] = ids
	return ids, nil
}

// result makes the two tables.
func (c *counter) result(head ID, links []Link) *Count {
	out := &Count{Commit: head.String(), Ruleset: c.rules.Hash(), Authors: []Author{}, Linked: []Linked{}}
	for id, t := range c.tallies { // sorted below
		who := c.shown[id]
		out.Total += Points(t.points)
		out.Authors = append(out.Authors, Author{Identity: id, Author: show(who.name + " <" + who.email + ">"),
			Lines: t.lines, Points: Points(t.points), Account: id.Account()})
	}
	slices.SortFunc(out.Authors, func(a, b Author) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(a.Identity, b.Identity))
	})
	out.Links = links
	own := verified(links)
	var claimed Points
	for i := range out.Authors {
		a := &out.Authors[i]
		a.Share = percent(uint64(a.Points), uint64(out.Total))
		if len(own[a.Identity]) > 0 {
			claimed += a.Points
		}
	}
	for _, a := range out.Authors {
		if at := own[a.Identity]; len(at) > 0 && a.Points > 0 {
			out.Linked = append(out.Linked, Linked{Author: a.Author, ID: a.Identity, Address: at[0], Others: at[1:],
				Share: a.Share, Claimed: percent(uint64(a.Points), uint64(claimed))})
		}
	}
	return out
}
