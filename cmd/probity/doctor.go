package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/spf13/pflag"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
	"probity/node/signer/keystore"
	"probity/node/store"
)

const doctorLong = `
Examine a home and the machine it is on, running or stopped, and say of each
finding what mends it. Nothing is changed. Exit code 1 where something is at
fault; warnings alone are 0.

The keys that the chain holds of this home are compared with the keystore's
where a passphrase is given. --time-server asks a server of network time (SNTP);
without it the clock is compared with the chain alone.`

// The states of a finding.
const (
	well    = "ok"
	warning = "warning"
	fault   = "fault"
	unknown = "unknown"
)

// finding is what an examination found; Fix is empty where all is well.
type finding struct {
	Check string `json:"check"`
	State string `json:"state"`
	Value string `json:"value"`           // as it is
	Limit string `json:"limit,omitempty"` // as it should be
	Fix   string `json:"fix,omitempty"`
}

// examination is one thing that doctor looks at.
type examination struct {
	Name string
	Look func(context.Context, *patient) []finding
}

// examinations is the table of all, in the order in which they are shown.
var examinations = []examination{
	{"config", lookConfig},
	{"config", lookDrift},
	{"modes", lookModes},
	{"disk", lookDisk},
	{"descriptors", lookDescriptors},
	{"clock", lookClock},
	{"ports", lookPorts},
	{"database", lookDatabase},
	{"pruning", lookPruning},
	{"peers", lookPeers},
	{"watermark", lookWatermark},
	{"escrow", lookEscrow},
	{"upgrade", lookUpgrade},
}

// patient is a home under examination. Parts that could not be read are nil,
// and an examination that needs one says so.
type patient struct {
	s          *streams
	home       home
	config     *config
	configErr  error
	genesis    *exec.Genesis
	genesisErr error
	running    bool // a node holds the home
	facts      *chainFacts
	factsErr   error
	secrets    *keystore.Store
	secretsErr error

	diskMin    uint64 // bytes
	files      uint64 // descriptors
	timeServer string
	now        func() time.Time
}

func doctorCommand(f *pflag.FlagSet) action {
	dir, pass := homeFlag(f), addPassphrase(f)
	asJSON := f.Bool("json", false, "print one JSON object")
	diskMin := f.Uint64("disk-min", 1<<30, "`bytes` that must be free on the disk")
	timeServer := f.String("time-server", "", "`host:port` of a server of network time to compare the clock with")
	return func(ctx context.Context, s *streams, _ []string) error {
		h := home(*dir)
		if !exists(string(h)) {
			return failed("no home", string(h), "probity init makes one, --home names another")
		}
		p := &patient{s: s, home: h, diskMin: *diskMin, files: descriptorsMin, timeServer: *timeServer, now: time.Now}
		p.admit(ctx, pass)
		return report1(s, p.examine(ctx), *asJSON)
	}
}

// admit reads what there is of the home.
func (p *patient) admit(ctx context.Context, pass *passphrases) {
	p.config, p.configErr = loadConfig(p.home.config(), os.Environ(), nil)
	p.genesis, _, p.genesisErr = readGenesis(p.home.genesis())
	if p.configErr == nil && p.genesisErr == nil {
		p.genesis, p.genesisErr = homeGenesis(p.home, p.config)
	}
	p.running = inUse(p.home)
	if p.genesisErr == nil {
		p.facts, p.factsErr = p.learn(ctx)
	}
	p.secrets, p.secretsErr = p.unlock(pass)
}

// unlock opens the keystore where a passphrase is at hand; doctor asks nobody.
func (p *patient) unlock(pass *passphrases) (*keystore.Store, error) {
	if !keystore.Exists(p.home.keys()) {
		return nil, keystore.ErrMissing
	}
	if p.configErr != nil {
		return nil, p.configErr
	}
	_, inEnv := os.LookupEnv(keystore.EnvPassphrase)
	if !inEnv && pass.file == "" && pass.fd == 0 && p.config.text("keys.passphrase_file") == "" {
		return nil, keystore.ErrNoPassphrase
	}
	return pass.open(p.s, p.home)
}

// examine goes through the table.
func (p *patient) examine(ctx context.Context) []finding {
	var out []finding
	for _, e := range examinations {
		for _, f := range e.Look(ctx, p) {
			f.Check = e.Name
			out = append(out, f)
		}
	}
	return out
}

// report1 prints the findings and fails where one is a fault.
func report1(s *streams, all []finding, asJSON bool) error {
	count := map[string]int{}
	for _, f := range all {
		count[f.State]++
	}
	if asJSON {
		if err := s.object(map[string]any{"faults": count[fault], "warnings": count[warning], "findings": all}); err != nil {
			return err
		}
	} else {
		for _, f := range all {
			s.printf("%-8s %-12s %s", f.State, f.Check, f.Value)
			if f.Limit != "" {
				s.printf(" (%s)", f.Limit)
			}
			if f.Fix != "" {
				s.printf("\n%21s fix: %s", "", f.Fix)
			}
			s.printf("\n")
		}
	}
	if n := count[fault]; n > 0 {
		return failed(fmt.Sprintf("%d at fault", n), "", "each finding names its fix")
	}
	return nil
}

// chainFacts are what doctor wants to know of the chain.
type chainFacts struct {
	Height    types.Height
	Time      types.Time // of the last block
	Known     uint32     // the highest protocol of the node's software
	Plan      uint32     // the planned protocol; 0: none
	PlanAt    types.Height
	Peers     int // of a running node
	Enrolled  []types.Bytes
	Seated    bool              // the account of this home is on the bench
	Shown     []types.Statement // by the key of this home
	States    types.Height      // oldest state that is kept
	Blocks    types.Height      // oldest block that is kept
	Waiting   float64           // seconds that the key of a running node still listens
	Twin      bool              // another host signs with it
	fromStore bool
}

// learn asks the running node, or reads the database of a stopped one.
func (p *patient) learn(ctx context.Context) (*chainFacts, error) {
	if p.running {
		return p.ask(ctx)
	}
	dir := filepath.Join(string(p.home), "data")
	if !exists(dir) {
		return nil, nil // it never ran
	}
	db, err := store.Open(vfs.Default, dir, store.Options{Genesis: p.genesis.Hash()})
	if err != nil {
		return nil, storeFailure(p.home, err)
	}
	facts, err := p.read(db)
	return facts, errors.Join(err, db.Close())
}

// ask is what a running node tells over JSON-RPC.
func (p *patient) ask(ctx context.Context) (*chainFacts, error) {
	if p.configErr != nil {
		return nil, p.configErr
	}
	c, err := newClient(p.config.text("rpc.listen"), 1)
	if err != nil {
		return nil, err
	}
	defer c.close()
	ctx, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	var status struct {
		Protocol  uint32   `json:"protocol"`
		Peers     int      `json:"peers"`
		Finalized rpcPoint `json:"finalized"`
		Upgrade   *struct {
			Protocol uint32       `json:"protocol"`
			Height   types.Height `json:"height"`
		} `json:"upgrade"`
	}
	if err := c.call(ctx, "node_status", nil, &status); err != nil {
		return nil, err
	}
	f := &chainFacts{Height: types.Height(status.Finalized.Height), Known: status.Protocol, Peers: status.Peers}
	if u := status.Upgrade; u != nil {
		f.Plan, f.PlanAt = u.Protocol, u.Height
	}
	return f, f.measure(ctx, c)
}

// measure takes from a running node's metrics what only they tell.
func (f *chainFacts) measure(ctx context.Context, c *client) error {
	var all []struct {
		Name   string            `json:"name"`
		Labels map[string]string `json:"labels"`
		Value  float64           `json:"value"`
	}
	if err := c.call(ctx, "node_metricsSnapshot", nil, &all); err != nil {
		return err
	}
	for _, m := range all {
		switch m.Name + m.Labels["what"] {
		case "probity_store_oldest_heightstate":
			f.States = types.Height(m.Value)
		case "probity_store_oldest_heightblock":
			f.Blocks = types.Height(m.Value)
		case "probity_signer_waiting_seconds":
			f.Waiting = m.Value
		case "probity_signer_twin":
			f.Twin = m.Value > 0
		}
	}
	return nil
}

// lookConfig finds a configuration that cannot be read, one that another version
// wrote, and values that the environment hides.
func lookConfig(_ context.Context, p *patient) []finding {
	if p.configErr != nil {
		return []finding{{State: fault, Value: oneLine(p.configErr), Fix: "correct the file, or probity config migrate --home " + string(p.home)}}
	}
	if p.genesisErr != nil {
		return []finding{{State: fault, Value: oneLine(p.genesisErr), Fix: "use the chain's genesis file unchanged"}}
	}
	var out []finding
	text, err := os.ReadFile(p.home.config())
	if err != nil {
		return []finding{{State: fault, Value: oneLine(err), Fix: "probity config migrate --home " + string(p.home) + " writes the file anew"}}
	}
	if drift := driftOf(string(text)); len(drift) > 0 {
		out = append(out, finding{State: warning, Value: "drift: " + strings.Join(drift, "; "), Limit: "as this version writes it", Fix: "probity config migrate --home " + string(p.home)})
	}
	layers, err := settingLayers(p.home.config(), os.Environ(), nil)
	if err != nil {
		return append(out, finding{State: fault, Value: oneLine(err), Fix: "correct the file"})
	}
	for _, s := range settings {
		_, inFile := layers.file[s.Key]
		if _, inEnv := layers.env[s.Key]; inFile && inEnv {
			out = append(out, finding{State: warning, Value: fmt.Sprintf("%s hides %s of the file", envName(s.Key), s.Key), Limit: "one place for each value", Fix: "unset the variable, or take the key out of the file"})
		}
	}
	if out == nil {
		out = []finding{{State: well, Value: p.home.config()}}
	}
	return out
}

// lookDatabase reports what kept the chain from being read.
func lookDatabase(_ context.Context, p *patient) []finding {
	switch {
	case p.genesisErr != nil:
		return nil // said already
	case p.factsErr != nil && p.running:
		return []finding{{State: fault, Value: "the node holds the home and does not answer: " + oneLine(p.factsErr), Fix: "read its log; it may be starting"}}
	case p.factsErr != nil:
		return []finding{{State: fault, Value: oneLine(p.factsErr), Fix: "restore a backup, or move the folder away and join anew"}}
	case p.facts == nil:
		return []finding{{State: well, Value: "empty: the node never ran"}}
	case p.running:
		return []finding{{State: well, Value: fmt.Sprintf("the node runs, height %d", p.facts.Height)}}
	}
	return []finding{{State: well, Value: fmt.Sprintf("the node is stopped, height %d", p.facts.Height)}}
}

// lookPruning tells how much of the past is kept, and from where on.
func lookPruning(_ context.Context, p *patient) []finding {
	if p.configErr != nil || p.facts == nil {
		return nil
	}
	k := keepPolicy(p.config)
	if err := k.Check(); err != nil {
		return []finding{{State: fault, Value: oneLine(err), Fix: "raise store.keep_states and store.keep_blocks, or set 0"}}
	}
	return []finding{{State: well, Value: fmt.Sprintf("%s; oldest state %d, oldest block %d", k, p.facts.States, p.facts.Blocks)}}
}

// guarded turns a broken state into an error: doctor examines, it does not halt.
func guarded(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			broken, ok := r.(*state.Fault)
			if !ok {
				panic(r)
			}
			err = broken
		}
	}()
	return f()
}

// anySeed is a network identity for one errand.
func anySeed() (seed [32]byte) {
	_, _ = rand.Read(seed[:]) // never fails (crypto/rand)
	return seed
}

// ownKey is the active public key of a role, without a passphrase.
func ownKey(h home, role keystore.Role) (keystore.Public, bool) {
	list, err := keystore.List(h.keys())
	if err != nil {
		return keystore.Public{}, false
	}
	for _, k := range list {
		if k.Role == role && k.Standing == keystore.Active && k.Key != nil {
			return k, true
		}
	}
	return keystore.Public{}, false
}

// keyOf is the key of a public entry.
func keyOf(k keystore.Public) keys.PublicKey { return *k.Key }
