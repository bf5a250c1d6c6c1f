package availability

import (
	"fmt"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Bounds of what a message carries.
const (
	SaltsMax  = 1 << 16 // salts of one contract
	EscrowMax = 2048    // escrow keys of one seat
)

// Bench puts the sender on the bench, or changes its keys. Both take effect at
// the next freeze, which is two epochs ahead.
type Bench struct {
	_       struct{}       `cbor:",toarray"`
	Key     keys.PublicKey `json:"key"`     // signs votes
	Network types.Bytes    `json:"network"` // ed25519 public key of the node's network identity
	Escrow  []types.Bytes  `json:"escrow"`  // ⌈4·bench.max/3⌉ keys to which salts are dealt; MAY be none under the hashed beacon

	Possession types.Bytes    `json:"possession"` // proof that the sender holds all of Escrow; empty without them
	Proof      keys.Signature `json:"proof"`      // by Key over SignBytes
}

// SignBytes is what Key signs: kind "bench" over the array of account, key,
// network and escrow. The account is part of it, so a proof cannot be borrowed.
func (m *Bench) SignBytes(genesis keys.Hash, account keys.Address) []byte {
	return keys.SignBytes("bench", genesis, codec.MustMarshal(struct {
		_       struct{} `cbor:",toarray"`
		Account keys.Address
		Key     keys.PublicKey
		Network types.Bytes
		Escrow  []types.Bytes
	}{Account: account, Key: m.Key, Network: m.Network, Escrow: m.Escrow}))
}

// Leave takes the sender off the bench at the next freeze.
type Leave struct {
	_ struct{} `cbor:",toarray"`
}

// Register enters into an availability contract for the next epoch: if drawn
// for a view, the account's node gives a block.
type Register struct {
	_          struct{}       `cbor:",toarray"`
	Epoch      types.Epoch    `json:"epoch"`
	Weight     types.Weight   `json:"weight"`     // whole wREP, encumbered until the epoch's exit delay has passed
	Key        keys.PublicKey `json:"key"`        // signs proposals
	Commitment types.Bytes    `json:"commitment"` // hashed: the head of a chain of salts; recoverable: a dealing for each salt, one after another; empty: none
	Salts      uint32         `json:"salts"`
	Proof      keys.Signature `json:"proof"` // by Key over SignBytes
}

// SignBytes is what Key signs: kind "asc" over the array of account and the
// message's fields without the proof.
func (m *Register) SignBytes(genesis keys.Hash, account keys.Address) []byte {
	return keys.SignBytes("asc", genesis, codec.MustMarshal(struct {
		_          struct{} `cbor:",toarray"`
		Account    keys.Address
		Epoch      types.Epoch
		Weight     types.Weight
		Key        keys.PublicKey
		Commitment types.Bytes
		Salts      uint32
	}{Account: account, Epoch: m.Epoch, Weight: m.Weight, Key: m.Key, Commitment: m.Commitment, Salts: m.Salts}))
}

// AddSalts commits to more salts of the sender's contract for the next epoch,
// under schemes whose salts are dealt one by one.
type AddSalts struct {
	_          struct{}    `cbor:",toarray"`
	Epoch      types.Epoch `json:"epoch"`
	Commitment types.Bytes `json:"commitment"` // a dealing for each, one after another
	Salts      uint32      `json:"salts"`
}

// Resume ends the sender's time in jail.
type Resume struct {
	_ struct{} `cbor:",toarray"`
}

// ContractID names the contract of an account for an epoch (see the package
// comment).
func ContractID(e types.Epoch, a keys.Address) keys.Hash {
	return keys.Sum([]byte("asc"), codec.MustMarshal(e), a[:])
}

func join(c *route.Ctx, m Bench) error {
	if err := sit(c, c.Sender, m, c.Chain.Genesis); err != nil {
		return err
	}
	c.Emit("bench", "address", c.Sender, "key", m.Key.String())
	return nil
}

// sit checks and stores a seat; bound is the hash that its proof is bound to.
func sit(c *route.Ctx, account keys.Address, m Bench, bound keys.Hash) error {
	switch {
	case Convicted(c, account):
		return ErrConvicted
	case len(m.Network) != len(keys.PublicKey{}):
		return ErrNetwork.For(len(m.Network), "32 bytes")
	}
	if have, least := rep.Balance(c, rep.WREP, account), BenchMin.Amount(c); have.Less(least) {
		return ErrMinimum.For(have, least)
	}
	if err := own(c, account, m.Key, m.SignBytes(bound, account), m.Proof); err != nil {
		return err
	}
	if err := enroll(c, account, &m, bound); err != nil {
		return err
	}
	bench.Set(c, account, seat{Key: m.Key, Network: m.Network, Escrow: m.Escrow})
	return nil
}

// own makes a key the account's for ever. Keys that were used are never given
// to others: evidence about old signatures must name one account.
func own(c *route.Ctx, account keys.Address, key keys.PublicKey, signed []byte, proof keys.Signature) error {
	owner, taken := owners.Get(c, key)
	if taken && owner != account {
		return ErrKey
	}
	if !keys.Verify(keys.Signed{Key: key, Message: signed, Signature: proof}) {
		return ErrProof
	}
	if !taken {
		owners.Set(c, key, account)
	}
	return nil
}

func leave(c *route.Ctx, _ Leave) error {
	if !bench.Has(c, c.Sender) {
		return ErrBench
	}
	bench.Delete(c, c.Sender)
	c.Emit("leave", "address", c.Sender)
	return nil
}

// register accepts a contract while the epoch before is early enough. Jailed
// producers may register: whether they serve is decided when the list is made.
func register(c *route.Ctx, m Register) error {
	now, ok := numbers.Get(c, c.Block.Epoch)
	next, planned := numbers.Get(c, m.Epoch)
	switch {
	case !ok || !planned || m.Epoch != c.Block.Epoch+1:
		return ErrEpoch.For(m.Epoch, c.Block.Epoch+1)
	case c.Block.View > now.deadline():
		return ErrLate.With("view %d, the last one for epoch %d was %d", c.Block.View, m.Epoch, now.deadline())
	}
	if err := enter(c, c.Sender, m, &next, c.Chain.Genesis); err != nil {
		return err
	}
	c.Emit("register", "epoch", m.Epoch, "address", c.Sender, "weight", m.Weight, "salts", m.Salts)
	return nil
}

// enter checks and stores a contract for an epoch whose numbers are next.
func enter(c *route.Ctx, account keys.Address, m Register, next *terms, bound keys.Hash) error {
	k := contract{m.Epoch, account}
	amount := types.Whole(uint64(m.Weight))
	switch least := ASCMin.Amount(c); {
	case Convicted(c, account):
		return ErrConvicted
	case registered.Has(c, k):
		return ErrRegistered
	case m.Weight >= weightLimit || amount.Less(least):
		return ErrMinimum.For(amount, least)
	}
	e := entry{Key: m.Key, Weight: m.Weight, Salts: m.Salts}
	if next.Scheme == types.Hashed {
		if err := checkHead(m.Commitment, m.Salts); err != nil {
			return err
		}
		e.Commitment = m.Commitment
	}
	if err := own(c, account, m.Key, m.SignBytes(bound, account), m.Proof); err != nil {
		return err
	}
	slot := fmt.Sprintf("asc/%d", m.Epoch)
	if err := rep.Standing(c, account, slot, amount, next.last()+exitDelay(c)); err != nil {
		return err
	}
	if next.Scheme == types.Recoverable { // last, for it costs most
		if err := deal(c, k, next, 0, m.Commitment, m.Salts); err != nil {
			return err
		}
	}
	registered.Set(c, k, e)
	return nil
}

// checkHead bounds what a contract commits with under the hashed scheme; what
// the bytes mean is route beacon's affair.
func checkHead(commitment []byte, salts uint32) error {
	switch {
	case (len(commitment) == 0) != (salts == 0):
		return ErrCommitment.With("%d bytes commit to %d salts", len(commitment), salts)
	case len(commitment) != 0 && len(commitment) != len(keys.Hash{}):
		return ErrCommitment.For(len(commitment), "32 bytes")
	case salts > SaltsMax:
		return ErrCommitment.With("%d salts, at most %d", salts, SaltsMax)
	}
	return nil
}

func resume(c *route.Ctx, _ Resume) error {
	if !Jailed(c, c.Sender) {
		return ErrFree
	}
	conducts.Delete(c, c.Sender)
	c.Emit("resume", "address", c.Sender)
	return nil
}
