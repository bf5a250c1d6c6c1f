package forum_test

import (
	"fmt"
	"testing"

	"probity/chain/route/forum"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// BenchmarkFlow is the worst flow by default parameters: 256 references, each
// to a post of an author of its own, leached so that all of it is undone.
func BenchmarkFlow(b *testing.B) {
	w := newWorld(b, nil)
	fan := func(level, n int) (refs []string) {
		for i := range n {
			refs = append(refs, fmt.Sprintf("%d.%d:%d", level, i, 1_000_000/n))
		}
		return refs
	}
	for i := range 256 {
		w.publish(b, fmt.Sprintf("2.%d", i), "carol", []string{fmt.Sprintf("author%d:1000000", i)}, nil)
	}
	for i := range 15 {
		var refs []string
		for k := range 16 {
			refs = append(refs, fmt.Sprintf("2.%d:62500", 16*i+k))
		}
		w.post(b, fmt.Sprintf("1.%d", i), "dave", refs...)
	}
	w.post(b, "0", "carol", fan(1, 15)...)
	w.post(b, "top", "bob", "0:-1000000")
	m := forum.Reward{Book: rep.WREP, Amount: types.Whole(1000), Cause: "bench"}
	for b.Loop() {
		for _, name := range []string{"0", "top"} {
			m.Post = w.id(name)
			if _, err := w.Run("legislature", "forum", "reward", m); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/512, "µs/visit")
}
