package availability

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/rep"
	"probity/chain/types"
	"probity/consensus/quorum"
)

// Of asks about an account.
type Of struct {
	Address keys.Address `json:"address"`
}

// In asks about an epoch.
type In struct {
	Epoch types.Epoch `json:"epoch"`
}

// None asks for what needs no parameters.
type None struct{}

// Registration is a seat on the bench.
type Registration struct {
	Address keys.Address   `json:"address"`
	Key     keys.PublicKey `json:"key"`
	Network types.Bytes    `json:"network"`
	Weight  types.Weight   `json:"weight"` // it would have, were the freeze now
}

// Contract is an availability contract.
type Contract struct {
	Epoch      types.Epoch    `json:"epoch"`
	ID         keys.Hash      `json:"id"`
	Producer   keys.Address   `json:"producer"`
	Key        keys.PublicKey `json:"key"`
	Weight     types.Weight   `json:"weight"`
	Commitment types.Bytes    `json:"commitment"`
	Salts      uint32         `json:"salts"`
}

// Account is what the route knows of an account.
type Account struct {
	Address   keys.Address  `json:"address"`
	Seat      *Registration `json:"seat"`      // null: not on the bench
	Member    types.Weight  `json:"member"`    // weight in the running epoch's roster
	Contract  *Contract     `json:"contract"`  // of the running epoch
	Next      *Contract     `json:"next"`      // of the next one
	Misses    uint64        `json:"misses"`    // in a row
	Jailed    bool          `json:"jailed"`    // left out of lists until it asks back
	Convicted types.Height  `json:"convicted"` // at which height; 0: not
}

// Frozen is a frozen roster with its hash.
type Frozen struct {
	Roster types.Roster `json:"roster"`
	Hash   keys.Hash    `json:"hash"`
	Weight types.Weight `json:"weight"` // W
	Quorum types.Weight `json:"quorum"` // q
}

func get(c *route.Ctx, q Of) (Account, error) {
	k, _ := conducts.Get(c, q.Address)
	out := Account{Address: q.Address, Misses: k.Misses, Jailed: k.Jailed}
	out.Convicted, _ = convicted.Get(c, q.Address)
	if s, ok := bench.Get(c, q.Address); ok {
		out.Seat = describe(c, q.Address, s)
	}
	if r, ok := rosters.Get(c, c.Block.Epoch); ok {
		if i := r.Find(q.Address); i >= 0 {
			out.Member = r.Members[i].Weight
		}
	}
	out.Contract, out.Next = listed(c, c.Block.Epoch, q.Address), listed(c, c.Block.Epoch+1, q.Address)
	if r, ok := registered.Get(c, contract{c.Block.Epoch + 1, q.Address}); ok {
		out.Next = open(contract{c.Block.Epoch + 1, q.Address}, r)
	}
	return out, nil
}

func describe(c *route.Ctx, a keys.Address, s seat) *Registration {
	w := rep.Balance(c, rep.WREP, a).WholeDown()
	return &Registration{Address: a, Key: s.Key, Network: s.Network, Weight: types.Weight(w)}
}

// listed is the contract of an account in a list that is fixed.
func listed(c *route.Ctx, e types.Epoch, a keys.Address) *Contract {
	l, _ := lists.Get(c, e)
	for i := range l.ASCs {
		if s := &l.ASCs[i]; s.Producer == a {
			return &Contract{
				Epoch: e, ID: s.ID, Producer: a, Key: s.Key, Weight: s.Weight, Commitment: s.Commitment, Salts: s.Salts,
			}
		}
	}
	return nil
}

// open is a contract as registered.
func open(k contract, r entry) *Contract {
	return &Contract{
		Epoch: k.Epoch, ID: ContractID(k.Epoch, k.Address), Producer: k.Address,
		Key: r.Key, Weight: r.Weight, Commitment: r.Commitment, Salts: r.Salts,
	}
}

func seats(c *route.Ctx, _ None) ([]Registration, error) {
	out := []Registration{}
	bench.Range(c, func(a keys.Address, s seat) bool {
		out = append(out, *describe(c, a, s))
		return true
	})
	return out, nil
}

func plan(c *route.Ctx, q In) (*types.Plan, error) { return Plan(c, q.Epoch), nil }

func roster(c *route.Ctx, q In) (*Frozen, error) {
	r, ok := rosters.Get(c, q.Epoch)
	if !ok {
		return nil, nil
	}
	return &Frozen{Roster: r, Hash: r.Hash(), Weight: r.Total(), Quorum: quorum.Threshold(r.Total())}, nil
}

func contracts(c *route.Ctx, q In) ([]Contract, error) {
	out := []Contract{}
	registered.RangePrefix(c, contract{Epoch: q.Epoch}, 1, func(k contract, r entry) bool {
		out = append(out, *open(k, r))
		return true
	})
	return out, nil
}
