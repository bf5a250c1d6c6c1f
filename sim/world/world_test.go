package world

import (
	"bytes"
	"errors"
	"io"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"probity/chain/types"
)

// Goal: a crash leaves of a file what was synced and a prefix of the bytes
// written since, whatever was overwritten. Method: random writes and syncs next
// to a list of all states that the file may be in, one for each byte written.
func TestTornWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := newFileSystem("d")
		f, err := fs.Create("d/f", vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}
		dir, _ := fs.OpenDir("d")
		if err := dir.Sync(); err != nil {
			t.Fatal(err)
		}
		now := []byte{}
		states := [][]byte{{}}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			if rapid.IntRange(0, 3).Draw(t, "sync") == 0 {
				if err := f.Sync(); err != nil {
					t.Fatal(err)
				}
				states = [][]byte{bytes.Clone(now)}
				continue
			}
			at := rapid.IntRange(0, len(now)).Draw(t, "at")
			p := rapid.SliceOfN(rapid.Byte(), 1, 9).Draw(t, "bytes")
			if _, err := f.WriteAt(p, int64(at)); err != nil {
				t.Fatal(err)
			}
			for i, b := range p {
				if at+i < len(now) {
					now = bytes.Clone(now)
					now[at+i] = b
				} else {
					now = append(bytes.Clone(now), b)
				}
				states = append(states, now)
			}
		}
		keep := rapid.IntRange(0, len(states)-1).Draw(t, "keep")
		after := fs.after(func(n int) int { return n }, func(n int) int {
			if n != len(states)-1 {
				t.Fatalf("%d bytes are unsafe, want %d", n, len(states)-1)
			}
			return keep
		})
		g, err := after.Open("d/f")
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(g)
		if err != nil || !bytes.Equal(got, states[keep]) {
			t.Fatalf("%x (%v), want %x", got, err, states[keep])
		}
		h, _ := fs.Open("d/f")
		if whole, _ := io.ReadAll(h); !bytes.Equal(whole, now) {
			t.Fatalf("the living file changed: %x, want %x", whole, now)
		}
	})
}

// Goal: a rename that was not made safe may be lost, whole or not at all. Method:
// a new file takes an old one's name, and the power goes at each point.
func TestLostRename(t *testing.T) {
	all := func(n int) int { return n }
	write := func(fs *fileSystem, name, text string) {
		f, err := fs.Create(name, vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
	}
	fs := newFileSystem("d")
	write(fs, "d/log", "old")
	dir, _ := fs.OpenDir("d")
	if err := dir.Sync(); err != nil {
		t.Fatal(err)
	}
	write(fs, "d/new", "new")
	if err := fs.Rename("d/new", "d/log"); err != nil {
		t.Fatal(err)
	}
	for keep, want := range []string{"old", "old", "new"} {
		after := fs.after(func(n int) int {
			if n == 0 {
				return 0
			}
			return keep
		}, all)
		f, err := after.Open("d/log")
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := io.ReadAll(f); string(got) != want {
			t.Errorf("%d of 2 changes kept: %q, want %q", keep, got, want)
		}
	}
}

// Goal: without choices nothing happens, and a choice taken out shifts no other.
// Method: a tape is drawn from a seed, played back whole, and with one choice gone.
func TestTape(t *testing.T) {
	draw := func(t *Tape) (out []uint64) {
		a, b := t.Stream("a"), t.Stream("b")
		for range 50 {
			out = append(out, a.Draw(7), b.Rare(300, 5))
		}
		return out
	}
	seeded := NewTape(7)
	first := draw(seeded)
	if again := draw(NewTape(7)); !equal(first, again) {
		t.Error("a seed is not a run")
	}
	choices := seeded.Choices()
	if back := draw(Playback(7, choices)); !equal(first, back) {
		t.Error("playback differs")
	}
	for _, v := range draw(Quiet(7)) {
		if v != 0 {
			t.Fatal("a quiet tape chose something")
		}
	}
	less := draw(Playback(7, choices[1:]))
	differ := 0
	for i := range first {
		if first[i] != less[i] {
			differ++
		}
	}
	if differ != 1 {
		t.Errorf("%d answers changed, want 1", differ)
	}
	if seeded.Count() != len(choices) {
		t.Errorf("count %d of %d", seeded.Count(), len(choices))
	}
}

func equal(a, b []uint64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// Goal: what is on its way when a link is cut arrives, unless it is severed; what
// goes another way arrives in any case, in its order. Method: letters between
// three members, one of which is cut off.
func TestSever(t *testing.T) {
	for _, sever := range []bool{false, true} {
		n := NewNetwork(Quiet(1), 3)
		for i := range 30 {
			n.Send(Start, Packet{From: i % 3, To: (i + 1) % 3, Topic: "t", Data: []byte{byte(i)}})
		}
		n.Links.Cut = func(from, to int) bool { return from == 2 || to == 2 }
		if sever {
			n.Sever()
		}
		var got []byte
		for at, ok := n.Next(); ok; at, ok = n.Next() {
			p := n.Pop()
			if p.At != at {
				t.Fatalf("at %d, said to come at %d", p.At, at)
			}
			got = append(got, p.Data...)
		}
		want := []byte{}
		for i := range byte(30) {
			if !sever || i%3 == 0 {
				want = append(want, i)
			}
		}
		if !bytes.Equal(got, want) {
			t.Errorf("severed %v: %v arrive, want %v", sever, got, want)
		}
	}
}

// Goal: a slow disk takes its time for what must be safe in a log and for nothing
// else, and a member's clock shows it; bad sectors cannot be read, and the rest can.
// Method: writes and reads around the edges of both.
func TestSlowAndSpoilt(t *testing.T) {
	d := NewDisk(NewTape(1), "d", "data")
	now := Start
	clock := Clock{World: &now, Took: func() types.Time { return types.Time(d.Took()) }}
	d.Slow(700)
	for _, name := range []string{"data/1.log", "data/2.sst"} {
		f, err := d.FS().Create(name, vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := f.Sync(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if at := clock.Now(); at != Start+1400 {
		t.Errorf("two barriers on a log took %d ms", at-Start)
	}
	d.Rest()
	if at := clock.Now(); at != Start {
		t.Errorf("after the rest the clock is %d ms late", at-Start)
	}
	if n := d.Spoil("data", ".sst", 40); n != 1 {
		t.Fatalf("%d files spoilt", n)
	}
	for _, c := range []struct {
		name string
		at   int64
		bad  bool
	}{{"data/2.sst", 0, true}, {"data/2.sst", 39, true}, {"data/2.sst", 40, false}, {"data/1.log", 0, false}} {
		f, err := d.FS().Open(c.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.ReadAt(make([]byte, 10), c.at); errors.Is(err, syscall.EIO) != c.bad {
			t.Errorf("%s from %d: %v", c.name, c.at, err)
		}
	}
}

// Goal: what is due at once is due at once by every clock, and what is never due
// never. Method: the deadlines 0 and never by clocks that are ahead and behind. A
// swarm's seed had a member wait for ever whose clock was 20 ms ahead.
func TestClockShows(t *testing.T) {
	now := Start
	for _, skew := range []int64{-20, 0, 20, 3_600_000} {
		c := Clock{World: &now, Skew: skew}
		if at := c.Shows(0); at > now {
			t.Errorf("skew %d: 0 is shown at %d", skew, at)
		}
		const never = types.Time(1<<63 - 1)
		if at := c.Shows(never); at != never {
			t.Errorf("skew %d: never is shown at %d", skew, at)
		}
		if at := c.Shows(c.Now()); at != now {
			t.Errorf("skew %d: now is shown at %d, not %d", skew, at, now)
		}
	}
}
