package availability

import (
	"math/bits"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
)

// EscrowKeys is how many escrow keys a seat needs where a roster has at most a
// number of members: the tickets of one roster are no more than these in all
// (spec beacon §4), so that the heaviest member has a key for each of its own.
func EscrowKeys(benchMax uint64) int { return int((4*benchMax + 2) / 3) }

// SaltsNeeded is the least number of salts with which a contract of weight w is
// activated in an epoch whose roster weighs total: twice its expected turns
// among the views that use a salt, and two more. Twice, because a list may weigh
// as little as half the roster. Were salts to run out before the registrations
// for the next epoch close, their owners could grind its seed (spec beacon §5).
func SaltsNeeded(w, total types.Weight, blocks, stride uint64) uint32 {
	hi, lo := bits.Mul64(2*blocks, uint64(w))
	if hi >= uint64(total) {
		return SaltsMax
	}
	turns, rest := bits.Div64(hi, lo, uint64(total))
	if turns >= SaltsMax*stride { // before anything is added to it
		return SaltsMax
	}
	if rest > 0 {
		turns++
	}
	turns = (turns + stride - 1) / stride
	return uint32(min(turns+2, SaltsMax))
}

// Ticketed gives the members of a roster their tickets: each keeps the first of
// its escrow keys, one a ticket. It is false, and nobody has a ticket, where
// the weights need more than most tickets in all, or more than the members'
// keys allow: then no salt can be dealt to this roster (spec beacon §3).
func Ticketed(members []types.Member, most int) ([]types.Member, bool) {
	out := append([]types.Member{}, members...)
	weights := make([]uint64, len(out))
	caps := make([]int, len(out))
	for i := range out {
		weights[i], caps[i] = uint64(out[i].Weight), len(out[i].Escrow)
	}
	tickets, ok := escrow.TicketsWithin(weights, caps, most)
	for i := range out {
		if !ok {
			out[i].Escrow = nil
			continue
		}
		out[i].Escrow = out[i].Escrow[:tickets[i]]
	}
	return out, ok
}

// enroll makes escrow keys the account's for ever, where it has shown that it
// holds them all: a key taken from another would let its shares be replayed.
func enroll(c *route.Ctx, account keys.Address, m *Bench, bound keys.Hash) error {
	if len(m.Escrow) == 0 {
		if len(m.Possession) != 0 {
			return ErrEscrow.With("a proof of no keys")
		}
		if BeaconScheme.Get(c) == uint64(types.Recoverable) {
			return ErrEscrow.With("no keys, the beacon needs %d", EscrowKeys(BenchMax.Get(c)))
		}
		return nil
	}
	if need := EscrowKeys(BenchMax.Get(c)); len(m.Escrow) < need || len(m.Escrow) > EscrowMax {
		return ErrEscrow.With("%d keys, want %d to %d", len(m.Escrow), need, EscrowMax)
	}
	list := make([][]byte, len(m.Escrow))
	for i, k := range m.Escrow {
		if owner, taken := escrowOwners.Get(c, keys.Sum(k)); taken && owner != account {
			return ErrEscrow.With("key %d belongs to another account", i)
		}
		list[i] = k
	}
	if err := c.Chain.Escrow.Possessed(list, PossessionContext(bound, account), m.Possession); err != nil {
		return ErrEscrow.With("%v", err)
	}
	for _, k := range m.Escrow {
		escrowOwners.Set(c, keys.Sum(k), account)
	}
	return nil
}

// PossessionContext is what the proof of possession of escrow keys is bound to.
func PossessionContext(bound keys.Hash, account keys.Address) []byte {
	return keys.SignBytes("escrow", bound, account[:])
}

// deal checks and stores dealings, which are the contract's salts from first on.
func deal(c *route.Ctx, k contract, next *terms, first uint32, commitment types.Bytes, n uint32) error {
	roster, _ := rosters.Get(c, k.Epoch)
	tickets := roster.Tickets()
	size := escrow.DealingBytes(len(tickets))
	switch { // what costs nothing to see comes first
	case uint64(n) > SaltsMax || uint64(first)+uint64(n) > SaltsMax:
		return ErrCommitment.With("%d salts, at most %d", uint64(first)+uint64(n), SaltsMax)
	case len(tickets) == 0 && (n > 0 || len(commitment) > 0):
		return ErrCommitment.With("roster %d has no tickets to deal to: no salts", k.Epoch)
	case uint64(len(commitment)) != uint64(n)*uint64(size):
		return ErrCommitment.With("%d bytes for %d salts of %d bytes each", len(commitment), n, size)
	case n == 0:
		return nil
	}
	panel, err := c.Chain.Escrow.Panel(tickets)
	if err != nil {
		return ErrCommitment.With("%v", err)
	}
	if bad, err := verify(c.Chain.Escrow, panel, placeOf(next, k, &roster), first, commitment, size); err != nil {
		return ErrCommitment.With("salt %d: %v", bad, err)
	}
	for j := range n {
		dealings.Set(c, salt{k.Epoch, k.Address, first + j}, commitment[int(j)*size:int(j+1)*size])
	}
	return nil
}

// placeOf is what the dealings of a contract are bound to, but for their numbers.
func placeOf(t *terms, k contract, roster *types.Roster) escrow.Place {
	return escrow.Place{Bound: t.Bound, Epoch: uint64(k.Epoch), ASC: ContractID(k.Epoch, k.Address), Roster: roster.Hash()}
}

// verify checks dealings of one size each, numbered from first on, and names
// the first that is wrong.
func verify(suite escrow.Suite, panel *escrow.Panel, at escrow.Place, first uint32, commitment types.Bytes, size int) (bad uint32, err error) {
	for j := 0; j < len(commitment)/size; j++ {
		at.Salt = first + uint32(j)
		if err := suite.Verify(panel, at, commitment[j*size:(j+1)*size]); err != nil {
			return at.Salt, err
		}
	}
	return 0, nil
}

// Foresee checks the dealings of a registration, or of salts added to one,
// ahead of its block, with an escrow that remembers: in the block they then cost
// nothing. It is no verdict, and does nothing where the law would refuse the
// message before it looks at dealings.
func Foresee(c *route.Ctx, account keys.Address, m Register) {
	now, ok := numbers.Get(c, c.Block.Epoch)
	next, planned := numbers.Get(c, m.Epoch)
	amount := types.Whole(uint64(min(m.Weight, weightLimit)))
	if !ok || !planned || m.Epoch != c.Block.Epoch+1 || c.Block.View > now.deadline() || next.Scheme != types.Recoverable ||
		registered.Has(c, contract{m.Epoch, account}) || Convicted(c, account) || amount.Less(ASCMin.Amount(c)) ||
		rep.Balance(c, rep.WREP, account).Less(amount) {
		return
	}
	foresee(c, contract{m.Epoch, account}, &next, 0, m.Commitment)
}

// ForeseeMore is Foresee for salts added to a registration that waits.
func ForeseeMore(c *route.Ctx, account keys.Address, m AddSalts) {
	next, _ := numbers.Get(c, m.Epoch)
	if r, ok := registered.Get(c, contract{m.Epoch, account}); ok && next.Scheme == types.Recoverable {
		foresee(c, contract{m.Epoch, account}, &next, r.Salts, m.Commitment)
	}
}

func foresee(c *route.Ctx, k contract, next *terms, first uint32, commitment types.Bytes) {
	roster, _ := rosters.Get(c, k.Epoch)
	tickets := roster.Tickets()
	size := escrow.DealingBytes(len(tickets))
	if len(tickets) == 0 || len(commitment) == 0 || len(commitment)%size != 0 {
		return
	}
	if panel, err := c.Chain.Escrow.Panel(tickets); err == nil {
		_, _ = verify(c.Chain.Escrow, panel, placeOf(next, k, &roster), first, commitment, size)
	}
}

// addSalts commits to more salts of a contract that waits for its list. Under
// the hashed scheme the head of a chain commits to all of them at once.
func addSalts(c *route.Ctx, m AddSalts) error {
	now, ok := numbers.Get(c, c.Block.Epoch)
	next, planned := numbers.Get(c, m.Epoch)
	k := contract{m.Epoch, c.Sender}
	r, has := registered.Get(c, k)
	switch {
	case !ok || !planned || m.Epoch != c.Block.Epoch+1:
		return ErrEpoch.For(m.Epoch, c.Block.Epoch+1)
	case c.Block.View > now.deadline():
		return ErrLate.With("view %d, the last one for epoch %d was %d", c.Block.View, m.Epoch, now.deadline())
	case next.Scheme != types.Recoverable:
		return ErrSalts
	case !has:
		return ErrContract
	case m.Salts == 0:
		return ErrCommitment.With("no salts")
	}
	if err := deal(c, k, &next, r.Salts, m.Commitment, m.Salts); err != nil {
		return err
	}
	r.Salts += m.Salts
	registered.Set(c, k, r)
	c.Emit("salts", "epoch", m.Epoch, "address", c.Sender, "salts", r.Salts)
	return nil
}

// Dealt are the dealings of an account's contract, by salt; none under the
// hashed scheme.
func Dealt(r state.Reader, e types.Epoch, a keys.Address) (out []types.Bytes) {
	dealings.RangePrefix(r, salt{Epoch: e, Address: a}, 2, func(_ salt, d types.Bytes) bool {
		out = append(out, d)
		return true
	})
	return out
}

// Dealing is that of one salt; none where the contract has no such salt.
func Dealing(r state.Reader, e types.Epoch, a keys.Address, j uint32) types.Bytes {
	d, _ := dealings.Get(r, salt{e, a, j})
	return d
}

// Dealings fills in a plan's dealings, by contract of its list.
func Dealings(r state.Reader, p *types.Plan) {
	p.Dealings = make([][]types.Bytes, len(p.List))
	for i := range p.List {
		if p.List[i].Salts > 0 {
			p.Dealings[i] = Dealt(r, p.Epoch, p.List[i].Producer)
		}
	}
}

// commit is the commitment of a contract in a list: the Merkle root over its
// dealings, which stay in the state as long as the epoch's plan.
func commit(c *route.Ctx, e types.Epoch, a keys.Address) types.Bytes {
	dealt := Dealt(c, e, a)
	if len(dealt) == 0 {
		return nil
	}
	leaves := make([][]byte, len(dealt))
	for i := range dealt {
		leaves[i] = dealt[i]
	}
	root := types.MerkleRoot(leaves)
	return root[:]
}

// NoteSalt keeps the opened salt of a view for as long as the epoch's plan:
// votes and evidence about the view ask later who served it.
func NoteSalt(c *route.Ctx, e types.Epoch, v types.View, opened types.Bytes) {
	salts.Set(c, viewOf{e, v}, opened)
}

// Opened lists the salts of views 1, 2, … of an epoch, empty where a view had
// none, as far as blocks have opened them.
func Opened(r state.Reader, e types.Epoch) (out []types.Bytes) {
	salts.RangePrefix(r, viewOf{Epoch: e}, 1, func(k viewOf, s types.Bytes) bool {
		for types.View(len(out)) < k.View-1 {
			out = append(out, nil)
		}
		out = append(out, s)
		return true
	})
	return out
}

// forgetSalts drops what epoch e kept of its beacon.
func forgetSalts(c *route.Ctx, e types.Epoch) {
	var old []salt
	dealings.RangePrefix(c, salt{Epoch: e}, 1, func(k salt, _ types.Bytes) bool {
		old = append(old, k)
		return true
	})
	for _, k := range old {
		dealings.Delete(c, k)
	}
	var views []viewOf
	salts.RangePrefix(c, viewOf{Epoch: e}, 1, func(k viewOf, _ types.Bytes) bool {
		views = append(views, k)
		return true
	})
	for _, k := range views {
		salts.Delete(c, k)
	}
}
