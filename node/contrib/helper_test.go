package contrib

import (
	"path/filepath"
	"strings"
	"testing"

	"probity/chain/keys"
	"probity/node/contrib/fixture"
)

const (
	ada   = "Ada <ada@example.org>"
	bob   = "Bob <bob@example.org>"
	carol = "Carol <carol@example.org>"
)

// written writes a fixture and opens it.
func written(t testing.TB, m *fixture.Maker) *Repo {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "repo.git")
	if err := m.Write(dir); err != nil {
		t.Fatal(err)
	}
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// counted counts main by the given rules.
func counted(t testing.TB, m *fixture.Maker, rules Rules) *Count {
	t.Helper()
	return countedAt(t, written(t, m), "main", rules)
}

func countedAt(t testing.TB, r *Repo, rev string, rules Rules) *Count {
	t.Helper()
	head, err := r.Resolve(rev)
	if err != nil {
		t.Fatal(err)
	}
	c, err := CountPoints(t.Context(), r, head, rules, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// points are the points of an author; "" where it has no row.
func points(c *Count, who string) string {
	for _, a := range c.Authors {
		if a.Author == who {
			return a.Points.String()
		}
	}
	return ""
}

// wantPoints compares all authors' points.
func wantPoints(t testing.TB, c *Count, want map[string]string) {
	t.Helper()
	for who, p := range want {
		if got := points(c, who); got != p {
			t.Errorf("%s has %q points, want %q", who, got, p)
		}
	}
	if len(c.Authors) != len(want) {
		t.Errorf("authors %v, want %d of them", c.Authors, len(want))
	}
}

// linesOf repeats a line with a number in it.
func linesOf(n int, format string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(format, "#", string(rune('a'+i%26))+strings.Repeat("x", i/26)) + "\n")
	}
	return b.String()
}

// key is a key pair for tests.
func key(n byte) keys.PrivateKey { return keys.FromSeed([32]byte{n}) }

// signed is a line that links an e-mail address with key n.
func signed(email string, n byte) string { return SignLink(keys.Hash{}, email, key(n)) }
