package node

import (
	"errors"
	"fmt"

	"probity/chain/exec"
	"probity/chain/route/availability"
	"probity/chain/route/dcert"
	"probity/chain/types"
	"probity/consensus/quorum"
	"probity/node/rpc"
)

// outdated ends a member whose software does not know the law of the blocks to
// come: it has committed all that it can judge, votes for nothing more, and a
// newer program goes on from here.
func (c *Core) outdated() bool {
	err := c.exec.Supports(c.base)
	if err == nil {
		return false
	}
	c.halted = fmt.Errorf("%w: %w", ErrHalted, err)
	c.inputs = nil
	c.log.Error("this software is too old to go on", "event", "outdated", "height", c.Height(), "reason", err)
	return true
}

// signal tells the chain what this member's software can run, while there is a
// plan that it matters for.
func (c *Core) signal() []types.Msg {
	up, ok := availability.Planned(c.base.State)
	if _, seated := availability.Seat(c.base.State, c.account()); !ok || !seated {
		return nil
	}
	known := c.exec.Known
	if said := availability.Signalled(c.base.State, c.account()) >= up.Protocol; said == (known >= up.Protocol) {
		return nil
	}
	return pack("signal", availability.Signal{Protocol: known})
}

// upgrade is where an upgrade stands after the last final block; nil where none
// is planned.
func (c *Core) upgrade() *rpc.Upgrade {
	up, ok := availability.Planned(c.base.State)
	if !ok || c.plan == nil {
		return nil
	}
	out := &rpc.Upgrade{Protocol: up.Protocol, Height: up.Height, Supported: c.exec.Known >= up.Protocol}
	members := c.plan.Roster.Members
	for i := range members {
		if availability.Signalled(c.base.State, members[i].Address) >= up.Protocol {
			out.Signalled += members[i].Weight
		}
	}
	out.Needed = quorum.Threshold(c.plan.Roster.Total())
	out.Ready = out.Signalled >= out.Needed
	return out
}

// governed publishes what is broken and which upgrade is planned.
func (n *Node) governed() {
	n.ops.metrics.SetCircuits(dcert.Open(n.core.base.State))
	up := n.core.upgrade()
	n.upgrade.Store(up)
	if up == nil {
		n.ops.metrics.SetUpgrade(0, 0)
		return
	}
	n.ops.metrics.SetUpgrade(up.Protocol, float64(up.Signalled)/float64(max(n.core.plan.Roster.Total(), 1)))
}

// ended is what Run returns where the member stopped by itself: an outdated
// program is told what to install, whatever its home is.
func ended(home string, err error) error {
	var old *exec.Outdated
	if errors.As(err, &old) {
		return old
	}
	return advise(home, err)
}
