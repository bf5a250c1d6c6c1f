// Package mempool keeps the transactions that wait for a block. It is policy
// as a machine: no clock, lock, disk or goroutine, and nothing that two members
// must agree on. Its owner steps it, has verified signatures, and has asked the
// law's guards.
//
// # Order
//
// Within a sender transactions go by nonce; between senders by the fee per
// weight that the first of each line offers at most, the earlier arrival first
// among equals. Urgent transactions (evidence, which is free) go before all
// others. A line may have gaps, up to a bound: what stands behind one waits
// until it is filled and is given to no block.
//
// A transaction replaces another of its sender and nonce if it offers a tenth
// more.
//
// # Bounds
//
// The pool is bounded in number and bytes, and each sender in number. When it
// is full, a newcomer must be worth more than the transaction worth least, whose
// sender loses the last one of its line; what waits behind a gap is worth least
// of all. A transaction cannot be included before those in front of it, so it
// is worth no more than the least of them: a cheap transaction is not protected
// by dear ones behind it, and taking the last of a line leaves no gap. Urgent
// transactions have room of their own, beyond which they count as any other.
//
// # Cost
//
// Senders stand in two heaps, by their first and by their worst transaction,
// kept up to date one change at a time. A block's selection walks down the
// first heap without touching it, so it costs what it takes, not what waits.
package mempool
