package world

import (
	"encoding/binary"
	"math/rand/v2"
	"sort"

	"probity/chain/keys"
)

// Choice is one decision of the world that departs from "nothing happens". Its
// label names the stream that it came from, At its place in that stream.
type Choice struct {
	Label string `json:"label"`
	At    uint64 `json:"at"`
	Value uint64 `json:"value"`
}

// Tape answers every choice of a run and records those that are not zero. Zero
// always means that nothing happens: the message arrives at once, the disk
// works, nobody crashes. So a run is its seed and the list of its choices, and
// any of them can be taken out while the others stay what they were.
type Tape struct {
	seed     uint64
	playback bool
	given    map[string]map[uint64]uint64
	streams  map[string]*Stream
	order    []*Stream
}

// NewTape draws from a seed.
func NewTape(seed uint64) *Tape {
	return &Tape{seed: seed, streams: map[string]*Stream{}}
}

// Playback answers with recorded choices, and with zero where there is none.
// What it does not answer (keys, weights) still derives from the seed.
func Playback(seed uint64, choices []Choice) *Tape {
	t := NewTape(seed)
	t.playback, t.given = true, map[string]map[uint64]uint64{}
	for _, c := range choices {
		if t.given[c.Label] == nil {
			t.given[c.Label] = map[uint64]uint64{}
		}
		t.given[c.Label][c.At] = c.Value
	}
	return t
}

// Quiet is a tape without any choice.
func Quiet(seed uint64) *Tape { return Playback(seed, nil) }

// Played reports whether the tape answers from a list.
func (t *Tape) Played() bool { return t.playback }

// Choices lists what was chosen, by label and place.
func (t *Tape) Choices() (out []Choice) {
	labels := append([]*Stream{}, t.order...)
	sort.Slice(labels, func(i, j int) bool { return labels[i].label < labels[j].label })
	for _, s := range labels {
		for _, e := range s.taken {
			out = append(out, Choice{s.label, e.at, e.value})
		}
	}
	return out
}

// Count is the number of choices so far.
func (t *Tape) Count() (n int) {
	for _, s := range t.order {
		n += len(s.taken)
	}
	return n
}

// Stream is the source of choices with a label: what one stream draws never
// shifts what another draws.
func (t *Tape) Stream(label string) *Stream {
	if s := t.streams[label]; s != nil {
		return s
	}
	s := &Stream{label: label}
	if t.playback {
		s.playback, s.given = true, t.given[label]
	} else {
		h := keys.Sum([]byte("stream"), binary.BigEndian.AppendUint64(nil, t.seed), []byte(label))
		s.rng.Seed(binary.BigEndian.Uint64(h[:8]), binary.BigEndian.Uint64(h[8:]))
	}
	t.streams[label] = s
	t.order = append(t.order, s)
	return s
}

// Stream is one label's choices, in their order.
type Stream struct {
	label    string
	at       uint64
	rng      rand.PCG
	playback bool
	given    map[uint64]uint64
	taken    []taken
}

type taken struct{ at, value uint64 }

// Draw chooses below n, each number alike. A tape that is played back answers
// what was recorded, whatever n is now.
func (s *Stream) Draw(n uint64) uint64 { return s.take(1000, 0, n) }

// Rare chooses zero but in so many of a thousand cases, in which it gives 1 to n.
func (s *Stream) Rare(perMille int, n uint64) uint64 { return s.take(perMille, 1, n) }

// Chance reports whether one of so many cases of a thousand has occurred.
func (s *Stream) Chance(perMille int) bool { return s.take(perMille, 1, 1) != 0 }

// Gate lets through what an adversary does; taking the choice out of the tape
// undoes the deed.
func (s *Stream) Gate() bool { return s.take(1000, 1, 1) != 0 }

// Offer records a choice that somebody else made, and returns what counts.
func (s *Stream) Offer(value uint64) uint64 {
	at := s.at
	s.at++
	if s.playback {
		value = s.given[at]
	}
	s.note(at, value)
	return value
}

func (s *Stream) take(perMille int, least, n uint64) (v uint64) {
	at := s.at
	s.at++
	switch {
	case s.playback:
		if s.given != nil {
			v = s.given[at]
		}
	case perMille <= 0 || n == 0:
	case perMille < 1000 && s.below(1000) >= uint64(perMille):
	default:
		v = least + s.below(n)
	}
	s.note(at, v)
	return v
}

func (s *Stream) note(at, value uint64) {
	if value != 0 {
		s.taken = append(s.taken, taken{at, value})
	}
}

// below is a number below n; the bias of a remainder does not matter here.
func (s *Stream) below(n uint64) uint64 {
	if n <= 1 {
		return 0
	}
	return s.rng.Uint64() >> 1 % n
}

// Derive is chance that hangs on one choice: all its details go when it goes.
func Derive(seed uint64, label string, value uint64) *rand.Rand {
	h := keys.Sum([]byte("derive"), binary.BigEndian.AppendUint64(nil, seed), []byte(label), binary.BigEndian.AppendUint64(nil, value))
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(h[:8]), binary.BigEndian.Uint64(h[8:])))
}
