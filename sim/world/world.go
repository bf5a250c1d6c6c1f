// Package world is the box that the simulator puts members into: one seed
// makes the clock, the links, the disks and all chance of a run.
//
// Members are the real node loop over the real store on Pebble's crashable
// memory file system; nothing here knows the protocol. Two runs of one seed
// give the same event-log hash on any number of processors: chance comes from
// labelled streams, events are ordered by time and number, and the log holds
// logical records, never file bytes.
package world

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/zeebo/blake3"

	"probity/chain/keys"
	"probity/chain/types"
)

// Start is the time at which every world begins, ms since the Unix epoch.
const Start types.Time = 1_700_000_000_000

// Seeded is chance that is fixed by the seed and not on the tape: keys, weights,
// which faults a run has at all.
func Seeded(seed uint64, label string) *rand.Rand {
	h := keys.Sum([]byte("stream"), binary.BigEndian.AppendUint64(nil, seed), []byte(label))
	return rand.New(rand.NewChaCha8(h))
}

// Log hashes the logical records of a run.
type Log struct {
	h     *blake3.Hasher
	count uint64
	buf   []byte
}

// NewLog is an empty log.
func NewLog() *Log { return &Log{h: blake3.New()} }

// Add records an event: its parts are framed by their lengths.
func (l *Log) Add(parts ...[]byte) {
	for _, p := range parts {
		l.buf = binary.BigEndian.AppendUint32(l.buf, uint32(len(p)))
		l.buf = append(l.buf, p...)
	}
	l.done()
}

// Message records that a message arrived.
func (l *Log) Message(topic string, from, to int, hash keys.Hash) {
	l.buf = binary.BigEndian.AppendUint32(l.buf, uint32(len(topic)))
	l.buf = append(append(l.buf, topic...), byte(from), byte(from>>8), byte(to), byte(to>>8))
	l.buf = append(l.buf, hash[:]...)
	l.done()
}

func (l *Log) done() {
	l.count++
	if len(l.buf) >= 4096 {
		l.flush()
	}
}

func (l *Log) flush() {
	_, _ = l.h.Write(l.buf)
	l.buf = l.buf[:0]
}

// Count is the number of records.
func (l *Log) Count() uint64 { return l.count }

// Sum is the hash of all records so far.
func (l *Log) Sum() (out keys.Hash) {
	l.flush()
	l.h.Sum(out[:0])
	return out
}

// Clock is a member's own clock: the world's time plus an offset, running a
// little fast or slow, and what the member's present step has taken so far.
type Clock struct {
	World *types.Time
	Skew  int64             // ms
	Drift int64             // parts per million
	Since types.Time        // from which Drift counts
	Took  func() types.Time // ms; nil: a step takes no time
}

// Now is the member's time.
func (c *Clock) Now() types.Time {
	now := types.Time(int64(*c.World) + c.offset())
	if c.Took != nil {
		now += c.Took()
	}
	return now
}

func (c *Clock) offset() int64 {
	return c.Skew + int64(*c.World-c.Since)*c.Drift/1_000_000
}

// Shows is when, in the world's time, the member's clock will show t; exact
// but for the drift until then. What it showed before the world began is 0: a
// machine that is due at once has the deadline 0.
func (c *Clock) Shows(t types.Time) types.Time {
	if t > 1<<62 {
		return t // never
	}
	return types.Time(max(0, int64(t)-c.offset()))
}

// Run sets the drift from now on.
func (c *Clock) Run(ppm int64) {
	c.Skew, c.Since, c.Drift = c.offset(), *c.World, ppm
}

// Jump moves the clock.
func (c *Clock) Jump(ms int64) { c.Skew += ms }

// Set makes the clock right but for a skew.
func (c *Clock) Set(skew int64) { c.Skew, c.Drift, c.Since = skew, 0, *c.World }

// Entropy is a member's randomness, drawn from the seed.
type Entropy struct{ rng *rand.ChaCha8 }

// NewEntropy is a member's stream.
func NewEntropy(seed uint64, member int) *Entropy {
	return &Entropy{rand.NewChaCha8(keys.Sum([]byte("entropy"), binary.BigEndian.AppendUint64(nil, seed), []byte{byte(member), byte(member >> 8)}))}
}

// Read fills b.
func (e *Entropy) Read(b []byte) (int, error) { return e.rng.Read(b) }
