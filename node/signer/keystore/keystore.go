package keystore

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"probity/chain/keys"
	"probity/chain/types"
)

// The files of a keystore.
const (
	File   = "node.age"  // the encrypted seeds
	Header = "keys.json" // their public parts
)

// Role is what a key is for.
type Role string

// The roles. Each has exactly one active key.
const (
	Account   Role = "account"   // signs the operator's transactions; its address holds the $ and REP
	Consensus Role = "consensus" // signs votes and proposals
	Network   Role = "network"   // the node's libp2p identity
	Beacon    Role = "beacon"    // the secret that an epoch's salts derive from; has no public part
)

// Roles lists all roles in the order in which they are shown.
var Roles = []Role{Account, Consensus, Network, Beacon}

// Valid reports whether r is one of Roles.
func (r Role) Valid() bool {
	for _, known := range Roles {
		if r == known {
			return true
		}
	}
	return false
}

// Standing is how far a key is in its life.
type Standing string

// The standings of a key.
const (
	Active  Standing = "active"  // in use
	Next    Standing = "next"    // made by Rotate, in use after Activate
	Retired Standing = "retired" // kept, not used
)

// Public is what may be known of a key.
type Public struct {
	Role     Role            `json:"role"`
	Standing Standing        `json:"standing"`
	Key      *keys.PublicKey `json:"key,omitempty"`     // none for the beacon's secret
	Address  *keys.Address   `json:"address,omitempty"` // of an account
	Created  time.Time       `json:"created"`
}

// entry is one key as the encrypted file holds it.
type entry struct {
	Role     Role        `json:"role"`
	Standing Standing    `json:"standing"`
	Seed     types.Bytes `json:"seed"`
	Created  time.Time   `json:"created"`
}

func (e *entry) seed() (s [32]byte) {
	copy(s[:], e.Seed)
	return s
}

func (e *entry) public() Public {
	p := Public{Role: e.Role, Standing: e.Standing, Created: e.Created}
	if e.Role == Beacon {
		return p
	}
	key := keys.FromSeed(e.seed()).Public()
	p.Key = &key
	if e.Role == Account {
		addr := key.Address()
		p.Address = &addr
	}
	return p
}

// content is the plaintext of the encrypted file.
type content struct {
	Version int     `json:"version"`
	Keys    []entry `json:"keys"`
}

// Options tell how to write a keystore.
type Options struct {
	// LogN is the scrypt work factor as a power of two; 0 is WorkDefault. It is
	// the price of one guess of the passphrase.
	LogN int
}

// Work factors. WorkCheap is for networks whose keys guard nothing: tests and
// the local testnet.
const (
	WorkDefault = 18
	WorkCheap   = 8
)

// Store is an opened keystore.
type Store struct {
	dir        string
	passphrase string
	logN       int
	content    content
}

// Create makes a keystore with a fresh key of every role. dir is created where
// it is missing; ErrExists where it holds a keystore.
func Create(dir, passphrase string, o Options) (*Store, error) {
	s := &Store{dir: dir, passphrase: passphrase, logN: o.LogN, content: content{Version: 1}}
	for _, role := range Roles {
		e, err := fresh(role, Active)
		if err != nil {
			return nil, err
		}
		s.content.Keys = append(s.content.Keys, e)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create keystore: %w", err)
	}
	sealed, err := s.seal()
	if err != nil {
		return nil, err
	}
	if err := writeNew(s.path(), sealed); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("%s: %w", s.path(), ErrExists)
		}
		return nil, fmt.Errorf("create keystore: %w", err)
	}
	return s, s.writeHeader()
}

// Open decrypts the keystore of dir. A list of public parts that a crash left
// behind the keystore is brought up to date.
func Open(dir, passphrase string) (*Store, error) {
	s := &Store{dir: dir, passphrase: passphrase}
	sealed, err := os.ReadFile(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", s.path(), ErrMissing)
	}
	if err != nil {
		return nil, fmt.Errorf("open keystore: %w", err)
	}
	plain, logN, err := open(sealed, passphrase)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.path(), err)
	}
	s.logN = logN
	if err := json.Unmarshal(plain, &s.content); err != nil || s.check() != nil {
		return nil, fmt.Errorf("%s: %w", s.path(), ErrDamaged)
	}
	return s, s.writeHeader()
}

// List reads the public parts of the keys of dir; it needs no passphrase.
func List(dir string) ([]Public, error) {
	path := filepath.Join(dir, Header)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", path, ErrMissing)
	}
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	var out []Public
	if err := json.Unmarshal(b, &out); err != nil {
		return nil, fmt.Errorf("%s: %w", path, ErrDamaged)
	}
	return out, nil
}

// Exists reports whether dir holds a keystore.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, File))
	return err == nil
}

// Seed is the seed of a role's active key.
func (s *Store) Seed(role Role) [32]byte {
	i := s.find(role, Active)
	return s.content.Keys[i].seed()
}

// Key is the active key of a role.
func (s *Store) Key(role Role) keys.PrivateKey { return keys.FromSeed(s.Seed(role)) }

// Next is the key that Rotate made and Activate has not taken up yet.
func (s *Store) Next(role Role) (keys.PrivateKey, bool) {
	if i := s.find(role, Next); i >= 0 {
		return keys.FromSeed(s.content.Keys[i].seed()), true
	}
	return keys.PrivateKey{}, false
}

// Keys lists the public parts of all keys.
func (s *Store) Keys() []Public {
	out := make([]Public, len(s.content.Keys))
	for i := range s.content.Keys {
		out[i] = s.content.Keys[i].public()
	}
	return out
}

// Rotate makes a new key of a role and keeps it beside the active one. One that
// waits already is answered again, so that a repeated call changes nothing.
func (s *Store) Rotate(role Role) (Public, error) {
	if !role.Valid() {
		return Public{}, fmt.Errorf("%w: %q", ErrRole, role)
	}
	if i := s.find(role, Next); i >= 0 {
		return s.content.Keys[i].public(), nil
	}
	e, err := fresh(role, Next)
	if err != nil {
		return Public{}, err
	}
	return e.public(), s.replace(append(s.copy(), e))
}

// Activate puts the key in use that Rotate made; the active one is retired.
func (s *Store) Activate(role Role) (Public, error) {
	next := s.find(role, Next)
	if next < 0 {
		return Public{}, fmt.Errorf("%w: no %s key waits: rotate first", ErrRole, role)
	}
	all := s.copy()
	all[s.find(role, Active)].Standing = Retired
	all[next].Standing = Active
	return all[next].public(), s.replace(all)
}

// find is the place of a role's key with a standing, or −1. Retired keys have
// no order, so they are not looked for.
func (s *Store) find(role Role, at Standing) int {
	for i := range s.content.Keys {
		if s.content.Keys[i].Role == role && s.content.Keys[i].Standing == at {
			return i
		}
	}
	return -1
}

func (s *Store) path() string { return filepath.Join(s.dir, File) }

func (s *Store) copy() []entry { return append([]entry(nil), s.content.Keys...) }

// check refuses a content in which a role has no key, or two in use.
func (s *Store) check() error {
	if s.content.Version != 1 {
		return ErrDamaged
	}
	count := map[string]int{}
	for _, e := range s.content.Keys {
		known := e.Standing == Active || e.Standing == Next || e.Standing == Retired
		if !e.Role.Valid() || len(e.Seed) != 32 || !known {
			return ErrDamaged
		}
		count[string(e.Role)+"/"+string(e.Standing)]++
	}
	for _, role := range Roles {
		if count[string(role)+"/active"] != 1 || count[string(role)+"/next"] > 1 {
			return ErrDamaged
		}
	}
	return nil
}

// replace writes the keystore with other keys, first on the disk, then here.
func (s *Store) replace(all []entry) error {
	next := *s
	next.content.Keys = all
	if err := next.check(); err != nil {
		return err
	}
	sealed, err := next.seal()
	if err != nil {
		return err
	}
	if err := writeOver(s.path(), sealed); err != nil {
		return fmt.Errorf("write keystore: %w", err)
	}
	s.content = next.content
	return s.writeHeader()
}

func (s *Store) seal() ([]byte, error) {
	plain, err := json.Marshal(s.content)
	if err != nil {
		return nil, fmt.Errorf("write keystore: %w", err)
	}
	return seal(plain, s.passphrase, s.logN)
}

// writeHeader writes the public parts unless they stand there already.
func (s *Store) writeHeader() error {
	b, err := json.MarshalIndent(s.Keys(), "", "  ")
	if err != nil {
		return fmt.Errorf("write public keys: %w", err)
	}
	b = append(b, '\n')
	path := filepath.Join(s.dir, Header)
	if old, err := os.ReadFile(path); err == nil && string(old) == string(b) {
		return nil
	}
	if err := writeOver(path, b); err != nil {
		return fmt.Errorf("write public keys: %w", err)
	}
	return nil
}

// fresh draws a key.
func fresh(role Role, at Standing) (entry, error) {
	seed := make([]byte, 32)
	if _, err := rand.Read(seed); err != nil {
		return entry{}, fmt.Errorf("draw a key: %w", err)
	}
	return entry{Role: role, Standing: at, Seed: seed, Created: time.Now().UTC().Truncate(time.Second)}, nil
}
