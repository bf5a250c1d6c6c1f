package git

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
)

// deltaMax bounds a chain of deltas; git makes 50, and 4,095 at most.
const deltaMax = 4096

// pack is a file of many objects and the index of where they are.
type pack struct {
	file   *os.File
	size   int64
	fan    [256]uint32
	names  []byte // 20 bytes each, ascending
	at     []byte // 4 bytes each
	far    []byte // 8 bytes each, of packs beyond 2 GiB
	reader *bufio.Reader
}

// openPack reads an index of version 2 and opens the pack beside it.
func openPack(index string) (*pack, error) {
	raw, err := os.ReadFile(index)
	if err != nil {
		return nil, err
	}
	const head = 8 + 1024
	if len(raw) < head+40 || !bytes.Equal(raw[:8], []byte{0xff, 't', 'O', 'c', 0, 0, 0, 2}) {
		return nil, fmt.Errorf("%w: %s is no index of version 2", ErrFormat, index)
	}
	p := &pack{}
	last := uint32(0)
	for i := range p.fan {
		p.fan[i] = binary.BigEndian.Uint32(raw[8+4*i:])
		if p.fan[i] < last {
			return nil, fmt.Errorf("%w: %s", ErrDamaged, index)
		}
		last = p.fan[i]
	}
	n, rest := int(last), raw[head:len(raw)-40]
	if len(rest) < n*28 {
		return nil, fmt.Errorf("%w: %s is short", ErrDamaged, index)
	}
	p.names, p.at, p.far = rest[:20*n], rest[24*n:28*n], rest[28*n:]
	if p.file, err = os.Open(strings.TrimSuffix(index, ".idx") + ".pack"); err != nil {
		return nil, err
	}
	info, err := p.file.Stat()
	if err != nil {
		_ = p.file.Close() // the first error is the one to tell
		return nil, err
	}
	p.size, p.reader = info.Size(), bufio.NewReaderSize(nil, 4096)
	return p, nil
}

// find is where an object begins.
func (p *pack) find(id ID) (int64, bool) {
	lo, hi := 0, int(p.fan[id[0]])
	if id[0] > 0 {
		lo = int(p.fan[id[0]-1])
	}
	i := lo + sort.Search(hi-lo, func(i int) bool { return bytes.Compare(p.names[20*(lo+i):20*(lo+i)+20], id[:]) >= 0 })
	if i == hi || !bytes.Equal(p.names[20*i:20*i+20], id[:]) {
		return 0, false
	}
	at := binary.BigEndian.Uint32(p.at[4*i:])
	if at>>31 == 0 {
		return int64(at), true
	}
	j := int(at & (1<<31 - 1))
	if 8*j+8 > len(p.far) {
		return 0, false
	}
	return int64(binary.BigEndian.Uint64(p.far[8*j:]) & (1<<62 - 1)), true
}

var packKinds = map[byte]Kind{1: "commit", 2: "tree", 3: "blob", 4: "tag"}

const (
	deltaAt byte = 6 // a delta to what lies so many bytes before
	deltaTo byte = 7 // a delta to a named object
)

// packed reads the object at a place of a pack, deltas applied.
func (s *Store) packed(p *pack, at int64, deep int) (Kind, []byte, error) {
	key := place{p, at}
	if o, ok := s.bases.get(key); ok {
		return o.kind, o.data, nil
	}
	if deep > deltaMax || at < 0 || at >= p.size {
		return "", nil, ErrDamaged
	}
	p.reader.Reset(io.NewSectionReader(p.file, at, p.size-at))
	kind, size, err := entryHead(p.reader)
	if err != nil {
		return "", nil, err
	}
	var back int64
	var to ID
	switch kind {
	case deltaAt:
		if back, err = distance(p.reader); err != nil {
			return "", nil, err
		}
	case deltaTo:
		if _, err = io.ReadFull(p.reader, to[:]); err != nil {
			return "", nil, ErrDamaged
		}
	}
	data, err := s.inflated(p.reader, size)
	if err != nil {
		return "", nil, err
	}
	o := object{packKinds[kind], data}
	if kind == deltaAt || kind == deltaTo {
		base := at - back
		if kind == deltaTo {
			var ok bool
			if base, ok = p.find(to); !ok {
				return "", nil, fmt.Errorf("%w: a delta to %s", ErrAbsent, to)
			}
		}
		of, from, err := s.packed(p, base, deep+1)
		if err != nil {
			return "", nil, err
		}
		if o.data, err = patch(from, data); err != nil {
			return "", nil, err
		}
		o.kind = of
	}
	s.bases.put(key, o)
	return o.kind, o.data, nil
}

func (s *Store) inflated(r io.Reader, size uint64) ([]byte, error) {
	z, err := s.inflater(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	out := make([]byte, size)
	if _, err := io.ReadFull(z, out); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return out, nil
}

// entryHead reads the kind and the size of an entry: four bits of the size in
// the first byte, seven in each that follows.
func entryHead(r io.ByteReader) (kind byte, size uint64, err error) {
	b, err := r.ReadByte()
	if err != nil {
		return 0, 0, ErrDamaged
	}
	kind, size = b>>4&7, uint64(b&15)
	for shift := 4; b&0x80 != 0; shift += 7 {
		if b, err = r.ReadByte(); err != nil || shift > 32 {
			return 0, 0, ErrDamaged
		}
		size |= uint64(b&0x7f) << shift
	}
	if size > sizeMax || packKinds[kind] == "" && kind != deltaAt && kind != deltaTo {
		return 0, 0, ErrDamaged
	}
	return kind, size, nil
}

// distance is a number of which each further byte counts one more than it says,
// so that none has two forms.
func distance(r io.ByteReader) (n int64, err error) {
	for i := 0; ; i++ {
		b, err := r.ReadByte()
		if err != nil || i > 8 {
			return 0, ErrDamaged
		}
		if i > 0 {
			n++
		}
		n = n<<7 | int64(b&0x7f)
		if b&0x80 == 0 {
			return n, nil
		}
	}
}

// patch applies a delta: pieces of the base and new bytes, in order.
func patch(base, delta []byte) ([]byte, error) {
	number := func() (n uint64, ok bool) {
		for shift := 0; len(delta) > 0 && shift < 63; shift += 7 {
			b := delta[0]
			delta = delta[1:]
			n |= uint64(b&0x7f) << shift
			if b&0x80 == 0 {
				return n, true
			}
		}
		return 0, false
	}
	from, ok1 := number()
	to, ok2 := number()
	if !ok1 || !ok2 || from != uint64(len(base)) || to > sizeMax {
		return nil, ErrDamaged
	}
	out := make([]byte, 0, to)
	for len(delta) > 0 {
		op := delta[0]
		delta = delta[1:]
		if op&0x80 == 0 { // new bytes
			if op == 0 || int(op) > len(delta) {
				return nil, ErrDamaged
			}
			out, delta = append(out, delta[:op]...), delta[op:]
			continue
		}
		var v [7]uint64 // four bytes of the place, three of the length
		for i := range v {
			if op>>i&1 == 1 {
				if len(delta) == 0 {
					return nil, ErrDamaged
				}
				v[i], delta = uint64(delta[0]), delta[1:]
			}
		}
		at, n := v[0]|v[1]<<8|v[2]<<16|v[3]<<24, v[4]|v[5]<<8|v[6]<<16
		if n == 0 {
			n = 0x10000
		}
		if at+n > from || uint64(len(out))+n > to {
			return nil, ErrDamaged
		}
		out = append(out, base[at:at+n]...)
	}
	if uint64(len(out)) != to {
		return nil, ErrDamaged
	}
	return out, nil
}

// place is where an object lies.
type place struct {
	p  *pack
	at int64
}

// cache keeps what was read last, in two halves: what is read again moves to
// the young one, and the old one is dropped whole.
type cache struct {
	max, used  int
	young, old map[place]object
}

func (c *cache) get(at place) (object, bool) {
	if o, ok := c.young[at]; ok {
		return o, true
	}
	o, ok := c.old[at]
	if ok {
		c.put(at, o)
	}
	return o, ok
}

func (c *cache) put(at place, o object) {
	if len(o.data) > c.max/8 {
		return
	}
	if c.young == nil || c.used+len(o.data) > c.max/2 {
		c.old, c.young, c.used = c.young, map[place]object{}, 0
	}
	c.young[at] = o
	c.used += len(o.data) + 64
}
