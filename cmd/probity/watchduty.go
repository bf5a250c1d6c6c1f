package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"probity/chain/keys"
	"probity/chain/route/bank"
	"probity/chain/route/contribution"
	"probity/chain/route/oracle"
	"probity/chain/types"
	"probity/node/contrib"
)

// tower is a watchtower at work: its own execution of the chain, and what it has
// answered.
type tower struct {
	flags  *watchFlags
	kinds  []oracle.Kind
	repos  map[string]string // folders by the chain's names
	key    *keys.PrivateKey  // nil: it observes
	client *client
	rerun  *rerun
	done   map[keys.Hash]bool // tasks that were answered, by id
}

// watchAnswer is what came out of one task.
type watchAnswer struct {
	Kind      oracle.Kind `json:"kind"`
	Subject   keys.Hash   `json:"subject"`
	Interval  uint64      `json:"interval"`
	Hash      keys.Hash   `json:"hash"`
	Tree      string      `json:"tree"`      // file; empty where nothing is published
	Submitted bool        `json:"submitted"` // false in observe mode
}

// errLater is returned for a task that cannot be answered yet.
var errLater = errors.New("not yet")

// errDeclared is returned for a task that another program has to answer: what a
// member declares counts for the tasks that open from then on.
var errDeclared = errors.New("left to what this member had declared when it opened")

// round follows the chain to its latest block and answers what is asked there.
// What enough others agreed on before is answered too, until its deadline: a
// member is counted on, and who disagrees is to be known (OF5).
func (t *tower) round(ctx context.Context, s *streams) error {
	if err := t.rerun.follow(ctx, s, t.client); err != nil {
		return err
	}
	list, err := ask[[]oracle.Task](t.rerun, t.rerun.tip, "oracle", "tasks", map[string]any{"limit": 1000})
	if err != nil {
		return err
	}
	var failures []error
	for i := range list {
		if list[i].Deadline <= t.rerun.tip.Header.Time {
			continue
		}
		if err := t.take(ctx, s, &list[i]); err != nil && !errors.Is(err, errLater) {
			failures = append(failures, err)
		}
	}
	if t.key != nil {
		failures = append(failures, t.respond(ctx), t.show(ctx))
	}
	return errors.Join(failures...)
}

// take answers one task, unless it is another's or answered.
func (t *tower) take(ctx context.Context, s *streams, task *oracle.Task) error {
	id := oracle.TaskID(task.Kind, task.Subject)
	if !slices.Contains(t.kinds, task.Kind) || t.done[id] {
		return nil
	}
	name, open, err := t.seat(task)
	if errors.Is(err, errDeclared) {
		s.notef("watch: %s %d: %s", task.Kind, task.Interval, oneLine(err))
		open, err = false, nil
	}
	if err != nil || !open {
		t.done[id] = err == nil
		return err
	}
	hash, tree, err := t.compute(ctx, s, task)
	if err != nil {
		return err
	}
	a := watchAnswer{Kind: task.Kind, Subject: task.Subject, Interval: task.Interval, Hash: hash}
	if tree != nil && t.flags.publish != "" {
		if a.Tree, err = writeTree(t.flags.publish, tree); err != nil {
			return err
		}
	}
	if t.key != nil {
		err = t.send(ctx, "submit", oracle.Submit{
			Kind: task.Kind, Subject: task.Subject, Interval: task.Interval, Ruleset: task.Ruleset,
			Implementation: name, Version: softwareVersion(), Hash: hash, Locator: t.flags.locate(a.Tree),
		})
		if a.Submitted = err == nil; err != nil && kindOf(err) != oracle.ErrSubmitted.Kind {
			return err
		}
	}
	t.done[id] = true
	if t.flags.json {
		return s.object(a)
	}
	verb := "observed"
	if a.Submitted {
		verb = "submitted"
	}
	s.printf("%s %s %d %s\n", verb, a.Kind, a.Interval, a.Hash)
	return nil
}

// seat is the name under which this account answers a task, and whether it still
// has to. An observer answers everything.
func (t *tower) seat(task *oracle.Task) (name string, open bool, err error) {
	name = t.flags.watchtower
	if task.Kind == oracle.Salary {
		name = t.flags.treegen
	}
	if t.key == nil {
		return name, true, nil
	}
	me := t.key.Public().Address()
	for _, seat := range task.Seats {
		if seat.Member != me {
			continue
		}
		if !slices.Contains(seat.Implementations, name) && !slices.Contains(seat.Implementations, "") {
			return "", false, fmt.Errorf("%w: %s, not %s", errDeclared, strings.Join(seat.Implementations, ", "), name)
		}
		full, err := ask[*oracle.Task](t.rerun, t.rerun.tip, "oracle", "submissions", oracle.Which{Kind: task.Kind, Subject: task.Subject})
		if err != nil || full == nil {
			return "", false, err
		}
		for _, sub := range full.Submissions {
			if sub.Member == me {
				return "", false, nil
			}
		}
		return name, true, nil
	}
	return "", false, nil // no member when the task was opened
}

// compute is the answer to a task, with the tree behind it where there is one.
func (t *tower) compute(ctx context.Context, s *streams, task *oracle.Task) (keys.Hash, *contribution.Tree, error) {
	switch task.Kind {
	case oracle.Contribution:
		return t.points(ctx, s, task)
	case oracle.Salary:
		tree, err := t.rerun.salary(types.Epoch(task.From), epochOf(task.Subject))
		if err != nil {
			return keys.Hash{}, nil, err
		}
		hash, err := t.second(ctx, s, t.flags.treeProgram, "salary.tree", tree.Manifest.Hash(), func() (any, error) { return salaryQuestion(tree) })
		return hash, tree, err
	}
	e := epochOf(task.Subject)
	end, ok := t.rerun.end(e)
	if !ok {
		return keys.Hash{}, nil, fmt.Errorf("epoch %d is not remembered: %d are", e, endsMax)
	}
	hash, err := t.second(ctx, s, t.flags.towerProgram, "epoch.state", oracle.StateHash(e, end.Root), func() (any, error) {
		return map[string]any{"epoch": e, "root": end.Root}, nil
	})
	return hash, nil, err
}

// epochOf is the epoch of a task that opened by itself.
func epochOf(subject keys.Hash) types.Epoch {
	return types.Epoch(binary.BigEndian.Uint64(subject[24:]))
}

// salary is the tree of the epochs from … to.
func (r *rerun) salary(from, to types.Epoch) (*contribution.Tree, error) {
	var start wages
	if from > 0 {
		before, ok := r.end(from - 1)
		if !ok {
			return nil, fmt.Errorf("epoch %d is not remembered: %d are", from-1, endsMax)
		}
		start = before.Due
	}
	if _, ok := r.end(to); !ok || to < from {
		return nil, fmt.Errorf("epoch %d is not remembered: %d are", to, endsMax)
	}
	first := r.ends[0].Epoch
	if from < first {
		return nil, fmt.Errorf("epoch %d is not remembered: %d are", from, endsMax)
	}
	tree, err := salaryTree(from, to, start, r.ends[from-first:to-first+1])
	return &tree, err
}

// countingRules reads the canonical text of the chain's rules (spec counting
// §6.3). What it does not understand is an error: a program that counts by less
// than all rules answers another question.
func countingRules(text string) (contrib.Rules, error) {
	r := contrib.Rules{}
	weights := map[string]*uint64{"code": &r.Code, "comment": &r.Comment, "text": &r.Text, "other": &r.Other}
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		word, rest, _ := strings.Cut(line, " ")
		var err error
		switch {
		case line == "probity/counting/1":
		case weights[word] != nil:
			*weights[word], err = strconv.ParseUint(rest, 10, 64)
		case word == "exclude":
			r.Exclude = append(r.Exclude, rest)
		case word == "multiply":
			ppm, glob, _ := strings.Cut(rest, " ")
			m := contrib.Multiplier{Glob: glob}
			m.PPM, err = strconv.ParseUint(ppm, 10, 64)
			r.Multiply = append(r.Multiply, m)
		case word == "genesis":
			err = r.Genesis.UnmarshalText([]byte(rest))
		default:
			err = errors.New("unknown")
		}
		if err != nil {
			return r, fmt.Errorf("rule %q: %w", line, err)
		}
	}
	if r.Hash() != keys.Sum([]byte(text)) {
		return r, errors.New("the chain counts by rules that this program does not know")
	}
	return r, r.Check()
}

// respond answers a challenge of this member.
func (t *tower) respond(ctx context.Context) error {
	list, err := ask[[]oracle.Member](t.rerun, t.rerun.tip, "oracle", "members", nil)
	if err != nil {
		return err
	}
	for _, m := range list {
		if m.Address == t.key.Public().Address() && m.Challenger != nil {
			return t.send(ctx, "respond", oracle.None{})
		}
	}
	return nil
}

// show publishes the next page of an agreed count on the chain. Several members
// may: the first wins, and the others' refusals cost them nothing but a fee.
func (t *tower) show(ctx context.Context) error {
	if !slices.Contains(t.kinds, oracle.Contribution) || t.flags.publish == "" {
		return nil
	}
	st, err := ask[contribution.Status](t.rerun, t.rerun.tip, "contribution", "pac", nil)
	if err != nil || st.Stage != contribution.Agreed {
		return err
	}
	tree, err := readTree(t.flags.publish + "/" + st.Hash.String() + ".tree")
	if err != nil {
		return nil // agreed without this member's tree: others show it
	}
	for i := int(st.Shown); i < len(tree.Pages); i++ {
		if err := t.call(ctx, ruleCall{contribution.Route.Name, "publish_tree", tree.Publish(st.Counting, i)}); err != nil {
			if kind := kindOf(err); kind == contribution.ErrTree.Kind || kind == contribution.ErrStage.Kind {
				return nil // another has shown it meanwhile
			}
			return err
		}
	}
	return nil
}

// send calls a rule of the register.
func (t *tower) send(ctx context.Context, message string, body any) error {
	return t.call(ctx, ruleCall{oracle.Route.Name, message, body})
}

// call makes, signs and sends a transaction of one message, and waits until it
// is final. The error is the chain's refusal where it refused. Where the account
// is a member's, its node sends too, and may take the nonce first.
func (t *tower) call(ctx context.Context, rule ruleCall) (err error) {
	for range 3 {
		if err = t.attempt(ctx, rule); err == nil || kindOf(err) != bank.ErrNonce.Kind {
			return err
		}
	}
	return err
}

func (t *tower) attempt(ctx context.Context, rule ruleCall) error {
	tx, _, err := preparedTx(ctx, t.client, t.key.Public(), []ruleCall{rule}, map[string]any{})
	if err != nil {
		return err
	}
	facts := t.rerun.x.Chain()
	if tx.Chain != facts.Name {
		return failed(fmt.Sprintf("prepared for chain %q, not %q", tx.Chain, facts.Name), t.client.url, "name a node of the home's chain")
	}
	tx.Sign(*t.key, facts.Genesis)
	sealed, err := types.Seal(*tx)
	if err != nil {
		return err
	}
	if err := t.client.call(ctx, "tx_submit", map[string]any{"raw": types.Bytes(sealed.Raw)}, nil); err != nil {
		return err
	}
	state, err := waitFinal(ctx, t.client, sealed.Hash)
	if err != nil {
		return err
	}
	if r := state.Receipt; r != nil && !r.OK() {
		refused := &rpcError{Message: r.Text, where: rule.route + "/" + rule.message}
		refused.Data.Kind = r.Kind
		return refused
	}
	return nil
}
