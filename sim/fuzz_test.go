package sim_test

import (
	"testing"

	"probity/sim"
	"probity/sim/world"
)

// FuzzTape lets a fuzzer choose the world's choices.
//
// Goal: no list of faults makes an oracle fire. Method: bytes become choices on
// the tape of one seed; the corpus holds a quiet run and one of each kind of trouble.
func FuzzTape(f *testing.F) {
	f.Add([]byte{})
	for _, list := range [][]world.Choice{
		{{Label: "power", At: 9, Value: 700}, {Label: "lost data 1", At: 0, Value: 1}, {Label: "torn journal 2", At: 0, Value: 9}},
		{{Label: "split", At: 5, Value: 40_961}, {Label: "crash 3", At: 12, Value: 1300}, {Label: "replay", At: 40, Value: 99_999}},
		{{Label: "full 0", At: 7, Value: 640}, {Label: "fsync 1", At: 15, Value: 4736}, {Label: "cut 2", At: 20, Value: 70_016}},
		{{Label: "jump 1", At: 3, Value: 256_000}, {Label: "drift 2", At: 4, Value: 64}, {Label: "flap", At: 10, Value: 999_999}},
		{{Label: "rot 0", At: 30, Value: 163_840_640}, {Label: "quality", At: 1, Value: 77}, {Label: "load", At: 8, Value: 5}},
	} {
		f.Add(sim.ToBytes(list, 4))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4096 {
			t.Skip("more choices than a run has room for")
		}
		r, err := sim.Run(sim.FromBytes(data, 4))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range r.Violations {
			t.Errorf("%s at %d: %s (faults %v)", v.Oracle, v.At, v.Text, r.Faults)
		}
	})
}

// Goal: without choices the world is quiet. Method: a run on an empty tape has
// no fault, no crash and no choice, and everything works.
func TestQuietTape(t *testing.T) {
	r, err := sim.Run(sim.Config{Seed: 5, Nodes: 4, Chaos: 2000, Tape: world.Quiet(5)})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Violations) > 0 || len(r.Faults) > 0 || r.Crashes > 0 || r.Choices > 0 {
		t.Errorf("%+v", r)
	}
	if r.Height < 20 {
		t.Errorf("height %d after two seconds without trouble", r.Height)
	}
}

// Goal: a run is its tape. Method: what a seed chose is played back from the
// list alone and gives the same event log.
func TestPlayback(t *testing.T) {
	cfg := sim.Config{Seed: 6, Nodes: 4, Chaos: 3000}
	a, err := sim.Run(cfg)
	if err != nil {
		t.Fatal(err)
	}
	rec := sim.Record(cfg, sim.Cause{}, a)
	b, err := rec.Replay()
	if err != nil {
		t.Fatal(err)
	}
	if a.Hash != b.Hash || a.Choices != b.Choices {
		t.Errorf("%s with %d choices, played back %s with %d", a.Hash, a.Choices, b.Hash, b.Choices)
	}
}
