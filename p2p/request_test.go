package p2p

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestRequest asks and answers between two hosts. Goal: answers arrive whole,
// in chunks and in order; refusals come back in words; what exceeds a bound is
// an error where it happens.
func TestRequest(t *testing.T) {
	nodes := startMesh(t, 2, nil)
	a, b := nodes[0], nodes[1]
	if _, err := a.Request(t.Context(), b.ID(), "sync/1", nil); !isRemote(err, "not served here") {
		t.Errorf("without a server: %v", err)
	}
	must(t, b.Serve("sync/1", func(_ context.Context, from ID, request []byte, w *Writer) error {
		switch string(request) {
		case "echo":
			_, err := fmt.Fprintf(w, "%s for %s", request, from)
			return err
		case "many":
			for i := range 16 {
				if _, err := w.Write(bytes.Repeat([]byte{byte(i)}, 64<<10)); err != nil {
					return err
				}
			}
			return nil
		case "too many":
			for {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return err
				}
			}
		case "large":
			_, err := w.Write(make([]byte, 64<<10+1))
			return err
		case "forbidden":
			return Invalid(errors.New("nobody asks that"))
		case "later":
			return fmt.Errorf("reading the disk: %w", ErrBusy)
		}
		return errors.New(strings.Repeat("no ", 1000))
	}))
	if got, err := a.Request(t.Context(), b.ID(), "sync/1", []byte("echo")); err != nil || string(got) != "echo for "+a.ID().String() {
		t.Errorf("echo: %q, %v", got, err)
	}
	chunks := 0
	err := a.Fetch(t.Context(), b.ID(), "sync/1", []byte("many"), func(chunk []byte) error {
		if len(chunk) != 64<<10 || chunk[0] != byte(chunks) {
			t.Errorf("chunk %d: %d bytes of %d", chunks, len(chunk), chunk[0])
		}
		chunks++
		return nil
	})
	if err != nil || chunks != 16 {
		t.Errorf("many: %d chunks, %v", chunks, err)
	}
	enough := errors.New("enough")
	if err := a.Fetch(t.Context(), b.ID(), "sync/1", []byte("many"), func([]byte) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("enough: %v", err)
	}
	for ask, want := range map[string]string{"too many": "too large", "large": "too large", "forbidden": "nobody asks that", "what": "no no"} {
		if _, err := a.Request(t.Context(), b.ID(), "sync/1", []byte(ask)); !isRemote(err, want) {
			t.Errorf("%s: %v", ask, err)
		}
	}
	if _, err := a.Request(t.Context(), b.ID(), "sync/1", []byte("later")); !errors.Is(err, ErrBusy) {
		t.Errorf("later: %v", err)
	}
	// The answerer counts after it has answered.
	eventually(t, "one fault", func() bool { f := b.Stats().Faults; return f["invalid"] == 1 && len(f) == 1 })
	for what, c := range map[string]struct {
		to       ID
		protocol string
		bytes    int
		want     error
	}{
		"protocol": {b.ID(), "sync/9", 0, ErrUnknown},
		"size":     {b.ID(), "sync/1", 1<<10 + 1, ErrTooLarge},
		"stranger": {IDFromSeed([32]byte{77}), "sync/1", 0, ErrNotConnected},
	} {
		if _, err := a.Request(t.Context(), c.to, c.protocol, make([]byte, c.bytes)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if served := b.Stats().Protocols["sync/1"].Served; served["served"] < 2 || served["refused"] < 4 || served["busy"] != 1 || served["invalid"] != 1 {
		t.Errorf("served %v", served)
	}
}

func isRemote(err error, text string) bool {
	var remote *RemoteError
	return errors.As(err, &remote) && strings.Contains(remote.Text, text) && len(remote.Text) <= failTextMax
}

// TestConcurrency asks more at once than one peer may. Goal: the surplus is
// answered busy at once, the others when the server is done; a request given up
// frees its place; a deadline is kept.
func TestConcurrency(t *testing.T) {
	nodes := startMesh(t, 2, nil)
	a, b := nodes[0], nodes[1]
	release, inside := make(chan struct{}), make(chan struct{}, 10)
	must(t, b.Serve("sync/1", func(ctx context.Context, _ ID, _ []byte, _ *Writer) error {
		inside <- struct{}{}
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}))
	answers := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := a.Request(t.Context(), b.ID(), "sync/1", nil)
			answers <- err
		}()
		<-inside
	}
	for range 3 {
		if _, err := a.Request(t.Context(), b.ID(), "sync/1", nil); !errors.Is(err, ErrBusy) {
			t.Errorf("above the limit: %v", err)
		}
	}
	close(release)
	for range 2 {
		must(t, <-answers)
	}
	release = make(chan struct{})
	ctx, cancel := context.WithTimeout(t.Context(), 50e6)
	defer cancel()
	if _, err := a.Request(ctx, b.ID(), "sync/1", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("deadline: %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	go func() {
		<-inside
		<-inside
		cancel()
	}()
	if _, err := a.Request(ctx, b.ID(), "sync/1", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	asked := a.Stats().Protocols["sync/1"].Asked
	if asked["answered"] != 2 || asked["busy"] != 3 || asked["timeout"] != 1 || asked["cancelled"] != 1 {
		t.Errorf("asked %v", asked)
	}
	close(release)
}

// FuzzFrame decodes arbitrary bytes as frames. Goal: no panic, no payload
// beyond the limit, and what decodes encodes to the bytes it came from.
func FuzzFrame(f *testing.F) {
	f.Add([]byte{}, 10)
	f.Add(appendMessage(nil, "consensus", []byte("vote")), 100)
	f.Add(appendFrame(appendFrame(nil, frameData, []byte("a"), []byte("b")), frameEnd), 2)
	f.Add(appendFrame(nil, frameFail, bytes.Repeat([]byte("x"), failTextMax+1)), 1<<20)
	f.Add([]byte{0, 255, 255, 255, 255, 1}, 1<<30)
	f.Fuzz(func(t *testing.T, in []byte, limit int) {
		r := bytes.NewReader(in)
		var back []byte
		for {
			kind, payload, err := readFrame(r, limit)
			if err != nil {
				break
			}
			if len(payload) > max(limit, failTextMax) {
				t.Fatalf("payload of %d bytes, limit %d", len(payload), limit)
			}
			back = appendFrame(back, kind, payload)
			if topic, data, err := splitMessage(payload); err == nil && kind == frameData {
				if again := appendMessage(nil, topic, data); !bytes.HasSuffix(back, again) {
					t.Fatalf("message %q, %x does not encode to its frame", topic, data)
				}
			}
		}
		if !bytes.HasPrefix(in, back) {
			t.Fatalf("frames of %x encode to %x", in, back)
		}
	})
}

// TestFrames: what is encoded is read back, in order, and the end is io.EOF
// between frames and io.ErrUnexpectedEOF within one.
func TestFrames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []byte
		payloads := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 300), 0, 8).Draw(t, "payloads")
		for _, p := range payloads {
			all = appendFrame(all, frameData, p)
		}
		r := bytes.NewReader(all)
		for _, p := range payloads {
			kind, got, err := readFrame(r, 300)
			if err != nil || kind != frameData || !bytes.Equal(got, p) {
				t.Fatalf("%d %x %v, want %x", kind, got, err, p)
			}
		}
		if _, _, err := readFrame(r, 300); err != io.EOF {
			t.Fatalf("at the end: %v", err)
		}
		cut := rapid.IntRange(0, len(all)).Draw(t, "cut")
		r = bytes.NewReader(all[:cut])
		var err error
		for err == nil {
			_, _, err = readFrame(r, 300)
		}
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	})
	big := bytes.Repeat([]byte("big"), 1<<20)
	if _, got, err := readFrame(bytes.NewReader(appendFrame(nil, frameData, big)), 4<<20); err != nil || !bytes.Equal(got, big) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestAddresses: the helpers accept what operators write and refuse the rest.
func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"127.0.0.1:8640":       "/ip4/127.0.0.1/tcp/8640 /ip4/127.0.0.1/udp/8640/quic-v1",
		":0":                   "/ip4/0.0.0.0/tcp/0 /ip4/0.0.0.0/udp/0/quic-v1",
		"[::1]:1":              "/ip6/::1/tcp/1 /ip6/::1/udp/1/quic-v1",
		"node.example:2":       "/dns/node.example/tcp/2 /dns/node.example/udp/2/quic-v1",
		"/ip4/10.0.0.1/tcp/30": "/ip4/10.0.0.1/tcp/30",
	} {
		if got, err := Multiaddrs(in); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %v, %v", in, got, err)
		}
	}
	for _, bad := range []string{"", "host", "1.2.3.4:99999", "/ip4/1.2.3", "a:b"} {
		if got, err := Multiaddrs(bad); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
	id := IDFromSeed([32]byte{1})
	if back, err := ParseID(id.String()); err != nil || back != id {
		t.Errorf("%s: %v %v", id, back, err)
	}
	addr, back, err := SplitAddr(JoinAddr("/ip4/10.0.0.1/tcp/30", id))
	if err != nil || addr != "/ip4/10.0.0.1/tcp/30" || back != id {
		t.Errorf("%s %s %v", addr, back, err)
	}
	for _, bad := range []string{"", "/ip4/10.0.0.1/tcp/30", "/p2p/" + id.String(), "/ip4/10.0.0.1/tcp/30/p2p/xyz"} {
		if _, _, err := SplitAddr(bad); err == nil {
			t.Errorf("%q accepted", bad)
		}
	}
	if _, err := PeerID([]byte("short")); err == nil {
		t.Error("short key accepted")
	}
	if _, err := ParseID("12D3Koo"); err == nil {
		t.Error("short id accepted")
	}
}
