package escrow

import (
	"encoding/hex"
	"fmt"

	"probity/chain/codec"
)

// Bytes is a byte string whose JSON form is 0x and lower-case hex digits.
type Bytes []byte

// MarshalText gives the JSON form.
func (b Bytes) MarshalText() ([]byte, error) {
	return []byte("0x" + hex.EncodeToString(b)), nil
}

// UnmarshalText reads the JSON form.
func (b *Bytes) UnmarshalText(text []byte) error {
	if len(text) < 2 || text[0] != '0' || text[1] != 'x' {
		return fmt.Errorf("byte string of %d characters: want 0x and hex digits", len(text))
	}
	out := make([]byte, hex.DecodedLen(len(text)-2))
	if _, err := hex.Decode(out, text[2:]); err != nil {
		return fmt.Errorf("byte string: %w", err)
	}
	*b = out
	return nil
}

// Proof is the body of a share: K_k ‖ proof. Its JSON form is 0x and hex.
type Proof [ShareBytes]byte

// MarshalText gives the JSON form.
func (p Proof) MarshalText() ([]byte, error) { return Bytes(p[:]).MarshalText() }

// UnmarshalText reads the JSON form, in its full length only.
func (p *Proof) UnmarshalText(text []byte) error {
	var b Bytes
	if err := b.UnmarshalText(text); err != nil {
		return err
	}
	if len(b) != len(p) {
		return fmt.Errorf("share of %d bytes: want %d", len(b), len(p))
	}
	copy(p[:], b)
	return nil
}

// Share is one ticket's part of a recovery, bound to dealing and place. It
// carries its own proof, so it needs no signature.
type Share struct {
	_ struct{} `cbor:",toarray"`

	Ticket uint32 `json:"ticket"` // from 0; the polynomial's point is Ticket+1
	Proof  Proof  `json:"proof"`
}

// Opening is what travels beside votes and certificates, unsigned: either the
// dealer's reveal or shares in ascending order of tickets.
type Opening struct {
	_ struct{} `cbor:",toarray"`

	Reveal Bytes   `json:"reveal,omitempty"`
	Shares []Share `json:"shares,omitempty"`
}

// MaxOpeningBytes bounds an encoded opening: the heads of an array and two
// members, and for each share heads, ticket and proof.
const MaxOpeningBytes = 8 + MaxTickets*(1+5+2+ShareBytes)

// Check is nil where exactly one half is present and in its one form.
func (o Opening) Check() error {
	if (len(o.Reveal) == 0) == (len(o.Shares) == 0) {
		return fmt.Errorf("%w: reveal of %d bytes, %d shares", ErrOpening, len(o.Reveal), len(o.Shares))
	}
	if len(o.Reveal) != 0 && len(o.Reveal) != RevealBytes {
		return fmt.Errorf("%w: reveal of %d bytes", ErrOpening, len(o.Reveal))
	}
	for i, s := range o.Shares {
		if s.Ticket >= MaxTickets {
			return fmt.Errorf("%w: ticket %d", ErrOpening, s.Ticket)
		}
		if i > 0 && s.Ticket <= o.Shares[i-1].Ticket {
			return fmt.Errorf("%w: ticket %d after %d", ErrOpening, s.Ticket, o.Shares[i-1].Ticket)
		}
	}
	return nil
}

var _ = codec.Register[Opening]()

// MarshalOpening is the one byte form of an opening that Check accepts; it
// panics on another, which only our own code can have made.
func MarshalOpening(o Opening) []byte {
	if err := o.Check(); err != nil {
		panic(err)
	}
	return codec.MustMarshal(o)
}

// ParseOpening reads what MarshalOpening gives and nothing else.
func ParseOpening(b []byte) (Opening, error) {
	if len(b) > MaxOpeningBytes {
		return Opening{}, fmt.Errorf("%w: %d bytes", ErrOpening, len(b))
	}
	var o Opening
	if err := codec.Unmarshal(b, &o); err != nil {
		return Opening{}, fmt.Errorf("%w: %w", ErrOpening, err)
	}
	if err := o.Check(); err != nil {
		return Opening{}, err
	}
	return o, nil
}
