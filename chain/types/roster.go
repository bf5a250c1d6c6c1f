package types

import (
	"fmt"

	"probity/chain/codec"
	"probity/chain/keys"
)

// Member is one entry of a roster: who votes with what weight in an epoch.
type Member struct {
	_       struct{}       `cbor:",toarray"`
	Address keys.Address   `json:"address"` // the account whose REP stands behind the votes
	Key     keys.PublicKey `json:"key"`     // signs votes
	Network Bytes          `json:"network"` // ed25519 public key of the node's network identity
	Weight  Weight         `json:"weight"`  // whole wREP at the freeze
	Escrow  []Bytes        `json:"escrow"`  // keys for encrypted shares; empty under the hashed beacon
}

// Roster is the bench of an epoch: everyone whose votes count, frozen one
// epoch ahead and never changed inside it (spec availability §3). Members are
// ordered by falling weight, then by address; a vote names its signer by index.
type Roster struct {
	_       struct{} `cbor:",toarray"`
	Epoch   Epoch    `json:"epoch"`
	Members []Member `json:"members"`
}

// Total is W, the weight of all members.
func (r *Roster) Total() (w Weight) {
	for i := range r.Members {
		w += r.Members[i].Weight
	}
	return w
}

// Index is the place of the member that votes with key, or −1.
func (r *Roster) Index(key keys.PublicKey) int {
	for i := range r.Members {
		if r.Members[i].Key == key {
			return i
		}
	}
	return -1
}

// Find is the place of the member of an account, or −1.
func (r *Roster) Find(a keys.Address) int {
	for i := range r.Members {
		if r.Members[i].Address == a {
			return i
		}
	}
	return -1
}

// Hash is what headers commit to: H over the epoch, the number of members and
// the Merkle root over their encodings, so that evidence proves one member
// with a short path after the roster itself is gone.
func (r *Roster) Hash() keys.Hash {
	return rosterHash(r.Epoch, len(r.Members), MerkleRoot(r.leaves()))
}

func rosterHash(e Epoch, n int, root keys.Hash) keys.Hash {
	return keys.Sum([]byte("roster"), codec.MustMarshal([]uint64{uint64(e), uint64(n)}), root[:])
}

func (r *Roster) leaves() [][]byte {
	out := make([][]byte, len(r.Members))
	for i := range r.Members {
		out[i] = codec.MustMarshal(r.Members[i])
	}
	return out
}

// MemberProof shows that a member stood at an index of the roster with a hash.
type MemberProof struct {
	_      struct{}    `cbor:",toarray"`
	Member Member      `json:"member"`
	Index  uint32      `json:"index"`
	Size   uint32      `json:"size"` // members in all
	Path   []keys.Hash `json:"path"`
}

// Prove makes the proof of the member at index i.
func (r *Roster) Prove(i int) MemberProof {
	return MemberProof{Member: r.Members[i], Index: uint32(i), Size: uint32(len(r.Members)), Path: MerkleProof(r.leaves(), i)}
}

// Verify reports whether p holds for the roster of epoch e with hash want.
func (p *MemberProof) Verify(e Epoch, want keys.Hash) bool {
	if p.Size == 0 || p.Index >= p.Size || len(p.Path) > 32 {
		return false
	}
	root, ok := merkleClimb(merkleLeaf(codec.MustMarshal(p.Member)), int(p.Index), int(p.Size), p.Path)
	return ok && rosterHash(e, int(p.Size), root) == want
}

// ASC is an availability contract of the frozen list: a producer that put REP
// behind being selected in one epoch (spec availability §2).
type ASC struct {
	_          struct{}       `cbor:",toarray"`
	ID         keys.Hash      `json:"id"`
	Producer   keys.Address   `json:"producer"`
	Key        keys.PublicKey `json:"key"`        // signs proposals
	Weight     Weight         `json:"weight"`     // whole wREP encumbered
	Commitment Bytes          `json:"commitment"` // of its salts, in the beacon scheme's form; empty: empty salts
	Salts      uint32         `json:"salts"`      // how many
}

// Scheme names a beacon scheme.
type Scheme uint8

// The beacon schemes. Their numbers are on the wire.
const (
	Hashed      Scheme = 1 // hash chains revealed in proposals
	Recoverable Scheme = 2 // encrypted salts that the roster can open
)

// Selection names a way of drawing producers.
type Selection uint8

// The selections. Their numbers are on the wire.
const (
	Cycle   Selection = 1 // units of one turn each: REP that served waits its turn
	Lottery Selection = 2 // an independent draw per view
)

// Plan is everything about an epoch that is fixed before it starts; it is
// state (spec availability §4), and all that consensus needs to run the epoch.
type Plan struct {
	_         struct{}  `cbor:",toarray"`
	Epoch     Epoch     `json:"epoch"`
	First     Height    `json:"first"`  // its first height
	Blocks    uint64    `json:"blocks"` // its number of heights: First … First+Blocks−1
	Roster    Roster    `json:"roster"`
	List      []ASC     `json:"list"` // ordered by id
	Seed      keys.Hash `json:"seed"` // R(e,0)
	Scheme    Scheme    `json:"scheme"`
	Selection Selection `json:"selection"`
	Stride    uint64    `json:"stride"`   // only views divisible by it use a salt
	Interval  Time      `json:"interval"` // least time between blocks, ms
	Degraded  bool      `json:"degraded"` // members without an ASC had to join the list
}

// Last is the epoch's boundary height.
func (p *Plan) Last() Height { return p.First + Height(p.Blocks) - 1 }

// Check refuses a plan that consensus could not run.
func (p *Plan) Check() error {
	switch {
	case len(p.Roster.Members) == 0:
		return fmt.Errorf("epoch %d: empty roster", p.Epoch)
	case p.Roster.Epoch != p.Epoch:
		return fmt.Errorf("epoch %d: roster of epoch %d", p.Epoch, p.Roster.Epoch)
	case len(p.List) == 0:
		return fmt.Errorf("epoch %d: no producer", p.Epoch)
	case p.Blocks == 0:
		return fmt.Errorf("epoch %d: no blocks", p.Epoch)
	case p.Roster.Total() >= 1<<62:
		return fmt.Errorf("epoch %d: roster weight %d is not below 2^62", p.Epoch, p.Roster.Total())
	}
	return nil
}
