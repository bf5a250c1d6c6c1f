package attack

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/route/oracle"
)

// collusionAttack takes over the source of one implementation of the watchtower.
var collusionAttack = &Attack{
	Name:  "collusion",
	Title: "Let one implementation of the watchtower lie, whoever runs it",
	Claim: "From three declared implementations on, no lie of one source is ever agreed on, whatever part of the seats runs it; the truth is, " +
		"where 51 % of the seats tell it and no source has more than half of them; and every lie is named beside an answer that differs.",
	Source: "spec oracle §4 (O7, O8, O9, A-O2, A-O4)",
	Options: []Option{
		{"seats", "3,5,9,21", "members of the register"},
		{"tasks", "4", "states that are asked for in each setting"},
	},
	Run: runCollusion,
}

// spreads are how seats are given to implementations, of which the first lies:
// parts of the whole, in percent; what is left is the last one's.
var spreads = []struct {
	name  string
	parts []int
}{
	{"100", []int{100}},
	{"50/50", []int{50, 50}},
	{"60/40", []int{60, 40}},
	{"40/60", []int{40, 60}},
	{"34/33/33", []int{34, 33, 33}},
	{"60/20/20", []int{60, 20, 20}},
	{"80/10/10", []int{80, 10, 10}},
	{"20/40/40", []int{20, 40, 40}},
	{"25/25/25/25", []int{25, 25, 25, 25}},
}

// programs gives each seat the number of an implementation. Each has a seat at
// least.
func programs(seats int64, parts []int) []int {
	out := make([]int, seats)
	left := seats
	for i := range parts {
		n := max(1, min(left-int64(len(parts)-1-i), (seats*int64(parts[i])+50)/100))
		if i == len(parts)-1 {
			n = left
		}
		for range n {
			out[seats-left] = i
			left--
		}
	}
	return out
}

// watched is what came of the tasks of one setting.
type watched struct {
	tasks, lies, truths int64 // asked for; agreed on
	mixed, named        int64 // tasks with both answers; those of them in which an event names both
	honest              int64 // seats, as the rule counts them: of one source at most half
	enforced            bool
}

func runCollusion(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	sizes, n := r.integers("seats", 3, oracle.SeatsMax), r.integer("tasks", 1, 100)
	if r.err != nil {
		return nil, r.err
	}
	out := &Result{Notes: []string{
		"Sources are percent of the seats, the lying one first; an odd seat is the liar's.",
		"With one or two implementations the rule is advisory, since nobody could meet it: a source with 51 % of the seats then carries a lie. The rows say so.",
		"Names are declared by the members themselves. Members who collude, not merely run the same source, may declare different names: with 51 % of the seats they carry what they like. The chain names no such case; diversity of authors is what people have to judge (A-O3, A-O5).",
		"Where a source with half of the seats or more lies, nothing is agreed on and the interval rolls up into the next: safety costs liveness.",
	}}
	for i, seats := range sizes {
		for _, s := range spreads {
			if int64(len(s.parts)) > seats {
				continue
			}
			w, err := watch(programs(seats, s.parts), 0, n)
			if err != nil {
				return nil, err
			}
			w.rows(out, s.name, seats)
		}
		if err := colludingMembers(out, seats, n); err != nil {
			return nil, err
		}
		tell(int64(i+1), int64(len(sizes)))
	}
	return out, nil
}

// rows judges a setting in which the first implementation lied.
func (w *watched) rows(out *Result, name string, seats int64) {
	params := map[string]any{"seats": seats, "sources": name}
	rule := Exactly
	if !w.enforced {
		rule = Reported
	}
	add := func(rule Rule, label string, expected, measured int64) {
		out.Rows = append(out.Rows, compared(rule, label, params, float64(expected), float64(measured)).in("tasks").of(w.tasks))
	}
	add(rule, "lies agreed on", 0, w.lies)
	if w.enforced {
		expected := int64(0)
		if 100*w.honest >= 51*seats {
			expected = w.tasks
		}
		add(Exactly, "truths agreed on", expected, w.truths)
	}
	if w.mixed > 0 {
		out.Rows = append(out.Rows, compared(Exactly, "tasks in which an event names both answers", params,
			float64(w.mixed), float64(w.named)).in("tasks").of(w.tasks))
	}
}

// colludingMembers lets 51 % of the members lie together and declare three names.
func colludingMembers(out *Result, seats, n int64) error {
	liars := (51*seats + 99) / 100
	if liars < 3 {
		return nil
	}
	given := make([]int, seats)
	for i := range given {
		given[i] = i % 3
	}
	w, err := watch(given, liars, n)
	if err != nil {
		return err
	}
	out.Rows = append(out.Rows, reported("lies agreed on by 51 % of the members, who declare three names",
		map[string]any{"seats": seats}, float64(w.lies)).in("tasks").of(w.tasks))
	return nil
}

// watch lets members of a register answer tasks: those of the first
// implementation lie, or, where liars is not zero, the first so many members.
func watch(given []int, liars, n int64) (*watched, error) {
	type object = map[string]any
	names, implementations, members := crew("tower", len(given)), []object{}, []object{}
	holders, seen := map[string]uint64{"user": 0}, map[int]bool{}
	w := &watched{}
	for i, name := range names {
		source := fmt.Sprint("source", given[i])
		if holders[name] = 10_000; !seen[given[i]] {
			seen[given[i]] = true
			implementations = append(implementations, object{"duty": "watchtower", "name": source, "author": addressOf(source), "source": ""})
		}
		members = append(members, object{"address": addressOf(name), "watchtower": []string{source}, "treegen": []string{}})
	}
	a, err := convene(sitting{rep: holders, every: 8, routes: map[string]any{
		"oracle": object{"implementations": implementations, "members": members},
	}})
	if err != nil {
		return nil, err
	}
	lies := func(i int) bool {
		if liars > 0 {
			return int64(i) < liars
		}
		return given[i] == 0
	}
	truthful := map[int]int64{}
	for i := range names {
		if !lies(i) {
			truthful[given[i]]++
		}
	}
	for _, n := range truthful {
		w.honest += min(n, int64(len(names)-1)/2)
	}
	for w.tasks < n && a.err == nil {
		t, ok := newestTask(a)
		if !ok {
			a.seal(0)
			continue
		}
		w.tasks++
		w.enforced = t.Enforced
		w.answer(a, t, names, lies)
		a.idle(int(assemblyParams["epoch.blocks"]))
	}
	return w, a.failed()
}

// newestTask is the state that the last epoch's end asked for, if nobody
// answered.
func newestTask(a *assembly) (*oracle.Task, bool) {
	list := query[[]oracle.Task](a, "oracle", "tasks", map[string]any{"kind": "state", "open": true})
	if len(list) == 0 {
		return nil, false
	}
	t := query[*oracle.Task](a, "oracle", "submissions", oracle.Which{Kind: oracle.State, Subject: list[len(list)-1].Subject})
	return t, t != nil && len(t.Submissions) == 0
}

// answer lets all members answer a task, the liars first, and counts.
func (w *watched) answer(a *assembly, t *oracle.Task, names []string, lies func(int) bool) {
	truth, lie := keys.Sum([]byte("truth"), t.Subject[:]), keys.Sum([]byte("lie"), t.Subject[:])
	told, mismatch := 0, int64(0)
	for _, lying := range []bool{true, false} {
		for i, name := range names {
			if lies(i) != lying {
				continue
			}
			hash := truth
			if lying {
				hash = lie
				told++
			}
			source := ""
			for _, seat := range t.Seats {
				if seat.Member == addressOf(name) {
					source = seat.Implementations[0]
				}
			}
			a.say(name, "oracle/submit", oracle.Submit{
				Kind: t.Kind, Subject: t.Subject, Interval: t.Interval, Ruleset: t.Ruleset, Implementation: source, Hash: hash,
			})
		}
		a.must(0)
		mismatch += a.has("oracle", "disagreement")
	}
	if told > 0 && told < len(names) {
		w.mixed++
		if mismatch > 0 {
			w.named++
		}
	}
	done := query[*oracle.Task](a, "oracle", "submissions", oracle.Which{Kind: t.Kind, Subject: t.Subject})
	if a.err != nil || done == nil || done.Hash == nil {
		return
	}
	if *done.Hash == lie {
		w.lies++
	} else {
		w.truths++
	}
}
