package node

import (
	"bytes"
	"fmt"
	"testing"

	"probity/chain/escrow"
	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route/all"
	"probity/chain/route/availability"
	"probity/chain/types"
)

// spec is a genesis of members with such REP.
func spec(suite escrow.Suite, reps []uint64, params map[string]uint64) GenesisSpec {
	s := GenesisSpec{Chain: "test", Time: 1_700_000_000_000, Escrow: suite, Params: map[string]uint64{
		"epoch.blocks": 16, "asc.lead_views": 4, "bench.max": uint64(len(reps)),
	}}
	for k, v := range params {
		s.Params[k] = v
	}
	for i, rep := range reps {
		s.Members = append(s.Members, GenesisMember{Keys: DeriveKeys([32]byte{byte(i), 1}), REP: types.Whole(rep), Balance: types.Whole(10)})
	}
	return s
}

// begin executes a genesis under its suite.
func begin(t *testing.T, s GenesisSpec) (*exec.Exec, exec.Parent) {
	t.Helper()
	g, err := NewGenesis(s)
	if err != nil {
		t.Fatal(err)
	}
	x, err := exec.New(all.Table, g)
	if err != nil {
		t.Fatal(err)
	}
	x.SealWith(s.suite())
	r, err := x.Genesis()
	if err != nil {
		t.Fatal(err)
	}
	return x, r.Parent()
}

// reps are unequal weights of n members.
func reps(n int) (out []uint64) {
	for i := range n {
		out = append(out, 20+uint64(i*i%17)*10)
	}
	return out
}

// Goal: a genesis that the tool writes is one that the law takes, with every
// contract activated and every salt open to its dealer. Method: benches of several
// sizes and unequal weights, under both suites, with several strides, with a bench
// smaller than the members; the dealers then reveal every dealing.
func TestGenesisIsAccepted(t *testing.T) {
	for name, suite := range map[string]escrow.Suite{"ideal": escrow.Ideal{}, "DHPVSS": escrow.DHPVSS} {
		for _, n := range []int{1, 4, 7, 20} {
			for _, params := range []map[string]uint64{
				nil, {"beacon.stride": 3}, {"bench.max": uint64(n+1) / 2}, {"beacon.stride": 64, "bench.max": 1},
			} {
				if name == "DHPVSS" && n == 20 && params == nil {
					params = map[string]uint64{"epoch.blocks": 8}
				}
				t.Run(fmt.Sprint(name, n, params), func(t *testing.T) {
					s := spec(suite, reps(n), params)
					x, p := begin(t, s)
					checkGenesis(t, s, x.Plan(p, 0))
				})
			}
		}
	}
}

func checkGenesis(t *testing.T, s GenesisSpec, plan *types.Plan) {
	t.Helper()
	if plan.Degraded || len(plan.List) != len(s.Members) || len(plan.Roster.Members) != min(len(s.Members), int(s.Params["bench.max"])) {
		t.Fatalf("degraded %v, %d contracts, %d on the bench", plan.Degraded, len(plan.List), len(plan.Roster.Members))
	}
	owner := map[keys.Address]GenesisMember{}
	for _, m := range s.Members {
		owner[m.Keys.Account.Public().Address()] = m
	}
	hash := plan.Roster.Hash()
	for i := range plan.List {
		asc := &plan.List[i]
		need := availability.SaltsNeeded(asc.Weight, plan.Roster.Total(), plan.Blocks, plan.Stride)
		if asc.Salts < need || len(plan.Dealings[i]) != int(asc.Salts) || len(asc.Commitment) == 0 {
			t.Fatalf("contract %d of weight %d: %d salts, %d dealings, needs %d", i, asc.Weight, asc.Salts, len(plan.Dealings[i]), need)
		}
		for j, dealing := range plan.Dealings[i] {
			at := escrow.Place{Bound: plan.Bound, ASC: asc.ID, Salt: uint32(j), Roster: hash}
			reveal := s.suite().Reveal(at, dealSecret(owner[asc.Producer].Keys.Beacon, 0, uint32(j)), dealing)
			if _, err := s.suite().Open(at, dealing, reveal); err != nil {
				t.Fatalf("contract %d, salt %d: %v", i, j, err)
			}
		}
	}
}

// Goal: half of one's REP is half: a genesis of members with odd REP is not degraded
// before it begins. Method: members of 1, 3, 101 REP.
func TestGenesisOfOddREP(t *testing.T) {
	for _, list := range [][]uint64{{1}, {3, 3, 3, 3}, {101, 101, 101, 101}, {5, 7, 9, 11}} {
		x, p := begin(t, spec(escrow.Ideal{}, list, nil))
		if plan := x.Plan(p, 0); plan.Degraded {
			var w types.Weight
			for i := range plan.List {
				w += plan.List[i].Weight
			}
			t.Errorf("REP %v: degraded, contracts weigh %d of %d", list, w, plan.Roster.Total())
		}
	}
}

// Goal: the tool writes the same file twice, and nobody else's: dealings are bound
// to the draft. Method: write it twice; then with another name of the chain, whose
// dealings differ and do not fit the first.
func TestGenesisFileIsOfOneChain(t *testing.T) {
	s := spec(escrow.Ideal{}, reps(4), nil)
	a, err := GenesisFile(s)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := GenesisFile(s); err != nil || !bytes.Equal(a, b) {
		t.Fatalf("written twice: %v", err)
	}
	renamed := bytes.Replace(a, []byte(`"test"`), []byte(`"best"`), 1)
	g, err := exec.ParseGenesis(renamed)
	if err != nil {
		t.Fatal(err)
	}
	x, err := exec.New(all.Table, g)
	if err != nil {
		t.Fatal(err)
	}
	x.SealWith(escrow.Ideal{})
	if _, err := x.Genesis(); err == nil {
		t.Error("the registrations of another chain are taken")
	}
	// Under the real suite nothing of the ideal one passes.
	if g, err = exec.ParseGenesis(a); err != nil {
		t.Fatal(err)
	}
	if x, err = exec.New(all.Table, g); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Genesis(); err == nil {
		t.Error("keys of the ideal suite are points")
	}
}

// Goal: what a message cannot hold comes in the next, and together it is what the
// contract needs, each dealing in its place. Method: a dealer with a heavy contract
// registers and adds salts until nothing is needed; all messages fit a transaction.
func TestDealerSplitsSalts(t *testing.T) {
	s := spec(escrow.Ideal{}, reps(20), map[string]uint64{"epoch.blocks": 512, "asc.lead_views": 16})
	terms, err := s.terms()
	if err != nil {
		t.Fatal(err)
	}
	roster := s.roster(terms)
	roster.Epoch = 1
	d := dealer{
		suite: escrow.Ideal{}, secret: [32]byte{9}, account: s.Members[0].Keys.Account.Public().Address(), epoch: 1, scheme: types.Recoverable,
		blocks: 512, stride: 1, bound: keys.Sum([]byte("g")), roster: &roster,
	}
	w := roster.Total() / 2
	need := availability.SaltsNeeded(w, roster.Total(), 512, 1)
	panel, err := d.suite.Panel(roster.Tickets())
	if err != nil {
		t.Fatal(err)
	}
	m := d.register(w)
	got, n, rounds := m.Commitment, m.Salts, 1
	for ; n < need; rounds++ {
		more := d.more(w, n)
		if more.Salts == 0 || len(more.Commitment) > dealBytes {
			t.Fatalf("%d salts in %d bytes", more.Salts, len(more.Commitment))
		}
		got, n = append(got, more.Commitment...), n+more.Salts
	}
	if n != need || rounds < 2 || d.more(w, need).Salts != 0 {
		t.Fatalf("%d salts of %d in %d messages", n, need, rounds)
	}
	size := escrow.DealingBytes(panel.Tickets())
	for j := range n {
		if err := d.suite.Verify(panel, d.place(j), got[int(j)*size:int(j+1)*size]); err != nil {
			t.Fatalf("salt %d: %v", j, err)
		}
	}
}

// Goal: secrets of different epochs and salts have nothing in common, nor with the
// escrow keys. Method: all pairs of a small table differ.
func TestSecretsDiffer(t *testing.T) {
	seen := map[[32]byte]string{}
	add := func(what string, s [32]byte) {
		if was, again := seen[s]; again {
			t.Errorf("%s is %s", what, was)
		}
		seen[s] = what
	}
	for b := range byte(3) {
		add(fmt.Sprint("escrow ", b), EscrowSeed([32]byte{b}))
		for e := range types.Epoch(4) {
			add(fmt.Sprint("chain ", b, e), SaltSecret([32]byte{b}, e))
			for j := range uint32(4) {
				add(fmt.Sprint("salt ", b, e, j), dealSecret([32]byte{b}, e, j))
			}
		}
	}
}
