package sync_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/types"
	"probity/node/sync"
)

// met is a machine at a height whose peers have told theirs; 0: one that did not.
func met(height types.Height, told ...types.Height) *sync.Machine {
	m := sync.New(height)
	var peers []string
	for i, h := range told {
		name := fmt.Sprint(i)
		peers = append(peers, name)
		if h > 0 {
			m.Heard(name, sync.Status{Height: h})
		}
	}
	m.Tick(1, peers)
	return m
}

// Goal: a member knows whether it stands where its peers do, and how far the
// chain is, whatever a few of them boast. Method: the cases by hand.
func TestAbreast(t *testing.T) {
	for _, c := range []struct {
		told    []types.Height
		abreast bool
		best    types.Height
	}{
		{nil, false, 0},
		{[]types.Height{0, 0}, false, 0},
		{[]types.Height{10}, true, 10},
		{[]types.Height{11}, false, 11},
		{[]types.Height{10, 1 << 60, 9}, true, 1 << 60},
		{[]types.Height{10, 1 << 60, 9, 8}, true, 10},
		{[]types.Height{12, 1 << 60, 12, 0, 12}, false, 12},
		{[]types.Height{10, 20}, false, 20},
	} {
		m := met(10, c.told...)
		if m.Abreast() != c.abreast || m.Best() != c.best {
			t.Errorf("%v: abreast %v, best %d, want %v, %d", c.told, m.Abreast(), m.Best(), c.abreast, c.best)
		}
	}
}

// Goal: fewer than a quarter of the peers cannot make the best height greater than
// what an honest one told. Method: random honest heights and boasts.
func TestBestBelievesNoFew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		honest := rapid.SliceOfN(rapid.Uint64Range(1, 1000), 3, 12).Draw(t, "honest")
		boasts := rapid.IntRange(0, len(honest)/3).Draw(t, "boasts")
		var told []types.Height
		var greatest types.Height
		for _, h := range honest {
			told, greatest = append(told, types.Height(h)), max(greatest, types.Height(h))
		}
		for range boasts {
			told = append(told, 1<<60)
		}
		if best := met(1, told...).Best(); best > greatest {
			t.Fatalf("%v: best %d", told, best)
		}
	})
}
