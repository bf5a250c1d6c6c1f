package contribution

import (
	"probity/chain/route"
	"probity/chain/types"
	"probity/vpool/pac"
)

// ID is the route's number on the wire.
const ID = 13

// self is its name, to which the oracle answers.
const self = "contribution"

// Route is the chapter of ownership by contribution.
var Route = &route.Route{
	ID: ID, Name: self,
	Doc: "Ownership of the repository: countings, shares, links, the merge gate, sponsored fees, orders and credentials.",
	Params: []*route.Param{
		Interval, Mode, Target, Initial, Growth, CountTime, PublishTime, OwnersMax, TriggerFee,
		CodePoints, CommentPoints, TextPoints, OtherPoints, ApproverPPM, ApprovalTime, AuthorCounts, SponsorPerEpoch, ResetTime,
	},
	Msgs: []route.Msg{
		route.On(1, "link", claimLink).Costs(1000).Says("Claim an identity for the address of a key."),
		route.On(2, "transfer", transfer).Says("Give shares to another account, for good."),
		route.On(3, "publish_tree", publishTree).Costs(2000).PerByte(2).Says("Show the next page of the agreed tree."),
		route.On(4, "approve", approve).Costs(2000).Says("Approve a commit to be merged."),
		route.On(5, "sponsor", sponsor).Costs(500).Says("Have the fees of a contributor paid, up to an amount in each epoch."),
		route.On(6, "done", done).Says("Report that an order was carried out."),
		route.On(20, "trigger", trigger).Costs(1000).Says("Ask for a counting at a commit."),
		route.On(30, "order", order).OnlyBy("legislature").Says("Publish an instruction to a bot."),
		route.On(31, "access", access).OnlyBy("legislature").Says("Let somebody use a credential, once."),
		route.On(32, "reset", reset).OnlyBy("legislature").Says("Seal a credential that was used and changed."),
		route.On(33, "released", released).Costs(1000).OnlyBy("release").Says("Ask for a counting at a release."),
		route.On(34, "require", require).OnlyBy("legislature").Says("Set the part of all shares that must approve merges into a branch."),
		route.On(35, "custody", custody).OnlyBy("legislature").Says("Register a credential and its owners."),
		route.On(36, "gate_check", gateCheck).Costs(1000).OnlyBy("release").Says("Refuse a merge that not enough owners approve."),
		route.On(37, "policy", setPolicy).OnlyBy("legislature").Says("Set which files count how much."),
		route.On(38, "repository", setRepository).OnlyBy("legislature").Says("Set which branch of which repository is counted."),
	},
	Queries: []route.Query{
		route.Ask("points", points).Says("The points of the last agreed tree, in order of identities."),
		route.Ask("links", linksOf).Says("The accounts of an identity, or the identities of an account."),
		route.Ask("pac", status).Says("The counting that is on or was last, and the terms of the next."),
		route.Ask("shares", holdings).Says("Who holds shares, in order of addresses."),
		route.Ask("gate", gate).Says("Whether approvals suffice for a merge."),
		route.Ask("limits", limitsOf).Says("Who can be asked to approve, as of the last mint."),
		route.Ask("rules", rulesOf).Says("The rules of counting in force, and their hash."),
		route.Ask("orders", listOrders).Says("What passed proposals order bots to do."),
		route.Ask("documents", listDocuments).Says("Credentials in custody, and who may use them."),
	},
	Genesis:  genesis,
	Guard:    guard,
	End:      end,
	Boundary: boundary,
	Verdict:  verdict,
	Invariants: []route.Invariant{
		{Name: "shares are conserved", Check: conserved},
		{Name: "owed gREP adds up", Check: owedSum},
	},
	Sample: sample,
}

const day = 86_400_000

// The numbers of the route.
var (
	// Interval is the least time between two countings (G5).
	Interval = &route.Param{
		Name: "pac.interval", Unit: route.Millis, Default: 30 * day, Min: 1, Max: 3650 * day, ClassA: true,
		Doc: "Least time between the triggers of two countings.",
	}
	// Mode is the total that is aimed at (A-G1).
	Mode = &route.Param{
		Name: "pac.mode", Unit: route.Choice, Default: uint64(pac.Minimal), Min: uint64(pac.Minimal), Max: uint64(pac.Published), ClassA: true,
		Choices: []string{"", "minimal", "published"},
		Doc:     "How many shares there are to be: the least that needs no burning, or as in the published example.",
	}
	// Target is who has a target (A-G3).
	Target = &route.Param{
		Name: "pac.target", Unit: route.Choice, Default: targetTotal, Min: targetTotal, Max: targetClaimed, ClassA: true,
		Choices: []string{"", "total", "claimed"},
		Doc:     "Whether identities without an account have a part, which waits for them, or none.",
	}
	// Initial is what the first counting mints.
	Initial = &route.Param{
		Name: "pac.initial", Unit: route.Base, Default: 1_000_000_000_000_000, Min: 1, Max: 1 << 62, ClassA: true,
		Doc: "Shares that the first counting mints.",
	}
	// Growth bounds what a counting mints.
	Growth = &route.Param{
		Name: "pac.max_growth_ppm", Unit: route.Ratio, Default: 100_000, Min: 1, Max: uint64(types.Million), ClassA: true,
		Doc: "Most shares that a counting mints, as a part of those of owners with points.",
	}
	// CountTime is how long watchtowers have.
	CountTime = &route.Param{
		Name: "pac.count_time", Unit: route.Millis, Default: 7 * day, Min: 1, Max: 365 * day,
		Doc: "Time that watchtowers have to agree on a tree.",
	}
	// PublishTime is how long an agreed tree waits for its pages.
	PublishTime = &route.Param{
		Name: "pac.publish_time", Unit: route.Millis, Default: 7 * day, Min: 1, Max: 365 * day,
		Doc: "Time in which the pages of an agreed tree are shown.",
	}
	// OwnersMax bounds a tree, and with it the work of the boundary that mints.
	OwnersMax = &route.Param{
		Name: "pac.owners_max", Unit: route.Count, Default: 4096, Min: 1, Max: 1 << 16, ClassA: true,
		Doc: "Most identities in a tree.",
	}
	// TriggerFee is the price of a counting that somebody asks for.
	TriggerFee = &route.Param{
		Name: "pac.trigger_fee", Unit: route.Base, Default: 1_000_000_000, Max: 1 << 60,
		Doc: "$ that asking for a counting costs; releases ask for free.",
	}
	// CodePoints is what a line of code is worth (G11, G14).
	CodePoints = weight("contrib.code", 1_000_000, "a line of code")
	// CommentPoints is what a line of comment is worth.
	CommentPoints = weight("contrib.comment", 500_000, "a line of comment")
	// TextPoints is what a line of prose is worth.
	TextPoints = weight("contrib.text", 500_000, "a line of .txt and .md")
	// OtherPoints is what a line of an unknown kind of file is worth.
	OtherPoints = weight("contrib.other", 0, "a line of a file of unknown kind")
	// ApproverPPM is the part of all shares from which one is asked to approve.
	ApproverPPM = &route.Param{
		Name: "contrib.approver_ppm", Unit: route.Ratio, Default: 10_000, Min: 1, Max: uint64(types.Million),
		Doc: "Part of all shares from which an account is on the list of approvers.",
	}
	// ApprovalTime is how long an approval holds (A-G7).
	ApprovalTime = &route.Param{
		Name: "contrib.approval_time", Unit: route.Millis, Default: 7 * day, Min: 1, Max: 365 * day,
		Doc: "Time for which an approval of a commit holds.",
	}
	// AuthorCounts is whether one approves one's own change.
	AuthorCounts = &route.Param{
		Name: "contrib.author_counts", Unit: route.Switch, Max: 1,
		Doc: "Whether the author's own approval of a change counts.",
	}
	// SponsorPerEpoch is what the route pays of an account's fees.
	SponsorPerEpoch = &route.Param{
		Name: "contrib.sponsor_per_epoch", Unit: route.Base, Default: 10_000_000, Min: 1, Max: 1 << 60,
		Doc: "$ of a contributor's fees that are paid in each epoch.",
	}
	// ResetTime is how long a credential may stay in use.
	ResetTime = &route.Param{
		Name: "contrib.reset_time", Unit: route.Millis, Default: 2 * day, Min: 1, Max: 365 * day,
		Doc: "Time after which a credential in use is overdue to be changed.",
	}
)

// The choices of Target.
const (
	targetTotal   = 1
	targetClaimed = 2
)

// weight declares what a line is worth.
func weight(name string, micropoints uint64, of string) *route.Param {
	return &route.Param{
		Name: name, Unit: route.Count, Default: micropoints, Max: 1_000_000_000,
		Doc: "Micropoints for " + of + ".",
	}
}
