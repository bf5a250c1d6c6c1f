package contrib

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/hhatto/gocloc"

	"probity/chain/keys"
	"probity/node/contrib/fixture"
)

// Goal: G11: 1 point a line of code, ½ of comment, ½ of .txt and .md, nothing
// for blank lines, binary files, links and unknown files. Method: one file of
// each kind with known lines.
func TestG11_PointsOfALine(t *testing.T) {
	for _, c := range []struct{ file, content, want string }{
		{"a.go", "package a\n\n// one\nvar X = 1 // two\n", "2.5"},
		{"a.txt", "one\n\n  \ntwo\n", "1"},
		{"a.md", "# one\n\ntwo\nthree\n", "1.5"},
		{"a.py", "\"\"\"Doc\n\nmore\"\"\"\nx = \"\"\"a\nb\"\"\"\n# c\n", "3.5"},
		{"a.bin", "x = 1\x00\n", ""},
		{"a.unknown", "x = 1\n", ""},
		{"script", "#!/usr/bin/env python3\n# c\nx = 1\n", "2.5"},
	} {
		m := fixture.New()
		m.Commit(fixture.Commit{Author: ada, Files: map[string]string{c.file: c.content}, Links: map[string]string{"link.go": "a.go"}})
		if got := points(counted(t, m, DefaultRules()), ada); got != c.want {
			t.Errorf("%s: %q points, want %q", c.file, got, c.want)
		}
	}
}

// Goal: the classes follow the language. Method: a line for each class that a
// simple test gets wrong.
func TestG11_Classes(t *testing.T) {
	for _, c := range []struct{ file, content, want string }{
		{"a.go", "x := \"/* no\"\ny()\n/* c\n\nd */ z()\n`raw // \n/* \n`\n// e\n", "ccm_ccccm"},
		{"a.go", "x := '\"' // \" /*\n// m\n", "cm"},
		{"a.c", "/* /* */ int x;\n", "c"}, // blocks of C do not nest
		{"a.rs", "/* /* */\nstill */\nlet x: &'a str = y;\n/// doc\n", "mmcm"},
		{"a.py", "def f():\n    '''doc'''\n    return '''x\n# y'''\n", "cmcc"},
		{"a.py", "#!/usr/bin/python\n# m\n", "cm"},
		{"a.lua", "-- m\n--[[ m\nm ]]\nx = 1\n", "mmmc"},
		{"a.html", "<!-- m -->\n<p>x</p>\n<!--\nm\n--> <b>\n", "mcmmc"},
		{"a.sql", "-- m\nSELECT 1; -- c\n/* m */\n", "mcm"},
		{"a.bat", "REM m\nREMOVE c\nrem\n", "mcm"},
		{"a.js", "`\\` // c\n/* c\n`\n// m\n", "cccm"},
		{"a.MD", "<!-- x -->\n\ny\n", "t_t"},
		{"Makefile", "# m\nall: c\n", "mc"},
		{"a.yml", "\ufeff# m\na: 'b' # c\n", "mc"},
		{".gitignore", "x\n", "o"},
		{"a.ml", "(* m (* m\n*) m *)\nlet x' = 1 (* c *)\n", "mmc"},
	} {
		got := ""
		for _, class := range Classify(c.file, []byte(c.content)) {
			got += string("_cmto"[class])
		}
		if got != c.want {
			t.Errorf("%s %q: %s, want %s", c.file, c.content, got, c.want)
		}
	}
}

// Goal: the table of languages is as good as the counter that it was taken
// from. Method: for each language of both, a file of code, line comments and
// block comments, counted by both.
func TestLanguagesAgainstGocloc(t *testing.T) {
	corrected := map[string]bool{ // the counter's own markers are wrong or it has none
		"MATLAB": true, "Pascal": true, "Q": true, "FORTRAN Legacy": true, "Batch": true, "Julia": true, "Clojure": true,
		"F#": true, "HTML": true, "CSS": true, "Vue": true, "LISP": true, "Jupyter Notebook": true, "lex": true, "F*": true,
		"Perl": true, "Ruby": true, "Just": true, "Dart": true, "Zig": true, "Rust": true, "Factor": true,
	}
	theirs := gocloc.NewDefinedLanguages().Langs
	compared := 0
	for ext, l := range languages.exts {
		their := theirs[l.name]
		if their == nil || l.text || corrected[l.name] {
			continue
		}
		rows := []string{"code", ""}
		for _, m := range l.line {
			rows = append(rows, m+" comment")
		}
		for _, b := range l.blocks {
			rows = append(rows, b[0]+" comment "+b[1], "code", b[0], "comment", b[1], "code")
		}
		content := strings.Join(rows, "\n") + "\n"
		var want, got [Other + 1]int32
		f := gocloc.AnalyzeReader("x."+ext, their, strings.NewReader(content), gocloc.NewClocOptions())
		want[Code], want[Comment], want[Blank] = f.Code, f.Comments, f.Blanks
		for _, class := range Classify("x."+ext, []byte(content)) {
			got[class]++
		}
		// Its count of a line in which one of two kinds of block is closed
		// differs from its own rule for languages with one kind.
		if len(l.blocks) < 2 && got != want {
			t.Errorf("%s (.%s): %v, gocloc %v\n%s", l.name, ext, got, want, content)
		}
		compared++
	}
	if compared < 150 {
		t.Errorf("compared %d extensions", compared)
	}
}

// Goal: G12: the part is points over all points of the branch, at one commit,
// whatever else is in the repository. Method: main and a branch that is ahead.
func TestG12_MainBranchOnly(t *testing.T) {
	m := fixture.New()
	first := m.Commit(fixture.Commit{Author: ada, Files: map[string]string{"a.go": linesOf(3, "var # = 1")}})
	main := m.Commit(fixture.Commit{Author: bob, Parents: []ID{first}, Files: map[string]string{"b.go": "var B = 1\n"}})
	ahead := m.Commit(fixture.Commit{Author: carol, Parents: []ID{main}, Files: map[string]string{"c.go": linesOf(9, "var # = 1")}})
	m.Branch("main", main)
	m.Branch("ahead", ahead)
	r := written(t, m)
	c := countedAt(t, r, "main", DefaultRules())
	wantPoints(t, c, map[string]string{ada: "3", bob: "1"})
	if c.Authors[0].Share != "75.00" || c.Authors[1].Share != "25.00" {
		t.Errorf("parts %s and %s, want 75.00 and 25.00", c.Authors[0].Share, c.Authors[1].Share)
	}
	if c := countedAt(t, r, "ahead", DefaultRules()); points(c, carol) != "9" {
		t.Errorf("on the branch: %v", c.Authors)
	}
}

// Goal: G13: the two tables with the source's percentages: 71 and 2 points of
// two linked authors are 0.20 and 0.01 % of all, 97.26 and 2.74 % of what is
// claimed. Method: a repository of 35,500 points.
func TestG13_TwoTables(t *testing.T) {
	m := fixture.New()
	one := m.Commit(fixture.Commit{Author: ada, Files: map[string]string{"a.go": linesOf(71, "var # = 1"), linksFile: signed("ada@example.org", 1) + "\n"}})
	two := m.Commit(fixture.Commit{Author: bob, Parents: []ID{one}, Files: map[string]string{"b.go": linesOf(2, "var # = 1"),
		linksFile: signed("ada@example.org", 1) + "\n" + signed("bob@example.org", 2) + "\n"}})
	m.Commit(fixture.Commit{Author: carol, Parents: []ID{two}, Files: map[string]string{"c.go": strings.Repeat("var C = 1\n", 35_427)}})
	c := counted(t, m, DefaultRules())
	want := `Author                     Lines  Points  % total
Carol <carol@example.org>  35427   35427    99.79
Ada <ada@example.org>         71      71     0.20
Bob <bob@example.org>          2       2     0.01

Author                 Address                                     % total  % claimed
Ada <ada@example.org>  ADA     0.20      97.26
Bob <bob@example.org>  BOB     0.01       2.74
`
	want = strings.NewReplacer("ADA", key(1).Public().Address().String(), "BOB", key(2).Public().Address().String()).Replace(want)
	if got := c.Tables(); got != want {
		t.Errorf("tables:\n%s\nwant:\n%s", got, want)
	}
	var raw bytes.Buffer
	enc := json.NewEncoder(&raw)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(c); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"commit":"` + c.Commit + `"`, `"author":"Carol <carol@example.org>","lines":35427,"points":"35427","share":"99.79"`, `"share":"0.20","claimed":"97.26"`} {
		if !strings.Contains(raw.String(), part) {
			t.Errorf("no %s in %s", part, raw.String())
		}
	}
}

// Goal: G14: members decide the weights, and a hash names their decision.
// Method: the same commit by two sets of rules.
func TestG14_WeightsAreDecidable(t *testing.T) {
	m := fixture.New()
	m.Commit(fixture.Commit{Author: ada, Files: map[string]string{"a.go": "package a\n// c\n", "docs/a.md": "x\n", "gen/b.go": "package b\n", "c.unknown": "y\n"}})
	rules := Rules{Code: 2 * Point, Comment: Point, Text: 3 * Point, Other: Point / 4, Exclude: []string{"gen/"}, Multiply: []Multiplier{{"docs/**", 1_500_000}, {"*.md", 0}}}
	c := counted(t, m, rules)
	wantPoints(t, c, map[string]string{ada: "7.75"}) // 2 + 1 + 4.5 + 0.25
	plain := DefaultRules()
	if c.Ruleset != rules.Hash() || rules.Hash() == plain.Hash() {
		t.Errorf("ruleset %s, want %s, not %s", c.Ruleset, rules.Hash(), plain.Hash())
	}
	for _, bad := range []Rules{{Code: weightMax + 1}, {Exclude: []string{""}}, {Exclude: []string{"a\nb"}}, {Multiply: []Multiplier{{"x", ppmMax + 1}}}, {Exclude: make([]string, patternMax+1)}} {
		if err := bad.Check(); !errors.Is(err, ErrRules) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

// Goal: A-G5: what earns nothing: blank lines, binary files, excluded files,
// lines of ignored commits for who formatted them; non-ASCII paths do. Method:
// the repository of traps, all authors' points by hand.
func TestAG5_Traps(t *testing.T) {
	r := written(t, fixture.Traps())
	rules := DefaultRules()
	rules.Exclude = []string{"vendor/"}
	c := countedAt(t, r, "main", rules)
	// Ada: p.go has 2+1 comment lines of hers and 7 of code without "return 3",
	// which is hers as well; notes 1.5, README 1, naïve.py 1 of doc and 1 code,
	// old.go 2 by the old address, half of shared.go's 2.
	// Bob: half of shared.go. Mallory: forged 2, side 2, one comment, one line of README.
	for who, want := range map[Identity]string{"git:ada@example.org": adaTraps, "git:bob@example.org": "1", "git:mallory@example.org": "5"} {
		found := false
		for _, a := range c.Authors {
			if a.Identity == who {
				found = true
				if a.Points.String() != want {
					t.Errorf("%s has %s points, want %s", who, a.Points, want)
				}
			}
		}
		if !found {
			t.Errorf("%s has no row", who)
		}
	}
	if with := countedAt(t, r, "main", DefaultRules()); with.Total-c.Total != 2*Point {
		t.Errorf("vendor/ is worth %s", with.Total-c.Total)
	}
}

// adaTraps: p.go "// Package" is Mallory's now; package p, /* a block, of
// comment */ (2 × ½), func A, return "/*, }, func B, return 3, } = 7 + 1 = 8;
// notes.txt 3 × ½, README 2 × ½, naïve.py 2 × ½ + 1, old.go 2, shared.go 1.
const adaTraps = "15.5"

// Goal: A-G9: the e-mail address is the author, never the name. Method: one
// name with two addresses, one address with two names and in capitals, a
// mailmap, a co-author.
func TestAG9_KeyedOnEmail(t *testing.T) {
	m := fixture.New()
	a := m.Commit(fixture.Commit{Author: ada, Files: map[string]string{"a.go": "var A = 1\n"}})
	b := m.Commit(fixture.Commit{Author: "Ada <mallory@example.org>", Parents: []ID{a}, Files: map[string]string{"b.go": linesOf(2, "var # = 1")}})
	c := m.Commit(fixture.Commit{Author: "Somebody <ADA@example.org>", Parents: []ID{b}, Files: map[string]string{"c.go": linesOf(4, "var # = 1")}})
	d := m.Commit(fixture.Commit{Author: "Ada <old@example.org>", Parents: []ID{c}, Files: map[string]string{"d.go": linesOf(8, "var # = 1"),
		mailmapFile: "Ada <ada@example.org> <OLD@example.org>\nno mapping\n"}})
	m.Commit(fixture.Commit{Author: bob, Parents: []ID{d}, Message: "x\n\nCo-authored-by: A <old@example.org>\nCo-authored-by: C <carol@example.org>\n", Files: map[string]string{"e.go": linesOf(3, "var # = 1")}})
	got := map[Identity]uint64{}
	for _, r := range counted(t, m, DefaultRules()).Authors {
		got[r.Identity] = uint64(r.Points)
	}
	// Three thirds of three points; what is left over is the commit's author's.
	want := map[Identity]uint64{"git:ada@example.org": 13_999_999, "git:mallory@example.org": 2_000_000, "git:bob@example.org": 1_000_002, "git:carol@example.org": 999_999}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("micropoints %v, want %v", got, want)
	}
}

// Goal: patterns match as the specification says. Method: a table.
func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		glob, path string
		want       bool
	}{
		{"*.go", "a/b/c.go", true}, {"*.go", "a.got", false}, {"vendor/", "vendor/a/b.go", true}, {"vendor/", "x/vendor/a", false},
		{"**/vendor/", "x/vendor/a", true}, {"**/x.go", "x.go", true}, {"**/x.go", "ax.go", false}, {"**/x.go", "a/ax.go", false},
		{"a/**/b", "a/b", true}, {"a/**/b", "a/x/y/b", true}, {"a/*/b", "a/x/y/b", false}, {"a?c/*", "abc/d", true}, {"a?c/*", "a/c/d", false},
		{"größe/**", "größe/x", true}, {"a**", "abc", true}, {"**", "a/b", true}, {"x", "", false},
	} {
		if got := match(c.glob, c.path); got != c.want {
			t.Errorf("%s matches %s: %v", c.glob, c.path, got)
		}
	}
}

// Goal: names cannot write to the terminal. Method: a name with an escape.
func TestNamesAreShown(t *testing.T) {
	m := fixture.New()
	m.Commit(fixture.Commit{Author: "\x1b[2J\u202eevil <e@example.org>", Files: map[string]string{"a.go": "package a\n"}})
	if got := counted(t, m, DefaultRules()).Authors[0].Author; strings.ContainsAny(got, "\x1b\u202e") {
		t.Errorf("author %q", got)
	}
}

// Goal: percentages round half up and need no float. Method: a table.
func TestPercent(t *testing.T) {
	for _, c := range []struct {
		part, whole uint64
		want        string
	}{{71, 73, "97.26"}, {2, 73, "2.74"}, {1, 0, "0.00"}, {1, 1, "100.00"}, {1, 20_000, "0.01"}, {1, 20_001, "0.00"}, {1 << 63, 1 << 63, "100.00"}} {
		if got := percent(c.part, c.whole); got != c.want {
			t.Errorf("%d of %d is %s, want %s", c.part, c.whole, got, c.want)
		}
	}
	for text, want := range map[string]uint64{"50": 500_000, "33.34": 333_400, "100%": 1_000_000, "0.0001": 1} {
		if got, err := ParsePercent(text); err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "x", "100.1", "-1", "1.23456", ".5"} {
		if _, err := ParsePercent(text); !errors.Is(err, ErrRules) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Goal: leaves are sorted and hold who earns. Method: G13's authors.
func TestLeaves(t *testing.T) {
	m := fixture.New()
	one := m.Commit(fixture.Commit{Author: bob, Files: map[string]string{"b.go": "var B = 1\n", linksFile: signed("bob@example.org", 2) + "\n"}})
	m.Commit(fixture.Commit{Author: ada, Parents: []ID{one}, Files: map[string]string{"a.go": "var A = 1\n// x\n"}})
	want := []Leaf{{"git:ada@example.org", 1_500_000, nil}, {"git:bob@example.org", 1_000_000, []keys.Address{key(2).Public().Address()}}}
	if got := counted(t, m, DefaultRules()).Leaves(); !reflect.DeepEqual(got, want) {
		t.Errorf("leaves %v, want %v", got, want)
	}
}

// Goal: the table of languages in the specification is the one that counts.
// Method: the bytes of both.
func TestLanguagesAreSpecified(t *testing.T) {
	spec, err := os.ReadFile("../../docs/spec/languages.txt")
	if err != nil {
		t.Fatal(err)
	}
	if string(spec) != languageTable {
		t.Error("docs/spec/languages.txt is not node/contrib/languages.txt")
	}
}
