package forum_test

import (
	"testing"

	"probity/chain/route/evidence/chaintest"
	"probity/chain/route/forum"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Goal: a post that cites a block, and a block that the court took from, work on
// when the chain has forgotten the block (pools §3): a flow through such a post must
// not stop the chain. Method: one block is cited and one is leached, 1,040 blocks
// later both are out of the pool's sight; then an amount arrives at the citing post,
// and nobody can cite what nobody has cited before.
func TestBlocksOutliveThePool(t *testing.T) {
	w := newWorld(t, map[string]uint64{"reward.block": 100_000_000_000})
	w.next(t, 20)
	for name, height := range map[string]types.Height{"cited": 2, "taken": 3, "rewarded": 4, "other": 5} {
		w.call(chaintest.Digest(height), name)
	}
	cited, _ := pool.Posted(w.Reader(), w.id("cited"))
	w.post(t, "P1", "carol", "cited:500000")
	if _, err := w.Run("court", "forum", "leach", forum.Leach{Post: w.id("taken"), Amount: types.Whole(1), Cause: "selection"}); err != nil {
		t.Fatal(err)
	}
	rep.OpenGovernance(w.Ctx("legislature"))
	m := forum.Reward{Post: w.id("rewarded"), Book: rep.GREP, Amount: types.Whole(1), Cause: "proposal"}
	if _, err := w.Run("legislature", "forum", "reward", m); err != nil {
		t.Fatal(err)
	}
	rewarded := w.worth(t, "rewarded")
	for range 104 {
		w.next(t, 10) // invariants are looked at between
	}
	if _, ok := pool.Posted(w.Reader(), w.id("cited")); ok {
		t.Fatal("the pool still has the block")
	}
	before := rep.Balance(w.Reader(), rep.WREP, cited.Producer)
	w.reward(t, "P1", 10)
	if got := rep.Balance(w.Reader(), rep.WREP, cited.Producer).Sub(before); got != types.Whole(5) {
		t.Errorf("the producer gained %s", got.Decimal())
	}
	if got, want := w.worth(t, "cited"), cited.Minted.Add(types.Whole(5)); got != want {
		t.Errorf("the block is worth %s, want %s", got, want)
	}
	if got := w.worth(t, "rewarded"); got != rewarded || got.IsZero() {
		t.Errorf("in wREP the rewarded block is worth %s, was %s", got, rewarded)
	}
	w.post(t, "P2", "carol", "cited:1")
	if _, err := w.Run("alice", "forum", "publish", w.draft("x", []string{"carol"}, []string{"other:1"})); kind(err) != "NO_POST" {
		t.Error(err)
	}
	w.next(t, 1)
}
