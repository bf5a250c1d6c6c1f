package contrib

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"probity/chain/keys"
	"probity/node/contrib/fixture"
)

// by are signers of commits.
var by = []fixture.Signer{fixture.SSH([32]byte{1}), fixture.SSH([32]byte{2})}

// Goal: a link is not won by a forged e-mail address: who speaks by a key can be
// named by commits of that key alone (A-G4). Method: Ada signs most of what earns her points, or less than
// half, or nothing; Mallory commits lines under her address, unsigned, signed by
// another key, and with more signed lines than Ada has.
func TestAG4_ForgedAuthorsNameNoAddress(t *testing.T) {
	for _, c := range []struct {
		name                     string
		signed, unsigned, forged int // Ada's lines by her key and without one, and Mallory's as Ada
		link                     fixture.Signer
		want                     LinkStatus
	}{
		{"her own key", 3, 1, 1, by[0], LinkVerified},
		{"no key", 3, 1, 1, nil, LinkOtherKey},
		{"another key", 3, 1, 1, by[1], LinkOtherKey},
		{"as many without a key", 2, 2, 0, nil, LinkOtherKey},
		{"more without a key", 2, 3, 0, nil, LinkVerified},
		{"nothing signed, another key", 0, 3, 0, by[1], LinkVerified},
		{"nothing signed but a line of Mallory's", 0, 3, 1, nil, LinkVerified},
		{"Mallory wrote most of it", 2, 1, 3, by[1], LinkVerified},
	} {
		m := fixture.New()
		var head []ID
		add := func(file string, n int, sign fixture.Signer) {
			if n > 0 {
				head = []ID{m.Commit(fixture.Commit{Author: ada, Parents: head, Files: map[string]string{file: linesOf(n, "x# = 1")}, Sign: sign})}
			}
		}
		add("unsigned.go", c.unsigned, nil)
		add("signed.go", c.signed, by[0])
		add("forged.go", c.forged, by[1])
		m.Commit(fixture.Commit{Author: ada, Parents: head, Files: map[string]string{linksFile: signed("ada@example.org", 9) + "\n"}, Sign: c.link})
		links := counted(t, m, DefaultRules()).Links
		if len(links) != 1 || links[0].Status != c.want {
			t.Errorf("%s: %+v, want %s", c.name, links, c.want)
		}
	}
}

// Goal: signatures are those of git. Method: a commit that the git program
// signed with a key of ssh-keygen, and the same commit with each part of it changed.
func TestCommitSignaturesOfGit(t *testing.T) {
	for _, tool := range []string{"git", "ssh-keygen"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool, " is not installed: ", err)
		}
	}
	dir := t.TempDir()
	key := filepath.Join(dir, "key")
	run := func(name string, args ...string) string {
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), "HOME="+dir, "GIT_CONFIG_NOSYSTEM=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v: %s", name, args, err, out)
		}
		return string(out)
	}
	run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
	repo := filepath.Join(dir, "repo")
	run("git", "init", "-q", repo)
	run("git", "-C", repo, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "gpg.format=ssh", "-c", "user.signingkey="+key,
		"commit", "-q", "-S", "--allow-empty", "-m", "signed", "-m", "text")
	r, err := Open(repo)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	head, err := r.Resolve("HEAD")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := r.raw(head)
	if err != nil {
		t.Fatal(err)
	}
	if k, err := commitSigner(raw); err != nil || k == (keys.PublicKey{}) {
		t.Fatalf("%s: %v", raw, err)
	}
	commit := string(raw)
	for name, other := range map[string]string{
		"message":       strings.Replace(commit, "text", "next", 1),
		"author":        strings.Replace(commit, "ada@", "eve@", 1),
		"signature":     strings.Replace(commit, "\n AAAA", "\n AAAB", 1),
		"two":           strings.Replace(commit, "gpgsig ", "gpgsig x\ngpgsig ", 1),
		"other kind":    strings.ReplaceAll(commit, "SSH SIGNATURE", "PGP SIGNATURE"),
		"other version": strings.Replace(commit, "U1NIU0lHAAAAA", "U1NIU0lHAAAAB", 1),
		"no end":        strings.Replace(commit, "-----END", "----END", 1),
		"nothing":       "",
	} {
		if other == commit && name != "signature" {
			t.Fatalf("%s changes nothing: %s", name, commit)
		}
		if k, err := commitSigner([]byte(other)); err == nil && other != commit {
			t.Errorf("%s: %s", name, k)
		}
	}
	more := strings.Replace(commit, "gpgsig ", "gpgsig-sha256 x\n y\ngpgsig ", 1)
	if _, err := commitSigner([]byte(more)); err != nil {
		t.Errorf("beside a signature of another kind: %v", err)
	}
}

// FuzzCommitSigner: whatever a commit holds, it is read to its end and nothing
// but a signature has a key. Method: bytes around a commit that is signed.
func FuzzCommitSigner(f *testing.F) {
	payload := "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@b> 1 +0000\n"
	text := strings.ReplaceAll(strings.TrimSuffix(by[0]([]byte(payload+"\nm")), "\n"), "\n", "\n ")
	f.Add([]byte(payload + "gpgsig " + text + "\n\nm"))
	f.Add([]byte("gpgsig \n\n"))
	f.Add([]byte{})
	want, err := commitSigner([]byte(payload + "gpgsig " + text + "\n\nm"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if k, err := commitSigner(raw); err == nil && k != want {
			t.Errorf("%q is signed by %s", raw, k)
		}
	})
}
