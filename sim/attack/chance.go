package attack

import (
	"encoding/binary"
	"math/rand/v2"

	"probity/chain/keys"
)

// chance is a stream of random numbers, named so that one stream's draws never
// shift another's.
func chance(label string, seed uint64, numbers ...uint64) *rand.Rand {
	return rand.New(rand.NewChaCha8(named(label, seed, numbers...)))
}

// named is a hash of a label and numbers: the model's unpredictable values.
func named(label string, seed uint64, numbers ...uint64) keys.Hash {
	b := make([]byte, 0, 96)
	b = append(b, "probity/attack/"...)
	b = append(b, label...)
	b = append(b, 0)
	b = binary.BigEndian.AppendUint64(b, seed)
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return keys.Sum(b)
}
