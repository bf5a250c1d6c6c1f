// Package pool is the route of validation pools: those of blocks, which open,
// gather votes and settle by themselves, and general ones on any subject, which
// other routes open (spec pools; protocol §§4, 5, 8).
//
// # Pools of blocks
//
// The pool of a block is its finality vote: whoever notarized it approved it,
// whoever signed Reject refused it. Votes are included by later blocks:
//
//   - Votes[0] of a block that is not its epoch's first certifies the parent: a
//     Notarization, whose votes are approvals, or a Finalization, which pays
//     nothing.
//   - All other votes are Notarize or Reject on a block of this chain, in the
//     `pool.window` blocks after it: block h is voted on in h+1 … h+window.
//   - A view record may carry headers of its skipped view with Reject and
//     Notarize votes. Such a digest has a pool of its own, opened by the first
//     record that names it; votes on it are included in the `pool.window`
//     blocks that begin with the first block of a later view.
//   - Epochs do not matter to the window; votes count by the roster of the
//     epoch that they name.
//
// A vote that is included already, out of its window, or about nothing known
// makes the block invalid: a producer that pays itself for old news, or hides
// late votes among noise, makes no block at all.
//
// End of the window's last block settles. A block of the chain is VALID; a
// digest is INVALID where the included Reject votes weigh the quorum of their
// roster, else VOID (vpool.Executive has the formulas). At stake is
// min(⌊stake_ppm of the frozen weight⌋, balance); who is convicted when the pool
// settles, and who voted on both sides, earns nothing. Weights and numbers are
// those of the block's opening.
//
// M(h) is computed at End(h): mint_ratio·(fees + reward) within the cap. The
// author share a = ⌊M·wsc.author_ppm/10⁶⌋ of the active work contract comes off
// first; when the block settles as VALID it is noted at the contract's post,
// for a later route to let flow (TakeAuthor).
//
// # General pools
//
// Open, Stake and the deadline: see Config. On close the opener receives a
// route.Verdict.
//
// # What it leaves to its caller
//
// Signatures in a block's body; that Nullifications certify the skipped views
// (route availability); what openers charge for a pool and what they let be
// voted on.
package pool
