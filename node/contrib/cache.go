package contrib

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"probity/chain/keys"
)

// cacheName is the file of deltas in a cache folder; the number is the version
// of the rules that make a delta (spec §2, §3) and of its bytes.
const cacheName = "deltas-2"

// checkLen is the length of a record's check.
const checkLen = 8

// cacheFile keeps deltas between runs: records of commit, length, delta, check.
// A commit never changes, so a delta never goes out of date, and one file
// serves every repository. Without a folder it forgets everything.
type cacheFile struct {
	path  string
	known map[ID][]byte // encoded deltas
	fresh bool          // something is not on disk yet
}

// openCache reads the cache of a folder, which need not exist. What is damaged
// is dropped: it will be computed again.
func openCache(dir string) (*cacheFile, error) {
	c := &cacheFile{known: map[ID][]byte{}}
	if dir == "" {
		return c, nil
	}
	c.path = filepath.Join(dir, cacheName)
	raw, err := os.ReadFile(c.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read cache: %w", err)
	}
	r := reader{b: raw}
	for len(r.b) > 0 {
		var id ID
		copy(id[:], r.take(len(id)))
		body := r.take(r.num())
		check := r.take(checkLen)
		if r.bad || string(check) != string(cacheCheck(id, body)) {
			c.fresh = true // written again without the rest
			break
		}
		c.known[id] = body
	}
	return c, nil
}

// cacheCheck binds a record's bytes to its commit.
func cacheCheck(id ID, body []byte) []byte {
	h := keys.Sum(id[:], body)
	return h[:checkLen]
}

// get is the delta of a commit, if it is known.
func (c *cacheFile) get(id ID) (*delta, bool) {
	body, ok := c.known[id]
	if !ok {
		return nil, false
	}
	d, err := decodeDelta(body)
	return d, err == nil
}

// put remembers the encoded delta of a commit.
func (c *cacheFile) put(id ID, body []byte) {
	c.known[id] = body
	c.fresh = true
}

// save writes the cache in the order of ids, which are the commits of this
// run, and then the others; the old file is replaced whole.
func (c *cacheFile) save(ids []ID) error {
	if c.path == "" || !c.fresh {
		return nil
	}
	var b []byte
	add := func(id ID, body []byte) {
		b = append(b, id[:]...)
		b = binary.AppendUvarint(b, uint64(len(body)))
		b = append(b, body...)
		b = append(b, cacheCheck(id, body)...)
	}
	written := make(map[ID]bool, len(ids))
	for _, id := range ids {
		if body, ok := c.known[id]; ok && !written[id] {
			add(id, body)
			written[id] = true
		}
	}
	for id, body := range c.known { // any order reads back the same
		if !written[id] {
			add(id, body)
		}
	}
	if err := replaceFile(c.path, b); err != nil {
		return fmt.Errorf("write cache: %w", err)
	}
	c.fresh = false
	return nil
}

// replaceFile writes a file so that a reader sees the old one or the new one.
func replaceFile(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // of no effect once it is renamed
	if _, err := tmp.Write(content); err != nil {
		return errors.Join(err, tmp.Close())
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
