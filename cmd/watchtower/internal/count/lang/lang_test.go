package lang

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Goal: the table is that of the specification. Method: both files, byte by byte.
func TestTableIsThePages(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "..", "docs", "spec", "languages.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != table {
		t.Error("languages.txt is not docs/spec/languages.txt")
	}
	if len(byExt) < 200 || len(byName) < 10 || len(byShell) < 10 {
		t.Errorf("%d, %d, %d", len(byExt), len(byName), len(byShell))
	}
}

// Goal: lines are what §5.2 says. Method: small files, each line after the class
// that is due: b blank, c code, m comment, t text, o other.
func TestClasses(t *testing.T) {
	for path, text := range map[string]string{
		"a.go":          "m // x\nb \t \nm /* a\nb\nm b */\nc /* a */ x\nc s := \"/* no\" // c\nc r := `\nc // raw\nb\nc `\nm // end",
		"a.py":          "m \"\"\"doc\nb\nm more\"\"\"\nc x = \"\"\"no\nc doc\"\"\"\nm ''' a ''' # c\nc ''' a ''' + b\nm # c",
		"a.hs":          "m {- a {- b -}\nm still -}\nc x\nm -- c",
		"a.bat":         "m rem x\nm REM\nc remove x\nc x rem y\nm :: z",
		"a.txt":         "t x\nb\nt # y",
		"a.unknown":     "o x\nb",
		"run":           "c #!/usr/bin/env -S python3 -u\nm # x\nc y",
		"run.sh":        "c #!/bin/sh\nm # x",
		"run.x":         "o #!/bin/sh\no # x",
		"dir.go/a":      "o x",
		"A.GO":          "m // x",
		"Makefile":      "m # x\nc all:",
		"bom.go":        "m \xef\xbb\xbf// x",
		"lua/init.lua":  "m --[[\nm x ]]\nc y",
		"quote.go":      `c x := '"' // "` + "\nm // x\nc y := \"\\\\\" // z",
		"shebang.go":    "c #! not code elsewhere\nc #! x",
		"big/x.unknown": "",
	} {
		var lines []string
		want := ""
		for _, row := range strings.SplitAfter(text, "\n") {
			if row == "" {
				continue
			}
			want += row[:1]
			lines = append(lines, strings.TrimPrefix(row[1:], " "))
		}
		got := ""
		for _, c := range Classes(path, lines) {
			got += map[Class]string{Blank: "b", Code: "c", Comment: "m", Text: "t", Other: "o"}[c]
		}
		if got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
