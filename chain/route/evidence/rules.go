package evidence

import (
	"github.com/holiman/uint256"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/rep"
	"probity/chain/types"
	"probity/vpool"
)

// guard makes a transaction free that holds nothing but evidence, all of which
// holds and is news. Other evidence pays like anything else and then fails: so
// two members who report one offence in one block harm nobody.
func guard(c *route.Ctx, call route.Call) error {
	if !call.Top || call.Index != 0 || call.Route.ID != ID {
		return nil
	}
	var seen []crime
	for _, m := range c.Tx.Msgs {
		var s Submit
		if m.Route != ID || m.ID != call.Msg.ID {
			return nil
		}
		body, err := call.Msg.Decode(m.Body)
		if err != nil {
			return err
		}
		s = body.(Submit)
		k, err := convict(c, &s)
		if err != nil {
			return nil
		}
		for i := range seen {
			if seen[i].Account == k.Account { // the first leaves too little to tell
				return nil
			}
		}
		seen = append(seen, k)
	}
	c.Free = true
	return nil
}

// submit punishes an offence and pays whoever showed it.
func submit(c *route.Ctx, m Submit) error {
	k, err := convict(c, &m)
	if err != nil {
		return err
	}
	punished.Set(c, k, c.Block.Height)
	burned := rep.Slash(c, k.Account, due(c, k), k.Offence.String())
	if k.Offence == BadHeader {
		availability.Jail(c, k.Account)
	} else {
		availability.Convict(c, k.Account)
	}
	reward := Reward.Amount(c).Min(value(burned, rep.MintRatio.Get(c))).Min(bank.Balance(c, bank.Treasury))
	if !reward.IsZero() {
		if err := bank.Transfer(c, bank.Treasury, c.Sender, reward); err != nil {
			return err
		}
	}
	c.Emit("punished", "offence", k.Offence.String(), "account", k.Account, "epoch", k.Epoch, "view", k.View,
		"burned", burned, "reporter", c.Sender, "reward", reward)
	return nil
}

// due is what an offence burns now.
func due(c *route.Ctx, k crime) types.Amount {
	part := Slash.PPM(c)
	if k.Offence == BadHeader {
		part = SlashHeader.PPM(c)
	}
	return rep.Balance(c, rep.WREP, k.Account).OfPPM(part)
}

// value is the $ that REP is worth by what mints it: burned·10⁶/ratio.
func value(burned types.Amount, ratioPPM uint64) types.Amount {
	if ratioPPM == 0 {
		return burned
	}
	v := vpool.ShareDown(*burned.Int(), *uint256.NewInt(vpool.Million), *uint256.NewInt(ratioPPM))
	return types.AmountOf(&v)
}

// convict checks evidence against the state: who did what. It is the same for
// the guard and the rule.
func convict(c *route.Ctx, m *Submit) (k crime, err error) {
	switch {
	case m.Votes != nil && m.Proposals == nil && m.Header == nil:
		k, err = m.Votes.judge(c)
	case m.Proposals != nil && m.Votes == nil && m.Header == nil:
		k, err = m.Proposals.judge(c)
	case m.Header != nil && m.Votes == nil && m.Proposals == nil:
		k, err = m.Header.judge(c)
	default:
		err = ErrForm.With("not exactly one kind of evidence")
	}
	switch {
	case err != nil:
		return k, err
	case punished.Has(c, k):
		return k, ErrKnown
	case due(c, k).IsZero():
		return k, ErrNothing
	}
	return k, nil
}

// heard refuses evidence about an epoch whose exit delay has passed.
func heard(c *route.Ctx, e types.Epoch) error {
	if until, ok := availability.Until(c, e); !ok || until < c.Block.Height {
		return ErrOld.With("epoch %d", e)
	}
	return nil
}

// judge finds the offence in two votes of one member.
func (m *Votes) judge(c *route.Ctx) (crime, error) {
	a, b := m.A.Statement, m.B.Statement
	if err := heard(c, a.Epoch); err != nil {
		return crime{}, err
	}
	if !a.Valid() || !b.Valid() || a.Kind == types.Propose || b.Kind == types.Propose {
		return crime{}, ErrForm.With("not two votes")
	}
	offence := Offends(a, b)
	if offence == 0 {
		return crime{}, ErrHonest
	}
	root, ok := availability.RosterHash(c, a.Epoch)
	if !ok || !m.Member.Verify(a.Epoch, root) {
		return crime{}, ErrStranger
	}
	for _, s := range []*Signed{&m.A, &m.B} {
		if !keys.Verify(keys.Signed{Key: m.Member.Member.Key, Message: s.Statement.SignBytes(c.Chain.Genesis), Signature: s.Signature}) {
			return crime{}, ErrSignature
		}
	}
	return crime{Epoch: a.Epoch, View: a.View, Account: m.Member.Member.Address, Offence: offence}, nil
}

// Offends names the offence of one account that signed both statements; 0 where
// an honest one may. It is the rule of consensus.Conflict.
func Offends(a, b types.Statement) Offence {
	if a.Epoch != b.Epoch || a.View != b.View || a == b {
		return 0
	}
	if b.Kind < a.Kind {
		a, b = b, a
	}
	same := a.Digest == b.Digest
	switch {
	case a.Kind == types.Propose && b.Kind == types.Propose:
		return TwoProposals
	case a.Kind == types.Notarize && b.Kind == types.Notarize:
		return TwoNotarizes
	case a.Kind == types.Finalize && b.Kind == types.Finalize:
		return TwoFinalizes
	case a.Kind == types.Nullify && b.Kind == types.Finalize:
		return NullifyFinalize
	case a.Kind == types.Notarize && b.Kind == types.Finalize && !same:
		return NotarizeFinalize
	case a.Kind == types.Notarize && b.Kind == types.Reject && same:
		return NotarizeReject
	case a.Kind == types.Reject && b.Kind == types.Finalize && same:
		return RejectFinalize
	}
	return 0
}

// judge finds two proposals of one producer for one view.
func (m *Proposals) judge(c *route.Ctx) (crime, error) {
	a, b := &m.A.Header, &m.B.Header
	if err := heard(c, a.Epoch); err != nil {
		return crime{}, err
	}
	if Offends(a.Statement(), b.Statement()) == 0 {
		return crime{}, ErrHonest
	}
	for _, h := range []*types.SignedHeader{&m.A, &m.B} {
		if err := produced(c, h, &m.Producer); err != nil {
			return crime{}, err
		}
	}
	return crime{Epoch: a.Epoch, View: a.View, Account: m.Producer.ASC.Producer, Offence: TwoProposals}, nil
}

// produced checks that a header names a contract of its epoch's list and is
// signed by the contract's key.
func produced(c *route.Ctx, h *types.SignedHeader, p *availability.ASCProof) error {
	root, n, ok := availability.ListRoot(c, h.Header.Epoch)
	if !ok || h.Header.ASC != p.ASC.ID || !p.Verify(root, n) {
		return ErrStranger
	}
	st := h.Header.Statement()
	if !keys.Verify(keys.Signed{Key: p.ASC.Key, Message: st.SignBytes(c.Chain.Genesis), Signature: h.Signature}) {
		return ErrSignature
	}
	return nil
}

// boundary forgets the offences of epochs that are no longer heard of.
func boundary(c *route.Ctx) {
	punished.Range(c, func(k crime, _ types.Height) bool {
		if heard(c, k.Epoch) == nil {
			return false
		}
		punished.Delete(c, k)
		return true
	})
}
