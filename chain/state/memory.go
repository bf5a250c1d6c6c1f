package state

import (
	"fmt"
	"maps"
	"slices"
	"sort"

	"probity/chain/keys"
	"probity/chain/types"
)

// Memory is a Backend without a disk, for tests, examples and tools, and the
// model of what a Backend does with Changes and how it prunes. It belongs to
// one goroutine.
type Memory struct {
	version types.Height
	root    keys.Hash
	flat    map[string][]byte
	order   []string // the keys of flat, ascending; nil when they have changed
	pages   map[NodeKey]Page
	leaves  map[NodeKey]Leaf
	stale   []staleList // ascending by version
}

// staleList is what one version has put out of use.
type staleList struct {
	version types.Height
	nodes   []NodeKey
	keys    []string // that it deleted
}

// NewMemory is an empty backend.
func NewMemory() *Memory {
	return &Memory{
		flat:   make(map[string][]byte),
		pages:  make(map[NodeKey]Page),
		leaves: make(map[NodeKey]Leaf),
	}
}

// Latest is Backend.Latest.
func (m *Memory) Latest() (types.Height, keys.Hash, error) { return m.version, m.root, nil }

// Get is Backend.Get.
func (m *Memory) Get(key []byte) ([]byte, error) { return m.flat[string(key)], nil }

// Range is Backend.Range.
func (m *Memory) Range(lo, hi []byte, fn func(key, value []byte) bool) error {
	for _, key := range between(m.sorted(), lo, hi) {
		if !fn([]byte(key), m.flat[key]) {
			break
		}
	}
	return nil
}

// Keys is Backend.Keys.
func (m *Memory) Keys(lo, hi []byte, since types.Height, fn func(key []byte) bool) error {
	all := slices.Clone(between(m.sorted(), lo, hi))
	for _, s := range m.stale {
		if s.version > since {
			all = append(all, between(s.keys, lo, hi)...)
		}
	}
	slices.Sort(all)
	for _, key := range slices.Compact(all) {
		if !fn([]byte(key)) {
			break
		}
	}
	return nil
}

// Page is Backend.Page.
func (m *Memory) Page(key NodeKey) (Page, error) {
	if p, ok := m.pages[key]; ok {
		return p, nil
	}
	return Page{}, fmt.Errorf("page %v: %w", key, ErrMissing)
}

// Leaf is Backend.Leaf.
func (m *Memory) Leaf(key NodeKey) (Leaf, error) {
	if l, ok := m.leaves[key]; ok {
		return l, nil
	}
	return Leaf{}, fmt.Errorf("leaf %v: %w", key, ErrMissing)
}

// Nodes is the number of stored pages and leaf records.
func (m *Memory) Nodes() int { return len(m.pages) + len(m.leaves) }

// Commit writes the changes of the next version.
func (m *Memory) Commit(c *Changes) {
	if c.Version < m.version {
		panic("state: commit of an older version")
	}
	list := staleList{version: c.Version, nodes: c.Stale}
	for i := range c.Values {
		v := &c.Values[i]
		key := string(v.Key)
		if v.Value == nil {
			delete(m.flat, key)
			list.keys = append(list.keys, key)
			m.order = nil
			continue
		}
		if _, ok := m.flat[key]; !ok {
			m.order = nil
		}
		m.flat[key] = v.Value
		m.leaves[LeafKey(c.Version, v.Hash)] = Leaf{v.Key, v.Value}
	}
	for _, p := range c.Pages {
		m.pages[p.Key] = p.Page
	}
	m.stale = append(m.stale, list)
	m.version, m.root = c.Version, c.Root
}

// Prune gives up the versions below oldest. What a version has replaced was
// in use by older versions alone, so the lists of oldest and below say
// everything that goes, and then go themselves.
func (m *Memory) Prune(oldest types.Height) {
	n := 0
	for ; n < len(m.stale) && m.stale[n].version <= oldest; n++ {
		for _, k := range m.stale[n].nodes {
			if k.IsLeaf() {
				delete(m.leaves, k)
			} else {
				delete(m.pages, k)
			}
		}
	}
	m.stale = slices.Clone(m.stale[n:])
}

// sorted lists the keys of flat.
func (m *Memory) sorted() []string {
	if m.order == nil {
		m.order = slices.Sorted(maps.Keys(m.flat))
	}
	return m.order
}

// between cuts the keys from lo on and below hi out of an ascending list.
func between(list []string, lo, hi []byte) []string {
	list = list[sort.SearchStrings(list, string(lo)):]
	if hi != nil {
		list = list[:sort.SearchStrings(list, string(hi))]
	}
	return list
}
