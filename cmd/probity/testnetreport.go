package main

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// testnetReport is what testnet prints at the end.
type testnetReport struct {
	Nodes           int            `json:"nodes"`
	Height          types.Height   `json:"height"`           // highest final height of any node
	FinalizedHeight types.Height   `json:"finalized_height"` // that all nodes have
	RootsAgree      bool           `json:"state_roots_agree"`
	TxCommitted     int            `json:"tx_committed"`
	TxPerSecond     float64        `json:"tx_per_second"`
	Finality        quantiles      `json:"finality_ms"`
	Pools           poolCount      `json:"pools"`
	RepMinted       string         `json:"rep_minted"`  // decimal REP
	SalaryPaid      string         `json:"salary_paid"` // decimal $
	Producers       map[string]int `json:"producers"`   // blocks by address
	Evidence        int            `json:"evidence"`
	Forks           int            `json:"forks"` // heights at which nodes have different blocks
	Restarts        int            `json:"restarts"`
	CaughtUp        bool           `json:"caught_up"` // every node, a restarted one too, has the wanted height
	PeakRSS         float64        `json:"peak_rss_mb"`
}

// poolCount is how the pools of blocks ended.
type poolCount struct {
	Valid   int `json:"valid"`
	Invalid int `json:"invalid"`
	Void    int `json:"void"`
}

// verdict is the error of a run that did not show what it should.
func (t *testnetReport) verdict(o testnetOptions) error {
	switch {
	case t.Forks > 0:
		return failed(fmt.Sprintf("the nodes have different blocks at %d heights", t.Forks), "", "this must never happen: keep the homes and report it")
	case !t.RootsAgree:
		return failed("the nodes' state roots differ", fmt.Sprintf("height %d", t.FinalizedHeight), "this must never happen: keep the homes and report it")
	case t.FinalizedHeight < types.Height(o.blocks) || !t.CaughtUp:
		return failed(fmt.Sprintf("not all nodes reached height %d", o.blocks), "", "the nodes' logs tell more")
	}
	return nil
}

// report asks the nodes what they hold and stops them.
func (r *rounds) report(ctx context.Context) (*testnetReport, error) {
	lowest, highest, _ := r.state()
	t := &testnetReport{
		Nodes: len(r.network.members), Height: highest, FinalizedHeight: lowest,
		Producers: map[string]int{}, Restarts: r.restarts, CaughtUp: lowest >= types.Height(r.options.blocks),
	}
	if r.load != nil {
		l := r.load.result()
		t.TxCommitted, t.TxPerSecond, t.Finality = l.Committed, l.TxPerSecond, l.Finality
	}
	if err := r.compare(ctx, t); err != nil {
		return nil, err
	}
	c, err := newClient(r.network.members[0].url(), 2)
	if err != nil {
		return nil, err
	}
	defer c.close()
	if err := t.economy(ctx, c); err != nil {
		return nil, err
	}
	r.network.stop()
	for _, m := range r.network.members {
		t.PeakRSS = max(t.PeakRSS, round(float64(m.peak)/(1<<20), 1))
	}
	return t, nil
}

// headerAt is what chain_getHeader answers, as far as it is used.
type headerAt struct {
	Value struct {
		Digest keys.Hash    `json:"digest"`
		Header types.Header `json:"header"`
	} `json:"value"`
}

// compare reads every header of every node.
func (r *rounds) compare(ctx context.Context, t *testnetReport) error {
	var first []headerAt
	t.RootsAgree = true
	for i, m := range r.network.members {
		own, err := headers(ctx, m.url(), t.FinalizedHeight)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name(), err)
		}
		if i == 0 {
			first = own
			r.count(t, own)
			continue
		}
		for h := range own {
			if own[h].Value.Digest != first[h].Value.Digest {
				t.Forks++
			}
		}
		last := len(own) - 1
		if own[last].Value.Header.StateRoot != first[last].Value.Header.StateRoot {
			t.RootsAgree = false
		}
	}
	return nil
}

// count finds who made each block.
func (r *rounds) count(t *testnetReport, all []headerAt) {
	for _, m := range r.network.members {
		t.Producers[m.address.String()] = 0
	}
	for _, h := range all[1:] {
		if i := r.network.producer(h.Value.Header.Epoch, h.Value.Header.ASC); i >= 0 {
			t.Producers[r.network.members[i].address.String()]++
		}
	}
}

// headers reads the headers of heights 0 to last, a hundred in a request.
func headers(ctx context.Context, url string, last types.Height) ([]headerAt, error) {
	c, err := newClient(url, 1)
	if err != nil {
		return nil, err
	}
	defer c.close()
	out := make([]headerAt, last+1)
	for from := 0; from < len(out); from += 100 {
		calls := make([]rpcCall, min(100, len(out)-from))
		for i := range calls {
			calls[i] = rpcCall{Method: "chain_getHeader", Params: map[string]any{"at": from + i}, Result: &out[from+i]}
		}
		if err := c.batch(ctx, calls); err != nil {
			return nil, err
		}
		for i := range calls {
			if calls[i].Err != nil {
				return nil, calls[i].Err
			}
		}
	}
	return out, nil
}

// economy reads what pools, REP and $ have done.
func (t *testnetReport) economy(ctx context.Context, c *client) error {
	rep, err := repSupply(ctx, c)
	if err != nil {
		return err
	}
	t.RepMinted = rep.Minted.Decimal()
	err = eachEvent(ctx, c, "pool", "settled", t.FinalizedHeight, func(a map[string]string) error {
		switch a["outcome"] {
		case "valid":
			t.Pools.Valid++
		case "invalid":
			t.Pools.Invalid++
		case "void":
			t.Pools.Void++
		}
		return nil
	})
	if err != nil {
		return err
	}
	pot, paid := route.Address("salary").String(), types.Amount{}
	err = eachEvent(ctx, c, "bank", "transfer", t.FinalizedHeight, func(a map[string]string) error {
		if a["from"] != pot {
			return nil
		}
		var amt types.Amount
		err := amt.UnmarshalText([]byte(a["amount"]))
		paid = paid.Add(amt)
		return err
	})
	if err != nil {
		return err
	}
	t.SalaryPaid = paid.Decimal()
	return eachEvent(ctx, c, "evidence", "", t.FinalizedHeight, func(map[string]string) error {
		t.Evidence++
		return nil
	})
}

// eachEvent reads all events of a route, and of a name where that is not
// empty, up to a height.
func eachEvent(ctx context.Context, c *client, routeName, name string, to types.Height, do func(map[string]string) error) error {
	params := map[string]any{"from": 0, "to": to, "route": routeName, "limit": 1000}
	if name != "" {
		params["name"] = name
	}
	for {
		var page struct {
			Value struct {
				Items []struct {
					Event types.Event `json:"event"`
				} `json:"items"`
				Cursor *string `json:"cursor"`
			} `json:"value"`
		}
		if err := c.call(ctx, "chain_getEvents", params, &page); err != nil {
			return err
		}
		for _, it := range page.Value.Items {
			attrs := map[string]string{}
			for _, a := range it.Event.Attrs {
				attrs[a.Key] = a.Value
			}
			if err := do(attrs); err != nil {
				return err
			}
		}
		if page.Value.Cursor == nil {
			return nil
		}
		params["cursor"] = *page.Value.Cursor
	}
}

// print writes the report.
func (t *testnetReport) print(s *streams, asJSON bool) error {
	if asJSON {
		return s.object(t)
	}
	s.printf("%d nodes, height %d, final on all %d, state roots agree: %v\n", t.Nodes, t.Height, t.FinalizedHeight, t.RootsAgree)
	s.printf("%d transactions, %.0f tx/s, finality p50 %.0f ms, p90 %.0f ms, p99 %.0f ms\n", t.TxCommitted, t.TxPerSecond, t.Finality.P50, t.Finality.P90, t.Finality.P99)
	s.printf("pools: %d valid, %d invalid, %d void; %s REP minted, %s $ of salaries paid\n", t.Pools.Valid, t.Pools.Invalid, t.Pools.Void, t.RepMinted, t.SalaryPaid)
	s.printf("evidence %d, forks %d, restarts %d, caught up: %v, at most %.0f MiB a node\n", t.Evidence, t.Forks, t.Restarts, t.CaughtUp, t.PeakRSS)
	addrs := make([]string, 0, len(t.Producers))
	for a := range t.Producers {
		addrs = append(addrs, a)
	}
	sort.Strings(addrs)
	var b strings.Builder
	for _, a := range addrs {
		fmt.Fprintf(&b, "  %s %d blocks\n", a, t.Producers[a])
	}
	s.printf("%s", b.String())
	return nil
}
