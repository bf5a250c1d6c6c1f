// Package load makes transactions for simulated members: accounts of its own
// that send each other $, drawn from a labelled stream.
package load

import (
	"encoding/binary"
	"math/rand/v2"

	"probity/chain/keys"
	"probity/chain/route/all"
	"probity/chain/route/bank"
	"probity/chain/types"
	"probity/sim/world"
)

// Load holds the accounts.
type Load struct {
	rng  *rand.Rand
	keys []keys.PrivateKey
	stub func(keys.PublicKey, []byte) keys.Signature // nil: ed25519
}

// New makes n accounts from the seed.
func New(seed uint64, n int, stubbed bool, stub func(keys.PublicKey, []byte) keys.Signature) *Load {
	l := &Load{rng: world.Stream(seed, "load")}
	if stubbed {
		l.stub = stub
	}
	for i := 0; i < n; i++ {
		l.keys = append(l.keys, keys.FromSeed(keys.Sum([]byte("load"), binary.BigEndian.AppendUint64(nil, seed), []byte{byte(i)})))
	}
	return l
}

// Accounts lists the addresses.
func (l *Load) Accounts() (out []keys.Address) {
	for _, k := range l.keys {
		out = append(out, k.Public().Address())
	}
	return out
}

// Pick draws one of n.
func (l *Load) Pick(n int) int { return l.rng.IntN(n) }

// Next makes up to three transfers. Some ask for more than there is, so that
// rules fail as well as succeed. nonce tells an account's next one.
func (l *Load) Next(genesis keys.Hash, chain string, height types.Height, nonce func(keys.Address) uint64) (out []*types.SignedTx) {
	mine := map[int]uint64{}
	for i, n := 0, l.rng.IntN(4); i < n; i++ {
		from, to := l.rng.IntN(len(l.keys)), l.rng.IntN(len(l.keys))
		amount := types.NewAmount(l.rng.Uint64N(1_000_000))
		if l.rng.IntN(20) == 0 {
			amount = types.Whole(1 << 40)
		}
		msg, err := all.Table.Pack("bank", "send", bank.Send{To: l.keys[to].Public().Address(), Amount: amount})
		if err != nil {
			panic(err)
		}
		tx := types.Tx{Chain: chain, Sender: l.keys[from].Public(), Nonce: nonce(l.keys[from].Public().Address()) + mine[from], FeeMax: types.Whole(10), ValidUntil: height + 200, Msgs: []types.Msg{msg}}
		mine[from]++
		if l.stub != nil {
			tx.Signature = l.stub(tx.Sender, tx.SignBytes(genesis))
		} else {
			tx.Sign(l.keys[from], genesis)
		}
		s, err := types.Seal(tx)
		if err != nil {
			panic(err)
		}
		out = append(out, s)
	}
	return out
}
