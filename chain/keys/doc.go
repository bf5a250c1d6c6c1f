// Package keys holds what identity and integrity rest on: hashes, public keys,
// addresses, and signatures with domain separation (spec wire §1, §2).
//
// It promises one verification rule everywhere, ZIP-215, single and batch
// alike: a cofactorless single check beside a cofactored batch would let one
// signature split the chain. Every signed string begins with its domain and
// the genesis hash, so no signature can be read as another kind's or another
// chain's.
//
// It leaves randomness to its caller: batch verification takes an io.Reader
// and draws its coefficients from it.
package keys
