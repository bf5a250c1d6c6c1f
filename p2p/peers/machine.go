package peers

import (
	"errors"
	"fmt"
)

// Config is what the operator and the caller decide.
type Config struct {
	Self    ID       // never learned or dialled
	Secret  [32]byte // orders dialling; must not be known to others
	Max     int      // connected peers at most, kept ones not counted
	Target  int      // learned peers are dialled while fewer than this are connected
	BookMax int      // peers known at most; 0: BookMax
	Limits  []Limit  // by Kind
}

// Machine is the state: see the package comment.
type Machine struct {
	config    Config
	book      map[ID]*entry
	bans      map[ID]ban
	connected int
	kept      int // connected ones that are kept
	dialing   int
	askAt     Millis
	asked     int // how often addresses were asked for; varies whom to ask
}

// New makes an empty machine, or says what is wrong with the configuration.
func New(c Config) (*Machine, error) {
	if c.BookMax == 0 {
		c.BookMax = BookMax
	}
	if c.Max < 1 || c.Target < 0 || c.Target > c.Max || c.BookMax < c.Max {
		return nil, fmt.Errorf("peers: max %d, target %d, book %d: want 0 ≤ target ≤ max ≤ book and max ≥ 1", c.Max, c.Target, c.BookMax)
	}
	for _, l := range c.Limits {
		if err := l.check(); err != nil {
			return nil, fmt.Errorf("peers: %w", err)
		}
	}
	if len(c.Limits) > 256 {
		return nil, errors.New("peers: more than 256 kinds of traffic")
	}
	return &Machine{config: c, book: make(map[ID]*entry), bans: make(map[ID]ban)}, nil
}

// Input is one thing that happened. The types below are all of them.
type Input interface{ input() }

type (
	// Learn: From (or the operator, if empty) says that Peer listens on Addrs.
	Learn struct {
		From, Peer ID
		Addrs      []string
	}
	// Keep: the operator wants a connection to Peer at all times.
	Keep struct {
		Peer  ID
		Addrs []string
	}
	// Knock: Peer has authenticated and asks for a connection (or is about to be
	// dialled). Ready.Refuse answers.
	Knock struct {
		Peer ID
	}
	// Connected: Peer is connected and of our chain; Addrs is where it listens
	// according to itself.
	Connected struct {
		Peer    ID
		Inbound bool
		Addrs   []string
	}
	// Disconnected: the last connection to Peer has ended.
	Disconnected struct{ Peer ID }
	// DialFailed: a dial that Ready asked for has failed. Success is Connected.
	DialFailed struct{ Peer ID }
	// Received: Peer sent a message of Kind and Bytes. Ready.Refuse answers
	// whether it is above the limits.
	Received struct {
		Peer  ID
		Kind  Kind
		Bytes int
	}
	// Useful: Peer was the first to bring us something valid.
	Useful struct{ Peer ID }
	// Faulted: Peer misbehaved.
	Faulted struct {
		Peer  ID
		Fault Fault
	}
	// Ban: the caller wants Peer out, for a time (0: by the schedule of bans).
	Ban struct {
		Peer   ID
		Reason string
		For    Millis
	}
	// Unban: the operator forgives Peer.
	Unban struct{ Peer ID }
	// Tick: time has passed. Wanted a few times a second.
	Tick struct{}
)

func (Learn) input()        {}
func (Keep) input()         {}
func (Knock) input()        {}
func (Connected) input()    {}
func (Disconnected) input() {}
func (DialFailed) input()   {}
func (Received) input()     {}
func (Useful) input()       {}
func (Faulted) input()      {}
func (Ban) input()          {}
func (Unban) input()        {}
func (Tick) input()         {}

// Ready is what the driver is to do, in this order.
type Ready struct {
	Refuse string // why the input is not accepted; empty: it is
	Drop   []Drop // close all connections to these
	Dial   []Dial // connect to these, and report Connected or DialFailed
	Ask    []ID   // ask these for addresses of others
}

// Drop is a connection to close.
type Drop struct {
	Peer   ID
	Reason string
	Banned Millis // until when; 0: not banned
}

// Dial is a connection to make.
type Dial struct {
	Peer  ID
	Addrs []string
	Keep  bool
}

// Step takes one input at time now and says what to do.
func (m *Machine) Step(now Millis, in Input) Ready {
	switch in := in.(type) {
	case Received:
		return m.received(now, in)
	case Useful:
		if e := m.book[in.Peer]; e != nil && e.connected {
			e.score.add(now, 1)
		}
	case Faulted:
		return m.faulted(now, in.Peer, in.Fault)
	case Knock:
		return Ready{Refuse: m.knock(now, in.Peer)}
	case Connected:
		return m.connect(now, in)
	case Disconnected:
		m.disconnect(now, in.Peer)
	case DialFailed:
		m.dialFailed(now, in.Peer)
	case Learn:
		return Ready{Refuse: m.learn(now, in)}
	case Keep:
		return Ready{Refuse: m.keep(now, in)}
	case Ban:
		until := m.ban(now, in.Peer, in.Reason, in.For)
		return Ready{Drop: []Drop{{in.Peer, in.Reason, until}}}
	case Unban:
		m.unban(now, in.Peer)
	case Tick:
		return m.tick(now)
	}
	return Ready{}
}

// knock says why a connection to id is not wanted.
func (m *Machine) knock(now Millis, id ID) string {
	if id == m.config.Self {
		return "this is our own key"
	}
	if !wellFormed(id) {
		return "not a peer"
	}
	if b, bad := m.banned(now, id); bad {
		return "banned: " + b.reason
	}
	e := m.book[id]
	if e != nil && (e.connected || e.keep) {
		return ""
	}
	if m.connected-m.kept >= m.config.Max {
		return "no room for more peers"
	}
	return ""
}

// connect admits a peer, or drops it again.
func (m *Machine) connect(now Millis, in Connected) Ready {
	if why := m.knock(now, in.Peer); why != "" {
		return Ready{Refuse: why, Drop: []Drop{{Peer: in.Peer, Reason: why}}}
	}
	e := m.book[in.Peer]
	if e == nil {
		if !m.makeRoom() {
			return Ready{Refuse: "book full", Drop: []Drop{{Peer: in.Peer, Reason: "book full"}}}
		}
		e = &entry{score: m.scoreAtEntry(now, in.Peer)}
		m.book[in.Peer] = e
	}
	if e.dialing {
		e.dialing = false
		m.dialing--
	}
	if !e.connected {
		m.connected++
		if e.keep {
			m.kept++
		}
		e.meters = make([]meter, len(m.config.Limits))
		for k, l := range m.config.Limits {
			e.meters[k] = newMeter(now, l)
		}
	}
	e.connected, e.inbound, e.proven = true, in.Inbound, true
	e.source, e.fails, e.seen = "", 0, now
	// A peer's own word replaces what others said; what the operator named
	// stays, since only he knows the way through his network.
	if addrs := clean(in.Addrs); len(addrs) > 0 {
		if e.keep {
			e.addrs = merge(addrs, e.addrs)
		} else {
			e.addrs = merge(nil, addrs)
		}
	}
	return Ready{}
}

func (m *Machine) disconnect(now Millis, id ID) {
	e := m.book[id]
	if e == nil || !e.connected {
		return
	}
	m.connected--
	if e.keep {
		m.kept--
	}
	e.connected, e.meters, e.seen = false, nil, now
	e.dialAt = now + m.pause(id, e)
}

// received charges a message to its sender's buckets. A stranger is refused
// without a record: the caller admits a peer before it reads from it.
func (m *Machine) received(now Millis, in Received) Ready {
	e := m.book[in.Peer]
	if e == nil || !e.connected || int(in.Kind) >= len(e.meters) {
		return Ready{Refuse: "not connected"}
	}
	if e.meters[in.Kind].take(now, m.config.Limits[in.Kind], in.Bytes) {
		return Ready{}
	}
	r := m.faulted(now, in.Peer, Flooding)
	r.Refuse = Flooding.String()
	return r
}

// faulted lowers a score and bans at the bound.
func (m *Machine) faulted(now Millis, id ID, f Fault) Ready {
	if f == Foreign {
		until := m.ban(now, id, "on another chain", banForeign)
		return Ready{Drop: []Drop{{id, "on another chain", until}}}
	}
	e := m.book[id]
	if e == nil || int(f) >= len(faults) {
		return Ready{}
	}
	if e.score.add(now, -faults[f].weight) > ScoreBan {
		return Ready{}
	}
	until := m.ban(now, id, f.String(), 0)
	e.score = score{points: scoreAfterBan, at: until} // decays from the end of the ban
	return Ready{Drop: []Drop{{id, f.String(), until}}}
}

func (m *Machine) unban(now Millis, id ID) {
	delete(m.bans, id)
	if e := m.book[id]; e != nil {
		e.score = score{at: now}
		e.dialAt, e.fails = now, 0
	}
}
