package escrow_test

import (
	"fmt"
	"testing"

	"probity/chain/escrow"
)

// BenchmarkSuites measures each step at the tickets of 4, 32 and 100 members: as
// many as members for equal weights, a third more as the bound for any.
func BenchmarkSuites(b *testing.B) {
	for _, s := range suites {
		for _, tickets := range []int{4, 32, 43, 100, 133} {
			k := newKit(b, s.suite, tickets, 0)
			reveal := k.Reveal(k.at, k.seed, k.dealing)
			var public [][]byte
			var shares []escrow.Share
			for i := range tickets {
				public = append(public, k.panel.Key(i))
				shares = append(shares, k.share(i))
			}
			possession := k.Possess(k.secrets, nil)
			for _, step := range []struct {
				name string
				run  func() error
			}{
				{"Deal", func() error { k.Deal(k.panel, k.at, k.seed); return nil }},
				{"Verify", func() error { return k.Verify(k.panel, k.at, k.dealing) }},
				{"Reveal", func() error { k.Reveal(k.at, k.seed, k.dealing); return nil }},
				{"Open", func() error { _, err := k.Open(k.at, k.dealing, reveal); return err }},
				{"Share", func() error { k.share(0); return nil }},
				{"CheckShare", func() error { return k.CheckShare(k.panel, k.at, k.dealing, shares[0]) }},
				{"Recover", func() error { _, err := k.Recover(k.panel, k.at, k.dealing, shares); return err }},
				{"Possessed", func() error { return k.Possessed(public, nil, possession) }},
				{"Panel", func() error { _, err := k.Panel(public); return err }},
			} {
				b.Run(fmt.Sprintf("%s/%s/T=%d", s.name, step.name, tickets), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						if err := step.run(); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}
