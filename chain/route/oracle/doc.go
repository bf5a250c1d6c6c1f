// Package oracle is the route of watchtowers: members who recompute what the
// chain itself cannot or should not trust itself to compute, and whose agreement
// is a fact for other routes (governance lists O and OF; spec oracle).
//
// A task asks for the hash of some canonical bytes: the contributions at a
// commit, a rebuild of a release, the state root or the salaries of an epoch. It
// fixes its members when it opens; each may submit one hash. Where enough of
// them, by seats and never by REP, submit the same 32 bytes, the task is agreed
// and its opener hears of it, once. Members join with a bond, by invitation of
// the others, and leave, are fined or removed by their votes; a silent one can be
// challenged. So that no software decides alone, seats declare the
// implementations they run, and of three or more none may carry a result.
//
// It promises that a result has 51 % of the seats of its snapshot, that nobody
// counts twice, that what is late is kept and changes nothing, and that no bond
// is lost but by a vote, a lost challenge or a slash. It leaves to other routes
// what a result means, and to whoever audits to tell which of two hashes is
// right: it only says that they differ.
package oracle
