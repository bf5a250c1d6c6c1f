// Package serve answers questions of conformance (docs/spec/conformance.md):
// one JSON object a line in, one a line out. A question names an operation; its
// answer is computed from the other packages here and nothing else.
package serve

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"probity/cmd/watchtower/internal/follow"
	"probity/cmd/watchtower/internal/law"
	"probity/cmd/watchtower/internal/treegen"
)

// lineMax bounds a line: a block with its body in hex, twice over.
const lineMax = 64 << 20

// ErrUnknown is the error of an operation that is not answered here.
var ErrUnknown = errors.New("unsupported")

type question struct {
	ID json.RawMessage `json:"id"`
	Op string          `json:"op"`
	In json.RawMessage `json:"in"`
}

type answer struct {
	ID          json.RawMessage `json:"id"`
	Out         any             `json:"out,omitempty"`
	Error       string          `json:"error,omitempty"`
	Unsupported bool            `json:"unsupported,omitempty"`
}

// Server keeps one chain between questions.
type Server struct {
	chain   *law.Chain
	changed []string
	ledger  *follow.Ledger
	salary  *treegen.Tree // of the last epoch that ended
}

type operation func(s *Server, in json.RawMessage) (any, error)

// operations are the table of contents of conformance.md.
var operations = map[string]operation{
	"hash":          opHash,
	"merkle":        opMerkle,
	"address":       opAddress,
	"cbor":          opCBOR,
	"signature":     opSignature,
	"state.root":    opRoot,
	"state.proof":   opProof,
	"draw.point":    opPoint,
	"draw.list":     opDraw,
	"draw.sample":   opSample,
	"escrow.deal":   opDealing,
	"escrow.open":   opOpen,
	"genesis.hash":  opGenesisHash,
	"chain.genesis": opGenesis,
	"chain.block":   opBlock,
	"chain.get":     opGet,
	"chain.changed": opChanged,
	"chain.salary":  opSalaries,
	"salary.tree":   lines("salary.tree"),
	"points.tree":   lines("points.tree"),
	"points.count":  opPointsCount,
	"epoch.state":   lines("epoch.state"),
	"pac":           opPAC,
}

// Operations lists the names that are answered.
func Operations() (out []string) {
	for n := range operations {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

// Run answers until the input ends.
func (s *Server) Run(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), lineMax)
	w := bufio.NewWriter(out)
	e := json.NewEncoder(w)
	for lines.Scan() {
		if err := e.Encode(s.answer(lines.Bytes())); err != nil {
			return err
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return lines.Err()
}

func (s *Server) answer(line []byte) (a answer) {
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		return answer{Error: "no question: " + err.Error()}
	}
	a.ID = q.ID
	op := operations[q.Op]
	if op == nil {
		a.Unsupported = true
		return a
	}
	out, err := op(s, q.In)
	if err != nil {
		a.Error = err.Error()
		return a
	}
	a.Out = out
	return a
}

// bin is bytes as 0x and hex.
type bin []byte

// MarshalText writes the one form.
func (b bin) MarshalText() ([]byte, error) { return []byte("0x" + hex.EncodeToString(b)), nil }

// UnmarshalText reads it.
func (b *bin) UnmarshalText(t []byte) error {
	rest, ok := strings.CutPrefix(string(t), "0x")
	if !ok {
		return fmt.Errorf("%.20q is no hex", t)
	}
	out, err := hex.DecodeString(rest)
	*b = out
	return err
}

func read[T any](in json.RawMessage) (out T, err error) {
	err = json.Unmarshal(in, &out)
	return out, err
}

type object = map[string]any

// fixed copies bytes of a length that is due.
func fixed(out []byte, b bin) error {
	if len(b) != len(out) {
		return fmt.Errorf("%d bytes where %d are due", len(b), len(out))
	}
	copy(out, b)
	return nil
}
