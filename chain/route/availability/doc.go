// Package availability is the route of who votes and who produces: the bench
// (members whose notarizations and finalizations count), availability
// contracts (producers that put REP behind being drawn in one epoch), the jail
// for those who do not serve, convictions, and the plan of every epoch, which
// is fixed before the epoch starts (spec availability, protocol §6).
//
// # One timeline
//
//	end of e−2     roster(e) is frozen, with the numbers of epoch e: blocks,
//	               lead, scheme, selection, stride, interval
//	during e−1     contracts for e are registered in blocks of view
//	               ≤ blocks(e−1) − lead(e−1)
//	then           list(e) is computed once, by the first block of a later view,
//	               from the state before that block
//	boundary       the beacon hands over R(e,0): Plan(e) is complete
//
// The genesis holds Plan(0), and roster(1) with the members of roster(0).
//
// # Formulas
//
//	id of a contract   H("asc" ‖ cbor(e) ‖ address), cbor(e) the one byte form of
//	                   the number e, address its 20 bytes; one per account and
//	                   epoch, registered or joined by fallback
//	R(0,0)             H("genesis" ‖ genesis hash)
//	list root          Merkle root (spec wire §5) of the encoded contracts in the
//	                   order of the list, kept with their number
//	exit delay         2·epoch.blocks + evidence.window, counted from the last
//	                   height of the epoch that a lock or a hash belongs to
//
// # What it promises
//
// Every key belongs to one account for ever, so that a signature convicts one
// account and no other. Weights, list and numbers of an epoch never change once
// fixed: jailing or conviction act at the next list and freeze. A plan that is
// stored can be run (types.Plan.Check).
//
// # What it leaves to its caller
//
// Signatures in a block's body, and that the header's producer signed it. The
// beacon route opens salts and hands over seeds (SetSeed); a hash chain's head
// is opaque here but for its size, dealings are verified when they are
// registered and kept as long as the plan. The caller of Begin has checked that
// the block's height follows its parent's.
package availability
