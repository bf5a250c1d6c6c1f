package node

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route/all"
	"probity/chain/route/availability"
	"probity/chain/route/beacon"
	"probity/chain/types"
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
}

// GenesisFile writes the genesis file of a new chain: every member sits on the
// first bench and serves the first epoch with half its REP. The registrations
// are signed over the hash of the file without signatures.
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
	Account   keys.Address   `json:"account"`
	Key       keys.PublicKey `json:"key"`
	Network   types.Bytes    `json:"network"`
	Signature keys.Signature `json:"signature"`
}

type genesisContract struct {
	Account    keys.Address   `json:"account"`
	Weight     types.Weight   `json:"weight"`
	Key        keys.PublicKey `json:"key"`
	Commitment types.Bytes    `json:"commitment"`
	Salts      uint32         `json:"salts"`
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
	blocks, err := s.epochBlocks()
	if err != nil {
		return nil, err
	}
	for i := range s.Members {
		m := &s.Members[i]
		account := m.Keys.Account.Public().Address()
		if !m.Balance.IsZero() {
			bank.Balances = append(bank.Balances, GenesisBalance{account, m.Balance})
		}
		rep.Holders = append(rep.Holders, GenesisBalance{account, m.REP})
		seat := genesisSeat{Account: account, Key: m.Keys.Consensus.Public(), Network: NetworkKey(m.Keys.Network)}
		reg := Contract(m.Keys.Beacon, m.Keys.Consensus.Public(), 0, contractWeight(m.REP), blocks)
		asc := genesisContract{Account: account, Weight: reg.Weight, Key: reg.Key, Commitment: reg.Commitment, Salts: reg.Salts}
		if draft != nil {
			b := availability.Bench{Key: seat.Key, Network: seat.Network}
			seat.Signature = m.Keys.Consensus.Sign(b.SignBytes(*draft, account))
			asc.Signature = m.Keys.Consensus.Sign(reg.SignBytes(*draft, account))
		}
		av.Bench, av.ASC = append(av.Bench, seat), append(av.ASC, asc)
	}
	bank.Balances = append(bank.Balances, s.Balances...)
	return json.MarshalIndent(map[string]any{
		"chain": s.Chain, "time": s.Time, "protocol": 1, "params": s.Params,
		"routes": map[string]any{"bank": bank, "rep": rep, "availability": av},
	}, "", "  ")
}

// epochBlocks is the epoch length that the genesis sets or leaves.
func (s *GenesisSpec) epochBlocks() (uint64, error) {
	if s.Params == nil {
		s.Params = map[string]uint64{}
	}
	if v, ok := s.Params["epoch.blocks"]; ok {
		return v, nil
	}
	r := all.Table.Find("params")
	for _, p := range r.Params {
		if p.Name == "epoch.blocks" {
			return p.Default, nil
		}
	}
	return 0, fmt.Errorf("genesis: no parameter epoch.blocks")
}

// contractWeight is the REP that a member puts behind its contract: half of it,
// so that a slash of the contract leaves a stake to vote with.
func contractWeight(rep types.Amount) types.Weight {
	return types.Weight(max(rep.WholeDown()/2, 1))
}

// Contract is the registration of a producer for an epoch of a number of
// blocks, with salts for twice as many turns as there are blocks; unsigned.
func Contract(beaconSecret [32]byte, key keys.PublicKey, e types.Epoch, w types.Weight, blocks uint64) availability.Register {
	salts := uint32(min(2*blocks, availability.SaltsMax))
	return availability.Register{
		Epoch: e, Weight: w, Key: key, Commitment: beacon.Commit(SaltSecret(beaconSecret, e), salts), Salts: salts,
	}
}

// SaltSecret derives the secret of an epoch's salts from a member's beacon
// secret, so that a keystore holds one secret for all epochs.
func SaltSecret(beaconSecret [32]byte, e types.Epoch) [32]byte {
	return keys.Sum([]byte("salts"), beaconSecret[:], binary.BigEndian.AppendUint64(nil, uint64(e)))
}
