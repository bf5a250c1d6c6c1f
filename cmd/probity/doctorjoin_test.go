package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/node"
	"probity/node/signer/keystore"
	"probity/node/snapshot"
	"probity/p2p"
)

// manyAccounts are enough for a state of several parts.
const manyAccounts = 20_000

// wide makes the home of a chain of one member with many accounts: wide HOME.
func wide(ts *testscript.TestScript, _ bool, args []string) {
	h := home(ts.MkAbs(args[0]))
	secrets, err := keystore.Create(h.keys(), "a test", keystore.Options{LogN: keystore.WorkCheap})
	ts.Check(err)
	ts.Check(bornHere(h))
	spec := soloSpec("wide", time.Now(), secrets)
	for i := range manyAccounts {
		var a keys.Address
		sum := keys.Sum(fmt.Appendf(nil, "%d", i))
		copy(a[:], sum[:])
		spec.Balances = append(spec.Balances, node.GenesisBalance{Address: a, Amount: types.Whole(1)})
	}
	file, err := newGenesis(spec)
	ts.Check(err)
	text, err := configFile(map[string]any{"chain": "wide"})
	ts.Check(err)
	ts.Check(os.WriteFile(h.genesis(), file, 0o600))
	ts.Check(os.WriteFile(h.config(), []byte(text), 0o600))
}

// between starts a peer that passes requests for snapshots on to another, and
// puts its address into a variable: between NAME forge|hang HOME PEER. One that
// forges changes a byte of every part; one that hangs answers three parts and
// then no more.
func between(ts *testscript.TestScript, _ bool, args []string) {
	g, _, err := readGenesis(home(ts.MkAbs(args[2])).genesis())
	ts.Check(err)
	cfg := p2p.Config{
		Seed: anySeed(), Genesis: g.Hash(), Listen: []string{"/ip4/127.0.0.1/tcp/0"}, Bootstrap: []string{args[3]}, Agent: "between",
		Protocols: []p2p.Protocol{snapshot.Protocol},
	}
	for _, name := range []string{node.TopicConsensus, node.TopicTxs, node.TopicSync} {
		cfg.Topics = append(cfg.Topics, p2p.Topic{Name: name, BytesMax: errandBytes})
	}
	host, err := p2p.New(cfg)
	ts.Check(err)
	var parts atomic.Int32
	ts.Check(host.Serve(snapshot.Protocol.Name, func(ctx context.Context, _ p2p.ID, request []byte, w *p2p.Writer) error {
		var ask snapshot.Ask
		if err := codec.Unmarshal(request, &ask); err != nil {
			return p2p.Invalid(err)
		}
		if ask.Kind == snapshot.AskPart && args[1] == "hang" && parts.Add(1) > 3 {
			<-ctx.Done()
			return ctx.Err()
		}
		_, id, _ := cutPeer(args[3])
		to, err := p2p.ParseID(id)
		if err != nil {
			return err
		}
		answer, err := host.Request(ctx, to, snapshot.Protocol.Name, request)
		if err != nil {
			return err
		}
		if ask.Kind == snapshot.AskPart && args[1] == "forge" {
			answer[len(answer)-1] ^= 1
		}
		_, err = w.Write(answer)
		return err
	}))
	ts.Check(host.Start())
	ts.Defer(func() { _ = host.Close() })
	for end := time.Now().Add(patience); len(host.Addrs()) == 0 || len(host.Peers()) == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			ts.Fatalf("the peer between does not run")
		}
	}
	ts.Setenv(args[0], host.Addrs()[0])
}

// cutPeer parts a multiaddress from the peer's id.
func cutPeer(addr string) (at, id string, ok bool) { return strings.Cut(addr, "/p2p/") }
