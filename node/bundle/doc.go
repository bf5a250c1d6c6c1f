// Package bundle makes and checks release bundles: one file from which anybody
// decides offline, from a checkpoint alone, that a release was made by the
// rules (spec bundle).
//
// A bundle holds the source with its event history, the binaries, a statement
// signed by the submitter, and what the chain says of all that: a way of
// certified headers from a checkpoint to a state, a proof of the candidate's
// value in it, and the candidate's trail.
//
// # What it promises
//
// Verify accepts a bundle only where every byte of it follows from the
// checkpoint: the container has one form, the headers are certified by rosters
// that the checkpoint's header commits to, the value stands under the last
// header's state root, the trail ends in the value's head, sources and binaries
// have the hashes that were published, and the statement is the one that follows
// from these and is signed by a key that the trail names. Its refusal is a
// *Failure that tells the rule and the part.
//
// Beyond integrity it reads the trail and checks the rules of releases again, so
// that a chain whose members broke them together is found out too.
//
// # What it leaves to its caller
//
// The checkpoint: whoever takes one from an enemy learns what the enemy wants.
// Whether the source deserves trust is for auditors to say, and in the trail.
package bundle
