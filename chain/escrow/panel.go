package escrow

import (
	"fmt"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"

	"probity/chain/keys"
)

// Panel is the holders of an epoch's tickets: one escrow key a ticket, in the
// order of the frozen roster. It is immutable and may be shared.
type Panel struct {
	keys   [][]byte
	digest keys.Hash // of all the keys: transcripts hold it

	// Of a panel of DHPVSS only: the keys as points, prepared for products.
	points []*curve.ExpandedRistrettoPoint
	code   []*scalar.Scalar // v_i of the dual code, i = 0…T
}

// newPanel makes a panel of one key a ticket, without what a suite derives from
// the keys.
func newPanel(ticketKeys [][]byte) (*Panel, error) {
	if len(ticketKeys) == 0 || len(ticketKeys) > MaxTickets {
		return nil, fmt.Errorf("%w: %d keys", ErrPanel, len(ticketKeys))
	}
	if err := distinct(ticketKeys); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPanel, err)
	}
	p := &Panel{keys: make([][]byte, len(ticketKeys))}
	flat := make([]byte, 0, len(domainPanel)+len(ticketKeys)*PointBytes)
	flat = append(flat, domainPanel...)
	for i, k := range ticketKeys {
		flat = append(flat, k...)
		p.keys[i] = flat[len(flat)-PointBytes : len(flat) : len(flat)]
	}
	p.digest = keys.Sum(flat)
	return p, nil
}

// Panel prepares the keys as points.
func (dhpvss) Panel(ticketKeys [][]byte) (*Panel, error) {
	p, err := newPanel(ticketKeys)
	if err != nil {
		return nil, err
	}
	p.points = make([]*curve.ExpandedRistrettoPoint, len(p.keys))
	for i, k := range p.keys {
		e, ok := decodeElement(k)
		if !ok {
			return nil, fmt.Errorf("%w: %w: key of ticket %d is no point", ErrPanel, ErrKeys, i)
		}
		p.points[i] = curve.NewExpandedRistrettoPoint(&e.point)
	}
	p.code = dualCode(len(p.keys))
	return p, nil
}

// Tickets is T, the number of tickets.
func (p *Panel) Tickets() int { return len(p.keys) }

// Threshold is t+1 = ⌈T/2⌉, the number of shares that open a dealing.
func (p *Panel) Threshold() int { return (len(p.keys) + 1) / 2 }

// Key is the escrow key of a ticket, numbered from 0; nil where there is no
// such ticket. The caller does not change it.
func (p *Panel) Key(ticket int) []byte {
	if ticket < 0 || ticket >= len(p.keys) {
		return nil
	}
	return p.keys[ticket]
}

// distinct is nil where all keys have the right length and none comes twice.
func distinct(ticketKeys [][]byte) error {
	seen := make(map[[PointBytes]byte]int, len(ticketKeys))
	for i, k := range ticketKeys {
		if len(k) != PointBytes {
			return fmt.Errorf("%w: key %d has %d bytes", ErrKeys, i, len(k))
		}
		if j, twice := seen[[PointBytes]byte(k)]; twice {
			return fmt.Errorf("%w: key %d is key %d again", ErrKeys, i, j)
		}
		seen[[PointBytes]byte(k)] = i
	}
	return nil
}
