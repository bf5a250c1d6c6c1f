package mempool_test

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/node/mempool"
)

// A block takes what offers most, each sender's transactions by nonce; what is
// final leaves the pool.
func Example() {
	pool := mempool.New(mempool.Limits{Txs: 1000}, weigh, nil)
	nonces := map[keys.Address]uint64{}
	nonceOf := func(a keys.Address) uint64 { return nonces[a] }
	for _, t := range []*types.SignedTx{
		tx("alice", 0, 100, 100, 50, 0), tx("alice", 1, 900, 100, 50, 0), tx("bob", 0, 500, 100, 50, 0),
	} {
		if err := pool.Add(t, nonceOf(t.From)); err != nil {
			fmt.Println(err)
		}
	}
	block := pool.Iterate(nonceOf)
	for t := block.Next(); t != nil; t = block.Next() {
		fmt.Println(name(t), t.FeeMax)
	}
	final := tx("alice", 0, 100, 100, 50, 0)
	nonces[final.From] = 1
	pool.Committed(1, []*types.SignedTx{final}, nonceOf)
	fmt.Println(pool.Len(), "left")
	// Output:
	// bob/0 500
	// alice/0 100
	// alice/1 900
	// 2 left
}
