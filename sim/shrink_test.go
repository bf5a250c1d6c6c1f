package sim_test

import (
	"encoding/json"
	"testing"

	"probity/chain/types"
	"probity/sim"
	"probity/sim/attack"
)

// Goal: a failing run becomes a small file that fails the same way. Method: some
// mutants on a seed that catches them are shrunk, written, read and played.
func TestShrink(t *testing.T) {
	for _, name := range []string{"finalize-after-nullify", "no-dir-sync", "heads-not-weights"} {
		m := sim.FindMutant(name)
		if m == nil {
			t.Fatalf("no mutant %s", name)
		}
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "no-dir-sync" {
				t.Skip("the race detector's slice shrinks one")
			}
			c, err := sim.Hunt(m, 4, 40)
			if err != nil || !c.Caught {
				t.Fatalf("not caught: %v", err)
			}
			s := sim.Shrinker{Config: sim.Config{Seed: c.Seed, Nodes: 4, Mutant: m}, Cause: sim.Cause{Mutant: name}, Runs: 80}
			rec, err := s.Run()
			if err != nil {
				t.Fatal(err)
			}
			file, err := json.Marshal(rec)
			if err != nil {
				t.Fatal(err)
			}
			again, err := sim.ParseRecording(file)
			if err != nil {
				t.Fatal(err)
			}
			r, err := again.Replay()
			if err != nil {
				t.Fatal(err)
			}
			if !again.Same(r) || r.Hash != again.Hash {
				t.Errorf("replay: %v, hash %s, want oracle %s and hash %s", r.Violations, r.Hash, again.Oracle, again.Hash)
			}
			if 10*len(rec.Events) > rec.Original.Events {
				t.Errorf("%d events are left of %d", len(rec.Events), rec.Original.Events)
			}
			t.Logf("%s, seed %d: events %d of %d, records %d of %d, views %d of %d, real %v: %s",
				rec.Oracle, c.Seed, len(rec.Events), rec.Original.Events, rec.Records, rec.Original.Records, rec.Views, rec.Original.Views, rec.Real, rec.Text)
		})
	}
}

// forkers are two members of four that run twice each: one pair of copies with
// one honest member, the other with the other, for as long as the attack lasts.
type forkers struct {
	attack.Idle
	h attack.Hands
}

func (f *forkers) Begin(h attack.Hands) { f.h = h }

func (f *forkers) Delays(l *attack.Letter) types.Time {
	side := func(id int) bool { return id == 3 || id > 3 }
	if side(l.From) != side(l.To) {
		return attack.Never
	}
	return 0
}

// Goal: what an adversary does shrinks like any trouble. Method: half of the
// weight runs twice and forks the chain; the deeds that are not needed go.
func TestShrinkDeeds(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector's slice shrinks a mutant")
	}
	s := &attack.Scenario{Name: "fork", Nodes: 4, Length: 3000, Owned: []int{0, 1}, Twins: []int{0, 1}, New: func() attack.Adversary { return &forkers{} }}
	sh := sim.Shrinker{Config: sim.PlayConfig(s, 1), Runs: 25}
	rec, err := sh.Run()
	if err != nil {
		t.Fatal(err)
	}
	if rec.Oracle != "agreement" && rec.Oracle != "exclusion" {
		t.Errorf("oracle %s: %s", rec.Oracle, rec.Text)
	}
	if 2*len(rec.Events) > rec.Original.Events {
		t.Errorf("%d events are left of %d", len(rec.Events), rec.Original.Events)
	}
	t.Logf("events %d of %d: %s", len(rec.Events), rec.Original.Events, rec.Text)
}
