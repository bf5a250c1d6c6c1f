package node

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
	"probity/node/blobs"
	"probity/node/explorer"
	"probity/node/mempool"
	"probity/node/rpc"
	"probity/node/signer"
	"probity/node/store"
	"probity/p2p"
)

// Options are what a person decides about a member.
type Options struct {
	Home      string // directory; data and signer lie below it
	Genesis   *exec.Genesis
	Keys      *MemberKeys // nil: an observer without an account
	Member    bool        // sits on the bench
	Producer  bool        // renews its availability contract every epoch
	RPCListen string      // host:port of JSON-RPC; empty: none
	RPCHosts  []string    // names by which clients may call it, beside loopback
	RPCSecret []byte      // of tokens by which operators may call it over TCP; none: over the unix socket only
	OpsListen string      // host:port of metrics and health; empty: none
	P2PListen []string    // multiaddresses or host:port
	Bootstrap []string    // multiaddresses ending in /p2p/ID
	Announce  []string    // where peers reach it, if they cannot see that themselves
	PeersMax  int
	Mempool   mempool.Limits
	Cache     int64        // bytes of hot state
	Blobs     *blobs.Store // content that peers may fetch; nil: none
	Software  string
	Log       *slog.Logger
	LogLevel  *slog.LevelVar // of Log, for operators to change; nil: it stays

	SignerSocket string        // unix socket of a signer in another process; empty: this one signs
	Listen       time.Duration // before a key whose past is unknown signs; 0: it does not listen
	Keep         store.Policy  // how much of the past is kept

	disk  vfs.FS    // nil: the machine's own
	limit p2p.Limit // what one peer may send of a topic; zero: p2p.DefaultLimit

	table route.Table // nil: all.Table
	known uint32      // highest protocol that it executes; 0: exec.Protocol()
}

// Node is a member over the real world: one goroutine runs the loop, the others
// bring events to it.
type Node struct {
	opts    Options
	log     *slog.Logger
	core    *Core
	lock    *lock
	signer  custodian
	wait    *signer.Wait // before signer, where there is one
	host    *p2p.Host
	rpc     *rpc.Server
	feed    *rpc.Feed
	rpcLn   net.Listener
	ops     *ops
	calls   chan func()
	stopped chan struct{}
	born    time.Time
	status  atomic.Pointer[snapshot]
	upgrade atomic.Pointer[rpc.Upgrade]
	said    repeats
	meshed  atomic.Bool // every other member of the roster is connected
	verify  *rpc.Verifier

	released bool // the member has stood where its peers do; of the loop
}

// snapshot is what readers on other goroutines see of the loop.
type snapshot struct {
	header types.Header
	digest keys.Hash
	status rpc.Status
	fee    types.Amount
}

// callsMax is how many events may wait for the loop; beyond it, senders wait.
const callsMax = 1024

// Open prepares a member: it locks the home, binds its ports, and opens the
// signer and the store, so that whatever is wrong is said before anything runs,
// and what concerns the machine before anything is written.
func Open(o Options) (*Node, error) {
	n := &Node{
		opts: o, log: o.Log, calls: make(chan func(), callsMax), stopped: make(chan struct{}), born: time.Now(),
		feed: rpc.NewFeed(), verify: rpc.NewVerifier(o.Genesis.Hash(), 0),
	}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	if err := n.open(); err != nil {
		n.close()
		return nil, err
	}
	return n, nil
}

func (n *Node) open() (err error) {
	if n.lock, err = lockHome(n.opts.Home); err != nil {
		return err
	}
	for _, part := range []func() error{n.openOps, n.bindRPC, n.probeP2P, n.openCore, n.openHost, n.openRPC} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// openCore opens the signer's journal and the store.
func (n *Node) openCore() error {
	fs := n.opts.disk
	if fs == nil {
		fs = vfs.Default
	}
	set := Settings{
		Dir: filepath.Join(n.opts.Home, "data"), Genesis: n.opts.Genesis, Member: n.opts.Member, Producer: n.opts.Producer, Mempool: n.opts.Mempool,
		Store: store.Options{CacheBytes: n.opts.Cache}, Log: n.log, Hooks: n.hooks(),
		Table: n.opts.table, Known: n.opts.known,
	}
	w := World{Clock: systemClock{}, Entropy: rand.Reader, Disk: fs, Network: (*wire)(n)}
	if k := n.opts.Keys; k != nil {
		set.Account, set.Beacon, set.NetworkID = &k.Account, k.Beacon, NetworkKey(k.Network)
		if err := n.openSigner(fs, &set, &w); err != nil {
			return err
		}
	}
	core, err := NewCore(set, w)
	if err != nil {
		return ended(set.Dir, err)
	}
	n.core = core
	n.introduce()
	if err := n.beforeSigning(); err != nil {
		return ended(n.opts.Home, err)
	}
	return nil
}

// Run runs the member until ctx ends, then drains: what is being performed is
// finished, everything is closed in order.
func (n *Node) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	serving := func() {}
	defer n.close()
	defer func() { // also where the member halts by itself: nobody waits for a loop that has ended
		cancel()
		close(n.stopped)
		serving()
	}()
	if err := n.host.Start(); err != nil {
		return err
	}
	n.feed.Finalized(n.core.Height())
	serving = n.serve(ctx)
	n.log.Info("member runs", "event", "start", "height", n.core.Height(), "rpc", n.RPCAddr(), "ops", n.OpsAddr(), "peer", n.PeerID())
	if err := n.core.Start(); err != nil {
		return ended(n.opts.Home, err)
	}
	err := n.loop(ctx)
	n.log.Info("member stops", "event", "stop", "height", n.core.Height())
	return err
}

// loop is the one goroutine that touches the core.
func (n *Node) loop(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		if err := n.core.Halted(); err != nil {
			return ended(n.opts.Home, err)
		}
		n.publish()
		n.release()
		timer.Reset(until(n.core.Deadline()))
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			n.core.Tick()
		case <-second.C:
			n.ops.network()
			n.listening()
			n.mesh()
		case f := <-n.calls:
			f()
			for more := len(n.calls); more > 0; more-- {
				(<-n.calls)()
			}
			if until(n.core.Deadline()) == 0 {
				n.core.Tick()
			}
		}
	}
}

// until is how long to wait for a time of the machines.
func until(at types.Time) time.Duration {
	now := systemClock{}.Now()
	if at <= now {
		return 0
	}
	if at-now > 1000 {
		return time.Second
	}
	return time.Duration(at-now) * time.Millisecond
}

// do runs f in the loop and waits for it; false where the member has stopped or
// ctx ended first.
func (n *Node) do(ctx context.Context, f func()) bool {
	done := make(chan struct{})
	select {
	case n.calls <- func() { f(); close(done) }:
	case <-n.stopped:
		return false
	case <-ctx.Done():
		return false
	}
	select {
	case <-done:
		return true
	case <-n.stopped:
		return false
	}
}

// systemClock is the machine's clock.
type systemClock struct{}

// Now is the time in ms.
func (systemClock) Now() types.Time { return types.Time(time.Now().UnixMilli()) }

// close ends everything that was opened, readers of the store before the store.
func (n *Node) close() {
	if n.rpcLn != nil {
		_ = n.rpcLn.Close() // closed already where it was served
	}
	if n.host != nil {
		_ = n.host.Close()
	}
	n.verify.Close()
	n.ops.close()
	if n.core != nil {
		if err := n.core.Close(); err != nil {
			n.log.Error("close store", "event", "close_failed", "reason", err)
		}
	}
	if n.signer != nil {
		_ = n.signer.Close()
	}
	if n.lock != nil {
		n.lock.release()
	}
}

// bindRPC binds the port of JSON-RPC; clients wait in line until it is served.
func (n *Node) bindRPC() (err error) {
	if n.opts.RPCListen != "" {
		n.rpcLn, err = listen("rpc.listen", n.opts.RPCListen)
	}
	return err
}

// openRPC makes the server of JSON-RPC.
func (n *Node) openRPC() (err error) {
	if n.rpcLn == nil {
		return nil
	}
	n.rpc, err = rpc.New(rpc.Config{
		Backend: backend{n}, Feed: n.feed, Verifier: n.verify, Hosts: n.opts.RPCHosts, Observe: n.ops.called, Page: explorer.Serve, Log: n.log,
		Operator: operator{n}, Secret: n.opts.RPCSecret,
	})
	return err
}

// serve starts answering clients; what it returns waits until they are gone.
func (n *Node) serve(ctx context.Context) (wait func()) {
	var wg sync.WaitGroup
	run := func(what string, f func() error) {
		wg.Go(func() {
			if err := f(); err != nil {
				n.log.Error("server ended", "event", "serve_failed", "what", what, "reason", err)
			}
		})
	}
	if n.rpc != nil {
		run("rpc", func() error { return n.rpc.Serve(ctx, n.rpcLn) })
		path := filepath.Join(n.opts.Home, "admin.sock")
		_ = os.Remove(path) // left by a process that was killed; the lock says that none runs
		if ln, err := net.Listen("unix", path); err != nil {
			n.log.Warn("no admin socket", "event", "admin_socket", "reason", err)
		} else {
			_ = os.Chmod(path, 0o600)
			run("admin", func() error { return n.rpc.ServeAdmin(ctx, ln) })
		}
	}
	run("prune", func() error { return n.prune(ctx) })
	n.ops.started()
	return wg.Wait
}

// RPCAddr is where JSON-RPC listens; empty where it does not.
func (n *Node) RPCAddr() string {
	if n.rpcLn == nil {
		return ""
	}
	return n.rpcLn.Addr().String()
}

// OpsAddr is where metrics and health listen; empty where they do not.
func (n *Node) OpsAddr() string { return n.ops.addr() }

// P2PAddrs are the multiaddresses at which peers reach the member, once it runs.
func (n *Node) P2PAddrs() []string { return n.host.Addrs() }

// PeerID is the member's network identity.
func (n *Node) PeerID() string { return n.host.ID().String() }

// Height is that of the last final block.
func (n *Node) Height() types.Height { return n.status.Load().header.Height }

// randomBytes draws from the operating system.
func randomBytes(k int) []byte {
	b := make([]byte, k)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return b
}
