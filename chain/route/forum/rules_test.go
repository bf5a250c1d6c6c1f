package forum_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/evidence/chaintest"
	"probity/chain/route/forum"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Goal: a post is its hash, its authors and its references, within bounds, and
// never changes. Method: one fault at a time, then the same post again, and
// what is read back is what was published.
func TestF1_PostsAreImmutable(t *testing.T) {
	w := newWorld(t, nil)
	good := func() forum.Publish { return w.draft("text", []string{"carol:600000", "dave:400000"}, nil) }
	for name, c := range map[string]struct {
		edit func(*forum.Publish)
		want string
	}{
		"no hash":         {func(m *forum.Publish) { m.Content = keys.Hash{} }, "CONTENT"},
		"other bytes":     {func(m *forum.Publish) { m.Inline = []byte("other") }, "CONTENT"},
		"no author":       {func(m *forum.Publish) { m.Authors = nil }, "AUTHORS"},
		"too little":      {func(m *forum.Publish) { m.Authors[0].PPM-- }, "AUTHORS"},
		"too much":        {func(m *forum.Publish) { m.Authors[0].PPM++ }, "AUTHORS"},
		"overflowing":     {func(m *forum.Publish) { m.Authors[0].PPM, m.Authors[1].PPM = 1<<32-1, 1_000_001 }, "AUTHORS"},
		"weightless":      {func(m *forum.Publish) { m.Authors[0].PPM, m.Authors[1].PPM = 0, types.Million }, "AUTHORS"},
		"twice":           {func(m *forum.Publish) { m.Authors[1].Address = m.Authors[0].Address }, "AUTHORS"},
		"nobody":          {func(m *forum.Publish) { m.Authors[1].Address = keys.Address{} }, "AUTHORS"},
		"the incinerator": {func(m *forum.Publish) { m.Authors[1].Address = rep.Incinerator }, "AUTHORS"},
		"17 authors": {func(m *forum.Publish) {
			m.Authors = nil
			for i := range 17 {
				m.Authors = append(m.Authors, forum.Author{Address: keys.Address{byte(i + 1)}, PPM: 58_823})
			}
			m.Authors[0].PPM += 9
		}, "AUTHORS"},
		"17 KiB": {func(m *forum.Publish) {
			m.Inline = make([]byte, forum.InlineMax+1)
			m.Content = keys.Sum(m.Inline)
		}, "CONTENT"},
		"weight above a million": {func(m *forum.Publish) {
			m.References = []forum.Reference{{Post: forum.Incinerator, PPM: 1_000_001}}
		}, "REFERENCES"},
		"weight below minus a million": {func(m *forum.Publish) {
			m.References = []forum.Reference{{Post: forum.Incinerator, PPM: -1_000_001}}
		}, "REFERENCES"},
		"least number": {func(m *forum.Publish) {
			m.References = []forum.Reference{{Post: forum.Incinerator, PPM: -1 << 31}}
		}, "REFERENCES"},
	} {
		m := good()
		c.edit(&m)
		if _, err := w.Run("carol", "forum", "publish", m); kind(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	m := good()
	m.Inline = make([]byte, forum.InlineMax)
	m.Content = keys.Sum(m.Inline)
	if _, err := w.Run("carol", "forum", "publish", m); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Run("carol", "forum", "publish", m); kind(err) != "POST_EXISTS" {
		t.Errorf("the same again: %v", err)
	}
	if forum.PostID(w.Addr("carol"), m) == forum.PostID(w.Addr("dave"), m) {
		t.Error("another sender's post has the same id")
	}
	var view forum.PostView
	ask(t, w, "post", fmt.Sprintf(`{"post": %q}`, forum.PostID(w.Addr("carol"), m)), &view)
	if view.Content != m.Content || string(view.Inline) != string(m.Inline) || len(view.Authors) != 2 ||
		view.Authors[0].Address != w.Addr("carol") || view.Authors[1].PPM != 400_000 || view.Height != 1 || view.Number != 1 {
		t.Errorf("read back %+v", view)
	}
}

// ask runs a query and reads its answer.
func ask(t rapid.TB, w *world, query, in string, out any) {
	t.Helper()
	for i := range forum.Route.Queries {
		if forum.Route.Queries[i].Name != query {
			continue
		}
		answer, err := forum.Route.Queries[i].Run(w.Ctx("forum"), []byte(in))
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		b, err := json.Marshal(answer)
		if err == nil {
			err = decode(b, out)
		}
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return
	}
	t.Fatal("no query " + query)
}

// decode reads what a query answered; kinds of flows are names there.
func decode(b []byte, out any) error {
	for n, name := range []string{"", "minted", "donated", "returned", "leached", "reclaimed", "taken"} {
		if n > 0 {
			b = []byte(strings.ReplaceAll(string(b), `"kind":"`+name+`"`, fmt.Sprintf(`"kind":%d`, n)))
		}
	}
	return json.Unmarshal(b, out)
}

// Goal: references go to what is there already, once each, and weigh a million
// together at most. Method: one fault at a time; a post's own id is a hash of
// its references, so that the best guess at it names nothing.
func TestF2_ReferencesAreOlder(t *testing.T) {
	w := newWorld(t, nil)
	w.post(t, "P1", "carol")
	for i := range 17 {
		w.post(t, fmt.Sprintf("Q%d", i), "carol")
	}
	self := w.draft("self", []string{"carol"}, nil)
	w.call(forum.PostID(w.Addr("carol"), self), "self")
	many := func(n int) (refs []string) {
		for i := range n {
			refs = append(refs, fmt.Sprintf("Q%d:-1", i))
		}
		return refs
	}
	for name, c := range map[string]struct {
		refs []string
		want string
	}{
		"not there":         {[]string{"P9:1"}, "NO_POST"},
		"itself":            {[]string{"self:1"}, "NO_POST"},
		"twice":             {[]string{"P1:1", "P1:-1"}, "REFERENCES"},
		"above a million":   {[]string{"P1:-600000", "Q0:400001"}, "REFERENCES"},
		"17 of them":        {many(17), "REFERENCES"},
		"16 of them":        {many(16), ""},
		"a million":         {[]string{"P1:-600000", "Q0:400000"}, ""},
		"nothing, a mere 0": {[]string{"P1:0"}, ""},
		"the incinerator":   {[]string{"incinerator:1000000"}, ""},
	} {
		m := w.draft("self", []string{"carol"}, c.refs)
		if _, err := w.Run("carol", "forum", "publish", m); kind(err) != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	w.next(t, 1)
}

// Goal: a post gains REP by a pool that validated it, its part of the mint
// flows from it, and in no other way that a person has. Method: an accepted, a
// rejected and a void pool; then everyone tries the messages of other routes.
func TestF3_AcceptedPoolsMint(t *testing.T) {
	w := newWorld(t, nil)
	w.post(t, "P1", "carol")
	w.post(t, "P2", "dave", "P1:-500000", "incinerator:100000")
	fund := func(who, name string, fee types.Amount) error {
		_, err := w.Run(who, "forum", "fund", forum.Fund{Post: w.id(name), Fee: fee})
		return err
	}
	vote := func(who, name string, inFavour bool, whole uint64) error {
		_, err := w.Run(who, "forum", "stake", forum.Stake{Post: w.id(name), For: inFavour, Amount: types.Whole(whole)})
		return err
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(fund("carol", "P1", types.Whole(20)))
	before := bank.Balance(w.Reader(), w.Addr("dave"))
	must(fund("dave", "P2", types.Whole(40)))
	if paid := before.Sub(bank.Balance(w.Reader(), w.Addr("dave"))); paid != types.Whole(40) {
		t.Errorf("the pool cost %s", paid.Decimal())
	}
	for who, err := range map[string]error{
		"POST_POOL": fund("alice", "P1", types.Whole(1)),
		"POOL_FEE":  fund("alice", "P9", types.Amount{}),
	} {
		if who == "POOL_FEE" {
			err = func() error { w.post(t, "P3", "carol"); return fund("alice", "P3", types.NewAmount(999_999)) }()
		}
		if kind(err) != who {
			t.Errorf("%v, want %s", err, who)
		}
	}
	if err := fund("alice", "P9", types.Whole(1)); kind(err) != "NO_POST" {
		t.Error(err)
	}
	if err := fund("alice", "incinerator", types.Whole(1)); kind(err) != "BLOCK" {
		t.Error(err)
	}
	if err := fund("alice", "P3", types.Whole(10_000)); kind(err) != "FUNDS" {
		t.Error(err)
	}
	must(fund("alice", "P3", types.Whole(50)))
	// P1: accepted, the poster votes too. P2: accepted. P3: no quorum of 80.
	must(vote("alice", "P1", true, 90))
	must(vote("carol", "P1", true, 10))
	must(vote("bob", "P1", false, 20))
	must(vote("bob", "P2", true, 200))
	must(vote("alice", "P3", true, 79))
	if err := vote("bob", "P1", true, 1); kind(err) != "SIDE" {
		t.Error(err)
	}
	w.next(t, 5)
	w.worths(t, "P1 0 P2 0 P3 0")
	w.next(t, 1)
	// P1 mints 20: 10 flow to carol, 9 and 1 to those who approved; bob loses
	// half of 20. P2 mints 40: of the 20 at the post 2 burn, it leaches the 10
	// that P1 gained, 20·½, and bob has 20 for approving.
	w.worths(t, "P1 0 P2 28 P3 0")
	w.balances(t, "alice 409 bob 310 carol 101 dave 28")
	if err := vote("alice", "P1", true, 1); kind(err) != "POST_POOL" {
		t.Error(err)
	}
	must(fund("carol", "P1", types.Whole(20))) // again, for another fee
	must(vote("bob", "P1", false, 100))
	w.next(t, 6)
	w.worths(t, "P1 0")
	w.balances(t, "alice 409 bob 310 carol 101")
	for _, name := range []string{"alice", "treasury", "court"} {
		m := forum.Reward{Post: w.id("P1"), Book: rep.WREP, Amount: types.Whole(1)}
		if _, err := w.Run(name, "forum", "reward", m); kind(err) != "RESERVED" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Goal: leaches in listed order, then donations in listed order, to depth 3;
// what remains goes to the authors by weight; what is taken is undone, as far
// as authors have it to spare. Method: worked by hand, on balances.
func TestF4_LeachThenDonateToDepthThree(t *testing.T) {
	w := newWorld(t, nil)
	w.post(t, "P0", "carol")
	w.post(t, "P1", "dave", "P0:500000")
	w.post(t, "P2", "erin", "P1:1000000")
	w.post(t, "P3", "frank", "P2:1000000")
	w.publish(t, "P4", "gina", []string{"gina:750000", "hana:250000"}, []string{"P3:500000", "P1:-200000"})
	w.reward(t, "P1", 30) // P0 15, P1 15
	w.worths(t, "P0 15 P1 15")
	// Listed second, the leach comes first: 20 of P1 undoes 10 in P0. Then 50
	// go to P3, P2 and, at depth 3, P1, which does not pass them on.
	w.reward(t, "P4", 100)
	w.worths(t, "P0 5 P1 55 P2 0 P3 0 P4 70")
	w.balances(t, "carol 105 dave 55 erin 0 frank 0 gina 52.5 hana 17.5")

	// Taking 60 from P4 returns 12 to P1, half of them for P0, after 30 came
	// back by way of P3 and P2 from P1. Hana has put 10 at stake and keeps them.
	c := w.Ctx("pool")
	if err := rep.Expose(c, w.Addr("hana"), keys.Sum([]byte("vote")), types.Whole(10)); err != nil {
		t.Fatal(err)
	}
	m := forum.Leach{Post: w.id("P4"), Amount: types.Whole(60), Cause: "case"}
	if _, err := w.Run("court", "forum", "leach", m); err != nil {
		t.Fatal(err)
	}
	// Needed: 60 + 12 − 30 = 42; gina gives 31.5, hana 7.5 of 10.5.
	w.worths(t, "P0 11 P1 31 P2 0 P3 0 P4 31")
	w.balances(t, "carol 111 dave 31 gina 21 hana 10")
	w.next(t, 1)
}

// Goal: a negative reference takes no more than the post had gained, and no
// post goes below zero. Method: a leach of much more than there is, then
// another that finds nothing.
func TestF5_NeverBelowZero(t *testing.T) {
	w := newWorld(t, nil)
	w.post(t, "P1", "carol")
	w.post(t, "P2", "dave", "P1:-1000000")
	w.post(t, "P3", "erin", "P1:-1000000")
	w.reward(t, "P1", 10)
	w.reward(t, "P2", 1000)
	w.reward(t, "P3", 50)
	w.worths(t, "P1 0 P2 1010 P3 50")
	w.balances(t, "carol 100 dave 1010 erin 50")
	w.next(t, 1)
}

// Goal: what is sent to the incinerator is destroyed and earns nothing. Method:
// a post gives it half; the supply grows by the other half alone, the
// incinerator's account stays empty, and a salary goes to the others whole.
func TestF6_IncineratorBurns(t *testing.T) {
	w := newWorld(t, map[string]uint64{"reward.block": 1_000_000_000})
	before := rep.Supply(w.Reader(), rep.WREP)
	w.post(t, "P1", "dave", "incinerator:500000")
	w.reward(t, "P1", 100)
	w.worths(t, "P1 50 incinerator 0")
	if got := rep.Supply(w.Reader(), rep.WREP).Sub(before); got != types.Whole(50) {
		t.Errorf("the supply grew by %s", got.Decimal())
	}
	if got := rep.Balance(w.Reader(), rep.WREP, rep.Incinerator); !got.IsZero() {
		t.Errorf("the incinerator has %s", got.Decimal())
	}
	// It cannot be taken back: of 100 that arrived 50 are there.
	if _, err := w.Run("court", "forum", "leach", forum.Leach{Post: w.id("P1"), Amount: types.Whole(100)}); err != nil {
		t.Fatal(err)
	}
	w.worths(t, "P1 0")
	w.balances(t, "dave 0")
	w.next(t, 1)
	if got := rep.Salary(w.Reader(), rep.Incinerator); !got.IsZero() {
		t.Errorf("the incinerator earned %s $", got.Decimal())
	}
}

// Goal: the published vectors on the chain. Method: rewards of 10 in order.
func TestF7_VectorsOnChain(t *testing.T) {
	for _, c := range []struct{ second, two, three string }{
		{"P1:-1000000", "P1 0 P2 20", "P1 10 P2 0 P3 20"},
		{"P1:-500000", "P1 5 P2 15", "P1 10 P2 0 P3 20"},
	} {
		w := newWorld(t, nil)
		w.post(t, "P1", "dave")
		w.reward(t, "P1", 10)
		w.post(t, "P2", "erin", c.second)
		w.reward(t, "P2", 10)
		w.worths(t, c.two)
		w.post(t, "P3", "frank", "P2:-1000000")
		w.reward(t, "P3", 10)
		w.worths(t, c.three)
		w.balances(t, "dave 10 erin 0 frank 20")
		w.next(t, 1)
	}
}

// Goal: authors without an account claim by a link, with what they earned
// meanwhile. Method: an identity earns REP and its salary, a link moves both;
// later gains and losses are the account's.
func TestF8_LinkClaims(t *testing.T) {
	w := newWorld(t, map[string]uint64{"reward.block": 10_000_000_000})
	ada := keys.IdentityAddress("git:ada")
	w.publish(t, "P1", "carol", []string{"git.ada:900000", "carol:100000"}, nil)
	w.reward(t, "P1", 100)
	if got := rep.Balance(w.Reader(), rep.WREP, ada); got != types.Whole(90) {
		t.Fatalf("the identity has %s", got.Decimal())
	}
	w.next(t, 2)
	link := func(by string, m forum.Link) error {
		_, err := w.Run(by, "forum", "link", m)
		return err
	}
	due := rep.Salary(w.Reader(), ada)
	if due.IsZero() {
		t.Fatal("waiting REP earned nothing")
	}
	if err := link("carol", forum.Link{Identity: ada, To: w.Addr("dave")}); kind(err) != "RESERVED" {
		t.Error(err)
	}
	for _, m := range []forum.Link{{Identity: ada}, {Identity: ada, To: ada}, {Identity: ada, To: rep.Incinerator}} {
		if err := link("contribution", m); kind(err) != "LINK" {
			t.Error(err)
		}
	}
	money := bank.Balance(w.Reader(), w.Addr("dave"))
	if err := link("contribution", forum.Link{Identity: ada, To: w.Addr("dave")}); err != nil {
		t.Fatal(err)
	}
	w.balances(t, "dave 90")
	if got := bank.Balance(w.Reader(), w.Addr("dave")).Sub(money); got != due {
		t.Errorf("%s $ came with the link, %s were earned", got.Decimal(), due.Decimal())
	}
	if err := link("contribution", forum.Link{Identity: keys.IdentityAddress("git:eve"), To: ada}); kind(err) != "LINK" {
		t.Error(err)
	}
	w.reward(t, "P1", 10)
	w.balances(t, "dave 99 carol 111")
	m := forum.Leach{Post: w.id("P1"), Amount: types.Whole(50)}
	if _, err := w.Run("court", "forum", "leach", m); err != nil {
		t.Fatal(err)
	}
	w.balances(t, "dave 54 carol 106")
	for _, name := range []string{"dave", "carol"} {
		if _, err := w.Run("court", "forum", "vouch", forum.Vouch{Post: w.id("P1"), Author: w.Addr(name)}); err != nil {
			t.Error(err)
		}
	}
	if _, err := w.Run("court", "forum", "vouch", forum.Vouch{Post: w.id("P1"), Author: w.Addr("alice")}); kind(err) != "NOT_AUTHOR" {
		t.Error(err)
	}
	if _, err := w.Run("court", "forum", "vouch", forum.Vouch{Post: w.id("P7")}); kind(err) != "NO_POST" {
		t.Error(err)
	}
	w.next(t, 1)
}

// Goal: every gain can be explained. Method: a history with all kinds of
// movement; of each post the changes add up to its value, each names the mint
// that began it, and its path leads there.
func TestF8_ExplainAddsUp(t *testing.T) {
	w := newWorld(t, nil)
	w.post(t, "P0", "carol")
	w.post(t, "P1", "dave", "P0:500000")
	w.post(t, "P2", "erin", "P1:-300000", "P0:200000")
	w.post(t, "P3", "frank", "P2:-700000", "P1:300000")
	for i, name := range []string{"P0", "P1", "P2", "P3", "P2", "P3"} {
		w.reward(t, name, uint64(10+7*i))
	}
	if _, err := w.Run("court", "forum", "leach", forum.Leach{Post: w.id("P3"), Amount: types.Whole(5), Cause: "case 7"}); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, name := range []string{"P0", "P1", "P2", "P3"} {
		var sum int64
		for _, c := range changes(t, w, name) {
			var n int64
			if _, err := fmt.Sscan(c.Change, &n); err != nil {
				t.Fatal(err)
			}
			sum += n
			kinds[c.Kind.String()] = true
			if c.Cause != "test" && c.Cause != "case 7" {
				t.Errorf("%s, change %d: no cause", name, c.Number)
			}
			if c.Path[len(c.Path)-1] != w.id(name) || len(c.Path) > 4 {
				t.Errorf("%s, change %d: path %v", name, c.Number, c.Path)
			}
			root := c.Kind.String() == "minted" || c.Kind.String() == "taken"
			if root != (len(c.Path) == 1) {
				t.Errorf("%s, change %d: %s along %v", name, c.Number, c.Kind, c.Path)
			}
		}
		if got := w.worth(t, name); fmt.Sprint(sum) != got.String() {
			t.Errorf("%s: changes add up to %d, it is worth %s", name, sum, got)
		}
	}
	if len(kinds) != 6 {
		t.Errorf("of the six kinds only %v occurred", kinds)
	}
	w.next(t, 1)
}

// changes reads the whole history of a post, two changes at a time.
func changes(t rapid.TB, w *world, name string) (out []forum.Change) {
	t.Helper()
	cursor := ""
	for {
		var e forum.Explanation
		ask(t, w, "explain", fmt.Sprintf(`{"post": %q, "limit": 2, "cursor": %q}`, w.id(name), cursor), &e)
		out = append(out, e.Changes...)
		if cursor = e.Cursor; cursor == "" {
			return out
		}
	}
}

// Goal: the author share of the active work contract flows once per epoch,
// through what its post cites, and nowhere else. Method: a chain that mints, a
// contract that cites one of two posts; nothing moves before the boundary; a
// second contract takes over in mid-epoch and the first still gets its part.
func TestF9_WorkContractFlowsAtTheBoundary(t *testing.T) {
	w := newWorld(t, map[string]uint64{"reward.block": 100_000_000_000, "epoch.blocks": 64})
	w.post(t, "cited", "dave")
	w.post(t, "aside", "erin")
	w.post(t, "contract", "frank", "cited:250000")
	w.post(t, "next", "gina")
	pool.SetWorkContract(w.Ctx("legislature"), w.id("contract"))
	w.next(t, 63) // height 64, the last of the epoch
	w.worths(t, "contract 0 cited 0")
	w.next(t, 1)
	// Blocks 1 to 48 have settled; each noted 5 of the 100 that it minted.
	w.worths(t, "contract 180 cited 60 aside 0")
	w.balances(t, "frank 180 dave 60 erin 0")
	w.next(t, 10)
	pool.SetWorkContract(w.Ctx("legislature"), w.id("next")) // from height 75
	w.next(t, 40)
	w.worths(t, "contract 180 cited 60 next 0")
	w.next(t, 14) // over the boundary after 128
	// Blocks 49 to 74 were the first contract's, 75 to 112 the second's.
	w.worths(t, "contract 277.5 cited 92.5 aside 0 next 190")
	w.next(t, 64)
	w.worths(t, "contract 277.5 cited 92.5 aside 0 next 510")
	if err := w.Check(); err != nil {
		t.Error(err)
	}
}

// Goal: a settled block is a post: it can be cited, not leached by posts, and
// leached by the court (protocol §9). Method: a post donates to a block and its
// producer has it; the court takes the producer's mint.
func TestBlocksArePosts(t *testing.T) {
	w := newWorld(t, map[string]uint64{"reward.block": 100_000_000_000})
	w.next(t, 20)
	block := chaintest.Digest(2)
	w.call(block, "block")
	b, ok := pool.Posted(w.Reader(), block)
	if !ok || b.Minted.IsZero() {
		t.Fatal("block 2 has not settled")
	}
	if got := w.worth(t, "block"); got != b.Minted {
		t.Fatalf("worth %s, minted %s", got, b.Minted)
	}
	m := w.draft("bad", []string{"carol"}, []string{"block:-1"})
	if _, err := w.Run("carol", "forum", "publish", m); kind(err) != "BLOCK" {
		t.Error(err)
	}
	if _, err := w.Run("carol", "forum", "fund", forum.Fund{Post: block, Fee: types.Whole(1)}); kind(err) != "BLOCK" {
		t.Error(err)
	}
	w.post(t, "P1", "carol", "block:500000")
	before := rep.Balance(w.Reader(), rep.WREP, b.Producer)
	w.reward(t, "P1", 10)
	if got := rep.Balance(w.Reader(), rep.WREP, b.Producer).Sub(before); got != types.Whole(5) {
		t.Errorf("the producer gained %s", got.Decimal())
	}
	if _, err := w.Run("court", "forum", "leach", forum.Leach{Post: block, Amount: types.Whole(1 << 30), Cause: "selection"}); err != nil {
		t.Fatal(err)
	}
	w.worths(t, "block 0")
	if got := rep.Balance(w.Reader(), rep.WREP, b.Producer); got != before.Sub(b.Minted) {
		t.Errorf("the producer has %s, had %s and minted %s for the block", got, before, b.Minted)
	}
	if _, err := w.Run("alice", "forum", "publish", w.draft("x", []string{"carol"}, []string{"block:1"})); err != nil {
		t.Error(err)
	}
	w.next(t, 1)
}

// Goal: gREP flows in its own book, which must be open. Method: a reward before
// and after.
func TestRewardInGREP(t *testing.T) {
	w := newWorld(t, nil)
	w.post(t, "P1", "dave")
	w.post(t, "P2", "erin", "P1:500000")
	m := forum.Reward{Post: w.id("P2"), Book: rep.GREP, Amount: types.Whole(10), Cause: "proposal"}
	if _, err := w.Run("legislature", "forum", "reward", m); kind(err) != "BOOK" {
		t.Error(err)
	}
	rep.OpenGovernance(w.Ctx("legislature"))
	if _, err := w.Run("legislature", "forum", "reward", m); err != nil {
		t.Fatal(err)
	}
	w.worths(t, "P1 0 P2 0")
	for name, want := range map[string]uint64{"dave": 5, "erin": 5} {
		if got := rep.Balance(w.Reader(), rep.GREP, w.Addr(name)); got != types.Whole(want) {
			t.Errorf("%s has %s gREP", name, got.Decimal())
		}
	}
	for cause, bad := range map[string]forum.Reward{
		"BOOK":    {Post: w.id("P1"), Book: 3, Amount: types.Whole(1)},
		"NO_POST": {Post: w.id("P9"), Book: rep.WREP, Amount: types.Whole(1)},
		"CAUSE":   {Post: w.id("P1"), Book: rep.WREP, Cause: strings.Repeat("x", forum.CauseMax+1)},
	} {
		if _, err := w.Run("legislature", "forum", "reward", bad); kind(err) != cause {
			t.Errorf("%v, want %s", err, cause)
		}
	}
	w.next(t, 1)
}

// Goal: the work of a block is bounded. Method: five posts are accepted in one
// block that lets two flow; the others follow, in order, and nothing is lost.
func TestFlowsWaitTheirTurn(t *testing.T) {
	w := newWorld(t, map[string]uint64{"forum.flows": 2})
	for i := range 5 {
		name := fmt.Sprintf("P%d", i)
		w.post(t, name, "dave")
		if _, err := w.Run("carol", "forum", "fund", forum.Fund{Post: w.id(name), Fee: types.Whole(2)}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Run("alice", "forum", "stake", forum.Stake{Post: w.id(name), For: true, Amount: types.Whole(80)}); err != nil {
			t.Fatal(err)
		}
	}
	w.next(t, 6)
	w.balances(t, "dave 2")
	w.next(t, 1)
	w.balances(t, "dave 4")
	w.next(t, 1)
	w.balances(t, "dave 5")
	w.worths(t, "P0 1 P1 1 P2 1 P3 1 P4 1")
}

// Goal: however many pools are open, few electorates are kept. Method: a pool
// in each of many blocks; snapshots are counted by their numbers, and those
// dropped with the pools.
func TestPoolsShareElectorates(t *testing.T) {
	w := newWorld(t, map[string]uint64{"forum.period": 6_400}) // slots of 400 ms, two blocks
	for i := range 40 {
		name := fmt.Sprintf("P%d", i)
		w.post(t, name, "dave")
		if _, err := w.Run("carol", "forum", "fund", forum.Fund{Post: w.id(name), Fee: types.Whole(1)}); err != nil {
			t.Fatal(err)
		}
		w.next(t, 1)
	}
	if n := rep.Snapshot(w.Ctx("pool")); n < 20 || n > 22 { // one in a slot, and this one
		t.Errorf("%d snapshots were taken for 40 pools in 20 slots", n-1)
	}
}

// Goal: a message that only a route may send passes its guards and fails for
// others. Method: dispatch through the table, as a peer does.
func TestVouchIsForRoutes(t *testing.T) {
	w := newWorld(t, nil)
	w.post(t, "P1", "carol")
	m := types.Msg{Route: forum.ID, ID: 5, Body: codec.MustMarshal(forum.Vouch{Post: w.id("P1"), Author: w.Addr("carol")})}
	if err := w.Ctx("court").Dispatch(m); err != nil {
		t.Error(err)
	}
	if err := w.Ctx("contribution").Dispatch(m); route.AsReject(err).Kind != "RESERVED" {
		t.Error(err)
	}
}

// Goal: governance cannot set more work for a block than it can bear. Method:
// the largest product that is allowed, and one beyond.
func TestParamsBoundTheWork(t *testing.T) {
	if _, err := route.NewParams(table, map[string]uint64{"forum.visits": 1024, "forum.flows": 16}); err != nil {
		t.Error(err)
	}
	if _, err := route.NewParams(table, map[string]uint64{"forum.visits": 1024, "forum.flows": 17}); err == nil {
		t.Error("17 flows of 1024 visits were accepted")
	}
}
