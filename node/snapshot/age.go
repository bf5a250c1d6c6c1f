package snapshot

import (
	"fmt"
	"math"
	"time"

	"probity/chain/exec"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/params"
	"probity/chain/state"
	"probity/chain/types"
)

// A checkpoint is trusted only while those who signed its block have something
// to lose: until the exit delay of 2 epochs and the evidence window has passed,
// which is counted in blocks. No peer's word is taken for how many blocks there
// are: blocks are at least block.interval apart, so within age / interval there
// were no more than that many (spec snapshot §4).

// genesisDelay is the exit delay in time by the genesis file, before there is a
// state to read.
func (f *fetch) genesisDelay() types.Time {
	x, err := exec.New(f.Table, f.Genesis)
	if err != nil {
		return math.MaxInt64
	}
	result, err := x.Genesis()
	if err != nil {
		return math.MaxInt64
	}
	mem := state.NewMemory()
	mem.Commit(result.Changes)
	return f.stateDelay(state.NewBase(mem))
}

// stateDelay is the exit delay in time by the parameters that a state has.
func (f *fetch) stateDelay(r state.Reader) types.Time {
	p, err := params.Load(r, f.Table)
	if err != nil {
		return 0
	}
	return exitDelay(p)
}

// exitDelay is 2 epochs and the evidence window, each block at its least time.
func exitDelay(p *route.Params) types.Time {
	blocks := 2*p.Get(params.EpochBlocks) + p.Get(availability.EvidenceWindow)
	interval := p.Get(params.BlockInterval)
	if blocks > math.MaxInt64/max(interval, 1) {
		return math.MaxInt64
	}
	return types.Time(blocks * interval)
}

// young refuses a checkpoint that the exit delay has passed.
func (f *fetch) young(at, delay types.Time) error {
	if f.Now > at && f.Now-at > delay {
		return fmt.Errorf("%w: its block was made %v ago and members may leave after %v: take a newer one from somebody you trust", ErrOld, span(f.Now-at), span(delay))
	}
	return nil
}

func span(ms types.Time) time.Duration {
	return (time.Duration(min(ms, math.MaxInt64/1_000_000)) * time.Millisecond).Round(time.Second)
}
