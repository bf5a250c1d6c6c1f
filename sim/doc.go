// Package sim runs whole members — the node loop, the store, the law — in a
// box that one seed determines, breaks their world, and watches the oracles of
// sim/check after every step (spec simulation).
//
// A run has two phases. In chaos, links delay, lose, duplicate and reorder,
// partitions come and go, members crash and restart, power fails everywhere at
// once. Then calm: everything is healed, and finality must return within a
// bound. Run twice, a seed gives the same event-log hash; every failure prints
// one line that replays it.
//
// Mutants are members with one planted mistake, each a bug that another
// implementation once had. They show that the oracles can fail.
package sim
