package explorer_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"sort"
	"strings"
	"testing"

	"probity/node/explorer"
	"probity/node/explorer/browsertest"
)

// recording is what a node of a testnet answered, by method and params, when
// each page of governance had something to show: cases, an emergency team that
// broke circuits, tasks of watchtowers, proposals, a release, a counting.
type recording map[string]json.RawMessage

func (g recording) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/ws" {
		(&node{}).socket(w, r)
		return
	}
	if explorer.Serve(w, r) {
		return
	}
	var batch []struct {
		ID     int
		Method string
		Params map[string]any
	}
	if err := json.NewDecoder(r.Body).Decode(&batch); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var out []any
	for _, c := range batch {
		params, _ := json.Marshal(c.Params) // members in order
		answer, ok := g[c.Method+" "+string(params)]
		if !ok {
			answer = json.RawMessage("null")
		}
		out = append(out, map[string]any{"jsonrpc": "2.0", "id": c.ID, "result": answer})
	}
	_ = json.NewEncoder(w).Encode(out)
}

// detail finds the page of the first thing of a kind whose answer has a text.
func (g recording) detail(t *testing.T, method, param, text string) string {
	t.Helper()
	names := make([]string, 0, len(g))
	for name := range g {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if m := regexp.MustCompile("^" + method + ` .*"` + param + `":"?([^",}]+)`).FindStringSubmatch(name); m != nil && strings.Contains(string(g[name]), text) {
			return m[1]
		}
	}
	t.Fatalf("the recording has no %s with %s", method, text)
	return ""
}

// Goal: what people decide is shown whole, on a desk and on a phone: each page
// says what the node said, nothing is wider than the screen, no table has to be
// pushed aside on a phone, and all controls have names. Method: Chromium before
// the recorded answers of a testnet.
func TestGovernance(t *testing.T) {
	raw, err := os.ReadFile("testdata/governance.json")
	if err != nil {
		t.Fatal(err)
	}
	var g recording
	if err := json.Unmarshal(raw, &g); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(g)
	t.Cleanup(s.Close)
	b := browsertest.Open(t, s.URL)
	pages := []struct {
		path  string
		shows []string
	}{
		{"court", []string{"censorship", "abuse of a role"}},
		{"case/" + g.detail(t, "court_get", "case", `"charge":"censorship"`), []string{"left out every transaction", "Jurors commit", "Evidence", "of 3 seats|: \\d guilty", "revealed"}},
		{"dcert", []string{"contribution/sponsor", "on call in European hours", "the rounding in bank/send", "not told yet", "member"}},
		{"oracle", []string{"Salary of epoch", "treegen.py|watchtower", "agreed"}},
		{"task/salary-" + g.detail(t, "oracle_submissions", "subject", `"standing":"agreed"`), []string{"of epoch", "answered", "agrees"}},
		{"proposals", []string{"A longer entry into pools", "Grave"}},
		{"proposal/" + g.detail(t, "legislature_get", "proposal", "longer entry"), []string{"pool.entry_ppm", "Without risk", "450,000", "Rejected"}},
		{"releases", []string{"1.1", "activists", "reported without having read"}},
		{"release/" + g.detail(t, "release_status", "rc", `"version":"1.1"`), []string{"Checked here: the trail is whole", "Vote opened", "Technologists", "rebuilt|Rebuilt"}},
		{"contributions", []string{"git:ada@example.org", "minted", "of commit [0-9a-f]{8}…$"}},
	}
	for _, size := range []struct {
		name          string
		width, height int64
		dark          bool
	}{{"desk", 1360, 900, true}, {"phone", 390, 844, false}} {
		b.Size(size.width, size.height, size.dark)
		for _, p := range pages {
			b.Go(p.path)
			b.Until(`document.querySelector(".page") && document.querySelector(".checking, .skeleton") === null`)
			text := b.Text()
			for _, want := range p.shows {
				if !regexp.MustCompile("(?m)" + want).MatchString(text) {
					t.Errorf("%s on a %s does not show %q:\n%s", p.path, size.name, want, text)
				}
			}
			if bad := browsertest.Eval[string](b, fmt.Sprintf(layout, size.width)); bad != "" {
				t.Errorf("%s on a %s: %s", p.path, size.name, bad)
			}
			name, _, _ := strings.Cut(p.path, "/")
			b.Shot("governance-" + size.name + "-" + name)
		}
	}
	b.Clean()
}

// layout finds what is wider than its place, what has no name for a screen
// reader, and words that are broken in a track of stages.
const layout = `(() => {
	const bad = [], width = %d;
	if (document.documentElement.scrollWidth > width) bad.push("the page is " + document.documentElement.scrollWidth + " wide");
	for (const e of document.querySelectorAll("main .scroll")) if (e.scrollWidth > e.clientWidth + 1) bad.push("wider than its place: " + e.querySelector("caption").textContent);
	for (const e of document.querySelectorAll("main button, main a, main input, main select, main [role=img]")) {
		const named = e.textContent.trim() || e.getAttribute("aria-label") || e.title || e.closest("label");
		if (!named && !e.parentElement.closest("[role=img]") && e.offsetParent) bad.push("without a name: " + e.outerHTML.slice(0, 100));
	}
	for (const e of document.querySelectorAll(".track:not(.small) span")) if (!/ /.test(e.textContent.trim()) && e.offsetHeight > 30) bad.push("broken: " + e.textContent);
	return bad.join("\n");
})()`
