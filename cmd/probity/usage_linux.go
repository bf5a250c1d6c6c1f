package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// rssUnit is what getrusage counts memory in: KiB on Linux.
const rssUnit = 1024

// peakRSS is the most memory that a running process has had, in bytes; 0 where
// it cannot be told. What getrusage tells of an ended child is at least what
// its parent had when it started it.
func peakRSS(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for _, line := range bytes.Split(b, []byte("\n")) {
		if f := bytes.Fields(line); len(f) == 3 && string(f[0]) == "VmHWM:" {
			n, err := strconv.ParseInt(string(f[1]), 10, 64)
			if err != nil {
				return 0
			}
			return n * 1024
		}
	}
	return 0
}

// clockTick is the unit of processor time in /proc: Linux shows it to programs
// as 100 a second on every machine.
const clockTick = 10 * time.Millisecond

// cpuTime is the processor time that a running process has taken.
func cpuTime(pid int) time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, ok := bytes.Cut(b, []byte(") ")) // the name before it may hold anything
	f := bytes.Fields(rest)
	if !ok || len(f) < 13 {
		return 0
	}
	user, err := strconv.ParseInt(string(f[11]), 10, 64)
	system, err2 := strconv.ParseInt(string(f[12]), 10, 64)
	if err != nil || err2 != nil {
		return 0
	}
	return time.Duration(user+system) * clockTick
}
