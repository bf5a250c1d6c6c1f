package bundle

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route/release"
)

// Delivery is a source with its history, ready to be published.
type Delivery struct {
	RC             keys.Hash
	SourceRoot     keys.Hash
	ProvenanceRoot keys.Hash
	Trail          keys.Hash // head of the embedded history
	Source         []byte    // the archive
	Binaries       []release.Binary
}

// Deliver embeds the sealed history of a candidate in its source. entries may
// hold more than what was sealed.
func Deliver(t Tree, entries []release.Entry, sealed keys.Hash, binaries []File) (*Delivery, error) {
	d := &Delivery{RC: t.Candidate(), Trail: sealed, Binaries: Binaries(binaries)}
	part, err := sealedPart(d.RC, entries, sealed)
	if err != nil {
		return nil, err
	}
	history, err := historyFiles(part)
	if err != nil {
		return nil, err
	}
	whole := t.with(history)
	if err := whole.check(); err != nil {
		return nil, err
	}
	d.SourceRoot, d.ProvenanceRoot = whole.Root(), whole.ProvenanceRoot()
	d.Source, err = pack(whole)
	return d, err
}

// Binaries lists files by name with their hashes, as a publication does.
func Binaries(files []File) []release.Binary {
	out := []release.Binary{}
	for i := range files {
		out = append(out, release.Binary{Name: files[i].Path, Hash: keys.Sum(files[i].Data)})
	}
	slices.SortFunc(out, func(a, b release.Binary) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// Contents is what a bundle is made of.
type Contents struct {
	Genesis  keys.Hash
	RC       keys.Hash
	Evidence Evidence
	State    Proven
	Entries  []release.Entry
	Source   []byte // Delivery.Source
	Binaries []File
	Key      keys.PrivateKey // of whoever published, or submitted to a store
}

// Make makes a bundle and verifies it from its own first header: what leaves
// here holds.
func Make(c Contents) ([]byte, error) {
	start := Point{c.Evidence.Start.Height, c.Evidence.Start.Digest()}
	first, err := json.Marshal(index{Form: form, Genesis: c.Genesis, RC: c.RC, Checkpoint: start, Height: c.Evidence.last().Height})
	if err != nil {
		return nil, fmt.Errorf("make bundle: %w", err)
	}
	record, err := c.State.record(c.Evidence.last().StateRoot, c.RC)
	if err != nil {
		return nil, fmt.Errorf("make bundle: candidate's state: %w", err)
	}
	published := slices.IndexFunc(c.Entries, func(e release.Entry) bool { return e.Kind == kindPublished })
	if published < 0 || record.Shipped == nil {
		return nil, fails("R21", partTrail, "the candidate is %s: it is not published", record.Stage)
	}
	binaries := slices.Clone(c.Binaries)
	slices.SortFunc(binaries, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	payload, err := stated(c.Genesis, c.RC, record, &c.Entries[published], c.Source, binaries)
	if err != nil {
		return nil, fmt.Errorf("make bundle: statement: %w", err)
	}
	signed, err := seal(payload, c.Key)
	if err != nil {
		return nil, fmt.Errorf("make bundle: statement: %w", err)
	}
	parts := []File{
		{Path: partIndex, Data: first},
		{Path: partChain, Data: codec.MustMarshal(&c.Evidence)},
		{Path: partState, Data: codec.MustMarshal(&c.State)},
		{Path: partTrail, Data: codec.MustMarshal(c.Entries)},
		{Path: partSource, Data: c.Source},
		{Path: partStatement, Data: signed},
	}
	for i := range parts {
		parts[i].Mode = ModeFile
	}
	for i := range binaries {
		parts = append(parts, File{Path: binaryFolder + binaries[i].Path, Mode: ModeExecutable, Data: binaries[i].Data})
	}
	raw, err := pack(parts)
	if err != nil {
		return nil, fmt.Errorf("make bundle: %w", err)
	}
	if _, err := Verify(raw, start); err != nil {
		return nil, err
	}
	return raw, nil
}
