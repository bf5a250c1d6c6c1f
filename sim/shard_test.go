package sim_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"probity/sim"
)

// part makes a shard's report as a file.
func part(t *testing.T, name string, r sim.Report) sim.Part {
	t.Helper()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	p, err := sim.ReadPart(name, data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Goal: shards join into their campaign, and nothing else does. Method: reports
// of three shards, whole, one missing, one twice, one of another campaign.
func TestMerge(t *testing.T) {
	report := func(i int, first uint64) sim.Report {
		return sim.Report{
			First: first, Total: 9, Seeds: 3, Runs: 6, Nodes: []int{4}, Shards: []sim.Shard{{Index: i, Count: 3}},
			Failures: []sim.Failure{}, Faults: map[string]int{"crash": i}, Views: uint64(i),
		}
	}
	var parts []sim.Part
	for _, i := range []int{3, 1, 2} {
		parts = append(parts, part(t, fmt.Sprintf("%d.json", i), report(i, 1)))
	}
	whole, err := sim.Merge(parts)
	if err != nil {
		t.Fatal(err)
	}
	if whole.Seeds != 9 || whole.Runs != 18 || whole.Views != 6 || whole.Faults["crash"] != 6 || len(whole.Shards) != 3 {
		t.Errorf("%+v", whole)
	}
	for text, bad := range map[string][]sim.Part{
		"missing 2/3":                parts[:2],
		"shard 1/3 is in 1.json and": append(parts[:3:3], parts[1]),
		"are of different campaigns": append(parts[:2:2], part(t, "other.json", report(2, 5))),
		"no files":                   nil,
	} {
		if _, err := sim.Merge(bad); !errors.Is(err, sim.ErrShard) || !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "\n") {
			t.Errorf("want %q, got %v", text, err)
		}
	}
	if _, err := sim.ReadPart("x", []byte(`{"seeds":1}`)); !errors.Is(err, sim.ErrShard) {
		t.Errorf("a file of another kind: %v", err)
	}
}

// Goal: i/n is read, and nothing else is. Method: examples.
func TestParseShard(t *testing.T) {
	if s, err := sim.ParseShard("2/8"); err != nil || s != (sim.Shard{Index: 2, Count: 8}) {
		t.Error(s, err)
	}
	for _, bad := range []string{"", "1", "0/3", "4/3", "1/0", "1/2/3", " 1/2", "a/b", "-1/2", "1/2 "} {
		if _, err := sim.ParseShard(bad); !errors.Is(err, sim.ErrShard) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
