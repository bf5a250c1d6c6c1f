package court

import (
	"testing"

	"pgregory.net/rapid"

	"probity/chain/codec"
	"probity/chain/route"
	"probity/chain/types"
	"probity/vpool"
)

// Goal: the arithmetic of a panel gives and takes the same, whatever jurors say
// and whatever is left of their stakes. Method: random panels; conservation,
// bounds, and the verdict worked out again by counting.
func TestPanelsConserve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		panel := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ballot {
			b := ballot{Stake: types.NewAmount(rapid.Uint64Range(0, 1<<40).Draw(t, "stake")), Revealed: rapid.Bool().Draw(t, "revealed")}
			if b.Revealed {
				b.Ratio = types.PPM(rapid.OneOf(rapid.Just(uint32(0)), rapid.Uint32Range(0, vpool.Million)).Draw(t, "ratio"))
			}
			return b
		}), 0, 21).Draw(t, "panel")
		silence := types.PPM(rapid.Uint32Range(0, vpool.Million).Draw(t, "silence"))
		minority := types.PPM(rapid.Uint32Range(0, vpool.Million).Draw(t, "minority"))
		d := decide(panel)
		below, above, revealed := 0, 0, 0
		for _, b := range panel {
			if b.Revealed {
				revealed++
			}
			if b.guilty() && b.Ratio < d.Ratio {
				below++
			}
			if b.guilty() && b.Ratio > d.Ratio {
				above++
			}
		}
		if d.Hung != (2*revealed <= len(panel)) || d.Guilty+d.Clear != uint64(revealed) {
			t.Fatalf("%+v of %d revealed", d, revealed)
		}
		if guilty := !d.Hung && d.Guilty > d.Clear; guilty != (d.Ratio > 0) {
			t.Fatalf("%+v", d)
		}
		if g := int(d.Guilty); d.Ratio > 0 && (2*below > g-1 || 2*above > g) {
			t.Fatalf("median %d with %d below and %d above of %d", d.Ratio, below, above, g)
		}
		lost, due, burned := d.settle(panel, silence, minority)
		var out, in types.Amount
		for i, b := range panel {
			out, in = out.Add(lost[i]), in.Add(due[i])
			if b.Stake.Less(lost[i]) || !lost[i].IsZero() && !due[i].IsZero() {
				t.Fatalf("seat %d of %s loses %s and wins %s", i, b.Stake, lost[i], due[i])
			}
			if !b.Revealed && !due[i].IsZero() || d.Hung && !due[i].IsZero() {
				t.Fatalf("seat %d wins", i)
			}
		}
		if in.Add(burned) != out {
			t.Fatalf("%s lost, %s won, %s burned", out, in, burned)
		}
	})
}

// Goal: parameters that no panel could be drawn with are refused. Method: a
// least number above each size.
func TestParameters(t *testing.T) {
	table := route.Table{Route}
	for _, bad := range []map[string]uint64{
		{"court.panel_min": 8}, {"court.appeal_panel": 2}, {"court.max_ppm": 200_001}, {"court.quorum_ppm": 333_333}, {"court.win_ppm": 666_666},
	} {
		if _, err := route.NewParams(table, bad); err == nil {
			t.Errorf("%v passes", bad)
		}
	}
	if err := table.Check(); err != nil {
		t.Error(err)
	}
}

// Goal: message decoders accept exactly what the encoder gives. Method: fuzzed
// bytes through the route's own decoders.
func FuzzMessages(f *testing.F) {
	for i := range Route.Msgs {
		f.Add(uint8(i), []byte{0x80})
	}
	f.Add(uint8(5), []byte{0x83, 1, 0xf5, 0x41, 7})
	f.Fuzz(func(t *testing.T, which uint8, b []byte) {
		m := &Route.Msgs[int(which)%len(Route.Msgs)]
		v, err := m.Decode(b)
		if err != nil {
			return
		}
		again, err := codec.Marshal(v)
		if err != nil || string(again) != string(b) {
			t.Fatalf("%x decodes to %x, %v", b, again, err)
		}
	})
}
