package keystore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// writeNew writes a file that must not exist: under a name of its own, synced,
// then linked to its name, which fails where the name is taken.
func writeNew(path string, b []byte) error {
	temp, err := writeTemp(path, b)
	if err != nil {
		return err
	}
	err = os.Link(temp, path)
	if removed := os.Remove(temp); err == nil {
		err = removed
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// writeOver writes a file in the place of one that may exist, all or nothing.
func writeOver(path string, b []byte) error {
	temp, err := writeTemp(path, b)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return syncDir(filepath.Dir(path))
}

// writeTemp writes and syncs a file of mode 0600 beside path.
func writeTemp(path string, b []byte) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}
