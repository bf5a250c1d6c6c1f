package snapshot_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/codec"
	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route/all"
	"probity/chain/types"
	"probity/node"
	"probity/node/snapshot"
	"probity/node/store"
)

// home is a chain of one member that has run a while.
type home struct {
	t       testing.TB
	keys    node.MemberKeys
	genesis *exec.Genesis
	db      *store.Store
}

// ran is made once: running a node takes seconds.
var ran *home

// newHome runs a member alone for two epochs and opens its database.
func newHome(t *testing.T) *home {
	t.Helper()
	if ran != nil {
		ran.t = t
		return ran
	}
	h := &home{t: t, keys: node.DeriveKeys([32]byte{3})}
	spec := node.GenesisSpec{
		Chain: "snap", Time: types.Time(time.Now().UnixMilli()), Members: []node.GenesisMember{{Keys: h.keys, REP: types.Whole(1000), Balance: types.Whole(1000)}},
		Params: map[string]uint64{"epoch.blocks": 16, "block.interval": 10, "asc.lead_views": 4, "evidence.window": 100_000, "bench.max": 8},
	}
	for i := range 3000 { // enough keys for several parts
		spec.Balances = append(spec.Balances, node.GenesisBalance{Address: keys.FromSeed(keys.Sum(fmt.Appendf(nil, "%d", i))).Public().Address(), Amount: types.Whole(1)})
	}
	var err error
	if h.genesis, err = node.NewGenesis(spec); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	n := h.open(dir)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	for deadline := time.Now().Add(30 * time.Second); n.Height() < 40 && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	disk := vfs.NewMem()
	if ok, err := vfs.Clone(vfs.Default, disk, dir+"/data", "data"); err != nil || !ok {
		t.Fatal(err)
	}
	if h.db, err = store.Open(disk, "data", store.Options{Genesis: h.genesis.Hash()}); err != nil {
		t.Fatal(err)
	}
	ran = h
	return h
}

func (h *home) open(dir string) *node.Node {
	h.t.Helper()
	n, err := node.Open(node.Options{Home: dir, Genesis: h.genesis, Keys: &h.keys, Member: true, Producer: true, Software: "test"})
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

func (h *home) checkpoint(at types.Height) snapshot.Checkpoint {
	h.t.Helper()
	d, ok, err := h.db.Digest(at)
	if err != nil || !ok {
		h.t.Fatalf("height %d: %v", at, err)
	}
	return snapshot.Checkpoint{Height: at, Digest: d}
}

func (h *home) options(at types.Height) snapshot.Options {
	return snapshot.Options{
		Dir: h.t.TempDir(), Genesis: h.genesis, Table: all.Table, Checkpoint: h.checkpoint(at),
		Now: types.Time(time.Now().UnixMilli()), Pause: time.Millisecond,
	}
}

// peers are servers by name, each of which may change its answers.
type peers struct {
	names  []string
	server *snapshot.Server
	change func(peer string, q snapshot.Ask, answer []byte) ([]byte, error)
	asked  map[uint8]int
}

func (p *peers) Peers() []string { return p.names }

func (p *peers) Ask(_ context.Context, peer string, request []byte) ([]byte, error) {
	var q snapshot.Ask
	if err := codec.Unmarshal(request, &q); err != nil {
		return nil, err
	}
	if p.asked == nil {
		p.asked = map[uint8]int{}
	}
	p.asked[q.Kind]++
	b, err := p.server.Answer(request)
	if err == nil && p.change != nil {
		return p.change(peer, q, b)
	}
	return b, err
}

// serverOf cuts small parts.
func serverOf(h *home) *snapshot.Server {
	s := snapshot.NewServer(h.db)
	s.PartBytes = 32 << 10
	return s
}

// Goal: a state fetched from a peer on the word of a checkpoint is the chain's,
// and a member goes on from it. Method: from a checkpoint in the first epoch the last
// boundary is given; the member that adopts it makes blocks.
func TestFetch(t *testing.T) {
	h := newHome(t)
	src := &peers{names: []string{"a"}, server: serverOf(h)}
	snap, err := snapshot.Fetch(context.Background(), src, h.options(5))
	if err != nil {
		t.Fatal(err)
	}
	tip, err := h.db.Tip()
	if err != nil {
		t.Fatal(err)
	}
	at := snap.Block.Header.Height // the last end of an epoch of sixteen, wherever the member was stopped
	if at%16 != 0 || at < 32 || at > tip.Header.Height || at+16 < tip.Header.Height || snap.Changes.Root != snap.Block.Header.StateRoot || snap.Parts < 16 {
		t.Fatalf("height %d of %d, %d parts", at, tip.Header.Height, snap.Parts)
	}
	dir := t.TempDir()
	db, err := store.Open(vfs.Default, dir+"/data", store.Options{Genesis: h.genesis.Hash()})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Adopt(&snap.Block, snap.Changes, snap.Proof), db.Close()); err != nil {
		t.Fatal(err)
	}
	n := h.open(dir)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	for deadline := time.Now().Add(2 * time.Minute); n.Height() < at+20 && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if n.Height() < at+20 {
		t.Errorf("the member stands at %d, it began at %d", n.Height(), at)
	}
}

// Goal: of a checkpoint in the running epoch the state of a block at or right
// above it is given. Method: the last height but two.
func TestFetchRecent(t *testing.T) {
	h := newHome(t)
	tip, err := h.db.Tip()
	if err != nil {
		t.Fatal(err)
	}
	at := tip.Header.Height - 2
	src := &peers{names: []string{"a"}, server: serverOf(h)}
	snap, err := snapshot.Fetch(context.Background(), src, h.options(at))
	if err != nil || snap.Block.Header.Height < at {
		t.Fatalf("%v, %v", snap, err)
	}
}

// Goal: every lie is refused with its own reason, the liar is not asked again,
// and the next peer serves. Method: one lie a case, told by the first of two.
func TestRefused(t *testing.T) {
	h := newHome(t)
	part := func(edit func(*snapshot.Part)) func(snapshot.Ask, []byte) []byte {
		return func(q snapshot.Ask, b []byte) []byte {
			if q.Kind != snapshot.AskPart || q.Part != 3 {
				return b
			}
			var p snapshot.Part
			_ = codec.Unmarshal(b, &p)
			edit(&p)
			return codec.MustMarshal(&p)
		}
	}
	offer := func(edit func(*snapshot.Offer)) func(snapshot.Ask, []byte) []byte {
		return func(q snapshot.Ask, b []byte) []byte {
			if q.Kind != snapshot.AskOffer {
				return b
			}
			var o snapshot.Offer
			_ = codec.Unmarshal(b, &o)
			edit(&o)
			return codec.MustMarshal(&o)
		}
	}
	for _, c := range []struct {
		name string
		lie  func(snapshot.Ask, []byte) []byte
		want error
	}{
		{"a balance", part(func(p *snapshot.Part) { p.Leaves[0].Value = types.Bytes{1, 2} }), snapshot.ErrPart},
		{"a key left out", part(func(p *snapshot.Part) { p.Leaves = p.Leaves[1:] }), snapshot.ErrPart},
		{"another chain's header", offer(func(o *snapshot.Offer) { o.Links[0].Header.Time++ }), snapshot.ErrLinks},
		{"a header left out", offer(func(o *snapshot.Offer) { o.Links = append(o.Links[:2:2], o.Links[3:]...) }), snapshot.ErrLinks},
		{"another block", offer(func(o *snapshot.Offer) { o.Block.Header.Time++ }), snapshot.ErrBlock},
		{"another body", offer(func(o *snapshot.Offer) { o.Block.Body.Txs = append(o.Block.Body.Txs, types.Bytes{1}) }), snapshot.ErrBlock},
		{"no finality", offer(func(o *snapshot.Offer) { o.Proof.Finalization.Digest = keys.Hash{1} }), snapshot.ErrBlock},
		{"a forged signature", offer(func(o *snapshot.Offer) { o.Proof.Finalization.Signatures[0][3] ^= 1 }), snapshot.ErrFinal},
		{"another state", func(q snapshot.Ask, b []byte) []byte {
			if q.Kind != snapshot.AskManifest {
				return b
			}
			var m snapshot.Manifest
			_ = codec.Unmarshal(b, &m)
			m.Parts[0].Hash[0] ^= 1
			return codec.MustMarshal(&m)
		}, snapshot.ErrManifest},
		{"no message", func(snapshot.Ask, []byte) []byte { return []byte{0xff} }, snapshot.ErrForm},
	} {
		t.Run(c.name, func(t *testing.T) {
			h.t = t
			src := &peers{names: []string{"liar", "honest"}, server: serverOf(h)}
			src.change = func(peer string, q snapshot.Ask, b []byte) ([]byte, error) {
				if peer == "liar" {
					return c.lie(q, b), nil
				}
				return b, nil
			}
			o := h.options(5)
			reasons := map[string]error{}
			o.Rejected = func(peer string, why error) { reasons[peer] = why }
			snap, err := snapshot.Fetch(context.Background(), src, o)
			if err != nil || snap == nil {
				t.Fatalf("%v; %v", err, reasons)
			}
			if len(reasons) == 0 || !errors.Is(reasons["liar"], c.want) || strings.Contains(reasons["liar"].Error(), "\n") {
				t.Errorf("reasons %v, want %v", reasons, c.want)
			}
		})
	}
}

// Goal: a fetch that was interrupted goes on with the parts that are missing.
// Method: a network that ends after five parts, then one that counts.
func TestResume(t *testing.T) {
	h := newHome(t)
	o := h.options(5)
	ctx, cancel := context.WithCancel(context.Background())
	src := &peers{names: []string{"a"}, server: serverOf(h)}
	src.change = func(_ string, q snapshot.Ask, b []byte) ([]byte, error) {
		if src.asked[snapshot.AskPart] == 6 {
			cancel()
			return nil, context.Canceled
		}
		return b, nil
	}
	if _, err := snapshot.Fetch(ctx, src, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	again := &peers{names: []string{"b"}, server: src.server}
	var last int
	o.Progress = func(p snapshot.Progress) { last = p.Total - p.Done }
	snap, err := snapshot.Fetch(context.Background(), again, o)
	if err != nil {
		t.Fatal(err)
	}
	if snap.Resumed != 5 || again.asked[snapshot.AskPart] != snap.Parts-5 || again.asked[snapshot.AskOffer] != 0 || last != 0 {
		t.Errorf("resumed with %d of %d parts, asked for %v", snap.Resumed, snap.Parts, again.asked)
	}
}

// Goal: a checkpoint behind the exit delay is refused before anything large is
// fetched, and so is one that nobody holds. Method: a clock that is years ahead;
// a checkpoint above the tip; no peers.
func TestOld(t *testing.T) {
	h := newHome(t)
	src := &peers{names: []string{"a"}, server: serverOf(h)}
	o := h.options(5)
	o.Now += 1 << 40
	if _, err := snapshot.Fetch(context.Background(), src, o); !errors.Is(err, snapshot.ErrOld) || !strings.Contains(err.Error(), "take a newer one") {
		t.Errorf("old: %v", err)
	}
	if src.asked[snapshot.AskPart]+src.asked[snapshot.AskManifest] != 0 {
		t.Errorf("asked for %v", src.asked)
	}
	o = h.options(5)
	o.Checkpoint.Height = 1 << 40
	if _, err := snapshot.Fetch(context.Background(), src, o); !errors.Is(err, snapshot.ErrNobody) || !strings.Contains(err.Error(), "not final here") {
		t.Errorf("above the tip: %v", err)
	}
	if _, err := snapshot.Fetch(context.Background(), &peers{}, h.options(5)); !errors.Is(err, snapshot.ErrNobody) {
		t.Errorf("no peers: %v", err)
	}
}

// Goal: what a person writes as a checkpoint is read, and nothing else. Method:
// a table.
func TestParseCheckpoint(t *testing.T) {
	digest := keys.Hash{1, 2}
	for text, good := range map[string]bool{
		"7:" + digest.String(): true, "7:" + digest.String()[2:]: true,
		"": false, "7": false, "0:" + digest.String(): false, "-1:" + digest.String(): false, "7:0x12": false, "x:" + digest.String(): false,
	} {
		c, err := snapshot.ParseCheckpoint(text)
		if (err == nil) != good || good && (c.Height != 7 || c.Digest != digest) {
			t.Errorf("%q: %v, %v", text, c, err)
		}
	}
}
