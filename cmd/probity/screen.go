package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"probity/chain/types"
)

// screen shows a running network: on a terminal one live line for each node,
// elsewhere a line every ten seconds.
type screen struct {
	run    *rounds
	live   bool
	lines  int // drawn last
	last   time.Time
	shares []string // of REP
	asked  time.Time
}

func newScreen(r *rounds) *screen {
	_, tty := terminal(r.streams.err)
	return &screen{run: r, live: tty && !r.options.headless, last: time.Now(), shares: make([]string, len(r.network.members))}
}

// drawEvery is the time between two pictures.
const drawEvery = 250 * time.Millisecond

// draw shows the present state, where it is time.
func (s *screen) draw() {
	every := lineEvery
	if s.live {
		every = drawEvery
	}
	if time.Since(s.last) < every {
		return
	}
	s.last = time.Now()
	if !s.live {
		if !s.run.options.headless || s.run.options.blocks > 0 {
			s.run.streams.notef("%s", s.run.line())
		}
		return
	}
	s.ask()
	s.erase()
	lines := s.run.lines(s.shares)
	s.lines = len(lines)
	fmt.Fprint(s.run.streams.err, strings.Join(lines, "\n")+"\n")
}

// note writes a line that stays.
func (s *screen) note(text string) {
	s.erase()
	s.run.streams.notef("%s", text)
}

// erase takes the last picture away.
func (s *screen) erase() {
	if s.lines > 0 {
		fmt.Fprintf(s.run.streams.err, "\x1b[%dA\x1b[J", s.lines)
		s.lines = 0
	}
}

func (s *screen) end() { s.lines = 0 }

// ask refreshes the shares of REP, which change slowly.
func (s *screen) ask() {
	if time.Since(s.asked) < 2*time.Second {
		return
	}
	s.asked = time.Now()
	ctx, stop := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer stop()
	if shares, err := s.run.repShares(ctx); err == nil {
		s.shares = shares
	}
}

// lines is the picture: one line for each node.
func (r *rounds) lines(shares []string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := []string{fmt.Sprintf("%-7s %9s %12s %9s %9s %8s", "", "height", "finality", "produced", "REP", "tx/s")}
	for i, m := range r.network.members {
		s := &r.seen[i]
		out = append(out, fmt.Sprintf("%-7s %9d %9d ms %9d %9s %8.0f",
			m.name(), s.height, s.finality.Milliseconds(), r.blocks[i], shares[i], s.rate()))
	}
	return out
}

// line is the whole network in one line.
func (r *rounds) line() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var heights []string
	best := 0.0
	for i := range r.seen {
		heights = append(heights, fmt.Sprint(r.seen[i].height))
		best = max(best, r.seen[i].rate())
	}
	goal := ""
	if n := types.Height(r.options.blocks); n > 0 {
		goal = fmt.Sprintf(" of %d", n)
	}
	return fmt.Sprintf("final heights %s%s, %.0f tx/s", strings.Join(heights, " "), goal, best)
}

// rate is the transactions a second of the last while.
func (s *sight) rate() float64 {
	if len(s.txs) < 2 {
		return 0
	}
	n := 0
	for _, t := range s.txs[1:] {
		n += t.n
	}
	span := s.txs[len(s.txs)-1].at.Sub(s.txs[0].at).Seconds()
	if span <= 0 {
		return 0
	}
	return float64(n) / span
}

// repShares are the members' parts of all wREP, as percentages.
func (r *rounds) repShares(ctx context.Context) ([]string, error) {
	c, err := newClient(r.network.members[0].url(), 1)
	if err != nil {
		return nil, err
	}
	defer c.close()
	total, err := repSupply(ctx, c)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(r.network.members))
	for i, m := range r.network.members {
		var acc struct {
			Value struct {
				WREP types.Amount `json:"wrep"`
			} `json:"value"`
		}
		if err := c.call(ctx, "rep_get", map[string]any{"address": m.address}, &acc); err != nil {
			return nil, err
		}
		ppm, _ := acc.Value.WREP.ShareDown(1_000_000, max(total.Supply.WholeDown(), 1)).Uint64()
		out[i] = fmt.Sprintf("%.3f %%", float64(ppm)/1e9/1e4)
	}
	return out, nil
}

// repTotals is what rep_supply answers of a book.
type repTotals struct {
	Book   json.RawMessage `json:"book"`
	Supply types.Amount    `json:"supply"`
	Minted types.Amount    `json:"minted"`
}

// repSupply is all wREP, the first of the books.
func repSupply(ctx context.Context, c *client) (repTotals, error) {
	var all struct {
		Value []repTotals `json:"value"`
	}
	if err := c.call(ctx, "rep_supply", nil, &all); err != nil {
		return repTotals{}, err
	}
	if len(all.Value) == 0 {
		return repTotals{}, fmt.Errorf("rep_supply answered no book")
	}
	return all.Value[0], nil
}
