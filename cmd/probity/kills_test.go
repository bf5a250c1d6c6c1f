package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"probity/chain/keys"
	"probity/chain/types"
)

// Goal: nodes that are killed at random instants lose nothing and say nothing
// twice. Method: the command itself, two kills on four real processes.
func TestKills(t *testing.T) {
	if testing.Short() {
		t.Skip("starts four processes for some seconds")
	}
	beside(t, workTrack)
	probity, err := exec.LookPath("probity") // the test binary under this name, from TestMain
	if err != nil {
		t.Skip("the test binary is not installed under its name: ", err)
	}
	cmd := exec.Command(probity, "testnet", "--kills", "2", "--json", "--home", t.TempDir()+"/net")
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out.String(), log.String())
	}
	var r killsReport
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if err := r.verdict(); err != nil {
		t.Fatal(err)
	}
	if r.Nodes != 4 || r.Kills != 2 || r.Restarts != 2 || r.Height < killsMargin || r.Told < 4*killsMargin || r.Refusals != 0 {
		t.Errorf("%+v", r)
	}
}

// Goal: the verdict names what went wrong, worst first. Method: one fault each.
func TestKillsVerdict(t *testing.T) {
	for want, r := range map[string]killsReport{
		"different blocks":   {Forks: 1, Lost: 1},
		"blocks were lost":   {Lost: 1, CaughtUp: true},
		"convicts":           {DoubleVotes: 1, CaughtUp: true},
		"not all nodes went": {Kills: 3},
	} {
		if err := r.verdict(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", r, err, want)
		}
	}
	if err := (&killsReport{CaughtUp: true}).verdict(); err != nil {
		t.Error(err)
	}
}

// Goal: a second vote in a block is seen. Method: a body with a certificate, and
// one for another block that shares a signer with it.
func TestSpeeches(t *testing.T) {
	cert := func(d string, signers ...uint32) types.Certificate {
		var votes []types.Vote
		for _, s := range signers {
			votes = append(votes, types.Vote{Statement: types.Statement{Kind: types.Notarize, Epoch: 1, View: 2, Digest: keys.Sum([]byte(d))}, Signer: s})
		}
		return types.Bundle(votes, 4)
	}
	said, guilty := speeches{}, map[string]bool{}
	said.add(&types.Body{Votes: []types.Certificate{cert("a", 0, 1, 2)}}, guilty)
	if len(guilty) > 0 {
		t.Fatal(guilty)
	}
	said.add(&types.Body{Votes: []types.Certificate{cert("b", 2, 3)}}, guilty)
	if !reflect.DeepEqual(guilty, map[string]bool{"signer 2 of epoch 1": true}) {
		t.Error(guilty)
	}
}
