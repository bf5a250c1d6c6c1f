package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"probity/chain/keys"
	"probity/chain/route/release"
	"probity/chain/types"
	"probity/node/blobs"
	"probity/node/bundle"
)

const releaseLong = `
Releases from a commit to a bundle that anybody verifies offline. What people
decide about a candidate are messages (probity tx release --help); what takes a
repository, binaries or a bundle is here.

  probity release candidate . --rev v1.1        the id that reports and ballots name
  probity release artifacts dist                the hash that watchtowers compare
  probity release deliver . --rev v1.1 --binaries dist --out publish.toml
  probity gov submit publish.toml
  probity release bundle . --rev v1.1 --binaries dist --out probity.bundle
  probity release pin probity.bundle            keep it for others to fetch
  probity release fetch HASH --peer ADDRESS --out probity.bundle
  probity release verify probity.bundle --checkpoint HEIGHT:HASH`

// releaseCommands are the tools around route release.
func releaseCommands() []command {
	return []command{
		{Name: "candidate", Args: "REPO", Least: 1, Most: 1, Short: "Work out the id of a release candidate", Long: releaseCandidateLong, Setup: releaseCandidate},
		{Name: "artifacts", Args: "FOLDER", Least: 1, Most: 1, Short: "Hash binaries as watchtowers compare them", Setup: releaseArtifacts},
		{Name: "status", Args: "RC", Least: 1, Most: 1, Short: "Tell where a candidate stands and what is missing", Setup: releaseStatus},
		{Name: "deliver", Args: "REPO", Least: 1, Most: 1, Short: "Embed the history of a built candidate in its source and draft the publication", Long: releaseDeliverLong, Setup: releaseDeliver},
		{Name: "bundle", Args: "REPO", Least: 1, Most: 1, Short: "Make the bundle of a published release", Long: releaseBundleLong, Setup: releaseBundle},
		{Name: "verify", Args: "BUNDLE", Least: 1, Most: 1, Short: "Check a bundle offline, from a checkpoint alone", Long: releaseVerifyLong, Setup: releaseVerify},
		{Name: "pin", Args: "FILE", Least: 1, Most: 1, Short: "Keep a file in the home, for peers to fetch by its hash", Setup: releasePin},
		{Name: "fetch", Args: "HASH", Least: 1, Most: 1, Short: "Bring pinned content from peers, proven piece by piece", Long: releaseFetchLong, Setup: releaseFetch},
	}
}

const releaseCandidateLong = `
Work out the id of a release candidate: the hash of every file of a commit but
those below .provenance/. The working tree is not read. Where REPO is a folder
without a repository, its files are.`

func releaseCandidate(f *pflag.FlagSet) action {
	rev := revFlag(f)
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, args []string) error {
		t, commit, err := readSource(args[0], *rev)
		if err != nil {
			return err
		}
		if *asJSON {
			return s.object(map[string]any{"rc": t.Candidate(), "files": t.Files(), "commit": types.Bytes(commit)})
		}
		s.printf("rc %s\nfiles %d\n", t.Candidate(), t.Files())
		if len(commit) > 0 {
			s.printf("commit 0x%x\n", commit)
		}
		return nil
	}
}

func revFlag(f *pflag.FlagSet) *string {
	return f.String("rev", "HEAD", "the `commit`: an id, a branch, a tag")
}

// readSource reads a commit of a repository, or a folder that is none.
func readSource(path, rev string) (bundle.Tree, []byte, error) {
	t, commit, err := bundle.ReadCommit(path, rev)
	switch {
	case err == nil:
		return t, commit, nil
	case errors.Is(err, bundle.ErrTree):
		return nil, nil, failed("no release candidate", path, oneLine(err))
	case strings.Contains(err.Error(), "repository does not exist"):
		if t, err = bundle.ReadFolder(path); err == nil {
			return t, nil, nil
		}
	}
	return nil, nil, failed("cannot read the source", path, oneLine(err))
}

func releaseArtifacts(f *pflag.FlagSet) action {
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, args []string) error {
		files, err := readBinaries(args[0])
		if err != nil {
			return err
		}
		list := bundle.Binaries(files)
		if *asJSON {
			return s.object(map[string]any{"artifacts": release.ArtifactsHash(list), "binaries": list})
		}
		s.printf("artifacts %s\n", release.ArtifactsHash(list))
		for _, b := range list {
			s.printf("%s  %s\n", b.Hash, b.Name)
		}
		return nil
	}
}

// readBinaries reads the files of a folder: the binaries of a release.
func readBinaries(dir string) ([]bundle.File, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, failed("cannot read the binaries", dir, "give the folder that make release has filled")
	}
	out := []bundle.File{}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			return nil, failed("not a file", filepath.Join(dir, e.Name()), "the folder holds the binaries of the release and nothing else")
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read binaries: %w", err)
		}
		out = append(out, bundle.File{Path: e.Name(), Mode: bundle.ModeExecutable, Data: data})
	}
	if len(out) == 0 {
		return nil, failed("no binaries", dir, "run make release first")
	}
	slices.SortFunc(out, func(a, b bundle.File) int { return cmp.Compare(a.Path, b.Path) })
	return out, nil
}

func releaseStatus(f *pflag.FlagSet) action {
	rpc, dir, output := rpcFlag(f), homeFlag(f), outputFlag(f)
	until := f.String("until", "", "wait for this `stage`")
	return func(ctx context.Context, s *streams, args []string) error {
		if err := checkOutput(*output); err != nil {
			return err
		}
		rc, err := parseHash(args[0])
		if err != nil {
			return err
		}
		c, err := nodeClient(*rpc, home(*dir))
		if err != nil {
			return err
		}
		defer c.close()
		k, err := awaitStage(ctx, c, rc, *until)
		if err != nil {
			return err
		}
		if *output == "json" {
			return s.object(k)
		}
		return printStatus(ctx, s, c, k)
	}
}

// parseHash reads a hash with or without 0x.
func parseHash(text string) (h keys.Hash, err error) {
	if !strings.HasPrefix(text, "0x") {
		text = "0x" + text
	}
	if err := h.UnmarshalText([]byte(text)); err != nil {
		return h, usage("%w", err)
	}
	return h, nil
}

// at is the answer of a query.
type at[T any] struct {
	At    rpcPoint `json:"at"`
	Value *T       `json:"value"`
}

// candidateOf asks where a candidate stands.
func candidateOf(ctx context.Context, c *client, rc keys.Hash) (*release.Candidate, error) {
	var answer at[release.Candidate]
	if err := c.call(ctx, "release_status", map[string]any{"rc": rc}, &answer); err != nil {
		return nil, err
	}
	if answer.Value == nil {
		return nil, failed("no release candidate "+rc.String(), c.url, "list them with probity query release list")
	}
	return answer.Value, nil
}

// awaitStage waits until a candidate has reached a stage; one that it can only
// leave by an end that is another is an error.
func awaitStage(ctx context.Context, c *client, rc keys.Hash, until string) (*release.Candidate, error) {
	var want release.Stage
	if until != "" {
		if err := want.UnmarshalText([]byte(until)); err != nil {
			return nil, usage("--until: %w", err)
		}
	}
	for {
		k, err := candidateOf(ctx, c, rc)
		if err != nil || until == "" || k.Stage == want {
			return k, err
		}
		if k.Stage >= release.Expired || k.Stage == release.Rejected && want > release.Rejected {
			return nil, failed(fmt.Sprintf("the candidate is %s", k.Stage), c.url, orText(k.Reason, "see probity query release history"))
		}
		if k.Stage > want {
			return nil, failed(fmt.Sprintf("the candidate is %s already", k.Stage), c.url, "wait for a later stage")
		}
		rest(ctx, 200*time.Millisecond)
		if ctx.Err() != nil {
			return nil, errStopped
		}
	}
}

// printStatus prints a candidate for people, with its audit and its vote.
func printStatus(ctx context.Context, s *streams, c *client, k *release.Candidate) error {
	s.printf("candidate  %s\nof         %s %s, commit %x, protocol %d\nstage      %s", k.RC, k.Repo, k.Version, []byte(k.Commit), k.Protocol, k.Stage)
	if k.Reason != "" {
		s.printf(" (%s)", k.Reason)
	}
	s.printf("\n")
	if k.Missing != "" {
		s.printf("missing    %s\n", k.Missing)
	}
	var audit at[release.Audit]
	if err := c.call(ctx, "release_audit", map[string]any{"rc": k.RC}, &audit); err != nil {
		return err
	}
	if audit.Value != nil {
		for _, r := range audit.Value.Reports {
			kind := "opinion"
			if r.Official {
				kind = "official, does not count"
			}
			if r.Counts {
				kind = "counts"
			}
			s.printf("report     %-16s %s (%s)\n", r.Status, r.Auditor, kind)
		}
	}
	if k.Round > 0 {
		var vote at[release.Vote]
		if err := c.call(ctx, "release_vote", map[string]any{"rc": k.RC, "round": k.Round}, &vote); err != nil {
			return err
		}
		if v := vote.Value; v != nil {
			printTally(s, "activists", v.Activists)
			printTally(s, "technol.", v.Technologists)
		}
	}
	if p := k.Shipped; p != nil {
		s.printf("published  %s by %s\n", time.UnixMilli(int64(p.Time)).UTC().Format(time.RFC3339), p.Publisher)
		for _, b := range p.Binaries {
			s.printf("binary     %s  %s\n", b.Hash, b.Name)
		}
	}
	s.printf("trail      %d entries, head %s\n", k.Entries, k.Head)
	return nil
}

func printTally(s *streams, name string, t release.Tally) {
	s.printf("%-10s %d yes, %d no, %d abstain of %d\n", name, t.Yes, t.No, t.Abstain, t.Size)
}

func releasePin(f *pflag.FlagSet) action {
	dir := homeFlag(f)
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, args []string) error {
		store, err := blobStore(home(*dir))
		if err != nil {
			return err
		}
		b, err := store.Pin(args[0])
		if err != nil {
			return blobFailure(home(*dir), err)
		}
		if *asJSON {
			return s.object(b)
		}
		s.printf("%s %d bytes\n", hex.EncodeToString(b.Hash[:]), b.Bytes)
		return nil
	}
}

// blobStore is the content store of a home.
func blobStore(h home) (*blobs.Store, error) {
	c, err := loadConfig(h.config(), os.Environ(), nil)
	if err != nil {
		return nil, err
	}
	return blobs.Open(h.blobs(), int64(c.number("blobs.bytes"))), nil
}

func blobFailure(h home, err error) error {
	if errors.Is(err, blobs.ErrFull) {
		return &failure{oneLine(err), h.blobs(), "remove files there or raise blobs.bytes", err}
	}
	return err
}

// draftText is a draft of a message as probity gov reads it. JSON values are
// TOML values but for null and objects, which the messages of releases that are
// drafted here hold in tables.
func draftText(message string, body any) (string, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return "", err
	}
	names := make([]string, 0, len(members))
	for n := range members {
		names = append(names, n)
	}
	slices.Sort(names)
	var b strings.Builder
	fmt.Fprintf(&b, "message = %q\n\n[body]\n", message)
	for _, n := range names {
		var table []map[string]any
		if json.Unmarshal(members[n], &table) == nil && len(table) > 0 {
			rows := make([]string, len(table))
			for i, row := range table {
				rows[i] = inlineTable(row)
			}
			fmt.Fprintf(&b, "%s = [\n  %s,\n]\n", n, strings.Join(rows, ",\n  "))
			continue
		}
		fmt.Fprintf(&b, "%s = %s\n", n, members[n])
	}
	return b.String(), nil
}

func inlineTable(row map[string]any) string {
	names := make([]string, 0, len(row))
	for n := range row {
		names = append(names, n)
	}
	slices.Sort(names)
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = fmt.Sprintf("%s = %q", n, row[n])
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}
