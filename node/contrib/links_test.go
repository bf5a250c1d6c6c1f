package contrib

import (
	"reflect"
	"strings"
	"testing"

	"probity/chain/keys"
	"probity/node/contrib/fixture"
)

// listed reads the register of main as "user status" in order.
func listed(t testing.TB, m *fixture.Maker) (out []string) {
	t.Helper()
	for _, l := range counted(t, m, DefaultRules()).Links {
		out = append(out, l.User+" "+string(l.Status))
	}
	return out
}

func wantListed(t testing.TB, m *fixture.Maker, want ...string) {
	t.Helper()
	if got := listed(t, m); !reflect.DeepEqual(got, want) {
		t.Errorf("register %q, want %q", got, want)
	}
}

// work gives an author a line that earns.
func work(m *fixture.Maker, who string, parents ...ID) ID {
	name, _, _ := strings.Cut(who, " ")
	return m.Commit(fixture.Commit{Author: who, Parents: parents, Files: map[string]string{name + ".go": "var " + name + " = 1\n"}})
}

// write puts a register into the repository.
func write(m *fixture.Maker, who string, parent ID, rows ...string) ID {
	return m.Commit(fixture.Commit{Author: who, Parents: []ID{parent}, Files: map[string]string{linksFile: strings.Join(rows, "\n") + "\n"}})
}

// Goal: G7: the register is daoContributors.txt at the root, a line for each
// user. Method: the same line there, in a folder, and under another name.
func TestG7_FileAtTheRoot(t *testing.T) {
	m := fixture.New()
	at := work(m, ada)
	row := signed("ada@example.org", 1) + "\n"
	at = m.Commit(fixture.Commit{Author: ada, Parents: []ID{at}, Files: map[string]string{"x/" + linksFile: row, "contributors.txt": row}})
	wantListed(t, m)
	write(m, ada, at, "# comment", "", signed("ada@example.org", 1))
	wantListed(t, m, "ada@example.org verified")
}

// Goal: G8: every address that was ever added is listed: the source's example
// of three lines, two of a first commit and one of a second. Method: three
// commits, the last of which empties the file.
func TestG8_WholeHistory(t *testing.T) {
	m := fixture.New()
	at := work(m, bob, work(m, ada))
	rows := []string{"ada@example.org " + key(1).Public().Address().String(), "bob@example.org " + key(2).Public().Address().String(), "ada@example.org " + key(3).Public().Address().String()}
	two := write(m, ada, at, rows[:2]...)
	three := write(m, ada, two, rows...)
	m.Commit(fixture.Commit{Author: ada, Parents: []ID{three}, Remove: []string{linksFile}})
	links := counted(t, m, DefaultRules()).Links
	var got []string
	for i, l := range links {
		got = append(got, l.User+" "+l.Address)
		if want := []ID{two, two, three}[i]; l.Commit != want.String() {
			t.Errorf("line %d was added by %s, want %s", i, l.Commit, want)
		}
	}
	if !reflect.DeepEqual(got, rows) {
		t.Errorf("register %q, want %q", got, rows)
	}
}

// Goal: G9: an address counts only where its user wrote the line. Method: lines
// of Ada by Ada, by Bob, and by somebody with Ada's name.
func TestG9_SelfWrittenOnly(t *testing.T) {
	m := fixture.New()
	at := work(m, bob, work(m, ada))
	one := write(m, bob, at, signed("ada@example.org", 2))
	two := write(m, "Ada <mallory@example.org>", one, signed("ada@example.org", 2), signed("ada@example.org", 3))
	write(m, ada, two, signed("ada@example.org", 2), signed("ada@example.org", 3), signed("Ada@Example.org", 1))
	wantListed(t, m, "ada@example.org not-own", "ada@example.org not-own", "Ada@Example.org verified")
	c := counted(t, m, DefaultRules())
	if len(c.Linked) != 1 || c.Linked[0].Address != key(1).Public().Address() || c.Linked[0].Claimed != "100.00" {
		t.Errorf("linked %v", c.Linked)
	}
}

// Goal: G10: without a file an author has an address too, the same on every
// machine, by the e-mail address alone. Method: the rule by hand.
func TestG10_AddressWithoutAFile(t *testing.T) {
	h := keys.Sum([]byte("identitygit:ada@example.org"))
	want := keys.Address(h[:20])
	if got := IdentityOf(" Ada@Example.ORG ").Account(); got != want {
		t.Errorf("account %s, want %s", got, want)
	}
	m := fixture.New()
	at := work(m, ada)
	m.Commit(fixture.Commit{Author: "Other Name <ADA@example.org>", Parents: []ID{at}, Files: map[string]string{"b.go": "var B = 1\n"}})
	c := counted(t, m, DefaultRules())
	if len(c.Authors) != 1 || c.Authors[0].Account != want {
		t.Errorf("authors %v, want one with account %s", c.Authors, want)
	}
}

// Goal: A-G4: the line must be new in content and signed by the address: a
// rename of the file, a merge, a change of white space, taking a deletion back
// and a move from another file write nothing. Method: Mallory plants a line for
// Ada's e-mail address; Ada does each of these.
func TestAG4_NewInContentAndSigned(t *testing.T) {
	planted := signed("ada@example.org", 66)
	start := func() (*fixture.Maker, ID) {
		m := fixture.New()
		return m, work(m, "Mallory <mallory@example.org>", work(m, ada))
	}
	mallory := "Mallory <mallory@example.org>"
	cases := map[string]func(m *fixture.Maker, at ID){
		"rename": func(m *fixture.Maker, at ID) {
			at = m.Commit(fixture.Commit{Author: mallory, Parents: []ID{at}, Files: map[string]string{"people.txt": planted + "\n"}})
			m.Commit(fixture.Commit{Author: ada, Parents: []ID{at}, Move: map[string]string{"people.txt": linksFile}})
		},
		"rename and rewrite": func(m *fixture.Maker, at ID) {
			at = m.Commit(fixture.Commit{Author: mallory, Parents: []ID{at}, Files: map[string]string{"people.txt": planted + "\n" + linesOf(9, "# #")}})
			m.Commit(fixture.Commit{Author: ada, Parents: []ID{at}, Remove: []string{"people.txt"}, Files: map[string]string{linksFile: planted + "\n"}})
		},
		"merge": func(m *fixture.Maker, at ID) {
			side := write(m, mallory, at, planted)
			main := work(m, bob, at)
			m.Commit(fixture.Commit{Author: ada, Parents: []ID{main, side}, Files: map[string]string{linksFile: planted + "\n"}})
		},
		"white space": func(m *fixture.Maker, at ID) {
			at = write(m, mallory, at, planted)
			write(m, ada, at, "", "  "+strings.ReplaceAll(planted, " ", "\t ")+" \r")
		},
		"revert": func(m *fixture.Maker, at ID) {
			at = write(m, mallory, at, planted)
			at = m.Commit(fixture.Commit{Author: ada, Parents: []ID{at}, Remove: []string{linksFile}})
			write(m, ada, at, planted)
		},
	}
	for name, do := range cases {
		m, at := start()
		do(m, at)
		for _, row := range listed(t, m) {
			if strings.HasSuffix(row, "verified") {
				t.Errorf("%s: the planted line counts: %s", name, row)
			}
		}
	}

	// What Ada writes herself counts if the address signed for her.
	m, at := start()
	other := strings.Fields(signed("bob@example.org", 1))
	other[0] = "ada@example.org"
	tail := strings.Fields(signed("ada@example.org", 1))
	write(m, ada, at,
		strings.Join(tail[:2], " "), // unsigned
		strings.Join(other, " "),    // signed for Bob
		strings.Join(append(tail[:2:2], strings.Fields(signed("ada@example.org", 2))[2:]...), " "), // by another key
		strings.Join(tail, " "),
		"ada@example.org nonsense", "ada prb1x", "ada@example.org")
	wantListed(t, m, "ada@example.org unsigned", "ada@example.org bad-signature", "ada@example.org bad-signature", "ada@example.org verified",
		"ada@example.org malformed", "ada malformed", "ada@example.org malformed")
	// A signature for another chain is none for this one.
	rules := DefaultRules()
	rules.Genesis = keys.Hash{1}
	for _, l := range counted(t, m, rules).Links {
		if l.Status == LinkVerified {
			t.Errorf("verified for another chain: %v", l)
		}
	}
}

// Goal: who owns no surviving line that earns is no contributor: the register
// pays nobody. Method: a link spammer.
func TestLinkSpam(t *testing.T) {
	m := fixture.New()
	at := work(m, ada)
	write(m, "Spam <spam@example.org>", at, signed("spam@example.org", 9))
	wantListed(t, m, "spam@example.org idle")
	if c := counted(t, m, DefaultRules()); len(c.Linked) != 0 || len(c.Authors) != 1 {
		t.Errorf("linked %v, authors %v", c.Linked, c.Authors)
	}
}

// Goal: A-G8: a user may have several addresses, the newest first, and an
// address several users. Method: Ada links two, Bob one of hers.
func TestAG8_SeveralAddresses(t *testing.T) {
	m := fixture.New()
	at := work(m, bob, work(m, ada))
	one := write(m, ada, at, signed("ada@example.org", 1))
	two := write(m, ada, one, signed("ada@example.org", 1), signed("ada@example.org", 2))
	write(m, bob, two, signed("ada@example.org", 1), signed("ada@example.org", 2), signed("bob@example.org", 1))
	first, second := key(1).Public().Address(), key(2).Public().Address()
	got := map[Identity][]keys.Address{}
	for _, l := range counted(t, m, DefaultRules()).Leaves() {
		got[l.Identity] = l.Addresses
	}
	want := map[Identity][]keys.Address{"git:ada@example.org": {second, first}, "git:bob@example.org": {first}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("addresses %v, want %v", got, want)
	}
}
