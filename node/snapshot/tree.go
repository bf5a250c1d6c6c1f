package snapshot

import (
	"bytes"
	"fmt"

	"probity/chain/keys"
	"probity/chain/state/proof"
)

// path is a leaf of the tree by its place and hash.
type path struct{ key, hash keys.Hash }

func (l *Leaf) path() path {
	key := keys.Sum(l.Key)
	return path{key, proof.Leaf(key, keys.Sum(l.Value))}
}

// subtree is the hash of the tree of some leaves, ascending by key, below a depth.
func subtree(leaves []path, depth int) keys.Hash {
	switch len(leaves) {
	case 0:
		return proof.Empty
	case 1:
		return leaves[0].hash
	}
	right := 0
	for right < len(leaves) && proof.Bit(leaves[right].key, depth) == 0 {
		right++
	}
	return proof.Inner(subtree(leaves[:right], depth+1), subtree(leaves[right:], depth+1))
}

// fold joins the entries of a level in pairs until so many levels are gone: what
// holds one key is its leaf, at whatever depth (spec state §2).
func fold(entries []Entry, levels int) []Entry {
	for range levels {
		above := make([]Entry, len(entries)/2)
		for i := range above {
			l, r := entries[2*i], entries[2*i+1]
			above[i].Keys = l.Keys + r.Keys
			switch {
			case above[i].Keys < l.Keys: // wrapped: no state has so many keys
				above[i] = Entry{Keys: ^uint64(0)}
			case l.Keys == 0 && r.Keys < 2:
				above[i].Hash = r.Hash
			case r.Keys == 0 && l.Keys < 2:
				above[i].Hash = l.Hash
			default:
				above[i].Hash = proof.Inner(l.Hash, r.Hash)
			}
		}
		entries = above
	}
	return entries
}

// Check is nil where the manifest is that of the state with a root.
func (m *Manifest) Check(root keys.Hash) error {
	if m.Depth > DepthMax || m.Depth%4 != 0 || len(m.Parts) != 1<<m.Depth {
		return fmt.Errorf("%w: %d parts at depth %d", ErrManifest, len(m.Parts), m.Depth)
	}
	for i := range m.Parts {
		if (m.Parts[i].Keys == 0) != m.Parts[i].Hash.IsZero() {
			return fmt.Errorf("%w: part %d of %d keys", ErrManifest, i, m.Parts[i].Keys)
		}
	}
	if top := fold(m.Parts, int(m.Depth)); top[0].Hash != root {
		return fmt.Errorf("%w: it folds to %s, want %s", ErrManifest, top[0].Hash.Short(), root.Short())
	}
	return nil
}

// Check is nil where the part is the i-th of a manifest that was checked: its
// keys are in order and inside the subtree, and hash to the entry.
func (p *Part) Check(m *Manifest, i int) error {
	want := m.Parts[i]
	if uint64(len(p.Leaves)) != want.Keys {
		return fmt.Errorf("%w: part %d has %d keys, want %d", ErrPart, i, len(p.Leaves), want.Keys)
	}
	paths := make([]path, len(p.Leaves))
	for j := range p.Leaves {
		paths[j] = p.Leaves[j].path()
		if j > 0 && bytes.Compare(paths[j-1].key[:], paths[j].key[:]) >= 0 || prefix(paths[j].key, m.Depth) != i {
			return fmt.Errorf("%w: key %d of part %d is out of place", ErrPart, j, i)
		}
	}
	if got := subtree(paths, int(m.Depth)); got != want.Hash {
		return fmt.Errorf("%w: part %d hashes to %s, want %s", ErrPart, i, got.Short(), want.Hash.Short())
	}
	return nil
}

// prefix is the first bits of a path as a number.
func prefix(key keys.Hash, depth uint8) int {
	return (int(key[0])<<8 | int(key[1])) >> (16 - int(depth))
}

// start is the least path with a prefix.
func start(i int, depth uint8) (key keys.Hash) {
	v := i << (16 - int(depth))
	key[0], key[1] = byte(v>>8), byte(v)
	return key
}
