package rpc

import (
	"errors"
	"unicode/utf8"
)

// idMax bounds a request's id, which is sent back as it came.
const idMax = 256

// request is one call as it came. Its slices belong to the message.
type request struct {
	id     []byte // raw; nil for a notification
	method []byte
	params []byte // raw object or array; nil where there are none
	err    *Error // why it is no request
}

// parse cuts a message into its requests. An error is about the whole message
// and is answered alone, with id null.
func parse(msg []byte, batchMax int) (calls []request, batch bool, err *Error) {
	doc, bad := whole(msg)
	switch {
	case errors.Is(bad, errNest):
		return nil, false, limited("DEPTH", nil, nestMax, "nested too deeply")
	case bad != nil || !utf8.Valid(msg):
		return nil, false, fail(CodeParse, "PARSE", "malformed JSON").hint("send one JSON-RPC 2.0 request, or an array of them, as UTF-8")
	case doc[0] != '[':
		return []request{parseOne(doc)}, false, nil
	}
	n := 0
	eachItem(doc, func([]byte) bool { n++; return true })
	if n == 0 {
		return nil, true, fail(CodeRequest, "REQUEST", "an empty batch").hint("put at least one request into it")
	}
	if n > batchMax {
		return nil, true, limited("BATCH_SIZE", n, batchMax, "%d requests in one batch", n)
	}
	calls = make([]request, 0, n)
	eachItem(doc, func(item []byte) bool {
		calls = append(calls, parseOne(item))
		return true
	})
	return calls, true, nil
}

// parseOne reads one request. What is wrong with it is in err, and the id is
// kept where it has a valid one, so that the answer finds its question.
func parseOne(b []byte) (r request) {
	if b[0] != '{' {
		r.err = badRequest("a request is an object")
		return r
	}
	var version []byte
	seen := 0
	bad := func(e *Error) {
		if r.err == nil {
			r.err = e
		}
	}
	eachMember(b, func(name, value []byte) bool {
		bit := 0
		switch string(name) {
		case "jsonrpc":
			bit, version = 1, value
		case "method":
			bit = 2
			if value[0] != '"' {
				bad(badRequest("method is not a string"))
				break
			}
			r.method = text(value)
		case "params":
			bit = 4
			if value[0] != '{' && value[0] != '[' {
				bad(badRequest("params is neither an object nor an array"))
				break
			}
			r.params = value
		case "id":
			bit = 8
			if !validID(value) {
				bad(badRequest("id is not a string, a number or null of at most %d bytes", idMax))
				break
			}
			r.id = value
		default:
			bad(badRequest("unknown member %q", clip(name)).hint("a request has jsonrpc, method, params and id"))
		}
		if seen&bit != 0 {
			bad(badRequest("member %q is given twice", clip(name)))
		}
		seen |= bit
		return true
	})
	switch {
	case string(version) != `"2.0"`:
		bad(badRequest(`jsonrpc is not "2.0"`))
	case r.method == nil:
		bad(badRequest("no method"))
	}
	return r
}

func badRequest(format string, args ...any) *Error {
	return fail(CodeRequest, "REQUEST", format, args...).hint(`{"jsonrpc": "2.0", "id": 1, "method": "chain_status"}`)
}

func validID(v []byte) bool {
	return len(v) <= idMax && (v[0] == '"' || v[0] == '-' || v[0] >= '0' && v[0] <= '9' || string(v) == "null")
}

// clip shortens what a stranger sent for a message to him.
func clip(b []byte) string { return clipTo(64, b) }

func clipTo(most int, b []byte) string {
	if len(b) <= most {
		return string(b)
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(b[cut]) {
		cut--
	}
	return string(b[:cut]) + "…"
}

// appendAnswer writes a response; a nil err means result, which is raw JSON.
func appendAnswer(b, id, result []byte, err *Error) []byte {
	if id == nil {
		id = []byte("null")
	}
	b = append(b, `{"jsonrpc":"2.0","id":`...)
	b = append(b, id...)
	if err != nil {
		b = append(b, `,"error":`...)
		b = err.append(b)
	} else {
		b = append(b, `,"result":`...)
		b = append(b, result...)
	}
	return append(b, '}')
}
