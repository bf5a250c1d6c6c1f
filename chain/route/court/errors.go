package court

import "probity/chain/route"

// Verdicts of the route.
var (
	// ErrParties is the refusal of a case about nobody, oneself, or too many.
	ErrParties = route.Refusal(ID, 1, "PARTIES", "not the parties of a case")
	// ErrEvidence is the refusal of an accusation that says too little or too
	// much.
	ErrEvidence = route.Refusal(ID, 2, "CASE_EVIDENCE", "not what an accusation rests on")
	// ErrBond is the refusal of a bond below the least.
	ErrBond = route.Refusal(ID, 3, "CASE_BOND", "the bond is too small")
	// ErrBusy is the refusal of a case while too many are open.
	ErrBusy = route.Refusal(ID, 4, "COURT_BUSY", "too many cases are open: try again when one has ended")
	// ErrCase is the refusal of what is about no case.
	ErrCase = route.Refusal(ID, 5, "NO_CASE", "there is no such case")
	// ErrStage is the refusal of what a case is not ready for, or past.
	ErrStage = route.Refusal(ID, 6, "CASE_STAGE", "the case is at another stage")
	// ErrJuror is the refusal of a vote by who has no seat on the panel, or no
	// stake behind it.
	ErrJuror = route.Refusal(ID, 7, "NO_JUROR", "the account has no seat with a stake on this panel")
	// ErrReveal is the refusal of what does not open the commitment.
	ErrReveal = route.Refusal(ID, 8, "REVEAL", "this does not open what the juror committed to")
	// ErrRatio is the refusal of a ratio that a verdict cannot have.
	ErrRatio = route.Refusal(ID, 9, "RATIO", "not a ratio of this case: 0 to 1000000 ppm, and of an appeal 0 or 1000000")
	// ErrNothing is the refusal of an accusation that could take nothing.
	ErrNothing = route.Refusal(ID, 10, "NOTHING_TO_TAKE", "the accused has no REP and no post is named")
	// ErrOpener is the refusal of an appeal in the name of another route.
	ErrOpener = route.Refusal(ID, 11, "OPENER", "the opener is not who calls")
	// ErrAccused is the refusal to let locked REP go while its owner is accused.
	ErrAccused = route.Refusal(ID, 12, "ACCUSED", "REP of an accused account stays where it is until its cases are final")
)
