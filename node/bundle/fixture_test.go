package bundle

import (
	"encoding/json"
	"slices"
	"testing"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/params"
	"probity/chain/route/release"
	"probity/chain/route/rep"
	"probity/chain/route/routetest"
	"probity/chain/state"
	"probity/chain/types"
)

// fixture is a release that real rules have let through, and the members of a
// chain that sign its headers.
type fixture struct {
	t        testing.TB
	world    *routetest.World
	rc       keys.Hash
	genesis  keys.Hash
	tree     Tree
	binaries []File
	entries  []release.Entry
	record   Record
	value    []byte // of the candidate, as the route left it
	members  []keys.PrivateKey
}

var sourceTree = Tree{
	{Path: "LICENSE", Mode: ModeFile, Data: []byte("do what you like\n")},
	{Path: "Makefile", Mode: ModeFile, Data: []byte("release:\n\tgo build\n")},
	{Path: "bin/run", Mode: ModeExecutable, Data: []byte("#!/bin/sh\nexec probity\n")},
	{Path: "docs/latest", Mode: ModeLink, Data: []byte("../LICENSE")},
	{Path: "empty", Mode: ModeFile, Data: []byte{}},
}

const council = `{"ctrs": ["@t1", "@t2", "@t3"], "auditors": ["@u1", "@u2"],
	"activists": ["@a1", "@a2", "@a3"], "technologists": ["@e1", "@e2", "@e3"],
	"watchtowers": {"members": ["@w1", "@w2", "@w3"], "threshold": 2}}`

// planner stands for route availability.
var planner = &route.Route{ID: availability.ID, Name: "availability", Msgs: []route.Msg{
	route.On(7, "upgrade", func(*route.Ctx, availability.Upgrade) error { return nil }).OnlyBy("legislature", "release"),
}}

// published carries a candidate through the whole process.
func published(t testing.TB) *fixture {
	t.Helper()
	w, err := routetest.New(route.Table{params.Route, rep.Route, planner, release.Route}, nil, map[string]string{"release": council})
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{
		t: t, world: w, rc: sourceTree.Candidate(), genesis: w.Chain.Genesis, tree: sourceTree,
		binaries: []File{
			{Path: "probity-linux-amd64", Mode: ModeExecutable, Data: []byte("\x7fELF of a node")},
			{Path: "watchtower-linux-amd64", Mode: ModeExecutable, Data: []byte("\x7fELF of a watchtower")},
		},
	}
	for i := range 4 {
		f.members = append(f.members, keys.FromSeed(keys.Sum([]byte("member"), []byte{byte(i)})))
	}
	commit := types.Bytes(make([]byte, 20))
	f.do("t1", "submit_rc", release.SubmitRC{RC: f.rc, Repo: "probity", Commit: commit, Version: "1.1", Protocol: 2, Locator: "peers"})
	f.do("u2", "report", release.Report{RC: f.rc, Status: release.NoGo, Report: keys.Sum([]byte("first"))})
	f.do("u1", "report", release.Report{RC: f.rc, Status: release.Go, Report: keys.Sum([]byte("good")), TeamOnly: true})
	f.do("u2", "report", release.Report{RC: f.rc, Status: release.GoWithWarnings, Report: keys.Sum([]byte("second"))})
	f.do("t2", "submit_to_council", release.SubmitToCouncil{
		RC: f.rc, Reports: []keys.Hash{keys.Sum([]byte("good"))}, Plan: release.Plan{Activate: true, Reset: []string{"bank/send"}},
	})
	for voter, choice := range map[string]release.Choice{"a1": release.Yes, "a2": release.Yes, "a3": release.No, "e1": release.Yes, "e2": release.Abstain} {
		f.do(voter, "ballot", release.Ballot{RC: f.rc, Choice: choice})
	}
	f.wait(7 * 24 * 3_600_000)
	f.do("u1", "disclose_report", release.DiscloseReport{RC: f.rc, Auditor: w.Addr("u1"), Locator: "blob"})
	f.do("t3", "trigger", release.Trigger{RC: f.rc})
	build := release.SubmitBuild{RC: f.rc, Artifacts: release.ArtifactsHash(Binaries(f.binaries))}
	f.do("w1", "submit_build", build)
	f.do("w3", "submit_build", build)
	f.load()
	d, err := Deliver(f.tree, f.entries, f.record.Sealed, f.binaries)
	if err != nil {
		t.Fatal(err)
	}
	f.do("t1", "publish", release.Publish{
		RC: f.rc, SourceRoot: d.SourceRoot, ProvenanceRoot: d.ProvenanceRoot, Trail: d.Trail, Binaries: d.Binaries, Locator: "peers",
	})
	f.do("t2", "record_store", release.RecordStore{RC: f.rc, Store: "F-Droid", Key: w.Key("t2").Public()})
	f.wait(3 * 24 * 3_600_000)
	f.load()
	return f
}

// do sends a message in a signed transaction's name.
func (f *fixture) do(from, msg string, body any) {
	f.t.Helper()
	m, err := f.world.Table.Pack("release", msg, body)
	if err != nil {
		f.t.Fatal(err)
	}
	tx := &types.SignedTx{Tx: types.Tx{Sender: f.world.Key(from).Public(), Msgs: []types.Msg{m}}, From: f.world.Addr(from)}
	tx.Hash = keys.Sum([]byte(from), m.Body)
	if e := f.world.Apply(tx); e.Refused != nil || e.Failed != nil {
		f.t.Fatalf("%s %s: %v %v", from, msg, e.Refused, e.Failed)
	}
}

func (f *fixture) wait(ms types.Time) {
	f.t.Helper()
	f.world.Block.Time += ms
	if _, err := f.world.Next(); err != nil {
		f.t.Fatal(err)
	}
}

// load reads the trail and the candidate's value from the state.
func (f *fixture) load() {
	f.t.Helper()
	text, err := f.world.Query("release", "history", `{"rc": "`+f.rc.String()+`", "limit": 1000}`)
	if err != nil {
		f.t.Fatal(err)
	}
	var h struct {
		Entries []struct {
			Entry json.RawMessage `json:"entry"`
		} `json:"entries"`
	}
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		f.t.Fatal(err)
	}
	f.entries = nil
	for _, told := range h.Entries {
		var e release.Entry
		if err := json.Unmarshal([]byte(f.world.Expand(string(told.Entry))), &e); err != nil {
			f.t.Fatal(err)
		}
		f.entries = append(f.entries, e)
	}
	c := f.world.Ctx("release")
	value, ok := c.Get(release.CandidateKey(f.rc))
	if !ok {
		f.t.Fatal("no candidate in the state")
	}
	f.value = slices.Clone(value)
	f.record = Record{}
	if err := codec.Unmarshal(f.value, &f.record); err != nil {
		f.t.Fatal(err)
	}
}

// edit changes the body of the n-th entry of a kind, from 0.
func edit[T any](f *fixture, kind string, n int, change func(*T)) {
	f.t.Helper()
	for i := range f.entries {
		if e := &f.entries[i]; e.Kind == kind {
			if n--; n >= 0 {
				continue
			}
			var body T
			if err := codec.Unmarshal(e.Body, &body); err != nil {
				f.t.Fatal(err)
			}
			change(&body)
			e.Body = codec.MustMarshal(&body)
			return
		}
	}
	f.t.Fatalf("no entry %s", kind)
}

// drop takes entries out.
func (f *fixture) drop(which func(*release.Entry) bool) {
	f.entries = slices.DeleteFunc(f.entries, func(e release.Entry) bool { return which(&e) })
	for i := range f.entries {
		f.entries[i].Number = uint64(i) + 1
	}
}

// contents puts a bundle together as a chain would let it whose members all sign
// what they are told: heads, hashes and roots follow from the entries as they
// are now.
func (f *fixture) contents() Contents {
	f.t.Helper()
	at := slices.IndexFunc(f.entries, func(e release.Entry) bool { return e.Kind == kindBuilt })
	all := heads(f.rc, f.entries)
	f.record.Sealed = all[at+1]
	d, err := Deliver(f.tree, f.entries, f.record.Sealed, f.binaries)
	if err != nil {
		f.t.Fatal(err)
	}
	edit(f, kindPublished, 0, func(p *release.Publication) {
		p.Publish.RC, p.Publish.SourceRoot, p.Publish.ProvenanceRoot, p.Publish.Trail = f.rc, d.SourceRoot, d.ProvenanceRoot, d.Trail
		p.Manifest = release.ManifestHash(p.Publish)
		f.record.Shipped.SourceRoot, f.record.Shipped.ProvenanceRoot, f.record.Shipped.Manifest = d.SourceRoot, d.ProvenanceRoot, p.Manifest
	})
	all = heads(f.rc, f.entries)
	f.record.Head, f.record.Entries = all[len(all)-1], uint64(len(f.entries))
	c := Contents{Genesis: f.genesis, RC: f.rc, Entries: f.entries, Source: d.Source, Binaries: f.binaries, Key: f.world.Key("t1")}
	root := keys.Hash{}
	c.State, root = f.prove()
	c.Evidence = f.chain(root)
	return c
}

// prove puts the record into a state and proves it there.
func (f *fixture) prove() (Proven, keys.Hash) {
	f.t.Helper()
	backend := state.NewMemory()
	layer := state.NewLayer(state.NewBase(backend))
	value := codec.MustMarshal(&f.record)
	layer.Set(release.CandidateKey(f.rc), value)
	for i := range 40 {
		layer.Set([]byte{0, 99, byte(i)}, []byte{byte(i)})
	}
	root, changes := layer.Seal(1)
	backend.Commit(changes)
	tree, err := state.At(backend, 1, root)
	if err != nil {
		f.t.Fatal(err)
	}
	_, _, p := tree.Prove(release.CandidateKey(f.rc))
	return Proven{Value: value, Proof: p}, root
}

// roster of an epoch: the members with weights that differ by epoch, so that
// each has its own.
func (f *fixture) roster(e types.Epoch) types.Roster {
	r := types.Roster{Epoch: e}
	for i, k := range f.members {
		weight := types.Weight(100 - i)
		if e >= 2 {
			weight++
		}
		r.Members = append(r.Members, types.Member{Address: k.Public().Address(), Key: k.Public(), Network: types.Bytes{byte(i)}, Weight: weight, Escrow: []types.Bytes{}})
	}
	return r
}

func (f *fixture) header(e types.Epoch, h types.Height, root keys.Hash) types.Header {
	now, next := f.roster(e), f.roster(e+1)
	return types.Header{
		Version: 1, Epoch: e, View: types.View(h), Height: h, Time: types.Time(h) * 1000, Reveal: types.Bytes{},
		StateRoot: root, RosterHash: now.Hash(), NextRosterHash: next.Hash(),
	}
}

func (f *fixture) finalize(h *types.Header, signers int) types.Certificate {
	s := types.Statement{Kind: types.Finalize, Epoch: h.Epoch, View: h.View, Digest: h.Digest()}
	var votes []types.Vote
	for i, k := range f.members[:signers] {
		votes = append(votes, types.Vote{Statement: s, Signer: uint32(i), Signature: k.Sign(s.SignBytes(f.genesis))})
	}
	c := types.Bundle(votes, len(f.members))
	c.Attachment = types.Bytes{}
	return c
}

// chain leads from the genesis over four epochs to a state root.
func (f *fixture) chain(root keys.Hash) Evidence {
	ev := Evidence{Start: f.header(0, 0, keys.Hash{1})}
	for e := range types.Epoch(4) {
		r := keys.Hash{byte(e) + 2}
		if e == 3 {
			r = root
		}
		h := f.header(e, types.Height(e)*64+63, r)
		l := Link{Header: h, Finalization: f.finalize(&h, 3), Members: []types.Member{}}
		if e == 0 || e == 2 {
			l.Members = f.roster(e).Members
		}
		ev.Links = append(ev.Links, l)
	}
	return ev
}

// start is the first checkpoint of the fixture's chain.
func (f *fixture) start() Point {
	h := f.header(0, 0, keys.Hash{1})
	return Point{0, h.Digest()}
}

func (f *fixture) bundle() []byte {
	f.t.Helper()
	raw, err := Make(f.contents())
	if err != nil {
		f.t.Fatal(err)
	}
	return raw
}
