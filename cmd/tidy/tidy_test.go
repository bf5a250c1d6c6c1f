package tidy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// file is one Go file of the tree.
type file struct {
	path string // from the root, with slashes
	dir  string
	test bool
	ast  *ast.File
}

// tree parses every Go file of the repository once.
func tree(t *testing.T) (*token.FileSet, []file) {
	t.Helper()
	fset := token.NewFileSet()
	var out []file
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && p != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		f, err := parser.ParseFile(fset, p, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		out = append(out, file{path: rel, dir: filepath.ToSlash(filepath.Dir(rel)), test: strings.HasSuffix(name, "_test.go"), ast: f})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 20 {
		t.Fatalf("only %d files found", len(out))
	}
	return fset, out
}

// Goal: imports go down the ladder. Method: every import of ours in every file
// that is no test.
func TestLadder(t *testing.T) {
	r, err := parse(Ladder)
	if err != nil {
		t.Fatal(err)
	}
	_, files := tree(t)
	for _, f := range files {
		if f.test {
			continue
		}
		for _, imp := range f.ast.Imports {
			p := strings.Trim(imp.Path.Value, `"`)
			to, ours := strings.CutPrefix(p, "probity/")
			if !ours {
				continue
			}
			if f.dir == "cmd/watchtower" || strings.HasPrefix(f.dir, "cmd/watchtower/") {
				if !strings.HasPrefix(to, "cmd/watchtower") {
					t.Errorf("%s imports %s: the watchtower shares no code with the node", f.path, to)
				}
				continue
			}
			if !r.may(f.dir, to) {
				t.Errorf("%s (%s) may not import %s (%s)", f.path, r.room(f.dir), to, r.room(to))
			}
		}
	}
}

// Goal: the ladder can refuse. Method: imports that must be refused or allowed.
func TestLadderRefuses(t *testing.T) {
	r, err := parse(Ladder)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"chain/keys", "chain/types", false},
		{"chain/types", "chain/keys", true},
		{"chain/state/proof", "chain/keys", true},
		{"chain/route/forum", "chain/route/court", false},
		{"chain/route/forum", "chain/route/pool", true},
		{"chain/route/pool", "chain/route/forum", false},
		{"consensus", "chain/exec", false},
		{"p2p", "chain/types", false},
		{"p2p", "p2p/peers", true},
		{"node/store", "node/mempool", false},
		{"node/rpc", "node/store", true},
		{"node/store", "node", false},
		{"cmd/probity", "sim", true},
		{"sim", "cmd/probity", false},
		{"vpool", "vpool/draw", true},
		{"vpool/draw", "vpool", false},
	} {
		if got := r.may(c.from, c.to); got != c.ok {
			t.Errorf("%s → %s: %v", c.from, c.to, got)
		}
	}
	if _, err := parse("a < b; b < a"); err == nil {
		t.Error("a ring passes")
	}
}

// law are the folders that must compute the same everywhere.
var law = []string{"vpool", "chain", "consensus"}

// closed are the doors to the world that the law does not have.
var closed = map[string]bool{
	"time": true, "os": true, "net": true, "context": true, "sync": true, "log": true, "log/slog": true,
	"crypto/rand": true, "math/rand": true, "math/rand/v2": true, "sync/atomic": true, "net/http": true,
	"os/exec": true, "os/signal": true, "syscall": true, "unsafe": true, "runtime": true, "math/big": true,
}

// lawModules are the modules that the law may import.
var lawModules = []string{
	"github.com/holiman/uint256", "github.com/fxamacker/cbor/v2", "github.com/zeebo/blake3",
	"github.com/oasisprotocol/curve25519-voi", "github.com/cloudflare/circl", "github.com/btcsuite/btcd/btcutil/bech32",
}

func isLaw(dir string) bool {
	for _, l := range law {
		if dir == l || strings.HasPrefix(dir, l+"/") {
			return true
		}
	}
	return false
}

// Goal: the law has no doors: no clock, disk, network, randomness, goroutine,
// channel, lock or float. Method: the syntax of every file of the law.
func TestDoors(t *testing.T) {
	fset, files := tree(t)
	for _, f := range files {
		if f.test || !isLaw(f.dir) {
			continue
		}
		for _, imp := range f.ast.Imports {
			p := strings.Trim(imp.Path.Value, `"`)
			if closed[p] {
				t.Errorf("%s imports %s", f.path, p)
			}
			if strings.Contains(strings.SplitN(p, "/", 2)[0], ".") && !allowed(p) {
				t.Errorf("%s imports the module %s, which the law does not use", f.path, p)
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt, *ast.SelectStmt, *ast.SendStmt, *ast.ChanType:
				t.Errorf("%s: goroutine or channel in the law", fset.Position(n.Pos()))
			case *ast.Ident:
				if n.Name == "float64" || n.Name == "float32" {
					t.Errorf("%s: float in the law", fset.Position(n.Pos()))
				}
			case *ast.BasicLit:
				if n.Kind == token.FLOAT {
					t.Errorf("%s: float in the law", fset.Position(n.Pos()))
				}
			}
			return true
		})
	}
}

func allowed(p string) bool {
	for _, m := range lawModules {
		if p == m || strings.HasPrefix(p, m+"/") {
			return true
		}
	}
	return false
}

// Goal: the top of the tree is the seven folders, docs, and the usual files.
func TestRoot(t *testing.T) {
	want := map[string]bool{
		"vpool": true, "chain": true, "consensus": true, "p2p": true, "node": true, "sim": true, "cmd": true, "docs": true,
		"bin":       true, // built, never committed
		"README.md": true, "LICENSE": true, "Makefile": true, "go.mod": true, "go.sum": true,
	}
	entries, err := os.ReadDir(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !want[e.Name()] {
			t.Errorf("%s does not belong at the top", e.Name())
		}
	}
}

// Goal: every package says what it is. Method: each has exactly one package
// comment, which begins as godoc wants it.
func TestPackageComments(t *testing.T) {
	_, files := tree(t)
	count, name := map[string]int{}, map[string]string{}
	for _, f := range files {
		if f.test {
			continue
		}
		name[f.dir] = f.ast.Name.Name
		if f.ast.Doc == nil {
			continue
		}
		count[f.dir]++
		text := f.ast.Doc.Text()
		if n := f.ast.Name.Name; n != "main" && !strings.HasPrefix(text, "Package "+n+" ") {
			t.Errorf("%s: the package comment does not begin with \"Package %s\"", f.path, n)
		}
	}
	dirs := make([]string, 0, len(name))
	for d := range name {
		dirs = append(dirs, d)
	}
	sort.Strings(dirs)
	for _, d := range dirs {
		if count[d] != 1 {
			t.Errorf("%s: %d package comments, want one", d, count[d])
		}
	}
}

// Goal: exported names say what they mean. Method: every exported function,
// method and type of every package has a comment.
func TestDocComments(t *testing.T) {
	fset, files := tree(t)
	for _, f := range files {
		if f.test {
			continue
		}
		for _, d := range f.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) && !trivial[d.Name.Name] {
					t.Errorf("%s: %s has no comment", fset.Position(d.Pos()), d.Name.Name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if ts, ok := s.(*ast.TypeSpec); ok && ts.Name.IsExported() && d.Doc == nil && ts.Doc == nil {
						t.Errorf("%s: %s has no comment", fset.Position(ts.Pos()), ts.Name.Name)
					}
				}
			}
		}
	}
}

// trivial methods are described by the interface that asks for them.
var trivial = map[string]bool{"Len": true, "Less": true, "Swap": true, "Push": true, "Pop": true, "Error": true, "Unwrap": true}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.IndexListExpr:
			typ = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

// Goal: functions fit a screen, or say why not. Method: a function above 70
// lines needs a comment with the word "long".
func TestFunctionLength(t *testing.T) {
	fset, files := tree(t)
	for _, f := range files {
		if f.test {
			continue
		}
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			lines := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line
			if lines > 70 && (fn.Doc == nil || !strings.Contains(strings.ToLower(fn.Doc.Text()), "long")) {
				t.Errorf("%s: %s has %d lines and no word about why it is long", f.path, fn.Name.Name, lines)
			}
		}
	}
}

// Goal: the law ranges over no map where its order could show. Method: every
// range over an expression that the file declares as a map needs, in the same
// function, a sort, or only order-free use, which a comment on the line states.
func TestSortedIteration(t *testing.T) {
	fset, files := tree(t)
	for _, f := range files {
		if f.test || !isLaw(f.dir) {
			continue
		}
		maps := mapNames(f.ast)
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				r, ok := n.(*ast.RangeStmt)
				if !ok || !maps[lastName(r.X)] || orderFree(fn, r) {
					return true
				}
				t.Errorf("%s: range over the map %s in %s: sort, or make the body independent of order", fset.Position(r.Pos()), lastName(r.X), fn.Name.Name)
				return true
			})
		}
	}
}

// mapNames are the names of variables and fields that the file declares as maps.
func mapNames(f *ast.File) map[string]bool {
	out := map[string]bool{}
	add := func(names []*ast.Ident, typ ast.Expr) {
		if _, ok := typ.(*ast.MapType); ok {
			for _, n := range names {
				out[n.Name] = true
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			add(n.Names, n.Type)
		case *ast.ValueSpec:
			add(n.Names, n.Type)
		case *ast.AssignStmt:
			for i, rhs := range n.Rhs {
				lit, ok := rhs.(*ast.CompositeLit)
				if !ok || i >= len(n.Lhs) {
					continue
				}
				if id, ok := n.Lhs[i].(*ast.Ident); ok {
					add([]*ast.Ident{id}, lit.Type)
				}
			}
		}
		return true
	})
	return out
}

func lastName(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	}
	return ""
}

// orderFree accepts a function that sorts, and a loop body that only deletes,
// counts, looks for an extreme or fills another map.
func orderFree(fn *ast.FuncDecl, r *ast.RangeStmt) bool {
	sorts := false
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok && (id.Name == "sort" || id.Name == "slices") {
				sorts = true
			}
		}
		return true
	})
	if sorts {
		return true
	}
	harmless := true
	ast.Inspect(r.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if name := lastName(call.Fun); name == "append" || name == "Write" || name == "Set" || name == "Emit" {
			harmless = false
		}
		return true
	})
	return harmless
}
