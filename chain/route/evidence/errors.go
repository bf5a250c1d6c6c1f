package evidence

import "probity/chain/route"

// Verdicts of the route.
var (
	// ErrForm is the refusal of evidence whose parts do not fit together.
	ErrForm = route.Refusal(ID, 1, "EVIDENCE_FORM", "not evidence: its parts do not belong together")
	// ErrHonest is the refusal of statements that an honest member may sign, or
	// of a header in which nothing is wrong.
	ErrHonest = route.Refusal(ID, 2, "NO_OFFENCE", "an honest member may sign this")
	// ErrStranger is the refusal of a proof that does not lead to the epoch's
	// roster or list.
	ErrStranger = route.Refusal(ID, 3, "NOT_A_MEMBER", "no member or producer of that epoch")
	// ErrSignature is the refusal of statements that the accused has not signed.
	ErrSignature = route.Refusal(ID, 4, "EVIDENCE_SIGNATURE", "the accused has not signed this")
	// ErrOld is the refusal of evidence about an epoch that nothing is kept of.
	ErrOld = route.Refusal(ID, 5, "EVIDENCE_OLD", "too late or too early for evidence about that epoch")
	// ErrKnown is the refusal of evidence that has been given.
	ErrKnown = route.Refusal(ID, 6, "EVIDENCE_KNOWN", "this offence has been punished")
	// ErrNothing is the refusal of evidence against an account without REP.
	ErrNothing = route.Refusal(ID, 7, "NOTHING_TO_SLASH", "the account has no wREP to lose")
	// ErrUntold is the refusal of a header that can no longer be judged.
	ErrUntold = route.Refusal(ID, 8, "CANNOT_TELL", "what is right for this header is not kept")
)
