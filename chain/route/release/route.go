package release

import "probity/chain/route"

// ID is the route's number on the wire.
const ID = 12

// Route is the chapter of releases.
var Route = &route.Route{
	ID: ID, Name: "release",
	Doc:         "Release candidates from audit to activation, and the people who may say so.",
	Params:      parameters,
	CheckParams: check,
	Msgs: []route.Msg{
		route.On(1, "submit_rc", live(submitRC)).Says("Put a release candidate up for audit."),
		route.On(2, "report", live(fileReport)).Says("Report on a candidate; an official auditor's latest report counts."),
		route.On(3, "disclose_report", live(disclose)).Says("Tell where a closed report can be read."),
		route.On(4, "submit_to_council", live(submitToCouncil)).Costs(2000).Says("Open the council's vote on an audited candidate."),
		route.On(5, "ballot", live(castBallot)).Says("Vote on the candidate, for good."),
		route.On(6, "trigger", live(trigger)).Says("Order the build of an approved candidate."),
		route.On(7, "submit_build", live(submitBuild)).Says("Give the hash of a rebuild."),
		route.On(8, "publish", live(publish)).Costs(2000).Says("Publish a built candidate."),
		route.On(9, "record_store", live(recordStore)).Says("Record a submission to an app store with the submitter's key."),
		route.On(10, "withdraw", live(withdraw)).Says("Take a candidate or a release back, with a reason."),
		route.On(11, "record_merge", live(recordMerge)).Costs(mergeCost).Says("Record a merged change; the merge gate must be open."),
		route.On(12, "enroll", live(enroll)).Says("Put somebody on the core team's register."),
		route.On(13, "strike", live(strike)).Says("Take somebody off the core team's register."),
		route.On(14, "grant", live(empower)).Says("Empower somebody to merge until a time."),
		route.On(15, "ungrant", live(disempower)).Says("End such a grant."),
		route.On(16, "apply", live(applyFor)).Says("Apply for a college of the council."),
		route.On(17, "sponsor", live(sponsor)).Says("Sponsor an application, which opens the admission."),
		route.On(18, "endorse", live(endorse)).Says("Endorse an application."),
		route.On(19, "veto", live(veto)).Says("Veto an application."),
		route.On(20, "admit", live(admit)).Says("Admit an applicant who has all that it takes."),
		route.On(21, "leave", live(leave)).Says("Leave the council."),
		route.On(22, "open_revocation", live(openRevocation)).Costs(2000).Says("Open a vote on a member of the council."),
		route.On(23, "revocation_ballot", live(castRevocation)).Says("Vote on a member, for good."),
		route.On(24, "revoke_inactive", live(revokeMissing)).Says("Sign the revocation of a member who missed votes."),
		route.On(25, "sponsor_ctr", live(sponsorCTR)).Says("Sponsor a candidate for representative."),
		route.On(26, "endorse_ctr", live(endorseCTR)).Says("Endorse a candidate for representative."),
		route.On(27, "revoke_ctr", live(revokeRepresentative)).Says("Sign the revocation of a representative."),
		route.On(28, "grant_auditor", live(grantAuditorTo)).Says("Sign the appointment of an official auditor."),
		route.On(29, "revoke_auditor", live(revokeAuditorOn)).Says("Sign the revocation of an auditor on a listed ground."),
		route.On(30, "preapprove", live(preapprove)).OnlyBy("dcert").Says("Shorten the enactment delay of a candidate."),
		route.On(32, "set_grounds", live(setGrounds)).OnlyBy("legislature").Says("Change the list of grounds on which auditors are revoked."),
		route.On(33, "veto_revocation", live(vetoCharge)).Says("Veto the revocation of an auditor."),
		route.On(34, "appeal", live(goToCourt)).Says("Appeal one's revocation, or the vetoed one of an auditor, to the court."),
		route.On(35, "activate", live(activate)).OnlyBy("legislature").AsGrave().AsRescue().Says("Schedule the plan of a published release."),
		route.On(36, "resign", live(resign)).Says("Give up being a representative or an auditor."),
		route.On(37, "set_watchtowers", live(setWatchtowers)).OnlyBy("legislature").AsGrave().Says("Replace the minimal register of builders."),
		route.On(38, "challenge_report", live(challengeReport)).Says("Have the court look at a report that has a stake behind it."),
		route.On(39, "reclaim_stake", live(reclaimStake)).Says("Take back the stake behind one's report."),
	},
	Queries: []route.Query{
		route.Ask("status", status).Says("Where a candidate stands and what is missing."),
		route.Ask("audit", audit).Says("All reports on a candidate, and whether they let it pass."),
		route.Ask("vote", voteOf).Says("A round of the council's vote: electorate, ballots, tally."),
		route.Ask("history", history).Says("A candidate's trail in clear, with the head that proves it."),
		route.Ask("verify", verify).Says("Whether a release, and the binaries that somebody holds, are what was approved, rebuilt and published."),
		route.Ask("list", list).Says("Candidates by number."),
		route.Ask("council", council).Says("Members of the council, applications, and open votes on members."),
		route.Ask("ctrs", representatives).Says("Representatives, the core team, and who is on the way."),
		route.Ask("auditors", auditorList).Says("Official auditors, past ones, and the grounds of revocation."),
		route.Ask("overview", glance).Says("The route at one glance."),
	},
	Genesis:    genesis,
	Begin:      begin,
	Verdict:    verdict,
	Invariants: invariants,
	Sample:     sample,
	Rescue:     true,
}

// live is a rule that a chain without release DAO refuses.
func live[M any](rule func(*route.Ctx, M) error) func(*route.Ctx, M) error {
	return func(c *route.Ctx, m M) error {
		if s, _ := overview.Get(c); !s.Live {
			return ErrDormant
		}
		return rule(c, m)
	}
}
