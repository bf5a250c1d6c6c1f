package route

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/types"
)

// Goal: the text of an attribute is what fmt makes of it: it is stored, and two
// programs must store the same. Method: drawn values of every type that EmitAs
// keeps as it is.
func TestAttributeText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64().Draw(t, "number")
		var h keys.Hash
		copy(h[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash"))
		for _, v := range []any{
			rapid.String().Draw(t, "text"), keys.Address(h[:20]), h, types.NewAmount(n), types.Whole(n), types.Height(n), types.Epoch(n),
			types.View(n), types.Weight(n), types.PPM(n), n, uint32(n), uint16(n), uint8(n), int(n), n&1 == 0,
		} {
			if got, want := text(v), fmt.Sprint(v); got != want {
				t.Fatalf("%T: %q, want %q", v, got, want)
			}
		}
	})
}
