package differ

import (
	"fmt"
	"testing"

	"probity/chain/keys"
	"probity/chain/route/dcert"
	"probity/chain/types"
)

// crowd is how many accounts prefer somebody: more than one block counts.
const crowd = dcert.VotersPerBlock + 120

// Goal: a count of more preferences than one block takes has the same steps, the same
// snapshot and the same votes in both. Method: a chain in which hundreds of accounts
// state preferences and change them while they are counted.
func TestLongCount(t *testing.T) {
	fills, makers := sections, generators
	t.Cleanup(func() { sections, generators = fills, makers })
	var many []*person
	sections = append(fills[:len(fills):len(fills)], func(m *Maker, p, routes object) {
		m.setup.steady = true
		p["dcert.max"], p["dcert.bond"] = 2, uint64(1_000_000_000)
		p["epoch.blocks"], p["asc.lead_views"], p["block.weight"] = 8, 2, 4_000_000
		routes["dcert"] = object{"members": []object{{"account": m.people[0].address, "bond": fmt.Sprint(p["dcert.bond"])}}}
		for i := range crowd {
			q := &person{name: fmt.Sprintf("crowd %d", i), rep: 1 + uint64(i%3)}
			q.key = keys.FromSeed(keys.Sum([]byte(q.name)))
			q.address = q.key.Public().Address()
			q.rekey()
			many = append(many, q)
		}
		m.people = append(m.people, many...)
	})
	next, seen := 0, map[types.Height]bool{} // blocks behind which a count ran on
	generators = []func(m *Maker) (*person, []types.Msg){func(m *Maker) (*person, []types.Msg) {
		m.each(dcert.ID, 3, func([]byte, any) { seen[m.tip.Header.Height] = true })
		if next < len(many) && m.rng.IntN(20) != 0 {
			next++
			return m.sent(many[next-1], "dcert/prefer", dcert.Prefer{Shares: []dcert.Share{{Address: m.people[next%2].address, PPM: 400_000}}})
		}
		switch m.rng.IntN(8) {
		case 0:
			return m.bondTx()
		case 1, 2: // whoever produces has another balance with each block
			return m.preferTx(m.anyone())
		}
		return m.preferTx(many[m.rng.IntN(len(many))])
	}}
	m, err := New(17, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	m.people = m.people[:len(m.people)-crowd]
	n, difference := follow(t, newTower(t, ""), m, 200)
	if difference != "" {
		t.Fatal(difference)
	}
	if len(seen) < 2 {
		t.Errorf("%d blocks, %d preferences, and a count ran on behind only %d of them", n, next, len(seen))
	}
}
