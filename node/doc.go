// Package node is one member: the loop that steps the consensus machine, the
// mempool and the sync machine, and performs what they ask.
//
// Core is the loop without the world: it takes one event at a time (bytes from
// a peer, transactions from a person, the passing of time) and gets its world
// through five doors: clock, entropy, disk, network, signer. The simulator runs
// Core over virtual doors; Node runs it over real ones, in one goroutine.
// Nothing in Core knows which world it is in.
//
// What a member has promised is safe in the order of things: a block is on the
// disk before the vote for it is journaled, the vote is journaled and synced
// before it is signed, and it is signed before it is sent; final blocks, their
// proof and their state are written in one atomic batch.
package node
