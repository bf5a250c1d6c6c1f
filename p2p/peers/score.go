package peers

// Bounds of scores and bans.
const (
	ScoreMax = 50   // the most that good conduct earns
	ScoreBan = -100 // at or below it a peer is banned

	scoreAfterBan = -50           // where a peer starts when its ban has expired
	decayEvery    = Millis(10e3)  // a sixteenth of the score goes in each such step: half in 100 s
	banFirst      = Millis(600e3) // ten minutes
	banForeign    = Millis(30e3)  // another chain is a mistake of configuration, not an attack
	BanMax        = Millis(86400e3)
	BansMax       = 4096 // bans remembered at once; the one that ends first makes room
	banMemory     = Millis(86400e3)
	reasonMax     = 120 // bytes of a reason that are kept
)

// Fault is a kind of misbehaviour. Its weight is what it costs, in points.
type Fault uint8

// The faults of a peer. The driver names them; the weights are policy and live
// here: two malformed frames or four invalid messages in a few minutes end in
// a ban, and so do twenty-five messages above the rate limits.
const (
	Malformed Fault = iota + 1 // bytes that are no frame, or a frame that is no message
	Oversized                  // a message above the bound of its kind
	Invalid                    // a message that its reader rejected
	Flooding                   // a message above the rate of its kind (the machine notes this itself)
	Silent                     // an answer that did not come in time
	Foreign                    // a peer of another chain
)

var faults = [...]struct {
	name   string
	weight int
}{
	Malformed: {"malformed", 50},
	Oversized: {"oversized", 50},
	Invalid:   {"invalid", 25},
	Flooding:  {"flooding", 4},
	Silent:    {"silent", 5},
	Foreign:   {"foreign", 0},
}

// Faults lists all faults, for tables of metrics.
func Faults() []Fault {
	return []Fault{Malformed, Oversized, Invalid, Flooding, Silent, Foreign}
}

// String is the stable name of f in metrics and logs.
func (f Fault) String() string {
	if int(f) >= len(faults) || f == 0 {
		return "unknown"
	}
	return faults[f].name
}

// score is a number of points that decays toward zero.
type score struct {
	points int
	at     Millis
}

// read brings the score up to now and returns it. Whole steps only: the rest
// of the time stays on the stamp, so reading often does not change the value.
func (s *score) read(now Millis) int {
	steps := max(now-s.at, 0) / decayEvery
	s.at += steps * decayEvery
	for ; steps > 0 && s.points != 0; steps-- {
		// Rounded away from zero, so that the last points go too.
		if s.points > 0 {
			s.points -= (s.points + 15) / 16
		} else {
			s.points += (15 - s.points) / 16
		}
	}
	return s.points
}

// add moves the score by n within its bounds and returns the new value.
func (s *score) add(now Millis, n int) int {
	s.points = max(min(s.read(now)+n, ScoreMax), ScoreBan)
	return s.points
}

// ban is one banned peer, remembered past its end so that the next ban of the
// same peer lasts longer.
type ban struct {
	until  Millis
	count  int
	reason string
}

// ban records a ban and returns its end.
func (m *Machine) ban(now Millis, id ID, reason string, length Millis) Millis {
	b, known := m.bans[id]
	if !known && len(m.bans) >= BansMax {
		m.forgetBan()
	}
	if length == 0 {
		length = min(banFirst<<min(b.count, 10), BanMax)
		b.count++
	}
	if len(reason) > reasonMax {
		reason = reason[:reasonMax]
	}
	b.until = max(b.until, now+length)
	b.reason = reason
	m.bans[id] = b
	return b.until
}

// forgetBan drops the ban that ends first (the smaller ID among equals).
func (m *Machine) forgetBan() {
	var victim ID
	var until Millis
	first := true
	for id, b := range m.bans {
		if first || b.until < until || b.until == until && id < victim {
			victim, until, first = id, b.until, false
		}
	}
	delete(m.bans, victim)
}

// banned reports whether id is banned at now.
func (m *Machine) banned(now Millis, id ID) (ban, bool) {
	b, ok := m.bans[id]
	return b, ok && now < b.until
}

// expireBans forgets bans that ended long ago.
func (m *Machine) expireBans(now Millis) {
	for id, b := range m.bans {
		if now >= b.until+banMemory {
			delete(m.bans, id)
		}
	}
}
