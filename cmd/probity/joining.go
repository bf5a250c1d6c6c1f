package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/keys"
	"probity/node/signer"
)

// bornHere notes that the consensus key of a home was made in it: the signer
// starts with a journal of nothing signed, which is true, and need not listen
// for another host. Where a journal is there already it stays.
func bornHere(h home) error {
	dir := filepath.Join(string(h), "signer")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("home: %w", err)
	}
	s, err := signer.Open(vfs.Default, dir, keys.PrivateKey{}, keys.Hash{}) // the journal needs neither
	if err != nil {
		return signerFailure(h, err)
	}
	return s.Close()
}

// bornElsewhere notes that the consensus key of a home came from another host:
// the node listens before it signs with it.
func bornElsewhere(h home) error {
	dir := filepath.Join(string(h), "signer")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("home: %w", err)
	}
	return signer.Doubt(vfs.Default, dir)
}
