package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"probity/chain/types"
)

// Goal: the shares of a testnet add up to all REP, are unequal, and give nobody
// a third where there are four or more. Method: every size.
func TestShares(t *testing.T) {
	for n := 1; n <= testnetNodes; n++ {
		var sum uint64
		for i, s := range shares(n) {
			sum += s
			if n >= 4 && 3*s >= testnetREP || s == 0 || i > 0 && s >= shares(n)[i-1] {
				t.Errorf("%d members: %v", n, shares(n))
			}
		}
		if sum != testnetREP {
			t.Errorf("%d members have %d REP", n, sum)
		}
	}
}

// Goal: with another interval what is counted in blocks keeps its length in time,
// and the chain accepts it. Method: the parameters and a genesis at both bounds and
// between.
func TestPace(t *testing.T) {
	usual := testnetParams()
	for _, interval := range []uint64{intervalMin, 100, intervalMax} {
		params := pacedParams(interval)
		for _, name := range []string{"epoch.blocks", "asc.lead_views", "evidence.window"} {
			took, want := params[name]*interval, usual[name]*usual["block.interval"]
			if took > want || took+interval <= want {
				t.Errorf("interval %d: %s is %d ms, usually %d", interval, name, took, want)
			}
		}
		if params["block.interval"] != interval || params["law.period"] != usual["law.period"] {
			t.Errorf("interval %d: %v", interval, params)
		}
		w, err := newNetwork(filepath.Join(t.TempDir(), "net"), 1, 0, params)
		if err != nil {
			t.Fatal(err)
		}
		_ = w.claim.Close()
	}
}

// Goal: a network looks for its ports where it is told to. Method: the variable,
// right and wrong.
func TestPortRange(t *testing.T) {
	t.Setenv(portEnv, "18040")
	base, claim, err := freePorts(2)
	if err != nil {
		t.Fatal(err)
	}
	defer claim.Close()
	if base.p2p < 18040 || base.p2p > 20_000 || base.rpc != base.p2p+5 || base.ops != base.p2p+6 {
		t.Errorf("%+v", base)
	}
	if again, claim, err := freePorts(2); err != nil || again.p2p <= base.p2p {
		t.Errorf("the same ports twice: %+v, %v", again, err)
	} else {
		_ = claim.Close()
	}
	for _, wrong := range []string{"80", "70000", "x"} {
		t.Setenv(portEnv, wrong)
		if _, _, err := freePorts(2); err == nil || !strings.Contains(err.Error(), portEnv+"="+wrong) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

// Goal: four real processes agree past an epoch boundary, one of them killed
// and restarted on the way, and the report says so in the promised keys.
// Method: the command itself, 70 blocks.
func TestTestnet(t *testing.T) {
	if testing.Short() {
		t.Skip("starts four processes for some seconds")
	}
	beside(t, workTrack)
	probity, err := exec.LookPath("probity") // the test binary under this name, from TestMain
	if err != nil {
		t.Skip("the test binary is not installed under its name: ", err)
	}
	dir := filepath.Join(t.TempDir(), "net")
	cmd := exec.Command(probity, "testnet", "--nodes", "4", "--blocks", "70", "--rate", "100", "--crash", "2@20", "--headless", "--json", "--home", dir, "--keep")
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out.String(), log.String())
	}
	var r testnetReport
	d := json.NewDecoder(&out)
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil || d.More() {
		t.Fatalf("not one object: %v", err)
	}
	if err := r.verdict(testnetOptions{blocks: 70}); err != nil {
		t.Fatal(err)
	}
	made := 0
	for _, n := range r.Producers {
		made += n
	}
	if r.Nodes != 4 || r.Restarts != 1 || r.Evidence != 0 || r.TxCommitted < 50 || r.Pools.Valid < 50 || len(r.Producers) != 4 ||
		types.Height(made) != r.FinalizedHeight || r.Finality.P50 <= 0 || r.PeakRSS <= 0 || r.RepMinted == "0" || r.SalaryPaid == "0" {
		t.Errorf("%+v", r)
	}
	// What it left behind replays to the same state.
	again, err := exec.Command(probity, "replay", "--home", filepath.Join(dir, "node2"), "--json").Output()
	if err != nil || !strings.Contains(string(again), `"state_root":"0x`) {
		t.Fatalf("%v %s", err, again)
	}
}

// Goal: the report has exactly the keys that the interface promises. Method:
// the names in order.
func TestReportKeys(t *testing.T) {
	for _, c := range []struct {
		typ  reflect.Type
		want string
	}{
		{reflect.TypeFor[testnetReport](), "nodes height finalized_height state_roots_agree tx_committed tx_per_second finality_ms pools rep_minted salary_paid producers evidence forks restarts caught_up peak_rss_mb"},
		{reflect.TypeFor[loadReport](), "offered accepted committed seconds tx_per_second finality_ms errors"},
		{reflect.TypeFor[blocksReport](), "blocks txs tx_per_second stage_ns_per_tx"},
		{reflect.TypeFor[quantiles](), "p50 p90 p99"},
		{reflect.TypeFor[poolCount](), "valid invalid void"},
		{reflect.TypeFor[stageSeconds](), "decode signatures execute tree store"},
	} {
		var names []string
		for i := range c.typ.NumField() {
			names = append(names, c.typ.Field(i).Tag.Get("json"))
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%s: %s", c.typ, got)
		}
	}
}
