package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/sim"
)

const benchBeaconLong = `
Measure what the recoverable beacon costs on one core: keys, dealing, verifying
a dealing, reveal, shares and recovery, for rosters of so many equal members,
with the bytes that travel.

  probity bench beacon --members 4,32,100 --json`

// beaconCost is what one salt costs a roster, in µs and bytes.
type beaconCost struct {
	Members   int     `json:"members"`
	Tickets   int     `json:"tickets"`
	Threshold int     `json:"threshold"`
	Deal      float64 `json:"deal_us"`
	Verify    float64 `json:"verify_us"`
	Reveal    float64 `json:"reveal_us"`  // made
	Open      float64 `json:"open_us"`    // checked
	Share     float64 `json:"share_us"`   // made, for one ticket
	Check     float64 `json:"check_us"`   // of one share
	Recover   float64 `json:"recover_us"` // checking a threshold of shares included
	Possess   float64 `json:"possess_us"` // proof of all keys of one member, checked
	Dealing   int     `json:"dealing_bytes"`
	Opened    int     `json:"reveal_bytes"`
	Shares    int     `json:"recovery_bytes"` // of an opening by shares
}

func benchBeacon(f *pflag.FlagSet) action {
	members := f.IntSlice("members", []int{4, 32, 100}, "of equal weight")
	runs := f.Int("runs", 21, "of each step; the median counts")
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(ctx context.Context, s *streams, _ []string) error {
		if *runs < 1 {
			return usage("want --runs above 0")
		}
		costs, err := beaconCosts(ctx, *members, *runs)
		if err != nil {
			return err
		}
		if *asJSON {
			return s.object(map[string]any{"costs": costs})
		}
		var b strings.Builder
		renderBeacon(&b, costs)
		s.printf("%s", b.String())
		return nil
	}
}

func beaconCosts(ctx context.Context, members []int, runs int) (out []beaconCost, err error) {
	for _, n := range members {
		if n < 1 || n > escrow.MaxTickets*3/4 {
			return nil, usage("--members %d: want 1 to %d", n, escrow.MaxTickets*3/4)
		}
		c, err := beaconCostOf(ctx, n, runs)
		if err != nil {
			return nil, err
		}
		out = append(out, *c)
	}
	return out, nil
}

// beaconBench is a roster of equal members and one salt dealt to it.
type beaconBench struct {
	suite      escrow.Suite
	secrets    []escrow.Secret
	public     [][]byte
	panel      *escrow.Panel
	at         escrow.Place
	seed       [32]byte
	dealing    []byte
	reveal     []byte
	shares     []escrow.Share // of a threshold of tickets
	possession []byte
}

func newBeaconBench(n int) (*beaconBench, error) {
	weights := make([]uint64, n)
	for i := range weights {
		weights[i] = 100
	}
	tickets, ok := escrow.Tickets(weights, escrow.MaxTickets)
	if !ok {
		return nil, fmt.Errorf("bench: no tickets for %d members", n)
	}
	b := &beaconBench{suite: escrow.DHPVSS, seed: keys.Sum([]byte("seed")), at: escrow.Place{
		Bound: keys.Sum([]byte("bench")), Epoch: 1, ASC: keys.Sum([]byte("asc")), Roster: keys.Sum([]byte("roster")),
	}}
	for i, k := range tickets {
		for j := range k {
			secret := escrow.NewSecret(keys.Sum([]byte{byte(i), byte(i >> 8)}), j)
			b.secrets, b.public = append(b.secrets, secret), append(b.public, b.suite.Public(secret))
		}
	}
	var err error
	if b.panel, err = b.suite.Panel(b.public); err != nil {
		return nil, err
	}
	b.dealing = b.suite.Deal(b.panel, b.at, b.seed)
	b.reveal = b.suite.Reveal(b.at, b.seed, b.dealing)
	b.possession = b.suite.Possess(b.secrets, nil)
	for k := range b.panel.Threshold() {
		b.shares = append(b.shares, b.suite.Share(b.at, b.dealing, uint32(k), b.secrets[k]))
	}
	return b, nil
}

// recover is what a member does whose leader withholds.
func (b *beaconBench) recover() (salt [escrow.SaltBytes]byte, err error) {
	for _, s := range b.shares {
		if err := b.suite.CheckShare(b.panel, b.at, b.dealing, s); err != nil {
			return salt, err
		}
	}
	return b.suite.Recover(b.panel, b.at, b.dealing, b.shares)
}

// beaconCostOf measures one size of roster.
func beaconCostOf(ctx context.Context, n, runs int) (*beaconCost, error) {
	b, err := newBeaconBench(n)
	if err != nil {
		return nil, err
	}
	c := &beaconCost{
		Members: n, Tickets: b.panel.Tickets(), Threshold: b.panel.Threshold(), Dealing: len(b.dealing), Opened: len(b.reveal),
		Shares: len(escrow.MarshalOpening(escrow.Opening{Shares: b.shares})),
	}
	var salts [2][escrow.SaltBytes]byte
	steps := []struct {
		into *float64
		run  func() error
	}{
		{&c.Deal, func() error { b.suite.Deal(b.panel, b.at, b.seed); return nil }},
		{&c.Verify, func() error { return b.suite.Verify(b.panel, b.at, b.dealing) }},
		{&c.Reveal, func() error { b.suite.Reveal(b.at, b.seed, b.dealing); return nil }},
		{&c.Open, func() (err error) { salts[0], err = b.suite.Open(b.at, b.dealing, b.reveal); return err }},
		{&c.Share, func() error { b.suite.Share(b.at, b.dealing, 0, b.secrets[0]); return nil }},
		{&c.Possess, func() error { return b.suite.Possessed(b.public, nil, b.possession) }},
		{&c.Check, func() error { return b.suite.CheckShare(b.panel, b.at, b.dealing, b.shares[0]) }},
		{&c.Recover, func() (err error) { salts[1], err = b.recover(); return err }},
	}
	for _, st := range steps {
		took := make([]float64, 0, runs)
		for range runs {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			begin := time.Now()
			if err := st.run(); err != nil {
				return nil, err
			}
			took = append(took, float64(time.Since(begin).Nanoseconds())/1000)
		}
		slices.Sort(took)
		*st.into = took[len(took)/2]
	}
	if salts[0] != salts[1] {
		return nil, fmt.Errorf("bench: reveal and recovery differ")
	}
	return c, nil
}

// renderBeacon is the section of docs/benchmarks.md.
func renderBeacon(b *strings.Builder, costs []beaconCost) {
	b.WriteString("\n## The recoverable beacon\n\nWhat one salt costs on one core (`probity bench beacon`), medians. Deal and verify happen once a salt, at registration;\nreveal and open once a view; shares and recovery only where a producer withholds. Recovery includes the check of its shares.\n\n")
	b.WriteString("| members = tickets | deal, ms | verify, ms | reveal, ms | open, ms | share, ms | recover, ms | keys of one roster checked, ms | dealing, bytes | reveal, bytes | recovery, bytes |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
	ms := func(us float64) string { return fmt.Sprintf("%.2f", us/1000) }
	for _, c := range costs {
		fmt.Fprintf(b, "| %d, %d | %s | %s | %s | %s | %s | %s | %s | %s | %d | %s |\n", c.Members, c.Tickets, ms(c.Deal), ms(c.Verify), ms(c.Reveal),
			ms(c.Open), ms(c.Share), ms(c.Recover), ms(c.Possess), thousands(fmt.Sprint(c.Dealing)), c.Opened, thousands(fmt.Sprint(c.Shares)))
	}
	b.WriteString("| reference at 4 (circl, 2.5 GHz, one core) | 2 | 2 | 0.6 | | | 2 | | | | |\n| reference at 32 | 13 | 9 | 0.6 | | | 14 | | | | |\n| reference at 100 | 43 | 27 | 0.6 | | | 43 | | | | |\n")
}

// renderSpeed is the section on the simulator.
func renderSpeed(b *strings.Builder, list []*sim.Speed) {
	b.WriteString("\n## Simulator\n\nViews a second of whole nodes in one process, stub signatures and ideal escrow, every oracle watching (`probity sim speed`),\nmedians of three. A world has one thread of events and one core; a swarm plays a world on each core.\n\n| nodes | worlds | views/s | times real time, each |\n|---|---|---|---|\n")
	for _, s := range list {
		fmt.Fprintf(b, "| %d | %d | %s | %.0f |\n", s.Nodes, s.Worlds, thousands(fmt.Sprintf("%.0f", s.ViewsPerS)), s.TimesRealTime)
	}
	b.WriteString("\nGoal: ≥ 1,000 views a second with four nodes" + speedNote(list) + ".\n")
}

// speedNote says how the goal is met, and where the time goes.
func speedNote(list []*sim.Speed) string {
	alone, best := 0.0, &sim.Speed{}
	for _, s := range list {
		if s.Nodes != 4 {
			continue
		}
		if s.Worlds == 1 {
			alone = s.ViewsPerS
		}
		if s.ViewsPerS > best.ViewsPerS {
			best = s
		}
	}
	verdict := "not reached"
	if best.ViewsPerS >= 1000 {
		verdict = fmt.Sprintf("reached by %d worlds beside each other", best.Worlds)
	}
	return fmt.Sprintf(": %s; one world makes %.0f.\nEvery member executes, hashes and stores each block itself, as it does in the world: executing\ntakes a third of the time, the store a quarter", verdict, alone)
}
