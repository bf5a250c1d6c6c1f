// Package court is the route of judgement by people: accusations of what no
// machine can check, panels of holders drawn by the beacon, one appeal, and the
// appeals of roles that other routes own (spec court).
//
// # One case
//
//	accuse       epoch e: the bond is paid, the accused's REP is locked, the
//	             holders are snapshotted
//	panel        first blocks of epoch e+2: drawn from R(e+2,0), weighted by the
//	             whole wREP of the snapshot, without the parties
//	commit       jurors commit to a ratio; reveal: they open it
//	decided      majority and median; the panel's stakes are settled
//	appeal       within the window, once: another snapshot, another panel
//	ratify       a ratio above court.max_ppm goes to a binding pool of wREP
//	final        the slash burns, or the case is dismissed
//
// # What it promises
//
// From the filing to the end of the last case against it, an account has no REP
// to spare: it cannot stake, bond, or be made to give REP back to somebody who
// works with it, and the rules by which locked REP is let go are closed to it.
// What jurors lose goes to jurors of the same panel or burns, to the last unit.
// A case is judged by the numbers that were in force when it was filed.
//
// Work in a block is bounded: one panel is drawn, which walks over the holders
// once; turnsMax cases take a turn; the locks of the accused are looked at, of
// which there are at most court.open_max.
//
// # What it leaves to its caller
//
// Evidence itself, of which hashes are kept. What a Verdict means for a role is
// the affair of the route that opened the appeal. Posts belong to the forum,
// which is asked whether the accused wrote them and told what to take from them.
package court
