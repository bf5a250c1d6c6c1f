package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/pflag"

	"probity/chain/keys"
	"probity/chain/route/legislature"
	"probity/chain/types"
	"probity/node/signer/keystore"
)

func govDryRun(f *pflag.FlagSet) action {
	common := addTx(f)
	from := f.String("from", "", "`address` of the proposer (default: the home's account)")
	return func(ctx context.Context, s *streams, args []string) error {
		if err := checkOutput(*common.output); err != nil {
			return err
		}
		d, err := readDraft(args[0])
		if err != nil {
			return err
		}
		if err := d.by(home(*common.home), *from); err != nil {
			return err
		}
		if !d.isProposal() { // the chain tries every other message as a transaction
			*common.dryRun = true
			return common.send(ctx, s, d.Route, d.Msg, d.Body.Interface())
		}
		answer, err := d.dryRunFrom(ctx, *common.rpc, home(*common.home), *from)
		if err != nil {
			return err
		}
		if *common.output == "json" {
			err = s.object(answer)
		} else {
			err = answer.print(s, d)
		}
		if err == nil && !answer.OK {
			err = failed("the proposal would be refused or fail", d.Path, "mend what is listed and try again")
		}
		return err
	}
}

// forecast is what legislature_dryRun answers.
type forecast struct{ legislature.Forecast }

// dryRun asks a node what the proposal would do.
func (d *draft) dryRun(ctx context.Context, rpc string, h home) (*forecast, error) {
	return d.dryRunFrom(ctx, rpc, h, "")
}

func (d *draft) dryRunFrom(ctx context.Context, rpc string, h home, from string) (*forecast, error) {
	params, err := d.question(h, from)
	if err != nil {
		return nil, err
	}
	c, err := nodeClient(rpc, h)
	if err != nil {
		return nil, err
	}
	defer c.close()
	var answer struct {
		Value *forecast `json:"value"`
	}
	if err := c.call(ctx, "legislature_dryRun", params, &answer); err != nil {
		return nil, err
	}
	if answer.Value == nil {
		return nil, failed("no such proposal", c.url, "list them with probity query legislature list")
	}
	return answer.Value, nil
}

// question is the parameters of legislature_dryRun.
func (d *draft) question(h home, from string) (map[string]any, error) {
	raw, err := d.spoken()
	if err != nil {
		return nil, err
	}
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, err
	}
	params := map[string]any{}
	for _, name := range []string{"title", "post", "inline", "actions", "fee"} {
		if v, ok := members[name]; ok {
			params[name] = v
		}
	}
	who, err := proposerOf(h, from)
	if err != nil {
		return nil, err
	}
	params["proposer"] = who
	return params, nil
}

// proposerOf is the given address, or the account of the home, whose public key
// needs no passphrase.
func proposerOf(h home, from string) (keys.Address, error) {
	if from != "" {
		a, err := keys.ParseAddress(from)
		if err != nil {
			return a, usage("--from: %w", err)
		}
		return a, nil
	}
	list, err := keystore.List(h.keys())
	if err != nil {
		return keys.Address{}, keysFailure(h, err)
	}
	for _, k := range list {
		if k.Role == keystore.Account && k.Address != nil {
			return *k.Address, nil
		}
	}
	return keys.Address{}, failed("the home has no account key", string(h), "name the proposer with --from")
}

// problems are why the proposal cannot be submitted, or which action fails.
func (f *forecast) problems() []string {
	out := []string{}
	for _, p := range f.Errors {
		where := "the proposal"
		if p.Action >= 0 {
			where = fmt.Sprintf("actions[%d]", p.Action)
		}
		out = append(out, fmt.Sprintf("%s: %s (%s)", where, p.Text, p.Kind))
	}
	return out
}

// print shows what would change, in tables.
func (f *forecast) print(s *streams, d *draft) error {
	for _, p := range f.problems() {
		s.printf("error: %s\n", p)
	}
	w := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	if len(f.Params) > 0 {
		fmt.Fprintf(w, "parameter\tnow\tthen\tunit\tclass\n")
		for _, p := range f.Params {
			class := "ordinary"
			if p.ClassA {
				class = "A"
			}
			fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\n", p.Name, p.From, p.To, p.Unit, class)
		}
		fmt.Fprintln(w)
	}
	if len(f.Balances) > 0 {
		fmt.Fprintf(w, "account\tasset\tnow\tthen\tchange\n")
		for _, b := range f.Balances {
			name := b.Name
			if name == "" {
				name = b.Address.String()
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", name, b.Asset, b.From.Decimal(), b.To.Decimal(), change(b.From, b.To))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "book\tsupply\tmust be staked\tmust be exceeded\ta losing vote loses at most\n")
	for _, t := range f.Deciding {
		fmt.Fprintf(w, "%s\t%s\t%s (%s)\t%s for\t%s\n", t.Book, t.Supply.Decimal(), t.Quorum.Decimal(), percent(t.QuorumPPM), percent(t.PassPPM), percent(t.LossPPM))
	}
	fmt.Fprintln(w)
	if len(f.Timetable) > 0 {
		fmt.Fprintf(w, "state\tuntil\n")
		for _, a := range f.Timetable {
			fmt.Fprintf(w, "%s\t%s\n", a.State, time.UnixMilli(int64(a.Until)).UTC().Format(time.RFC3339))
		}
		fmt.Fprintln(w)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, e := range f.Earned {
		s.printf("earned: %s %s at the post, %s%s\n", e.Amount.Decimal(), e.Book, e.Cause, map[bool]string{true: ", when the book of gREP opens"}[e.Waits])
	}
	s.printf("cost: a fee of %s $ and a deposit of %s REP that only a veto burns\n", f.Fee.Decimal(), f.Deposit.Decimal())
	for _, n := range f.Lint {
		where := ""
		if n.Action >= 0 {
			where = fmt.Sprintf("actions[%d]: ", n.Action)
		}
		s.printf("note: %s%s\n", where, n.Text)
	}
	return nil
}

// change is then − now with its sign.
func change(now, then types.Amount) string {
	if then.Less(now) {
		return "−" + now.Sub(then).Decimal()
	}
	return "+" + then.Sub(now).Decimal()
}

func percent(p types.PPM) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.4f", float64(p)/10_000), "0"), ".") + " %"
}
