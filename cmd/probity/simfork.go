package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"probity/chain/types"
	"probity/sim"
)

const simForkLong = `
Start a simulation from a live chain's state: what the chain held after the last
epoch that had ended by --height, with the same members and weights, but keys and
nodes of the simulator. Then the world makes trouble as in sim run.

The state is read over JSON-RPC, checked against its header's root, and can be
kept in a file with --out; --dump reads it from there instead.

  probity sim fork --rpc 127.0.0.1:26657 --height 4000 --out state.json
  probity sim fork --dump state.json --seed 9`

// simForkCommand is sim fork.
func simForkCommand(f *pflag.FlagSet) action {
	cfg := sim.Config{}
	f.Uint64Var(&cfg.Seed, "seed", 1, "the seed that makes the world")
	rpc := f.String("rpc", "", "the node to ask: `host:port` or a URL")
	height := f.Uint64("height", 0, "the fork is at the last end of an epoch at or below this `height`; 0: the latest")
	dump := f.String("dump", "", "read the state from this `file` and ask nobody")
	out := f.String("out", "", "also write the state to this `file`")
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(ctx context.Context, s *streams, _ []string) error {
		simGC()
		if (*rpc == "") == (*dump == "") {
			return usage("sim fork wants either --rpc or --dump")
		}
		d, err := stateFrom(ctx, s, *rpc, *dump, types.Height(*height))
		if err != nil {
			return err
		}
		if *out != "" {
			if err := writeJSON(*out, d); err != nil {
				return err
			}
		}
		cfg.Fork = d
		r, err := sim.Run(cfg)
		if err != nil {
			return err
		}
		s.notef("from height %d of %s on", d.Header.Height, d.Chain)
		if *asJSON {
			if err := s.object(r); err != nil {
				return err
			}
		} else {
			printRun(s, r)
		}
		return verdictOf(r)
	}
}

// stateFrom reads a state from a file or a node.
func stateFrom(ctx context.Context, s *streams, rpc, file string, h types.Height) (*sim.Dump, error) {
	if file == "" {
		c, err := newClient(rpc, 1)
		if err != nil {
			return nil, err
		}
		defer c.close()
		return fetchState(ctx, s, c, h)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	d := &sim.Dump{}
	if err := json.Unmarshal(data, d); err != nil {
		return nil, fmt.Errorf("%s is not a state that sim fork wrote: %w", file, err)
	}
	return d, nil
}

var errNoEpoch = errors.New("no epoch has ended at or below that height")

// fetchState walks the state of a node after the last end of an epoch at or
// below a height.
func fetchState(ctx context.Context, s *streams, c *client, h types.Height) (*sim.Dump, error) {
	var status struct {
		Chain     string `json:"chain"`
		Finalized struct {
			Height types.Height `json:"height"`
		} `json:"finalized"`
	}
	if err := c.call(ctx, "chain_status", struct{}{}, &status); err != nil {
		return nil, err
	}
	if h == 0 || h > status.Finalized.Height {
		h = status.Finalized.Height
	}
	d := &sim.Dump{Chain: status.Chain}
	if err := header(ctx, c, h, &d.Header); err != nil {
		return nil, err
	}
	var plan struct {
		Value *types.Plan `json:"value"`
	}
	if err := c.call(ctx, "availability_plan", map[string]any{"epoch": d.Header.Epoch, "at": h}, &plan); err != nil {
		return nil, err
	}
	if plan.Value == nil {
		return nil, fmt.Errorf("the node has no plan of epoch %d", d.Header.Epoch)
	}
	if h != plan.Value.Last() {
		if h = plan.Value.First - 1; h == 0 {
			return nil, fmt.Errorf("%w: epoch 0 goes on until %d", errNoEpoch, plan.Value.Last())
		}
		if err := header(ctx, c, h, &d.Header); err != nil {
			return nil, err
		}
	}
	return d, walkState(ctx, s, c, d)
}

// header reads the header of a height.
func header(ctx context.Context, c *client, h types.Height, to *types.Header) error {
	var out struct {
		Value *struct {
			Header types.Header `json:"header"`
		} `json:"value"`
	}
	if err := c.call(ctx, "chain_getHeader", map[string]any{"at": h}, &out); err != nil {
		return err
	}
	if out.Value == nil {
		return fmt.Errorf("the node has no header of height %d", h)
	}
	*to = out.Value.Header
	return nil
}

// walkState reads all pages of the state after the dump's header.
func walkState(ctx context.Context, s *streams, c *client, d *sim.Dump) error {
	from := types.Bytes{}
	p := newProgress(s, "keys of the state", 0)
	defer p.end()
	for {
		var page struct {
			Value *struct {
				Items []sim.Item  `json:"items"`
				Next  types.Bytes `json:"next"`
			} `json:"value"`
		}
		if err := c.call(ctx, "chain_getState", map[string]any{"from": from, "limit": 4096, "at": d.Header.Height}, &page); err != nil {
			return err
		}
		if page.Value == nil {
			return fmt.Errorf("the node has no state after height %d", d.Header.Height)
		}
		d.Items = append(d.Items, page.Value.Items...)
		p.set(int64(len(d.Items)))
		if from = page.Value.Next; len(from) == 0 {
			return nil
		}
	}
}
