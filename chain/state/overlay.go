package state

// Overlay is a writable layer of changes above a Reader: a block being
// executed, a transaction in it, a dispatch in that. Nothing reaches the layer
// below before Merge; dropping the overlay undoes everything.
//
// While a child is in use its parent must not be written but through it. An
// overlay belongs to one goroutine.
type Overlay struct {
	parent  Reader
	into    *Overlay // parent as an overlay, where Merge goes; nil above other readers
	items   []item
	index   map[string]int32 // number of each key's item; nil while there are few
	regions []region         // for Range: the first indexed items in key order
	indexed int
	walks   []*walk // Ranges under way, innermost last
	sealed  bool
}

// item is one pending change; a nil value deletes.
type item struct {
	key   string
	value []byte
}

// fewItems is up to how many items a search compares them one by one, which
// most transactions never exceed.
const fewItems = 8

// NewOverlay is an empty layer above parent, for trying what is not meant to
// stay; Merge is for children.
func NewOverlay(parent Reader) *Overlay { return &Overlay{parent: parent} }

// Child is an empty layer above o.
func (o *Overlay) Child() *Overlay { return &Overlay{parent: o, into: o} }

// Merge moves the changes into the layer that o is a child of and leaves o
// empty, ready for the next transaction.
func (o *Overlay) Merge() {
	if o.into == nil {
		panic("state: merge of an overlay that is no child")
	}
	for i := range o.items {
		o.into.put(o.items[i].key, o.items[i].value)
	}
	o.Reset()
}

// Reset drops the changes.
func (o *Overlay) Reset() {
	if o.sealed || len(o.walks) > 0 {
		panic("state: reset of a layer that is sealed or being ranged over")
	}
	clear(o.items)
	o.items, o.index, o.regions, o.indexed = o.items[:0], nil, nil, 0
}

// Get is Reader.Get.
func (o *Overlay) Get(key []byte) ([]byte, bool) {
	if i := o.find(key); i >= 0 {
		value := o.items[i].value
		return value, value != nil
	}
	return o.parent.Get(key)
}

// Set writes a copy of value under key.
func (o *Overlay) Set(key, value []byte) {
	// A value of no bytes is still a value, so never nil.
	o.change(key, append(make([]byte, 0, len(value)), value...))
}

// Delete removes key, whether or not it exists.
func (o *Overlay) Delete(key []byte) { o.change(key, nil) }

// Len is the number of keys written, deletions included.
func (o *Overlay) Len() int { return len(o.items) }

// change is put without a copy of the key where it is pending already.
func (o *Overlay) change(key, value []byte) {
	if i := o.find(key); i >= 0 {
		o.overwrite(i, value)
		return
	}
	o.add(string(key), value)
}

// put takes over key and value, which nobody may write into.
func (o *Overlay) put(key string, value []byte) {
	if i := o.findString(key); i >= 0 {
		o.overwrite(i, value)
		return
	}
	o.add(key, value)
}

func (o *Overlay) overwrite(i int, value []byte) {
	o.writable()
	for _, w := range o.walks {
		w.save(int32(i), o.items[i].value)
	}
	o.items[i].value = value
}

func (o *Overlay) add(key string, value []byte) {
	o.writable()
	if o.items == nil {
		o.items = make([]item, 0, fewItems)
	}
	o.items = append(o.items, item{key, value})
	if o.index != nil {
		o.index[key] = int32(len(o.items) - 1)
	} else if len(o.items) > fewItems {
		o.index = make(map[string]int32, 4*fewItems)
		for i := range o.items {
			o.index[o.items[i].key] = int32(i)
		}
	}
}

func (o *Overlay) writable() {
	if o.sealed {
		panic("state: write to a sealed layer")
	}
}

// find is the number of key's item, -1 where it is not pending.
func (o *Overlay) find(key []byte) int {
	if o.index != nil {
		if i, ok := o.index[string(key)]; ok {
			return int(i)
		}
		return -1
	}
	for i := range o.items {
		if o.items[i].key == string(key) {
			return i
		}
	}
	return -1
}

// findString is find.
func (o *Overlay) findString(key string) int {
	if o.index != nil {
		if i, ok := o.index[key]; ok {
			return int(i)
		}
		return -1
	}
	for i := range o.items {
		if o.items[i].key == key {
			return i
		}
	}
	return -1
}
