package node

import (
	"encoding/binary"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/route/availability"
	"probity/chain/route/beacon"
	"probity/chain/types"
)

// SaltSecret derives the secret of an epoch's salts from a member's beacon
// secret, so that a keystore holds one secret for all epochs.
func SaltSecret(beaconSecret [32]byte, e types.Epoch) [32]byte {
	return keys.Sum([]byte("salts"), beaconSecret[:], binary.BigEndian.AppendUint64(nil, uint64(e)))
}

// dealSecret is what the dealing of one salt derives from.
func dealSecret(beaconSecret [32]byte, e types.Epoch, j uint32) [32]byte {
	s := SaltSecret(beaconSecret, e)
	return keys.Sum([]byte("dealing"), s[:], binary.BigEndian.AppendUint32(nil, j))
}

// EscrowSeed is what a member's escrow keys derive from.
func EscrowSeed(beaconSecret [32]byte) [32]byte { return keys.Sum([]byte("escrow"), beaconSecret[:]) }

// dealer makes the registrations of one producer for one epoch.
type dealer struct {
	suite   escrow.Suite
	secret  [32]byte // the member's beacon secret
	account keys.Address
	key     keys.PublicKey // signs proposals
	epoch   types.Epoch
	scheme  types.Scheme
	blocks  uint64
	stride  uint64
	bound   keys.Hash
	roster  *types.Roster // of the epoch
}

// dealBytes bounds the dealings of one message: a transaction of 64 KiB holds
// one such message and its frame.
const dealBytes = 48 << 10

// register is the registration, unsigned, with as many of its salts as one
// message holds. Under the hashed scheme these are all, twice as many as the
// epoch has blocks.
func (d *dealer) register(w types.Weight) availability.Register {
	m := availability.Register{Epoch: d.epoch, Weight: w, Key: d.key}
	if d.scheme == types.Hashed {
		m.Salts = uint32(min(2*d.blocks, availability.SaltsMax))
		m.Commitment = beacon.Commit(SaltSecret(d.secret, d.epoch), m.Salts)
		return m
	}
	m.Commitment, m.Salts = d.deal(0, d.needed(w), dealBytes)
	return m
}

// more are salts from first on, for a contract that has fewer than it needs.
func (d *dealer) more(w types.Weight, first uint32) availability.AddSalts {
	m := availability.AddSalts{Epoch: d.epoch}
	m.Commitment, m.Salts = d.deal(first, d.needed(w), dealBytes)
	return m
}

// needed is how many salts activate a contract.
func (d *dealer) needed(w types.Weight) uint32 {
	if d.scheme == types.Hashed || len(d.roster.Tickets()) == 0 {
		return 0
	}
	return availability.SaltsNeeded(w, d.roster.Total(), d.blocks, d.stride)
}

// deal makes the dealings of salts first … need−1, as far as they fit.
func (d *dealer) deal(first, need uint32, room int) (out types.Bytes, n uint32) {
	if first >= need {
		return nil, 0
	}
	panel, err := d.suite.Panel(d.roster.Tickets())
	if err != nil {
		panic("node: tickets of a frozen roster: " + err.Error()) // the law checked the keys
	}
	for j := first; j < need && len(out)+escrow.DealingBytes(panel.Tickets()) <= room; j++ {
		out = append(out, d.suite.Deal(panel, d.place(j), dealSecret(d.secret, d.epoch, j))...)
		n++
	}
	return out, n
}

func (d *dealer) place(j uint32) escrow.Place {
	return escrow.Place{
		Bound: d.bound, Epoch: uint64(d.epoch), ASC: availability.ContractID(d.epoch, d.account), Salt: j, Roster: d.roster.Hash(),
	}
}
