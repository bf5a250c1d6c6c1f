// Package sim runs whole members — the node loop, the store, the law — in a
// box that one seed determines, breaks their world, and watches the oracles of
// sim/check after every step (spec simulation).
//
// A run has two phases. In chaos the world makes trouble with links, clocks,
// disks and power, or an adversary of sim/attack plays with the members that it
// owns. Then calm: everything is mended, and finality must return within a
// bound. Run twice, a seed gives the same event-log hash.
//
// Every choice is on a tape (sim/world), so a failing run is a list that can be
// shrunk, written to a file and played again (Shrinker, Recording); a fuzzer
// writes such lists from bytes (FromBytes). A swarm plays many seeds, in shards
// where one machine is not enough.
//
// Mutants are members with one planted mistake, each a bug that another
// implementation once had. They show that the oracles can fail.
//
// The package leaves to its caller how results are shown.
package sim
