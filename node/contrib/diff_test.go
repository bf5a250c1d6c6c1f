package contrib

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// file makes lines of the letters of a text.
func file(text string) []line {
	var b strings.Builder
	for _, c := range text {
		b.WriteString(string(c) + "\n")
	}
	return hashLines([]byte(b.String()))
}

// checkHunks fails unless hunks are in order, apart, and lead from a to b.
func checkHunks(t interface{ Fatalf(string, ...any) }, a, b []line, hunks []hunk) (matched int) {
	var made []line
	at := 0
	for _, h := range hunks {
		if h.old < at || h.old+h.oldN > len(a) || h.oldN+h.newN == 0 {
			t.Fatalf("hunk %v after line %d of %d", h, at, len(a))
		}
		made = append(made, a[at:h.old]...)
		matched += h.old - at
		if len(made) != h.new {
			t.Fatalf("hunk %v comes at line %d", h, len(made))
		}
		made = append(made, b[h.new:h.new+h.newN]...)
		at = h.old + h.oldN
	}
	made = append(made, a[at:]...)
	if !slices.Equal(made, b) {
		t.Fatalf("hunks %v do not lead to the new file", hunks)
	}
	return matched + len(a) - at
}

// Goal: a diff leads from one file to the other and matches as many lines as
// can be matched. Method: random files of few letters, against the textbook
// table of common subsequences.
func TestDiffIsLongest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gen := rapid.StringOfN(rapid.RuneFrom([]rune("abcd")), 0, 24, -1)
		a, b := file(gen.Draw(t, "a")), file(gen.Draw(t, "b"))
		if got, want := checkHunks(t, a, b, diff(a, b)), longest(a, b); got != want {
			t.Fatalf("matched %d lines, %d can be", got, want)
		}
	})
}

// longest is the length of the longest common subsequence, by definition.
func longest(a, b []line) int {
	l := make([][]int, len(a)+1)
	for i := range l {
		l[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				l[i][j] = l[i+1][j+1] + 1
			} else {
				l[i][j] = max(l[i+1][j], l[i][j+1])
			}
		}
	}
	return l[0][0]
}

// Goal: the two ways to the exact match take the same one. Method: random
// files, one walk with each.
func TestTwoWaysToOneMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gen := rapid.StringOfN(rapid.RuneFrom([]rune("abcde")), 0, 30, -1)
		a, b := file(gen.Draw(t, "a")), file(gen.Draw(t, "b"))
		quick, full := nearby(a, b), table(a, b)
		i, j := 0, 0
		for i < len(a) && j < len(b) {
			if a[i] == b[j] {
				i, j = i+1, j+1
				continue
			}
			q, f := quick(i, j), full(i, j)
			if q != f {
				t.Fatalf("at %d, %d the old line goes: %v by the search, %v by the table", i, j, q, f)
			}
			if q {
				i++
			} else {
				j++
			}
		}
	})
}

// Goal: far files are matched by the table and say so. Method: two files with
// nothing in common but one line, further apart than the search goes.
func TestFarFiles(t *testing.T) {
	a := hashLines([]byte(linesOf(400, "old #") + "same\n" + linesOf(400, "older #")))
	b := hashLines([]byte(linesOf(300, "new #") + "same\n" + linesOf(500, "newer #")))
	if nearby(a, b) != nil {
		t.Fatal("the search found a way of more than its bound")
	}
	if got := checkHunks(t, a, b, diff(a, b)); got != 1 {
		t.Errorf("matched %d lines, want 1", got)
	}
}

// Goal: large files are matched at their unique lines. Method: 3,000 lines of
// which every tenth is new, and two files that share no unique line.
func TestLargeFiles(t *testing.T) {
	a := hashLines([]byte("first\n" + linesOf(3_000, "#") + "last\n"))
	b := slices.Clone(a)
	b[0], b[len(b)-1] = line{1}, line{2}
	for i := 5; i < 3_000; i += 10 {
		b[i] = line{3, uint64(i)}
	}
	if got := checkHunks(t, a, b, diff(a, b)); got != 3_000-300 {
		t.Errorf("matched %d lines, want 2700", got)
	}
	same := make([]line, 5_000)
	other := slices.Clone(same)
	other[0], other[len(other)-1] = line{1}, line{2}
	if got := diff(same, other); !reflect.DeepEqual(got, []hunk{{0, 5_000, 0, 5_000}}) {
		t.Errorf("without a unique line: %v", got)
	}
}

// Goal: the anchors are the chain that patience sorting gives. Method: cases
// with several longest chains.
func TestAnchors(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want []pair
	}{
		{"abc", "abc", []pair{{0, 0}, {1, 1}, {2, 2}}},
		{"ab", "ba", []pair{{1, 0}}}, // of two chains of one the last card on the pile
		{"abcd", "badc", []pair{{1, 0}, {3, 2}}},
		{"aab", "aba", []pair{{2, 1}}}, // a is not unique
		{"ab", "cd", []pair{}},
	} {
		if got := anchors(file(c.a), file(c.b)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s to %s: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// Goal: where several matches are longest, the specified one is taken. Method:
// the cases of the specification.
func TestDiffTies(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want []hunk
	}{
		{"", "x", []hunk{{0, 0, 0, 1}}},
		{"x", "x", nil},
		{"ab", "ba", []hunk{{0, 1, 0, 0}, {2, 0, 1, 1}}}, // the old a goes, b matches
		{"axb", "ayb", []hunk{{1, 1, 1, 1}}},
		{"ab", "aab", []hunk{{1, 0, 1, 1}}}, // what is added slides down
	} {
		if got := diff(file(c.a), file(c.b)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q to %q: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
