// Package vpool is the mechanism of reputation as arithmetic: stakes in,
// outcome and payouts out, index by index. It knows no accounts, no ids and no
// state, so that every formula can be checked against the paper alone.
//
// What is here:
//
//   - Accepted and QuorumMet decide a pool (spec pools §5).
//   - Executive.Settle pays for a block (spec economy §4.3–4.4).
//   - Pool.Settle pays a pool on any other subject (§4.5).
//   - Income.Split, MintTerms and Salary are the money of a block (§4.1–4.2, §4.7).
//   - Calculation is `probity sim pool`: text in, text out.
//
// What it promises:
//
//   - Exactness. Products keep their full width, a division rounds down, and
//     the name says so (ShareDown). What is left over is an output of its own:
//     REP that was to be minted is Unminted, REP that was staked is Burned, and
//     $ stays in the pot of the salary. Inputs equal outputs to the base unit.
//   - Nothing is gained by splitting. Every payout is a floor of something
//     linear in one's stake, and ⌊a⌋ + ⌊b⌋ ≤ ⌊a+b⌋. Losses are rounded through
//     what the loser keeps, which is a floor too, so parts never lose less
//     together than the whole.
//   - Order does not matter. A payout depends on one's own stake and on sums.
//
// What it leaves to its caller: who the indexes are, that a stake is there to
// be taken (min(frozen stake, balance)), that one account appears once in a
// list, and that a convicted account has weight 0 and so earns nothing.
//
// Amounts are base units of 10⁻⁹ REP or 10⁻⁹ $; ratios are ppm (parts per
// million).
package vpool
