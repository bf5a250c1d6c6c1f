package peers

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"
)

// TestTranscripts tells the machine's stories. Goal: the reader can follow how
// addresses, scores, bans, limits and back-off behave. Method: each line of a
// file in testdata is one input at a stated time; what Ready asks for and the
// book are printed below it.
func TestTranscripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		var m *Machine
		var now Millis
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "new" {
				var err error
				if m, err = New(parseConfig(t, d)); err != nil {
					return err.Error() + "\n"
				}
				now = 0
				return ""
			}
			var out strings.Builder
			for _, line := range strings.Split(d.Input, "\n") {
				f := strings.Fields(line)
				if at, err := strconv.Atoi(f[0]); err == nil {
					now, f = Millis(at), f[1:]
				}
				out.WriteString(perform(m, now, f))
			}
			return out.String()
		})
	})
}

func parseConfig(t *testing.T, d *datadriven.TestData) Config {
	c := Config{Self: "self", Max: 4, Target: 2}
	d.MaybeScanArgs(t, "max", &c.Max)
	d.MaybeScanArgs(t, "target", &c.Target)
	d.MaybeScanArgs(t, "book", &c.BookMax)
	l := Limit{Messages: 10, MessagesBurst: 20, Bytes: 1000, BytesBurst: 5000}
	d.MaybeScanArgs(t, "messages", &l.Messages)
	d.MaybeScanArgs(t, "burst", &l.MessagesBurst)
	c.Limits = []Limit{l}
	return c
}

// perform runs one line of a transcript: a verb, a peer and its arguments.
func perform(m *Machine, now Millis, f []string) string {
	verb := f[0]
	var id ID
	if len(f) > 1 {
		id = ID(f[1])
	}
	number := func(i int) int {
		n, err := strconv.Atoi(f[i])
		if err != nil {
			panic(err)
		}
		return n
	}
	switch verb {
	case "learn": // learn PEER from SOURCE ADDR…
		return show(m.Step(now, Learn{From: ID(strings.TrimPrefix(f[2], "from=")), Peer: id, Addrs: f[3:]}))
	case "keep":
		return show(m.Step(now, Keep{id, f[2:]}))
	case "knock":
		return show(m.Step(now, Knock{id}))
	case "connected":
		return show(m.Step(now, Connected{Peer: id, Inbound: true, Addrs: f[2:]}))
	case "disconnected":
		return show(m.Step(now, Disconnected{id}))
	case "failed":
		return show(m.Step(now, DialFailed{id}))
	case "received": // received PEER COUNT BYTES
		passed := 0
		for range number(2) {
			r := m.Step(now, Received{Peer: id, Bytes: number(3)})
			if r.Refuse == "" {
				passed++
			}
			if r.Drop != nil {
				return fmt.Sprintf("passed %d\n", passed) + show(r)
			}
		}
		return fmt.Sprintf("passed %d\n", passed)
	case "useful":
		for range number(2) {
			m.Step(now, Useful{id})
		}
		return fmt.Sprintf("score %d\n", m.Score(now, id))
	case "fault":
		for _, fault := range Faults() {
			if fault.String() == f[2] {
				return fmt.Sprintf("%sscore %d\n", show(m.Step(now, Faulted{id, fault})), m.Score(now, id))
			}
		}
	case "ban":
		return show(m.Step(now, Ban{Peer: id, Reason: strings.Join(f[2:], " ")}))
	case "unban":
		return show(m.Step(now, Unban{id}))
	case "tick":
		return show(m.Step(now, Tick{}))
	case "score":
		return fmt.Sprintf("score %d\n", m.Score(now, id))
	case "book":
		return showBook(m, now)
	}
	panic("no such line: " + strings.Join(f, " "))
}

func show(r Ready) string {
	var out strings.Builder
	if r.Refuse != "" {
		fmt.Fprintf(&out, "refuse: %s\n", r.Refuse)
	}
	for _, d := range r.Drop {
		fmt.Fprintf(&out, "drop %s: %s, banned until %d\n", string(d.Peer), d.Reason, d.Banned)
	}
	for _, d := range r.Dial {
		fmt.Fprintf(&out, "dial %s at %s\n", string(d.Peer), strings.Join(d.Addrs, " "))
	}
	for _, id := range r.Ask {
		fmt.Fprintf(&out, "ask %s\n", string(id))
	}
	return out.String()
}

func showBook(m *Machine, now Millis) string {
	var out strings.Builder
	for _, p := range m.Peers(now) {
		var marks []string
		for _, mark := range []struct {
			on   bool
			name string
		}{{p.Keep, "kept"}, {p.Proven, "proven"}, {p.Connected, "connected"}} {
			if mark.on {
				marks = append(marks, mark.name)
			}
		}
		fmt.Fprintf(&out, "%s [%s] score %d fails %d: %s\n", string(p.ID), strings.Join(marks, " "), p.Score, p.Fails, strings.Join(p.Addrs, " "))
	}
	for _, b := range m.Bans(now) {
		fmt.Fprintf(&out, "banned %s until %d: %s\n", string(b.ID), b.Until, b.Reason)
	}
	return out.String()
}

// anyInput draws an input about few peers, so that they meet often.
func anyInput(t *rapid.T) Input {
	id := ID(rapid.SampledFrom([]string{"self", "a", "b", "c", "d", "e", "f", "g", ""}).Draw(t, "peer"))
	addrs := rapid.SliceOfN(rapid.StringMatching(`[a-z]{0,4}`), 0, 12).Draw(t, "addrs")
	from := ID(rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "from"))
	return rapid.SampledFrom([]Input{
		Learn{from, id, addrs}, Keep{id, addrs}, Knock{id}, Connected{id, true, addrs}, Disconnected{id}, DialFailed{id},
		Received{id, Kind(rapid.IntRange(0, 2).Draw(t, "kind")), rapid.IntRange(0, 6000).Draw(t, "bytes")},
		Useful{id}, Faulted{id, Fault(rapid.IntRange(0, 7).Draw(t, "fault"))}, Ban{id, "why", 0}, Unban{id}, Tick{}, Tick{},
	}).Draw(t, "input")
}

// TestBounds draws histories. Goal: whatever happens, the machine's counts
// agree with its book, every bound holds, nobody banned or connected is dialled,
// and the same history gives the same outputs. Method: two machines are fed
// the same random inputs and compared after each.
func TestBounds(t *testing.T) {
	config := Config{Self: "self", Max: 3, Target: 2, BookMax: 5, Limits: []Limit{{Messages: 5, MessagesBurst: 5, Bytes: 5000, BytesBurst: 5000}}}
	rapid.Check(t, func(t *rapid.T) {
		m, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		twin, _ := New(config)
		var now Millis
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			now += Millis(rapid.SampledFrom([]int{0, 1, 200, 10e3, 700e3}).Draw(t, "wait"))
			in := anyInput(t)
			before := m.Peers(now)
			r := m.Step(now, in)
			if a, b := show(r), show(twin.Step(now, in)); a != b {
				t.Fatalf("one history, two outputs: %q and %q", a, b)
			}
			checkBounds(t, m, now)
			checkReady(t, m, now, before, r)
		}
		if a, b := showBook(m, now), showBook(twin, now); a != b {
			t.Fatalf("one history, two books:\n%s\n%s", a, b)
		}
	})
}

func checkBounds(t *rapid.T, m *Machine, now Millis) {
	connected, kept, dialing := 0, 0, 0
	for id, e := range m.book {
		if id == "" || id == m.config.Self || len(e.addrs) > AddrsMax {
			t.Fatalf("entry %q with %d addresses", id, len(e.addrs))
		}
		if p := e.score.read(now); p <= ScoreBan || p > ScoreMax {
			t.Fatalf("%q has %d points", id, p)
		}
		if e.connected {
			connected++
			if e.keep {
				kept++
			}
		}
		if e.dialing {
			dialing++
		}
		if e.connected != (e.meters != nil) {
			t.Fatalf("%q: connected %v, meters %v", id, e.connected, e.meters != nil)
		}
	}
	if connected != m.connected || kept != m.kept || dialing != m.dialing {
		t.Fatalf("counts %d %d %d, book says %d %d %d", m.connected, m.kept, m.dialing, connected, kept, dialing)
	}
	if len(m.book) > m.config.BookMax || dialing > dialsMax {
		t.Fatalf("%d known, %d dialling", len(m.book), dialing)
	}
}

func checkReady(t *rapid.T, m *Machine, now Millis, before []Info, r Ready) {
	for _, d := range r.Dial {
		if _, bad := m.Banned(now, d.Peer); bad {
			t.Fatalf("dials banned %q", d.Peer)
		}
		for _, p := range before {
			if p.ID == d.Peer && p.Connected {
				t.Fatalf("dials connected %q", d.Peer)
			}
		}
	}
}

// TestBucket checks the token bucket against its definition. Goal: over any
// stretch no more than burst + rate × time passes, and a steady sender at the
// rate is never refused. Method: random gaps and sizes.
func TestBucket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Int64Range(1, 1000).Draw(t, "rate")
		burst := rapid.Int64Range(1, 1000).Draw(t, "burst")
		b := bucket{level: burst * 1000}
		var now Millis
		var passed int64
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			now += Millis(rapid.IntRange(0, 3000).Draw(t, "gap"))
			n := rapid.Int64Range(0, burst).Draw(t, "n")
			if b.take(now, n, rate, burst) {
				passed += n
			}
			if passed*1000 > burst*1000+rate*int64(now) {
				t.Fatalf("%d passed by %d ms at rate %d, burst %d", passed, now, rate, burst)
			}
		}
	})
	b := bucket{level: 1000}
	for i := range 1000 {
		if !b.take(Millis(i*100), 1, 10, 1) {
			t.Fatalf("steady sender refused at %d", i)
		}
	}
}

// TestBansAreBounded floods the ban list. Goal: it never exceeds its bound and
// keeps the longest bans. Method: one more ban than fits, the first the shortest.
func TestBansAreBounded(t *testing.T) {
	m, err := New(Config{Max: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range BansMax + 1 {
		m.Step(Millis(i), Ban{Peer: ID(fmt.Sprintf("p%05d", i)), Reason: strings.Repeat("x", 500)})
	}
	if n := len(m.Bans(0)); n != BansMax {
		t.Fatalf("%d bans", n)
	}
	if _, bad := m.Banned(0, "p00000"); bad {
		t.Fatal("the ban that ends first is still there")
	}
	if b, _ := m.Banned(0, "p00001"); len(b.Reason) != reasonMax {
		t.Fatalf("reason of %d bytes", len(b.Reason))
	}
}

// TestConfig: unusable configurations are refused.
func TestConfig(t *testing.T) {
	for _, c := range []Config{{}, {Max: 1, Target: 2}, {Max: 9, BookMax: 3}, {Max: 1, Limits: []Limit{{Bytes: -1}}}, {Max: 1, Limits: make([]Limit, 257)}} {
		if _, err := New(c); err == nil {
			t.Errorf("accepted %+v", c)
		}
	}
}

// TestIDText: an ID survives its text, and bad text is refused.
func TestIDText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := ID(rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "id"))
		text, _ := id.MarshalText()
		var back ID
		if err := back.UnmarshalText(text); err != nil || back != id {
			t.Fatalf("%x → %q → %x, %v", id, text, back, err)
		}
	})
	var id ID
	for _, bad := range []string{"", "0", "l", strings.Repeat("1", 200)} {
		if id.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("accepted %q", bad)
		}
	}
}

// Two frames that are no frames, and the peer is out.
func Example() {
	m, _ := New(Config{Self: "me", Max: 8, Target: 4})
	m.Step(0, Connected{Peer: "mallory", Inbound: true})
	m.Step(10, Faulted{"mallory", Malformed})
	r := m.Step(20, Faulted{"mallory", Malformed})
	fmt.Println(string(r.Drop[0].Peer), r.Drop[0].Reason)
	fmt.Println(m.Step(30, Knock{"mallory"}).Refuse)
	// Output:
	// mallory malformed
	// banned: malformed
}
