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
	"container/heap"
	"encoding/binary"
	"math/rand/v2"

	"github.com/zeebo/blake3"

	"probity/chain/keys"
	"probity/chain/types"
)

// Start is the time at which every world begins, ms since the Unix epoch.
const Start types.Time = 1_700_000_000_000

// Stream is a labelled source of chance: what one stream draws never shifts
// what another draws, so a run can lose a fault and keep the rest.
func Stream(seed uint64, label string) *rand.Rand {
	h := keys.Sum([]byte("stream"), binary.BigEndian.AppendUint64(nil, seed), []byte(label))
	return rand.New(rand.NewChaCha8(h))
}

// Log hashes the logical records of a run.
type Log struct {
	h     *blake3.Hasher
	count uint64
}

// NewLog is an empty log.
func NewLog() *Log { return &Log{h: blake3.New()} }

// Add records an event: its parts are framed by their lengths.
func (l *Log) Add(parts ...[]byte) {
	l.count++
	for _, p := range parts {
		_, _ = l.h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(p))))
		_, _ = l.h.Write(p)
	}
}

// Count is the number of records.
func (l *Log) Count() uint64 { return l.count }

// Sum is the hash of all records so far.
func (l *Log) Sum() (out keys.Hash) {
	l.h.Sum(out[:0])
	return out
}

// Packet is a message on its way.
type Packet struct {
	At    types.Time
	From  int
	To    int
	Topic string
	Data  []byte
	seq   uint64
}

// Links decides what happens to messages between members.
type Links struct {
	DelayMin  types.Time
	DelayMax  types.Time
	Loss      int // per thousand
	Duplicate int // per thousand
	// Cut reports whether nothing passes from one member to another; nil: all passes.
	Cut func(from, to int) bool
}

// Network is the links with what is on its way.
type Network struct {
	Links Links
	rng   *rand.Rand
	queue queue
	seq   uint64
	Sent  uint64
	Lost  uint64
}

// NewNetwork draws delays and losses from the seed.
func NewNetwork(seed uint64) *Network {
	return &Network{rng: Stream(seed, "network")}
}

// Send puts a message on its way, or loses it. Every draw is made whether or
// not the link is cut, so that healing a link does not reshuffle the others.
func (n *Network) Send(now types.Time, p Packet) {
	n.Sent++
	lost := n.rng.IntN(1000) < n.Links.Loss
	twice := n.rng.IntN(1000) < n.Links.Duplicate
	span := int64(n.Links.DelayMax-n.Links.DelayMin) + 1
	delay, again := n.rng.Int64N(span), n.rng.Int64N(4*span)
	if lost || n.Links.Cut != nil && n.Links.Cut(p.From, p.To) {
		n.Lost++
		return
	}
	n.push(p, now+n.Links.DelayMin+types.Time(delay))
	if twice {
		n.push(p, now+n.Links.DelayMin+types.Time(again))
	}
}

func (n *Network) push(p Packet, at types.Time) {
	n.seq++
	p.At, p.seq = at, n.seq
	heap.Push(&n.queue, p)
}

// Next is when the first message arrives.
func (n *Network) Next() (types.Time, bool) {
	if len(n.queue) == 0 {
		return 0, false
	}
	return n.queue[0].At, true
}

// Pop takes the first message.
func (n *Network) Pop() Packet { return heap.Pop(&n.queue).(Packet) }

// Drop forgets what is on its way to a member: its sockets are gone.
func (n *Network) Drop(to int) {
	var keep queue
	for _, p := range n.queue {
		if p.To != to {
			keep = append(keep, p)
		}
	}
	n.queue = keep
	heap.Init(&n.queue)
}

// queue orders packets by time, then by number.
type queue []Packet

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	if q[i].At != q[j].At {
		return q[i].At < q[j].At
	}
	return q[i].seq < q[j].seq
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(Packet)) }
func (q *queue) Pop() any {
	old := *q
	p := old[len(old)-1]
	*q = old[:len(old)-1]
	return p
}

// Clock is a member's own clock: the world's time plus a skew.
type Clock struct {
	World *types.Time
	Skew  int64 // ms
}

// Now is the member's time.
func (c *Clock) Now() types.Time { return types.Time(int64(*c.World) + c.Skew) }

// Entropy is a member's randomness, drawn from the seed.
type Entropy struct{ rng *rand.ChaCha8 }

// NewEntropy is a member's stream.
func NewEntropy(seed uint64, member int) *Entropy {
	return &Entropy{rand.NewChaCha8(keys.Sum([]byte("entropy"), binary.BigEndian.AppendUint64(nil, seed), []byte{byte(member), byte(member >> 8)}))}
}

// Read fills b.
func (e *Entropy) Read(b []byte) (int, error) { return e.rng.Read(b) }
