package release

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// Of asks about a candidate.
type Of struct {
	RC keys.Hash `json:"rc"`
}

// None asks for what needs no parameters.
type None struct{}

// Candidate is where a candidate stands.
type Candidate struct {
	RC        keys.Hash    `json:"rc"`
	Number    uint64       `json:"number"`
	Stage     Stage        `json:"stage"`
	Repo      string       `json:"repo"`
	Commit    types.Bytes  `json:"commit"`
	Version   string       `json:"version"`
	Protocol  uint32       `json:"protocol"`
	Locator   string       `json:"locator"`
	Submitter keys.Address `json:"submitter"`
	Submitted types.Time   `json:"submitted"`
	Expires   types.Time   `json:"expires"` // while it is under way; 0: it does not
	Round     uint64       `json:"round"`
	Closes    types.Time   `json:"closes"`
	Plan      *Plan        `json:"plan"`
	Artifacts keys.Hash    `json:"artifacts"`
	Sealed    keys.Hash    `json:"sealed"` // trail's head that the delivery embeds
	Head      keys.Hash    `json:"head"`
	Entries   uint64       `json:"entries"`
	Shipped   *Shipped     `json:"shipped"`
	Fast      bool         `json:"preapproved"` // by dCERT
	Missing   string       `json:"missing"`     // why it cannot go on; empty: it can
	Reason    string       `json:"reason"`      // of its end, or of its last rejection
}

func describe(c *route.Ctx, rc keys.Hash, k *candidate) Candidate {
	out := Candidate{
		RC: rc, Number: k.Number, Stage: k.Stage, Repo: k.Repo, Commit: k.Commit, Version: k.Version,
		Protocol: k.Protocol, Locator: k.Locator, Submitter: k.Submitter, Submitted: k.Submitted,
		Expires: k.Expires, Round: k.Round, Closes: k.Closes, Plan: k.Plan, Artifacts: k.Artifacts,
		Sealed: k.Sealed, Head: k.Head, Entries: k.Entries, Shipped: k.Shipped, Reason: k.Reason,
		Fast: preapproved.Has(c, rc),
	}
	if !k.Stage.open() {
		out.Expires = 0
		return out
	}
	reports, closed := counted(c, rc)
	if err := audited(reports); err != nil {
		out.Missing = route.AsReject(err).Kind
	} else if closed > 0 && k.Stage == Built {
		out.Missing = ErrDisclose.Kind
	}
	return out
}

func status(c *route.Ctx, q Of) (*Candidate, error) {
	k, ok := candidates.Get(c, q.RC)
	if !ok {
		return nil, nil
	}
	out := describe(c, q.RC, &k)
	return &out, nil
}

// Audited is one report.
type Audited struct {
	Auditor   keys.Address `json:"auditor"`
	Status    Status       `json:"status"`
	Report    keys.Hash    `json:"report"`
	Official  bool         `json:"official"` // when it was given
	Counts    bool         `json:"counts"`
	CTR       bool         `json:"ctr"`
	TeamOnly  bool         `json:"teamOnly"`
	Disclosed bool         `json:"disclosed"`
	Locator   string       `json:"locator"`
	Time      types.Time   `json:"time"`
	Stake     types.Amount `json:"stake"`
	Challenge bool         `json:"challenged"`
}

// Audit is the audit of a candidate.
type Audit struct {
	RC      keys.Hash `json:"rc"`
	Pass    bool      `json:"pass"`
	Missing string    `json:"missing"` // kind of what refuses to let it pass
	Reports []Audited `json:"reports"`
}

func audit(c *route.Ctx, q Of) (*Audit, error) {
	if !candidates.Has(c, q.RC) {
		return nil, nil
	}
	counts, _ := counted(c, q.RC)
	out := &Audit{RC: q.RC, Pass: true, Reports: []Audited{}}
	if err := audited(counts); err != nil {
		out.Pass, out.Missing = false, route.AsReject(err).Kind
	}
	add := func(k reportKey, r report) bool {
		a, _ := auditors.Get(c, k.Auditor)
		out.Reports = append(out.Reports, Audited{
			Auditor: k.Auditor, Status: r.Status, Report: r.Report, Official: r.Sequence != 0,
			Counts: r.Sequence != 0 && a.Active && a.Sequence == r.Sequence,
			CTR:    r.CTR, TeamOnly: r.TeamOnly, Disclosed: r.Disclosed, Locator: r.Locator, Time: r.Time,
			Stake: r.Stake, Challenge: !r.Challenger.IsZero(),
		})
		return len(out.Reports) < 1000
	}
	reports.RangePrefix(c, reportKey{RC: q.RC}, 1, add)
	opinions.RangePrefix(c, reportKey{RC: q.RC}, 1, add)
	return out, nil
}

// Round asks about a vote.
type Round struct {
	RC    keys.Hash `json:"rc"`
	Round uint64    `json:"round"` // 0: the last one
}

// Voter is somebody of a vote's snapshot.
type Voter struct {
	Address keys.Address `json:"address"`
	College College      `json:"college"`
	Member  bool         `json:"member"` // still: otherwise a ballot is void
	Choice  string       `json:"choice"` // empty: none yet
	Time    types.Time   `json:"time"`
}

// Vote is one round.
type Vote struct {
	RC            keys.Hash   `json:"rc"`
	Round         uint64      `json:"round"`
	Opened        types.Time  `json:"opened"`
	Closes        types.Time  `json:"closes"`
	Closed        bool        `json:"closed"`
	Passed        bool        `json:"passed"`
	Reason        string      `json:"reason"`
	Reports       []keys.Hash `json:"reports"`
	Activists     Tally       `json:"activists"` // of the ballots so far
	Technologists Tally       `json:"technologists"`
	Voters        []Voter     `json:"voters"`
}

func voteOf(c *route.Ctx, q Round) (*Vote, error) {
	if q.Round == 0 {
		k, _ := candidates.Get(c, q.RC)
		q.Round = k.Round
	}
	v, ok := votes.Get(c, roundKey(q))
	if !ok {
		return nil, nil
	}
	out := &Vote{
		RC: q.RC, Round: q.Round, Opened: v.Opened, Closes: v.Closes, Closed: v.Closed, Passed: v.Passed,
		Reason: v.Reason, Reports: v.Reports, Activists: v.A, Technologists: v.T, Voters: []Voter{},
	}
	for _, side := range []struct {
		college College
		list    []seat
		tally   *Tally
	}{{Activists, v.Activists, &out.Activists}, {Technologists, v.Technologists, &out.Technologists}} {
		side.tally.Size = uint64(len(side.list))
		for _, s := range side.list {
			w := Voter{Address: s.Address, College: side.college, Member: s.holds(c, side.college)}
			b, voted := ballots.Get(c, ballotKey{q.RC, q.Round, s.Address})
			if voted {
				w.Choice, w.Time = b.Choice.String(), b.Time
			}
			switch {
			case v.Closed || !voted:
			case w.Member:
				side.tally.add(b.Choice)
			default:
				side.tally.Void++
			}
			out.Voters = append(out.Voters, w)
		}
	}
	return out, nil
}

// Entries asks for a part of a trail.
type Entries struct {
	RC    keys.Hash `json:"rc"`
	From  uint64    `json:"from"`  // number of the first; 0: 1
	Limit int       `json:"limit"` // at most 1000; 0: 100
}

// Told is an entry with its body in clear.
type Told struct {
	Entry Entry     `json:"entry"`
	Head  keys.Hash `json:"head"`  // of the trail after it
	Clear string    `json:"clear"` // the body as JSON
}

// History is a part of a trail.
type History struct {
	RC      keys.Hash `json:"rc"`
	Head    keys.Hash `json:"head"`   // of the whole trail, as in the state
	Sealed  keys.Hash `json:"sealed"` // as the delivery embeds it; zero: not built yet
	Before  keys.Hash `json:"before"` // head before the first entry given
	Entries []Told    `json:"entries"`
	Next    uint64    `json:"next"` // number of the next part's first; 0: there is none
}

func history(c *route.Ctx, q Entries) (*History, error) {
	k, ok := candidates.Get(c, q.RC)
	if !ok {
		return nil, nil
	}
	limit := bounded(q.Limit)
	out := &History{RC: q.RC, Head: k.Head, Sealed: k.Sealed, Entries: []Told{}}
	var head keys.Hash
	trail.RangePrefix(c, roundKey{RC: q.RC}, 1, func(id roundKey, e Entry) bool {
		if len(out.Entries) == limit {
			out.Next = e.Number
			return false
		}
		if e.Number < q.From {
			head = Chained(q.RC, head, e)
			return true
		}
		if len(out.Entries) == 0 {
			out.Before = head
		}
		head = Chained(q.RC, head, e)
		out.Entries = append(out.Entries, Told{Entry: e, Head: head, Clear: e.clear()})
		return true
	})
	return out, nil
}

func bounded(limit int) int {
	if limit <= 0 {
		return 100
	}
	return min(limit, 1000)
}

// Page asks for a part of the candidates.
type Page struct {
	From  uint64 `json:"from"`  // number of the first; 0: 1
	Limit int    `json:"limit"` // at most 1000; 0: 100
}

// Candidates are a part of them.
type Candidates struct {
	Candidates []Candidate `json:"candidates"`
	Next       uint64      `json:"next"` // number of the next part's first; 0: there is none
}

func list(c *route.Ctx, q Page) (Candidates, error) {
	out := Candidates{Candidates: []Candidate{}}
	limit := bounded(q.Limit)
	order.RangeFrom(c, q.From, func(n uint64, rc keys.Hash) bool {
		if len(out.Candidates) == limit {
			out.Next = n
			return false
		}
		k, _ := candidates.Get(c, rc)
		out.Candidates = append(out.Candidates, describe(c, rc, &k))
		return true
	})
	return out, nil
}
