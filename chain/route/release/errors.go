package release

import "probity/chain/route"

// Verdicts of the route.
var (
	// ErrDormant is the refusal of everything on a chain without release DAO.
	ErrDormant = route.Refusal(ID, 1, "DORMANT", "this chain has no release register: its genesis has no section release")
	// ErrCTR is the refusal of what only active representatives may do (R2).
	ErrCTR = route.Refusal(ID, 2, "NOT_CTR", "only an active core team representative may do this")
	// ErrRole is the refusal of what the sender's roles do not entitle to.
	ErrRole = route.Refusal(ID, 3, "ROLE", "the account has no role that entitles it to this")
	// ErrUnknown is the refusal of what names something that is not there.
	ErrUnknown = route.Refusal(ID, 4, "UNKNOWN", "there is no such thing")
	// ErrKnown is the refusal of a candidate that has been submitted before.
	ErrKnown = route.Refusal(ID, 5, "KNOWN", "submitted before: new code has a new id, and nothing carries over")
	// ErrStage is the refusal of what does not fit the stage of its subject.
	ErrStage = route.Refusal(ID, 6, "STAGE", "not in this stage")
	// ErrForm is the refusal of a message whose parts are out of bounds.
	ErrForm = route.Refusal(ID, 7, "FORM", "malformed")
	// ErrFull is the refusal of one more where there is a bound.
	ErrFull = route.Refusal(ID, 8, "FULL", "there are as many as there may be")
	// ErrOwn is the refusal of judging one's own affair.
	ErrOwn = route.Refusal(ID, 9, "OWN_AFFAIR", "nobody acts in their own affair")
	// ErrNoGo is the refusal while an official auditor objects (R8).
	ErrNoGo = route.Refusal(ID, 10, "NO_GO", "an active official auditor says NO_GO")
	// ErrNoAudit is the refusal while no official auditor approves (R10).
	ErrNoAudit = route.Refusal(ID, 11, "NO_AUDIT", "no active official auditor says GO or GO_WITH_WARNINGS")
	// ErrBusy is the refusal of a second vote while one is open.
	ErrBusy = route.Refusal(ID, 12, "VOTE_OPEN", "another vote is open")
	// ErrElectorate is the refusal of a ballot of somebody outside the snapshot.
	ErrElectorate = route.Refusal(ID, 13, "ELECTORATE", "not among the voters of this vote")
	// ErrTwice is the refusal of a second vote, signature or submission.
	ErrTwice = route.Refusal(ID, 14, "TWICE", "done before by this account")
	// ErrLate is the refusal of what comes after its time.
	ErrLate = route.Refusal(ID, 15, "LATE", "its time has passed")
	// ErrEarly is the refusal of what comes before its time.
	ErrEarly = route.Refusal(ID, 16, "EARLY", "its time has not come")
	// ErrProtocol is the refusal of a rollback below the active protocol.
	ErrProtocol = route.Refusal(ID, 17, "ROLLBACK", "the protocol version does not pass the active one")
	// ErrDisclose is the refusal to publish over reports that are still closed.
	ErrDisclose = route.Refusal(ID, 18, "UNDISCLOSED", "a counted report is not disclosed")
	// ErrTrail is the refusal of a delivery that carries another history.
	ErrTrail = route.Refusal(ID, 19, "TRAIL", "the embedded history ends in another hash than the chain's")
	// ErrArtifacts is the refusal of binaries that were not rebuilt.
	ErrArtifacts = route.Refusal(ID, 20, "ARTIFACTS", "these are not the binaries that the watchtowers rebuilt")
	// ErrBuilders is the refusal of a build without builders, or by others.
	ErrBuilders = route.Refusal(ID, 21, "BUILDERS", "no member of the watchtower register")
	// ErrGround is the refusal of a revocation on no listed ground (R47).
	ErrGround = route.Refusal(ID, 22, "GROUND", "not a ground of the list")
	// ErrAdmission is the refusal of an admission that lacks something.
	ErrAdmission = route.Refusal(ID, 23, "ADMISSION", "not enough endorsements for an admission")
	// ErrCourt is the refusal of an appeal on a chain without court.
	ErrCourt = route.Refusal(ID, 24, "NO_COURT", "this chain has no court")
	// ErrGate is the refusal of a merge while the merge gate is closed (R1).
	ErrGate = route.Refusal(ID, 25, "GATE", "the merge gate is closed")
	// ErrKey is the refusal of a submitter key that is not the sender's.
	ErrKey = route.Refusal(ID, 26, "KEY", "not the sender's public key")
	// ErrMissed is the refusal of a revocation for inactivity of an active member.
	ErrMissed = route.Refusal(ID, 27, "NOT_INACTIVE", "the member has not missed that many votes in a row")
	// ErrAppeal is the refusal of an appeal about nothing that can be appealed.
	ErrAppeal = route.Refusal(ID, 28, "APPEAL", "nothing to appeal here")
)
