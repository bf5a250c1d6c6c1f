// Package browsertest runs Debian's Chromium without a screen, for the tests of
// the explorer. It watches what the page does: a message on the console, an
// exception, or a request to another host than the one under test fails the
// test at its end.
//
// It leaves to its caller what is served, and what the page must show.
package browsertest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long one step of a test may take on a slow machine.
const patience = 60 * time.Second

// Artifacts names the folder that screenshots are kept in; a temporary one where
// it is not set.
const Artifacts = "EXPLORER_SHOTS"

// Browser is one window.
type Browser struct {
	t      testing.TB
	ctx    context.Context
	base   *url.URL
	dir    string
	mu     sync.Mutex
	faults []string
}

// find is the path of a Chromium, or empty.
func find() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			return p
		}
	}
	return ""
}

// Open opens a window on a server's address. It skips the test where there is no
// Chromium.
func Open(t testing.TB, base string) *Browser {
	t.Helper()
	path := find()
	if path == "" {
		t.Skip("there is no chromium; .ci/run installs it")
	}
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := os.MkdirTemp("", "probity-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.WSURLReadTimeout(patience),
	)
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, closed := chromedp.NewContext(alloc, chromedp.WithErrorf(t.Logf))
	t.Cleanup(func() {
		closed()
		stop()
		_ = os.RemoveAll(profile)
	})
	b := &Browser{t: t, ctx: ctx, base: u, dir: os.Getenv(Artifacts)}
	if b.dir == "" {
		if b.dir, err = os.MkdirTemp("", "probity-explorer-"); err != nil {
			t.Fatal(err)
		}
	} else if err := os.MkdirAll(b.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, b.watch); err != nil { // starts the browser, which lives as long as ctx
		t.Fatal(err)
	}
	b.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, network.Enable, network.EnableParams{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, t, log.Enable, cdp.Empty{})
		return err
	}), chromedp.EmulateViewport(1360, 900))
	return b
}

// For makes a subtest the one that fails.
func (b *Browser) For(t testing.TB) { b.t = t }

// watch notes what the page must not do.
func (b *Browser) watch(e any) {
	switch e := e.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			var said []string
			for _, a := range e.Args {
				said = append(said, string(a.Value)+a.Description)
			}
			b.fault("the console says: %s", strings.Join(said, " "))
		}
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		b.fault("an exception: %s", text)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			b.fault("the browser says: %s (%s)", e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		b.request(e.Request.URL)
	case *network.EventWebSocketCreated:
		b.request(e.URL)
	}
}

// request notes a request that leaves the server under test.
func (b *Browser) request(to string) {
	u, err := url.Parse(to)
	if err != nil {
		b.fault("a request to %q", to)
		return
	}
	switch u.Scheme {
	case "data", "blob", "about":
		return
	}
	if u.Host != b.base.Host {
		b.fault("a request to another host: %s", to)
	}
}

func (b *Browser) fault(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, fmt.Sprintf(format, args...))
}

// Clean fails the test for everything that the page did and must not do.
func (b *Browser) Clean() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.faults {
		b.t.Error(f)
	}
	b.faults = nil
}

// Do performs actions, each within a bound.
func (b *Browser) Do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	for _, a := range actions {
		run(b, a)
	}
}

func run[T any](b *Browser, a chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	out, err := chromedp.Run(ctx, a)
	if err != nil {
		b.fail("%v", err)
	}
	return out
}

// fail ends the test with what the page showed and did.
func (b *Browser) fail(format string, args ...any) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.hash + "\n" + document.body.innerText`))
	if shot, err := chromedp.Run(ctx, chromedp.CaptureScreenshot()); err == nil {
		_ = os.WriteFile(filepath.Join(b.dir, "failure.png"), shot, 0o644)
	}
	b.Clean()
	if len(text) > 3000 {
		text = text[:3000]
	}
	b.t.Fatalf(format+"\nin %s the page showed:\n%s", append(args, b.dir, text)...)
}

// Go opens a page by the part of its address after #/ and waits for its title.
func (b *Browser) Go(page string) {
	b.t.Helper()
	to := b.base.JoinPath("/").String() + "#/" + page
	b.Do(chromedp.Navigate(to))
	b.Until(`document.querySelector("h1") !== null && document.querySelector("main .skeleton") === null`)
}

// Until waits until an expression of JavaScript is true.
func (b *Browser) Until(expression string) {
	b.t.Helper()
	end := time.Now().Add(patience)
	for {
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`Boolean(`+expression+`)`))
		cancel()
		if err == nil && ok {
			return
		}
		if time.Now().After(end) {
			b.fail("it never came to: %s (%v)", expression, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Eval is the value of an expression of JavaScript; a promise is waited for.
func Eval[T any](b *Browser, expression string) T {
	b.t.Helper()
	return run(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// Text is what the page shows.
func (b *Browser) Text() string {
	b.t.Helper()
	return Eval[string](b, `document.body.innerText`)
}

// Size sets the window's size, in CSS pixels, and the colours that the system
// prefers.
func (b *Browser) Size(width, height int64, dark bool) {
	b.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}
	b.Do(chromedp.EmulateViewport(width, height), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
		return err
	}))
}

// Shot keeps a picture of the whole page.
func (b *Browser) Shot(name string) {
	b.t.Helper()
	Eval[bool](b, `(scrollTo(0, 0), true)`)
	png := run(b, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(b.dir, name+".png"), png, 0o644); err != nil {
		b.t.Error(err)
	}
}

// Dir is the folder of the screenshots.
func (b *Browser) Dir() string { return b.dir }
