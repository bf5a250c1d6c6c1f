package rpc

import (
	"encoding/json"
	"reflect"
	"strings"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// form is how a type of the chain looks in JSON.
type form struct {
	pattern string // of a string; empty for a number
	doc     string
	example string // JSON
}

// forms lists the types whose JSON is not what their Go kind suggests; schemas
// and error texts take them from here.
var forms = map[reflect.Type]form{
	reflect.TypeFor[types.Amount](): {
		pattern: "^(0|[1-9][0-9]{0,38})$", example: `"1500000000"`,
		doc: "Base units (10⁻⁹ of $ or REP) as decimal digits, below 2¹²⁸. Input also takes 0x digits or a whole number.",
	},
	reflect.TypeFor[types.Weight](): {
		pattern: "^(0|[1-9][0-9]{0,18})$", example: `"100"`,
		doc: "Whole REP as decimal digits, below 2⁶².",
	},
	reflect.TypeFor[keys.Address](): {
		pattern: "^prb1[02-9ac-hj-np-z]{38}$", example: `"` + keys.Address{}.String() + `"`,
		doc: "An account: bech32m of the first 20 bytes of the BLAKE3-256 hash of its public key.",
	},
	reflect.TypeFor[keys.Hash](): {
		pattern: "^0x[0-9a-f]{64}$", example: `"` + keys.Hash{}.String() + `"`,
		doc: "A BLAKE3-256 hash, or the name of what it is of: 0x and 64 hex digits.",
	},
	reflect.TypeFor[keys.PublicKey](): {
		pattern: "^0x[0-9a-f]{64}$", example: `"` + keys.PublicKey{}.String() + `"`,
		doc: "An ed25519 public key: 0x and 64 hex digits.",
	},
	reflect.TypeFor[keys.Signature](): {
		pattern: "^0x[0-9a-f]{128}$", example: `"0x` + strings.Repeat("00", 64) + `"`,
		doc: "An ed25519 signature: 0x and 128 hex digits.",
	},
	reflect.TypeFor[types.Bytes](): {
		pattern: "^0x([0-9a-f]{2})*$", example: `"0x"`, doc: "Bytes: 0x and hex digits.",
	},
	reflect.TypeFor[types.Kind](): {
		pattern: "^(propose|notarize|nullify|reject|finalize)$", example: `"notarize"`, doc: "What a signed statement says.",
	},
	reflect.TypeFor[route.Outcome](): {
		pattern: "^(accepted|rejected|void)$", example: `"accepted"`, doc: "How a pool ended.",
	},
	reflect.TypeFor[Stage](): {
		pattern: "^(pending|included|final)$", example: `"final"`, doc: "How far a transaction has come.",
	},
	reflect.TypeFor[Topic](): {
		pattern: "^(newBlocks|finalized|pools|repChanges|governance|evidence|circuits|peers)$", example: `"finalized"`,
		doc: "newBlocks, finalized, pools, repChanges, governance, evidence, circuits or peers.",
	},
	reflect.TypeFor[Selector](): {
		pattern: "^(latest|finalized|genesis|[0-9]+|0x[0-9a-f]+)$", example: `"latest"`,
		doc: "A final block: its height (a number, or a string of decimal or 0x digits), its hash (0x and 64 digits), \"latest\" or \"finalized\" (the last final block) or \"genesis\".",
	},
	reflect.TypeFor[types.Height]():    {example: "42", doc: "Height of a block; the genesis is 0."},
	reflect.TypeFor[types.View]():      {example: "17", doc: "An attempt to add a block, counted from 1 within an epoch."},
	reflect.TypeFor[types.Epoch]():     {example: "3", doc: "A stretch of blocks that share a roster."},
	reflect.TypeFor[types.Time]():      {example: "1767225600000", doc: "Milliseconds since the Unix epoch."},
	reflect.TypeFor[types.PPM]():       {example: "500000", doc: "Parts per million."},
	reflect.TypeFor[types.Scheme]():    {example: "1", doc: "Beacon scheme: 1 hashed, 2 recoverable."},
	reflect.TypeFor[types.Selection](): {example: "1", doc: "Selection of producers: 1 cycle, 2 lottery."},
}

// numeric says whether a type with a text form is a number, so that a bare
// number is taken for it.
func numeric(t reflect.Type) bool {
	return t == reflect.TypeFor[types.Amount]() || t == reflect.TypeFor[types.Weight]()
}

// describe says in words what a type looks like in JSON.
func describe(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if f, ok := forms[t]; ok {
		return f.doc
	}
	if t == reflect.TypeFor[types.Msg]() {
		return `an object {"route": …, "message": …, "body": {…}}`
	}
	if words, _ := choices(t); len(words) > 0 {
		return "one of " + strings.Join(words, ", ")
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "0x and hex digits"
		}
		return "a list of: " + describe(t.Elem())
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Uint64, reflect.Uint32, reflect.Uint16, reflect.Uint8, reflect.Uint, reflect.Int, reflect.Int64, reflect.Int32:
		return "a whole number, or a string of its decimal or 0x digits"
	}
	return "a JSON value"
}

// Selector names a final block: by height, by hash, or by one of the words
// latest, finalized and genesis. The zero Selector is the latest.
type Selector struct {
	height *types.Height
	hash   *keys.Hash
	word   string
}

// UnmarshalJSON reads a number or a string.
func (s *Selector) UnmarshalJSON(raw []byte) error {
	*s = Selector{}
	bad := fail(CodeParams, "SELECTOR", "at: no selector of a block").
		hint(`want a height, a block's hash, "latest", "finalized" or "genesis"`).values(clip(raw), forms[reflect.TypeFor[Selector]()].doc)
	if raw[0] == '"' {
		switch t := string(text(raw)); {
		case t == "latest" || t == "finalized":
			s.word = t
			return nil
		case t == "genesis":
			s.height = new(types.Height)
			return nil
		case len(t) == 66:
			s.hash = new(keys.Hash)
			if s.hash.UnmarshalText([]byte(t)) != nil {
				return bad
			}
			return nil
		case t == "":
			return bad
		}
	}
	n, err := readUint(raw, 64)
	if err != nil {
		return bad
	}
	h := types.Height(n)
	s.height = &h
	return nil
}

// MarshalJSON gives the selector as it can be read again.
func (s Selector) MarshalJSON() ([]byte, error) {
	switch {
	case s.height != nil:
		return json.Marshal(*s.height)
	case s.hash != nil:
		return json.Marshal(*s.hash)
	case s.word != "":
		return json.Marshal(s.word)
	}
	return []byte(`"latest"`), nil
}

var stages = [...]string{Pending: "pending", Included: "included", Final: "final"}

// String is the stage's name.
func (s Stage) String() string {
	if s < Pending || s > Final {
		return "unknown"
	}
	return stages[s]
}

// MarshalText gives the stage's name.
func (s Stage) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a stage's name.
func (s *Stage) UnmarshalText(text []byte) error {
	for i := Pending; i <= Final; i++ {
		if stages[i] == string(text) {
			*s = i
			return nil
		}
	}
	return badParams("no stage %q", clip(text)).hint("want pending, included or final")
}
