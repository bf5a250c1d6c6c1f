package main

import (
	"encoding/hex"
	"strconv"
	"time"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route/bank"
	"probity/chain/types"
)

// loadSecret is the default family of load accounts. Their keys are known to
// everyone: only networks that guard nothing fund them.
const loadSecret = "testnet"

// trafficSecret is the family of a testnet's own traffic, so that bench load
// beside it has its accounts to itself.
const trafficSecret = "testnet/traffic"

// trafficAccounts is how many accounts a testnet's own traffic is sent from.
const trafficAccounts = 128

// loadKey is account i of a family of load accounts.
func loadKey(secret string, i int) keys.PrivateKey {
	return keys.FromSeed(keys.Sum([]byte("probity/load/"), []byte(secret), []byte("/"+strconv.Itoa(i))))
}

// stage is how far a load transaction has come.
type stage uint8

const (
	unsent stage = iota
	offered
	accepted
	committed
)

// loadTx is one signed transaction of the load.
type loadTx struct {
	raw   []byte // nil once it is final
	hash  keys.Hash
	stage stage
	sent  time.Time // of the last attempt
}

// lane is one account's transactions in the order of their nonces. Batches of
// one connection take from many lanes, so that no batch waits for a nonce.
type lane struct {
	key   keys.PrivateKey
	to    keys.Address
	first uint64 // nonce of txs[0]
	txs   []*loadTx
	next  int  // to send
	stale bool // the chain's nonce must be read before more is sent
	dead  bool // refused for a reason that will not pass

	template types.Tx
	genesis  keys.Hash
}

// sign extends the lane to n transactions.
func (l *lane) sign(n int) error {
	for len(l.txs) < n {
		tx := l.template
		tx.Nonce = l.first + uint64(len(l.txs))
		tx.Sign(l.key, l.genesis)
		raw, err := codec.Marshal(&tx)
		if err != nil {
			return err
		}
		l.txs = append(l.txs, &loadTx{raw: raw, hash: keys.Sum(raw)})
	}
	return nil
}

// transfer is the message that load transactions carry: one base unit to the
// next account.
func transfer(to keys.Address) (types.Msg, error) {
	return table().Pack("bank", "send", bank.Send{To: to, Amount: types.NewAmount(1)})
}

// resync points the lane at the nonce that the chain wants next. Transactions
// before it are final, those from it on are sent again.
func (l *lane) resync(nonce uint64) {
	l.stale = false
	if nonce < l.first {
		nonce = l.first
	}
	l.next = min(int(nonce-l.first), len(l.txs))
	if nonce-l.first > uint64(len(l.txs)) {
		l.dead = true // another sender uses the account
	}
}

// appendSubmit appends a call of tx_submit.
func appendSubmit(b []byte, id int, raw []byte) []byte {
	b = append(b, `{"jsonrpc":"2.0","id":`...)
	b = strconv.AppendInt(b, int64(id), 10)
	b = append(b, `,"method":"tx_submit","params":["0x`...)
	b = hex.AppendEncode(b, raw)
	return append(b, `"]}`...)
}
