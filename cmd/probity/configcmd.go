package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/knadh/koanf/maps"
	"github.com/spf13/pflag"
)

// configCommands are the verbs of config.
func configCommands() []command {
	return []command{
		{Name: "explain", Args: "[KEY]", Most: 1, Short: "Tell a setting's value, where it comes from, its default and its meaning", Setup: configExplain},
		{Name: "diff", Short: "List the settings that are not at their defaults", Setup: configDiff},
		{Name: "migrate", Short: "Write config.toml anew as this version does; the old file is kept", Long: migrateLong, Setup: configMigrate},
	}
}

const migrateLong = `
Write config.toml as this version writes it: every key with its meaning, values
that were set kept, defaults behind a comment sign. Keys that this version does
not know are kept as comments. The file before it stays beside it as
config.toml.1, .2 and so on.`

// layers are the sources of settings apart.
type layers struct{ file, env, given layer }

// settingLayers reads the sources without merging them.
func settingLayers(path string, environ []string, flags *pflag.FlagSet) (l layers, err error) {
	if l.file, err = fileLayer(path); err != nil {
		return l, err
	}
	if l.env, err = envLayer(environ); err != nil {
		return l, err
	}
	l.given, err = flagLayer(flags)
	return l, err
}

// effective is the value of a setting and the layer that it comes from.
func (l layers) effective(s *setting) (value any, from string) {
	for _, at := range []struct {
		name string
		layer
	}{{"flag --" + flagName(s.Key), l.given}, {"environment " + envName(s.Key), l.env}, {"file", l.file}} {
		if v, ok := at.layer[s.Key]; ok {
			return v, at.name
		}
	}
	return s.Default, "default"
}

// explained is a setting as explain and diff show it.
type explained struct {
	Key      string `json:"key"`
	Value    any    `json:"value"`
	Layer    string `json:"layer"`
	Default  any    `json:"default"`
	Meaning  string `json:"meaning"`
	Variable string `json:"variable"`
	Flag     string `json:"flag"`
}

func explain(l layers, s *setting) explained {
	v, from := l.effective(s)
	return explained{s.Key, v, from, s.Default, s.Doc, envName(s.Key), "--" + flagName(s.Key)}
}

func configExplain(f *pflag.FlagSet) action {
	dir := homeFlag(f)
	asJSON := f.Bool("json", false, "print one JSON object")
	addSettings(f)
	return func(_ context.Context, s *streams, args []string) error {
		l, err := settingLayers(home(*dir).config(), os.Environ(), f)
		if err != nil {
			return err
		}
		shown := settings
		if len(args) == 1 {
			one := findSetting(args[0])
			if one == nil {
				return unknownSetting("key", args[0], "the command line", settingKeys())
			}
			shown = []setting{*one}
		}
		var out []explained
		for i := range shown {
			out = append(out, explain(l, &shown[i]))
		}
		if *asJSON {
			return s.object(map[string]any{"settings": out})
		}
		for i, e := range out {
			if i > 0 {
				s.printf("\n")
			}
			value, err := tomlValue(e.Value)
			if err != nil {
				return err
			}
			standard, err := tomlValue(e.Default)
			if err != nil {
				return err
			}
			s.printf("%s = %s\n  from     %s\n  default  %s\n  meaning  %s\n  set by   %s, %s, or the key in config.toml\n", e.Key, value, e.Layer, standard, e.Meaning, e.Flag, e.Variable)
		}
		return nil
	}
}

func configDiff(f *pflag.FlagSet) action {
	dir := homeFlag(f)
	asJSON := f.Bool("json", false, "print one JSON object")
	addSettings(f)
	return func(_ context.Context, s *streams, _ []string) error {
		l, err := settingLayers(home(*dir).config(), os.Environ(), f)
		if err != nil {
			return err
		}
		out := []explained{}
		for i := range settings {
			if e := explain(l, &settings[i]); !reflect.DeepEqual(e.Value, e.Default) {
				out = append(out, e)
			}
		}
		if *asJSON {
			return s.object(map[string]any{"settings": out})
		}
		for _, e := range out {
			value, err := tomlValue(e.Value)
			if err != nil {
				return err
			}
			standard, err := tomlValue(e.Default)
			if err != nil {
				return err
			}
			s.printf("%s = %s (%s; default %s)\n", e.Key, value, e.Layer, standard)
		}
		return nil
	}
}

// writtenBy is how a configuration begins that this program wrote.
const writtenBy = "# Settings of this home."

// driftOf lists how a configuration differs from what this version writes:
// settings that it does not mention, and defaults that have changed since. A
// file that a person wrote from nothing has no drift.
func driftOf(text string) (out []string) {
	if !strings.HasPrefix(text, writtenBy) {
		return nil
	}
	given := map[string]any{}
	if err := toml.Unmarshal([]byte(text), &given); err == nil {
		given, _ = maps.Flatten(given, nil, ".")
	}
	noted := map[string]string{}
	for _, line := range strings.Split(text, "\n") {
		if key, value, ok := strings.Cut(strings.TrimPrefix(line, "# "), " = "); ok && strings.HasPrefix(line, "# ") && findSetting(key) != nil {
			noted[key] = value
		}
	}
	for _, s := range settings {
		if _, set := given[s.Key]; set {
			continue
		}
		now, err := tomlValue(s.Default)
		was, ok := noted[s.Key]
		switch {
		case err != nil:
		case !ok:
			out = append(out, s.Key+" is not in the file")
		case was != now:
			out = append(out, fmt.Sprintf("the file names %s as the default of %s, which is %s", was, s.Key, now))
		}
	}
	return out
}

func configMigrate(f *pflag.FlagSet) action {
	dir := homeFlag(f)
	dry := f.Bool("dry-run", false, "print the new file and write nothing")
	return func(_ context.Context, s *streams, _ []string) error {
		path := home(*dir).config()
		old, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("configuration: %w", err)
		}
		text, dropped, err := migrated(path, old)
		if err != nil {
			return err
		}
		if *dry {
			s.printf("%s", text)
			return nil
		}
		if bytes.Equal(old, []byte(text)) {
			s.printf("%s is as this version writes it\n", path)
			return nil
		}
		if len(old) > 0 {
			kept, err := keepOld(path, old)
			if err != nil {
				return err
			}
			s.printf("kept     %s\n", kept)
		}
		if err := replaceFile(path, []byte(text)); err != nil {
			return err
		}
		for _, key := range dropped {
			s.printf("unknown  %s: kept as a comment\n", key)
		}
		s.printf("written  %s\n", path)
		return nil
	}
}

// migrated is the text of a configuration as this version writes it, and the
// keys that it does not know.
func migrated(path string, old []byte) (text string, dropped []string, err error) {
	nested := map[string]any{}
	if err := toml.Unmarshal(old, &nested); err != nil {
		return "", nil, failed("malformed TOML", path, oneLine(err))
	}
	flat, _ := maps.Flatten(nested, nil, ".")
	given := map[string]any{}
	for name, v := range flat {
		s := findSetting(name)
		if s == nil {
			dropped = append(dropped, name)
			continue
		}
		if given[name], err = s.accept(v); err != nil {
			return "", nil, failed(fmt.Sprintf("%s: %v", name, err), path, s.Doc)
		}
	}
	sort.Strings(dropped)
	if text, err = configFile(given); err != nil {
		return "", nil, err
	}
	for i, name := range dropped {
		if i == 0 {
			text += "\n# Unknown to this version:\n"
		}
		text += fmt.Sprintf("# %s = %v\n", name, flat[name])
	}
	return text, dropped, nil
}

// keepOld writes a file's content under the first free number behind its name.
func keepOld(path string, b []byte) (string, error) {
	for i := 1; ; i++ {
		name := fmt.Sprintf("%s.%d", path, i)
		if !exists(name) {
			return name, writeNew(name, b)
		}
	}
}

// replaceFile writes a file in the place of another, all or nothing.
func replaceFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}
