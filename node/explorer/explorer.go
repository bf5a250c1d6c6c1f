package explorer

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

// Policy is the content security policy of the page: its own files, calls to
// its own node, and nothing else.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

//go:embed dist
var dist embed.FS

// file is one file of the page, as it is sent.
type file struct {
	kind   string // media type
	tag    string // entity tag
	plain  []byte
	packed []byte // gzip
}

// files reads what is embedded, once: the page is small, and sent often.
var files = sync.OnceValues(func() (map[string]*file, error) {
	out := map[string]*file{}
	err := fs.WalkDir(dist, "dist", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := dist.ReadFile(name)
		if err != nil {
			return err
		}
		var packed bytes.Buffer
		w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		out[strings.TrimPrefix(name, "dist")] = &file{kind(name), fmt.Sprintf(`"%x"`, sum[:12]), b, packed.Bytes()}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the explorer's files: %w", err)
	}
	return out, nil
})

// kind is the media type of a file by its name. The system's own table is not
// asked: it differs from machine to machine.
func kind(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json":
		return "application/json"
	}
	return "application/octet-stream"
}

// wants reports whether a request is one for the page: for a file of it, or for
// / by somebody who takes HTML, as browsers do and programs do not.
func wants(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	if r.URL.Path != "/" {
		return strings.HasPrefix(r.URL.Path, "/explorer/")
	}
	for _, part := range strings.Split(r.Header.Get("Accept"), ",") {
		if t, _, err := mime.ParseMediaType(part); err == nil && t == "text/html" {
			return true
		}
	}
	return false
}

// Serve answers a request that is one for the page and reports whether it was: a
// GET of one of its files, or of / by somebody who takes HTML.
func Serve(w http.ResponseWriter, r *http.Request) bool {
	if !wants(r) {
		return false
	}
	serve(w, r)
	return true
}

func serve(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Path
	if name == "/" {
		name = "/index.html"
	}
	all, err := files()
	f := all[name]
	if err != nil || f == nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Content-Security-Policy", Policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache") // a newer binary brings newer files under the same names
	h.Set("ETag", f.tag)
	h.Add("Vary", "Accept, Accept-Encoding")
	if strings.Contains(r.Header.Get("If-None-Match"), f.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.plain
	if takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = f.packed
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // a client that went away is no trouble of ours
}

func takesGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" && strings.ReplaceAll(weight, " ", "") != "q=0" {
			return true
		}
	}
	return false
}
