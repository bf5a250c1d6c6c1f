package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"probity/sim/attack"
)

// attacked runs `attack ARGS` and gives the code and what was printed.
func attacked(ctx context.Context, args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	s := &streams{in: strings.NewReader(""), out: &o, err: &e}
	root := build([]command{{Name: "attack", Long: simAttackLong, Sub: attackCommands()}}, s)
	root.SetArgs(append([]string{"attack"}, args...))
	code = report(ctx, s, root.ExecuteContext(ctx))
	return code, o.String(), e.String()
}

// Goal: without a name the attacks are listed. Method: every name of the table
// stands in the help.
func TestAttackLists(t *testing.T) {
	code, out, _ := attacked(t.Context())
	if code != exitDone {
		t.Fatalf("code %d", code)
	}
	for _, a := range attack.All {
		if !strings.Contains(out, "  "+a.Name+" ") || !strings.Contains(out, a.Title) {
			t.Errorf("%s is not listed", a.Name)
		}
	}
}

// Goal: a claim that holds ends in 0 and prints what was measured, for people
// and for programs. Method: a quick attack, both ways.
func TestAttackPrints(t *testing.T) {
	code, out, errs := attacked(t.Context(), "sockpuppets", "--draws", "5000", "--json")
	var r attack.Result
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != exitDone || strings.Count(out, "\n") != 1 {
		t.Fatalf("code %d, %v, %s", code, err, errs)
	}
	if !r.Holds || r.Attack != "sockpuppets" || len(r.Rows) != 21 || r.Args["draws"] != "5000" || len(r.Plots) != 1 {
		t.Errorf("unexpected result %+v", r)
	}
	code, out, errs = attacked(t.Context(), "sockpuppets", "--draws", "5000")
	if code != exitDone || errs != "" {
		t.Fatalf("code %d, %s", code, errs)
	}
	for _, want := range []string{"claim: ", "share of blocks, cycle", "puppets 50", "└──", "the claim holds"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// Goal: a claim that does not hold ends in 1 with one line that says where.
// Method: an adversary above the bound that the claim states.
func TestAttackFails(t *testing.T) {
	code, out, errs := attacked(t.Context(), "grind", "--alpha", "0.45", "--scheme", "recoverable",
		"--selection", "lottery", "--draws", "50000", "--real", "0")
	if code != exitFailed || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "does not hold: 1 of 2 figures, the first: recoverable: share of draws, lottery alpha 0.45") {
		t.Errorf("code %d: %s", code, errs)
	}
	if !strings.Contains(out, "THE CLAIM DOES NOT HOLD") {
		t.Error("the output does not say so")
	}
}

// Goal: wrong names and options end in 2 with one line that helps. Method: one
// of each kind.
func TestAttackUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"grnd"}, `unknown command "grnd" for probity attack: did you mean grind?`},
		{[]string{"grind", "--alfa", "1"}, "unknown flag: --alfa"},
		{[]string{"grind", "--alpha", "2"}, `sim attack grind: --alpha: "2" is not a number between 0 and 0.5`},
		{[]string{"grind", "more"}, "one argument too many"},
	} {
		code, _, errs := attacked(t.Context(), c.args...)
		if code != exitUsage || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, c.want) {
			t.Errorf("%v: code %d: %s", c.args, code, errs)
		}
	}
}

// Goal: an interrupt ends a long attack at once. Method: a context that is
// already done.
func TestAttackInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if code, _, errs := attacked(ctx, "votegames", "--pools", "1000000"); code != exitInterrupted {
		t.Errorf("code %d: %s", code, errs)
	}
}

// Goal: prose fits the width. Method: a text of many words.
func TestWrapped(t *testing.T) {
	text := wrapped("- ", strings.Repeat("wörter und ", 30), 40)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range lines {
		if utf8.RuneCountInString(line) > 40 || i > 0 && !strings.HasPrefix(line, "  ") {
			t.Errorf("line %q", line)
		}
	}
	if got := strings.Fields(text); len(lines) < 8 || len(got) != 61 {
		t.Errorf("%d lines, %d words", len(lines), len(got))
	}
}
