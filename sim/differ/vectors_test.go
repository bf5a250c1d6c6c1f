package differ

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"probity/chain/codec"
	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/contribution"
	"probity/chain/route/oracle"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
	"probity/vpool"
	"probity/vpool/draw"
	"probity/vpool/pac"

	law "probity/chain/exec"
)

var update = flag.Bool("update", false, "write docs/spec/vectors")

type fields = map[string]any

// vectors are lines of a file of questions with their answers.
type vectors struct {
	t   *testing.T
	buf bytes.Buffer
}

func (v *vectors) line(op string, in fields, out fields) {
	q := fields{"op": op, "in": in}
	if out == nil {
		q["refuse"] = true
	} else {
		q["out"] = out
	}
	e := json.NewEncoder(&v.buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(q); err != nil {
		v.t.Fatal(err)
	}
}

func vectorFolder() string { return filepath.Join("..", "..", "docs", "spec", "vectors") }

// Goal: the vectors are what the node computes. Method: every file is made again
// and compared; -update writes them.
func TestVectorsAreTheNodes(t *testing.T) {
	for name, make := range map[string]func(*vectors){
		"values": values, "state": states, "draws": draws, "escrow": escrows, "trees": trees, "hashed": hashed, "recoverable": recoverable,
	} {
		v := &vectors{t: t}
		make(v)
		path := filepath.Join(vectorFolder(), name+".jsonl")
		if *update {
			if err := os.WriteFile(path, v.buf.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, v.buf.Bytes()) {
			t.Errorf("%s is not what the node computes (go test ./sim/differ -run Vectors -update): %v", path, err)
		}
	}
}

func random(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func values(v *vectors) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{0, 1, 63, 64, 65, 1023, 1024, 1025, 2048, 2049, 3073, 5000} {
		b := random(r, n)
		v.line("hash", fields{"data": hexed(b)}, fields{"hash": keys.Sum(b).String()})
	}
	for n := range 9 {
		items, text := [][]byte{}, []string{}
		for i := range n {
			items = append(items, random(r, i*7))
			text = append(text, hexed(items[i]))
		}
		v.line("merkle", fields{"items": text}, fields{"root": types.MerkleRoot(items).String()})
	}
	for _, name := range []string{"treasury", "salary", "legislature"} {
		v.line("address", fields{"route": name}, fields{"address": route.Address(name).String()})
	}
	for i := range 8 {
		k := keys.FromSeed(keys.Sum([]byte{byte(i)}))
		p := k.Public()
		v.line("address", fields{"key": hexed(p[:])}, fields{"address": p.Address().String()})
		s := types.Statement{Kind: types.Notarize, Epoch: types.Epoch(i), View: types.View(r.Uint32()), Digest: keys.Sum([]byte("d"))}
		genesis := keys.Sum([]byte("genesis"))
		sig := k.Sign(s.SignBytes(genesis))
		in := fields{"key": hexed(p[:]), "kind": "notarize", "genesis": genesis.String(), "payload": hexed(codec.MustMarshal(s)), "signature": hexed(sig[:])}
		v.line("signature", in, fields{"valid": true})
		in["kind"] = "finalize"
		v.line("signature", in, fields{"valid": false})
	}
	m, err := New(3, true, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	g, err := law.ParseGenesis(m.File)
	if err != nil {
		v.t.Fatal(err)
	}
	v.line("genesis.hash", fields{"file": string(m.File)}, fields{"genesis": g.Hash().String(), "draft": g.Draft().String()})
	for _, bad := range []string{`{"a":1,"a":2}`, `{"a":1.0}`, `{"a":01}`} {
		v.line("genesis.hash", fields{"file": bad}, nil)
	}
	forms(v, m)
}

// forms are encodings that are accepted, and others.
func forms(v *vectors, m *Maker) {
	for range 20 {
		b, err := m.Next()
		if err != nil {
			v.t.Fatal(err)
		}
		m.Commit(b)
		for _, raw := range b.Body.Txs[:min(1, len(b.Body.Txs))] {
			v.line("cbor", fields{"type": "tx", "bytes": hexed(raw)}, fields{"bytes": hexed(raw), "name": keys.Sum(raw).String()})
			long := append([]byte{0x98, 0x08}, raw[1:]...)
			v.line("cbor", fields{"type": "tx", "bytes": hexed(long)}, nil)
			v.line("cbor", fields{"type": "tx", "bytes": hexed(append(slices.Clone(raw), 0))}, nil)
		}
	}
	h := m.Tip()
	enc := codec.MustMarshal(&h)
	v.line("cbor", fields{"type": "header", "bytes": hexed(enc)}, fields{"bytes": hexed(enc)})
	for _, c := range []struct {
		kind, bytes string
		ok          bool
	}{
		{"amount", "0x40", true}, {"amount", "0x4101", true}, {"amount", "0x420001", false}, {"amount", "0xf6", false}, {"amount", "0x00", false},
		{"amount", "0x50ffffffffffffffffffffffffffffffff", true}, {"amount", "0x5101ffffffffffffffffffffffffffffffff", false},
		{"uint", "0x00", true}, {"uint", "0x17", true}, {"uint", "0x1817", false}, {"uint", "0x1818", true}, {"uint", "0x1900ff", false},
		{"uint", "0x1bffffffffffffffff", true}, {"uint", "0x1b00000000ffffffff", false}, {"uint", "0x20", false}, {"uint", "0xf9003c00", false},
		{"bytes", "0x40", true}, {"bytes", "0xf6", false}, {"bytes", "0x5f4101ff", false}, {"bytes", "0x5801aa", false}, {"text", "0x6161", true},
		{"text", "0x61ff", false}, {"text", "0x4161", false}, {"bool", "0xf4", true}, {"bool", "0xf5", true}, {"bool", "0x01", false},
	} {
		out := fields{"bytes": c.bytes}
		if !c.ok {
			out = nil
		}
		v.line("cbor", fields{"type": c.kind, "bytes": c.bytes}, out)
	}
}

func states(v *vectors) {
	r := rand.New(rand.NewPCG(2, 1))
	for _, n := range []int{0, 1, 2, 3, 10, 100, 500} {
		store := state.NewMemory()
		layer := state.NewLayer(state.NewBase(store))
		leaves, known := [][2]string{}, [][]byte{}
		for i := range n {
			k, val := append([]byte(fmt.Sprintf("key %d ", i)), random(r, r.IntN(9))...), random(r, r.IntN(40))
			layer.Set(k, val)
			leaves, known = append(leaves, [2]string{hexed(k), hexed(val)}), append(known, k)
		}
		root, changes := layer.Seal(0)
		store.Commit(changes)
		v.line("state.root", fields{"leaves": leaves}, fields{"root": root.String()})
		tree, err := state.At(store, 0, root)
		if err != nil {
			v.t.Fatal(err)
		}
		for range 8 {
			k := random(r, 5)
			if n > 0 && r.IntN(2) == 0 {
				k = known[r.IntN(n)]
			}
			value, ok, p := tree.Prove(k)
			in := fields{"root": root.String(), "key": hexed(k), "proof": hexed(codec.MustMarshal(p)), "value": nil}
			if ok {
				in["value"] = hexed(value)
			}
			v.line("state.proof", in, fields{"holds": true})
			other := append(slices.Clone(k), 1)
			in["key"] = hexed(other)
			holds := !ok && p.Excludes(root, other) == nil
			v.line("state.proof", in, fields{"holds": holds})
		}
	}
}

func draws(v *vectors) {
	r := rand.New(rand.NewPCG(3, 1))
	for range 12 {
		seed := [32]byte(random(r, 32))
		weights, text := []uint64{}, []string{}
		for range 1 + r.IntN(9) {
			w := r.Uint64() >> (4 + r.IntN(59)) / 2
			weights, text = append(weights, w), append(text, fmt.Sprint(w))
		}
		k := r.IntN(len(weights) + 1)
		drawn, err := draw.Sample(seed, weights, k)
		if err != nil {
			v.t.Fatal(err)
		}
		if drawn == nil {
			drawn = []int{}
		}
		v.line("draw.sample", fields{"seed": hexed(seed[:]), "weights": text, "count": k}, fields{"drawn": drawn})
		units := 1 + r.IntN(50)
		cycle, err := draw.NewCycle(weights, units)
		if err != nil {
			continue
		}
		turns, lots := []int{}, []int{}
		for i := range 60 {
			s := keys.Sum(seed[:], be64(uint64(i)))
			turns = append(turns, cycle.Next(s))
			lot, err := draw.NewLottery(weights)
			if err != nil {
				v.t.Fatal(err)
			}
			lots = append(lots, lot.Next(s))
		}
		in := fields{"seed": hexed(seed[:]), "weights": text, "units": units, "count": 60, "lottery": false}
		v.line("draw.list", in, fields{"served": turns})
		in["lottery"] = true
		v.line("draw.list", in, fields{"served": lots})
	}
}

func escrows(v *vectors) {
	suite := escrow.DHPVSS
	for n := 1; n <= 6; n++ {
		var tickets [][]byte
		var secrets []escrow.Secret
		text := []string{}
		for k := range n {
			s := escrow.NewSecret(keys.Sum([]byte("vector"), []byte{byte(n)}), uint32(k))
			secrets, tickets = append(secrets, s), append(tickets, suite.Public(s))
			text = append(text, hexed(tickets[k]))
		}
		panel, err := suite.Panel(tickets)
		if err != nil {
			v.t.Fatal(err)
		}
		at := escrow.Place{Bound: keys.Sum([]byte("b")), Epoch: 5, ASC: keys.Sum([]byte("a")), Salt: 2, Roster: keys.Sum([]byte("r"))}
		seed := keys.Sum([]byte{byte(n)})
		dealing := suite.Deal(panel, at, seed)
		in := func(number uint32, opening []byte) fields {
			out := fields{"bound": hexed(at.Bound[:]), "epoch": at.Epoch, "asc": hexed(at.ASC[:]), "number": number, "roster": hexed(at.Roster[:]),
				"tickets": text, "dealing": hexed(dealing)}
			if opening != nil {
				out["opening"] = hexed(opening)
			}
			return out
		}
		v.line("escrow.deal", in(2, nil), fields{"valid": true})
		v.line("escrow.deal", in(3, nil), fields{"valid": false})
		reveal := suite.Reveal(at, seed, dealing)
		salt, err := suite.Open(at, dealing, reveal)
		if err != nil {
			v.t.Fatal(err)
		}
		opening := escrow.MarshalOpening(escrow.Opening{Reveal: reveal})
		v.line("escrow.open", in(2, opening), fields{"salt": hexed(salt[:])})
		v.line("escrow.open", in(3, opening), nil)
		var shares []escrow.Share
		for k := n - panel.Threshold(); k < n; k++ {
			shares = append(shares, suite.Share(at, dealing, uint32(k), secrets[k]))
		}
		v.line("escrow.open", in(2, escrow.MarshalOpening(escrow.Opening{Shares: shares})), fields{"salt": hexed(salt[:])})
	}
}

func trees(v *vectors) {
	r := rand.New(rand.NewPCG(4, 1))
	for _, n := range []int{0, 1, 2, 128, 129, 300} {
		var leaves []oracle.SalaryLeaf
		text, total := []fields{}, uint64(0)
		for i := range n {
			a := keys.FromSeed(keys.Sum([]byte("leaf"), []byte{byte(i), byte(i >> 8)})).Public().Address()
			amount := r.Uint64()>>r.IntN(40)>>16 + 1
			total += amount
			leaves = append(leaves, oracle.SalaryLeaf{Address: a, Book: uint8(rep.WREP) + uint8(i%2), Amount: types.NewAmount(amount)})
			text = append(text, fields{"address": a.String(), "book": 1 + i%2, "amount": fmt.Sprint(amount)})
		}
		slices.SortFunc(leaves, func(a, b oracle.SalaryLeaf) int { return bytes.Compare(a.Address[:], b.Address[:]) })
		m := contribution.Manifest{Ruleset: "salary/1", Subject: oracle.EpochSubject(types.Epoch(n)), From: uint64(n), Total: total}
		t := contribution.NewTree(m, leaves)
		v.line("salary.tree", fields{"from": n, "to": n, "leaves": text}, fields{"hash": t.Manifest.Hash().String(), "root": t.Manifest.Root.String(), "pages": len(t.Pages)})
		root := keys.Sum([]byte{byte(n)})
		v.line("epoch.state", fields{"epoch": n, "root": root.String()}, fields{"hash": oracle.StateHash(types.Epoch(n), root).String()})
	}
	for _, n := range []int{0, 1, 130} {
		var leaves []contribution.Leaf
		text, total := []fields{}, uint64(0)
		for i := range n {
			a := keys.FromSeed(keys.Sum([]byte("author"), []byte{byte(i)})).Public().Address()
			l := contribution.Leaf{Identity: fmt.Sprintf("git:a%03d@example.org", i), Micropoints: 1 + r.Uint64N(1<<40), Addresses: []keys.Address{a}[:i%2]}
			leaves, total = append(leaves, l), total+l.Micropoints
			text = append(text, fields{"identity": l.Identity, "micropoints": l.Micropoints, "addresses": l.Addresses})
		}
		slices.Reverse(text)
		m := contribution.Manifest{Ruleset: contribution.Ruleset, Subject: keys.Sum([]byte{byte(n)}), From: uint64(n), Total: total}
		t := contribution.NewTree(m, leaves)
		v.line("points.tree", fields{"number": n, "subject": m.Subject.String(), "leaves": text}, fields{"hash": t.Manifest.Hash().String(), "root": t.Manifest.Root.String(), "pages": len(t.Pages)})
	}
	for i := range 24 {
		p := pac.Problem{Mode: pac.Mode(1 + i%2), Initial: vpool.NewAmount(1 + r.Uint64N(1_000_000))}
		if i%3 == 0 {
			p.GrowthPPM = 1 + uint32(r.IntN(300_000))
		}
		owners := []fields{}
		for range 1 + r.IntN(6) {
			o := pac.Owner{Minted: vpool.NewAmount(r.Uint64N(1_000_000) * uint64(r.IntN(2))), Points: r.Uint64N(1000) * uint64(r.IntN(3))}
			p.Owners = append(p.Owners, o)
			owners = append(owners, fields{"minted": o.Minted.Dec(), "points": fmt.Sprint(o.Points)})
		}
		in := fields{"mode": []string{"minimal", "published"}[i%2], "initial": p.Initial.Dec(), "owners": owners}
		if p.GrowthPPM > 0 {
			in["growth"] = p.GrowthPPM
		}
		s, err := p.Solve()
		if err != nil {
			v.t.Fatal(err)
		}
		extra := []string{}
		for j := range s.Extra {
			extra = append(extra, s.Extra[j].Dec())
		}
		v.line("pac", in, fields{"extra": extra})
	}
}

func hashed(v *vectors)      { chainVectors(v, 8, true, 40) }
func recoverable(v *vectors) { chainVectors(v, 7, false, 12) }

// chainVectors are a genesis and blocks, each after some that are invalid.
func chainVectors(v *vectors, seed uint64, hashed bool, n int) {
	m, err := New(seed, hashed, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	h := m.Tip()
	v.line("chain.genesis", fields{"file": string(m.File)}, fields{"root": h.StateRoot.String(), "digest": h.Digest().String()})
	block := func(b *types.Block, dry bool) fields {
		head, sig, body := Encode(b)
		return fields{"header": hexed(head), "signature": hexed(sig), "body": hexed(body), "check": dry, "dry": dry}
	}
	for range n {
		b, err := m.Next()
		if errors.Is(err, ErrHalted) {
			return
		}
		if err != nil {
			v.t.Fatal(err)
		}
		if c, mistake := m.Spoil(b); m.Verify(c) != nil && m.rng.IntN(3) == 0 {
			in := block(c, true)
			in["mistake"] = mistake
			v.line("chain.block", in, fields{"valid": false})
		}
		m.Commit(b)
		v.line("chain.block", block(b, false), fields{"valid": true, "root": b.Header.StateRoot.String(), "digest": b.Digest().String()})
		if b.Header.Height == m.plan.Last() {
			v.line("chain.salary", fields{}, fields{"hash": m.Salary().String()})
		}
	}
}

// Goal: the watchtower answers every vector. Method: all files, line by line.
func TestVectorsAndTheWatchtower(t *testing.T) {
	w := newTower(t, "")
	judge(t, w, true)
}

// Goal: a page of Python that knows only the specification makes the same trees.
// Method: its part of the vectors; what it does not answer it says so of.
func TestVectorsAndPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 here")
	}
	w := startTower(t, exec.Command(python, filepath.Join("..", "..", "docs", "spec", "examples", "treegen.py")))
	judge(t, w, false)
}

// judge asks all vectors; where not all must be answered, those of trees must.
func judge(t *testing.T, w *tower, all bool) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(vectorFolder(), "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	passed := map[string]int{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(b))
		lines.Buffer(nil, 64<<20)
		for n := 1; lines.Scan(); n++ {
			var q struct {
				Op     string
				In     json.RawMessage
				Out    map[string]any
				Refuse bool
			}
			if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
				t.Fatal(err)
			}
			r := w.raw(q.Op, q.In)
			if r.Unsupported && !all {
				continue
			}
			if (r.Error != "") != q.Refuse || r.Unsupported {
				t.Fatalf("%s:%d: %s: %+.300v", f, n, q.Op, r)
			}
			for k, want := range q.Out {
				if !reflect.DeepEqual(r.Out[k], want) {
					t.Fatalf("%s:%d: %s: %s is %v, want %v", f, n, q.Op, k, r.Out[k], want)
				}
			}
			passed[q.Op]++
		}
	}
	for _, op := range []string{"hash", "merkle", "salary.tree", "points.tree", "epoch.state", "pac"} {
		if passed[op] == 0 {
			t.Errorf("no vector of %s was answered", op)
		}
	}
	t.Log(strings.ReplaceAll(fmt.Sprint(passed), "map", ""))
}
