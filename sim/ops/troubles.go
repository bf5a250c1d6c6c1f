package ops

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/route/all"
	"probity/chain/route/availability"
	"probity/chain/route/legislature"
	"probity/chain/types"
	"probity/node"
	"probity/sim"
	"probity/sim/attack"
)

// starver keeps from one member what makes blocks final, and lets it hear how
// high the others are.
type starver struct {
	attack.Idle
	victim int
}

// smallMessage is above the size of an answer without blocks.
const smallMessage = 400

// Delays is attack.Adversary.
func (s *starver) Delays(l *attack.Letter) types.Time {
	if l.To == s.victim && (l.Topic == node.TopicConsensus || len(l.Data) > smallMessage) {
		return attack.Lost
	}
	return 0
}

// vandal has members send everyone what is no transaction, again and again.
type vandal struct {
	attack.Idle
	who   []int
	every types.Time // ms
	h     attack.Hands
}

// Begin is attack.Adversary.
func (v *vandal) Begin(h attack.Hands) {
	v.h = h
	v.Wakes()
}

// Wakes is attack.Adversary.
func (v *vandal) Wakes() {
	for _, from := range v.who {
		for _, to := range v.h.Members() {
			if !to.Owned {
				v.h.Send(attack.Letter{At: v.h.Now(), From: from, To: to.ID, Topic: node.TopicTxs, Data: []byte("no batch of transactions")})
			}
		}
	}
	v.h.Wake(v.h.Now() + v.every)
}

// emergencyTeam seats the first two members' accounts in the emergency team.
func emergencyTeam(accounts []keys.Address) map[string]any {
	var seats []any
	for _, a := range accounts[:2] {
		seats = append(seats, map[string]any{"account": a, "bond": types.Whole(10)})
	}
	return map[string]any{"dcert": map[string]any{"members": seats}}
}

// oracleSeats gives every account a seat in the oracle, with one implementation.
func oracleSeats(accounts []keys.Address) map[string]any {
	var seats []any
	for _, a := range accounts {
		seats = append(seats, map[string]any{"address": a, "watchtower": []string{"first"}, "treegen": []string{}})
	}
	return map[string]any{"oracle": map[string]any{
		"implementations": []any{map[string]any{"duty": "watchtower", "name": "first", "author": accounts[0], "source": "https://example.org/first"}},
		"members":         seats,
	}}
}

// badSectors makes the start of each table on the disk of member 2 unreadable,
// where the blocks are, before a client reads the chain from its beginning, a block
// every four seconds, and begins anew at the first hundred.
func badSectors(h *sim.Hands) {
	const begin, every, sectors = 10 * minute, 4000, 128 << 10
	h.At(begin, func() { h.Spoil(2, sectors) })
	for i := range types.Time(300) {
		call := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"chain_getBlock","params":{"at":%d}}`, 1+i%100)
		h.At(begin+i*every, func() { h.Call(2, call) })
	}
}

// planUpgrade has the members vote a protocol into force that none of them has:
// their programs do not signal it, and it waits for them.
func planUpgrade(h *sim.Hands) {
	const first, stake = 1, 60
	plan, err := all.Table.Pack("availability", "upgrade", availability.Upgrade{Height: 200, Protocol: 9})
	if err != nil {
		panic("ops: " + err.Error()) // the table holds it
	}
	h.At(5*minute, func() {
		h.Say(0, "legislature", "submit", legislature.Submit{
			Title: "protocol 9", Inline: types.Bytes("protocol 9"), Actions: []types.Msg{plan}, Fee: types.Whole(1), Deposit: types.Whole(1),
		})
	})
	for _, stage := range []types.Time{8, 19, 24} { // minutes: one in each stage of the vote
		for id := range 4 {
			h.At(stage*minute, func() {
				h.Say(id, "legislature", "vote", legislature.Vote{Proposal: first, Side: legislature.For, Stake: types.Whole(stake)})
			})
		}
	}
	h.At(32*minute, func() { h.Say(0, "legislature", "execute", legislature.Execute{Proposal: first}) })
}
