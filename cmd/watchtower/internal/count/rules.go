package count

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"probity/cmd/watchtower/internal/count/lang"
	"probity/cmd/watchtower/internal/wire"
)

// ErrRules is the error of rules that are none.
var ErrRules = errors.New("no rules of counting")

// Bounds of rules (§6.1).
const (
	weightMax  = 1_000_000_000
	factorMax  = 100_000_000
	patternMax = 256
	million    = 1_000_000
)

// Rules say what a line is worth (§6.1).
type Rules struct {
	Code, Comment, Text, Other uint64 // micropoints
	Exclude                    []string
	Multiply                   []Factor
	Genesis                    wire.Hash
}

// Factor weighs the files of a pattern.
type Factor struct {
	Glob string `json:"glob"`
	PPM  uint64 `json:"ppm"`
}

// Default are the rules without any decision (G11).
func Default() *Rules { return &Rules{Code: million, Comment: million / 2, Text: million / 2} }

const rulesTitle = "probity/counting/1"

// Canonical is the text whose hash is the ruleset (§6.3).
func (r *Rules) Canonical() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\ncode %d\ncomment %d\ntext %d\nother %d\n", rulesTitle, r.Code, r.Comment, r.Text, r.Other)
	for _, p := range r.Exclude {
		fmt.Fprintf(&b, "exclude %s\n", p)
	}
	for _, m := range r.Multiply {
		fmt.Fprintf(&b, "multiply %d %s\n", m.PPM, m.Glob)
	}
	fmt.Fprintf(&b, "genesis 0x%x\n", r.Genesis[:])
	return b.String()
}

// ParseRules reads a canonical text; any other is refused, so that nobody counts
// by less than all rules.
func ParseRules(text string) (*Rules, error) {
	r := &Rules{}
	weights := map[string]*uint64{"code": &r.Code, "comment": &r.Comment, "text": &r.Text, "other": &r.Other}
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		key, rest, _ := strings.Cut(line, " ")
		var err error
		switch {
		case weights[key] != nil:
			*weights[key], err = strconv.ParseUint(rest, 10, 64)
		case key == "exclude":
			r.Exclude = append(r.Exclude, rest)
		case key == "multiply":
			var f Factor
			ppm, glob, _ := strings.Cut(rest, " ")
			f.Glob = glob
			f.PPM, err = strconv.ParseUint(ppm, 10, 64)
			r.Multiply = append(r.Multiply, f)
		case key == "genesis":
			r.Genesis, err = parseHash(rest)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %q", ErrRules, line)
		}
	}
	if r.Canonical() != text {
		return nil, fmt.Errorf("%w: the text has another form", ErrRules)
	}
	return r, r.check()
}

// parseHash reads 0x and 64 digits.
func parseHash(s string) (h wire.Hash, err error) {
	raw, err := hex.DecodeString(strings.TrimPrefix(s, "0x"))
	if err != nil || len(raw) != len(h) {
		return h, ErrRules
	}
	copy(h[:], raw)
	return h, nil
}

func (r *Rules) check() error {
	for _, w := range []uint64{r.Code, r.Comment, r.Text, r.Other} {
		if w > weightMax {
			return fmt.Errorf("%w: %d micropoints", ErrRules, w)
		}
	}
	patterns := append([]string{}, r.Exclude...)
	for _, m := range r.Multiply {
		if m.PPM > factorMax {
			return fmt.Errorf("%w: a factor of %d ppm", ErrRules, m.PPM)
		}
		patterns = append(patterns, m.Glob)
	}
	if len(patterns) > patternMax {
		return fmt.Errorf("%w: %d patterns", ErrRules, len(patterns))
	}
	for _, p := range patterns {
		if len(p) < 1 || len(p) > patternMax || strings.ContainsAny(p, "\x00\n") {
			return fmt.Errorf("%w: the pattern %q", ErrRules, p)
		}
	}
	return nil
}

// The files at the root that earn nothing.
const (
	registerName = "daoContributors.txt"
	mailmapName  = ".mailmap"
	ignoreName   = ".git-blame-ignore-revs"
)

// factor is the ppm of a file; 0 earns nothing.
func (r *Rules) factor(path string) uint64 {
	if path == registerName || path == mailmapName || path == ignoreName {
		return 0
	}
	for _, p := range r.Exclude {
		if fits(p, path) {
			return 0
		}
	}
	for _, m := range r.Multiply {
		if fits(m.Glob, path) {
			return m.PPM
		}
	}
	return million
}

// worth is what a line of a class earns in a file of a factor.
func (r *Rules) worth(c lang.Class, factor uint64) uint64 {
	var w uint64
	switch c {
	case lang.Code:
		w = r.Code
	case lang.Comment:
		w = r.Comment
	case lang.Text:
		w = r.Text
	case lang.Other:
		w = r.Other
	}
	return w * factor / million // at most 10⁹·10⁸: below 2⁶⁴
}

// fits reports whether a pattern matches a file (§6.2).
func fits(pattern, path string) bool {
	if !strings.Contains(pattern, "/") {
		return glob(pattern, path[strings.LastIndexByte(path, '/')+1:])
	}
	if strings.HasSuffix(pattern, "/") {
		pattern += "**"
	}
	return glob(pattern, path)
}

// glob matches bytes.
func glob(pattern, s string) bool {
	type state struct {
		p, s int
	}
	tried := map[state]bool{} // what does not match is not tried twice
	var try func(p, i int) bool
	try = func(p, i int) bool {
		if tried[state{p, i}] {
			return false
		}
		tried[state{p, i}] = true
		rest := pattern[p:]
		switch {
		case rest == "":
			return i == len(s)
		case strings.HasPrefix(rest, "**/") && (i == 0 || s[i-1] == '/') && try(p+3, i):
			return true
		case strings.HasPrefix(rest, "**"):
			return try(p+2, i) || i < len(s) && try(p, i+1)
		case rest[0] == '*':
			return try(p+1, i) || i < len(s) && s[i] != '/' && try(p, i+1)
		case i == len(s):
			return false
		case rest[0] == '?':
			return s[i] != '/' && try(p+1, i+1)
		}
		return rest[0] == s[i] && try(p+1, i+1)
	}
	return try(0, 0)
}
