package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"probity/chain/keys"
	"probity/chain/types"
)

// loadPlan says what load to make.
type loadPlan struct {
	URLs        []string
	Rate        float64       // transactions a second; 0: as many as are taken
	Duration    time.Duration // of sending; 0: until the context ends
	Connections int
	Accounts    int    // that send
	Secret      string // family of their keys
	Window      int    // accepted and not yet final at most, where Rate is 0
	Batch       int    // transactions in one request
}

// quantiles of a latency, in milliseconds.
type quantiles struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
}

// loadReport is what bench load prints.
type loadReport struct {
	Offered     int            `json:"offered"`
	Accepted    int            `json:"accepted"`
	Committed   int            `json:"committed"`
	Seconds     float64        `json:"seconds"` // from the first request to the last block that held any of it
	TxPerSecond float64        `json:"tx_per_second"`
	Finality    quantiles      `json:"finality_ms"` // from the request to the notification of the final block
	Errors      map[string]int `json:"errors"`
}

// The fee that a load transaction allows, as a multiple of what it would be
// charged now: the base fee may rise while it waits.
const loadFeeFactor = 1000

// loadValidFor is for how many blocks a load transaction is valid.
const loadValidFor = 1_000_000

// load makes signed traffic and measures what becomes of it.
type load struct {
	plan    loadPlan
	clients []*client
	lanes   []*lane

	mu     sync.Mutex
	index  map[uint64]*loadTx // by the first bytes of the hash
	report loadReport
	waits  []time.Duration // latencies
	begun  time.Time
	last   time.Time // a block held some of it
	wake   chan struct{}
}

// newLoad asks the nodes what is needed and signs ahead.
func newLoad(ctx context.Context, plan loadPlan) (*load, error) {
	l := &load{plan: plan, index: map[uint64]*loadTx{}, wake: make(chan struct{}, 1)}
	l.report.Errors = map[string]int{}
	for _, u := range plan.URLs {
		c, err := newClient(u, plan.Connections+2)
		if err != nil {
			return nil, err
		}
		l.clients = append(l.clients, c)
	}
	if err := l.prepare(ctx); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *load) close() {
	for _, c := range l.clients {
		c.close()
	}
}

// prepare reads the chain and the accounts, and signs.
func (l *load) prepare(ctx context.Context) error {
	var st struct {
		Chain     string       `json:"chain"`
		Genesis   keys.Hash    `json:"genesis"`
		BaseFee   types.Amount `json:"baseFee"`
		Finalized rpcPoint     `json:"finalized"`
	}
	if err := l.clients[0].call(ctx, "chain_status", nil, &st); err != nil {
		return err
	}
	template := types.Tx{Chain: st.Chain, ValidUntil: st.Finalized.Height + loadValidFor}
	if err := l.makeLanes(ctx, template, st.Genesis, st.BaseFee); err != nil {
		return err
	}
	return l.signAhead()
}

// makeLanes makes one lane for each account.
func (l *load) makeLanes(ctx context.Context, template types.Tx, genesis keys.Hash, baseFee types.Amount) error {
	addrs := make([]keys.Address, l.plan.Accounts)
	for i := range addrs {
		k := loadKey(l.plan.Secret, i)
		addrs[i] = k.Public().Address()
		l.lanes = append(l.lanes, &lane{key: k, template: template, genesis: genesis})
	}
	accounts, err := balances(ctx, l.clients[0], addrs)
	if err != nil {
		return err
	}
	for i, lane := range l.lanes {
		lane.to = addrs[(i+1)%len(addrs)]
		msg, err := transfer(lane.to)
		if err != nil {
			return err
		}
		lane.template.Msgs = []types.Msg{msg}
		lane.first = accounts[i].Nonce
		fee, err := feeOf(lane.template, baseFee)
		if err != nil {
			return err
		}
		if accounts[i].Balance.Less(fee.Mul(2)) {
			return failed(fmt.Sprintf("load account %d has %s $", i, accounts[i].Balance.Decimal()), l.clients[0].url,
				"probity testnet funds the load accounts; elsewhere pay them with --fund HOME")
		}
		lane.template.FeeMax = fee.Mul(loadFeeFactor).Min(accounts[i].Balance.ShareDown(1, 4))
	}
	return nil
}

// feeOf is what a transaction would be charged.
func feeOf(tx types.Tx, baseFee types.Amount) (types.Amount, error) {
	tx.FeeMax = types.Whole(1)
	sealed, err := types.Seal(tx)
	if err != nil {
		return types.Amount{}, err
	}
	weight, err := table().Weight(sealed, protocol)
	return baseFee.Mul(weight), err
}

// bankAccount is what bank_balance answers.
type bankAccount struct {
	Balance types.Amount `json:"balance"`
	Nonce   uint64       `json:"nonce"`
}

// balances reads accounts, a hundred in a request.
func balances(ctx context.Context, c *client, addrs []keys.Address) ([]bankAccount, error) {
	out := make([]bankAccount, len(addrs))
	for from := 0; from < len(addrs); from += 100 {
		to := min(from+100, len(addrs))
		answers := make([]struct {
			Value bankAccount `json:"value"`
		}, to-from)
		calls := make([]rpcCall, to-from)
		for i := range calls {
			calls[i] = rpcCall{Method: "bank_balance", Params: map[string]any{"address": addrs[from+i]}, Result: &answers[i]}
		}
		if err := c.batch(ctx, calls); err != nil {
			return nil, err
		}
		for i := range calls {
			if calls[i].Err != nil {
				return nil, calls[i].Err
			}
			out[from+i] = answers[i].Value
		}
	}
	return out, nil
}

// signAheadRate is how many transactions a second are signed ahead where the
// rate is open; what is sent beyond is signed as it is sent.
const signAheadRate = 10_000

// signAhead signs what will be sent, on all cores.
func (l *load) signAhead() error {
	rate, seconds := l.plan.Rate, l.plan.Duration.Seconds()
	if rate == 0 {
		rate = signAheadRate
	}
	if seconds == 0 || seconds > 60 {
		seconds = 60
	}
	each := int(rate*seconds)/len(l.lanes) + 1
	workers := runtime.GOMAXPROCS(0)
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(l.lanes); i += workers {
				errs[w] = errors.Join(errs[w], l.lanes[i].sign(each))
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// run sends until the duration is over or ctx ends, waits for what was
// accepted, and reports. watch, where not nil, is told the state from time to
// time.
func (l *load) run(ctx context.Context) (loadReport, error) {
	// What was sent becomes final after the sending ends: following outlives it.
	following, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	blocks := make(chan heard, 1024)
	f := newFollower(l.urls(), func(b finalBlock, seen time.Time, url string) {
		if b.Txs > 0 {
			blocks <- heard{b, seen}
		}
	})
	var wg sync.WaitGroup
	wg.Go(func() { f.run(following) })
	wg.Go(func() { l.settle(following, blocks) })
	select {
	case <-f.ready:
	case <-ctx.Done():
	case <-time.After(10 * time.Second):
		stop()
		wg.Wait()
		return loadReport{}, failed("no subscription to final blocks", l.plan.URLs[0], "the node must serve WebSocket at /ws")
	}
	l.send(ctx)
	l.drain(ctx)
	stop()
	wg.Wait()
	return l.result(), nil
}

func (l *load) urls() []string {
	out := make([]string, len(l.clients))
	for i, c := range l.clients {
		out[i] = c.url
	}
	return out
}

// heard is a final block and when its notification came.
type heard struct {
	block finalBlock
	seen  time.Time
}

// settle finds the load's transactions in final blocks.
func (l *load) settle(ctx context.Context, blocks <-chan heard) {
	for {
		select {
		case <-ctx.Done():
			return
		case h := <-blocks:
			hashes, err := l.hashes(ctx, h.block.Height)
			if err != nil {
				continue // only where no node answers any more
			}
			l.commit(hashes, h.seen)
		}
	}
}

// hashes names the transactions of a final block, asking one node after another.
func (l *load) hashes(ctx context.Context, h types.Height) ([]keys.Hash, error) {
	var last error
	for try := range 20 * len(l.clients) {
		var b *struct {
			Value struct {
				Txs []keys.Hash `json:"txs"`
			} `json:"value"`
		}
		last = l.clients[try%len(l.clients)].call(ctx, "chain_getBlock", map[string]any{"at": h}, &b)
		if last == nil && b != nil {
			return b.Value.Txs, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(retryAfter):
		}
	}
	return nil, fmt.Errorf("block %d: %w", h, last)
}

// commit notes transactions as final.
func (l *load) commit(hashes []keys.Hash, seen time.Time) {
	l.mu.Lock()
	for _, h := range hashes {
		id := binary.BigEndian.Uint64(h[:])
		tx := l.index[id]
		if tx == nil || tx.hash != h {
			continue
		}
		if tx.stage == offered { // the block was faster than the answer
			l.report.Accepted++
		}
		if tx.stage != committed {
			tx.stage = committed
			l.report.Committed++
			l.waits = append(l.waits, seen.Sub(tx.sent))
			l.last = seen
		}
		tx.raw = nil
		delete(l.index, id)
	}
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// open is how many transactions are accepted and not final.
func (l *load) open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.report.Accepted - l.report.Committed
}

// drainFor is how long after the last progress the end is no longer waited for.
const drainFor = 5 * time.Second

// drain waits until all that was accepted is final, or nothing moves.
func (l *load) drain(ctx context.Context) {
	moved, before := time.Now(), -1
	for l.open() > 0 && time.Since(moved) < drainFor && ctx.Err() == nil {
		if n := l.open(); n != before {
			moved, before = time.Now(), n
		}
		select {
		case <-l.wake:
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// result is the report so far.
func (l *load) result() loadReport {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.report
	r.Errors = make(map[string]int, len(l.report.Errors))
	for k, n := range l.report.Errors {
		r.Errors[k] = n
	}
	if !l.last.IsZero() && l.last.After(l.begun) {
		r.Seconds = l.last.Sub(l.begun).Seconds()
		r.TxPerSecond = round(float64(r.Committed)/r.Seconds, 1)
		r.Seconds = round(r.Seconds, 3)
	}
	r.Finality = quantilesOf(l.waits)
	return r
}
