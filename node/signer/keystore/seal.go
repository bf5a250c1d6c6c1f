package keystore

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"filippo.io/age"
)

// seal encrypts under a passphrase.
func seal(plain []byte, passphrase string, logN int) ([]byte, error) {
	if passphrase == "" {
		return nil, ErrEmpty
	}
	if logN == 0 {
		logN = WorkDefault
	}
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	to.SetWorkFactor(logN)
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	return out.Bytes(), nil
}

// open decrypts, and tells the work factor that the file was written with.
func open(sealed []byte, passphrase string) (plain []byte, logN int, err error) {
	if passphrase == "" {
		return nil, 0, ErrEmpty
	}
	id, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, 0, fmt.Errorf("decrypt: %w", err)
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), id)
	if err != nil {
		if errors.Is(err, age.ErrIncorrectIdentity) {
			return nil, 0, ErrPassphrase
		}
		return nil, 0, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if plain, err = io.ReadAll(r); err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return plain, workFactor(sealed), nil
}

// workFactor reads log₂ N from the stanza "-> scrypt SALT N" of age's header; 0
// where there is none.
func workFactor(sealed []byte) int {
	for _, line := range strings.SplitN(string(sealed[:min(len(sealed), 512)]), "\n", 4) {
		f := strings.Fields(line)
		if len(f) == 4 && f[0] == "->" && f[1] == "scrypt" {
			if n, err := strconv.Atoi(f[3]); err == nil {
				return n
			}
		}
	}
	return 0
}
