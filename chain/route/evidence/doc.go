// Package evidence is the route of provable offences (spec evidence; protocol
// §8). Anyone may submit evidence; it is free where it holds, and a fixed reward
// from the treasury goes to whoever submits it first.
//
// # What is an offence
//
// Two statements of one account about one view that no honest member signs
// both of, whatever it saw:
//
//	1 TWO_PROPOSALS      Propose d, Propose d′
//	2 TWO_NOTARIZES      Notarize d, Notarize d′
//	3 TWO_FINALIZES      Finalize d, Finalize d′
//	4 NULLIFY_FINALIZE   Nullify, Finalize d
//	5 NOTARIZE_FINALIZE  Notarize d′, Finalize d
//	6 NOTARIZE_REJECT    Notarize d, Reject d
//	7 REJECT_FINALIZE    Reject d, Finalize d (it notarized what it rejects)
//
// Each burns 1,000,000 ppm of the account's wREP, whatever key signed, and
// convicts the account. Notarize beside Nullify, and Reject of one block beside
// an approval of another, are no offences.
//
//	8 BAD_HEADER         one header, signed by a producer, that committed state
//	                     proves wrong
//
// burns 50,000 ppm and jails: it may be a fault of the machine. A header is
// wrong where any of these is known and differs: the epoch's heights; the
// contract that serves the view; R(e,v); the reveal (under the hashed beacon of
// headers below the epoch's last height, since its chains end there); the hashes of its epoch's roster and the next; and, where the header of its
// parent is shown, a height that is neither the parent's plus one nor, for two
// blocks at the boundary, the parent's own, or a time before the parent's plus
// the interval.
//
// # When it is heard
//
// Until the exit delay of the epoch has passed (availability.Until): offenders'
// locks last as long. Rosters and lists of past epochs are kept as hashes, so
// evidence carries a proof of the member or contract. What is wrong with a
// header can be told while its epoch's plan is kept, which is to the end of the
// next epoch, and in views up to headerViews of a past epoch.
//
// # Once
//
// One piece of evidence counts once per account, epoch, view and offence, in
// whatever order and form its parts come, and only where there is still wREP to
// burn: so an offender cannot fill blocks with its own offences.
//
// # Reward
//
// min(evidence.reward, value of what was burned, treasury), where the value of
// REP is the $ that mint it, burned·10⁶/rep.mint_ratio (at a ratio of 0: its own
// number). It is never above what the offence cost, so nobody is paid for
// offences of one's own.
package evidence
