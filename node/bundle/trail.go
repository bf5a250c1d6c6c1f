package bundle

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route/release"
	"probity/chain/types"
)

// Kinds of entries that the checks speak of (spec release §3).
const (
	kindSubmitted = "submitted"
	kindReport    = "report"
	kindDisclosed = "disclosed"
	kindOpened    = "vote_opened"
	kindBallot    = "ballot"
	kindClosed    = "vote_closed"
	kindTriggered = "triggered"
	kindRebuilt   = "rebuilt"
	kindBuilt     = "built"
	kindPublished = "published"
	kindStore     = "store"
)

// bodies are the types of the entries' bodies.
var bodies = map[string]reflect.Type{
	kindSubmitted: reflect.TypeFor[release.SubmitRC](), kindReport: reflect.TypeFor[release.Reported](),
	kindDisclosed: reflect.TypeFor[release.DiscloseReport](), kindOpened: reflect.TypeFor[release.Opened](),
	kindBallot: reflect.TypeFor[release.Cast](), kindClosed: reflect.TypeFor[release.Decided](),
	kindTriggered: reflect.TypeFor[release.Checked](), kindRebuilt: reflect.TypeFor[release.SubmitBuild](),
	kindBuilt: reflect.TypeFor[release.SubmitBuild](), kindPublished: reflect.TypeFor[release.Publication](),
	kindStore: reflect.TypeFor[release.RecordStore](), "withdrawn": reflect.TypeFor[release.Withdraw](),
	"scheduled": reflect.TypeFor[release.Upgrade](), "active": reflect.TypeFor[release.Upgrade](),
	"build_lapsed": reflect.TypeFor[release.Because](), "schedule_failed": reflect.TypeFor[release.Because](),
	"expired": reflect.TypeFor[release.Because](), "superseded": reflect.TypeFor[release.Because](),
}

// decoded is the body of an entry, of the type of its kind.
func decoded(e *release.Entry) (any, error) {
	t, ok := bodies[e.Kind]
	if !ok {
		return nil, fmt.Errorf("entry %d: no kind %q", e.Number, e.Kind)
	}
	v := reflect.New(t)
	if err := codec.Unmarshal(e.Body, v.Interface()); err != nil {
		return nil, fmt.Errorf("entry %d, %s: %w", e.Number, e.Kind, err)
	}
	return v.Elem().Interface(), nil
}

// heads are those of the trail before the first entry and after each.
func heads(rc keys.Hash, entries []release.Entry) []keys.Hash {
	out := make([]keys.Hash, 1, len(entries)+1)
	for i := range entries {
		out = append(out, release.Chained(rc, out[i], entries[i]))
	}
	return out
}

// sealedPart are the entries that the delivery embeds: those up to the head that
// was sealed when the build was agreed.
func sealedPart(rc keys.Hash, entries []release.Entry, sealed keys.Hash) ([]release.Entry, error) {
	n := slices.Index(heads(rc, entries), sealed)
	if n <= 0 {
		return nil, fmt.Errorf("no entry of the trail ends in the sealed head %s", sealed)
	}
	return entries[:n], nil
}

// inClear is the history as people read it: a JSON object on a line for each entry.
func inClear(entries []release.Entry) ([]byte, error) {
	var out []byte
	for i := range entries {
		e := &entries[i]
		body, err := decoded(e)
		if err != nil {
			return nil, err
		}
		line, err := json.Marshal(struct {
			Number uint64         `json:"number"`
			Height types.Height   `json:"height"`
			Time   types.Time     `json:"time"`
			Kind   string         `json:"kind"`
			Actor  keys.Address   `json:"actor"`
			Key    keys.PublicKey `json:"key"`
			Tx     keys.Hash      `json:"tx"`
			Body   any            `json:"body"`
		}{e.Number, e.Height, e.Time, e.Kind, e.Actor, e.Key, e.Tx, body})
		if err != nil {
			return nil, err
		}
		out = append(append(out, line...), '\n')
	}
	return out, nil
}

// Files of the history in the delivered source.
const (
	historyText = provenance + "history.jsonl"
	historyWire = provenance + "trail.cbor"
)

// historyFiles are the sealed entries as files of the source (R24).
func historyFiles(sealed []release.Entry) (Tree, error) {
	text, err := inClear(sealed)
	if err != nil {
		return nil, err
	}
	return Tree{
		{Path: historyText, Mode: ModeFile, Data: text},
		{Path: historyWire, Mode: ModeFile, Data: codec.MustMarshal(sealed)},
	}, nil
}
