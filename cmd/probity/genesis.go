package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"probity/chain/exec"
	"probity/chain/route"
	"probity/chain/route/all"
	"probity/node"
	"probity/node/signer/keystore"
)

// table is the law that this program runs.
func table() route.Table { return all.Table }

// memberKeys are the active keys of a keystore.
func memberKeys(store *keystore.Store) node.MemberKeys {
	return node.MemberKeys{
		Account: store.Key(keystore.Account), Consensus: store.Key(keystore.Consensus),
		Network: store.Seed(keystore.Network), Beacon: store.Seed(keystore.Beacon),
	}
}

// newGenesis is the file of a new chain, which the law has accepted.
func newGenesis(spec node.GenesisSpec) ([]byte, error) {
	file, err := node.GenesisFile(spec)
	if err != nil {
		return nil, err
	}
	g, err := exec.ParseGenesis(file)
	if err != nil {
		return nil, err
	}
	return append(file, '\n'), checkGenesis(g)
}

// checkGenesis makes the genesis state and drops it: the law accepts the file.
func checkGenesis(g *exec.Genesis) error {
	x, err := exec.New(all.Table, g)
	if err != nil {
		return err
	}
	_, err = x.Genesis()
	return err
}

// readGenesis reads a genesis file and has the law accept it.
func readGenesis(path string) (*exec.Genesis, []byte, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, failed("no genesis file", path, "probity init makes a home, --genesis FILE joins a chain")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("genesis: %w", err)
	}
	g, err := exec.ParseGenesis(raw)
	if err == nil {
		err = checkGenesis(g)
	}
	if err != nil {
		return nil, nil, &failure{oneLine(err), path, "take the chain's genesis file unchanged", err}
	}
	return g, raw, nil
}

// homeGenesis reads the genesis of a home and refuses one of another chain
// than the configuration's.
func homeGenesis(h home, c *config) (*exec.Genesis, error) {
	g, _, err := readGenesis(h.genesis())
	if err != nil {
		return nil, err
	}
	if want := c.text("chain"); want != "" && want != g.Chain {
		return nil, failed(fmt.Sprintf("genesis mismatch: chain %q, the configuration says %q", g.Chain, want),
			h.genesis(), "use the genesis file of the configured chain, or correct the key chain")
	}
	return g, nil
}
