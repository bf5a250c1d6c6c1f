package differ

import (
	"github.com/fxamacker/cbor/v2"

	"probity/chain/keys"
	"probity/chain/route/forum"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// forumSection draws parameters of the forum.
func forumSection(m *Maker, p, _ object) {
	r := m.rng
	p["forum.depth"], p["forum.visits"] = 1+r.IntN(5), 16+r.IntN(60)
	p["forum.flows"], p["forum.period"], p["forum.fee_min"] = 1+r.IntN(3), 1000+r.IntN(1500), 1+r.IntN(1_000_000)
	p["forum.binding_ppm"], p["forum.win_ppm"] = r.IntN(1_000_001), 500_000+r.IntN(200_000)
}

// posts are the ids of published posts, at times of blocks or nothing.
func (m *Maker) post() (id keys.Hash) {
	switch m.rng.IntN(16) {
	case 0:
		return forum.Incinerator
	case 1:
		return keys.Sum([]byte{byte(m.rng.IntN(3))})
	case 2:
		m.each(6, 10, func(rest []byte, _ any) {
			if id == (keys.Hash{}) || m.rng.IntN(3) == 0 {
				id = keys.Hash(rest)
			}
		})
		return id
	}
	n := 0
	m.each(forum.ID, 1, func(rest []byte, _ any) {
		if n++; m.rng.IntN(n) == 0 {
			id = keys.Hash(rest)
		}
	})
	return id
}

// forumTx publishes, funds or stakes.
func (m *Maker) forumTx() (*person, []types.Msg) {
	p := m.whale(rep.WREP)
	switch m.rng.IntN(5) {
	case 0, 1:
		return m.publish(p)
	case 2:
		fee := types.NewAmount(uint64(m.setup.params["forum.fee_min"].(int)) * uint64(m.rng.IntN(40)))
		return m.sent(p, "forum/fund", forum.Fund{Post: m.post(), Fee: fee})
	}
	var open []keys.Hash
	m.each(forum.ID, 11, func(rest []byte, _ any) { open = append(open, keys.Hash(rest)) })
	post := m.post()
	if len(open) == 0 && m.rng.IntN(4) != 0 {
		return nil, nil
	}
	if len(open) > 0 && m.rng.IntN(10) != 0 {
		post = open[m.rng.IntN(len(open))]
	}
	return m.sent(p, "forum/stake", forum.Stake{Post: post, For: post[5]%4 != 0 != (m.rng.IntN(6) == 0), Amount: m.reps(p)})
}

// free is what a person has of a book and has not exposed.
func (m *Maker) free(p *person, book rep.Book) uint64 {
	exposed := m.Get(append(append([]byte{0, rep.ID, 7}, be64(uint64(book))...), p.address[:]...))
	var sum []byte
	if exposed != nil {
		if err := cbor.Unmarshal(exposed, &sum); err != nil {
			panic("differ: " + err.Error()) // it is a form that the node wrote
		}
	}
	balance, _ := rep.Balance(m.tip.State, book, p.address).Uint64()
	var of uint64
	for _, x := range sum {
		of = of<<8 | uint64(x)
	}
	return balance - min(balance, of)
}

// whale is the one of a few people who has most to stake.
func (m *Maker) whale(book rep.Book) *person {
	best := m.anyone()
	for range 4 {
		if p := m.anyone(); m.free(p, book) > m.free(best, book) {
			best = p
		}
	}
	return best
}

// reps is an amount of wREP that the person has, at times not.
func (m *Maker) reps(p *person) types.Amount {
	switch free := m.free(p, rep.WREP); m.rng.IntN(10) {
	case 0:
		return m.amount()
	case 1:
		return types.NewAmount(free)
	default:
		return types.NewAmount(m.rng.Uint64N(free/2 + 2))
	}
}

// publish is a post of a few authors with a few references.
func (m *Maker) publish(p *person) (*person, []types.Msg) {
	body := forum.Publish{Inline: types.Bytes{byte(m.rng.IntN(256)), byte(m.rng.IntN(256))}}
	body.Content = keys.Sum(body.Inline)
	left := uint32(1_000_000)
	most := 3
	if m.legislating() {
		most = 6
	}
	for i := m.rng.IntN(most); i >= 0; i-- {
		w := left
		if i > 0 {
			w = uint32(m.rng.IntN(int(left)))
		}
		if i > 0 && m.legislating() {
			w = left / uint32(i+1)
		}
		left -= w
		a := m.anyone().address
		if m.rng.IntN(6) == 0 {
			a = m.identity()
		}
		body.Authors = append(body.Authors, forum.Author{Address: a, PPM: types.PPM(w)})
	}
	room := int32(1_000_000)
	for range m.rng.IntN(4) {
		w := m.rng.Int32N(room + 1)
		room -= w
		if m.rng.IntN(3) == 0 {
			w = -w
		}
		body.References = append(body.References, forum.Reference{Post: m.post(), PPM: w})
	}
	switch m.rng.IntN(20) {
	case 0:
		body.Content[0]++
	case 1:
		body.Inline = nil
	case 2:
		body.Authors = nil
	case 3:
		body.Authors[0].PPM++
	case 4:
		body.References = append(body.References, forum.Reference{Post: m.post(), PPM: 1_000_001})
	}
	return m.sent(p, "forum/publish", body)
}

// identities are texts that a chain's contributors go by.
var identities = []string{"git:ada@example.org", "git:bob@example.org", "git:eve@example.org"}

// identity is the address of a text that may have no account yet.
func (m *Maker) identity() keys.Address {
	return keys.IdentityAddress(identities[m.rng.IntN(len(identities))])
}
