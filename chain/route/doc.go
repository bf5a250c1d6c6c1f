// Package route says what a route is: one chapter of the chain's rules,
// declared as a value at the top of its folder (spec execution §1).
//
// A route lists its messages (rules that transactions call), queries, typed
// parameters and hooks. RPC methods, command-line verbs, schemas, metrics,
// documentation and the simulator's load derive from that value; adding a
// route touches its folder and one row of chain/route/all.
//
// A rule is a function of the context and a message to an error, and its error
// is always a verdict on the transaction. Trouble with the disk is not a
// verdict: the state layer panics with a state.Fault and the node halts.
//
// Calls go down, verdicts come up: a route calls functions of routes in rows
// above its own in the table; what a peer route is to do goes through
// Ctx.Dispatch, which passes every guard; what a pool decided comes back as a
// Verdict.
package route
