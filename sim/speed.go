package sim

import (
	"runtime"
	"runtime/debug"
	"slices"
	"time"
)

// Speed is how fast the simulator gets on: views of a quiet network with light
// load, stub signatures, every oracle watching, in one process.
type Speed struct {
	Nodes         int       `json:"nodes"`
	ViewsPerS     float64   `json:"views_per_second"` // median of the runs
	Runs          []float64 `json:"runs"`
	Views         uint64    `json:"views"` // of one run
	Simulated     float64   `json:"simulated_seconds"`
	TimesRealTime float64   `json:"times_real_time"`
}

// speedRuns is how many runs the median is taken of.
const speedRuns = 3

// MeasureSpeed plays a quiet network until it has made so many views, thrice,
// and takes the median.
//
// It holds the program to one processor meanwhile: a run has one thread of events,
// and whoever has more processors plays more runs beside it. Garbage may pile up
// to four times what is alive, as in all commands that simulate.
func MeasureSpeed(nodes int, views uint64) (*Speed, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	s := &Speed{Nodes: nodes}
	var real []float64
	for i := range speedRuns {
		r, err := setup(Config{Seed: uint64(i) + 1, Nodes: nodes, Quiet: true, Load: speedLoad})
		if err != nil {
			return nil, err
		}
		begin, from := time.Now(), r.now
		err = r.play(r.now+1<<40, func() bool { return r.out.Views >= views })
		took := time.Since(begin).Seconds()
		res := r.finish()
		if err != nil {
			return nil, err
		}
		if len(res.Violations) > 0 {
			return nil, &Violated{res.Violations[0]}
		}
		s.Runs = append(s.Runs, float64(res.Views)/took)
		s.Views, s.Simulated = res.Views, float64(r.now-from)/1000
		real = append(real, s.Simulated/took)
	}
	sorted := slices.Sorted(slices.Values(s.Runs))
	s.ViewsPerS = sorted[len(sorted)/2]
	s.TimesRealTime = slices.Sorted(slices.Values(real))[len(real)/2]
	return s, nil
}

// speedLoad is the load of the measure, transfers a second.
const speedLoad = 10

// Violated is an oracle that fired where nothing else was asked for.
type Violated struct{ Violation Violation }

// Error is error.
func (v *Violated) Error() string { return v.Violation.Oracle + ": " + v.Violation.Text }
