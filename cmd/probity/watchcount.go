package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"probity/chain/keys"
	"probity/chain/route/contribution"
	"probity/chain/route/oracle"
	"probity/node/contrib"
)

// counting is what the chain asks to count.
type counting struct {
	number  uint64
	subject keys.Hash
	path    string // of the repository
	branch  string
	commit  string // hex digits
	since   string // of the last counting that was not in vain; empty: there was none
	text    string // the canonical text of the rules
	rules   contrib.Rules
}

// errNoCommit is returned for a commit that is not on the branch.
var errNoCommit = errors.New("no such commit on the branch")

// counting is the question behind a task.
func (t *tower) counting(task *oracle.Task) (*counting, error) {
	st, err := ask[contribution.Status](t.rerun, t.rerun.tip, "contribution", "pac", nil)
	if err != nil {
		return nil, err
	}
	if st.Subject != task.Subject {
		return nil, fmt.Errorf("%w: the subject is none of the counting that runs", errLater)
	}
	shown, ok := t.rerun.rules[st.Rules]
	if !ok {
		return nil, fmt.Errorf("counting %d follows rules that were not seen", st.Counting)
	}
	c := &counting{number: st.Counting, subject: st.Subject, branch: st.Branch, commit: st.Commit, text: shown.Text}
	if c.rules, err = countingRules(shown.Text); err != nil {
		return nil, err
	}
	last, err := ask[*contribution.Points](t.rerun, t.rerun.tip, "contribution", "points", nil)
	if err != nil {
		return nil, err
	}
	if last != nil {
		c.since = last.Commit
	}
	c.path, err = t.mirror(st.Repo)
	return c, err
}

// points is the answer to a task of counting: this program's count, or that of
// another one, beside which this one's is laid.
func (t *tower) points(ctx context.Context, s *streams, task *oracle.Task) (keys.Hash, *contribution.Tree, error) {
	c, err := t.counting(task)
	if err != nil {
		return keys.Hash{}, nil, err
	}
	program, counts := t.flags.towerProgram, false
	var tree *contribution.Tree
	id, err := c.stood(ctx)
	if err == nil {
		tree, err = t.own(ctx, s, c, id)
	} else if errors.Is(err, errNoCommit) {
		program, counts = "", true // no program is asked where the branch never was
	}
	if program != "" {
		theirs, failure := foreign(ctx, program, c)
		if counts = !errors.Is(failure, errUnsupported); counts {
			if failure == nil {
				compare(s, program, theirs, tree, err)
			}
			tree, err = theirs, failure
		}
	}
	if errors.Is(err, errNoCommit) {
		// The mirror may be behind the repository: patience costs nothing before
		// half of the time has passed, an answer that others do not share does.
		if now := t.rerun.tip.Header.Time; now < task.Opened+(task.Deadline-task.Opened)/2 {
			return keys.Hash{}, nil, fmt.Errorf("%w: %w", errLater, err)
		}
		s.notef("watch: %s", oneLine(err))
		tree, err = c.tree(nil), nil
	}
	if err != nil {
		return keys.Hash{}, nil, err
	}
	hash := tree.Manifest.Hash()
	if program != "" && !counts { // it makes trees of others' counts
		hash, err = t.second(ctx, s, program, "points.tree", hash, func() (any, error) { return pointsQuestion(tree) })
	}
	return hash, tree, err
}

// tree is the tree of leaves.
func (c *counting) tree(leaves []contribution.Leaf) *contribution.Tree {
	tree := contribution.Count(c.subject, c.number, leaves)
	return &tree
}

// stood is the commit, where the branch stood at it since it was counted last
// (docs/spec/contribution.md §4): whoever asks for a counting is not to choose among
// all that history holds.
func (c *counting) stood(ctx context.Context) (contrib.ID, error) {
	id, ok := contrib.ParseID(c.commit)
	if !ok {
		return id, fmt.Errorf("%w: %s is no id", errNoCommit, c.commit)
	}
	since, _ := contrib.ParseID(c.since)
	repo, err := contrib.Open(c.path)
	if err != nil {
		return id, failed("no git repository", c.path, "give the folder of one")
	}
	defer repo.Close()
	for _, ref := range []string{"refs/remotes/origin/" + c.branch, "refs/heads/" + c.branch} {
		head, err := repo.Resolve(ref)
		if err != nil {
			continue
		}
		if on, err := repo.Mainline(ctx, head, id, since); err != nil || on {
			return id, err
		}
	}
	return id, fmt.Errorf("%w: %s of %s did not stand at %s since it was counted last", errNoCommit, c.branch, c.path, c.commit)
}

// own is this program's count of a commit.
func (t *tower) own(ctx context.Context, s *streams, c *counting, id contrib.ID) (*contribution.Tree, error) {
	repo, err := contrib.Open(c.path)
	if err != nil {
		return nil, failed("no git repository", c.path, "give the folder of one")
	}
	defer repo.Close()
	flags := contribFlags{cache: t.flags.cache}
	o, end := flags.options(s)
	defer end()
	count, err := contrib.CountPoints(ctx, repo, id, c.rules, o)
	if err != nil {
		return nil, err
	}
	var out []contribution.Leaf
	for _, l := range count.Leaves() {
		out = append(out, contribution.Leaf{Identity: string(l.Identity), Micropoints: l.Micropoints, Addresses: l.Addresses})
	}
	return c.tree(out), nil
}

// foreign is the count of another program (docs/spec/conformance.md §3). It
// returns errUnsupported for one that counts no repositories.
func foreign(ctx context.Context, program string, c *counting) (*contribution.Tree, error) {
	path, err := filepath.Abs(c.path)
	if err != nil {
		return nil, err
	}
	var out struct {
		Hash   keys.Hash           `json:"hash"`
		Leaves []contribution.Leaf `json:"leaves"`
		Absent bool                `json:"absent"`
	}
	err = askProgram(ctx, program, "points.count", map[string]any{
		"path": path, "branch": c.branch, "commit": "0x" + c.commit, "rules": c.text, "number": c.number, "subject": c.subject,
	}, &out)
	if err != nil {
		return nil, err
	}
	if out.Absent {
		return nil, fmt.Errorf("%w: %s says that %s is not on %s", errNoCommit, program, c.commit, c.branch)
	}
	tree := c.tree(out.Leaves)
	if tree.Manifest.Hash() != out.Hash {
		return nil, failed("the program's leaves do not make its hash", program, "it has an error: tell its author")
	}
	return tree, nil
}

// compare tells people where two counts differ: the member runs the other
// program, so that one's word is what it submits.
func compare(s *streams, program string, theirs, own *contribution.Tree, failure error) {
	if failure != nil {
		s.notef("watch: %s counts, this program does not: %s", program, oneLine(failure))
		return
	}
	d, err := firstDifference(own, theirs)
	switch {
	case err != nil:
		s.notef("watch: the count of %s: %s", program, oneLine(err))
	case !d.Equal:
		s.notef("watch: %s and this program differ in %s: %s, and %s", program, d.What, d.B, d.A)
	}
}
