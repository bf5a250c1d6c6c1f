package law

import (
	"encoding/hex"
	"testing"

	"probity/cmd/watchtower/internal/wire"
)

// Goal: genesis and draft hash are those of the specification. Method: the
// example of execution §6, and files that have no canonical form.
func TestHashes(t *testing.T) {
	file := `{"protocol":1,"chain":"x","routes":{"availability":
      {"bench":[{"signature":"0x00","account":"q\"\u00e9\n"}]}}}`
	g, d, err := Hashes([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if hex.EncodeToString(g[:]) != "3f72d272a52514197954b8f7af2f67a4438203bdb0d4f1aed34e8a9faf150da0" {
		t.Errorf("genesis hash %x", g)
	}
	if hex.EncodeToString(d[:]) != "1bb4ff511c92b52b1e9b11d598bce70ac7d72693ae93f34383f0d3ee949bca05" {
		t.Errorf("draft hash %x", d)
	}
	for _, bad := range []string{`{"a":1,"a":2}`, `{"a":01}`, `{"a":1.0}`, `{"a":-1}`, `{"a":1e3}`, `{"a":18446744073709551616}`, `{} {}`} {
		if _, _, err := Hashes([]byte(bad)); err == nil {
			t.Errorf("%s has a hash", bad)
		}
	}
}

// Goal: addresses of the chain's own accounts are those of economy §1.
// Method: their text, there and back.
func TestAddresses(t *testing.T) {
	for want, a := range map[string]wire.Address{
		"prb18r38eqnkzs7gw42hamdvrm66vdrse8e0has6ak": treasury,
		"prb17ue6nsp9804l6xxfdtzxdxx9mnuhzhachekpgr": salaryPots[wREP],
		"prb1vz3fr80v2wy0x2uju4m02mvsa8qmf529rwwqc9": salaryPots[gREP],
		"prb15lxd0g02gnmfa87jh2n4q2t35cvrr7ckgqkknc": incinerator,
	} {
		if a.String() != want {
			t.Errorf("%s, want %s", a, want)
		}
		if back, err := wire.ParseAddress(want); err != nil || back != a {
			t.Errorf("%s reads as %v, %v", want, back, err)
		}
	}
	if _, err := wire.ParseAddress("prb18r38eqnkzs7gw42hamdvrm66vdrse8e0has6aq"); err == nil {
		t.Error("a wrong checksum is accepted")
	}
}
