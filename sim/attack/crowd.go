package attack

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route/forum"
	"probity/chain/route/legislature"
	"probity/chain/route/pool"
	"probity/chain/types"
)

// crowdAttack opens as much as it can pay for, so that all of it ends at once.
var crowdAttack = &Attack{
	Name:  "crowd",
	Title: "Open pools on thousands of posts and a thousand proposals, and let them end together",
	Claim: "However many posts and proposals are open, a block without transactions closes at most 64 pools, opens at most 16 votes, and " +
		"follows at most forum.flows·forum.visits references; all of them end, and the invariants hold.",
	Source: "spec pools §5, spec legislature §4, spec forum §4",
	Options: []Option{
		{"posts", "10000", "posts with an open pool"},
		{"proposals", "1000", "proposals with their deposit"},
		{"accepted", "8", "posts that a tenth of all REP stakes for, whose flows reach as far as they can"},
		{"clock", "no", "yes: keep the state in a member's database and measure how long blocks take; these figures differ from run to run"},
	},
	Run: runCrowd,
}

// workload is what blocks had to do.
type workload struct {
	blocks                                             int64
	closings, openings, endings, flows, visits, writes int64 // the most in one block
	closed, ended, visited                             int64 // in all
	took                                               []time.Duration
}

// crowd is a chain full of open questions.
type crowd struct {
	a         *assembly
	authors   []string
	posts     []keys.Hash
	proposals int
	accepted  int
	stored    bool
	idle      workload
	full      workload
	now       *workload // nil: nobody counts
}

// crowdAuthors are who pays for it; each has its part of half of all REP.
const crowdAuthors = 100

func (w *crowd) note(took time.Duration, r *exec.Result) {
	if w.now == nil {
		return
	}
	l := w.now
	l.blocks++
	l.took = append(l.took, took)
	closings, openings, endings := w.a.has("pool", "closed"), w.openings(), w.a.has("legislature", "ended")
	flows, visits := w.visits()
	l.closed, l.ended, l.visited = l.closed+closings, l.ended+endings, l.visited+visits
	l.closings, l.openings, l.endings = max(l.closings, closings), max(l.openings, openings), max(l.endings, endings)
	l.flows, l.visits, l.writes = max(l.flows, flows), max(l.visits, visits), max(l.writes, int64(len(r.Changes.Values)))
}

// openings counts votes whose first stage began in the last block.
func (w *crowd) openings() (n int64) {
	for i := range w.a.events {
		if e := &w.a.events[i]; e.Route == "legislature" && e.Name == "stage" && attr(e, "stage") == "nonbinding" {
			n++
		}
	}
	return n
}

// visits counts flows of the last block and the posts that they visited.
func (w *crowd) visits() (flows, visits int64) {
	for i := range w.a.events {
		if e := &w.a.events[i]; e.Route == "forum" && e.Name == "flow" {
			n, _ := strconv.ParseInt(attr(e, "visits"), 10, 64)
			flows, visits = flows+1, visits+n
		}
	}
	return flows, visits
}

func attr(e *types.Event, key string) string {
	for _, kv := range e.Attrs {
		if kv.Key == key {
			return kv.Value
		}
	}
	return ""
}

// gather fills the chain: posts that cite sixteen others each, fees on all of
// them, proposals with their deposit.
func (w *crowd) gather(posts int, tell func(done int)) error {
	holders := map[string]uint64{"honest": 5_000 * crowdAuthors}
	for _, name := range w.authors {
		holders[name] = 5_000
	}
	var err error
	if w.a, err = convene(sitting{rep: holders, every: 128, stored: w.stored}); err != nil {
		return err
	}
	w.a.built = w.note
	w.now = &w.idle
	w.a.idle(64)
	w.now = nil
	for i := range posts {
		var cites []cite
		for k := 1; k <= forum.ReferencesMax && i-k*k*k >= 0; k++ { // near and far
			cites = append(cites, cite{w.posts[i-k*k*k], citeWeights[k%2]})
		}
		w.posts = append(w.posts, w.a.publish(w.authors[i%crowdAuthors], uint64(i), cites...))
		if i%1000 == 999 {
			w.a.must(0)
			tell(i)
		}
	}
	w.a.must(0)
	for i, p := range w.posts {
		w.a.fund(w.authors[i%crowdAuthors], p, 1000)
		if i%1000 == 999 {
			w.a.must(0)
			tell(posts + i)
		}
	}
	w.a.must(0)
	for i := range w.proposals {
		w.a.say(w.authors[i%crowdAuthors], "legislature/submit", legislature.Submit{
			Title: fmt.Sprint("motion ", i), Inline: types.Bytes("motion"), Fee: types.NewAmount(legislature.FeeMin.Default),
			Deposit: types.NewAmount(legislature.DepositREP.Default),
		})
	}
	w.a.must(0)
	return w.a.failed()
}

// citeWeights are the weights of references: sixteen of them are at most all.
var citeWeights = [2]int32{62_500, -62_500}

// stir lets everybody stake on something: a little on every post and proposal,
// and a quorum on the last posts.
func (w *crowd) stir() error {
	for i, p := range w.posts {
		if i < len(w.posts)-w.accepted {
			w.a.stakePost(w.authors[i%crowdAuthors], p, i%3 > 0, types.Whole(1))
		} else {
			w.a.stakePost("honest", p, true, types.Whole(5_000*crowdAuthors/uint64(w.accepted)-100))
			for j := range crowdAuthors / w.accepted {
				w.a.stakePost(w.authors[i%w.accepted*(crowdAuthors/w.accepted)+j], p, true, types.Whole(3_800))
			}
		}
	}
	for n := range w.proposals {
		if s := w.a.motion(uint64(n + 1)).State; s == "nonbinding" {
			w.a.vote(uint64(n+1), w.authors[n%crowdAuthors], []legislature.Side{legislature.For, legislature.Against, legislature.Veto}[n%3], types.Whole(1))
		}
	}
	w.a.must(0)
	return w.a.failed()
}

// drain waits for the end of everything, in empty blocks.
func (w *crowd) drain(tell func(done int)) error {
	w.now = &w.full
	w.a.reach(w.a.now() + types.Time(forum.Period.Default))
	for open := true; open && w.a.err == nil; {
		w.a.seal(0)
		if w.full.blocks%32 != 0 {
			continue
		}
		tell(int(min(w.full.closed, int64(len(w.posts)))))
		open = w.full.closed < int64(len(w.posts)+w.proposals) || w.full.ended < int64(w.proposals)
		if law := query[legislature.Law](w.a, "legislature", "params", legislature.None{}); w.full.closed >= int64(len(w.posts)) && law.Open > 0 {
			w.a.reach(w.a.now() + types.Time(legislature.Period.Default)/2) // the next wave's stage
		}
	}
	w.now = nil
	w.a.check()
	return w.a.failed()
}

func runCrowd(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	posts, proposals := int(r.integer("posts", 100, 100_000)), int(r.integer("proposals", 1, 10_000))
	accepted := int(r.integer("accepted", 1, 8))
	clock := r.words("clock", []string{"yes", "no"})
	if r.err != nil {
		return nil, r.err
	}
	w := crowd{authors: crew("author", crowdAuthors), proposals: proposals, accepted: accepted, stored: clock[0] == "yes"}
	all := int64(3 * posts)
	if err := w.gather(posts, func(done int) { tell(int64(done), all) }); err != nil {
		return nil, err
	}
	if err := w.stir(); err != nil {
		return nil, err
	}
	if err := w.drain(func(done int) { tell(int64(2*posts+done), all) }); err != nil {
		return nil, err
	}
	defer w.a.ground.Close()
	tell(all, all)
	out := &Result{}
	f, n := &w.full, w.full.blocks
	totals := query[[]forum.Totals](w.a, "forum", "totals", forum.None{})
	open := query[forum.List](w.a, "forum", "validating", forum.Page{Limit: 1000})
	left := len(query[[]legislature.Brief](w.a, "legislature", "list", legislature.Page{Limit: 1000, State: legislature.Nonbinding})) +
		len(query[[]legislature.Brief](w.a, "legislature", "list", legislature.Page{Limit: 1000, State: legislature.Draft}))
	if err := w.a.failed(); err != nil {
		return nil, err
	}
	flows, visits := float64(forum.Flows.Default), float64(forum.Visits.Default)
	out.Rows = append(out.Rows,
		compared(AtMost, "pools closed in one block", nil, pool.ClosingsMax, float64(f.closings)).in("pools").of(n),
		compared(AtMost, "votes opened in one block", nil, 16, float64(f.openings)).in("votes").of(n),
		compared(AtMost, "proposals ended in one block", nil, pool.ClosingsMax+64, float64(f.endings)).in("proposals").of(n),
		compared(AtMost, "flows in one block", nil, flows, float64(f.flows)).in("flows").of(n),
		compared(AtMost, "posts visited in one block", nil, flows*(visits+1), float64(f.visits)).in("posts").of(n),
		compared(AtLeast, "pools closed in all", nil, float64(posts+proposals), float64(f.closed)).in("pools").of(n),
		compared(Exactly, "posts and proposals left open", nil, 0, float64(len(open.Posts)+left)).in("questions"),
		compared(AtLeast, "REP that entered posts", nil, 1, whole(totals[0].Entered)).in("REP"),
		reported("values written in one block, at most", nil, float64(f.writes)).in("values").of(n),
		reported("blocks until all had ended", nil, float64(n)).in("blocks"),
		compared(AtLeast, "times that all invariants were checked", nil, 1, float64(w.a.checks)).in("times"))
	if clock[0] == "yes" {
		out.Rows = append(out.Rows, w.timed()...)
	}
	out.Notes = []string{
		"A pool that is accepted has a tenth of all REP staked in it, and REP is staked once at a time: no more than ten can be accepted together, whatever is open.",
		"Of a thousand proposals law.open_max are voted on at a time; the others wait for their turn.",
		"With --clock yes the state is in a member's database over memory, and the ratios are of times to execute a block on this machine, without writing it, to the median of blocks before anything was open.",
	}
	return out, nil
}

// timed are the times of blocks beside those of idle ones.
func (w *crowd) timed() []Row {
	idle, full := slices.Sorted(slices.Values(w.idle.took)), slices.Sorted(slices.Values(w.full.took))
	base := idle[len(idle)/2]
	ratio := func(label string, d time.Duration, n int64) Row {
		return reported(label, nil, float64(d)/float64(base)).in("idle blocks").of(n)
	}
	ms := func(label string, d time.Duration) Row {
		return reported(label, nil, float64(d.Microseconds())/1000).in("ms")
	}
	return []Row{
		ratio("execution of a block while they end, median", full[len(full)/2], w.full.blocks),
		ratio("execution of a block while they end, worst", full[len(full)-1], w.full.blocks),
		ms("execution of an idle block, median", base),
		ms("execution of a block while they end, worst", full[len(full)-1]),
	}
}
