package peer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/wire"
)

// Bounds of what a member may send (network §3, §4).
const (
	frameMax  = 8 << 20 // bytes of one message of any topic
	rangeMax  = 64      // blocks of an answer
	headerMax = 4096    // trailing headers of an answer
	topic     = "sync"
)

// errFrame is the error of a stream that carries no frames of the network.
var errFrame = errors.New("a malformed frame")

// Range is consecutive final blocks of one epoch with what proves them: the
// Finalization is of the last of Trailing, or of the last block where there is none.
type Range struct {
	Blocks       []*wire.Block
	Finalization wire.Certificate
	Trailing     []wire.SignedHeader
}

// message is what of an answer is of use here.
type message struct {
	id     uint64
	height *uint64 // of a status that asks for nothing
	blocks *Range
}

// askStatus asks for a height. The height told is 0: nobody can catch up from here.
func askStatus() []byte {
	var e cbor.Enc
	e.Array(6).Uint(0).Array(2).Uint(0).Bool(true).Null().Null().Null().Null()
	return e
}

// askRange asks for the final blocks from a height on.
func askRange(id, from uint64) []byte {
	var e cbor.Enc
	e.Array(6).Uint(id).Null().Null().Array(1).Uint(from).Null().Null()
	return e
}

// decode reads a message; nil: one that is of no use here (a question).
func decode(data []byte) (*message, error) {
	d := cbor.New(data)
	d.Array(6)
	m := &message{id: d.U64()}
	if !d.Null() {
		d.Array(2)
		height := d.U64()
		if !d.Bool() {
			m.height = &height
		}
		for range 4 {
			if d.Err() == nil && !d.Null() {
				d.Fail("a status with something beside it")
			}
		}
		return m, d.Done()
	}
	for range 3 {
		if d.Err() == nil && !d.Null() {
			return nil, nil // want, range or block
		}
	}
	m.blocks = decRange(d)
	return m, d.Done()
}

func decRange(d *cbor.Dec) *Range {
	r := &Range{}
	d.Array(3)
	n := d.Len()
	if n > rangeMax {
		d.Fail("%d blocks", n)
	}
	for i := 0; i < n && d.Err() == nil; i++ {
		d.Array(3)
		r.Blocks = append(r.Blocks, &wire.Block{Header: wire.DecHeader(d), Signature: wire.DecSignature(d), Body: wire.DecBody(d)})
	}
	d.Array(4)
	f := &r.Finalization
	f.Statement, f.Signers = wire.DecStatement(d), d.Bytes()
	n = d.Len()
	for i := 0; i < n && d.Err() == nil; i++ {
		f.Signatures = append(f.Signatures, wire.DecSignature(d))
	}
	f.Attachment = d.Bytes()
	if n = d.Len(); n > headerMax {
		d.Fail("%d trailing headers", n)
	}
	for i := 0; i < n && d.Err() == nil; i++ {
		r.Trailing = append(r.Trailing, wire.DecSigned(d))
	}
	return r
}

// frame is a message of the topic on a direct stream (network §4).
func frame(data []byte) []byte {
	out := binary.BigEndian.AppendUint32([]byte{0}, uint32(1+len(topic)+len(data)))
	out = append(out, byte(len(topic)))
	return append(append(out, topic...), data...)
}

// readFrame reads the next message of the topic, and skips those of others.
func readFrame(r io.Reader) ([]byte, error) {
	for {
		var head [6]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return nil, err
		}
		size, name := int64(binary.BigEndian.Uint32(head[1:])), int64(head[5])
		if head[0] != 0 || size < 1+name || size > 1+name+frameMax {
			return nil, fmt.Errorf("%w: kind %d, %d bytes", errFrame, head[0], size)
		}
		of := make([]byte, name)
		if _, err := io.ReadFull(r, of); err != nil {
			return nil, err
		}
		size -= 1 + name
		if string(of) != topic {
			if _, err := io.CopyN(io.Discard, r, size); err != nil {
				return nil, err
			}
			continue
		}
		data := make([]byte, size)
		_, err := io.ReadFull(r, data)
		return data, err
	}
}
