package release

import (
	"errors"

	"probity/chain/route"
	"probity/chain/types"
)

// Lengths of time. Guardrails leave room for a test network, which divides the
// defaults by 20,160.
const (
	hour = 3_600_000
	day  = 24 * hour
)

// The numbers of the route. Those that say who can ship or stop a release are of
// class A.
var (
	// VotePeriod is how long the council votes (R18).
	VotePeriod = span("release.vote_period", 7*day, "How long the council votes on a candidate.")
	// Turnout is the least turnout in each college (R16).
	Turnout = ratio("release.turnout_ppm", 500_000, 500_000, "Least turnout in each college.")
	// Approval is what each college's approval must pass (R17).
	Approval = ratio("release.approval_ppm", 500_000, 500_000, "Share of yes among yes and no that each college must pass.")
	// InceptionSize is how many members in both colleges end the inception (R28).
	InceptionSize = number("release.inception_size", 5, 1, 100, "Members in each of the two colleges that end the inception.")
	// Endorsements is how many an admission needs (R32).
	Endorsements = number("release.endorsements", 3, 1, 100, "Endorsements of its college that an admission needs.")
	// Vetoes is how many reject an application (R34).
	Vetoes = number("release.vetoes", 2, 1, 100, "Vetoes that reject an application.")
	// AdmissionDelay is how long an admission lasts at least (R33).
	AdmissionDelay = span("release.admission_delay", 48*hour, "Least time from an application's sponsorship to the admission.")
	// AdmissionExpiry is how long it lasts at most (A-R8).
	AdmissionExpiry = span("release.admission_expiry", 30*day, "How long an application is open, and again once it is sponsored.")
	// RevocationPeriod is how long a vote on a member lasts (A-R8).
	RevocationPeriod = span("release.revocation_period", 7*day, "How long a vote on a member of the council lasts.")
	// RevocationTurnout is the least turnout of such a vote (R36).
	RevocationTurnout = ratio("release.revocation_turnout_ppm", 100_000, 100_000, "Least turnout of a vote on a member.")
	// RevocationApproval is what its majority must pass (R36).
	RevocationApproval = ratio("release.revocation_approval_ppm", 500_000, 500_000, "Share of yes among yes and no that a vote on a member must pass.")
	// InactiveVotes is how many votes missed in a row make a member inactive (R40).
	InactiveVotes = number("release.inactive_votes", 2, 1, 100, "Closed votes in a row without a ballot that make a member inactive.")
	// InactiveSignatures is how many revoke an inactive member (R40).
	InactiveSignatures = number("release.inactive_signatures", 2, 2, 100, "Signatures of members or representatives that revoke an inactive member.")
	// CTRInceptionSignatures is how many endorse a representative at first (R42).
	CTRInceptionSignatures = number("release.ctr_inception_signatures", 2, 2, 100, "Endorsements that appoint a representative during inception.")
	// CTRSignatures is how many do it later, beside the sponsor (R43).
	CTRSignatures = number("release.ctr_signatures", 2, 2, 100, "Endorsements beside the sponsor's that appoint a representative after inception.")
	// CTRRevokeSignatures is how many revoke one (R44); all of them are parties
	// of an appeal, of whom a court takes few.
	CTRRevokeSignatures = number("release.ctr_revoke_signatures", 3, 2, 20, "Signatures that revoke a representative.")
	// AuditorSignatures is how many appoint an auditor (R46).
	AuditorSignatures = number("release.auditor_signatures", 2, 2, 100, "Signatures that appoint an official auditor.")
	// AuditorRevokeSignatures is how many revoke one (R48).
	AuditorRevokeSignatures = number("release.auditor_revoke_signatures", 2, 2, 20, "Signatures that revoke an official auditor.")
	// AuditorVetoDelay is how long that waits for a veto (A-R8).
	AuditorVetoDelay = span("release.auditor_veto_delay", 48*hour, "How long a signed revocation of an auditor waits for a veto.")
	// SignatureWindow is how long signatures are gathered (A-R8).
	SignatureWindow = span("release.signature_window", 7*day, "How long signatures for one thing are gathered.")
	// AppealWindow is how long the court can be asked (A-R11).
	AppealWindow = span("release.appeal_window", 7*day, "How long after a decision the court can be asked.")
	// CandidateTTL is how long a candidate may rest in a stage.
	CandidateTTL = span("release.candidate_ttl", 30*day, "How long a candidate may rest in one stage before it expires.")
	// BuildWindow is how long watchtowers have to rebuild.
	BuildWindow = span("release.build_window", 7*day, "How long the watchtowers have to agree on a rebuild.")
	// Delay is the enactment delay of a plan.
	Delay = span("release.delay", 3*day, "From the publication to the scheduling of the upgrade plan.")
	// FastDelay is the same where dCERT has pre-approved the candidate.
	FastDelay = span("release.fast_delay", 6*hour, "The same for a candidate that dCERT has pre-approved.")
	// WithdrawSignatures is how many representatives withdraw what is not one's own.
	WithdrawSignatures = number("release.withdraw_signatures", 2, 2, 100, "Signatures of representatives that withdraw a release, or another's candidate.")
	// OpenMax bounds the candidates under way.
	OpenMax = number("release.open_max", 16, 1, 256, "Most candidates under way.")
	// CouncilMax bounds a college.
	CouncilMax = number("release.council_max", 101, 5, 256, "Most members of a college.")
	// CTRsMax bounds the representatives.
	CTRsMax = number("release.ctrs_max", 64, 3, 256, "Most active representatives.")
	// AuditorsMax bounds the official auditors.
	AuditorsMax = number("release.auditors_max", 64, 1, 256, "Most active official auditors.")
)

// parameters are all of them.
var parameters = []*route.Param{
	VotePeriod, Turnout, Approval, InceptionSize, Endorsements, Vetoes, AdmissionDelay, AdmissionExpiry,
	RevocationPeriod, RevocationTurnout, RevocationApproval, InactiveVotes, InactiveSignatures,
	CTRInceptionSignatures, CTRSignatures, CTRRevokeSignatures, AuditorSignatures, AuditorRevokeSignatures,
	AuditorVetoDelay, SignatureWindow, AppealWindow, CandidateTTL, BuildWindow, Delay, FastDelay,
	WithdrawSignatures, OpenMax, CouncilMax, CTRsMax, AuditorsMax,
}

func span(name string, ms uint64, doc string) *route.Param {
	return &route.Param{Name: name, Unit: route.Millis, Default: ms, Min: 1000, Max: 365 * day, ClassA: true, Doc: doc}
}

func number(name string, n, low, high uint64, doc string) *route.Param {
	return &route.Param{Name: name, Unit: route.Count, Default: n, Min: low, Max: high, ClassA: true, Doc: doc}
}

func ratio(name string, ppm, low uint64, doc string) *route.Param {
	return &route.Param{Name: name, Unit: route.Ratio, Default: ppm, Min: low, Max: uint64(types.Million), ClassA: true, Doc: doc}
}

var (
	errAdmission = errors.New("release.admission_expiry is not above release.admission_delay: nobody could be admitted")
	errFast      = errors.New("release.fast_delay is above release.delay")
)

// check refuses combinations under which somebody could never act.
func check(p *route.Params) error {
	switch {
	case p.Get(AdmissionExpiry) <= p.Get(AdmissionDelay):
		return errAdmission
	case p.Get(FastDelay) > p.Get(Delay):
		return errFast
	}
	return nil
}
