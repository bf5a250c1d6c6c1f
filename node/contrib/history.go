package contrib

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"
)

// history is every commit that a commit descends from, and itself.
type history struct {
	ids    []ID // parents before children
	at     map[ID]int
	deltas [][]byte // encoded, by place in ids
}

// saveEvery is the time between two writes of the cache in a long count, so
// that an interrupted one does not begin again.
const saveEvery = 30 * time.Second

// readHistory computes the deltas of head's history: from the cache where it
// has them, else with one worker for each processor.
func readHistory(ctx context.Context, r *Repo, head ID, cache *cacheFile, progress func(done, total int64)) (*history, error) {
	h, err := ancestors(ctx, r, head, cache)
	if err != nil {
		return nil, err
	}
	var missing []ID
	for _, id := range h.ids {
		if _, ok := cache.get(id); !ok {
			missing = append(missing, id)
		}
	}
	err = computeAll(ctx, r, missing, cache, h.ids, func(done int) {
		progress(int64(len(h.ids)-len(missing)+done), int64(len(h.ids)))
	})
	if saved := cache.save(h.ids); err != nil || saved != nil {
		return nil, errors.Join(err, saved)
	}
	h.deltas = make([][]byte, len(h.ids))
	for i, id := range h.ids {
		h.deltas[i] = cache.known[id]
	}
	return h, nil
}

// ancestors lists the history of head, parents before children. The order
// beyond that is of no effect.
func ancestors(ctx context.Context, r *Repo, head ID, cache *cacheFile) (*history, error) {
	h := &history{at: map[ID]int{}}
	type frame struct {
		id      ID
		parents []ID
	}
	parents := func(id ID) ([]ID, error) {
		if d, ok := cache.get(id); ok {
			return d.parents, nil
		}
		c, err := r.commit(id)
		if err != nil {
			return nil, err
		}
		return c.ParentHashes, nil
	}
	seen := map[ID]bool{head: true}
	first, err := parents(head)
	if err != nil {
		return nil, err
	}
	stack := []frame{{head, first}}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if len(top.parents) == 0 {
			h.at[top.id] = len(h.ids)
			h.ids = append(h.ids, top.id)
			stack = stack[:len(stack)-1]
			continue
		}
		next := top.parents[0]
		top.parents = top.parents[1:]
		if seen[next] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		seen[next] = true
		ps, err := parents(next)
		if err != nil {
			return nil, err
		}
		stack = append(stack, frame{next, ps})
	}
	return h, nil
}

// batch is how many neighbouring commits a worker takes at once: they share
// files, and a worker remembers files.
const batch = 64

// computed is a delta from a worker.
type computed struct {
	id   ID
	body []byte
	err  error
}

// computeAll computes deltas and puts them into the cache.
func computeAll(ctx context.Context, r *Repo, ids []ID, cache *cacheFile, order []ID, done func(int)) error {
	if len(ids) == 0 {
		return nil
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	work := make(chan []ID)
	results := make(chan computed, batch)
	go func() {
		defer close(work)
		for at := 0; at < len(ids); at += batch {
			select {
			case work <- ids[at:min(at+batch, len(ids))]:
			case <-ctx.Done():
				return
			}
		}
	}()
	var all sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (len(ids)+batch-1)/batch) {
		all.Go(func() { compute(ctx, r, work, results) })
	}
	go func() { all.Wait(); close(results) }()
	return collect(ctx, stop, results, cache, order, done)
}

// compute is one worker: it opens its own reader and answers batches.
func compute(ctx context.Context, r *Repo, work <-chan []ID, results chan<- computed) {
	own, err := r.Clone()
	if err != nil {
		results <- computed{err: err}
		return
	}
	w := newWorker(own)
	for ids := range work {
		for _, id := range ids {
			if ctx.Err() != nil {
				break
			}
			c := computed{id: id}
			var d *delta
			if d, c.err = w.delta(id); c.err == nil {
				c.body = d.encode()
			}
			results <- c
		}
	}
	if err := own.Close(); err != nil {
		results <- computed{err: err}
	}
}

// collect takes results until all workers have ended; the first error ends the
// others.
func collect(ctx context.Context, stop func(), results <-chan computed, cache *cacheFile, order []ID, done func(int)) error {
	var failed error
	n, saved := 0, time.Now()
	for c := range results {
		if c.err != nil {
			if failed == nil {
				failed = c.err
			}
			stop()
			continue
		}
		cache.put(c.id, c.body)
		n++
		done(n)
		if time.Since(saved) > saveEvery {
			if err := cache.save(order); err != nil && failed == nil {
				failed = err
				stop()
			}
			saved = time.Now()
		}
	}
	if failed == nil {
		failed = ctx.Err()
	}
	return failed
}
