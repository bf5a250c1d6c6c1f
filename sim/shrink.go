package sim

import (
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"probity/chain/types"
	"probity/sim/world"
)

// ErrHolds is returned where there is nothing to shrink: no oracle fired.
var ErrHolds = errors.New("no oracle fires on this run")

// Shrinker makes a failing run small: as few choices, nodes and views as still
// let the same oracle fire first.
type Shrinker struct {
	Config Config
	Cause  Cause
	Runs   int                         // at most; 0: the default
	Tell   func(runs int, choices int) // progress; may be nil

	left    int
	oracle  string
	best    *Result
	chosen  []world.Choice
	nodes   int
	chaos   types.Time
	until   types.Time
	realToo bool
}

// shrinkRuns is how many runs a shrinker spends where nobody says.
const shrinkRuns = 600

// Run shrinks, and gives the smallest failing run found. Its signatures are real
// where it then still fails the same way.
func (s *Shrinker) Run() (*Recording, error) {
	if s.left = s.Runs; s.left == 0 {
		s.left = shrinkRuns
	}
	cfg := s.Config
	cfg.First = true
	first, err := Run(cfg)
	if err != nil {
		return nil, err
	}
	if len(first.Violations) == 0 {
		return nil, fmt.Errorf("seed %d, %d nodes: %w", cfg.Seed, first.Nodes, ErrHolds)
	}
	v := first.Violations[0]
	s.oracle, s.best, s.chosen, s.nodes, s.chaos = v.Oracle, first, first.tape.Choices(), first.Nodes, cfg.length()
	original := &Size{Nodes: first.Nodes, Events: len(s.chosen), Records: first.Events, Views: first.Views}
	if err := s.reduce(v.At); err != nil {
		return nil, err
	}
	// Real signatures change the bytes and with them the digests; most failures
	// do not care.
	if real := s.config(s.chosen, s.nodes, s.chaos, s.until); !real.Real {
		real.Real, real.ideal = true, true
		r, err := Run(real)
		if err != nil {
			return nil, err
		}
		if s.same(r) {
			s.best, s.realToo = r, true
		}
	}
	end := s.config(s.chosen, s.nodes, s.chaos, s.until)
	if s.realToo {
		end.Real, end.ideal = true, true
	}
	rec := Record(end, s.Cause, s.best)
	rec.Events = append([]world.Choice{}, s.chosen...)
	rec.Original = original
	return rec, nil
}

func (s *Shrinker) reduce(at types.Time) error {
	if at < s.chaos && s.oracle != "liveness" {
		// What comes after the violation does not matter; a run that has not
		// failed a little later is not waited for.
		s.until = at + at/4 + 1000
	}
	steps := []func() error{s.nothing, s.groups, s.fewer, s.shorter, s.minimize, s.groups, s.shorter, s.minimize, s.values}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Shrinker) config(choices []world.Choice, nodes int, chaos, until types.Time) Config {
	cfg := s.Config
	cfg.First, cfg.Nodes, cfg.Chaos, cfg.until = true, nodes, chaos, until
	cfg.Weights = s.Config.weights()
	cfg.Tape = world.Playback(cfg.Seed, choices)
	return cfg
}

func (s *Shrinker) same(r *Result) bool {
	return len(r.Violations) > 0 && r.Violations[0].Oracle == s.oracle
}

// try plays a smaller run and keeps it if it fails the same way.
func (s *Shrinker) try(choices []world.Choice, nodes int, chaos, until types.Time) (bool, error) {
	if s.left <= 0 {
		return false, nil
	}
	s.left--
	r, err := Run(s.config(choices, nodes, chaos, until))
	if err != nil {
		return false, err
	}
	if s.Tell != nil {
		s.Tell(s.left, len(s.chosen))
	}
	if !s.same(r) {
		return false, nil
	}
	// What was asked for and not used is no choice any more.
	s.best, s.chosen, s.nodes, s.chaos, s.until = r, r.tape.Choices(), nodes, chaos, until
	return true, nil
}

// nothing tries the run without any choice.
func (s *Shrinker) nothing() error {
	_, err := s.try(nil, s.nodes, s.chaos, s.until)
	return err
}

// kind is the first word of a label.
func kind(label string) string {
	word, _, _ := strings.Cut(label, " ")
	return word
}

// groups takes out whole kinds of choices, the most numerous first.
func (s *Shrinker) groups() error {
	count := map[string]int{}
	for _, c := range s.chosen {
		count[kind(c.Label)]++
	}
	kinds := make([]string, 0, len(count))
	for k := range count {
		kinds = append(kinds, k)
	}
	sort.Slice(kinds, func(i, j int) bool {
		a, b := kinds[i], kinds[j]
		return count[a] > count[b] || count[a] == count[b] && a < b
	})
	for _, k := range kinds {
		var rest []world.Choice
		for _, c := range s.chosen {
			if kind(c.Label) != k {
				rest = append(rest, c)
			}
		}
		if _, err := s.try(rest, s.nodes, s.chaos, s.until); err != nil {
			return err
		}
	}
	return nil
}

// fewer tries fewer nodes, where no scenario and no list of weights fixes them.
func (s *Shrinker) fewer() error {
	if s.Config.Scenario != nil {
		return nil
	}
	for n := min(4, s.nodes); n < s.nodes; n++ {
		var rest []world.Choice
		for _, c := range s.chosen {
			if within(c.Label, n) {
				rest = append(rest, c)
			}
		}
		if ok, err := s.try(rest, n, s.chaos, s.until); ok || err != nil {
			return err
		}
	}
	return nil
}

// within reports whether a label speaks of the first n members only.
func within(label string, n int) bool {
	for _, word := range strings.FieldsFunc(label, func(r rune) bool { return r == ' ' || r == '>' }) {
		if id, err := strconv.Atoi(word); err == nil && id >= n {
			return false
		}
	}
	return true
}

// shorter cuts the phase of chaos, and with it the views.
func (s *Shrinker) shorter() error {
	if s.until > 0 { // it ends at the violation anyway
		return nil
	}
	for low := types.Time(0); s.chaos-low > 100; {
		half := low + (s.chaos-low)/2
		ok, err := s.try(s.chosen, s.nodes, half, 0)
		if err != nil {
			return err
		}
		if !ok {
			low = half
		}
		if s.left <= 0 {
			return nil
		}
	}
	return nil
}

// minimize is delta debugging: it takes out ever smaller pieces until no single
// choice can go.
func (s *Shrinker) minimize() error {
	for size := (len(s.chosen) + 1) / 2; size > 0 && s.left > 0; {
		removed := false
		for at := 0; at < len(s.chosen) && s.left > 0; {
			end := min(at+size, len(s.chosen))
			rest := append(append([]world.Choice{}, s.chosen[:at]...), s.chosen[end:]...)
			ok, err := s.try(rest, s.nodes, s.chaos, s.until)
			if err != nil {
				return err
			}
			if ok {
				removed = true
			} else {
				at = end
			}
		}
		switch {
		case size > 1:
			size = min((size+1)/2, max(1, len(s.chosen)))
		case !removed:
			size = 0
		}
	}
	return nil
}

// values makes what is left plain: the least value that is not nothing.
func (s *Shrinker) values() error {
	for i := 0; i < len(s.chosen) && i < 64; i++ {
		if s.chosen[i].Value == 1 {
			continue
		}
		plain := append([]world.Choice{}, s.chosen...)
		plain[i].Value = 1
		if _, err := s.try(plain, s.nodes, s.chaos, s.until); err != nil {
			return err
		}
	}
	return nil
}
