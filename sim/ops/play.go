package ops

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/node/mempool"
	"probity/sim"
	"probity/sim/attack"
)

// minute is the unit in which scenarios tell time, ms.
const minute types.Time = 60_000

// scrapeEvery is the interval of docs/ops/prometheus.yml, ms.
const scrapeEvery types.Time = 15_000

// Scenario is one trouble of a simulated network and what operators are told.
type Scenario struct {
	Name     string
	Story    string // what happens, in one sentence
	Nodes    int    // 0: four
	Weights  []uint64
	Load     int // transfers a second
	Params   map[string]uint64
	Interval types.Time                                   // between blocks, ms; 0: half a second
	Every    types.Time                                   // between two scrapes, ms; 0: a quarter of a minute
	Owned    []int                                        // members that New plays
	Mempool  int                                          // transactions that members hold at most; 0: as always
	Copies   []int                                        // further hosts with the keys of these members, off at first
	Sections func(accounts []keys.Address) map[string]any // of the genesis

	New          func() attack.Adversary // plays with the links; nil: nobody does
	Attack, Cast string                  // in place of all that: a scenario of a played attack
	Options      attack.Args             // of it

	Begin   types.Time // minutes: nothing fires until then
	Fires   []Firing   // all that ever fires
	Length  types.Time // minutes
	Mended  bool       // at the end nothing fires any more
	Trouble func(*sim.Hands)
}

// Firing is an alert that must fire.
type Firing struct {
	Alert string
	At    types.Time // minutes: it fires then
	On    []int      // the members about which it fires; nil: about the network
}

// Played is a scenario with what was seen in it.
type Played struct {
	Scenario *Scenario
	Height   types.Height // of the chain at its end
	Test     string       // file for promtool test rules
}

// Play plays a scenario and writes its test for the rules in the files named,
// whose text is rules.
func Play(s *Scenario, files []string, rules string) (*Played, error) {
	rec := newRecord(s.every(), asked(rules))
	cfg, err := s.config()
	if err != nil {
		return nil, fmt.Errorf("scenario %s: %w", s.Name, err)
	}
	cfg.Operator.Scrape = rec.scrape
	res, err := sim.Run(cfg)
	if err != nil {
		return nil, fmt.Errorf("scenario %s: %w", s.Name, err)
	}
	if len(res.Violations) > 0 {
		v := res.Violations[0]
		return nil, fmt.Errorf("scenario %s: oracle %s fires after %d ms: %s", s.Name, v.Oracle, v.At, v.Text)
	}
	return &Played{Scenario: s, Height: res.Height, Test: s.test(rec, files)}, nil
}

// config is the scenario's run.
func (s *Scenario) config() (sim.Config, error) {
	nodes, interval := max(s.Nodes, 4), s.Interval
	if interval == 0 {
		interval = 500
	}
	params := map[string]uint64{"block.interval": uint64(interval), "epoch.blocks": 128}
	maps.Copy(params, s.Params)
	weights := s.Weights
	if weights == nil {
		weights = slices.Repeat([]uint64{100}, nodes)
	}
	load := s.Load
	if load == 0 {
		load = -1
	}
	cast := attack.Scenario{Name: s.Name, Nodes: nodes, Weights: weights, Owned: s.Owned, New: s.New}
	if s.Attack != "" {
		options, err := s.options()
		if err != nil {
			return sim.Config{}, err
		}
		found, err := sim.FindScenario(s.Attack, options, s.Cast)
		if err != nil {
			return sim.Config{}, err
		}
		cast = *found
		if s.Weights != nil {
			cast.Weights = s.Weights
		}
		delete(params, "epoch.blocks")
	}
	cast.Params, cast.Length = merged(cast.Params, params), s.Length*minute
	cfg := sim.PlayConfig(&cast, 1)
	cfg.Real, cfg.Quiet, cfg.Load = s.Attack != "", true, load
	cfg.Operator = &sim.Operator{
		Length: s.Length * minute, Every: s.every(), Mempool: mempool.Limits{Txs: s.Mempool}, Copies: s.Copies, Sections: s.Sections, Begin: s.Trouble,
	}
	return cfg, nil
}

// every is the time between two scrapes and two evaluations of the rules.
func (s *Scenario) every() types.Time {
	if s.Every > 0 {
		return s.Every
	}
	return scrapeEvery
}

// options are those of the attack over its defaults.
func (s *Scenario) options() (attack.Args, error) {
	a := attack.Find(s.Attack)
	if a == nil {
		return nil, fmt.Errorf("no attack %q", s.Attack)
	}
	return a.Complete(s.Options)
}

// merged is a over b.
func merged(a, b map[string]uint64) map[string]uint64 {
	out := maps.Clone(b)
	maps.Copy(out, a)
	return out
}

// test writes the file for promtool. The alerts that fire are read from the
// series ALERTS that the evaluation of the rules leaves, so that one expression
// tells of all rules at once: those that fire and those that do not.
func (s *Scenario) test(rec *record, files []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: %s\nrule_files:\n", s.Name, s.Story)
	for _, f := range files {
		fmt.Fprintf(&b, "  - '%s'\n", filepath.ToSlash(f))
	}
	fmt.Fprintf(&b, "evaluation_interval: %[1]dms\ntests:\n  - name: %[2]s\n    interval: %[1]dms\n    input_series:\n", s.every(), s.Name)
	rec.input(&b)
	b.WriteString("    promql_expr_test:\n")
	const by, firing = "group by (alertname, instance) ", `ALERTS{alertstate="firing"}`
	expect := func(expr string, at types.Time, list []Firing) {
		fmt.Fprintf(&b, "      - expr: '%s'\n        eval_time: %dm\n        exp_samples:%s\n", expr, at, samples(list))
	}
	if s.Begin > 0 {
		expect(by+fmt.Sprintf("(count_over_time(%s[%dm]))", firing, s.Begin), s.Begin, nil)
	}
	for _, f := range s.Fires {
		expect(by+fmt.Sprintf(`(ALERTS{alertname="%s",alertstate="firing"})`, f.Alert), f.At, []Firing{f})
	}
	expect(by+fmt.Sprintf("(count_over_time(%s[%dm]))", firing, s.Length), s.Length, s.Fires)
	if s.Mended {
		expect(by+"("+firing+")", s.Length, nil)
	}
	return b.String()
}

// samples lists what firing alerts leave.
func samples(list []Firing) string {
	if len(list) == 0 {
		return " []"
	}
	var b strings.Builder
	for _, f := range list {
		if f.On == nil {
			fmt.Fprintf(&b, "\n          - {labels: '{alertname=\"%s\"}', value: 1}", f.Alert)
		}
		for _, id := range f.On {
			fmt.Fprintf(&b, "\n          - {labels: '{alertname=\"%s\",instance=\"n%d\"}', value: 1}", f.Alert, id)
		}
	}
	return b.String()
}

// Find is the scenario with a name, or nil.
func Find(name string) *Scenario {
	for _, s := range Scenarios {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Names lists the scenarios in the table's order.
func Names() (out []string) {
	for _, s := range Scenarios {
		out = append(out, s.Name)
	}
	return out
}
