package keys

import "errors"

// errLength is returned for a byte string that is not as long as its type.
var errLength = errors.New("byte string of another length")

// The types of this package encode themselves: they are most of what is encoded,
// and by reflection each of their bytes costs as much as all of them here. The
// byte form is the one that chain/codec gives to byte strings (RFC 8949 §3,
// major type 2).

// MarshalCBOR is the byte form of h.
func (h Hash) MarshalCBOR() ([]byte, error) { return appendBytes(h[:]), nil }

// UnmarshalCBOR accepts the byte form alone.
func (h *Hash) UnmarshalCBOR(b []byte) error { return takeBytes(h[:], b) }

// MarshalCBOR is the byte form of k.
func (k PublicKey) MarshalCBOR() ([]byte, error) { return appendBytes(k[:]), nil }

// UnmarshalCBOR accepts the byte form alone.
func (k *PublicKey) UnmarshalCBOR(b []byte) error { return takeBytes(k[:], b) }

// MarshalCBOR is the byte form of s.
func (s Signature) MarshalCBOR() ([]byte, error) { return appendBytes(s[:]), nil }

// UnmarshalCBOR accepts the byte form alone.
func (s *Signature) UnmarshalCBOR(b []byte) error { return takeBytes(s[:], b) }

// appendBytes is the byte form of a string of 24 to 255 bytes.
func appendBytes(b []byte) []byte {
	out := make([]byte, 0, 2+len(b))
	return append(append(out, 0x58, byte(len(b))), b...)
}

// takeBytes reads what appendBytes gives for a string as long as to.
func takeBytes(to, b []byte) error {
	if len(b) != 2+len(to) || b[0] != 0x58 || int(b[1]) != len(to) {
		return errLength
	}
	copy(to, b[2:])
	return nil
}
