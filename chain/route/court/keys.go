package court

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/state"
	"probity/chain/types"
)

// Kind says what a case is.
type Kind uint8

// The kinds. Their numbers are on the wire.
const (
	Accusation Kind = 1 // of an account, by an account
	Appeal     Kind = 2 // of a role, opened by the route that owns it
)

// String is the kind's name.
func (k Kind) String() string { return name("kind", uint8(k), "accusation", "appeal") }

// MarshalText gives the kind's name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Charge says what an account is accused of.
type Charge uint8

// The charges. Their numbers are on the wire.
const (
	Censorship Charge = 1 // leaves out transactions, votes, contracts or evidence
	Selection  Charge = 2 // moves who is drawn
	Role       Charge = 3 // abuses a role
	Spirit     Charge = 4 // another violation of the spirit of the law
)

var chargeNames = []string{"censorship", "selection", "role", "spirit"}

// Valid reports whether it is one of the charges.
func (g Charge) Valid() bool { return g >= Censorship && g <= Spirit }

// String is the charge's name.
func (g Charge) String() string { return name("charge", uint8(g), chargeNames...) }

// MarshalText gives the charge's name.
func (g Charge) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText reads the charge's name.
func (g *Charge) UnmarshalText(text []byte) error {
	for i, n := range chargeNames {
		if n == string(text) {
			*g = Charge(i + 1)
			return nil
		}
	}
	return ErrEvidence.With("%.20q is no charge: write censorship, selection, role or spirit", text)
}

// Stage is where a case stands.
type Stage uint8

// The stages. Their numbers are on the wire.
const (
	Filed     Stage = 1 // waits for its panel
	Commit    Stage = 2 // jurors commit
	Reveal    Stage = 3 // jurors reveal
	Decided   Stage = 4 // may be appealed
	Appealed  Stage = 5 // waits for its second panel
	Ratify    Stage = 6 // a binding pool is open
	Final     Stage = 7 // guilty, or the appeal of a role was heard
	Dismissed Stage = 8 // not guilty, or no verdict came about
)

// stageNames are those of the stages, from 1.
var stageNames = []string{"filed", "commit", "reveal", "decided", "appealed", "ratify", "final", "dismissed"}

// String is the stage's name.
func (s Stage) String() string {
	return name("stage", uint8(s), stageNames...)
}

// MarshalText gives the stage's name.
func (s Stage) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Over reports whether nothing more happens.
func (s Stage) Over() bool { return s == Final || s == Dismissed }

// name is the nth name, from 1.
func name(what string, n uint8, names ...string) string {
	if n == 0 || int(n) > len(names) {
		return fmt.Sprintf("%s(%d)", what, n)
	}
	return names[n-1]
}

// Claim names a post or block that brought the accused REP by the deed.
type Claim struct {
	_      struct{}     `cbor:",toarray"`
	Post   keys.Hash    `json:"post"`
	Amount types.Amount `json:"amount"` // of which the ratio is taken, as much as the post has
}

// Terms are the numbers that a case is judged by: those in force at its filing.
type Terms struct {
	_           struct{}     `cbor:",toarray"`
	Panel       uint64       `json:"panel"`
	AppealPanel uint64       `json:"appealPanel"`
	PanelMin    uint64       `json:"panelMin"`
	Stake       types.Amount `json:"stake"` // of a juror
	SilencePPM  types.PPM    `json:"silencePpm"`
	MinorityPPM types.PPM    `json:"minorityPpm"`
	MaxPPM      types.PPM    `json:"maxPpm"` // that a panel alone may take
	QuorumPPM   types.PPM    `json:"quorumPpm"`
	WinPPM      types.PPM    `json:"winPpm"`
	LossPPM     types.PPM    `json:"lossPpm"`
	Commit      types.Time   `json:"commit"`
	Reveal      types.Time   `json:"reveal"`
	Window      types.Time   `json:"window"`
	Ratify      types.Time   `json:"ratify"`
	AppealBond  types.Amount `json:"appealBond"`
}

// Decision is what a panel said.
type Decision struct {
	_      struct{}  `cbor:",toarray"`
	Seats  uint64    `json:"seats"`
	Guilty uint64    `json:"guilty"` // revealed votes for a ratio above 0
	Clear  uint64    `json:"clear"`  // revealed votes for 0
	Hung   bool      `json:"hung"`   // no verdict: too few seats, or too few revealed
	Ratio  types.PPM `json:"ratio"`  // 0: not guilty
}

// Case is a case, open or over. Cases are kept for ever.
type Case struct {
	_          struct{}       `cbor:",toarray"`
	Kind       Kind           `json:"kind"`
	Stage      Stage          `json:"stage"`
	Charge     Charge         `json:"charge"`  // of an accusation
	Accuser    keys.Address   `json:"accuser"` // zero for the appeal of a role
	Accused    keys.Address   `json:"accused"`
	Parties    []keys.Address `json:"parties"` // are on no panel and do not vote
	Opener     string         `json:"opener"`  // of the appeal of a role
	Ref        keys.Hash      `json:"ref"`     // the subject, in the opener's terms
	Content    keys.Hash      `json:"content"` // of the text of an accusation
	Evidence   []keys.Hash    `json:"evidence"`
	Posts      []Claim        `json:"posts"`
	Bond       types.Amount   `json:"bond"` // $, held while the case is open
	Terms      Terms          `json:"terms"`
	Filed      types.Height   `json:"filed"`
	Round      uint8          `json:"round"`    // 1, and 2 on appeal
	Draws      types.Epoch    `json:"draws"`    // whose R(e,0) the round's panel is drawn from
	Snapshot   uint64         `json:"snapshot"` // of holders, while a panel is waited for; else 0
	Until      types.Time     `json:"until"`    // the stage's end; 0 while a panel is waited for, and after the end
	Decisions  []Decision     `json:"decisions"`
	Appellant  keys.Address   `json:"appellant"` // zero: nobody appealed
	AppealBond types.Amount   `json:"appealBond"`
	Pool       uint64         `json:"pool"`             // that ratifies; 0: none
	Outcome    route.Outcome  `cbor:"outcome" json:"-"` // 0 while open; of an accusation, accepted is guilty
	Ratio      types.PPM      `json:"ratio"`            // that was taken
	WREP       types.Amount   `json:"wrep"`             // that was burned
	GREP       types.Amount   `json:"grep"`
	Ended      types.Height   `json:"ended"`
}

// place is a juror's.
type place struct {
	Case  uint64
	Round uint8
	Juror keys.Address
}

// seat is what a juror did.
type seat struct {
	_          struct{}     `cbor:",toarray"`
	Stake      types.Amount // exposed when it was drawn; 0: it could not cover one and cannot vote
	Commitment keys.Hash    // zero: none
	Revealed   bool
	Ratio      types.PPM
}

// queued is a case that waits for a panel.
type queued struct {
	Epoch types.Epoch
	Case  uint64
}

// turn is when a case goes on.
type turn struct {
	Time types.Time
	Case uint64
}

// load counts the open cases.
type load struct {
	_           struct{} `cbor:",toarray"`
	Accusations uint64
	Appeals     uint64
}

// The regions of the route.
var (
	cases   = state.NewMap[uint64, Case](state.Region{Route: ID, Number: 1, Name: "cases"})
	last    = state.NewValue[uint64](state.Region{Route: ID, Number: 2, Name: "lastCase"})
	seats   = state.NewMap[place, seat](state.Region{Route: ID, Number: 3, Name: "seats"})
	waiting = state.NewMap[queued, bool](state.Region{Route: ID, Number: 4, Name: "waiting"})
	turns   = state.NewMap[turn, bool](state.Region{Route: ID, Number: 5, Name: "turns"})
	seeds   = state.NewMap[types.Epoch, keys.Hash](state.Region{Route: ID, Number: 6, Name: "seeds"})
	charged = state.NewMap[keys.Address, uint64](state.Region{Route: ID, Number: 7, Name: "charged"})
	filed   = state.NewMap[keys.Address, uint64](state.Region{Route: ID, Number: 8, Name: "filedBy"})
	pools   = state.NewMap[uint64, uint64](state.Region{Route: ID, Number: 9, Name: "pools"})
	opened  = state.NewValue[load](state.Region{Route: ID, Number: 10, Name: "open"})
	texts   = state.NewMap[uint64, types.Bytes](state.Region{Route: ID, Number: 11, Name: "texts"})
)

// read is a case by its number. ErrCase where there is none.
func read(r state.Reader, id uint64) (*Case, error) {
	k, ok := cases.Get(r, id)
	if !ok {
		return nil, ErrCase.For(id, "a number that court/list knows")
	}
	return &k, nil
}

// Find is a case by its number.
func Find(r state.Reader, id uint64) (Case, bool) { return cases.Get(r, id) }

// Charged is how many open cases accuse an account.
func Charged(r state.Reader, a keys.Address) uint64 {
	n, _ := charged.Get(r, a)
	return n
}

// count changes a counter of a map and forgets it at zero.
func count(c *route.Ctx, m state.Map[keys.Address, uint64], a keys.Address, up bool) uint64 {
	n, _ := m.Get(c, a)
	if up {
		n++
	} else {
		n--
	}
	if n == 0 {
		m.Delete(c, a)
	} else {
		m.Set(c, a, n)
	}
	return n
}
