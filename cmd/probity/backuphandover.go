package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/spf13/pflag"

	"probity/chain/escrow"
	"probity/node"
	"probity/node/signer"
	"probity/node/signer/keystore"
)

// handoverCommands are the verbs of keys handover.
func handoverCommands() []command {
	return []command{
		{Name: "give", Short: "Retire the consensus key of this home and write what it has signed, for the next host", Long: giveLong, Setup: handoverGive},
		{Name: "take", Args: "FILE", Least: 1, Most: 1, Short: "Go on where another host of the same consensus key has stopped", Setup: handoverTake},
	}
}

const giveLong = `
Move a member to another host without a wait and without the danger of signing
twice. On the old host, with its node stopped: probity backup create, then
probity keys handover give. On the new host: probity backup restore, then
probity keys handover take. From the moment the file exists the old home signs
nothing any more, for ever; given again, the file is the same.`

// openSigner opens the journal of a home with its consensus key. The home is
// held until done is called.
func openSigner(s *streams, h home, pass *passphrases) (local *signer.Local, store *keystore.Store, done func() error, err error) {
	free, err := holdHome(h)
	if err != nil {
		return nil, nil, nil, err
	}
	defer func() {
		if err != nil {
			free()
		}
	}()
	g, _, err := readGenesis(h.genesis())
	if err != nil {
		return nil, nil, nil, err
	}
	if store, err = pass.open(s, h); err != nil {
		return nil, nil, nil, err
	}
	dir := filepath.Join(string(h), "signer")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, nil, fmt.Errorf("home: %w", err)
	}
	doubt, err := signer.Doubtful(vfs.Default, dir)
	if err == nil && doubt {
		err = signer.Doubt(vfs.Default, dir)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	local, err = signer.Open(vfs.Default, dir, store.Key(keystore.Consensus), g.Hash())
	if err != nil {
		return nil, nil, nil, signerFailure(h, err)
	}
	return local, store, func() error {
		err := local.Close()
		free()
		return err
	}, nil
}

// signerFailure puts an error of a signer into one line with its fix.
func signerFailure(h home, err error) error {
	dir := filepath.Join(string(h), "signer")
	switch {
	case errors.Is(err, signer.ErrJournal):
		return &failure{oneLine(err), dir, "move it away and let the key listen, or take the memory of the last host", err}
	case errors.Is(err, signer.ErrRetired):
		return &failure{oneLine(err), dir, "this home signs nothing any more: use a new home, or probity keys rotate for another key", err}
	case errors.Is(err, signer.ErrForeign):
		return &failure{oneLine(err), dir, "restore the keystore of the other host first (probity backup restore)", err}
	case errors.Is(err, signer.ErrHandover):
		return &failure{oneLine(err), dir, "take the file as probity keys handover give wrote it", err}
	}
	return err
}

func handoverGive(f *pflag.FlagSet) action {
	dir, pass := homeFlag(f), addPassphrase(f)
	out := f.String("out", "-", "`file` to write, which must not exist; - for the standard output")
	return func(_ context.Context, s *streams, _ []string) (err error) {
		h := home(*dir)
		if *out != "-" && exists(*out) {
			return failed("the file is there already", *out, "choose another name; nothing is overwritten")
		}
		local, _, done, err := openSigner(s, h, pass)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, done()) }()
		text, err := local.Give()
		if err != nil {
			return signerFailure(h, err)
		}
		s.notef("%s signs nothing any more; keys handover take goes on elsewhere", h)
		if *out == "-" {
			s.printf("%s", text)
			return nil
		}
		return writeNew(*out, text)
	}
}

// handoverBytes bounds the file that take reads.
const handoverBytes = 8 << 20

func handoverTake(f *pflag.FlagSet) action {
	dir, pass := homeFlag(f), addPassphrase(f)
	return func(_ context.Context, s *streams, args []string) (err error) {
		h := home(*dir)
		var in io.Reader = s.in
		if args[0] != "-" {
			file, err := os.Open(args[0])
			if err != nil {
				return fmt.Errorf("handover: %w", err)
			}
			defer file.Close()
			in = file
		}
		text, err := io.ReadAll(io.LimitReader(in, handoverBytes))
		if err != nil {
			return fmt.Errorf("handover: %w", err)
		}
		local, _, done, err := openSigner(s, h, pass)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, done()) }()
		m, err := local.Take(text)
		if err != nil {
			return signerFailure(h, err)
		}
		e, v := m.Last()
		s.printf("the key goes on here after %d/%d, without a wait\n", e, v)
		return nil
	}
}

// signerCommands are the verbs of signer.
func signerCommands() []command {
	return []command{
		{Name: "serve", Short: "Keep the consensus key in a process of its own, and sign for one node over a unix socket", Long: serveLong, Setup: signerServe},
	}
}

const serveLong = `
Hold the consensus key of a home, with its journal and watermark, and sign for
one node that connects to the unix socket. The node runs from a home of its own
whose setting signer.socket names the socket; it never sees the consensus key.
Its home keeps the account, network and beacon keys: keys export and import copy
the beacon key here, from which the shares of salts follow. A second node is
turned away.`

func signerServe(f *pflag.FlagSet) action {
	dir, pass := homeFlag(f), addPassphrase(f)
	socket := f.String("socket", "", "`path` of the unix socket; signer.sock in the home where none is named")
	return func(ctx context.Context, s *streams, _ []string) (err error) {
		h := home(*dir)
		local, store, done, err := openSigner(s, h, pass)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, done()) }()
		if local.Memory().Retired() {
			return signerFailure(h, signer.ErrRetired)
		}
		local.Keep(escrow.DHPVSS, node.EscrowSeed(store.Seed(keystore.Beacon)))
		path := *socket
		if path == "" {
			path = filepath.Join(string(h), "signer.sock")
		}
		ln, err := listenUnix(path)
		if err != nil {
			return err
		}
		stop := context.AfterFunc(ctx, func() { _ = ln.Close() })
		defer stop()
		s.notef("signs for one node at %s with %s", path, local.Public())
		return signer.Serve(ln, local)
	}
}
