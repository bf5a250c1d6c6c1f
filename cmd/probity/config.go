package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/knadh/koanf/maps"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"

	"probity/node/blobs"
	"probity/node/signer/keystore"
)

// setting is one key of the configuration. Its default tells its type: text,
// list of texts, whole number or switch.
type setting struct {
	Key     string
	Default any
	Doc     string
}

// settings is the table of all keys; TOML, environment and flags follow from it.
var settings = []setting{
	{"chain", "", "name of the chain; it must be the genesis file's"},
	{"rpc.listen", "127.0.0.1:8645", "address of JSON-RPC over HTTP and WebSocket"},
	{"rpc.hosts", []string{}, "host names that requests may be addressed to, besides loopback"},
	{"rpc.jwt_secret", "", "file with a secret of 64 hex digits, made where it is missing: whoever has it may call the operator's methods over TCP; empty: nobody"},
	{"ops.listen", "127.0.0.1:8646", "address of health, metrics and version"},
	{"p2p.listen", []string{"/ip4/0.0.0.0/tcp/8640", "/ip4/0.0.0.0/udp/8640/quic-v1"}, "addresses for peers: multiaddresses, or host:port for both TCP and QUIC"},
	{"p2p.bootstrap", []string{}, "peers to stay connected to: multiaddresses that end in /p2p/ID"},
	{"p2p.announce", []string{}, "addresses that peers reach this node at, where they cannot see them themselves (NAT, containers)"},
	{"p2p.max_peers", 50, "connected peers besides those of p2p.bootstrap"},
	{"producer.enabled", true, "renew the availability contract every epoch"},
	{"bench.enabled", true, "sit on the bench and vote; false: observe"},
	{"mempool.txs", 50_000, "transactions waiting at most"},
	{"mempool.bytes", 64 << 20, "bytes of waiting transactions at most"},
	{"blobs.bytes", blobs.DefaultMax, "bytes of releases and other content kept for peers at most (probity release pin)"},
	{"store.keep_states", 4096, "keep the states of the last so many blocks, 256 at least; 0: all"},
	{"store.keep_blocks", 0, "keep the last so many blocks, 256 at least; 0: all"},
	{"signer.socket", "", "unix socket of probity signer serve; empty: this process signs"},
	{"signer.wait_seconds", 60, "how long a key whose past is unknown listens for another host before it signs"},
	{"log.level", "info", "debug, info, warn or error"},
	{"log.format", "text", "text or json"},
	{"keys.passphrase_file", "", "file that holds the passphrase of the keystore"},
}

// config is the configuration of a home.
type config struct {
	k *koanf.Koanf
}

func (c *config) text(key string) string   { return c.k.String(key) }
func (c *config) list(key string) []string { return c.k.Strings(key) }
func (c *config) number(key string) int    { return c.k.Int(key) }
func (c *config) on(key string) bool       { return c.k.Bool(key) }

// layer is one source of settings by key, as koanf reads it.
type layer map[string]any

// ReadBytes is not how a layer is read.
func (layer) ReadBytes() ([]byte, error) { return nil, errors.New("a layer has no bytes") }

// Read gives the settings as nested tables.
func (l layer) Read() (map[string]any, error) { return maps.Unflatten(l, "."), nil }

// loadConfig reads the settings: defaults < file < environment < flags. A file
// that does not exist gives none.
func loadConfig(path string, environ []string, flags *pflag.FlagSet) (*config, error) {
	defaults := layer{}
	for _, s := range settings {
		defaults[s.Key] = s.Default
	}
	file, err := fileLayer(path)
	if err != nil {
		return nil, err
	}
	env, err := envLayer(environ)
	if err != nil {
		return nil, err
	}
	given, err := flagLayer(flags)
	if err != nil {
		return nil, err
	}
	k := koanf.New(".")
	for _, l := range []layer{defaults, file, env, given} {
		if err := k.Load(l, nil); err != nil {
			return nil, fmt.Errorf("configuration: %w", err)
		}
	}
	return &config{k}, nil
}

// fileLayer reads a TOML file.
func fileLayer(path string) (layer, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return layer{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	nested := map[string]any{}
	if err := toml.Unmarshal(raw, &nested); err != nil {
		var at toml.ParseError
		if errors.As(err, &at) {
			return nil, failed("malformed TOML", fmt.Sprintf("%s line %d", path, at.Position.Line), at.Message)
		}
		return nil, failed("malformed TOML", path, oneLine(err))
	}
	flat, _ := maps.Flatten(nested, nil, ".")
	names := make([]string, 0, len(flat))
	for name := range flat {
		names = append(names, name)
	}
	sort.Strings(names)
	out := layer{}
	for _, name := range names {
		s := findSetting(name)
		if s == nil {
			return nil, unknownSetting("key", name, path, settingKeys())
		}
		if out[name], err = s.accept(flat[name]); err != nil {
			return nil, failed(fmt.Sprintf("%s: %v", name, err), path, s.Doc)
		}
	}
	return out, nil
}

// otherVariables are those of our own that are no settings.
var otherVariables = []string{"PROBITY_HOME", keystore.EnvPassphrase, exportEnv, leashEnv, portEnv}

// envLayer reads the variables that begin with PROBITY_.
func envLayer(environ []string) (layer, error) {
	byName, names := map[string]*setting{}, append([]string{}, otherVariables...)
	for i := range settings {
		name := envName(settings[i].Key)
		byName[name], names = &settings[i], append(names, name)
	}
	out := layer{}
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, "PROBITY_") || slices.Contains(otherVariables, name) {
			continue
		}
		s := byName[name]
		if s == nil {
			return nil, unknownSetting("variable", name, "environment", names)
		}
		v, err := s.parse(value)
		if err != nil {
			return nil, failed(fmt.Sprintf("%s: %v", name, err), "environment", s.Doc)
		}
		out[s.Key] = v
	}
	return out, nil
}

// flagLayer reads the flags of settings that were given.
func flagLayer(flags *pflag.FlagSet) (layer, error) {
	out := layer{}
	if flags == nil {
		return out, nil
	}
	var first error
	flags.Visit(func(f *pflag.Flag) {
		for i := range settings {
			s := &settings[i]
			if flagName(s.Key) != f.Name || f.Annotations[settingFlag] == nil {
				continue
			}
			if list, ok := f.Value.(pflag.SliceValue); ok {
				out[s.Key] = list.GetSlice()
				return
			}
			v, err := s.parse(f.Value.String())
			if err != nil && first == nil {
				first = usage("--%s: %w", f.Name, err)
			}
			out[s.Key] = v
		}
	})
	return out, first
}

// settingFlag marks the flags of settings among a command's others.
const settingFlag = "setting"

// addSettings declares a flag for every setting.
func addSettings(f *pflag.FlagSet) {
	for _, s := range settings {
		name := flagName(s.Key)
		switch d := s.Default.(type) {
		case string:
			f.String(name, d, s.Doc)
		case []string:
			f.StringSlice(name, d, s.Doc)
		case int:
			f.Int(name, d, s.Doc)
		case bool:
			f.Bool(name, d, s.Doc)
		}
		f.Lookup(name).Annotations = map[string][]string{settingFlag: {s.Key}}
	}
}

// accept checks a value as TOML gives it.
func (s *setting) accept(v any) (any, error) {
	switch s.Default.(type) {
	case string:
		if t, ok := v.(string); ok {
			return t, nil
		}
		return nil, errors.New("want a text")
	case int:
		if n, ok := v.(int64); ok && n >= 0 {
			return int(n), nil
		}
		return nil, errors.New("want a whole number")
	case bool:
		if b, ok := v.(bool); ok {
			return b, nil
		}
		return nil, errors.New("want true or false")
	}
	items, ok := v.([]any)
	if !ok {
		return nil, errors.New("want a list of texts")
	}
	out := make([]string, len(items))
	for i, it := range items {
		if out[i], ok = it.(string); !ok {
			return nil, errors.New("want a list of texts")
		}
	}
	return out, nil
}

// parse reads a value as the environment gives it; lists have commas.
func (s *setting) parse(text string) (any, error) {
	switch s.Default.(type) {
	case string:
		return text, nil
	case int:
		n, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return nil, fmt.Errorf("%q: want a whole number", text)
		}
		return int(n), nil
	case bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, fmt.Errorf("%q: want true or false", text)
		}
		return b, nil
	}
	out := []string{}
	for _, it := range strings.Split(text, ",") {
		if it = strings.TrimSpace(it); it != "" {
			out = append(out, it)
		}
	}
	return out, nil
}

func findSetting(key string) *setting {
	for i := range settings {
		if settings[i].Key == key {
			return &settings[i]
		}
	}
	return nil
}

func settingKeys() []string {
	out := make([]string, len(settings))
	for i, s := range settings {
		out[i] = s.Key
	}
	return out
}

func unknownSetting(what, name, where string, known []string) error {
	fix := "the keys are listed in the file that init writes"
	if n := nearest(name, known); n != "" {
		fix = fmt.Sprintf("did you mean %s?", n)
	}
	return failed(fmt.Sprintf("unknown %s %q", what, name), where, fix)
}

// envName is the variable of a setting: p2p.max_peers is PROBITY_P2P_MAX_PEERS.
func envName(key string) string {
	return "PROBITY_" + strings.ToUpper(strings.NewReplacer(".", "_").Replace(key))
}

// flagName is the flag of a setting: p2p.max_peers is --p2p-max-peers.
func flagName(key string) string { return strings.NewReplacer(".", "-", "_", "-").Replace(key) }

// configFile is the text of a new configuration: the given values, and every
// other key with its default behind a comment sign.
func configFile(given map[string]any) (string, error) {
	var b strings.Builder
	b.WriteString("# Settings of this home. The environment (PROBITY_RPC_LISTEN) and flags\n# (--rpc-listen) count more than this file. Keys behind # have their defaults.\n")
	for _, s := range settings {
		v, ok := given[s.Key]
		sign := ""
		if !ok {
			v, sign = s.Default, "# "
		}
		text, err := tomlValue(v)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\n# %s\n%s%s = %s\n", s.Doc, sign, s.Key, text)
	}
	return b.String(), nil
}

// tomlValue writes a value of a setting.
func tomlValue(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return strconv.Quote(v), nil
	case int:
		return strconv.Itoa(v), nil
	case bool:
		return strconv.FormatBool(v), nil
	case []string:
		quoted := make([]string, len(v))
		for i, it := range v {
			quoted[i] = strconv.Quote(it)
		}
		return "[" + strings.Join(quoted, ", ") + "]", nil
	}
	return "", fmt.Errorf("configuration: %T has no form", v)
}

// home is the folder of one node.
type home string

func (h home) config() string  { return filepath.Join(string(h), "config.toml") }
func (h home) genesis() string { return filepath.Join(string(h), "genesis.json") }
func (h home) keys() string    { return filepath.Join(string(h), "keys") }
func (h home) blobs() string   { return filepath.Join(string(h), "blobs") }

// homeFlag declares --home.
func homeFlag(f *pflag.FlagSet) *string {
	return f.String("home", defaultHome(), "the node's `folder`")
}

// defaultHome is $PROBITY_HOME, or .probity in the user's own folder.
func defaultHome() string {
	if v := os.Getenv("PROBITY_HOME"); v != "" {
		return v
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return ".probity"
	}
	return filepath.Join(dir, ".probity")
}
