package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"probity/p2p"
)

// descriptorsMin is how many files a node needs to open: tables of the
// database, four connections a peer, clients of JSON-RPC.
const descriptorsMin = 1024

// inUse reports whether a process holds a home.
func inUse(h home) bool {
	f, err := os.OpenFile(filepath.Join(string(h), "lock"), os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

// lookModes finds secrets that others may read.
func lookModes(_ context.Context, p *patient) []finding {
	var out []finding
	look := func(path string, forbidden fs.FileMode, want string) {
		st, err := os.Stat(path)
		if err != nil {
			return // what is not there is told elsewhere
		}
		if got := st.Mode().Perm(); got&forbidden != 0 {
			out = append(out, finding{State: fault, Value: fmt.Sprintf("%s has mode %04o", path, got), Limit: want + " at most", Fix: "chmod " + want + " " + path})
		}
	}
	look(string(p.home), 0o022, "0755")
	look(filepath.Join(string(p.home), "signer"), 0o077, "0700")
	look(filepath.Join(string(p.home), "signer", "signer.log"), 0o022, "0644")
	look(p.home.keys(), 0o077, "0700")
	entries, _ := os.ReadDir(p.home.keys()) // none where there is no keystore
	for _, e := range entries {
		look(filepath.Join(p.home.keys(), e.Name()), 0o077, "0600")
	}
	if p.config != nil {
		if file := p.config.text("keys.passphrase_file"); file != "" {
			look(file, 0o077, "0600")
		}
		if file := p.config.text("rpc.jwt_secret"); file != "" && exists(file) {
			look(file, 0o077, "0600")
		}
	}
	if out == nil {
		out = []finding{{State: well, Value: "secrets are this user's alone"}}
	}
	return out
}

// lookDisk tells how much room is left.
func lookDisk(_ context.Context, p *patient) []finding {
	free, total, err := diskSpace(string(p.home))
	if err != nil || total == 0 {
		return []finding{{State: unknown, Value: "free space is not known on this system"}}
	}
	value := fmt.Sprintf("%s free of %s", sizeText(free), sizeText(total))
	limit := sizeText(p.diskMin) + " at least"
	switch {
	case free < p.diskMin:
		return []finding{{State: fault, Value: "the disk is almost full: " + value, Limit: limit, Fix: "free space on the disk of " + string(p.home) + ", move the home, or keep less (store.keep_states, store.keep_blocks)"}}
	case free < 4*p.diskMin:
		return []finding{{State: warning, Value: value, Limit: limit, Fix: "plan for more room"}}
	}
	return []finding{{State: well, Value: value, Limit: limit}}
}

// sizeText is a number of bytes for people.
func sizeText(n uint64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	v, i := float64(n), 0
	for v >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[i])
}

// lookDescriptors tells how many files the process may open.
func lookDescriptors(_ context.Context, p *patient) []finding {
	var lim syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &lim); err != nil {
		return []finding{{State: unknown, Value: oneLine(err)}}
	}
	f := finding{State: well, Value: fmt.Sprintf("%d open files allowed", lim.Cur), Limit: fmt.Sprintf("%d at least", p.files)}
	if lim.Cur < p.files {
		f.State, f.Fix = fault, "ulimit -n 65536 before the start, or LimitNOFILE=65536 in the systemd unit"
	}
	return []finding{f}
}

// clockMax is how far a clock may be off: proposals further ahead are refused.
const clockMax = 500 * time.Millisecond

// lookClock compares the clock with the chain, the kernel's opinion of it, and a
// time server where one is named.
func lookClock(_ context.Context, p *patient) []finding {
	const fix = "let chrony or systemd-timesyncd set the clock, and wait until it has"
	var out []finding
	var chain time.Time
	if p.facts != nil && p.facts.Time > 0 {
		chain = time.UnixMilli(int64(p.facts.Time))
	} else if p.genesis != nil {
		chain = time.UnixMilli(int64(p.genesis.Time))
	}
	if behind := chain.Sub(p.now()); behind > clockMax {
		out = append(out, finding{State: fault, Value: fmt.Sprintf("the clock is %v behind the chain", behind.Round(time.Millisecond)), Limit: clockMax.String() + " at most", Fix: fix})
	}
	if p.timeServer != "" {
		off, err := askTime(p.timeServer, p.now)
		switch {
		case err != nil:
			out = append(out, finding{State: unknown, Value: oneLine(err), Fix: "name a server that answers SNTP"})
		case off.Abs() > clockMax:
			out = append(out, finding{State: fault, Value: fmt.Sprintf("the clock is off by %v", off.Round(time.Millisecond)), Limit: clockMax.String() + " at most", Fix: fix})
		default:
			out = append(out, finding{State: well, Value: fmt.Sprintf("off by %v", off.Round(time.Millisecond)), Limit: clockMax.String() + " at most"})
		}
	} else if synced, known := clockSynced(); known && !synced {
		out = append(out, finding{State: warning, Value: "the kernel says that nobody sets the clock", Fix: fix + "; --time-server measures it"})
	}
	if out == nil {
		out = []finding{{State: well, Value: "not behind the chain"}}
	}
	return out
}

// askTime is how far a server's clock is ahead of ours, by one SNTP exchange
// (RFC 4330, client mode).
func askTime(server string, now func() time.Time) (time.Duration, error) {
	c, err := net.DialTimeout("udp", server, 3*time.Second)
	if err != nil {
		return 0, fmt.Errorf("time server: %w", err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(3 * time.Second)); err != nil {
		return 0, fmt.Errorf("time server: %w", err)
	}
	q := make([]byte, 48)
	q[0] = 4<<3 | 3 // version 4, client
	sent := now()
	if _, err := c.Write(q); err != nil {
		return 0, fmt.Errorf("time server: %w", err)
	}
	n, err := c.Read(q)
	back := now()
	if err != nil {
		return 0, fmt.Errorf("time server: %w", err)
	}
	if n < 48 || q[0]&7 != 4 || q[1] == 0 {
		return 0, fmt.Errorf("time server %s: not an answer to SNTP", server)
	}
	heard, said := ntpTime(q[32:]), ntpTime(q[40:])
	return (heard.Sub(sent) + said.Sub(back)) / 2, nil
}

// ntpTime reads 64 bits of seconds since 1900 and their fraction.
func ntpTime(b []byte) time.Time {
	const since1900 = 2_208_988_800
	s, f := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	return time.Unix(int64(s)-since1900, int64(uint64(f)*1_000_000_000>>32))
}

// lookPorts tries to bind what the node will bind.
func lookPorts(_ context.Context, p *patient) []finding {
	if p.configErr != nil {
		return []finding{{State: unknown, Value: "not tried without a configuration"}}
	}
	if p.running {
		return []finding{{State: well, Value: "the node holds them"}}
	}
	var out []finding
	try := func(key, network, addr string) {
		var err error
		if network == "udp" {
			var c net.PacketConn
			if c, err = net.ListenPacket("udp", addr); err == nil {
				_ = c.Close()
			}
		} else {
			var l net.Listener
			if l, err = net.Listen("tcp", addr); err == nil {
				_ = l.Close()
			}
		}
		if err != nil {
			out = append(out, finding{State: fault, Value: fmt.Sprintf("%s %s: %s", key, addr, oneLine(err)), Limit: "free", Fix: "stop the other program (ss -lptn), or set " + key + " to another address"})
		}
	}
	try("rpc.listen", "tcp", p.config.text("rpc.listen"))
	try("ops.listen", "tcp", p.config.text("ops.listen"))
	for _, given := range p.config.list("p2p.listen") {
		addrs, err := p2p.Multiaddrs(given)
		if err != nil {
			out = append(out, finding{State: fault, Value: oneLine(err), Fix: "correct p2p.listen"})
		}
		for _, m := range addrs {
			if network, addr, ok := socketOf(m); ok {
				try("p2p.listen", network, addr)
			}
		}
	}
	if out == nil {
		out = []finding{{State: well, Value: "free"}}
	}
	return out
}

// socketOf reads /ip4/A/tcp/P and /ip4/A/udp/P/quic-v1, and the like of ip6.
func socketOf(multi string) (network, addr string, ok bool) {
	parts := strings.Split(strings.TrimPrefix(multi, "/"), "/")
	if len(parts) < 4 || parts[0] != "ip4" && parts[0] != "ip6" || parts[2] != "tcp" && parts[2] != "udp" {
		return "", "", false
	}
	return parts[2], net.JoinHostPort(parts[1], parts[3]), true
}
