package contrib

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"

	"probity/chain/keys"
)

// LinkStatus says whether a line of daoContributors.txt names an address of its
// user, and if not, why.
type LinkStatus string

// What a line of daoContributors.txt can be (spec §7.2).
const (
	LinkVerified  LinkStatus = "verified"      // written by its user, signed by the address
	LinkIdle      LinkStatus = "idle"          // verified, but its user owns no surviving line that earns
	LinkForeign   LinkStatus = "not-own"       // written by somebody else than its user
	LinkUnsigned  LinkStatus = "unsigned"      // without the address's signature
	LinkSignature LinkStatus = "bad-signature" // with a signature that the address did not give for this user
	LinkOtherKey  LinkStatus = "other-key"     // in a commit without the signature that its user's commits have
	LinkMalformed LinkStatus = "malformed"     // no e-mail address, or no address of the chain
)

// Link is a line that was ever added to daoContributors.txt.
type Link struct {
	User    string     `json:"user"`
	Address string     `json:"address"`
	Commit  string     `json:"commit"` // that added it
	Author  Identity   `json:"author"` // of that commit
	Status  LinkStatus `json:"status"`

	identity Identity     // of User
	address  keys.Address // where Status is verified or idle
	order    linkOrder
}

// linkOrder is the age of a line without a clock: how many commits deep its
// commit is, then the commit's id, then the place in the file.
type linkOrder struct {
	depth int
	id    ID
	row   int
}

func (a linkOrder) compare(b linkOrder) int {
	return cmp.Or(cmp.Compare(a.depth, b.depth), bytes.Compare(a.id[:], b.id[:]), cmp.Compare(a.row, b.row))
}

// LinkMessage is what the key of an address signs to belong to an identity on
// the chain with the given genesis (spec §7.3).
func LinkMessage(genesis keys.Hash, id Identity) []byte {
	return keys.SignBytes("link", genesis, []byte(id))
}

// SignLink is the line of daoContributors.txt that links an e-mail address to
// the address of a key.
func SignLink(genesis keys.Hash, email string, k keys.PrivateKey) string {
	pub, _ := k.Public().MarshalText()
	sig, _ := k.Sign(LinkMessage(genesis, IdentityOf(email))).MarshalText()
	return strings.Join([]string{email, k.Public().Address().String(), string(pub), string(sig)}, " ")
}

// ReadLinks is the register of addresses (CFR): every line that was ever added
// to daoContributors.txt in the history of a commit, oldest first, with what it
// is worth.
func ReadLinks(ctx context.Context, r *Repo, head ID, rules Rules, o Options) ([]Link, error) {
	c, err := CountPoints(ctx, r, head, rules, o)
	if err != nil {
		return nil, err
	}
	return c.Links, nil
}

// register reads lines out of a history.
type register struct {
	repo    *Repo
	h       *history
	mail    *mailmap
	genesis keys.Hash
	ever    []map[string]bool // for each commit: every line that it or an ancestor had
	depth   []int
	links   []Link
}

// readLinks goes through a history for lines of daoContributors.txt.
func readLinks(r *Repo, h *history, mail *mailmap, genesis keys.Hash) ([]Link, error) {
	g := &register{repo: r, h: h, mail: mail, genesis: genesis, ever: make([]map[string]bool, len(h.ids)), depth: make([]int, len(h.ids)), links: []Link{}}
	for i, body := range h.deltas {
		d, err := decodeDelta(body)
		if err != nil {
			return nil, err
		}
		if err := g.step(i, d); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(g.links, func(a, b Link) int { return a.order.compare(b.order) })
	return g.links, nil
}

// step takes one commit. A line is written by the commit that brings it into
// the history: neither a parent's history nor a file that the commit removes
// has it. So renaming the file, merging it, or taking a deletion back writes
// nothing (governance A-G4).
func (g *register) step(i int, d *delta) error {
	var before map[string]bool
	for _, p := range d.parents {
		at := g.h.at[p]
		g.depth[i] = max(g.depth[i], g.depth[at])
		before = union(before, g.ever[at])
	}
	g.depth[i]++
	g.ever[i] = before
	touched := slices.ContainsFunc(d.files, func(f fileDelta) bool { return f.path == linksFile && !f.gone })
	if !touched {
		return nil
	}
	content, err := g.repo.file(g.h.ids[i], linksFile)
	if err != nil {
		return err
	}
	moved, err := g.removed(d)
	if err != nil {
		return err
	}
	own := map[string]bool{}
	for row, raw := range splitLines(content) {
		text := linkText(raw)
		if text == "" || own[text] {
			continue
		}
		own[text] = true
		if before[text] || moved[text] {
			continue
		}
		if err := g.add(i, row, text); err != nil {
			return err
		}
	}
	g.ever[i] = union(before, own)
	return nil
}

// linkText is a line without what a formatter changes: its words with one space
// between them. Comments and blank lines are "".
func linkText(raw []byte) string {
	if bytes.HasPrefix(trimASCII(raw), []byte("#")) {
		return ""
	}
	return strings.Join(bytesFields(raw), " ")
}

// bytesFields are the words between ASCII white space.
func bytesFields(raw []byte) []string {
	return strings.FieldsFunc(string(raw), func(c rune) bool { return c == ' ' || 9 <= c && c <= 13 })
}

// union joins two sets without changing either.
func union(a, b map[string]bool) map[string]bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	missing := false
	for text := range b { // a question of any: order-free
		missing = missing || !a[text]
	}
	if !missing {
		return a
	}
	out := make(map[string]bool, len(a)+len(b))
	for _, from := range []map[string]bool{a, b} {
		for text := range from {
			out[text] = true
		}
	}
	return out
}

// removed are the lines of the files that a commit removes.
func (g *register) removed(d *delta) (map[string]bool, error) {
	out := map[string]bool{}
	if len(d.parents) == 0 {
		return out, nil
	}
	root, err := g.repo.root(d.parents[0])
	if err != nil {
		return nil, err
	}
	for _, f := range d.files {
		if !f.gone {
			continue
		}
		content, err := g.repo.lookup(root, f.path)
		if err != nil {
			return nil, err
		}
		for _, raw := range splitLines(content) {
			out[linkText(raw)] = true
		}
	}
	return out, nil
}

// add judges a line that a commit wrote.
func (g *register) add(i, row int, text string) error {
	c, err := g.repo.commit(g.h.ids[i])
	if err != nil {
		return err
	}
	words := strings.Split(text, " ")
	l := Link{User: show(words[0]), Commit: c.Hash.String(), order: linkOrder{g.depth[i], c.Hash, row}}
	l.Author = IdentityOf(g.mail.apply(person{c.Author.Name, c.Author.Email}).email)
	l.identity = IdentityOf(g.mail.apply(person{email: words[0]}).email)
	if len(words) > 1 {
		l.Address = show(words[1])
	}
	l.Status = g.judge(words, &l)
	g.links = append(g.links, l)
	return nil
}

// judge says what a line is worth.
func (g *register) judge(words []string, l *Link) LinkStatus {
	if len(words) < 2 || !strings.Contains(words[0], "@") {
		return LinkMalformed
	}
	address, err := keys.ParseAddress(words[1])
	if err != nil || address.String() != words[1] { // wire has one form, in lower case
		return LinkMalformed
	}
	l.address = address
	if l.identity != l.Author {
		return LinkForeign
	}
	if len(words) < 4 {
		return LinkUnsigned
	}
	var pub keys.PublicKey
	var sig keys.Signature
	if !strings.HasPrefix(words[2], "0x") || !strings.HasPrefix(words[3], "0x") ||
		pub.UnmarshalText([]byte(words[2])) != nil || sig.UnmarshalText([]byte(words[3])) != nil || pub.Address() != address {
		return LinkSignature
	}
	// The identity that is signed is the one that is written: a mailmap that
	// changes later does not void a signature.
	if !keys.Verify(keys.Signed{Key: pub, Message: LinkMessage(g.genesis, IdentityOf(words[0])), Signature: sig}) {
		return LinkSignature
	}
	return LinkVerified
}

// verified are the addresses of each identity, the newest first, each once.
func verified(links []Link) map[Identity][]keys.Address {
	out := map[Identity][]keys.Address{}
	for _, l := range slices.Backward(links) {
		if (l.Status == LinkVerified || l.Status == LinkIdle) && !slices.Contains(out[l.identity], l.address) {
			out[l.identity] = append(out[l.identity], l.address)
		}
	}
	return out
}
