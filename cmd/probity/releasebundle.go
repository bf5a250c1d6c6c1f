package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"probity/chain/keys"
	"probity/chain/route/release"
	"probity/chain/state/proof"
	"probity/chain/types"
	"probity/node/bundle"
	"probity/node/signer/keystore"
)

const releaseDeliverLong = `
Embed the sealed history of a built candidate in its source, below .provenance/,
and write the draft of its publication: roots, history, binaries. The binaries
must be those that were rebuilt. --source writes the source archive too.

  probity release deliver . --rev v1.1 --binaries dist --out publish.toml
  probity gov submit publish.toml --home ctr`

// delivery are the flags that say what is delivered.
type delivery struct {
	rev      *string
	binaries *string
	rpc      *string
	home     *string
}

func addDelivery(f *pflag.FlagSet) *delivery {
	return &delivery{
		rev: revFlag(f), binaries: f.String("binaries", "dist", "`folder` of the binaries"),
		rpc: rpcFlag(f), home: homeFlag(f),
	}
}

// prepared is what both commands begin with.
type prepared struct {
	client    *client
	candidate *release.Candidate
	tree      bundle.Tree
	binaries  []bundle.File
}

func (d *delivery) prepare(ctx context.Context, repo string) (*prepared, error) {
	t, _, err := readSource(repo, *d.rev)
	if err != nil {
		return nil, err
	}
	binaries, err := readBinaries(*d.binaries)
	if err != nil {
		return nil, err
	}
	c, err := nodeClient(*d.rpc, home(*d.home))
	if err != nil {
		return nil, err
	}
	k, err := candidateOf(ctx, c, t.Candidate())
	if err != nil {
		c.close()
		return nil, err
	}
	if got := release.ArtifactsHash(bundle.Binaries(binaries)); k.Sealed.IsZero() || got != k.Artifacts {
		c.close()
		if k.Sealed.IsZero() {
			return nil, failed(fmt.Sprintf("the candidate is %s, not built", k.Stage), c.url, "see probity release status "+k.RC.String())
		}
		return nil, failed(fmt.Sprintf("the binaries are %s, rebuilt were %s", got, k.Artifacts), *d.binaries, "give those of make release in a clone at this commit")
	}
	return &prepared{c, k, t, binaries}, nil
}

func releaseDeliver(f *pflag.FlagSet) action {
	d := addDelivery(f)
	out := f.String("out", "", "`file` for the draft, which must not exist (default: standard output)")
	source := f.String("source", "", "`file` for the source archive")
	locator := f.String("locator", "", "where the delivery can be had (default: its hash, on the nodes that pin it)")
	height := f.Uint64("height", 0, "`height` before which a plan is not to act")
	return func(ctx context.Context, s *streams, args []string) error {
		p, err := d.prepare(ctx, args[0])
		if err != nil {
			return err
		}
		defer p.client.close()
		entries, err := trailOf(ctx, p.client, p.candidate.RC, nil)
		if err != nil {
			return err
		}
		made, err := bundle.Deliver(p.tree, entries, p.candidate.Sealed, p.binaries)
		if err != nil {
			return failed("the history cannot be embedded", args[0], oneLine(err))
		}
		if *locator == "" {
			h := keys.Sum(made.Source)
			*locator = "blob:" + hex.EncodeToString(h[:])
		}
		text, err := draftText("release/publish", release.Publish{
			RC: made.RC, SourceRoot: made.SourceRoot, ProvenanceRoot: made.ProvenanceRoot, Trail: made.Trail,
			Binaries: made.Binaries, Locator: *locator, Height: types.Height(*height),
		})
		if err != nil {
			return err
		}
		if *source != "" {
			if err := writeNew(*source, made.Source); err != nil {
				return err
			}
		}
		if *out == "" {
			s.printf("%s", text)
			return nil
		}
		return writeNew(*out, []byte(text))
	}
}

// trailMax bounds the entries that are asked for.
const trailMax = 100_000

// trailOf reads a trail, as it was after a block where at is given.
func trailOf(ctx context.Context, c *client, rc keys.Hash, height *types.Height) ([]release.Entry, error) {
	var out []release.Entry
	for from := uint64(1); ; {
		params := map[string]any{"rc": rc, "from": from, "limit": 500}
		if height != nil {
			params["at"] = *height
		}
		var answer at[release.History]
		if err := c.call(ctx, "release_history", params, &answer); err != nil {
			return nil, err
		}
		if answer.Value == nil {
			return nil, failed("no release candidate "+rc.String(), c.url, "list them with probity query release list")
		}
		for _, told := range answer.Value.Entries {
			out = append(out, told.Entry)
		}
		if answer.Value.Next == 0 {
			return out, nil
		}
		if answer.Value.Next <= from || len(out) > trailMax {
			return nil, c.strange(errors.New("release_history does not go on"))
		}
		from = answer.Value.Next
	}
}

const releaseBundleLong = `
Make the bundle of a published release: source with its history, binaries, a
statement signed with the home's account key, certificates and state proofs. The
key is that of whoever published the release or recorded a store submission.

A verifier must know a checkpoint that the bundle leads from: the genesis, or a
later block by --from, which makes the bundle smaller.`

func releaseBundle(f *pflag.FlagSet) action {
	d, pass := addDelivery(f), addPassphrase(f)
	out := f.String("out", "release.bundle", "`file` to write, which must not exist")
	from := f.Uint64("from", 0, "`height` of the checkpoint to lead from")
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(ctx context.Context, s *streams, args []string) error {
		if exists(*out) {
			return failed("there is a file already", *out, "choose another --out; nothing is overwritten")
		}
		p, err := d.prepare(ctx, args[0])
		if err != nil {
			return err
		}
		defer p.client.close()
		store, err := pass.open(s, home(*d.home))
		if err != nil {
			return err
		}
		contents, err := p.gather(ctx, s, types.Height(*from))
		if err != nil {
			return err
		}
		contents.Key = store.Key(keystore.Account)
		raw, err := bundle.Make(*contents)
		if err != nil {
			return failed("the bundle would not hold", p.client.url, oneLine(err))
		}
		if err := writeNew(*out, raw); err != nil {
			return err
		}
		start, err := bundle.Start(raw)
		if err != nil {
			return err
		}
		h := keys.Sum(raw)
		if *asJSON {
			return s.object(map[string]any{"file": filepath.Base(*out), "hash": h, "bytes": len(raw), "rc": contents.RC, "checkpoint": start.String(), "links": len(contents.Evidence.Links)})
		}
		s.printf("bundle      %s, %d bytes\nhash        %s\ncandidate   %s\ncheckpoint  %s\n", *out, len(raw), hex.EncodeToString(h[:]), contents.RC, start)
		return nil
	}
}

// gather collects what the bundle shows, all as of one final block.
func (p *prepared) gather(ctx context.Context, s *streams, from types.Height) (*bundle.Contents, error) {
	var st struct {
		Genesis keys.Hash `json:"genesis"`
	}
	if err := p.client.call(ctx, "chain_status", nil, &st); err != nil {
		return nil, err
	}
	rc := p.candidate.RC
	w := &way{client: p.client}
	evidence, err := w.evidence(ctx, s, from)
	if err != nil {
		return nil, err
	}
	height := evidence.Links[len(evidence.Links)-1].Header.Height
	proven, err := proveAt(ctx, p.client, release.CandidateKey(rc), height)
	if err != nil {
		return nil, err
	}
	entries, err := trailOf(ctx, p.client, rc, &height)
	if err != nil {
		return nil, err
	}
	made, err := bundle.Deliver(p.tree, entries, p.candidate.Sealed, p.binaries)
	if err != nil {
		return nil, failed("the history cannot be embedded", p.client.url, oneLine(err))
	}
	return &bundle.Contents{
		Genesis: st.Genesis, RC: rc, Evidence: *evidence, State: *proven, Entries: entries, Source: made.Source, Binaries: p.binaries,
	}, nil
}

func proveAt(ctx context.Context, c *client, key []byte, height types.Height) (*bundle.Proven, error) {
	var answer at[struct {
		Exists bool        `json:"exists"`
		Value  types.Bytes `json:"value"`
		Proof  proof.Proof `json:"proof"`
	}]
	if err := c.call(ctx, "chain_getProof", map[string]any{"key": types.Bytes(key), "at": height}, &answer); err != nil {
		return nil, err
	}
	if answer.Value == nil || !answer.Value.Exists {
		return nil, failed("the node cannot prove the candidate", c.url, "ask a node that keeps the state of the last blocks")
	}
	return &bundle.Proven{Value: answer.Value.Value, Proof: answer.Value.Proof}, nil
}

// way finds certified headers, one of each epoch.
type way struct {
	client *client
	step   types.Height // between two of them, as it was last
}

// evidence leads from a height to the latest final block.
func (w *way) evidence(ctx context.Context, s *streams, from types.Height) (*bundle.Evidence, error) {
	tip, err := w.certified(ctx, nil)
	if err != nil {
		return nil, err
	}
	start, err := w.header(ctx, from)
	if err != nil {
		return nil, err
	}
	end := &tip.Header
	if start.Height >= end.Height {
		return nil, usage("--from %d: the latest final block is %d", from, end.Height)
	}
	show := newProgress(s, "epochs", int64(end.Epoch-start.Epoch)+1)
	defer show.end()
	out := &bundle.Evidence{Start: *start}
	var members []types.Member
	for at := start; at.Epoch < end.Epoch; {
		show.set(int64(at.Epoch - start.Epoch))
		link := tip
		if at.Epoch+1 < end.Epoch {
			if link, err = w.into(ctx, at, end); err != nil {
				return nil, err
			}
		}
		if err := w.seats(ctx, link, &members); err != nil {
			return nil, err
		}
		out.Links = append(out.Links, *link)
		at = &link.Header
	}
	if len(out.Links) == 0 || out.Links[len(out.Links)-1].Header.Height < end.Height {
		if err := w.seats(ctx, tip, &members); err != nil {
			return nil, err
		}
		out.Links = append(out.Links, *tip)
	}
	return out, nil
}

// into finds a certified header of the epoch after that of a header: where one
// is, if epochs go on having as many blocks as the last, or else by halving.
func (w *way) into(ctx context.Context, at, end *types.Header) (*bundle.Link, error) {
	low, high := at.Height, end.Height // of an epoch below the one sought, and of one above it or of it
	for guess := at.Height + w.step; ; guess = low + (high-low)/2 {
		if guess <= low || guess >= high {
			guess = low + max(1, (high-low)/2)
		}
		h, err := w.header(ctx, guess)
		if err != nil {
			return nil, err
		}
		switch {
		case h.Epoch == at.Epoch+1:
			w.step = guess - at.Height
			return w.certified(ctx, &guess)
		case h.Epoch <= at.Epoch:
			low = guess
		default:
			high = guess
		}
		if high-low <= 1 {
			return nil, w.client.strange(fmt.Errorf("no block of epoch %d", at.Epoch+1))
		}
	}
}

func (w *way) header(ctx context.Context, h types.Height) (*types.Header, error) {
	var answer at[struct {
		Header types.Header `json:"header"`
	}]
	if err := w.client.call(ctx, "chain_getHeader", map[string]any{"at": h}, &answer); err != nil {
		return nil, err
	}
	if answer.Value == nil {
		return nil, failed(fmt.Sprintf("no final block at height %d", h), w.client.url, "ask a node that keeps old blocks, or lead from a later block with --from")
	}
	return &answer.Value.Header, nil
}

// certified is the header that finalizes a block, with its certificate; nil: the
// latest.
func (w *way) certified(ctx context.Context, h *types.Height) (*bundle.Link, error) {
	params := map[string]any{}
	if h != nil {
		params["at"] = *h
	}
	var answer at[struct {
		Certificate types.Certificate    `json:"certificate"`
		Headers     []types.SignedHeader `json:"headers"`
	}]
	if err := w.client.call(ctx, "chain_getCertificate", params, &answer); err != nil {
		return nil, err
	}
	if answer.Value == nil || len(answer.Value.Headers) == 0 {
		return nil, failed("the node has no proof of finality", w.client.url, "ask a node that keeps old blocks, or lead from a later block with --from")
	}
	list := answer.Value.Headers
	return &bundle.Link{Header: list[len(list)-1].Header, Finalization: answer.Value.Certificate}, nil
}

// seats puts the roster's members into a link, where they are others than those
// of the link before.
func (w *way) seats(ctx context.Context, l *bundle.Link, before *[]types.Member) error {
	var answer at[struct {
		Roster types.Roster `json:"roster"`
	}]
	if err := w.client.call(ctx, "availability_roster", map[string]any{"epoch": l.Header.Epoch, "at": l.Header.Height}, &answer); err != nil {
		return err
	}
	if answer.Value == nil {
		return failed(fmt.Sprintf("the node has lost the roster of epoch %d", l.Header.Epoch), w.client.url, "ask a node that keeps old states, or lead from a later block with --from")
	}
	same := types.Roster{Epoch: l.Header.Epoch, Members: *before}
	if len(*before) > 0 && same.Hash() == l.Header.RosterHash {
		return nil
	}
	l.Members = answer.Value.Roster.Members
	*before = l.Members
	return nil
}

const releaseVerifyLong = `
Check a bundle without a node: that its source, binaries and history are those
which a chain published by its rules. Trust begins at a checkpoint, a final block
that you know: the genesis (--genesis FILE) or HEIGHT:HASH, as any node that you
trust tells it (probity release status, the explorer). Success prints what was
shown; a refusal names the rule that fails and the part that shows it.

Without a checkpoint the one is printed that the bundle leads from, and nothing
is trusted.`

func releaseVerify(f *pflag.FlagSet) action {
	checkpoint := f.String("checkpoint", "", "`HEIGHT:HASH` of a block that you trust")
	genesis := f.String("genesis", "", "genesis `file` that you trust")
	extract := f.String("extract", "", "`folder` to write source and binaries to, which must not exist")
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, args []string) error {
		raw, err := readBundle(args[0])
		if err != nil {
			return err
		}
		from, err := trusted(*checkpoint, *genesis)
		if err != nil {
			return err
		}
		if from == nil {
			start, err := bundle.Start(raw)
			if err != nil {
				return failed("not verified: "+oneLine(err), args[0], "fetch it again")
			}
			return usage("give --checkpoint or --genesis: the bundle leads from %s, if you trust that block", start)
		}
		got, err := bundle.Verify(raw, *from)
		if err != nil {
			return &failure{"not verified: " + oneLine(err), args[0], "do not use it", err}
		}
		if *extract != "" {
			if err := got.Extract(*extract); err != nil {
				return err
			}
		}
		if *asJSON {
			return s.object(got)
		}
		printVerified(s, got)
		return nil
	}
}

func readBundle(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, failed("no bundle", path, "probity release fetch brings one")
	}
	if info.Size() > bundle.BytesMax {
		return nil, failed(fmt.Sprintf("%d bytes are no bundle", info.Size()), path, "fetch it again")
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	return raw, nil
}

// trusted is the checkpoint that the flags give; nil where they give none.
func trusted(checkpoint, genesis string) (*bundle.Point, error) {
	switch {
	case checkpoint != "" && genesis != "":
		return nil, usage("--checkpoint and --genesis: give one of the two")
	case checkpoint != "":
		p, err := parsePoint(checkpoint)
		if err != nil {
			return nil, usage("--checkpoint %s: want HEIGHT:HASH", checkpoint)
		}
		return p, nil
	case genesis != "":
		g, _, err := readGenesis(genesis)
		if err != nil {
			return nil, err
		}
		return genesisPoint(g)
	}
	return nil, nil
}

func printVerified(s *streams, got *bundle.Checked) {
	rebuilt := fmt.Sprintf("%d identical rebuilds", got.Rebuilds)
	if got.Oracle {
		rebuilt = "rebuilt by the watchtowers of the oracle"
	}
	s.printf("verified   %s %s, commit %x, protocol %d, %s\n", got.Repo, got.Version, []byte(got.Commit), got.Protocol, got.Stage)
	s.printf("candidate  %s, %d files\n", got.RC, got.Files)
	s.printf("from       %s\nat         %s\n", got.Checkpoint, got.At)
	s.printf("history    %d entries, %s\n", got.Entries, rebuilt)
	for _, b := range got.Binaries {
		s.printf("binary     %s  %s\n", b.Hash, b.Name)
	}
	s.printf("signed by  %s\nrules      ", got.Signer.Address())
	for i, r := range got.Passed {
		if i > 0 {
			s.printf(" ")
		}
		s.printf("%s", r)
	}
	s.printf("\n")
}
