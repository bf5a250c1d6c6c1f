package wire

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
)

// Bounds of a transaction (§3).
const (
	TxBytes   = 64 << 10
	TxMsgs    = 16
	ChainText = 40
)

// Msg is one message of a transaction.
type Msg struct {
	Route, ID uint64
	Body      []byte
}

// Tx is a transaction and its encoding.
type Tx struct {
	Chain      string
	Sender     Key
	Nonce      uint64
	FeeMax     num.Int
	FeePayer   *Address
	ValidUntil uint64
	Msgs       []Msg
	Signature  Signature
	Raw        []byte
}

// Amount appends an amount (§1).
func Amount(e *cbor.Enc, a num.Int) { e.Bytes(a.Big()) }

// DecAmount reads one: at most 16 bytes, without a leading zero.
func DecAmount(d *cbor.Dec) num.Int {
	b := d.Bytes()
	if len(b) > 16 || len(b) > 0 && b[0] == 0 {
		d.Fail("no amount")
		return num.Int{}
	}
	return num.Bytes(b)
}

// DecHash reads 32 bytes.
func DecHash(d *cbor.Dec) (h Hash) { d.Fixed(h[:]); return h }

// DecAddress reads 20 bytes.
func DecAddress(d *cbor.Dec) (a Address) { d.Fixed(a[:]); return a }

// DecKey reads 32 bytes.
func DecKey(d *cbor.Dec) (k Key) { d.Fixed(k[:]); return k }

// DecSignature reads 64 bytes.
func DecSignature(d *cbor.Dec) (s Signature) { d.Fixed(s[:]); return s }

// DecodeTx reads the one form of a transaction.
func DecodeTx(raw []byte) (*Tx, error) {
	d := cbor.New(raw)
	t := &Tx{Raw: raw}
	if len(raw) > TxBytes {
		d.Fail("a transaction of %d bytes", len(raw))
	}
	d.Array(8)
	t.Chain = d.Text()
	if len(t.Chain) > ChainText {
		d.Fail("a chain's name of %d bytes", len(t.Chain))
	}
	t.Sender = DecKey(d)
	t.Nonce = d.U64()
	t.FeeMax = DecAmount(d)
	if !d.Null() {
		a := DecAddress(d)
		t.FeePayer = &a
	}
	t.ValidUntil = d.U64()
	n := d.Len()
	if d.Err() == nil && (n < 1 || n > TxMsgs) {
		d.Fail("%d messages", n)
	}
	for i := 0; i < n && d.Err() == nil; i++ {
		d.Array(3)
		t.Msgs = append(t.Msgs, Msg{Route: d.Uint(1<<16 - 1), ID: d.Uint(1<<16 - 1), Body: d.Bytes()})
	}
	t.Signature = DecSignature(d)
	return t, d.Done()
}

// Payload is what is signed: the array of the first seven fields.
func (t *Tx) Payload() []byte {
	const tail = 2 + 64 // a head of two bytes and the signature
	return append([]byte{0x87}, t.Raw[1:len(t.Raw)-tail]...)
}

// Name is the transaction's hash.
func (t *Tx) Name() Hash { return Sum(t.Raw) }
