package sim

import (
	"encoding/binary"
	"fmt"

	"probity/sim/world"
)

// choiceBytes is the size of one choice in a fuzzer's bytes: which label, where
// in its stream, and the value.
const choiceBytes = 8

// labels lists the streams of a run that a fuzzer writes to.
func labels(nodes int) (out []string) {
	for _, f := range faults {
		if !f.member {
			out = append(out, f.name)
			continue
		}
		for i := range nodes {
			out = append(out, fmt.Sprintf("%s %d", f.name, i))
		}
	}
	for i := range nodes {
		for _, l := range []string{"lost data", "lost journal", "torn data", "torn journal", "skew"} {
			out = append(out, fmt.Sprintf("%s %d", l, i))
		}
		for j := range nodes {
			if i == j {
				continue
			}
			for _, l := range []string{"loss", "duplicate", "delay", "reorder"} {
				out = append(out, fmt.Sprintf("%s %d>%d", l, i, j))
			}
		}
	}
	return append(out, "load")
}

// fuzzSlots bounds the place of a choice, and with it the length of the run.
const fuzzSlots = 64

// FromBytes reads a run out of any bytes: each eight are one choice, and what is
// left over is nothing. Bytes that a fuzzer changes in one place change one
// choice and leave the others where they were.
func FromBytes(data []byte, nodes int) Config {
	all := labels(nodes)
	var choices []world.Choice
	for ; len(data) >= choiceBytes; data = data[choiceBytes:] {
		label := all[int(binary.BigEndian.Uint16(data))%len(all)]
		at := uint64(binary.BigEndian.Uint16(data[2:]))
		value := uint64(binary.BigEndian.Uint32(data[4:]))
		switch k := kind(label); {
		case k == "delay" || k == "reorder" || k == "duplicate":
			value %= 2000
		case k == "skew":
			at, value = 0, value%40
		case k == "lost":
			at, value = at%8, value%3
		case k == "torn":
			at, value = at%8, value%4096
		}
		if k := kind(label); k != "delay" && k != "loss" && k != "reorder" && k != "duplicate" {
			at %= fuzzSlots
		}
		choices = append(choices, world.Choice{Label: label, At: at, Value: value})
	}
	const seed = 1
	return Config{Seed: seed, Nodes: nodes, Chaos: fuzzSlots * slot, First: true, Load: 20, Tape: world.Playback(seed, choices)}
}

// ToBytes is what FromBytes reads a list of choices from, for a fuzzer to start
// with; choices of other labels are left out.
func ToBytes(choices []world.Choice, nodes int) (out []byte) {
	place := map[string]int{}
	for i, l := range labels(nodes) {
		place[l] = i
	}
	for _, c := range choices {
		i, ok := place[c.Label]
		if !ok || c.At > 1<<16-1 {
			continue
		}
		out = binary.BigEndian.AppendUint16(out, uint16(i))
		out = binary.BigEndian.AppendUint16(out, uint16(c.At))
		out = binary.BigEndian.AppendUint32(out, uint32(c.Value))
	}
	return out
}
