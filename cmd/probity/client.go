package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// client calls a node over JSON-RPC 2.0 and HTTP.
type client struct {
	url  string
	http *http.Client
}

// answerBytes bounds one answer of a node, as the node bounds it.
const answerBytes = 12 << 20

// newClient makes a client of host:port or a URL; conns is how many
// connections it keeps.
func newClient(target string, conns int) (*client, error) {
	if !strings.Contains(target, "://") {
		target = "http://" + target
	}
	if !strings.HasPrefix(target, "http://") && !strings.HasPrefix(target, "https://") {
		return nil, usage("--rpc %s: want host:port or an http URL", target)
	}
	transport := &http.Transport{
		MaxIdleConns: conns, MaxIdleConnsPerHost: conns, IdleConnTimeout: time.Minute,
		DialContext: (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
	}
	return &client{url: strings.TrimSuffix(target, "/"), http: &http.Client{Transport: transport}}, nil
}

// close lets the connections go.
func (c *client) close() { c.http.CloseIdleConnections() }

// rpcError is an error that the node answered.
type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    struct {
		Kind string `json:"kind"`
		Hint string `json:"hint"`
		Got  any    `json:"got"`
		Want any    `json:"want"`
	} `json:"data"`
	where string
}

// Error is what the node said, where, and its hint.
func (e *rpcError) Error() string {
	what := e.Message
	if e.Data.Kind != "" {
		what += " (" + e.Data.Kind + ")"
	}
	return (&failure{What: what, Where: e.where, Fix: e.Data.Hint}).Error()
}

// kind is the stable name of an error for counting.
func kindOf(err error) string {
	var e *rpcError
	if errors.As(err, &e) {
		if e.Data.Kind != "" {
			return e.Data.Kind
		}
		return fmt.Sprintf("CODE_%d", e.Code)
	}
	return "TRANSPORT"
}

// rpcCall is one call of a batch and its answer.
type rpcCall struct {
	Method string
	Params any
	Result any // a pointer, or nil
	Err    error
}

type (
	rpcRequest struct {
		Version string `json:"jsonrpc"`
		ID      int    `json:"id"`
		Method  string `json:"method"`
		Params  any    `json:"params,omitempty"`
	}
	rpcAnswer struct {
		ID     *int            `json:"id"`
		Result json.RawMessage `json:"result"`
		Error  *rpcError       `json:"error"`
	}
)

// call calls one method; result is a pointer or nil.
func (c *client) call(ctx context.Context, method string, params, result any) error {
	body, err := json.Marshal(rpcRequest{"2.0", 0, method, params})
	if err != nil {
		return fmt.Errorf("call %s: %w", method, err)
	}
	var a rpcAnswer
	if err := c.post(ctx, body, &a); err != nil {
		return err
	}
	return c.take(&a, method, result)
}

// batch calls several methods in one request. The error is of the request as a
// whole; each call has its own.
func (c *client) batch(ctx context.Context, calls []rpcCall) error {
	requests := make([]rpcRequest, len(calls))
	for i := range calls {
		requests[i] = rpcRequest{"2.0", i, calls[i].Method, calls[i].Params}
	}
	body, err := json.Marshal(requests)
	if err != nil {
		return fmt.Errorf("batch: %w", err)
	}
	var raw json.RawMessage
	if err := c.post(ctx, body, &raw); err != nil {
		return err
	}
	var answers []rpcAnswer
	if json.Unmarshal(raw, &answers) != nil {
		var one rpcAnswer
		if err := json.Unmarshal(raw, &one); err != nil {
			return c.strange(err)
		}
		return c.take(&one, "batch", nil)
	}
	done := make([]bool, len(calls))
	for i := range answers {
		id := answers[i].ID
		if id == nil || *id < 0 || *id >= len(calls) || done[*id] {
			return c.strange(errors.New("an answer without its question"))
		}
		done[*id] = true
		calls[*id].Err = c.take(&answers[i], calls[*id].Method, calls[*id].Result)
	}
	for i := range done {
		if !done[i] {
			return c.strange(fmt.Errorf("no answer to %s", calls[i].Method))
		}
	}
	return nil
}

func (c *client) take(a *rpcAnswer, method string, result any) error {
	if a.Error != nil {
		a.Error.where = c.url
		return a.Error
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(a.Result, result); err != nil {
		return c.strange(fmt.Errorf("%s: %w", method, err))
	}
	return nil
}

// post sends one body and decodes the answer.
func (c *client) post(ctx context.Context, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/", bytes.NewReader(body))
	if err != nil {
		return usage("--rpc %s: %w", c.url, err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &failure{"no answer from the node", c.url, "start it, or name another with --rpc", err}
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, answerBytes))
	if err != nil {
		return c.strange(err)
	}
	if res.StatusCode == http.StatusUnauthorized {
		return failed("the node takes no such token: "+strings.TrimSpace(string(raw[:min(len(raw), 200)])), c.url, "see that --secret is a copy of the file that its rpc.jwt_secret names")
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return c.strange(fmt.Errorf("HTTP status %d", res.StatusCode))
	}
	return nil
}

func (c *client) strange(err error) error {
	return &failure{"not an answer of a node: " + oneLine(err), c.url, "check the address of --rpc", err}
}
