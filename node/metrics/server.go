package metrics

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Check is one criterion of readiness.
type Check struct {
	Name  string
	OK    bool
	Value string // as it is: "3 blocks behind"
	Limit string // as it must be: "at most 16"
}

// Server is the operations port of one node.
type Server struct {
	ln      net.Listener
	http    *http.Server
	done    chan error
	started atomic.Bool
	ready   atomic.Pointer[func() []Check]
	version []byte
}

// Bounds of the operations port.
const (
	serverTimeout = 10 * time.Second
	closeTimeout  = 2 * time.Second
)

// Listen binds the operations port and answers from then on, before anything
// else of the node is open. version is what /version tells, as JSON.
func Listen(addr string, m *Metrics, version any) (*Server, error) {
	v, err := json.Marshal(version)
	if err != nil {
		return nil, fmt.Errorf("operations port: version: %w", err)
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("operations port: %w", err)
	}
	s := &Server{ln: ln, done: make(chan error, 1), version: append(v, '\n')}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { say(w, true, "ok\n") })
	mux.HandleFunc("GET /startupz", s.startupz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(s.version)
	})
	mux.Handle("GET /metrics", m.Handler())
	s.http = &http.Server{
		Handler: mux, ReadHeaderTimeout: serverTimeout, ReadTimeout: serverTimeout, WriteTimeout: serverTimeout,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	go func() { s.done <- s.http.Serve(ln) }()
	return s, nil
}

// Addr is the address that is bound.
func (s *Server) Addr() string { return s.ln.Addr().String() }

// Started tells that the node has opened its home: /startupz says so from now on.
func (s *Server) Started() { s.started.Store(true) }

// Ready sets what /readyz asks; before, the node is not ready.
func (s *Server) Ready(checks func() []Check) { s.ready.Store(&checks) }

// Close ends the server and waits until it has.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
	if err := <-s.done; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("operations port: %w", err)
	}
	return nil
}

func (s *Server) startupz(w http.ResponseWriter, _ *http.Request) {
	if !s.started.Load() {
		say(w, false, "starting\n")
		return
	}
	say(w, true, "ok\n")
}

// readyz tells whether every criterion holds; with ?verbose, each one.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	read := s.ready.Load()
	if read == nil || !s.started.Load() {
		say(w, false, "starting\n")
		return
	}
	ok := true
	var b strings.Builder
	for _, c := range (*read)() {
		mark := "+"
		if !c.OK {
			ok, mark = false, "-"
		}
		if r.URL.Query().Has("verbose") || !c.OK {
			fmt.Fprintf(&b, "[%s] %s: %s, %s\n", mark, c.Name, c.Value, c.Limit)
		}
	}
	if ok {
		b.WriteString("ready\n")
	} else {
		b.WriteString("not ready\n")
	}
	say(w, ok, b.String())
}

func say(w http.ResponseWriter, ok bool, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = w.Write([]byte(text))
}
