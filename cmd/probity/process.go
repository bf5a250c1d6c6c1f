package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// process is a node that this program started. Its output goes to a file.
type process struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed when it has ended
	lead io.Closer     // its end of the leash
	peak int64         // memory when it was told to stop
}

// leashEnv tells a node to stop when its standard input ends: a supervisor that
// is killed leaves none behind.
const leashEnv = "PROBITY_LEASH"

// startProcess starts a node in a process group of its own, so that Ctrl-C on
// the terminal reaches it through its supervisor only.
func startProcess(program string, args []string, log string) (*process, error) {
	out, err := os.OpenFile(log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start node: %w", err)
	}
	defer out.Close()
	p := &process{cmd: exec.Command(program, args...), log: log, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.Env = append(childEnv(os.Environ()), leashEnv+"=1")
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if p.lead, err = p.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start node: %w", err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start node: %w", err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is asked of its state
		close(p.done)
	}()
	return p, nil
}

// childEnv is the environment without our settings: a home's own file counts.
func childEnv(environ []string) []string {
	var out []string
	for _, kv := range environ {
		if !strings.HasPrefix(kv, "PROBITY_") || strings.HasPrefix(kv, "PROBITY_LOG_") {
			out = append(out, kv)
		}
	}
	return out
}

// terminate asks the process to drain and end.
func (p *process) terminate() { p.signal(syscall.SIGTERM) }

// kill ends the process at once, as a power cut would.
func (p *process) kill() { p.signal(syscall.SIGKILL) }

func (p *process) signal(s syscall.Signal) {
	if !p.ended() {
		p.peak = max(p.peak, peakRSS(p.cmd.Process.Pid))
		_ = p.cmd.Process.Signal(s) // it may have ended meanwhile
	}
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// memory is the most that an ended process had, in bytes.
func (p *process) memory() int64 {
	st := p.cmd.ProcessState
	if st == nil || p.peak > 0 {
		return p.peak
	}
	if r, ok := st.SysUsage().(*syscall.Rusage); ok {
		return r.Maxrss * rssUnit
	}
	return 0
}

// lastLine is the last line of the log, which says why a node ended.
func (p *process) lastLine() string {
	f, err := os.Open(p.log)
	if err != nil {
		return "no log"
	}
	defer f.Close()
	if _, err := f.Seek(-4096, io.SeekEnd); err != nil && !errors.Is(err, os.ErrInvalid) {
		_, _ = f.Seek(0, io.SeekStart) // shorter than that
	}
	last := ""
	for s := bufio.NewScanner(f); s.Scan(); {
		if t := bytes.TrimSpace(s.Bytes()); len(t) > 0 {
			last = string(t)
		}
	}
	return strings.TrimPrefix(last, "probity: ")
}
