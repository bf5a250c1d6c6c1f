package escrow

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/oasisprotocol/curve25519-voi/curve"
)

// Reveal is K_0 = E_0^s with the proof that D and K_0 have one logarithm to g
// and E_0.
func (dhpvss) Reveal(at Place, seed [32]byte, dealing []byte) []byte {
	if _, ok := dealt(dealing); !ok {
		return nil
	}
	s := newEphemeral(at, seed, 0).s
	key := newElement(power(s))
	if !same(key.bytes[:], dealing[:PointBytes]) {
		return nil
	}
	e0 := mask(at)
	image := newElement(raise(&e0.point, s))
	proof := equality{bind(at, dealing), key, e0, image}.prove(s)
	return append(image.bytes[:], proof[:]...)
}

// Open checks the reveal's proof and gives S = C_0/K_0.
func (dhpvss) Open(at Place, dealing, reveal []byte) (salt [SaltBytes]byte, err error) {
	if _, ok := dealt(dealing); !ok {
		return salt, fmt.Errorf("%w: %d bytes", ErrDealing, len(dealing))
	}
	key, okD := decodeElement(dealing[:PointBytes])
	c0, okC := commitment(dealing, 0)
	if !okD || !okC {
		return salt, fmt.Errorf("%w: D or C_0 is no point", ErrDealing)
	}
	if len(reveal) != RevealBytes {
		return salt, fmt.Errorf("%w: %d bytes", ErrReveal, len(reveal))
	}
	image, ok := decodeElement(reveal[:PointBytes])
	if !ok {
		return salt, fmt.Errorf("%w: K_0 is no point", ErrReveal)
	}
	if !(equality{bind(at, dealing), key, mask(at), image}).holds(reveal[PointBytes:]) {
		return salt, ErrReveal
	}
	return encodePoint(c0.point.Sub(&c0.point, &image.point)), nil
}

// Share is K_k = D^e_k with the proof that E_k and K_k have one logarithm to g
// and D.
func (dhpvss) Share(at Place, dealing []byte, ticket uint32, secret Secret) Share {
	out := Share{Ticket: ticket}
	if _, ok := dealt(dealing); !ok {
		return out
	}
	base, ok := decodeElement(dealing[:PointBytes])
	if !ok {
		return out
	}
	x := secret.scalar()
	key, image := newElement(power(x)), newElement(raise(&base.point, x))
	proof := equality{bind(at, dealing), key, base, image}.prove(x)
	copy(out.Proof[:], image.bytes[:])
	copy(out.Proof[PointBytes:], proof[:])
	return out
}

// CheckShare verifies the share's proof against the ticket's key.
func (dhpvss) CheckShare(p *Panel, at Place, dealing []byte, s Share) error {
	if int64(s.Ticket) >= int64(p.Tickets()) || p.points == nil {
		return fmt.Errorf("%w: no ticket %d", ErrShare, s.Ticket)
	}
	if len(dealing) != DealingBytes(p.Tickets()) {
		return fmt.Errorf("%w: %d bytes for %d tickets", ErrDealing, len(dealing), p.Tickets())
	}
	base, ok := decodeElement(dealing[:PointBytes])
	if !ok {
		return fmt.Errorf("%w: D is no point", ErrDealing)
	}
	image, ok := decodeElement(s.Proof[:PointBytes])
	if !ok {
		return fmt.Errorf("%w: K_%d is no point", ErrShare, s.Ticket+1)
	}
	key := &element{point: *p.points[s.Ticket].Point(), bytes: [PointBytes]byte(p.keys[s.Ticket])}
	if !(equality{bind(at, dealing), key, base, image}).holds(s.Proof[PointBytes:]) {
		return fmt.Errorf("%w: ticket %d", ErrShare, s.Ticket)
	}
	return nil
}

// Recover interpolates A_k = C_k/K_k = g^p(k) at 0, in the exponent.
func (dhpvss) Recover(p *Panel, at Place, dealing []byte, shares []Share) (salt [SaltBytes]byte, err error) {
	if p.points == nil || len(dealing) != DealingBytes(p.Tickets()) {
		return salt, fmt.Errorf("%w: %d bytes for %d tickets", ErrDealing, len(dealing), p.Tickets())
	}
	lowest, err := p.lowest(shares)
	if err != nil {
		return salt, err
	}
	at0 := make([]uint64, len(lowest))
	points := make([]*curve.RistrettoPoint, len(lowest))
	for i, s := range lowest {
		c, okC := commitment(dealing, int(s.Ticket)+1)
		k, okK := decodeElement(s.Proof[:PointBytes])
		if !okC || !okK {
			return salt, fmt.Errorf("%w: ticket %d: C or K is no point", ErrShare, s.Ticket)
		}
		at0[i] = uint64(s.Ticket) + 1
		points[i] = c.point.Sub(&c.point, &k.point)
	}
	var sum curve.RistrettoPoint
	return encodePoint(sum.MultiscalarMulVartime(lagrange(at0), points)), nil
}

// lowest picks the threshold of shares with the lowest tickets, each once. Two
// different values for one ticket cannot both have been checked.
func (p *Panel) lowest(shares []Share) ([]Share, error) {
	sorted := slices.Clone(shares)
	slices.SortStableFunc(sorted, func(a, b Share) int { return cmp.Compare(a.Ticket, b.Ticket) })
	out := sorted[:0]
	for _, s := range sorted {
		if int64(s.Ticket) >= int64(p.Tickets()) {
			return nil, fmt.Errorf("%w: no ticket %d", ErrShare, s.Ticket)
		}
		if n := len(out); n > 0 && out[n-1].Ticket == s.Ticket {
			if [PointBytes]byte(out[n-1].Proof[:PointBytes]) != [PointBytes]byte(s.Proof[:PointBytes]) {
				return nil, fmt.Errorf("%w: two values for ticket %d", ErrShare, s.Ticket)
			}
			continue
		}
		out = append(out, s)
	}
	if len(out) < p.Threshold() {
		return nil, fmt.Errorf("%w: %d of %d", ErrShort, len(out), p.Threshold())
	}
	return out[:p.Threshold()], nil
}
