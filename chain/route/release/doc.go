// Package release is the route of releases: how a state of a repository becomes
// software that members run (spec release).
//
// A candidate is named by the hash of its content. Official auditors report on
// it, two colleges of a council vote on it, independent watchtowers rebuild it,
// and only then can a representative of the core team publish it; a published
// release may activate a protocol version. Everything that happens to a candidate
// is an entry of its trail, a hash chain whose head is in the state, so that the
// history that a delivery carries verifies against a state proof.
//
// # What it promises
//
// No order of messages publishes a candidate without a submission by an active
// representative, a positive report of an official auditor and no negative one
// (checked again at the vote's close, at the trigger and at the publication), a
// vote with turnout and approval in each college, and a threshold of identical
// rebuilds. The thresholds are parameters whose guardrails bound them from below.
//
// # Who acts
//
//	core team     merges; kept by its representatives
//	CTR           representative of the core team: submits, triggers, publishes
//	CCM/A, CCM/T  members of the council, activists and technologists
//	auditor       official: appointed and deactivated by CTRs and CCM/Ts
//	watchtower    rebuilds; a minimal register here, or route oracle's
//
// # What it leaves to others
//
// Whether a hash is that of a tree, what a report says, and that a locator leads
// to the content: the bundle's verifier checks these off the chain. Appeals are
// decided by route court, rebuilds by route oracle where the chain has one. The
// last block's time is the clock: a deadline acts in the first block at or past
// it, at most duesMax of them in a block.
//
// A genesis without a section of the route leaves it dormant: every message is
// refused with DORMANT.
package release
