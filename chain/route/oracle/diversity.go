package oracle

import (
	"sort"

	"probity/chain/keys"
	"probity/chain/route"
)

// A seat is worth so many units, which its implementations share evenly: 12 is
// divisible by 1, 2, 3 and 4 (A-O6).
const seatUnits = 12

// EnforceFrom is the number of implementations from which the diversity rule
// binds: with two, none can be below one half (A-O2).
const EnforceFrom = 3

// share is what an implementation has of some seats.
type share struct {
	Name  string
	Units uint64
}

// spread divides the units of seats over implementations, in order of names. In
// this and only this sense an unknown one counts: with the largest of the
// known, the first by name among equals (A-O3). Where none is known all units
// are of "".
func spread(seats []seat) []share {
	return withUnknown(split(seats), largest(seats))
}

// split divides without regard to which are known; "" comes first.
func split(seats []seat) []share {
	units := map[string]uint64{}
	names := []string{}
	for _, s := range seats {
		for _, name := range s.Implementations {
			if _, ok := units[name]; !ok {
				names = append(names, name)
			}
			units[name] += seatUnits / uint64(len(s.Implementations))
		}
	}
	sort.Strings(names)
	out := make([]share, len(names))
	for i, name := range names {
		out[i] = share{name, units[name]}
	}
	return out
}

// withUnknown gives the units of "" to the implementation named to.
func withUnknown(list []share, to string) []share {
	if len(list) == 0 || list[0].Name != "" || to == "" {
		return list
	}
	unknown := list[0].Units
	list = list[1:]
	for i := range list {
		if list[i].Name == to {
			list[i].Units += unknown
			return list
		}
	}
	list = append(list, share{to, unknown})
	sort.Slice(list, func(a, b int) bool { return list[a].Name < list[b].Name })
	return list
}

// largest is the known implementation with the most units, the first by name
// among equals; "" where none is known.
func largest(seats []seat) (name string) {
	var most uint64
	for _, s := range split(seats) {
		if s.Name != "" && s.Units > most {
			name, most = s.Name, s.Units
		}
	}
	return name
}

// variety is the number of known implementations that have a seat's worth of seats
// or more: names that one seat makes up for itself are no diversity, and to stop
// the rest by the rule takes more than one.
func variety(seats []seat) (n int) {
	for _, s := range split(seats) {
		if s.Name != "" && s.Units >= seatUnits {
			n++
		}
	}
	return n
}

// enforced reports whether the diversity rule binds a task (A-O4).
func (t *task) enforced() bool { return !kinds[t.Kind].exempt && variety(t.Seats) >= EnforceFrom }

// counted are the units of a quorum that seats agreeing on one hash have: all
// of theirs, or where the rule binds at most ⌊(n−1)/2⌋ seats' worth for each
// implementation, so that none decides alone (O7, O9).
func (t *task) counted(agreeing []seat) uint64 {
	limit := seatUnits * uint64(len(agreeing))
	if t.enforced() {
		limit = seatUnits * (uint64(len(t.Seats)-1) / 2)
	}
	var sum uint64
	for _, s := range withUnknown(split(agreeing), largest(t.Seats)) {
		sum += min(s.Units, limit)
	}
	return sum
}

// reached reports whether a hash has the quorum of the task's seats (OF1).
func (t *task) reached(c *route.Ctx, id, hash keys.Hash) bool {
	var agreeing []seat
	submissions.RangePrefix(c, answer{Task: id}, 1, func(k answer, s submission) bool {
		if s.Status == Counted && s.Hash == hash {
			agreeing = append(agreeing, *t.seat(k.Member))
		}
		return true
	})
	return enough(t.counted(agreeing), seatUnits*uint64(len(t.Seats)), t.QuorumPPM)
}
