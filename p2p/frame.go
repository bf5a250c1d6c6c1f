package p2p

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A frame is one kind byte, four bytes of length (big-endian) and so many
// bytes of payload. A request stream carries one data frame to the server and
// any number back, closed by one of the other kinds; a direct stream carries
// data frames that each hold one message.
type frameKind byte

const (
	frameData frameKind = iota // a message, or a chunk of an answer
	frameEnd                   // the answer is complete; no payload
	frameBusy                  // the server has no room; no payload
	frameFail                  // the server refuses; payload is its reason
)

const (
	frameHeader  = 5
	failTextMax  = 256      // bytes of a refusal's text
	frameStepMax = 64 << 10 // memory taken before the bytes it is for have arrived
)

// appendFrame appends a frame whose payload is the parts in a row.
func appendFrame(dst []byte, kind frameKind, parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	dst = append(dst, byte(kind))
	dst = binary.BigEndian.AppendUint32(dst, uint32(n))
	for _, p := range parts {
		dst = append(dst, p...)
	}
	return dst
}

// readFrame reads one frame with at most limit bytes of payload. At the end of
// the stream between frames it returns io.EOF. ErrFrame and ErrTooLarge are the
// sender's faults; other errors are the network's.
//
// Memory grows with what has arrived and not with what the header claims, so
// that many streams that announce much and send little cost little.
func readFrame(r io.Reader, limit int) (frameKind, []byte, error) {
	var header [frameHeader]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return 0, nil, err // io.EOF only if nothing was read
	}
	kind, n := frameKind(header[0]), int64(binary.BigEndian.Uint32(header[1:]))
	switch {
	case kind > frameFail:
		return 0, nil, fmt.Errorf("%w: kind %d", ErrFrame, kind)
	case kind == frameFail && n > failTextMax, (kind == frameEnd || kind == frameBusy) && n != 0:
		return 0, nil, fmt.Errorf("%w: kind %d with %d bytes", ErrFrame, kind, n)
	case n > int64(limit) && kind == frameData:
		return 0, nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, n, limit)
	}
	payload, err := readN(r, int(n))
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return kind, payload, err
}

// readN reads exactly n bytes.
func readN(r io.Reader, n int) ([]byte, error) {
	if n <= frameStepMax {
		out := make([]byte, n)
		_, err := io.ReadFull(r, out)
		return out, err
	}
	var out bytes.Buffer
	out.Grow(frameStepMax)
	_, err := io.CopyN(&out, r, int64(n))
	return out.Bytes(), err
}

// appendMessage frames a message of a topic for a direct stream: the length of
// the topic's name, the name, the data.
func appendMessage(dst []byte, topic string, data []byte) []byte {
	return appendFrame(dst, frameData, []byte{byte(len(topic))}, []byte(topic), data)
}

// splitMessage is the inverse of appendMessage on a frame's payload.
func splitMessage(payload []byte) (topic string, data []byte, err error) {
	if len(payload) == 0 || len(payload) < 1+int(payload[0]) {
		return "", nil, fmt.Errorf("%w: message without a topic", ErrFrame)
	}
	n := 1 + int(payload[0])
	return string(payload[1:n]), payload[n:], nil
}
