package sim

import (
	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/node/signer"
	"probity/sim/check"
)

// The stub scheme: a signature is a hash of key and string. It is unforgeable
// because nothing in the box makes one for a key that it does not hold.
func stubSign(key keys.PublicKey, msg []byte) (s keys.Signature) {
	a := keys.Sum(stubDomain, key[:], msg)
	copy(s[:], a[:])
	copy(s[32:], a[:])
	return s
}

var stubDomain = []byte("stub")

func stubVerify(items []keys.Signed) []bool {
	out := make([]bool, len(items))
	for i := range items {
		out[i] = items[i].Signature == stubSign(items[i].Key, items[i].Message)
	}
	return out
}

// sign signs with a key under the run's scheme.
func (r *run) sign(key keys.PrivateKey, public keys.PublicKey, msg []byte) keys.Signature {
	if r.cfg.Real {
		return key.Sign(msg)
	}
	return stubSign(public, msg)
}

// signTx signs a transaction under the run's scheme.
func (r *run) signTx(tx *types.Tx, key keys.PrivateKey) {
	tx.Sender = key.Public()
	tx.Signature = r.sign(key, tx.Sender, tx.SignBytes(r.genesis.Hash()))
}

// guardedSigner tells the oracles what is signed, and signs with the stub
// scheme where the run uses it. That of an owned member refuses nothing.
type guardedSigner struct {
	*signer.Local
	m *member
}

// Sign journals and signs.
func (g *guardedSigner) Sign(s types.Statement) (keys.Signature, error) {
	if err := g.Local.Journal(s); err != nil && !g.m.owned {
		return keys.Signature{}, err
	}
	g.m.see(check.Event{Signed: &s, Guilty: g.m.run.guilty(s)})
	return g.m.run.sign(g.m.keys.Consensus, g.Public(), s.SignBytes(g.m.run.genesis.Hash())), nil
}

// suite is the escrow of salts: the real one where signatures are real, the
// ideal one where speed matters, and where a run is to keep its schedule: the
// keys of an escrow are in the genesis file, and its hash is the first seed.
func (c *Config) suite() escrow.Suite {
	if c.Real && !c.ideal {
		return escrow.DHPVSS
	}
	return escrow.Ideal{}
}
