// Package report writes what a campaign of the simulator found as one page of
// HTML: claims and verdicts, tables, and plots as SVG (spec simulation).
//
// A Campaign is filled from the JSON that the sim commands print (Read), or by a
// Plan that runs attacks, a swarm and mutants itself. Page writes it.
//
// It promises that the page is a function of the campaign, byte for byte; that
// it needs nothing but itself (no network, font or library); that every text of
// a result is shown as text; and that each figure drawn is also written. The
// clock is not read: a page bears a date only where it is given one.
//
// It leaves to its caller where the page goes, and the code with which a program
// ends where a claim does not hold.
package report
