package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"probity/chain/exec"
)

// The exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitOutdated    = 78 // a later protocol is in force than this software knows
	exitInterrupted = 130
)

// failure is an error that a person can act upon: what went wrong, where, and
// what mends it.
type failure struct {
	What  string
	Where string // a file, an address, a flag
	Fix   string
	Cause error
}

// Error is one line: what: where: fix.
func (f *failure) Error() string {
	parts := make([]string, 0, 3)
	for _, p := range []string{f.What, f.Where, f.Fix} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ": ")
}

func (f *failure) Unwrap() error { return f.Cause }

func failed(what, where, fix string) error { return &failure{What: what, Where: where, Fix: fix} }

// wrongUsage marks an error as one of the command line itself.
type wrongUsage struct{ err error }

func (w *wrongUsage) Error() string { return w.err.Error() }
func (w *wrongUsage) Unwrap() error { return w.err }

// usage makes an error of the command line.
func usage(format string, args ...any) error { return &wrongUsage{fmt.Errorf(format, args...)} }

// errStopped is returned by a command that a signal ended before it was done.
var errStopped = errors.New("interrupted")

// report prints an error as one line and gives the exit code.
func report(ctx context.Context, s *streams, err error) int {
	if err == nil {
		return exitDone
	}
	if errors.Is(err, errStopped) || ctx.Err() != nil && errors.Is(err, context.Canceled) {
		s.notef("probity: interrupted")
		return exitInterrupted
	}
	s.notef("probity: %s", oneLine(err))
	if old := (*exec.Outdated)(nil); errors.As(err, &old) {
		return exitOutdated
	}
	var wrong *wrongUsage
	if errors.As(err, &wrong) {
		return exitUsage
	}
	return exitFailed
}

// oneLine is an error's text without line breaks.
func oneLine(err error) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "\n", "; ")), " ")
}

// nearest is the candidate that a mistyped word is closest to; "" where none
// is close.
func nearest(word string, candidates []string) string {
	best, least := "", len(word)/2+2
	for _, c := range candidates {
		if d := distance(word, c); d < least {
			best, least = c, d
		}
	}
	return best
}

// distance counts the characters to insert, delete or replace between a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		left := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			step := left
			if a[i-1] != b[j-1] {
				step++
			}
			left = row[j]
			row[j] = min(step, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
