package differ

import (
	"encoding/json"
	"fmt"
	"maps"

	"probity/chain/codec"
	"probity/chain/escrow"
	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route/availability"
	"probity/chain/route/beacon"
	"probity/chain/types"
)

// setup is what a seed says of its chain.
type setup struct {
	members int
	params  map[string]any
	hashed  bool
	suite   escrow.Suite
	routes  object // genesis sections of routes 8 to 14
	steady  bool   // little happens to the bench, so that much happens elsewhere
	focus   int    // the generator that is asked more often than others
}

// person has an account, and keys for the bench that it may change.
type person struct {
	name    string
	key     keys.PrivateKey
	address keys.Address
	votes   []keys.PrivateKey // the last is in use
	rep     uint64            // whole REP at the genesis
	held    map[string]escrow.Secret
	keySets int
}

func (m *Maker) draw(seed uint64, hashed bool) {
	r := m.rng
	n := 1 + r.IntN(5)
	blocks := 4 + r.IntN(20)
	p := map[string]any{
		"epoch.blocks": blocks, "asc.lead_views": 1 + r.IntN(min(blocks-1, 6)), "block.interval": 1 + r.IntN(400),
		"fees.base_min": 1 + r.IntN(50), "evidence.window": 16 + r.IntN(40), "reward.block": r.IntN(1_000_000_000),
		"jail.misses": 1 + r.IntN(6), "evidence.header_ppm": r.IntN(1_000_001), "evidence.slash_ppm": 500_000 + r.IntN(500_001),
		"treasury_ppm": r.IntN(200_000), "budget.grep_ppm": r.IntN(2) * r.IntN(200_000), "fees.burn_ppm": r.IntN(1_000_001),
		"rep.mint_ratio": r.IntN(3_000_000), "rep.year_cap_ppm": r.IntN(2) * r.IntN(1_000_001),
		"pool.poster_ppm": r.IntN(1_000_001), "pool.stake_ppm": r.IntN(62_501), "pool.includer_ppm": r.IntN(1_000_001),
		"pool.entry_ppm": r.IntN(1_000_001), "pool.base": []string{"roster", "included"}[r.IntN(2)],
		"bench.mode": []string{"top", "sampled"}[r.IntN(2)], "bench.sample": 1 + r.IntN(4),
		"asc.selection": []string{"cycle", "LOTTERY"}[r.IntN(2)], "beacon.stride": 1 + r.IntN(2), "asc.max": 1 + r.IntN(8),
		"block.weight": []int{200_000, 1_000_000, 4_000_000}[r.IntN(3)], "evidence.reward": r.IntN(1_000_000_000), "bench.max": 3 + r.IntN(5), "beacon.scheme": "recoverable",
	}
	m.setup = setup{members: n, params: p, hashed: hashed, suite: escrow.DHPVSS, routes: object{}}
	if hashed {
		p["beacon.scheme"] = "hashed"
	}
	if m.setup.steady = r.IntN(3) != 0; m.setup.steady {
		p["jail.misses"], p["block.interval"] = 8, 100+r.IntN(300)
		p["pool.stake_ppm"] = r.IntN(3000) // or nobody has REP left for anything else
	}
	for i := 0; i < n+8; i++ {
		q := &person{name: fmt.Sprintf("%d/%d", seed, i), held: map[string]escrow.Secret{}}
		q.key = keys.FromSeed(keys.Sum([]byte("account"), []byte(q.name)))
		q.address = q.key.Public().Address()
		q.rekey()
		if i < n+6 {
			q.rep = 1 + uint64(r.IntN(100))
			if m.setup.steady {
				q.rep += 20 + uint64(r.IntN(300))
			}
		}
		m.people = append(m.people, q)
		m.owners[q.address] = q
	}
	m.setup.focus = int(seed % focuses)
	for _, fill := range sections {
		fill(m, p, m.setup.routes)
	}
}

// sections draw parameters and genesis sections of routes: durations of a few
// blocks, so that what takes weeks elsewhere happens here.
var sections = []func(m *Maker, params, routes object){
	forumSection, lawSection, courtSection, dcertSection, releaseSection, contributionSection, oracleSection,
}

// rekey takes a new key for the bench.
func (p *person) rekey() {
	p.votes = append(p.votes, keys.FromSeed(keys.Sum([]byte("vote"), []byte(p.name), be64(uint64(len(p.votes))))))
}

func (p *person) vote() keys.PrivateKey { return p.votes[len(p.votes)-1] }

// secret is what the salts of an epoch follow from.
func (p *person) secret(e types.Epoch) [32]byte {
	return keys.Sum([]byte("salts"), []byte(p.name), codec.MustMarshal(e))
}

// deal is what one salt is dealt from.
func (p *person) deal(e types.Epoch, j uint32) [32]byte {
	s := p.secret(e)
	return keys.Sum(s[:], be64(uint64(j)))
}

// escrowKeys are n new ones, with the proof that the person holds them.
func (p *person) escrowKeys(suite escrow.Suite, n int, bound keys.Hash) (public []types.Bytes, possession types.Bytes) {
	var secrets []escrow.Secret
	for k := range n {
		s := escrow.NewSecret(keys.Sum([]byte("escrow"), []byte(p.name), be64(uint64(p.keySets))), uint32(k))
		secrets = append(secrets, s)
		b := suite.Public(s)
		p.held[string(b)] = s
		public = append(public, types.Bytes(b))
	}
	return public, types.Bytes(suite.Possess(secrets, availability.PossessionContext(bound, p.address)))
}

// escrow is the secret of a key.
func (p *person) escrow(public types.Bytes, _ escrow.Suite) escrow.Secret {
	return p.held[string(public)]
}

type object = map[string]any

// genesis writes the file: without signatures, for their hash, then with them.
func (m *Maker) genesis() ([]byte, error) {
	file, err := m.write(nil)
	if err != nil {
		return nil, err
	}
	g, err := exec.ParseGenesis(file)
	if err != nil {
		return nil, err
	}
	d := g.Draft()
	return m.write(&d)
}

func (m *Maker) write(draft *keys.Hash) ([]byte, error) {
	var bound keys.Hash
	if draft != nil {
		bound = *draft
	}
	balances, holders, bench, asc := []object{}, []object{}, []object{}, []object{}
	var seats []types.Member
	for i, p := range m.people {
		amount := uint64(1_000_000_000) * uint64(1+i)
		if m.setup.steady && i%4 != 0 {
			amount *= 10_000
		}
		balances = append(balances, object{"address": p.address, "amount": fmt.Sprint(amount)})
		if p.rep > 0 {
			holders = append(holders, object{"address": p.address, "amount": types.Whole(p.rep)})
		}
		if i >= m.setup.members {
			continue
		}
		k := p.vote()
		seat := availability.Bench{Key: k.Public(), Network: make(types.Bytes, 32)}
		b := object{"account": p.address, "key": seat.Key, "network": seat.Network}
		if !m.setup.hashed {
			seat.Escrow, seat.Possession = p.escrowKeys(m.setup.suite, availability.EscrowKeys(uint64(m.setup.params["bench.max"].(int))), bound)
			b["escrow"], b["possession"] = seat.Escrow, seat.Possession
		}
		if draft != nil {
			b["signature"] = k.Sign(seat.SignBytes(bound, p.address))
		}
		bench = append(bench, b)
		seats = append(seats, types.Member{Address: p.address, Key: seat.Key, Network: seat.Network, Weight: types.Weight(p.rep), Escrow: seat.Escrow})
	}
	roster := m.freeze(seats)
	for _, p := range m.people[:m.setup.members] {
		if c := m.genesisContract(p, roster, draft); c != nil {
			asc = append(asc, c)
		}
	}
	routes := object{"bank": object{"balances": balances}, "rep": object{"holders": holders}, "availability": object{"bench": bench, "asc": asc}}
	for name, section := range m.setup.routes {
		routes[name] = section
	}
	out := object{"chain": "differ", "time": 1_700_000_000_000, "protocol": 1, "params": maps.Clone(m.setup.params), "routes": routes}
	return json.Marshal(out)
}

// freeze is the roster that the law makes of the genesis' seats.
func (m *Maker) freeze(seats []types.Member) *types.Roster {
	r := &types.Roster{Members: seats}
	less := func(a, b *types.Member) bool {
		return a.Weight > b.Weight || a.Weight == b.Weight && string(a.Address[:]) < string(b.Address[:])
	}
	for i := range r.Members {
		for j := i; j > 0 && less(&r.Members[j], &r.Members[j-1]); j-- {
			r.Members[j], r.Members[j-1] = r.Members[j-1], r.Members[j]
		}
	}
	if most := m.setup.params["bench.max"].(int); len(r.Members) > most {
		r.Members = r.Members[:most]
	}
	if !m.setup.hashed {
		r.Members, _ = availability.Ticketed(r.Members, int(uint64(4*m.setup.params["bench.max"].(int)+2)/3))
	}
	return r
}

func (m *Maker) genesisContract(p *person, roster *types.Roster, draft *keys.Hash) object {
	if m.setup.members > 1 && p == m.people[m.setup.members-1] && p.rep%3 == 0 {
		return nil // it has none: at times the list is degraded
	}
	k := p.vote()
	c := availability.Register{Weight: types.Weight(p.rep), Key: k.Public()}
	out := object{"account": p.address, "weight": c.Weight, "key": c.Key}
	if m.setup.hashed {
		c.Commitment, c.Salts = beacon.Commit(p.secret(0), hashedSalts), hashedSalts
		out["commitment"], out["salts"] = c.Commitment, c.Salts
	}
	if draft == nil {
		return out
	}
	if !m.setup.hashed {
		n := availability.SaltsNeeded(c.Weight, roster.Total(), uint64(m.setup.params["epoch.blocks"].(int)), uint64(m.setup.params["beacon.stride"].(int)))
		list := m.dealings(p, roster, *draft, 0, 0, n)
		for _, d := range list {
			c.Commitment = append(c.Commitment, d...)
		}
		c.Salts, out["dealings"] = uint32(len(list)), list
	}
	out["signature"] = k.Sign(c.SignBytes(*draft, p.address))
	return out
}

// dealings are n of a contract, from number first on; none to a roster without
// tickets.
func (m *Maker) dealings(p *person, r *types.Roster, bound keys.Hash, e types.Epoch, first, n uint32) (out []types.Bytes) {
	panel, err := m.setup.suite.Panel(r.Tickets())
	if err != nil {
		return nil
	}
	at := escrow.Place{Bound: bound, Epoch: uint64(e), ASC: availability.ContractID(e, p.address), Roster: r.Hash()}
	for at.Salt = first; at.Salt < first+n; at.Salt++ {
		out = append(out, types.Bytes(m.setup.suite.Deal(panel, at, p.deal(e, at.Salt))))
	}
	return out
}
