package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/node"
	"probity/node/blobs"
	"probity/node/bundle"
	"probity/p2p"
)

const releaseFetchLong = `
Bring content by its hash from nodes of the chain, over their own peer-to-peer
streams, into the home, which serves it on. Each piece of 1 MiB is proven to
belong to the hash before it is kept; a fetch that was cut off goes on where it
ended. --peer names a node (multiaddress ending in /p2p/ID); without it those of
p2p.bootstrap in the home are asked. The genesis says of which chain.

  probity release fetch HASH --home h --peer /ip4/127.0.0.1/tcp/8640/p2p/12D3… --out probity.bundle`

// fetchFor bounds the wait for a first peer.
const fetchFor = 30 * time.Second

func releaseFetch(f *pflag.FlagSet) action {
	dir := homeFlag(f)
	from := f.StringSlice("peer", nil, "`address` of a node to ask (again for more)")
	genesis := f.String("genesis", "", "genesis `file` of the chain (default: the home's)")
	out := f.String("out", "", "`file` to write a copy to, which must not exist")
	return func(ctx context.Context, s *streams, args []string) error {
		h, err := parseHash(args[0])
		if err != nil {
			return err
		}
		if *out != "" && exists(*out) {
			return failed("there is a file already", *out, "choose another --out; nothing is overwritten")
		}
		store, err := blobStore(home(*dir))
		if err != nil {
			return err
		}
		b, err := fetchBlob(ctx, s, store, h, home(*dir), *genesis, *from)
		if err != nil {
			return blobFailure(home(*dir), err)
		}
		if *out != "" {
			if err := copyBlob(store, h, *out); err != nil {
				return err
			}
		}
		s.printf("%s %d bytes\n", hex.EncodeToString(b.Hash[:]), b.Bytes)
		return nil
	}
}

// fetchBlob joins the chain's network as a stranger and asks.
func fetchBlob(ctx context.Context, s *streams, store *blobs.Store, h keys.Hash, at home, genesis string, from []string) (blobs.Blob, error) {
	if n, err := store.Size(h); err == nil {
		return blobs.Blob{Hash: h, Bytes: n}, nil
	}
	if genesis == "" {
		genesis = at.genesis()
	}
	g, _, err := readGenesis(genesis)
	if err != nil {
		return blobs.Blob{}, err
	}
	if len(from) == 0 {
		c, err := loadConfig(at.config(), os.Environ(), nil)
		if err != nil {
			return blobs.Blob{}, err
		}
		if from = c.list("p2p.bootstrap"); len(from) == 0 {
			return blobs.Blob{}, usage("--peer: name a node to ask; the home has no p2p.bootstrap")
		}
	}
	host, err := node.Visit(g.Hash(), from, "probity/"+software())
	if errors.Is(err, p2p.ErrConfig) {
		return blobs.Blob{}, usage("--peer: %w", err)
	}
	if err != nil {
		return blobs.Blob{}, err
	}
	defer host.Close()
	peers, err := met(ctx, host, from)
	if err != nil {
		return blobs.Blob{}, err
	}
	var show *progress
	b, err := store.Fetch(ctx, host, peers, h, func(have, all int64) {
		if show == nil {
			show = newProgress(s, "bytes", all)
		}
		show.set(have)
	})
	if show != nil {
		show.end()
	}
	if errors.Is(err, blobs.ErrNobody) {
		return b, &failure{oneLine(err), strings.Join(from, ", "), "name a node that pins it; what came is kept", err}
	}
	return b, err
}

// met waits for the named peers: until all are connected, or for a while after
// the first. Others that they introduce are asked last.
func met(ctx context.Context, host *p2p.Host, from []string) ([]p2p.ID, error) {
	named := map[p2p.ID]bool{}
	for _, a := range from {
		if _, id, err := p2p.SplitAddr(a); err == nil {
			named[id] = true
		}
	}
	deadline := time.Now().Add(fetchFor)
	for ctx.Err() == nil && time.Now().Before(deadline) {
		var first, rest []p2p.ID
		for _, p := range host.Peers() {
			if named[p.ID] {
				first = append(first, p.ID)
			} else {
				rest = append(rest, p.ID)
			}
		}
		if len(first) > 0 && (len(first) == len(named) || time.Until(deadline) < fetchFor-3*time.Second) {
			return append(first, rest...), nil
		}
		pause(ctx)
	}
	if ctx.Err() != nil {
		return nil, errStopped
	}
	return nil, failed("no peer answers", strings.Join(from, ", "), "check the address, and that the genesis is that of the node's chain")
}

func pause(ctx context.Context) { rest(ctx, 20*time.Millisecond) }

// copyBlob writes content to a file of its own.
func copyBlob(store *blobs.Store, h keys.Hash, path string) error {
	in, err := store.Open(h)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if _, err := io.Copy(out, in); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), out.Close())
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// parsePoint reads HEIGHT:HASH.
func parsePoint(text string) (*bundle.Point, error) {
	height, hash, ok := strings.Cut(text, ":")
	n, err := strconv.ParseUint(height, 10, 63)
	if !ok || err != nil {
		return nil, errors.New("not HEIGHT:HASH")
	}
	h, err := parseHash(hash)
	if err != nil {
		return nil, err
	}
	return &bundle.Point{Height: types.Height(n), Hash: h}, nil
}

// genesisPoint is the checkpoint that a genesis file stands for: the header of
// height 0, which the law makes of it.
func genesisPoint(g *exec.Genesis) (*bundle.Point, error) {
	x, err := exec.New(table(), g)
	if err != nil {
		return nil, err
	}
	made, err := x.Genesis()
	if err != nil {
		return nil, err
	}
	return &bundle.Point{Hash: made.Digest}, nil
}
