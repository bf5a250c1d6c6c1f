package release

import (
	"slices"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// sign adds the sender's signature to a petition, which begins with the first
// and is forgotten release.signature_window after it. It is done when `need`
// signatures are there of accounts that are entitled now: one person with two
// roles signs once (A-R15), and who lost the role meanwhile does not count.
func sign(c *route.Ctx, k petitionKey, need uint64, ground uint16, entitled func(keys.Address) bool) (signers []keys.Address, done bool, err error) {
	p, ok := petitions.Get(c, k)
	if !ok || p.Until <= c.Block.Time {
		p = petition{Until: c.Block.Time + types.Time(SignatureWindow.Get(c)), Ground: ground}
		schedule(c, p.Until, duePetition+dueKind(k.Kind), k.Ref)
	}
	switch {
	case slices.Contains(p.Signers, c.Sender):
		return nil, false, ErrTwice.With("%s has signed this", c.Sender)
	case p.Ground != ground:
		return nil, false, ErrGround.With("signatures are gathered on another ground").For(ground, p.Ground)
	}
	p.Signers = slices.DeleteFunc(append(p.Signers, c.Sender), func(a keys.Address) bool { return !entitled(a) })
	if uint64(len(p.Signers)) < need {
		petitions.Set(c, k, p)
		return p.Signers, false, nil
	}
	petitions.Delete(c, k)
	return p.Signers, true, nil
}

// standing counts those of a list who are entitled now.
func standing(list []keys.Address, entitled func(keys.Address) bool) (n uint64) {
	for _, a := range list {
		if entitled(a) {
			n++
		}
	}
	return n
}
