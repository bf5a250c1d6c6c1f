package attack

import (
	"probity/chain/keys"
	"probity/chain/route/all"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	judge "probity/chain/route/court"
	"probity/chain/route/dcert"
	"probity/chain/route/forum"
	"probity/chain/route/legislature"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// rogueteamAttack has the emergency team break all of governance.
var rogueteamAttack = &Attack{
	Name:  "rogueteam",
	Title: "The emergency team conspires and breaks everything that it can, governance included",
	Claim: "A conspiring team breaks no message of the recovery set; while its side has at most a third of the votes it is disbanded and " +
		"loses every bond, that of those who run for it before included, and an approved upgrade closes all circuits.",
	Source: "spec dcert §6, §7 (A-D2), spec upgrades",
	Options: []Option{
		{"share", "0.05,0.2,0.33", "parts of all REP on the team's side, which vetoes with it"},
		{"members", "7", "members of the team"},
	},
	Run: runRogueteam,
}

// rogueREP is all REP but the bonds and the member's one.
const (
	rogueREP  = 1_000_000
	rogueBond = 1000
)

// rogues are a conspiring team on a chain.
type rogues struct {
	a    *assembly
	team []string
	them []string // the community
	ally string   // has the team's REP beyond its bonds
	urls []string // that it broke
	from types.Time
}

func (r *rogues) convene(share float64, members int) error {
	r.team, r.them, r.ally = crew("rogue", members), crew("voter", 20), "ally"
	holders := map[string]uint64{r.ally: uint64(share * rogueREP)}
	divide(holders, rogueREP-uint64(share*rogueREP), r.them)
	var seats []any
	for _, name := range r.team {
		holders[name] = rogueBond
		seats = append(seats, map[string]any{"account": addressOf(name), "bond": types.Whole(rogueBond)})
	}
	var err error
	r.a, err = convene(sitting{
		rep: holders, every: 4, params: map[string]uint64{"dcert.breaker": 1},
		routes: map[string]any{"dcert": map[string]any{"members": seats}},
	})
	return err
}

// breakAll breaks every route that can be broken, and tries those that cannot;
// it is the number of URLs of the recovery set that it got open.
func (r *rogues) breakAll() (got int64) {
	r.from = r.a.now()
	commitment := keys.Sum([]byte("no motive"))
	for _, row := range all.Table {
		switch {
		case len(row.Msgs) == 0:
			continue
		case !row.Rescue:
			r.urls = append(r.urls, row.Name)
			continue
		}
		forbidden := []string{row.Name}
		for i := range row.Msgs {
			forbidden = append(forbidden, row.Name+"/"+row.Msgs[i].Name)
		}
		for _, url := range forbidden {
			if kind := r.a.try(r.team[0], "dcert/trip", dcert.Trip{Messages: []string{url}, Commitment: commitment}); kind != "RECOVERY_SET" {
				got++
			}
		}
	}
	if kind := r.a.try(r.team[0], "dcert/trip", dcert.Trip{Messages: r.urls, Commitment: commitment}); kind != "" {
		r.a.fail("the team cannot break %v: %s", r.urls, kind)
	}
	return got
}

// passing counts what people still can do of five usual things.
func (r *rogues) passing() (n int64) {
	who := r.them[0]
	for _, m := range []struct {
		rule string
		body any
	}{
		{"bank/send", bank.Send{To: addressOf(house), Amount: types.NewAmount(1)}},
		{"rep/claim", rep.ClaimMsg{}},
		{"forum/publish", forum.Publish{
			Content: keys.Sum([]byte("post")), Authors: []forum.Author{{Address: addressOf(who), PPM: types.Million}},
		}},
		{"legislature/submit", legislature.Submit{
			Title: "text", Inline: types.Bytes("text"), Fee: types.NewAmount(legislature.FeeMin.Default),
		}},
		{"court/accuse", judge.Accuse{
			Accused: addressOf(r.ally), Charge: judge.Role, Content: keys.Sum([]byte("text")),
			Evidence: []keys.Hash{keys.Sum([]byte("log"))}, Bond: types.NewAmount(judge.Bond.Default),
		}},
	} {
		if kind := r.a.try(who, m.rule, m.body); kind == "" {
			n++
		} else if kind != "CIRCUIT_OPEN" {
			r.a.fail("%s is refused as %s", m.rule, kind)
		}
	}
	return n
}

// recover passes actions against the team's vetoes.
func (r *rogues) recover(n uint64) string {
	return r.a.carry(n, func(string) {
		for _, name := range r.them {
			r.a.vote(n, name, legislature.For, r.free(name))
		}
		r.a.vote(n, r.ally, legislature.Veto, r.free(r.ally))
	})
}

// free is what an account can still put at stake.
func (r *rogues) free(who string) types.Amount {
	return r.a.wrep(who).SubClamp(rep.Exposed(r.a.tip.State, addressOf(who)))
}

// bonded is what is left behind the team, in REP.
func (r *rogues) bonded() (sum float64) {
	for _, name := range r.team {
		b := query[dcert.Bonded](r.a, "dcert", "bond", dcert.Of{Address: addressOf(name)})
		sum += whole(b.Total)
		for _, w := range b.Withdrawals {
			sum += whole(w.Amount)
		}
	}
	return sum
}

func runRogueteam(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	shares, members := r.fractions("share", 0, 0.3333), int(r.integer("members", 1, 7))
	if r.err != nil {
		return nil, r.err
	}
	out := &Result{}
	plot := Plot{Title: "what people can do of five things", X: Axis{Label: "days since the team broke everything"}, Y: Axis{Label: "things"}}
	for i, share := range shares {
		if err := rogueRows(out, &plot, share, members); err != nil {
			return nil, err
		}
		tell(int64(i)+1, int64(len(shares))+1)
	}
	if err := claimShield(out, members); err != nil {
		return nil, err
	}
	tell(1, 1)
	out.Plots = []Plot{plot}
	out.Notes = []string{
		"A veto by more than a third of the votes ends any proposal, this one too: a team with allies of a third is safe from governance. Its circuits then wait for a release, or for a fork.",
		"Disbanding reaches who sat when a circuit was broken, or has left since the proposal, for as long as the exit delay runs: 21 days against the five of a proposal.",
		"The upgrade here is voted on after the team is gone, and after a second proposal to slash by name those who ran, which finds nothing left. All may run at once, and then take as long as the longest: five days.",
	}
	return out, nil
}

func rogueRows(out *Result, plot *Plot, share float64, members int) error {
	var r rogues
	if err := r.convene(share, members); err != nil {
		return err
	}
	got := r.breakAll()
	days := func() float64 { return float64(r.a.now()-r.from) / 86_400_000 }
	series := "team's side of " + figure(share, "%")
	pass := r.passing()
	add(plot, series, Point{X: days(), Y: float64(pass)})
	runaways := r.team[:(members+1)/2]
	for _, name := range runaways {
		r.a.say(name, "dcert/unbond", dcert.Unbond{Member: addressOf(name)})
	}
	r.a.must(0)
	n := r.a.urge(r.them[0], r.a.message("dcert/disband", dcert.Disband{SlashPPM: types.Million}))
	state := r.recover(n)
	gone, fled := days(), r.bonded()
	seats := len(query[[]dcert.Member](r.a, "dcert", "members", dcert.None{}))
	still := len(dcert.Open(r.a.tip.State))
	add(plot, series, Point{X: gone, Y: float64(r.passing())})

	var slashes []types.Msg
	for _, name := range runaways {
		slashes = append(slashes, r.a.message("dcert/slash", dcert.Slash{Member: addressOf(name), PPM: types.Million}))
	}
	caught := r.recover(r.a.propose(r.them[0], slashes...))
	left := r.bonded()

	r.a.x.Known = 2
	r.a.say(house, "availability/signal", availability.Signal{Protocol: 2})
	up := availability.Upgrade{Height: r.a.tip.Header.Height + 64, Protocol: 2, Reset: r.urls}
	m := r.a.propose(r.them[0], r.a.message("availability/upgrade", up))
	passed := r.recover(m)
	for r.a.x.Version(r.a.tip) < 2 && r.a.err == nil {
		r.a.idle(1)
	}
	r.a.idle(1)
	mended, open := days(), len(dcert.Open(r.a.tip.State))
	after := r.passing()
	add(plot, series, Point{X: mended, Y: float64(after)})
	if err := r.a.failed(); err != nil {
		return err
	}
	params := map[string]any{"share": share}
	out.Rows = append(out.Rows,
		compared(Exactly, "URLs of the recovery set that broke", params, 0, float64(got)).in("circuits"),
		compared(Exactly, "usual things that passed while all was broken", params, 0, float64(pass)).in("of 5"),
		compared(Exactly, "members left once the community has voted", params, 0, float64(seats)+9*count(state != "executed")).in("members"),
		compared(Exactly, "REP that who ran before the proposal has kept from it", params, 0, fled).in("REP").of(int64(len(runaways))),
		compared(Exactly, "REP left of the team's bonds once those who ran are slashed by name, too", params, 0, left+count(caught != "executed")).in("REP").of(int64(members)),
		compared(Exactly, "circuits that disbanding closed", params, 0, float64(len(r.urls)-still)).in("circuits"),
		compared(AtMost, "days until the team is gone", params, 5.001, gone).in("days"),
		compared(Exactly, "circuits open after the upgrade", params, 0, float64(open)+99*count(passed != "executed")).in("circuits"),
		compared(AtMost, "days until all works again", params, 15.002, mended).in("days"),
		compared(Exactly, "usual things that pass then", params, 5, float64(after)).in("of 5"))
	return nil
}

// claimShield measures which share saves the team by its veto: a third.
func claimShield(out *Result, members int) error {
	for _, c := range []struct {
		share float64
		saved bool
	}{{0.333, false}, {0.334, true}} {
		var r rogues
		if err := r.convene(c.share, members); err != nil {
			return err
		}
		n := r.a.urge(r.them[0], r.a.message("dcert/disband", dcert.Disband{SlashPPM: types.Million}))
		// The proposer's wager is no vote; it is kept out of the balance.
		state := r.a.carry(n, func(string) {
			for _, name := range r.them {
				r.a.vote(n, name, legislature.For, types.Whole(uint64((1-c.share)*rogueREP)/uint64(len(r.them))-10_000))
			}
			r.a.vote(n, r.ally, legislature.Veto, types.Whole(uint64(c.share*rogueREP)-200_000*uint64(c.share*1000)/uint64((1-c.share)*1000)))
		})
		if err := r.a.failed(); err != nil {
			return err
		}
		out.Rows = append(out.Rows, compared(Exactly, "team saved by vetoes", map[string]any{"share of the votes": c.share},
			count(c.saved), count(state == "vetoed")).in("teams"))
	}
	return nil
}
