package dcert

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/state"
	"probity/chain/types"
)

// dismiss keeps what an account that loses its seat is still held to. If it sat
// when a trip took effect, or leaves while a proposal to disband the group is
// open, a disband reaches it for as long as what it withdraws can be slashed: who
// leaves in time would otherwise go free (D23, D28). If it was suspended, or
// governance has revoked it, it does not come back by accepting at once (D1, D19).
func dismiss(c *route.Ctx, a keys.Address, m member, cause string) {
	if cause == "disbanded" {
		formers.Delete(c, a)
		return
	}
	f, _ := formers.Get(c, a)
	if halted(c) || trippedSince(c, m.Since) {
		f.Answers = max(f.Answers, c.Block.Height+availability.ExitDelay(c))
		c.Emit("answers", "member", a, "until", f.Answers)
	}
	f.Suspended = m.Suspended
	if cause == "revoked" {
		f.Suspended = c.Block.Time // else it would be back with the next transaction
	}
	if f != (former{}) {
		formers.Set(c, a, f)
	}
}

// trippedSince reports whether a trip has taken effect at a height or later.
func trippedSince(r state.Reader, h types.Height) bool {
	n, _ := lastTrip.Get(r)
	t, ok := trips.Get(r, n)
	return ok && t.Height >= h
}

// outOfOffice reports whether an account lost its seat while it was suspended, or
// by a revocation, and that has not lapsed.
func outOfOffice(c *route.Ctx, a keys.Address) bool {
	f, _ := formers.Get(c, a)
	return f.Suspended != 0 && !lapsed(c, a, f.Suspended)
}

// forgive ends the suspension that an account took along.
func forgive(c *route.Ctx, a keys.Address) {
	f, ok := formers.Get(c, a)
	if !ok {
		return
	}
	if f.Suspended = 0; f == (former{}) {
		formers.Delete(c, a)
	} else {
		formers.Set(c, a, f)
	}
}

// reach slashes, as the group is disbanded, those who have lost their seats and
// still answer for what it did.
func reach(c *route.Ctx, part types.PPM) {
	formers.Range(c, func(a keys.Address, f former) bool {
		if f.Answers < c.Block.Height {
			return true
		}
		formers.Delete(c, a)
		burned := burn(c, a, part)
		c.Emit("slashed", "member", a, "ppm", part, "burned", burned)
		assess(c, a)
		return true
	})
}

// forget drops, at a boundary, what nobody is held to any more.
func forget(c *route.Ctx) {
	formers.Range(c, func(a keys.Address, f former) bool {
		if f.Answers < c.Block.Height && !outOfOffice(c, a) {
			formers.Delete(c, a)
		}
		return true
	})
}
