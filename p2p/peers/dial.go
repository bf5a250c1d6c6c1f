package peers

import (
	"bytes"
	"cmp"
	"slices"

	"probity/chain/keys"
)

const (
	dialsMax  = 16 // dials in flight
	dropFails = 6  // a learned peer is forgotten after so many failed dials

	backoffKeep    = Millis(250) // pause before a kept peer is dialled again, doubling
	backoffKeepMax = Millis(15e3)
	backoff        = Millis(5e3) // the same for learned peers
	backoffMax     = Millis(600e3)
	askEvery       = Millis(10e3) // pause between questions for addresses
)

// tick asks for dials, kept peers first, then learned ones up to the target;
// and for addresses where the book does not hold enough.
func (m *Machine) tick(now Millis) Ready {
	m.expireBans(now)
	var r Ready
	for _, id := range m.dialable(now, true) {
		m.dial(&r, id)
	}
	if m.connected+m.dialing >= m.config.Target {
		return r
	}
	for _, id := range m.dialable(now, false) {
		if m.connected+m.dialing < m.config.Target {
			m.dial(&r, id)
		}
	}
	if m.connected > 0 && m.connected+m.dialing < m.config.Target && now >= m.askAt {
		r.Ask = []ID{m.teacher()}
		m.askAt = now + askEvery
		m.asked++
	}
	return r
}

func (m *Machine) dial(r *Ready, id ID) {
	if m.dialing >= dialsMax {
		return
	}
	e := m.book[id]
	e.dialing = true
	m.dialing++
	r.Dial = append(r.Dial, Dial{Peer: id, Addrs: slices.Clone(e.addrs), Keep: e.keep})
}

// dialFailed lengthens the pause before the next dial.
func (m *Machine) dialFailed(now Millis, id ID) {
	e := m.book[id]
	if e == nil || !e.dialing {
		return
	}
	e.dialing = false
	m.dialing--
	if e.connected {
		return
	}
	e.dialAt = now + m.pause(id, e)
	e.fails++
	if e.fails >= dropFails && !e.keep {
		delete(m.book, id)
	}
}

// dialable lists the peers that may be dialled now, kept or learned: those
// that failed least first, and among equals in an order only we can predict.
func (m *Machine) dialable(now Millis, keep bool) []ID {
	type candidate struct {
		id    ID
		fails int
		rank  keys.Hash
	}
	var list []candidate
	for id, e := range m.book {
		if e.keep != keep || e.connected || e.dialing || now < e.dialAt || len(e.addrs) == 0 {
			continue
		}
		if _, bad := m.banned(now, id); !bad {
			list = append(list, candidate{id, e.fails, m.rank(id, 0)})
		}
	}
	slices.SortFunc(list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.fails, b.fails), bytes.Compare(a.rank[:], b.rank[:]))
	})
	ids := make([]ID, len(list))
	for i, c := range list {
		ids[i] = c.id
	}
	return ids
}

// teacher picks a connected peer to ask, another one each time.
func (m *Machine) teacher() ID {
	var best ID
	var low keys.Hash
	for id, e := range m.book {
		if !e.connected {
			continue
		}
		if r := m.rank(id, 256+m.asked); best == "" || bytes.Compare(r[:], low[:]) < 0 {
			best, low = id, r
		}
	}
	return best
}

// rank is a secret pseudo-random value of a peer and a use of it.
func (m *Machine) rank(id ID, use int) keys.Hash {
	return keys.Sum(m.config.Secret[:], []byte{byte(use), byte(use >> 8), byte(use >> 16)}, []byte(id))
}

// pause is the time to wait before the next dial: doubling with each failure,
// and stretched by up to a quarter by the secret rank, so that nodes which
// were restarted together do not dial in step.
func (m *Machine) pause(id ID, e *entry) Millis {
	first, last := backoff, backoffMax
	if e.keep {
		first, last = backoffKeep, backoffKeepMax
	}
	d := min(first<<min(e.fails, 16), last)
	return d + d*Millis(m.rank(id, 1+e.fails)[0])/1024
}
