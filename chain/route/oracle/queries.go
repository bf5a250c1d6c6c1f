package oracle

import (
	"fmt"
	"sort"
	"strings"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// All asks for what needs no parameters.
type All struct{}

// Member is a seat of the register.
type Member struct {
	Address     keys.Address  `json:"address"`
	Joined      types.Time    `json:"joined"`
	Bond        types.Amount  `json:"bond"` // what is still at stake of it
	Watchtower  []string      `json:"watchtower"`
	Treegen     []string      `json:"treegen"`
	Challenger  *keys.Address `json:"challenger"` // null: not challenged
	AnswerBy    types.Time    `json:"answerBy"`   // 0: not challenged
	LeaveBy     types.Time    `json:"leaveBy"`    // 0: its leave is not agreed to
	Equivocated uint64        `json:"equivocated"`
	Seen        []Sighting    `json:"seen"`
	Healthy     bool          `json:"healthy"` // seen in time on every kind that opens by itself (OF14)
}

// Sighting is when a member last answered a task of a kind.
type Sighting struct {
	Kind Kind       `json:"kind"`
	At   types.Time `json:"at"`
}

func listMembers(c *route.Ctx, _ All) ([]Member, error) {
	out := []Member{}
	members.Range(c, func(a keys.Address, m member) bool {
		d := Member{
			Address: a, Joined: m.Joined, Bond: rep.WREP.Stake(c, a, bondRef), Watchtower: m.Watchtower, Treegen: m.Treegen,
			LeaveBy: m.LeaveBy, Equivocated: m.Equivocated, Seen: []Sighting{}, Healthy: healthy(c, a, &m),
		}
		if m.Since != 0 {
			d.Challenger, d.AnswerBy = &m.Challenger, m.Since+types.Time(ChallengeWindow.Get(c))
		}
		for k := Contribution; k <= Salary; k++ {
			if at, ok := seen.Get(c, seenKey{a, k}); ok {
				d.Seen = append(d.Seen, Sighting{k, at})
			}
		}
		out = append(out, d)
		return true
	})
	return out, nil
}

// healthy reports whether a member was seen in time on the kinds that open by
// themselves; a new one is given that time.
func healthy(c *route.Ctx, a keys.Address, m *member) bool {
	for _, k := range automatics {
		at, _ := seen.Get(c, seenKey{a, k})
		if max(at, m.Joined)+types.Time(HealthTime.Get(c)) < c.Block.Time {
			return false
		}
	}
	return true
}

// OfDuty asks about a duty.
type OfDuty struct {
	Duty Duty `json:"duty"`
}

// Diversity is how the seats are spread (O7).
type Diversity struct {
	Duty            Duty    `json:"duty"`
	Seats           uint64  `json:"seats"`
	Met             bool    `json:"met"`      // no implementation has half of the seats or more
	Enforced        bool    `json:"enforced"` // for tasks that open now
	Implementations []Share `json:"implementations"`
	Authors         []Share `json:"authors"`
}

// Share is what one implementation, or one author, has of the seats.
type Share struct {
	Name   string    `json:"name"`   // of an implementation; the address of an author; empty: unknown
	Author string    `json:"author"` // of an implementation
	Seats  string    `json:"seats"`  // a number, or a fraction: 2, 25/12
	PPM    types.PPM `json:"ppm"`    // of all seats, rounded down
	Below  bool      `json:"below"`  // one half, strictly
}

func diversity(c *route.Ctx, q OfDuty) (Diversity, error) {
	if q.Duty == 0 {
		q.Duty = Watchtower
	}
	var seats []seat
	members.Range(c, func(a keys.Address, m member) bool {
		seats = append(seats, seat{Member: a, Implementations: registered(c, q.Duty, m.declared(q.Duty))})
		return true
	})
	out := Diversity{
		Duty: q.Duty, Seats: uint64(len(seats)), Met: len(seats) > 0, Enforced: variety(seats) >= EnforceFrom,
		Implementations: []Share{}, Authors: []Share{},
	}
	whole := seatUnits * uint64(len(seats))
	authors := map[string]uint64{}
	var names []string
	for _, s := range spread(seats) {
		author := ""
		if p, ok := implementations.Get(c, program{q.Duty, s.Name}); ok {
			author = p.Author.String()
		}
		d := described(s.Name, s.Units, whole)
		d.Author = author
		out.Implementations = append(out.Implementations, d)
		out.Met = out.Met && d.Below
		if _, ok := authors[author]; !ok {
			names = append(names, author)
		}
		authors[author] += s.Units
	}
	sort.Strings(names)
	for _, name := range names {
		out.Authors = append(out.Authors, described(name, authors[name], whole))
	}
	return out, nil
}

func described(name string, units, whole uint64) Share {
	seats := fmt.Sprintf("%d/%d", units, seatUnits)
	for _, n := range []uint64{12, 6, 4, 3, 2} {
		if units%n == 0 {
			seats = fmt.Sprintf("%d/%d", units/n, seatUnits/n)
			break
		}
	}
	return Share{
		Name: name, Seats: strings.TrimSuffix(seats, "/1"),
		PPM: types.PPM(units * uint64(types.Million) / whole), Below: 2*units < whole,
	}
}

// Task is a question to the members and how it stands.
type Task struct {
	Kind        Kind         `json:"kind"`
	Subject     keys.Hash    `json:"subject"`
	Opener      string       `json:"opener"`
	From        uint64       `json:"from"`
	Interval    uint64       `json:"interval"`
	Ruleset     string       `json:"ruleset"`
	Opened      types.Time   `json:"opened"`
	Deadline    types.Time   `json:"deadline"`
	QuorumPPM   types.PPM    `json:"quorumPpm"`
	Enforced    bool         `json:"enforced"` // the diversity rule binds it
	Standing    Standing     `json:"standing"`
	Hash        *keys.Hash   `json:"hash"` // agreed on; null where nothing is
	Seats       []seat       `json:"seats"`
	Submissions []Submission `json:"submissions"`
}

// Submission is a member's answer.
type Submission struct {
	Member         keys.Address `json:"member"`
	Hash           keys.Hash    `json:"hash"`
	Implementation string       `json:"implementation"`
	Version        string       `json:"version"`
	Locator        string       `json:"locator"`
	Trace          *keys.Hash   `json:"trace"`
	At             types.Time   `json:"at"`
	Status         Status       `json:"status"`
	Conflict       *keys.Hash   `json:"conflict"` // the second hash of an equivocation
	Agrees         bool         `json:"agrees"`   // with what was agreed on
}

// Page asks for tasks; the zero Kind for those of all kinds.
type Page struct {
	Kind  Kind `json:"kind"`
	Open  bool `json:"open"` // those that are not closed alone
	Limit int  `json:"limit"`
}

func listTasks(c *route.Ctx, q Page) ([]Task, error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	out := []Task{}
	tasks.Range(c, func(_ keys.Hash, t task) bool {
		if (q.Kind == 0 || q.Kind == t.Kind) && (!q.Open || t.Standing == Open) {
			out = append(out, describe(c, t))
		}
		return true
	})
	sort.Slice(out, func(i, j int) bool {
		a, b := &out[i], &out[j]
		if a.Opened != b.Opened {
			return a.Opened < b.Opened
		}
		return a.Kind < b.Kind
	})
	return out[max(0, len(out)-min(q.Limit, 1000)):], nil
}

// Which asks about one task.
type Which struct {
	Kind    Kind      `json:"kind"`
	Subject keys.Hash `json:"subject"`
}

func listSubmissions(c *route.Ctx, q Which) (*Task, error) {
	t, ok := tasks.Get(c, TaskID(q.Kind, q.Subject))
	if !ok {
		return nil, nil
	}
	d := describe(c, t)
	submissions.RangePrefix(c, answer{Task: TaskID(q.Kind, q.Subject)}, 1, func(k answer, s submission) bool {
		d.Submissions = append(d.Submissions, Submission{
			Member: k.Member, Hash: s.Hash, Implementation: s.Implementation, Version: s.Version, Locator: s.Locator,
			Trace: some(s.Trace), At: s.At, Status: s.Status, Conflict: some(s.Conflict),
			Agrees: t.Standing == Agreed && s.Hash == t.Hash,
		})
		return true
	})
	return &d, nil
}

func describe(c *route.Ctx, t task) Task {
	return Task{
		Kind: t.Kind, Subject: t.Subject, Opener: t.Opener, From: t.From, Interval: t.Interval, Ruleset: kinds[t.Kind].ruleset,
		Opened: t.Opened, Deadline: t.Deadline, QuorumPPM: t.QuorumPPM, Enforced: t.enforced(), Standing: t.Standing,
		Hash: some(t.Hash), Seats: t.Seats, Submissions: []Submission{},
	}
}

// some is a hash, or nil for the zero one.
func some(h keys.Hash) *keys.Hash {
	if h.IsZero() {
		return nil
	}
	return &h
}

// Proposal is a vote of the members.
type Proposal struct {
	Proposal     uint64         `json:"proposal"`
	Action       Action         `json:"action"`
	Target       keys.Address   `json:"target"`
	Fine         types.Amount   `json:"fine"`
	Proposer     keys.Address   `json:"proposer"`
	VoteFrom     types.Time     `json:"voteFrom"`
	VoteUntil    types.Time     `json:"voteUntil"`
	ExecuteUntil types.Time     `json:"executeUntil"`
	Electors     []keys.Address `json:"electors"`
	Ballots      []ballot       `json:"ballots"`
	Passed       bool           `json:"passed"`
	Executed     bool           `json:"executed"`
}

func listProposals(c *route.Ctx, _ All) ([]Proposal, error) {
	out := []Proposal{}
	proposals.Range(c, func(id uint64, p proposal) bool {
		out = append(out, Proposal{
			Proposal: id, Action: p.Action, Target: p.Target, Fine: p.Fine, Proposer: p.Proposer, VoteFrom: p.VoteFrom,
			VoteUntil: p.VoteUntil, ExecuteUntil: p.ExecuteUntil, Electors: p.Electors, Ballots: p.Ballots,
			Passed: p.passed(c), Executed: p.Executed,
		})
		return true
	})
	return out, nil
}

// Implementation is a program that members may declare.
type Implementation struct {
	Duty   Duty         `json:"duty"`
	Name   string       `json:"name"`
	Author keys.Address `json:"author"`
	Source string       `json:"source"`
}

func listImplementations(c *route.Ctx, _ All) ([]Implementation, error) {
	out := []Implementation{}
	implementations.Range(c, func(k program, p implementation) bool {
		out = append(out, Implementation{Duty: k.Duty, Name: k.Name, Author: p.Author, Source: p.Source})
		return true
	})
	return out, nil
}

// bonded checks the count of seats and that no bond is more than what its owner
// has at stake for it.
func bonded(c *route.Ctx) (err error) {
	var n uint64
	members.Range(c, func(a keys.Address, m member) bool {
		n++
		if at := rep.WREP.Stake(c, a, bondRef); m.Bond.Less(at) {
			err = fmt.Errorf("%s has %s at stake for a bond of %s", a, at, m.Bond)
		}
		return err == nil
	})
	if err == nil && n != count(c) {
		err = fmt.Errorf("%d seats, counted %d", n, count(c))
	}
	return err
}

// timed checks that every task is waited for: an open one by its deadline.
func timed(c *route.Ctx) (err error) {
	tasks.Range(c, func(id keys.Hash, t task) bool {
		if t.Standing == Open && !dues.Has(c, due{t.Deadline, dueDeadline, id}) {
			err = fmt.Errorf("task %s of kind %s is open without a deadline", t.Subject, t.Kind)
		}
		return err == nil
	})
	return err
}

// backed checks that what was agreed on has the seats it needs, also of members
// that contradicted themselves afterwards.
func backed(c *route.Ctx) (err error) {
	tasks.Range(c, func(id keys.Hash, t task) bool {
		if t.Standing != Agreed {
			return true
		}
		var agreeing []seat
		submissions.RangePrefix(c, answer{Task: id}, 1, func(k answer, s submission) bool {
			if s.Hash == t.Hash && s.Status != Late {
				agreeing = append(agreeing, *t.seat(k.Member))
			}
			return true
		})
		if !enough(t.counted(agreeing), seatUnits*uint64(len(t.Seats)), t.QuorumPPM) {
			err = fmt.Errorf("task %s of kind %s is agreed by %d of %d seats", t.Subject, t.Kind, len(agreeing), len(t.Seats))
		}
		return err == nil
	})
	return err
}

// sample proposes what watchtowers and members do: mostly answers to open tasks,
// some of them wrong.
func sample(s *route.Sampler) {
	if len(s.Accounts) == 0 {
		return
	}
	from := s.Accounts[s.Draw(uint64(len(s.Accounts)))]
	emit := func(id uint16, body any) { s.Emit(from, types.Msg{Route: ID, ID: id, Body: codec.MustMarshal(body)}) }
	other := s.Accounts[s.Draw(uint64(len(s.Accounts)))]
	switch s.Draw(8) {
	case 0:
		emit(8, None{})
	case 1:
		emit(10, Of{Member: other})
	case 2:
		emit(11, None{})
	case 3:
		emit(4, Propose{Action: Action(1 + s.Draw(3)), Target: other})
	case 4:
		emit(5, Vote{Proposal: 1 + s.Draw(4), For: s.Draw(4) > 0})
	default:
		tasks.Range(s.Ctx, func(_ keys.Hash, t task) bool {
			if t.Standing != Open || s.Draw(2) == 0 {
				return true
			}
			emit(1, Submit{
				Kind: t.Kind, Subject: t.Subject, Interval: t.Interval, Ruleset: kinds[t.Kind].ruleset,
				Implementation: "sample", Hash: keys.Sum(t.Subject[:], []byte{byte(s.Draw(5) / 4)}),
			})
			return false
		})
	}
}
