package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/node/contrib"
	"probity/node/signer/keystore"
	"probity/vpool/pac"
)

// contribCommands count contributions and use the counts, without a chain.
func contribCommands() []command {
	return []command{
		{Name: "points", Args: "REPO", Least: 1, Most: 1, Short: "Count whose the lines of a repository are (CPC)", Long: contribPointsLong, Setup: contribPointsCommand},
		{Name: "links", Args: "REPO", Least: 1, Most: 1, Short: "Read the addresses of its authors (CFR)", Long: contribLinksLong, Setup: contribLinksCommand},
		{Name: "sign", Args: "EMAIL", Least: 1, Most: 1, Short: "Make the line that links an e-mail address to a key", Long: contribSignLong, Setup: contribSignCommand},
		{Name: "pac", Args: "FILE", Least: 1, Most: 1, Short: "Work out what a count mints (PAC)", Long: contribPacLong, Setup: contribPacCommand},
		{Name: "gate", Args: "REPO", Least: 1, Most: 1, Short: "Say whether a merge has enough approval", Long: contribGateLong, Setup: contribGateCommand},
	}
}

const contribPointsLong = `
Count the lines of a commit by author: 1 point for a line of code, ½ for a line
of comment or of prose (.txt, .md), nothing for blank lines and binary files.
The working tree is never read, and every machine counts the same.

  probity contrib points . --rev main
  probity contrib points . --exclude 'vendor/' --multiply 'docs/**=500000' --json

--rules reads the rules from a JSON file; flags that are given as well count
more. A first count reads the whole history; the cache makes the next one quick
and never changes a result (--cache "" is none).`

const contribLinksLong = `
List every line that was ever added to daoContributors.txt, oldest first: its
user, its address, the commit that added it, and whether it counts. A line

  EMAIL ADDRESS PUBLIC-KEY SIGNATURE

counts if the commit's author is the user and the address signed for it; contrib
sign makes one. Anybody can write any author into a commit: where most of what a
user owns was committed with a signature (git config gpg.format ssh, ed25519), a
line counts only in a commit that is signed by the same key.

With --identity EMAIL: the address where the part of an author who has linked
none waits.`

const contribSignLong = `
Make the line of daoContributors.txt that links an e-mail address to the account
of a home, signed by it. Commit it under that e-mail address.

  probity contrib sign ada@example.org --home h >> daoContributors.txt`

const contribPacLong = `
Work out how many tokens each owner gets so that all ever minted match the
points, without taking any away. FILE (- is the standard input) is a JSON object
{mode, owners: [{owner, minted, points}]} or lines "owner minted points".`

// contribFlags are what all counts take.
type contribFlags struct {
	set      *pflag.FlagSet
	rev      string
	rules    string
	exclude  []string
	multiply []string
	genesis  string
	cache    string
	json     bool
}

// declareContrib declares the flags of a count.
func declareContrib(f *pflag.FlagSet) *contribFlags {
	c := &contribFlags{set: f}
	f.StringVar(&c.rev, "rev", "HEAD", "count this commit: an id, a branch, a tag")
	f.StringVar(&c.rules, "rules", "", "read the weights and patterns from a JSON `file`")
	f.StringSliceVar(&c.exclude, "exclude", nil, "files that earn nothing (a pattern: * ** ?)")
	f.StringSliceVar(&c.multiply, "multiply", nil, "weigh files: PATTERN=PPM, the first that matches")
	f.StringVar(&c.genesis, "genesis", "", "genesis hash of the chain that links are signed for")
	f.StringVar(&c.cache, "cache", contribCache(), "folder of the cache, \"\" for none")
	f.BoolVar(&c.json, "json", false, "print one JSON object")
	return c
}

// contribCache is the folder where this user's caches are.
func contribCache() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "probity")
}

// ruleset reads the rules of a count.
func (c *contribFlags) ruleset(s *streams) (contrib.Rules, error) {
	r := contrib.DefaultRules()
	if c.rules != "" {
		raw, err := readInput(s, c.rules, 1<<20)
		if err != nil {
			return r, err
		}
		if err := route.ReadJSON(raw, &r); err != nil {
			return r, failed("not counting rules", c.rules, oneLine(err))
		}
	}
	if c.set.Changed("exclude") {
		r.Exclude = c.exclude
	}
	if c.set.Changed("multiply") {
		r.Multiply = nil
	}
	for _, m := range c.multiply {
		at := strings.LastIndexByte(m, '=')
		ppm, err := strconv.ParseUint(m[at+1:], 10, 64)
		if at < 0 || err != nil {
			return r, usage("--multiply %s: want PATTERN=PPM, say docs/**=500000", m)
		}
		r.Multiply = append(r.Multiply, contrib.Multiplier{Glob: m[:at], PPM: ppm})
	}
	if c.genesis != "" {
		if err := r.Genesis.UnmarshalText([]byte(c.genesis)); err != nil {
			return r, usage("--genesis: %w", err)
		}
	}
	if err := r.Check(); err != nil {
		return r, usage("%w", err)
	}
	return r, nil
}

// count opens a repository and counts one of its commits.
func (c *contribFlags) count(ctx context.Context, s *streams, path string) (*contrib.Count, error) {
	rules, err := c.ruleset(s)
	if err != nil {
		return nil, err
	}
	repo, err := contrib.Open(path)
	if err != nil {
		return nil, failed("no git repository", path, "give the folder of one")
	}
	defer repo.Close()
	head, err := repo.Resolve(c.rev)
	if err != nil {
		return nil, failed("no such commit", c.rev, "see git log --all")
	}
	o, end := c.options(s)
	defer end()
	return contrib.CountPoints(ctx, repo, head, rules, o)
}

// options show the progress of a count.
func (c *contribFlags) options(s *streams) (contrib.Options, func()) {
	var p *progress
	show := func(done, total int64) {
		if p == nil {
			p = newProgress(s, "commits", total)
		}
		p.set(done)
	}
	end := func() {
		if p != nil {
			p.end()
		}
	}
	return contrib.Options{Cache: c.cache, Progress: show}, end
}

func contribPointsCommand(f *pflag.FlagSet) action {
	c := declareContrib(f)
	return func(ctx context.Context, s *streams, args []string) error {
		count, err := c.count(ctx, s, args[0])
		if err != nil {
			return err
		}
		if c.json {
			return s.object(count)
		}
		s.printf("commit %s\n\n%s", count.Commit, count.Tables())
		return nil
	}
}

func contribLinksCommand(f *pflag.FlagSet) action {
	c := declareContrib(f)
	identity := f.String("identity", "", "print the address where the part of this e-mail address waits")
	return func(ctx context.Context, s *streams, args []string) error {
		if *identity != "" {
			id := contrib.IdentityOf(*identity)
			if c.json {
				return s.object(map[string]any{"identity": id, "account": id.Account()})
			}
			s.printf("%s %s\n", id, id.Account())
			return nil
		}
		count, err := c.count(ctx, s, args[0])
		if err != nil {
			return err
		}
		if c.json {
			return s.object(map[string]any{"commit": count.Commit, "links": count.Links})
		}
		for _, l := range count.Links {
			s.printf("%-13s  %s  %s  %s\n", l.Status, l.Commit[:12], l.User, l.Address)
		}
		return nil
	}
}

func contribSignCommand(f *pflag.FlagSet) action {
	at := homeFlag(f)
	pass := addPassphrase(f)
	genesis := f.String("genesis", "", "genesis hash of the chain (default: no chain)")
	return func(_ context.Context, s *streams, args []string) error {
		if !strings.Contains(args[0], "@") || strings.ContainsAny(args[0], " \t\n<>") {
			return usage("%q is no e-mail address", args[0])
		}
		var chain keys.Hash
		if *genesis != "" {
			if err := chain.UnmarshalText([]byte(*genesis)); err != nil {
				return usage("--genesis: %w", err)
			}
		}
		store, err := pass.open(s, home(*at))
		if err != nil {
			return err
		}
		s.printf("%s\n", contrib.SignLink(chain, args[0], store.Key(keystore.Account)))
		return nil
	}
}

func contribPacCommand(f *pflag.FlagSet) action {
	mode := f.String("mode", "", "minimal or published (default: the file's, else minimal)")
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, args []string) error {
		raw, err := readInput(s, args[0], 16<<20)
		if err != nil {
			return err
		}
		c, err := pac.Read(raw)
		if err != nil {
			return failed("not a calculation", args[0], oneLine(err))
		}
		if *mode != "" {
			c.Mode = *mode
		}
		r, err := c.Run()
		if err != nil {
			return failed("cannot be calculated", args[0], oneLine(err))
		}
		if *asJSON {
			return s.object(r)
		}
		s.printf("%s: %s before, %s minted, %s after\n", r.Mode, r.TotalBefore, r.Minted, r.TotalAfter)
		for _, o := range r.Owners {
			s.printf("  %-24s %16s %16s %16s %12s\n", o.Owner, o.Before, "+"+o.Extra, o.After, o.Share)
		}
		return nil
	}
}
