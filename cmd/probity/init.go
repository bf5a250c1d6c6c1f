package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"probity/chain/types"
	"probity/node"
	"probity/node/signer/keystore"
)

const initLong = `
Make a home: config.toml, genesis.json and an encrypted keystore. Nothing that
is there is overwritten.

With --genesis the home joins the chain of that file. Without it a new chain is
made, whose one member is this home.`

// What the one member of a new chain starts with.
const (
	soloREP   = 1_000_000 // whole wREP
	soloMoney = 1_000_000 // whole $
)

func initCommand(f *pflag.FlagSet) action {
	dir := homeFlag(f)
	chain := f.String("chain", "", "name of the chain; with --genesis it must be the file's")
	from := f.String("genesis", "", "genesis `file` of the chain to join")
	pass, logN := addPassphrase(f), workFlag(f)
	return func(_ context.Context, s *streams, _ []string) error {
		h := home(*dir)
		if err := checkWork(*logN); err != nil {
			return err
		}
		if err := fresh(h); err != nil {
			return err
		}
		var genesis []byte
		if *from != "" {
			g, raw, err := readGenesis(*from)
			if err != nil {
				return err
			}
			if *chain != "" && *chain != g.Chain {
				return failed(fmt.Sprintf("genesis mismatch: chain %q, --chain says %q", g.Chain, *chain), *from, "leave --chain out or name the file's chain")
			}
			*chain, genesis = g.Chain, raw
		}
		if *chain == "" {
			*chain = "probity-solo"
		}
		phrase, err := pass.read(s, h, true)
		if err != nil {
			return err
		}
		return makeHome(s, h, *chain, genesis, pass.file, func() (*keystore.Store, error) {
			return keystore.Create(h.keys(), phrase, keystore.Options{LogN: *logN})
		})
	}
}

// fresh refuses a folder in which init would find something of a home.
func fresh(h home) error {
	for _, path := range []string{h.config(), h.genesis(), filepath.Join(h.keys(), keystore.File)} {
		_, err := os.Lstat(path)
		if err == nil {
			return failed("there is a home already", path, "choose another --home; nothing is overwritten")
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("home: %w", err)
		}
	}
	return nil
}

// makeHome writes the files of a home; a nil genesis makes a new chain.
func makeHome(s *streams, h home, chain string, genesis []byte, passFile string, create func() (*keystore.Store, error)) error {
	if err := os.MkdirAll(string(h), 0o700); err != nil {
		return fmt.Errorf("home: %w", err)
	}
	store, err := create()
	if err != nil {
		return keysFailure(h, err)
	}
	if err := bornHere(h); err != nil {
		return err
	}
	if genesis == nil {
		spec := node.GenesisSpec{
			Chain: chain, Time: types.Time(time.Now().UnixMilli()),
			Members: []node.GenesisMember{{Keys: memberKeys(store), REP: types.Whole(soloREP), Balance: types.Whole(soloMoney)}},
		}
		if genesis, err = newGenesis(spec); err != nil {
			return err
		}
	}
	given := map[string]any{"chain": chain}
	if passFile != "" {
		abs, err := filepath.Abs(passFile)
		if err != nil {
			return fmt.Errorf("home: %w", err)
		}
		given["keys.passphrase_file"] = abs
	}
	text, err := configFile(given)
	if err != nil {
		return err
	}
	if err := writeNew(h.genesis(), genesis); err != nil {
		return err
	}
	if err := writeNew(h.config(), []byte(text)); err != nil {
		return err
	}
	s.printf("home     %s\nchain    %s\naccount  %s\n", h, chain, store.Key(keystore.Account).Public().Address())
	return nil
}
