package sim

import (
	"probity/chain/types"
)

// links draws a new quality for all links.
func (r *run) links() {
	l := &r.net.Links
	l.DelayMin = types.Time(1 + r.faults.IntN(5))
	l.DelayMax = l.DelayMin + types.Time(r.faults.IntN(60))
	l.Loss, l.Duplicate = 0, r.faults.IntN(50)
	switch r.faults.IntN(4) {
	case 0:
		l.Loss = r.faults.IntN(200)
	case 1:
		l.DelayMax += types.Time(r.faults.IntN(400))
	}
}

// fault breaks something, or mends it.
func (r *run) fault() error {
	r.nextFault = r.now + 200 + types.Time(r.faults.IntN(1500))
	what := r.faults.IntN(10)
	who := r.faults.IntN(len(r.members))
	group := r.faults.Uint64()
	r.log.Add([]byte("fault"), []byte{byte(what), byte(who)})
	switch what {
	case 0, 1: // two sides, or one way only
		oneWay := what == 1
		r.net.Links.Cut = func(from, to int) bool {
			a, b := group>>from&1, group>>to&1
			return a != b && (!oneWay || a == 1)
		}
	case 2:
		r.net.Links.Cut = func(from, to int) bool { return from == who || to == who }
	case 3:
		r.net.Links.Cut = nil
	case 4, 5:
		if m := r.members[who]; m.core != nil {
			m.crash()
			r.out.Crashes++
		}
	case 6:
		for _, m := range r.members { // power fails everywhere at once
			if m.core != nil {
				m.crash()
				r.out.Crashes++
			}
		}
		return r.restart()
	case 7, 8:
		return r.restart()
	case 9:
		r.links()
	}
	return nil
}

// restart boots every member that is down.
func (r *run) restart() error {
	for _, m := range r.members {
		if m.core == nil {
			if err := m.boot(); err != nil {
				return err
			}
			r.log.Add([]byte("boot"), []byte{byte(m.id)})
		}
	}
	return nil
}

// heal ends the chaos: links work, everyone is up.
func (r *run) heal() error {
	r.calm = true
	l := &r.net.Links
	l.Cut, l.Loss, l.Duplicate = nil, 0, 0
	l.DelayMin, l.DelayMax = 1, 20
	return r.restart()
}
