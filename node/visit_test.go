package node_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"probity/chain/keys"
	"probity/node"
	"probity/node/blobs"
	"probity/p2p"
)

// Goal: a stranger brings pinned content from a member that goes on with
// consensus meanwhile, and is not thrown out for not being one. Method: a member
// that pins, another home's store, blocks before and after.
func TestVisitorFetches(t *testing.T) {
	c := newCluster(t, 1)
	c.opts[0].Blobs = blobs.Open(filepath.Join(t.TempDir(), "blobs"), 0)
	file := filepath.Join(t.TempDir(), "bundle")
	if err := os.WriteFile(file, make([]byte, 3<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	pinned, err := c.opts[0].Blobs.Pin(file)
	if err != nil {
		t.Fatal(err)
	}
	c.start(0)
	c.reach(0, 3, patience)
	host, err := node.Visit(c.opts[0].Genesis.Hash(), c.nodes[0].P2PAddrs(), "test")
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	member, err := p2p.ParseID(c.nodes[0].PeerID())
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "connection", func() bool { return len(host.Peers()) == 1 })
	c.reach(0, c.nodes[0].Height()+20, patience) // it hears all that members say
	mine := blobs.Open(filepath.Join(t.TempDir(), "mine"), 0)
	if _, err := mine.Fetch(t.Context(), host, []p2p.ID{member}, keys.Hash{1}, nil); !errors.Is(err, blobs.ErrNobody) {
		t.Errorf("content that is nowhere: %v", err)
	}
	if got, err := mine.Fetch(t.Context(), host, []p2p.ID{member}, pinned.Hash, nil); err != nil || got != pinned {
		t.Errorf("fetched %+v, %v", got, err)
	}
}
