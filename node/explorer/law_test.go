package explorer_test

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"net/http/httptest"
	"testing"

	"probity/chain/keys"
	"probity/chain/route/release"
	"probity/chain/state"
	"probity/chain/state/proof"
	"probity/chain/types"
	"probity/consensus/quorum"
	"probity/node/explorer/browsertest"
)

// job is what the page hands to its checking thread, with the verdict of the law
// as Go has it.
type job struct {
	Name string         `json:"name"`
	Job  map[string]any `json:"job"`
	Want bool           `json:"want"`
}

// judge has the built checking thread judge all jobs, and compares.
func judge(t *testing.T, jobs []job) {
	t.Helper()
	s := httptest.NewServer(&node{blocks: 1})
	t.Cleanup(s.Close)
	b := browsertest.Open(t, s.URL)
	b.Go("verify")
	text, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	wrong := browsertest.Eval[[]string](b, fmt.Sprintf(`(async () => {
		const w = new Worker("./explorer/worker.js", { type: "module" }), jobs = %s, out = [];
		const answers = new Promise((done) => {
			let left = jobs.length;
			w.onmessage = ({ data: { id, verdict } }) => {
				if (verdict.ok !== jobs[id].want) out.push(jobs[id].name + ": " + JSON.stringify(verdict));
				if (--left === 0) done();
			};
		});
		jobs.forEach(({ job }, id) => w.postMessage({ id, job }));
		await answers;
		return out;
	})()`, text))
	for _, w := range wrong {
		t.Error("the page and the law differ: ", w)
	}
	b.Clean()
}

// Goal: the page accepts a proof of the state exactly where the law does.
// Method: random states; proofs of presence and of absence, each as it is and
// with one bit changed in every part.
func TestProofs(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	var jobs []job
	add := func(name string, root keys.Hash, key []byte, exists bool, value []byte, p proof.Proof) {
		err := p.Excludes(root, key)
		if exists {
			err = p.Includes(root, key, value)
		}
		proven := map[string]any{"root": root, "exists": exists, "value": types.Bytes(value), "proof": p}
		jobs = append(jobs, job{name, map[string]any{"kind": "proof", "root": root, "key": types.Bytes(key), "proven": proven}, err == nil})
	}
	for _, size := range []int{0, 1, 2, 3, 50} {
		backend := state.NewMemory()
		layer := state.NewLayer(state.NewBase(backend))
		for i := range size {
			layer.Set([]byte{0, 9, 1, byte(i)}, []byte(fmt.Sprintf("value %d", i%7)))
		}
		root, changes := layer.Seal(1)
		backend.Commit(changes)
		tree, err := state.At(backend, 1, root)
		if err != nil {
			t.Fatal(err)
		}
		for i := range min(size+3, 9) {
			key := []byte{0, 9, 1, byte(i)}
			value, ok, p := tree.Prove(key)
			name := fmt.Sprintf("%d keys, key %d", size, i)
			add(name, root, key, ok, value, p)
			add(name+", the other statement", root, key, !ok, value, p)
			bit := byte(1) << rng.Intn(8)
			at := rng.Intn(32)
			q := p
			q.Levels[at] ^= bit
			add(name+", levels", root, key, ok, value, q)
			q = p
			q.OtherKey[at] ^= bit
			add(name+", other key", root, key, ok, value, q)
			q = p
			q.OtherValue[at] ^= bit
			add(name+", other value", root, key, ok, value, q)
			wrong := root
			wrong[at] ^= bit
			add(name+", root", wrong, key, ok, value, p)
			add(name+", value", root, key, ok, append([]byte("x"), value...), p)
			add(name+", key", root, append(key, 1), ok, value, p)
			if len(p.Siblings) > 0 {
				q = p
				q.Siblings = append([]keys.Hash{}, p.Siblings...)
				q.Siblings[rng.Intn(len(q.Siblings))][at] ^= bit
				add(name+", sibling", root, key, ok, value, q)
				q.Siblings = p.Siblings[1:]
				add(name+", a sibling less", root, key, ok, value, q)
			}
		}
	}
	judge(t, jobs)
}

// court is a chain of headers with a roster that signs.
type court struct {
	genesis keys.Hash
	secrets []keys.PrivateKey
	roster  types.Roster
}

func newCourt(n int) *court {
	c := &court{genesis: keys.Sum([]byte("genesis")), roster: types.Roster{Epoch: 3}}
	for i := range n {
		k := keys.FromSeed(keys.Sum([]byte{byte(i)}))
		c.secrets = append(c.secrets, k)
		m := types.Member{Address: k.Public().Address(), Key: k.Public(), Network: types.Bytes{byte(i)}, Weight: types.Weight(1000 - 10*i)}
		for e := range i % 3 {
			m.Escrow = append(m.Escrow, types.Bytes{byte(e), 7})
		}
		c.roster.Members = append(c.roster.Members, m)
	}
	return c
}

func (c *court) header(height int, parent keys.Hash) types.Header {
	return types.Header{
		Version: 1, Epoch: c.roster.Epoch, View: types.View(height), Height: types.Height(height), Parent: parent, Time: 1767225600000,
		Reveal: types.Bytes{1, 2, 3}, StateRoot: keys.Sum([]byte("state")), RosterHash: c.roster.Hash(), BaseFee: types.NewAmount(1 << 40),
	}
}

// certify signs a finalization of a header by the first so many members.
func (c *court) certify(h *types.Header, signers int) types.Certificate {
	s := types.Statement{Kind: types.Finalize, Epoch: h.Epoch, View: h.View, Digest: h.Digest()}
	cert := types.Certificate{Statement: s, Signers: make(types.Bytes, (len(c.roster.Members)+7)/8)}
	for i := range signers {
		cert.Signers[i/8] |= 1 << (i % 8)
		cert.Signatures = append(cert.Signatures, c.secrets[i].Sign(s.SignBytes(c.genesis)))
	}
	return cert
}

// holds is the law's verdict on a certificate, by the quorum of its roster.
func (c *court) holds(cert *types.Certificate) bool {
	list, err := cert.Signed(&c.roster, c.genesis)
	if err != nil {
		return false
	}
	for _, s := range list {
		if !keys.Verify(s) {
			return false
		}
	}
	w, err := cert.Weight(&c.roster)
	return err == nil && w >= quorum.Threshold(c.roster.Total())
}

// Goal: the page accepts a certificate of finality exactly where the law does,
// down to signatures that ZIP-215 alone accepts. Method: rosters of several
// sizes, every number of signers, a changed bit in every part, a trailing block,
// and a member whose key is a point of small order.
func TestCertificates(t *testing.T) {
	var jobs []job
	add := func(name string, c *court, at types.Header, cert types.Certificate, trusted any, want bool, headers ...types.Header) {
		var list []map[string]any
		for _, h := range headers {
			list = append(list, map[string]any{"header": h, "signature": keys.Signature{}})
		}
		jobs = append(jobs, job{name, map[string]any{
			"kind": "finality", "genesis": c.genesis, "at": at.Digest(), "trusted": trusted, "roster": c.roster,
			"finality": map[string]any{"certificate": cert, "headers": list},
		}, want})
	}
	for _, n := range []int{1, 4, 9} {
		c := newCourt(n)
		h := c.header(7, keys.Hash{1})
		for k := 1; k <= n; k++ {
			cert := c.certify(&h, k)
			add(fmt.Sprintf("%d of %d", k, n), c, h, cert, nil, c.holds(&cert), h)
		}
		good := c.certify(&h, n)
		add("a trusted roster", c, h, good, c.roster.Hash(), true, h)
		add("another roster was trusted", c, h, good, keys.Hash{9}, false, h)
		bad := c.certify(&h, n)
		bad.Signatures[0][40] ^= 1
		add("a changed signature", c, h, bad, nil, c.holds(&bad), h)
		bad = c.certify(&h, n)
		bad.Signatures = bad.Signatures[1:]
		add("a signature less", c, h, bad, nil, false, h)
		bad = c.certify(&h, n)
		bad.View++
		add("another view", c, h, bad, nil, false, h)
		notarized := c.certify(&h, n)
		notarized.Kind = types.Notarize
		add("another kind", c, h, notarized, nil, false, h)
		changed := h
		changed.StateRoot[3] ^= 4
		add("a changed header", c, h, good, nil, false, changed)
		// A trailing block: what is signed stands further on.
		next := c.header(7, h.Digest())
		next.View = 8
		cert := c.certify(&next, n)
		add("a trailing block", c, h, cert, nil, true, h, next)
		other := c.header(7, keys.Hash{2})
		cert = c.certify(&other, n)
		add("headers that are not linked", c, h, cert, nil, false, h, other)
	}
	// The neutral point as key and as R, with S zero: it signs everything under
	// ZIP-215, and nothing under stricter rules.
	c := newCourt(4)
	c.roster.Members[3].Key = keys.PublicKey{1}
	h := c.header(7, keys.Hash{1})
	small := c.certify(&h, 4)
	small.Signatures[3] = keys.Signature{1}
	if !c.holds(&small) {
		t.Fatal("the law refuses what ZIP-215 accepts")
	}
	add("a key of small order", c, h, small, nil, true, h)
	judge(t, jobs)
}

// Goal: the page follows a release candidate's trail as the law chains it.
// Method: a trail, and one with a changed entry.
func TestTrails(t *testing.T) {
	rc := keys.Sum([]byte("rc"))
	build := func(change bool) map[string]any {
		var head keys.Hash
		var told []map[string]any
		for i := range 5 {
			e := release.Entry{Number: uint64(i + 1), Height: types.Height(10 * i), Time: types.Time(1000 * i), Kind: "ballot", Actor: keys.Address{byte(i)}, Body: types.Bytes{byte(i)}}
			head = release.Chained(rc, head, e)
			if change && i == 2 {
				e.Body = types.Bytes{99}
			}
			told = append(told, map[string]any{"entry": e, "head": head, "clear": ""})
		}
		return map[string]any{"rc": rc, "head": head, "sealed": keys.Hash{}, "before": keys.Hash{}, "entries": told, "next": 0}
	}
	judge(t, []job{
		{"whole", map[string]any{"kind": "trail", "trail": build(false)}, true},
		{"changed", map[string]any{"kind": "trail", "trail": build(true)}, false},
	})
}
