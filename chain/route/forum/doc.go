// Package forum is the route of posts: a weighted graph of work, in which those
// whose earlier posts were cited are paid (spec forum; governance F).
//
// A post is immutable: the hash of its content, its authors with weights, and
// its references to older posts with weights between −1 and 1. Its id is a hash
// of all that, so a cycle cannot be written. Every settled block of the chain is
// a post too, by its digest, with the producer as its author and what the
// producer minted as its value: it can be cited, and leached by the court.
//
// A post gains REP in three ways: a validation pool that somebody paid for
// accepts it (fund, stake); it is the active work contract, whose author share
// flows at the end of each epoch; or the legislature rewards it. What arrives
// flows by vpool/flow: negative references first, then positive ones, to a depth
// of `forum.depth`; the rest is minted to the authors. What is taken from a post
// is taken from the balances of its authors, as far as it is not at stake.
//
// # What it promises
//
//   - Per book, the values of all posts add up to what entered less what burned
//     and what the court took.
//   - Every change of a post's value is a visit, kept with the visit that caused
//     it, so that each unit can be traced to the mint that made it (explain).
//   - Work per block is bounded: `forum.flows` flows of pools, each of at most
//     `forum.visits` references; the others wait for the next block. One flow
//     runs for each work contract at the end of an epoch.
//   - At most 17 electorates are kept for its pools: those opened within a
//     sixteenth of `forum.period` share one.
//
// # What it leaves to its caller
//
// What a post says, and whether it is true: pools and the court judge that. An
// author who has no account yet is named by keys.IdentityAddress; its REP waits
// there until route contribution links it to an account.
package forum
