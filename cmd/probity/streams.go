package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// streams are a command's input and output. Results go to out, everything else
// to err, so that out can be piped.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// standard are the streams of the process.
func standard() *streams { return &streams{in: os.Stdin, out: os.Stdout, err: os.Stderr} }

// printf writes to the result.
func (s *streams) printf(format string, args ...any) { fmt.Fprintf(s.out, format, args...) }

// notef writes a line for people.
func (s *streams) notef(format string, args ...any) { fmt.Fprintf(s.err, format+"\n", args...) }

// object writes one JSON object on one line.
func (s *streams) object(v any) error {
	enc := json.NewEncoder(s.out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// pretty writes JSON over several lines.
func (s *streams) pretty(v any) error {
	enc := json.NewEncoder(s.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// terminal reports whether a stream is a terminal, and its descriptor.
func terminal(stream any) (fd int, ok bool) {
	f, isFile := stream.(*os.File)
	if !isFile {
		return 0, false
	}
	return int(f.Fd()), term.IsTerminal(int(f.Fd()))
}

// ask reads a secret from the terminal without showing it; an error where
// there is none.
func (s *streams) ask(question string) (string, error) {
	fd, ok := terminal(s.in)
	if !ok {
		return "", failed("no terminal to ask for the passphrase", "", "set PROBITY_PASSPHRASE, --passphrase-file or --passphrase-fd")
	}
	fmt.Fprintf(s.err, "%s: ", question)
	b, err := term.ReadPassword(fd)
	fmt.Fprintln(s.err)
	if err != nil {
		return "", fmt.Errorf("read passphrase: %w", err)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}
