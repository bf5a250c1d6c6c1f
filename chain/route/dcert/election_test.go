package dcert_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/route/dcert"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Goal: the whole life of a seat: election, acceptance, each way of losing it,
// duty and pay. Method: one group in which a leaves, b is revoked, c falls below
// its bond, and d, elected later, does what a member does and is paid for it.
func TestD1_WholeLife(t *testing.T) {
	w := start(t, map[string]uint64{"dcert.stipend": 5, "treasury_ppm": 1_000_000, "fees.burn_ppm": 0})
	w.group()
	w.wantMembers("a b c")
	w.must("a", "leave", dcert.Leave{})
	w.must("legislature", "revoke", dcert.Revoke{Member: w.Addr("b")})
	w.must("c", "unbond", dcert.Unbond{Member: w.Addr("c")})
	w.wantMembers("")
	w.bond("d", 100)
	w.prefer("v", "d")
	w.boundary()
	w.must("d", "accept", dcert.Accept{})
	w.trip("d", "bank/send")
	before := w.money("d")
	w.pass(2)
	if got := w.money("d"); got != before+10 {
		t.Errorf("d was paid %d in two blocks, want 10", got-before)
	}
}

// Goal: a preference can be cast and replaced at any time, and counts with the
// weight of the epoch's boundary. Method: v votes, its REP is halved before the
// boundary, it changes its mind in the middle of an epoch.
func TestD5_ReplacedAtAnyTime(t *testing.T) {
	w := start(t, nil)
	w.bond("a", 100)
	w.bond("b", 100)
	w.prefer("v", "a")
	rep.Slash(w.Ctx("rep"), w.Addr("v"), types.Whole(500), "test")
	if v := w.votes("a"); v != 0 {
		t.Fatalf("a has %d votes before the boundary", v)
	}
	w.boundary()
	if v := w.votes("a"); v != 500 {
		t.Fatalf("a has %d votes, want the 500 that v had at the boundary", v)
	}
	w.pass(1)
	w.prefer("v", "b")
	if v := w.votes("a"); v != 500 {
		t.Fatalf("a has %d votes in the middle of the epoch, want 500 still", v)
	}
	w.boundary()
	if a, b := w.votes("a"), w.votes("b"); a != 0 || b != 500 {
		t.Fatalf("a %d, b %d, want 0 and 500", a, b)
	}
	w.must("v", "prefer", dcert.Prefer{})
	w.boundary()
	if b := w.votes("b"); b != 0 {
		t.Fatalf("b has %d votes of a preference that was withdrawn", b)
	}
}

// Goal: 50/25/25 divides as it says, and what is no division is refused. Method:
// the example, then doubles, sums above a million, nothing, too many, no REP.
func TestD6_Split(t *testing.T) {
	w := start(t, nil)
	for _, name := range []string{"a", "b", "c"} {
		w.bond(name, 100)
	}
	w.prefer("v", "a", 500_000, "b", 250_000, "c", 250_000)
	w.boundary()
	if a, b, c := w.votes("a"), w.votes("b"), w.votes("c"); a != 500 || b != 250 || c != 250 {
		t.Fatalf("votes %d %d %d, want 500 250 250", a, b, c)
	}
	w.refused(dcert.ErrPreference, "v", "prefer", w.preference("a", 500_000, "a", 1))
	w.refused(dcert.ErrPreference, "v", "prefer", w.preference("a", 500_000, "b", 500_001))
	w.refused(dcert.ErrPreference, "v", "prefer", w.preference("a", 0))
	w.refused(dcert.ErrPreference, "w", "prefer", dcert.Prefer{})
	w.refused(dcert.ErrPreference, "nobody", "prefer", w.preference("a"))
	var many []any
	for i := range dcert.SharesMax + 1 {
		many = append(many, fmt.Sprint("n", i), 1)
	}
	w.refused(dcert.ErrPreference, "v", "prefer", w.preference(many...))
	w.must("v", "prefer", w.preference("a", 1, "b", 999_999))
}

// Goal: a winner is a member only once it accepts, and is judged then. Method: a
// wins and is no member; without its bond it cannot accept; with it, it can, once.
func TestD7_AcceptanceJudgedThen(t *testing.T) {
	w := start(t, nil)
	w.bond("a", 100)
	w.prefer("v", "a")
	w.boundary()
	w.wantMembers("")
	w.must("a", "unbond", dcert.Unbond{Member: w.Addr("a"), Amount: types.Whole(1)})
	w.refused(dcert.ErrBond, "a", "accept", dcert.Accept{})
	w.bond("a", 1)
	w.refused(dcert.ErrEligible, "a", "accept", dcert.Accept{}) // a new candidate is not counted yet
	w.boundary()
	w.must("a", "accept", dcert.Accept{})
	w.wantMembers("a")
	w.refused(dcert.ErrAlready, "a", "accept", dcert.Accept{})
}

// Goal: every admission has a number above all before it, a second one of the
// same account too. Method: a enters, leaves, enters again.
func TestD8_SequenceNeverRepeats(t *testing.T) {
	w := start(t, nil)
	w.group()
	w.must("a", "leave", dcert.Leave{})
	w.must("a", "accept", dcert.Accept{})
	w.wantMembers("b c a")
	list := ask[[]dcert.Member](w, "members", "")
	if a, b, c := list[2].Sequence, list[0].Sequence, list[1].Sequence; a != 4 || b != 2 || c != 3 {
		t.Fatalf("sequences a %d, b %d, c %d, want 4 2 3", a, b, c)
	}
}

// Goal: only the most preferred are eligible, as many as there are seats. Method:
// two seats, three candidates who have not accepted; the third is refused though
// both seats are free, and the first two are not.
func TestD9_MostPreferredOnly(t *testing.T) {
	w := start(t, map[string]uint64{"dcert.max": 2})
	for _, name := range []string{"a", "b", "c", "d"} {
		w.bond(name, 100)
	}
	w.prefer("v", "a")
	w.prefer("w", "b")
	w.prefer("x", "c")
	w.boundary()
	w.refused(dcert.ErrEligible, "c", "accept", dcert.Accept{})
	w.refused(dcert.ErrEligible, "d", "accept", dcert.Accept{}) // nobody voted for it
	w.must("b", "accept", dcert.Accept{})
	w.must("a", "accept", dcert.Accept{})
	w.wantMembers("b a")
}

// Goal: a newcomer to a full group takes the seat of the member with the fewest
// votes. Method: no stabilization, d between b (500) and a (1000).
func TestD10_LowestIsKicked(t *testing.T) {
	w := start(t, map[string]uint64{"dcert.stabilization": 0})
	w.group()
	w.bond("d", 100)
	w.prefer("e", "d")
	w.boundary() // d has 300, c 250
	events := w.must("d", "accept", dcert.Accept{})
	if who, cause := w.Names(find(events, "removed", "member")), find(events, "removed", "cause"); who != "@c" || cause != "replaced" {
		t.Fatalf("removed %s because %s", who, cause)
	}
	w.wantMembers("a b d")
}

// Goal: a candidate with as many votes as a member does not displace it; one
// base unit more does. Method: d and c with 250 each, then d with 250 and a bit.
func TestD11_TieKeepsIncumbent(t *testing.T) {
	w := start(t, map[string]uint64{"dcert.stabilization": 0})
	w.group()
	w.bond("d", 100)
	w.prefer("e", "d", 833_333) // 249.9999 of 300
	w.boundary()
	w.refused(dcert.ErrEligible, "d", "accept", dcert.Accept{})
	w.prefer("x", "c", 500_000, "d", 500_000)
	w.must("e", "prefer", dcert.Prefer{})
	w.boundary() // 125 each
	if c, d := w.votes("c"), w.votes("d"); c != 125 || c != d {
		t.Fatalf("c %d, d %d, want a tie of 125", c, d)
	}
	w.refused(dcert.ErrEligible, "d", "accept", dcert.Accept{})
	w.prefer("e", "d", 1)
	w.boundary()
	w.must("d", "accept", dcert.Accept{})
	w.wantMembers("a b d")
}

// Goal: of two lowest members with as many votes the one with the smaller
// sequence number stays. Method: b and c tied; d comes; c, admitted later, goes.
func TestD12_SmallerSequenceStays(t *testing.T) {
	w := start(t, map[string]uint64{"dcert.stabilization": 0})
	w.group()
	w.bond("d", 100)
	w.must("w", "prefer", dcert.Prefer{})
	w.prefer("x", "b", 400_000, "c", 400_000)
	w.prefer("e", "d")
	w.boundary()
	if b, c := w.votes("b"), w.votes("c"); b != 100 || c != 100 {
		t.Fatalf("b %d, c %d, want 100 each", b, c)
	}
	w.must("d", "accept", dcert.Accept{})
	w.wantMembers("a b d")
}

// Goal: with a stabilization period a kick waits in a queue, one entry for each
// outgoing member, and swaps at maturity. Method: d queues against c; e, ahead of
// c alone, cannot queue against it again; ahead of a too, it queues against a; ten
// seconds later both are in.
func TestD13_OneEntryPerOutgoing(t *testing.T) {
	w := start(t, nil)
	w.group() // a 1000, b 500, c 250
	w.bond("d", 100)
	w.bond("e", 100)
	w.prefer("d", "d")
	w.prefer("e", "e")
	w.boundary()
	w.must("d", "accept", dcert.Accept{}) // 300 against c's 250
	w.refused(dcert.ErrQueued, "d", "accept", dcert.Accept{})
	w.refused(dcert.ErrAhead, "e", "accept", dcert.Accept{}) // c has its entry, and b is ahead
	w.prefer("v", "e")
	w.boundary() // e 1300, b 500, d 300, c 250, a 0
	w.must("e", "accept", dcert.Accept{})
	queue := ask[[]dcert.Waiting](w, "queue", "")
	if len(queue) != 2 || queue[0].Outgoing == queue[1].Outgoing {
		t.Fatalf("queue %+v", queue)
	}
	w.wantMembers("a b c")
	w.pass(11)
	w.wantMembers("b d e")
}

// Goal: the group votes 100 seats for 50 people: whatever candidates and
// preferences are, votes add up to no more than the weight behind them. Method:
// random preferences, compared with a plain sum.
func TestVotesAreASum(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := start(t, nil)
		names := []string{"a", "b", "c", "d", "e"}
		for _, name := range names {
			w.bond(name, 100)
		}
		want := map[string]types.Amount{}
		for _, voter := range []string{"v", "w", "x", "a"} {
			left, shares := 1_000_000, []any{}
			for _, name := range names {
				if p := rapid.IntRange(0, left).Draw(r, voter+name); p > 0 {
					shares, left = append(shares, name, p), left-p
					want[name] = want[name].Add(types.Whole(holders[voter]).OfPPM(types.PPM(p)))
				}
			}
			if len(shares) > 0 {
				w.must(voter, "prefer", w.preference(shares...))
			}
		}
		w.boundary()
		for _, k := range ask[[]dcert.Candidate](w, "candidates", "") {
			name := w.Names(k.Address.String())[1:]
			if k.Votes != want[name] {
				r.Fatalf("%s has %s votes, want %s", name, k.Votes, want[name])
			}
		}
	})
}

// Goal: weight is wREP at the boundary, and a count that takes several blocks
// gives what one would have: nobody's later gain or change counts. Method: more
// voters than one block counts, with changes while the count runs.
func TestAD10_WeightAtTheBoundary(t *testing.T) {
	w := start(t, nil)
	w.bond("a", 100)
	w.bond("b", 100)
	n := 2*dcert.VotersPerBlock + 10
	for i := range n {
		a := crowd(w, i)
		rep.Mint(w.Ctx("rep"), rep.WREP, a, types.Whole(2), "test")
		if err := dcert.Route.Msgs[0].Run(as(w, a), w.preference("a", 500_000, "b", 500_000)); err != nil {
			t.Fatal(err)
		}
	}
	w.boundary()
	if !ask[dcert.State](w, "status", "").Counting || w.votes("a") != 0 {
		t.Fatal("the count of more voters than a block counts is over at once")
	}
	for i := range n { // gains of the epoch that runs
		rep.Mint(w.Ctx("rep"), rep.WREP, crowd(w, i), types.Whole(100), "test")
	}
	w.pass(2)
	if a, b := w.votes("a"), w.votes("b"); ask[dcert.State](w, "status", "").Counting || a != uint64(n) || b != uint64(n) {
		t.Fatalf("a %d, b %d, want %d each", a, b, n)
	}
	w.boundary()
	w.pass(3)
	if a := w.votes("a"); a != uint64(51*n) {
		t.Fatalf("a %d at the next boundary, want %d", a, 51*n)
	}
}

// Goal: ten thousand voters do not make a block late. Method: the blocks of a
// count after each boundary, b.N times.
func BenchmarkCount(b *testing.B) {
	w := start(b, map[string]uint64{"epoch.blocks": 16})
	w.bond("a", 100)
	for i := range 10_000 {
		a := crowd(w, i)
		rep.Mint(w.Ctx("rep"), rep.WREP, a, types.Whole(2), "test")
		if err := dcert.Route.Msgs[0].Run(as(w, a), w.preference("a", 250_000, "b", 250_000, "c", 250_000, "d", 250_000)); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := w.Next(); err != nil {
			b.Fatal(err)
		}
	}
}

func crowd(w *world, i int) keys.Address {
	h := keys.Sum([]byte(fmt.Sprint("voter", i)))
	return keys.Address(h[:20])
}

// Goal: a group that is not full admits without delay. Method: three seats, two
// taken, a stabilization period of ten seconds.
func TestAD9_NotFullNoDelay(t *testing.T) {
	w := start(t, nil)
	w.group()
	w.must("c", "leave", dcert.Leave{})
	w.bond("d", 100)
	w.prefer("x", "d")
	w.boundary()
	w.must("d", "accept", dcert.Accept{})
	w.wantMembers("a b d")
	if q := ask[[]dcert.Waiting](w, "queue", ""); len(q) != 0 {
		t.Fatalf("queue %+v", q)
	}
}

// Goal: at maturity a swap is judged again. Method: four queues against c that
// end differently: the newcomer fell behind, lost its bond, took its acceptance
// back, and was still ahead; then one whose outgoing member left by itself.
func TestAD8_RevalidatedAtMaturity(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*world)
		want   string
	}{
		"behind":    {func(w *world) { w.must("e", "prefer", dcert.Prefer{}) }, "a b c"},
		"tied":      {func(w *world) { w.must("e", "prefer", dcert.Prefer{}); w.prefer("x", "c", 500_000, "d", 500_000) }, "a b c"},
		"unbonded":  {func(w *world) { w.must("d", "unbond", dcert.Unbond{Member: w.Addr("d")}) }, "a b c"},
		"withdrawn": {func(w *world) { w.must("d", "leave", dcert.Leave{}) }, "a b c"},
		"ahead":     {func(w *world) {}, "a b d"},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, nil)
			w.group()
			w.bond("d", 100)
			w.prefer("e", "d")
			w.boundary()
			w.must("d", "accept", dcert.Accept{})
			c.change(w)
			w.pass(12)
			w.wantMembers(c.want)
			if q := ask[[]dcert.Waiting](w, "queue", ""); len(q) != 0 {
				t.Fatalf("queue %+v", q)
			}
		})
	}
	t.Run("left", func(t *testing.T) {
		w := start(t, nil)
		w.group()
		w.bond("d", 100)
		w.prefer("e", "d")
		w.boundary()
		w.must("d", "accept", dcert.Accept{})
		w.must("c", "leave", dcert.Leave{})
		w.wantMembers("a b")
		w.pass(1)
		w.wantMembers("a b d")
	})
}

// Goal: preferences that swing back and forth change nobody's seat. Method: e
// votes for d every other epoch; the period is longer than an epoch.
func TestFlipFlopIsDamped(t *testing.T) {
	w := start(t, nil)
	w.group()
	w.bond("d", 100)
	for range 5 {
		w.prefer("e", "d")
		w.boundary()
		_ = w.do("d", "accept", dcert.Accept{}) // refused while it waits already
		w.must("e", "prefer", dcert.Prefer{})
		w.boundary()
		w.boundary()
		w.wantMembers("a b c")
	}
}

func (w *world) votes(name string) uint64 {
	for _, k := range ask[[]dcert.Candidate](w, "candidates", "") {
		if k.Address == w.Addr(name) {
			return k.Votes.WholeDown()
		}
	}
	return 0
}
