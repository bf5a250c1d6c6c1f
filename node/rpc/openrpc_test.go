package rpc_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"probity/chain/route"
	"probity/chain/route/all"
	"probity/node/rpc"
)

// object is a JSON object.
type object = map[string]any

func document(t *testing.T) object {
	t.Helper()
	raw, err := rpc.OpenRPC(all.Table)
	if err != nil {
		t.Fatal(err)
	}
	var doc object
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// Goal: the document is an OpenRPC document. Method: the rules of the OpenRPC
// 1.2.6 meta-schema (required and allowed members, and their types) over every
// object in it, and every reference leads somewhere.
func TestMetaSchema(t *testing.T) {
	c := checker{t: t, doc: document(t)}
	c.object("$", c.doc, "openrpc:string info:object methods:array", "servers:array components:object externalDocs:object")
	if v, _ := c.doc["openrpc"].(string); !regexp.MustCompile(`^1\.2\.[0-6]$`).MatchString(v) {
		t.Errorf("openrpc %q", v)
	}
	info := c.doc["info"].(object)
	c.object("$.info", info, "title:string version:string", "description:string termsOfService:string contact:object license:object")
	c.object("$.info.license", info["license"].(object), "", "name:string url:string")
	for i, s := range c.doc["servers"].([]any) {
		c.object(fmt.Sprintf("$.servers[%d]", i), s.(object), "url:string", "name:string description:string summary:string variables:object")
	}
	seen := map[string]bool{}
	for _, m := range c.doc["methods"].([]any) {
		name := c.method(m.(object))
		if seen[name] {
			t.Errorf("method %s twice", name)
		}
		seen[name] = true
	}
	comp := c.doc["components"].(object)
	c.object("$.components", comp, "", "schemas:object links:object errors:object examples:object examplePairings:object contentDescriptors:object tags:object")
	for name, s := range comp["schemas"].(object) {
		c.schema("schemas."+name, s)
	}
	for name, e := range comp["errors"].(object) {
		c.object("errors."+name, e.(object), "code:number message:string", "data:any")
	}
}

// checker holds a document against the meta-schema.
type checker struct {
	t   *testing.T
	doc object
}

// object checks members given as "name:type name:type".
func (c *checker) object(at string, o object, required, optional string) {
	c.t.Helper()
	allowed := map[string]string{}
	for _, list := range []string{required, optional} {
		for _, f := range strings.Fields(list) {
			name, typ, _ := strings.Cut(f, ":")
			allowed[name] = typ
		}
	}
	for _, f := range strings.Fields(required) {
		name, _, _ := strings.Cut(f, ":")
		if _, ok := o[name]; !ok {
			c.t.Errorf("%s: no %s", at, name)
		}
	}
	for name, v := range o {
		typ, ok := allowed[name]
		if !ok && !strings.HasPrefix(name, "x-") {
			c.t.Errorf("%s: member %s is not allowed", at, name)
		}
		if got := kindOf(v); ok && typ != "any" && got != typ {
			c.t.Errorf("%s.%s is %s, want %s", at, name, got, typ)
		}
	}
}

func kindOf(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case float64:
		return "number"
	case bool:
		return "boolean"
	case []any:
		return "array"
	case object:
		return "object"
	}
	return "null"
}

func (c *checker) method(m object) string {
	name, _ := m["name"].(string)
	at := "method " + name
	c.object(at, m, "name:string params:array result:object",
		"description:string summary:string servers:array tags:array paramStructure:string errors:array links:array examples:array deprecated:boolean externalDocs:object")
	optional := false
	for i, p := range m["params"].([]any) {
		here := fmt.Sprintf("%s params[%d]", at, i)
		c.descriptor(here, p.(object))
		if req, _ := p.(object)["required"].(bool); !req {
			optional = true
		} else if optional {
			c.t.Errorf("%s: required behind one that is not", here)
		}
	}
	c.descriptor(at+" result", m["result"].(object))
	if m["summary"] == "" {
		c.t.Errorf("%s: no summary", at)
	}
	for _, tag := range m["tags"].([]any) {
		c.object(at+" tag", tag.(object), "name:string", "description:string summary:string externalDocs:object")
	}
	for _, e := range m["errors"].([]any) {
		c.reference(at, e.(object)["$ref"].(string))
	}
	for _, e := range m["examples"].([]any) {
		c.object(at+" example", e.(object), "name:string params:array result:object", "summary:string description:string")
		for _, v := range append(e.(object)["params"].([]any), e.(object)["result"]) {
			c.object(at+" example value", v.(object), "name:string value:any", "summary:string description:string")
		}
	}
	return name
}

func (c *checker) descriptor(at string, d object) {
	c.object(at, d, "name:string schema:object", "description:string summary:string required:boolean deprecated:boolean")
	c.schema(at, d["schema"])
}

// schema checks the parts of JSON Schema that the document uses.
func (c *checker) schema(at string, s any) {
	c.t.Helper()
	if _, ok := s.(bool); ok {
		return
	}
	o, ok := s.(object)
	if !ok {
		c.t.Errorf("%s: a schema is an object or a boolean, not %s", at, kindOf(s))
		return
	}
	c.object(at, o, "", `$ref:string type:any title:string description:string examples:array pattern:string minimum:number maximum:number
		items:any minItems:number maxItems:number properties:object required:array additionalProperties:any oneOf:array const:any
		contentEncoding:string patternProperties:object enum:array default:any`)
	if ref, ok := o["$ref"].(string); ok {
		c.reference(at, ref)
	}
	if p, ok := o["pattern"].(string); ok {
		if _, err := regexp.Compile(p); err != nil {
			c.t.Errorf("%s: %v", at, err)
		}
	}
	props, _ := o["properties"].(object)
	for name, p := range props {
		c.schema(at+"."+name, p)
	}
	required, _ := o["required"].([]any)
	for _, r := range required {
		if _, ok := props[r.(string)]; !ok {
			c.t.Errorf("%s requires %v, which it does not have", at, r)
		}
	}
	for _, key := range []string{"items", "additionalProperties"} {
		if inner, ok := o[key]; ok {
			c.schema(at+" "+key, inner)
		}
	}
	each, _ := o["oneOf"].([]any)
	for i, inner := range each {
		c.schema(fmt.Sprintf("%s oneOf[%d]", at, i), inner)
	}
}

// reference follows "#/components/…".
func (c *checker) reference(at, ref string) {
	var here any = c.doc
	for _, part := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		o, _ := here.(object)
		here = o[part]
	}
	if here == nil {
		c.t.Errorf("%s: %s leads nowhere", at, ref)
	}
}

// Goal: the document tells everything there is, the same every time: methods of
// this package, every query and every message of the route table; what a node
// answers to rpc.discover is it.
func TestDiscover(t *testing.T) {
	raw, err := rpc.OpenRPC(all.Table)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := rpc.OpenRPC(all.Table); !bytes.Equal(raw, again) {
		t.Error("two documents differ")
	}
	r := serve(t, rpc.Config{})
	told := r.call(t, "rpc.discover", rpc.None{})
	var a, b any
	if json.Unmarshal(told.Result, &a) != nil || json.Unmarshal(raw, &b) != nil || fmt.Sprint(a) != fmt.Sprint(b) {
		t.Error("the node tells another document")
	}
	names := map[string]bool{}
	for _, m := range document(t)["methods"].([]any) {
		names[m.(object)["name"].(string)] = true
	}
	for _, rt := range all.Table {
		for _, q := range rt.Queries {
			if !names[rt.Name+"_"+q.Name] {
				t.Errorf("no method for query %s/%s", rt.Name, q.Name)
			}
		}
		for _, m := range rt.Msgs {
			callable := len(m.By) == 0 || slices.Contains(m.By, "legislature") && m.Type != reflect.TypeFor[route.Notice]()
			if said := bytes.Contains(raw, []byte(`"`+rt.Name+"/"+m.Name+`"`)); said != callable {
				t.Errorf("message %s/%s: in the document %v, reserved for %v", rt.Name, m.Name, said, m.By)
			}
		}
	}
	for _, name := range strings.Fields(`chain_status chain_getBlock chain_getHeader chain_getCertificate chain_getReceipt
		chain_getEvents chain_getProof chain_getState chain_subscribe chain_unsubscribe tx_submit tx_simulate tx_prepare tx_wait tx_get
		tx_pending node_status node_peers node_doctor node_metricsSnapshot rpc.discover rpc_limits`) {
		if !names[name] {
			t.Errorf("no method %s", name)
		}
	}
}

// Goal: nothing in the document is left open: each method has a summary, a
// description and a schema of each param, a schema of its result, its errors and
// an executed example; each error an executed example with a hint; each message
// and action its numbers and its layout. Method: a walk over all of them.
func TestComplete(t *testing.T) {
	doc := document(t)
	lacks := func(at string, o object, members ...string) {
		for _, m := range members {
			if v := o[m]; v == nil || v == "" || kindOf(v) == "array" && len(v.([]any)) == 0 || kindOf(v) == "object" && len(v.(object)) == 0 {
				t.Errorf("%s has no %s", at, m)
			}
		}
	}
	spaces := map[string]int{}
	for _, m := range doc["methods"].([]any) {
		method := m.(object)
		name := method["name"].(string)
		lacks(name, method, "summary", "tags", "result", "errors", "examples", "x-weight")
		lacks(name+" result", method["result"].(object), "schema")
		for _, p := range method["params"].([]any) {
			lacks(fmt.Sprint(name, " param ", p.(object)["name"]), p.(object), "description", "schema")
		}
		space, _, _ := strings.Cut(name, "_")
		spaces[space]++
	}
	for _, space := range []string{"chain", "tx", "node", "params", "legislature", "court", "dcert", "release", "forum", "oracle", "contribution"} {
		if spaces[space] == 0 {
			t.Errorf("no method of %s", space)
		}
	}
	for kind, e := range doc["components"].(object)["errors"].(object) {
		lacks(kind, e.(object), "code", "message", "data")
		lacks(kind+" example", e.(object)["data"].(object), "kind", "hint")
	}
	pattern, _ := doc["components"].(object)["schemas"].(object)["Topic"].(object)["pattern"].(string)
	for _, topic := range doc["x-topics"].([]any) {
		name := topic.(object)["name"].(string)
		lacks(name, topic.(object), "summary", "result")
		if !regexp.MustCompile(pattern).MatchString(name) || !strings.Contains(pattern, name) {
			t.Errorf("topic %s is not in %s", name, pattern)
		}
	}
	calls := 0
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		case object:
			if title, ok := v["title"].(string); ok && strings.Contains(title, "/") {
				calls++
				lacks(title, v, "description", "x-route", "x-message", "x-layout")
			}
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(doc)
	if calls < 80 {
		t.Errorf("%d messages and actions", calls)
	}
}

// Goal: docs/rpc.md has every method, message and kind of error, the same
// every time.
func TestMarkdown(t *testing.T) {
	a, err := rpc.Markdown(all.Table)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := rpc.Markdown(all.Table); !bytes.Equal(a, b) {
		t.Error("two documents differ")
	}
	for _, m := range document(t)["methods"].([]any) {
		if name := m.(object)["name"].(string); !bytes.Contains(a, []byte("\n### "+name+"\n")) {
			t.Errorf("no %s", name)
		}
	}
}

// Goal: two routes' types of one name stay apart, and a query whose params
// would hide the selector is refused. Method: tables that hold such.
func TestTableRefused(t *testing.T) {
	type Q struct {
		At uint64 `json:"at"`
	}
	ask := func(*route.Ctx, Q) (int, error) { return 0, nil }
	clash := route.Table{{ID: 1, Name: "x", Queries: []route.Query{route.Ask("y", ask)}}}
	if _, err := rpc.OpenRPC(clash); err == nil || !strings.Contains(err.Error(), `"at"`) {
		t.Errorf("%v", err)
	}
	twice := route.Table{{ID: 1, Name: "chain", Queries: []route.Query{route.Ask("status", func(*route.Ctx, rpc.None) (int, error) { return 0, nil })}}}
	if _, err := rpc.OpenRPC(twice); err == nil || !strings.Contains(err.Error(), "chain_status") {
		t.Errorf("%v", err)
	}
}

// example is a call of which the document shows the answer.
type example struct {
	method string
	params string
}

// exampleCalls are made in this order against one node.
var exampleCalls = []example{
	{"rpc_limits", `{}`},
	{"chain_status", `{}`},
	{"chain_getBlock", `{"at":2,"txs":"decoded"}`},
	{"chain_getHeader", `{"at":"latest"}`},
	{"chain_getCertificate", `{"at":2}`},
	{"chain_getReceipt", `{"hash":"$TX2"}`},
	{"chain_getEvents", `{"from":1,"to":3,"route":"bank","limit":2}`},
	{"chain_getProof", `{"key":"0x00"}`},
	{"chain_getState", `{"limit":2}`},
	{"chain_subscribe", `{"topic":"finalized","fromCursor":"2.1"}`},
	{"chain_unsubscribe", `{"subscription":"0x0123456789abcdef"}`},
	{"tx_prepare", `{"sender":"$ALICEKEY","messages":[{"route":"bank","message":"send","body":{"to":"$BOB","amount":"7"}}]}`},
	{"tx_simulate", `{"raw":"$GOOD"}`},
	{"tx_submit", `{"raw":"$GOOD"}`},
	{"tx_wait", `{"hash":"$HASH","until":"pending","timeoutMs":1000}`},
	{"tx_get", `{"hash":"$TX2"}`},
	{"tx_pending", `{"from":"$ALICE","limit":10}`},
	{"node_status", `{}`},
	{"node_peers", `{}`},
	{"node_doctor", `{}`},
	{"node_metricsSnapshot", `{}`},
	{"params_get", `{"name":"pool.stake_ppm"}`},
	{"params_list", `{}`},
	{"params_history", `{"name":"pool.stake_ppm"}`},
	{"params_version", `{}`},
	{"bank_balance", `{"address":"$BOB"}`},
	{"bank_allowance", `{"granter":"$ALICE","spender":"$BOB"}`},
	{"bank_supply", `{"at":"genesis"}`},
	{"bank_fee", `{}`},
	{"rep_get", `{"address":"$ALICE"}`},
	{"rep_holders", `{"book":"wREP","limit":10}`},
	{"rep_distribution", `{}`},
	{"rep_supply", `{}`},
	{"rep_explain", `{"address":"$ALICE","to":2}`},
	{"availability_get", `{"address":"$ALICE"}`},
	{"availability_bench", `{}`},
	{"availability_plan", `{"epoch":0}`},
	{"availability_roster", `{"epoch":0}`},
	{"availability_list", `{"epoch":1}`},
	{"beacon_seed", `{}`},
	{"beacon_schedule", `{"from":1,"limit":2}`},
	{"pool_byBlock", `{"height":1}`},
	{"pool_get", `{"id":1}`},
	{"pool_list", `{"limit":10}`},
	{"pool_stakes", `{"id":1}`},
	{"evidence_list", `{"limit":10}`},
	{"forum_post", `{"post":"$POST"}`},
	{"forum_get", `{"post":"$POST"}`},
	{"forum_references", `{"post":"$POST"}`},
	{"forum_explain", `{"post":"$POST","book":"wREP"}`},
	{"forum_authored", `{"address":"$ALICE"}`},
	{"legislature_get", `{"proposal":1}`},
	{"legislature_tally", `{"proposal":1}`},
	{"legislature_votes", `{"proposal":1}`},
	{"court_get", `{"case":1}`},
	{"court_panel", `{"case":1,"round":0}`},
	{"court_votes", `{"case":1}`},
	{"dcert_bond", `{"address":"$ALICE"}`},
	{"dcert_preference", `{"address":"$ALICE"}`},
	{"contribution_gate", `{"repo":"probity","branch":"main","author":"","approvers":[]}`},
}

// remaining are calls of the methods that exampleCalls leaves out, so that a
// new route has examples without a line here: required params take the examples
// of their types.
func remaining(t *testing.T) (out []example) {
	listed := map[string]bool{"rpc.discover": true}
	for _, e := range exampleCalls {
		listed[e.method] = true
	}
	doc := document(t)
	schemas := doc["components"].(object)["schemas"].(object)
	for _, m := range doc["methods"].([]any) {
		name := m.(object)["name"].(string)
		if listed[name] {
			continue
		}
		params := object{}
		for _, p := range m.(object)["params"].([]any) {
			if required, _ := p.(object)["required"].(bool); !required {
				continue
			}
			params[p.(object)["name"].(string)] = "x"
			ref, _ := p.(object)["schema"].(object)["$ref"].(string)
			if def, ok := schemas[strings.TrimPrefix(ref, "#/components/schemas/")].(object); ok {
				params[p.(object)["name"].(string)] = def["examples"].([]any)[0]
			}
		}
		raw, err := json.Marshal(params)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, example{name, string(raw)})
	}
	return out
}

// Goal: each method and each error has an example, and the node really answers so. Method: the
// calls are made; -rewrite writes examples.json anew.
func TestExamples(t *testing.T) {
	r := serve(t, rpc.Config{})
	var err error
	if r.fake.lived, err = live(); err != nil {
		t.Fatal(err)
	}
	ws := r.dial(t)
	fill := func(s string) string {
		return r.expand(r.fake.lived.fill(strings.ReplaceAll(s, "$TX2", r.receipts[2][0].Tx.String())))
	}
	got := object{}
	for _, e := range append(exampleCalls, remaining(t)...) {
		params := fill(e.params)
		msg := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":%s}`, e.method, params)
		var body string
		if strings.HasSuffix(e.method, "ubscribe") {
			ws.send(msg)
			body = ws.read()
		} else {
			_, body = r.post(t, msg)
		}
		reply := parseReply(t, body)
		if reply.Error != nil {
			t.Fatalf("%s: %v", e.method, reply.Error)
		}
		if e.method == "chain_subscribe" {
			must[string](t, reply)
			reply.Result = json.RawMessage(`"0x0123456789abcdef"`) // its own is random
			ws.notice()
		}
		got[e.method] = object{"params": json.RawMessage(params), "result": reply.Result}
	}
	whole := must[object](t, r.call(t, "rpc.discover", rpc.None{}))
	got["rpc.discover"] = object{"params": object{}, "result": object{"openrpc": whole["openrpc"], "info": whole["info"]}}
	compareExamples(t, object{"methods": got, "errors": errorExamples(t)})
}

// errorExamples finds an executed example of each kind in the transcripts.
func errorExamples(t *testing.T) object {
	t.Helper()
	raw, err := os.ReadFile("testdata/badinput.txt")
	if err != nil {
		t.Fatal(err)
	}
	f := newFake()
	out := limitExamples(t)
	add := func(request string, answer []byte) {
		var reply struct{ Error *rpc.Error }
		if json.Unmarshal(answer, &reply) != nil || reply.Error == nil || reply.Error.Code > 0 {
			return
		}
		if kind := reply.Error.Data.Kind; out[kind] == nil {
			out[kind] = object{"request": f.shorten(request), "error": reply.Error}
		}
	}
	for _, block := range strings.Split(string(raw), "\n\n") {
		request, answer, ok := strings.Cut(block, "\n----\n")
		if _, request, _ = strings.Cut(request, "\n"); !ok || request == "" {
			continue
		}
		answer = strings.TrimPrefix(answer, "200 ")
		var requests, answers []json.RawMessage
		if json.Unmarshal([]byte(request), &requests) != nil || json.Unmarshal([]byte(answer), &answers) != nil || len(requests) != len(answers) {
			add(request, []byte(answer))
			continue
		}
		for i := range requests {
			add(string(requests[i]), answers[i])
		}
	}
	return out
}

// limitExamples are the errors of servers with small limits.
func limitExamples(t *testing.T) object {
	t.Helper()
	out := object{}
	add := func(request, answer string) {
		e := parseReply(t, answer).Error
		if e == nil {
			t.Fatalf("%s: %s", request, answer)
		}
		e.Data.Hint = regexp.MustCompile(`retry in \d+ ms`).ReplaceAllString(e.Data.Hint, "retry in 1000 ms")
		out[e.Data.Kind] = object{"request": request, "error": e}
	}
	small := serve(t, rpc.Config{Limits: rpc.Limits{BytesOut: 500, Subscriptions: 1, Waits: 1, Sockets: 1, Rate: 1, Burst: 1}})
	const long = `{"jsonrpc":"2.0","id":1,"method":"chain_getBlock","params":{"at":2,"txs":"raw"}}`
	_, body := small.post(t, long)
	add(long, body)

	ws := small.dial(t)
	ws.subscribe("pools", nil)
	const subscribe = `{"jsonrpc":"2.0","id":1,"method":"chain_subscribe","params":["peers"]}`
	ws.send(subscribe)
	add(subscribe, ws.read())
	resp, err := small.client.Get(small.url + "/events?topic=peers")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	add("GET /events?topic=peers", string(text))

	wait := `{"jsonrpc":"2.0","id":1,"method":"tx_wait","params":{"hash":"` + "0x" + strings.Repeat("09", 32) + `","timeoutMs":100}}`
	_, body = small.post(t, "["+wait+","+wait+"]")
	var both []json.RawMessage
	if err := json.Unmarshal([]byte(body), &both); err != nil {
		t.Fatal(err)
	}
	for _, one := range both { // one of them waits, the other finds no place
		if bytes.Contains(one, []byte("WAITS")) {
			add(wait, string(one))
		}
	}

	const status = `{"jsonrpc":"2.0","id":1,"method":"chain_status"}`
	for range 2 { // the first takes the only token; tests come from loopback, which needs none
		w := &recorder{header: http.Header{}}
		req, _ := http.NewRequest("POST", "http://localhost/", strings.NewReader(status))
		req.RemoteAddr = "203.0.113.1:5"
		small.server.ServeHTTP(w, req)
		body = w.body.String()
	}
	add(status, body)

	hurried := serve(t, rpc.Config{Limits: rpc.Limits{Timeout: time.Nanosecond}})
	submit := `{"jsonrpc":"2.0","id":1,"method":"tx_submit","params":{"raw":"$GOOD"}}`
	for body = ""; !strings.Contains(body, "TIMEOUT"); {
		_, body = hurried.post(t, strings.Replace(submit, "$GOOD", fmt.Sprintf("0x%x", hurried.send(hurried.alice, uint64(len(body)), 7).Raw), 1))
	}
	add(hurried.shorten(submit), body)
	return out
}

// shorten keeps the transcript's names for what is long.
func (f *fake) shorten(s string) string {
	return strings.NewReplacer("$BOB", f.bob.Public().Address().String(), "$ALICEKEY", f.alice.Public().String(),
		"$MEGABYTE", "…", "$BATCH101", "[… 101 requests …]", "$DEEP", "[[[[…]]]]", "$GOOD", "0x…", "$BADSIG", "0x…",
		"$OTHERCHAIN", "0x…", "$TXTOOBIG", "0x…", "$LONGFORM", "0x…", "$ITEMS", "[… 5000 items …]").Replace(s)
}

func compareExamples(t *testing.T, got object) {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(got); err != nil {
		t.Fatal(err)
	}
	if rewriting() {
		if err := os.WriteFile("examples.json", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile("examples.json")
	if err != nil {
		t.Fatal(err)
	}
	var before, now object
	if json.Unmarshal(want, &before) != nil || json.Unmarshal(b.Bytes(), &now) != nil {
		t.Fatal("examples.json is no JSON")
	}
	for _, part := range []string{"methods", "errors"} {
		was, is := before[part].(object), now[part].(object)
		names := make([]string, 0, len(is))
		for name := range is {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			if fmt.Sprint(was[name]) != fmt.Sprint(is[name]) {
				t.Errorf("%s %s is answered otherwise; go test ./node/rpc -run Examples -rewrite", part, name)
			}
		}
	}
}

// Goal: what a param of words takes is told in words, in the document and to
// whoever gets it wrong. Method: every param whose schema lists words; a wrong
// one sent.
func TestWordsAreTold(t *testing.T) {
	lists := 0
	for _, m := range document(t)["methods"].([]any) {
		for _, p := range m.(object)["params"].([]any) {
			p := p.(object)
			words, ok := p["schema"].(object)["enum"].([]any)
			if !ok {
				continue
			}
			lists++
			for _, w := range words {
				if about := p["description"].(string); !strings.Contains(about, w.(string)) {
					t.Errorf("%v: param %v says %q", m.(object)["name"], p["name"], about)
				}
			}
		}
	}
	if lists < 5 {
		t.Errorf("%d params of words", lists)
	}
	r := serve(t, rpc.Config{})
	got := r.call(t, "rep_holders", map[string]string{"book": "xREP"})
	if got.Error == nil || got.Error.Data.Hint != "one of wREP, gREP" {
		t.Errorf("%+v", got.Error)
	}
}
