// Package dcert is the route of the emergency team: a small group, elected by
// weighted preferences and bonded, that may break message routes when they are
// being exploited, and that the community can suspend, slash and disband (spec
// dcert; Cosmos ADR-008 and ADR-007).
//
// # Election
//
// Holders of wREP divide their weight among accounts as they like and change it
// at any time. Weights are those of the epoch's boundary. The count is divided
// among blocks (VotersPerBlock), over a snapshot, so that no number of voters
// makes a block late. Only bonded accounts are candidates, so that what a count
// has to add up to is bounded by REP that is put at risk.
//
// # The breaker
//
// One guard sees every call: of a transaction, nested in one, dispatched by a
// passed proposal, a verdict or a hook. What is open is refused, and nothing but
// the activation of an approved upgrade that lists a circuit closes it (or its
// term, where governance sets one). The recovery set, by which a chain with open
// circuits mends itself, cannot be broken; CheckTable proves that it is closed.
//
// # What it promises
//
// Never more than one queue entry against a member, never a member without its
// own sequence number, never a bond that counts while it is being withdrawn. No
// error of an evaluation is taken for a closed circuit: state that cannot be
// read halts the node.
//
// # What it leaves to its caller
//
// Governance is a route named legislature: it dispatches revoke, slash and
// disband, and tells of proposals with the latter two when they open and end
// (heed, heed_slash). Upgrades are route availability's.
//
// # Deviations from ADR-008
//
//   - The recovery set (governance A-D2): the ADR would let the team break
//     governance itself. The parameter dcert.recovery_set empties it.
//   - Preferences weigh REP, since there are no delegations here.
package dcert
