package escrow

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"probity/chain/keys"
)

// Ideal is the escrow as an ideal functionality, for simulators: the interface,
// the sizes and the refusals of DHPVSS from a few hashes, without public-key
// cryptography. It must not run on a chain.
//
// What it idealizes:
//   - Secrecy is a convention. A public key is the secret, and D the dealing's
//     secret, under a mask that is a constant of this file; the exported
//     functions use them to verify and never hand them out. An adversary that
//     keeps to the interface, with its own seeds and secrets, learns no salt
//     before a reveal or Threshold shares, as under DDH.
//   - Forging is impossible by the same convention, except by guessing a hash:
//     whoever lacks the seed makes no reveal, and whoever lacks a ticket's
//     secret makes no share, that passes.
//   - Verification is perfect: for a panel, a place and a D exactly one byte
//     string is a dealing, so no cheating dealer is ever lucky. Cheating that
//     DHPVSS refuses with a proof, Ideal refuses by comparison.
//   - A proof has one form, where DHPVSS admits one for each nonce.
//
// A public key of Ideal has the highest bit set, which no encoding of a point
// has: the two suites refuse each other's keys.
type Ideal struct{}

var _ Suite = Ideal{}

// The domains of Ideal's hashes, all of one length.
const (
	idealDeal    = "ideal/deal"
	idealSalt    = "ideal/salt"
	idealTag     = "ideal/tags"
	idealReveal  = "ideal/open"
	idealShare   = "ideal/part"
	idealPossess = "ideal/have"
)

// idealBit marks public keys; a canonical secret is below 2²⁵³.
const idealBit = 0x80

// idealMask is the constant that stands for encryption.
var idealMask = keys.Sum([]byte("ideal/mask"))

// idealFiller is C_1 … C_T, which carry nothing.
var idealFiller [MaxTickets * PointBytes]byte

// under lays the mask on 32 bytes, or takes it off.
func under(b []byte) (out [32]byte) {
	for i := range out {
		out[i] = b[i] ^ idealMask[i]
	}
	return out
}

// isIdealKey tells public keys of Ideal from encodings of points.
func isIdealKey(k []byte) bool {
	return len(k) == PointBytes && k[PointBytes-1]&idealBit != 0
}

// idealSecret is the secret of a public key.
func idealSecret(public []byte) Secret {
	s := under(public)
	s[31] &^= idealBit
	return s
}

// Panel is one of Ideal's keys alone.
func (Ideal) Panel(ticketKeys [][]byte) (*Panel, error) {
	p, err := newPanel(ticketKeys)
	for i := 0; err == nil && i < len(ticketKeys); i++ {
		if !isIdealKey(ticketKeys[i]) {
			err = fmt.Errorf("%w: %w: key of ticket %d", ErrPanel, ErrKeys, i)
		}
	}
	return p, err
}

// Public is the secret under the mask.
func (Ideal) Public(s Secret) []byte {
	p := under(s[:])
	p[31] |= idealBit
	return p[:]
}

// Possess is a hash of the secrets and the context.
func (Ideal) Possess(secrets []Secret, context []byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte(idealPossess), uint32(len(secrets)))
	for _, s := range secrets {
		s[31] &^= idealBit
		b = append(b, s[:]...)
	}
	return repeat(keys.Sum(append(b, context...)), ProofBytes)
}

// Possessed makes the proof again and compares.
func (i Ideal) Possessed(ticketKeys [][]byte, context, proof []byte) error {
	if len(ticketKeys) == 0 || len(ticketKeys) > MaxTickets {
		return fmt.Errorf("%w: %d of them", ErrKeys, len(ticketKeys))
	}
	if err := distinct(ticketKeys); err != nil {
		return err
	}
	secrets := make([]Secret, len(ticketKeys))
	for n, k := range ticketKeys {
		if !isIdealKey(k) {
			return fmt.Errorf("%w: key %d is not of the ideal suite", ErrKeys, n)
		}
		secrets[n] = idealSecret(k)
	}
	if !bytes.Equal(proof, i.Possess(secrets, context)) {
		return ErrPossession
	}
	return nil
}

// Deal is D ‖ C_0 ‖ zeros ‖ tag.
func (Ideal) Deal(p *Panel, at Place, seed [32]byte) []byte {
	if p.points != nil {
		return nil
	}
	secret := idealHash(idealDeal, seed[:], at, nil)
	key, hidden := under(secret[:]), idealHidden(secret, at)
	out := make([]byte, DealingBytes(p.Tickets()))
	copy(out, key[:])
	copy(out[PointBytes:], hidden[:])
	copy(out[len(out)-ProofBytes:], repeat(p.tag(at, out), ProofBytes))
	return out
}

// Verify makes everything that follows from D again and compares.
func (Ideal) Verify(p *Panel, at Place, dealing []byte) error {
	if p.points != nil || len(dealing) != DealingBytes(p.Tickets()) {
		return fmt.Errorf("%w: %d bytes for %d tickets", ErrDealing, len(dealing), p.Tickets())
	}
	hidden := idealHidden(under(dealing), at)
	body := dealing[2*PointBytes : len(dealing)-ProofBytes]
	if !bytes.Equal(hidden[:], dealing[PointBytes:2*PointBytes]) || !bytes.Equal(body, idealFiller[:len(body)]) ||
		!bytes.Equal(dealing[len(dealing)-ProofBytes:], repeat(p.tag(at, dealing), ProofBytes)) {
		return fmt.Errorf("%w: not what follows from D", ErrDealing)
	}
	return nil
}

// Reveal is a hash of the dealing's secret, which follows from the seed.
func (Ideal) Reveal(at Place, seed [32]byte, dealing []byte) []byte {
	if _, ok := dealt(dealing); !ok {
		return nil
	}
	secret := idealHash(idealDeal, seed[:], at, nil)
	if secret != under(dealing) {
		return nil
	}
	return repeat(idealHash(idealReveal, secret[:], at, dealing), RevealBytes)
}

// Open makes the reveal again, compares, and takes the mask off C_0.
func (Ideal) Open(at Place, dealing, reveal []byte) (salt [SaltBytes]byte, err error) {
	if _, ok := dealt(dealing); !ok {
		return salt, fmt.Errorf("%w: %d bytes", ErrDealing, len(dealing))
	}
	secret := under(dealing)
	if !bytes.Equal(reveal, repeat(idealHash(idealReveal, secret[:], at, dealing), RevealBytes)) {
		return salt, ErrReveal
	}
	return under(dealing[PointBytes:]), nil
}

// Share is a hash of the ticket's secret and the dealing.
func (Ideal) Share(at Place, dealing []byte, ticket uint32, secret Secret) Share {
	out := Share{Ticket: ticket}
	if _, ok := dealt(dealing); !ok {
		return out
	}
	secret[31] &^= idealBit
	h := idealHash(idealShare, secret[:], at, dealing)
	for i := 0; i < ShareBytes; i += len(h) {
		copy(out.Proof[i:], h[:])
	}
	return out
}

// CheckShare makes the share again from the ticket's key and compares.
func (i Ideal) CheckShare(p *Panel, at Place, dealing []byte, s Share) error {
	if int64(s.Ticket) >= int64(p.Tickets()) || p.points != nil {
		return fmt.Errorf("%w: no ticket %d", ErrShare, s.Ticket)
	}
	if len(dealing) != DealingBytes(p.Tickets()) {
		return fmt.Errorf("%w: %d bytes for %d tickets", ErrDealing, len(dealing), p.Tickets())
	}
	if s != i.Share(at, dealing, s.Ticket, idealSecret(p.keys[s.Ticket])) {
		return fmt.Errorf("%w: ticket %d", ErrShare, s.Ticket)
	}
	return nil
}

// Recover takes the mask off C_0. A share that was not checked spoils the salt,
// as it would in the exponent: a caller's missing check must show.
func (i Ideal) Recover(p *Panel, at Place, dealing []byte, shares []Share) (salt [SaltBytes]byte, err error) {
	if p.points != nil || len(dealing) != DealingBytes(p.Tickets()) {
		return salt, fmt.Errorf("%w: %d bytes for %d tickets", ErrDealing, len(dealing), p.Tickets())
	}
	lowest, err := p.lowest(shares)
	if err != nil {
		return salt, err
	}
	salt = under(dealing[PointBytes:])
	for _, s := range lowest {
		if i.CheckShare(p, at, dealing, s) != nil {
			salt = keys.Sum(salt[:], s.Proof[:])
		}
	}
	return salt, nil
}

// idealHidden is C_0: the salt, which follows from secret and place, under the
// mask.
func idealHidden(secret [32]byte, at Place) [32]byte {
	salt := idealHash(idealSalt, secret[:], at, nil)
	return under(salt[:])
}

// idealHash hashes domain ‖ secret ‖ place and, where there is a dealing, its D
// and C_0.
func idealHash(domain string, secret []byte, at Place, dealing []byte) [32]byte {
	place := at.encode()
	b := make([]byte, 0, 10+32+placeBytes+2*PointBytes)
	b = append(append(append(b, domain...), secret...), place[:]...)
	if dealing != nil {
		b = append(b, dealing[:2*PointBytes]...)
	}
	return keys.Sum(b)
}

// tag binds D and C_0 to place and panel.
func (p *Panel) tag(at Place, dealing []byte) [32]byte {
	return idealHash(idealTag, p.digest[:], at, dealing)
}

// repeat fills size bytes with a hash.
func repeat(h [32]byte, size int) []byte {
	out := make([]byte, 0, size)
	for len(out) < size {
		out = append(out, h[:]...)
	}
	return out
}
