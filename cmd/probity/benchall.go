package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"probity/sim"
)

const allLong = `
Measure this machine: four nodes at saturation and at 300 transfers a second,
one node alone, and block execution without network, each several times; the
beacon's steps and the simulator. The figures are written beside their references with median and spread.`

// trial is one measurement of a network under load.
type trial struct {
	load loadReport
	cpu  float64 // cores that a node used
	rss  float64 // MiB of the node that had the most
}

// series are the trials of one setting.
type series struct {
	name   string
	nodes  int
	change func(*loadPlan)
	trials []trial
}

// allPlan says what bench all does.
type allPlan struct {
	out      string
	runs     int
	duration time.Duration
	accounts int
	txs      int
}

func benchAll(f *pflag.FlagSet) action {
	var p allPlan
	f.StringVar(&p.out, "out", "", "`file` to write; the standard output where it is left out")
	f.IntVar(&p.runs, "runs", 3, "of each measurement")
	f.DurationVar(&p.duration, "duration", 15*time.Second, "of the load of each")
	f.IntVar(&p.accounts, "accounts", 1_000_000, "in the state of the block execution")
	f.IntVar(&p.txs, "txs", 200_000, "transfers of the block execution")
	return func(ctx context.Context, s *streams, _ []string) error {
		if p.runs < 1 || p.duration < time.Second {
			return usage("want --runs above 0 and --duration of a second or more")
		}
		text, err := p.measure(ctx, s)
		if err != nil {
			return err
		}
		if p.out == "" {
			s.printf("%s", text)
			return nil
		}
		if err := os.WriteFile(p.out, []byte(text), 0o644); err != nil {
			return fmt.Errorf("bench: %w", err)
		}
		return nil
	}
}

// measure runs all measurements and renders them.
func (p *allPlan) measure(ctx context.Context, s *streams) (string, error) {
	all := []*series{
		{name: "four nodes at saturation", nodes: 4, change: func(l *loadPlan) { l.Rate = 0 }},
		{name: "four nodes at 300 tx/s", nodes: 4, change: func(l *loadPlan) { l.Rate = 300 }},
		{name: "one node alone, request batches", nodes: 1, change: func(l *loadPlan) { l.Rate = 0 }},
		{name: "one node alone, single requests", nodes: 1, change: func(l *loadPlan) { l.Rate, l.Batch, l.Connections = 0, 1, 32 }},
		{name: "one node alone at 300 tx/s", nodes: 1, change: func(l *loadPlan) { l.Rate = 300 }},
	}
	for _, se := range all {
		for i := range p.runs {
			s.notef("%s, run %d of %d", se.name, i+1, p.runs)
			t, err := p.network(ctx, s, se)
			if err != nil {
				return "", fmt.Errorf("%s: %w", se.name, err)
			}
			se.trials = append(se.trials, *t)
		}
	}
	var blocks []blocksReport
	for i := range p.runs {
		s.notef("block execution, run %d of %d", i+1, p.runs)
		r, err := measureBlocks(ctx, s, blocksPlan{Accounts: p.accounts, Txs: p.txs, Block: 10_000})
		if err != nil {
			return "", err
		}
		blocks = append(blocks, *r)
	}
	s.notef("beacon")
	costs, err := beaconCosts(ctx, []int{4, 32, 100}, 21)
	if err != nil {
		return "", err
	}
	var speed []*sim.Speed
	for _, m := range []struct {
		nodes int
		views uint64
	}{{4, 3000}, {32, 100}} {
		s.notef("simulator, %d nodes", m.nodes)
		for _, worlds := range slices.Compact([]int{1, runtime.NumCPU()}) {
			v, err := sim.MeasureSpeed(m.nodes, m.views, worlds)
			if err != nil {
				return "", err
			}
			speed = append(speed, v)
		}
	}
	var b strings.Builder
	b.WriteString(p.render(all, blocks))
	renderBeacon(&b, costs)
	renderSpeed(&b, speed)
	return b.String(), nil
}

// network runs one network under one load.
func (p *allPlan) network(ctx context.Context, s *streams, se *series) (*trial, error) {
	dir, err := os.MkdirTemp("", "probity-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	plan := loadDefaults()
	plan.Duration = p.duration
	se.change(&plan)
	w, err := newNetwork(dir, se.nodes, plan.Accounts, testnetParams())
	if err != nil {
		return nil, err
	}
	defer w.stop()
	if err := w.start(ctx); err != nil {
		return nil, err
	}
	plan.URLs = w.urls()
	l, err := newLoad(ctx, plan)
	if err != nil {
		return nil, err
	}
	defer l.close()
	begun, before := time.Now(), w.cpu()
	r, err := showLoad(ctx, s, l)
	if err != nil {
		return nil, err
	}
	t := &trial{load: r, cpu: (w.cpu() - before).Seconds() / time.Since(begun).Seconds() / float64(len(w.members))}
	w.stop()
	for _, m := range w.members {
		t.rss = max(t.rss, float64(m.peak)/(1<<20))
	}
	return t, nil
}

// cpu is the processor time that all running nodes have taken so far.
func (w *network) cpu() (sum time.Duration) {
	for _, m := range w.members {
		if m.proc != nil {
			sum += cpuTime(m.proc.cmd.Process.Pid)
		}
	}
	return sum
}

// spread is the median of values with the least and the greatest.
func spread(values []float64, form string) string {
	v := slices.Clone(values)
	slices.Sort(v)
	show := func(x float64) string { return thousands(fmt.Sprintf(form, x)) }
	mid := v[len(v)/2]
	if len(v)%2 == 0 {
		mid = (v[len(v)/2-1] + v[len(v)/2]) / 2
	}
	if len(v) == 1 {
		return show(mid)
	}
	return fmt.Sprintf("%s (%s … %s)", show(mid), show(v[0]), show(v[len(v)-1]))
}

// thousands puts commas into the whole part of a number.
func thousands(text string) string {
	whole, frac, dot := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if dot {
		return whole + "." + frac
	}
	return whole
}

func pick[T any](from []T, get func(T) float64) []float64 {
	out := make([]float64, len(from))
	for i := range from {
		out[i] = get(from[i])
	}
	return out
}

// references are the figures of others on a machine like this one.
const references = `| reference, same 2 cores, load client included | tx/s | latency p50 |
|---|---|---|
| CometBFT 0.38 / 1.0, 4 validators, unsigned key-value, no state tree | 3,070 / 3,180 | 1.4 s / 0.95 s at saturation; 0.40–0.58 s at 300 tx/s |
| CometBFT 0.38, 1 validator | 6,980 | 40 ms; 12 ms at 300 tx/s |
| geth --dev, signed, merkleized, no consensus | 2,760 | 0.3 s; 13 ms at 300 tx/s |
`

// render is docs/benchmarks.md.
func (p *allPlan) render(all []*series, blocks []blocksReport) string {
	var b strings.Builder
	b.WriteString("# Benchmarks\n\nWritten by `make bench`: signed transfers over JSON-RPC, pre-signed, up to 50 in a request, every transaction\nverified, executed and merkleized by every node. Nodes and load client share one machine.\n")
	fmt.Fprintf(&b, "\nMachine: %d cores, %s/%s, %s. %s, %s of load in each of %d runs; median (least … greatest).\n",
		runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), software(), p.duration, p.runs)
	b.WriteString("\n## Network\n\nLatency is from the request to the WebSocket notification of the final block.\n\n")
	b.WriteString("| measurement | tx/s | finality p50, ms | p90, ms | p99, ms | cores a node | MiB a node |\n|---|---|---|---|---|---|---|\n")
	for _, se := range all {
		t := se.trials
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", se.name,
			spread(pick(t, func(t trial) float64 { return t.load.TxPerSecond }), "%.0f"),
			spread(pick(t, func(t trial) float64 { return t.load.Finality.P50 }), "%.0f"),
			spread(pick(t, func(t trial) float64 { return t.load.Finality.P90 }), "%.0f"),
			spread(pick(t, func(t trial) float64 { return t.load.Finality.P99 }), "%.0f"),
			spread(pick(t, func(t trial) float64 { return t.cpu }), "%.2f"),
			spread(pick(t, func(t trial) float64 { return t.rss }), "%.0f"))
	}
	b.WriteString("\n" + references)
	b.WriteString("\nGoals: four nodes ≥ 8,000 tx/s with p50 ≤ 500 ms, p50 ≤ 100 ms at 300 tx/s; one node ≥ 18,000 tx/s, ≥ 30,000 with\nrequest batches; ≤ 256 MiB a node under load. Floor: four nodes ≥ 3,000 tx/s, p50 ≤ 300 ms at 300 tx/s.\n")
	p.renderBlocks(&b, blocks)
	return b.String()
}

func (p *allPlan) renderBlocks(b *strings.Builder, blocks []blocksReport) {
	fmt.Fprintf(b, "\n## Block execution\n\n%s transfers in blocks of 10,000 over %s accounts, without network, on one core: decode, batch verification,\nexecution, state tree, one synced Pebble batch a block.\n\n",
		thousands(fmt.Sprint(p.txs)), thousands(fmt.Sprint(p.accounts)))
	b.WriteString("| | transfers/s | decode, ns | signatures, ns | execute, ns | tree, ns | store, ns |\n|---|---|---|---|---|---|---|\n")
	fmt.Fprintf(b, "| this build | %s | %s | %s | %s | %s | %s |\n",
		spread(pick(blocks, func(r blocksReport) float64 { return r.TxPerSecond }), "%.0f"),
		spread(pick(blocks, func(r blocksReport) float64 { return r.Stages.Decode }), "%.0f"),
		spread(pick(blocks, func(r blocksReport) float64 { return r.Stages.Signatures }), "%.0f"),
		spread(pick(blocks, func(r blocksReport) float64 { return r.Stages.Execute }), "%.0f"),
		spread(pick(blocks, func(r blocksReport) float64 { return r.Stages.Tree }), "%.0f"),
		spread(pick(blocks, func(r blocksReport) float64 { return r.Stages.Store }), "%.0f"))
	b.WriteString("| limit, computed: 26.7 µs a transfer | 37,500 | | 20,000 | | 2,400 | 2,900 |\n")
	b.WriteString("\nGoal: ≥ 70 % of the limit. Floor: 15,000 transfers/s.\n")
}
