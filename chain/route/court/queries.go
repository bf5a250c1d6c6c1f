package court

import (
	"slices"
	"strings"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/state"
	"probity/chain/types"
)

// Number asks for a case.
type Number struct {
	Case uint64 `json:"case"`
}

// Page asks for cases by number.
type Page struct {
	From  uint64 `json:"from"`  // the lowest number
	Limit int    `json:"limit"` // at most 1000; 0: 100
	Stage string `json:"stage"` // by name; empty: all; "open": those that are not over
}

// Round asks for a panel of a case.
type Round struct {
	Case  uint64 `json:"case"`
	Round uint8  `json:"round"` // 0: the last
}

// Verdict is what a juror would commit to.
type Verdict struct {
	Case  uint64       `json:"case"`
	Round uint8        `json:"round"` // 0: the last
	Juror keys.Address `json:"juror"`
	Ratio types.PPM    `json:"ratio"`
	Salt  keys.Hash    `json:"salt"`
}

// Info is a case.
type Info struct {
	ID      uint64      `json:"id"`
	Case    Case        `json:"case"`
	Outcome string      `json:"outcome"` // accepted: guilty, or upheld; rejected; void; empty while open
	Text    types.Bytes `json:"text"`    // where it is inline
}

func describe(id uint64, k Case) Info {
	info := Info{ID: id, Case: k}
	if k.Stage.Over() {
		info.Outcome = k.Outcome.String()
	}
	return info
}

// Seat is a juror's place on a panel.
type Seat struct {
	Round     uint8        `json:"round"`
	Juror     keys.Address `json:"juror"`
	Stake     types.Amount `json:"stake"` // when it was drawn; 0: cannot vote
	Committed bool         `json:"committed"`
	Revealed  bool         `json:"revealed"`
	Ratio     types.PPM    `json:"ratio"` // of a revealed vote
}

func get(c *route.Ctx, q Number) (*Info, error) {
	k, ok := cases.Get(c, q.Case)
	if !ok {
		return nil, nil
	}
	info := describe(q.Case, k)
	info.Text, _ = texts.Get(c, q.Case)
	return &info, nil
}

func list(c *route.Ctx, q Page) ([]Info, error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	q.Limit = min(q.Limit, 1000)
	if q.Stage != "" && q.Stage != "open" && !slices.Contains(stageNames, q.Stage) {
		return nil, ErrStage.With("no stage %.20q: write open, %s", q.Stage, strings.Join(stageNames, ", "))
	}
	out := []Info{}
	cases.RangeFrom(c, q.From, func(id uint64, k Case) bool {
		if q.Stage == "" || q.Stage == k.Stage.String() || q.Stage == "open" && !k.Stage.Over() {
			out = append(out, describe(id, k))
		}
		return len(out) < q.Limit
	})
	return out, nil
}

// Seats lists the seats of a case in order of addresses, of one round or, with
// 0, of both.
func Seats(c state.Reader, id uint64, round uint8) []Seat {
	parts := 1
	if round > 0 {
		parts = 2
	}
	out := []Seat{}
	seats.RangePrefix(c, place{Case: id, Round: round}, parts, func(p place, s seat) bool {
		out = append(out, Seat{p.Round, p.Juror, s.Stake, !s.Commitment.IsZero(), s.Revealed, s.Ratio})
		return true
	})
	return out
}

func panelOf(c *route.Ctx, q Round) ([]Seat, error) {
	if q.Round == 0 {
		k, _ := cases.Get(c, q.Case)
		q.Round = max(k.Round, 1)
	}
	return Seats(c, q.Case, q.Round), nil
}

func votesOf(c *route.Ctx, q Number) ([]Seat, error) {
	out := []Seat{}
	for _, s := range Seats(c, q.Case, 0) {
		if s.Revealed {
			out = append(out, s)
		}
	}
	return out, nil
}

func commitmentOf(c *route.Ctx, q Verdict) (*keys.Hash, error) {
	k, ok := cases.Get(c, q.Case)
	if !ok {
		return nil, nil
	}
	if q.Round == 0 {
		q.Round = k.Round
	}
	h := Commitment(q.Case, q.Round, q.Juror, q.Ratio, q.Salt)
	return &h, nil
}
