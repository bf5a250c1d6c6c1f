package attack

import (
	"maps"
	"slices"
	"time"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route/dcert"
	"probity/chain/types"
)

// electionAttack floods the election of the emergency team with preferences.
var electionAttack = &Attack{
	Name:  "election",
	Title: "Have thousands of accounts change their preferences over and over",
	Claim: "However many voters there are a block counts at most 512 preferences, every count is exact, and majorities that flip back " +
		"within the stabilization period change no seat.",
	Source: "spec dcert §3, §4 (D5, D6, D13, A-D8, A-D10)",
	Options: []Option{
		{"voters", "10000", "accounts with a preference"},
		{"flips", "3", "times that all of them change it and back"},
		{"clock", "no", "yes: keep the state in a member's database and measure how long blocks take; these figures differ from run to run"},
	},
	Run: runElection,
}

// electors are a chain with a full team, rivals for its seats, and voters.
type electors struct {
	a       *assembly
	team    []string
	rivals  []string
	voters  []string
	weights map[string]uint64
	prefer  map[string][]dcert.Share
	counts  int64 // blocks in which a count ran on
	longest int64 // of one count
	run     int64
	idle    []time.Duration
	busy    []time.Duration // while a count runs
	now     *[]time.Duration
}

// electionEpoch is long enough for a count of 10,000.
const electionEpoch = 32

const seatsMax = 7

func (e *electors) convene(voters int, stored bool) error {
	e.team, e.rivals, e.voters = crew("member", seatsMax), crew("rival", seatsMax), crew("voter", voters)
	e.weights, e.prefer = map[string]uint64{}, map[string][]dcert.Share{}
	for i, name := range e.voters {
		e.weights[name] = 10 + uint64(i)%7
	}
	holders := maps.Clone(e.weights)
	var seats []any
	for _, name := range slices.Concat(e.team, e.rivals) {
		holders[name] = 2000
	}
	for _, name := range e.team {
		seats = append(seats, map[string]any{"account": addressOf(name), "bond": types.Whole(1000)})
	}
	var err error
	e.a, err = convene(sitting{
		rep: holders, every: 64, stored: stored, params: map[string]uint64{"epoch.blocks": electionEpoch},
		routes: map[string]any{"dcert": map[string]any{"members": seats}},
	})
	if err != nil {
		return err
	}
	e.a.built = func(took time.Duration, _ *exec.Result) {
		if e.now != nil {
			*e.now = append(*e.now, took)
		}
	}
	e.now = &e.idle
	e.a.idle(electionEpoch)
	e.now = nil
	for _, name := range e.rivals {
		e.a.say(name, "dcert/bond", dcert.BondFor{Member: addressOf(name), Amount: types.Whole(1000)})
	}
	e.a.must(0)
	return e.a.failed()
}

// sway has every voter prefer the team, or the rivals, by a little: each divides
// its weight among all fourteen, in parts that no two voters share.
func (e *electors) sway(rivals bool) {
	for i, name := range e.voters {
		var shares []dcert.Share
		for k := range seatsMax {
			mine, theirs := types.PPM(80_000+i%1000+k), types.PPM(50_000+i%500-k)
			if rivals {
				mine, theirs = theirs, mine
			}
			shares = append(shares,
				dcert.Share{Address: addressOf(e.team[k]), PPM: mine}, dcert.Share{Address: addressOf(e.rivals[k]), PPM: theirs})
		}
		e.prefer[name] = shares
		e.a.say(name, "dcert/prefer", dcert.Prefer{Shares: shares})
	}
	e.a.must(0)
}

// count waits until the preferences of now have been counted, and is the number
// of candidates whose votes are not what they should be.
func (e *electors) count() (wrong int64) {
	for at := e.a.tip.Header.Epoch; e.a.tip.Header.Epoch < at+1 && e.a.err == nil; { // a count that runs is let finish
		e.a.idle(1)
	}
	for e.counting() && e.a.err == nil {
		e.a.idle(1)
	}
	for e.a.tip.Header.Height%electionEpoch != 0 && e.a.err == nil {
		e.a.idle(1)
	}
	e.run, e.now = 0, &e.busy
	for e.counting() && e.a.err == nil {
		e.a.idle(1)
		e.run++
	}
	e.now = nil
	e.counts, e.longest = e.counts+e.run, max(e.longest, e.run)
	sums := map[keys.Address]types.Amount{}
	for _, name := range e.voters {
		for _, s := range e.prefer[name] {
			sums[s.Address] = sums[s.Address].Add(types.Whole(e.weights[name]).OfPPM(s.PPM))
		}
	}
	for _, c := range query[[]dcert.Candidate](e.a, "dcert", "candidates", dcert.None{}) {
		if c.Votes != sums[c.Address] {
			wrong++
		}
	}
	return wrong
}

func (e *electors) counting() bool {
	return query[dcert.State](e.a, "dcert", "status", dcert.None{}).Counting
}

// claim has all rivals take the seats that they have won.
func (e *electors) claim() (queued int64) {
	for _, name := range e.rivals {
		if e.a.try(name, "dcert/accept", dcert.Accept{}) == "" {
			queued++
		}
	}
	return queued
}

// seated counts rivals in the group.
func (e *electors) seated() (n int64) {
	for _, m := range query[[]dcert.Member](e.a, "dcert", "members", dcert.None{}) {
		for _, name := range e.rivals {
			if m.Address == addressOf(name) {
				n++
			}
		}
	}
	return n
}

func runElection(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	voters, flips := int(r.integer("voters", 10, 100_000)), int(r.integer("flips", 1, 100))
	clock := r.words("clock", []string{"yes", "no"})
	if r.err != nil {
		return nil, r.err
	}
	var e electors
	if err := e.convene(voters, clock[0] == "yes"); err != nil {
		return nil, err
	}
	defer e.a.ground.Close()
	week := types.Time(dcert.Stabilization.Default)
	var wrong, queued, counts int64
	for i := range flips {
		e.sway(true)
		wrong += e.count()
		queued += e.claim()
		e.a.seal(week / 2)
		e.sway(false)
		wrong += e.count()
		e.a.seal(week) // the entries mature, and are behind again
		counts += 2
		tell(int64(i)+1, int64(flips)+1)
	}
	flipped := e.seated()
	e.sway(true)
	wrong += e.count()
	counts++
	e.claim()
	e.a.seal(week)
	e.a.idle(1)
	stayed := e.seated()
	if err := e.a.failed(); err != nil {
		return nil, err
	}
	tell(1, 1)
	least := float64((voters+dcert.VotersPerBlock-1)/dcert.VotersPerBlock) - 1
	out := &Result{}
	out.Rows = append(out.Rows,
		compared(Exactly, "candidates whose votes are not the sum of all preferences", nil, 0, float64(wrong)).in("candidates").of(counts*2*seatsMax),
		compared(Exactly, "blocks that a count takes after the boundary's", nil, least, float64(e.longest)).in("blocks").of(counts),
		compared(AtMost, "preferences that a block counts, on average", nil, dcert.VotersPerBlock, float64(voters)/float64(e.longest+1)).in("preferences").of(counts),
		compared(AtLeast, "rivals that waited for a seat", nil, float64(seatsMax*flips), float64(queued)).in("rivals"),
		compared(Exactly, "seats that majorities won which flipped back within the stabilization period", nil, 0, float64(flipped)).in("seats").of(int64(flips)),
		compared(Exactly, "seats that a majority won which stayed", nil, seatsMax, float64(stayed)).in("seats"))
	if clock[0] == "yes" {
		out.Rows = append(out.Rows, e.timed()...)
	}
	out.Notes = []string{
		"A preference costs its fee each time, and is counted once an epoch: changing it more often moves nothing.",
		"A count may end after preferences have changed again; it reads each as it is when it comes to it, at the balances of the boundary.",
	}
	return out, nil
}

// timed are the times of blocks that count beside those of idle ones.
func (e *electors) timed() []Row {
	idle, busy := slices.Sorted(slices.Values(e.idle)), slices.Sorted(slices.Values(e.busy))
	if len(busy) == 0 {
		return nil
	}
	base, n := idle[len(idle)/2], int64(len(busy))
	return []Row{
		reported("execution of a block that counts, median", nil, float64(busy[len(busy)/2])/float64(base)).in("idle blocks").of(n),
		reported("execution of a block that counts, worst", nil, float64(busy[len(busy)-1])/float64(base)).in("idle blocks").of(n),
		reported("execution of a block that counts, worst", nil, float64(busy[len(busy)-1].Microseconds())/1000).in("ms").of(n),
	}
}
