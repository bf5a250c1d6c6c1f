package sim

import (
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// Speed is how fast the simulator gets on: views of quiet networks with light
// load, stub signatures, every oracle watching, in one process.
type Speed struct {
	Nodes         int       `json:"nodes"`
	ViewsPerS     float64   `json:"views_per_second"` // of all worlds together; median of the runs
	Worlds        int       `json:"side_by_side"`     // worlds played beside each other, a processor each
	Runs          []float64 `json:"runs"`
	Views         uint64    `json:"views"` // of one world in one run
	Simulated     float64   `json:"simulated_seconds"`
	TimesRealTime float64   `json:"times_real_time"` // of one world
}

// speedRuns is how many runs the median is taken of.
const speedRuns = 3

// MeasureSpeed plays quiet networks beside each other until each has made so many
// views, thrice, and takes the median.
//
// It holds the program to a processor a world meanwhile: a world has one thread of
// events, and whoever has more processors plays more worlds, as sim swarm does.
// Garbage may pile up to four times what is alive, as in all commands that simulate.
func MeasureSpeed(nodes int, views uint64, worlds int) (*Speed, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(worlds))
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	s := &Speed{Nodes: nodes, Worlds: worlds}
	var real []float64
	for i := range speedRuns {
		racers := make([]racer, worlds)
		for k := range racers {
			r, err := setup(Config{Seed: uint64(i*worlds+k) + 1, Nodes: nodes, Quiet: true, Load: speedLoad})
			if err != nil {
				return nil, err
			}
			racers[k].r = r
		}
		took := race(racers, views)
		total := 0.0
		for k := range racers {
			if racers[k].err != nil {
				return nil, racers[k].err
			}
			total += float64(racers[k].views)
		}
		s.Runs = append(s.Runs, total/took)
		s.Views, s.Simulated = racers[0].views, racers[0].simulated
		real = append(real, s.Simulated/took)
	}
	sorted := slices.Sorted(slices.Values(s.Runs))
	s.ViewsPerS = sorted[len(sorted)/2]
	s.TimesRealTime = slices.Sorted(slices.Values(real))[len(real)/2]
	return s, nil
}

// racer is one world of a measurement, and what it came to.
type racer struct {
	r         *run
	views     uint64
	simulated float64 // seconds
	err       error
}

// race plays all worlds at once and tells the seconds until the last was there.
func race(racers []racer, views uint64) float64 {
	var wg sync.WaitGroup
	begin := time.Now()
	for k := range racers {
		wg.Go(func() { racers[k].play(views) })
	}
	wg.Wait()
	return time.Since(begin).Seconds()
}

func (a *racer) play(views uint64) {
	from := a.r.now
	a.err = a.r.play(a.r.now+1<<40, func() bool { return a.r.out.Views >= views })
	a.simulated = float64(a.r.now-from) / 1000
	res := a.r.finish()
	a.views = res.Views
	if a.err == nil && len(res.Violations) > 0 {
		a.err = &Violated{res.Violations[0]}
	}
}

// speedLoad is the load of the measure, transfers a second.
const speedLoad = 10

// Violated is an oracle that fired where nothing else was asked for.
type Violated struct{ Violation Violation }

// Error is error.
func (v *Violated) Error() string { return v.Violation.Oracle + ": " + v.Violation.Text }
