package exec_test

import (
	"testing"

	"probity/chain/exec"
)

// Goal: two genesis files with one hash have one law. Method: a section given
// twice; only the last counts, for the hash and for the law.
func TestRepeatedSection(t *testing.T) {
	parse := func(params string) *exec.Genesis {
		g, err := exec.ParseGenesis([]byte(`{"chain":"c","time":1,"protocol":1,"routes":{},` + params + `}`))
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	twice := parse(`"params":{"fees.base_min":5},"params":{"fees.burn_ppm":7}`)
	once := parse(`"params":{"fees.burn_ppm":7}`)
	if twice.Hash() != once.Hash() || len(twice.Params) != len(once.Params) {
		t.Fatalf("hashes %s and %s, %d and %d parameters", twice.Hash(), once.Hash(), len(twice.Params), len(once.Params))
	}
}
