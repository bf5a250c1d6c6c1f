package sim_test

import (
	"testing"

	"probity/sim"
)

// BenchmarkViews measures views per second of simulated progress.
func BenchmarkViews(b *testing.B) {
	for b.Loop() {
		s, err := sim.MeasureSpeed(4, 500, 1)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(s.ViewsPerS, "views/s")
	}
}
