package sim_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"probity/sim"
)

// Goal: recording a run changes nothing of it, and what is recorded can be read.
// Method: seeds with trouble, with and without a recording; the hashes are equal,
// and the recording is one JSON object that names its seed.
func TestTimelineChangesNothing(t *testing.T) {
	for _, seed := range []uint64{3, 7} {
		plain, err := sim.Run(sim.Config{Seed: seed, Nodes: 4, Chaos: 2000})
		if err != nil {
			t.Fatal(err)
		}
		record := new(sim.Timeline)
		told, err := sim.Run(sim.Config{Seed: seed, Nodes: 4, Chaos: 2000, Timeline: record})
		if err != nil {
			t.Fatal(err)
		}
		if plain.Hash != told.Hash {
			t.Errorf("seed %d: hash %s, recorded %s", seed, plain.Hash, told.Hash)
		}
		text, err := json.Marshal(record)
		if err != nil || !bytes.Contains(text, []byte(`"probity-run/1"`)) || len(text) < 1_000 {
			t.Errorf("seed %d: recorded %.200s: %v", seed, text, err)
		}
	}
}
