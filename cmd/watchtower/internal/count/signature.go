package count

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"strings"

	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"

	"probity/cmd/watchtower/internal/count/git"
	"probity/cmd/watchtower/internal/wire"
)

// signed takes the signature out of a commit (§7.6): what it is over, and its
// text. ok is false where there is none, or more than one.
func signed(commit []byte) (payload []byte, text string, ok bool) {
	head, rest := commit, []byte(nil)
	if i := bytes.Index(commit, []byte("\n\n")); i >= 0 {
		head, rest = commit[:i+1], commit[i+1:]
	}
	var sig []string
	found, out, mine := 0, false, false
	for _, line := range bytes.SplitAfter(head, []byte{'\n'}) {
		switch {
		case bytes.HasPrefix(line, []byte("gpgsig")):
			out = true
			value, is := bytes.CutPrefix(line, []byte("gpgsig "))
			if mine = is; is {
				found++
				sig = append(sig, string(value))
			}
		case out && bytes.HasPrefix(line, []byte{' '}):
			if mine {
				sig = append(sig, string(line[1:]))
			}
		default:
			out, mine = false, false
			payload = append(payload, line...)
		}
	}
	return append(payload, rest...), strings.Join(sig, ""), found == 1
}

// fields cuts strings with their lengths before them; nil where there are not so
// many, or more.
func fields(b []byte, n int) (out [][]byte) {
	for range n {
		if len(b) < 4 || uint64(len(b)-4) < uint64(binary.BigEndian.Uint32(b)) {
			return nil
		}
		size := int(binary.BigEndian.Uint32(b))
		out, b = append(out, b[4:4+size]), b[4+size:]
	}
	if len(b) > 0 {
		return nil
	}
	return out
}

const (
	sshBegin = "-----BEGIN SSH SIGNATURE-----"
	sshEnd   = "-----END SSH SIGNATURE-----"
	sshMagic = "SSHSIG"
	sshKey   = "ssh-ed25519"
	sshSpace = "git"
)

// zip215 are the rules of wire §2.
var zip215 = &ed25519.Options{Verify: ed25519.VerifyOptionsZIP_215}

// signer is the key that a commit is signed by.
func signer(commit []byte) (key wire.Key, ok bool) {
	payload, text, ok := signed(commit)
	text = strings.Trim(text, "\n")
	body, begins := strings.CutPrefix(text, sshBegin+"\n")
	body, ends := strings.CutSuffix(body, "\n"+sshEnd)
	if !ok || !begins || !ends {
		return key, false
	}
	blob, err := base64.StdEncoding.Strict().DecodeString(strings.ReplaceAll(body, "\n", ""))
	if err != nil || !bytes.HasPrefix(blob, []byte(sshMagic+"\x00\x00\x00\x01")) {
		return key, false
	}
	f := fields(blob[len(sshMagic)+4:], 5) // key, namespace, reserved, hash, signature
	if f == nil {
		return key, false
	}
	pub, sig := fields(f[0], 2), fields(f[4], 2)
	if pub == nil || sig == nil || string(pub[0]) != sshKey || string(sig[0]) != sshKey ||
		len(pub[1]) != len(key) || len(sig[1]) != ed25519.SignatureSize || string(f[1]) != sshSpace {
		return key, false
	}
	var digest []byte
	switch string(f[3]) {
	case "sha512":
		h := sha512.Sum512(payload)
		digest = h[:]
	case "sha256":
		h := sha256.Sum256(payload)
		digest = h[:]
	default:
		return key, false
	}
	message := []byte(sshMagic)
	for _, s := range [][]byte{f[1], f[2], f[3], digest} {
		message = append(binary.BigEndian.AppendUint32(message, uint32(len(s))), s...)
	}
	if !ed25519.VerifyWithOptions(pub[1], message, sig[1], zip215) {
		return key, false
	}
	copy(key[:], pub[1])
	return key, true
}

// voice is the key by which an identity speaks; some is false where it has none.
type voice struct {
	key  wire.Key
	some bool
}

// voices says by which key identities speak (§7.6).
type voices struct {
	store *git.Store
	h     *history
	earns map[string]map[int]uint64 // by identity: what its own commits earn it
	known map[string]voice
	by    map[int]voice // who signed a commit
}

// of is the voice of an identity.
func (v *voices) of(identity string) (out voice, err error) {
	if out, ok := v.known[identity]; ok {
		return out, nil
	}
	sums := map[wire.Key]uint64{}
	var without uint64
	for c, n := range v.earns[identity] {
		by, err := v.signer(c)
		if err != nil {
			return out, err
		}
		if by.some {
			sums[by.key] += n
		} else {
			without += n
		}
	}
	for k, n := range sums { // the greatest, of equal ones the least key: in any order
		if n < without || n == 0 {
			continue
		}
		if best := sums[out.key]; !out.some || n > best || n == best && bytes.Compare(k[:], out.key[:]) < 0 {
			out = voice{k, true}
		}
	}
	v.known[identity] = out
	return out, nil
}

func (v *voices) signer(commit int) (voice, error) {
	if out, ok := v.by[commit]; ok {
		return out, nil
	}
	raw, err := v.store.Get(v.h.commits[commit].id, "commit")
	if err != nil {
		return voice{}, err
	}
	k, ok := signer(raw)
	v.by[commit] = voice{k, ok}
	return v.by[commit], nil
}

// speaks reports whether a commit may name addresses of an identity.
func (v *voices) speaks(identity string, commit int) (bool, error) {
	want, err := v.of(identity)
	if err != nil || !want.some {
		return err == nil, err
	}
	by, err := v.signer(commit)
	return by == want, err
}
