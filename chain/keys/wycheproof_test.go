package keys_test

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"probity/chain/keys"
)

// zip215Differs lists the vectors whose verdict ZIP-215 changes on purpose, by
// test id. ZIP-215 is looser than RFC 8032 only for encodings of points that
// are not canonical and for points of small order; the file holds no vector of
// either kind that a strict verifier must refuse, so the list is empty and the
// test fails should a later version of the file add one.
var zip215Differs = map[int]bool{}

// Goal: signatures made or damaged by others are judged as published.
// Method: every Wycheproof ed25519 vector (github.com/C2SP/wycheproof,
// testvectors_v1, Apache-2.0, see testdata/LICENSE.wycheproof), single and in
// a batch that also holds good signatures.
func TestWycheproof(t *testing.T) {
	raw, err := os.ReadFile("testdata/wycheproof_ed25519.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		NumberOfTests int
		TestGroups    []struct {
			PublicKey struct{ Pk string }
			Tests     []struct {
				TcID                      int
				Comment, Msg, Sig, Result string
			}
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	good := make([]keys.Signed, keys.BatchMin)
	for i := range good {
		key := keys.FromSeed([32]byte{byte(i)})
		good[i] = keys.Signed{Key: key.Public(), Message: []byte{1}, Signature: key.Sign([]byte{1})}
	}
	seen, differs := 0, 0
	for _, g := range file.TestGroups {
		var item keys.Signed
		copy(item.Key[:], unhex(t, g.PublicKey.Pk))
		for _, tc := range g.Tests {
			seen++
			want := tc.Result == "valid"
			sig := unhex(t, tc.Sig)
			if len(sig) != len(item.Signature) {
				// The type admits 64 bytes only: a signature of another length
				// ends in the decoder.
				if want {
					t.Errorf("%d (%s): valid with %d bytes", tc.TcID, tc.Comment, len(sig))
				}
				continue
			}
			copy(item.Signature[:], sig)
			item.Message = unhex(t, tc.Msg)
			if zip215Differs[tc.TcID] {
				want, differs = !want, differs+1
			}
			if got := keys.Verify(item); got != want {
				t.Errorf("%d (%s): single says %v", tc.TcID, tc.Comment, got)
			}
			if got := keys.VerifyBatch(append([]keys.Signed{item}, good...), rand.Reader); got[0] != want || !got[1] {
				t.Errorf("%d (%s): batch says %v", tc.TcID, tc.Comment, got)
			}
		}
	}
	if seen != file.NumberOfTests || seen < 100 || differs != len(zip215Differs) {
		t.Fatalf("%d vectors seen of %d, %d of %d differences", seen, file.NumberOfTests, differs, len(zip215Differs))
	}
}

// Goal: the differences of ZIP-215 from RFC 8032 that we rely on are really
// there. Method: its published example: the identity, in a non-canonical
// encoding too, as key and as R with S = 0, is accepted whatever the message.
func TestZIP215Rule(t *testing.T) {
	canonical := [32]byte{1}
	other := [32]byte{0xee} // y = p + 1: the same point, another encoding
	for i := 1; i < 31; i++ {
		other[i] = 0xff
	}
	other[31] = 0x7f
	for _, a := range [][32]byte{canonical, other} {
		for _, r := range [][32]byte{canonical, other} {
			item := keys.Signed{Key: a, Message: []byte("any")}
			copy(item.Signature[:32], r[:])
			if !keys.Verify(item) {
				t.Errorf("A %x, R %x: single refuses", a[:2], r[:2])
			}
			for i, ok := range keys.VerifyBatch([]keys.Signed{item, item, item, item}, rand.Reader) {
				if !ok {
					t.Errorf("A %x, R %x: batch refuses %d", a[:2], r[:2], i)
				}
			}
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
