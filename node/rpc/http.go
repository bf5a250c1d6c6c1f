package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/netutil"
)

// Bounds of HTTP connections.
const (
	connsMax      = 4096
	headerBytes   = 16 << 10
	headerTimeout = 5 * time.Second
	readTimeout   = 30 * time.Second
	idleTimeout   = 2 * time.Minute
)

// pointer is what GET / answers.
const pointer = `This is a Probity node. It speaks JSON-RPC 2.0: POST to /, or connect a WebSocket to /ws.
  curl -d '{"jsonrpc":"2.0","id":1,"method":"chain_status"}' http://%[1]s/
What happens is told as server-sent events, too: curl -N 'http://%[1]s/events?topic=finalized'
The method rpc.discover describes everything as an OpenRPC document.
`

// Serve answers clients of a listener until ctx ends; then it lets calls under
// way finish for a moment, closes the rest, and returns nil.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	return s.serve(ctx, ln, s)
}

// ServeAdmin answers, over a unix socket that only the operator can open, all
// methods including admin_…, without limits of rate, and /debug/pprof.
func (s *Server) ServeAdmin(ctx context.Context, ln net.Listener) error {
	return s.serve(ctx, ln, s.operator)
}

// operatorMux answers whoever is known to be the operator.
func (s *Server) operatorMux() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.route(w, r, session{admin: true}) })
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

type stopKey struct{}

// stopping is the context that ends when the server is to stop, before those
// of its requests end.
func stopping(ctx context.Context) context.Context {
	if c, ok := ctx.Value(stopKey{}).(context.Context); ok {
		return c
	}
	return ctx
}

func (s *Server) serve(ctx context.Context, ln net.Listener, h http.Handler) error {
	base, cancel := context.WithCancel(context.WithValue(context.WithoutCancel(ctx), stopKey{}, ctx))
	defer cancel()
	hs := &http.Server{
		Handler: h, BaseContext: func(net.Listener) context.Context { return base },
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout,
		WriteTimeout: s.Limits.WaitMax + s.Limits.Timeout + readTimeout, MaxHeaderBytes: headerBytes,
		ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
	done := make(chan error, 1)
	go func() { done <- hs.Serve(netutil.LimitListener(ln, connsMax)) }()
	select {
	case err := <-done:
		return fmt.Errorf("serve rpc: %w", err)
	case <-ctx.Done():
	}
	grace, stop := context.WithTimeout(base, closeTimeout)
	defer stop()
	if hs.Shutdown(grace) != nil {
		_ = hs.Close()
	}
	cancel()
	s.open.Wait()
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve rpc: %w", err)
	}
	return nil
}

// ServeHTTP answers one request: POST /, GET /ws, GET /events, the page, GET /.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.allowed(r.Host) {
		http.Error(w, fmt.Sprintf("host %q is not in rpc.hosts", clip([]byte(r.Host))), http.StatusForbidden)
		return
	}
	// A page of another origin may send a POST without asking; what a browser
	// says of its origin keeps it out, since there are no CORS headers to read
	// the answer but the call would have been made.
	if o := r.Header.Get("Origin"); o != "" {
		if u, err := url.Parse(o); err != nil || !s.allowed(u.Host) {
			http.Error(w, fmt.Sprintf("origin %q is not in rpc.hosts", clip([]byte(o))), http.StatusForbidden)
			return
		}
	}
	operator, err := s.operates(r)
	if err != nil {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	if operator {
		s.operator.ServeHTTP(w, r)
		return
	}
	s.route(w, r, session{client: clientOf(r.RemoteAddr)})
}

// allowed says whether a Host header names this node: loopback, or one of the
// hosts of the configuration. It stops pages whose name was rebound to it.
func (s *Server) allowed(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if host == "localhost" {
		return true
	}
	if a, err := netip.ParseAddr(host); err == nil && a.IsLoopback() {
		return true
	}
	for _, h := range s.Hosts {
		if h == "*" || strings.EqualFold(h, host) {
			return true
		}
	}
	return false
}

func (s *Server) route(w http.ResponseWriter, r *http.Request, who session) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch {
	case r.URL.Path == "/ws" && r.Method == http.MethodGet:
		s.serveSocket(w, r, who)
	case r.URL.Path == eventsPath && r.Method == http.MethodGet:
		s.serveEvents(w, r, who)
	case r.URL.Path == eventsPath || r.URL.Path == "/ws":
		w.Header().Set("Allow", "GET")
		http.Error(w, r.URL.Path+" is asked for with GET", http.StatusMethodNotAllowed)
	case !who.admin && s.Page != nil && s.Page(w, r):
	case r.URL.Path != "/":
		http.NotFound(w, r)
	case r.Method == http.MethodPost:
		s.servePost(w, r, who)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = fmt.Fprintf(w, pointer, r.Host)
	default:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "POST a JSON-RPC 2.0 request", http.StatusMethodNotAllowed)
	}
}

// servePost answers one message. Whatever the RPC level says is HTTP 200;
// notifications alone are 204.
func (s *Server) servePost(w http.ResponseWriter, r *http.Request, who session) {
	msg, err := readBounded(r.Body, s.Limits.BytesIn)
	if err != nil && len(msg) <= s.Limits.BytesIn {
		http.Error(w, "the request broke off", http.StatusBadRequest)
		return
	}
	if err != nil {
		w.Header().Set("Connection", "close")
	}
	answer := s.handle(r.Context(), who, msg)
	if answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(answer)
}
