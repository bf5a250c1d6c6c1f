package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"

	"probity/chain/keys"
	"probity/chain/types"
)

// killsReport is what testnet --kills prints.
type killsReport struct {
	Nodes       int          `json:"nodes"`
	Kills       int          `json:"kills"`
	Restarts    int          `json:"restarts"`
	Height      types.Height `json:"height"`       // that all nodes have at the end
	Told        int          `json:"told"`         // final blocks that nodes told of, counted by node
	Forks       int          `json:"forks"`        // heights at which nodes have different blocks
	Lost        int          `json:"lost"`         // final blocks that a node had told of and did not have later
	DoubleVotes int          `json:"double_votes"` // members with two statements that convict them, in blocks or in logs
	Refusals    int          `json:"refusals"`     // statements that a signer refused its own node
	CaughtUp    bool         `json:"caught_up"`    // every node went on with the others
	Pause       float64      `json:"longest_pause_s"`
	Seconds     float64      `json:"seconds"`
	Seed        uint64       `json:"seed"`
}

// verdict is the error of a run that did not show what it should.
func (k *killsReport) verdict() error {
	const never = "this must never happen: keep the homes and report it"
	switch {
	case k.Forks > 0:
		return failed(fmt.Sprintf("the nodes have different blocks at %d heights", k.Forks), "", never)
	case k.Lost > 0:
		return failed(fmt.Sprintf("%d final blocks were lost", k.Lost), "", never)
	case k.DoubleVotes > 0:
		return failed(fmt.Sprintf("%d members signed what convicts them", k.DoubleVotes), "", never)
	case !k.CaughtUp:
		return failed(fmt.Sprintf("not all nodes went on after %d kills", k.Kills), "", "the nodes' logs tell more")
	}
	return nil
}

// print writes the report.
func (k *killsReport) print(s *streams, asJSON bool) error {
	if asJSON {
		return s.object(k)
	}
	s.printf("%d nodes, %d kills, %d restarts in %.0f s: height %d, %d forks, %d final blocks lost, %d double votes, caught up: %v\n",
		k.Nodes, k.Kills, k.Restarts, k.Seconds, k.Height, k.Forks, k.Lost, k.DoubleVotes, k.CaughtUp)
	s.printf("nodes told of %d final blocks, the longest time without a new one was %.1f s\n", k.Told, k.Pause)
	return nil
}

// killNodes is testnet --kills on a network that runs.
func killNodes(ctx context.Context, s *streams, w *network, o testnetOptions, plan loadPlan) (*killsReport, error) {
	plan.URLs, plan.Rate, plan.Duration, plan.Connections = w.urls(), o.rate, 0, 2*len(w.members)
	plan.Secret, plan.Accounts = trafficSecret, trafficAccounts
	r, err := newKiller(w, s, o.seed).run(ctx, plan, o.kills)
	if err != nil {
		return nil, err
	}
	if err := r.print(s, o.json); err != nil {
		return r, err
	}
	return r, r.verdict()
}

// killer ends nodes of a network at random instants and starts them again.
type killer struct {
	network *network
	streams *streams
	rng     *rand.Rand
	report  killsReport

	mu      sync.Mutex
	told    []map[types.Height]keys.Hash // by each node
	top     []types.Height
	highest types.Height
	moved   time.Time
	back    []time.Time // when a killed node is started again
}

// The instants: the next kill comes within killWithin of the last, a killed
// node stays away for up to awayWithin, and one kill in killAll is of all nodes
// at once.
const (
	killWithin = 2 * time.Second
	awayWithin = time.Second
	killAll    = 12
	// killsMargin is how many blocks every node must add after the last kill,
	// and killsPatience how long that may take.
	killsMargin   = 8
	killsPatience = 90 * time.Second
)

func newKiller(w *network, s *streams, seed uint64) *killer {
	n := len(w.members)
	k := &killer{
		network: w, streams: s, rng: rand.New(rand.NewPCG(seed, 1)), moved: time.Now(),
		told: make([]map[types.Height]keys.Hash, n), top: make([]types.Height, n), back: make([]time.Time, n),
	}
	for i := range k.told {
		k.told[i] = map[types.Height]keys.Hash{}
	}
	k.report.Nodes, k.report.Seed = n, seed
	return k
}

// run follows the nodes, keeps traffic going, kills, and looks at what is left.
func (k *killer) run(ctx context.Context, plan loadPlan, kills int) (*killsReport, error) {
	begun := time.Now()
	following, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	for i, m := range k.network.members {
		f := newFollower([]string{m.url()}, func(b finalBlock, at time.Time, _ string) { k.hear(i, b, at) })
		wg.Go(func() { f.run(following) })
	}
	if plan.Rate > 0 {
		l, err := newLoad(ctx, plan)
		if err != nil {
			return nil, err
		}
		defer l.close()
		wg.Go(func() { _, _ = l.run(following) }) // what does not reach a dead node is no matter here
	}
	p := newProgress(k.streams, "kills", int64(kills))
	defer p.end()
	if err := k.kill(ctx, kills, p, &wg); err != nil {
		return nil, err
	}
	if err := k.recover(ctx); err != nil {
		return nil, err
	}
	if err := k.compare(ctx); err != nil {
		return nil, err
	}
	stop()
	k.network.stop()
	if err := k.audit(); err != nil {
		return nil, err
	}
	k.report.Seconds = round(time.Since(begun).Seconds(), 1)
	return &k.report, nil
}

// hear takes a final block that node i told of.
func (k *killer) hear(i int, b finalBlock, at time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if old, ok := k.told[i][b.Height]; ok && old != b.Hash {
		k.report.Forks++
	} else if !ok {
		k.report.Told++
	}
	k.told[i][b.Height] = b.Hash
	k.top[i] = max(k.top[i], b.Height)
	if b.Height > k.highest {
		k.report.Pause = max(k.report.Pause, round(at.Sub(k.moved).Seconds(), 1))
		k.highest, k.moved = b.Height, at
	}
}

// kill ends nodes until enough have been, and starts each again after a while.
func (k *killer) kill(ctx context.Context, kills int, p *progress, wg *sync.WaitGroup) error {
	next := time.Now().Add(k.within(killWithin))
	for k.report.Kills < kills || k.away() {
		wake := next
		if k.report.Kills >= kills {
			wake = time.Now().Add(awayWithin)
		}
		for i := range k.back {
			if !k.back[i].IsZero() && k.back[i].Before(wake) {
				wake = k.back[i]
			}
		}
		rest(ctx, time.Until(wake))
		if ctx.Err() != nil {
			return errStopped
		}
		if err := k.network.dead(); err != nil {
			return err
		}
		if err := k.revive(ctx, wg); err != nil {
			return err
		}
		if k.report.Kills < kills && !time.Now().Before(next) {
			k.strike(kills)
			next = time.Now().Add(k.within(killWithin))
			p.set(int64(k.report.Kills))
		}
	}
	return nil
}

func (k *killer) within(d time.Duration) time.Duration { return time.Duration(k.rng.Int64N(int64(d))) }

// away reports whether a node is down.
func (k *killer) away() bool {
	for _, t := range k.back {
		if !t.IsZero() {
			return true
		}
	}
	return false
}

// strike kills one running node, or all of them in one instant.
func (k *killer) strike(kills int) {
	var up []*member
	for _, m := range k.network.members {
		if m.proc != nil {
			up = append(up, m)
		}
	}
	if len(up) == 0 {
		return
	}
	if k.rng.IntN(killAll) > 0 || k.report.Kills+len(up) > kills {
		up = up[k.rng.IntN(len(up)):][:1]
	}
	for _, m := range up {
		m.proc.kill()
	}
	for _, m := range up {
		<-m.proc.done
		m.end()
		k.report.Kills++
		k.back[m.number] = time.Now().Add(k.within(awayWithin))
	}
}

// revive starts the nodes whose time has come, and asks each, when it answers,
// whether it still has what it told of before.
func (k *killer) revive(ctx context.Context, wg *sync.WaitGroup) error {
	for i, m := range k.network.members {
		if k.back[i].IsZero() || time.Now().Before(k.back[i]) {
			continue
		}
		k.back[i] = time.Time{}
		k.mu.Lock()
		had := k.top[i]
		k.mu.Unlock()
		if err := k.network.launch(m); err != nil {
			return err
		}
		k.report.Restarts++
		proc := m.proc
		wg.Go(func() { k.ask(ctx, m, proc, had) })
	}
	return nil
}

// ask waits for the first answer of a restarted node; it may be killed before.
func (k *killer) ask(ctx context.Context, m *member, proc *process, had types.Height) {
	c, err := newClient(m.url(), 1)
	if err != nil {
		return
	}
	defer c.close()
	for !proc.ended() && ctx.Err() == nil {
		var st struct {
			Finalized rpcPoint `json:"finalized"`
		}
		if c.call(ctx, "chain_status", nil, &st) == nil {
			if st.Finalized.Height < had {
				k.mu.Lock()
				k.report.Lost += int(had - st.Finalized.Height)
				k.mu.Unlock()
			}
			return
		}
		rest(ctx, 10*time.Millisecond)
	}
}

// recover waits until every node has gone on for a while after the last kill.
func (k *killer) recover(ctx context.Context) error {
	k.mu.Lock()
	target := k.highest + killsMargin
	k.mu.Unlock()
	for end := time.Now().Add(killsPatience); time.Now().Before(end) && !k.report.CaughtUp; rest(ctx, 50*time.Millisecond) {
		if ctx.Err() != nil {
			return errStopped
		}
		if err := k.network.dead(); err != nil {
			return err
		}
		k.mu.Lock()
		k.report.CaughtUp = true
		for _, h := range k.top {
			k.report.CaughtUp = k.report.CaughtUp && h >= target
		}
		k.mu.Unlock()
	}
	return nil
}

// compare reads every header of every node: all have the same blocks, and all
// that any of them ever told of.
func (k *killer) compare(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.report.Height = k.top[0]
	for _, h := range k.top {
		k.report.Height = min(k.report.Height, h)
	}
	var first []headerAt
	for i, m := range k.network.members {
		own, err := headers(ctx, m.url(), k.report.Height)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name(), err)
		}
		if i == 0 {
			first = own
		}
		for h := range own {
			if own[h].Value.Digest != first[h].Value.Digest {
				k.report.Forks++
			}
			if told, ok := k.told[i][types.Height(h)]; ok && told != own[h].Value.Digest {
				k.report.Lost++
			}
		}
	}
	return nil
}

// audit reads what the stopped nodes have stored and logged.
func (k *killer) audit() error {
	guilty := map[string]bool{}
	for _, m := range k.network.members {
		if err := contradictions(m.home, guilty); err != nil {
			return err
		}
		evidence, refused, err := logged(m.log())
		if err != nil {
			return err
		}
		k.report.Refusals += refused
		if evidence > 0 {
			guilty["logged by "+m.name()] = true
		}
	}
	k.report.DoubleVotes = len(guilty)
	return nil
}

// logged counts the lines about evidence, and about refused statements.
func logged(path string) (evidence, refused int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, fmt.Errorf("read log: %w", err)
	}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if strings.Contains(line, "event=evidence") || strings.Contains(line, `"event":"evidence"`) {
			evidence++
		}
		if strings.Contains(line, "signer_refused") {
			refused++
		}
	}
	return evidence, refused, errors.Join(lines.Err(), f.Close())
}
