package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"

	"probity/node/signer/keystore"
	"probity/p2p"
)

// keysCommands are the verbs of keys.
func keysCommands() []command {
	return []command{
		{Name: "new", Short: "Make the keystore of a home: account, consensus, network and beacon keys", Setup: keysNew},
		{Name: "list", Short: "List the public parts of the keys; needs no passphrase", Setup: keysList},
		{Name: "export", Args: "ROLE", Least: 1, Most: 1, Short: "Write one key, encrypted under a passphrase of its own", Setup: keysExport},
		{Name: "import", Args: "FILE", Least: 1, Most: 1, Short: "Take up an exported key; the one before it is kept", Long: importLong, Setup: keysImport},
		{Name: "sign", Args: "HEX", Least: 1, Most: 1, Short: "Sign the signBytes of tx_prepare with the account key, for a client of one's own", Long: signLong, Setup: keysSign},
		{Name: "rotate", Args: "[ROLE]", Most: 1, Short: "Make a new consensus key beside the old one", Long: rotateLong, Setup: keysRotate},
		{Name: "handover", Short: "Move the consensus key to another host without a wait", Sub: handoverCommands()},
	}
}

const importLong = `
Take up a key that keys export wrote (- reads the standard input). It becomes
the active key of its role; the one before it is kept as retired. Two nodes that
sign with one consensus key convict its owner: import one only after the other
node has stopped for good.`

const rotateLong = `
Make a new key of a role (consensus where none is named) and keep it beside the
active one. --activate puts it in use and retires the old one; a node that is
restarted then registers a new consensus key on the bench, and votes with it
from the epoch whose roster holds it, two freezes ahead.`

// passphrases are the flags that say where a passphrase comes from.
type passphrases struct {
	file string
	fd   int
}

func addPassphrase(f *pflag.FlagSet) *passphrases {
	p := &passphrases{}
	f.StringVar(&p.file, "passphrase-file", "", "`file` that holds the passphrase")
	f.IntVar(&p.fd, "passphrase-fd", 0, "file `descriptor` to read the passphrase from")
	return p
}

// read takes the passphrase of a home: flags, then environment, then the file
// that the configuration names, then the terminal.
func (p *passphrases) read(s *streams, h home, confirm bool) (string, error) {
	src := keystore.Source{FD: p.fd, File: p.file, Prompt: s.ask}
	if _, given := os.LookupEnv(keystore.EnvPassphrase); p.fd == 0 && p.file == "" && !given {
		c, err := loadConfig(h.config(), os.Environ(), nil)
		if err != nil {
			return "", err
		}
		src.File = c.text("keys.passphrase_file")
	}
	return src.Read("passphrase of "+h.keys(), confirm)
}

// open opens the keystore of a home.
func (p *passphrases) open(s *streams, h home) (*keystore.Store, error) {
	if !keystore.Exists(h.keys()) {
		return nil, noKeys(h)
	}
	pass, err := p.read(s, h, false)
	if err != nil {
		return nil, err
	}
	store, err := keystore.Open(h.keys(), pass)
	return store, keysFailure(h, err)
}

func noKeys(h home) error {
	return failed("no keystore", h.keys(), "probity init makes a home with one, probity keys new adds one")
}

// keysFailure puts an error of the keystore into one line with its fix.
func keysFailure(h home, err error) error {
	switch {
	case errors.Is(err, keystore.ErrPassphrase):
		return &failure{"wrong passphrase", h.keys(), "check PROBITY_PASSPHRASE, --passphrase-file or keys.passphrase_file", err}
	case errors.Is(err, keystore.ErrExists):
		return &failure{"a keystore is there already", h.keys(), "choose another --home; keys are never overwritten", err}
	case errors.Is(err, keystore.ErrMissing):
		return noKeys(h)
	case errors.Is(err, keystore.ErrDamaged):
		return &failure{"the keystore is damaged", h.keys(), "restore it from a backup", err}
	}
	return err
}

// work is the flag for the price of a guess.
func workFlag(f *pflag.FlagSet) *int {
	return f.Int("work", keystore.WorkDefault, "scrypt work factor, as a power of two")
}

func checkWork(logN int) error {
	if logN < keystore.WorkCheap || logN > 22 {
		return usage("--work %d: want %d to 22", logN, keystore.WorkCheap)
	}
	return nil
}

func keysNew(f *pflag.FlagSet) action {
	dir, pass, logN := homeFlag(f), addPassphrase(f), workFlag(f)
	return func(_ context.Context, s *streams, _ []string) error {
		h := home(*dir)
		if err := checkWork(*logN); err != nil {
			return err
		}
		if keystore.Exists(h.keys()) {
			return keysFailure(h, keystore.ErrExists)
		}
		phrase, err := pass.read(s, h, true)
		if err != nil {
			return err
		}
		store, err := keystore.Create(h.keys(), phrase, keystore.Options{LogN: *logN})
		if err != nil {
			return keysFailure(h, err)
		}
		if err := bornHere(h); err != nil {
			return err
		}
		return printKeys(s, store.Keys(), false)
	}
}

func keysList(f *pflag.FlagSet) action {
	dir := homeFlag(f)
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, _ []string) error {
		h := home(*dir)
		list, err := keystore.List(h.keys())
		if err != nil {
			return keysFailure(h, err)
		}
		return printKeys(s, list, *asJSON)
	}
}

// printKeys shows public parts. A network key is shown with the peer id that
// others write into their bootstrap lists.
func printKeys(s *streams, list []keystore.Public, asJSON bool) error {
	type shown struct {
		keystore.Public
		PeerID string `json:"peerId,omitempty"`
	}
	out := make([]shown, len(list))
	for i, p := range list {
		out[i].Public = p
		if p.Role != keystore.Network || p.Key == nil {
			continue
		}
		id, err := p2p.PeerID(p.Key[:])
		if err != nil {
			return err
		}
		out[i].PeerID = id.String()
	}
	if asJSON {
		return s.object(map[string]any{"keys": out})
	}
	for _, k := range out {
		name := "(secret)"
		switch {
		case k.Address != nil:
			name = k.Address.String()
		case k.PeerID != "":
			name = k.PeerID
		case k.Key != nil:
			name = k.Key.String()
		}
		s.printf("%-10s %-8s %s\n", k.Role, k.Standing, name)
	}
	return nil
}

// exportEnv is the variable that an exported key's passphrase is taken from.
const exportEnv = "PROBITY_EXPORT_PASSPHRASE"

// exportSource is where the passphrase of an exported key comes from.
func exportSource(f *pflag.FlagSet) *keystore.Source {
	src := &keystore.Source{Env: exportEnv}
	f.StringVar(&src.File, "export-passphrase-file", "", "`file` that holds the passphrase of the exported key")
	return src
}

func keysExport(f *pflag.FlagSet) action {
	dir, pass, src := homeFlag(f), addPassphrase(f), exportSource(f)
	out := f.String("out", "-", "`file` to write, which must not exist; - for the standard output")
	return func(_ context.Context, s *streams, args []string) error {
		role, err := parseRole(args[0])
		if err != nil {
			return err
		}
		store, err := pass.open(s, home(*dir))
		if err != nil {
			return err
		}
		src.Prompt = s.ask
		phrase, err := src.Read("passphrase for the exported key", true)
		if err != nil {
			return err
		}
		text, err := store.Export(role, phrase)
		if err != nil {
			return err
		}
		if *out == "-" {
			s.printf("%s", text)
			return nil
		}
		return writeNew(*out, text)
	}
}

// writeNew writes a file that must not exist.
func writeNew(path string, b []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return failed("the file is there already", path, "choose another name; nothing is overwritten")
	}
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	_, err = file.Write(b)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

func parseRole(text string) (keystore.Role, error) {
	role := keystore.Role(text)
	if role.Valid() {
		return role, nil
	}
	return "", usage("no role %q: want account, consensus, network or beacon", text)
}

func keysImport(f *pflag.FlagSet) action {
	dir, pass, src := homeFlag(f), addPassphrase(f), exportSource(f)
	return func(_ context.Context, s *streams, args []string) error {
		var text io.Reader
		if args[0] == "-" {
			text = s.in
		} else {
			file, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("read key: %w", err)
			}
			text = bytes.NewReader(file)
		}
		h := home(*dir)
		store, err := pass.open(s, h)
		if err != nil {
			return err
		}
		src.Prompt = s.ask
		phrase, err := src.Read("passphrase of the exported key", false)
		if err != nil {
			return err
		}
		p, err := store.Import(text, phrase)
		if errors.Is(err, keystore.ErrPassphrase) {
			return failed("wrong passphrase", args[0], "check PROBITY_EXPORT_PASSPHRASE or --export-passphrase-file")
		}
		if err != nil {
			return err
		}
		if p.Role == keystore.Consensus {
			if err := bornElsewhere(h); err != nil {
				return err
			}
		}
		return printKeys(s, []keystore.Public{p}, false)
	}
}

func keysRotate(f *pflag.FlagSet) action {
	dir, pass := homeFlag(f), addPassphrase(f)
	activate := f.Bool("activate", false, "put the waiting key in use and retire the old one")
	return func(_ context.Context, s *streams, args []string) error {
		role := keystore.Consensus
		if len(args) == 1 {
			var err error
			if role, err = parseRole(args[0]); err != nil {
				return err
			}
		}
		store, err := pass.open(s, home(*dir))
		if err != nil {
			return err
		}
		act := store.Rotate
		if *activate {
			act = store.Activate
		}
		p, err := act(role)
		if err != nil {
			return err
		}
		return printKeys(s, []keystore.Public{p}, false)
	}
}
