package sim

import (
	"fmt"
	"runtime"
	"sync"

	"probity/sim/attack"
)

// Play runs one scenario on one seed. Signatures are real: the law verifies
// those of evidence itself. The escrow of salts is the ideal one.
func Play(s attack.Scenario, seed uint64) (*attack.Outcome, error) {
	r, err := setup(PlayConfig(&s, seed))
	if err != nil {
		return nil, err
	}
	defer r.finish()
	if err := r.both(); err != nil {
		return nil, err
	}
	return r.figures.outcome(r, r.finish()), nil
}

// PlayConfig is the run of a scenario on a seed, for Shrinker.
func PlayConfig(s *attack.Scenario, seed uint64) Config {
	return Config{Seed: seed, Nodes: s.Nodes, Scenario: s, Real: true, ideal: true}
}

// PlayAttack runs every scenario of a played attack on each of its seeds, on all
// processors, and measures.
func PlayAttack(a *attack.Attack, args attack.Args, tell attack.Progress) (*attack.Result, error) {
	if a.Play == nil {
		return nil, fmt.Errorf("sim: attack %s is not played", a.Name)
	}
	cast, err := a.Play.Cast(args)
	if err != nil {
		return nil, err
	}
	type job struct {
		scenario attack.Scenario
		seed     uint64
	}
	var jobs []job
	for _, s := range cast {
		for i := range max(1, s.Seeds) {
			jobs = append(jobs, job{s, s.First + uint64(i)})
		}
	}
	outcomes, errs := make([]*attack.Outcome, len(jobs)), make([]error, len(jobs))
	parallel(len(jobs), func(i int) {
		outcomes[i], errs[i] = Play(jobs[i].scenario, jobs[i].seed)
	}, func(done int) {
		if tell != nil {
			tell(int64(done), int64(len(jobs)))
		}
	})
	flat := make([]attack.Outcome, len(jobs))
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("%s, seed %d: %w", jobs[i].scenario.Name, jobs[i].seed, err)
		}
		flat[i] = *outcomes[i]
	}
	return a.Play.Measure(args, flat)
}

// parallel does n jobs on all processors. What comes out does not depend on how
// many there are.
func parallel(n int, do func(i int), tell func(done int)) {
	next, done := make(chan int), 0
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				do(i)
				mu.Lock()
				done++
				if tell != nil {
					tell(done)
				}
				mu.Unlock()
			}
		}()
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}
