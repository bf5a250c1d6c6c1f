package blobs

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/p2p"
)

func content(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func store(t testing.TB, max int64) *Store { return Open(filepath.Join(t.TempDir(), "blobs"), max) }

func pin(t testing.TB, s *Store, data []byte) Blob {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := s.Pin(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func read(t testing.TB, s *Store, h keys.Hash) []byte {
	t.Helper()
	f, err := s.Open(h)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wire connects a store to others without a network: each peer is what answers
// its requests. spoil may change the chunks of an answer.
type wire struct {
	peers map[p2p.ID]*Store
	asked map[p2p.ID]int // pieces
	spoil func(peer p2p.ID, n int, chunk []byte) []byte
	cut   int // pieces after which every answer ends in an error; 0: never
}

func (w *wire) Fetch(ctx context.Context, to p2p.ID, _ string, request []byte, each func([]byte) error) error {
	s := w.peers[to]
	if s == nil {
		return p2p.ErrNotConnected
	}
	if w.asked == nil {
		w.asked = map[p2p.ID]int{}
	}
	return s.serve(ctx, request, writer(func(chunk []byte) error {
		w.asked[to]++
		if w.cut > 0 && w.asked[to] > w.cut {
			return io.ErrUnexpectedEOF
		}
		if w.spoil != nil {
			chunk = w.spoil(to, w.asked[to], bytes.Clone(chunk))
		}
		return each(chunk)
	}))
}

type writer func([]byte) error

func (w writer) Write(p []byte) (int, error) { return len(p), w(p) }

// Goal: content of any size has the address that the chain gives it, and comes
// whole from a peer. Method: sizes around the borders of pieces and answers.
func TestPinAndFetch(t *testing.T) {
	for _, n := range []int{0, 1, 1023, 1024, piece - 1, piece, piece + 1, 2*piece + 5, 3 * piece, 17*piece + 9} {
		data := content(uint64(n), n)
		a, b := store(t, 0), store(t, 0)
		blob := pin(t, a, data)
		if blob.Hash != keys.Sum(data) || blob.Bytes != int64(n) {
			t.Fatalf("%d bytes: %+v, want %s", n, blob, keys.Sum(data))
		}
		w := &wire{peers: map[p2p.ID]*Store{"a": a}}
		last := int64(-1)
		got, err := b.Fetch(t.Context(), w, []p2p.ID{"nobody", "a"}, blob.Hash, func(have, all int64) {
			if have <= last || all != int64(n) {
				t.Errorf("told %d of %d after %d", have, all, last)
			}
			last = have
		})
		if err != nil || got != blob || !bytes.Equal(read(t, b, blob.Hash), data) {
			t.Fatalf("%d bytes: %+v, %v", n, got, err)
		}
		c := store(t, 0) // what was fetched is served on
		if _, err := c.Fetch(t.Context(), &wire{peers: map[p2p.ID]*Store{"b": b}}, []p2p.ID{"b"}, blob.Hash, nil); err != nil {
			t.Fatalf("%d bytes, second hand: %v", n, err)
		}
	}
}

// Goal: no byte of a liar is kept, and an honest peer after it makes up for it.
// Method: chunks changed at random places, cut short, or of another blob.
func TestLiars(t *testing.T) {
	data := content(1, 3*piece+100)
	honest, other := store(t, 0), store(t, 0)
	blob := pin(t, honest, data)
	rapid.Check(t, func(rt *rapid.T) {
		victim := Open(filepath.Join(t.TempDir(), "blobs"), 0)
		bad := rapid.IntRange(1, 4).Draw(rt, "piece")
		how := rapid.SampledFrom([]string{"flip", "short", "long", "length", "empty"}).Draw(rt, "how")
		at := rapid.IntRange(0, 1<<16).Draw(rt, "at")
		w := &wire{peers: map[p2p.ID]*Store{"liar": honest, "other": other, "honest": honest}}
		w.spoil = func(peer p2p.ID, n int, chunk []byte) []byte {
			if peer != "liar" || n != bad {
				return chunk
			}
			switch how {
			case "flip":
				chunk[8+at%(len(chunk)-8)] ^= 1
			case "short":
				return chunk[:len(chunk)-1]
			case "long":
				return append(chunk, 0)
			case "length":
				binary.LittleEndian.PutUint64(chunk, uint64(len(data)+at+1))
			case "empty":
				return nil
			}
			return chunk
		}
		_, err := victim.Fetch(t.Context(), w, []p2p.ID{"other", "liar"}, blob.Hash, nil)
		if !errors.Is(err, ErrNobody) {
			rt.Fatalf("from the liar: %v", err)
		}
		if _, err := victim.Size(blob.Hash); !errors.Is(err, ErrUnknown) {
			rt.Fatalf("a lie has a name: %v", err)
		}
		if _, err := victim.Fetch(t.Context(), w, []p2p.ID{"liar", "honest"}, blob.Hash, nil); err != nil && w.asked["honest"] > 0 {
			rt.Fatalf("from the honest peer: %v", err)
		}
	})
}

// Goal: a fetch that was cut off goes on where it ended. Method: answers that end
// after three pieces; the second attempt asks for the rest alone.
func TestResume(t *testing.T) {
	data := content(2, 6*piece+1)
	a, b := store(t, 0), store(t, 0)
	blob := pin(t, a, data)
	w := &wire{peers: map[p2p.ID]*Store{"a": a}, cut: 3}
	if _, err := b.Fetch(t.Context(), w, []p2p.ID{"a"}, blob.Hash, nil); !errors.Is(err, ErrNobody) {
		t.Fatal(err)
	}
	again := &wire{peers: w.peers}
	if _, err := b.Fetch(t.Context(), again, []p2p.ID{"a"}, blob.Hash, nil); err != nil || again.asked["a"] != 4 {
		t.Fatalf("%v after %d pieces, want 4", err, again.asked["a"])
	}
	if !bytes.Equal(read(t, b, blob.Hash), data) {
		t.Error("the halves do not fit")
	}
}

// Goal: a prefix that somebody spoiled on the disk costs a fetch anew and nothing
// else. Method: zeros as a part, of whole pieces, of all, and of more than all.
func TestSpoiledPart(t *testing.T) {
	data := content(3, 2*piece)
	a := store(t, 0)
	blob := pin(t, a, data)
	w := &wire{peers: map[p2p.ID]*Store{"a": a, "b": a}}
	for _, n := range []int{piece, 2 * piece} {
		b := store(t, 0)
		if err := os.MkdirAll(b.dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(b.part(blob.Hash), make([]byte, n), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Fetch(t.Context(), w, []p2p.ID{"a", "b"}, blob.Hash, nil); err != nil {
			t.Errorf("%d: %v", n, err)
		}
	}
}

// Goal: the folder stays below its bound whatever is pinned, fetched or claimed.
// Method: a store with room for one blob of two.
func TestBounds(t *testing.T) {
	big := store(t, 0)
	one, two := pin(t, big, content(4, 2*piece)), pin(t, big, content(5, 2*piece))
	small := Open(filepath.Join(t.TempDir(), "blobs"), 3*piece)
	w := &wire{peers: map[p2p.ID]*Store{"a": big}}
	if _, err := small.Fetch(t.Context(), w, []p2p.ID{"a"}, one.Hash, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := small.Fetch(t.Context(), w, []p2p.ID{"a"}, two.Hash, nil); !errors.Is(err, ErrFull) {
		t.Errorf("fetched beyond the bound: %v", err)
	}
	if _, err := small.Pin(big.path(two.Hash)); !errors.Is(err, ErrFull) {
		t.Errorf("pinned beyond the bound: %v", err)
	}
	if used, err := small.used(); err != nil || used > 3*piece {
		t.Errorf("%d bytes, %v", used, err)
	}
	if err := small.Drop(one.Hash); err != nil {
		t.Fatal(err)
	}
	if _, err := small.Fetch(t.Context(), w, []p2p.ID{"a"}, two.Hash, nil); err != nil {
		t.Errorf("after a drop: %v", err)
	}
	if list, err := small.List(); err != nil || len(list) != 1 || list[0] != two {
		t.Errorf("listed %v, %v", list, err)
	}
}

// Goal: requests that no honest peer makes are told apart from content that is
// not here. Method: bad lengths and places.
func TestServeRefusals(t *testing.T) {
	s := store(t, 0)
	blob := pin(t, s, content(6, piece+1))
	ask := func(request []byte) error { return s.serve(t.Context(), request, io.Discard) }
	if err := ask(make([]byte, requestLen)); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown: %v", err)
	}
	bad := p2p.Invalid(io.EOF)
	for _, request := range [][]byte{nil, make([]byte, 39), append(blob.Hash[:], 0, 0, 0, 0, 0, 0, 0, 2), append(blob.Hash[:], 255, 255, 255, 255, 255, 255, 255, 255)} {
		if err := ask(request); err == nil || errors.Is(err, ErrUnknown) || !sameType(err, bad) {
			t.Errorf("%x: %v", request, err)
		}
	}
}

func sameType(a, b error) bool {
	return a != nil && b != nil && reflect.TypeOf(a) == reflect.TypeOf(b)
}

// Goal: content moves over the streams of real hosts of one chain. Method: two
// hosts on loopback, several answers' worth of pieces.
func TestOverHosts(t *testing.T) {
	a, b := store(t, 0), store(t, 0)
	data := content(7, (piecesMax+2)*piece+3)
	blob := pin(t, a, data)
	start := func(seed byte, bootstrap ...string) *p2p.Host {
		h, err := p2p.New(p2p.Config{
			Seed: [32]byte{seed}, Genesis: keys.Sum([]byte("chain")), Listen: []string{"/ip4/127.0.0.1/tcp/0"},
			Bootstrap: bootstrap, Protocols: []p2p.Protocol{Protocol},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = h.Close() })
		return h
	}
	server := start(1)
	if err := server.Serve(Protocol.Name, a.Serve); err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	client := start(2, server.Addrs()...)
	if err := client.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for len(client.Peers()) == 0 && ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
	if _, err := b.Fetch(ctx, client, []p2p.ID{server.ID()}, keys.Hash{9}, nil); !errors.Is(err, ErrNobody) {
		t.Errorf("unknown content: %v", err)
	}
	if got, err := b.Fetch(ctx, client, []p2p.ID{server.ID()}, blob.Hash, nil); err != nil || got != blob {
		t.Fatalf("%+v, %v", got, err)
	}
	if !bytes.Equal(read(t, b, blob.Hash), data) {
		t.Error("the content differs")
	}
}

// Goal: arbitrary chunks are refused without a crash and leave nothing behind
// that counts. Method: fuzzing from a good piece.
func FuzzTake(f *testing.F) {
	s := store(f, 0)
	blob := pin(f, s, content(8, 2*piece))
	var first []byte
	_ = s.serve(context.Background(), append(blob.Hash[:], make([]byte, 8)...), writer(func(c []byte) error {
		if first == nil {
			first = bytes.Clone(c)
		}
		return nil
	}))
	f.Add(first[:4096])
	f.Add([]byte{})
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, chunk []byte) {
		d, err := Open(dir, 0).download(blob.Hash, func(int64, int64) {})
		if err == nil {
			err = os.MkdirAll(dir, 0o700)
		}
		if err != nil {
			t.Fatal(err)
		}
		defer d.file.Close()
		if d.take(chunk) == nil && d.have > 0 && !bytes.Equal(chunk, first) {
			t.Fatal("something else was proven")
		}
	})
}
