package quorum_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/types"
	"probity/consensus/quorum"
)

// Of a roster that weighs 100, a quorum weighs 67 and up to 33 may be faulty,
// however many members hold it: here two of four heads are a quorum.
func ExampleTally() {
	t, err := quorum.NewTally([]quorum.Weight{60, 20, 10, 10})
	if err != nil {
		panic(err)
	}
	for _, signer := range []int{2, 3, 3, 1, 0} {
		counted := t.Add(signer)
		fmt.Println(signer, counted, t.Weight(), t.Reached())
	}
	fmt.Printf("signers %x\n", t.Signers().Bytes())
	// Output:
	// 2 true 10 false
	// 3 true 20 false
	// 3 false 20 false
	// 1 true 40 false
	// 0 true 100 true
	// signers 0f
}

func anyTotal() *rapid.Generator[quorum.Weight] {
	return rapid.Map(rapid.OneOf(rapid.Uint64Range(0, 20), rapid.Uint64Range(0, 1<<62-1), rapid.Uint64Range(1<<62-9, 1<<62-1)),
		func(w uint64) quorum.Weight { return quorum.Weight(w) })
}

// anyRoster draws the weights of up to 40 members, zero and huge ones too.
func anyRoster() *rapid.Generator[[]quorum.Weight] {
	w := rapid.Map(rapid.OneOf(rapid.Uint64Range(0, 5), rapid.Uint64Range(0, 1<<56)),
		func(w uint64) quorum.Weight { return quorum.Weight(w) })
	return rapid.SliceOfN(w, 0, 40)
}

// Goal: the threshold and the tolerated fault are what the paper says, without
// overflow. Method: exact inequalities in big integers for any W.
func TestThreshold(t *testing.T) {
	times := func(k int64, w quorum.Weight) *big.Int {
		return new(big.Int).Mul(big.NewInt(k), new(big.Int).SetUint64(uint64(w)))
	}
	rapid.Check(t, func(t *rapid.T) {
		w := anyTotal().Draw(t, "W")
		q, f := quorum.Threshold(w), quorum.Fault(w)
		if times(3, q).Cmp(times(2, w)) <= 0 || times(3, q-1).Cmp(times(2, w)) > 0 {
			t.Fatalf("q(%d) = %d is not the least weight above two thirds", w, q)
		}
		if w == 0 {
			if q != 1 || f != 0 {
				t.Fatalf("empty roster: q %d, fault %d", q, f)
			}
			return
		}
		if times(3, f).Cmp(times(1, w)) >= 0 || times(3, f+1).Cmp(times(1, w)) < 0 {
			t.Fatalf("fault(%d) = %d is not the greatest weight below a third", w, f)
		}
		if w-f != q {
			t.Fatalf("the honest weigh %d, a quorum %d", w-f, q)
		}
		if times(3, 2*q-w).Cmp(times(1, w)) <= 0 {
			t.Fatalf("two quorums of %d may share only %d", w, 2*q-w)
		}
	})
}

// Goal: two quorums of one roster share more than a third of the weight, and
// the honest reach one alone. Method: any roster; grow two quorums from any
// two orders of its members, and leave out any set that may be faulty.
func TestQuorumsIntersect(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := append(anyRoster().Draw(t, "roster"), 1)
		total, err := quorum.Total(weights)
		if err != nil {
			t.Fatal(err)
		}
		members := make([]int, len(weights))
		for i := range members {
			members[i] = i
		}
		grow := func(label string) quorum.Bitmap {
			tally, err := quorum.NewTally(weights)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range rapid.Permutation(members).Draw(t, label) {
				if tally.Reached() {
					break
				}
				tally.Add(i)
			}
			if !tally.Reached() {
				t.Fatal("all members together are no quorum")
			}
			return tally.Signers()
		}
		a, b := grow("first"), grow("second")
		var shared quorum.Weight
		for i := range a.All() {
			if b.Has(i) {
				shared += weights[i]
			}
		}
		if 3*shared <= total { // 3·2⁶² fits 64 bits
			t.Fatalf("two quorums share %d of %d", shared, total)
		}
		var faulty quorum.Weight
		honest, _ := quorum.NewTally(weights)
		for _, i := range rapid.Permutation(members).Draw(t, "faulty first") {
			if faulty+weights[i] <= quorum.Fault(total) {
				faulty += weights[i]
			} else {
				honest.Add(i)
			}
		}
		if !honest.Reached() {
			t.Fatalf("with %d of %d faulty the honest %d are no quorum", faulty, total, honest.Weight())
		}
	})
}

// Goal: a tally is the weight of the set of its signers, whatever the order
// and number of votes. Method: any row of votes against a plain map.
func TestTallyCountsMembersOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := append(anyRoster().Draw(t, "roster"), 3)
		tally, err := quorum.NewTally(weights)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[int]bool{}
		var want quorum.Weight
		for _, i := range rapid.SliceOf(rapid.IntRange(0, len(weights)-1)).Draw(t, "votes") {
			if tally.Has(i) != seen[i] || tally.Add(i) == seen[i] {
				t.Fatalf("vote of %d, seen before: %v", i, seen[i])
			}
			if !seen[i] {
				want += weights[i]
			}
			seen[i] = true
		}
		if tally.Weight() != want || tally.Signers().Weight(weights) != want {
			t.Fatalf("counted %d, signers weigh %d, want %d", tally.Weight(), tally.Signers().Weight(weights), want)
		}
		total, _ := quorum.Total(weights)
		if tally.Reached() != (want >= quorum.Threshold(total)) {
			t.Fatalf("reached %v with %d of %d", tally.Reached(), want, total)
		}
	})
}

// Goal: signers handed out do not change a tally. Method: add to the copy.
func TestSignersAreACopy(t *testing.T) {
	tally, _ := quorum.NewTally([]quorum.Weight{1, 1})
	tally.Signers().Add(0)
	tally.Signers().Bytes()[0] = 3
	if tally.Has(0) || tally.Weight() != 0 {
		t.Fatal("the copy wrote through")
	}
}

// Goal: rosters above the limit are refused before anything is counted.
// Method: the edges of the sum.
func TestTotal(t *testing.T) {
	for _, c := range []struct {
		weights []quorum.Weight
		want    quorum.Weight
		err     error
	}{
		{nil, 0, nil},
		{[]quorum.Weight{quorum.Limit - 1}, quorum.Limit - 1, nil},
		{[]quorum.Weight{quorum.Limit}, 0, quorum.ErrWeight},
		{[]quorum.Weight{quorum.Limit / 2, quorum.Limit / 2}, 0, quorum.ErrWeight},
		{[]quorum.Weight{1, 1<<64 - 1}, 0, quorum.ErrWeight},
	} {
		got, err := quorum.Total(c.weights)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%v: %d, %v", c.weights, got, err)
		}
		if _, err := quorum.NewTally(c.weights); !errors.Is(err, c.err) {
			t.Errorf("tally of %v: %v", c.weights, err)
		}
	}
}

// Goal: the byte form is the one of certificates. Method: a certificate that
// chain/types bundles, read here, has the same signers.
func TestBitmapIsTheCertificates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "members")
		b := quorum.NewBitmap(n)
		var votes []types.Vote
		for i := range n {
			if i == 0 || rapid.Bool().Draw(t, "signs") {
				votes = append(votes, types.Vote{Signer: uint32(i)})
				b.Add(i)
			}
		}
		if c := types.Bundle(votes, n); !bytes.Equal(c.Signers, b.Bytes()) {
			t.Fatalf("certificate %x, bitmap %x", []byte(c.Signers), b.Bytes())
		}
	})
}

// Goal: indexes of no member stop the program instead of setting padding.
// Method: both sides of the range.
func TestBitmapPanics(t *testing.T) {
	b := quorum.NewBitmap(9)
	for name, f := range map[string]func(){
		"negative": func() { b.Has(-1) },
		"padding":  func() { b.Add(9) },
		"beyond":   func() { b.Add(16) },
		"weights":  func() { b.Weight(make([]quorum.Weight, 8)) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

// FuzzParseBitmap: what is accepted has one form, which is what was read; its
// members ascend and are members.
func FuzzParseBitmap(f *testing.F) {
	f.Add([]byte{}, 0)
	f.Add([]byte{0x0f}, 4)
	f.Add([]byte{0x1f}, 4)
	f.Add([]byte{0xff, 0x01}, 9)
	f.Add([]byte{0xff, 0x00}, 8)
	f.Add([]byte{}, -5)
	f.Fuzz(func(t *testing.T, raw []byte, n int) {
		b, err := quorum.ParseBitmap(raw, n)
		if err != nil {
			if !errors.Is(err, quorum.ErrBitmap) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(b.Bytes(), raw) || b.Len() != n {
			t.Fatalf("%x for %d members became %x for %d", raw, n, b.Bytes(), b.Len())
		}
		again, last := quorum.NewBitmap(n), -1
		for i := range b.All() {
			if i <= last || i >= n || !b.Has(i) {
				t.Fatalf("member %d after %d of %d", i, last, n)
			}
			again.Add(i)
			last = i
		}
		if !bytes.Equal(again.Bytes(), raw) {
			t.Fatalf("%x has the members of %x", raw, again.Bytes())
		}
	})
}

// BenchmarkTally counts the votes of the largest roster, 200 members.
func BenchmarkTally(b *testing.B) {
	weights := make([]quorum.Weight, 200)
	for i := range weights {
		weights[i] = quorum.Weight(1000 + i)
	}
	b.ReportAllocs()
	for b.Loop() {
		tally, err := quorum.NewTally(weights)
		if err != nil {
			b.Fatal(err)
		}
		for i := range weights {
			tally.Add(i)
		}
	}
}

// BenchmarkBitmapWeight reads a certificate's signers and sums their weight.
func BenchmarkBitmapWeight(b *testing.B) {
	weights := make([]quorum.Weight, 200)
	raw := bytes.Repeat([]byte{0xfe}, 25)
	b.ReportAllocs()
	for b.Loop() {
		m, err := quorum.ParseBitmap(raw, 200)
		if err != nil {
			b.Fatal(err)
		}
		m.Weight(weights)
	}
}
