// Package bank is the route of money: accounts with a nonce and a balance of $,
// the fees of transactions, and where the $ of a block go (spec wire §3,
// economy §4.1).
//
// Its guard admits a transaction to a block: chain, expiry, nonce, fee, funds.
// It charges base fee × weight, never more; what FeeMax leaves over is not
// taken, and there are no tips. End burns a part of the fees, mints the block's
// reward, and divides the rest between the treasury and the pots from which
// route rep pays salaries. It also steers the base fee towards half-full
// blocks.
//
// It promises Σ balances = genesis + minted − burned after every block. It
// leaves to its caller that functions which other routes call (Transfer, Mint,
// Burn) are called for a reason: they check balances, not rights.
package bank
