package peers

import (
	"fmt"

	"github.com/mr-tron/base58"
)

// ID names a peer: the binary form of its libp2p identifier, which is derived
// from its public key and therefore authenticated by the handshake. It is a
// map key and never printed raw: String gives the usual base58 text.
type ID string

// idBytesMax bounds an identifier: an ed25519 one has 38 bytes.
const idBytesMax = 64

func wellFormed(id ID) bool { return id != "" && len(id) <= idBytesMax }

// String is the base58 text of id ("12D3Koo…").
func (id ID) String() string { return base58.Encode([]byte(id)) }

// Short is the last eight characters of the text, which differ between peers
// (the first ones are the same for all ed25519 keys). For logs.
func (id ID) Short() string {
	s := id.String()
	if len(s) > 8 {
		return "…" + s[len(s)-8:]
	}
	return s
}

// MarshalText gives the base58 text.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the base58 text. That the bytes are a well-formed
// libp2p identifier is checked by p2p.ParseID.
func (id *ID) UnmarshalText(text []byte) error {
	if len(text) > 2*idBytesMax {
		return fmt.Errorf("peer id of %d characters", len(text))
	}
	raw, err := base58.Decode(string(text))
	if err != nil {
		return fmt.Errorf("peer id %q: %w", text, err)
	}
	*id = ID(raw)
	return nil
}
