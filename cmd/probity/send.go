package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"math"
	"slices"
	"sync"
	"time"

	"probity/chain/keys"
)

// send runs the connections until the duration is over.
func (l *load) send(ctx context.Context) {
	if l.plan.Duration > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, l.plan.Duration)
		defer stop()
	}
	l.mu.Lock()
	l.begun = time.Now()
	l.mu.Unlock()
	var wg sync.WaitGroup
	n := min(l.plan.Connections, len(l.lanes))
	for i := range n {
		s := &sender{load: l, url: i % len(l.clients), number: i, of: n}
		for j := i; j < len(l.lanes); j += n {
			s.lanes = append(s.lanes, l.lanes[j])
		}
		wg.Go(func() { s.run(ctx) })
	}
	wg.Wait()
}

// sender is one connection with the lanes that only it sends from.
type sender struct {
	load   *load
	lanes  []*lane
	turn   int // lane to take from next
	url    int
	number int // among of senders
	of     int
	sent   int
	body   []byte
}

// picked is a transaction of a batch, where it is from, and its bytes.
type picked struct {
	lane *lane
	at   int
	raw  []byte
}

// idle is for how long a sender rests where it may not send or was refused.
const idle = 5 * time.Millisecond

// run sends batches by the schedule until ctx ends.
func (s *sender) run(ctx context.Context) {
	for ctx.Err() == nil {
		n, wait := s.due()
		if n == 0 {
			rest(ctx, wait)
			continue
		}
		batch := s.pick(ctx, n)
		if len(batch) == 0 {
			rest(ctx, idle)
			continue
		}
		if !s.submit(ctx, batch) {
			rest(ctx, 4*idle)
		}
	}
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// due is how many transactions this sender should send now, or how long it has
// to wait. A rate is met by each sender having its share at its own moments;
// without one, as many are sent as the window has room for.
func (s *sender) due() (n int, wait time.Duration) {
	plan := &s.load.plan
	if plan.Rate == 0 {
		room := plan.Window - s.load.open()
		if room <= 0 {
			return 0, idle
		}
		return min(plan.Batch, room), 0
	}
	each := plan.Rate / float64(s.of)
	passed := time.Since(s.load.begun).Seconds() + float64(s.number)/plan.Rate
	n = int(passed*each) - s.sent
	if n > 0 {
		return min(n, plan.Batch), 0
	}
	next := (float64(s.sent+1)/each - passed) * float64(time.Second)
	return 0, max(time.Duration(next), time.Millisecond)
}

// pick takes the next transaction of each lane in turn, and more than one of
// each where there are few lanes.
func (s *sender) pick(ctx context.Context, n int) []picked {
	var out []picked
	for idleLanes := 0; len(out) < n && idleLanes < len(s.lanes); {
		ln := s.lanes[s.turn]
		s.turn = (s.turn + 1) % len(s.lanes)
		if ln.stale && !s.resync(ctx, ln) || ln.dead {
			idleLanes++
			continue
		}
		if ln.sign(ln.next+1) != nil {
			ln.dead = true
			continue
		}
		idleLanes = 0
		out = append(out, picked{lane: ln, at: ln.next})
		ln.next++
	}
	return s.mark(out)
}

// mark notes a batch as offered. What a block made final meanwhile is left out.
func (s *sender) mark(batch []picked) []picked {
	now := time.Now()
	s.load.mu.Lock()
	defer s.load.mu.Unlock()
	out := batch[:0]
	for _, p := range batch {
		tx := p.lane.txs[p.at]
		if tx.raw == nil {
			continue
		}
		p.raw, tx.sent = tx.raw, now
		out = append(out, p)
		if tx.stage == unsent {
			tx.stage = offered
			s.load.report.Offered++
			s.sent++
			s.load.index[binary.BigEndian.Uint64(tx.hash[:])] = tx
		}
	}
	return out
}

// submit sends a batch; false where the sender should rest.
func (s *sender) submit(ctx context.Context, batch []picked) bool {
	s.body = append(s.body[:0], '[')
	for i, p := range batch {
		if i > 0 {
			s.body = append(s.body, ',')
		}
		s.body = appendSubmit(s.body, i, p.raw)
	}
	s.body = append(s.body, ']')
	var answer json.RawMessage
	// An answer that is under way when the time is up still counts.
	call, stop := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	err := s.load.clients[s.url].post(call, s.body, &answer)
	stop()
	if err != nil {
		s.lost(batch)
		return false
	}
	if !bytes.Contains(answer, []byte(`"error"`)) {
		s.taken(batch)
		return true
	}
	return s.judge(batch, answer)
}

// taken notes a whole batch as accepted.
func (s *sender) taken(batch []picked) {
	s.load.mu.Lock()
	defer s.load.mu.Unlock()
	for _, p := range batch {
		s.load.accept(p.lane.txs[p.at])
	}
}

// accept notes one transaction as accepted; the lock is held.
func (l *load) accept(tx *loadTx) {
	if tx.stage == offered {
		tx.stage = accepted
		l.report.Accepted++
	}
}

// lost is a batch without an answer: the next node is tried, and what the chain
// holds of it is asked.
func (s *sender) lost(batch []picked) {
	s.url = (s.url + 1) % len(s.load.clients)
	s.load.mu.Lock()
	defer s.load.mu.Unlock()
	s.load.report.Errors["TRANSPORT"]++
	for _, ln := range s.lanes {
		ln.stale = true
	}
}

// judge reads the verdicts of a batch.
func (s *sender) judge(batch []picked, raw []byte) bool {
	var answers []rpcAnswer
	if err := json.Unmarshal(raw, &answers); err != nil { // one error for the whole batch
		s.lost(batch)
		return false
	}
	calm := true
	s.load.mu.Lock()
	defer s.load.mu.Unlock()
	for _, a := range answers {
		if a.ID == nil || *a.ID < 0 || *a.ID >= len(batch) {
			continue
		}
		p := batch[*a.ID]
		if a.Error == nil {
			s.load.accept(p.lane.txs[p.at])
			continue
		}
		kind := kindOf(a.Error)
		s.load.report.Errors[kind]++
		calm = false
		switch kind {
		case "MEMPOOL_FULL", "SYNCING", "TIMEOUT", "RATE", "BUSY", "CONCURRENT":
			p.lane.next = min(p.lane.next, p.at) // again, later
		case "FUNDS", "CHAIN", "SIGNATURE", "FEE", "EXPIRED", "FORM":
			p.lane.dead = true
		default:
			p.lane.stale = true
		}
	}
	return calm
}

// resync reads the chain's nonce of a lane. A node that gives none is left for
// the next one.
func (s *sender) resync(ctx context.Context, ln *lane) bool {
	for range s.load.clients {
		accounts, err := balances(ctx, s.load.clients[s.url], []keys.Address{ln.key.Public().Address()})
		if err == nil {
			s.load.mu.Lock()
			ln.resync(accounts[0].Nonce)
			s.load.mu.Unlock()
			return !ln.dead
		}
		s.url = (s.url + 1) % len(s.load.clients)
	}
	return false
}

// quantilesOf are the quantiles of latencies.
func quantilesOf(all []time.Duration) quantiles {
	if len(all) == 0 {
		return quantiles{}
	}
	sorted := slices.Clone(all)
	slices.Sort(sorted)
	at := func(q float64) float64 {
		i := min(int(q*float64(len(sorted))), len(sorted)-1)
		return round(float64(sorted[i])/float64(time.Millisecond), 1)
	}
	return quantiles{at(0.5), at(0.9), at(0.99)}
}

// round keeps some decimals.
func round(v float64, decimals int) float64 {
	p := math.Pow(10, float64(decimals))
	return math.Round(v*p) / p
}
