// Package mempool keeps the transactions that wait for a block. It is policy
// as a machine: no clock, lock or goroutine; its owner steps it and has
// verified signatures and guards before.
//
// Within a sender transactions go by nonce, between senders by the fee per
// weight that they offer at most. The pool is bounded in number and bytes: what
// comes when it is full must offer more than the cheapest tail, which leaves.
package mempool
