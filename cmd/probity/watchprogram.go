package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route/contribution"
	"probity/chain/route/oracle"
)

// answerLine bounds the line that a program answers with.
const answerLine = 1 << 20

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
	hash, err := askProgram(ctx, command, op, in)
	if err == nil && hash != own {
		s.notef("watch: %s makes %s of %s, this program %s", command, hash, op, own)
	}
	return hash, err
}

// askProgram asks a program one question of the conformance protocol, whose
// answer is a hash.
func askProgram(ctx context.Context, command, op string, in any) (hash keys.Hash, err error) {
	line, err := json.Marshal(map[string]any{"id": 1, "op": op, "in": in})
	if err != nil {
		return hash, err
	}
	words := strings.Fields(command)
	if len(words) == 0 {
		return hash, usage("an empty command")
	}
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Stdin = strings.NewReader(string(line) + "\n")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return hash, err
	}
	if err := cmd.Start(); err != nil {
		return hash, &failure{"the program does not start: " + oneLine(err), command, "give a command that speaks the protocol of probity conformance", err}
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, answerLine)
	var answer struct {
		Out struct {
			Hash keys.Hash `json:"hash"`
		} `json:"out"`
		Error       string `json:"error"`
		Unsupported bool   `json:"unsupported"`
	}
	if lines.Scan() {
		err = json.Unmarshal(lines.Bytes(), &answer)
	} else if err = lines.Err(); err == nil {
		err = fmt.Errorf("no answer")
	}
	if ended := cmd.Wait(); err == nil {
		err = ended
	}
	switch {
	case err != nil:
	case answer.Unsupported:
		err = fmt.Errorf("it does not know %s", op)
	case answer.Error != "":
		err = fmt.Errorf("it says %s", answer.Error)
	case answer.Out.Hash.IsZero():
		err = fmt.Errorf("no hash")
	}
	if err != nil {
		return hash, &failure{"the program gives no answer: " + oneLine(err), command, "try it by hand with one question on a line", err}
	}
	return answer.Out.Hash, nil
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
