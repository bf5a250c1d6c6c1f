package release

import (
	"slices"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/state"
	"probity/chain/types"
)

// isCTR reports whether an account is an active representative (R2).
func isCTR(r state.Reader, a keys.Address) bool {
	t, _ := ctrs.Get(r, a)
	return t.Active
}

// isSigner reports whether an account signs where "CTRs or CCM/T" do (A-R15).
func isSigner(r state.Reader, a keys.Address) bool {
	return isCTR(r, a) || members.Has(r, memberKey{Technologists, a})
}

// isVoice reports whether an account acts where "any CCM or CTR" does.
func isVoice(r state.Reader, a keys.Address) bool {
	_, _, ok := memberOf(r, a)
	return ok || isCTR(r, a)
}

// enroll puts somebody on the core team's register.
func enroll(c *route.Ctx, m Member) error {
	switch {
	case !isCTR(c, c.Sender):
		return ErrCTR
	case core.Has(c, m.Address):
		return ErrTwice.With("%s is on the core team", m.Address)
	}
	core.Set(c, m.Address, c.Block.Time)
	c.Emit("enrolled", "address", m.Address, "by", c.Sender)
	return nil
}

// strike takes somebody off it. Representatives are struck by their revocation
// only (R44): else one of them could revoke all others.
func strike(c *route.Ctx, m Member) error {
	switch {
	case !isCTR(c, c.Sender):
		return ErrCTR
	case isCTR(c, m.Address):
		return ErrStage.With("%s is a representative: revoke that first", m.Address)
	case !core.Has(c, m.Address):
		return ErrUnknown.With("%s is not on the core team", m.Address)
	}
	core.Delete(c, m.Address)
	c.Emit("struck", "address", m.Address, "by", c.Sender)
	return nil
}

// empower grants the right to merge for a time (R1).
func empower(c *route.Ctx, m Grant) error {
	switch {
	case !core.Has(c, c.Sender):
		return ErrRole.With("only the core team empowers others to merge")
	case m.Until <= c.Block.Time:
		return ErrLate.For(m.Until, c.Block.Time)
	}
	grants.Set(c, m.Address, grant{By: c.Sender, Until: m.Until})
	c.Emit("granted", "address", m.Address, "by", c.Sender, "until", uint64(m.Until))
	return nil
}

func disempower(c *route.Ctx, m Member) error {
	switch {
	case !core.Has(c, c.Sender):
		return ErrRole.With("only the core team empowers others to merge")
	case !grants.Has(c, m.Address):
		return ErrUnknown.With("%s has no grant", m.Address)
	}
	grants.Delete(c, m.Address)
	c.Emit("ungranted", "address", m.Address, "by", c.Sender)
	return nil
}

// mayMerge reports whether an account is on the core team or holds a grant of
// somebody who is (R1).
func mayMerge(c *route.Ctx, a keys.Address) bool {
	if core.Has(c, a) {
		return true
	}
	g, ok := grants.Get(c, a)
	return ok && g.Until > c.Block.Time && core.Has(c, g.By)
}

// mergeCost is the weight of record_merge: the gate reads every approval of the
// commit, of which there may be 256.
const mergeCost = 20_000

// recordMerge records that the sender merged a change: the merge gate of route
// contribution (G17), where the chain has one, must be open for it.
func recordMerge(c *route.Ctx, m RecordMerge) error {
	switch {
	case m.Repo == "" || len(m.Repo) > textMax || len(m.Commit) == 0 || len(m.Commit) > commitMax:
		return ErrForm.With("want a repository of 1 to %d bytes and a commit of 1 to %d", textMax, commitMax)
	case !mayMerge(c, c.Sender):
		return ErrRole.With("only the core team and those it empowers merge")
	}
	if peer := c.Table().Find("contribution"); peer != nil {
		if gate := peer.Msg("gate_check"); gate != nil {
			body := codec.MustMarshal(released{Repo: m.Repo, Commit: m.Commit})
			if err := c.Dispatch(types.Msg{Route: peer.ID, ID: gate.ID, Body: body}); err != nil {
				return ErrGate.With("the merge gate is closed: %v", err)
			}
		}
	}
	c.Emit("merged", "repo", m.Repo, "commit", m.Commit, "by", c.Sender)
	return nil
}

// sponsorCTR opens a candidacy (R42, R43).
func sponsorCTR(c *route.Ctx, m Member) error {
	s, _ := overview.Get(c)
	switch old, open := candidacies.Get(c, m.Address); {
	case m.Address == c.Sender:
		return ErrOwn
	case !isCTR(c, c.Sender) && !(s.Over && isSigner(c, c.Sender)):
		return ErrRole.With("a representative, or after inception a technologist, sponsors")
	case !core.Has(c, m.Address):
		return ErrRole.With("%s is not on the core team", m.Address)
	case isCTR(c, m.Address):
		return ErrTwice.With("%s is a representative", m.Address)
	case open && old.Expires > c.Block.Time:
		return ErrTwice.With("%s is sponsored", m.Address)
	}
	k := candidacy{Sponsor: c.Sender, Expires: c.Block.Time + types.Time(SignatureWindow.Get(c))}
	candidacies.Set(c, m.Address, k)
	schedule(c, k.Expires, dueCandidacy, subject(m.Address))
	c.Emit("ctr_sponsored", "address", m.Address, "by", c.Sender)
	return nil
}

// endorseCTR signs a candidacy and appoints where that is enough. What is enough
// follows the inception as it is then: during it two representatives, the
// sponsor among them if he signs (R42); after it two representatives or
// technologists other than the sponsor (R43).
func endorseCTR(c *route.Ctx, m Member) error {
	s, _ := overview.Get(c)
	k, ok := candidacies.Get(c, m.Address)
	entitled := func(a keys.Address) bool {
		return isCTR(c, a) || s.Over && isSigner(c, a)
	}
	switch {
	case !ok || k.Expires <= c.Block.Time:
		return ErrUnknown.With("%s is not sponsored", m.Address)
	case m.Address == c.Sender || s.Over && k.Sponsor == c.Sender:
		return ErrOwn
	case !entitled(c.Sender):
		return ErrRole.With("representatives, and after inception technologists, endorse")
	case slices.Contains(k.Endorsed, c.Sender):
		return ErrTwice
	}
	k.Endorsed = append(k.Endorsed, c.Sender)
	candidacies.Set(c, m.Address, k)
	c.Emit("ctr_endorsed", "address", m.Address, "by", c.Sender)
	need := CTRSignatures.Get(c)
	if !s.Over {
		need = CTRInceptionSignatures.Get(c)
	}
	count := standing(k.Endorsed, func(a keys.Address) bool { return entitled(a) && !(s.Over && a == k.Sponsor) })
	if count < need || !core.Has(c, m.Address) {
		return nil
	}
	if s.CTRs >= CTRsMax.Get(c) {
		return ErrFull.For(s.CTRs, CTRsMax.Get(c))
	}
	candidacies.Delete(c, m.Address)
	appointCTR(c, m.Address)
	return nil
}

// appointCTR makes somebody a representative.
func appointCTR(c *route.Ctx, a keys.Address) {
	s, _ := overview.Get(c)
	s.CTRs++
	s.Sequence++
	ctrs.Set(c, a, representative{Sequence: s.Sequence, Active: true, Since: c.Block.Time})
	overview.Set(c, s)
	c.Emit("ctr", "address", a, "sequence", s.Sequence)
	warnTwoRoles(c, &s, a)
}

// dropCTR ends a representative's standing; the revokers are those whom an
// appeal is against, nobody where it resigned.
func dropCTR(c *route.Ctx, a keys.Address, revokers []keys.Address) {
	t, _ := ctrs.Get(c, a)
	t.Active, t.Since, t.Revokers = false, c.Block.Time, revokers
	ctrs.Set(c, a, t)
	petitions.Delete(c, petitionKey{revokeCTR, subject(a)})
	s, _ := overview.Get(c)
	s.CTRs--
	overview.Set(c, s)
}

// revokeRepresentative signs the revocation of a representative; the third
// signature does it at once (R44).
func revokeRepresentative(c *route.Ctx, m Motion) error {
	switch {
	case len(m.Reason) > locatorMax:
		return ErrForm.With("a reason of %d bytes, at most %d", len(m.Reason), locatorMax)
	case !isSigner(c, c.Sender):
		return ErrRole.With("representatives and technologists revoke a representative")
	case m.Address == c.Sender:
		return ErrOwn
	case !isCTR(c, m.Address):
		return ErrUnknown.With("%s is no representative", m.Address)
	}
	by, done, err := sign(c, petitionKey{revokeCTR, subject(m.Address)}, CTRRevokeSignatures.Get(c), 0,
		func(a keys.Address) bool { return isSigner(c, a) })
	if err != nil {
		return err
	}
	c.Emit("ctr_revocation_signed", "address", m.Address, "by", c.Sender, "signatures", len(by), "reason", m.Reason)
	if done {
		dropCTR(c, m.Address, by)
		c.Emit("ctr_revoked", "address", m.Address)
	}
	return nil
}

// resign ends a role by its holder's own will.
func resign(c *route.Ctx, m Resign) error {
	switch m.Role {
	case RoleCTR:
		if !isCTR(c, c.Sender) {
			return ErrCTR
		}
		dropCTR(c, c.Sender, nil)
		c.Emit("ctr_resigned", "address", c.Sender)
		return nil
	case RoleAuditor:
		if a, _ := auditors.Get(c, c.Sender); !a.Active {
			return ErrRole.With("not an official auditor")
		}
		deactivate(c, c.Sender, "resigned")
		return nil
	}
	return ErrForm.With("no such role")
}
