package store_test

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/state"
	"probity/chain/types"
	"probity/node/store"
)

// The genesis state is stored, and after a restart it is there, to be read as
// it is or through a view that later commits do not move.
func Example() {
	disk := vfs.NewMem()
	options := store.Options{Genesis: genesisHash, CacheBytes: 1 << 20}
	s, err := store.Open(disk, "data", options)
	if err != nil {
		fmt.Println(err)
		return
	}
	layer := state.NewLayer(state.NewBase(s))
	layer.Set([]byte("name"), []byte("probity"))
	root, changes := layer.Seal(0)
	fmt.Println(s.Genesis(changes, types.Header{StateRoot: root}), s.Close())

	s, _ = store.Open(disk, "data", options)
	tip, _ := s.Tip()
	view, _ := s.View()
	name, _ := view.Get([]byte("name"))
	fmt.Println(tip.Header.Height, tip.Header.StateRoot == root, string(name))
	fmt.Println(view.Close(), s.Close())
	// Output:
	// <nil> <nil>
	// 0 true probity
	// <nil> <nil>
}
