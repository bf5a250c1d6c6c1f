package main

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"probity/chain/keys"
	"probity/chain/route/oracle"
	"probity/chain/types"
)

const watchAuditLong = `
Read the register of a chain and its tasks, as long as they are kept, and say of
each member and duty how often its answer was asked for, and how many answers
came in time, late or never, came from an older version than others run of the
same program, disagreed with what was agreed on (or, where nothing was, with what
most seats said), or contradicted themselves.

  probity watch audit --rpc 127.0.0.1:8645

Exit 0 if every member did its duty, 1 if one is named.`

// auditRow is how a member did one duty.
type auditRow struct {
	Member      keys.Address `json:"member"`
	Duty        oracle.Kind  `json:"duty"`
	Tasks       int          `json:"tasks"`       // that it had a seat in and that are over, or that it answered
	Seen        int          `json:"seen"`        // answered in time
	Late        int          `json:"late"`        // answered after the deadline
	Missed      int          `json:"missed"`      // never answered
	Outdated    int          `json:"outOfDate"`   // answered by an older version than another member runs
	Disagreed   int          `json:"disagreed"`   // another hash than the one agreed on
	Equivocated int          `json:"equivocated"` // two hashes for one task
	LastSeen    types.Time   `json:"lastSeen"`    // 0: never
	Healthy     bool         `json:"healthy"`     // as the chain judges the member (OF14)
	Challenged  bool         `json:"challenged"`
}

// fault is what a row accuses its member of; empty: nothing.
func (r *auditRow) fault() string {
	var out []string
	for _, f := range []struct {
		n    int
		what string
	}{{r.Late, "late"}, {r.Missed, "silent"}, {r.Outdated, "out of date"}, {r.Disagreed, "disagreed"}, {r.Equivocated, "equivocated"}} {
		if f.n > 0 {
			out = append(out, f.what)
		}
	}
	return strings.Join(out, ", ")
}

// audit is what watch audit prints.
type audit struct {
	At            types.Height       `json:"at"`
	Rows          []auditRow         `json:"rows"`
	Disagreements []disagreement     `json:"disagreements"`
	Diversity     []oracle.Diversity `json:"diversity"`
}

// disagreement is an answer that differs from the others'.
type disagreement struct {
	Duty           oracle.Kind  `json:"duty"`
	Subject        keys.Hash    `json:"subject"`
	Member         keys.Address `json:"member"`
	Implementation string       `json:"implementation"`
	Hash           keys.Hash    `json:"hash"`
	Others         keys.Hash    `json:"others"`  // what was agreed on, or what most seats say
	Locator        string       `json:"locator"` // where the member says that its bytes are
}

func watchAuditCommand(f *pflag.FlagSet) action {
	rpc, dir := rpcFlag(f), homeFlag(f)
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(ctx context.Context, s *streams, _ []string) error {
		c, err := nodeClient(*rpc, home(*dir))
		if err != nil {
			return err
		}
		defer c.close()
		a, err := readAudit(ctx, c)
		if err != nil {
			return err
		}
		if *asJSON {
			err = s.object(a)
		} else {
			err = a.print(s)
		}
		if err != nil {
			return err
		}
		return a.verdict()
	}
}

// watchTask is a task with its submissions as a node tells it.
type watchTask struct {
	Kind     oracle.Kind `json:"kind"`
	Subject  keys.Hash   `json:"subject"`
	Deadline types.Time  `json:"deadline"`
	Hash     *keys.Hash  `json:"hash"` // agreed on; null where nothing is
	Seats    []struct {
		Member keys.Address `json:"member"`
	} `json:"seats"`
	Submissions []watchSubmission `json:"submissions"`
}

type watchSubmission struct {
	Member         keys.Address `json:"member"`
	Hash           keys.Hash    `json:"hash"`
	Implementation string       `json:"implementation"`
	Version        string       `json:"version"`
	Locator        string       `json:"locator"`
	Status         string       `json:"status"`
}

// readAudit asks a node for the register, its tasks and all that was submitted.
func readAudit(ctx context.Context, c *client) (*audit, error) {
	var st struct {
		Finalized rpcPoint   `json:"finalized"`
		Time      types.Time `json:"time"`
	}
	if err := c.call(ctx, "chain_status", nil, &st); err != nil {
		return nil, err
	}
	at := st.Finalized.Height
	var members struct {
		Value []oracle.Member `json:"value"`
	}
	if err := c.call(ctx, "oracle_members", map[string]any{"at": at}, &members); err != nil {
		return nil, err
	}
	var list struct {
		Value []watchTask `json:"value"`
	}
	if err := c.call(ctx, "oracle_tasks", map[string]any{"at": at, "limit": 1000}, &list); err != nil {
		return nil, err
	}
	for i := range list.Value {
		t := &list.Value[i]
		var full struct {
			Value *watchTask `json:"value"`
		}
		if err := c.call(ctx, "oracle_submissions", map[string]any{"kind": t.Kind, "subject": t.Subject, "at": at}, &full); err != nil {
			return nil, err
		}
		if full.Value != nil {
			t.Submissions = full.Value.Submissions
		}
	}
	a := judge(members.Value, list.Value, st.Time)
	a.At = at
	for _, duty := range []oracle.Duty{oracle.Watchtower, oracle.Treegen} {
		var d struct {
			Value oracle.Diversity `json:"value"`
		}
		if err := c.call(ctx, "oracle_diversity", map[string]any{"duty": duty, "at": at}, &d); err != nil {
			return nil, err
		}
		a.Diversity = append(a.Diversity, d.Value)
	}
	return a, nil
}

// judge says how members did, from what the chain keeps at a time.
func judge(members []oracle.Member, tasks []watchTask, now types.Time) *audit {
	a := &audit{Rows: []auditRow{}, Disagreements: []disagreement{}}
	newest := newestVersions(tasks)
	for _, m := range members {
		for k := oracle.Contribution; k <= oracle.Salary; k++ {
			r := auditRow{Member: m.Address, Duty: k, Healthy: m.Healthy, Challenged: m.Challenger != nil}
			for _, seen := range m.Seen {
				if seen.Kind == k {
					r.LastSeen = seen.At
				}
			}
			for i := range tasks {
				if tasks[i].Kind == k {
					a.weigh(&r, &tasks[i], newest, now)
				}
			}
			if r.Tasks > 0 {
				a.Rows = append(a.Rows, r)
			}
		}
	}
	return a
}

// weigh adds one task to a member's row.
func (a *audit) weigh(r *auditRow, t *watchTask, newest map[program]string, now types.Time) {
	seated := false
	for _, seat := range t.Seats {
		seated = seated || seat.Member == r.Member
	}
	at := slices.IndexFunc(t.Submissions, func(s watchSubmission) bool { return s.Member == r.Member })
	switch {
	case at < 0 && (!seated || now < t.Deadline):
		return // not asked, or there is time
	case at < 0:
		r.Tasks++
		r.Missed++
		return
	}
	r.Tasks++
	s := &t.Submissions[at]
	switch s.Status {
	case oracle.Counted.String():
		r.Seen++
	case oracle.Late.String():
		r.Late++
	case oracle.Equivocated.String():
		r.Seen++
		r.Equivocated++
	}
	if compareVersions(s.Version, newest[program{t.Kind, s.Implementation}]) < 0 {
		r.Outdated++
	}
	if others, ok := common(t, r.Member); ok && others != s.Hash {
		r.Disagreed++
		a.Disagreements = append(a.Disagreements, disagreement{
			Duty: t.Kind, Subject: t.Subject, Member: r.Member, Implementation: s.Implementation, Hash: s.Hash, Others: others, Locator: s.Locator,
		})
	}
}

// common is what a task agreed on; before that, and where it rolled up, what two
// or more other members say that are most of the others. Where they are not, it
// is not known who is wrong, and nobody is named.
func common(t *watchTask, without keys.Address) (keys.Hash, bool) {
	if t.Hash != nil {
		return *t.Hash, true
	}
	votes, others := map[keys.Hash]int{}, 0
	for _, s := range t.Submissions {
		if s.Member != without {
			votes[s.Hash]++
			others++
		}
	}
	for _, s := range t.Submissions {
		if n := votes[s.Hash]; n > 1 && 2*n > others {
			return s.Hash, true
		}
	}
	return keys.Hash{}, false
}

// program is an implementation of a kind of task.
type program struct {
	kind oracle.Kind
	name string
}

// newestVersions are the highest versions that two members or more answered with:
// one alone could make everybody else look old.
func newestVersions(tasks []watchTask) map[program]string {
	type release struct {
		of      program
		version string
	}
	by := map[release]keys.Address{}
	out := map[program]string{}
	for i := range tasks {
		for _, s := range tasks[i].Submissions {
			r := release{program{tasks[i].Kind, s.Implementation}, s.Version}
			first, ok := by[r]
			if !ok {
				by[r] = s.Member
			} else if first != s.Member && compareVersions(s.Version, out[r.of]) >= 0 {
				out[r.of] = s.Version
			}
		}
	}
	return out
}

// compareVersions orders versions by their numbers from the left. A build
// without any is neither older nor newer than another.
func compareVersions(a, b string) int {
	x, y := versionNumbers(a), versionNumbers(b)
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	return slices.Compare(x, y)
}

// versionNumbers are the numbers of v1.2.3, up to the first other sign.
func versionNumbers(v string) (out []int) {
	v = strings.TrimPrefix(v, "v")
	n, digits := 0, 0
	for i := 0; ; i++ {
		if i < len(v) && v[i] >= '0' && v[i] <= '9' {
			n, digits = min(n*10+int(v[i]-'0'), 1<<30), digits+1
			continue
		}
		if digits > 0 {
			out = append(out, n)
		}
		if n, digits = 0, 0; i >= len(v) || v[i] != '.' {
			return out
		}
	}
}

// print shows the audit to people.
func (a *audit) print(s *streams) error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { _, _ = w.Write([]byte(strings.Join(cells, "\t") + "\n")) }
	row("member", "duty", "tasks", "seen", "late", "missed", "outdated", "disagreed", "")
	for i := range a.Rows {
		r := &a.Rows[i]
		note := r.fault()
		if r.Challenged {
			note = strings.TrimPrefix(note+", challenged", ", ")
		}
		row(r.Member.String(), r.Duty.String(), strconv.Itoa(r.Tasks), strconv.Itoa(r.Seen), strconv.Itoa(r.Late), strconv.Itoa(r.Missed), strconv.Itoa(r.Outdated), strconv.Itoa(r.Disagreed), note)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, d := range a.Disagreements {
		s.printf("%s says %s of %s %s by %s, the others %s\n", d.Member, d.Hash, d.Duty, d.Subject, d.Implementation, d.Others)
		if d.Locator != "" {
			s.printf("  its bytes: %s\n", d.Locator)
		}
	}
	for _, d := range a.Diversity {
		met := "not met"
		if d.Met {
			met = "met"
		}
		s.printf("%s: %d seats, no implementation of half of them: %s\n", d.Duty, d.Seats, met)
		for _, i := range d.Implementations {
			s.printf("  %-24s %s seats, author %s\n", i.Name, i.Seats, i.Author)
		}
	}
	return nil
}

// verdict is the error that names who did not do its duty.
func (a *audit) verdict() error {
	var named []string
	for i := range a.Rows {
		if f := a.Rows[i].fault(); f != "" {
			named = append(named, a.Rows[i].Member.String()+" ("+a.Rows[i].Duty.String()+": "+f+")")
		}
	}
	if len(named) == 0 {
		return nil
	}
	return failed(strconv.Itoa(len(named))+" duties were not done as they should be: "+strings.Join(named, "; "), "",
		"ask the member; tx oracle challenge for who is silent, probity watch diff for two trees")
}
