package attack

import "fmt"

// grindAttack bends the draw of producers in every way the beacon leaves open,
// beside beacons that leave more.
var grindAttack = &Attack{
	Name:  "grind",
	Title: "Grind the beacon: reveals, inclusion, nullifying, registration",
	Claim: "Below one third of the weight nothing that the adversary does changes the sequence of producers: " +
		"it is byte-identical to the honest run's, and the adversary's share of draws is its share of REP.",
	Source: "spec beacon, spec selection",
	Options: []Option{
		{"alpha", "0.05,0.10,0.20,0.30", "the adversary's shares of REP, each between 0 and 0.5"},
		{"scheme", "recoverable,hashed,everyone-reveals,randao32", "beacons: recoverable, hashed, everyone-reveals, randao32, unrecovered"},
		{"draws", "1000000", "views drawn for each share and scheme (randao32: epochs played)"},
		{"selection", "lottery,cycle", "how the recoverable scheme draws: lottery, cycle"},
		{"views", "64", "views of an epoch"},
		{"lead", "16", "views between the registration deadline and the next epoch's seed"},
		{"real", "1000", "draws with the real escrow, for the largest share below a third; 0 for none"},
		{"seed", "1", "the seed of all chance"},
	},
	Run: runGrind,
}

// grind is one run of the attack.
type grind struct {
	alphas       []float64
	schemes      []string
	selections   []string
	draws, real  int64
	blocks, lead uint64
	seed         uint64
	done, all    int64
	tell         Progress
}

// schemes are the beacons that can be measured, and how many times the draws
// each takes in a run.
var schemes = []struct {
	name  string
	times func(*grind) int64
	run   func(*grind, float64, *Result) error
}{
	{"recoverable", func(g *grind) int64 { return int64(len(g.selections)) }, (*grind).runRecoverable},
	{"hashed", func(*grind) int64 { return 1 }, (*grind).runHashed},
	{"everyone-reveals", func(*grind) int64 { return 1 }, (*grind).runUnion},
	{"randao32", func(*grind) int64 { return 1 }, (*grind).runRandao},
	{"unrecovered", func(*grind) int64 { return 2 }, (*grind).runUnrecovered},
}

// step tells of progress.
func (g *grind) step(n int64) {
	g.done += n
	g.tell(g.done, g.all)
}

func readGrind(args Args, tell Progress) (*grind, error) {
	r := reader{args: args}
	known := make([]string, 0, len(schemes))
	for _, s := range schemes {
		known = append(known, s.name)
	}
	g := &grind{
		alphas:     r.fractions("alpha", 0, 0.5),
		schemes:    r.words("scheme", known),
		selections: r.words("selection", []string{byLottery, byCycle}),
		draws:      r.integer("draws", 1000, 1e9),
		real:       r.integer("real", 0, 1e6),
		blocks:     uint64(r.integer("views", 16, 4096)),
		lead:       uint64(r.integer("lead", 0, 4095)),
		seed:       uint64(r.integer("seed", 0, 1<<62)),
		tell:       tell,
	}
	if r.err == nil && g.lead >= g.blocks {
		r.fail("lead", "%d is not below the %d views of an epoch", g.lead, g.blocks)
	}
	for _, alpha := range g.alphas {
		if weightOf(alpha) == 0 {
			r.fail("alpha", "%g is below the millionth that is measured", alpha)
		}
	}
	return g, r.err
}

func runGrind(args Args, tell Progress) (*Result, error) {
	g, err := readGrind(args, tell)
	if err != nil {
		return nil, err
	}
	for _, s := range schemes {
		if contains(g.schemes, s.name) {
			g.all += g.draws * s.times(g) * int64(len(g.alphas))
		}
	}
	if contains(g.schemes, "recoverable") {
		g.all += 2 * g.real
	}
	out := &Result{}
	for _, s := range schemes {
		if !contains(g.schemes, s.name) {
			continue
		}
		for _, alpha := range g.alphas {
			if err := s.run(g, alpha, out); err != nil {
				return nil, fmt.Errorf("%s at %g: %w", s.name, alpha, err)
			}
		}
	}
	if contains(g.schemes, "recoverable") {
		if err := g.runSealed(out); err != nil {
			return nil, fmt.Errorf("recoverable with escrow: %w", err)
		}
	}
	out.Plots = g.plots(out)
	out.Notes = g.notes()
	return out, nil
}
