package count

import (
	"encoding/hex"
	"sort"
	"strings"

	"probity/cmd/watchtower/internal/count/git"
	"probity/cmd/watchtower/internal/wire"
)

// The statuses of lines of the register (§7.2).
const (
	Malformed    = "malformed"
	NotOwn       = "not-own"
	Unsigned     = "unsigned"
	BadSignature = "bad-signature"
	OtherKey     = "other-key"
	Idle         = "idle"
	Verified     = "verified"
)

// Link is a line that was added to the register.
type Link struct {
	Commit git.ID
	Words  []string
	Status string

	commit   int
	place    int
	identity string
	address  wire.Address
}

// register finds all lines that were ever added, in order (§7.2, §7.4).
func (o *origins) register() (out []Link, err error) {
	lines := map[git.ID][]string{}
	before := make([]*set, len(o.history.commits)) // the lines of all ancestors
	after := make([]*set, len(o.history.commits))  // and of the commit
	for i := len(o.history.order) - 1; i >= 0; i-- {
		c := o.history.order[i]
		n := &o.history.commits[c]
		for _, p := range n.parents {
			before[c] = before[c].union(after[p])
		}
		id, ok, err := o.at(n.tree, registerName)
		if err != nil {
			return nil, err
		}
		after[c] = before[c]
		if !ok {
			continue
		}
		if _, read := lines[id]; !read {
			if lines[id], err = o.registerLines(id); err != nil {
				return nil, err
			}
		}
		after[c] = before[c].with(lines[id])
		if after[c] == before[c] {
			continue
		}
		news, err := o.news(n, lines[id], before[c])
		if err != nil {
			return nil, err
		}
		for place, line := range news {
			out = append(out, Link{Commit: n.id, Words: strings.Split(line, " "), commit: c, place: place})
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		if a, b := out[i].commit, out[j].commit; a != b {
			return o.history.before(a, b)
		}
		return out[i].place < out[j].place
	})
	return out, nil
}

// news are the lines that a commit adds: no ancestor had them in the register,
// and no file that the commit deletes has them.
func (o *origins) news(n *node, lines []string, before *set) (out []string, err error) {
	gone := map[string]bool{}
	if len(n.parents) > 0 {
		_, deleted, err := o.moved(n.tree, o.history.commits[n.parents[0]].tree)
		if err != nil {
			return nil, err
		}
		for _, d := range deleted {
			list, err := o.registerLines(d.id)
			if err != nil {
				return nil, err
			}
			for _, line := range list {
				gone[line] = true
			}
		}
	}
	for _, line := range lines {
		if !before.has(line) && !gone[line] {
			out = append(out, line)
			gone[line] = true // once for each commit
		}
	}
	return out, nil
}

// registerLines are the lines of a file as lines of a register (§7.1).
func (o *origins) registerLines(id git.ID) (out []string, err error) {
	text, err := o.text(id)
	for _, line := range text {
		if w := words(line); len(w) > 0 && w[0][0] != '#' {
			out = append(out, strings.Join(w, " "))
		}
	}
	return out, err
}

// set is lines that never changes: what is added makes another.
type set struct{ lines map[string]bool }

func (s *set) has(line string) bool { return s != nil && s.lines[line] }

// with is s and the lines; s itself if it has them.
func (s *set) with(lines []string) *set {
	var out *set
	for _, line := range lines {
		if out.has(line) || out == nil && s.has(line) {
			continue
		}
		if out == nil {
			out = &set{map[string]bool{}}
			if s != nil {
				for l := range s.lines {
					out.lines[l] = true
				}
			}
		}
		out.lines[line] = true
	}
	if out == nil {
		return s
	}
	return out
}

// union is s and t; one of them if that has all.
func (s *set) union(t *set) *set {
	switch {
	case t == nil || s == t:
		return s
	case s == nil:
		return t
	case len(t.lines) > len(s.lines):
		s, t = t, s
	}
	var more []string
	for l := range t.lines {
		more = append(more, l)
	}
	return s.with(more)
}

// judge knows what decides over lines.
type judge struct {
	h       *history
	people  *mailmap
	genesis wire.Hash
	authors map[string]*Author
	voices  *voices
}

// status is the first of §7.2 that applies.
func (j *judge) status(l *Link) (string, error) {
	if len(l.Words) < 2 || !strings.Contains(l.Words[0], "@") {
		return Malformed, nil
	}
	var err error
	if l.address, err = wire.ParseAddress(l.Words[1]); err != nil {
		return Malformed, nil
	}
	l.identity = j.people.identity(git.Person{Email: l.Words[0]})
	if l.identity != j.people.identity(j.h.commits[l.commit].author) {
		return NotOwn, nil
	}
	if len(l.Words) < 4 {
		return Unsigned, nil
	}
	var key wire.Key
	var sig wire.Signature
	if !digits(key[:], l.Words[2]) || !digits(sig[:], l.Words[3]) || key.Address() != l.address ||
		!wire.Verify(key, "link", j.genesis, []byte(identityOf(l.Words[0])), sig) {
		return BadSignature, nil
	}
	if ok, err := j.voices.speaks(l.identity, l.commit); err != nil || !ok {
		return OtherKey, err
	}
	if a := j.authors[l.identity]; a == nil || a.Micropoints == 0 {
		return Idle, nil
	}
	return Verified, nil
}

// digits reads 0x and hex of the length of out.
func digits(out []byte, s string) bool {
	rest, ok := strings.CutPrefix(s, "0x")
	if !ok || len(rest) != 2*len(out) {
		return false
	}
	_, err := hex.Decode(out, []byte(rest))
	return err == nil
}

// addresses are those of an identity: of the lines that count, the last line's
// first, each once (§7.4).
func addresses(links []Link, identity string) (out []wire.Address) {
	seen := map[wire.Address]bool{}
	for i := len(links) - 1; i >= 0; i-- {
		l := &links[i]
		if (l.Status == Verified || l.Status == Idle) && l.identity == identity && !seen[l.address] {
			seen[l.address] = true
			out = append(out, l.address)
		}
	}
	return out
}
