// Package beacon is the route of the chain's randomness: it checks that every
// block opens the salt that its producer committed to, and turns what was
// opened into the seed of the next epoch (spec beacon; protocol §7).
//
// # The hashed scheme
//
// A contract commits to n salts by the head of a hash chain:
//
//	C = Hⁿ(s), with the link H(x) = hash("salt" ‖ x) and 32 secret bytes s
//
// The contract's j-th turn of the epoch (j from 0, in every view that it is
// drawn for, served or not) opens x_j with Hʲ⁺¹(x_j) = C, that is
// x_j = Hⁿ⁻¹⁻ʲ(s). A view that the stride passes over, a contract without
// commitment and one whose salts are used up open nothing: their reveal is
// empty. So there is one right reveal for each view.
//
//	R(e,v)     = hash("seed" ‖ R(e,v−1) ‖ be64(v))
//	acc        = R(e,0) before the epoch's first block; every block of e with a
//	             reveal that is not empty makes it hash("reveal" ‖ acc ‖ reveal)
//	R(e+1,0)   = hash("epoch" ‖ be64(e+1) ‖ acc) after the boundary block
//
// Whoever opens last may withhold; protocol §7 says what that is worth, and
// what the recoverable scheme does about it. The scheme is a number in the
// epoch's plan, commitments and reveals are opaque bytes that it interprets;
// another scheme is another case of open in scheme.go.
//
// It leaves to its caller the header's signature, and to route availability the
// views that the block skips and the plan.
package beacon
