package snapshot

import "probity/chain/keys"

// Subtree is the hash of a part's subtree.
func Subtree(p Part, depth uint8) keys.Hash {
	paths := make([]path, len(p.Leaves))
	for i := range p.Leaves {
		paths[i] = p.Leaves[i].path()
	}
	return subtree(paths, int(depth))
}
