// Command treegen is the watchtower's generator of trees as a program of its
// own (rule O5): a member takes it with any watchtower, or that watchtower with
// any other generator. It answers the operations salary.tree, points.tree and
// epoch.state of docs/spec/conformance.md, one JSON object a line, and knows no
// chain, no repository and no network.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"probity/cmd/watchtower/internal/treegen"
)

// lineMax bounds a question (conformance §1).
const lineMax = 64 << 20

func main() {
	if err := answer(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "treegen: "+err.Error())
		os.Exit(1)
	}
}

// reply is one line of answers.
type reply struct {
	ID          json.RawMessage `json:"id"`
	Out         any             `json:"out,omitempty"`
	Error       string          `json:"error,omitempty"`
	Unsupported bool            `json:"unsupported,omitempty"`
}

// answer answers until the input ends.
func answer(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), lineMax)
	e := json.NewEncoder(out)
	for lines.Scan() {
		if err := e.Encode(one(lines.Bytes())); err != nil {
			return err
		}
	}
	return lines.Err()
}

// one answers a question.
func one(line []byte) (r reply) {
	var q struct {
		ID json.RawMessage `json:"id"`
		Op string          `json:"op"`
		In json.RawMessage `json:"in"`
	}
	if err := json.Unmarshal(line, &q); err != nil {
		return reply{Error: "no question: " + err.Error()}
	}
	r.ID = q.ID
	op := treegen.Operations[q.Op]
	if op == nil {
		r.Unsupported = true
		return r
	}
	out, err := op(q.In)
	if err != nil {
		r.Error = err.Error()
		return r
	}
	r.Out = out
	return r
}
