package rpc

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strings"

	"probity/chain/route"
)

// OpenRPC is the OpenRPC document of a node that executes the given table: the
// same bytes for the same table. docs/openrpc.json and rpc.discover are it.
func OpenRPC(t route.Table) ([]byte, error) {
	s := &Server{}
	if err := s.declare(t); err != nil {
		return nil, err
	}
	return s.openRPC(t)
}

// document is an OpenRPC 1.2.6 document.
type document struct {
	OpenRPC    string      `json:"openrpc"`
	Info       docInfo     `json:"info"`
	Servers    []docServer `json:"servers"`
	Methods    []docMethod `json:"methods"`
	Components components  `json:"components"`
	Topics     []docTopic  `json:"x-topics"` // of chain_subscribe and GET /events
}

// docTopic is a topic and the schema of what its notices hold as result.
type docTopic struct {
	Name    string          `json:"name"`
	Summary string          `json:"summary"`
	Result  json.RawMessage `json:"result"`
}

type docInfo struct {
	Title       string            `json:"title"`
	Version     string            `json:"version"`
	Description string            `json:"description"`
	License     map[string]string `json:"license"`
}

type docServer struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

type docMethod struct {
	Name      string       `json:"name"`
	Tags      []docName    `json:"tags"`
	Summary   string       `json:"summary"`
	Structure string       `json:"paramStructure"`
	Params    []descriptor `json:"params"`
	Result    descriptor   `json:"result"`
	Errors    []reference  `json:"errors"`
	Examples  []docExample `json:"examples"`
	Weight    int          `json:"x-weight"`              // rate tokens
	Transport string       `json:"x-transport,omitempty"` // where not every one serves
}

type docName struct {
	Name string `json:"name"`
}

type descriptor struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Required    bool            `json:"required,omitempty"`
	Schema      json.RawMessage `json:"schema"`
}

type reference struct {
	Ref string `json:"$ref"`
}

type docExample struct {
	Name   string     `json:"name"`
	Params []docValue `json:"params"`
	Result docValue   `json:"result"`
}

type docValue struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
}

type components struct {
	Schemas map[string]json.RawMessage `json:"schemas"`
	Errors  map[string]docError        `json:"errors"`
}

type docError struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data"`
}

// about introduces the document to a stranger.
const about = `JSON-RPC 2.0 over HTTP POST to /, and over WebSocket at /ws, where chain_subscribe works too. Params are given by name or by position; unknown members are refused by name. ` +
	`Amounts are decimal strings of base units (10⁻⁹ of $ or REP), bytes are 0x hex; whole numbers may also be given as strings of decimal or 0x digits. ` +
	`Every read answers {at, value} with the block that it speaks of; nothing found is null. Every error carries data {kind, hint, got, want}; kinds are stable. ` +
	`Errors that every method may answer: PARSE, REQUEST, METHOD, PARAMS, INTERNAL, TIMEOUT, SIZE, BATCH_SIZE, ANSWER_SIZE, DEPTH, ITEMS, RATE. ` +
	`To send a transaction: call tx_prepare with your public key and messages, sign signBytes as they are with ed25519, call tx_submit with unsigned and signature.`

// everywhere lists the kinds that every method may answer.
var everywhere = []string{"ANSWER_SIZE", "BATCH_SIZE", "DEPTH", "INTERNAL", "ITEMS", "METHOD", "PARAMS", "PARSE", "RATE", "REQUEST", "SIZE", "TIMEOUT"}

//go:embed examples.json
var examplesJSON []byte

// examples are calls with the answers that they got. A test makes the calls
// again and compares.
type examples struct {
	Methods map[string]example      `json:"methods"`
	Errors  map[string]errorExample `json:"errors"`
}

type example struct {
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
}

type errorExample struct {
	Request string `json:"request"` // the message as it was sent
	Error   Error  `json:"error"`
}

func readExamples() (e examples, err error) {
	if err = json.Unmarshal(examplesJSON, &e); err != nil {
		err = fmt.Errorf("examples: %w", err)
	}
	return e, err
}

func (s *Server) openRPC(t route.Table) ([]byte, error) {
	doc, err := s.document(t)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	err = enc.Encode(doc)
	return b.Bytes(), err
}

func (s *Server) document(t route.Table) (*document, error) {
	ex, err := readExamples()
	if err != nil {
		return nil, err
	}
	doc := &document{
		OpenRPC: "1.2.6",
		Info: docInfo{
			Title: "Probity", Version: "1", Description: about, License: map[string]string{"name": "Apache-2.0"},
		},
		Servers: []docServer{{"a node on this machine", "http://127.0.0.1:8645/"}},
	}
	sch := newSchemas(t)
	used := map[string]bool{}
	for _, k := range everywhere {
		used[k] = true
	}
	for _, m := range s.list {
		if m.admin {
			continue
		}
		d, err := m.document(sch, ex)
		if err != nil {
			return nil, fmt.Errorf("method %s: %w", m.Name, err)
		}
		doc.Methods = append(doc.Methods, d)
		for _, k := range m.kinds {
			used[k] = true
		}
	}
	for _, t := range topics {
		result, err := sch.of(t.gives)
		if err != nil {
			return nil, err
		}
		doc.Topics = append(doc.Topics, docTopic{t.name, t.doc, result})
	}
	if err := sch.actions(); err != nil {
		return nil, err
	}
	doc.Components.Schemas = sch.defs
	doc.Components.Errors, err = errorsOf(used, ex)
	return doc, err
}

func (m *Method) document(sch *schemas, ex examples) (d docMethod, err error) {
	namespace, _, _ := strings.Cut(strings.Replace(m.Name, ".", "_", 1), "_")
	d = docMethod{
		Name: m.Name, Tags: []docName{{namespace}}, Summary: m.Doc, Structure: "either",
		Params: []descriptor{}, Errors: []reference{}, Examples: []docExample{}, Weight: m.weight,
	}
	if m.stream {
		d.Transport = "websocket"
	}
	for _, p := range m.params {
		schema, err := sch.input(p.typ)
		if err != nil {
			return d, err
		}
		about := p.doc
		if about == "" {
			about = describe(p.typ)
		}
		d.Params = append(d.Params, descriptor{p.name, about, p.required, schema})
	}
	d.Result.Name = "result"
	if d.Result.Schema, err = sch.result(m); err != nil {
		return d, err
	}
	kinds := append(append([]string{}, everywhere...), m.kinds...)
	sort.Strings(kinds)
	kinds = slices.Compact(kinds)
	for _, k := range kinds {
		d.Errors = append(d.Errors, reference{"#/components/errors/" + k})
	}
	if e, ok := ex.Methods[m.Name]; ok {
		d.Examples = append(d.Examples, m.example(e))
	}
	return d, nil
}

// example lists the params in the order of their declaration.
func (m *Method) example(e example) docExample {
	out := docExample{Name: m.Name, Params: []docValue{}, Result: docValue{"result", e.Result}}
	if m.result == nil { // an example of the document would hold itself
		out.Name += " (shortened to its first members)"
	}
	var given map[string]json.RawMessage
	_ = json.Unmarshal(e.Params, &given)
	for _, p := range m.params {
		if v, ok := given[p.name]; ok {
			out.Params = append(out.Params, docValue{p.name, v})
		}
	}
	return out
}

// errorsOf lists the errors by kind, with the data of the executed example.
func errorsOf(used map[string]bool, ex examples) (map[string]docError, error) {
	out := map[string]docError{}
	for kind := range used {
		k, ok := kinds[kind]
		if !ok {
			return nil, fmt.Errorf("error kind %s is not in the catalogue", kind)
		}
		e := docError{Code: k.code, Message: k.meaning}
		data := ErrorData{Kind: kind}
		if x, ok := ex.Errors[kind]; ok {
			data = x.Error.Data
		}
		var err error
		if e.Data, err = json.Marshal(data); err != nil {
			return nil, err
		}
		out[kind] = e
	}
	return out, nil
}

// kind is an entry of the catalogue of errors.
type kind struct {
	code    int
	meaning string
}

// kinds are all errors that this package answers, by their stable names.
// Routes add their own verdicts, under positive codes.
var kinds = map[string]kind{
	"PARSE":          {CodeParse, "The message is no JSON."},
	"REQUEST":        {CodeRequest, "The JSON is no JSON-RPC 2.0 request."},
	"METHOD":         {CodeMethod, "There is no such method."},
	"PARAMS":         {CodeParams, "The params do not fit the method; message names the member."},
	"SELECTOR":       {CodeParams, "at is no selector of a block."},
	"CURSOR":         {CodeParams, "The cursor is none of this method or topic."},
	"CURSOR_EXPIRED": {CodeUnavailable, "The node no longer keeps what follows the cursor; want is the oldest cursor that it does."},
	"TOPIC":          {CodeParams, "There is no such topic."},
	"RESERVED":       {CodeParams, "The message may be called by other routes only."},
	"INTERNAL":       {CodeInternal, "The node failed; its log tells more."},
	"PRUNED":         {CodeUnavailable, "The node no longer keeps what was asked for."},
	"SYNCING":        {CodeUnavailable, "The node has not caught up; got is its height, want the best known."},
	"TIMEOUT":        {CodeUnavailable, "There was no answer in time."},
	"SIGNATURE":      {CodeRejected, "The signature does not verify."},
	"CHAIN":          {CodeRejected, "The transaction names another chain."},
	"NONCE":          {CodeRejected, "The nonce is not the account's next."},
	"FEE":            {CodeRejected, "feeMax is below the fee."},
	"EXPIRED":        {CodeRejected, "validUntil has passed."},
	"FORM":           {CodeRejected, "The bytes are no transaction."},
	"CIRCUIT_OPEN":   {CodeRejected, "The route is halted."},
	"FUNDS":          {CodeRejected, "The payer cannot pay the fee."},
	"ALLOWANCE":      {CodeRejected, "The fee payer's allowance does not cover the fee."},
	"MESSAGE":        {CodeRejected, "A message is unknown or malformed; tx_prepare answers it with code -32602."},
	"UNREACHABLE":    {CodeUnavailable, "A peer does not answer, or refuses the connection."},
	"TRANSPORT":      {CodeUnsupported, "The method needs a WebSocket connection."},
	"SIZE":           {CodeLimit, "The message, or the transaction in it (code -32003), is too long."},
	"BATCH_SIZE":     {CodeLimit, "Too many requests in one batch."},
	"ANSWER_SIZE":    {CodeLimit, "The answer would be too long."},
	"DEPTH":          {CodeLimit, "The JSON is nested too deeply."},
	"ITEMS":          {CodeLimit, "Too many items in a list."},
	"RATE":           {CodeLimit, "Too many calls; the hint tells when to retry."},
	"MEMPOOL_FULL":   {CodeLimit, "The mempool is full; want is the feeMax that would enter."},
	"WAITS":          {CodeLimit, "Too many calls of tx_wait are waiting."},
	"STREAMS":        {CodeLimit, "Too many connections of subscribers."},
	"SUBSCRIPTIONS":  {CodeLimit, "Too many subscriptions on this connection."},
}

// typeName is the name of a type's schema: package and type, without the
// package for the types of the wire and of this package.
func typeName(t reflect.Type) string {
	pkg := t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]
	name := strings.NewReplacer("[", "_", "]", "", "*", "", "/", ".").Replace(t.Name())
	switch pkg {
	case "", "types", "keys", "rpc":
		return name
	}
	return pkg + "." + name
}
