package world

import "slices"

// content is the bytes of a file, in blocks of one size, the last of which may
// be shorter. A file that grows copies no more than its first block, and two
// files that were one until the power went share the blocks that neither has
// written to since.
type content struct {
	blocks []block
	size   int
	spare  *[][]byte // memory of blocks that are used no more; nil: nobody keeps any
}

// block is a part of a file. What of it is shared stands in another file too and
// may not be written; behind that there is room for one of the files alone.
type block struct {
	data   []byte
	shared int
}

// blockBytes is the size of a block. Logs of the database reach eight of them
// before a new one begins.
const blockBytes = 32 << 10

// readAt copies bytes from an offset on and says how many there were.
func (c *content) readAt(p []byte, at int) (n int) {
	for n < len(p) && at+n < c.size {
		n += copy(p[n:], c.blocks[(at+n)/blockBytes].data[(at+n)%blockBytes:])
	}
	return n
}

// writeAt puts bytes at an offset, behind zeros where the file ends before it.
func (c *content) writeAt(p []byte, at int) {
	if len(p) == 0 {
		return
	}
	if c.size < at {
		size := c.size
		c.grow(at)
		c.zero(size)
	}
	c.grow(at + len(p))
	for n := 0; n < len(p); {
		b, from := &c.blocks[(at+n)/blockBytes], (at+n)%blockBytes
		if from < b.shared {
			*b = block{data: slices.Clone(b.data)}
		}
		n += copy(b.data[from:], p[n:])
	}
}

// zero clears the file from an offset on, where nothing is shared.
func (c *content) zero(at int) {
	for ; at < c.size; at = (at/blockBytes + 1) * blockBytes {
		clear(c.blocks[at/blockBytes].data[at%blockBytes:])
	}
}

// grow makes the file at least so long; what is new has any bytes.
func (c *content) grow(size int) {
	for c.size < size {
		i := c.size / blockBytes
		if i == len(c.blocks) {
			c.blocks = append(c.blocks, block{})
		}
		b, want := &c.blocks[i], min(size-i*blockBytes, blockBytes)
		if want > cap(b.data) {
			*b = block{data: append(c.room(i, want), b.data...)}
		}
		b.data = b.data[:want]
		c.size = i*blockBytes + want
	}
}

// room is memory for block i, of so many bytes at least: files of one block are
// many and small.
func (c *content) room(i, want int) []byte {
	if i == 0 && 2*want < blockBytes {
		return make([]byte, 0, 2*want)
	}
	if c.spare != nil && len(*c.spare) > 0 {
		last := len(*c.spare) - 1
		b := (*c.spare)[last]
		*c.spare = (*c.spare)[:last]
		return b
	}
	return make([]byte, 0, blockBytes)
}

// spareMax is how many blocks of removed files wait for others.
const spareMax = 64

// free gives up what no other file shares, for new files.
func (c *content) free() {
	for i := range c.blocks {
		if b := &c.blocks[i]; c.spare != nil && b.shared == 0 && cap(b.data) == blockBytes && len(*c.spare) < spareMax {
			*c.spare = append(*c.spare, b.data[:0])
		}
	}
	c.blocks, c.size = nil, 0
}

// truncate makes the file no longer than so many bytes.
func (c *content) truncate(size int) {
	if size >= c.size {
		return
	}
	c.blocks, c.size = c.blocks[:(size+blockBytes-1)/blockBytes], size
	if rest := size % blockBytes; rest > 0 {
		b := &c.blocks[len(c.blocks)-1]
		b.data, b.shared = b.data[:rest:rest], min(b.shared, rest)
	}
}

// share is the same bytes for another file.
func (c *content) share() content {
	out := content{blocks: make([]block, len(c.blocks)), size: c.size}
	for i := range c.blocks {
		b := &c.blocks[i]
		b.shared = len(b.data)
		out.blocks[i] = block{data: b.data[:b.shared:b.shared], shared: b.shared}
	}
	return out
}

// bytes is all of it, to read.
func (c *content) bytes() []byte {
	if len(c.blocks) == 1 {
		return c.blocks[0].data
	}
	out := make([]byte, c.size)
	c.readAt(out, 0)
	return out
}
