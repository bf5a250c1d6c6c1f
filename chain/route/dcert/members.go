package dcert

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/state"
	"probity/chain/types"
)

// DescriptionMax bounds what a member says of itself, in bytes.
const DescriptionMax = 1024

// Accept takes the seat that the sender has been elected to (D7).
type Accept struct {
	_ struct{} `cbor:",toarray"`
}

// Leave gives up the sender's seat, or its place in the queue.
type Leave struct {
	_ struct{} `cbor:",toarray"`
}

// Describe says what people should know of the sender, a member.
type Describe struct {
	_    struct{} `cbor:",toarray"`
	Text string   `json:"text"`
}

// accept admits an eligible candidate: at once into a group that is not full
// (A-D9), else in the place of the lowest member that it is strictly ahead of,
// after the stabilization period (D9–D13).
func accept(c *route.Ctx, _ Accept) error {
	a := c.Sender
	have, need := bonded(c, a), Bond.Amount(c)
	switch {
	case halted(c):
		return ErrHalted
	case members.Has(c, a):
		return ErrAlready
	case outOfOffice(c, a):
		return ErrSuspended.With("%s was suspended or revoked when it lost its seat", a)
	case have.Less(need):
		return ErrBond.For(have, need)
	case votes(c, a).IsZero():
		return ErrEligible.With("no counted preference is for %s", a)
	}
	if place, most := rank(c, a)+1, MembersMax.Get(c); place > most {
		return ErrEligible.For(place, most)
	}
	queued, waits := queuedFor(c, a)
	if room(c) {
		if waits {
			queue.Delete(c, queued)
		}
		admit(c, a)
		return nil
	}
	if waits {
		return ErrQueued
	}
	out, found := lowest(c, func(m keys.Address) bool { return !queue.Has(c, m) })
	if !found {
		return ErrQueued.With("every member has somebody waiting for its seat")
	}
	if mine, theirs := votes(c, a), votes(c, out); !theirs.Less(mine) {
		return ErrAhead.For(mine, "more than "+theirs.String())
	}
	wait := types.Time(Stabilization.Get(c))
	if wait == 0 {
		remove(c, out, "replaced")
		admit(c, a)
		return nil
	}
	queue.Set(c, out, entry{Newcomer: a, At: c.Block.Time + wait})
	c.Emit("queued", "newcomer", a, "outgoing", out, "at", uint64(c.Block.Time+wait))
	return nil
}

// size is how many members there are.
func size(r state.Reader) (n uint64) {
	members.Range(r, func(keys.Address, member) bool { n++; return true })
	return n
}

func room(c *route.Ctx) bool { return size(c) < MembersMax.Get(c) }

// queuedFor is the member whose seat a newcomer waits for.
func queuedFor(r state.Reader, newcomer keys.Address) (out keys.Address, found bool) {
	queue.Range(r, func(m keys.Address, e entry) bool {
		out, found = m, e.Newcomer == newcomer
		return !found
	})
	return out, found
}

// admit gives a seat, each with a new number (D8).
func admit(c *route.Ctx, a keys.Address) {
	n, _ := sequence.Get(c)
	n++
	sequence.Set(c, n)
	members.Set(c, a, member{Sequence: n, Since: c.Block.Height})
	c.Emit("admitted", "member", a, "sequence", n)
}

// remove takes a seat. The bond stays where it is until it is withdrawn; votes
// to suspend the member are forgotten with its seat.
func remove(c *route.Ctx, a keys.Address, cause string) {
	m, ok := members.Get(c, a)
	if !ok {
		return
	}
	members.Delete(c, a)
	dismiss(c, a, m, cause)
	forgetBallots(c, suspensionOf(a))
	c.Emit("removed", "member", a, "sequence", m.Sequence, "cause", cause)
}

// leave revokes the sender itself: it gives up its seat, or what it accepted.
func leave(c *route.Ctx, _ Leave) error {
	if members.Has(c, c.Sender) {
		remove(c, c.Sender, "left")
		return nil
	}
	out, waits := queuedFor(c, c.Sender)
	if !waits {
		return ErrMember
	}
	queue.Delete(c, out)
	c.Emit("withdrawn", "newcomer", c.Sender, "outgoing", out)
	return nil
}

// acting is the refusal of who may not act as a member now (D19, D21, D24).
func acting(c *route.Ctx) error {
	m, ok := members.Get(c, c.Sender)
	switch {
	case !ok:
		return ErrMember
	case halted(c):
		return ErrHalted
	case m.Suspended != 0:
		return ErrSuspended
	}
	return nil
}

func describe(c *route.Ctx, m Describe) error {
	if err := acting(c); err != nil {
		return err
	}
	if n := len(m.Text); n > DescriptionMax || !utf8.ValidString(m.Text) {
		return ErrSize.For(n, DescriptionMax)
	}
	texts.Set(c, c.Sender, m.Text)
	c.Emit("described", "member", c.Sender)
	return nil
}

// start is the genesis section: members that need no election, since nobody has
// voted yet. Their bonds are their own.
type start struct {
	Members []struct {
		Account keys.Address `json:"account"`
		Bond    types.Amount `json:"bond"`
	} `json:"members"`
}

// genesis admits the first members, and writes the count of open circuits so
// that every guard finds it.
func genesis(c *route.Ctx, section json.RawMessage) error {
	broken.Set(c, 0)
	var in start
	if section == nil {
		return nil
	}
	if err := route.ReadJSON(section, &in); err != nil {
		return err
	}
	return found(c, in)
}

// found admits the members of the genesis section.
func found(c *route.Ctx, in start) error {
	for i, s := range in.Members {
		if members.Has(c, s.Account) {
			return seatError(i, ErrAlready)
		}
		if !room(c) {
			return seatError(i, ErrEligible.For(i+1, MembersMax.Get(c)))
		}
		of := c.Aside()
		of.Sender = s.Account
		if err := place(of, BondFor{Member: s.Account, Amount: s.Bond}); err != nil {
			return seatError(i, err)
		}
		c.Settle(of)
		if have := bonded(c, s.Account); have.Less(Bond.Amount(c)) {
			return seatError(i, ErrBond.For(have, Bond.Amount(c)))
		}
		admit(c, s.Account)
	}
	return nil
}

func seatError(i int, err error) error { return fmt.Errorf("members[%d]: %w", i, err) }

// begin closes what an upgrade that takes effect with this block lists, and
// what is open for longer than governance lets it.
func begin(c *route.Ctx) error {
	if n, _ := broken.Get(c); n == 0 {
		return nil
	}
	if up, at, ok := availability.Activated(c); ok && at == c.Block.Height {
		for _, url := range up.Reset {
			closeCircuit(c, url, "upgrade")
		}
	}
	if term := types.Time(Expiry.Get(c)); term > 0 {
		circuits.Range(c, func(url string, k circuit) bool {
			if c.Block.Time >= k.Since+term {
				closeCircuit(c, url, "expired")
			}
			return true
		})
	}
	return nil
}

// end does what time brings. Admissions and pay rest while the group is halted.
func end(c *route.Ctx) {
	complete(c)
	members.Range(c, func(a keys.Address, _ member) bool {
		assess(c, a)
		return true
	})
	lapse(c)
	if !halted(c) {
		swap(c)
		shrink(c)
		pay(c)
	}
	tally(c)
}

// swap performs entries of the queue that are due (A-D8): at once where the
// seat has become free or there is another; at maturity where the newcomer is
// still bonded and strictly ahead.
func swap(c *route.Ctx) {
	queue.Range(c, func(out keys.Address, e entry) bool {
		free := !members.Has(c, out)
		if !free && c.Block.Time < e.At {
			return true
		}
		queue.Delete(c, out)
		ready := !members.Has(c, e.Newcomer) && !bonded(c, e.Newcomer).Less(Bond.Amount(c))
		switch {
		case ready && room(c):
			admit(c, e.Newcomer)
		case ready && !free && votes(c, out).Less(votes(c, e.Newcomer)):
			remove(c, out, "replaced")
			admit(c, e.Newcomer)
		default:
			c.Emit("dropped", "newcomer", e.Newcomer, "outgoing", out)
		}
		return true
	})
}

// shrink removes the lowest members of a group that has more than its seats.
func shrink(c *route.Ctx) {
	for size(c) > MembersMax.Get(c) {
		out, _ := lowest(c, func(keys.Address) bool { return true })
		remove(c, out, "replaced")
	}
}

// pay gives each active member its stipend, all the same, as far as the
// treasury reaches (D29).
func pay(c *route.Ctx) {
	each := Stipend.Amount(c)
	if each.IsZero() {
		return
	}
	team := active(c)
	if len(team) == 0 {
		return
	}
	each = each.Min(bank.Balance(c, bank.Treasury).ShareDown(1, uint64(len(team))))
	if each.IsZero() {
		return
	}
	for _, a := range team {
		if err := bank.Transfer(c, bank.Treasury, a, each); err != nil {
			panic("dcert: stipends exceed the treasury: " + err.Error())
		}
	}
}

// active lists the members who are not suspended, in order of addresses.
func active(r state.Reader) (out []keys.Address) {
	members.Range(r, func(a keys.Address, m member) bool {
		if m.Suspended == 0 {
			out = append(out, a)
		}
		return true
	})
	return out
}
