package escrow

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"probity/chain/keys"
)

var rewrite = flag.Bool("rewrite", false, "write testdata/vectors.txt anew")

// readVectors gives the words of each line that is neither empty nor a comment.
func readVectors(t *testing.T, path string, f func([]string)) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if words := strings.Fields(line); len(words) > 0 && words[0] != "#" {
			f(words)
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

// Goal: every byte of the scheme is pinned: a change here is a change of the
// protocol. Method: for several sizes and seeds, the hash of the keys, of their
// proof, of the dealing, the reveal's K_0 and whole hash, the lowest shares'
// hash and the salt, compared with the file.
func TestConformance(t *testing.T) {
	var out bytes.Buffer
	out.WriteString("# Conformance of the escrow, one case a line: suite, tickets, seed byte, then hashes\n" +
		"# (BLAKE3) of public keys, proof of possession, dealing, reveal, the shares of all\n" +
		"# tickets in order, and last the salt itself. Secret i is NewSecret(seed, i); the\n" +
		"# place is Bound = H(\"bound\"), Epoch 3, ASC = H(\"asc\"), Salt 1, Roster = H(\"roster\");\n" +
		"# the context of possession is \"context\"; the dealer's seed is 32 times the seed byte + 1.\n\n")
	for _, s := range []struct {
		name  string
		suite Suite
	}{{"dhpvss", DHPVSS}, {"ideal", Ideal{}}} {
		for _, tickets := range []int{1, 2, 3, 4, 6, 43} {
			for seed := range byte(2) {
				fmt.Fprintf(&out, "%s %d %d %s\n", s.name, tickets, seed, conformance(t, s.suite, tickets, seed))
			}
		}
	}
	const path = "testdata/vectors.txt"
	if *rewrite {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Fatalf("the scheme gives other bytes:\n%s", out.Bytes())
	}
}

func conformance(t *testing.T, suite Suite, tickets int, seed byte) string {
	var secrets []Secret
	var public [][]byte
	for i := range tickets {
		secrets = append(secrets, NewSecret([32]byte(bytes.Repeat([]byte{seed}, 32)), uint32(i)))
		public = append(public, suite.Public(secrets[i]))
	}
	p, err := suite.Panel(public)
	if err != nil {
		t.Fatal(err)
	}
	at := Place{Bound: keys.Sum([]byte("bound")), Epoch: 3, ASC: keys.Sum([]byte("asc")), Salt: 1, Roster: keys.Sum([]byte("roster"))}
	dealer := [32]byte(bytes.Repeat([]byte{seed + 1}, 32))
	dealing := suite.Deal(p, at, dealer)
	reveal := suite.Reveal(at, dealer, dealing)
	salt, err := suite.Open(at, dealing, reveal)
	if err != nil {
		t.Fatal(err)
	}
	var shares []byte
	for i := range tickets {
		s := suite.Share(at, dealing, uint32(i), secrets[i])
		shares = append(shares, s.Proof[:]...)
	}
	line := make([]string, 0, 6)
	for _, b := range [][]byte{bytes.Join(public, nil), suite.Possess(secrets, []byte("context")), dealing, reveal, shares} {
		h := keys.Sum(b)
		line = append(line, hex.EncodeToString(h[:]))
	}
	return strings.Join(append(line, hex.EncodeToString(salt[:])), " ")
}
