package oracle_test

import (
	"encoding/hex"
	"testing"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route/oracle"
	"probity/chain/types"
)

// Goal: what is submitted about epochs is, byte for byte, what docs/spec/oracle.md
// §5 says. Method: its vectors.
func TestOF8_EpochVectors(t *testing.T) {
	for name, pair := range map[string][2]string{
		"subject": {oracle.EpochSubject(258).String(), "0x0000000000000000000000000000000000000000000000000000000000000102"},
		"state":   {oracle.StateHash(258, keys.Sum([]byte("root"))).String(), "0x8c587e09932f1c7cfae629d277eb4fce2e45c0ba510eaec20c193778fd37f326"},
		"leaf": {hex.EncodeToString(codec.MustMarshal(oracle.SalaryLeaf{
			Address: keys.IdentityAddress("x"), Book: 1, Amount: types.NewAmount(300),
		})), "835436a9b3eea1d85b1c1cf8a24a9d2105a2ae8b9fc50142012c"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %s, want %s", name, pair[0], pair[1])
		}
	}
}
