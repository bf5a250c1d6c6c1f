package mempool

// heap is a binary heap whose elements know their places, so that any of them
// can be moved or removed.
type heap[T any] struct {
	list   []T
	before func(a, b T) bool
	place  func(T) *int // where an element keeps its place; absent where it is in no heap
}

// absent is the place of what is in no heap.
const absent = -1

func (h *heap[T]) push(x T) {
	h.list = append(h.list, x)
	*h.place(x) = len(h.list) - 1
	h.up(len(h.list) - 1)
}

// fix moves x to where it belongs after it has changed.
func (h *heap[T]) fix(x T) {
	h.down(*h.place(x))
	h.up(*h.place(x))
}

func (h *heap[T]) remove(x T) {
	i, last := *h.place(x), len(h.list)-1
	h.swap(i, last)
	var none T
	h.list[last] = none
	h.list = h.list[:last]
	*h.place(x) = absent
	if i < last {
		h.fix(h.list[i])
	}
}

func (h *heap[T]) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !h.before(h.list[i], h.list[parent]) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

func (h *heap[T]) down(i int) {
	for {
		first := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h.list); child++ {
			if h.before(h.list[child], h.list[first]) {
				first = child
			}
		}
		if first == i {
			return
		}
		h.swap(i, first)
		i = first
	}
}

func (h *heap[T]) swap(i, j int) {
	h.list[i], h.list[j] = h.list[j], h.list[i]
	*h.place(h.list[i]), *h.place(h.list[j]) = i, j
}
