// Package consensus decides which block is final: Simplex (Chan and Pass,
// TCC 2023) with weights, extended by votes about invalid blocks that the
// chain's validation pools settle (spec consensus). The pool of a block is its
// finality vote: whoever notarizes or rejects stakes REP on it.
//
// # The protocol in one page
//
// An epoch has a fixed roster of members with weights (W in all) and a fixed
// sequence of leaders, one per view. A quorum is weight q = ⌊2W/3⌋+1.
//
// In view v the leader extends the highest notarized block it holds, by a
// proposal that carries that block's Notarization and a Nullification of every
// view between. A member that has executed the proposal with an equal state
// root votes Notarize. A quorum of those is a Notarization: whoever sees it
// enters v+1, and, if it voted for that block and did not vote Nullify in v,
// votes Finalize. A quorum of those is a Finalization: the block and all its
// ancestors are final.
//
// A member that sees no valid proposal within 2Δ of entering v, or is still in
// v after 3Δ, or holds an invalid proposal or two of them, or knows its leader
// to be convicted, votes Nullify. A quorum of those is a Nullification, which
// also lets members enter v+1. A member that found the block invalid votes
// Reject beside its Nullify.
//
// Safety in one line: a Finalization of v and a Nullification of v would share
// weight above W/3, and no honest member signs both; so every later proposal,
// which must carry a Nullification of each view it skips, descends from the
// finalized block.
//
// # Shape
//
// Machine is stepped: Step(now, Input) Ready. It owns no clock, socket, disk
// or key. Signatures are checked by the caller before a message comes in
// (Signatures lists them), so the caller may batch and remember them. Ready is
// plain data in the order in which it must happen: Persist, Sign, Send, Ask,
// Commit (Keep is Persist for certificates). A signature comes back as the input Signed, which then sends: what
// is sent has been persisted.
//
// # Deviations from the paper
//
//   - Weights instead of heads: rosters hold REP.
//   - A view may have several valid proposals (an equivocating leader); votes
//     are counted per digest, and a second digest is a reason to nullify.
//   - Notarize is allowed after one's own Nullify in the same view. The paper
//     forbids nothing that needs it; allowing it lets late members approve and
//     be paid, and never helps a conflict: Finalize after Nullify stays
//     forbidden, which is what safety rests on.
//   - Proposals carry certificates of the parent and the skipped views only,
//     not of the whole chain: ancestors are known or fetched.
//   - Timeouts grow by 13/10 per view since the last finalization and are
//     fixed when a view is entered, where the paper has one constant Δ.
//   - Salts (spec beacon §8): the leader of a view follows from the salts of all
//     views before it, so a view is entered only with the salt of the one that
//     is left, and every certificate that lets one leave brings it: by the
//     header's reveal, or by shares that come with the Nullify votes. A Nullify
//     counts with its sender's valid shares, or once the salt is known. Messages
//     about views beyond reach are held, within bounds.
//   - Epochs: the roster changes only behind a finalized boundary block. Until
//     that block is final, leaders extend it with trailing blocks of the same
//     height and state; finalizing one finalizes the boundary.
//   - A certificate of any later view moves a member there: views are attempts
//     to agree on a time, and every rule about what may be signed looks at
//     certificates, not at the view one is in.
package consensus
