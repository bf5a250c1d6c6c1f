package rpc

import (
	"context"
	"crypto/rand"
	"runtime"
	"sync"
	"time"

	"probity/chain/keys"
	"probity/chain/types"
)

// Bounds of a Verifier.
const (
	verifyBatch = 128              // signatures from which a batch does not wait for more
	verifyWait  = time.Millisecond // for which a smaller one does
	verifyKeep  = 1 << 16          // verdicts kept in each of two generations
)

// Verifier checks the signatures of transactions in batches that fill across
// its callers, and no transaction twice: a batch of 128 costs a third of 128
// single checks, and a transaction comes by RPC and from several peers. The
// name of a transaction is the hash of all its bytes, signature included, so a
// verdict remembered under it never speaks of another signature.
type Verifier struct {
	genesis keys.Hash
	jobs    chan *job
	collect sync.Mutex // held by the one worker that fills a batch
	workers sync.WaitGroup

	mu   sync.Mutex
	good map[keys.Hash]struct{} // verified; the newer generation
	old  map[keys.Hash]struct{} // and the older one
	busy map[keys.Hash]*job     // being checked
}

// job is one transaction to check.
type job struct {
	tx      *types.SignedTx
	ok      bool
	dropped bool          // nobody checked it
	done    chan struct{} // closed when the above are set
}

// NewVerifier starts a verifier with so many workers; 0 is one for each
// processor. Close ends it.
func NewVerifier(genesis keys.Hash, workers int) *Verifier {
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	v := &Verifier{
		genesis: genesis, jobs: make(chan *job, 4*verifyBatch),
		good: map[keys.Hash]struct{}{}, busy: map[keys.Hash]*job{},
	}
	for range workers {
		v.workers.Go(v.worker)
	}
	return v
}

// Close ends the workers. No call of Verify may be under way or follow.
func (v *Verifier) Close() {
	close(v.jobs)
	v.workers.Wait()
}

// Known reports whether the signature of a transaction has been verified and
// found good lately. False says nothing.
func (v *Verifier) Known(tx keys.Hash) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.known(tx)
}

func (v *Verifier) known(tx keys.Hash) bool {
	if _, ok := v.good[tx]; ok {
		return true
	}
	_, ok := v.old[tx]
	return ok
}

// Verify reports for each transaction whether its signature holds. It waits
// until all are checked; the error is ctx's, and the verdicts are void then.
func (v *Verifier) Verify(ctx context.Context, txs []*types.SignedTx) ([]bool, error) {
	out := make([]bool, len(txs))
	waiting := make([]*job, len(txs))
	fresh := v.enlist(txs, out, waiting)
	for n, j := range fresh {
		select {
		case v.jobs <- j:
		case <-ctx.Done():
			v.abandon(fresh[n:])
			return nil, ctx.Err()
		}
	}
	for i, j := range waiting {
		if j == nil {
			continue
		}
		select {
		case <-j.done:
			out[i] = j.ok || j.dropped && keys.Verify(j.tx.Signed(v.genesis))
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return out, nil
}

// enlist answers what is known, joins what others have under way, and returns
// the jobs that are new.
func (v *Verifier) enlist(txs []*types.SignedTx, out []bool, waiting []*job) (fresh []*job) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i, tx := range txs {
		if v.known(tx.Hash) {
			out[i] = true
			continue
		}
		j := v.busy[tx.Hash]
		if j == nil {
			j = &job{tx: tx, done: make(chan struct{})}
			v.busy[tx.Hash] = j
			fresh = append(fresh, j)
		}
		waiting[i] = j
	}
	return fresh
}

// abandon gives up jobs that no worker has. Whoever joined them checks by
// himself.
func (v *Verifier) abandon(jobs []*job) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, j := range jobs {
		delete(v.busy, j.tx.Hash)
		j.dropped = true
		close(j.done)
	}
}

func (v *Verifier) worker() {
	for {
		batch := v.next()
		if len(batch) == 0 {
			return
		}
		v.check(batch)
	}
}

// next fills a batch: it waits for a first job, then for more until the batch
// is large enough or the time is up. Only one worker fills at a time, so that
// two do not share between them what would make one good batch.
func (v *Verifier) next() []*job {
	v.collect.Lock()
	defer v.collect.Unlock()
	first, ok := <-v.jobs
	if !ok {
		return nil
	}
	batch := append(make([]*job, 0, verifyBatch), first)
	timer := time.NewTimer(verifyWait)
	defer timer.Stop()
	for len(batch) < verifyBatch {
		select {
		case j, ok := <-v.jobs:
			if !ok {
				return batch
			}
			batch = append(batch, j)
		case <-timer.C:
			return batch
		}
	}
	return batch
}

// check verifies a batch and publishes its verdicts. One bad signature makes
// the library check each on its own, so the verdicts are exact.
func (v *Verifier) check(batch []*job) {
	items := make([]keys.Signed, len(batch))
	for i, j := range batch {
		items[i] = j.tx.Signed(v.genesis)
	}
	verdicts := keys.VerifyBatch(items, rand.Reader)
	v.mu.Lock()
	defer v.mu.Unlock()
	for i, j := range batch {
		if j.ok = verdicts[i]; j.ok {
			v.remember(j.tx.Hash)
		}
		delete(v.busy, j.tx.Hash)
		close(j.done)
	}
}

// remember keeps a verdict; when the newer generation is full it becomes the
// older one, and the older one is forgotten.
func (v *Verifier) remember(tx keys.Hash) {
	if len(v.good) >= verifyKeep {
		v.old, v.good = v.good, make(map[keys.Hash]struct{}, verifyKeep)
	}
	v.good[tx] = struct{}{}
}
