package pool_test

import (
	"fmt"
	"testing"

	"probity/chain/route/evidence/chaintest"
)

// BenchmarkBlock is a block without transactions on benches of several sizes:
// the parent's votes come in, and the block of sixteen before settles.
func BenchmarkBlock(b *testing.B) {
	for _, n := range []int{4, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var people []chaintest.Person
			for i := range n {
				people = append(people, chaintest.Person{Name: fmt.Sprint("m", i), REP: 1000, Bench: true, Weight: 500, Salts: 16})
			}
			w, err := chaintest.New(table, people, rich(map[string]uint64{"epoch.blocks": 1 << 20}))
			if err != nil {
				b.Fatal(err)
			}
			if err := w.Go(20); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := w.Go(1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
