package snapshot_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
	"probity/node/snapshot"
)

// cut makes the manifest and the parts of a set of keys, as the specification
// says and without the server's code: entries by Layer, which gives the root of
// the keys below a prefix.
func cut(all []snapshot.Leaf, depth uint8) (m snapshot.Manifest, parts []snapshot.Part) {
	m.Depth = depth
	m.Parts, parts = make([]snapshot.Entry, 1<<depth), make([]snapshot.Part, 1<<depth)
	for _, l := range all {
		h := keys.Sum(l.Key)
		i := (int(h[0])<<8 | int(h[1])) >> (16 - int(depth))
		parts[i].Leaves = append(parts[i].Leaves, l)
	}
	return m, parts
}

func root(all []snapshot.Leaf) keys.Hash {
	l := state.NewLayer(state.NewBase(state.NewMemory()))
	for _, f := range all {
		l.Set(f.Key, f.Value)
	}
	r, _ := l.Seal(1)
	return r
}

func byPath(a, b snapshot.Leaf) int {
	x, y := keys.Sum(a.Key), keys.Sum(b.Key)
	return bytes.Compare(x[:], y[:])
}

// Goal: parts at every depth fold to the root that the state itself has, and no
// part passes for another: not with a key less, a value changed, two keys
// swapped, or in another place. Method: random states; one part of each is
// tampered with in each way.
func TestParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []snapshot.Leaf
		for i := range rapid.IntRange(1, 60).Draw(t, "keys") {
			all = append(all, snapshot.Leaf{Key: types.Bytes(fmt.Sprint("k", i)), Value: types.Bytes{byte(rapid.IntRange(0, 3).Draw(t, "value"))}})
		}
		slices.SortFunc(all, byPath)
		want := root(all)
		depth := uint8(4 * rapid.IntRange(0, 2).Draw(t, "depth"))
		m, parts := cut(all, depth)
		for i := range parts {
			m.Parts[i] = entry(parts[i], depth)
		}
		if err := m.Check(want); err != nil {
			t.Fatal(err)
		}
		for i := range parts {
			if err := parts[i].Check(&m, i); err != nil {
				t.Fatal(err)
			}
		}
		i := rapid.IntRange(0, len(parts)-1).Draw(t, "part")
		bad := snapshot.Part{Leaves: slices.Clone(parts[i].Leaves)}
		switch how := rapid.IntRange(0, 3).Draw(t, "how"); {
		case how == 0 && len(bad.Leaves) > 0:
			bad.Leaves = bad.Leaves[1:]
		case how == 1 && len(bad.Leaves) > 0:
			bad.Leaves[0].Value = append(types.Bytes{9}, bad.Leaves[0].Value...)
		case how == 2 && len(bad.Leaves) > 1:
			bad.Leaves[0], bad.Leaves[1] = bad.Leaves[1], bad.Leaves[0]
		default:
			bad.Leaves = append(bad.Leaves, snapshot.Leaf{Key: types.Bytes("another"), Value: types.Bytes{}})
			slices.SortFunc(bad.Leaves, byPath)
		}
		if bad.Check(&m, i) == nil {
			t.Fatalf("part %d passes: %v", i, bad)
		}
		m.Parts[i].Keys++
		if m.Check(want) == nil && parts[i].Check(&m, i) == nil {
			t.Fatal("a wrong count passes")
		}
	})
}

// entry is the entry of a part: the root of a state of its keys alone hangs at
// the depth where the keys part, so it is the subtree's hash only for one key or
// where two differ at once; the manifest of one part more is folded instead.
func entry(p snapshot.Part, depth uint8) snapshot.Entry {
	return snapshot.Entry{Hash: snapshot.Subtree(p, depth), Keys: uint64(len(p.Leaves))}
}

// Goal: whatever bytes come, decoding gives the message whose form they are, or
// an error. Method: fuzzing of all three answers, encoded again.
func FuzzForms(f *testing.F) {
	f.Add([]byte{0x83}, uint8(0))
	f.Add(codec.MustMarshal(&snapshot.Manifest{Parts: []snapshot.Entry{{Keys: 1}}}), uint8(1))
	f.Add(codec.MustMarshal(&snapshot.Part{Leaves: []snapshot.Leaf{{Key: types.Bytes{1}, Value: types.Bytes{}}}}), uint8(2))
	f.Fuzz(func(t *testing.T, b []byte, which uint8) {
		into := []any{&snapshot.Offer{}, &snapshot.Manifest{}, &snapshot.Part{}, &snapshot.Ask{}}[which%4]
		if codec.Unmarshal(b, into) == nil && !bytes.Equal(codec.MustMarshal(into), b) {
			t.Fatalf("%T: another form", into)
		}
		if m, ok := into.(*snapshot.Manifest); ok {
			_ = m.Check(keys.Hash{1}) // does not panic
		}
		if o, ok := into.(*snapshot.Offer); ok {
			_ = o.Check(snapshot.Checkpoint{Height: 1})
		}
	})
}
