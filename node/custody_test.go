package node_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"probity/node"
)

// without runs f while a member is stopped.
func (c *cluster) without(i int, f func()) {
	c.t.Helper()
	c.stop(i)
	f()
	c.start(i)
}

// quiet fails where anybody was convicted or accused.
func (c *cluster) quiet() {
	c.t.Helper()
	for i, n := range c.nodes {
		if n != nil {
			if v := c.metric(i, "probity_evidence_total", nil); v != 0 {
				c.t.Errorf("member %d counts %v pieces of evidence", i, v)
			}
		}
	}
}

// copyHome makes to a copy of a stopped member's home.
func copyHome(t testing.TB, from, to string) {
	t.Helper()
	if err := os.RemoveAll(to); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// Goal: a member whose home was put back to an earlier state signs nothing that
// it signed since: it catches up in silence, sees its own votes in the blocks,
// listens, also where it is started again meanwhile, and goes on behind them.
// Method: one of four is stopped, copied, run on, stopped, put back.
func TestStaleHome(t *testing.T) {
	c := newCluster(t, 4)
	for i := range c.nodes {
		c.start(i)
	}
	const stale = 3
	c.opts[stale].Listen = time.Hour
	c.reach(0, 6, patience)
	home, early := c.opts[stale].Home, filepath.Join(t.TempDir(), "early")
	c.without(stale, func() { copyHome(t, home, early) })
	c.reach(stale, c.nodes[0].Height()+12, patience)
	c.without(stale, func() { copyHome(t, early, home) })

	waits := func() bool { return c.metric(stale, "probity_signer_waiting_seconds", nil) > 0 }
	eventually(t, "the stale member listens", waits)
	c.reach(stale, c.nodes[0].Height(), patience)
	c.without(stale, func() { c.opts[stale].Listen = 2 * time.Second })
	eventually(t, "it listens again after a restart", waits)
	eventually(t, "it signs", func() bool {
		return !waits() && c.metric(stale, "probity_signer_twin", nil) == 0
	})
	eventually(t, "its votes count", func() bool {
		return c.metric(stale, "probity_producer_blocks_total", map[string]string{"outcome": "final"}) > 0
	})
	c.quiet()
}

// Goal: a second host with a member's key and an unknown past never signs while
// the first does, and says so. Method: a fifth node with the keys of a running
// member and an empty home.
func TestTwin(t *testing.T) {
	c := newCluster(t, 4)
	for i := range c.nodes {
		c.start(i)
	}
	c.reach(0, 6, patience)
	twin := c.opts[3]
	network := node.DeriveKeys([32]byte{77})
	k := *twin.Keys
	k.Network = network.Network
	twin.Home, twin.Keys, twin.Listen = t.TempDir(), &k, 3*time.Second
	c.opts, c.nodes, c.stops, c.ended = append(c.opts, twin), append(c.nodes, nil), append(c.stops, nil), append(c.ended, nil)
	c.start(4)
	eventually(t, "the twin is noticed", func() bool { return c.metric(4, "probity_signer_twin", nil) == 1 })
	c.reach(4, c.nodes[4].Height()+20, patience)
	if code, body := health(t, c.nodes[4].OpsAddr(), "/readyz"); code != 503 || !strings.Contains(body, "[-] signer: another host signs with this key") {
		t.Errorf("a silent twin is ready: %d %q", code, body)
	}
	c.quiet()
}

// Goal: members that lost their journals together leave the view in which they
// stand, and finality returns. Method: four are stopped, their journals removed,
// and started with a short wait.
func TestAllJournalsLost(t *testing.T) {
	c := newCluster(t, 4)
	for i := range c.nodes {
		c.opts[i].Listen = time.Second
		c.start(i)
	}
	c.reach(0, 5, patience)
	for i := range c.nodes {
		c.stop(i)
	}
	for i := range c.nodes {
		if err := os.Remove(filepath.Join(c.opts[i].Home, "signer", "signer.log")); err != nil {
			t.Fatal(err)
		}
	}
	for i := range c.nodes {
		c.start(i)
	}
	c.reach(0, c.nodes[0].Height()+6, patience)
	c.quiet()
}
