// Package pac computes who is minted how many tokens so that ownership follows
// contribution, and nobody ever loses a token: Proportional Allocation by
// Contribution, mint-only (governance G15; spec contribution §5).
//
// With m_i tokens ever minted to owner i, p_i its points, P = Σ p_i and
// s_i = p_i/P its target, mint-only demands s_i·T′ ≥ m_i for every owner with a
// target, so that T′, the tokens there are to be, is at least m_i·P/p_i for each
// of them. Problem.Solve finds the extra tokens of each owner for the least such
// T′ (Minimal), for the one that the published example uses (Published), or for
// one that the caller names.
//
// It promises integers only: products at full width, every base unit handed
// out, remainders to the largest fractions and among equals to the lower index.
// So it depends on nothing but its input, and running Minimal again on its own
// outcome mints nothing. It leaves to its caller who the owners are, in what
// order they stand, which of them are linked to an account, and to keep what was
// minted to each: tokens that were given away count for who they were minted to
// (G4).
//
// The published rule, T′ = max m_i / min s_i, is kept to reproduce published
// numbers. It is not idempotent: 60 and 73.33 tokens at targets of 45 and 55 %
// would grow to 162.96 without any change. Minimal is the default for that.
package pac
