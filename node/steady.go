package node

import "probity/chain/types"

// steady makes of a clock that people and programs set a time that never runs
// backwards and never stands still: what the machines measure their patience with
// (spec consensus §Time). A clock that is set back by an hour would otherwise leave
// a member without timers for that hour, since the machines take the greatest time
// they have seen as now.
//
// What the clock loses is kept as a lead over it, and the lead is given up at an
// eighth of the speed at which time goes by. Headers get the clock's own time.
type steady struct {
	last types.Time // the clock when it was last looked at
	lead types.Time // ms that this time is ahead of it
	rest types.Time // ms that have gone by since the lead last became less
}

// slew is what part of the time that goes by is taken from the lead.
const slew = 8

// at is the steady time when the clock shows now.
func (s *steady) at(now types.Time) types.Time {
	switch {
	case s.last == 0:
	case now < s.last:
		s.lead += s.last - now
	case s.lead > 0:
		s.rest += now - s.last
		s.lead -= min(s.lead, s.rest/slew)
		s.rest %= slew
	}
	s.last = now
	return now + s.lead
}

// shows is what the clock shows at a steady time, or a little before.
func (s *steady) shows(t types.Time) types.Time {
	if t > 1<<62 {
		return t // never
	}
	return t - min(t, s.lead)
}
