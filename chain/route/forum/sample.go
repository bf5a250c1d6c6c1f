package forum

import (
	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
)

// sample proposes a post that cites some of the latest, or a fee or a stake for
// one of them.
func sample(s *route.Sampler) {
	if len(s.Accounts) == 0 {
		return
	}
	from := s.Accounts[s.Draw(uint64(len(s.Accounts)))]
	emit := func(id uint16, body any) {
		s.Emit(from, types.Msg{Route: ID, ID: id, Body: codec.MustMarshal(body)})
	}
	latest := recent(s)
	switch waiting, there := underValidation(s.Ctx); {
	case there && s.Draw(2) == 0:
		stakes := rep.WREP.Unexposed(s.Ctx, from).ShareDown(1+s.Draw(500), 1000)
		emit(3, Stake{Post: waiting, For: s.Draw(4) > 0, Amount: stakes})
	case len(latest) > 0 && s.Draw(2) == 0:
		id := latest[s.Draw(uint64(len(latest)))]
		emit(2, Fund{Post: id, Fee: FeeMin.Amount(s.Ctx).Mul(1 + s.Draw(4))})
	default:
		emit(1, somePost(s, from, latest))
	}
}

// underValidation is a post that has an open pool.
func underValidation(r state.Reader) (id keys.Hash, ok bool) {
	open.Range(r, func(k keys.Hash, _ uint64) bool {
		id, ok = k, true
		return false
	})
	return id, ok
}

// recent lists the posts of the last heights, at most 32.
func recent(s *route.Sampler) (list []keys.Hash) {
	h := s.Ctx.Block.Height
	byHeight.RangeFrom(s.Ctx, at{Height: h - min(h, 200)}, func(_ at, id keys.Hash) bool {
		list = append(list, id)
		return len(list) < 32
	})
	return list
}

// somePost cites up to three of the posts, negatively now and then, and once in
// a while the incinerator.
func somePost(s *route.Sampler, from keys.Address, latest []keys.Hash) Publish {
	text := []byte{byte(s.Draw(256)), byte(s.Draw(256)), byte(s.Draw(256)), byte(s.Draw(256))}
	m := Publish{Content: keys.Sum(text), Inline: text, Authors: []Author{{Address: from, PPM: types.Million}}}
	if other := s.Accounts[s.Draw(uint64(len(s.Accounts)))]; other != from {
		m.Authors[0].PPM = 600_000
		m.Authors = append(m.Authors, Author{Address: other, PPM: 400_000})
	}
	seen := map[keys.Hash]bool{}
	cite := func(id keys.Hash) {
		if !seen[id] {
			seen[id] = true
			ppm := int32(s.Draw(333_334))
			if s.Draw(4) == 0 && id != Incinerator {
				ppm = -ppm
			}
			m.References = append(m.References, Reference{Post: id, PPM: ppm})
		}
	}
	for range s.Draw(3) {
		if len(latest) > 0 {
			cite(latest[s.Draw(uint64(len(latest)))])
		}
	}
	if s.Draw(8) == 0 {
		cite(Incinerator)
	}
	return m
}
