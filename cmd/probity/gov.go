package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"probity/chain/route"
	"probity/chain/route/legislature"
	"probity/chain/route/params"
	"probity/chain/types"
)

const govLong = `
Proposals, accusations, release candidates: written as a draft, checked, tried
on a copy of the state, sent, and followed to their end.

  probity gov draft proposal --param block.interval=100 --set 'title="Faster blocks"' --out faster.toml
  probity gov lint faster.toml
  probity gov dry-run faster.toml --rpc http://127.0.0.1:8645
  probity gov submit faster.toml --home node0
  probity gov watch 1 --home node0`

// govCommands is the path that everything decided by a vote takes.
func govCommands() []command {
	return []command{
		{Name: "draft", Args: "KIND", Least: 1, Most: 1, Short: "Write a draft to fill in: proposal, accusation, candidate, post, or any route/message", Setup: govDraft},
		{Name: "lint", Args: "FILE", Least: 1, Most: 1, Short: "Check a draft without a node, and with one where --rpc or --home names it", Setup: govLint},
		{Name: "dry-run", Args: "FILE", Least: 1, Most: 1, Short: "Try a draft on a copy of the state: what changes, by how much, when", Setup: govDryRun},
		{Name: "submit", Args: "FILE", Least: 1, Most: 1, Short: "Sign a draft with the home's account key, send it and wait", Setup: govSubmit},
		{Name: "watch", Args: "[ROUTE] ID", Least: 1, Most: 2, Short: "Follow a proposal, a case or a release until it has ended", Setup: govWatch},
	}
}

func govDraft(f *pflag.FlagSet) action {
	out := f.String("out", "", "`file` to write, which must not exist (default: standard output)")
	set := f.StringArray("set", nil, "`member=value` of the body, as TOML writes it (again for more)")
	change := f.StringArray("param", nil, "`name=value` of a parameter to change (again for more)")
	return func(_ context.Context, s *streams, args []string) error {
		message := args[0]
		if m, ok := draftKinds[message]; ok {
			message = m
		}
		given := map[string]string{}
		for _, item := range *set {
			name, value, ok := strings.Cut(item, "=")
			if !ok {
				return usage("--set %q: want member=value", item)
			}
			given[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
		text, err := template(message, given)
		if err != nil {
			return err
		}
		if strings.HasPrefix(message, "legislature/") {
			actions, err := actionsText(*change)
			if err != nil {
				return err
			}
			text += actions
		} else if len(*change) > 0 {
			return usage("--param goes with a proposal")
		}
		if *out == "" {
			s.printf("%s", text)
			return nil
		}
		return writeNew(*out, []byte(text))
	}
}

func kindsOfDrafts() []string {
	out := make([]string, 0, len(draftKinds))
	for k := range draftKinds {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// actionsText is the actions of a proposal's draft: the changes of parameters,
// or a list of all that there are.
func actionsText(changes []string) (string, error) {
	var b strings.Builder
	if len(changes) == 0 {
		b.WriteString("\n# Actions, each a table. There are:\n")
		for _, r := range table() {
			for i := range r.Msgs {
				if legislature.IsAction(r, &r.Msgs[i]) {
					fmt.Fprintf(&b, "#   %s/%s  %s\n", r.Name, r.Msgs[i].Name, r.Msgs[i].Doc)
				}
			}
		}
		b.WriteString("#\n# [[body.actions]]\n# route = \"params\"\n# message = \"set\"\n# body = { changes = [ { name = \"block.interval\", value = 100 } ] }\n")
		return b.String(), nil
	}
	all, err := route.NewParams(table(), nil)
	if err != nil {
		return "", err
	}
	b.WriteString("\n[[body.actions]]\nroute = \"params\"\nmessage = \"set\"\nbody = { changes = [\n")
	for _, item := range changes {
		name, value, given := strings.Cut(item, "=")
		p := all.Find(name)
		switch {
		case p == nil:
			return "", usage("--param %s: no such parameter%s", name, meant(name, all))
		case !given:
			return "", usage("--param %q: want name=value", item)
		}
		v, err := p.Parse(value)
		if err != nil {
			return "", usage("--param: %w", err)
		}
		fmt.Fprintf(&b, "  { name = %q, value = %d },\n", name, v)
	}
	b.WriteString("] }\n")
	return b.String(), nil
}

func govLint(f *pflag.FlagSet) action {
	rpc, dir, output := f.String("rpc", "", "`address` of a node to ask as well"), homeFlag(f), outputFlag(f)
	return func(ctx context.Context, s *streams, args []string) error {
		if err := checkOutput(*output); err != nil {
			return err
		}
		d, err := readDraft(args[0])
		if err != nil {
			return err
		}
		found := d.lint()
		if (*rpc != "" || exists(home(*dir).config())) && d.isProposal() && len(found.Errors) == 0 {
			answer, err := d.dryRun(ctx, *rpc, home(*dir))
			if err != nil {
				return err
			}
			found.Errors = append(found.Errors, answer.problems()...)
		}
		if *output == "json" {
			if err := s.object(found); err != nil {
				return err
			}
		} else {
			found.print(s, d.Path)
		}
		if n := len(found.Errors); n > 0 {
			return failed(counted(n, "mistake"), d.Path, "mend them and lint again")
		}
		return nil
	}
}

// counted is a number of things: "1 mistake", "3 mistakes".
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// findings is what lint says of a draft.
type findings struct {
	Message string   `json:"message"`
	Actions []string `json:"actions"`
	Grave   bool     `json:"classA"`
	Errors  []string `json:"errors"`
	Notes   []string `json:"notes"`

	urgent, patient bool // some actions take effect with the submission, some do not
}

func (f *findings) print(s *streams, path string) {
	for _, e := range f.Errors {
		s.printf("%s: error: %s\n", path, e)
	}
	for _, n := range f.Notes {
		s.printf("%s: note: %s\n", path, n)
	}
	if len(f.Errors) == 0 {
		s.printf("%s: a sound %s", path, f.Message)
		if len(f.Actions) > 0 {
			s.printf(" with %s", strings.Join(f.Actions, ", "))
		}
		s.printf("\n")
	}
}

func (d *draft) isProposal() bool { return d.Route.Name == "legislature" && d.Msg.Name == "submit" }

// lint checks what needs no chain: that actions may be actions, that changes of
// parameters stay within their guardrails.
func (d *draft) lint() *findings {
	f := &findings{Message: d.Route.Name + "/" + d.Msg.Name, Actions: []string{}, Errors: []string{}, Notes: []string{}}
	if len(d.Msg.By) > 0 {
		f.Errors = append(f.Errors, fmt.Sprintf("message: %s takes effect by a decision of %s only", f.Message, strings.Join(d.Msg.By, " or ")))
	}
	list := d.Body.FieldByName("Actions")
	if !list.IsValid() {
		return f
	}
	all, err := route.NewParams(table(), nil)
	if err != nil {
		f.Errors = append(f.Errors, oneLine(err))
		return f
	}
	for i, m := range list.Interface().([]types.Msg) {
		f.action(fmt.Sprintf("body.actions[%d]", i), m, all)
	}
	if len(f.Actions) == 0 {
		f.Notes = append(f.Notes, "body.actions: none; the proposal says something and does nothing")
	}
	if f.urgent && f.patient {
		f.Errors = append(f.Errors, "body.actions: what is urgent, as dcert/disband, is proposed apart from what is not")
	}
	if f.Grave {
		f.Notes = append(f.Notes, "class A: needs a third of the supply and more than two thirds of the votes")
	}
	return f
}

func (f *findings) action(path string, m types.Msg, all *route.Params) {
	r, msg, err := table().Resolve(m, protocol)
	if err != nil {
		f.Errors = append(f.Errors, path+": "+oneLine(err))
		return
	}
	name := r.Name + "/" + msg.Name
	f.Actions = append(f.Actions, name)
	if !legislature.IsAction(r, msg) {
		f.Errors = append(f.Errors, fmt.Sprintf("%s: %s is no action of a proposal", path, name))
		return
	}
	body, err := msg.Decode(m.Body)
	if err != nil {
		f.Errors = append(f.Errors, path+": "+oneLine(err))
		return
	}
	f.urgent, f.patient = f.urgent || msg.Urgent, f.patient || !msg.Urgent
	w, some := body.(route.Weighty)
	f.Grave = f.Grave || msg.Grave || some && w.Grave(all)
	switch m := body.(type) {
	case params.Set:
		f.changes(path, m.Changes, all)
	case legislature.Activate:
		f.changes(path, m.Changes, all)
	}
}

// changes checks new values of parameters against their names and guardrails.
func (f *findings) changes(path string, list []params.Change, all *route.Params) {
	changes := map[string]uint64{}
	for j, ch := range list {
		p := all.Find(ch.Name)
		at := fmt.Sprintf("%s.changes[%d]", path, j)
		switch {
		case p == nil:
			f.Errors = append(f.Errors, fmt.Sprintf("%s: no parameter %q%s", at, ch.Name, meant(ch.Name, all)))
			continue
		case p.Check(ch.Value) != nil:
			f.Errors = append(f.Errors, at+": "+p.Check(ch.Value).Error())
		}
		if _, twice := changes[ch.Name]; twice {
			f.Errors = append(f.Errors, fmt.Sprintf("%s: %s is set twice", at, ch.Name))
		}
		changes[ch.Name] = ch.Value
	}
}

// meant asks whether another parameter was meant, where one has a name like it.
func meant(name string, all *route.Params) string {
	if near := nearest(name, all.Names()); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return "; see probity query params list"
}

func govSubmit(f *pflag.FlagSet) action {
	common := addTx(f)
	return func(ctx context.Context, s *streams, args []string) error {
		if err := checkOutput(*common.output); err != nil {
			return err
		}
		d, err := readDraft(args[0])
		if err != nil {
			return err
		}
		if err := d.by(home(*common.home), ""); err != nil {
			return err
		}
		if found := d.lint(); len(found.Errors) > 0 {
			return failed(found.Errors[0], d.Path, "see probity gov lint")
		}
		if *common.offline {
			return common.signOffline(s, d.Route, d.Msg, d.Body.Interface())
		}
		common.tried = true
		return common.send(ctx, s, d.Route, d.Msg, d.Body.Interface())
	}
}

// endings are the states after which nothing follows, and whether one is what
// was hoped for.
var endings = map[string]map[string]bool{
	"legislature": {"executed": true, "failed": false, "expired": false, "withdrawn": false, "vetoed": false, "rejected": false},
	"court":       {"final": true, "dismissed": true},
	"release":     {"published": true, "active": true, "rejected": false, "expired": false, "superseded": false, "withdrawn": false},
}

// watched says by which query, with which parameter, one thing is looked at, and
// what people call it.
var watched = map[string]struct{ method, id, thing string }{
	"legislature": {"legislature_get", "proposal", "proposal"},
	"court":       {"court_get", "case", "case"},
	"release":     {"release_status", "rc", "release candidate"},
}

func govWatch(f *pflag.FlagSet) action {
	rpc, dir, output := rpcFlag(f), homeFlag(f), outputFlag(f)
	until := f.String("until", "", "`state` at which to stop (default: one after which nothing follows)")
	return func(ctx context.Context, s *streams, args []string) error {
		if err := checkOutput(*output); err != nil {
			return err
		}
		of, id := "legislature", args[len(args)-1]
		if len(args) == 2 {
			of = args[0]
		}
		if endings[of] == nil {
			return usage("watch %s: want legislature, court or release", of)
		}
		c, err := nodeClient(*rpc, home(*dir))
		if err != nil {
			return err
		}
		defer c.close()
		w := watcher{client: c, route: of, id: id, until: *until, json: *output == "json"}
		return w.run(ctx, s)
	}
}

// watcher follows one thing that is decided.
type watcher struct {
	client    *client
	route, id string
	until     string
	json      bool
}

func (w *watcher) run(ctx context.Context, s *streams) error {
	last := ""
	for {
		var answer struct {
			Value json.RawMessage `json:"value"`
		}
		if err := w.client.call(ctx, watched[w.route].method, map[string]any{watched[w.route].id: w.id}, &answer); err != nil {
			return err
		}
		var now struct {
			State string `json:"state"` // of a proposal
			Stage string `json:"stage"` // of a release
			Case  struct {
				Stage string `json:"stage"`
			} `json:"case"`
		}
		if string(answer.Value) == "null" {
			return failed(fmt.Sprintf("no %s %s", watched[w.route].thing, w.id), w.client.url, "list them with probity query "+w.route+" list")
		}
		if err := json.Unmarshal(answer.Value, &now); err != nil {
			return err
		}
		now.State += now.Stage + now.Case.Stage
		if now.State != last {
			if w.json {
				if err := s.object(answer.Value); err != nil {
					return err
				}
			} else {
				s.printf("%s %s %s: %s\n", time.Now().Format("15:04:05"), w.route, w.id, now.State)
			}
			last = now.State
		}
		good, final := endings[w.route][now.State]
		switch {
		case now.State == w.until, final && w.until == "" && good:
			return nil
		case final:
			return failed(fmt.Sprintf("%s %s ended %s", w.route, w.id, now.State), w.client.url, "see probity query "+w.route)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func orText(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
