package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"

	"github.com/spf13/pflag"
)

// runningFile is what a node runs with, beside its configuration: written at each
// start, read by doctor while the home is in use.
const runningFile = "running.json"

// runningSettings is the form of runningFile.
type runningSettings struct {
	Software string      `json:"software"`
	Settings []explained `json:"settings"`
}

// noteRunning writes the settings that a node starts with, and where each comes
// from. No setting is a secret.
func noteRunning(h home, f *pflag.FlagSet) error {
	l, err := settingLayers(h.config(), os.Environ(), f)
	if err != nil {
		return err
	}
	r := runningSettings{Software: software()}
	for i := range settings {
		r.Settings = append(r.Settings, explain(l, &settings[i]))
	}
	text, err := json.MarshalIndent(&r, "", "  ")
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	return replaceFile(filepath.Join(string(h), runningFile), append(text, '\n'))
}

// lookDrift compares config.toml with what the running node took from it. What
// came from the node's own environment or flags is no drift: doctor cannot see
// them.
func lookDrift(_ context.Context, p *patient) []finding {
	if !p.running || p.configErr != nil {
		return nil
	}
	raw, err := os.ReadFile(filepath.Join(string(p.home), runningFile))
	var r runningSettings
	if err == nil {
		err = json.Unmarshal(raw, &r)
	}
	if err != nil {
		return []finding{{State: unknown, Value: "what the node runs with is not known: " + oneLine(err), Fix: "restart the node"}}
	}
	now, err := settingLayers(p.home.config(), nil, nil)
	if err != nil {
		return nil // lookConfig tells
	}
	var out []finding
	for _, was := range r.Settings {
		s := findSetting(was.Key)
		if s == nil || was.Layer != "file" && was.Layer != "default" {
			continue
		}
		value, _ := now.effective(s)
		if have, want := jsonText(was.Value), jsonText(value); have != want {
			out = append(out, finding{
				State: fault, Value: fmt.Sprintf("drift: the node runs with %s = %s, config.toml says %s", was.Key, have, want), Limit: "one value in both",
				Fix: "restart the node to have the file count, or put " + have + " back into " + p.home.config(),
			})
		}
	}
	if r.Software != software() {
		out = append(out, finding{
			State: warning, Value: fmt.Sprintf("the node runs %s, this program is %s", r.Software, software()), Limit: "one version", Fix: "restart the node to run the new program",
		})
	}
	if out == nil {
		out = []finding{{State: well, Value: "the node runs with what config.toml says"}}
	}
	return out
}

// jsonText is a value in one form, whether it was read from TOML or from JSON.
func jsonText(v any) string {
	if rv := reflect.ValueOf(v); rv.Kind() == reflect.Slice && rv.Len() == 0 {
		return "[]"
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
