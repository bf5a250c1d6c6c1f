package rpc

import (
	"encoding/json"
	"errors"
)

// nestMax bounds how deep arrays and objects nest.
const nestMax = 64

var (
	errJSON = errors.New("malformed JSON")
	errNest = errors.New("JSON nested too deeply")
)

// The functions below cut JSON into parts without decoding it, so that a batch
// of transactions is looked at a few times and copied once. They accept what
// json.Valid accepts, except deeper nesting (FuzzScan).

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// skipValue returns the index after the value that begins at i.
func skipValue(b []byte, i, depth int) (int, error) {
	if i >= len(b) {
		return i, errJSON
	}
	switch c := b[i]; {
	case c == '"':
		return skipString(b, i)
	case c == '{' || c == '[':
		return skipNest(b, i, depth)
	case c == '-' || c >= '0' && c <= '9':
		return skipNumber(b, i)
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if len(b)-i >= len(word) && string(b[i:i+len(word)]) == word {
			return i + len(word), nil
		}
	}
	return i, errJSON
}

// skipNest passes over the object or array that begins at i.
func skipNest(b []byte, i, depth int) (int, error) {
	if depth >= nestMax {
		return i, errNest
	}
	object, end := b[i] == '{', byte(']')
	if object {
		end = '}'
	}
	if i = skipSpace(b, i+1); i < len(b) && b[i] == end {
		return i + 1, nil
	}
	for {
		var err error
		if object {
			if i, err = skipKey(b, i); err != nil {
				return i, err
			}
		}
		if i, err = skipValue(b, i, depth+1); err != nil {
			return i, err
		}
		if i = skipSpace(b, i); i >= len(b) {
			return i, errJSON
		}
		if b[i] == end {
			return i + 1, nil
		}
		if b[i] != ',' {
			return i, errJSON
		}
		i = skipSpace(b, i+1)
	}
}

// skipKey passes over a member's name and the colon after it.
func skipKey(b []byte, i int) (int, error) {
	if i >= len(b) || b[i] != '"' {
		return i, errJSON
	}
	i, err := skipString(b, i)
	if err != nil {
		return i, err
	}
	if i = skipSpace(b, i); i >= len(b) || b[i] != ':' {
		return i, errJSON
	}
	return skipSpace(b, i+1), nil
}

func skipString(b []byte, i int) (int, error) {
	for i++; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return i + 1, nil
		case c < ' ':
			return i, errJSON
		case c == '\\':
			i++
			if i >= len(b) {
				return i, errJSON
			}
			switch b[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if len(b)-i < 5 || !isHex(b[i+1:i+5]) {
					return i, errJSON
				}
				i += 4
			default:
				return i, errJSON
			}
		}
	}
	return i, errJSON
}

func isHex(b []byte) bool {
	for _, c := range b {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
			return false
		}
	}
	return true
}

func skipNumber(b []byte, i int) (int, error) {
	if b[i] == '-' {
		i++
	}
	start := i
	if i = skipDigits(b, i); i == start || b[start] == '0' && i > start+1 {
		return i, errJSON
	}
	if i < len(b) && b[i] == '.' {
		start = i + 1
		if i = skipDigits(b, start); i == start {
			return i, errJSON
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		start = i
		if i = skipDigits(b, start); i == start {
			return i, errJSON
		}
	}
	return i, nil
}

func skipDigits(b []byte, i int) int {
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return i
}

// whole returns the one value that b consists of, without the space around it.
func whole(b []byte) ([]byte, error) {
	i := skipSpace(b, 0)
	end, err := skipValue(b, i, 0)
	if err != nil {
		return nil, err
	}
	if skipSpace(b, end) != len(b) {
		return nil, errJSON
	}
	return b[i:end], nil
}

// eachItem calls fn with the items of an array that whole has accepted.
func eachItem(b []byte, fn func(item []byte) bool) {
	for i := skipSpace(b, 1); b[i] != ']'; {
		end, _ := skipValue(b, i, 0)
		if !fn(b[i:end]) {
			return
		}
		if i = skipSpace(b, end); b[i] == ',' {
			i = skipSpace(b, i+1)
		}
	}
}

// eachMember calls fn with the members of an object that whole has accepted.
func eachMember(b []byte, fn func(name, value []byte) bool) {
	for i := skipSpace(b, 1); b[i] != '}'; {
		key, _ := skipString(b, i)
		name := text(b[i:key])
		i = skipSpace(b, skipSpace(b, key)+1)
		end, _ := skipValue(b, i, 0)
		if !fn(name, b[i:end]) {
			return
		}
		if i = skipSpace(b, end); b[i] == ',' {
			i = skipSpace(b, i+1)
		}
	}
}

// text is the content of a quoted string; it copies only where there are
// escapes.
func text(quoted []byte) []byte {
	inner := quoted[1 : len(quoted)-1]
	for _, c := range inner {
		if c == '\\' {
			var s string
			_ = json.Unmarshal(quoted, &s)
			return []byte(s)
		}
	}
	return inner
}
