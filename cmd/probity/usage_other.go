//go:build !linux

package main

import "time"

// rssUnit is what getrusage counts memory in: bytes on BSD and macOS.
const rssUnit = 1

// peakRSS is not known of a running process here; getrusage tells at its end.
func peakRSS(int) int64 { return 0 }

// cpuTime is not known of a running process here.
func cpuTime(int) time.Duration { return 0 }
