package court_test

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/datadriven"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/court"
	"probity/chain/route/evidence/chaintest"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/types"
	"probity/vpool/draw"
)

// Goal: cases as stories, from the deed to the last unit. Method: transcripts
// over whole blocks of the foundation and small peers.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			s := &chaintest.Script{Table: table, Show: []string{"court", "forum", "release", "rep/burn", "rep/move", "pool/closed"}, More: directives}
			datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
				l := chaintest.Line{Cmd: d.Cmd, Input: d.Input, Args: map[string][]string{}}
				for _, a := range d.CmdArgs {
					if len(a.Vals) == 0 {
						l.Args[""] = append(l.Args[""], a.Key)
					} else {
						l.Args[a.Key] = a.Vals
					}
				}
				return s.Step(l)
			})
		})
	}
}

// Goal: anyone accuses, with evidence and a bond, and nothing less than that is
// heard. Method: carol has $ and no REP; each part of her accusation is missing
// or too much once.
func TestJ1_AnyoneAccusesWithEvidenceAndBond(t *testing.T) {
	h := sit(t, map[string]uint64{"court.fee": 1_000_000_000})
	text := types.Bytes("she leaves out my transactions")
	for name, c := range map[string]struct {
		edit func(*court.Accuse)
		want error
	}{
		"no evidence":    {func(m *court.Accuse) { m.Evidence = nil }, court.ErrEvidence},
		"zero evidence":  {func(m *court.Accuse) { m.Evidence = []keys.Hash{{}} }, court.ErrEvidence},
		"much evidence":  {func(m *court.Accuse) { m.Evidence = make([]keys.Hash, court.EvidenceMax+1) }, court.ErrEvidence},
		"many posts":     {func(m *court.Accuse) { m.Posts = make([]court.Claim, court.PostsMax+1) }, court.ErrEvidence},
		"no charge":      {func(m *court.Accuse) { m.Charge = 0 }, court.ErrEvidence},
		"no content":     {func(m *court.Accuse) { m.Content = keys.Hash{} }, court.ErrEvidence},
		"another text":   {func(m *court.Accuse) { m.Inline = text }, court.ErrEvidence},
		"long text":      {func(m *court.Accuse) { m.Inline = make([]byte, court.TextMax+1); m.Content = keys.Sum(m.Inline) }, court.ErrEvidence},
		"small bond":     {func(m *court.Accuse) { m.Bond = types.Whole(10).Sub(types.NewAmount(1)) }, court.ErrBond},
		"large bond":     {func(m *court.Accuse) { m.Bond = types.Whole(1000) }, bank.ErrFunds},
		"oneself":        {func(m *court.Accuse) { m.Accused = h.Addr("carol") }, court.ErrParties},
		"nobody":         {func(m *court.Accuse) { m.Accused = keys.Address{} }, court.ErrParties},
		"without REP":    {func(m *court.Accuse) { m.Accused = h.Addr("nobody") }, court.ErrNothing},
		"another's post": {func(m *court.Accuse) { m.Posts = []court.Claim{{Post: keys.Sum([]byte("x"))}} }, errPost},
	} {
		m := h.accusation("mallory")
		c.edit(&m)
		if _, err := h.Run("carol", "court", "accuse", m); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	m := h.accusation("mallory")
	m.Inline, m.Content = text, keys.Sum(text)
	h.do("carol", "court", "accuse", m)
	h.want("carol", h.dollars("carol"), types.Whole(1000-10-1))
	h.want("the court", h.dollars("court"), types.Whole(10))
	k := h.find(1)
	if k.Stage != court.Filed || k.Accuser != h.Addr("carol") || k.Draws != h.Block.Epoch+2 || court.Charged(h.ctx(), h.Addr("mallory")) != 1 {
		t.Errorf("filed as %+v", k)
	}
}

// Goal: an account cannot fill the court for nothing, nor at all beyond the
// bounds. Method: cases up to each bound; the fee at each.
func TestJ1_OpenCasesAreBoundedAndDearer(t *testing.T) {
	h := sit(t, map[string]uint64{"court.open_max": 10, "court.accuser_max": 9, "court.panel": 3, "court.fee": 1_000_000_000})
	paid := types.Amount{}
	for i := range uint64(9) {
		before := h.dollars("carol")
		h.accuse("carol", "mallory")
		paid = paid.Add(before.Sub(h.dollars("carol")).Sub(types.Whole(10)))
		if want := types.Whole(i + 1); i < 8 {
			h.want("fees", paid, want)
		}
	}
	h.want("fees of nine", paid, types.Whole(8+2)) // the ninth costs twice as much
	h.refuse(court.ErrBusy, "carol", "court", "accuse", h.accusation("mallory"))
	m := h.accusation("carol")
	m.Accused = h.Addr("j01")
	h.do("mallory", "court", "accuse", m)
	h.refuse(court.ErrBusy, "mallory", "court", "accuse", m)
	// All nine and one are drawn from one seed, one a block, each on its own.
	h.until(10, court.Commit)
	if h.find(9).Stage != court.Commit {
		t.Error("the older case waits")
	}
	same := 0
	for id := uint64(2); id <= 9; id++ {
		a, b := court.Seats(h.ctx(), 1, 1), court.Seats(h.ctx(), id, 1)
		if len(a) == 3 && len(b) == 3 && a[0].Juror == b[0].Juror && a[1].Juror == b[1].Juror && a[2].Juror == b[2].Juror {
			same++
		}
	}
	if same == 8 {
		t.Error("one seed gives every case the same panel")
	}
}

// Goal: the panel is the one that R(e+2,0) draws from the holders of the filing,
// and nobody knows it before. Method: REP changes hands between filing and
// drawing; the panel is compared with a draw of our own from the old balances.
func TestJ2_PanelIsDrawnFromHoldersAtFiling(t *testing.T) {
	h := sit(t, nil)
	var who []keys.Address
	var weights []uint64
	rep.Range(h.ctx(), rep.WREP, keys.Address{}, func(a keys.Address, amt types.Amount) bool {
		if a != h.Addr("mallory") && a != h.Addr("carol") {
			who, weights = append(who, a), append(weights, amt.WholeDown())
		}
		return true
	})
	e := h.Block.Epoch
	id := h.accuse("carol", "mallory")
	rep.Move(h.ctx(), h.Addr("j03"), h.Addr("j04"), types.Whole(39), "test")
	rep.Mint(h.ctx(), rep.WREP, h.Addr("late"), types.Whole(5000), "test")
	for h.Block.Epoch < e+2 {
		if h.find(id).Stage != court.Filed {
			t.Fatalf("a panel in epoch %d", h.Block.Epoch)
		}
		h.next()
	}
	seed, ok := availability.Seed(h.ctx(), e+2)
	if k := h.find(id); !ok || k.Stage != court.Commit || k.Snapshot != 0 {
		t.Fatalf("the first block of epoch %d: %s", e+2, k.Stage)
	}
	be := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
	drawn, err := draw.Sample(keys.Sum([]byte("court"), seed[:], be(id), be(1)), weights, 7)
	if err != nil {
		t.Fatal(err)
	}
	want := map[keys.Address]bool{}
	for _, i := range drawn {
		want[who[i]] = true
	}
	panel := court.Seats(h.ctx(), id, 1)
	if len(panel) != 7 {
		t.Fatalf("%d jurors", len(panel))
	}
	for _, s := range panel {
		if !want[s.Juror] {
			t.Errorf("%s is on the panel", h.Name(s.Juror))
		}
		if s.Juror == h.Addr("j03") { // has one REP left of forty
			h.want("stake of who cannot cover it", s.Stake, types.Amount{})
			continue
		}
		h.want("stake", rep.Exposed(h.ctx(), s.Juror), types.Whole(5))
	}
}

// Goal: votes are secret until all are in, and bound to their juror. Method:
// what is early, late, copied, changed or nobody's is refused.
func TestJ2_CommitReveal(t *testing.T) {
	h := sit(t, nil)
	id := h.accuse("carol", "mallory")
	h.refuse(court.ErrStage, "j00", "court", "commit", court.CommitMsg{Case: id, Commitment: salt("x")})
	h.refuse(court.ErrCase, "j00", "court", "commit", court.CommitMsg{Case: 7, Commitment: salt("x")})
	h.until(id, court.Commit)
	j := h.jurors(id)
	say := func(name string, ratio types.PPM) court.CommitMsg {
		return court.CommitMsg{Case: id, Commitment: court.Commitment(id, 1, h.Addr(name), ratio, salt(name))}
	}
	tell := func(name string, ratio types.PPM) court.RevealMsg {
		return court.RevealMsg{Case: id, Ratio: ratio, Salt: salt(name)}
	}
	h.refuse(court.ErrJuror, "carol", "court", "commit", say("carol", 0))
	h.refuse(court.ErrJuror, "mallory", "court", "commit", say("mallory", 0))
	h.refuse(court.ErrReveal, j[0], "court", "commit", court.CommitMsg{Case: id})
	h.refuse(court.ErrStage, j[0], "court", "reveal", tell(j[0], 0))
	h.do(j[0], "court", "commit", say(j[0], 5))
	h.do(j[0], "court", "commit", say(j[0], 7)) // a change of mind
	h.do(j[1], "court", "commit", say(j[0], 7)) // a copy
	h.do(j[2], "court", "commit", say(j[2], types.Million+1))
	h.until(id, court.Reveal)
	h.refuse(court.ErrStage, j[3], "court", "commit", say(j[3], 5))
	h.refuse(court.ErrReveal, j[3], "court", "reveal", tell(j[3], 5))
	h.refuse(court.ErrReveal, j[0], "court", "reveal", tell(j[0], 5))
	h.do(j[0], "court", "reveal", tell(j[0], 7))
	h.refuse(court.ErrReveal, j[0], "court", "reveal", tell(j[0], 7))
	h.refuse(court.ErrReveal, j[1], "court", "reveal", court.RevealMsg{Case: id, Ratio: 7, Salt: salt(j[0])})
	h.refuse(court.ErrRatio, j[2], "court", "reveal", tell(j[2], types.Million+1))
}

// Goal: silence costs the stake, being outvoted half of it, and both go to those
// the panel agreed with. Method: of seven, four say 1 %, one acquits, two are
// silent; 2·5 + 2.5 REP are divided by four.
func TestJ2_SilenceCostsStake(t *testing.T) {
	h := sit(t, nil)
	id := h.accuse("carol", "mallory")
	h.until(id, court.Commit)
	j, before := h.jurors(id), map[string]types.Amount{}
	for _, name := range j {
		before[name] = h.wrep(name)
	}
	h.hear(id, silent, 10_000, 10_000, silent, 10_000, 0, 10_000)
	for i, name := range j {
		want := before[name].Add(types.NewAmount(3_125_000_000))
		switch i {
		case 0, 3:
			want = before[name].Sub(types.Whole(5))
		case 5:
			want = before[name].Sub(types.NewAmount(2_500_000_000))
		}
		h.want(name, h.wrep(name), want)
		h.want(name+" at stake", rep.Exposed(h.ctx(), h.Addr(name)), types.Amount{})
	}
	if d := h.find(id).Decisions[0]; d.Ratio != 10_000 || d.Guilty != 4 || d.Clear != 1 || d.Hung {
		t.Errorf("decided %+v", d)
	}
}

// Goal: the slash is the median of the majority, on both books, and on what was
// at stake elsewhere; the bond comes back. Method: ratios 1 … 5 % and two
// acquittals; mallory has 300 wREP, 50 of them in a pool, and 80 gREP.
func TestJ3_MedianOfTheMajorityBurns(t *testing.T) {
	h := sit(t, nil)
	rep.Mint(h.ctx(), rep.GREP, h.Addr("mallory"), types.Whole(80), "test")
	h.do("mallory", "legislature", "deposit", amountMsg{Amount: types.Whole(50)})
	m := h.accusation("mallory")
	m.Posts = []court.Claim{{Post: keys.Sum([]byte("post"), m.Accused[:]), Amount: types.Whole(20)}}
	id := number(h.do("carol", "court", "accuse", m), "filed", "case")
	h.hear(id, 0, 50_000, 20_000, 0, 10_000, 30_000, 40_000)
	ev := h.until(id, court.Final)
	k := h.find(id)
	if k.Ratio != 30_000 || k.Outcome != route.Accepted || attr(ev, "leach", "amount") != "600000000" {
		t.Errorf("ended %+v, leached %s", k, attr(ev, "leach", "amount"))
	}
	h.want("wREP", h.wrep("mallory"), types.Whole(291))
	h.want("gREP", rep.Balance(h.ctx(), rep.GREP, h.Addr("mallory")), types.NewAmount(77_600_000_000))
	h.want("deposit", rep.Exposed(h.ctx(), h.Addr("mallory")), types.Whole(50))
	h.want("carol", h.dollars("carol"), types.Whole(1000))
	h.want("the court", h.dollars("court"), types.Amount{})
}

// Goal: a dismissed case pays the accused, a tie is one, and a panel without a
// quorum decides nothing. Method: three panels; who has which $.
func TestJ3_DismissedCasePaysTheBond(t *testing.T) {
	for name, c := range map[string]struct {
		says    []types.PPM
		outcome route.Outcome
		accused uint64
	}{
		"acquitted": {[]types.PPM{10_000}, route.Rejected, 110},
		"tie":       {[]types.PPM{10_000, 10_000, 10_000, silent}, route.Rejected, 110},
		"hung":      {[]types.PPM{10_000, 10_000, 10_000, silent, silent, silent, silent}, route.Void, 100},
	} {
		t.Run(name, func(t *testing.T) {
			h := sit(t, nil)
			id := h.accuse("carol", "mallory")
			h.hear(id, c.says...)
			h.until(id, court.Dismissed)
			h.want("mallory", h.dollars("mallory"), types.Whole(c.accused))
			h.want("carol", h.dollars("carol"), types.Whole(1100-c.accused))
			h.want("her REP", h.wrep("mallory"), types.Whole(300))
			h.want("locked", rep.Exposed(h.ctx(), h.Addr("mallory")), types.Amount{})
			if k := h.find(id); k.Outcome != c.outcome {
				t.Errorf("outcome %s", k.Outcome)
			}
		})
	}
}

// Goal: one appeal, by a party, in the window, to a larger panel that the first
// one does not sit on; what it says counts, and who gained nothing pays.
// Method: the accused halves her slash; the accuser fails to raise one.
func TestJ3_OneAppealThenFinal(t *testing.T) {
	bond := func(id uint64) court.AppealMsg { return court.AppealMsg{Case: id, Bond: types.Whole(20)} }
	t.Run("won", func(t *testing.T) {
		h := sit(t, nil)
		id := h.accuse("carol", "mallory")
		h.hear(id, 40_000, 40_000, 40_000, 40_000)
		first := map[string]bool{}
		for _, name := range h.jurors(id) {
			first[name] = true
		}
		h.refuse(court.ErrParties, "j00", "court", "appeal", bond(id))
		h.refuse(court.ErrBond, "mallory", "court", "appeal", court.AppealMsg{Case: id, Bond: types.Whole(19)})
		e := h.Block.Epoch
		h.do("mallory", "court", "appeal", bond(id))
		h.refuse(court.ErrStage, "carol", "court", "appeal", bond(id))
		h.until(id, court.Commit)
		if h.Block.Epoch != e+2 {
			t.Errorf("drawn in epoch %d, appealed in %d", h.Block.Epoch, e)
		}
		second := h.jurors(id)
		if len(second) != 9 {
			t.Errorf("%d jurors", len(second))
		}
		for _, name := range second {
			if first[name] || name == "mallory" {
				t.Errorf("%s judges the appeal", name)
			}
		}
		h.hear(id, 20_000, 20_000, 20_000, 20_000, 20_000)
		if k := h.find(id); k.Stage != court.Final || k.Ratio != 20_000 {
			t.Errorf("%s with %d", k.Stage, k.Ratio)
		}
		h.want("wREP", h.wrep("mallory"), types.Whole(294))
		h.want("mallory", h.dollars("mallory"), types.Whole(100))
		h.refuse(court.ErrStage, "mallory", "court", "appeal", bond(id))
	})
	t.Run("lost", func(t *testing.T) {
		h := sit(t, nil)
		id := h.accuse("carol", "mallory")
		h.hear(id, 40_000, 40_000, 40_000, 40_000)
		h.do("carol", "court", "appeal", bond(id))
		h.hear(id, 40_000, 40_000, 40_000, 40_000, 40_000)
		h.want("mallory", h.dollars("mallory"), types.Whole(120))
		h.want("carol", h.dollars("carol"), types.Whole(980))
		h.want("wREP", h.wrep("mallory"), types.Whole(288))
	})
	t.Run("hung", func(t *testing.T) {
		h := sit(t, nil)
		id := h.accuse("carol", "mallory")
		h.hear(id, 40_000, 40_000, 40_000, 40_000)
		h.do("mallory", "court", "appeal", bond(id))
		h.hear(id, silent, silent, silent, silent, silent)
		h.want("mallory", h.dollars("mallory"), types.Whole(100))
		h.want("wREP", h.wrep("mallory"), types.Whole(288))
	})
	t.Run("late", func(t *testing.T) {
		h := sit(t, nil)
		id := h.accuse("carol", "mallory")
		h.hear(id, 40_000, 40_000, 40_000, 40_000)
		from := h.Block.Time
		h.until(id, court.Final)
		if took := h.Block.Time - from; took != 2000 {
			t.Errorf("the window was %d ms", took)
		}
		h.refuse(court.ErrStage, "mallory", "court", "appeal", bond(id))
	})
}

// Goal: more than court.max_ppm needs a binding pool with a third and two
// thirds. Method: a panel says 40 %; the pool is missed, lost, just not won, won.
func TestJ3_AboveTheMaximumOnlyByBindingPool(t *testing.T) {
	for name, c := range map[string]struct {
		yes, no int // jurors' 40 REP each, of 1300
		left    uint64
	}{
		"no quorum":     {10, 0, 285},
		"not two third": {7, 4, 285},
		"two thirds":    {8, 4, 285},
		"won":           {9, 4, 180},
	} {
		t.Run(name, func(t *testing.T) {
			h := sit(t, map[string]uint64{"court.juror_stake": 1_000_000_000, "court.minority_ppm": 0, "court.silence_ppm": 0})
			id := h.accuse("carol", "mallory")
			h.hear(id, 400_000, 400_000, 400_000, 400_000)
			h.refuse(court.ErrStage, "j00", "court", "vote", court.Vote{Case: id, For: true, Amount: types.Whole(1)})
			h.until(id, court.Ratify)
			h.want("before", h.wrep("mallory"), types.Whole(300))
			for _, party := range []string{"mallory", "carol"} {
				h.refuse(pool.ErrExcluded, party, "court", "vote", court.Vote{Case: id, Amount: types.Whole(1)})
			}
			n := 0
			for i := range c.yes + c.no {
				h.do(people()[4+i].Name, "court", "vote", court.Vote{Case: id, For: i < c.yes, Amount: types.Whole(40)})
				n++
			}
			h.until(id, court.Final)
			h.want("after", h.wrep("mallory"), types.Whole(c.left))
			if loser := h.wrep("j12"); name == "won" {
				h.want("a losing vote", loser, types.Whole(36))
			}
		})
	}
}

// Goal: a role's appeal is heard by one panel and answered to its route. Method:
// three appeals: upheld, denied, hung; calls by others are refused.
func TestJ4_RolesAppealAndAreAnswered(t *testing.T) {
	for name, c := range map[string]struct {
		says []types.PPM
		want string
	}{
		"upheld": {[]types.PPM{types.Million, types.Million, types.Million, types.Million}, "accepted"},
		"denied": {nil, "rejected"},
		"hung":   {[]types.PPM{silent, silent, silent, silent}, "void"},
	} {
		t.Run(name, func(t *testing.T) {
			h := sit(t, nil)
			ref := keys.Sum([]byte("revocation"))
			m := court.OpenAppeal{Opener: "release", Ref: ref, Parties: []keys.Address{h.Addr("alice"), h.Addr("j05")}}
			h.refuse(route.ErrReserved, "carol", "court", "open_appeal", m)
			other := m
			other.Opener = "dcert"
			h.refuse(court.ErrOpener, "release", "court", "open_appeal", other)
			id := number(h.do("release", "court", "open_appeal", m), "filed", "case")
			h.until(id, court.Commit)
			for _, name := range h.jurors(id) {
				if name == "alice" || name == "j05" {
					t.Errorf("%s judges its own appeal", name)
				}
			}
			ev := h.hear(id, c.says...)
			if attr(ev, "verdict", "ref") != ref.String() || attr(ev, "verdict", "outcome") != c.want {
				t.Errorf("answered %s for %s", attr(ev, "verdict", "outcome"), attr(ev, "verdict", "ref"))
			}
			if k := h.find(id); k.Stage != court.Final {
				t.Errorf("the case is at %s", k.Stage)
			}
		})
	}
}

// Goal: an appeal is upheld or not, and only so many wait. Method: a ratio
// between the two; one appeal above the bound.
func TestJ4_AppealsAreYesOrNoAndBounded(t *testing.T) {
	h := sit(t, map[string]uint64{"court.appeals_max": 1})
	m := court.OpenAppeal{Opener: "release", Ref: keys.Sum([]byte("a"))}
	id := number(h.do("release", "court", "open_appeal", m), "filed", "case")
	h.refuse(court.ErrBusy, "release", "court", "open_appeal", m)
	h.until(id, court.Commit)
	name := h.jurors(id)[0]
	h.do(name, "court", "commit", court.CommitMsg{Case: id, Commitment: court.Commitment(id, 1, h.Addr(name), 5, salt(name))})
	h.until(id, court.Reveal)
	h.refuse(court.ErrRatio, name, "court", "reveal", court.RevealMsg{Case: id, Ratio: 5, Salt: salt(name)})
	many := m
	many.Parties = make([]keys.Address, court.PartiesMax+1)
	h.refuse(court.ErrParties, "release", "court", "open_appeal", many)
}

// Goal: the accused cannot vote, exit or split away until the case is final, nor
// with REP that comes free or comes in meanwhile. Method: mallory has a deposit
// and a stake from before; she and an accomplice try everything at each stage.
func TestJ5_AccusedCannotVoteExitOrSplitAway(t *testing.T) {
	h := sit(t, nil)
	h.do("mallory", "legislature", "propose", proposeMsg{For: 3000})
	h.do("mallory", "legislature", "vote", stakeMsg{Pool: 1, For: true, Amount: types.Whole(100)})
	h.do("mallory", "legislature", "deposit", amountMsg{Amount: types.Whole(50)})
	h.do("mallory", "legislature", "propose", proposeMsg{For: 60_000})
	id := h.accuse("carol", "mallory")
	all := types.Whole(300)
	m, err := table.Pack("legislature", "withdraw", amountMsg{})
	if err != nil {
		t.Fatal(err)
	}
	tries := func() {
		t.Helper()
		h.want("at stake", rep.Exposed(h.ctx(), h.Addr("mallory")), h.wrep("mallory"))
		h.refuse(rep.ErrLocked, "mallory", "legislature", "vote", stakeMsg{Pool: 2, For: true, Amount: types.NewAmount(1)})
		h.refuse(rep.ErrLocked, "mallory", "legislature", "deposit", amountMsg{Amount: types.NewAmount(1)})
		if s := h.Send("mallory", 0, m); !errors.Is(s.Refused, court.ErrAccused) {
			t.Errorf("withdraw: %v, %v", s.Refused, s.Failed)
		}
		ev := h.do("j00", "forum", "bomb", bombMsg{From: h.Addr("mallory"), Amount: all})
		if got := attr(ev, "bomb", "taken"); got != "0" {
			t.Errorf("an accomplice took %s", got)
		}
	}
	tries()
	h.until(id, court.Commit) // pool 1 has closed by now
	if pool.IsOpen(h.ctx(), 1) {
		t.Fatal("pool 1 is open")
	}
	rep.Mint(h.ctx(), rep.WREP, h.Addr("mallory"), types.Whole(10), "test")
	h.next()
	tries()
	if err := rep.Adopt(h.ctx(), h.Addr("mallory"), h.Addr("j00")); err != nil {
		t.Fatal(err)
	}
	h.want("adopted", h.wrep("mallory"), types.Whole(310))
	h.hear(id, 50_000, 50_000, 50_000, 50_000)
	tries()
	h.until(id, court.Final)
	h.want("left", h.wrep("mallory"), types.NewAmount(294_500_000_000))
	h.want("at stake", rep.Exposed(h.ctx(), h.Addr("mallory")), types.Whole(50))
	if s := h.Send("j00", 0, m); s.Refused != nil {
		t.Errorf("withdraw by others: %v", s.Refused)
	}
	h.do("mallory", "legislature", "vote", stakeMsg{Pool: 2, For: true, Amount: types.Whole(1)})
}

// Goal: a second case holds what the first lets go. Method: two accusations of
// one account; the first is dismissed.
func TestJ5_LocksLastUntilTheLastCase(t *testing.T) {
	h := sit(t, nil)
	first := h.accuse("carol", "mallory")
	for range 20 {
		h.next()
	}
	second := h.accuse("j01", "mallory")
	h.hear(first)
	h.until(first, court.Dismissed)
	h.want("locked", rep.Exposed(h.ctx(), h.Addr("mallory")), types.Whole(300))
	h.hear(second)
	h.until(second, court.Dismissed)
	h.want("free", rep.Exposed(h.ctx(), h.Addr("mallory")), types.Amount{})
}

// Goal: nobody else pays for a slash: third parties' stakes return when the pool
// of a slashed account dies with its stakes. Method: mallory's own pool is
// carried by her stake; a ratified slash takes all she has; j00's stake, on the
// losing side even, comes back whole.
func TestJ5_ThirdPartiesGetTheirStakesBack(t *testing.T) {
	h := sit(t, map[string]uint64{"court.win_ppm": 666_667})
	h.do("mallory", "legislature", "propose", proposeMsg{For: 12_000})
	h.do("mallory", "legislature", "vote", stakeMsg{Pool: 1, For: true, Amount: types.Whole(300)})
	h.do("j00", "legislature", "vote", stakeMsg{Pool: 1, For: false, Amount: types.Whole(10)})
	id := h.accuse("carol", "mallory")
	h.hear(id, types.Million, types.Million, types.Million, types.Million)
	h.until(id, court.Ratify)
	for i := range 14 {
		h.do(people()[4+i].Name, "court", "vote", court.Vote{Case: id, For: true, Amount: types.Whole(25)})
	}
	for _, name := range []string{"alice", "bob"} {
		h.do(name, "court", "vote", court.Vote{Case: id, For: true, Amount: types.Whole(90)})
	}
	h.until(id, court.Final)
	h.want("mallory", h.wrep("mallory"), types.Amount{})
	before := h.wrep("j00")
	for pool.IsOpen(h.ctx(), 1) {
		h.next()
	}
	h.want("j00", h.wrep("j00"), before)
	h.want("at stake", rep.Exposed(h.ctx(), h.Addr("j00")), types.Amount{})
}

// Goal: a case is judged by the numbers of its filing. Method: the most that a
// panel may take is set to nothing while the case runs.
func TestJ3_NumbersOfTheFiling(t *testing.T) {
	h := sit(t, nil)
	id := h.accuse("carol", "mallory")
	p, err := h.Params.With(map[string]uint64{"court.max_ppm": 0, "court.panel": 3})
	if err != nil {
		t.Fatal(err)
	}
	if k := h.find(id); k.Terms.MaxPPM != 50_000 || p.Get(court.MaxPPM) != 0 {
		t.Fatal("terms")
	}
	h.do("legislature", "params", "set", setMsg(t, h, `{"changes": [{"name": "court.max_ppm", "value": 0}, {"name": "court.panel", "value": 3}]}`))
	h.until(id, court.Commit)
	if n := len(h.jurors(id)); n != 7 || court.Panel.Get(h.ctx()) != 3 {
		t.Errorf("%d jurors, court.panel is %d", n, court.Panel.Get(h.ctx()))
	}
	h.hear(id, 50_000, 50_000, 50_000, 50_000)
	h.until(id, court.Final)
	h.want("left", h.wrep("mallory"), types.Whole(285))
}

// Goal: who cannot cover the stake has a seat and no vote, and silence then
// costs nothing. Method: every holder but three has put all it has elsewhere.
func TestJ2_WhoCannotCoverTheStakeIsSilent(t *testing.T) {
	h := sit(t, map[string]uint64{"court.panel": 22})
	for i := range 20 {
		h.do(people()[4+i].Name, "legislature", "deposit", amountMsg{Amount: types.Whole(40)})
	}
	id := h.accuse("carol", "mallory")
	h.until(id, court.Commit)
	idle := 0
	for _, s := range court.Seats(h.ctx(), id, 1) {
		name := h.Name(s.Juror)
		if name == "alice" || name == "bob" {
			h.want(name, s.Stake, types.Whole(5))
			continue
		}
		idle++
		h.want(name, s.Stake, types.Amount{})
		h.refuse(court.ErrJuror, name, "court", "commit", court.CommitMsg{Case: id, Commitment: salt(name)})
	}
	h.until(id, court.Decided)
	if d := h.find(id).Decisions[0]; !d.Hung || d.Seats != 22 || idle != 20 {
		t.Errorf("%d idle, decided %+v", idle, d)
	}
	h.want("j00", h.wrep("j00"), types.Whole(40))
	h.want("alice", h.wrep("alice"), types.Whole(95)) // silent with a stake: it burns
}

// Goal: without enough holders outside the parties there is no verdict, and the
// bonds return. Method: only two hold what a juror stakes; so on appeal.
func TestJ2_TooFewHoldersDecideNothing(t *testing.T) {
	h := sit(t, map[string]uint64{"court.juror_stake": 90_000_000_000})
	id := h.accuse("carol", "mallory")
	h.until(id, court.Decided)
	h.do("carol", "court", "appeal", court.AppealMsg{Case: id, Bond: types.Whole(20)})
	h.until(id, court.Dismissed)
	h.want("carol", h.dollars("carol"), types.Whole(1000))
	if k := h.find(id); k.Outcome != route.Void || len(k.Decisions) != 2 {
		t.Errorf("ended %+v", k)
	}
}

// Goal: whatever people do, invariants of all routes hold after each block, and
// every case ends. Method: the simulator's own samples, with mints, slashes,
// deposits and appeals of roles in between.
func TestWalksKeepTheInvariants(t *testing.T) {
	outcomes := map[string]int{}
	for seed := range uint64(5) {
		walk(t, rand.New(rand.NewPCG(seed, 0)), outcomes)
	}

	for _, o := range []string{"accepted", "rejected", "void"} {
		if outcomes[o] == 0 {
			t.Errorf("no case ended %s: %v", o, outcomes)
		}
	}
}

func walk(t *testing.T, r *rand.Rand, outcomes map[string]int) {
	h := sit(t, map[string]uint64{"court.fee": 1_000_000, "court.panel": 5, "court.bond": 1000, "court.appeal_bond": 1000})
	var accounts []keys.Address
	for _, p := range people() {
		accounts = append(accounts, h.Addr(p.Name))
	}
	some := func() keys.Address { return accounts[r.IntN(len(accounts))] }
	for range 90 {
		s := &route.Sampler{Ctx: h.ctx(), Accounts: accounts, Draw: r.Uint64N, Emit: func(from keys.Address, msgs ...types.Msg) {
			for i := range msgs {
				_, m, err := table.Resolve(msgs[i], 1)
				if err != nil {
					t.Fatal(err)
				}
				body, err := m.Decode(msgs[i].Body)
				if err != nil {
					t.Fatal(err)
				}
				_, _ = h.Run(h.Name(from), "court", m.Name, body)
			}
		}}
		for range 12 + r.IntN(12) {
			court.Route.Sample(s)
		}
		switch r.IntN(10) {
		case 0:
			rep.Mint(h.ctx(), rep.GREP, some(), types.Whole(3), "test")
		case 1:
			rep.Slash(h.ctx(), some(), types.Whole(r.Uint64N(50)), "test")
		case 2:
			_, _ = h.Run(h.Name(some()), "legislature", "deposit", amountMsg{Amount: types.Whole(10)})
		case 3:
			_, _ = h.Run("release", "court", "open_appeal", court.OpenAppeal{Opener: "release", Ref: keys.Sum([]byte("r")), Parties: accounts[:2]})
		}
		h.next()
	}
	for range 150 { // nobody does anything: everything ends
		h.next()
	}
	for id := uint64(1); ; id++ {
		k, ok := court.Find(h.ctx(), id)
		if !ok {
			return
		}
		if !k.Stage.Over() {
			t.Fatalf("case %d is at %s", id, k.Stage)
		}
		outcomes[k.Outcome.String()]++
	}
}

// Goal: between a slash and the next block's transactions nothing is free that
// another case holds. Method: the first of two cases is slashed when its pool
// closes, in the block's End; the state after that End is looked at.
func TestJ5_SlashLeavesOtherCasesTheirLock(t *testing.T) {
	h := sit(t, nil)
	first := h.accuse("carol", "mallory")
	h.hear(first, 400_000, 400_000, 400_000, 400_000)
	second := h.accuse("j01", "mallory")
	h.until(first, court.Ratify)
	for h.find(first).Stage == court.Ratify {
		h.End()
		a := h.Addr("mallory")
		h.want("locked after End", rep.Exposed(h.Reader(), a), rep.Balance(h.Reader(), rep.WREP, a))
		h.begin()
	}
	h.want("slashed", h.wrep("mallory"), types.Whole(285))
	if k := h.find(second); k.Stage.Over() {
		t.Errorf("the second case is at %s", k.Stage)
	}
}
