package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/dcert"
	"probity/chain/route/release"
	"probity/chain/types"
	"probity/node"
	"probity/node/signer/keystore"
	"probity/p2p"
)

// network is a chain of several nodes on this machine: separate processes with
// homes of their own, connected over loopback.
type network struct {
	dir     string
	program string
	members []*member
	params  map[string]uint64
	claim   io.Closer // of its ports; nil: none
}

// member is one node of a network.
type member struct {
	number  int
	home    home
	address keys.Address
	rep     types.Amount
	peerID  string
	ports   ports
	proc    *process // nil while it does not run
	peak    int64    // bytes of memory of the processes that have ended
}

// ports are a node's addresses on loopback.
type ports struct{ p2p, rpc, ops int }

// The first node's ports; node i adds portStep·i.
var firstPorts = ports{8640, 8645, 8646}

const portStep = 10

func (m *member) name() string { return fmt.Sprintf("node%d", m.number) }
func (m *member) url() string  { return fmt.Sprintf("http://127.0.0.1:%d", m.ports.rpc) }
func (m *member) log() string  { return filepath.Join(string(m.home), "node.log") }

// haste is what a testnet divides every duration of governance by: a week is 30 s.
const haste = 20_160

// testnetParams are the testnet's parameters where they differ from the defaults
// (protocol.md, Defaults): those below, and all durations in haste.
func testnetParams() map[string]uint64 { return pacedParams(testnetFixed["block.interval"]) }

// pacedParams are those of a testnet with another interval, in milliseconds. What is
// counted in blocks keeps its length in time, so that nothing else is slower.
func pacedParams(interval uint64) map[string]uint64 {
	out := maps.Clone(testnetFixed)
	for _, name := range []string{"epoch.blocks", "asc.lead_views", "evidence.window"} {
		out[name] = out[name] * out["block.interval"] / interval
	}
	out["block.interval"] = interval
	for _, r := range table() {
		for _, p := range r.Params {
			if _, fixed := out[p.Name]; fixed || p.Unit != route.Millis || p.Default == 0 {
				continue
			}
			out[p.Name] = max(p.Default/haste, p.Min, 1)
		}
	}
	return out
}

var testnetFixed = map[string]uint64{
	"epoch.blocks":     64,
	"block.interval":   50,
	"asc.lead_views":   16,
	"evidence.window":  1024,
	"rep.year_cap_ppm": 0,
	"reward.block":     1_000_000_000, // 1 $
	"dcert.breaker":    1,
}

// What a testnet starts with.
const (
	testnetREP     = 1_000_000 // whole wREP of all members
	memberMoney    = 10_000    // whole $ of a member
	loadMoney      = 1_000     // whole $ of a load account
	testnetChain   = "probity-testnet"
	passphraseFile = "passphrase"
)

// shares divides the testnet's REP among n members: unequal, the first the
// heaviest, and from four members on none with a third. Member i of n gets
// 3n − i parts.
func shares(n int) []uint64 {
	total := 0
	for i := range n {
		total += 3*n - i
	}
	out := make([]uint64, n)
	rest := uint64(testnetREP)
	for i := n - 1; i > 0; i-- {
		out[i] = testnetREP * uint64(3*n-i) / uint64(total)
		rest -= out[i]
	}
	out[0] = rest
	return out
}

// newNetwork makes the homes of n nodes in dir, which it creates.
func newNetwork(dir string, n, accounts int, params map[string]uint64) (*network, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("testnet: %w", err)
	}
	w := &network{dir: dir, program: program, params: params}
	base, claim, err := freePorts(n)
	if err != nil {
		return nil, err
	}
	w.claim = claim
	secret := filepath.Join(dir, passphraseFile)
	if err := writeNew(secret, []byte("testnet\n")); err != nil {
		return nil, err
	}
	spec := node.GenesisSpec{Chain: testnetChain, Time: types.Time(time.Now().UnixMilli()), Params: w.params}
	for i, rep := range shares(n) {
		m := &member{number: i, home: home(filepath.Join(dir, fmt.Sprintf("node%d", i))), rep: types.Whole(rep)}
		m.ports = ports{base.p2p + portStep*i, base.rpc + portStep*i, base.ops + portStep*i}
		store, err := keystore.Create(m.home.keys(), "testnet", keystore.Options{LogN: keystore.WorkCheap})
		if err != nil {
			return nil, keysFailure(m.home, err)
		}
		if err := bornHere(m.home); err != nil {
			return nil, err
		}
		m.address = store.Key(keystore.Account).Public().Address()
		m.peerID = p2p.IDFromSeed(store.Seed(keystore.Network)).String()
		spec.Members = append(spec.Members, node.GenesisMember{Keys: memberKeys(store), REP: m.rep, Balance: types.Whole(memberMoney)})
		w.members = append(w.members, m)
	}
	fund := func(secret string, n int) {
		for i := range n {
			addr := loadKey(secret, i).Public().Address()
			spec.Balances = append(spec.Balances, node.GenesisBalance{Address: addr, Amount: types.Whole(loadMoney)})
		}
	}
	fund(loadSecret, accounts)
	fund(trafficSecret, trafficAccounts)
	spec.Sections = w.offices()
	genesis, err := newGenesis(spec)
	if err != nil {
		return nil, err
	}
	return w, w.writeHomes(genesis, secret)
}

// offices are the genesis sections of those who hold one: where there are enough
// members, all of them represent the core team and rebuild its releases, and the
// last one is the emergency team. All but that one watch. The council is theirs to
// elect.
func (w *network) offices() map[string]any {
	if len(w.members) < release.CTRsMin {
		return nil
	}
	all := make([]keys.Address, len(w.members))
	for i, m := range w.members {
		all[i] = m.address
	}
	type object = map[string]any
	return object{
		"release": object{
			"ctrs": all, "grounds": []object{{"id": 1, "text": "reported without having read"}, {"id": 2, "text": "took money for a report"}},
			"watchtowers": object{"members": all, "threshold": len(all)/2 + 1},
		},
		"dcert": object{"members": []object{{"account": all[len(all)-1], "bond": types.NewAmount(dcert.Bond.Default)}}},
		"contribution": object{
			"repository": object{"repo": demoRepository, "branch": "main"},
			"required":   []object{{"repo": demoRepository, "branch": "main", "ppm": 500_000}},
			"policy":     object{"exclude": []string{"vendor/"}, "multiply": []object{}},
		},
		"oracle": w.watchers(all[0]),
	}
}

// demoRepository is what a testnet calls the repository whose authors own it.
const demoRepository = "demo"

// watchers is the register of watchtowers: all members but the last, each with
// this program; the second implementation and a treegen in another language are
// registered for whoever declares them.
func (w *network) watchers(author keys.Address) map[string]any {
	type object = map[string]any
	implementation := func(duty, name, source string) object {
		return object{"duty": duty, "name": name, "author": author, "source": source}
	}
	seats := []object{}
	for _, m := range w.members[:len(w.members)-1] {
		seats = append(seats, object{"address": m.address, "watchtower": []string{ownWatchtower}, "treegen": []string{ownTreegen}})
	}
	return object{
		"implementations": []object{
			implementation("watchtower", ownWatchtower, "cmd/probity"), implementation("watchtower", "watchtower", "cmd/watchtower"),
			implementation("treegen", ownTreegen, "cmd/probity"), implementation("treegen", "watchtower", "cmd/watchtower"),
			implementation("treegen", "treegen.py", "docs/spec/examples"),
		},
		"members": seats,
	}
}

// writeHomes writes the genesis and the configuration of every home.
func (w *network) writeHomes(genesis []byte, secret string) error {
	abs, err := filepath.Abs(secret)
	if err != nil {
		return fmt.Errorf("testnet: %w", err)
	}
	for _, m := range w.members {
		given := map[string]any{
			"chain":                testnetChain,
			"rpc.listen":           fmt.Sprintf("127.0.0.1:%d", m.ports.rpc),
			"ops.listen":           fmt.Sprintf("127.0.0.1:%d", m.ports.ops),
			"p2p.listen":           []string{fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", m.ports.p2p), fmt.Sprintf("/ip4/127.0.0.1/udp/%d/quic-v1", m.ports.p2p)},
			"p2p.bootstrap":        w.others(m),
			"keys.passphrase_file": abs,
		}
		text, err := configFile(given)
		if err != nil {
			return err
		}
		if err := writeNew(m.home.genesis(), genesis); err != nil {
			return err
		}
		if err := writeNew(m.home.config(), []byte(text)); err != nil {
			return err
		}
	}
	return nil
}

// others are the addresses at which the members beside m are reached.
func (w *network) others(m *member) []string {
	out := []string{}
	for _, o := range w.members {
		if o != m {
			out = append(out, fmt.Sprintf("/ip4/127.0.0.1/tcp/%d/p2p/%s", o.ports.p2p, o.peerID))
		}
	}
	return out
}

// claimPort is the place behind a base's own ports that a network listens on.
const claimPort = portStep - 1

// portEnv moves the first ports that a network tries: its value is node0's for peers.
const portEnv = "PROBITY_TESTNET_PORT"

// triedFirst are the ports that a network tries first.
func triedFirst() (ports, error) {
	text := os.Getenv(portEnv)
	if text == "" {
		return firstPorts, nil
	}
	p, err := strconv.ParseUint(text, 10, 16)
	if err != nil || p < 1024 || p > 60_000 {
		return ports{}, usage("%s=%s: want a port from 1024 to 60000", portEnv, text)
	}
	return ports{int(p), int(p) + firstPorts.rpc - firstPorts.p2p, int(p) + firstPorts.ops - firstPorts.p2p}, nil
}

// freePorts finds the first base from which the ports of n nodes are free: the
// first to try, then a hundred higher, and so on. The claim keeps the base from another
// network that looks while the nodes of this one do not listen yet; the caller closes it.
func freePorts(n int) (ports, io.Closer, error) {
	first, err := triedFirst()
	if err != nil {
		return ports{}, nil, err
	}
	shift := (portStep*n + 99) / 100 * 100
	for try := range 20 {
		base := ports{first.p2p + try*shift, first.rpc + try*shift, first.ops + try*shift}
		claim, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(base.p2p+claimPort)))
		if err != nil {
			continue
		}
		if free(base, n) {
			return base, claim, nil
		}
		_ = claim.Close()
	}
	return ports{}, nil, failed("no free ports", fmt.Sprintf("127.0.0.1:%d and above", first.p2p), "stop other networks: the ports of twenty were tried")
}

func free(base ports, n int) bool {
	for i := range n {
		for _, p := range []int{base.p2p, base.rpc, base.ops} {
			l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p+portStep*i)))
			if err != nil {
				return false
			}
			_ = l.Close()
		}
		u, err := net.ListenPacket("udp", net.JoinHostPort("127.0.0.1", strconv.Itoa(base.p2p+portStep*i)))
		if err != nil {
			return false
		}
		_ = u.Close()
	}
	return true
}

// start starts every node and waits until each serves and has a final block.
func (w *network) start(ctx context.Context) error {
	for _, m := range w.members {
		if err := w.launch(m); err != nil {
			return err
		}
	}
	return w.ready(ctx)
}

// launch starts one node's process.
func (w *network) launch(m *member) (err error) {
	m.proc, err = startProcess(w.program, []string{"start", "--home", string(m.home)}, m.log())
	return err
}

// readyFor bounds the time until all nodes serve.
const readyFor = time.Minute

// ready waits until each node answers and knows a final block.
func (w *network) ready(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, readyFor)
	defer stop()
	for _, m := range w.members {
		c, err := newClient(m.url(), 1)
		if err != nil {
			return err
		}
		for !serves(ctx, c) {
			if err := w.dead(); err != nil {
				return err
			}
			rest(ctx, 20*time.Millisecond)
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return failed(m.name()+" made no block in time", m.log(), "its log tells what it waits for")
			}
			if ctx.Err() != nil {
				return errStopped
			}
		}
		c.close()
	}
	return nil
}

func serves(ctx context.Context, c *client) bool {
	var st struct {
		Finalized rpcPoint `json:"finalized"`
	}
	return c.call(ctx, "chain_status", nil, &st) == nil && st.Finalized.Height >= 1
}

// dead is the error of a node that ended though nobody stopped it.
func (w *network) dead() error {
	for _, m := range w.members {
		if m.proc != nil && m.proc.ended() {
			return failed(fmt.Sprintf("%s ended by itself: %s", m.name(), m.proc.lastLine()), m.log(), "its log tells more")
		}
	}
	return nil
}

// stopFor is how long a node may take to drain before it is killed.
const stopFor = 10 * time.Second

// stop stops every node; none is left behind.
func (w *network) stop() {
	for _, m := range w.members {
		if m.proc != nil {
			m.proc.terminate()
		}
	}
	deadline := time.After(stopFor)
	for _, m := range w.members {
		if m.proc == nil {
			continue
		}
		select {
		case <-m.proc.done:
		case <-deadline:
			m.proc.kill()
			<-m.proc.done
		}
		m.end()
	}
	if w.claim != nil {
		_ = w.claim.Close()
		w.claim = nil
	}
}

// end notes what an ended process had.
func (m *member) end() {
	m.peak = max(m.peak, m.proc.memory())
	m.proc = nil
}

// crash kills one node at once and starts it again after a moment.
func (w *network) crash(ctx context.Context, m *member) error {
	m.proc.kill()
	<-m.proc.done
	m.end()
	rest(ctx, restartAfter)
	if ctx.Err() != nil {
		return errStopped
	}
	return w.launch(m)
}

// restartAfter is how long a crashed node stays away.
const restartAfter = time.Second

func (w *network) urls() []string {
	out := make([]string, len(w.members))
	for i, m := range w.members {
		out[i] = m.url()
	}
	return out
}

// producer finds who a contract of an epoch belongs to; −1 where nobody.
func (w *network) producer(e types.Epoch, asc keys.Hash) int {
	for i, m := range w.members {
		if availability.ContractID(e, m.address) == asc {
			return i
		}
	}
	return -1
}
