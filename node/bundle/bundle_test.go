package bundle

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route/release"
	"probity/chain/types"
)

// Goal: a release that went through the rules of the chain makes a bundle that
// verifies from the checkpoint alone, and the value whose layout the bundle's
// spec gives is the one that the route writes. Method: the real route, a chain
// of test keys around its state, the value compared byte for byte.
func TestR24_PublishedReleaseVerifies(t *testing.T) {
	f := published(t)
	raw := f.bundle()
	if !bytes.Equal(codec.MustMarshal(&f.record), f.value) {
		t.Error("the record put together is not the route's value")
	}
	got, err := Verify(raw, f.start())
	if err != nil {
		t.Fatal(err)
	}
	if got.RC != f.rc || got.Version != "1.1" || got.Rebuilds != 2 || got.Files != len(sourceTree) || got.Stage != release.Scheduled ||
		got.Signer != f.world.Key("t1").Public() || len(got.Binaries) != 2 || got.Entries != len(f.entries) {
		t.Errorf("checked %+v", got)
	}
	again := f.bundle()
	if !bytes.Equal(raw, again) {
		t.Error("two bundles of one release differ")
	}
	from, err := Start(raw)
	if err != nil || from != f.start() {
		t.Errorf("it begins with %v, %v", from, err)
	}
}

// Goal: any certified header on the way serves as the checkpoint; another block,
// or another chain's, does not. Method: each header, then strangers.
func TestCheckpoints(t *testing.T) {
	f := published(t)
	c := f.contents()
	raw := f.bundle()
	for _, l := range c.Evidence.Links {
		if _, err := Verify(raw, Point{l.Header.Height, l.Header.Digest()}); err != nil {
			t.Errorf("from height %d: %v", l.Header.Height, err)
		}
	}
	for _, p := range []Point{{}, {Height: 63}, {0, keys.Hash{1}}, {5, f.start().Hash}} {
		refused(t, raw, p, ruleChain, partChain)
	}
}

func refused(t testing.TB, raw []byte, from Point, rule, part string) {
	t.Helper()
	_, err := Verify(raw, from)
	var why *Failure
	if !errors.As(err, &why) || !errors.Is(err, ErrBundle) || why.Rule != rule || why.Part != part {
		t.Errorf("%v, want %s in %s", err, rule, part)
	}
}

// Goal: one flipped bit anywhere is found, and verify names a rule and a part
// that a person can look at. Method: bits at random places, and for each part
// some within it, whose rule is known.
func TestFlippedBits(t *testing.T) {
	f := published(t)
	raw, from := f.bundle(), f.start()
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(raw)-1).Draw(t, "byte")
		bad := bytes.Clone(raw)
		bad[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		_, err := Verify(bad, from)
		var why *Failure
		if !errors.As(err, &why) || why.Rule == "" || why.Part == "" {
			t.Fatalf("byte %d: %v", at, err)
		}
	})
}

// Goal: a flip inside a part is blamed on that part, by the rule that it breaks.
// Method: every eighth byte of each part, both ends included.
func TestFlippedPartIsNamed(t *testing.T) {
	f := published(t)
	raw, from := f.bundle(), f.start()
	files, err := unpack(raw)
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string][]string{
		partIndex: {ruleForm, ruleChain, ruleState}, partChain: {ruleChain}, partState: {ruleState},
		partTrail: {"R24"}, partSource: {"R4", "R24", "R25"}, partStatement: {"R26"},
		"binaries/probity-linux-amd64": {"R25"}, "binaries/watchtower-linux-amd64": {"R25"},
	}
	for i := range files {
		data := files[i].Data
		for at := 0; at < len(data); at += min(8, max(1, len(data)-1-at)) {
			data[at] ^= 4
			bad, err := pack(files)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Verify(bad, from)
			var why *Failure
			if !errors.As(err, &why) || !contains(rules[files[i].Path], why.Rule) {
				t.Fatalf("byte %d of %s: %v", at, files[i].Path, err)
			}
			if why.Part != files[i].Path && files[i].Path != partIndex {
				t.Fatalf("byte %d of %s is blamed on %s: %v", at, files[i].Path, why.Part, err)
			}
			data[at] ^= 4
			if at == len(data)-1 {
				break
			}
		}
	}
}

func contains(list []string, s string) bool {
	return strings.Contains(strings.Join(list, " ")+" ", s+" ")
}

// Goal: what a quorum has not signed, or an unknown roster has, is no evidence.
// Method: links made wrong one way each.
func TestEvidence(t *testing.T) {
	f := published(t)
	wrong := map[string]func(*Evidence){
		"too little weight": func(e *Evidence) { e.Links[1].Finalization = f.finalize(&e.Links[1].Header, 2) },
		"a skipped epoch":   func(e *Evidence) { e.Links = append(e.Links[:1], e.Links[2:]...) },
		"another roster": func(e *Evidence) {
			e.Links[2].Members = f.roster(0).Members
		},
		"a notarization": func(e *Evidence) { e.Links[0].Finalization.Kind = types.Notarize },
		"another view":   func(e *Evidence) { e.Links[0].Header.View++ },
		"backwards":      func(e *Evidence) { e.Links = append(e.Links, e.Links[3]) },
		"an attachment":  func(e *Evidence) { e.Links[0].Finalization.Attachment = types.Bytes{1} },
		"no members":     func(e *Evidence) { e.Links[0].Members = []types.Member{} },
	}
	for name, change := range wrong {
		c := f.contents()
		change(&c.Evidence)
		if err := c.Evidence.check(f.genesis); err == nil {
			t.Errorf("%s is evidence", name)
		}
	}
	good := f.contents().Evidence
	if err := good.check(f.genesis); err != nil {
		t.Error(err)
	}
	if err := good.check(keys.Hash{1}); err == nil {
		t.Error("evidence holds on another chain")
	}
}

// Goal: the id of a tree does not depend on how it is held: a folder, an archive,
// a different order of reading; a mode, a name, a byte or a file more make
// another; the provenance path makes none. Method: one tree, written and read.
func TestR4_CandidateID(t *testing.T) {
	want := sourceTree.Candidate()
	dir := filepath.Join(t.TempDir(), "out")
	if err := sourceTree.Write(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, ".git", "objects"), 0o700); err != nil {
		t.Fatal(err)
	}
	read, err := ReadFolder(dir)
	if err != nil || read.Candidate() != want || read.Root() != sourceTree.Root() {
		t.Errorf("from a folder: %v, %s, want %s", err, read.Candidate(), want)
	}
	raw, err := pack(sourceTree)
	if err != nil {
		t.Fatal(err)
	}
	files, err := unpack(raw)
	if err != nil || Tree(files).Candidate() != want {
		t.Errorf("from an archive: %v", err)
	}
	with := sourceTree.with(Tree{{Path: historyText, Mode: ModeFile, Data: []byte("x")}})
	if with.Candidate() != want || with.Root() == sourceTree.Root() || with.ProvenanceRoot() == sourceTree.ProvenanceRoot() || with.Files() != 5 {
		t.Error("the provenance path counts for the id, or not for the root")
	}
	for i := range sourceTree {
		for _, change := range []func(*File){
			func(f *File) { f.Mode ^= ModeFile ^ ModeExecutable },
			func(f *File) { f.Path += "x" },
			func(f *File) { f.Data = append(bytes.Clone(f.Data), 0) },
		} {
			other := append(Tree{}, sourceTree...)
			change(&other[i])
			if other.Candidate() == want {
				t.Errorf("another %s has the same id", other[i].Path)
			}
		}
	}
}

// Goal: the id is the one that the spec's formula gives; a change of it is a
// change of the protocol. Method: a pinned value.
func TestR4_PinnedID(t *testing.T) {
	const want = "0xc2bcb34e5e0e516a5777df559665db8c30f7bd485cf539af07c32077c78714d9"
	if got := sourceTree.Candidate().String(); got != want {
		t.Errorf("id %s, want %s", got, want)
	}
}

// Goal: what is no tree of plain files has no id and leads nowhere. Method: bad
// paths, and a link that leads out of the folder that is written to.
func TestBadTrees(t *testing.T) {
	for _, path := range []string{"", ".", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "\xff", "a\x00b"} {
		if (Tree{{Path: path, Mode: ModeFile}}).check() == nil {
			t.Errorf("path %q", path)
		}
	}
	for _, bad := range []Tree{
		{{Path: "b", Mode: ModeFile}, {Path: "a", Mode: ModeFile}},
		{{Path: "a", Mode: ModeFile}, {Path: "a", Mode: ModeFile}},
		{{Path: "a", Mode: 0o160000}}, {{Path: "a", Mode: ModeLink}},
	} {
		if bad.check() == nil {
			t.Errorf("%v", bad)
		}
	}
	outside := t.TempDir()
	trap := Tree{{Path: "a", Mode: ModeLink, Data: []byte(outside)}, {Path: "a/b", Mode: ModeFile, Data: []byte("x")}}
	if err := trap.Write(filepath.Join(t.TempDir(), "out")); err == nil {
		t.Error("a file was written through a link")
	}
	if left, _ := os.ReadDir(outside); len(left) > 0 {
		t.Error("a link led out of the folder")
	}
}

// Goal: an archive has one form, and comes back as it was. Method: random trees,
// packed, unpacked, and with a byte behind the end.
func TestArchives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := Tree{}
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-zé]{1,60}(/[a-z0-9]{1,60}){0,3}`), 0, 6, rapid.ID[string]).Draw(t, "names")
		for _, n := range names {
			mode := rapid.SampledFrom([]uint32{ModeFile, ModeExecutable, ModeLink}).Draw(t, "mode")
			tree = append(tree, File{Path: n, Mode: mode, Data: rapid.SliceOfN(rapid.ByteRange('a', 'z'), 1, 700).Draw(t, "data")})
		}
		raw, err := pack(tree)
		if err != nil {
			t.Fatal(err)
		}
		got, err := unpack(raw)
		if err != nil || Tree(got).Root() != tree.Root() {
			t.Fatalf("%v", err)
		}
		if _, err := unpack(append(raw, 0)); err == nil {
			t.Fatal("a byte behind the end is taken")
		}
	})
}

// Goal: arbitrary bytes are refused, never a crash. Method: fuzzing from a bundle.
func FuzzVerify(f *testing.F) {
	x := published(f)
	f.Add(x.bundle())
	f.Add([]byte{})
	from := x.start()
	good := x.bundle()
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := Verify(raw, from); err == nil && !bytes.Equal(raw, good) {
			t.Fatal("another bundle verifies")
		}
	})
}

// Goal: a bundle that was checked gives its files back. Method: extract, and read
// the source from the folder again.
func TestExtract(t *testing.T) {
	f := published(t)
	got, err := Verify(f.bundle(), f.start())
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "out")
	if err := got.Extract(dir); err != nil {
		t.Fatal(err)
	}
	tree, err := ReadFolder(filepath.Join(dir, "source"))
	if err != nil || tree.Candidate() != f.rc {
		t.Errorf("the source has another id: %v", err)
	}
	program, err := os.ReadFile(filepath.Join(dir, "binaries", "probity-linux-amd64"))
	if err != nil || !bytes.Equal(program, f.binaries[0].Data) {
		t.Errorf("the program differs: %v", err)
	}
	if err := got.Extract(dir); err == nil {
		t.Error("it overwrites")
	}
}
