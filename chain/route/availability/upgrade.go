package availability

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/params"
	"probity/chain/state"
	"probity/chain/types"
	"probity/consensus/quorum"
)

// Bounds of an upgrade plan.
const (
	ResetMax = 64 // circuits that an upgrade closes
	ResetLen = 80 // bytes of the name of each
)

// Upgrade plans a protocol version: it is in force from the first epoch that
// starts at or after Height with a quorum of the roster's weight signalling it
// (spec upgrades §2). It replaces a plan that is not active yet.
type Upgrade struct {
	_        struct{}     `cbor:",toarray"`
	Height   types.Height `json:"height"`
	Protocol uint32       `json:"protocol"`
	Reset    []string     `json:"reset"` // circuits that close with it: "bank", "bank/send"
}

// Cancel takes back the plan of just this height and protocol, which is not in
// force yet: a vote on one plan must not end another that has replaced it.
type Cancel struct {
	_        struct{}     `cbor:",toarray"`
	Height   types.Height `json:"height"`
	Protocol uint32       `json:"protocol"`
}

// Signal tells that the sender's node runs all protocols up to one.
type Signal struct {
	_        struct{} `cbor:",toarray"`
	Protocol uint32   `json:"protocol"`
}

// activation is the last upgrade that took effect.
type activation struct {
	_       struct{} `cbor:",toarray"`
	Upgrade Upgrade
	First   types.Height // the first block under it
}

// The regions of upgrades.
var (
	planned   = state.NewValue[Upgrade](state.Region{Route: ID, Number: 13, Name: "upgrade"})
	signals   = state.NewMap[keys.Address, uint32](state.Region{Route: ID, Number: 14, Name: "signals"})
	activated = state.NewValue[activation](state.Region{Route: ID, Number: 15, Name: "activated"})
)

// upgrade stores a plan.
func upgrade(c *route.Ctx, m Upgrade) error {
	if now := params.Version(c); m.Protocol <= now {
		return ErrUpgrade.For(m.Protocol, fmt.Sprintf("more than %d", now))
	}
	if m.Height <= c.Block.Height {
		return ErrUpgrade.With("height %d has passed", m.Height)
	}
	if len(m.Reset) > ResetMax {
		return ErrUpgrade.With("%d circuits to close, at most %d", len(m.Reset), ResetMax)
	}
	for _, url := range m.Reset {
		if url == "" || len(url) > ResetLen {
			return ErrUpgrade.With("a circuit's name has 1 to %d bytes", ResetLen)
		}
	}
	planned.Set(c, m)
	c.Emit("upgrade", "protocol", m.Protocol, "height", m.Height, "reset", len(m.Reset))
	return nil
}

// cancel forgets a plan. Signals stay: they say what software can run.
func cancel(c *route.Ctx, m Cancel) error {
	up, ok := planned.Get(c)
	if !ok || up.Height != m.Height || up.Protocol != m.Protocol {
		return ErrUpgrade.With("there is no plan of protocol %d from height %d", m.Protocol, m.Height)
	}
	planned.Delete(c)
	c.Emit("upgrade_cancelled", "protocol", up.Protocol, "height", up.Height)
	return nil
}

// signal notes what a member's node can run. It may take a signal back.
func signal(c *route.Ctx, m Signal) error {
	if !bench.Has(c, c.Sender) {
		return ErrBench
	}
	if m.Protocol == 0 {
		signals.Delete(c, c.Sender)
	} else {
		signals.Set(c, c.Sender, m.Protocol)
	}
	c.Emit("signal", "address", c.Sender, "protocol", m.Protocol)
	return nil
}

// activate puts a plan in force from the next block on, which is the first of
// epoch e, if the plan's height has come and a quorum of the epoch's roster
// signals it. A quorum and not less: with exactly two thirds the members that
// have the protocol could not go on without the others.
func activate(c *route.Ctx, e types.Epoch) {
	up, ok := planned.Get(c)
	if first := c.Block.Height + 1; !ok || first < up.Height {
		return
	}
	weight, total := signalled(c, e, up.Protocol)
	if weight < quorum.Threshold(total) {
		c.Emit("upgrade_waits", "protocol", up.Protocol, "signalled", weight, "needed", quorum.Threshold(total))
		return
	}
	params.SetVersion(c, up.Protocol)
	planned.Delete(c)
	activated.Set(c, activation{Upgrade: up, First: c.Block.Height + 1})
	c.Emit("upgraded", "protocol", up.Protocol, "first", c.Block.Height+1, "signalled", weight, "total", total)
}

// signalled is the weight of an epoch's roster that signals a protocol, and the
// weight of all of it.
func signalled(r state.Reader, e types.Epoch, protocol uint32) (weight, total types.Weight) {
	roster, _ := rosters.Get(r, e)
	for i := range roster.Members {
		if p, _ := signals.Get(r, roster.Members[i].Address); p >= protocol {
			weight += roster.Members[i].Weight
		}
	}
	return weight, roster.Total()
}

// Planned is the plan that is not in force yet.
func Planned(r state.Reader) (Upgrade, bool) { return planned.Get(r) }

// Activated is the last upgrade that took effect, and the first height under it.
func Activated(r state.Reader) (up Upgrade, first types.Height, ok bool) {
	a, ok := activated.Get(r)
	return a.Upgrade, a.First, ok
}

// Signalled is the highest protocol that an account's node says it runs.
func Signalled(r state.Reader, a keys.Address) uint32 {
	p, _ := signals.Get(r, a)
	return p
}

// ExitDelay is for how many heights locks and bonds outlast what they were for.
func ExitDelay(c *route.Ctx) types.Height { return exitDelay(c) }

// UpgradeState is where an upgrade stands.
type UpgradeState struct {
	Protocol  uint32         `json:"protocol"`  // in force
	Plan      *Upgrade       `json:"plan"`      // null: none waits
	Signalled types.Weight   `json:"signalled"` // of the running epoch's roster, for the plan
	Needed    types.Weight   `json:"needed"`
	Ready     bool           `json:"ready"`   // signalled by enough
	Waiting   []keys.Address `json:"waiting"` // members that do not signal it
	Last      *Upgrade       `json:"last"`    // the last that took effect
	Since     types.Height   `json:"since"`   // from which height on
}

func upgradeState(c *route.Ctx, _ None) (UpgradeState, error) {
	out := UpgradeState{Protocol: params.Version(c), Waiting: []keys.Address{}}
	if up, first, ok := Activated(c); ok {
		out.Last, out.Since = &up, first
	}
	up, ok := planned.Get(c)
	if !ok {
		return out, nil
	}
	var total types.Weight
	out.Plan = &up
	out.Signalled, total = signalled(c, c.Block.Epoch, up.Protocol)
	out.Needed = quorum.Threshold(total)
	out.Ready = out.Signalled >= out.Needed
	r, _ := rosters.Get(c, c.Block.Epoch)
	for i := range r.Members {
		if a := r.Members[i].Address; Signalled(c, a) < up.Protocol {
			out.Waiting = append(out.Waiting, a)
		}
	}
	return out, nil
}
