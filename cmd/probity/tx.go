package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/legislature"
	"probity/chain/types"
	"probity/node/signer/keystore"
)

const txLong = `
Make, sign and send a transaction of one message. Every message of every route
is a verb; its flags are the message's members.

  probity tx bank send --to prb1… --amount 2.5$

The node of --rpc prepares the bytes; what it prepared is read back and compared
with what was asked for before the home's account key signs it. --offline makes
the transaction without a node, from the home's genesis file.`

// txCommands is a group for every route and a verb for every message that
// anyone may call.
func txCommands() []command {
	var out []command
	for _, r := range table() {
		g := command{Name: r.Name, Short: r.Doc, Others: reserved(r)}
		for i := range r.Msgs {
			m := &r.Msgs[i]
			if len(m.By) > 0 {
				continue
			}
			g.Sub = append(g.Sub, command{Name: m.Name, Short: m.Doc, Setup: func(f *pflag.FlagSet) action { return txCommand(f, r, m) }})
		}
		if len(g.Sub) > 0 {
			out = append(out, g)
		}
	}
	return out
}

// reserved tells of a route's messages that no account may send who sends them.
func reserved(r *route.Route) map[string]string {
	out := map[string]string{}
	for i := range r.Msgs {
		m := &r.Msgs[i]
		switch {
		case slices.Contains(m.By, legislature.Name):
			out[m.Name] = "no account may send it: propose it as an action, see probity gov draft"
		case len(m.By) > 0:
			out[m.Name] = "no account may send it, only the chain's " + strings.Join(m.By, " and ")
		}
	}
	return out
}

// txFlags are the flags that every message has beside its own.
type txFlags struct {
	home       *string
	pass       *passphrases
	rpc        *string
	nonce      *int64
	feeMax     *string
	feePayer   *string
	validUntil *uint64
	dryRun     *bool
	offline    *bool
	noWait     *bool
	output     *string
	id         *bool
	tried      bool // on a copy of the state before it is sent
}

func addTx(f *pflag.FlagSet) *txFlags {
	return &txFlags{
		home: homeFlag(f), pass: addPassphrase(f), rpc: rpcFlag(f),
		nonce:      f.Int64("nonce", -1, "the account's `number` for it (default: its next)"),
		feeMax:     f.String("fee-max", "", "`amount` of $ that may be charged at most (default: twice the present fee)"),
		feePayer:   f.String("fee-payer", "", "`address` of the account that pays, by an allowance"),
		validUntil: f.Uint64("valid-until", 0, "last `height` at which it may be included (default: 5,000 blocks from now)"),
		dryRun:     f.Bool("dry-run", false, "apply it to the latest state, print the receipt, send nothing"),
		offline:    f.Bool("offline", false, "sign without a node and print it; needs --nonce, --fee-max and --valid-until"),
		noWait:     f.Bool("no-wait", false, "do not wait until it is final"),
		output:     outputFlag(f),
		id:         f.Bool("id", false, "print only the id of what it makes: a post, a proposal, a case"),
	}
}

// rpcFlag declares --rpc.
func rpcFlag(f *pflag.FlagSet) *string {
	return f.String("rpc", "", "`address` of a node (default: rpc.listen of the home)")
}

// outputFlag declares --output.
func outputFlag(f *pflag.FlagSet) *string {
	return f.String("output", "text", "`form` of the result: text or json")
}

func checkOutput(form string) error {
	if form != "text" && form != "json" {
		return usage("--output %q: want text or json", form)
	}
	return nil
}

// txCommand is the verb of one message.
func txCommand(f *pflag.FlagSet, r *route.Route, m *route.Msg) action {
	common := addTx(f)
	own := fieldsOf(m.Type)
	own.declare(f)
	return func(ctx context.Context, s *streams, _ []string) error {
		if err := checkOutput(*common.output); err != nil {
			return err
		}
		body, err := own.message()
		if err != nil {
			return err
		}
		if *common.offline {
			return common.signOffline(s, r, m, body)
		}
		return common.send(ctx, s, r, m, body)
	}
}

// send has a node prepare the transaction, signs and submits it, and waits.
func (t *txFlags) send(ctx context.Context, s *streams, r *route.Route, m *route.Msg, body any) error {
	c, err := nodeClient(*t.rpc, home(*t.home))
	if err != nil {
		return err
	}
	defer c.close()
	store, err := t.pass.open(s, home(*t.home))
	if err != nil {
		return err
	}
	key := store.Key(keystore.Account)
	tx, summary, err := t.prepare(ctx, c, key, ruleCall{r.Name, m.Name, body})
	if err != nil {
		return err
	}
	if *t.dryRun || t.tried {
		var receipt types.Receipt
		if err := c.call(ctx, "tx_simulate", map[string]any{"raw": types.Bytes(tx.Raw)}, &receipt); err != nil {
			return err
		}
		if *t.dryRun {
			return t.result(s, tx, summary, &receipt, nil)
		}
		if !receipt.OK() {
			return failed(fmt.Sprintf("the chain would refuse it: %s (%s)", receipt.Text, receipt.Kind), c.url, "nothing was sent, nothing charged")
		}
	}
	var state *rpcTx
	for try := 1; ; try++ {
		err := c.call(ctx, "tx_submit", map[string]any{"raw": types.Bytes(tx.Raw)}, nil)
		if err == nil && *t.noWait {
			return t.result(s, tx, summary, nil, nil)
		}
		if err == nil {
			if state, err = waitFinal(ctx, c, tx.Hash); err == nil {
				break
			}
		}
		// The account's node sends transactions of its own: one may have taken
		// the nonce meanwhile.
		if kindOf(err) != bank.ErrNonce.Kind && !errors.Is(err, errDropped) || *t.nonce >= 0 || try == 8 {
			return err
		}
		rest(ctx, time.Duration(try)*50*time.Millisecond) // its next ones as well, where it has just been given its first $
		again, text, fresh := t.prepare(ctx, c, key, ruleCall{r.Name, m.Name, body})
		if fresh != nil {
			return fresh
		}
		if errors.Is(err, errDropped) && again.Nonce <= tx.Nonce {
			return err // it may still be in some member's memory: one of the two would do what was asked twice
		}
		tx, summary = again, text
	}
	return t.result(s, tx, summary, state.Receipt, state.At)
}

// ruleCall is one call of a rule.
type ruleCall struct {
	route, message string
	body           any
}

// prepare asks the node for the transaction and signs it.
func (t *txFlags) prepare(ctx context.Context, c *client, key keys.PrivateKey, call ruleCall) (*types.SignedTx, string, error) {
	params := map[string]any{}
	if err := t.choices(params); err != nil {
		return nil, "", err
	}
	tx, summary, err := preparedTx(ctx, c, key.Public(), []ruleCall{call}, params)
	if err != nil {
		return nil, "", err
	}
	if t.chosen(tx) != nil {
		return nil, "", failed("the node changed a value that was given", c.url, "do not trust this node")
	}
	genesis, chain, err := chainOf(ctx, c, home(*t.home))
	if err != nil {
		return nil, "", err
	}
	if tx.Chain != chain {
		return nil, "", failed(fmt.Sprintf("prepared for chain %q, not %q", tx.Chain, chain), c.url, "name a node of the home's chain")
	}
	tx.Sign(key, genesis)
	sealed, err := types.Seal(*tx)
	return sealed, summary, err
}

// preparedTx has a node prepare a transaction. One that holds something else
// than was asked for is refused: a key signs what its owner typed.
func preparedTx(ctx context.Context, c *client, sender keys.PublicKey, calls []ruleCall, params map[string]any) (*types.Tx, string, error) {
	var want []types.Msg
	var messages []any
	for _, call := range calls {
		msg, err := table().Pack(call.route, call.message, call.body)
		if err != nil {
			return nil, "", err
		}
		want = append(want, msg)
		messages = append(messages, map[string]any{"route": call.route, "message": call.message, "body": call.body})
	}
	params["sender"], params["messages"] = sender, messages
	var p struct {
		Unsigned types.Bytes `json:"unsigned"`
		Summary  string      `json:"summary"`
	}
	if err := c.call(ctx, "tx_prepare", params, &p); err != nil {
		return nil, "", err
	}
	tx, err := unsignedTx(p.Unsigned)
	if err != nil {
		return nil, "", failed("the node prepared no transaction", c.url, oneLine(err))
	}
	same := func(a, b types.Msg) bool { return a.Route == b.Route && a.ID == b.ID && slices.Equal(a.Body, b.Body) }
	if tx.Sender != sender || !slices.EqualFunc(tx.Msgs, want, same) {
		return nil, "", failed("the node prepared another transaction than was asked for", c.url, "do not trust this node")
	}
	return tx, p.Summary, nil
}

// choices puts the given flags into the params of tx_prepare.
func (t *txFlags) choices(params map[string]any) error {
	if *t.nonce >= 0 {
		params["nonce"] = *t.nonce
	}
	if *t.validUntil > 0 {
		params["validUntil"] = *t.validUntil
	}
	if *t.feeMax != "" {
		a, err := parseAmount(*t.feeMax)
		if err != nil {
			return usage("--fee-max: %w", err)
		}
		params["feeMax"] = a
	}
	if *t.feePayer != "" {
		a, err := keys.ParseAddress(*t.feePayer)
		if err != nil {
			return usage("--fee-payer: %w", err)
		}
		params["feePayer"] = a
	}
	return nil
}

// chosen checks that a prepared transaction holds what the flags gave.
func (t *txFlags) chosen(tx *types.Tx) error {
	want := map[string]any{}
	if err := t.choices(want); err != nil {
		return err
	}
	have := map[string]any{"nonce": int64(tx.Nonce), "validUntil": uint64(tx.ValidUntil), "feeMax": tx.FeeMax}
	if tx.FeePayer != nil {
		have["feePayer"] = *tx.FeePayer
	}
	for name, v := range want {
		if have[name] != v {
			return fmt.Errorf("%s is %v, not %v", name, have[name], v)
		}
	}
	return nil
}

// unsignedTx reads the bytes that tx_prepare calls unsigned: a transaction
// without its signature, the last of its eight elements.
func unsignedTx(b []byte) (*types.Tx, error) {
	if len(b) == 0 || b[0] != 0x87 {
		return nil, fmt.Errorf("not seven elements")
	}
	raw := append([]byte{0x88}, b[1:]...)
	raw = append(raw, 0x58, 64)
	raw = append(raw, make([]byte, 64)...)
	tx := &types.Tx{}
	return tx, codec.Unmarshal(raw, tx)
}

// chainOf is the genesis hash and name of the chain to sign for: the home's,
// which the node must serve too; without a home's genesis, the node's word.
func chainOf(ctx context.Context, c *client, h home) (keys.Hash, string, error) {
	var st struct {
		Chain   string    `json:"chain"`
		Genesis keys.Hash `json:"genesis"`
	}
	if err := c.call(ctx, "chain_status", nil, &st); err != nil {
		return keys.Hash{}, "", err
	}
	if !exists(h.genesis()) {
		return st.Genesis, st.Chain, nil
	}
	g, _, err := readGenesis(h.genesis())
	if err != nil {
		return keys.Hash{}, "", err
	}
	if g.Hash() != st.Genesis {
		return keys.Hash{}, "", failed(fmt.Sprintf("genesis mismatch: the node serves %q with %s", st.Chain, st.Genesis.Short()),
			h.genesis(), "name a node of the home's chain with --rpc")
	}
	return g.Hash(), g.Chain, nil
}

// signOffline makes the transaction from the flags and the home alone.
func (t *txFlags) signOffline(s *streams, r *route.Route, m *route.Msg, body any) error {
	if *t.nonce < 0 || *t.feeMax == "" || *t.validUntil == 0 {
		return usage("--offline needs --nonce, --fee-max and --valid-until")
	}
	if *t.dryRun {
		return usage("--dry-run needs a node: leave out --offline")
	}
	msg, err := table().Pack(r.Name, m.Name, body)
	if err != nil {
		return err
	}
	g, _, err := readGenesis(home(*t.home).genesis())
	if err != nil {
		return err
	}
	given := map[string]any{}
	if err := t.choices(given); err != nil {
		return err
	}
	store, err := t.pass.open(s, home(*t.home))
	if err != nil {
		return err
	}
	tx := types.Tx{
		Chain: g.Chain, Nonce: uint64(*t.nonce), FeeMax: given["feeMax"].(types.Amount),
		ValidUntil: types.Height(*t.validUntil), Msgs: []types.Msg{msg},
	}
	if payer, ok := given["feePayer"].(keys.Address); ok {
		tx.FeePayer = &payer
	}
	tx.Sign(store.Key(keystore.Account), g.Hash())
	sealed, err := types.Seal(tx)
	if err != nil {
		return err
	}
	if *t.output == "json" {
		return s.object(map[string]any{"hash": sealed.Hash, "raw": types.Bytes(sealed.Raw)})
	}
	raw, err := types.Bytes(sealed.Raw).MarshalText()
	if err != nil {
		return err
	}
	s.printf("%s\n", raw)
	return nil
}

// rpcTx is what tx_wait answers, as far as it is used.
type rpcTx struct {
	Stage   string         `json:"stage"`
	At      *rpcPoint      `json:"at"`
	Receipt *types.Receipt `json:"receipt"`
}

// rpcPoint names a final block.
type rpcPoint struct {
	Height types.Height `json:"height"`
	Hash   keys.Hash    `json:"hash"`
}

// errDropped is a transaction that a node has forgotten before it was final.
var errDropped = errors.New("dropped")

// waitFinal waits until a transaction is final, or the node has forgotten it.
func waitFinal(ctx context.Context, c *client, hash keys.Hash) (*rpcTx, error) {
	for range 6 {
		var state *rpcTx
		if err := c.call(ctx, "tx_wait", map[string]any{"hash": hash, "timeoutMs": 10_000}, &state); err != nil {
			return nil, err
		}
		switch {
		case state == nil:
			return nil, &failure{"the transaction was dropped before it was final", hash.String(), "look at its nonce and fee, and send it again", errDropped}
		case state.Stage == "final":
			return state, nil
		}
	}
	return nil, failed("not final after a minute", hash.String(), "the chain may stand still: ask chain_status; the transaction stays valid")
}

// result prints a transaction and how it ended. One that the chain refused is
// an error.
func (t *txFlags) result(s *streams, tx *types.SignedTx, summary string, receipt *types.Receipt, at *rpcPoint) error {
	if *t.id {
		s.printf("%s", made(receipt))
	} else if *t.output == "json" {
		if err := s.object(map[string]any{"hash": tx.Hash, "at": at, "receipt": receipt}); err != nil {
			return err
		}
	} else {
		s.printf("%s", summary)
		s.printf("hash %s\n", tx.Hash)
		if at != nil {
			s.printf("final at height %d\n", at.Height)
		}
		if receipt != nil && receipt.OK() {
			verb := "charged"
			if *t.dryRun {
				verb = "would charge"
			}
			s.printf("%s %s $\n", verb, receipt.Charged.Decimal())
			for _, e := range receipt.Events {
				s.printf("%s\n", eventLine(e))
			}
		}
	}
	switch {
	case receipt == nil || receipt.OK():
	case *t.dryRun:
		return failed(fmt.Sprintf("the chain would refuse it: %s (%s)", receipt.Text, receipt.Kind), tx.Hash.String(), "nothing was sent")
	default:
		return failed(fmt.Sprintf("the chain refused it: %s (%s)", receipt.Text, receipt.Kind), tx.Hash.String(), "the fee was charged, nothing else was done")
	}
	return nil
}

// eventLine is an event as people read it: route/name key=value ….
func eventLine(e types.Event) string {
	line := e.Route + "/" + e.Name
	for _, a := range e.Attrs {
		line += " " + a.Key + "=" + a.Value
	}
	return line
}

// made is what a transaction has made, on a line: the first attribute of the
// event by which a route names something new.
func made(r *types.Receipt) string {
	if r == nil {
		return ""
	}
	names := map[string]string{"forum/published": "post", "legislature/submitted": "proposal", "court/filed": "case", "release/submitted": "rc"}
	for _, e := range r.Events {
		for _, a := range e.Attrs {
			if names[e.Route+"/"+e.Name] == a.Key {
				return a.Value + "\n"
			}
		}
	}
	return ""
}
