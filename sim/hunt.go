package sim

// Catch is how a mutant was found.
type Catch struct {
	Name             string  `json:"name"`
	Caught           bool    `json:"caught"`
	Oracle           string  `json:"oracle"`
	Seed             uint64  `json:"seed"`
	SimulatedSeconds float64 `json:"simulated_seconds"` // into the run, when the oracle fired
	Text             string  `json:"text"`
	Seeds            int     `json:"seeds"` // played
	Doc              string  `json:"doc"`
}

// Hunt plays seeds until an oracle catches the mutant, and then checks that the
// unchanged member is clean on that seed: what fires on both is no catch.
func Hunt(m *Mutant, nodes, seeds int) (*Catch, error) {
	c := &Catch{Name: m.Name, Doc: m.Doc}
	for seed := uint64(1); seed <= uint64(seeds); seed++ {
		c.Seeds++
		r, err := Run(Config{Seed: seed, Nodes: nodes, Mutant: m})
		if err != nil {
			return nil, err
		}
		if len(r.Violations) == 0 {
			continue
		}
		clean, err := Run(Config{Seed: seed, Nodes: nodes, Weights: m.Weights})
		if err != nil {
			return nil, err
		}
		if len(clean.Violations) > 0 {
			continue
		}
		v := r.Violations[0]
		c.Caught, c.Oracle, c.Seed, c.SimulatedSeconds, c.Text = true, v.Oracle, seed, float64(v.At)/1000, v.Text
		return c, nil
	}
	return c, nil
}
