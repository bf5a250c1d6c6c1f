package explorer_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/coder/websocket"

	"probity/node/explorer"
	"probity/node/explorer/browsertest"
)

// get asks for a path as a browser does.
func get(method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	if !explorer.Serve(w, r) {
		return nil
	}
	return w
}

// Goal: a browser gets the page and its files, a program gets neither in its
// way. Method: requests of both, over all files.
func TestServe(t *testing.T) {
	html := "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
	for _, c := range []struct {
		method, path, accept string
		code                 int // 0: not the page's
	}{
		{"GET", "/", html, 200}, {"HEAD", "/", html, 200}, {"GET", "/", "*/*", 0}, {"GET", "/", "", 0}, {"POST", "/", html, 0},
		{"GET", "/explorer/index.js", "*/*", 200}, {"GET", "/explorer/none.js", "*/*", 404}, {"GET", "/explorer/../doc.go", "*/*", 404},
		{"GET", "/ws", html, 0}, {"GET", "/index.html", html, 0},
	} {
		w := get(c.method, c.path, "Accept", c.accept)
		if code := 0; w != nil {
			if code = w.Code; code != c.code {
				t.Errorf("%s %s: %d", c.method, c.path, code)
			}
		} else if c.code != 0 {
			t.Errorf("%s %s is not served", c.method, c.path)
		}
	}
	w := get("GET", "/", "Accept", html)
	if w.Header().Get("Content-Security-Policy") != explorer.Policy || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Error(w.Header())
	}
	if again := get("GET", "/", "Accept", html, "If-None-Match", w.Header().Get("ETag")); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Error("sent again: ", again.Code)
	}
	packed := get("GET", "/explorer/index.js", "Accept-Encoding", "gzip, br")
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(z)
	if plain := get("GET", "/explorer/index.js"); err != nil || string(unpacked) != plain.Body.String() || packed.Body.Len() >= plain.Body.Len() {
		t.Error("gzip and plain differ: ", err)
	}
	if none := get("GET", "/explorer/index.js", "Accept-Encoding", "gzip;q=0"); none.Header().Get("Content-Encoding") != "" {
		t.Error("gzip where it is refused")
	}
}

// Goal: the page names no other host, has no script of its own in its markup,
// and stays small. Method: its files are read.
func TestFiles(t *testing.T) {
	outside := regexp.MustCompile(`https?://[a-zA-Z0-9.-]+`)
	allowed := map[string]bool{"http://www.w3.org": true} // the names of SVG, MathML and XHTML
	sum := 0
	err := fs.WalkDir(os.DirFS("dist"), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile("dist/" + path)
		if err != nil {
			return err
		}
		for _, u := range outside.FindAllString(string(b), -1) {
			if !allowed[u] {
				t.Errorf("%s names %s", path, u)
			}
		}
		if strings.HasSuffix(path, ".html") && regexp.MustCompile(`<script[^>]*>[^<]|\sstyle=|\son[a-z]+=`).Match(b) {
			t.Errorf("%s has code in its markup", path)
		}
		url := "/" + path
		if path == "index.html" {
			url = "/"
		}
		sum += get("GET", url, "Accept", "text/html", "Accept-Encoding", "gzip").Body.Len()
		return nil
	})
	if most := 200 << 10; err != nil || sum > most {
		t.Errorf("%d bytes compressed, at most %d: %v", sum, most, err)
	}
}

// node is a chain that nobody could run in a test: a hundred thousand blocks and
// ten thousand posts, made up as they are asked for.
type node struct {
	blocks, posts int
}

func (n *node) hash(kind, i int) string { return fmt.Sprintf("0x%02x%062x", kind, i) }

// answer is the result of a call.
func (n *node) answer(method string, p map[string]any) any {
	at := map[string]any{"height": n.blocks, "hash": n.hash(1, n.blocks)}
	read := func(v any) any { return map[string]any{"at": at, "value": v} }
	number := func(name string) int { v, _ := p[name].(float64); return int(v) }
	switch method {
	case "chain_status":
		return map[string]any{"chain": "large", "genesis": n.hash(0, 0), "version": 1, "finalized": at, "epoch": 99, "baseFee": "100", "best": n.blocks}
	case "rpc.discover":
		var list []map[string]any
		for _, m := range []string{"forum_graph", "forum_totals", "chain_getBlock"} {
			list = append(list, map[string]any{"name": m})
		}
		return map[string]any{"methods": list}
	case "chain_getBlock":
		h := number("at")
		header := map[string]any{"height": h, "epoch": h / 1000, "view": h % 1000, "time": 1767225600000 + 2000*h, "asc": n.hash(2, 0), "baseFee": "100"}
		return map[string]any{"at": map[string]any{"height": h, "hash": n.hash(1, h)}, "value": map[string]any{"header": header, "txs": []string{}}}
	case "forum_totals":
		return read([]map[string]any{{"book": "wREP", "posts": n.posts, "value": "0", "entered": "0", "burned": "0", "taken": "0", "incinerator": n.hash(4, 0)}})
	case "forum_graph":
		from, cursor := number("from"), 0
		_, _ = fmt.Sscan(fmt.Sprint(p["cursor"]), &cursor)
		cursor = max(cursor, (from+2)/3)
		nodes, edges, next := []any{}, []any{}, ""
		for i := cursor; i < n.posts; i++ {
			if len(nodes) == 1000 {
				next = fmt.Sprint(i)
				break
			}
			nodes = append(nodes, map[string]any{"post": n.hash(3, i), "number": i + 1, "height": 3 * i, "publisher": fmt.Sprintf("prb1%038d", i%40), "wrep": fmt.Sprint(i % 97 * 1e9), "grep": "0", "pool": 0})
			for k := 1; k <= 3 && i >= k*k*7; k++ {
				edges = append(edges, map[string]any{"from": n.hash(3, i), "to": n.hash(3, i-k*k*7), "ppm": []int{0, 300000, -200000, 100000}[k], "wrep": "1000000000", "grep": "0"})
			}
		}
		return read(map[string]any{"nodes": nodes, "edges": edges, "cursor": next})
	}
	return nil
}

func (n *node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/ws" {
		n.socket(w, r)
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
		out = append(out, map[string]any{"jsonrpc": "2.0", "id": c.ID, "result": n.answer(c.Method, c.Params)})
	}
	_ = json.NewEncoder(w).Encode(out)
}

// socket tells one block to who subscribes, and then nothing.
func (n *node) socket(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer c.CloseNow()
	for {
		var m struct {
			ID     int
			Params struct{ Topic string }
		}
		_, data, err := c.Read(r.Context())
		if err != nil || json.Unmarshal(data, &m) != nil {
			return
		}
		say := func(v any) { b, _ := json.Marshal(v); _ = c.Write(r.Context(), websocket.MessageText, b) }
		say(map[string]any{"jsonrpc": "2.0", "id": m.ID, "result": m.Params.Topic})
		if m.Params.Topic == "finalized" {
			for h := n.blocks - 150; h <= n.blocks; h++ {
				block := map[string]any{"height": h, "hash": n.hash(1, h), "epoch": h / 1000, "view": h % 1000, "time": 1767225600000 + 2000*h, "asc": n.hash(2, 0), "txs": h % 7, "baseFee": "100"}
				say(map[string]any{"method": "chain_subscription", "params": map[string]any{"subscription": m.Params.Topic, "seq": 1, "cursor": fmt.Sprintf("%d.1", h), "result": block}})
			}
		}
	}
}

// Goal: a long chain and a large forum are shown as quickly as short ones: what
// is asked for and drawn does not grow with them. Method: Chromium before a node
// that makes up a hundred thousand blocks and ten thousand posts.
func TestLarge(t *testing.T) {
	n := &node{blocks: 100_000, posts: 10_000}
	s := httptest.NewServer(n)
	t.Cleanup(s.Close)
	b := browsertest.Open(t, s.URL)
	b.Go("blocks")
	b.Until(`document.querySelectorAll("main tbody tr").length === 25`)
	b.Do(chromedp.SendKeys(chromedp.CSS(".page-side input"), "50000"), chromedp.Click("//button[text()='Go']"))
	b.Until(`/^50,000/.test(document.querySelector("main tbody td").innerText)`)
	b.Do(chromedp.Click("//button[contains(text(),'Older')]"))
	b.Until(`/^49,975/.test(document.querySelector("main tbody td").innerText)`)
	b.Shot("large-blocks")

	b.Go("forum")
	b.Until(`document.querySelector("canvas")?.dataset.drawn == 10000`)
	frame := browsertest.Eval[float64](b, `new Promise((done) => {
		const c = document.querySelector("canvas"), begin = performance.now();
		c.focus();
		let left = 20;
		const next = () => {
			if (left-- === 0) return done((performance.now() - begin) / 20);
			c.dispatchEvent(new KeyboardEvent("keydown", { key: left % 2 ? "+" : "-", bubbles: true }));
			requestAnimationFrame(next);
		};
		next();
	})`)
	t.Logf("a frame of the graph takes %.1f ms; screenshots in %s", frame, b.Dir())
	b.Do(chromedp.Focus(chromedp.CSS("canvas")), chromedp.KeyEvent(kb.End))
	b.Until(`/Post 10000/.test(document.querySelector(".picked").textContent)`)
	b.Shot("large-forum")
	b.Clean()
}

// Goal: a recorded run opens as a timeline that can be scrubbed and stepped; a
// file that is none is refused with the reason. Method: two recordings of the
// simulator, one of a calm chain with faults and one that forks, and two wrong
// files.
func TestRun(t *testing.T) {
	s := httptest.NewServer(&node{blocks: 100, posts: 0})
	t.Cleanup(s.Close)
	b := browsertest.Open(t, s.URL)
	b.Go("run")
	open := func(path string) { b.Do(chromedp.SetUploadFiles(chromedp.CSS("input[type=file]"), []string{path})) }
	for text, why := range map[string]string{`{"format":"probity-sim/1"}`: "sim replay", `nonsense`: "no JSON"} {
		bad := t.TempDir() + "/bad.json"
		if err := os.WriteFile(bad, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		open(bad)
		b.Until(fmt.Sprintf(`document.querySelector(".trouble")?.textContent.includes(%q)`, why))
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	open(dir + "/testdata/run.json")
	b.Until(`document.querySelector("canvas")?.dataset.members == 4`)
	height := func() int {
		return browsertest.Eval[int](b, `Number(document.querySelector(".two tbody td:nth-child(3)").textContent.replace(/\D/g, ""))`)
	}
	scrub := func(part float64) {
		browsertest.Eval[bool](b, fmt.Sprintf(`(() => { const r = document.querySelector("input[type=range]"); r.value = r.max * %g; r.dispatchEvent(new Event("input", { bubbles: true })); return true; })()`, part))
		b.Until(fmt.Sprintf(`Math.abs(document.querySelector("output").dataset.at - document.querySelector("input[type=range]").max * %g) < 2`, part))
	}
	scrub(0.2)
	early := height()
	b.Shot("run")
	scrub(0.95)
	if late := height(); early <= 0 || late <= early {
		t.Errorf("final height %d early, %d late", early, late)
	}
	before := browsertest.Eval[int](b, `Number(document.querySelector("output").dataset.at)`)
	b.Do(chromedp.Focus(chromedp.CSS("canvas")), chromedp.KeyEvent(kb.ArrowLeft))
	b.Until(fmt.Sprintf(`Number(document.querySelector("output").dataset.at) < %d`, before))
	b.Do(chromedp.KeyEvent(" "))
	b.Until(fmt.Sprintf(`Number(document.querySelector("output").dataset.at) > %d`, before))
	b.Do(chromedp.KeyEvent(" "))

	open(dir + "/testdata/fork.json")
	b.Until(`document.querySelector("canvas")?.dataset.members == 7`)
	b.Do(chromedp.Focus(chromedp.CSS("canvas")), chromedp.KeyEvent("v"))
	b.Until(`/violation: [a-z]+: /.test(document.body.innerText)`)
	b.Shot("run-fork")
	b.Size(390, 844, true)
	b.Shot("run-phone")
	b.Clean()
}
