package sim

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"probity/chain/codec"
	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/route/availability"
	"probity/chain/state"
	"probity/chain/types"
	"probity/node"
	"probity/node/signer"
	"probity/node/store"
	"probity/sim/world"
)

// Dump is the whole state of a chain after one final block, the last of an
// epoch: what a simulation can go on from.
type Dump struct {
	Chain  string       `json:"chain"`
	Header types.Header `json:"header"`
	Items  []Item       `json:"items"` // in key order
}

// Item is a raw key of the state and its value.
type Item struct {
	Key   types.Bytes `json:"key"`
	Value types.Bytes `json:"value"`
}

// ErrFork is returned for a dump that no simulation can go on from. Its text is
// one line.
var ErrFork = errors.New("cannot fork")

// fork is a dump on its way into the stores of simulated members.
type fork struct {
	epoch   types.Epoch // that begins behind it
	layer   *state.Layer
	changes *state.Changes
	block   *types.Block
	proof   types.Certificate
	bench   types.Roster // of the running epoch, before any change
}

// open checks a dump against its header.
func (d *Dump) open() (*fork, error) {
	f := &fork{layer: layerOf(d.Items)}
	h := &d.Header
	if root, _ := f.layer.Seal(h.Height); root != h.StateRoot {
		return nil, fmt.Errorf("%w: the items have the root %s, the header %s", ErrFork, root.Short(), h.StateRoot.Short())
	}
	last, ok := availability.Last(f.layer, h.Epoch)
	if !ok || last != h.Height {
		return nil, fmt.Errorf("%w: height %d is not the last of epoch %d, which is %d", ErrFork, h.Height, h.Epoch, last)
	}
	f.epoch = h.Epoch + 1
	p := availability.Plan(f.layer, f.epoch)
	if p == nil {
		return nil, fmt.Errorf("%w: the state after height %d has no plan of epoch %d", ErrFork, h.Height, f.epoch)
	}
	f.bench = p.Roster
	if n := len(p.Roster.Members); n > NodesMax {
		return nil, fmt.Errorf("%w: %d members, at most %d can be simulated", ErrFork, n, NodesMax)
	}
	return f, nil
}

func layerOf(items []Item) *state.Layer {
	l := state.NewLayer(state.NewBase(state.NewMemory()))
	for _, it := range items {
		l.Set(it.Key, it.Value)
	}
	return l
}

// settle makes the members of the running epoch: each gets simulated keys, and
// stands wherever the state knows the real one, by its address, its keys and the
// keys of its tickets. Contracts of the epoch lose their salts, since nobody
// here could reveal them; the next epoch's have salts again.
func (f *fork) settle(r *run, d *Dump) error {
	var swap []string
	for i := range f.bench.Members {
		real := &f.bench.Members[i]
		k := node.DeriveKeys(keys.Sum([]byte("member"), binary.BigEndian.AppendUint64(nil, r.cfg.Seed), []byte{byte(i)}))
		r.members = append(r.members, &member{id: i, of: i, run: r, keys: k, rep: uint64(real.Weight)})
		address, public := k.Account.Public().Address(), k.Consensus.Public()
		swap = append(swap, string(real.Address[:]), string(address[:]), string(real.Key[:]), string(public[:]))
		if len(real.Network) > 0 {
			swap = append(swap, string(real.Network), string(node.NetworkKey(k.Network)))
		}
		tickets := seatOf(f.layer, real.Address)
		if len(tickets) == 0 {
			tickets = real.Escrow
		}
		own, _ := signer.EscrowKeys(r.cfg.suite(), node.EscrowSeed(k.Beacon), max(1, len(tickets)), nil)
		for j := range tickets {
			swap = append(swap, string(tickets[j]), string(own[j]))
		}
	}
	items, err := rewritten(d.Items, swap)
	if err != nil {
		return err
	}
	// What the state and the header know by its hash has another hash now.
	hashes, header := f.rehash(layerOf(items), d.Header)
	if items, err = rewritten(items, hashes); err != nil {
		return err
	}
	f.layer = layerOf(items)
	header.StateRoot, f.changes = f.layer.Seal(header.Height)
	f.block = &types.Block{Header: header}
	return f.prove(r)
}

// rewritten is the state with strings swapped, in pairs, and no salts in lists.
func rewritten(from []Item, swap []string) ([]Item, error) {
	swapped := strings.NewReplacer(swap...)
	lists := state.Region{Route: availability.ID, Number: 7}.Prefix()
	items := make([]Item, len(from))
	for i, it := range from {
		items[i] = Item{types.Bytes(swapped.Replace(string(it.Key))), types.Bytes(swapped.Replace(string(it.Value)))}
		if bytes.HasPrefix(it.Key, lists) {
			v, err := unsalted(items[i].Value)
			if err != nil {
				return nil, fmt.Errorf("%w: a list of contracts: %w", ErrFork, err)
			}
			items[i].Value = v
		}
	}
	return items, nil
}

// rehash pairs the hashes of rosters and lists that the state keeps with those
// of the changed ones.
func (f *fork) rehash(now *state.Layer, h types.Header) (swap []string, header types.Header) {
	pair := func(old, new keys.Hash) {
		if old != new && !old.IsZero() {
			swap = append(swap, string(old[:]), string(new[:]))
		}
	}
	for e := h.Epoch; e <= f.epoch+1; e++ {
		old, ok := availability.RosterHash(f.layer, e)
		roster, kept := availability.Roster(now, e)
		if !ok || !kept {
			continue
		}
		pair(old, roster.Hash())
		switch e {
		case h.Epoch:
			h.RosterHash = roster.Hash()
		case f.epoch:
			h.NextRosterHash = roster.Hash()
		}
		if p := availability.Plan(now, e); p != nil {
			root, _, _ := availability.ListRoot(f.layer, e)
			leaves := make([][]byte, len(p.List))
			for i := range p.List {
				leaves[i] = codec.MustMarshal(p.List[i])
			}
			pair(root, types.MerkleRoot(leaves))
		}
	}
	return swap, h
}

// seatOf lists the ticket keys that an account has registered. The shape is that
// of the bench region (spec availability §1).
func seatOf(r state.Reader, a keys.Address) []types.Bytes {
	var seat struct {
		_       struct{} `cbor:",toarray"`
		Key     keys.PublicKey
		Network types.Bytes
		Escrow  []types.Bytes
	}
	v, ok := r.Get(append(state.Region{Route: availability.ID, Number: 1}.Prefix(), a[:]...))
	if !ok || codec.Unmarshal(v, &seat) != nil {
		return nil
	}
	return seat.Escrow
}

// unsalted takes the salts from a list of contracts.
func unsalted(value []byte) ([]byte, error) {
	var list struct {
		_        struct{} `cbor:",toarray"`
		ASCs     []types.ASC
		Degraded bool
	}
	if err := codec.Unmarshal(value, &list); err != nil {
		return nil, err
	}
	for i := range list.ASCs {
		list.ASCs[i].Commitment, list.ASCs[i].Salts = nil, 0
	}
	return codec.Marshal(&list)
}

// prove makes the Finalization of the changed block, which the simulated members
// of its epoch sign.
func (f *fork) prove(r *run) error {
	h := &f.block.Header
	roster, ok := availability.Roster(f.layer, h.Epoch)
	if !ok {
		return fmt.Errorf("%w: the state has no roster of epoch %d", ErrFork, h.Epoch)
	}
	st := types.Statement{Kind: types.Finalize, Epoch: h.Epoch, View: h.View, Digest: h.Digest()}
	var votes []types.Vote
	for i := range roster.Members {
		for _, m := range r.members {
			if roster.Members[i].Key == m.keys.Consensus.Public() {
				votes = append(votes, types.Vote{Statement: st, Signer: uint32(i), Signature: r.sign(m.keys.Consensus, roster.Members[i].Key, st.SignBytes(r.genesis.Hash()))})
			}
		}
	}
	if len(votes) == 0 {
		return fmt.Errorf("%w: nobody of epoch %d is left in epoch %d", ErrFork, h.Epoch, f.epoch)
	}
	f.proof = types.Bundle(votes, len(roster.Members))
	return nil
}

// seed puts the state into a member's empty store.
func (f *fork) seed(m *member) error {
	s, err := store.Open(m.data.FS(), "data", store.Options{Genesis: m.run.genesis.Hash(), Simulated: true})
	if err != nil {
		return err
	}
	tip, err := s.Tip()
	if err == nil && tip == nil {
		err = s.Commit(store.Batch{
			Blocks: []store.Final{{Block: f.block, Digest: f.block.Digest(), Changes: f.changes}},
			Proof:  store.Proof{Finalization: f.proof},
		})
	}
	if cerr := s.Close(); err == nil {
		err = cerr
	}
	return err
}

// invade makes the world of a fork: its members, its genesis in name only, its
// time.
func (r *run) invade() error {
	d := r.cfg.Fork
	f, err := d.open()
	if err != nil {
		return err
	}
	spec := node.GenesisSpec{Chain: d.Chain, Time: world.Start, Params: map[string]uint64{"beacon.scheme": uint64(types.Hashed)}, Escrow: escrow.Ideal{}}
	for i := range f.bench.Members {
		k := node.DeriveKeys(keys.Sum([]byte("stranger"), binary.BigEndian.AppendUint64(nil, uint64(i))))
		spec.Members = append(spec.Members, node.GenesisMember{Keys: k, REP: types.Whole(1)})
	}
	if r.genesis, err = node.NewGenesis(spec); err != nil {
		return err
	}
	r.cfg.Nodes, r.out.Nodes = len(f.bench.Members), len(f.bench.Members)
	r.start = d.Header.Time + 1000
	r.now, r.top = r.start, d.Header.Height
	r.fork = f
	return f.settle(r, d)
}
