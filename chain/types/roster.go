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
	Escrow  []Bytes        `json:"escrow"`  // one key for each of its tickets; none under the hashed beacon
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

// Tickets lists the escrow keys that salts of the epoch are dealt to, in the
// order of the tickets: member by member, each with its own keys (spec beacon
// §3). None under the hashed beacon, and where no tickets could be given.
func (r *Roster) Tickets() (out [][]byte) {
	for i := range r.Members {
		for _, k := range r.Members[i].Escrow {
			out = append(out, k)
		}
	}
	return out
}

// FirstTicket is the number of the first ticket of the member at index i; it
// has as many as Escrow has keys.
func (r *Roster) FirstTicket(i int) (n uint32) {
	for j := range r.Members[:i] {
		n += uint32(len(r.Members[j].Escrow))
	}
	return n
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
	Commitment Bytes          `json:"commitment"` // hashed: the head of its chain; recoverable: the Merkle root over its dealings; empty: empty salts
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
	Lead      uint64    `json:"lead"`     // registrations for the next epoch close so many views before view Blocks
	Degraded  bool      `json:"degraded"` // members without an ASC had to join the list
	Bound     keys.Hash `json:"bound"`    // what the dealings are bound to: the genesis hash, in epoch 0 the draft's

	// What the epoch has opened so far, and what is left to open. Both belong
	// to the recoverable beacon and are read beside the plan.
	Opened   []Bytes   `cbor:"-" json:"-"` // the salts of views 1, 2, …; empty where a view has none
	Dealings [][]Bytes `cbor:"-" json:"-"` // by contract of List; nil where the reader did not ask for them
}

// Last is the epoch's boundary height.
func (p *Plan) Last() Height { return p.First + Height(p.Blocks) - 1 }

// Deadline is the last view whose block may hold registrations for the next
// epoch.
func (p *Plan) Deadline() View { return View(p.Blocks - min(p.Lead, p.Blocks)) }

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
	case p.Stride == 0:
		return fmt.Errorf("epoch %d: no stride", p.Epoch)
	case p.Roster.Total() >= 1<<62:
		return fmt.Errorf("epoch %d: roster weight %d is not below 2^62", p.Epoch, p.Roster.Total())
	}
	return nil
}
