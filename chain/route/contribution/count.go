package contribution

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/types"
)

// oracle's message that asks watchtowers.
const (
	oracleRoute      = 14
	oracleOpenTask   = 20
	kindContribution = 1
)

type openTask struct {
	_        struct{} `cbor:",toarray"`
	Opener   string
	Kind     uint8
	Subject  keys.Hash
	Deadline types.Time
}

// Bounds of names and policies.
const (
	NameMax     = 200 // bytes of the name of a repository, a branch, a document
	PatternsMax = 256 // of a policy
	PatternMax  = 256 // bytes
	ppmMax      = 100_000_000
)

// start is the genesis section.
type start struct {
	Repository Repository `json:"repository"`
	Required   []Require  `json:"required"`
	Policy     *Policy    `json:"policy"`
}

// genesis takes the first repository. Without a section nothing is counted until
// the legislature names one.
func genesis(c *route.Ctx, section json.RawMessage) error {
	totals.Set(c, sums{})
	if section == nil {
		return nil
	}
	var in start
	if err := route.ReadJSON(section, &in); err != nil {
		return err
	}
	if err := setRepository(c, in.Repository); err != nil {
		return fmt.Errorf("repository: %w", err)
	}
	for i, r := range in.Required {
		if err := require(c, r); err != nil {
			return fmt.Errorf("required[%d]: %w", i, err)
		}
	}
	if in.Policy != nil {
		if err := setPolicy(c, *in.Policy); err != nil {
			return fmt.Errorf("policy: %w", err)
		}
	}
	return nil
}

func named(texts ...string) bool {
	for _, s := range texts {
		if s == "" || len(s) > NameMax || strings.ContainsAny(s, "\x00\n\r") {
			return false
		}
	}
	return true
}

func isCommit(b types.Bytes) bool { return len(b) == 20 || len(b) == 32 }

func setRepository(c *route.Ctx, m Repository) error {
	if !named(m.Repo, m.Branch) {
		return ErrForm.With("want a repository and a branch of 1 to %d bytes", NameMax)
	}
	repository.Set(c, m)
	c.Emit("repository", "repo", m.Repo, "branch", m.Branch)
	return nil
}

func setPolicy(c *route.Ctx, m Policy) error {
	if n := len(m.Exclude) + len(m.Multiply); n > PatternsMax {
		return ErrForm.With("%d patterns, at most %d", n, PatternsMax)
	}
	patterns := append([]string{}, m.Exclude...)
	for _, w := range m.Multiply {
		if w.PPM > ppmMax {
			return ErrForm.With("%.40q weighs %d ppm, at most %d", w.Glob, w.PPM, ppmMax)
		}
		patterns = append(patterns, w.Glob)
	}
	for _, p := range patterns {
		if p == "" || len(p) > PatternMax || strings.ContainsAny(p, "\x00\n") {
			return ErrForm.With("%.40q is no pattern: 1 to %d bytes on one line", p, PatternMax)
		}
	}
	policies.Set(c, Policy{Exclude: append([]string{}, m.Exclude...), Multiply: append([]Multiplier{}, m.Multiply...)})
	c.Emit("policy", "rules", rulesHash(c))
	return nil
}

// rulesText is the canonical text of the rules of counting (spec counting §6.3):
// weights by parameters (G14), patterns by the policy.
func rulesText(c *route.Ctx) string {
	var b strings.Builder
	b.WriteString("probity/counting/1\n")
	for _, w := range []struct {
		name string
		of   *route.Param
	}{{"code", CodePoints}, {"comment", CommentPoints}, {"text", TextPoints}, {"other", OtherPoints}} {
		b.WriteString(w.name + " " + strconv.FormatUint(w.of.Get(c), 10) + "\n")
	}
	p, _ := policies.Get(c)
	for _, glob := range p.Exclude {
		b.WriteString("exclude " + glob + "\n")
	}
	for _, m := range p.Multiply {
		b.WriteString("multiply " + strconv.FormatUint(m.PPM, 10) + " " + m.Glob + "\n")
	}
	b.WriteString("genesis " + c.Chain.Genesis.String() + "\n")
	return b.String()
}

func rulesHash(c *route.Ctx) keys.Hash { return keys.Sum([]byte(rulesText(c))) }

// trigger asks for a counting after a merge.
func trigger(c *route.Ctx, m Trigger) error {
	if err := bank.Charge(c, c.Sender, TriggerFee.Amount(c)); err != nil {
		return err
	}
	return count(c, m.Repo, m.Commit)
}

// released asks for a counting at a release.
func released(c *route.Ctx, m Change) error { return count(c, m.Repo, m.Commit) }

// count begins a counting, or refuses it, which is all that happens where the
// last one is too recent (G5). What is counted by which rules is in the subject,
// so that watchtowers that count something else answer another question.
func count(c *route.Ctx, repo string, commit types.Bytes) error {
	main, ok := repository.Get(c)
	last, _ := current.Get(c)
	sum, _ := totals.Get(c)
	switch next := sum.Last + types.Time(Interval.Get(c)); {
	case !ok || repo != main.Repo:
		return ErrRepository.For(fmt.Sprintf("%.80s", repo), main.Repo)
	case !isCommit(commit):
		return ErrForm.With("a commit has 20 or 32 bytes, not %d", len(commit))
	case last.Stage.running():
		return ErrBusy.With("counting %d is %s", last.Number, last.Stage)
	case sum.Last != 0 && c.Block.Time < next:
		return ErrInterval.For(uint64(c.Block.Time), uint64(next))
	}
	r := run{
		Number: last.Number + 1, Repo: repo, Branch: main.Branch, Commit: commit, Rules: rulesHash(c),
		Triggered: c.Block.Time, Deadline: c.Block.Time + types.Time(CountTime.Get(c)), Stage: Counting,
	}
	r.Subject = subjectOf(&r)
	body := codec.MustMarshal(openTask{Opener: self, Kind: kindContribution, Subject: r.Subject, Deadline: r.Deadline})
	if err := c.Dispatch(types.Msg{Route: oracleRoute, ID: oracleOpenTask, Body: body}); err != nil {
		return err
	}
	current.Set(c, r)
	c.Emit("triggered", "counting", r.Number, "repo", repo, "commit", fmt.Sprintf("%x", []byte(commit)), "subject", r.Subject, "by", c.Sender)
	return nil
}

// verdict hears what the watchtowers agreed on, or that they did not.
func verdict(c *route.Ctx, v route.Verdict) {
	r, ok := current.Get(c)
	if !ok || r.Stage != Counting || v.Ref != r.Subject {
		return
	}
	if v.Outcome != route.Accepted || len(v.Value) != len(r.Hash) {
		finish(c, r, Lapsed)
		return
	}
	copy(r.Hash[:], v.Value)
	if none := Count(r.Subject, r.Number, nil); r.Hash == none.Manifest.Hash() {
		// No such commit on the branch: whoever asked for it is to cost nobody an
		// interval.
		finish(c, r, Lapsed)
		return
	}
	r.Stage, r.Deadline = Agreed, c.Block.Time+types.Time(PublishTime.Get(c))
	current.Set(c, r)
	c.Emit("agreed", "counting", r.Number, "hash", r.Hash)
}

// publishTree takes the next page of the agreed tree, whoever shows it: the hash
// proves it.
func publishTree(c *route.Ctx, m PublishTree) error {
	r, _ := current.Get(c)
	switch {
	case r.Stage != Agreed || m.Interval != r.Number:
		return ErrStage.For(m.Interval, r.Number)
	case m.Manifest.Hash() != r.Hash:
		return ErrTree.For(m.Manifest.Hash(), r.Hash)
	case m.Manifest.Ruleset != Ruleset || m.Manifest.Subject != r.Subject || m.Manifest.From != r.Number:
		return ErrTree.With("the agreed tree is of another counting")
	case m.Manifest.Count == 0 || m.Manifest.Count > OwnersMax.Get(c):
		return ErrTree.For(m.Manifest.Count, OwnersMax.Get(c))
	case m.Index != r.Shown:
		return ErrTree.With("pages are shown in order").For(m.Index, r.Shown)
	}
	leaves, err := page(&m)
	if err != nil {
		return err
	}
	sum, err := check(leaves, r.Last)
	if err != nil {
		return err
	}
	if r.Points+sum < sum {
		return ErrTree.With("more points than 64 bits hold")
	}
	r.Manifest, r.Points, r.Last = m.Manifest, r.Points+sum, leaves[len(leaves)-1].Identity
	pages.Set(c, place{r.Number, r.Shown}, leaves)
	r.Shown++
	c.Emit("shown", "counting", r.Number, "pages", r.Shown, "of", m.Manifest.Pages())
	if r.Shown == m.Manifest.Pages() {
		if r.Points != m.Manifest.Total {
			return ErrTree.With("the points do not add up").For(r.Points, m.Manifest.Total)
		}
		r.Stage = Complete
	}
	current.Set(c, r)
	return nil
}

// page checks that the chunk is the page that it says.
func page(m *PublishTree) ([]Leaf, error) {
	n := m.Manifest.Pages()
	if !types.MerkleVerify(m.Manifest.Root, m.Chunk, int(m.Index), int(n), m.Path) {
		return nil, ErrTree.With("page %d does not lead to the root", m.Index)
	}
	var leaves []Leaf
	if err := codec.Unmarshal(m.Chunk, &leaves); err != nil {
		return nil, ErrTree.With("page %d: %v", m.Index, err)
	}
	want := uint64(PageLeaves)
	if m.Index == n-1 {
		want = m.Manifest.Count - m.Index*PageLeaves
	}
	if uint64(len(leaves)) != want {
		return nil, ErrTree.With("leaves on page %d", m.Index).For(len(leaves), want)
	}
	return leaves, nil
}

// finish ends a counting. One that lapsed does not count for the interval, so
// that it can be asked for again at once.
func finish(c *route.Ctx, r run, to Stage) {
	r.Stage, r.Deadline = to, 0
	current.Set(c, r)
	history.Set(c, r.Number, r)
	if to == Lapsed {
		forget(c, r.Number)
	} else {
		sum, _ := totals.Get(c)
		sum.Last = r.Triggered
		totals.Set(c, sum)
	}
	c.Emit(to.String(), "counting", r.Number, "before", r.Before, "minted", r.Minted, "clamped", r.Clamped)
}

// forget removes the pages of a counting.
func forget(c *route.Ctx, number uint64) {
	pages.RangePrefix(c, place{Run: number}, 1, func(k place, _ []Leaf) bool {
		pages.Delete(c, k)
		return true
	})
}
