package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
)

// listenUnix listens at a path that only this user may connect to. A socket that
// a killed process left is removed; one that answers is another's.
func listenUnix(path string) (net.Listener, error) {
	if c, err := net.Dial("unix", path); err == nil {
		_ = c.Close()
		return nil, failed("another process listens at this socket", path, "stop it, or name another with --socket")
	}
	if st, err := os.Lstat(path); err == nil && st.Mode()&fs.ModeSocket == 0 {
		return nil, failed("a file that is no socket", path, "name another with --socket")
	} else if err == nil {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("socket: %w", err)
		}
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, &failure{"cannot listen: " + oneLine(err), path, "name a shorter path in a folder that this user may write to", err}
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("socket: %w", err), ln.Close())
	}
	return ln, nil
}
