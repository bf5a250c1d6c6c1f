// Package snapshot brings the state of a running chain to a member that has
// none, without the blocks that led there (spec snapshot).
//
// What the member trusts is one checkpoint, a height and the digest of its
// block, that a person took from somebody they believe. Everything else proves
// itself: headers lead from the checkpoint to the block of the snapshot, the
// block's header commits to the state's root, a manifest of the hashes of the
// state's parts folds to that root, and each part hashes to its entry, so a part
// is refused on arrival and from whom it came is known. In the end a quorum of
// the roster that the state itself holds must have finalized the block, and the
// block must be younger than the exit delay: of an older one the members may
// have left with their stakes and sign whatever they like.
//
// The package promises that Fetch gives only such a state, takes up where an
// interrupted one stopped, and tells one reason for everything that it refuses.
// A server reads as of one moment and never holds up commits.
//
// It leaves to its caller the network (Source), the clock, and to adopt the
// state (store.Adopt). The whole state is in memory while its tree is built.
package snapshot
