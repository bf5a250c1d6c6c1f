package court

import (
	"fmt"

	"probity/chain/route"
	"probity/chain/types"
	"probity/vpool"
)

// ID is the route's number on the wire.
const ID = 10

// Route is the chapter of the court.
var Route = &route.Route{
	ID: ID, Name: "court",
	Doc: "Accusations that people judge: panels drawn from REP holders, one appeal, slashes; and appeals of other routes' roles.",
	Params: []*route.Param{
		Panel, AppealPanel, PanelMin, JurorStake, SilencePPM, MinorityPPM,
		Bond, AppealBond, Fee, CommitTime, RevealTime, WindowTime, RatifyTime,
		MaxPPM, QuorumPPM, WinPPM, LossPPM, LockPPM, OpenMax, AccuserMax, AppealsMax,
	},
	CheckParams: check,
	Msgs: []route.Msg{
		route.On(1, "accuse", accuse).Costs(2000).PerByte(1).
			Says("Accuse an account of what no machine can check, with evidence and a bond in $."),
		route.On(2, "commit", commit).Says("As a juror, commit to a verdict without telling it."),
		route.On(3, "reveal", reveal).Says("As a juror, tell the verdict that was committed to."),
		route.On(4, "appeal", appeal).Costs(2000).Says("Ask, as a party, for a second and larger panel."),
		route.On(5, "open_appeal", openAppeal).Costs(2000).OnlyBy("release", "oracle", "dcert", "contribution").
			Says("Ask for a panel's decision about a role of the calling route."),
		route.On(6, "vote", vote).Says("Stake wREP for or against a slash above what a panel alone may take."),
	},
	Queries: []route.Query{
		route.Ask("get", get).Says("A case: its parties, stage, decisions and end."),
		route.Ask("list", list).Says("Cases by number, all or at one stage."),
		route.Ask("panel", panelOf).Says("The seats of a case's panel and what each juror has done."),
		route.Ask("votes", votesOf).Says("The revealed votes of both panels of a case."),
		route.Ask("commitment", commitmentOf).Says("What a juror commits with, worked out from the verdict and a salt."),
	},
	Guard: guard, Begin: begin, Verdict: ratified,
	Invariants: []route.Invariant{
		{Name: "cases are where their stage says", Check: placed},
		{Name: "bonds are held", Check: held},
		{Name: "stakes and locks belong to open cases", Check: bound},
	},
	Sample: sample,
}

// Bounds of a case.
const (
	EvidenceMax = 16   // hashes of an accusation
	PostsMax    = 16   // posts that an accusation names
	TextMax     = 4096 // bytes of its inline text
	PartiesMax  = 30   // of the appeal of a role
	turnsMax    = 16   // cases that go on in one block, panels apart
	crowd       = 8    // open accusations after which the fee doubles
	openLimit   = 256  // guardrail of court.open_max
)

// The numbers of the route. A case is judged by those of its filing.
var (
	// Panel is the size of a first panel.
	Panel = &route.Param{
		Name: "court.panel", Unit: route.Count, Default: 7, Min: 1, Max: 63,
		Doc: "Jurors of a first panel, and of the panel that hears the appeal of a role.",
	}
	// AppealPanel is the size of a second panel.
	AppealPanel = &route.Param{
		Name: "court.appeal_panel", Unit: route.Count, Default: 21, Min: 1, Max: 127,
		Doc: "Jurors of the panel that hears an appeal.",
	}
	// PanelMin is the least number of jurors.
	PanelMin = &route.Param{
		Name: "court.panel_min", Unit: route.Count, Default: 3, Min: 1, Max: 63,
		Doc: "Least number of jurors that can be drawn; where there are fewer no verdict comes about.",
	}
	// JurorStake is what a juror puts at stake.
	JurorStake = &route.Param{
		Name: "court.juror_stake", Unit: route.Base, Default: 5_000_000_000, Min: 1_000_000_000, Max: 1 << 60, ClassA: true,
		Doc: "wREP that a juror has at stake; holders of less are not drawn.",
	}
	// SilencePPM is what silence costs.
	SilencePPM = &route.Param{
		Name: "court.silence_ppm", Unit: route.Ratio, Default: vpool.Million, Max: vpool.Million, ClassA: true,
		Doc: "Part of its stake that a juror loses who does not reveal.",
	}
	// MinorityPPM is what it costs to be outvoted.
	MinorityPPM = &route.Param{
		Name: "court.minority_ppm", Unit: route.Ratio, Default: 500_000, Max: vpool.Million, ClassA: true,
		Doc: "Part of its stake that a juror loses whom the majority of its panel outvoted.",
	}
	// Bond is the least bond of an accusation.
	Bond = &route.Param{
		Name: "court.bond", Unit: route.Base, Default: 100_000_000_000, Min: 1, Max: 1 << 60,
		Doc: "Least $ that an accuser puts up; they go to the accused where the case is dismissed.",
	}
	// AppealBond is the bond of an appeal.
	AppealBond = &route.Param{
		Name: "court.appeal_bond", Unit: route.Base, Default: 500_000_000_000, Min: 1, Max: 1 << 60,
		Doc: "Least $ that an appellant puts up; they go to the other party where the appeal gains nothing.",
	}
	// Fee is what filing costs.
	Fee = &route.Param{
		Name: "court.fee", Unit: route.Base, Default: 5_000_000_000, Max: 1 << 56,
		Doc: "$ that filing an accusation costs beside the bond; it doubles with every eighth open accusation.",
	}
	// CommitTime is how long jurors may commit.
	CommitTime = &route.Param{
		Name: "court.commit", Unit: route.Millis, Default: 172_800_000, Min: 1000, Max: 1 << 40,
		Doc: "How long jurors may commit.",
	}
	// RevealTime is how long jurors may reveal.
	RevealTime = &route.Param{
		Name: "court.reveal", Unit: route.Millis, Default: 86_400_000, Min: 1000, Max: 1 << 40,
		Doc: "How long jurors may reveal.",
	}
	// WindowTime is how long a decision may be appealed.
	WindowTime = &route.Param{
		Name: "court.window", Unit: route.Millis, Default: 604_800_000, Min: 1000, Max: 1 << 40,
		Doc: "How long a first decision may be appealed.",
	}
	// RatifyTime is how long the pool is open that ratifies a large slash.
	RatifyTime = &route.Param{
		Name: "court.ratify", Unit: route.Millis, Default: 345_600_000, Min: 1000, Max: 1 << 40,
		Doc: "How long the pool is open that ratifies a slash above court.max_ppm.",
	}
	// MaxPPM is what a panel alone may take.
	MaxPPM = &route.Param{
		Name: "court.max_ppm", Unit: route.Ratio, Default: 50_000, Max: 200_000, ClassA: true,
		Doc: "Part of an account's REP that a panel alone may take; more needs a binding pool of wREP.",
	}
	// QuorumPPM is the quorum of that pool. Its guardrail is the third that J3
	// asks for, rounded up.
	QuorumPPM = &route.Param{
		Name: "court.quorum_ppm", Unit: route.Ratio, Default: 333_334, Min: 333_334, Max: vpool.Million, ClassA: true,
		Doc: "Part of all wREP that must be staked in a pool that ratifies a slash.",
	}
	// WinPPM is the majority of that pool; its guardrail is two thirds, rounded up.
	WinPPM = &route.Param{
		Name: "court.win_ppm", Unit: route.Ratio, Default: 666_667, Min: 666_667, Max: 999_999, ClassA: true,
		Doc: "Part of what is staked that must be exceeded to ratify a slash.",
	}
	// LossPPM is what a losing vote in that pool costs.
	LossPPM = &route.Param{
		Name: "court.loss_ppm", Unit: route.Ratio, Default: 100_000, Max: vpool.Million, ClassA: true,
		Doc: "Part of a losing stake in a pool that ratifies a slash which goes to the winners.",
	}
	// LockPPM is how much of an accused's REP is locked.
	LockPPM = &route.Param{
		Name: "court.lock_ppm", Unit: route.Ratio, Default: vpool.Million, Max: vpool.Million, ClassA: true,
		Doc: "Part of an accused account's REP that is locked until its cases are final.",
	}
	// OpenMax bounds the open accusations.
	OpenMax = &route.Param{
		Name: "court.open_max", Unit: route.Count, Default: 64, Min: 1, Max: openLimit,
		Doc: "Most accusations that are open at a time.",
	}
	// AccuserMax bounds the open accusations of one account.
	AccuserMax = &route.Param{
		Name: "court.accuser_max", Unit: route.Count, Default: 4, Min: 1, Max: openLimit,
		Doc: "Most accusations by one account that are open at a time.",
	}
	// AppealsMax bounds the open appeals of roles.
	AppealsMax = &route.Param{
		Name: "court.appeals_max", Unit: route.Count, Default: 64, Min: 1, Max: openLimit,
		Doc: "Most appeals of other routes' roles that are open at a time.",
	}
)

// check refuses panels that could never be drawn.
func check(p *route.Params) error {
	if least := p.Get(PanelMin); least > p.Get(Panel) || least > p.Get(AppealPanel) {
		return fmt.Errorf("court.panel_min %d is above the size of a panel", least)
	}
	return nil
}

// terms are the numbers in force.
func terms(c *route.Ctx) Terms {
	ms := func(p *route.Param) types.Time { return types.Time(p.Get(c)) }
	return Terms{
		Panel: Panel.Get(c), AppealPanel: AppealPanel.Get(c), PanelMin: PanelMin.Get(c),
		Stake: JurorStake.Amount(c), SilencePPM: SilencePPM.PPM(c), MinorityPPM: MinorityPPM.PPM(c),
		MaxPPM: MaxPPM.PPM(c), QuorumPPM: QuorumPPM.PPM(c), WinPPM: WinPPM.PPM(c), LossPPM: LossPPM.PPM(c),
		Commit: ms(CommitTime), Reveal: ms(RevealTime), Window: ms(WindowTime), Ratify: ms(RatifyTime),
		AppealBond: AppealBond.Amount(c),
	}
}
