package count

import "probity/cmd/watchtower/internal/count/git"

// recent keeps what was read last, up to a weight, in two halves: what is asked
// for again moves to the young one, and the old one is dropped whole.
type recent[T any] struct {
	max, used  int
	young, old map[git.ID]weighed[T]
}

type weighed[T any] struct {
	value  T
	weight int
}

func newRecent[T any](max int) *recent[T] {
	return &recent[T]{max: max, young: map[git.ID]weighed[T]{}}
}

func (r *recent[T]) get(id git.ID, read func() (T, int, error)) (T, error) {
	if v, ok := r.young[id]; ok {
		return v.value, nil
	}
	v, ok := r.old[id]
	if !ok {
		var err error
		if v.value, v.weight, err = read(); err != nil {
			return v.value, err
		}
	}
	if r.used+v.weight > r.max/2 {
		r.old, r.young, r.used = r.young, map[git.ID]weighed[T]{}, 0
	}
	r.young[id] = v
	r.used += v.weight
	return v.value, nil
}
