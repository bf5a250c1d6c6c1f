package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"probity/chain/types"
)

// rounds is one run of a network: it follows every node, keeps the traffic
// going, performs the crash, and knows when it is over.
type rounds struct {
	network *network
	options testnetOptions
	streams *streams

	mu       sync.Mutex
	seen     []sight // of each node
	blocks   map[int]int
	highest  types.Height
	moved    time.Time // the highest block came
	restarts int
	load     *load
}

// sight is what has been heard from one node.
type sight struct {
	height   types.Height
	finality time.Duration // from the last block's time to its notification
	txs      []txCount     // of the last seconds
}

// txCount is how many transactions a final block held, and when it came.
type txCount struct {
	at time.Time
	n  int
}

// stallFor is how long the chain may stand still before the run has failed.
const stallFor = 30 * time.Second

// run returns the report at the wanted height, or nil where ctx ended a run
// without one.
func (r *rounds) run(ctx context.Context, plan loadPlan) (*testnetReport, error) {
	following, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	r.seen, r.blocks, r.moved = make([]sight, len(r.network.members)), map[int]int{}, time.Now()
	for i, m := range r.network.members {
		f := newFollower([]string{m.url()}, func(b finalBlock, at time.Time, _ string) { r.hear(i, b, at) })
		wg.Go(func() { f.run(following) })
	}
	sending, stopSending := context.WithCancel(ctx)
	defer stopSending()
	traffic := make(chan error, 1)
	if r.options.rate > 0 {
		plan.URLs, plan.Rate, plan.Duration, plan.Connections = r.network.urls(), r.options.rate, 0, 2*len(r.network.members)
		plan.Secret, plan.Accounts = trafficSecret, trafficAccounts
		l, err := newLoad(ctx, plan)
		if err != nil {
			return nil, err
		}
		defer l.close()
		r.mu.Lock()
		r.load = l
		r.mu.Unlock()
		wg.Go(func() {
			_, err := l.run(sending)
			traffic <- err
		})
	} else {
		traffic <- nil
	}
	err := r.watch(ctx)
	stopSending()
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		if r.options.blocks > 0 {
			return nil, errStopped
		}
		return nil, nil
	}
	if err := <-traffic; err != nil {
		return nil, err
	}
	return r.report(ctx)
}

// hear takes a final block that node i told of.
func (r *rounds) hear(i int, b finalBlock, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.seen[i]
	s.height = b.Height
	s.finality = max(0, at.Sub(time.UnixMilli(int64(b.Time))))
	s.txs = append(s.txs, txCount{at, b.Txs})
	for len(s.txs) > 0 && at.Sub(s.txs[0].at) > rateSpan {
		s.txs = s.txs[1:]
	}
	if b.Height > r.highest {
		r.highest, r.moved = b.Height, at
		r.blocks[r.network.producer(b.Epoch, b.ASC)]++
	}
}

// rateSpan is the time over which a node's transactions a second are shown.
const rateSpan = 3 * time.Second

// watch waits until every node has the wanted height, and does on the way what
// was asked for. It also ends where the chain stands still or a node dies.
func (r *rounds) watch(ctx context.Context) error {
	screen := newScreen(r)
	defer screen.end()
	crash := r.options.crash
	for ctx.Err() == nil {
		rest(ctx, 50*time.Millisecond)
		lowest, highest, still := r.state()
		if crash != nil && highest >= crash.height {
			m := r.network.members[crash.node]
			crash = nil
			screen.note(fmt.Sprintf("%s is killed at height %d and restarted", m.name(), highest))
			if err := r.network.crash(ctx, m); err != nil {
				return err
			}
			r.mu.Lock()
			r.restarts++
			r.mu.Unlock()
		}
		if err := r.network.dead(); err != nil {
			return err
		}
		if still > stallFor {
			return failed(fmt.Sprintf("no block became final for %s, at height %d", stallFor, highest), r.network.dir, "the nodes' logs tell what they wait for")
		}
		if want := types.Height(r.options.blocks); want > 0 && crash == nil && lowest >= want {
			return nil
		}
		if want := types.Height(r.options.blocks); want > 0 && highest >= want+behindMax {
			return nil // a node does not catch up: the report says so
		}
		screen.draw()
	}
	return nil
}

// behindMax is by how many blocks the others pass the wanted height before a
// node that is behind is no longer waited for.
const behindMax = 600

// state is the lowest and highest final height, and for how long there has been
// no higher one.
func (r *rounds) state() (lowest, highest types.Height, still time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	lowest = r.seen[0].height
	for _, s := range r.seen {
		lowest = min(lowest, s.height)
	}
	return lowest, r.highest, time.Since(r.moved)
}
