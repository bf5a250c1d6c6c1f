// Package store keeps what a member must not forget: final blocks with their
// proofs, receipts and events, the state with its tree, and the blocks it has
// seen in views that are not settled yet. It is one Pebble database over a
// vfs.FS, so the simulator runs the same code on a disk that can crash.
//
// # What it promises
//
//   - Commit and PutPending return after their one atomic batch is synced: a
//     crash at any instant leaves all of it or nothing.
//   - The state of the tip is served as a state.Backend, hot values and pages
//     from bounded memory. A View is the same at one moment, unmoved by later
//     commits and prunes.
//   - Values come back as they went in: everything is decoded strictly, and
//     what does not decode is ErrCorrupt, never a zero value.
//   - The first failure of the disk ends the store (ErrBroken): from then on
//     nothing is written, removed or read, so that the disk holds what a crash
//     at that instant would have left, and a restart takes up there.
//
// # What it leaves to its callers
//
//   - Writing (Genesis, Commit, PutPending, Prune, Close) from one goroutine at
//     a time; a lock inside makes a mistake slow, not harmful. Reading may go
//     on from any number of goroutines, but not across Close.
//   - Judging blocks. It checks that a commit follows the chain and that the
//     state belongs to its header, nothing else.
//   - Historic states (state.At) over a View, since pruning would pull the tree
//     from under a reader of the store itself.
//
// # Memory
//
// Options.CacheBytes bounds the hot state (three quarters) and blocks of tables
// (one quarter); beside it stand memory tables, of which two are reckoned with
// and more only while the disk falls behind. What a commit changes is hot; a
// page or value that was read once makes room for those read again. Small regions
// of the state that are ranged over are kept whole beside that, a few MiB at most.
//
// # Tables
//
// A key is one byte for the table and then, integers big endian:
//
//	m name                       identity, tip and how far was pruned
//	v key                        latest value of a state key, as it is
//	d key                        height that last deleted a state key
//	n node                       page or leaf record of the state tree (state.NodeKey)
//	s height                     what the height put out of use in the tree
//	b epoch view digest          block, final or pending
//	c epoch view                 Notarization above the tip, with its header
//	h height                     digest, then the signed header
//	i digest                     height
//	f height                     proof of finality, where a height has its own
//	r height chunk               receipts by 32
//	e height                     events of the block's hooks
//	t hash                       height and place of a transaction
//
// Values are chain/codec's unless the list says otherwise. A block is written
// once, under its place in the schedule, by PutPending or by Commit: when it
// becomes final nothing is copied, and old places fall to one range delete.
// Tree nodes, heights and places only ever ascend, so most of the database is
// written in order.
package store
