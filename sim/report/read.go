package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"probity/sim"
	"probity/sim/attack"
)

// format is one kind of document, known by fields that no other kind has.
type format struct {
	name   string
	fields []string
	take   func(*Campaign, []byte) error
}

// formats are the documents that a campaign takes.
var formats = []format{
	{"attack", []string{"attack", "rows"}, func(c *Campaign, raw []byte) error { return take(raw, &c.Attacks) }},
	{"swarm", []string{"shards", "faults"}, takeSwarm},
	{"mutants", []string{"mutants"}, func(c *Campaign, raw []byte) error { return take(raw, &c.Mutants) }},
	{"crash points", []string{"views", "points", "syncs"}, func(c *Campaign, raw []byte) error { return take(raw, &c.Crashes) }},
	{"culprits", []string{"worlds"}, func(c *Campaign, raw []byte) error { return take(raw, &c.Culprits) }},
	{"kills", []string{"kills", "double_votes"}, func(c *Campaign, raw []byte) error { return take(raw, &c.Kills) }},
	{"speed", []string{"views_per_second"}, func(c *Campaign, raw []byte) error { return take(raw, &c.Speeds) }},
	{"speed", []string{"speeds"}, takeSpeeds},
}

// others are documents of the simulator that a page does not show, with what to
// give instead.
var others = []struct {
	field, says string
}{
	{"choices", "a recording of one run: play it with probity sim replay"},
	{"events", "one run: a campaign takes the output of probity sim swarm --json"},
}

// wanted says what a campaign takes.
const wanted = "give the JSON of probity sim attack NAME, swarm, merge, mutants, crashpoints, culprits or speed"

// take decodes a document and adds it to a list.
func take[T any](raw []byte, list *[]*T) error {
	v := new(T)
	if err := json.Unmarshal(raw, v); err != nil {
		return err
	}
	*list = append(*list, v)
	return nil
}

// takeSwarm takes a swarm, a shard of one, or what merge made of shards, once.
func takeSwarm(c *Campaign, raw []byte) error {
	if err := take(raw, &c.Swarms); err != nil {
		return err
	}
	return c.repeated()
}

// takeSpeeds takes the measures of several sizes.
func takeSpeeds(c *Campaign, raw []byte) error {
	var v struct {
		Speeds []*sim.Speed `json:"speeds"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	c.Speeds = append(c.Speeds, present(v.Speeds)...)
	return nil
}

// Read adds the documents of one file: one after another, or in a list. The name
// is for the page and for errors. An error is one line, and leaves the campaign
// with what was read before.
func (c *Campaign) Read(name string, data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	for n := 0; ; n++ {
		var raw json.RawMessage
		err := d.Decode(&raw)
		switch {
		case errors.Is(err, io.EOF) && n > 0:
			return nil
		case errors.Is(err, io.EOF):
			return fmt.Errorf("%w: %s: empty: %s", ErrKind, name, wanted)
		case err != nil:
			return fmt.Errorf("%w: %s: not JSON (%w): %s", ErrKind, name, err, wanted)
		}
		documents := []json.RawMessage{raw}
		if raw[0] == '[' {
			if err := json.Unmarshal(raw, &documents); err != nil {
				return fmt.Errorf("%w: %s: %w", ErrKind, name, err)
			}
		}
		for _, doc := range documents {
			kind, err := c.document(doc)
			if err != nil {
				return fmt.Errorf("%w: %s: %w", ErrKind, name, err)
			}
			c.note(Input{name, kind, digest})
		}
	}
}

// note lists an input once for each kind of document in it.
func (c *Campaign) note(in Input) {
	for _, had := range c.Inputs {
		if had == in {
			return
		}
	}
	c.Inputs = append(c.Inputs, in)
}

// document adds one document by its kind.
func (c *Campaign) document(raw []byte) (kind string, err error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil || fields == nil {
		return "", fmt.Errorf("no JSON object: %s", wanted)
	}
	has := func(names ...string) bool {
		for _, n := range names {
			if v, ok := fields[n]; !ok || string(v) == "null" {
				return false
			}
		}
		return true
	}
	for _, f := range formats {
		if !has(f.fields...) {
			continue
		}
		if err := f.take(c, raw); err != nil {
			return "", fmt.Errorf("as %s: %w", f.name, err)
		}
		c.tidy()
		return f.name, nil
	}
	for _, o := range others {
		if has(o.field) {
			return "", errors.New(o.says)
		}
	}
	return "", fmt.Errorf("none of its fields is known: %s", wanted)
}

// tidy drops entries that are null, so that what follows may rely on them.
func (c *Campaign) tidy() {
	for _, m := range c.Mutants {
		m.Mutants = present(m.Mutants)
	}
	for _, v := range c.Crashes {
		v.Views = present(v.Views)
	}
	for _, w := range c.Culprits {
		w.Worlds = present(w.Worlds)
	}
}

// present is a list without what is nil in it.
func present[T any](list []*T) (out []*T) {
	for _, v := range list {
		if v != nil {
			out = append(out, v)
		}
	}
	return out
}

// Add adds the result of an attack.
func (c *Campaign) Add(r *attack.Result) { c.Attacks = append(c.Attacks, r) }
