//go:build !linux

package main

// diskSpace is not known on this system.
func diskSpace(string) (free, total uint64, err error) { return 0, 0, nil }

// clockSynced is not known on this system.
func clockSynced() (synced, known bool) { return false, false }
