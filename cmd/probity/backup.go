package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"probity/node/backup"
)

// backupCommands are the verbs of backup.
func backupCommands() []command {
	return []command{
		{Name: "create", Args: "FILE", Least: 1, Most: 1, Short: "Keep keys, configuration, genesis and how far the key has signed, encrypted", Setup: backupCreate},
		{Name: "verify", Args: "FILE", Least: 1, Most: 1, Short: "Open a backup, compare every file with its hash, and tell what it holds", Setup: backupVerify},
		{Name: "restore", Args: "FILE", Least: 1, Most: 1, Short: "Write a backup into a home; a signing watermark only ever moves forward", Long: restoreLong, Setup: backupRestore},
	}
}

const restoreLong = `
Write the files of a backup into a home whose node is stopped. What is there and
differs is refused, or with --replace kept beside it under a number. The signing
watermark only ever moves forward. A home without a journal of its own is in
doubt: its key may have signed after the backup was made, so the node listens
for a while before it signs. Where the old host still answers, take its memory
with probity keys handover instead.`

func backupCreate(f *pflag.FlagSet) action {
	dir, src, logN := homeFlag(f), exportSource(f), workFlag(f)
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, args []string) error {
		if err := checkWork(*logN); err != nil {
			return err
		}
		if exists(args[0]) {
			return failed("the file is there already", args[0], "choose another name; nothing is overwritten")
		}
		src.Prompt = s.ask
		phrase, err := src.Read("passphrase for the backup", true)
		if err != nil {
			return err
		}
		m, err := createBackup(args[0], *dir, phrase, *logN)
		if err != nil {
			return backupFailure(*dir, err)
		}
		return printBackup(s, m, *asJSON)
	}
}

// createBackup writes a backup under a name that must be free; what fails
// leaves no file.
func createBackup(path, dir, phrase string, logN int) (*backup.Manifest, error) {
	w, err := os.CreateTemp(filepath.Dir(path), ".backup-*") // mode 0600
	if err != nil {
		return nil, err
	}
	m, err := backup.Create(w, dir, phrase, backup.Options{Software: software(), LogN: logN, Now: time.Now()})
	err = errors.Join(err, w.Sync(), w.Close())
	if err == nil {
		err = os.Link(w.Name(), path)
	}
	return m, errors.Join(err, os.Remove(w.Name()))
}

// openBackup opens the backup of a file.
func openBackup(s *streams, path string, ask func(string, bool) (string, error)) (*backup.Backup, error) {
	phrase, err := ask("passphrase of the backup", false)
	if err != nil {
		return nil, err
	}
	r, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	defer r.Close()
	b, err := backup.Open(r, phrase)
	return b, backupFailure(path, err)
}

func backupVerify(f *pflag.FlagSet) action {
	src := exportSource(f)
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, args []string) error {
		src.Prompt = s.ask
		b, err := openBackup(s, args[0], src.Read)
		if err != nil {
			return err
		}
		return printBackup(s, &b.Manifest, *asJSON)
	}
}

func backupRestore(f *pflag.FlagSet) action {
	dir, src := homeFlag(f), exportSource(f)
	replace := f.Bool("replace", false, "replace files that differ; those of before are kept under a number")
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, args []string) error {
		src.Prompt = s.ask
		b, err := openBackup(s, args[0], src.Read)
		if err != nil {
			return err
		}
		free, err := holdHome(home(*dir))
		if err != nil {
			return err
		}
		defer free()
		r, err := b.Restore(*dir, *replace)
		if err != nil {
			return backupFailure(*dir, err)
		}
		if *asJSON {
			return s.object(r)
		}
		for _, list := range []struct {
			what  string
			paths []string
		}{{"kept", r.Moved}, {"written", r.Written}, {"same", r.Kept}} {
			for _, path := range list.paths {
				s.printf("%-9s %s\n", list.what, path)
			}
		}
		s.printf("watermark %d/%d\n", r.Epoch, r.View)
		if r.Doubt {
			s.notef("the key may have signed after this backup: the node listens before it signs; make sure that no other host runs it")
		}
		return nil
	}
}

// holdHome keeps a node off a home while its files are changed.
func holdHome(h home) (free func(), err error) {
	if err := os.MkdirAll(string(h), 0o700); err != nil {
		return nil, fmt.Errorf("home: %w", err)
	}
	path := filepath.Join(string(h), "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("home: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, failed("a node runs on this home", path, "stop it first")
	}
	return func() { _ = f.Close() }, nil
}

// printBackup tells what a backup holds.
func printBackup(s *streams, m *backup.Manifest, asJSON bool) error {
	if asJSON {
		return s.object(m)
	}
	e, v := m.Signed.Last()
	s.printf("chain     %s %s\nmade      %s by %s\nsigned    up to %d/%d\n", m.Chain, m.Genesis, m.Created.Format(time.RFC3339), m.Software, e, v)
	for _, f := range m.Files {
		s.printf("file      %s, %d bytes, %s\n", f.Name, f.Size, f.Hash.Short())
	}
	return nil
}

// backupFailure puts an error of a backup into one line with its fix.
func backupFailure(where string, err error) error {
	fix := ""
	switch {
	case err == nil:
		return nil
	case errors.Is(err, backup.ErrPassphrase):
		fix = "check PROBITY_EXPORT_PASSPHRASE or --export-passphrase-file"
	case errors.Is(err, backup.ErrDamaged):
		fix = "take another copy: nothing of it was used"
	case errors.Is(err, backup.ErrDiffers):
		fix = "choose an empty --home, or --replace to keep the old files under a number"
	case errors.Is(err, backup.ErrChain):
		fix = "choose another --home"
	case errors.Is(err, backup.ErrRetired):
		fix = "the key lives on another host: make a backup there"
	case errors.Is(err, backup.ErrNothing):
		fix = "name the home with --home"
	default:
		return err
	}
	return &failure{oneLine(err), where, fix, err}
}
