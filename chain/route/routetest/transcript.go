package routetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"probity/chain/route"
	"probity/chain/types"
)

// Line is one directive of a transcript.
type Line struct {
	Cmd   string
	Word  string            // the argument without a value, where there is one
	Args  map[string]string // of key=value; of key=(a,b) "a,b"
	Input string
}

// Add adds an argument.
func (l *Line) Add(key string, values []string) {
	if len(values) == 0 {
		l.Word = key
		return
	}
	if l.Args == nil {
		l.Args = map[string]string{}
	}
	l.Args[key] = strings.Join(values, ",")
}

// Number is an argument as a number; 0 where it is missing or none.
func (l Line) Number(key string) uint64 {
	n, _ := strconv.ParseUint(l.Args[key], 10, 64)
	return n
}

// Amount is the argument of that name.
func (l Line) Amount() types.Amount { return types.NewAmount(l.Number("amount")) }

// Command is a test's own directive.
type Command func(w *World, l Line) string

// Script plays a transcript. Its directives:
//
//	genesis [param=value …]     input: {"route": section, …}; begins a new world
//	call from=NAME ROUTE/MSG    input: the message as JSON; without guards
//	tx from=NAME [payer=NAME] [fee-max=N] [nonce=N] [until=N] [chain=NAME]
//	                            input: lines of ROUTE/MSG {json}
//	query ROUTE/QUERY           input: its parameters as JSON
//	block [n=N]                 ends the running block, and N−1 more
//	invariants
//
// @alice stands for the address of a name everywhere, in what is read and in
// what is printed.
type Script struct {
	Table    route.Table
	Setup    func(*World)       // after genesis
	Commands map[string]Command // beside the directives above

	world *World
}

// Step plays one directive and returns what it prints.
func (s *Script) Step(l Line) string {
	if l.Cmd == "genesis" {
		return s.genesis(l)
	}
	if s.world == nil {
		return "a transcript begins with genesis"
	}
	w := s.world
	if f := s.Commands[l.Cmd]; f != nil {
		return strings.TrimSuffix(w.Names(f(w, l)), "\n")
	}
	return strings.TrimSuffix(w.Names(w.step(l)), "\n")
}

func (s *Script) genesis(l Line) string {
	s.world = nil
	params := map[string]uint64{}
	for key := range l.Args {
		params[key] = l.Number(key)
	}
	var raw map[string]json.RawMessage
	if l.Input != "" {
		if err := json.Unmarshal([]byte(l.Input), &raw); err != nil {
			return err.Error()
		}
	}
	sections := map[string]string{}
	for name, section := range raw {
		sections[name] = string(section)
	}
	w, err := New(s.Table, params, sections)
	if err != nil {
		return "genesis: " + err.Error()
	}
	if s.Setup != nil {
		s.Setup(w)
	}
	s.world = w
	return "ok"
}

func (w *World) step(l Line) string {
	switch l.Cmd {
	case "call":
		return w.call(l)
	case "tx":
		return w.tx(l)
	case "query":
		name, query, _ := strings.Cut(l.Word, "/")
		out, err := w.Query(name, query, l.Input)
		if err != nil {
			return Verdict(err)
		}
		return pretty(out)
	case "block":
		return w.blocks(int(max(l.Number("n"), 1)))
	case "invariants":
		if err := w.Check(); err != nil {
			return err.Error()
		}
		return "hold"
	}
	return "no such directive: " + l.Cmd
}

func (w *World) call(l Line) string {
	name, msg, _ := strings.Cut(l.Word, "/")
	body, err := w.Body(name, msg, l.Input)
	if err != nil {
		return err.Error()
	}
	events, err := w.Call(l.Args["from"], name, msg, body)
	if err != nil {
		return Verdict(err)
	}
	return "ok\n" + Events(events)
}

func (w *World) tx(l Line) string {
	from := l.Args["from"]
	w.Addr(from)
	tx := types.Tx{
		Chain: w.Chain.Name, Nonce: l.Number("nonce"),
		ValidUntil: w.Block.Height + 100, FeeMax: types.NewAmount(1_000_000),
	}
	if _, ok := l.Args["fee-max"]; ok {
		tx.FeeMax = types.NewAmount(l.Number("fee-max"))
	}
	if _, ok := l.Args["until"]; ok {
		tx.ValidUntil = types.Height(l.Number("until"))
	}
	if name, ok := l.Args["chain"]; ok {
		tx.Chain = name
	}
	if name, ok := l.Args["payer"]; ok {
		payer := w.Addr(name)
		tx.FeePayer = &payer
	}
	for _, line := range strings.Split(strings.TrimSpace(l.Input), "\n") {
		rule, text, _ := strings.Cut(line, " ")
		name, msg, _ := strings.Cut(rule, "/")
		body, err := w.Body(name, msg, text)
		if err != nil {
			return err.Error()
		}
		m, err := w.Table.Pack(name, msg, body)
		if err != nil {
			return err.Error()
		}
		tx.Msgs = append(tx.Msgs, m)
	}
	tx.Sign(w.Key(from), w.Chain.Genesis)
	signed, err := types.Seal(tx)
	if err != nil {
		return err.Error()
	}
	return w.Apply(signed).String()
}

// String tells how the transaction ended.
func (e Ending) String() string {
	paid := fmt.Sprintf("charged %s for weight %d\n%s", e.Charged, e.Weight, Events(e.Events))
	switch {
	case e.Refused != nil:
		return "refused: " + Verdict(e.Refused)
	case e.Failed != nil:
		return "failed: " + Verdict(e.Failed) + "\n" + paid
	}
	return paid
}

func (w *World) blocks(n int) string {
	var all []types.Event
	for range n {
		events, err := w.Next()
		all = append(all, events...)
		if err != nil {
			return Events(all) + "invalid block: " + err.Error()
		}
	}
	return fmt.Sprintf("height %d, epoch %d\n%s", w.Block.Height, w.Block.Epoch, Events(all))
}

// Verdict is a refusal's kind and text, or an error's text.
func Verdict(err error) string {
	var r *route.Reject
	if errors.As(err, &r) {
		return r.Kind + ": " + r.Text
	}
	return err.Error()
}

// Events lists events, one on a line.
func Events(list []types.Event) string {
	var b strings.Builder
	for _, e := range list {
		fmt.Fprintf(&b, "%s/%s", e.Route, e.Name)
		for _, a := range e.Attrs {
			fmt.Fprintf(&b, " %s=%s", a.Key, a.Value)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// pretty puts each member of a JSON object on its own line.
func pretty(text string) string {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
		return text
	}
	return b.String()
}
