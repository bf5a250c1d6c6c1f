package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route/bank"
	"probity/chain/types"
	"probity/node/signer/keystore"
)

// benchCommands are the verbs of bench.
func benchCommands() []command {
	return []command{
		{Name: "load", Short: "Load a node with signed transfers and measure what becomes of them", Long: loadLong, Setup: benchLoad},
		{Name: "blocks", Short: "Execute blocks of signed transfers without network", Long: blocksLong, Setup: benchBlocks},
		{Name: "beacon", Short: "Measure what the recoverable beacon costs", Long: benchBeaconLong, Setup: benchBeacon},
		{Name: "all", Short: "Measure this machine and write the figures beside their references", Long: allLong, Setup: benchAll},
	}
}

const loadLong = `
Send signed transfers over JSON-RPC, up to 50 in a request, signed ahead, and
measure the time from the request to the notification (WebSocket) of the final
block that holds each. --rate 0 sends as much as is taken, with --window
transactions on their way at once.

The load accounts of a family (--secret) have keys that anyone can compute. A
testnet funds those of the default family; elsewhere --fund HOME pays them from
a home's account first.`

// loadDefaults are the plan that the flags start from.
func loadDefaults() loadPlan {
	return loadPlan{Rate: 0, Duration: 10 * time.Second, Connections: 8, Accounts: 512, Secret: loadSecret, Window: 2048, Batch: 50}
}

func benchLoad(f *pflag.FlagSet) action {
	plan := loadDefaults()
	urls := f.String("rpc", "127.0.0.1:8645", "`addresses` of nodes, with commas")
	f.Float64Var(&plan.Rate, "rate", plan.Rate, "transactions a second; 0: as many as are taken")
	f.DurationVar(&plan.Duration, "duration", plan.Duration, "of the sending")
	f.IntVar(&plan.Connections, "connections", plan.Connections, "to spread the load over")
	f.IntVar(&plan.Accounts, "accounts", plan.Accounts, "that send")
	f.IntVar(&plan.Window, "window", plan.Window, "transactions on their way at once, with --rate 0")
	f.IntVar(&plan.Batch, "batch", plan.Batch, "transactions in one request at most")
	f.StringVar(&plan.Secret, "secret", plan.Secret, "family of the load accounts' keys")
	fund := f.String("fund", "", "`home` whose account pays the load accounts first")
	pass := addPassphrase(f)
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(ctx context.Context, s *streams, _ []string) error {
		plan.URLs = strings.Split(*urls, ",")
		if err := plan.check(); err != nil {
			return err
		}
		if *fund != "" {
			store, err := pass.open(s, home(*fund))
			if err != nil {
				return err
			}
			if err := fundLoad(ctx, plan, home(*fund), store.Key(keystore.Account)); err != nil {
				return err
			}
		}
		r, err := runLoad(ctx, s, plan)
		if err != nil {
			return err
		}
		if *asJSON {
			return s.object(r)
		}
		printLoad(s, r)
		return nil
	}
}

func (p *loadPlan) check() error {
	switch {
	case p.Rate < 0:
		return usage("--rate %g: want 0 or more", p.Rate)
	case p.Duration <= 0:
		return usage("--duration %s: want more than nothing", p.Duration)
	case p.Connections < 1 || p.Connections > 1024:
		return usage("--connections %d: want 1 to 1024", p.Connections)
	case p.Accounts < 2 || p.Accounts > 1<<16:
		return usage("--accounts %d: want 2 to 65536", p.Accounts)
	case p.Window < 1:
		return usage("--window %d: want 1 or more", p.Window)
	case p.Batch < 1 || p.Batch > 100:
		return usage("--batch %d: want 1 to 100", p.Batch)
	}
	return nil
}

// runLoad makes the load and measures it.
func runLoad(ctx context.Context, s *streams, plan loadPlan) (loadReport, error) {
	l, err := newLoad(ctx, plan)
	if err != nil {
		return loadReport{}, err
	}
	defer l.close()
	return showLoad(ctx, s, l)
}

// showLoad runs a load and shows how far it is.
func showLoad(ctx context.Context, s *streams, l *load) (loadReport, error) {
	p := newProgress(s, "load, seconds", int64(l.plan.Duration.Seconds()))
	done, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		begun := time.Now()
		for rest(done, 250*time.Millisecond); done.Err() == nil; rest(done, 250*time.Millisecond) {
			p.set(min(int64(time.Since(begun).Seconds()), p.total))
		}
	}()
	r, err := l.run(ctx)
	stop()
	p.end()
	if err == nil && ctx.Err() != nil {
		err = errStopped
	}
	return r, err
}

func printLoad(s *streams, r loadReport) {
	s.printf("offered %d, accepted %d, committed %d in %.1f s: %.0f tx/s\n", r.Offered, r.Accepted, r.Committed, r.Seconds, r.TxPerSecond)
	s.printf("finality p50 %.0f ms, p90 %.0f ms, p99 %.0f ms\n", r.Finality.P50, r.Finality.P90, r.Finality.P99)
	for kind, n := range r.Errors {
		s.printf("%s %d\n", kind, n)
	}
}

// fundEach is what a load account is paid.
var fundEach = types.Whole(1)

// fundLoad pays the load accounts, sixteen in a transaction.
func fundLoad(ctx context.Context, plan loadPlan, h home, key keys.PrivateKey) error {
	c, err := newClient(plan.URLs[0], 2)
	if err != nil {
		return err
	}
	defer c.close()
	genesis, _, err := chainOf(ctx, c, h)
	if err != nil {
		return err
	}
	for from := 0; from < plan.Accounts; from += types.TxMsgs {
		var calls []ruleCall
		for i := from; i < min(from+types.TxMsgs, plan.Accounts); i++ {
			calls = append(calls, ruleCall{"bank", "send", bank.Send{To: loadKey(plan.Secret, i).Public().Address(), Amount: fundEach}})
		}
		tx, _, err := preparedTx(ctx, c, key.Public(), calls, map[string]any{})
		if err != nil {
			return fmt.Errorf("fund the load accounts: %w", err)
		}
		tx.Sign(key, genesis)
		var hash keys.Hash
		if err := c.call(ctx, "tx_submit", map[string]any{"raw": types.Bytes(codec.MustMarshal(tx))}, &hash); err != nil {
			return fmt.Errorf("fund the load accounts: %w", err)
		}
		if _, err := waitFinal(ctx, c, hash); err != nil {
			return fmt.Errorf("fund the load accounts: %w", err)
		}
	}
	return nil
}
