// Package lang says of each line of a file whether it is blank, code, comment,
// prose or something else (docs/spec/counting.md §5). Its table is
// docs/spec/languages.txt, of which it holds a copy that a test compares.
package lang

import (
	_ "embed"
	"strings"
)

//go:embed languages.txt
var table string

// Class is what a line is.
type Class byte

// The classes of lines.
const (
	Blank Class = iota
	Code
	Comment
	Text
	Other
)

// language is a paragraph of the table.
type language struct {
	name    string
	text    bool
	line    []string
	block   [][2]string
	nests   bool
	quote   string
	raw     []string
	doc     []string
	escapes bool
}

// languages finds them by what a file is called or begins with.
var byName, byExt, byShell = read(table)

func read(text string) (names, exts, shells map[string]*language) {
	names, exts, shells = map[string]*language{}, map[string]*language{}, map[string]*language{}
	var l *language
	for _, row := range strings.Split(text, "\n") {
		if row == "" || row[0] == '#' {
			continue
		}
		key, rest, _ := strings.Cut(row, " ")
		args := strings.Fields(rest)
		if key == "name" {
			l = &language{name: rest}
			continue
		}
		l.set(key, args, map[string]map[string]*language{"names": names, "ext": exts, "shell": shells})
	}
	return names, exts, shells
}

func (l *language) set(key string, args []string, index map[string]map[string]*language) {
	switch key {
	case "names", "ext", "shell":
		for _, a := range args {
			if index[key][a] == nil {
				index[key][a] = l
			}
		}
	case "text":
		l.text = true
	case "line":
		l.line = args
	case "block":
		l.block = append(l.block, [2]string{args[0], args[1]})
	case "nests":
		l.nests = true
	case "quote":
		l.quote = strings.Join(args, "")
	case "raw":
		l.raw = args
	case "doc":
		l.doc = args
	case "escapes":
		l.escapes = true
	}
}

// of finds the language of a file (§5.1).
func of(path, first string) *language {
	name := path[strings.LastIndexByte(path, '/')+1:]
	if l := byName[name]; l != nil {
		return l
	}
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		ext := name[dot+1:]
		if l := byExt[ext]; l != nil {
			return l
		}
		return byExt[lower(ext)]
	}
	if strings.HasPrefix(first, "#!") {
		return byShell[interpreter(first[2:])]
	}
	return nil
}

func lower(s string) string {
	b := []byte(s) // any other byte stays, whatever it is part of
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// interpreter is the program behind #!: of the first word that is neither env in
// first place nor, later, a flag.
func interpreter(s string) string {
	for i, w := range strings.FieldsFunc(s, func(r rune) bool { return r < 0x80 && space(byte(r)) }) {
		base := w[strings.LastIndexByte(w, '/')+1:]
		if i == 0 && base == "env" || i > 0 && strings.HasPrefix(base, "-") {
			continue
		}
		return base
	}
	return ""
}

func space(b byte) bool { return b >= 9 && b <= 13 || b == 32 }
