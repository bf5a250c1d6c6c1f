package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"probity/chain/keys"
	"probity/node/explorer/browsertest"
)

// net4 is a running testnet of four nodes.
type net4 struct {
	t    *testing.T
	home string
	rpc  string // of node 0
}

// startNet starts the testnet as people do, and stops it when the test ends.
func startNet(t *testing.T) *net4 {
	t.Helper()
	probity, err := exec.LookPath("probity") // the test binary under this name, from TestMain
	if err != nil {
		t.Skip("the test binary is not installed under its name: ", err)
	}
	n := &net4{t: t, home: filepath.Join(t.TempDir(), "net")}
	cmd := exec.Command(probity, "testnet", "--headless", "--rate", "20", "--interval", "100", "--home", n.home, "--keep")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT} // a test that panics cleans nothing up
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGINT)
		_ = cmd.Wait()
		_ = w.Close()
	})
	lines := bufio.NewScanner(r)
	var seen []string
	for n.rpc == "" && lines.Scan() {
		seen = append(seen, lines.Text())
		for _, word := range strings.Fields(lines.Text()) {
			if strings.HasPrefix(word, "http://") && n.rpc == "" {
				n.rpc = word
			}
		}
	}
	if n.rpc == "" {
		t.Fatalf("the testnet tells no address:\n%s", strings.Join(seen, "\n"))
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	n.until("a block is final", func() bool { return n.height() > 0 })
	return n
}

// call asks node 0.
func (n *net4) call(method string, params any, into any) error {
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		return err
	}
	r, err := http.Post(n.rpc, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer r.Body.Close()
	var answer struct{ Result, Error json.RawMessage }
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
		return err
	}
	if answer.Error != nil {
		return fmt.Errorf("%s: %s", method, answer.Error)
	}
	return json.Unmarshal(answer.Result, into)
}

func (n *net4) height() int {
	var s struct{ Finalized struct{ Height int } }
	_ = n.call("chain_status", struct{}{}, &s)
	return s.Finalized.Height
}

func (n *net4) until(what string, done func() bool) {
	n.t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			n.t.Fatal("it never came to: ", what)
		}
	}
}

// run runs the program for a node's account and answers its last line.
func (n *net4) run(node int, args ...string) string {
	n.t.Helper()
	args = append(args, "--home", filepath.Join(n.home, fmt.Sprintf("node%d", node)))
	var out, log bytes.Buffer
	cmd := exec.Command("probity", args...)
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		n.t.Fatalf("probity %s: %v\n%s%s", strings.Join(args, " "), err, out.String(), log.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	return lines[len(lines)-1]
}

// members are the accounts of the four nodes.
func (n *net4) members() (out []string) {
	n.t.Helper()
	for i := range 4 {
		list, err := exec.Command("probity", "keys", "list", "--home", filepath.Join(n.home, fmt.Sprintf("node%d", i))).Output()
		at := strings.Index(string(list), "prb1")
		if err != nil || at < 0 {
			n.t.Fatalf("keys list: %v %s", err, list)
		}
		out = append(out, string(list[at:at+42]))
	}
	return out
}

// publish adds a post and answers its name.
func (n *net4) publish(node int, author, text string, references ...string) string {
	n.t.Helper()
	content := keys.Sum([]byte(text))
	return n.run(node, "tx", "forum", "publish", "--id", "--content", content.String(), "--inline", "0x"+hex.EncodeToString([]byte(text)),
		"--authors", fmt.Sprintf(`[{"address":%q,"ppm":1000000}]`, author), "--references", "["+strings.Join(references, ",")+"]")
}

func cites(post string, ppm int) string { return fmt.Sprintf(`{"post":%q,"ppm":%d}`, post, ppm) }

// populate makes posts that flow, a pool that is open, and a proposal.
func (n *net4) populate() (accounts, posts []string) {
	n.t.Helper()
	a := n.members()
	p1 := n.publish(0, a[0], "What we want to build, and why it should count.")
	p2 := n.publish(1, a[1], "How fast blocks become final here, and how that was measured.", cites(p1, 300000))
	p3 := n.publish(2, a[2], "A critique of the measurement: the clock was read twice.", cites(p2, -200000), cites(p1, 0))
	p4 := n.publish(3, a[3], "Measured again with one clock. The critique was right.", cites(p3, 250000), cites(p1, 200000))
	p5 := n.publish(0, a[0], "What follows for the parameters.", cites(p4, 400000), cites(p2, 100000))
	for _, p := range []string{p4, p5} {
		n.run(0, "tx", "forum", "fund", "--post", p, "--fee", "500$")
		for i := range 3 {
			n.run(i, "tx", "forum", "stake", "--post", p, "--for", "--amount", "40000REP", "--no-wait")
		}
		n.run(3, "tx", "forum", "stake", "--post", p, "--amount", "10000REP", "--no-wait")
	}
	action := n.publish(1, a[1], "We thank those who measured.", cites(p4, 100000))
	n.run(1, "tx", "legislature", "submit", "--title", "We thank those who measured", "--post", action, "--inline", "0x", "--actions", "[]", "--fee", "1$", "--deposit", "100REP")
	for i, side := range []string{"for", "for", "for", "against"} {
		n.run(i, "tx", "legislature", "vote", "--proposal", "1", "--side", side, "--stake", "30000REP", "--no-wait")
	}
	// The graph is worth looking at when reputation has flowed through it.
	n.until("a post has earned", func() bool {
		var t struct{ Value []struct{ Entered string } }
		return n.call("forum_totals", struct{}{}, &t) == nil && len(t.Value) > 0 && t.Value[0].Entered != "0"
	})
	return a, []string{p1, p2, p3, p4, p5}
}

// Goal: every page of the explorer shows a live chain without an error and
// without a word to another host; blocks arrive, a pool is followed to its
// payout, posts are drawn, proofs are checked and changed ones refused. Method:
// Chromium against four real nodes.
func TestExplorer(t *testing.T) {
	if testing.Short() {
		t.Skip("starts four processes and a browser")
	}
	beside(t, networkTrack)
	n := startNet(t)
	b := browsertest.Open(t, n.rpc)
	t.Log("screenshots in", b.Dir())
	accounts, posts := n.populate()

	for _, c := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"pages", func(t *testing.T) { everyPage(t, n, b, accounts, posts) }},
		{"a block arrives", func(*testing.T) { blockArrives(n, b) }},
		{"a pool is paid out", func(*testing.T) { poolIsPaid(n, b) }},
		{"the graph", func(t *testing.T) { graph(t, b, posts) }},
		{"proofs", func(t *testing.T) { proofs(t, b, accounts[0]) }},
		{"by keyboard", func(t *testing.T) { keyboard(t, b) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.For(t)
			c.run(t)
			b.Clean()
		})
	}
	t.Run("a node that lies", func(t *testing.T) { lies(t, n) })
}

// everyPage opens every page, on a desk and on a phone.
func everyPage(t *testing.T, n *net4, b *browsertest.Browser, accounts, posts []string) {
	pages := []string{
		"", "blocks", fmt.Sprintf("block/%d", n.height()-30), "pools", "pool/1", "producers", "reputation", "forum", "post/" + posts[3], "proposals",
		"proposal/1", "court", "dcert", "releases", "contributions", "oracle", "parameters", "verify", "run", "node", "account/" + accounts[0],
	}
	for _, size := range []struct {
		name          string
		width, height int64
		dark          bool
	}{{"desk", 1360, 900, false}, {"phone", 390, 844, true}} {
		b.Size(size.width, size.height, size.dark)
		for _, p := range pages {
			b.Go(p)
			b.Until(`document.querySelector(".checking, .skeleton") === null`)
			time.Sleep(300 * time.Millisecond) // plots and drawings follow the data
			if w := browsertest.Eval[int64](b, `document.documentElement.scrollWidth`); w > size.width {
				t.Errorf("%s is %d wide on a screen of %d", p, w, size.width)
			}
			if browsertest.Eval[int](b, `document.querySelectorAll(".checked.bad").length`) > 0 {
				t.Errorf("%s refuses what an honest node says:\n%s", p, b.Text())
			}
			if bad := browsertest.Eval[string](b, accessible); bad != "" {
				t.Errorf("%s: %s", p, bad)
			}
			name := strings.Split(p, "/")[0]
			if name == "" {
				name = "overview"
			}
			b.Shot(size.name + "-" + name)
		}
	}
	b.Size(1360, 900, false)
}

// accessible finds controls and pictures that a screen reader has no name for.
const accessible = `[...document.querySelectorAll("button, a, input, select, canvas, svg[role=img], [role=img]")].filter((e) => {
	const named = (e.textContent || "").trim() || e.getAttribute("aria-label") || e.title || e.closest("label") || e.querySelector("title");
	return !named && !e.parentElement.closest("[role=img]") && e.getAttribute("aria-hidden") !== "true" && e.offsetParent !== null;
}).map((e) => "without a name: " + e.outerHTML.slice(0, 120)).join("\n")`

func blockArrives(n *net4, b *browsertest.Browser) {
	b.Go("blocks")
	before := n.height()
	b.Until(fmt.Sprintf(`Number(document.querySelector("main tbody td a").textContent.replace(/\D/g, "")) > %d`, before+3))
	b.Until(`document.querySelector("header .mark .shield.good") !== null`)
}

func poolIsPaid(n *net4, b *browsertest.Browser) {
	b.Go(fmt.Sprintf("block/%d", n.height()+10)) // not there yet: the page waits for it
	b.Until(`document.querySelector("[data-pool=open]") !== null`)
	b.Until(`document.querySelector("[data-pool=paid]") !== null`)
	b.Until(`[...document.querySelectorAll("[data-pool=paid] tbody tr")].some((r) => /produced/.test(r.textContent))`)
	b.Shot("pool-paid")
}

func graph(t *testing.T, b *browsertest.Browser, posts []string) {
	b.Go("forum")
	b.Until(`document.querySelector("canvas").dataset.drawn >= 5`)
	b.Do(chromedp.Focus(chromedp.CSS("canvas")), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight))
	b.Until(`/Post 2 of/.test(document.querySelector(".picked").textContent)`)
	b.Shot("graph-picked")
	b.Do(chromedp.KeyEvent(kb.Enter))
	b.Until(fmt.Sprintf(`location.hash === "#/post/%s"`, posts[1]))
	b.Until(`/how that was measured/.test(document.body.innerText)`)
	if text := b.Text(); !strings.Contains(text, "Builds on") {
		t.Errorf("a post's page shows %s", text)
	}
}

func proofs(t *testing.T, b *browsertest.Browser, account string) {
	b.Go("verify")
	b.Do(chromedp.SendKeys(chromedp.CSS("#which"), account), chromedp.Click("(//button[text()='Check'])[1]"))
	b.Until(`document.querySelector("[data-checked=ok]") !== null`)
	if text := b.Text(); !strings.Contains(text, "is checked here") {
		t.Errorf("a checked proof says %s", text)
	}
	b.Shot("proof-checked")
	b.Do(chromedp.Click("//button[text()='Tamper, then check']"))
	b.Until(`document.querySelector("[data-checked=refused]") !== null`)
	b.Shot("proof-refused")
	b.Do(chromedp.Click("//button[contains(text(),'Follow the rosters')]"))
	b.Until(`/followed from the genesis block to the present/.test(document.body.innerText)`)
}

// keyboard goes from the top of a page to another page without a pointer.
func keyboard(t *testing.T, b *browsertest.Browser) {
	b.Go("")
	b.Do(chromedp.KeyEvent("/"), chromedp.KeyEvent("7"), chromedp.KeyEvent(kb.Enter))
	b.Until(`location.hash === "#/block/7"`)
	b.Until(`document.activeElement.tagName === "H1"`)
	b.Do(chromedp.KeyEvent(kb.Tab))
	if at := browsertest.Eval[string](b, `document.activeElement.tagName`); at != "BUTTON" && at != "A" {
		t.Errorf("after the title the focus goes to %s", at)
	}
}

// lies puts a proxy before the node that changes one digit of what it says: of a
// signature, of a header, of a roster.
func lies(t *testing.T, n *net4) {
	target, err := url.Parse(n.rpc)
	if err != nil {
		t.Fatal(err)
	}
	for _, lie := range []struct{ name, after, why string }{
		{"signature", `"signatures":["0x`, "signatures do not hold"},
		{"header", `"stateRoot":"0x`, "hashes to"},
		{"roster", `"weight":"`, "the header names"},
	} {
		t.Run(lie.name, func(t *testing.T) {
			proxy := httputil.NewSingleHostReverseProxy(target)
			proxy.ModifyResponse = func(r *http.Response) error { return falsify(r, lie.after) }
			s := httptest.NewServer(proxy)
			t.Cleanup(s.Close)
			b := browsertest.Open(t, s.URL)
			b.Go("block/20")
			b.Until(`document.querySelector("[data-checked=refused]") !== null`)
			if text := b.Text(); !strings.Contains(text, lie.why) {
				t.Errorf("it does not say why: %s", text)
			}
			b.Shot("lie-" + lie.name)
			b.Clean()
		})
	}
}

// falsify changes the digit after a text, wherever it stands in an answer.
func falsify(r *http.Response, after string) error {
	if r.Header.Get("Content-Type") != "application/json" {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	parts := strings.Split(string(body), after)
	for i := 1; i < len(parts); i++ {
		digit := "1"
		if parts[i][0] == '1' {
			digit = "2"
		}
		parts[i] = digit + parts[i][1:]
	}
	changed := strings.Join(parts, after)
	r.Body = io.NopCloser(strings.NewReader(changed))
	r.ContentLength = int64(len(changed))
	r.Header.Set("Content-Length", fmt.Sprint(len(changed)))
	return nil
}
