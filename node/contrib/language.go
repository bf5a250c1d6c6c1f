package contrib

import (
	"bytes"
	_ "embed"
	"fmt"
	"path"
	"strings"
)

//go:embed languages.txt
var languageTable string

// Class is what a line is worth.
type Class uint8

// The classes of lines (governance G11).
const (
	Blank   Class = iota // nothing, or in a file without lines
	Code                 // a line of a program
	Comment              // a line of a program that holds only comment
	Text                 // a line of prose that is not blank
	Other                // a line of a file whose language the table does not know
)

// language is a paragraph of the table.
type language struct {
	name    string
	text    bool
	line    []string
	blocks  [][2]string
	nests   bool
	quotes  string
	raw     []string
	escapes bool
	doc     bool
}

// languageIndex finds languages.
type languageIndex struct {
	names, exts, shells map[string]*language
}

var languages = parseLanguages(languageTable)

// parseLanguages reads the table, which is part of the program: a mistake in it
// is a panic.
func parseLanguages(table string) *languageIndex {
	x := &languageIndex{map[string]*language{}, map[string]*language{}, map[string]*language{}}
	var l *language
	for _, row := range strings.Split(table, "\n") {
		key, rest, _ := strings.Cut(row, " ")
		words := strings.Fields(rest)
		if key != "" && key != "#" && key != "name" && l == nil {
			panic(fmt.Sprintf("languages.txt: %q outside of a language", row))
		}
		switch key {
		case "", "#":
		case "name":
			l = &language{name: rest}
		case "names":
			enter(x.names, words, l)
		case "ext":
			enter(x.exts, words, l)
		case "shell":
			enter(x.shells, words, l)
		default:
			l.set(key, words)
		}
	}
	return x
}

// enter files a language under its words.
func enter(in map[string]*language, words []string, l *language) {
	for _, w := range words {
		if old := in[w]; old != nil {
			panic(fmt.Sprintf("languages.txt: %s is %s and %s", w, old.name, l.name))
		}
		in[w] = l
	}
}

// set takes a row that says how the language is written.
func (l *language) set(key string, words []string) {
	switch key {
	case "text":
		l.text = true
	case "line":
		l.line = words
	case "block":
		l.blocks = append(l.blocks, [2]string{words[0], words[1]})
	case "nests":
		l.nests = true
	case "quote":
		l.quotes = strings.Join(words, "")
	case "raw", "doc":
		l.raw, l.doc = words, key == "doc"
	case "escapes":
		l.escapes = true
	default:
		panic(fmt.Sprintf("languages.txt: unknown row %q", key))
	}
}

// languageOf finds the language of a file (spec §5.1): by its name, by its
// extension, and for a name without a dot by its first line.
func languageOf(file string, content []byte) *language {
	base := path.Base(file)
	if l := languages.names[base]; l != nil {
		return l
	}
	if dot := strings.LastIndexByte(base, '.'); dot >= 0 {
		if l := languages.exts[base[dot+1:]]; l != nil {
			return l
		}
		return languages.exts[lowerASCII(base[dot+1:])]
	}
	first, _, _ := bytes.Cut(content, []byte{'\n'})
	if !bytes.HasPrefix(first, []byte("#!")) {
		return nil
	}
	for i, w := range bytesFields(first[2:]) {
		w = w[strings.LastIndexByte(w, '/')+1:]
		if i == 0 && w == "env" || i > 0 && strings.HasPrefix(w, "-") {
			continue
		}
		return languages.shells[w]
	}
	return nil
}

// lowerASCII lowers A–Z alone: what else is a letter differs between versions
// of Unicode.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// Classify gives the class of each line of a file (spec §5.2).
func Classify(file string, content []byte) []Class {
	raw := splitLines(content)
	out := make([]Class, len(raw))
	l := languageOf(file, content)
	s := scanner{l: l}
	for i, row := range raw {
		if i == 0 {
			row = bytes.TrimPrefix(row, []byte("\xef\xbb\xbf"))
		}
		row = trimASCII(row)
		switch {
		case len(row) == 0:
		case l == nil:
			out[i] = Other
		case l.text:
			out[i] = Text
		case i == 0 && bytes.HasPrefix(row, []byte("#!")) || s.scan(string(row)):
			out[i] = Code
		default:
			out[i] = Comment
		}
	}
	return out
}

// trimASCII removes white space at both ends: tab to carriage return, space.
func trimASCII(b []byte) []byte {
	space := func(c byte) bool { return c == ' ' || 9 <= c && c <= 13 }
	for len(b) > 0 && space(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && space(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// scanner goes through the lines of a program.
type scanner struct {
	l     *language
	depth int       // of block comments; 0 is outside
	block [2]string // the one that is open
	raw   string    // the marker that ends the open string; "" is none
	doc   bool      // the open string is a comment
}

// scan reports whether a line, which is not blank, holds code.
func (s *scanner) scan(row string) (code bool) {
	for i := 0; i < len(row); {
		rest := row[i:]
		switch {
		case s.depth > 0:
			i += s.inBlock(rest)
		case s.raw != "":
			code = code || !s.doc
			i += s.inRaw(rest)
		case rest[0] == ' ' || 9 <= rest[0] && rest[0] <= 13:
			i++
		case s.openBlock(rest):
			i += len(s.block[0])
		case s.openRaw(rest):
			s.doc = s.l.doc && i == 0
			code = code || !s.doc
			i += len(s.raw)
		case s.lineComment(rest, i == 0):
			return code
		case strings.IndexByte(s.l.quotes, rest[0]) >= 0:
			code = true
			i += quoted(rest)
		default:
			code = true
			i++
		}
	}
	return code
}

// inBlock is one step inside a block comment.
func (s *scanner) inBlock(rest string) int {
	switch {
	case s.l.nests && strings.HasPrefix(rest, s.block[0]):
		s.depth++
		return len(s.block[0])
	case strings.HasPrefix(rest, s.block[1]):
		s.depth--
		return len(s.block[1])
	}
	return 1
}

// inRaw is one step inside a string that may span lines.
func (s *scanner) inRaw(rest string) int {
	switch {
	case s.l.escapes && rest[0] == '\\':
		return 2
	case strings.HasPrefix(rest, s.raw):
		n := len(s.raw)
		s.raw = ""
		return n
	}
	return 1
}

func (s *scanner) openBlock(rest string) bool {
	for _, b := range s.l.blocks {
		if strings.HasPrefix(rest, b[0]) {
			s.block, s.depth = b, 1
			return true
		}
	}
	return false
}

func (s *scanner) openRaw(rest string) bool {
	for _, r := range s.l.raw {
		if strings.HasPrefix(rest, r) {
			s.raw = r
			return true
		}
	}
	return false
}

// lineComment reports whether the rest of a line is comment. A marker that ends
// in a letter is a word: it stands first and alone (REM, not REMOVE).
func (s *scanner) lineComment(rest string, first bool) bool {
	for _, m := range s.l.line {
		if !strings.HasPrefix(rest, m) {
			continue
		}
		if last := m[len(m)-1] | 0x20; last < 'a' || last > 'z' {
			return true
		}
		if first && (len(rest) == len(m) || rest[len(m)] == ' ' || rest[len(m)] == '\t') {
			return true
		}
	}
	return false
}

// quoted is the length of the string that rest begins with; a string that is
// not closed ends with its line.
func quoted(rest string) int {
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case rest[0]:
			return i + 1
		}
	}
	return len(rest)
}
