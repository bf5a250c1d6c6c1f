package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// ErrHome is returned where another process uses the home.
var ErrHome = errors.New("another process uses this home")

// lock keeps a second process off one home: two signers with one key would
// convict each other.
type lock struct{ file *os.File }

func lockHome(home string) (*lock, error) {
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, fmt.Errorf("home: %w", err)
	}
	path := filepath.Join(home, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("home: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%w: %s is locked; stop the other process or choose another --home", ErrHome, path)
	}
	return &lock{f}, nil
}

func (l *lock) release() { _ = l.file.Close() }
