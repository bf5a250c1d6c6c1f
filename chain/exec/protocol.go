package exec

import (
	"fmt"
	"strconv"

	"probity/chain/types"
)

// protocol is the highest protocol version whose law this package is. It is a
// string so that the linker can set it (-X probity/chain/exec.protocol=2): the
// same law under another number is another program, which is all that a test of
// upgrades needs.
var protocol = "1"

// Protocol is the highest protocol version that this software executes.
func Protocol() uint32 {
	v, err := strconv.ParseUint(protocol, 10, 32)
	if err != nil || v == 0 {
		panic("exec: protocol " + strconv.Quote(protocol) + " was set by the linker")
	}
	return uint32(v)
}

// Outdated is returned where the state says that blocks follow a protocol which
// this software does not know. It is no verdict on a block: the software ends
// where its law ends.
type Outdated struct {
	Protocol uint32       // in force
	From     types.Height // of the next block
	Known    uint32       // the highest that this software executes
}

// Error is one line that says what to install.
func (e *Outdated) Error() string {
	return fmt.Sprintf("protocol %d is in force from height %d on and this software knows up to %d: install a release that knows protocol %d and start again",
		e.Protocol, e.From, e.Known, e.Protocol)
}

// Supports is nil where this software can execute blocks on p, and *Outdated
// where their protocol is a later one.
func (x *Exec) Supports(p Parent) error {
	if v := x.Version(p); v > x.Known {
		return &Outdated{Protocol: v, From: p.Header.Height + 1, Known: x.Known}
	}
	return nil
}
