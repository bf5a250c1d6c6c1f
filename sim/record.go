package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/sim/attack"
	"probity/sim/world"
)

// Recording is a run as a file: the seed, and every choice that was not
// "nothing". It needs no stream of chance to be played again.
type Recording struct {
	Format   string         `json:"format"`
	Seed     uint64         `json:"seed"`
	Nodes    int            `json:"nodes"`
	Chaos    types.Time     `json:"chaos_ms"`
	Until    types.Time     `json:"until_ms,omitempty"` // the run ends here, with no calm; 0: calm follows
	Real     bool           `json:"real"`               // ed25519
	Ideal    bool           `json:"ideal,omitempty"`    // the ideal escrow of salts beside it
	Mutant   string         `json:"mutant,omitempty"`
	Weights  []uint64       `json:"weights,omitempty"` // whole REP
	Attack   string         `json:"attack,omitempty"`
	Args     attack.Args    `json:"args,omitempty"`
	Scenario string         `json:"scenario,omitempty"`
	Oracle   string         `json:"oracle"` // that fires first
	Text     string         `json:"text"`
	At       types.Time     `json:"at_ms"`
	Hash     keys.Hash      `json:"hash"` // of the event log up to there
	Views    uint64         `json:"views"`
	Records  uint64         `json:"records"` // logical ones in the log
	Original *Size          `json:"original,omitempty"`
	Events   []world.Choice `json:"events"` // every choice of the world and the adversary that was not "nothing"
}

// Size says how large a failing run is.
type Size struct {
	Nodes   int    `json:"nodes"`
	Events  int    `json:"events"`
	Records uint64 `json:"records"` // up to the violation
	Views   uint64 `json:"views"`
}

// recordFormat names the form of the file; another form gets another name.
const recordFormat = "probity-sim/1"

// ErrRecording is returned for a file that is no recording, or that names what
// this program does not have. Its text is one line.
var ErrRecording = errors.New("not a recording")

// ParseRecording reads a recording, strictly.
func ParseRecording(data []byte) (*Recording, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	rec := &Recording{}
	if err := d.Decode(rec); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecording, err)
	}
	if rec.Format != recordFormat {
		return nil, fmt.Errorf("%w: format %q, want %q", ErrRecording, rec.Format, recordFormat)
	}
	if rec.Nodes < 1 || rec.Nodes > NodesMax {
		return nil, fmt.Errorf("%w: %d nodes, want 1 to %d", ErrRecording, rec.Nodes, NodesMax)
	}
	_, err := rec.config()
	return rec, err
}

// config is the run that the recording describes.
func (rec *Recording) config() (Config, error) {
	cfg := Config{
		Seed: rec.Seed, Nodes: rec.Nodes, Chaos: rec.Chaos, until: rec.Until, Real: rec.Real, ideal: rec.Ideal, Weights: rec.Weights, First: true,
		Tape: world.Playback(rec.Seed, rec.Events),
	}
	if rec.Mutant != "" {
		if cfg.Mutant = FindMutant(rec.Mutant); cfg.Mutant == nil {
			return cfg, fmt.Errorf("%w: no mutant %q", ErrRecording, rec.Mutant)
		}
	}
	if rec.Attack != "" {
		s, err := FindScenario(rec.Attack, rec.Args, rec.Scenario)
		if err != nil {
			return cfg, err
		}
		cfg.Scenario = s
	}
	return cfg, nil
}

// FindScenario finds a scenario of a played attack by names.
func FindScenario(name string, args attack.Args, scenario string) (*attack.Scenario, error) {
	for _, a := range attack.All {
		if a.Name != name || a.Play == nil {
			continue
		}
		cast, err := a.Play.Cast(args)
		if err != nil {
			return nil, err
		}
		for i := range cast {
			if cast[i].Name == scenario {
				return &cast[i], nil
			}
		}
		return nil, fmt.Errorf("%w: attack %s has no scenario %q", ErrRecording, name, scenario)
	}
	return nil, fmt.Errorf("%w: no played attack %q", ErrRecording, name)
}

// Replay plays a recording. The result tells whether the same oracle fired.
func (rec *Recording) Replay() (*Result, error) {
	cfg, err := rec.config()
	if err != nil {
		return nil, err
	}
	return Run(cfg)
}

// Same reports whether a result fails as the recording does.
func (rec *Recording) Same(r *Result) bool {
	return len(r.Violations) > 0 && r.Violations[0].Oracle == rec.Oracle
}

// Cause is what a run is besides its seed, by names that a file can hold.
type Cause struct {
	Mutant   string
	Attack   string
	Args     attack.Args
	Scenario string
}

// Record makes a file of a failed run.
func Record(cfg Config, why Cause, r *Result) *Recording {
	rec := &Recording{
		Format: recordFormat, Seed: cfg.Seed, Nodes: r.Nodes, Chaos: cfg.length(), Until: cfg.until, Real: cfg.Real, Ideal: cfg.ideal, Weights: cfg.weights(),
		Mutant: why.Mutant, Attack: why.Attack, Args: why.Args, Scenario: why.Scenario,
		Hash: r.Hash, Views: r.Views, Records: r.Events, Events: r.tape.Choices(),
	}
	if len(r.Violations) > 0 {
		v := r.Violations[0]
		rec.Oracle, rec.Text, rec.At = v.Oracle, v.Text, v.At
	}
	if rec.Events == nil {
		rec.Events = []world.Choice{}
	}
	return rec
}
