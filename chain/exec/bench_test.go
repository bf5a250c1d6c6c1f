package exec

import (
	"encoding/binary"
	"fmt"
	"testing"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/all"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/state"
	"probity/chain/types"
)

// benchGenesis has one member and a light fee.
func benchGenesis(b *testing.B) *Genesis {
	b.Helper()
	k := keys.FromSeed([32]byte{1})
	a := k.Public().Address()
	seat := availability.Bench{Key: k.Public(), Network: make([]byte, 32)}
	file := func(sig string) string {
		return fmt.Sprintf(`{"chain": "bench", "time": 1, "protocol": 1, "params": {"fees.base_min": 1, "block.weight": 100000000},
			"routes": {"rep": {"holders": [{"address": %q, "amount": "100000000000"}]},
			"availability": {"bench": [{"account": %q, "key": %q, "network": "0x%064x" %s}]}}}`, a, a, k.Public(), 0, sig)
	}
	draft, err := ParseGenesis([]byte(file("")))
	if err != nil {
		b.Fatal(err)
	}
	text, _ := k.Sign(seat.SignBytes(draft.Draft(), a)).MarshalText()
	g, err := ParseGenesis([]byte(file(fmt.Sprintf(`, "signature": %q`, text))))
	if err != nil {
		b.Fatal(err)
	}
	return g
}

// benchKey is the public key of account i: no signature is checked here.
func benchKey(i int) (k keys.PublicKey) {
	binary.BigEndian.PutUint64(k[:], uint64(i)+1)
	return k
}

// benchChain is a chain of n funded accounts, committed.
func benchChain(b *testing.B, n int) (*Exec, Parent, *state.Memory) {
	b.Helper()
	x, err := New(all.Table, benchGenesis(b))
	if err != nil {
		b.Fatal(err)
	}
	first, err := x.Genesis()
	if err != nil {
		b.Fatal(err)
	}
	backend := state.NewMemory()
	backend.Commit(first.Changes)
	version := types.Height(0)
	for i := 0; i < n; {
		version++
		layer := state.NewLayer(state.NewBase(backend))
		c := route.NewCtx(&layer.Overlay, x.chain, x.first, &route.Block{Version: 1}, x.table)
		for end := min(n, i+100_000); i < end; i++ {
			bank.Mint(c, benchKey(i).Address(), types.Whole(1))
			c.Rewind(0)
		}
		_, changes := layer.Seal(version)
		backend.Commit(changes)
		backend.Prune(version)
	}
	p := first.Parent()
	p.State = state.NewBase(backend)
	p.Header.StateRoot, p.Header.Height = p.State.Root(), version
	return x, p, backend
}

// benchTxs are transfers between accounts that lie far apart.
func benchTxs(b *testing.B, accounts, n int) []*types.SignedTx {
	b.Helper()
	txs := make([]*types.SignedTx, n)
	for i := range txs {
		to := benchKey((i*7919 + 13) % accounts).Address()
		tx, err := types.Seal(types.Tx{
			Chain: "bench", Sender: benchKey((i * 104729) % accounts), FeeMax: types.NewAmount(100_000), ValidUntil: 1 << 30,
			Msgs: []types.Msg{{Route: bank.ID, ID: 1, Body: codec.MustMarshal(bank.Send{To: to, Amount: types.NewAmount(1000)})}},
		})
		if err != nil {
			b.Fatal(err)
		}
		txs[i] = tx
	}
	return txs
}

// BenchmarkExecute measures a block of 10,000 transfers over 10⁶ accounts
// without signatures, tree and disk: decoding of messages, guards, rules, End.
func BenchmarkExecute(b *testing.B) {
	const accounts, block = 1_000_000, 10_000
	x, p, _ := benchChain(b, accounts)
	txs := benchTxs(b, accounts, block)
	facts, err := x.facts(p)
	if err != nil {
		b.Fatal(err)
	}
	e, err := x.epochOf(p.State, facts.Epoch)
	if err != nil {
		b.Fatal(err)
	}
	facts.ASC, facts.Seed = e.schedule.ASC(facts.View).ID, e.schedule.Seed(facts.View)
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		r, err := x.start(p, facts, e)
		if err != nil {
			b.Fatal(err)
		}
		for i, tx := range txs {
			if err := r.apply(tx); err != nil {
				b.Fatal(i, err)
			}
		}
		for _, row := range x.table {
			if row.End != nil {
				row.End(r.ctx.For(row))
			}
		}
		if r.outcomes[0].refusal != nil {
			b.Fatal(r.outcomes[0].refusal)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/block, "ns/transfer")
}
