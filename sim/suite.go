package sim

import "probity/chain/escrow"

// suite is the escrow of salts: the real one where signatures are real, the
// ideal one where speed matters.
func (c *Config) suite() escrow.Suite {
	if c.Real {
		return escrow.DHPVSS
	}
	return escrow.Ideal{}
}
