package release

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// grantAuditor signs the appointment of an official auditor (R46).
func grantAuditorTo(c *route.Ctx, m Member) error {
	a, _ := auditors.Get(c, m.Address)
	s, _ := overview.Get(c)
	switch {
	case !isSigner(c, c.Sender):
		return ErrRole.With("representatives and technologists appoint auditors")
	case a.Active:
		return ErrTwice.With("%s is an official auditor", m.Address)
	case s.Auditors >= AuditorsMax.Get(c):
		return ErrFull.For(s.Auditors, AuditorsMax.Get(c))
	}
	by, done, err := sign(c, petitionKey{grantAuditor, subject(m.Address)}, AuditorSignatures.Get(c), 0,
		func(a keys.Address) bool { return isSigner(c, a) })
	if err != nil {
		return err
	}
	c.Emit("auditor_signed", "address", m.Address, "by", c.Sender, "signatures", len(by))
	if done {
		appointAuditor(c, m.Address)
	}
	return nil
}

// appointAuditor makes somebody an official auditor. Reports of an earlier
// appointment do not count for the new one.
func appointAuditor(c *route.Ctx, a keys.Address) {
	s, _ := overview.Get(c)
	s.Auditors++
	s.Sequence++
	overview.Set(c, s)
	auditors.Set(c, a, auditor{Sequence: s.Sequence, Active: true, Since: c.Block.Time})
	c.Emit("auditor", "address", a, "sequence", s.Sequence)
}

// deactivate ends an auditor's standing: from now on none of its reports count,
// neither way (R9, A-R4).
func deactivate(c *route.Ctx, a keys.Address, how string) {
	k, _ := auditors.Get(c, a)
	k.Active, k.Since, k.Charge = false, c.Block.Time, nil
	auditors.Set(c, a, k)
	petitions.Delete(c, petitionKey{revokeAuditor, subject(a)})
	s, _ := overview.Get(c)
	s.Auditors--
	overview.Set(c, s)
	c.Emit("auditor_deactivated", "address", a, "how", how)
}

// revokeAuditorOn signs the revocation of an auditor on a listed ground (R47,
// R48). With enough signatures it waits release.auditor_veto_delay for a veto;
// the auditor's reports count until then (A-R11).
func revokeAuditorOn(c *route.Ctx, m Charge) error {
	a, _ := auditors.Get(c, m.Auditor)
	switch {
	case !isSigner(c, c.Sender):
		return ErrRole.With("representatives and technologists revoke auditors")
	case m.Auditor == c.Sender:
		return ErrOwn
	case !a.Active:
		return ErrUnknown.With("%s is no official auditor", m.Auditor)
	case !grounds.Has(c, m.Ground):
		return ErrGround.With("ground %d is not in the list", m.Ground)
	case a.Charge != nil:
		return ErrStage.With("a revocation of %s is under way", m.Auditor)
	}
	by, done, err := sign(c, petitionKey{revokeAuditor, subject(m.Auditor)}, AuditorRevokeSignatures.Get(c), m.Ground,
		func(a keys.Address) bool { return isSigner(c, a) })
	if err != nil {
		return err
	}
	c.Emit("charge_signed", "auditor", m.Auditor, "ground", m.Ground, "by", c.Sender, "signatures", len(by))
	if done {
		a.Charge = &charge{Ground: m.Ground, By: by, Until: c.Block.Time + types.Time(AuditorVetoDelay.Get(c))}
		auditors.Set(c, m.Auditor, a)
		schedule(c, a.Charge.Until, dueAuditor, subject(m.Auditor))
		c.Emit("charged", "auditor", m.Auditor, "ground", m.Ground, "until", uint64(a.Charge.Until))
	}
	return nil
}

// vetoCharge stops a revocation (R48): from then on only the court can set the
// veto aside, when it is asked within release.appeal_window (R49).
func vetoCharge(c *route.Ctx, m Member) error {
	a, _ := auditors.Get(c, m.Address)
	switch {
	case !isSigner(c, c.Sender):
		return ErrRole.With("representatives and technologists veto a revocation")
	case m.Address == c.Sender:
		return ErrOwn
	case a.Charge == nil || !a.Charge.Vetoer.IsZero():
		return ErrStage.With("no revocation of %s is open to a veto", m.Address)
	case a.Charge.Until <= c.Block.Time:
		return ErrLate.With("the time for a veto ended at %d", a.Charge.Until)
	}
	a.Charge.Vetoer, a.Charge.Until = c.Sender, c.Block.Time+types.Time(AppealWindow.Get(c))
	auditors.Set(c, m.Address, a)
	schedule(c, a.Charge.Until, dueAuditor, subject(m.Address))
	c.Emit("charge_vetoed", "auditor", m.Address, "by", c.Sender)
	return nil
}

// settleCharge ends a revocation whose time has come: it takes effect, or,
// vetoed and not appealed, lapses.
func settleCharge(c *route.Ctx, account keys.Address) {
	a, _ := auditors.Get(c, account)
	switch {
	case a.Charge == nil || a.Charge.Until == 0 || a.Charge.Until > c.Block.Time:
	case a.Charge.Vetoer.IsZero():
		deactivate(c, account, "revoked")
	default:
		a.Charge = nil
		auditors.Set(c, account, a)
		c.Emit("charge_lapsed", "auditor", account)
	}
}
