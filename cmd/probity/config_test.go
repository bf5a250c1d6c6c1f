package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// Goal: flags count more than the environment, that more than the file, and
// that more than the defaults. Method: one key more in each layer.
func TestLayers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	text := "rpc.listen = \"file\"\nops.listen = \"file\"\n[p2p]\nbootstrap = [\"a\", \"b\"]\nmax_peers = 7\n[producer]\nenabled = false\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	addSettings(flags)
	if err := flags.Parse([]string{"--rpc-listen", "flag", "--p2p-listen", "x,y"}); err != nil {
		t.Fatal(err)
	}
	c, err := loadConfig(path, []string{"PROBITY_RPC_LISTEN=env", "PROBITY_OPS_LISTEN=env", "PROBITY_RPC_HOSTS=one, two", "PATH=/bin"}, flags)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{
		"rpc.listen": "flag", "ops.listen": "env", "log.level": "info", "p2p.max_peers": 7, "producer.enabled": false,
		"bench.enabled": true, "p2p.bootstrap": []string{"a", "b"}, "rpc.hosts": []string{"one", "two"}, "p2p.listen": []string{"x", "y"},
	} {
		var got any
		switch want.(type) {
		case string:
			got = c.text(key)
		case int:
			got = c.number(key)
		case bool:
			got = c.on(key)
		default:
			got = c.list(key)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
}

// Goal: the file that init writes says the defaults. Method: take the comment
// signs off its settings, read it, compare with no file at all.
func TestConfigFileSaysDefaults(t *testing.T) {
	text, err := configFile(nil)
	if err != nil {
		t.Fatal(err)
	}
	var plain strings.Builder
	for _, line := range strings.Split(text, "\n") {
		if rest, ok := strings.CutPrefix(line, "# "); ok && findSetting(strings.SplitN(rest, " = ", 2)[0]) != nil {
			line = rest
		}
		plain.WriteString(line + "\n")
	}
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(plain.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := fileLayer(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(file) != len(settings) {
		t.Fatalf("%d settings in the file, want %d", len(file), len(settings))
	}
	for _, s := range settings {
		if !reflect.DeepEqual(file[s.Key], s.Default) {
			t.Errorf("%s is %v in the file, its default is %v", s.Key, file[s.Key], s.Default)
		}
	}
}

// Goal: a typing error finds what was meant, nonsense finds nothing. Method: a
// table.
func TestNearest(t *testing.T) {
	for word, want := range map[string]string{
		"p2p.listn": "p2p.listen", "rpc.listen": "rpc.listen", "producer.enable": "producer.enabled",
		"log.levle": "log.level", "zzzzzzzzzzzzzzzz": "", "mempool.tx": "mempool.txs",
	} {
		if got := nearest(word, settingKeys()); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}
