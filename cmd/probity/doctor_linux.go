package main

import "syscall"

// diskSpace is how many bytes a user may still write beside a path, of how many.
func diskSpace(path string) (free, total uint64, err error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return 0, 0, err
	}
	return st.Bavail * uint64(st.Bsize), st.Blocks * uint64(st.Bsize), nil
}

// clockSynced is what the kernel says of the clock, as far as it may be asked.
func clockSynced() (synced, known bool) {
	const timeError = 5 // TIME_ERROR: nobody disciplines the clock
	state, err := syscall.Adjtimex(&syscall.Timex{})
	return state != timeError, err == nil
}
