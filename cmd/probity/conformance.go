package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"sort"
	"text/tabwriter"

	"github.com/spf13/pflag"
)

const conformanceLong = `
Judge another implementation of the protocol by vectors. The command after --
reads questions from its standard input and answers on its standard output, one
JSON object a line (docs/spec/conformance.md).

  probity conformance run -- watchtower serve
  probity conformance run -- python3 docs/spec/examples/treegen.py

It succeeds if no answer is wrong and one at least is right; with --all if
besides no operation is unsupported.`

// vectorLine bounds a line of a file of vectors and of an answer.
const vectorLine = 64 << 20

// errConformance is the end of a run with wrong answers.
var errConformance = errors.New("not conformant")

// conformanceCommands judge implementations.
func conformanceCommands() []command {
	return []command{{Name: "run", Args: "-- CMD [ARGS…]", Least: 1, Most: 64, Short: "Judge another implementation by the vectors", Long: conformanceLong, Setup: conformanceRun}}
}

func conformanceRun(f *pflag.FlagSet) action {
	folder := f.String("vectors", filepath.Join("docs", "spec", "vectors"), "the `folder` of the vectors (*.jsonl)")
	all := f.Bool("all", false, "every operation must be answered")
	asJSON := f.Bool("json", false, "print the result as one JSON object")
	return func(ctx context.Context, s *streams, args []string) error {
		files, err := filepath.Glob(filepath.Join(*folder, "*.jsonl"))
		if err != nil || len(files) == 0 {
			return failed("no vectors", *folder, "give their folder with --vectors")
		}
		p, err := examine(ctx, args, s.err)
		if err != nil {
			return failed(oneLine(err), args[0], "give a command that can be run")
		}
		verdict := judgement{Command: args, Ops: map[string]*tally{}}
		for _, path := range files {
			if err = verdict.file(p, path); err != nil {
				break
			}
		}
		if end := p.end(); err == nil {
			err = end
		}
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		return verdict.report(s, *all, *asJSON)
	}
}

// pupil is the implementation that is judged.
type pupil struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
	id  int
}

func examine(ctx context.Context, args []string, log io.Writer) (*pupil, error) {
	p := &pupil{cmd: exec.CommandContext(ctx, args[0], args[1:]...)}
	p.cmd.Stderr = log
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewScanner(out)
	p.out.Buffer(make([]byte, 64<<10), vectorLine)
	return p, p.cmd.Start()
}

// end closes the input and waits.
func (p *pupil) end() error {
	_ = p.in.Close() // it may have gone already; Wait tells
	return p.cmd.Wait()
}

// vector is one line of a file.
type vector struct {
	Op     string          `json:"op"`
	In     json.RawMessage `json:"in"`
	Out    map[string]any  `json:"out"`
	Refuse bool            `json:"refuse"`
}

// reply is what the pupil answers.
type reply struct {
	ID          *int           `json:"id"`
	Out         map[string]any `json:"out"`
	Error       string         `json:"error"`
	Unsupported bool           `json:"unsupported"`
}

func (p *pupil) ask(v *vector) (r reply, err error) {
	p.id++
	q, err := json.Marshal(map[string]any{"id": p.id, "op": v.Op, "in": v.In})
	if err != nil {
		return r, err
	}
	if _, err := p.in.Write(append(q, '\n')); err != nil {
		return r, fmt.Errorf("it does not read: %w", err)
	}
	if !p.out.Scan() {
		return r, fmt.Errorf("no answer to question %d (%s)", p.id, v.Op)
	}
	if err := json.Unmarshal(p.out.Bytes(), &r); err != nil {
		return r, fmt.Errorf("question %d (%s): the answer is no JSON object: %w", p.id, v.Op, err)
	}
	if r.ID == nil || *r.ID != p.id {
		return r, fmt.Errorf("question %d (%s): the answer has another id", p.id, v.Op)
	}
	return r, nil
}

// wrong says what an answer has wrong; "" where it is right.
func (v *vector) wrong(r *reply) string {
	switch {
	case v.Refuse && r.Error == "":
		return "accepted what must be refused"
	case v.Refuse:
		return ""
	case r.Error != "":
		return "refused: " + r.Error
	}
	names := make([]string, 0, len(v.Out))
	for n := range v.Out {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		if !reflect.DeepEqual(r.Out[n], v.Out[n]) {
			return fmt.Sprintf("%s is %v, want %v", n, r.Out[n], v.Out[n])
		}
	}
	return ""
}

// tally counts the answers of one operation.
type tally struct {
	Right       int    `json:"right"`
	Wrong       int    `json:"wrong"`
	Unsupported int    `json:"unsupported"`
	First       string `json:"first"` // that was wrong: file:line and why
}

// judgement is the outcome of a run.
type judgement struct {
	Command []string          `json:"command"`
	Ops     map[string]*tally `json:"operations"`
}

// file asks all vectors of one file.
func (j *judgement) file(p *pupil, path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(make([]byte, 64<<10), vectorLine)
	for n := 1; lines.Scan(); n++ {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			return fmt.Errorf("%s:%d: %w", path, n, err)
		}
		r, err := p.ask(&v)
		if err != nil {
			return err
		}
		t := j.Ops[v.Op]
		if t == nil {
			t = &tally{}
			j.Ops[v.Op] = t
		}
		if r.Unsupported {
			t.Unsupported++
			continue
		}
		why := v.wrong(&r)
		if why == "" {
			t.Right++
			continue
		}
		if t.Wrong++; t.First == "" {
			t.First = fmt.Sprintf("%s:%d: %s", filepath.Base(path), n, why)
		}
	}
	return lines.Err()
}

// report prints the outcome and gives the run's error.
func (j *judgement) report(s *streams, all, asJSON bool) error {
	var right, wrong, missing int
	names := make([]string, 0, len(j.Ops))
	for n, t := range j.Ops {
		names = append(names, n)
		right, wrong, missing = right+t.Right, wrong+t.Wrong, missing+t.Unsupported
	}
	sort.Strings(names)
	if asJSON {
		if err := s.object(j); err != nil {
			return err
		}
	} else {
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "operation\tright\twrong\tunsupported\t")
		for _, n := range names {
			t := j.Ops[n]
			fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\n", n, t.Right, t.Wrong, t.Unsupported, t.First)
		}
		if err := w.Flush(); err != nil {
			return fmt.Errorf("write result: %w", err)
		}
	}
	switch {
	case wrong > 0:
		return fmt.Errorf("%w: %d of %d answers are wrong", errConformance, wrong, right+wrong)
	case right == 0:
		return fmt.Errorf("%w: it answers nothing", errConformance)
	case all && missing > 0:
		return fmt.Errorf("%w: %d questions have no answer", errConformance, missing)
	}
	return nil
}
