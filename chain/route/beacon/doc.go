// Package beacon is the route of the chain's randomness: it opens the salt of
// every view, by its block's reveal or by what the bench recovered, and turns
// what was opened into the seeds from which producers are drawn (spec beacon).
//
// # The recoverable scheme
//
// A contract has dealt each of its salts to the tickets of the epoch's roster
// (chain/escrow), so that there is one right salt for each view, whoever opens
// it:
//
//	R(e,v)     = hash("seed" ‖ R(e,v−1) ‖ be64(v) ‖ salt of v)
//	R(e+1,0)   = hash("epoch" ‖ be64(e+1) ‖ R(e,Bk)), Bk the epoch's blocks
//
// A view that the stride passes over, a contract without dealings and one whose
// salts are used up open nothing: their salt is empty. Open checks a block's
// openings before its hooks run, for the leaders of later views follow from
// them; trailing blocks open like any others.
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
// Whoever opens last may withhold; spec beacon §10 says what that is worth. The
// scheme is a number in the epoch's plan, frozen with its roster.
//
// It leaves to its caller the header's signature, and to route availability the
// views that the block skips, the dealings and the plan.
package beacon
