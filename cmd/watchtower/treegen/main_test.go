package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// Goal: the generator as a program gives the trees of the vectors, refuses what
// they refuse, and says of everything else that it does not have it. Method: the
// lines of docs/spec/vectors through the program's loop, as a judge asks them.
func TestO5_TreegenIsAProgramOfItsOwn(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "docs", "spec", "vectors", "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatal("no vectors", err)
	}
	right := map[string]int{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
			var want struct {
				Op     string
				Out    map[string]any
				Refuse bool
			}
			if err := json.Unmarshal([]byte(line), &want); err != nil || want.Op == "" {
				continue
			}
			var out bytes.Buffer
			if err := answer(strings.NewReader(line+"\n"), &out); err != nil {
				t.Fatal(err)
			}
			var got struct {
				Out         map[string]any
				Error       string
				Unsupported bool
			}
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			mine := want.Op == "salary.tree" || want.Op == "points.tree" || want.Op == "epoch.state"
			if got.Unsupported != !mine || mine && (got.Error != "") != want.Refuse {
				t.Errorf("%s: %s", want.Op, out.String())
			}
			for k, v := range want.Out {
				if mine && !reflect.DeepEqual(got.Out[k], v) {
					t.Errorf("%s: %s is %v, want %v", want.Op, k, got.Out[k], v)
				}
			}
			right[want.Op]++
		}
	}
	if right["salary.tree"] == 0 || right["points.tree"] == 0 || right["epoch.state"] == 0 || right["cbor"] == 0 {
		t.Errorf("vectors %v", right)
	}
}
