package beacon_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/beacon"
	"probity/chain/route/evidence"
	"probity/chain/route/evidence/chaintest"
	"probity/chain/route/params"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/types"
)

var table = route.Table{
	params.Route, bank.Route, rep.Route, availability.Route, beacon.Route, pool.Route, evidence.Route,
}

// Goal: an epoch's seeds as a story. Method: transcripts over whole blocks.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			s := &chaintest.Script{Table: table, Show: []string{"availability/epoch"}, More: more}
			datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
				l := chaintest.Line{Cmd: d.Cmd, Input: d.Input, Args: map[string][]string{}}
				for _, a := range d.CmdArgs {
					if len(a.Vals) == 0 {
						l.Args[""] = append(l.Args[""], a.Key)
					} else {
						l.Args[a.Key] = a.Vals
					}
				}
				return s.Step(l)
			})
		})
	}
}

// more are directives: try FAULT begins a block with a wrong header.
var more = map[string]func(*chaintest.Chain, chaintest.Line) string{
	"try": func(w *chaintest.Chain, l chaintest.Line) string {
		err := w.Begin(chaintest.Draft{Edit: func(w *chaintest.Chain) {
			switch l.Args[""][0] {
			case "silent":
				w.Block.Reveal = nil
			case "other":
				w.Block.Reveal = append(types.Bytes(nil), w.Block.Reveal...)
				w.Block.Reveal[31] ^= 1
			case "short":
				w.Block.Reveal = w.Block.Reveal[:31]
			case "more":
				w.Block.Reveal = append(types.Bytes(nil), 1)
			case "seed":
				w.Block.Seed[0] ^= 1
			case "turn":
				w.Block.ASC[0] ^= 1
			}
		}})
		return fmt.Sprint("invalid block: ", err)
	},
}

// Goal: a commitment opens to its salts in order and to nothing else. Method:
// random secrets and chains; each right reveal passes for its turn alone, and
// any changed byte fails.
func TestHashChains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := keys.Sum([]byte(rapid.String().Draw(t, "secret")))
		n := rapid.Uint32Range(1, 40).Draw(t, "n")
		j := rapid.Uint32Range(0, n-1).Draw(t, "j")
		turn := beacon.Turn{
			Scheme: types.Hashed, Stride: 1, View: 7, Salt: j,
			ASC: types.ASC{Commitment: beacon.Commit(secret, n), Salts: n},
		}
		reveal := beacon.Reveal(secret, n, j)
		if err := turn.Check(reveal); err != nil {
			t.Fatal(err)
		}
		wrong := append(types.Bytes(nil), reveal...)
		wrong[rapid.IntRange(0, 31).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		other := turn
		other.Salt = rapid.Uint32Range(0, n-1).Draw(t, "other")
		if other.Salt != j && other.Check(reveal) == nil {
			t.Fatalf("the reveal of salt %d opens salt %d", j, other.Salt)
		}
		for _, bad := range []types.Bytes{nil, wrong, reveal[:31], append(append(types.Bytes(nil), reveal...), 0)} {
			if err := turn.Check(bad); !errors.Is(err, beacon.ErrReveal) {
				t.Fatalf("%x: %v", bad, err)
			}
		}
		turn.Scheme = types.Recoverable
		if turn.Check(reveal) == nil {
			t.Fatal("another scheme opens by this one's rule")
		}
	})
}

// Goal: turns without a salt open nothing. Method: the three cases.
func TestTurnsWithoutSalts(t *testing.T) {
	secret := keys.Sum([]byte("s"))
	good := beacon.Turn{
		Scheme: types.Hashed, Stride: 4, View: 8, Salt: 1, ASC: types.ASC{Commitment: beacon.Commit(secret, 2), Salts: 2},
	}
	if err := good.Check(beacon.Reveal(secret, 2, 1)); err != nil {
		t.Fatal(err)
	}
	used, passed, none := good, good, good
	used.Salt = 2
	passed.View = 9
	none.ASC = types.ASC{}
	for name, turn := range map[string]beacon.Turn{"used up": used, "passed over by the stride": passed, "no commitment": none} {
		if turn.Salted() || turn.Check(nil) != nil {
			t.Errorf("%s: wants a reveal", name)
		}
		if !errors.Is(turn.Check(beacon.Reveal(secret, 2, 1)), beacon.ErrReveal) {
			t.Errorf("%s: takes a reveal", name)
		}
	}
	if beacon.Commit(secret, 0) != nil || beacon.Reveal(secret, 2, 2) != nil {
		t.Error("salts that do not exist")
	}
}

// Goal: the next epoch's seed is the documented function of this one's reveals
// and of nothing else. Method: random epochs, some with skipped views, beside a
// second computation from what the blocks opened.
func TestSeedOfTheNextEpoch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, err := chaintest.New(table, []chaintest.Person{
			{Name: "alice", REP: 100, Bench: true, Weight: 60, Salts: rapid.Uint32Range(0, 6).Draw(t, "a")},
			{Name: "bob", REP: 100, Bench: true, Weight: 60, Salts: rapid.Uint32Range(0, 6).Draw(t, "b")},
		}, map[string]uint64{
			"epoch.blocks": 6, "asc.lead_views": 1, "evidence.window": 16,
			"beacon.stride": rapid.Uint64Range(1, 3).Draw(t, "stride"),
		})
		if err != nil {
			t.Fatal(err)
		}
		acc := keys.Sum([]byte("genesis"), w.Facts.Genesis[:])
		if got, _ := availability.Seed(w.Reader(), 0); got != acc {
			t.Fatalf("R(0,0) is %s, want %s", got, acc)
		}
		for range 6 {
			if err := w.Begin(chaintest.Draft{Skip: rapid.IntRange(0, 2).Draw(t, "skip")}); err != nil {
				t.Fatal(err)
			}
			if len(w.Block.Reveal) > 0 {
				acc = keys.Sum([]byte("reveal"), acc[:], w.Block.Reveal)
			}
			w.End()
		}
		want := keys.Sum([]byte("epoch"), binary.BigEndian.AppendUint64(nil, 1), acc[:])
		if got, _ := availability.Seed(w.Reader(), 1); got != want {
			t.Fatalf("R(1,0) is %s, want %s", got, want)
		}
	})
}

// Example shows what a producer keeps, commits to and opens.
func Example() {
	secret := [32]byte{1, 2, 3}
	asc := types.ASC{Commitment: beacon.Commit(secret, 16), Salts: 16}
	turn := beacon.Turn{Scheme: types.Hashed, Stride: 1, View: 5, ASC: asc, Salt: 3}
	fmt.Println(turn.Salted(), turn.Check(beacon.Reveal(secret, 16, 3)))
	// Output: true <nil>
}

// Goal: no bytes open a salt but the right ones. Method: fuzzed reveals.
func FuzzReveal(f *testing.F) {
	secret := keys.Sum([]byte("secret"))
	f.Add([]byte(beacon.Reveal(secret, 9, 4)), uint32(4))
	f.Fuzz(func(t *testing.T, reveal []byte, salt uint32) {
		salt %= 12
		turn := beacon.Turn{
			Scheme: types.Hashed, Stride: 1, View: 1, Salt: salt, ASC: types.ASC{Commitment: beacon.Commit(secret, 9), Salts: 9},
		}
		want := string(reveal) == string(beacon.Reveal(secret, 9, salt))
		if got := turn.Check(reveal) == nil; got != want {
			t.Fatalf("%x opens salt %d: %v", reveal, salt, got)
		}
	})
}
