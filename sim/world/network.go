package world

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/types"
)

// Packet is a message on its way.
type Packet struct {
	At    types.Time
	From  int
	To    int
	Topic string
	Data  []byte
	Hash  keys.Hash // of Data
	seq   uint64
}

// Links decides what happens to messages between members.
type Links struct {
	DelayMin  types.Time // ms, at least 1
	DelayMax  types.Time
	Loss      int // per thousand
	Duplicate int // per thousand
	Reorder   int // per thousand: held until later messages have passed
	// Cut reports whether nothing passes from one member to another; nil: all passes.
	Cut func(from, to int) bool
}

// Network is the links with what is on its way.
type Network struct {
	Links  Links
	Counts map[string]int // of what happened to messages
	tape   *Tape
	size   int
	lines  []line
	queue  queue
	seq    uint64
	old    []Packet
}

// line is one direction between two members.
type line struct {
	delay, loss, twice, late *Stream
	clogged                  types.Time // nothing arrives before
}

// oldMax bounds the messages kept to be said again, and oldEvery says of how
// many one is kept: the sample reaches back over epochs.
const (
	oldMax   = 512
	oldEvery = 24
)

// NewNetwork joins n members by links whose delays and losses are on the tape.
func NewNetwork(tape *Tape, n int) *Network {
	return &Network{
		Links: Links{DelayMin: 1, DelayMax: 1}, Counts: map[string]int{}, tape: tape, size: n, lines: make([]line, n*n),
	}
}

func (n *Network) line(from, to int) *line {
	l := &n.lines[from*n.size+to]
	if l.delay == nil {
		name := fmt.Sprintf(" %d>%d", from, to)
		l.delay, l.loss = n.tape.Stream("delay"+name), n.tape.Stream("loss"+name)
		l.twice, l.late = n.tape.Stream("duplicate"+name), n.tape.Stream("reorder"+name)
	}
	return l
}

// Send puts a message on its way, or loses it. Every draw is made whether or
// not the link is cut, so that healing a link does not reshuffle the others.
func (n *Network) Send(now types.Time, p Packet) { n.SendLate(now, p, 0) }

// SendLate is Send for a message that somebody holds back for a while.
func (n *Network) SendLate(now types.Time, p Packet, hold types.Time) {
	l := n.line(p.From, p.To)
	if p.Hash == (keys.Hash{}) {
		p.Hash = keys.Sum(p.Data)
	}
	span := uint64(max(n.Links.DelayMax, n.Links.DelayMin) - n.Links.DelayMin + 1)
	delay := types.Time(l.delay.Draw(span))
	lost := l.loss.Chance(n.Links.Loss)
	again, late := l.twice.Rare(n.Links.Duplicate, 4*span), l.late.Rare(n.Links.Reorder, 16*span)
	if n.seq%oldEvery == 0 {
		n.remember(p)
	}
	if n.Links.Cut != nil && n.Links.Cut(p.From, p.To) {
		n.Counts["blocked"]++
		return
	}
	if lost {
		n.Counts["loss"]++
		return
	}
	at := max(now+hold+n.Links.DelayMin+delay, l.clogged)
	if delay > 0 {
		n.Counts["delay"]++
	}
	if again > 0 {
		n.Counts["duplicate"]++
		n.push(p, at+types.Time(again))
	}
	if late > 0 {
		n.Counts["reorder"]++
		at += types.Time(late)
	}
	n.push(p, at)
}

// Clog holds everything on a link until a time, and lets it go at once.
func (n *Network) Clog(from, to int, until types.Time) {
	n.line(from, to).clogged = until
	for i := range n.queue {
		if p := &n.queue[i]; p.From == from && p.To == to {
			p.At = max(p.At, until)
		}
	}
	n.queue.fix()
}

// Unclog lets all links go.
func (n *Network) Unclog() {
	for i := range n.lines {
		n.lines[i].clogged = 0
	}
}

func (n *Network) remember(p Packet) {
	if len(n.old) < oldMax {
		n.old = append(n.old, p)
		return
	}
	n.old[int(n.seq/oldEvery)%oldMax] = p
}

// Again says an old message once more, by whoever said it then.
func (n *Network) Again(now types.Time, pick uint64) bool {
	if len(n.old) == 0 {
		return false
	}
	p := n.old[pick%uint64(len(n.old))]
	n.push(p, now+1)
	return true
}

func (n *Network) push(p Packet, at types.Time) {
	n.seq++
	p.At, p.seq = at, n.seq
	n.queue.push(p)
}

// Defer has a message that has arrived wait for its reader, behind those that
// wait already.
func (n *Network) Defer(p Packet, until types.Time) { n.push(p, until) }

// Next is when the first message arrives.
func (n *Network) Next() (types.Time, bool) {
	if len(n.queue) == 0 {
		return 0, false
	}
	return n.queue[0].At, true
}

// Pop takes the first message.
func (n *Network) Pop() Packet { return n.queue.pop() }

// Drop forgets what is on its way to a member: its sockets are gone.
func (n *Network) Drop(to int) { n.forget(func(p *Packet) bool { return p.To == to }) }

// Sever forgets what is on its way over links that are cut.
func (n *Network) Sever() {
	if n.Links.Cut != nil {
		n.forget(func(p *Packet) bool { return n.Links.Cut(p.From, p.To) })
	}
}

func (n *Network) forget(which func(*Packet) bool) {
	keep := n.queue[:0]
	for i := range n.queue {
		if !which(&n.queue[i]) {
			keep = append(keep, n.queue[i])
		}
	}
	clear(n.queue[len(keep):])
	n.queue = keep
	n.queue.fix()
}

// queue is a heap of packets, by time, then by number.
type queue []Packet

func (q queue) less(i, j int) bool {
	return q[i].At < q[j].At || q[i].At == q[j].At && q[i].seq < q[j].seq
}

func (q *queue) push(p Packet) {
	*q = append(*q, p)
	h := *q
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if !h.less(i, up) {
			return
		}
		h[i], h[up] = h[up], h[i]
		i = up
	}
}

func (q *queue) pop() Packet {
	h := *q
	first := h[0]
	h[0] = h[len(h)-1]
	h[len(h)-1] = Packet{}
	*q = h[:len(h)-1]
	q.sink(0)
	return first
}

func (q queue) sink(i int) {
	for {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(q); c++ {
			if q.less(c, least) {
				least = c
			}
		}
		if least == i {
			return
		}
		q[i], q[least] = q[least], q[i]
		i = least
	}
}

// fix makes a heap of any order.
func (q queue) fix() {
	for i := len(q)/2 - 1; i >= 0; i-- {
		q.sink(i)
	}
}
