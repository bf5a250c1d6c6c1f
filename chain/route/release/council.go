package release

import (
	"slices"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/state"
	"probity/chain/types"
)

// memberOf finds a member of the council and his college: everybody is in one.
func memberOf(r state.Reader, a keys.Address) (College, member, bool) {
	if m, ok := members.Get(r, memberKey{Activists, a}); ok {
		return Activists, m, true
	}
	m, ok := members.Get(r, memberKey{Technologists, a})
	return Technologists, m, ok
}

// helped reports whether representatives stand in for members of a college when
// somebody is admitted to it: during inception (R27), and after it where the
// college has fewer members than the endorsements asked for, so that it could
// never have a new one (A-R7).
func helped(c *route.Ctx, s *summary, college College) bool {
	return !s.Over || s.size(college) < Endorsements.Get(c)
}

// endorses reports whether an account may endorse for a college now.
func endorses(c *route.Ctx, s *summary, college College, a keys.Address) bool {
	return members.Has(c, memberKey{college, a}) || isCTR(c, a) && helped(c, s, college)
}

// applyFor asks for admission; anyone may (R30).
func applyFor(c *route.Ctx, m Apply) error {
	if !m.College.Valid() {
		return ErrForm.With("college %d, want activists or technologists", m.College)
	}
	if _, _, ok := memberOf(c, c.Sender); ok {
		return ErrTwice.With("a member of one college cannot apply")
	}
	if old, ok := applications.Get(c, c.Sender); ok && old.Expires > c.Block.Time {
		return ErrTwice.With("an application is open")
	}
	a := application{College: m.College, Expires: c.Block.Time + types.Time(AdmissionExpiry.Get(c))}
	applications.Set(c, c.Sender, a)
	schedule(c, a.Expires, dueApplication, subject(c.Sender))
	c.Emit("applied", "address", c.Sender, "college", m.College.String())
	return nil
}

// open reads an application that is not too old.
func applied(c *route.Ctx, who keys.Address) (application, error) {
	a, ok := applications.Get(c, who)
	switch {
	case !ok || a.Expires <= c.Block.Time:
		return a, ErrUnknown.With("%s has no open application", who)
	case who == c.Sender:
		return a, ErrOwn
	}
	return a, nil
}

// sponsor opens the admission (R31): it cannot end before
// release.admission_delay has passed (R33).
func sponsor(c *route.Ctx, m Member) error {
	s, _ := overview.Get(c)
	a, err := applied(c, m.Address)
	if err != nil {
		return err
	}
	_, _, ccm := memberOf(c, c.Sender)
	switch {
	case !ccm && !(isCTR(c, c.Sender) && helped(c, &s, a.College)):
		return ErrRole.With("a member of the council sponsors; representatives only during inception or for a college too small")
	case !a.Sponsor.IsZero():
		return ErrTwice.With("%s sponsors it", a.Sponsor)
	}
	a.Sponsor = c.Sender
	a.Earliest = c.Block.Time + types.Time(AdmissionDelay.Get(c))
	a.Expires = c.Block.Time + types.Time(AdmissionExpiry.Get(c))
	applications.Set(c, m.Address, a)
	schedule(c, a.Expires, dueApplication, subject(m.Address))
	c.Emit("sponsored", "address", m.Address, "by", c.Sender, "earliest", uint64(a.Earliest))
	return nil
}

// endorse backs an application (R32). The sponsor may too, if he is entitled
// (A-R6); who has vetoed may not.
func endorse(c *route.Ctx, m Member) error {
	s, _ := overview.Get(c)
	a, err := applied(c, m.Address)
	switch {
	case err != nil:
		return err
	case a.Sponsor.IsZero():
		return ErrStage.With("nobody has sponsored it")
	case !endorses(c, &s, a.College, c.Sender):
		return ErrRole.With("members of the college endorse; representatives only during inception or for a college too small")
	case slices.Contains(a.Endorsed, c.Sender) || slices.Contains(a.Vetoed, c.Sender):
		return ErrTwice
	}
	a.Endorsed = append(a.Endorsed, c.Sender)
	applications.Set(c, m.Address, a)
	c.Emit("endorsed", "address", m.Address, "by", c.Sender)
	return nil
}

// veto is against an application; the second one rejects it (R34). Only accounts
// that neither sponsored nor endorsed it count (A-R5); representatives may, also
// after inception (R29).
func veto(c *route.Ctx, m Member) error {
	a, err := applied(c, m.Address)
	switch {
	case err != nil:
		return err
	case a.Sponsor.IsZero():
		return ErrStage.With("nobody has sponsored it")
	case !isVoice(c, c.Sender):
		return ErrRole.With("members of the council and representatives veto")
	case a.Sponsor == c.Sender || slices.Contains(a.Endorsed, c.Sender):
		return ErrOwn.With("who sponsored or endorsed cannot veto")
	case slices.Contains(a.Vetoed, c.Sender):
		return ErrTwice
	}
	a.Vetoed = append(a.Vetoed, c.Sender)
	applications.Set(c, m.Address, a)
	c.Emit("vetoed", "address", m.Address, "by", c.Sender)
	if vetoes(c, &a) >= Vetoes.Get(c) {
		applications.Delete(c, m.Address)
		c.Emit("application_rejected", "address", m.Address)
	}
	return nil
}

// vetoes counts those of accounts that are still entitled to one.
func vetoes(c *route.Ctx, a *application) uint64 {
	return standing(a.Vetoed, func(v keys.Address) bool { return isVoice(c, v) })
}

// admit takes an applicant in; anyone may call it when it is time. Endorsements
// are counted by what their authors are entitled to now: those of
// representatives lapse with the inception.
func admit(c *route.Ctx, m Member) error {
	s, _ := overview.Get(c)
	a, ok := applications.Get(c, m.Address)
	count := standing(a.Endorsed, func(e keys.Address) bool { return endorses(c, &s, a.College, e) })
	switch {
	case !ok || a.Expires <= c.Block.Time:
		return ErrUnknown.With("%s has no open application", m.Address)
	case a.Sponsor.IsZero():
		return ErrStage.With("nobody has sponsored it")
	case c.Block.Time < a.Earliest:
		return ErrEarly.For(c.Block.Time, a.Earliest)
	case count < Endorsements.Get(c):
		return ErrAdmission.For(count, Endorsements.Get(c))
	case vetoes(c, &a) >= Vetoes.Get(c):
		return ErrAdmission.With("%d vetoes", vetoes(c, &a))
	case s.size(a.College) >= CouncilMax.Get(c):
		return ErrFull.For(s.size(a.College), CouncilMax.Get(c))
	}
	applications.Delete(c, m.Address)
	seatMember(c, a.College, m.Address)
	return nil
}

// seatMember makes somebody a member, and ends the inception for good when both
// colleges are large enough (R28).
func seatMember(c *route.Ctx, college College, a keys.Address) {
	s, _ := overview.Get(c)
	s.Sequence++
	members.Set(c, memberKey{college, a}, member{Sequence: s.Sequence, Since: c.Block.Time})
	if college == Activists {
		s.Activists++
	} else {
		s.Technologists++
	}
	c.Emit("admitted", "address", a, "college", college.String(), "sequence", s.Sequence)
	least := InceptionSize.Get(c)
	ends := !s.Over && s.Activists >= least && s.Technologists >= least
	s.Over = s.Over || ends
	overview.Set(c, s)
	if ends {
		c.Emit("inception_over", "activists", s.Activists, "technologists", s.Technologists)
	}
	warnTwoRoles(c, &s, a)
}

// warnTwoRoles tells of somebody who is both a representative and a member once
// the council is large enough not to need it (R37). It is allowed.
func warnTwoRoles(c *route.Ctx, s *summary, a keys.Address) {
	if _, _, ok := memberOf(c, a); ok && s.Over && isCTR(c, a) {
		c.Emit("two_roles", "address", a)
	}
}

// leave ends the sender's membership (R38). To come back he is admitted again
// (R39).
func leave(c *route.Ctx, _ Leave) error {
	college, _, ok := memberOf(c, c.Sender)
	if !ok {
		return ErrRole.With("not a member of the council")
	}
	unseat(c, college, c.Sender, "left")
	return nil
}

func unseat(c *route.Ctx, college College, a keys.Address, how string) {
	s, _ := overview.Get(c)
	members.Delete(c, memberKey{college, a})
	petitions.Delete(c, petitionKey{revokeInactive, subject(a)})
	if college == Activists {
		s.Activists--
	} else {
		s.Technologists--
	}
	overview.Set(c, s)
	c.Emit("member_out", "address", a, "college", college.String(), "how", how)
}
