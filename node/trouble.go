package node

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"probity/node/store"
)

// advise says, in one line, where trouble with the home is and what to do
// about it.
func advise(path string, err error) error {
	fix := ""
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		fix = "free space there and start again: what was acknowledged is safe"
	case errors.Is(err, store.ErrForeign):
		fix = "start with the genesis file that it was made with, restore a backup, or choose another --home"
	case errors.Is(err, store.ErrCorrupt):
		fix = "restore a backup, or move it away and synchronize anew"
	case errors.Is(err, store.ErrLocked):
		fix = "stop the other process or choose another --home"
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EROFS):
		fix = "let this user write there, or choose another --home"
	default:
		return fmt.Errorf("%s: %w", path, err)
	}
	return fmt.Errorf("%s: %w; %s", path, err, fix)
}

// probeP2P looks whether the ports of the network are free: they are bound when
// the member runs, and a taken one should be said before anything is written.
func (n *Node) probeP2P() error {
	for _, addr := range n.opts.P2PListen {
		if strings.HasPrefix(addr, "/") {
			continue // a multiaddress: only the host reads these
		}
		ln, err := listen("p2p.listen", addr)
		if err != nil {
			return err
		}
		_ = ln.Close()
		udp, err := net.ListenPacket("udp", addr)
		if err != nil {
			return taken("p2p.listen", addr, err)
		}
		_ = udp.Close()
	}
	return nil
}

// listen binds a TCP port and says plainly whose it is when it is taken.
func listen(key, addr string) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, taken(key, addr, err)
	}
	return ln, nil
}

func taken(key, addr string, err error) error {
	return fmt.Errorf("%s %s: %w; stop the other program or set another address", key, addr, err)
}
