package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route/contribution"
	"probity/chain/route/oracle"
)

// answerLine bounds the line that a program answers with: the leaves of a count.
const answerLine = 64 << 20

// second has another program make a hash, where one is given, and says where it
// differs from what this program makes: the member runs that program, so its
// word is what the member submits.
func (t *tower) second(ctx context.Context, s *streams, command, op string, own keys.Hash, question func() (any, error)) (keys.Hash, error) {
	if command == "" {
		return own, nil
	}
	in, err := question()
	if err != nil {
		return keys.Hash{}, err
	}
	var out struct {
		Hash keys.Hash `json:"hash"`
	}
	if err := askProgram(ctx, command, op, in, &out); err != nil {
		return keys.Hash{}, err
	}
	if out.Hash.IsZero() {
		return keys.Hash{}, noAnswer(command, errors.New("no hash"))
	}
	if out.Hash != own {
		s.notef("watch: %s makes %s of %s, this program %s", command, out.Hash, op, own)
	}
	return out.Hash, nil
}

// errUnsupported is returned for an operation that a program does not have.
var errUnsupported = errors.New("it does not know the operation")

// noAnswer tells that a program was asked in vain.
func noAnswer(command string, err error) error {
	return &failure{"the program gives no answer: " + oneLine(err), command, "try it by hand with one question on a line", err}
}

// askProgram asks a program one question of the conformance protocol and reads
// its answer into out.
func askProgram(ctx context.Context, command, op string, in, out any) error {
	line, err := json.Marshal(map[string]any{"id": 1, "op": op, "in": in})
	if err != nil {
		return err
	}
	words := strings.Fields(command)
	if len(words) == 0 {
		return usage("an empty command")
	}
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Stdin = strings.NewReader(string(line) + "\n")
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return &failure{"the program does not start: " + oneLine(err), command, "give a command that speaks the protocol of probity conformance", err}
	}
	lines := bufio.NewScanner(pipe)
	lines.Buffer(nil, answerLine)
	var answer struct {
		Out         json.RawMessage `json:"out"`
		Error       string          `json:"error"`
		Unsupported bool            `json:"unsupported"`
	}
	if lines.Scan() {
		err = json.Unmarshal(lines.Bytes(), &answer)
	} else if err = lines.Err(); err == nil {
		err = errors.New("no answer")
	}
	_, _ = io.Copy(io.Discard, pipe) // what it says besides must not block it
	if ended := cmd.Wait(); err == nil {
		err = ended
	}
	switch {
	case err != nil:
	case answer.Unsupported:
		err = fmt.Errorf("%w %s", errUnsupported, op)
	case answer.Error != "":
		err = fmt.Errorf("it says %s", answer.Error)
	case len(answer.Out) > 0:
		err = json.Unmarshal(answer.Out, out)
	}
	if err != nil {
		return noAnswer(command, err)
	}
	return nil
}

// salaryQuestion is what a generator of trees is told of salaries.
func salaryQuestion(t *contribution.Tree) (any, error) {
	leaves := []oracle.SalaryLeaf{}
	for _, page := range t.Pages {
		var list []oracle.SalaryLeaf
		if err := codec.Unmarshal(page, &list); err != nil {
			return nil, err
		}
		leaves = append(leaves, list...)
	}
	return map[string]any{"from": t.Manifest.From, "to": epochOf(t.Manifest.Subject), "leaves": leaves}, nil
}

// pointsQuestion is what a watchtower is told of a count.
func pointsQuestion(t *contribution.Tree) (any, error) {
	leaves := []contribution.Leaf{}
	for _, page := range t.Pages {
		var list []contribution.Leaf
		if err := codec.Unmarshal(page, &list); err != nil {
			return nil, err
		}
		for i := range list {
			list[i].Addresses = append([]keys.Address{}, list[i].Addresses...)
		}
		leaves = append(leaves, list...)
	}
	return map[string]any{"subject": t.Manifest.Subject, "number": t.Manifest.From, "leaves": leaves}, nil
}
