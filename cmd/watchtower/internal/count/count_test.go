package count

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"probity/cmd/watchtower/internal/count/git"
)

// Goal: counts are those of the vectors. Method: every repository of
// docs/spec/vectors/points.jsonl, put into a store object by object.
func TestVectors(t *testing.T) {
	file, err := os.Open(filepath.Join("..", "..", "..", "..", "docs", "spec", "vectors", "points.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 16<<20)
	counted := 0
	for n := 1; lines.Scan(); n++ {
		var q struct {
			In struct {
				Objects       []struct{ Type, Data string }
				Commit, Rules string
			}
			Out struct {
				Leaves []ReportAuthor
				Links  []ReportLink
			}
			Refuse bool
		}
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			t.Fatal(err)
		}
		result, err := countOf(q.In.Objects, q.In.Commit, q.In.Rules)
		if (err != nil) != q.Refuse {
			t.Errorf("line %d: %v", n, err)
		}
		if err != nil || q.Refuse {
			continue
		}
		r := (&Result{Authors: result.Leaves(), Links: result.Links}).Report(git.ID{}, Default())
		if !reflect.DeepEqual(r.Authors, q.Out.Leaves) || !reflect.DeepEqual(r.Links, q.Out.Links) {
			t.Errorf("line %d: %+v, want %+v", n, r, q.Out)
		}
		counted++
	}
	if err := lines.Err(); err != nil || counted < 5 {
		t.Errorf("%d counted, %v", counted, err)
	}
}

func countOf(objects []struct{ Type, Data string }, commit, text string) (*Result, error) {
	store := git.Given()
	for _, o := range objects {
		data, err := hex.DecodeString(strings.TrimPrefix(o.Data, "0x"))
		if err != nil {
			return nil, err
		}
		store.Put(git.Kind(o.Type), data)
	}
	rules, err := ParseRules(text)
	if err != nil {
		return nil, err
	}
	head, ok := git.Parse(strings.TrimPrefix(commit, "0x"))
	if !ok || objects == nil {
		return nil, errors.New("no commit")
	}
	return Count(store, head, rules)
}

// Goal: matching is that of §3.2: of two texts without common ends, the walk along the longest
// common subsequences that leaves an old line out first. Method: the recursion of the
// page, word for word, beside the table.
func TestMatchIsThePages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 9)
		old, new := text.Draw(t, "old"), text.Draw(t, "new")
		var l func(i, j int) int
		l = func(i, j int) int {
			switch {
			case i == len(old) || j == len(new):
				return 0
			case old[i] == new[j]:
				return 1 + l(i+1, j+1)
			}
			return max(l(i+1, j), l(i, j+1))
		}
		want := make([]int32, len(new))
		for j := range want {
			want[j] = none
		}
		lo, hi := 0, 0
		for lo < min(len(old), len(new)) && old[lo] == new[lo] {
			want[lo] = int32(lo)
			lo++
		}
		for hi < min(len(old), len(new))-lo && old[len(old)-1-hi] == new[len(new)-1-hi] {
			hi++
			want[len(new)-hi] = int32(len(old) - hi)
		}
		tailA, tailB := old[len(old)-hi:], new[len(new)-hi:]
		old, new = old[:len(old)-hi], new[:len(new)-hi]
		for i, j := lo, lo; i < len(old) && j < len(new); {
			switch {
			case old[i] == new[j]:
				want[j] = int32(i)
				i, j = i+1, j+1
			case l(i+1, j) >= l(i, j+1):
				i++
			default:
				j++
			}
		}
		old, new = append(old, tailA...), append(new, tailB...)
		if got := match(old, new); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q to %q: %v, want %v", old, new, got, want)
		}
	})
}

// Goal: what matches is equal and rises, hunks are what is between, and the chain
// of §3.3 is as long as can be. Method: any two texts, through the table and through the
// anchors; a chain found by trying all.
func TestMatchesRise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.SampledFrom(strings.Split("abcdefghijklmnop", "")), 0, 30)
		old, new := text.Draw(t, "old"), text.Draw(t, "new")
		m := matcher{partner: make([]int32, len(new))}
		for i := range m.partner {
			m.partner[i] = none
		}
		m.number(old, new)
		m.anchors(0, len(m.a), 0, len(m.b))
		for _, partner := range [][]int32{match(old, new), m.partner} {
			last := int32(none)
			for j, i := range partner {
				if i == none {
					continue
				}
				if old[i] != new[j] || i <= last {
					t.Fatalf("%q to %q: %v", old, new, partner)
				}
				last = i
			}
			for _, h := range hunks(partner, len(old)) {
				if h.oldN <= 0 || h.newN <= 0 || h.oldAt+h.oldN > len(old) || h.newAt+h.newN > len(new) {
					t.Fatalf("%q to %q: %+v", old, new, h)
				}
			}
		}
		points := m.points(0, len(m.a), 0, len(m.b))
		if len(points) == 0 {
			return
		}
		lens := make([]int, len(points))
		for i, p := range points {
			lens[i] = 1
			for k := range i {
				if points[k].b < p.b {
					lens[i] = max(lens[i], lens[k]+1)
				}
			}
		}
		end := chain(points)
		for i := range points {
			if points[i].len != lens[i] || lens[i] > lens[end] || lens[i] == lens[end] && i > end {
				t.Fatalf("%q to %q: %+v ends in %d, lengths %v", old, new, points, end, lens)
			}
		}
	})
}

// Goal: patterns match as §6.2 says. Method: pairs that match and pairs that do
// not.
func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		fits          bool
	}{
		{"vendor/", "vendor/a/b.go", true}, {"vendor/", "a/vendor/b.go", false}, {"vendor/", "vendor", false},
		{"**/vendor/", "a/vendor/b.go", true}, {"**/vendor/", "vendor/b.go", true}, {"**/vendor/", "xvendor/b.go", false},
		{"*.go", "a/b/c.go", true}, {"*.go", "c.go/x", false}, {"a/*.go", "a/b/c.go", false}, {"a/**.go", "a/b/c.go", true},
		{"a/**/c.go", "a/c.go", true}, {"a/**/c.go", "a/x/y/c.go", true}, {"a**/c.go", "abc/d/c.go", true}, {"a**/c.go", "ac.go", false},
		{"?.go", "a.go", true}, {"?.go", "é.go", false}, {"??.go", "é.go", true}, {"a?b/c", "a/b/c", false}, {"[a].go", "a.go", false},
		{"**", "a/b", true}, {"*", "a/b", true}, {"x/**/", "x/y/z", true}, {"/a", "a", false},
	} {
		if fits(c.pattern, c.path) != c.fits {
			t.Errorf("%s and %s: %v", c.pattern, c.path, !c.fits)
		}
	}
	long := strings.Repeat("*a", 128) // what must not take for ever
	if fits(long, strings.Repeat("a", 2000)+"b") {
		t.Error("a long pattern")
	}
}

// Goal: rules have one text, and a JSON form for people. Method: texts that are
// read and written again, texts that are refused, and both forms beside each other.
func TestRules(t *testing.T) {
	zero := "genesis 0x" + strings.Repeat("0", 64) + "\n"
	good := "probity/counting/1\ncode 5\ncomment 4\ntext 3\nother 1000000000\nexclude a b\nmultiply 100000000 *\n" + zero
	r, err := ParseRules(good)
	if err != nil || r.Canonical() != good {
		t.Errorf("%v", err)
	}
	fromJSON, err := ReadRules([]byte(`{"code": 5, "comment": 4, "text": 3, "other": 1000000000, "exclude": ["a b"], "multiply": [{"glob": "*", "ppm": 100000000}]}`))
	if err != nil || !reflect.DeepEqual(fromJSON, r) {
		t.Errorf("%+v, %v", fromJSON, err)
	}
	if r, err := ReadRules([]byte(`{}`)); err != nil || !reflect.DeepEqual(r, Default()) {
		t.Errorf("%+v, %v", r, err)
	}
	for _, bad := range []string{
		"", "code 5\n", strings.Replace(good, "code 5", "code 05", 1), strings.Replace(good, "1000000000", "1000000001", 1), good + "new 1\n", good[:len(good)-1],
		strings.Replace(good, "100000000 *", "100000001 *", 1), strings.Replace(good, "a b", "", 1), strings.Replace(good, "0x0", "0x", 1),
		strings.Replace(good, "a b", strings.Repeat("a", 257), 1), strings.Replace(good, "exclude a b\n", strings.Repeat("exclude a\n", 256), 1),
		`{"codes": 1}`, `{"genesis": "0x00"}`, `{"code": -1}`,
	} {
		if _, err := ReadRules([]byte(bad)); !errors.Is(err, ErrRules) {
			t.Errorf("%.80q: %v", bad, err)
		}
	}
}

// Goal: who somebody is follows the mailmap's four forms and the message's last
// paragraph. Method: the cases of §4.1 and §4.2.
func TestIdentities(t *testing.T) {
	m := readMailmap([]string{"Ada <ada@new> <ada@old>\n", "<bob@new> <BOB@old>\n", "Eve <eve@new> eve <shared@old>\n", "Dan <dan@new>\n", "# <x@new> <ada@new>\n",
		"<zoe@1> <zoe@old>\n", "<zoe@2> <zoe@old> words\n", "broken <a@b\n", "N <> <dan@new>\n"})
	for who, want := range map[git.Person]string{
		{Name: "X", Email: " Ada@OLD\t"}: "git:ada@new", {Email: "bob@old"}: "git:bob@new", {Name: "EVE", Email: "shared@old"}: "git:eve@new",
		{Name: "Dan", Email: "shared@old"}: "git:shared@old", {Email: "dan@new"}: "git:dan@new", {Email: "ada@new"}: "git:ada@new", {Email: "zoe@old"}: "git:zoe@2",
		{Email: "ÄDA@x"}: "git:Äda@x",
	} {
		if got := m.identity(who); got != want {
			t.Errorf("%+v is %s, want %s", who, got, want)
		}
	}
	message := "subject\n\nbody\n\nSigned-off-by: X <x@y>\nCo-authored-by: Bob <bob@old>\nCO-AUTHORED-BY : Ada <ADA@new>\nco-authored-by: <>\n \n"
	got := m.authors(&node{author: git.Person{Email: "ada@old"}, message: message})
	if want := []string{"git:ada@new", "git:bob@new"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	for i := range 20 {
		message = strings.Replace(message, "co-authored-by: <>", fmt.Sprintf("co-authored-by: <p%d@x>\nco-authored-by: <>", i), 1)
	}
	if got := m.authors(&node{message: message}); len(got) != 17 {
		t.Errorf("%d authors", len(got))
	}
	if got := coauthors("Co-authored-by: Bob <bob@old>\n"); got != nil {
		t.Errorf("of a subject: %v", got)
	}
	for id, ok := range map[string]bool{"git:a": true, "git:": false, "git:A": false, "git:a ": false, "git:a\xff": false, "git:a\x7f": false, "git:" + strings.Repeat("a", 125): false} {
		if proper(id) != ok {
			t.Errorf("%q", id)
		}
	}
}

// FuzzSigner: whatever a commit holds, its signature is read to its end or refused.
// Method: any bytes; what is signed by a key is so with its lines as they were.
func FuzzSigner(f *testing.F) {
	f.Add([]byte("tree x\ngpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lHAAAAAQ==\n -----END SSH SIGNATURE-----\n\nm"))
	f.Add([]byte("gpgsig \n a\ngpgsig-sha256 b\n c\n\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		payload, _, ok := signed(raw)
		if len(payload) > len(raw) || ok && !bytes.Contains(raw, []byte("gpgsig ")) {
			t.Errorf("%q: %q", raw, payload)
		}
		if key, ok := signer(raw); ok {
			t.Errorf("%q is signed by %x", raw, key)
		}
	})
}
