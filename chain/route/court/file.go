package court

import (
	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// account is where the court holds bonds.
var account = route.Address("court")

// accuse files an accusation (spec court §2). The bond is in $, so that whoever
// has no REP, or has been censored out of earning any, can accuse; and so that
// losing a case on purpose gives no REP to the accused. The fee is what stops an
// account from filling the court with cases against itself: the bond of a
// dismissed case comes back to it, the fee does not.
func accuse(c *route.Ctx, m Accuse) error {
	if err := m.check(c); err != nil {
		return err
	}
	n, _ := opened.Get(c)
	switch mine, _ := filed.Get(c, c.Sender); {
	case n.Accusations >= OpenMax.Get(c):
		return ErrBusy.With("%d accusations are open", n.Accusations)
	case mine >= AccuserMax.Get(c):
		return ErrBusy.With("%d accusations by this account are open", mine)
	}
	for _, p := range m.Posts {
		if err := forum(c, forumVouch, vouchMsg{Post: p.Post, Author: m.Accused}); err != nil {
			return err
		}
	}
	if err := bank.Charge(c, c.Sender, feeAt(c, n.Accusations)); err != nil {
		return err
	}
	if err := bank.Transfer(c, c.Sender, account, m.Bond); err != nil {
		return err
	}
	n.Accusations++
	opened.Set(c, n)
	count(c, filed, c.Sender, true)
	id := file(c, &Case{
		Kind: Accusation, Charge: m.Charge, Accuser: c.Sender, Accused: m.Accused,
		Parties: []keys.Address{c.Sender, m.Accused}, Content: m.Content, Evidence: m.Evidence, Posts: m.Posts, Bond: m.Bond,
	})
	if len(m.Inline) > 0 {
		texts.Set(c, id, m.Inline)
	}
	count(c, charged, m.Accused, true)
	lock(c, m.Accused)
	c.Emit("filed", "case", id, "accuser", c.Sender, "accused", m.Accused, "charge", m.Charge.String(),
		"bond", m.Bond, "draws", c.Block.Epoch+2)
	return nil
}

// check refuses what is no accusation.
func (m *Accuse) check(c *route.Ctx) error {
	switch {
	case m.Accused.IsZero() || m.Accused == c.Sender || m.Accused == rep.Incinerator:
		return ErrParties.With("the accused is nobody, or the accuser")
	case !m.Charge.Valid():
		return ErrEvidence.With("no such charge: %d", m.Charge)
	case len(m.Evidence) == 0 || len(m.Evidence) > EvidenceMax:
		return ErrEvidence.With("%d hashes of evidence, want 1 to %d", len(m.Evidence), EvidenceMax)
	case len(m.Posts) > PostsMax:
		return ErrEvidence.With("%d posts, at most %d", len(m.Posts), PostsMax)
	case len(m.Inline) > TextMax:
		return ErrEvidence.With("a text of %d bytes, at most %d: publish it and name its hash", len(m.Inline), TextMax)
	case m.Content.IsZero() || len(m.Inline) > 0 && keys.Sum(m.Inline) != m.Content:
		return ErrEvidence.With("content is not the hash of the text")
	}
	for _, h := range m.Evidence {
		if h.IsZero() {
			return ErrEvidence.With("a hash of evidence is zero")
		}
	}
	if least := Bond.Amount(c); m.Bond.Less(least) {
		return ErrBond.For(m.Bond, least)
	}
	w, g := rep.Balance(c, rep.WREP, m.Accused), rep.Balance(c, rep.GREP, m.Accused)
	if w.IsZero() && g.IsZero() && len(m.Posts) == 0 {
		return ErrNothing
	}
	return nil
}

// feeAt is what filing costs while so many accusations are open.
func feeAt(c *route.Ctx, open uint64) types.Amount { return Fee.Amount(c).Mul(1 << (open / crowd)) }

// openAppeal opens the appeal of a role: one panel, one decision, final.
func openAppeal(c *route.Ctx, m OpenAppeal) error {
	n, _ := opened.Get(c)
	switch {
	case c.Sender != route.Address(m.Opener):
		return ErrOpener.With("%q does not call", m.Opener)
	case len(m.Parties) > PartiesMax:
		return ErrParties.With("%d parties, at most %d", len(m.Parties), PartiesMax)
	case n.Appeals >= AppealsMax.Get(c):
		return ErrBusy.With("%d appeals of roles are open", n.Appeals)
	}
	n.Appeals++
	opened.Set(c, n)
	id := file(c, &Case{Kind: Appeal, Opener: m.Opener, Ref: m.Ref, Parties: m.Parties})
	c.Emit("filed", "case", id, "opener", m.Opener, "ref", m.Ref, "draws", c.Block.Epoch+2)
	return nil
}

// file gives a case its number and has it wait for its first panel.
func file(c *route.Ctx, k *Case) uint64 {
	id, _ := last.Get(c)
	id++
	last.Set(c, id)
	k.Stage, k.Terms, k.Filed = Filed, terms(c), c.Block.Height
	await(c, id, k)
	cases.Set(c, id, *k)
	return id
}

// appeal asks for the second panel, once, by a party, within the window.
func appeal(c *route.Ctx, m AppealMsg) error {
	k, err := read(c, m.Case)
	switch {
	case err != nil:
		return err
	case k.Stage != Decided || c.Block.Time >= k.Until:
		return ErrStage.For(k.Stage, Decided)
	case c.Sender != k.Accuser && c.Sender != k.Accused:
		return ErrParties.With("only the accuser and the accused may appeal")
	case m.Bond.Less(k.Terms.AppealBond):
		return ErrBond.For(m.Bond, k.Terms.AppealBond)
	}
	if err := bank.Transfer(c, c.Sender, account, m.Bond); err != nil {
		return err
	}
	turns.Delete(c, turn{k.Until, m.Case})
	k.Stage, k.Appellant, k.AppealBond = Appealed, c.Sender, m.Bond
	await(c, m.Case, k)
	cases.Set(c, m.Case, *k)
	c.Emit("appealed", "case", m.Case, "by", c.Sender, "bond", m.Bond, "draws", k.Draws)
	return nil
}

// forum calls a rule of the forum in the court's name.
func forum(c *route.Ctx, id uint16, body any) error {
	return c.Dispatch(types.Msg{Route: forumID, ID: id, Body: codec.MustMarshal(body)})
}
