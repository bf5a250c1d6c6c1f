package escrow

import (
	"encoding/binary"

	"probity/chain/keys"
)

// Sizes of everything that travels, in bytes. Points and scalars of
// ristretto255 take 32 each (RFC 9496); a proof is a challenge and a response.
const (
	PointBytes  = 32
	ProofBytes  = 64
	RevealBytes = PointBytes + ProofBytes // K_0 ‖ proof
	ShareBytes  = PointBytes + ProofBytes // K_k ‖ proof
	SaltBytes   = 32
)

// MaxTickets bounds a panel: a dealing for it is 32 KiB.
const MaxTickets = 1024

// DealingBytes is the size of a dealing D ‖ C_0 … C_T ‖ proof to T tickets.
func DealingBytes(tickets int) int {
	return (tickets+2)*PointBytes + ProofBytes
}

// Secret is the private key of one ticket: the canonical encoding of a scalar
// other than zero.
type Secret [32]byte

// Place is what a dealing, its reveal and its shares are bound to: none of
// them is valid at another place.
type Place struct {
	Bound  keys.Hash // the genesis hash; in epoch 0 the hash of the genesis draft
	Epoch  uint64    // in which the salt is used
	ASC    keys.Hash // the contract that the dealing belongs to
	Salt   uint32    // which of the contract's salts, from 0
	Roster keys.Hash // the hash of the frozen roster, which fixes the panel
}

// placeBytes is the size of a place in a transcript.
const placeBytes = 32 + 8 + 32 + 4 + 32

// encode is the place in transcripts: Bound ‖ Epoch ‖ ASC ‖ Salt ‖ Roster, big
// endian, of fixed width, so that no two places share it.
func (at Place) encode() (b [placeBytes]byte) {
	copy(b[:32], at.Bound[:])
	binary.BigEndian.PutUint64(b[32:40], at.Epoch)
	copy(b[40:72], at.ASC[:])
	binary.BigEndian.PutUint32(b[72:76], at.Salt)
	copy(b[76:], at.Roster[:])
	return b
}

// Suite is the escrow of a salt, complete: keys, dealing, both ways to open.
// DHPVSS is the scheme of the protocol; Ideal stands in for it where a
// simulator needs speed. No method panics, whatever bytes it is given, and all
// are deterministic.
//
// The caller gives the panel that belongs to the place's roster, and passes to
// Open, Share, CheckShare and Recover only dealings that Verify accepted.
type Suite interface {
	// Public is the public key of a secret, PointBytes long.
	Public(Secret) []byte
	// Possess proves knowledge of all the secrets at once, in their order,
	// bound to the context; the proof is ProofBytes long.
	Possess(secrets []Secret, context []byte) []byte
	// Possessed is nil where proof shows that its maker knows the secrets of
	// all the keys, in this order and context. The keys must be canonical,
	// other than the identity, distinct, and at least one and at most
	// MaxTickets. Else ErrKeys or ErrPossession.
	Possessed(keys [][]byte, context, proof []byte) error

	// Panel makes a panel of one key a ticket: at least one, at most MaxTickets,
	// canonical, other than the identity and distinct, for two tickets with one
	// key would show the quotient of their shares. Else ErrPanel. A panel
	// serves the suite that made it.
	Panel(ticketKeys [][]byte) (*Panel, error)

	// Deal makes the dealing of the salt that follows from the seed and the
	// place. A seed is secret until the salt is open; a place is dealt to one
	// panel only.
	Deal(p *Panel, at Place, seed [32]byte) []byte
	// Verify is nil for a dealing from which the reveal and every set of
	// Threshold valid shares give one and the same salt, else ErrDealing.
	Verify(p *Panel, at Place, dealing []byte) error

	// Reveal is the dealer's own opening of its dealing, RevealBytes long. It
	// is nil where the dealing does not follow from the seed at this place.
	Reveal(at Place, seed [32]byte, dealing []byte) []byte
	// Open checks a reveal and gives the salt, else ErrReveal or ErrDealing.
	Open(at Place, dealing, reveal []byte) (salt [SaltBytes]byte, err error)

	// Share is a ticket's part of the recovery. For a malformed dealing it is
	// a share that CheckShare refuses.
	Share(at Place, dealing []byte, ticket uint32, key Secret) Share
	// CheckShare is nil where the share is the one that the ticket's key
	// makes, else ErrShare or ErrDealing.
	CheckShare(p *Panel, at Place, dealing []byte, s Share) error
	// Recover gives the salt from shares that CheckShare accepted, in any
	// order, a ticket given twice counting once; it uses the Threshold lowest.
	// With fewer tickets than that it is ErrShort; shares that were not checked
	// give an error or another salt.
	Recover(p *Panel, at Place, dealing []byte, shares []Share) (salt [SaltBytes]byte, err error)
}
