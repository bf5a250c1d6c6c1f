package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"regexp"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/rogpeppe/go-internal/testscript"

	"probity/chain/keys"
	"probity/chain/route/availability"
	"probity/chain/state"
	"probity/chain/types"
	"probity/consensus"
	"probity/node/signer"
	"probity/node/store"
)

// until repeats a command until its output matches: until PATTERN probity query …
func until(ts *testscript.TestScript, _ bool, args []string) {
	want := regexp.MustCompile("(?m)" + args[0])
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if ts.Exec(args[1], args[2:]...) == nil && want.MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
	ts.Fatalf("%s: never in %q", args[0], ts.ReadFile("stdout"))
}

// on has what is started next listen on one of the script's hosts: on NUMBER.
func on(ts *testscript.TestScript, _ bool, args []string) {
	host := ts.Getenv("NET") + "." + args[0]
	for key, port := range map[string]string{"RPC": "8645", "OPS": "8646", "P2P": "8640"} {
		ts.Setenv("PROBITY_"+key+"_LISTEN", host+":"+port)
	}
}

// more waits until a metric has grown from where it is: more RPC NAME LABEL=VALUE.
func more(ts *testscript.TestScript, _ bool, args []string) {
	c, err := newClient(args[0], 1)
	ts.Check(err)
	defer c.close()
	ctx := context.Background()
	was := sample(ctx, c, args[1], args[2])
	eventually(ts, args[0], "more "+args[1], func(ctx context.Context, c *client) bool {
		return sample(ctx, c, args[1], args[2]) > was
	})
}

// honest gathers everything that a key which moved was seen to sign, and fails
// where two statements convict it, or where it did not vote on both hosts and
// make a block on the second: honest HANDOVER SECOND HOME…
//
// It reads the databases of stopped homes, the second host's journal and the
// handover, so it sees votes in blocks, in certificates that were not final yet,
// and those that nobody took up.
func honest(ts *testscript.TestScript, _ bool, args []string) {
	var hand signer.Handover
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &hand))
	memory, err := signer.Inspect(vfs.Default, filepath.Join(ts.MkAbs(args[1]), "signer"))
	ts.Check(err)
	seen := map[types.Statement]bool{}
	for _, list := range [][]types.Statement{hand.Memory.Said, memory.Said} {
		for _, st := range list {
			seen[st] = true
		}
	}
	for _, h := range args[2:] {
		g, _, err := readGenesis(home(ts.MkAbs(h)).genesis())
		ts.Check(err)
		db, err := store.Open(vfs.Default, filepath.Join(ts.MkAbs(h), "data"), store.Options{Genesis: g.Hash()})
		ts.Check(err)
		list, err := signedBy(db, hand.Key)
		ts.Check(err)
		ts.Check(db.Close())
		for _, st := range list {
			seen[st] = true
		}
	}
	e, v := hand.Memory.Last()
	count := map[string]int{}
	for st := range seen {
		for other := range seen {
			if consensus.Conflict(st, other) {
				ts.Fatalf("the key signed %+v and %+v", st, other)
			}
		}
		if st.Epoch < e || st.Epoch == e && st.View <= v {
			count["first"]++
		} else {
			count["second"]++
			if st.Kind == types.Propose {
				count["proposed"]++
			}
		}
	}
	if count["first"] < 5 || count["second"] < 5 || count["proposed"] == 0 {
		ts.Fatalf("%d statements, too few to say: %v", len(seen), count)
	}
	ts.Logf("%d statements of the key, of which no two conflict: %v", len(seen), count)
}

// signedBy lists what a whole database shows a key to have signed. Rosters are
// forgotten in time, so each block is read with the state that it left behind.
func signedBy(db *store.Store, key keys.PublicKey) (out []types.Statement, err error) {
	tip, err := db.Tip()
	if err != nil {
		return nil, err
	}
	rosters, leaders := map[types.Epoch]*types.Roster{}, map[keys.Hash]keys.PublicKey{}
	see := func(r state.Reader, e types.Epoch) {
		for _, e := range []types.Epoch{e, e + 1} {
			if roster, ok := availability.Roster(r, e); ok && rosters[e] == nil {
				rosters[e] = &roster
			}
			if plan := availability.Plan(r, e); plan != nil {
				for i := range plan.List {
					leaders[plan.List[i].ID] = plan.List[i].Key
				}
			}
		}
	}
	var blocks []*types.Block
	for h := types.Height(1); h <= tip.Header.Height; h++ {
		b, err := db.Block(h)
		if err != nil {
			return nil, err
		}
		if b == nil { // below what a snapshot brought
			continue
		}
		blocks = append(blocks, b)
		if tree, err := state.At(db, h, b.Header.StateRoot); err == nil && rosters[b.Header.Epoch+1] == nil {
			see(tree, b.Header.Epoch)
		}
	}
	see(state.NewBase(db), tip.Header.Epoch)
	var certificates []types.Certificate
	for _, e := range []types.Epoch{tip.Header.Epoch, tip.Header.Epoch + 1} {
		pending, err := db.Pending(e)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, pending...)
		certified, err := db.Certificates(e)
		if err != nil {
			return nil, err
		}
		for i := range certified {
			certificates = append(certificates, certified[i].Certificate)
		}
	}
	roster := func(e types.Epoch) *types.Roster { return rosters[e] }
	leads := func(h *types.Header) bool { return leaders[h.ASC] == key }
	return signer.Shown(key, roster, leads, blocks, certificates), nil
}
