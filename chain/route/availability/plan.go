package availability

import (
	"fmt"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/state"
	"probity/chain/types"
)

// Plan is everything that is fixed about an epoch, with the salts that its blocks
// have opened and without its dealings (see Dealings); nil where the state does not
// hold all of it, which is before the boundary into the epoch and some time
// after its end.
func Plan(r state.Reader, e types.Epoch) *types.Plan {
	t, ok := numbers.Get(r, e)
	if !ok || t.Seed.IsZero() {
		return nil
	}
	bench, _ := rosters.Get(r, e)
	l, _ := lists.Get(r, e)
	return &types.Plan{
		Epoch: e, First: t.First, Blocks: t.Blocks, Roster: bench, List: l.ASCs, Seed: t.Seed,
		Scheme: t.Scheme, Selection: t.Selection, Stride: t.Stride, Interval: t.Interval, Lead: t.Lead, Degraded: l.Degraded,
		Bound: t.Bound, Opened: Opened(r, e),
	}
}

// Roster is the frozen bench of an epoch, kept as long as the plan; roster(e+1)
// is there from the end of e−1 on.
func Roster(r state.Reader, e types.Epoch) (types.Roster, bool) { return rosters.Get(r, e) }

// Last is the boundary height of an epoch whose numbers are kept.
func Last(r state.Reader, e types.Epoch) (types.Height, bool) {
	t, ok := numbers.Get(r, e)
	return t.last(), ok
}

// Length is the first height of an epoch whose numbers are kept, and how many
// blocks it has.
func Length(r state.Reader, e types.Epoch) (first types.Height, blocks uint64) {
	t, _ := numbers.Get(r, e)
	return t.First, t.Blocks
}

// Bound is what the dealings of an epoch are bound to, once its numbers are
// fixed.
func Bound(r state.Reader, e types.Epoch) keys.Hash {
	t, _ := numbers.Get(r, e)
	return t.Bound
}

// Deadline is the last view of an epoch in which contracts for the next one are
// accepted.
func Deadline(r state.Reader, e types.Epoch) (types.View, bool) {
	t, ok := numbers.Get(r, e)
	return t.deadline(), ok
}

// Scheme is the beacon scheme of an epoch, and which of its views use a salt:
// those divisible by the stride.
func Scheme(r state.Reader, e types.Epoch) (s types.Scheme, stride uint64, ok bool) {
	t, ok := numbers.Get(r, e)
	return t.Scheme, t.Stride, ok
}

// Seed is R(e,0), where it is known.
func Seed(r state.Reader, e types.Epoch) (keys.Hash, bool) {
	t, _ := numbers.Get(r, e)
	return t.Seed, !t.Seed.IsZero()
}

// Interval is the least time between blocks of an epoch.
func Interval(r state.Reader, e types.Epoch) types.Time {
	t, _ := numbers.Get(r, e)
	return t.Interval
}

// RosterHash is the hash of an epoch's roster, from its freeze until its exit
// delay has passed; at least, since hashes are forgotten at boundaries alone.
func RosterHash(r state.Reader, e types.Epoch) (keys.Hash, bool) {
	d, ok := digests.Get(r, e)
	return d.Roster, ok
}

// ListRoot is the Merkle root over an epoch's list of producers and their
// number, from the boundary into the epoch for as long as RosterHash.
func ListRoot(r state.Reader, e types.Epoch) (root keys.Hash, n int, ok bool) {
	d, ok := digests.Get(r, e)
	return d.List, int(d.Contracts), ok && !d.List.IsZero()
}

// Until is the last height at which the epoch's locks hold and evidence about
// it is heard; false where nothing of the epoch is known (any more).
func Until(r state.Reader, e types.Epoch) (types.Height, bool) {
	d, ok := digests.Get(r, e)
	return d.Until, ok
}

// Seat is the key with which an account will vote from the next freeze on;
// false where it is not on the bench.
func Seat(r state.Reader, a keys.Address) (keys.PublicKey, bool) {
	s, ok := bench.Get(r, a)
	return s.Key, ok
}

// Owner is the account that a key of votes or proposals belongs to.
func Owner(r state.Reader, k keys.PublicKey) (keys.Address, bool) { return owners.Get(r, k) }

// Registered reports whether an account has a contract for an epoch: one that
// waits for its list, or stands in it.
func Registered(r state.Reader, e types.Epoch, a keys.Address) bool {
	return registered.Has(r, contract{e, a}) || !Encumbrance(r, e, a).IsZero()
}

// Waiting is a registration that waits for its list: its weight and how many
// salts it has; false where there is none.
func Waiting(r state.Reader, e types.Epoch, a keys.Address) (w types.Weight, salts uint32, ok bool) {
	k, ok := registered.Get(r, contract{e, a})
	return k.Weight, k.Salts, ok
}

// Enrolled are the escrow keys of an account's seat.
func Enrolled(r state.Reader, a keys.Address) []types.Bytes {
	s, _ := bench.Get(r, a)
	return s.Escrow
}

// Encumbrance is the wREP that a producer put behind its contract of an epoch
// whose plan is kept; zero where it has none.
func Encumbrance(r state.Reader, e types.Epoch, a keys.Address) types.Amount {
	l, _ := lists.Get(r, e)
	for i := range l.ASCs {
		if l.ASCs[i].Producer == a {
			return types.Whole(uint64(l.ASCs[i].Weight))
		}
	}
	return types.Amount{}
}

// ASCProof shows that a contract stood in the list of an epoch, after the list
// itself is gone.
type ASCProof struct {
	_     struct{}    `cbor:",toarray"`
	ASC   types.ASC   `json:"asc"`
	Index uint32      `json:"index"`
	Path  []keys.Hash `json:"path"`
}

// ProveASC makes the proof of a contract of a plan; false where it has none
// with that id.
func ProveASC(p *types.Plan, id keys.Hash) (ASCProof, bool) {
	for i := range p.List {
		if p.List[i].ID == id {
			return ASCProof{ASC: p.List[i], Index: uint32(i), Path: types.MerkleProof(leaves(p.List), i)}, true
		}
	}
	return ASCProof{}, false
}

// Verify reports whether p holds for a list of n contracts with the given root.
func (p *ASCProof) Verify(root keys.Hash, n int) bool {
	return types.MerkleVerify(root, codec.MustMarshal(p.ASC), int(p.Index), n, p.Path)
}

func listRoot(list []types.ASC) keys.Hash { return types.MerkleRoot(leaves(list)) }

func leaves(list []types.ASC) [][]byte {
	out := make([][]byte, len(list))
	for i := range list {
		out[i] = codec.MustMarshal(list[i])
	}
	return out
}

// runnable checks the plan in force.
func runnable(c *route.Ctx) error {
	p := Plan(c, c.Block.Epoch)
	if p == nil {
		return fmt.Errorf("no plan of epoch %d", c.Block.Epoch)
	}
	if err := p.Check(); err != nil {
		return err
	}
	if hash, ok := RosterHash(c, p.Epoch); !ok || hash != p.Roster.Hash() {
		return fmt.Errorf("epoch %d: roster does not hash to %s", p.Epoch, hash)
	}
	return nil
}
