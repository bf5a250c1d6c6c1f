package contribution_test

import (
	"fmt"
	"testing"

	"probity/chain/route/contribution"
)

// BenchmarkBoundary measures the boundary that mints to as many owners as a tree
// has at most by default, with the other routes' and the sealing of the block.
func BenchmarkBoundary(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		w := newTown(b, nil)
		leaves := make([]contribution.Leaf, 4096)
		for i := range leaves {
			leaves[i] = w.wrote(fmt.Sprintf("a%04d", i), uint64(1+i), "ada")
		}
		w.do("zoe", "contribution/link", w.linkAs(leaves[0].Identity, "ada"))
		w.do("ada", "contribution/trigger", contribution.Trigger{Repo: repo, Commit: commit(1)})
		w.show(w.agree(leaves...))
		for w.Block.Height%4 != 0 {
			w.pass(0)
		}
		b.StartTimer()
		if _, err := w.Next(); err != nil {
			b.Fatal(err)
		}
	}
}
