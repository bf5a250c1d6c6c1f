package pac

import (
	"fmt"
	"testing"

	"probity/cmd/watchtower/internal/num"
)

func owners(v ...uint64) (out []Owner) {
	for i := 0; i < len(v); i += 2 {
		out = append(out, Owner{num.U(v[i]), num.U(v[i+1])})
	}
	return out
}

// Goal: what is minted is that of the pages. Method: the figures of contribution
// §6, to the unit.
func TestVectors(t *testing.T) {
	growth := uint64(100_000)
	for _, c := range []struct {
		name  string
		mode  int
		in    []Owner
		grow  *uint64
		total string
		extra string
	}{
		{"G16 minimal", Minimal, owners(60e6, 55, 40e6, 45), nil, "109090910", "[1 9090909]"},
		{"G16 published", Published, owners(60e6, 55, 40e6, 45), nil, "133333334", "[13333334 20000000]"},
		{"G16 again", Published, owners(73_333_333, 55, 60_000_000, 45), nil, "162962963", ""},
		{"zero target", Minimal, owners(500, 999, 500, 1), nil, "500000", ""},
		{"growth", Minimal, owners(50, 999, 50, 1), &growth, "110", "[10 0]"},
		{"first run", Minimal, owners(0, 1, 0, 2, 7, 0), nil, "1000", "[333 667 0]"},
		{"nobody", Minimal, owners(5, 0), nil, "0", "[0]"},
	} {
		r, err := Mint(c.mode, c.in, num.U(1000), c.grow)
		if err != nil || r.Total.String() != c.total || c.extra != "" && fmt.Sprint(r.Extra) != c.extra {
			t.Errorf("%s: total %v, extra %v, %v", c.name, r.Total, r.Extra, err)
		}
	}
}
