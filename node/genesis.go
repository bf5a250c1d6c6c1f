package node

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"probity/chain/escrow"
	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/all"
	"probity/chain/route/availability"
	"probity/chain/route/params"
	"probity/chain/types"
	"probity/node/signer"
)

// MemberKeys are the secrets of one member.
type MemberKeys struct {
	Account   keys.PrivateKey // controls the account that holds its $ and REP
	Consensus keys.PrivateKey // signs votes and proposals
	Network   [32]byte        // seed of its network identity
	Beacon    [32]byte        // what its salts derive from
}

// DeriveKeys makes a member's keys from one seed, for test networks and the
// simulator; a real member draws each on its own.
func DeriveKeys(seed [32]byte) MemberKeys {
	part := func(label string) [32]byte { return keys.Sum([]byte(label), seed[:]) }
	return MemberKeys{
		Account: keys.FromSeed(part("account")), Consensus: keys.FromSeed(part("consensus")),
		Network: part("network"), Beacon: part("beacon"),
	}
}

// NetworkKey is the public key of a network identity.
func NetworkKey(seed [32]byte) []byte {
	pub := keys.FromSeed(seed).Public()
	return pub[:]
}

// GenesisMember is a member of the first bench and the first list of producers.
type GenesisMember struct {
	Keys    MemberKeys
	REP     types.Amount // wREP
	Balance types.Amount // $
	Later   bool         // it has neither seat nor contract: its node takes them when it joins
}

// GenesisBalance is an account that starts with $ alone.
type GenesisBalance struct {
	Address keys.Address `json:"address"`
	Amount  types.Amount `json:"amount"`
}

// GenesisSpec says what a new chain starts from.
type GenesisSpec struct {
	Chain    string
	Time     types.Time
	Params   map[string]uint64 // other than the defaults
	Members  []GenesisMember
	Balances []GenesisBalance
	Sections map[string]any // of other routes, by name, as JSON encodes them
	Escrow   escrow.Suite   // deals the first salts; nil: escrow.DHPVSS
	Table    route.Table    // that the chain will run under; nil: all.Table
}

// GenesisFile writes the genesis file of a new chain: every member that does not
// come Later sits on the first bench and serves the first epoch with three quarters
// of its REP. The registrations are signed over the hash of the file without signatures.
func GenesisFile(s GenesisSpec) ([]byte, error) {
	draft, err := s.file(nil)
	if err != nil {
		return nil, err
	}
	g, err := exec.ParseGenesis(draft)
	if err != nil {
		return nil, err
	}
	d := g.Draft()
	return s.file(&d)
}

// NewGenesis is GenesisFile, parsed.
func NewGenesis(s GenesisSpec) (*exec.Genesis, error) {
	file, err := GenesisFile(s)
	if err != nil {
		return nil, err
	}
	return exec.ParseGenesis(file)
}

type genesisSeat struct {
	Account    keys.Address   `json:"account"`
	Key        keys.PublicKey `json:"key"`
	Network    types.Bytes    `json:"network"`
	Escrow     []types.Bytes  `json:"escrow,omitempty"`
	Possession types.Bytes    `json:"possession,omitempty"`
	Signature  keys.Signature `json:"signature"`
}

type genesisContract struct {
	Account    keys.Address   `json:"account"`
	Weight     types.Weight   `json:"weight"`
	Key        keys.PublicKey `json:"key"`
	Commitment types.Bytes    `json:"commitment,omitempty"`
	Salts      uint32         `json:"salts,omitempty"`
	Dealings   []types.Bytes  `json:"dealings,omitempty"`
	Signature  keys.Signature `json:"signature"`
}

// file renders the genesis, unsigned where draft is nil.
func (s *GenesisSpec) file(draft *keys.Hash) ([]byte, error) {
	var bank struct {
		Balances []GenesisBalance `json:"balances"`
	}
	var rep struct {
		Holders []GenesisBalance `json:"holders"`
	}
	var av struct {
		Bench []genesisSeat     `json:"bench"`
		ASC   []genesisContract `json:"asc"`
	}
	terms, err := s.terms()
	if err != nil {
		return nil, err
	}
	var roster types.Roster
	if draft != nil && terms.scheme == types.Recoverable {
		roster = s.roster(terms)
	}
	for i := range s.Members {
		m := &s.Members[i]
		account := m.Keys.Account.Public().Address()
		if !m.Balance.IsZero() {
			bank.Balances = append(bank.Balances, GenesisBalance{account, m.Balance})
		}
		rep.Holders = append(rep.Holders, GenesisBalance{account, m.REP})
		if m.Later {
			continue
		}
		seat, asc := m.register(terms, &roster, draft, s.suite())
		av.Bench, av.ASC = append(av.Bench, seat), append(av.ASC, asc)
	}
	bank.Balances = append(bank.Balances, s.Balances...)
	routes := map[string]any{"bank": bank, "rep": rep, "availability": av}
	maps.Copy(routes, s.Sections)
	return json.MarshalIndent(map[string]any{
		"chain": s.Chain, "time": s.Time, "protocol": 1, "params": s.Params, "routes": routes,
	}, "", "  ")
}

// register makes a member's seat and contract, without proofs where draft is nil.
func (m *GenesisMember) register(t genesisTerms, roster *types.Roster, draft *keys.Hash, suite escrow.Suite) (genesisSeat, genesisContract) {
	account, key := m.Keys.Account.Public().Address(), m.Keys.Consensus
	b := availability.Bench{Key: key.Public(), Network: NetworkKey(m.Keys.Network)}
	d := dealer{
		suite: suite, secret: m.Keys.Beacon, account: account, key: b.Key, scheme: t.scheme, blocks: t.blocks, stride: t.stride, roster: roster,
	}
	if t.scheme == types.Recoverable {
		var bound keys.Hash
		if draft != nil {
			bound = *draft
		}
		d.bound = bound
		b.Escrow, b.Possession = signer.EscrowKeys(suite, EscrowSeed(m.Keys.Beacon), availability.EscrowKeys(t.benchMax), availability.PossessionContext(bound, account))
	}
	reg := availability.Register{Weight: contractWeight(m.REP), Key: b.Key}
	seat := genesisSeat{Account: account, Key: b.Key, Network: b.Network, Escrow: b.Escrow, Possession: b.Possession}
	asc := genesisContract{Account: account, Weight: reg.Weight, Key: reg.Key}
	switch {
	case t.scheme == types.Hashed:
		reg = d.register(reg.Weight)
		asc.Commitment, asc.Salts = reg.Commitment, reg.Salts
	case draft != nil:
		reg.Commitment, reg.Salts = d.deal(0, d.needed(reg.Weight), 1<<30)
		size := escrow.DealingBytes(len(roster.Tickets()))
		for j := range int(reg.Salts) {
			asc.Dealings = append(asc.Dealings, reg.Commitment[j*size:(j+1)*size])
		}
	}
	if draft != nil {
		seat.Signature = key.Sign(b.SignBytes(*draft, account))
		asc.Signature = key.Sign(reg.SignBytes(*draft, account))
	}
	return seat, asc
}

// roster is the one that the law will freeze out of this genesis, to which the
// first salts are dealt.
func (s *GenesisSpec) roster(t genesisTerms) types.Roster {
	var r types.Roster
	for i := range s.Members {
		m := &s.Members[i]
		if m.Later {
			continue
		}
		seat, _ := m.register(t, &types.Roster{}, nil, s.suite())
		r.Members = append(r.Members, types.Member{
			Address: seat.Account, Key: seat.Key, Network: seat.Network, Weight: types.Weight(m.REP.WholeDown()), Escrow: seat.Escrow,
		})
	}
	slices.SortFunc(r.Members, func(a, b types.Member) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), bytes.Compare(a.Address[:], b.Address[:]))
	})
	r.Members = r.Members[:min(len(r.Members), int(t.benchMax))]
	r.Members, _ = availability.Ticketed(r.Members, availability.EscrowKeys(t.benchMax))
	return r
}

// suite deals and possesses.
func (s *GenesisSpec) suite() escrow.Suite {
	if s.Escrow == nil {
		return escrow.DHPVSS
	}
	return s.Escrow
}

// genesisTerms are the numbers of the first epoch that registrations depend on.
type genesisTerms struct {
	blocks, stride, benchMax uint64
	scheme                   types.Scheme
}

// terms are those that the genesis sets, or their defaults.
func (s *GenesisSpec) terms() (t genesisTerms, err error) {
	if s.Params == nil {
		s.Params = map[string]uint64{}
	}
	table := s.Table
	if table == nil {
		table = all.Table
	}
	p, err := route.NewParams(table, s.Params)
	if err != nil {
		return t, fmt.Errorf("genesis: params: %w", err)
	}
	return genesisTerms{
		blocks: p.Get(params.EpochBlocks), stride: p.Get(availability.BeaconStride),
		benchMax: p.Get(availability.BenchMax), scheme: types.Scheme(p.Get(availability.BeaconScheme)),
	}, nil
}

// contractWeight is the REP that a member puts behind its contract: three
// quarters, rounded up. The rest is left to vote with after a slash of the
// contract. With less than that, members of less than a third of the bench could
// degrade an epoch by not registering (a list below half of the bench's weight
// is filled up, spec availability §2), and would serve in it with all their
// weight and without salts: 3/4 of 2/3 is half.
func contractWeight(rep types.Amount) types.Weight {
	w := rep.WholeDown()
	return types.Weight(max(w-w/4, 1))
}
