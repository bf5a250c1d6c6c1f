package contrib

import (
	"fmt"
	"strconv"
	"strings"

	"probity/chain/keys"
)

// Micropoint is the unit of points: 10⁻⁶ of one.
const Micropoint = 1

// Point is one point.
const Point = 1_000_000 * Micropoint

// The files that say who contributed; they earn nothing, or writing them would
// pay.
const (
	linksFile   = "daoContributors.txt"
	mailmapFile = ".mailmap"
	ignoreFile  = ".git-blame-ignore-revs"
)

// Multiplier weighs the files that a pattern matches.
type Multiplier struct {
	Glob string `json:"glob"`
	PPM  uint64 `json:"ppm"` // of the points of a line; 10⁶ is all of them
}

// Rules are what members decide about counting (governance G14). The version of
// the rules that nobody decides is part of their hash.
type Rules struct {
	Code     uint64       `json:"code"`     // micropoints of a line of code
	Comment  uint64       `json:"comment"`  // of a line of comment
	Text     uint64       `json:"text"`     // of a line of prose
	Other    uint64       `json:"other"`    // of a line of an unknown kind of file
	Exclude  []string     `json:"exclude"`  // patterns of files that earn nothing
	Multiply []Multiplier `json:"multiply"` // the first that matches weighs
	Genesis  keys.Hash    `json:"genesis"`  // of the chain that links are signed for
}

// DefaultRules are the weights of the sources: 1, ½, ½, 0.
func DefaultRules() Rules { return Rules{Code: Point, Comment: Point / 2, Text: Point / 2} }

// The bounds of rules, so that no sum of points passes 64 bits and matching
// stays cheap.
const (
	weightMax  = 1_000 * Point
	ppmMax     = 100_000_000
	patternMax = 256
	globMax    = 256
)

// Check returns ErrRules where a weight, a pattern or their number is out of
// bounds.
func (r *Rules) Check() error {
	for _, w := range []uint64{r.Code, r.Comment, r.Text, r.Other} {
		if w > weightMax {
			return fmt.Errorf("%w: a line of %d micropoints: at most %d", ErrRules, w, uint64(weightMax))
		}
	}
	if len(r.Exclude)+len(r.Multiply) > patternMax {
		return fmt.Errorf("%w: %d patterns: at most %d", ErrRules, len(r.Exclude)+len(r.Multiply), patternMax)
	}
	globs := append([]string{}, r.Exclude...)
	for _, m := range r.Multiply {
		if m.PPM > ppmMax {
			return fmt.Errorf("%w: %s: %d ppm: at most %d", ErrRules, m.Glob, m.PPM, ppmMax)
		}
		globs = append(globs, m.Glob)
	}
	for _, g := range globs {
		if g == "" || len(g) > globMax || strings.ContainsAny(g, "\x00\n") {
			return fmt.Errorf("%w: pattern %q: 1 to %d bytes on one line", ErrRules, g, globMax)
		}
	}
	return nil
}

// Canonical is the one form of the rules that Hash hashes (spec §6.3).
func (r *Rules) Canonical() string {
	var b strings.Builder
	b.WriteString("probity/counting/1\n")
	for _, w := range []struct {
		name   string
		weight uint64
	}{{"code", r.Code}, {"comment", r.Comment}, {"text", r.Text}, {"other", r.Other}} {
		b.WriteString(w.name + " " + strconv.FormatUint(w.weight, 10) + "\n")
	}
	for _, g := range r.Exclude {
		b.WriteString("exclude " + g + "\n")
	}
	for _, m := range r.Multiply {
		b.WriteString("multiply " + strconv.FormatUint(m.PPM, 10) + " " + m.Glob + "\n")
	}
	b.WriteString("genesis " + r.Genesis.String() + "\n")
	return b.String()
}

// Hash names the rules: two counts of one commit with one hash are equal.
func (r *Rules) Hash() keys.Hash { return keys.Sum([]byte(r.Canonical())) }

// weights gives the micropoints of a line of each class in a file; ok is false
// for a file that earns nothing.
func (r *Rules) weights(file string) (w [Other + 1]uint64, ok bool) {
	if file == linksFile || file == mailmapFile || file == ignoreFile {
		return w, false
	}
	for _, g := range r.Exclude {
		if match(g, file) {
			return w, false
		}
	}
	w = [...]uint64{Blank: 0, Code: r.Code, Comment: r.Comment, Text: r.Text, Other: r.Other}
	for _, m := range r.Multiply {
		if match(m.Glob, file) {
			for i := range w {
				w[i] = w[i] * m.PPM / 1_000_000
			}
			break
		}
	}
	return w, true
}

// match reports whether a path matches a pattern (spec §6.2): * is any bytes
// but /, ** any bytes, ? one byte but /. A pattern without a slash is matched
// with the last name of the path; one that ends in a slash with all below it.
func match(glob, path string) bool {
	if strings.HasSuffix(glob, "/") {
		glob += "**"
	}
	if !strings.Contains(glob, "/") {
		path = path[strings.LastIndexByte(path, '/')+1:]
	}
	return wild(glob, path)
}

// wild matches by going through both once, with the set of places in glob that
// the path so far can be at; so no pattern takes more than the product of the
// lengths.
func wild(glob, path string) bool {
	at := make([]bool, len(glob)+1)
	next := make([]bool, len(glob)+1)
	at[0] = true
	closure(glob, at, true)
	for i := range len(path) {
		clear(next)
		for g := range len(glob) {
			if !at[g] {
				continue
			}
			switch {
			case glob[g] == '*':
				if path[i] != '/' || strings.HasPrefix(glob[g:], "**") {
					next[g] = true
				}
			case glob[g] == '?' && path[i] != '/' || glob[g] == path[i] && glob[g] != '?':
				next[g+1] = true
			}
		}
		at, next = next, at
		closure(glob, at, path[i] == '/')
	}
	return at[len(glob)]
}

// closure adds the places behind stars, which match nothing as well. Where a
// name begins, "**/" needs no folder: **/x matches x.
func closure(glob string, at []bool, begins bool) {
	for g := range len(glob) {
		if !at[g] || glob[g] != '*' {
			continue
		}
		if !strings.HasPrefix(glob[g:], "**") {
			at[g+1] = true
			continue
		}
		at[g+2] = true
		if begins && strings.HasPrefix(glob[g:], "**/") {
			at[g+3] = true
		}
	}
}
