package attack

import (
	"probity/chain/keys"
	"probity/chain/route/bank"
	"probity/chain/route/dcert"
	"probity/chain/route/legislature"
	"probity/chain/types"
)

// disbandAttack halts the emergency team with a proposal to disband it, while
// somebody exploits what it would break.
var disbandAttack = &Attack{
	Name:  "disband",
	Title: "Propose to disband the emergency team in the middle of an exploit, so that it cannot break the circuit",
	Claim: "A malicious proposal to disband halts the team for one non-binding stage at most and not again for a whole period, so for less " +
		"than a third of the time; where a third of the votes vetoes it each attempt burns the whole wager.",
	Source: "spec dcert §6 (D21, D22, A-D6)",
	Options: []Option{
		{"attempts", "4", "proposals one after another"},
		{"veto", "0.2,0.5,0.9", "parts of the others' REP that veto, while the attacker votes for it"},
	},
	Run: runDisband,
}

// halting is a chain with an honest team, and an account that halts it.
type halting struct {
	a      *assembly
	voters []string
	start  types.Time
	halted types.Time // in all
	trips  int64      // trips that were refused meanwhile
	began  types.Time
}

// The attacker has 200,000 of a million REP.
const (
	haltREP = 200_000
	voteREP = 800_000
	team0   = "member0"
)

func (h *halting) convene() error {
	h.voters = crew("voter", 10)
	holders := map[string]uint64{"attacker": haltREP, team0: 2000}
	divide(holders, voteREP, h.voters)
	var err error
	h.a, err = convene(sitting{
		rep: holders, every: 4, params: map[string]uint64{"dcert.breaker": 1},
		routes: map[string]any{"dcert": map[string]any{"members": []any{map[string]any{"account": addressOf(team0), "bond": types.Whole(1000)}}}},
	})
	return err
}

// strike proposes to disband the team, has the team try to stop an exploit that
// goes on meanwhile, and is how the proposal ended.
func (h *halting) strike(side legislature.Side, ppm types.PPM, own bool) string {
	n := h.a.urge("attacker", h.a.message("dcert/disband", dcert.Disband{SlashPPM: types.Million}))
	h.began = h.a.now()
	if h.trip("bank/send") == "HALTED" {
		h.trips++
	}
	if kind := h.a.try("attacker", "bank/send", bank.Send{To: addressOf(house), Amount: types.NewAmount(1)}); kind != "" {
		h.a.fail("the exploit is refused as %s", kind)
	}
	state := h.a.carry(n, func(string) {
		for _, name := range h.voters {
			h.a.vote(n, name, side, h.a.wrep(name).OfPPM(ppm))
		}
		if own {
			h.a.vote(n, "attacker", legislature.For, h.a.wrep("attacker").Sub(types.Whole(10_000)))
		}
	})
	h.halted += h.a.now() - h.began
	return state
}

// trip is how the team's attempt to break a circuit ends.
func (h *halting) trip(url string) string {
	return h.a.try(team0, "dcert/trip", dcert.Trip{Messages: []string{url}, Commitment: keys.Sum([]byte("exploit"))})
}

// wager is what the attacker has lost, in REP.
func (h *halting) wager() float64 { return haltREP - h.a.reps("attacker") }

func runDisband(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	attempts, vetoes := int(r.integer("attempts", 1, 15)), r.fractions("veto", 0.13, 1.0000001)
	if r.err != nil {
		return nil, r.err
	}
	out := &Result{}
	plot := Plot{Title: "what it costs to halt the team", X: Axis{Label: "days halted"}, Y: Axis{Label: "REP burned"}}
	for i, v := range vetoes {
		if err := haltRows(out, &plot, v, attempts); err != nil {
			return nil, err
		}
		tell(int64(i)+1, int64(len(vetoes))+4)
	}
	for _, c := range []struct {
		name  string
		side  legislature.Side
		ppm   types.PPM
		state string
		lost  float64
	}{
		{"nobody votes", legislature.Against, 0, "rejected", 0},
		{"half of the others vote against, none vetoes", legislature.Against, 500_000, "rejected", 0},
		{"a twentieth of the others vetoes, no quorum", legislature.Veto, 50_000, "rejected", 0},
	} {
		var h halting
		if err := h.convene(); err != nil {
			return nil, err
		}
		state := h.strike(c.side, c.ppm, false)
		params := map[string]any{"votes": c.name}
		if err := h.a.failed(); err != nil {
			return nil, err
		}
		out.Rows = append(out.Rows,
			compared(Exactly, "proposals rejected", params, 1, count(state == c.state)).in("proposals"),
			reported("wager burned", params, h.wager()).in("REP"),
			near("days halted", params, 2, inDays(h.halted), 0.001).in("days"))
	}
	if err := claimWithheld(out); err != nil {
		return nil, err
	}
	tell(1, 1)
	out.Plots = []Plot{plot}
	out.Notes = []string{
		"Only a veto burns the wager. Where no more than a third of the votes veto, or there is no quorum, the attacker has it back and halts the team for nothing, two days of every six.",
		"The halt lasts the whole first stage even where all others vote at once: a stage ends early only when all REP has voted, and the attacker keeps its own back. What is broken stays broken while it lasts (A-D5).",
		"A wager is exposed REP: the attacker must hold 10,000 REP for each attempt and cannot use them elsewhere meanwhile.",
	}
	return out, nil
}

func inDays(t types.Time) float64 { return float64(t) / 86_400_000 }

// haltRows halts the team again and again, as soon as the rules let one.
func haltRows(out *Result, plot *Plot, share float64, attempts int) error {
	var h halting
	if err := h.convene(); err != nil {
		return err
	}
	var vetoed, early, longest int64
	h.start = h.a.now()
	for range attempts {
		before := h.halted
		if h.strike(legislature.Veto, types.PPM(share*1e6), true) == "vetoed" {
			vetoed++
		}
		longest = max(longest, int64(h.halted-before))
		add(plot, "vetoed by "+figure(share, "%"), Point{X: inDays(h.halted), Y: h.wager()})
		ended := h.a.now()
		if kind := h.a.try("attacker", "legislature/submit", legislature.Submit{
			Title: "again", Inline: types.Bytes("again"), Actions: []types.Msg{h.a.message("dcert/disband", dcert.Disband{SlashPPM: types.Million})},
		}); kind != "DISBAND" {
			early++
		}
		if kind := h.trip("court/vote"); kind != "" { // another circuit than the next exploit's
			h.a.fail("the team that goes on cannot trip: %s", kind)
		}
		h.a.reach(ended + types.Time(legislature.Period.Default))
	}
	if err := h.a.failed(); err != nil {
		return err
	}
	all := h.a.now() - h.start
	params := map[string]any{"veto": share, "attempts": attempts}
	n := int64(attempts)
	out.Rows = append(out.Rows,
		compared(Exactly, "attempts vetoed", params, float64(n), float64(vetoed)).in("attempts").of(n),
		compared(Exactly, "wagers burned", params, 10_000*float64(n), h.wager()).in("REP").of(n),
		compared(AtMost, "longest halt", params, 2.001, inDays(types.Time(longest))).in("days").of(n),
		compared(AtMost, "part of the time in which the team was halted", params, 1.0/3, float64(h.halted)/float64(all)),
		compared(Exactly, "proposals that opened before a period had passed", params, 0, float64(early)).in("proposals").of(n),
		compared(Exactly, "trips refused while it was halted", params, float64(n), float64(h.trips)).in("trips").of(n),
		reported("REP burned for a day of halt", params, h.wager()/inDays(h.halted)).in("REP"))
	return nil
}

// claimWithheld lets all others veto at once: the stage goes on, since it ends
// early only where all REP has voted, and the attacker's has not.
func claimWithheld(out *Result) error {
	var h halting
	if err := h.convene(); err != nil {
		return err
	}
	n := h.a.urge("attacker", h.a.message("dcert/disband", dcert.Disband{SlashPPM: types.Million}))
	for _, name := range append([]string{house}, h.voters...) {
		h.a.vote(n, name, legislature.Veto, h.a.wrep(name))
	}
	h.a.vote(n, team0, legislature.Veto, types.Whole(1000))
	h.a.must(0)
	h.a.idle(1)
	open := h.a.motion(n)
	h.a.reach(open.Until)
	state := h.a.motion(n).State
	if err := h.a.failed(); err != nil {
		return err
	}
	out.Rows = append(out.Rows,
		compared(Exactly, "stages that end early where all but the attacker veto at once", nil, 0, count(open.State != "nonbinding")).in("stages"),
		compared(Exactly, "proposals that they veto at its end", nil, 1, count(state == "vetoed")).in("proposals"))
	return nil
}
