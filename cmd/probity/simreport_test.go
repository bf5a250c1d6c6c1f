package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// reported runs `report ARGS` and gives the code and what was printed.
func reported(ctx context.Context, in string, args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	s := &streams{in: strings.NewReader(in), out: &o, err: &e}
	root := build([]command{{Name: "report", Args: "[FILE...]", Most: 4096, Long: simReportLong, Setup: simReportCommand}}, s)
	root.SetArgs(append([]string{"report"}, args...))
	code = report(ctx, s, root.ExecuteContext(ctx))
	return code, o.String(), e.String()
}

// Goal: results of commands become a page, and the code says whether the claims
// held. Method: an attack's own output as a file and on the standard input, then
// one whose claim does not hold.
func TestReportWrites(t *testing.T) {
	_, held, _ := attacked(t.Context(), "bribery", "--json")
	file, page := filepath.Join(t.TempDir(), "bribery.json"), filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(held), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := reported(t.Context(), "", file, "--out", page, "--date", "a day")
	if code != exitDone || errs != "" || !strings.Contains(out, "✓ bribery        held\n"+page+": ") {
		t.Errorf("code %d, %s%s", code, out, errs)
	}
	html, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"The one claim held.", "probity sim report " + file + "<", "<dd>a day</dd>", "probity sim attack bribery --epsilon 0.1 --blocks 1,1024"} {
		if !strings.Contains(string(html), want) {
			t.Errorf("no %q on the page", want)
		}
	}
	if code, out, _ = reported(t.Context(), held, "-", "--out", "-"); code != exitDone || !strings.HasPrefix(out, "<!DOCTYPE html>") || !strings.HasSuffix(out, "</html>\n") {
		t.Errorf("code %d, %.40q", code, out)
	}
	failed := strings.Replace(held, `"ok":true`, `"ok":false`, 1)
	code, out, errs = reported(t.Context(), failed, "-", "--out", page, "--json")
	var r reportResult
	if err := json.Unmarshal([]byte(out), &struct {
		Failed *int
		Out    *string
	}{&r.Failed, &r.Out}); err != nil || r.Failed != 1 || r.Out != page {
		t.Errorf("%v: %s", err, out)
	}
	if code != exitFailed || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "1 of 1 claims did not hold, the first: bribery: ") {
		t.Errorf("code %d: %s", code, errs)
	}
}

// Goal: what cannot be a page is refused with one line before anything is
// written. Method: one of each kind.
func TestReportRefuses(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.html")
	for _, c := range []struct {
		in   string
		args []string
		code int
		want string
	}{
		{`{"height":7}`, []string{"-"}, exitFailed, "not a result of the simulator: -: none of its fields is known: give the JSON of probity sim attack NAME"},
		{"", []string{"no-such-file.json"}, exitFailed, "no-such-file.json"},
		{"", []string{"--run", "slow"}, exitUsage, "--run slow: want quick or full"},
		{"", []string{"--nodes", "3"}, exitUsage, "want 4 to 16 nodes"},
		{"", []string{"x.json", "--run", "full"}, exitUsage, "--run is for a campaign that is run, and files are given"},
		{"", []string{"x.json", "--json", "--out", "-"}, exitUsage, "both want the standard output"},
	} {
		code, _, errs := reported(t.Context(), c.in, append([]string{"--out", page}, c.args...)...)
		if code != c.code || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, c.want) {
			t.Errorf("%v: code %d: %s", c.args, code, errs)
		}
	}
	if _, err := os.Stat(page); err == nil {
		t.Error("a refused report wrote a page")
	}
}

// Goal: an interrupt ends a campaign at once. Method: a context that is already
// done.
func TestReportInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if code, _, errs := reported(ctx, "", "--run", "full", "--out", filepath.Join(t.TempDir(), "page.html")); code != exitInterrupted {
		t.Errorf("code %d: %s", code, errs)
	}
}
