package oracle

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// start is the genesis section.
type start struct {
	Implementations []struct {
		Duty   Duty         `json:"duty"`
		Name   string       `json:"name"`
		Author keys.Address `json:"author"`
		Source string       `json:"source"`
	} `json:"implementations"`
	Members []struct {
		Address    keys.Address `json:"address"`
		Watchtower []string     `json:"watchtower"`
		Treegen    []string     `json:"treegen"`
	} `json:"members"`
}

// genesis seats the first members, whose bonds they must have as wREP.
func genesis(c *route.Ctx, section json.RawMessage) error {
	var in start
	if section != nil {
		if err := route.ReadJSON(section, &in); err != nil {
			return err
		}
	}
	for i, p := range in.Implementations {
		c.Sender = p.Author
		if err := publish(c, Publish{Duty: p.Duty, Name: p.Name, Source: p.Source}); err != nil {
			return fmt.Errorf("implementations[%d]: %w", i, err)
		}
	}
	for i, m := range in.Members {
		err := admit(c, m.Address)
		if err == nil {
			c.Sender = m.Address
			err = declare(c, Declare{Watchtower: m.Watchtower, Treegen: m.Treegen})
		}
		if err != nil {
			return fmt.Errorf("members[%d]: %w", i, err)
		}
	}
	return nil
}

// count is the number of seats.
func count(c *route.Ctx) uint64 {
	n, _ := seatCount.Get(c)
	return n
}

// admit seats a member with its bond (OF10).
func admit(c *route.Ctx, a keys.Address) error {
	if members.Has(c, a) {
		return ErrSeated
	}
	n := count(c)
	if n >= SeatsMax {
		return ErrFull.For(n+1, SeatsMax)
	}
	bond := Bond.Amount(c)
	if err := rep.Expose(c, a, bondRef, bond); err != nil {
		return err
	}
	members.Set(c, a, member{Joined: c.Block.Time, Bond: bond, Watchtower: []string{}, Treegen: []string{}})
	seatCount.Set(c, n+1)
	invitations.Delete(c, a)
	c.Emit("joined", "member", a, "bond", bond)
	return nil
}

// remove ends a seat. fine of the bond burns, the rest is free again.
func remove(c *route.Ctx, a keys.Address, fine types.Amount, cause string) {
	bond := rep.Release(c, a, bondRef)
	fine = rep.Slash(c, a, fine.Min(bond), "oracle/"+cause)
	members.Delete(c, a)
	seatCount.Set(c, count(c)-1)
	for k := Contribution; k <= Salary; k++ {
		seen.Delete(c, seenKey{a, k})
	}
	c.Emit("removed", "member", a, "cause", cause, "fine", fine, "refund", bond.Sub(fine))
}

func join(c *route.Ctx, _ None) error {
	open, _ := registerOpen.Get(c)
	if until, ok := invitations.Get(c, c.Sender); !open && (!ok || until <= c.Block.Time) {
		return ErrInvited
	}
	return admit(c, c.Sender)
}

// recoverJoin keeps the register alive when its members are gone (OF12).
func recoverJoin(c *route.Ctx, _ None) error {
	if n, least := count(c), MembersMin.Get(c); n >= least {
		return ErrFull.With("%d members are enough: join by invitation", n).For(n, fmt.Sprintf("less than %d", least))
	}
	return admit(c, c.Sender)
}

func leave(c *route.Ctx, _ None) error {
	m, ok := members.Get(c, c.Sender)
	switch n := count(c); {
	case !ok:
		return ErrMember
	case m.LeaveBy <= c.Block.Time:
		return ErrProposal.With("the members have not agreed to this leave, or too long ago: propose it")
	case n <= MembersMin.Get(c):
		return ErrFull.With("only %d members are left: another has to join first", n)
	case m.Since != 0:
		return ErrChallenge.With("answer the challenge first")
	}
	remove(c, c.Sender, types.Amount{}, "left")
	return nil
}

func setRegister(c *route.Ctx, m Register) error {
	if m.Open {
		registerOpen.Set(c, true)
	} else {
		registerOpen.Delete(c)
	}
	c.Emit("register", "open", m.Open)
	return nil
}

func dismiss(c *route.Ctx, m Dismiss) error {
	if !members.Has(c, m.Member) {
		return ErrMember.With("%s is no member", m.Member)
	}
	remove(c, m.Member, m.Fine, "dismissed")
	return nil
}

func publish(c *route.Ctx, m Publish) error {
	if m.Duty != Watchtower && m.Duty != Treegen || !named(m.Name) || len(m.Source) > LocatorLen {
		return ErrForm.With("an implementation is of a duty, has a name of 1 to %d bytes and a source of at most %d", NameLen, LocatorLen)
	}
	k := program{m.Duty, m.Name}
	if old, ok := implementations.Get(c, k); ok && old.Author != c.Sender {
		return ErrTaken.For(c.Sender, old.Author)
	}
	implementations.Set(c, k, implementation{Author: c.Sender, Source: m.Source})
	c.Emit("implementation", "duty", m.Duty.String(), "name", m.Name, "author", c.Sender)
	return nil
}

func declare(c *route.Ctx, m Declare) error {
	seat, ok := members.Get(c, c.Sender)
	if !ok {
		return ErrMember
	}
	for _, list := range [][]string{m.Watchtower, m.Treegen} {
		if len(list) > ImplementationsMax {
			return ErrForm.With("%d implementations of one duty, at most %d", len(list), ImplementationsMax)
		}
		for i, name := range list {
			if !named(name) || contains(list[:i], name) {
				return ErrForm.With("%.40q is no name of an implementation, or stands twice", name)
			}
		}
	}
	seat.Watchtower, seat.Treegen = filled(m.Watchtower), filled(m.Treegen)
	members.Set(c, c.Sender, seat)
	c.Emit("declared", "member", c.Sender, "watchtower", fmt.Sprint(seat.Watchtower), "treegen", fmt.Sprint(seat.Treegen))
	return nil
}

// named reports whether a text can name an implementation.
func named(s string) bool {
	if s == "" || len(s) > NameLen || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r <= ' ' || r == 0x7f {
			return false
		}
	}
	return true
}

func contains[T comparable](list []T, x T) bool {
	for i := range list {
		if list[i] == x {
			return true
		}
	}
	return false
}

// filled is a list that is not nil, which has no byte form of its own.
func filled(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
