package check_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/sim/check"
)

// stub signs by hashing, as the simulator does.
func stub(key keys.PublicKey, msg []byte) (s keys.Signature) {
	h := keys.Sum([]byte("stub"), key[:], msg)
	copy(s[:], h[:])
	return s
}

func verify(items []keys.Signed) []bool {
	out := make([]bool, len(items))
	for i, it := range items {
		out[i] = it.Signature == stub(it.Key, it.Message)
	}
	return out
}

// Goal: culprits are those who signed a pair that convicts, and nobody can be
// made one. Method: any votes by any signers, some with a signature of someone
// else's making; the answer is compared with a search of all pairs.
func TestCulprits(t *testing.T) {
	roster := &types.Roster{Epoch: 3}
	for i := range 4 {
		roster.Members = append(roster.Members, types.Member{Key: keys.PublicKey(keys.Sum([]byte{byte(i)})), Weight: types.Weight(10 + i)})
	}
	digests := []keys.Hash{keys.Sum([]byte("a")), keys.Sum([]byte("b"))}
	rapid.Check(t, func(t *rapid.T) {
		var votes []types.Vote
		sound := map[uint32][]types.Statement{}
		for range rapid.IntRange(0, 30).Draw(t, "votes") {
			s := types.Statement{Kind: rapid.SampledFrom([]types.Kind{types.Notarize, types.Nullify, types.Reject, types.Finalize}).Draw(t, "kind"),
				Epoch: rapid.SampledFrom([]types.Epoch{2, 3, 3, 3}).Draw(t, "epoch"), View: types.View(rapid.IntRange(1, 3).Draw(t, "view"))}
			if s.Kind != types.Nullify {
				s.Digest = rapid.SampledFrom(digests).Draw(t, "digest")
			}
			v := types.Vote{Statement: s, Signer: uint32(rapid.IntRange(0, 4).Draw(t, "signer"))}
			forged := rapid.IntRange(0, 3).Draw(t, "forged") == 0
			if int(v.Signer) < len(roster.Members) && !forged {
				v.Signature = stub(roster.Members[v.Signer].Key, v.SignBytes(keys.Hash{}))
				if s.Epoch == 3 {
					sound[v.Signer] = append(sound[v.Signer], s)
				}
			}
			votes = append(votes, v)
		}
		want := map[int]bool{}
		for signer, list := range sound {
			for _, a := range list {
				for _, b := range list {
					if consensus.Conflict(a, b) {
						want[int(signer)] = true
					}
				}
			}
		}
		got := check.Culprits(roster, keys.Hash{}, votes, verify)
		for _, c := range got {
			if !want[c.Signer] || !consensus.Conflict(c.A, c.B) || c.Weight != roster.Members[c.Signer].Weight {
				t.Fatalf("%+v is no culprit", c)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%d culprits, want %d", len(got), len(want))
		}
	})
}

// Goal: the oracle of shares is quiet about counts that chance explains and
// speaks about others, exactly at its bound. Method: two contracts and every
// count of 200 views, against the binomial tails in logarithms.
func TestShare(t *testing.T) {
	const n = 200
	for _, w := range [][]types.Weight{{1, 1}, {1, 9}, {30, 70}} {
		for k := range n + 1 {
			see, spoke := check.Share.New(), false
			for v := range n {
				asc := 0
				if v >= k {
					asc = 1
				}
				spoke = spoke || see(&check.Event{Served: &check.Served{View: types.View(v + 1), ASC: asc, Weights: w}}) != nil
			}
			spoke = spoke || see(&check.Event{Calm: &check.Calm{}}) != nil
			p := float64(w[0]) / float64(w[0]+w[1])
			bits := math.Log2(math.Min(tail(n, p, 0, k), tail(n, p, k, n)))
			if math.Abs(bits+40) > 0.1 && spoke != (bits < -40) {
				t.Errorf("weights %v, %d of %d: 2^%.1f, spoke %v", w, k, n, bits, spoke)
			}
		}
	}
}

// tail is P(from ≤ X ≤ to) of a binomial.
func tail(n int, p float64, from, to int) (sum float64) {
	for j := from; j <= to; j++ {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(j + 1))
		c, _ := math.Lgamma(float64(n - j + 1))
		sum += math.Exp(a - b - c + float64(j)*math.Log(p) + float64(n-j)*math.Log1p(-p))
	}
	return sum
}

// Goal: a contradiction that was heard must be reported, in its own view and by
// the member that heard it. Method: one member reports, another does not.
func TestReported(t *testing.T) {
	a := types.Vote{Statement: types.Statement{Kind: types.Notarize, View: 7, Digest: keys.Sum([]byte("a"))}, Signer: 2}
	b := a
	b.Digest = keys.Sum([]byte("b"))
	see := check.Reported.New()
	for _, m := range []int{0, 1} {
		for _, v := range []types.Vote{a, b} {
			if err := see(&check.Event{Member: m, Heard: &v}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := see(&check.Event{Member: 1, Evidence: &consensus.Evidence{Signer: 2, A: a, B: b}}); err != nil {
		t.Fatal(err)
	}
	if err := see(&check.Event{Calm: &check.Calm{}}); err == nil {
		t.Error("member 0 kept silent and nobody noticed")
	}
}
