// Package load makes transactions for simulated members: accounts of its own
// that send each other $. How many come at a moment, and which, is one choice on
// the tape.
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
	seed   uint64
	stream *world.Stream
	keys   []keys.PrivateKey
	public []keys.PublicKey
	users  int                                         // of the keys; the others are for Mark
	stub   func(keys.PublicKey, []byte) keys.Signature // nil: ed25519
}

// New makes the accounts of users from the seed, and some more for Mark. stub
// signs in ed25519's place; nil: it does not.
func New(seed uint64, tape *world.Tape, users, marks int, stub func(keys.PublicKey, []byte) keys.Signature) *Load {
	l := &Load{seed: seed, stream: tape.Stream("load"), stub: stub, users: users}
	for i := 0; i < users+marks; i++ {
		l.keys = append(l.keys, keys.FromSeed(keys.Sum([]byte("load"), binary.BigEndian.AppendUint64(nil, seed), []byte{byte(i)})))
		l.public = append(l.public, l.keys[i].Public())
	}
	return l
}

// Accounts lists the addresses.
func (l *Load) Accounts() (out []keys.Address) {
	for _, k := range l.public {
		out = append(out, k.Address())
	}
	return out
}

// Request is what users do at one moment: transfers offered to one of the
// members that are up.
type Request struct {
	load *Load
	rng  *rand.Rand
	Pick uint64 // says which member
	Size int
}

// Next draws what users do now, up to most transfers; nil: nothing.
func (l *Load) Next(perMille int, most int) *Request {
	v := l.stream.Rare(perMille, 1<<32)
	if v == 0 || most < 1 {
		return nil
	}
	rng := world.Derive(l.seed, "load", v)
	return &Request{load: l, rng: rng, Pick: rng.Uint64(), Size: 1 + rng.IntN(most)}
}

// Txs makes the transfers. Some ask for more than there is, so that rules fail
// as well as succeed. nonce tells an account's next one.
func (q *Request) Txs(genesis keys.Hash, chain string, height types.Height, nonce func(keys.Address) uint64) (out []*types.SignedTx) {
	l, rng := q.load, q.rng
	mine := map[int]uint64{}
	for i := 0; i < q.Size; i++ {
		from, to := rng.IntN(l.users), rng.IntN(l.users)
		amount := types.NewAmount(rng.Uint64N(1_000_000))
		if rng.IntN(20) == 0 {
			amount = types.Whole(1 << 40)
		}
		out = append(out, l.transfer(from, to, amount, genesis, chain, height, nonce(l.public[from].Address())+mine[from]))
		mine[from]++
	}
	return out
}

// Mark is the first transaction of the i-th account that is not a user's.
func (l *Load) Mark(i int, genesis keys.Hash, chain string, height types.Height) *types.SignedTx {
	return l.transfer(l.users+i, 0, types.NewAmount(1), genesis, chain, height, 0)
}

func (l *Load) transfer(from, to int, amount types.Amount, genesis keys.Hash, chain string, height types.Height, nonce uint64) *types.SignedTx {
	msg, err := all.Table.Pack("bank", "send", bank.Send{To: l.public[to].Address(), Amount: amount})
	if err != nil {
		panic("load: " + err.Error()) // the table holds it
	}
	tx := types.Tx{Chain: chain, Sender: l.public[from], Nonce: nonce, FeeMax: types.Whole(10), ValidUntil: height + 200, Msgs: []types.Msg{msg}}
	if l.stub != nil {
		tx.Signature = l.stub(tx.Sender, tx.SignBytes(genesis))
	} else {
		tx.Sign(l.keys[from], genesis)
	}
	s, err := types.Seal(tx)
	if err != nil {
		panic("load: " + err.Error()) // it is well-formed
	}
	return s
}
