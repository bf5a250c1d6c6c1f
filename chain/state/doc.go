// Package state is the authenticated key space: keys in byte order, each with a
// value, and one root hash over all of them that goes into every header (spec
// state). Routes declare typed regions in it (Map, Value), a block is executed
// in layers above its parent's state (Layer, Overlay), and anyone can be shown
// what the state has under a key, or that it has nothing (Tree.Prove, and
// package proof for whoever checks).
//
// # What it promises
//
//   - The root depends on the keys and values alone, never on the order of
//     writes, on versions or on how blocks were forked and merged.
//   - A read is right or panics with a *Fault. Pages and leaf records are
//     compared with the hashes that refer to them whenever the tree is walked.
//   - Nothing is written before a layer is sealed, and then it is one value,
//     Changes, for one atomic batch.
//
// # What it leaves to its callers
//
//   - A Backend, with the disk, the caches and the locks (Memory is the model).
//   - Recovering Faults: whoever drives the law halts the node on one.
//   - One writer to a layer. Sealed layers, Base and Tree may have many readers
//     if the backend can serve them; Rebase counts as a write.
//   - Not to write into slices that are handed out: they are the state itself,
//     shared by all its readers. Set copies what it is given, and typed regions
//     decode, so only who uses Get and Range directly must take care.
//
// # Layers
//
//	Base ← Layer (block h+1) ← Layer (block h+2) ← Overlay (transaction) ← Overlay (dispatch)
//	            ↖ Layer (a fork's h+2)
//
// An unfinished block writes to its Layer, each transaction to a Child of it,
// merged or dropped. Seal computes the root; from then on further layers can
// stand on it, several beside one another. When block h+1 is final, its Changes
// are committed to the backend, a new Base is made, the layers that stand on
// block h+1 are moved onto it (Rebase), and its layer and the forks beside it
// are forgotten.
//
// # The tree (normative: spec state §2)
//
// Key k stands at path H(k), BLAKE3-256 of its bytes, read from the most
// significant bit of the first byte; a clear bit goes left. The hash of a
// subtree is
//
//	32 zero bytes                       if no key is below it,
//	H(0x00 ‖ H(key) ‖ H(value))         if one key is below it, at whatever depth,
//	H(left ‖ right)                     if two or more are.
//
// The root of the state is that of the whole tree. A leaf hashes 65 bytes and
// an inner node 64, so the two can be told apart by length: no bytes are both.
//
// # Stored form (not normative: two nodes may differ)
//
// Four levels of the tree make a page of sixteen slots, so that one read of the
// disk serves four levels; a slot is empty, a leaf, or the hash and version of
// the page below. A page is stored under (version, depth, path), a leaf's key
// and value under (version, 64, H(key)), where the version is the height that
// wrote it; the latest values stand beside that under their own keys. Every
// node is written once and never changed, new ones in one ascending run. The
// root page is written by every version, so (h, 0) is the tree of height h as
// long as the state is not empty.
//
// Pages are stored without their inner hashes, which are computed again on
// reading and compared with the parent's slot: half the bytes, and a bit that
// rots is noticed.
//
// # Pruning
//
// A node of version w that version r replaces belongs to the states w … r-1. So
// Changes.Stale, stored as a list under r, says what may go as soon as no state
// below r is wanted: to give up all below v, delete the nodes in the lists with
// r ≤ v, and then those lists, which are one range. The work is proportional to
// what is freed; no tree is walked and nothing is counted. The traces of deleted
// keys, which historic ranges need (Backend.Keys), go with the list of the
// version that deleted them.
package state
