package store

import (
	"encoding/binary"

	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
)

// The tables, by the first byte of a key; the package comment says what is in
// them.
const (
	tableMeta     = 'm'
	tableValue    = 'v'
	tableDeleted  = 'd'
	tableNode     = 'n'
	tableStale    = 's'
	tableBlock    = 'b'
	tableHeader   = 'h'
	tableDigest   = 'i'
	tableFinality = 'f'
	tableReceipts = 'r'
	tableEvents   = 'e'
	tableTx       = 't'

	tableCertificate = 'c'
)

// The names in tableMeta.
var (
	keyIdentity = []byte{tableMeta, 'i'}
	keyTip      = []byte{tableMeta, 't'}
	keyPruned   = []byte{tableMeta, 'p'}
)

// receiptChunk is how many receipts share a value: enough that a block of
// 10,000 transactions does not mean as many writes, few enough that reading
// one decodes little.
const receiptChunk = 32

// place is where in the schedule a block stands.
type place struct {
	epoch types.Epoch
	view  types.View
}

func placeOf(h *types.Header) place { return place{h.Epoch, h.View} }

func (p place) before(q place) bool {
	return p.epoch < q.epoch || p.epoch == q.epoch && p.view < q.view
}

func key(table byte, rest []byte) []byte {
	return append(append(make([]byte, 0, 1+len(rest)), table), rest...)
}

func hashKey(table byte, h keys.Hash) []byte { return key(table, h[:]) }

func heightKey(table byte, h types.Height) []byte {
	return binary.BigEndian.AppendUint64([]byte{table}, uint64(h))
}

func nodeKey(k state.NodeKey) []byte {
	return k.Append(append(make([]byte, 0, 48), tableNode))
}

// placeKey is the least block key at a place.
func placeKey(p place) []byte {
	b := binary.BigEndian.AppendUint64(append(make([]byte, 0, 49), tableBlock), uint64(p.epoch))
	return binary.BigEndian.AppendUint64(b, uint64(p.view))
}

func blockKey(p place, digest keys.Hash) []byte { return append(placeKey(p), digest[:]...) }

// cutBlockKey takes a block key apart.
func cutBlockKey(k []byte) (p place, digest keys.Hash, ok bool) {
	if len(k) != 1+8+8+len(digest) || k[0] != tableBlock {
		return p, digest, false
	}
	p.epoch = types.Epoch(binary.BigEndian.Uint64(k[1:]))
	p.view = types.View(binary.BigEndian.Uint64(k[9:]))
	copy(digest[:], k[17:])
	return p, digest, true
}

func receiptsKey(h types.Height, chunk int) []byte {
	return binary.BigEndian.AppendUint32(heightKey(tableReceipts, h), uint32(chunk))
}

// txPlace is a value of tableTx.
func txPlace(h types.Height, index int) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 12), uint64(h))
	return binary.BigEndian.AppendUint32(b, uint32(index))
}

func cutTxPlace(b []byte) (h types.Height, index int, ok bool) {
	if len(b) != 12 {
		return 0, 0, false
	}
	return types.Height(binary.BigEndian.Uint64(b)), int(binary.BigEndian.Uint32(b[8:])), true
}

func heightValue(h types.Height) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(h))
}

func cutHeight(b []byte) (types.Height, bool) {
	if len(b) != 8 {
		return 0, false
	}
	return types.Height(binary.BigEndian.Uint64(b)), true
}
