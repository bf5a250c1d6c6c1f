package world

import (
	"math/rand/v2"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Disk is a member's disk. A crash leaves what was synced, and all or nothing
// of the rest: the store and the journal must bear both.
type Disk struct {
	fs  *vfs.MemFS
	rng *rand.Rand
}

// NewDisk is an empty disk with the directories that a home has, synced as
// init does.
func NewDisk(rng *rand.Rand, dirs ...string) (*Disk, error) {
	d := &Disk{fs: vfs.NewCrashableMem(), rng: rng}
	for _, dir := range dirs {
		if err := d.fs.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	root, err := d.fs.OpenDir("")
	if err != nil {
		return nil, err
	}
	if err := root.Sync(); err != nil {
		return nil, err
	}
	return d, root.Close()
}

// FS is the file system that the member sees now.
func (d *Disk) FS() vfs.FS { return d.fs }

// Crash cuts the power: the member's open files write into the void from here
// on, and the next FS holds what survived.
func (d *Disk) Crash() (kept int) {
	kept = 100 * d.rng.IntN(2)
	d.fs = d.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: kept, RNG: rand.New(rand.NewPCG(d.rng.Uint64(), 1))})
	return kept
}

// Synced is a copy of the disk as it would be after a crash that keeps nothing
// unsynced; the member goes on with its own.
func (d *Disk) Synced() vfs.FS {
	return d.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 0, RNG: rand.New(rand.NewPCG(1, 1))})
}
