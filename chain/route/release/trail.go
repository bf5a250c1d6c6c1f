package release

import (
	"encoding/json"
	"reflect"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// Entry is one event in the life of a candidate (R24). Entries are numbered from
// 1; the head of the trail after entry n is
//
//	Head(rc, n) = H("release/trail" ‖ rc ‖ Head(rc, n−1) ‖ cbor(entry n)), Head(rc, 0) zero
//
// and stands in the candidate's state value, so that a list of entries in clear
// verifies against one state proof.
type Entry struct {
	_      struct{}       `cbor:",toarray"`
	Number uint64         `json:"number"`
	Height types.Height   `json:"height"`
	Time   types.Time     `json:"time"`
	Kind   string         `json:"kind"`
	Actor  keys.Address   `json:"actor"` // zero: the rules themselves
	Key    keys.PublicKey `json:"key"`   // that signed the transaction; zero: none did
	Tx     keys.Hash      `json:"tx"`    // the transaction; zero: none
	Body   types.Bytes    `json:"body"`  // encoding of the kind's type
}

// Chained is the head of a trail after one more entry.
func Chained(rc, head keys.Hash, e Entry) keys.Hash {
	return keys.Sum([]byte("release/trail"), rc[:], head[:], codec.MustMarshal(e))
}

// Kinds of entries.
const (
	kindSubmitted  = "submitted"
	kindReport     = "report"
	kindDisclosed  = "disclosed"
	kindOpened     = "vote_opened"
	kindBallot     = "ballot"
	kindClosed     = "vote_closed"
	kindTriggered  = "triggered"
	kindRebuilt    = "rebuilt"
	kindLapsed     = "build_lapsed"
	kindBuilt      = "built"
	kindPublished  = "published"
	kindScheduled  = "scheduled"
	kindUnplanned  = "schedule_failed"
	kindActive     = "active"
	kindStore      = "store"
	kindWithdrawn  = "withdrawn"
	kindExpired    = "expired"
	kindSuperseded = "superseded"
)

// bodies are the types of the entries' bodies.
var bodies = map[string]reflect.Type{
	kindSubmitted: reflect.TypeFor[SubmitRC](), kindReport: reflect.TypeFor[Reported](),
	kindDisclosed: reflect.TypeFor[DiscloseReport](), kindOpened: reflect.TypeFor[Opened](),
	kindBallot: reflect.TypeFor[Cast](), kindClosed: reflect.TypeFor[Decided](),
	kindTriggered: reflect.TypeFor[Checked](), kindRebuilt: reflect.TypeFor[SubmitBuild](),
	kindBuilt: reflect.TypeFor[SubmitBuild](), kindPublished: reflect.TypeFor[Publication](),
	kindStore: reflect.TypeFor[RecordStore](), kindWithdrawn: reflect.TypeFor[Withdraw](),
	kindScheduled: reflect.TypeFor[Upgrade](), kindActive: reflect.TypeFor[Upgrade](),
	kindLapsed: reflect.TypeFor[Because](), kindUnplanned: reflect.TypeFor[Because](),
	kindExpired: reflect.TypeFor[Because](), kindSuperseded: reflect.TypeFor[Because](),
}

// Reported is the body of a report's entry.
type Reported struct {
	_        struct{}     `cbor:",toarray"`
	Auditor  keys.Address `json:"auditor"`
	Status   Status       `json:"status"`
	Report   keys.Hash    `json:"report"`
	TeamOnly bool         `json:"teamOnly"`
	CTR      bool         `json:"ctr"` // the auditor is a representative too
}

// Counted is a report that counts when a gate is passed.
type Counted struct {
	_       struct{}     `cbor:",toarray"`
	Auditor keys.Address `json:"auditor"`
	Status  Status       `json:"status"`
	Report  keys.Hash    `json:"report"`
}

// Checked is the body of an entry about a gate that asks for the audit only.
type Checked struct {
	_       struct{}  `cbor:",toarray"`
	Counted []Counted `json:"counted"`
}

// Opened is the body of an opened vote.
type Opened struct {
	_             struct{}       `cbor:",toarray"`
	Round         uint64         `json:"round"`
	Closes        types.Time     `json:"closes"`
	Plan          Plan           `json:"plan"`
	Reports       []keys.Hash    `json:"reports"`
	Counted       []Counted      `json:"counted"`
	Activists     []keys.Address `json:"activists"`
	Technologists []keys.Address `json:"technologists"`
}

// Cast is the body of a ballot's entry.
type Cast struct {
	_       struct{} `cbor:",toarray"`
	Round   uint64   `json:"round"`
	College College  `json:"college"`
	Choice  Choice   `json:"choice"`
}

// Tally is how a college voted.
type Tally struct {
	_       struct{} `cbor:",toarray"`
	Size    uint64   `json:"size"` // of the snapshot
	Yes     uint64   `json:"yes"`
	No      uint64   `json:"no"`
	Abstain uint64   `json:"abstain"`
	Void    uint64   `json:"void"` // ballots of those who are members no more
}

// Decided is the body of a closed vote.
type Decided struct {
	_             struct{}  `cbor:",toarray"`
	Round         uint64    `json:"round"`
	Passed        bool      `json:"passed"`
	Reason        string    `json:"reason"`
	Activists     Tally     `json:"activists"`
	Technologists Tally     `json:"technologists"`
	Counted       []Counted `json:"counted"`
}

// Publication is the body of a publication.
type Publication struct {
	_        struct{}  `cbor:",toarray"`
	Publish  Publish   `json:"publish"`
	Manifest keys.Hash `json:"manifest"`
	Fast     bool      `json:"fast"`
	Counted  []Counted `json:"counted"`
}

// Upgrade is the body of a scheduled and of an active plan.
type Upgrade struct {
	_        struct{}     `cbor:",toarray"`
	Height   types.Height `json:"height"`
	Protocol uint32       `json:"protocol"`
	Reset    []string     `json:"reset"`
}

// Because is the body of what the rules do by themselves.
type Because struct {
	_      struct{} `cbor:",toarray"`
	Reason string   `json:"reason"`
}

// self is who acts where the rules do: hooks, and answers of court and oracle.
var self = route.Address("release")

// note adds an entry to a candidate's trail and tells of it. The caller stores
// the candidate.
func (k *candidate) note(c *route.Ctx, rc keys.Hash, kind string, body any, kv ...any) {
	e := Entry{
		Number: k.Entries + 1, Height: c.Block.Height, Time: c.Block.Time, Kind: kind, Body: codec.MustMarshal(body),
	}
	if c.Tx != nil && c.Sender != self { // a verdict may come in the course of somebody's transaction
		e.Actor, e.Tx = c.Sender, c.Tx.Hash
		if c.Sender == c.Tx.From {
			e.Key = c.Tx.Sender
		}
	}
	k.Entries, k.Head = e.Number, Chained(rc, k.Head, e)
	trail.Set(c, roundKey{rc, e.Number}, e)
	c.Emit(kind, append([]any{"rc", rc, "entry", e.Number}, kv...)...)
}

// clear is an entry's body as JSON.
func (e *Entry) clear() string {
	t, ok := bodies[e.Kind]
	if !ok {
		return ""
	}
	v := reflect.New(t)
	if codec.Unmarshal(e.Body, v.Interface()) != nil {
		return ""
	}
	text, err := json.Marshal(v.Interface())
	if err != nil {
		return ""
	}
	return string(text)
}
