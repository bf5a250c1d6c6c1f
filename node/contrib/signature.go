package contrib

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"probity/chain/keys"
)

// errUnsigned is returned for a commit without a signature that counts.
var errUnsigned = errors.New("no signature that counts")

// commitSigner is the key that a commit is signed by (spec §7.6): git's
// signatures in the format of SSH, with an ed25519 key. Others are none: a count
// must not depend on a keyring.
func commitSigner(raw []byte) (keys.PublicKey, error) {
	payload, text, err := splitSignature(raw)
	if err != nil {
		return keys.PublicKey{}, err
	}
	return verifySSH(payload, text)
}

// splitSignature takes the headers that begin with gpgsig, and the lines that
// continue them, out of a commit, and gives the value of the one gpgsig.
func splitSignature(raw []byte) (payload []byte, text string, err error) {
	head, message := raw, []byte(nil)
	if at := bytes.Index(raw, []byte("\n\n")); at >= 0 {
		head, message = raw[:at+1], raw[at+1:]
	}
	const key = "gpgsig"
	var values []string
	inside, ours := false, false
	for row := range bytes.Lines(head) {
		if row[0] == ' ' && inside {
			if ours {
				values[len(values)-1] += string(row[1:])
			}
			continue
		}
		inside, ours = bytes.HasPrefix(row, []byte(key)), bytes.HasPrefix(row, []byte(key+" "))
		if ours {
			values = append(values, string(row[len(key)+1:]))
		}
		if !inside {
			payload = append(payload, row...)
		}
	}
	if len(values) != 1 {
		return nil, "", errUnsigned
	}
	return append(payload, message...), values[0], nil
}

// The parts of a signature of SSH (PROTOCOL.sshsig).
const (
	sshHead      = "-----BEGIN SSH SIGNATURE-----\n"
	sshFoot      = "\n-----END SSH SIGNATURE-----"
	sshMagic     = "SSHSIG"
	sshVersion   = 1
	sshNamespace = "git"
	sshEd25519   = "ssh-ed25519"
)

// verifySSH gives the key of a signature that holds over payload.
func verifySSH(payload []byte, text string) (key keys.PublicKey, err error) {
	text = strings.Trim(text, "\n")
	if !strings.HasPrefix(text, sshHead) || !strings.HasSuffix(text, sshFoot) || len(text) < len(sshHead)+len(sshFoot) {
		return key, errUnsigned
	}
	blob, err := base64.StdEncoding.Strict().DecodeString(strings.ReplaceAll(text[len(sshHead):len(text)-len(sshFoot)], "\n", ""))
	if err != nil {
		return key, fmt.Errorf("%w: %w", errUnsigned, err)
	}
	in := sshReader{b: blob}
	magic, version := string(in.take(len(sshMagic))), in.number()
	public := sshReader{b: in.string()}
	namespace, reserved, hash := in.string(), in.string(), in.string()
	signature := sshReader{b: in.string()}
	kind, pub := string(public.string()), public.string()
	signedBy, sig := string(signature.string()), signature.string()
	if in.bad() || public.bad() || signature.bad() || magic != sshMagic || version != sshVersion ||
		string(namespace) != sshNamespace || kind != sshEd25519 || signedBy != sshEd25519 || len(pub) != len(key) || len(sig) != len(keys.Signature{}) {
		return key, errUnsigned
	}
	var digest []byte
	switch string(hash) {
	case "sha512":
		sum := sha512.Sum512(payload)
		digest = sum[:]
	case "sha256":
		sum := sha256.Sum256(payload)
		digest = sum[:]
	default:
		return key, errUnsigned
	}
	if !keys.Verify(keys.Signed{Key: keys.PublicKey(pub), Message: sshMessage(namespace, reserved, hash, digest), Signature: keys.Signature(sig)}) {
		return key, errUnsigned
	}
	return keys.PublicKey(pub), nil
}

// sshMessage is what the key signs.
func sshMessage(parts ...[]byte) []byte {
	out := []byte(sshMagic)
	for _, p := range parts {
		out = binary.BigEndian.AppendUint32(out, uint32(len(p)))
		out = append(out, p...)
	}
	return out
}

// sshReader reads numbers and strings; after a mistake everything is empty.
type sshReader struct {
	b     []byte
	wrong bool
}

// bad reports whether something was missing, or is left.
func (r *sshReader) bad() bool { return r.wrong || len(r.b) > 0 }

func (r *sshReader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.wrong, r.b = true, nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *sshReader) number() int {
	if b := r.take(4); b != nil {
		return int(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (r *sshReader) string() []byte { return r.take(r.number()) }

// raw reads the bytes of a commit.
func (r *Repo) raw(id ID) ([]byte, error) {
	o, err := r.st.EncodedObject(plumbing.CommitObject, id)
	if err != nil {
		return nil, fmt.Errorf("read commit %s: %w", id, err)
	}
	in, err := o.Reader()
	if err != nil {
		return nil, fmt.Errorf("read commit %s: %w", id, err)
	}
	defer in.Close()
	return io.ReadAll(in)
}

// voices are the keys by which identities speak (spec §7.6).
type voices struct {
	repo    *Repo
	earned  map[Identity]map[ID]uint64 // by commit: the author's own part
	signers map[ID]*keys.PublicKey
	known   map[Identity]*keys.PublicKey
}

// of is the key whose commits earn an identity most; nil where commits without a
// signature earn it more than those of any key.
func (v *voices) of(identity Identity) (*keys.PublicKey, error) {
	if k, ok := v.known[identity]; ok {
		return k, nil
	}
	var unsigned uint64
	byKey := map[keys.PublicKey]uint64{}
	for id, n := range v.earned[identity] { // sums: order-free
		k, err := v.signer(id)
		if err != nil {
			return nil, err
		}
		if k == nil {
			unsigned += n
		} else {
			byKey[*k] += n
		}
	}
	var best *keys.PublicKey
	for k, n := range byKey { // a maximum with ties settled: order-free
		if n == 0 || n < unsigned {
			continue
		}
		if best == nil || n > byKey[*best] || n == byKey[*best] && bytes.Compare(k[:], best[:]) < 0 {
			best = &k
		}
	}
	v.known[identity] = best
	return best, nil
}

// signer is the key of a commit; nil without one.
func (v *voices) signer(id ID) (*keys.PublicKey, error) {
	if k, ok := v.signers[id]; ok {
		return k, nil
	}
	raw, err := v.repo.raw(id)
	if err != nil {
		return nil, err
	}
	v.signers[id] = nil
	if k, err := commitSigner(raw); err == nil {
		v.signers[id] = &k
	}
	return v.signers[id], nil
}

// foreign reports whether a commit names an address of an identity with another
// voice than that identity's.
func (v *voices) foreign(identity Identity, commit ID) (bool, error) {
	want, err := v.of(identity)
	if err != nil || want == nil {
		return false, err
	}
	by, err := v.signer(commit)
	return by == nil || *by != *want, err
}
