package peers

import (
	"cmp"
	"slices"
)

// Info is what the machine knows of one peer.
type Info struct {
	ID        ID
	Addrs     []string
	Keep      bool
	Proven    bool // was connected once
	Connected bool
	Inbound   bool
	Score     int
	Fails     int    // failed dials in a row
	Seen      Millis // last connected, disconnected or learned
}

// BanInfo is one ban in force.
type BanInfo struct {
	ID     ID
	Reason string
	Until  Millis
}

// Peers lists the book in order of ID.
func (m *Machine) Peers(now Millis) []Info {
	list := make([]Info, 0, len(m.book))
	for id, e := range m.book {
		list = append(list, e.info(now, id))
	}
	slices.SortFunc(list, func(a, b Info) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

func (e *entry) info(now Millis, id ID) Info {
	return Info{
		ID: id, Addrs: slices.Clone(e.addrs), Keep: e.keep, Proven: e.proven, Connected: e.connected,
		Inbound: e.inbound, Score: e.score.read(now), Fails: e.fails, Seen: e.seen,
	}
}

// Peer is the entry of one peer; false if it is not in the book.
func (m *Machine) Peer(now Millis, id ID) (Info, bool) {
	e, ok := m.book[id]
	if !ok {
		return Info{}, false
	}
	return e.info(now, id), true
}

// Score is the score of a peer in [ScoreBan, ScoreMax]; 0 for a stranger.
func (m *Machine) Score(now Millis, id ID) int {
	if e := m.book[id]; e != nil {
		return e.score.read(now)
	}
	return 0
}

// Banned says why and until when a peer is banned; false if it is not.
func (m *Machine) Banned(now Millis, id ID) (BanInfo, bool) {
	b, bad := m.banned(now, id)
	return BanInfo{id, b.reason, b.until}, bad
}

// Bans lists the bans in force in order of ID.
func (m *Machine) Bans(now Millis) []BanInfo {
	var list []BanInfo
	for id, b := range m.bans {
		if now < b.until {
			list = append(list, BanInfo{id, b.reason, b.until})
		}
	}
	slices.SortFunc(list, func(a, b BanInfo) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// Connected is the number of connected peers.
func (m *Machine) Connected() int { return m.connected }
