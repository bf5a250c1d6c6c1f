// Package rep is the route of reputation: the books wREP (for work) and gREP
// (for governance), the salaries that REP earns, locks on it, and snapshots for
// electorates (spec economy §4; protocol §4).
//
// REP is never transferred by its holder. Other routes change balances: pools
// mint it and redistribute losing stakes, evidence burns it. Every change first
// pays the salary that the old balance has earned (vpool.Salary: constant cost
// per block, exact to the base unit), then keeps the old balance for open
// snapshots, then clamps locks, and emits an event with its cause.
//
// Two kinds of lock say what REP an account has at risk. Standing locks (the
// bench, availability contracts) overlap: their maximum counts. Exposed REP
// (stakes in votes and trials, bonds) adds up: Σ exposed ≤ balance. The two
// kinds may overlap. A slash clamps both.
//
// It promises, per book and after every block, Σ balances = genesis + minted −
// burned, and that splitting an account gains nothing. It leaves to its callers
// who may mint, burn and lock: they are routes, not accounts.
package rep
