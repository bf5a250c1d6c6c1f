package count

import (
	"strings"
	"unicode/utf8"

	"probity/cmd/watchtower/internal/count/git"
)

// coauthorsMax is how many co-authors share a commit (§4.2).
const coauthorsMax = 16

// identityOf is the identity of an address that the mailmap has nothing on (§4.1).
func identityOf(email string) string { return "git:" + lower(trim(email)) }

// proper reports whether a text is an identity (contribution §3): only those
// have leaves.
func proper(id string) bool {
	if len(id) < 5 || len(id) > 128 || !utf8.ValidString(id) || id[len(id)-1] == ' ' || id[0] == ' ' {
		return false
	}
	for i := range len(id) {
		if c := id[i]; c < 0x20 || c == 0x7f || c >= 'A' && c <= 'Z' {
			return false
		}
	}
	return strings.HasPrefix(id, "git:")
}

// mailmap says which address stands for another, alone or with a name (§4.1).
type mailmap struct {
	emails map[string]string
	named  map[[2]string]string // by address and name
}

func readMailmap(lines []string) *mailmap {
	m := &mailmap{emails: map[string]string{}, named: map[[2]string]string{}}
	for _, line := range lines {
		if !strings.HasPrefix(line, "#") {
			m.add(line)
		}
	}
	return m
}

// add takes one line: NAME <A>, <A> <B>, NAME <A> <B>, or NAME <A> NAME <B>. The
// first says nothing about addresses.
func (m *mailmap) add(line string) {
	_, proper, rest, ok := angle(line)
	if !ok {
		return
	}
	name, commit, _, ok := angle(rest)
	if !ok || proper == "" {
		return
	}
	if name == "" {
		m.emails[lower(commit)] = proper
	} else {
		m.named[[2]string{lower(commit), lower(name)}] = proper
	}
}

// angle reads TEXT <ADDRESS> and gives what follows.
func angle(s string) (text, address, rest string, ok bool) {
	from := strings.IndexByte(s, '<')
	if from < 0 {
		return "", "", "", false
	}
	to := strings.IndexByte(s[from:], '>')
	if to < 0 {
		return "", "", "", false
	}
	return trim(s[:from]), trim(s[from+1 : from+to]), s[from+to+1:], true
}

// identity is who a person is.
func (m *mailmap) identity(p git.Person) string {
	email := lower(trim(p.Email))
	if to, ok := m.named[[2]string{email, lower(trim(p.Name))}]; ok {
		return identityOf(to)
	}
	if to, ok := m.emails[email]; ok {
		return identityOf(to)
	}
	return identityOf(email)
}

// authors are who shares a commit: its author, then co-authors, each once (§4.2).
func (m *mailmap) authors(c *node) []string {
	out := []string{m.identity(c.author)}
	for _, p := range coauthors(c.message) {
		id, seen := m.identity(p), false
		for _, o := range out {
			seen = seen || o == id
		}
		if !seen && len(out) <= coauthorsMax {
			out = append(out, id)
		}
	}
	return out
}

// coauthors are named in the last paragraph of a message, unless it is the only
// one.
func coauthors(message string) (out []git.Person) {
	var last []string
	paragraphs := 0
	open := false
	for _, line := range strings.Split(message, "\n") {
		if trim(line) == "" {
			open = false
			continue
		}
		if !open {
			open, last = true, nil
			paragraphs++
		}
		last = append(last, line)
	}
	if paragraphs < 2 {
		return nil
	}
	for _, line := range last {
		key, value, _ := strings.Cut(line, ":")
		if lower(trim(key)) != "co-authored-by" {
			continue
		}
		name, email, _, ok := angle(value)
		if ok && email != "" {
			out = append(out, git.Person{Name: name, Email: email})
		}
	}
	return out
}
