package contrib

import (
	"cmp"
	"strings"
	"unicode"

	"github.com/go-git/go-git/v5/plumbing/object"

	"probity/chain/keys"
)

// Identity is the canonical text of an author: "git:" and the e-mail address
// in lower-case letters, after the mailmap. A name never is part of it: anyone
// can write any name (governance A-G9).
type Identity string

// identityPrefix is the domain of identities from commits.
const identityPrefix = "git:"

// IdentityOf is the identity of an e-mail address.
func IdentityOf(email string) Identity {
	return Identity(identityPrefix + lowerASCII(trimText(email)))
}

// Email is the identity without its domain.
func (i Identity) Email() string { return strings.TrimPrefix(string(i), identityPrefix) }

// Account is the address where an identity's part waits until it is linked
// (governance G10). Nobody has a key for it.
func (i Identity) Account() keys.Address { return keys.IdentityAddress(string(i)) }

// trimText removes ASCII white space at both ends: what else is white differs
// between libraries.
func trimText(s string) string { return string(trimASCII([]byte(s))) }

// person is a name and an e-mail address of a commit.
type person struct{ name, email string }

// mailmap is the .mailmap of the counted commit: it replaces names and e-mail
// addresses of commits, as gitmailmap(5) says. E-mail addresses and names are
// compared without regard to the case of ASCII letters.
type mailmap struct {
	to map[person]person // by the address, or the name and the address, of a commit
}

// parseMailmap reads a mailmap. A line that is none of the four forms is passed
// over: a typing error must not stop every count.
func parseMailmap(content []byte) *mailmap {
	m := &mailmap{map[person]person{}}
	for _, raw := range splitLines(content) {
		row := string(raw)
		if strings.HasPrefix(row, "#") {
			continue
		}
		properName, properEmail, rest, ok := cutPerson(row)
		if !ok {
			continue
		}
		commitName, commitEmail, _, two := cutPerson(rest)
		switch {
		case !two && properName != "":
			m.enter(person{email: properEmail}, person{name: properName})
		case two && properEmail != "":
			m.enter(person{commitName, commitEmail}, person{properName, properEmail})
		}
	}
	return m
}

// cutPerson takes "Name <email>" from the front of a line.
func cutPerson(row string) (name, email, rest string, ok bool) {
	open := strings.IndexByte(row, '<')
	if open < 0 {
		return "", "", "", false
	}
	end := strings.IndexByte(row[open:], '>')
	if end < 0 {
		return "", "", "", false
	}
	return trimText(row[:open]), trimText(row[open+1 : open+end]), row[open+end+1:], true
}

// enter adds a rule; a later one adds to an earlier one.
func (m *mailmap) enter(from, to person) {
	from = person{lowerASCII(from.name), lowerASCII(from.email)}
	old := m.to[from]
	m.to[from] = person{cmp.Or(to.name, old.name), cmp.Or(to.email, old.email)}
}

// apply gives the proper name and address of a person.
func (m *mailmap) apply(p person) person {
	name, email := lowerASCII(trimText(p.name)), lowerASCII(trimText(p.email))
	to, ok := m.to[person{name, email}]
	if !ok {
		to = m.to[person{email: email}]
	}
	return person{cmp.Or(to.name, p.name), cmp.Or(to.email, p.email)}
}

// coAuthorsMax is the number of co-authors of a commit that count (spec §4.2).
const coAuthorsMax = 16

// authors are the persons who share a commit's lines: its author, then its
// co-authors in order, each identity once.
func (m *mailmap) authors(c *object.Commit) []person {
	all := []person{m.apply(person{c.Author.Name, c.Author.Email})}
	seen := map[Identity]bool{IdentityOf(all[0].email): true}
	for _, p := range coAuthors(c.Message) {
		p = m.apply(p)
		if id := IdentityOf(p.email); !seen[id] && len(all) <= coAuthorsMax {
			seen[id] = true
			all = append(all, p)
		}
	}
	return all
}

// coAuthors are the Co-authored-by trailers in the last paragraph of a message.
func coAuthors(message string) []person {
	rows := strings.Split(strings.ReplaceAll(message, "\r\n", "\n"), "\n")
	for len(rows) > 0 && trimText(rows[len(rows)-1]) == "" {
		rows = rows[:len(rows)-1]
	}
	for len(rows) > 0 && trimText(rows[0]) == "" {
		rows = rows[1:]
	}
	first := 0
	for i, row := range rows {
		if trimText(row) == "" {
			first = i + 1
		}
	}
	var out []person
	if first == 0 { // the subject is no paragraph of trailers
		return out
	}
	for _, row := range rows[first:] {
		key, value, ok := strings.Cut(row, ":")
		if !ok || lowerASCII(trimText(key)) != "co-authored-by" {
			continue
		}
		if name, email, _, ok := cutPerson(value); ok && email != "" {
			out = append(out, person{name, email})
		}
	}
	return out
}

// show makes a name from a commit fit for a terminal: one line, no control
// characters.
func show(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r) || unicode.IsControl(r) {
			return '\ufffd'
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}
