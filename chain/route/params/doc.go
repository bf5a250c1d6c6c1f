// Package params is the route that holds the numbers every other route is
// governed by, and the protocol version in force (spec governance L4, L5;
// protocol §6).
//
// Routes declare their parameters; this one stores the values, all of them, so
// that a later default never changes an old chain. The legislature alone sets
// values: a set waits until the epoch's boundary and is applied there, whole or
// not at all, after everything else of the boundary was computed from the old
// values.
//
// It leaves to its caller who may call the legislature, and to the executor to
// read the values once per change (Load, Stamp) instead of once per block.
package params
