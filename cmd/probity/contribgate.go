package main

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"probity/chain/route"
	"probity/chain/types"
	"probity/node/contrib"
)

const contribGateLong = `
Say whether a commit may be merged into a branch: whether those who approved it
hold the required part of all shares. Exit 0 if it may, 1 if not.

  probity contrib gate . --branch main --head feature --approvals approvals.json --shares shares.json --required 50
  probity contrib gate . --branch main --head feature --approvals approvals.json --rpc 127.0.0.1:8645 --repo NAME

approvals.json is {head, height, author, approvers}: the approved commit, the
height whose shares weigh, and e-mail addresses. shares.json is {height, time,
total, balances}: that block's time in ms and whole base units by address;
addresses are then read from the branch, not from the commit that wants into it.
With --rpc the chain knows all that, and what the branch requires.`

// gateFlags are the flags of contrib gate beside those of a count.
type gateFlags struct {
	*contribFlags
	branch, head, approvals, shares, required, rpc, name string
	now                                                  int64
	countAuthor                                          bool
}

func contribGateCommand(f *pflag.FlagSet) action {
	g := &gateFlags{contribFlags: declareContrib(f)}
	f.StringVar(&g.branch, "branch", "", "the branch to merge into")
	f.StringVar(&g.head, "head", "", "the commit to merge (default: HEAD of the repository, or the branch's, whichever was approved)")
	f.StringVar(&g.approvals, "approvals", "", "a JSON `file`: {head, height, author, approvers}")
	f.StringVar(&g.shares, "shares", "", "a JSON `file`: {height, time, total, balances}")
	f.StringVar(&g.required, "required", "50", "percent of all shares that must approve, with --shares")
	f.Int64Var(&g.now, "now", 0, "time in ms that the shares' age is measured at (default: the clock's)")
	f.BoolVar(&g.countAuthor, "count-author", false, "count the author's own approval, with --shares")
	f.StringVar(&g.rpc, "rpc", "", "ask the chain at this `address` instead of --shares")
	f.StringVar(&g.name, "repo", "", "`name` of the repository on the chain, with --rpc")
	return func(ctx context.Context, s *streams, args []string) error {
		v, err := g.ask(ctx, s, args[0])
		if err != nil {
			return err
		}
		if g.json {
			if err := s.object(v); err != nil {
				return err
			}
		} else {
			printGate(s, v)
		}
		if !v.Allowed {
			return failed("the merge is refused", "", v.Reason)
		}
		return nil
	}
}

// ask reads the question, finds its commits, and has it answered by the shares
// of a file or by the chain.
func (g *gateFlags) ask(ctx context.Context, s *streams, path string) (*contrib.Verdict, error) {
	c, err := g.question(s)
	if err != nil {
		return nil, err
	}
	rules, err := g.ruleset(s)
	if err != nil {
		return nil, err
	}
	repo, err := contrib.Open(path)
	if err != nil {
		return nil, failed("no git repository", path, "give the folder of one")
	}
	defer repo.Close()
	if err := g.commits(repo, c); err != nil {
		return nil, err
	}
	if g.rpc != "" {
		return g.askChain(ctx, repo, c)
	}
	o, end := g.options(s)
	defer end()
	return contrib.Gate(ctx, repo, *c, rules, o)
}

// question reads the flags and files of a question.
func (g *gateFlags) question(s *streams) (*contrib.GateCase, error) {
	switch {
	case g.branch == "":
		return nil, usage("--branch is missing: the branch to merge into")
	case g.approvals == "":
		return nil, usage("--approvals is missing: a file of who approved what")
	case (g.shares == "") == (g.rpc == ""):
		return nil, usage("want one of --shares and --rpc: where the shares are known")
	case g.rpc != "" && g.name == "":
		return nil, usage("--repo is missing: the name of the repository on the chain")
	}
	c := &contrib.GateCase{Branch: g.branch, CountAuthor: g.countAuthor, Now: g.now}
	if c.Now == 0 {
		c.Now = time.Now().UnixMilli()
	}
	var err error
	if c.RequiredPPM, err = contrib.ParsePercent(g.required); err != nil {
		return nil, usage("--required: %w", err)
	}
	if err := readJSONFile(s, g.approvals, "not approvals", &c.Approvals); err != nil {
		return nil, err
	}
	if err := c.Approvals.Check(); err != nil {
		return nil, failed("not approvals", g.approvals, oneLine(err))
	}
	if g.shares != "" {
		return c, readJSONFile(s, g.shares, "not shares", &c.Shares)
	}
	return c, nil
}

// readJSONFile fills v from a file and refuses members that it does not have.
func readJSONFile(s *streams, path, what string, v any) error {
	raw, err := readInput(s, path, 64<<20)
	if err != nil {
		return err
	}
	if err := route.ReadJSON(raw, v); err != nil {
		return failed(what, path, oneLine(err))
	}
	return nil
}

// commits finds the branch and the commit that wants into it.
func (g *gateFlags) commits(repo *contrib.Repo, c *contrib.GateCase) (err error) {
	if c.Base, err = repo.Resolve(g.branch); err != nil {
		return failed("no such branch", g.branch, "see git branch --all")
	}
	head := g.head
	if head == "" {
		if c.Head = c.Base; c.Approvals.Head == c.Base.String() {
			return nil
		}
		head = "HEAD"
	}
	// A full id is taken as it is: a hook asks before the repository has the
	// commit.
	if full, ok := contrib.ParseID(head); ok {
		c.Head = full
		return nil
	}
	if c.Head, err = repo.Resolve(head); err != nil {
		return failed("no such commit", head, "see git log --all")
	}
	return nil
}

// chainGate is the answer of contribution_gate.
type chainGate struct {
	Value *struct {
		Open      bool         `json:"open"`
		Required  types.PPM    `json:"requiredPpm"`
		Approving types.PPM    `json:"approvingPpm"`
		Amount    types.Amount `json:"amount"`
		Total     types.Amount `json:"total"`
		Unknown   []string     `json:"unknown"`
	} `json:"value"`
}

// askChain has the chain weigh the approvals at their height. Head and age are
// judged here: the chain knows neither the forge's pushes nor its clock.
func (g *gateFlags) askChain(ctx context.Context, repo *contrib.Repo, q *contrib.GateCase) (*contrib.Verdict, error) {
	c, err := newClient(g.rpc, 1)
	if err != nil {
		return nil, err
	}
	defer c.close()
	at := q.Approvals.Height
	var header struct {
		Value struct {
			Header struct {
				Time int64 `json:"time"`
			} `json:"header"`
		} `json:"value"`
	}
	if err := c.call(ctx, "chain_getHeader", map[string]any{"at": at}, &header); err != nil {
		return nil, err
	}
	q.Shares.Height, q.Shares.Time = at, header.Value.Header.Time
	v := &contrib.Verdict{Branch: q.Branch, Head: q.Head.String(), Height: at.String(), Required: "0.00", Approving: "0.00", Approvers: []contrib.Approver{}}
	if header.Value.Header.Time == 0 {
		v.Reason = "the chain has no final block of height " + at.String()
		return v, nil
	}
	if v.Reason = q.Stale(); v.Reason != "" {
		return v, nil
	}
	identity, err := contrib.Naming(repo, q.Base)
	if err != nil {
		return nil, err
	}
	approvers := []string{}
	for _, user := range q.Approvals.Approvers {
		approvers = append(approvers, string(identity(user)))
	}
	var answer chainGate
	params := map[string]any{"repo": g.name, "branch": g.branch, "author": identity(q.Approvals.Author), "approvers": approvers, "at": at}
	if err := c.call(ctx, "contribution_gate", params, &answer); err != nil {
		return nil, err
	}
	fillVerdict(v, approvers, &answer)
	return v, nil
}

// fillVerdict takes over what the chain answered.
func fillVerdict(v *contrib.Verdict, approvers []string, answer *chainGate) {
	a := answer.Value
	if a == nil {
		v.Reason = "the chain requires nothing of this repository and branch: set a requirement first"
		return
	}
	unknown := map[string]bool{}
	for _, who := range a.Unknown {
		unknown[who] = true
	}
	for _, who := range approvers {
		row := contrib.Approver{User: who}
		if unknown[who] {
			row.Note = "no verified address"
		}
		v.Approvers = append(v.Approvers, row)
	}
	v.Allowed, v.Required, v.Approving = a.Open, percentPPM(a.Required), percentPPM(a.Approving)
	if v.Reason = "enough shares approve"; !v.Allowed {
		v.Reason = v.Approving + " % of the shares approve, " + v.Required + " % are required"
	}
}

// percentPPM is parts per million in percent, with two decimals, rounded down.
func percentPPM(p types.PPM) string {
	cents := strconv.FormatUint(uint64(p)/100%100+100, 10)[1:]
	return strconv.FormatUint(uint64(p)/10_000, 10) + "." + cents
}

// printGate shows the answer to people.
func printGate(s *streams, v *contrib.Verdict) {
	for _, a := range v.Approvers {
		s.printf("  %-32s %8s %%  %s\n", a.User, a.Share, a.Note)
	}
	s.printf("%s %% of the shares approve %s, %s %% are required\n", v.Approving, v.Head[:12], v.Required)
}
