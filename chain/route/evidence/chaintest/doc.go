// Package chaintest is a chain for the tests of the routes about consensus:
// people with keys and REP, and blocks whose votes, skipped views and records
// the test writes down (Draft, Step).
//
// It runs the hooks, guards and rules of any table as the executor does, on the
// real state, from a real genesis with real proofs. Headers do not exist: a
// block's digest is a hash of its height. Certificates carry no signatures,
// since rules do not look at them; evidence does, and Vote and Header sign.
//
// It leaves to its caller what a block should hold; by default that is the
// Notarization of the parent by everyone, and nothing else.
package chaintest
