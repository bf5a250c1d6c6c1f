package rep

import (
	"slices"

	"github.com/holiman/uint256"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
	"probity/vpool"
)

// tops are the numbers of largest holders whose share is told.
var tops = [...]int{1, 3, 10, 33, 100}

// TopShare is what the k largest holders have.
type TopShare struct {
	K     int       `json:"k"`
	Share types.PPM `json:"share"`
}

// Distribution tells how evenly the REP of a book is spread.
type Distribution struct {
	Book    Book       `json:"book"`
	Holders int        `json:"holders"`
	Gini    types.PPM  `json:"gini"` // 0: all have the same; a million: one has all
	Top     []TopShare `json:"top"`
}

func distribution(c *route.Ctx, _ None) ([]Distribution, error) {
	out := make([]Distribution, 0, len(bothBooks))
	for _, b := range bothBooks {
		var balances []types.Amount
		Range(c, b, keys.Address{}, func(_ keys.Address, amt types.Amount) bool {
			balances = append(balances, amt)
			return true
		})
		slices.SortFunc(balances, types.Amount.Cmp)
		d := Distribution{Book: b, Holders: len(balances), Gini: gini(balances), Top: []TopShare{}}
		for _, k := range tops {
			d.Top = append(d.Top, TopShare{K: k, Share: topShare(balances, k)})
		}
		out = append(out, d)
	}
	return out, nil
}

// gini is ⌊10⁶·G⌋ of ascending amounts x_1 … x_n with sum S,
//
//	G = (2·Σ i·x_i − (n+1)·S) / (n·S).
func gini(ascending []types.Amount) types.PPM {
	n := uint64(len(ascending))
	var sum, ranked uint256.Int
	for i, x := range ascending {
		sum.Add(&sum, x.Int())
		ranked.Add(&ranked, x.Mul(uint64(i)+1).Int())
	}
	if sum.IsZero() {
		return 0
	}
	var above, below uint256.Int
	above.Lsh(&ranked, 1)
	below.Mul(&sum, uint256.NewInt(n+1))
	above.Sub(&above, &below) // ascending: the ranked sum is at least the mean one
	below.Mul(&sum, uint256.NewInt(n))
	g := vpool.ShareDown(vpool.NewAmount(vpool.Million), above, below)
	return types.PPM(g.Uint64())
}

// topShare is ⌊10⁶·(sum of the k largest)/sum⌋.
func topShare(ascending []types.Amount, k int) types.PPM {
	var sum, top types.Amount
	for i, x := range ascending {
		sum = sum.Add(x)
		if i >= len(ascending)-k {
			top = top.Add(x)
		}
	}
	if sum.IsZero() {
		return 0
	}
	ppm, _ := share(types.NewAmount(vpool.Million), top, sum).Uint64()
	return types.PPM(ppm)
}
