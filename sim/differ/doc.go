// Package differ makes random chains that differ from run to run only by their
// seed, for two implementations to execute and compare: every message of the
// foundation routes, right and wrong, skipped views, rejected headers, late votes,
// evidence, several epochs, both beacons.
//
// A Maker promises that each block is valid by the node's own law (Build, then
// Verify) and says what state it leads to. It leaves to its caller the other
// implementation and the comparison.
package differ
