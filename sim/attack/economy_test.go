package attack

import (
	"testing"

	"probity/consensus/quorum"
	"probity/vpool"
)

// Goal: each check of the economy can fail. Method: beside every rule of the
// chain a broken one, for which the claim's row must not be ok.
func TestChecksCanFail(t *testing.T) {
	check := func(what string, row Row, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if row.OK {
			t.Errorf("%s passes: %+v", what, row)
		}
	}
	row, err := claimShare(wholeContracts, 50, 0.5, 10_000, 1)
	check("drawing whole contracts", row, err)
	row, err = drawnProducers(50, 1, true)
	check("a producer that is always the payer", row, err)
	row, err = claimWork(0.05, 5, 50, 1, true)
	check("a producer that is always the patient one", row, err)

	var cartel, lazy Result
	if err := claimCartel(&cartel, byThird); err != nil {
		t.Fatal(err)
	}
	check("a third that rejects", cartel.Rows[1], nil)
	claimLazy(&lazy, func(whole, approving, rejecting uint64) vpool.Outcome {
		if 2*approving > whole {
			return vpool.Valid
		}
		return byQuorum(whole, approving, rejecting)
	})
	check("a majority that finalizes", lazy.Rows[0], nil)
	if cheapForks(1000, func(w quorum.Weight) quorum.Weight { return w/2 + 1 }) == 0 {
		t.Error("certificates of a majority: no cheap fork")
	}
	if slashed(1000, vpool.Million/2) >= 1000 {
		t.Error("half of a slash is all of it")
	}
	c, err := back(0.05, 100, vpool.Million, 2*vpool.Million)
	if err != nil {
		t.Fatal(err)
	}
	if inREP(c.paid) >= 0.05*captureStart/vpool.Unit {
		t.Errorf("a newcomer that keeps all of a double mint pays %v", inREP(c.paid))
	}
}

// Goal: leaving others' votes out gains where shares are of the votes included,
// so that the zero of the chain's base means something. Method: the games on
// both bases.
func TestLeavingOutGainsWhereItCan(t *testing.T) {
	gained, err := playGames(vpool.Included, 1000, 1, func(int64) {})
	if err != nil {
		t.Fatal(err)
	}
	if gained[len(games)-1] < 100 {
		t.Errorf("only %d of 1000 pools", gained[len(games)-1])
	}
	// The other games gain nothing on any base but for dilution.
	for g := range games[:3] {
		if gained[g] != 0 {
			t.Errorf("%s: %d", games[g].label, gained[g])
		}
	}
}

// Goal: the games are played, not passed over. Method: how many random pools
// have what each game needs.
func TestPoolsHaveWhatGamesNeed(t *testing.T) {
	r := chance("votegames", 1, uint64(vpool.Roster))
	var copies, rejected, pairs int
	for range 1000 {
		b := anyBallot(r, vpool.Roster)
		if _, ok := withCopy(r, b); ok {
			copies++
		}
		if len(b.Rejecters) > 0 {
			rejected++
		}
		if len(b.Approvers) > 1 {
			pairs++
		}
	}
	if copies < 300 || rejected < 300 || pairs < 300 {
		t.Errorf("of 1000 pools %d can be copied in, %d have rejecters, %d two approvers", copies, rejected, pairs)
	}
}
