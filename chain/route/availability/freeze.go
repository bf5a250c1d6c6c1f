package availability

import (
	"bytes"
	"fmt"
	"sort"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/params"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// weightLimit bounds the weight of a roster and of a list, exclusively.
const weightLimit = 1 << 62

// keptHeights is for how many heights after an epoch its plan stays stored, and
// at least until the next epoch ends: longer than votes on its blocks may come.
const keptHeights = 64

// exitDelay is how long locks and hashes outlast their epoch.
func exitDelay(c *route.Ctx) types.Height {
	return types.Height(2*params.EpochBlocks.Get(c) + EvidenceWindow.Get(c))
}

// boundary completes Plan(e+1), freezes roster(e+2) with its numbers, and
// forgets what nothing may refer to any more. The parameters are still those of
// the epoch that ends.
func boundary(c *route.Ctx) {
	e := c.Block.Epoch
	next, _ := numbers.Get(c, e+1)
	if next.Seed.IsZero() {
		panic("availability: the boundary is reached and no seed was handed over")
	}
	freeze(c, e+2, next.last()+1)
	noteList(c, e+1)
	activate(c, e+1)
	c.Emit("epoch", "epoch", e+1, "first", next.First, "blocks", next.Blocks, "seed", next.Seed)
	forget(c, e)
}

// noteList keeps what proofs about the list of an epoch are checked against.
func noteList(c *route.Ctx, e types.Epoch) {
	l, _ := lists.Get(c, e)
	d, _ := digests.Get(c, e)
	d.List, d.Contracts = listRoot(l.ASCs), uint64(len(l.ASCs))
	digests.Set(c, e, d)
}

// SetSeed hands over R(e,0), once, at the boundary into e.
func SetSeed(c *route.Ctx, e types.Epoch, seed keys.Hash) {
	t, ok := numbers.Get(c, e)
	if !ok || !t.Seed.IsZero() || seed.IsZero() {
		panic(fmt.Sprintf("availability: seed of epoch %d handed over out of turn", e))
	}
	t.Seed = seed
	numbers.Set(c, e, t)
}

// freeze fixes roster(e) and the numbers of e, whose first height is first.
func freeze(c *route.Ctx, e types.Epoch, first types.Height) {
	t := terms{
		First: first, Blocks: params.EpochBlocks.Get(c), Lead: ASCLead.Get(c),
		Scheme: types.Scheme(BeaconScheme.Get(c)), Selection: types.Selection(ASCSelection.Get(c)),
		Stride: BeaconStride.Get(c), Interval: types.Time(params.BlockInterval.Get(c)), Bound: c.Chain.Genesis,
	}
	if e == 0 { // registered in the genesis file, which cannot hold its own hash
		t.Bound = c.Chain.Draft
	}
	numbers.Set(c, e, t)
	members := heaviest(c)
	if len(members) == 0 && e > 0 { // nobody is left to decide: the old ones go on
		old, _ := rosters.Get(c, e-1)
		members = old.Members
	} else if t.Scheme == types.Recoverable {
		var ok bool
		if members, ok = Ticketed(members, EscrowKeys(BenchMax.Get(c))); !ok {
			c.Emit("BEACON_DEGRADED", "epoch", e, "reason", "no tickets")
		}
	} else {
		members = bare(members)
	}
	keep(c, types.Roster{Epoch: e, Members: members}, t.last()+exitDelay(c))
}

// bare takes the escrow keys off members of an epoch that deals no salts.
func bare(members []types.Member) []types.Member {
	for i := range members {
		members[i].Escrow = nil
	}
	return members
}

// keep stores a roster and locks its members' REP until a height.
func keep(c *route.Ctx, r types.Roster, until types.Height) {
	rosters.Set(c, r.Epoch, r)
	digests.Set(c, r.Epoch, digest{Roster: r.Hash(), Until: until})
	for i := range r.Members {
		m := &r.Members[i]
		amount := types.Whole(uint64(m.Weight)).Min(rep.Balance(c, rep.WREP, m.Address))
		if err := rep.Standing(c, m.Address, "bench", amount, until); err != nil {
			panic(fmt.Sprintf("availability: lock of %s: %v", m.Address, err)) // at most the balance
		}
	}
	c.Emit("freeze", "epoch", r.Epoch, "members", len(r.Members), "weight", r.Total())
}

// heaviest are the members of a roster frozen now: the accounts on the bench
// that are not convicted and have bench.min, with all their whole wREP as
// weight, by falling weight and then by address, bench.max of them. One with
// which the sum would reach 2⁶² is passed over.
func heaviest(c *route.Ctx) []types.Member {
	least := BenchMin.Amount(c)
	var all []types.Member
	bench.Range(c, func(a keys.Address, s seat) bool {
		have := rep.Balance(c, rep.WREP, a)
		if !have.Less(least) && !Convicted(c, a) {
			all = append(all, types.Member{
				Address: a, Key: s.Key, Network: s.Network, Escrow: s.Escrow, Weight: types.Weight(have.WholeDown()),
			})
		}
		return true
	})
	sort.SliceStable(all, func(i, j int) bool { return all[i].Weight > all[j].Weight })
	return lighter(all, int(BenchMax.Get(c)), func(m types.Member) types.Weight { return m.Weight })
}

// lighter takes the first most of items whose weights add up to less than 2⁶².
func lighter[T any](items []T, most int, weight func(T) types.Weight) []T {
	var total types.Weight
	out := items[:0]
	for _, it := range items {
		if len(out) == most {
			break
		}
		if w := weight(it); w < weightLimit-total {
			total += w
			out = append(out, it)
		}
	}
	return out
}

// fixList computes list(e) from the state as it is and forgets the
// registrations. Jailed and convicted producers are left out, and nothing
// weighs more than the REP that is still there.
func fixList(c *route.Ctx, e types.Epoch) {
	var all []types.ASC
	least := ASCMin.Amount(c)
	t, _ := numbers.Get(c, e)
	bench, _ := rosters.Get(c, e)
	dealt := t.Scheme == types.Recoverable && len(bench.Tickets()) > 0
	registered.RangePrefix(c, contract{Epoch: e}, 1, func(k contract, r entry) bool {
		registered.Delete(c, k)
		have := rep.Balance(c, rep.WREP, k.Address)
		weight := min(r.Weight, types.Weight(have.WholeDown()))
		if Jailed(c, k.Address) || Convicted(c, k.Address) || have.Less(least) {
			return true
		}
		if need := SaltsNeeded(weight, bench.Total(), t.Blocks, t.Stride); dealt && r.Salts < need {
			c.Emit("not_activated", "epoch", e, "address", k.Address, "salts", r.Salts, "needed", need)
			return true
		}
		if dealt {
			r.Commitment = commit(c, e, k.Address)
		}
		all = append(all, types.ASC{
			ID: ContractID(e, k.Address), Producer: k.Address, Key: r.Key, Weight: weight,
			Commitment: r.Commitment, Salts: r.Salts,
		})
		return true
	})
	sort.SliceStable(all, func(i, j int) bool { return all[i].Weight > all[j].Weight })
	l := list{ASCs: lighter(all, int(ASCMax.Get(c)), func(a types.ASC) types.Weight { return a.Weight })}
	if 2*weigh(l.ASCs) < bench.Total() {
		l = fallback(c, &bench, l.ASCs)
		c.Emit("BEACON_DEGRADED", "epoch", e, "contracts", len(all), "joined", len(l.ASCs)-len(all))
	}
	sort.Slice(l.ASCs, func(i, j int) bool { return bytes.Compare(l.ASCs[i].ID[:], l.ASCs[j].ID[:]) < 0 })
	lists.Set(c, e, l)
	c.Emit("list", "epoch", e, "contracts", len(l.ASCs), "weight", weigh(l.ASCs))
}

// fallback adds the members of the roster that have no contract to a list of
// less than half its weight: all that are neither jailed nor convicted, or all,
// were the list empty. Their salts are empty and their encumbrance is their
// frozen weight (spec availability §2).
func fallback(c *route.Ctx, bench *types.Roster, asked []types.ASC) list {
	l := list{ASCs: asked, Degraded: true}
	has := map[keys.Address]bool{}
	for i := range asked {
		has[asked[i].Producer] = true
	}
	join := func(anyone bool) {
		for _, m := range bench.Members {
			if !has[m.Address] && (anyone || !Jailed(c, m.Address) && !Convicted(c, m.Address)) {
				l.ASCs = append(l.ASCs, types.ASC{
					ID: ContractID(bench.Epoch, m.Address), Producer: m.Address, Key: m.Key, Weight: m.Weight,
				})
			}
		}
	}
	join(false)
	if len(l.ASCs) == 0 {
		join(true)
	}
	// A light list and a whole roster together may pass the limit.
	l.ASCs = lighter(l.ASCs, len(l.ASCs), func(a types.ASC) types.Weight { return a.Weight })
	return l
}

func weigh(list []types.ASC) (w types.Weight) {
	for i := range list {
		w += list[i].Weight
	}
	return w
}

// forget drops plans that no block may speak of after epoch e, and hashes whose
// exit delay has passed.
func forget(c *route.Ctx, e types.Epoch) {
	numbers.Range(c, func(old types.Epoch, t terms) bool {
		if old >= e || t.last()+keptHeights > c.Block.Height {
			return false
		}
		numbers.Delete(c, old)
		rosters.Delete(c, old)
		lists.Delete(c, old)
		forgetSalts(c, old)
		return true
	})
	digests.Range(c, func(old types.Epoch, d digest) bool {
		if d.Until >= c.Block.Height {
			return false
		}
		digests.Delete(c, old)
		return true
	})
}
