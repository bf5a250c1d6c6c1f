package main

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
	"probity/consensus/quorum"
)

// genesisCommands are the verbs of genesis.
func genesisCommands() []command {
	return []command{
		{Name: "verify", Args: "FILE", Least: 1, Most: 1, Short: "Have the law accept a genesis file, and tell what chain it begins; a bad entry is named", Setup: genesisVerify},
	}
}

// genesisReport is what genesis verify tells.
type genesisReport struct {
	Chain    string            `json:"chain"`
	Hash     keys.Hash         `json:"hash"`
	Time     time.Time         `json:"time"`
	Protocol uint32            `json:"protocol"`
	Root     keys.Hash         `json:"state_root"`
	Members  []genesisSeatInfo `json:"members"`
	Quorum   types.Weight      `json:"quorum"`
	REP      types.Amount      `json:"wrep"`
	Money    types.Amount      `json:"money"`
	Params   []string          `json:"params"` // those that are not at their defaults
}

type genesisSeatInfo struct {
	Address keys.Address `json:"address"`
	Weight  types.Weight `json:"weight"`
}

func genesisVerify(f *pflag.FlagSet) action {
	want := f.String("hash", "", "the `hash` that the file must have, as somebody you trust told it")
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, args []string) error {
		g, _, err := readGenesis(args[0])
		if err != nil {
			return err
		}
		if *want != "" && !strings.EqualFold(strings.TrimPrefix(*want, "0x"), strings.TrimPrefix(g.Hash().String(), "0x")) {
			return failed(fmt.Sprintf("genesis mismatch: the file's hash is %s, --hash says %s", g.Hash(), *want), args[0], "this is another chain, or the file was changed: take it from where the hash comes from")
		}
		r, err := describeGenesis(g)
		if err != nil {
			return err
		}
		if *asJSON {
			return s.object(r)
		}
		s.printf("chain     %s\nhash      %s\ntime      %s\nprotocol  %d\nroot      %s\nsupply    %s wREP, %s $\nbench     %d members, quorum %d\n",
			r.Chain, r.Hash, r.Time.Format(time.RFC3339), r.Protocol, r.Root, r.REP, r.Money, len(r.Members), r.Quorum)
		for _, m := range r.Members {
			s.printf("  %s  %d\n", m.Address, m.Weight)
		}
		for _, p := range r.Params {
			s.printf("param     %s\n", p)
		}
		return nil
	}
}

// describeGenesis makes the genesis state and reads it.
func describeGenesis(g *exec.Genesis) (*genesisReport, error) {
	x, err := exec.New(table(), g)
	if err != nil {
		return nil, err
	}
	result, err := x.Genesis()
	if err != nil {
		return nil, err
	}
	mem := state.NewMemory()
	mem.Commit(result.Changes)
	base := state.NewBase(mem)
	r := &genesisReport{
		Chain: g.Chain, Hash: g.Hash(), Time: time.UnixMilli(int64(g.Time)).UTC(), Protocol: g.Protocol, Root: result.Root(),
		REP: rep.Supply(base, rep.WREP), Money: bank.Supply(base), Members: []genesisSeatInfo{}, Params: []string{},
	}
	roster, _ := availability.Roster(base, 0)
	for i := range roster.Members {
		r.Members = append(r.Members, genesisSeatInfo{roster.Members[i].Address, roster.Members[i].Weight})
	}
	r.Quorum = quorum.Threshold(roster.Total())
	for name, value := range g.Params {
		r.Params = append(r.Params, name+" = "+string(value))
	}
	sort.Strings(r.Params)
	return r, nil
}
