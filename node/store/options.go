package store

import (
	"fmt"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"

	"probity/chain/keys"
)

// Options of a store.
type Options struct {
	// Genesis is the hash of the chain's genesis; a directory that was made for
	// another is refused with ErrForeign.
	Genesis keys.Hash
	// CacheBytes bounds the memory of hot state and database blocks; 0 is
	// CacheDefault, or CacheSimulated.
	CacheBytes int64
	// Simulated makes the store's traces equal from run to run: no background
	// compaction or statistics, and memory tables are written out at fixed
	// amounts of data, while the caller waits.
	Simulated bool
}

// Bounds of memory and of what may pile up.
const (
	CacheDefault   = 64 << 20
	CacheSimulated = 4 << 20

	memTable     = 16 << 20 // bytes of one memory table
	memTablesMax = 48 << 20 // bytes of memory tables waiting for the disk, above which commits wait
	tableSize    = 8 << 20  // bytes of one table on the disk
	blockSize    = 8 << 10  // bytes read at once
	sublevelsMax = 20       // depth of level 0 from which commits wait for compaction

	// A simulated run is short and is to see all of this often.
	simulatedMemTable = 64 << 20
	simulatedFlush    = 256 << 10 // bytes written after which memory tables are written out
	simulatedCompact  = 48        // of which so many are merged
)

// format is the version of Pebble's files. Raising it is one way, so it is
// chosen here and not by the library.
const format = pebble.FormatTableFormatV6

// cacheSplit says how CacheBytes is shared: a quarter to database blocks.
func (o *Options) cacheSplit() (blocks int64, hot int) {
	n := o.CacheBytes
	if n == 0 {
		n = CacheDefault
		if o.Simulated {
			n = CacheSimulated
		}
	}
	return n / 4, int(n - n/4)
}

// pebble is the database's options. Pebble never makes a write wait by itself,
// since nothing could end that wait when the disk has failed: Store.room does.
func (o *Options) pebble(d *disk) *pebble.Options {
	blocks, _ := o.cacheSplit()
	p := &pebble.Options{
		FS:                          d,
		FormatMajorVersion:          format,
		CacheSize:                   blocks + 2*memTable, // memory tables are reserved from it
		MemTableSize:                memTable,
		MemTableStopWritesThreshold: 1 << 16,
		L0StopWritesThreshold:       1 << 20,
		L0CompactionThreshold:       8,
		LBaseMaxBytes:               64 << 20,
		MaxOpenFiles:                512,
		BytesPerSync:                1 << 20,
		Logger:                      logger{d},
		EventListener: &pebble.EventListener{
			BackgroundError: d.fail,
			DataCorruption: func(i pebble.DataCorruptionInfo) {
				d.fail(fmt.Errorf("%w: %s: %v", ErrCorrupt, i.Path, i.Details))
			},
		},
	}
	// The filter of a table is read whole, so large tables would make reads of a
	// state larger than the memory slow.
	for i := range p.Levels {
		p.TargetFileSizes[i] = tableSize
		p.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
		p.Levels[i].BlockSize = blockSize
	}
	// Most bytes are hashes and signatures, on which compression is lost time.
	p.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return pebble.DBCompressionNone })
	if o.Simulated {
		p.CacheSize = blocks + 4*simulatedFlush
		p.MemTableSize = simulatedMemTable
		p.DisableAutomaticCompactions = true
		p.DisableTableStats = true
		p.L0CompactionThreshold = 1 << 20
	}
	return p
}

// logger turns Pebble's way of ending the process into a failed disk; the rest
// of what it logs is its own business.
type logger struct{ disk *disk }

// Infof is pebble.Logger.
func (logger) Infof(string, ...any) {}

// Errorf is pebble.Logger.
func (logger) Errorf(string, ...any) {}

// Fatalf is pebble.Logger. Every caller goes on to return an error or to do
// nothing, so returning is safe.
func (l logger) Fatalf(format string, args ...any) {
	text, _, _ := strings.Cut(fmt.Sprintf(format, args...), "\n")
	l.disk.fail(fmt.Errorf("%s", text))
}
