package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// source is the files of the watchtower by folder, from the module's root.
func source(t *testing.T) map[string][]*ast.File {
	t.Helper()
	out := map[string][]*ast.File{}
	fset := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Join("cmd", "watchtower", filepath.Dir(path)))
		out[dir] = append(out[dir], f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// imports are what a file imports.
func imports(f *ast.File) (out []string) {
	for _, i := range f.Imports {
		if path, err := strconv.Unquote(i.Path.Value); err == nil {
			out = append(out, path)
		}
	}
	return out
}

// tests counts the tests of files.
func tests(files []*ast.File) (n int) {
	for _, f := range files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(fn.Name.Name, "Test") {
				n++
			}
		}
	}
	return n
}

// Goal: the watchtower is a program of its own with tests of its own. Method: no
// file, not even of its tests, imports a package of the node; of what others wrote
// it takes a hash function, a group, the transport of the network, and random cases for tests; every package that follows a page of
// the specification names it and is tested beside it.
func TestO1_OwnWatchtowerWithOwnTests(t *testing.T) {
	taken := map[string]bool{"github.com/zeebo/blake3": true, "github.com/oasisprotocol/curve25519-voi": true, "github.com/libp2p/go-libp2p": true, "pgregory.net/rapid": true}
	folders := source(t)
	for dir, files := range folders {
		for _, f := range files {
			for _, path := range imports(f) {
				switch first, _, _ := strings.Cut(path, "/"); {
				case first == "probity":
					if !strings.HasPrefix(path, "probity/cmd/watchtower/") {
						t.Errorf("%s imports %s of the node", dir, path)
					}
				case strings.Contains(first, "."):
					parts := strings.SplitN(path, "/", 4)
					if !taken[strings.Join(parts[:min(3, len(parts))], "/")] && !taken[path] {
						t.Errorf("%s takes %s", dir, path)
					}
				}
			}
		}
	}
	for _, name := range []string{"count", "draw", "escrow", "law", "pac", "tree", "treegen", "wire"} {
		files, doc := folders["cmd/watchtower/internal/"+name], ""
		for _, f := range files {
			doc += f.Doc.Text()
		}
		if tests(files) == 0 || !strings.Contains(doc, "docs/spec") {
			t.Errorf("%s: %d tests, documented as %q", name, tests(files), doc)
		}
	}
}

// Goal: how far the second stack goes is told, and true. Method: each line of the table in
// docs/spec/conformance.md §6 names a page that is there, and a package that
// says that it follows it, or none; no package that follows a page is left out.
func TestO10_TheSecondStackAsFarAsItGoes(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "spec", "conformance.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(page), "## 6. ")
	if !ok {
		t.Fatal("no section 6")
	}
	folders, told, missing := source(t), map[string]bool{}, 0
	for _, row := range regexp.MustCompile(`(?m)^\| [^|]+ \| (\w+) \| (\S+) \|$`).FindAllStringSubmatch(table, -1) {
		if _, err := os.Stat(filepath.Join("..", "..", "docs", "spec", row[1]+".md")); err != nil && row[1] != "page" {
			t.Error(err)
		}
		switch files := folders[row[2]]; {
		case row[1] == "page":
		case row[2] == "–":
			missing++
		case len(files) == 0:
			t.Errorf("%s is not there", row[2])
		default:
			told[row[2]] = true
		}
	}
	if len(told) < 9 || missing == 0 {
		t.Errorf("%d parts, %d missing", len(told), missing)
	}
	for dir, files := range folders {
		doc := ""
		for _, f := range files {
			doc += f.Doc.Text()
		}
		sub := strings.TrimPrefix(dir, "cmd/watchtower/internal/")
		if sub != dir && !strings.Contains(sub, "/") && sub != "serve" && strings.Contains(doc, "docs/spec") && !told[dir] {
			t.Errorf("%s follows a page and is not in the table", dir)
		}
	}
}
