package rpc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"

	"probity/chain/route"
)

// Markdown is docs/rpc.md: the methods of a node that executes the given
// table, for people. The same bytes for the same table.
func Markdown(t route.Table) ([]byte, error) {
	s := &Server{}
	if err := s.declare(t); err != nil {
		return nil, err
	}
	ex, err := readExamples()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("# JSON-RPC\n\nGenerated from the table of methods; `docs/openrpc.json` is the same for programs,\nand `docs/client` a client in TypeScript made of it.\n\n")
	for _, sentence := range strings.SplitAfter(about, ". ") {
		b.WriteString(strings.TrimSpace(sentence) + "\n")
	}
	b.WriteString("\n## A transfer, with nothing but ed25519\n\n")
	fmt.Fprintf(&b, "%s\n", recipe)
	namespace := ""
	for _, m := range s.list {
		if m.admin {
			continue
		}
		if n, _, _ := strings.Cut(strings.Replace(m.Name, ".", "_", 1), "_"); n != namespace {
			namespace = n
			fmt.Fprintf(&b, "\n## %s\n", n)
		}
		m.markdown(&b, ex)
	}
	b.WriteString(adminPage())
	for _, m := range (&Server{}).adminMethods() {
		m.markdown(&b, ex)
	}
	markdownMessages(&b, t)
	markdownTopics(&b)
	markdownErrors(&b, ex)
	markdownLimits(&b)
	return b.Bytes(), nil
}

// recipe shows the three steps.
const recipe = "```\n" +
	`→ {"jsonrpc":"2.0","id":1,"method":"tx_prepare","params":{
     "sender":"0x<your 32-byte ed25519 public key>",
     "messages":[{"route":"bank","message":"send","body":{"to":"prb1…","amount":"1500000000"}}]}}
← {"jsonrpc":"2.0","id":1,"result":{"unsigned":"0x87…","signBytes":"0x70726f62…","summary":"Chain …"}}

signature = ed25519_sign(private key, signBytes)        (RFC 8032, the bytes as they are)

→ {"jsonrpc":"2.0","id":2,"method":"tx_submit","params":{"unsigned":"0x87…","signature":"0x…"}}
← {"jsonrpc":"2.0","id":2,"result":"0x<the transaction's hash>"}
→ {"jsonrpc":"2.0","id":3,"method":"tx_wait","params":{"hash":"0x<the transaction's hash>"}}
` + "```\n\n" +
	"`raw`, the signed transaction in one piece, is `0x88`, then `unsigned` without its first byte, then `0x5840` and the 64 bytes of the signature.\n" +
	"Read `summary` before you sign: it is made of the bytes, not of the request. A client that trusts no node checks that `signBytes` begins with\n" +
	"the text `probity/tx/v1` and the 32 bytes of the genesis hash, and that the rest is `unsigned`.\n"

func (m *Method) markdown(b *bytes.Buffer, ex examples) {
	fmt.Fprintf(b, "\n### %s\n\n%s", m.Name, m.Doc)
	if m.stream {
		b.WriteString(" WebSocket only.")
	}
	b.WriteString("\n")
	if len(m.params) > 0 {
		b.WriteString("\n| param | value |\n|---|---|\n")
	}
	for _, p := range m.params {
		name := "`" + p.name + "`"
		if !p.required {
			name += " (may be left out)"
		}
		doc := p.doc
		if doc == "" {
			doc = describe(p.typ)
		}
		fmt.Fprintf(b, "| %s | %s |\n", name, strings.ReplaceAll(doc, "|", "\\|"))
	}
	if len(m.kinds) > 0 {
		list := append([]string{}, m.kinds...)
		sort.Strings(list)
		fmt.Fprintf(b, "\nErrors: %s.\n", strings.Join(list, ", "))
	}
	if e, ok := ex.Methods[m.Name]; ok {
		fmt.Fprintf(b, "\n```\n→ %s\n← %s\n```\n", compact(e.Params), shortened(compact(e.Result)))
	}
}

// shortened keeps long answers from filling the page; OpenRPC has them whole.
func shortened(s string) string {
	const most = 600
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most]) + " …"
}

func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}

func markdownMessages(b *bytes.Buffer, t route.Table) {
	b.WriteString("\n## Messages\n\nWhat `tx_prepare` takes in `messages`.\n")
	markdownCalls(b, t, anyone)
	b.WriteString("\n## Actions\n\nWhat the `actions` of a proposal take, as `{route, message, body}`.\n")
	markdownCalls(b, t, legislature)
	b.WriteString("\nBeside each message and action `docs/openrpc.json` has `x-route` and `x-message`, its numbers, and `x-layout`, how its body\n")
	b.WriteString("becomes bytes, so that a program can build what it signs by itself (docs/client does): `uint`, `int`, `bool` and `text` are those of\n")
	b.WriteString("CBOR; `bytes`, `address` (bech32m in JSON) and `amount` (decimal digits in JSON, the shortest big-endian form on the wire) are byte\n")
	b.WriteString("strings; `action` is an array of its two numbers and the byte string of its body; `{choice}` is the number of a word, `{list}` an\n")
	b.WriteString("array, `{optional}` null or the value, `{struct}` an array of the members in their order.\n")
}

func markdownCalls(b *bytes.Buffer, t route.Table, by caller) {
	b.WriteString("\n| route | message | body | does |\n|---|---|---|---|\n")
	for _, r := range t {
		for i := range r.Msgs {
			m := &r.Msgs[i]
			if !by(m) {
				continue
			}
			var body []string
			for _, f := range shapeOf(m.Type, signs) {
				body = append(body, "`"+f.name+"` "+kindName(f.typ))
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", r.Name, m.Name, strings.Join(body, ", "), m.Doc)
		}
	}
}

// kindName is a short word for a type.
func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return kindName(t.Elem()) + " or null"
	case reflect.Slice:
		if !isText(t) {
			return "list of " + kindName(t.Elem())
		}
	}
	return t.Name()
}

func markdownTopics(b *bytes.Buffer) {
	b.WriteString("\n## Topics of chain_subscribe\n\n")
	b.WriteString("Notifications are `{\"method\":\"chain_subscription\",\"params\":{subscription, seq, cursor, result}}`. Pass the last `cursor` as\n")
	b.WriteString("`fromCursor` to go on where a connection broke. A client that reads too slowly gets `lagged: {dropped, resumeCursor}` in the place of\n")
	b.WriteString("`result`; `error` in its place means that the subscription has ended. A cursor that lies before what the node keeps is refused as\n")
	b.WriteString("CURSOR_EXPIRED with the oldest one in `want`; `0.0` begins with the oldest block that there is.\n\n")
	b.WriteString("`GET /events?topic=finalized&topic=pools` gives the same as server-sent events: `event` is the topic, `data` the params of the\n")
	b.WriteString("notification, `id` the cursors of all topics in the order of the query. An `id` in `fromCursor`, or in the header `Last-Event-ID`\n")
	b.WriteString("that browsers send by themselves, goes on behind it. A query that cannot be is answered under HTTP status 400, 410, 429 or 503 with an error of\n")
	b.WriteString("JSON-RPC. A client that reads nothing for 30 seconds is cut off.\n\n| topic | tells |\n|---|---|\n")
	for _, t := range topics {
		fmt.Fprintf(b, "| %s | %s |\n", t.name, t.doc)
	}
}

func markdownErrors(b *bytes.Buffer, ex examples) {
	b.WriteString("\n## Errors\n\nA positive code is a route's own verdict. Each example was answered to the request beside it.\n\n| kind | code | means | example |\n|---|---|---|---|\n")
	names := make([]string, 0, len(kinds))
	for k := range kinds {
		names = append(names, k)
	}
	sort.Strings(names)
	for _, name := range names {
		k := kinds[name]
		shown := ""
		if e, ok := ex.Errors[name]; ok {
			answer, err := plainJSON(e.Error)
			if err == nil {
				shown = fmt.Sprintf("`%s` → `%s`", escaped(e.Request), escaped(string(answer)))
			}
		}
		fmt.Fprintf(b, "| %s | %d | %s | %s |\n", name, k.code, k.meaning, shown)
	}
}

// escaped keeps text inside a cell of a table.
func escaped(s string) string {
	const most = 200
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + " …"
	}
	return strings.NewReplacer("|", "\\|", "\n", " ", "`", "'").Replace(s)
}

func markdownLimits(b *bytes.Buffer) {
	l := defaults
	b.WriteString("\n## Limits\n\nDefaults; `rpc_limits` tells those of a node.\n\n| limit | value |\n|---|---|\n")
	for _, row := range []struct {
		name  string
		value any
	}{
		{"requests in a batch", l.BatchMax}, {"bytes of a message", l.BytesIn}, {"bytes of an answer", l.BytesOut},
		{"time of a call", l.Timeout}, {"time of tx_wait", l.WaitMax}, {"connections of subscribers: WebSockets and streams of events", l.Sockets}, {"of these, of one client", socketsMax},
		{"subscriptions of a connection", l.Subscriptions}, {"tokens a second of a client that is not on this machine", l.Rate},
		{"tokens that it may save up", l.Burst},
	} {
		fmt.Fprintf(b, "| %s | %v |\n", row.name, row.value)
	}
}
