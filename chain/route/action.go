package route

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
)

// An action of a proposal is a message that the legislature dispatches in its
// own name when the proposal executes (spec legislature §2). Whatever message
// names the legislature among its callers can be one: a route offers an action
// by having such a message, and nothing is registered elsewhere.

// Weighty is implemented by the bodies of actions of which only some need the
// larger majority: it tells whether this one does.
type Weighty interface {
	Grave(p *Params) bool
}

// Rescuer is implemented by the bodies of messages of which only some are out
// of the breaker's reach: it tells whether this one is.
type Rescuer interface {
	Rescues(c *Ctx) bool
}

// Stage is where a proposal stands when its actions' routes hear of it.
type Stage uint8

// The stages. Their numbers are on the wire.
const (
	StageOpened   Stage = 1
	StageExecuted Stage = 2
	StageFailed   Stage = 3 // rejected, expired after it passed, or an action failed
	StageVetoed   Stage = 4
	StageDropped  Stage = 5 // no vote refused it: withdrawn, or expired as a draft
)

// String is the stage's name.
func (s Stage) String() string {
	switch s {
	case StageOpened:
		return "opened"
	case StageExecuted:
		return "executed"
	case StageFailed:
		return "failed"
	case StageDropped:
		return "dropped"
	case StageVetoed:
		return "vetoed"
	}
	return "stage?"
}

// Notice tells a route of a proposal that has one of its messages as an action.
// Refusing the one of StageOpened refuses the proposal.
type Notice struct {
	_        struct{}     `cbor:",toarray"`
	Stage    Stage        `json:"stage"`
	Proposal keys.Hash    `json:"proposal"`
	Proposer keys.Address `json:"proposer"`
	Action   types.Bytes  `json:"action"` // body of the action
}

// Spoken is a message as people write it: by names, its body as an object.
type Spoken struct {
	Route   string          `json:"route"`
	Message string          `json:"message"`
	Body    json.RawMessage `json:"body"`
}

// Speak is a message by its names. One that the table does not have, or cannot
// read, keeps its numbers and bytes.
func (t Table) Speak(m types.Msg, version uint32) Spoken {
	r, msg, err := t.Resolve(m, version)
	if err == nil {
		var body any
		if body, err = msg.Decode(m.Body); err == nil {
			var raw []byte
			if raw, err = t.words(body, version); err == nil {
				return Spoken{Route: r.Name, Message: msg.Name, Body: raw}
			}
		}
	}
	raw, _ := json.Marshal(m.Body)
	return Spoken{Route: fmt.Sprint(m.Route), Message: fmt.Sprint(m.ID), Body: raw}
}

// words is a message's body as JSON, in which the messages inside of it are
// spoken.
func (t Table) words(body any, version uint32) ([]byte, error) {
	v := reflect.ValueOf(body)
	if v.Kind() != reflect.Struct {
		return json.Marshal(body)
	}
	b := []byte{'{'}
	for i := range v.NumField() {
		name, opts, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" || strings.Contains(opts, "omitempty") && v.Field(i).IsZero() {
			continue
		}
		member := v.Field(i).Interface()
		switch m := member.(type) {
		case types.Msg:
			member = t.Speak(m, version)
		case []types.Msg:
			list := make([]Spoken, len(m))
			for j := range m {
				list[j] = t.Speak(m[j], version)
			}
			member = list
		}
		raw, err := json.Marshal(member)
		if err != nil {
			return nil, err
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(strconv.AppendQuote(b, name), ':'), raw...)
	}
	return append(b, '}'), nil
}

// Hear is the message that Speak wrote, or a person did. Its errors name the
// place: "body.amount: not an amount".
func (t Table) Hear(s Spoken) (types.Msg, error) {
	r := t.Find(s.Route)
	if r == nil {
		return types.Msg{}, fmt.Errorf("route: no route %q", s.Route)
	}
	msg := r.Msg(s.Message)
	if msg == nil {
		return types.Msg{}, fmt.Errorf("message: route %s has no message %q", s.Route, s.Message)
	}
	body := reflect.New(msg.Type)
	if err := readJSON("body", s.Body, body.Elem()); err != nil {
		return types.Msg{}, err
	}
	b, err := codec.Marshal(body.Elem().Interface())
	return types.Msg{Route: r.ID, ID: msg.ID, Body: b}, err
}
