// Package exec builds, verifies and applies blocks: it runs the route table
// over the state of a block's parent (spec execution).
//
//	begin → (guards → rules) of each transaction → end → boundary → seal → root
//
// Begin and End hooks run in table order, Boundary hooks in reverse, after the
// last block of an epoch. The guards of all messages of a transaction run
// first; where one refuses, the transaction must not be in a block. Then its
// rules run, all or nothing: where one fails the transaction has paid and does
// nothing else.
//
// Build and Verify share that code, and differ in where transactions come from
// and in what is compared: Verify holds every field of the header against what
// the law gives and names the first that differs (Invalid).
//
// What it promises: two honest members that execute one block on one parent get
// one root. Nothing is written; a Result carries the changes for the caller to
// commit once the block is final.
//
// What it leaves to its caller: signatures (of transactions, of the proposal,
// of the certificates in the body), whether the parent is the right one to
// build on, clocks, and recovering state.Fault panics. Build, Verify and
// CheckView keep what they read of parameters and schedules, and so belong to
// one goroutine; Query, Simulate, Plan, Nonce and the other reads may run
// beside them.
package exec
