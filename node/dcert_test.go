package node_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/beacon"
	"probity/chain/route/dcert"
	"probity/chain/route/evidence"
	"probity/chain/route/params"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/types"
	"probity/node"
)

// decree is what the test's legislature executes at anybody's word.
type decree struct {
	_    struct{} `cbor:",toarray"`
	Msgs []types.Msg
}

func (decree) Rescues(*route.Ctx) bool { return true }

func enact(c *route.Ctx, m decree) error {
	for _, x := range m.Msgs {
		if err := c.Dispatch(x); err != nil {
			return err
		}
	}
	return nil
}

// teamTable is the foundation, a legislature that asks nobody, and the emergency
// team; blind, it has no breaker.
func teamTable(blind bool) route.Table {
	rescue := func(r *route.Route) *route.Route {
		d := *r
		d.Rescue = true
		return &d
	}
	team := *dcert.Route
	if blind {
		team.Guard = nil
	}
	law := &route.Route{ID: 9, Name: "legislature", Msgs: []route.Msg{
		route.On(1, "submit", enact), route.On(2, "deposit", enact), route.On(3, "vote", enact), route.On(4, "execute", enact),
	}}
	return route.Table{
		params.Route, bank.Route, rep.Route, availability.Route, rescue(beacon.Route), pool.Route, rescue(evidence.Route), law, &team,
	}
}

// team is a cluster of four under such a table: the third knows protocol 1, the
// others 2, and the fourth has no breaker.
type team struct {
	*cluster
	table route.Table
}

const (
	old   = 2
	blind = 3
)

func newTeam(t *testing.T) *team {
	table := teamTable(false)
	c := newCluster(t, 4, func(s *node.GenesisSpec) {
		s.Table = table
		s.Params["dcert.bond"], s.Params["dcert.breaker"] = 10_000_000_000, 1
		s.Params["epoch.blocks"] = 16
		s.Params["asc.lead_views"] = 4
	})
	for i := range c.opts {
		o := node.Under(c.opts[i], teamTable(i == blind))
		if i != old {
			o = node.Knowing(o, 2)
		}
		c.opts[i] = o
	}
	for i := range c.nodes {
		c.start(i)
	}
	return &team{cluster: c, table: table}
}

func (c *team) msg(rule string, body any) types.Msg {
	c.t.Helper()
	name, of, _ := strings.Cut(rule, "/")
	m, err := c.table.Pack(name, of, body)
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

// signed is an account's next transaction.
func (c *team) signed(key keys.PrivateKey, msgs ...types.Msg) *types.SignedTx {
	c.t.Helper()
	a := key.Public().Address()
	f := c.footing(0, a)
	return c.sign(key, func(tx *types.Tx) { tx.Nonce, tx.Msgs = f.nonce+uint64(f.pending), msgs })
}

// do makes messages final; the nonce of a member's account may be taken by its
// own node meanwhile, and then it is tried again.
func (c *team) do(key keys.PrivateKey, msgs ...types.Msg) {
	c.t.Helper()
	for range 20 {
		tx := c.signed(key, msgs...)
		if out := c.submit(0, tx.Raw); out["error"] != nil {
			if strings.Contains(fmt.Sprint(out), "NONCE") {
				time.Sleep(50 * time.Millisecond)
				continue
			}
			c.t.Fatalf("submit: %v", out)
		}
		out, _ := c.result(0, "tx_wait", map[string]any{"hash": tx.Hash.String(), "timeoutMs": 15000}).(map[string]any)
		if out["stage"] != "final" {
			c.t.Fatalf("not final: %v", out)
		}
		receipt, _ := out["receipt"].(map[string]any)
		if receipt["kind"] != "" && receipt["kind"] != nil {
			c.t.Fatalf("failed: %v", receipt)
		}
		return
	}
	c.t.Fatal("the nonce was always taken")
}

// nextEpoch waits for the boundary.
func (c *team) nextEpoch() {
	c.t.Helper()
	h := c.nodes[0].Height()
	c.reach(0, h+16-h%16+1, patience)
}

// elected has the user elected into the team, which then breaks transfers.
func (c *team) elected() {
	c.t.Helper()
	user := c.user.Public().Address()
	c.reach(0, 2, patience)
	c.do(c.spec.Members[0].Keys.Account,
		c.msg("dcert/bond", dcert.BondFor{Member: user, Amount: types.Whole(10)}),
		c.msg("dcert/prefer", dcert.Prefer{Shares: []dcert.Share{{Address: user, PPM: types.Million}}}))
	c.nextEpoch()
	c.do(c.user, c.msg("dcert/accept", dcert.Accept{}))
	c.do(c.user, c.msg("dcert/trip", dcert.Trip{
		Messages: []string{"bank/send"}, Commitment: dcert.MotiveCommitment([]byte("exploit"), keys.Hash{1}),
	}))
}

// Goal: on a real network an emergency team is elected, breaks transfers, and
// an upgrade mends them: a transfer is refused at RPC and in gossip; a block with
// one, by a member whose software has no breaker, is rejected by its peers and its
// pool ends INVALID; software that does not know the new protocol ends with what
// to install, and goes on once that is installed. Method: four members over
// libp2p, disks and HTTP.
func TestD26_TeamBreaksAndUpgradeMends(t *testing.T) {
	c := newTeam(t)
	c.elected()
	send := c.msg("bank/send", bank.Send{To: keys.Address{7}, Amount: types.Whole(5)})
	for i := range c.nodes[:blind] {
		eventually(t, "the circuit is open at every member", func() bool {
			return c.metric(i, "probity_circuit_open", map[string]string{"route": "bank/send"}) == 1
		})
		data := wantError(t, c.submit(i, c.signed(c.user, send).Raw), -32003, "CIRCUIT_OPEN")
		if data["got"] != "bank/send" || !strings.Contains(fmt.Sprint(data["want"]), c.user.Public().Address().String()) {
			t.Errorf("member %d tells %v", i, data)
		}
	}

	// The fourth takes it, gossips it and builds blocks with it.
	tx := c.signed(c.user, send)
	if out := c.submit(blind, tx.Raw); out["error"] != nil {
		t.Fatalf("a member without the breaker: %v", out)
	}
	eventually(t, "the pool of a block with a broken message ends invalid", func() bool {
		return c.metric(0, "probity_pool_outcomes_total", map[string]string{"outcome": "invalid"}) > 0
	})
	for i := range c.nodes[:blind] {
		if n := len(c.result(i, "tx_pending", map[string]any{"from": c.user.Public().Address().String()}).([]any)); n != 0 {
			t.Errorf("member %d keeps %d transfers that came by gossip", i, n)
		}
	}

	up := availability.Upgrade{Height: c.nodes[0].Height() + 40, Protocol: 2, Reset: []string{"bank/send"}}
	c.do(c.user, c.msg("legislature/execute", decree{Msgs: []types.Msg{c.msg("availability/upgrade", up)}}))
	eventually(t, "the member to be outdated tells so", func() bool {
		st, _ := c.result(old, "node_status", nil).(map[string]any)["upgrade"].(map[string]any)
		return st != nil && st["supported"] == false && st["protocol"] == 2.0
	})
	var ended error
	select {
	case ended = <-c.ended[old]:
	case <-time.After(patience):
		t.Fatal("a member that does not know the protocol goes on")
	}
	var need *exec.Outdated
	if !errors.As(ended, &need) || need.Protocol != 2 || need.Known != 1 || strings.Contains(ended.Error(), "\n") {
		t.Fatalf("it ends with %v", ended)
	}
	c.nodes[old], c.stops[old] = nil, nil
	if _, err := node.Open(c.opts[old]); !errors.As(err, &need) {
		t.Fatalf("started again it says %v", err)
	}

	eventually(t, "the circuit is closed", func() bool {
		return c.metric(0, "probity_circuit_open", map[string]string{"route": "bank/send"}) == 0
	})
	c.do(c.user, send)
	c.opts[old] = node.Knowing(c.opts[old], 2)
	c.start(old)
	c.reach(old, c.nodes[0].Height()+3, patience)
	if f := c.footing(old, keys.Address{7}); f.balance != types.Whole(5).String() {
		t.Errorf("the member that came back has a balance of %s", f.balance)
	}
}
