package keystore

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// EnvPassphrase is the environment variable that a passphrase is taken from.
const EnvPassphrase = "PROBITY_PASSPHRASE"

// Source tells where a passphrase comes from. The first that is given counts:
// the file descriptor, the file, the environment variable Env, the prompt.
type Source struct {
	FD     int    // a descriptor to read from, above 0
	File   string // a file; its last line end is not part of the passphrase
	Env    string // the name of a variable; "" for EnvPassphrase
	Prompt func(question string) (string, error)
}

// ErrNoPassphrase says that no place to take a passphrase from was given.
var ErrNoPassphrase = errors.New("no passphrase was given")

// passphraseBytes bounds what is read of a file or descriptor.
const passphraseBytes = 4096

// Read takes the passphrase. Where it is typed and confirm is set, it is asked
// for twice.
func (s Source) Read(question string, confirm bool) (string, error) {
	switch {
	case s.FD > 0:
		f := os.NewFile(uintptr(s.FD), "passphrase")
		if f == nil {
			return "", fmt.Errorf("passphrase from descriptor %d: not open", s.FD)
		}
		return readLine(f, fmt.Sprintf("descriptor %d", s.FD))
	case s.File != "":
		f, err := os.Open(s.File)
		if err != nil {
			return "", fmt.Errorf("passphrase: %w", err)
		}
		return readLine(f, s.File)
	}
	name := s.Env
	if name == "" {
		name = EnvPassphrase
	}
	if v, ok := os.LookupEnv(name); ok {
		return notEmpty(v, name)
	}
	if s.Prompt == nil {
		return "", ErrNoPassphrase
	}
	v, err := s.Prompt(question)
	if err != nil {
		return "", fmt.Errorf("passphrase: %w", err)
	}
	if confirm {
		again, err := s.Prompt("again, to be sure")
		if err != nil {
			return "", fmt.Errorf("passphrase: %w", err)
		}
		if again != v {
			return "", errors.New("the two passphrases differ")
		}
	}
	return notEmpty(v, "prompt")
}

func readLine(f *os.File, where string) (string, error) {
	b, err := io.ReadAll(io.LimitReader(f, passphraseBytes+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("passphrase from %s: %w", where, err)
	}
	if len(b) > passphraseBytes {
		return "", fmt.Errorf("passphrase from %s: more than %d bytes", where, passphraseBytes)
	}
	return notEmpty(strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r"), where)
}

func notEmpty(v, where string) (string, error) {
	if v == "" {
		return "", fmt.Errorf("%s: %w", where, ErrEmpty)
	}
	return v, nil
}
