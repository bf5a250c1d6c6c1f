package keystore

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"filippo.io/age/armor"
)

// Export gives the active key of a role, encrypted under a passphrase of its
// own, as armored text (age) that Import reads.
func (s *Store) Export(role Role, passphrase string) ([]byte, error) {
	i := s.find(role, Active)
	if i < 0 {
		return nil, fmt.Errorf("%w: %q", ErrRole, role)
	}
	plain, err := json.Marshal(content{Version: 1, Keys: s.content.Keys[i : i+1]})
	if err != nil {
		return nil, fmt.Errorf("export key: %w", err)
	}
	sealed, err := seal(plain, passphrase, s.logN)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w := armor.NewWriter(&out)
	if _, err := w.Write(sealed); err != nil {
		return nil, fmt.Errorf("export key: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("export key: %w", err)
	}
	return append(out.Bytes(), '\n'), nil
}

// exportBytes bounds the text that Import reads.
const exportBytes = 64 << 10

// Import takes up a key that Export gave. It becomes the active one of its role
// and the one before it is kept as retired.
func (s *Store) Import(text io.Reader, passphrase string) (Public, error) {
	sealed, err := io.ReadAll(armor.NewReader(io.LimitReader(text, exportBytes)))
	if err != nil {
		return Public{}, fmt.Errorf("import key: not an exported key: %w", err)
	}
	plain, _, err := open(sealed, passphrase)
	if err != nil {
		return Public{}, fmt.Errorf("import key: %w", err)
	}
	var in content
	if json.Unmarshal(plain, &in) != nil || len(in.Keys) != 1 || !in.Keys[0].Role.Valid() || len(in.Keys[0].Seed) != 32 {
		return Public{}, fmt.Errorf("import key: not an exported key: %w", ErrDamaged)
	}
	e := in.Keys[0]
	all := s.copy()
	for i := range all {
		if all[i].Role == e.Role && all[i].seed() == e.seed() {
			return Public{}, fmt.Errorf("import key: %s: %w", e.Role, ErrHeld)
		}
		if all[i].Role == e.Role && all[i].Standing == Active {
			all[i].Standing = Retired
		}
	}
	e.Standing = Active
	return e.public(), s.replace(append(all, e))
}
