package bundle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route/release"
	"probity/chain/types"
)

// Parts of a bundle, in their order. Binaries follow.
const (
	partIndex     = "bundle.json"
	partChain     = "chain.cbor"
	partState     = "state.cbor"
	partTrail     = "trail.cbor"
	partSource    = "source.tar"
	partStatement = "attestation.json"
	binaryFolder  = "binaries/"
	partContainer = "container"
)

var fixedParts = []string{partIndex, partChain, partState, partTrail, partSource, partStatement}

// form names this form of bundles.
const form = "probity/bundle/v1"

// index is the first part: what the bundle says that it is.
type index struct {
	Form       string       `json:"form"`
	Genesis    keys.Hash    `json:"genesis"`
	RC         keys.Hash    `json:"rc"`
	Checkpoint Point        `json:"checkpoint"` // that the evidence begins with
	Height     types.Height `json:"height"`     // of the state
}

// Checked is what a bundle that holds is about.
type Checked struct {
	RC         keys.Hash        `json:"rc"`
	Repo       string           `json:"repo"`
	Commit     types.Bytes      `json:"commit"`
	Version    string           `json:"version"`
	Protocol   uint32           `json:"protocol"`
	Stage      release.Stage    `json:"stage"`
	Genesis    keys.Hash        `json:"genesis"`
	Checkpoint Point            `json:"checkpoint"` // that was given
	At         Point            `json:"at"`         // block whose state is proven
	Entries    int              `json:"entries"`    // of the trail
	Rebuilds   int              `json:"rebuilds"`   // identical ones of the minimal register
	Oracle     bool             `json:"oracle"`     // the oracle agreed on the build
	Files      int              `json:"files"`      // of the source, without its history
	Binaries   []release.Binary `json:"binaries"`
	Signer     keys.PublicKey   `json:"signer"`
	Passed     []string         `json:"passed"` // rules that were checked

	source   Tree
	binaries []File
}

// passed are the rules that a bundle which holds has shown, in order of checks.
var passed = []string{
	ruleForm, ruleChain, ruleState, "R3", "R4", "R6", "R7", "R8", "R10", "R11", "A-R12", "R15", "R16", "R17", "R18",
	"R20", "R21", "R22", "R23", "R24", "R25", "A-R13", "R26",
}

// checker holds a bundle's parts while they are checked in their order, each by
// those before it.
type checker struct {
	index    index
	chain    Evidence
	proven   Proven
	record   *Record
	entries  []release.Entry
	history  history
	raw      map[string][]byte
	source   Tree
	binaries []File
	signer   keys.PublicKey
}

// Start is the checkpoint that a bundle says it begins with, for a person who
// has to decide whether to trust it.
func Start(raw []byte) (Point, error) {
	k := &checker{}
	err := k.open(raw)
	return k.index.Checkpoint, err
}

// Verify checks a bundle from a checkpoint: a final block that the caller knows
// from elsewhere. It returns a *Failure that names the first rule that does not
// hold. It reads nothing but its arguments.
func Verify(raw []byte, from Point) (*Checked, error) {
	k := &checker{}
	for _, step := range []func() error{
		func() error { return k.open(raw) },
		func() error { return k.checkChain(from) },
		k.checkState, k.checkTrail, k.checkSource, k.checkBinaries, k.checkStatement,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	last := k.chain.last()
	return &Checked{
		RC: k.index.RC, Repo: k.record.Repo, Commit: k.record.Commit, Version: k.record.Version, Protocol: k.record.Protocol,
		Stage: k.record.Stage, Genesis: k.index.Genesis, Checkpoint: from, At: Point{last.Height, last.Digest()},
		Entries: len(k.entries), Rebuilds: k.history.rebuilds, Oracle: k.history.oracle, Files: k.source.Files(),
		Binaries: k.record.Shipped.Binaries, Signer: k.signer, Passed: slices.Clone(passed),
		source: k.source, binaries: k.binaries,
	}, nil
}

// Extract writes the source, with its history, and the binaries of a bundle that
// was checked into a folder, which must be empty or new.
func (c *Checked) Extract(dir string) error {
	out := Tree{}
	for _, f := range c.binaries {
		out = append(out, File{Path: binaryFolder + f.Path, Mode: ModeExecutable, Data: f.Data})
	}
	for _, f := range c.source {
		out = append(out, File{Path: "source/" + f.Path, Mode: f.Mode, Data: f.Data})
	}
	return out.Write(dir)
}

// open takes the container apart.
func (k *checker) open(raw []byte) error {
	if len(raw) > BytesMax {
		return fails(ruleForm, partContainer, "%d bytes, at most %d", len(raw), BytesMax)
	}
	files, err := unpack(raw)
	if err != nil {
		return fails(ruleForm, partContainer, "%v", err)
	}
	k.raw = map[string][]byte{}
	for i, f := range files {
		want := ModeFile
		switch {
		case i < len(fixedParts) && f.Path == fixedParts[i]:
		case i >= len(fixedParts) && strings.HasPrefix(f.Path, binaryFolder):
			want = ModeExecutable
			k.binaries = append(k.binaries, File{Path: strings.TrimPrefix(f.Path, binaryFolder), Mode: ModeExecutable, Data: f.Data})
		default:
			return fails(ruleForm, partContainer, "%.80q is no part at place %d", f.Path, i+1)
		}
		if f.Mode != uint32(want) {
			return fails(ruleForm, partContainer, "%s has mode %o", f.Path, f.Mode)
		}
		k.raw[f.Path] = f.Data
	}
	if len(files) < len(fixedParts) {
		return fails(ruleForm, partContainer, "no part %s", fixedParts[len(files)])
	}
	if err := json.Unmarshal(k.raw[partIndex], &k.index); err != nil {
		return fails(ruleForm, partIndex, "%v", err)
	}
	again, err := json.Marshal(k.index)
	if err != nil || !bytes.Equal(again, k.raw[partIndex]) || k.index.Form != form {
		return fails(ruleForm, partIndex, "not the one form of %s", form)
	}
	return nil
}

// checkChain follows the headers.
func (k *checker) checkChain(from Point) error {
	if err := codec.Unmarshal(k.raw[partChain], &k.chain); err != nil {
		return fails(ruleChain, partChain, "%v", err)
	}
	start := Point{k.chain.Start.Height, k.chain.Start.Digest()}
	if start != k.index.Checkpoint || k.chain.last().Height != k.index.Height {
		return fails(ruleChain, partChain, "it leads from %s to %d, %s says from %s to %d",
			start, k.chain.last().Height, partIndex, k.index.Checkpoint, k.index.Height)
	}
	if err := k.chain.check(k.index.Genesis); err != nil {
		return fails(ruleChain, partChain, "%v", err)
	}
	if !k.chain.names(from) {
		return fails(ruleChain, partChain, "the checkpoint %s is none of its headers: it begins with %s", from, start)
	}
	return nil
}

func (k *checker) checkState() (err error) {
	if err := codec.Unmarshal(k.raw[partState], &k.proven); err != nil {
		return fails(ruleState, partState, "%v", err)
	}
	if k.record, err = k.proven.record(k.chain.last().StateRoot, k.index.RC); err != nil {
		return fails(ruleState, partState, "candidate %s: %v", k.index.RC.Short(), err)
	}
	return nil
}

func (k *checker) checkTrail() error {
	if err := codec.Unmarshal(k.raw[partTrail], &k.entries); err != nil {
		return fails("R24", partTrail, "%v", err)
	}
	// The head first: where it does not hold, nothing in the trail means anything.
	if all := heads(k.index.RC, k.entries); all[len(all)-1] != k.record.Head {
		return fails("R24", partTrail, "it ends in %s, the state has %s", all[len(all)-1], k.record.Head)
	}
	k.history = history{rc: k.index.RC, record: k.record}
	return k.history.read(k.entries)
}

// checkSource holds the source against the candidate's id (R4), its history
// against the trail (R24), and all of it against the publication (R25, A-R13).
func (k *checker) checkSource() error {
	files, err := unpack(k.raw[partSource])
	if err != nil {
		return fails("R25", partSource, "%v", err)
	}
	k.source = files
	if err := k.source.check(); err != nil {
		return fails("R25", partSource, "%v", err)
	}
	if got := k.source.Candidate(); got != k.index.RC {
		return fails("R4", partSource, "its files have the id %s", got)
	}
	sealed, err := sealedPart(k.index.RC, k.entries, k.record.Sealed)
	if err != nil {
		return fails("R24", partTrail, "%v", err)
	}
	want, err := historyFiles(sealed)
	if err != nil {
		return fails("R24", partTrail, "%v", err)
	}
	for i := range want {
		if f := k.source.find(want[i].Path); f == nil || !bytes.Equal(f.Data, want[i].Data) {
			return fails("R24", partSource, "%s is not the history of the trail", want[i].Path)
		}
	}
	ship := k.record.Shipped
	switch {
	case k.source.ProvenanceRoot() != ship.ProvenanceRoot:
		return fails("R24", partSource, "its history has the root %s, published is %s", k.source.ProvenanceRoot(), ship.ProvenanceRoot)
	case k.source.Root() != ship.SourceRoot:
		return fails("R25", partSource, "its root is %s, published is %s", k.source.Root(), ship.SourceRoot)
	}
	return nil
}

// checkBinaries holds the binaries against those published.
func (k *checker) checkBinaries() error {
	list := k.record.Shipped.Binaries
	if len(list) != len(k.binaries) {
		return fails("R25", partContainer, "%d binaries, published are %d", len(k.binaries), len(list))
	}
	for i, b := range list {
		f := &k.binaries[i]
		if got := keys.Sum(f.Data); f.Path != b.Name || got != b.Hash {
			return fails("R25", binaryFolder+f.Path, "it has the hash %s, published is %s %s", got, b.Name, b.Hash)
		}
	}
	return nil
}

func (k *checker) checkStatement() error {
	want, err := stated(k.index.Genesis, k.index.RC, k.record, k.history.published, k.raw[partSource], k.binaries)
	if err != nil {
		return fmt.Errorf("statement: %w", err)
	}
	if k.signer, err = signedBy(k.raw[partStatement], want, k.history.keys); err != nil {
		return fails("R26", partStatement, "%v", err)
	}
	return nil
}
