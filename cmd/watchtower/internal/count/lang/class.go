package lang

import "strings"

// mode is where the reader of a file is between two bytes.
type mode byte

const (
	plain mode = iota
	inBlock
	inString
)

// reader holds the state that is carried from line to line.
type reader struct {
	l      *language
	mode   mode
	block  [2]string // the markers of the block
	depth  int
	marker string // of the string
	doc    bool   // which is a comment
}

const mark = "\xef\xbb\xbf"

// Classes looks at all lines of a file.
func Classes(path string, lines []string) []Class {
	out := make([]Class, len(lines))
	r := reader{}
	if len(lines) > 0 {
		r.l = of(path, lines[0])
	}
	for i, line := range lines {
		if i == 0 {
			line = strings.TrimPrefix(line, mark)
		}
		line = trim(line)
		switch {
		case line == "":
			out[i] = Blank
		case r.l == nil:
			out[i] = Other
		case r.l.text:
			out[i] = Text
		case i == 0 && strings.HasPrefix(line, "#!"):
			out[i] = Code
		case r.code(line):
			out[i] = Code
		default:
			out[i] = Comment
		}
	}
	return out
}

func trim(s string) string {
	for s != "" && space(s[0]) {
		s = s[1:]
	}
	for s != "" && space(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// code reads a line and reports whether a step says that it is code.
func (r *reader) code(line string) (code bool) {
	for at := 0; at < len(line); {
		rest := line[at:]
		var n int
		var says bool
		switch r.mode {
		case inBlock:
			n = r.inBlock(rest)
		case inString:
			n, says = r.inString(rest), !r.doc
		default:
			n, says = r.plain(rest, at == 0)
		}
		code, at = code || says, at+n
	}
	return code
}

func (r *reader) inBlock(rest string) int {
	switch {
	case r.l.nests && strings.HasPrefix(rest, r.block[0]):
		r.depth++
		return len(r.block[0])
	case strings.HasPrefix(rest, r.block[1]):
		if r.depth--; r.depth == 0 {
			r.mode = plain
		}
		return len(r.block[1])
	}
	return 1
}

func (r *reader) inString(rest string) int {
	switch {
	case r.l.escapes && rest[0] == '\\':
		return 2
	case strings.HasPrefix(rest, r.marker):
		r.mode = plain
		return len(r.marker)
	}
	return 1
}

// plain is one step outside of blocks and strings.
func (r *reader) plain(rest string, first bool) (n int, code bool) {
	if space(rest[0]) {
		return 1, false
	}
	for _, b := range r.l.block {
		if strings.HasPrefix(rest, b[0]) {
			r.mode, r.block, r.depth = inBlock, b, 1
			return len(b[0]), false
		}
	}
	for _, m := range r.l.raw {
		if strings.HasPrefix(rest, m) {
			r.mode, r.marker, r.doc = inString, m, false
			return len(m), true
		}
	}
	for _, m := range r.l.doc {
		if strings.HasPrefix(rest, m) {
			r.mode, r.marker, r.doc = inString, m, first
			return len(m), !first
		}
	}
	for _, m := range r.l.line {
		if strings.HasPrefix(rest, m) && (!word(m) || first && ends(rest[len(m):])) {
			return len(rest), false
		}
	}
	if strings.IndexByte(r.l.quote, rest[0]) >= 0 {
		return quoted(rest), true
	}
	return 1, true
}

// word reports whether a marker ends in a letter: it must not begin a longer word.
func word(m string) bool {
	c := m[len(m)-1] | 0x20
	return c >= 'a' && c <= 'z'
}

func ends(s string) bool { return s == "" || s[0] == ' ' || s[0] == '\t' }

// quoted is how long a string is that ends with its line at the latest.
func quoted(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return i + 1
		}
	}
	return len(s)
}
