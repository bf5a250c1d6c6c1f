package attack

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"probity/chain/keys"
	"probity/chain/route/contribution"
	"probity/chain/route/oracle"
	"probity/chain/types"
	"probity/node/contrib"
	"probity/node/contrib/fixture"
)

// gamingAttack wants a repository without having written it.
var gamingAttack = &Attack{
	Name:  "gaming",
	Title: "Want a repository without having written it: churn, forged authors, spam of links",
	Claim: "Lines that die, renames, merges, reverts, excluded files, other names, links for others, and links under the address of an author who signs commits earn nothing; co-authors and the " +
		"mailmap make no points; who rewrites everything has what pac.max_growth_ppm lets, takes no share from anybody, and gives it " +
		"all back in the count when the commit is ignored.",
	Source: "spec counting §2, §4, §7, contribution §3, §6",
	Options: []Option{
		{"lines", "400", "lines of code that the author wrote"},
		{"churns", "40", "commits of the attacker that come to nothing, or spam of links in one"},
		{"intervals", "3", "countings on the chain after the attacker has rewritten all lines"},
	},
	Run: runGaming,
}

const (
	author   = "Ada <ada@example.org>"
	attacker = "Mallory <mallory@example.org>"
	adaID    = "git:ada@example.org"
	malID    = "git:mallory@example.org"
	register = "daoContributors.txt"
)

// trick is one thing that the attacker does to the repository, and what comes of
// it: points of both, in points.
type trick struct {
	name     string
	rule     Rule
	ada, mal float64 // expected
	do       func(*forge)
}

// forge is a repository that is being gamed.
type forge struct {
	m             *fixture.Maker
	head          contrib.ID
	sign          fixture.Signer // of the next commits
	files         map[string]string
	lines, churns int
	rules         contrib.Rules
}

func (f *forge) commit(by, message string, change func(files map[string]string)) {
	next := map[string]string{}
	for name, text := range f.files {
		next[name] = text
	}
	change(next)
	c := fixture.Commit{Author: by, Message: message, Files: map[string]string{}, Sign: f.sign}
	if !f.head.IsZero() {
		c.Parents = []contrib.ID{f.head}
	}
	for name := range f.files {
		if _, ok := next[name]; !ok {
			c.Remove = append(c.Remove, name)
		}
	}
	for name, text := range next {
		if f.files[name] != text {
			c.Files[name] = text
		}
	}
	f.files, f.head = next, f.m.Commit(c)
}

func put(name, text string) func(map[string]string) {
	return func(files map[string]string) { files[name] = text }
}

// code is n lines of code.
func code(word string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "var %s%d = %d\n", word, i, i)
	}
	return b.String()
}

func newForge(lines, churns int64) *forge {
	f := &forge{m: fixture.New(), lines: int(lines), churns: int(churns), rules: contrib.DefaultRules()}
	f.rules.Exclude = []string{"vendor/"}
	f.commit(author, "", put("a.go", code("a", f.lines)))
	return f
}

// link is a line of the register.
func link(email, owner string) string {
	return contrib.SignLink(keys.Hash{}, email, linkKey(owner)) + "\n"
}

// linkKey is the key of an account that is linked to an identity: unlike all of
// an assembly's, its signatures are looked at.
func linkKey(owner string) keys.PrivateKey {
	return keys.FromSeed(keys.Sum([]byte("gaming"), []byte(owner)))
}

// claims lets the accounts of owners claim an identity, whosever it is.
func claims(a *assembly, identity string, owners ...string) {
	for _, owner := range owners {
		k := linkKey(owner)
		a.say("mallory", "contribution/link", contribution.Link{
			Identity: identity, Key: k.Public(), Signature: k.Sign(contribution.LinkMessage(a.x.Chain().Genesis, identity)),
		})
	}
	a.must(0)
}

// count counts the head.
func (f *forge) count() (*contrib.Count, error) {
	dir, err := os.MkdirTemp("", "gaming")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	f.m.Branch("main", f.head)
	path := filepath.Join(dir, "r.git")
	if err := f.m.Write(path); err != nil {
		return nil, err
	}
	r, err := contrib.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return contrib.CountPoints(context.Background(), r, f.head, f.rules, contrib.Options{})
}

// leaf is the part of an identity.
func leaf(c *contrib.Count, id string) (points float64, addresses int) {
	for _, l := range c.Leaves() {
		if string(l.Identity) == id {
			return float64(l.Micropoints) / contrib.Point, len(l.Addresses)
		}
	}
	return 0, 0
}

// tricks are what the attacker tries, each on a new repository. It is a table, and
// as long as the attacker's list.
func tricks(lines, churns float64) []trick {
	return []trick{
		{"lines added and removed again", Exactly, lines, 0, func(f *forge) {
			for i := range f.churns {
				f.commit(attacker, "", put("b.go", code("b", 100+i)))
				f.commit(attacker, "", func(files map[string]string) { delete(files, "b.go") })
			}
		}},
		{"files renamed to and fro", Exactly, lines, 0, func(f *forge) {
			for i := range f.churns {
				f.commit(attacker, "", func(files map[string]string) {
					from, to := "a.go", "moved/a.go"
					if i%2 == 1 {
						from, to = to, from
					}
					files[to] = files[from]
					delete(files, from)
				})
			}
		}},
		{"blank lines and excluded files", Exactly, lines, 0, func(f *forge) {
			f.commit(attacker, "", put("blank.go", strings.Repeat("\n", 1000)))
			f.commit(attacker, "", put("vendor/v.go", code("v", 1000)))
		}},
		{"commits under the author's name", Exactly, lines, churns, func(f *forge) {
			for i := range f.churns { // one line each, which is the attacker's by the e-mail address
				f.commit("Ada <mallory@example.org>", "", put(fmt.Sprintf("n%d.go", i), "package n\n"))
			}
		}},
		{"commits under the author's e-mail address", Exactly, lines + churns, 0, func(f *forge) {
			for i := range f.churns {
				f.commit("Mallory <ada@example.org>", "", put(fmt.Sprintf("n%d.go", i), "package n\n"))
			}
		}},
		{"a co-author on one's own commit", Exactly, lines + churns/2, churns / 2, func(f *forge) {
			f.commit(attacker, "more\n\nCo-authored-by: Ada <ada@example.org>", put("c.go", code("c", f.churns)))
		}},
		{"links written for the author", Exactly, lines, 0, func(f *forge) {
			f.commit(attacker, "", put(register, link("ada@example.org", "mallory")))
		}},
		{"links of identities that wrote nothing", Exactly, lines, 0, func(f *forge) {
			var b strings.Builder
			for i := range f.churns {
				b.WriteString(link(fmt.Sprintf("spam%d@example.org", i), "mallory"))
			}
			f.commit("Spam <spam0@example.org>", "", put(register, b.String()))
		}},
		{"links under the author's e-mail address, merged unread", Reported, lines, 0, func(f *forge) {
			f.commit("Mallory <ada@example.org>", "", put(register, link("ada@example.org", "mallory")))
		}},
		{"links under the author's e-mail address, of an author who signs", Exactly, lines + 1, 0, func(f *forge) {
			f.signs()
			f.commit("Mallory <ada@example.org>", "", put(register, link("ada@example.org", "mallory")))
			f.sign = fixture.SSH([32]byte{2})
			f.commit("Mallory <ada@example.org>", "", func(files map[string]string) {
				files["forged.go"] = "package forged\n"
				files[register] += link("ada@example.org", "spam")
			})
		}},
		{"every line rewritten", Reported, 0, lines, func(f *forge) {
			f.commit(attacker, "", rewritten)
		}},
		{"every line rewritten, the commit ignored", Exactly, lines, 0, func(f *forge) {
			f.commit(attacker, "", rewritten)
			id := f.head.String()
			f.commit(author, "", put(".git-blame-ignore-revs", id+"\n"))
		}},
		{"one line made of ten", Reported, lines, 10, func(f *forge) {
			f.commit(attacker, "", put("split.go", code("s", 10)))
		}},
		{"a mailmap that makes two one, merged unread", Reported, 0, lines, func(f *forge) {
			f.commit(attacker, "", put(".mailmap", "Mallory <mallory@example.org> <ada@example.org>\n"))
		}},
	}
}

// signs has the author sign all work: the same files, in a history of their own.
func (f *forge) signs() {
	files := f.files
	f.head, f.files, f.sign = contrib.ID{}, nil, fixture.SSH([32]byte{1})
	f.commit(author, "", func(mine map[string]string) {
		for name, text := range files {
			mine[name] = text
		}
	})
	f.sign = nil
}

// rewritten reformats a file: every line differs by a space.
func rewritten(files map[string]string) {
	files["a.go"] = strings.ReplaceAll(files["a.go"], " = ", "  = ")
}

func runGaming(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	lines, churns, intervals := r.integer("lines", 10, 10_000), r.integer("churns", 2, 1000), r.integer("intervals", 1, 20)
	if r.err != nil {
		return nil, r.err
	}
	out := &Result{Notes: []string{
		"Points follow the lines that are on the branch: who may merge decides what is counted. A rewriting, a line split in ten, or a mailmap that makes two people one is what reviewers have to stop; the gate asks for shares, which none of them has brought yet.",
		"A commit says who its author is, and git does not prove it. Who signs commits cannot be named by others (spec counting §7.6). For an author who does not sign, a line of the register that is merged under the author's e-mail address names the account that signed the line: owners who approve merges have to look at every change of daoContributors.txt.",
	}}
	all := tricks(float64(lines), float64(churns))
	for i, d := range all {
		f := newForge(lines, churns)
		d.do(f)
		c, err := f.count()
		if err != nil {
			return nil, err
		}
		ada, linked := leaf(c, adaID)
		mal, _ := leaf(c, malID)
		params := map[string]any{"lines": lines}
		out.Rows = append(out.Rows, compared(d.rule, d.name+": points of the author", params, d.ada, ada).in("points"),
			compared(d.rule, d.name+": of the attacker", params, d.mal, mal).in("points"))
		if strings.HasPrefix(d.name, "links") {
			out.Rows = append(out.Rows, compared(d.rule, d.name+": addresses that the author is given", params, 0, float64(linked)).in("addresses"),
				compared(Exactly, d.name+": owners in the tree", params, 1, float64(len(c.Leaves()))).in("owners"))
		}
		tell(int64(i+1), int64(len(all)+1))
	}
	if err := rewriteOnChain(out, lines, intervals); err != nil {
		return nil, err
	}
	tell(1, 1)
	return out, nil
}

// rewriteOnChain mints for the author, then lets the attacker have rewritten
// everything, counting after counting, while claims for her identity come from
// everywhere.
func rewriteOnChain(out *Result, lines, intervals int64) error {
	type object = map[string]any
	towers := crew("tower", 3)
	holders, members := map[string]uint64{"ada": 0, "mallory": 0}, []object{}
	for _, name := range towers {
		holders[name] = 10_000
		members = append(members, object{"address": addressOf(name), "watchtower": []string{}, "treegen": []string{}})
	}
	a, err := convene(sitting{rep: holders, every: 8, routes: map[string]any{
		"oracle":       object{"implementations": []object{}, "members": members},
		"contribution": object{"repository": object{"repo": "r", "branch": "main"}, "required": []object{}, "policy": object{"exclude": []string{}, "multiply": []object{}}},
	}})
	if err != nil {
		return err
	}
	share := func(at keys.Address) float64 { return whole(contribution.Shares(a.tip.State, at)) }
	claims(a, adaID, "ada", "mallory", "spam") // signed by all, listed by the watchtowers for one
	claims(a, malID, "mallory")
	ada, mallory := linkKey("ada").Public().Address(), linkKey("mallory").Public().Address()
	points := uint64(lines) * contrib.Point
	hers := contribution.Leaf{Identity: adaID, Micropoints: points, Addresses: []keys.Address{ada}}
	his := contribution.Leaf{Identity: malID, Micropoints: points - 1, Addresses: []keys.Address{mallory}}
	mint(a, towers, []contribution.Leaf{hers})
	first := share(ada)
	claimed := share(mallory) + share(linkKey("spam").Public().Address())
	hers.Micropoints = 1
	least, bound := first, first
	growth := float64(contribution.Growth.Default) / float64(types.Million)
	for range intervals {
		a.seal(types.Time(contribution.Interval.Default))
		bound *= 1 + growth
		mint(a, towers, []contribution.Leaf{hers, his})
		least = min(least, share(ada))
	}
	if err := a.failed(); err != nil {
		return err
	}
	params := map[string]any{"countings": intervals, "rewritten": "all lines but 10⁻⁶ of a point"}
	out.Rows = append(out.Rows,
		compared(Exactly, "shares of those who claim the author's identity without being listed", params, 0, claimed).in("shares"),
		compared(AtLeast, "shares of the author, at the first mint", params, 1, first).in("shares"),
		compared(AtLeast, "shares of the author, at their least", params, first, least).in("shares"),
		compared(AtMost, "all shares beside what growth lets them be", params, bound*(1+1e-9), share(ada)+share(mallory)).in("shares"),
		compared(AtMost, "part of the attacker", params, 1-1/(bound/first)+1e-9, share(mallory)/(share(ada)+share(mallory))))
	return nil
}

// mint takes a counting from its trigger to its shares.
func mint(a *assembly, towers []string, leaves []contribution.Leaf) {
	a.say("ada", "contribution/trigger", contribution.Trigger{Repo: "r", Commit: make([]byte, 20)})
	a.must(0)
	st := query[contribution.Status](a, "contribution", "pac", contribution.All{})
	tree := contribution.Count(st.Subject, st.Counting, leaves)
	task := query[*oracle.Task](a, "oracle", "submissions", oracle.Which{Kind: oracle.Contribution, Subject: st.Subject})
	if a.err != nil || task == nil {
		a.fail("no task of counting %d", st.Counting)
		return
	}
	for _, name := range towers {
		a.say(name, "oracle/submit", oracle.Submit{
			Kind: task.Kind, Subject: task.Subject, Interval: task.Interval, Ruleset: task.Ruleset, Implementation: "x", Hash: tree.Manifest.Hash(),
		})
	}
	a.must(0)
	for i := range tree.Pages {
		a.say("ada", "contribution/publish_tree", tree.Publish(st.Counting, i))
	}
	a.must(0)
	for range 2 * assemblyParams["epoch.blocks"] {
		if query[contribution.Status](a, "contribution", "pac", contribution.All{}).Stage >= contribution.Minted {
			return
		}
		a.seal(0)
	}
	a.fail("counting %d mints nothing", st.Counting)
}
