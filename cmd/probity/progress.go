package main

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far long work is: a bar on a terminal, elsewhere a line
// every ten seconds with an estimate of what is left.
type progress struct {
	s     *streams
	label string
	total int64
	bar   *progressbar.ProgressBar
	begun time.Time
	last  time.Time
	now   func() time.Time
}

// lineEvery is the time between two lines where there is no terminal.
const lineEvery = 10 * time.Second

// newProgress starts showing work of total steps.
func newProgress(s *streams, label string, total int64) *progress {
	p := &progress{s: s, label: label, total: total, now: time.Now}
	p.begun = p.now()
	p.last = p.begun
	if _, ok := terminal(s.err); ok {
		p.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetDescription(label),
			progressbar.OptionSetWriter(s.err),
			progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionThrottle(100*time.Millisecond))
	}
	return p
}

// set tells how many steps are done.
func (p *progress) set(done int64) {
	if p.bar != nil {
		_ = p.bar.Set64(done) // a terminal that cannot be written to is no reason to stop
		return
	}
	now := p.now()
	if now.Sub(p.last) < lineEvery {
		return
	}
	p.last = now
	p.s.notef("%s", p.line(done, now))
}

// line is one report: done of total, and the time left at the pace so far.
func (p *progress) line(done int64, now time.Time) string {
	if done <= 0 || p.total <= 0 {
		return fmt.Sprintf("%s: %d", p.label, done)
	}
	left := time.Duration(float64(now.Sub(p.begun)) * float64(p.total-done) / float64(done))
	return fmt.Sprintf("%s: %d of %d (%d %%), about %s left", p.label, done, p.total, done*100/p.total, left.Round(time.Second))
}

// end clears the bar.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
