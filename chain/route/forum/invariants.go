package forum

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// balanced checks, per book, that the values of the posts are what entered less
// what burned and was taken, and that no reference gives more than arrived.
func balanced(c *route.Ctx) error {
	values := map[rep.Book]types.Amount{}
	var err error
	worths.Range(c, func(k in, w worth) bool {
		values[k.Book] = values[k.Book].Add(w.Value)
		p, ok := find(c, k.Post)
		if !ok || len(w.Carried) > len(p.References) {
			err = fmt.Errorf("%s is worth something and is not there, or carries by references that it has not", k.Post)
			return false
		}
		in, out := w.Value, types.Amount{}
		for i, amt := range w.Carried {
			if p.References[i].PPM > 0 {
				in = in.Add(amt)
			} else {
				out = out.Add(amt)
			}
		}
		if in.Less(out) {
			err = fmt.Errorf("post %s carries %s out of %s", k.Post, out, in)
		}
		return err == nil
	})
	if err != nil {
		return err
	}
	for _, b := range []rep.Book{rep.WREP, rep.GREP} {
		t, _ := sums.Get(c, b)
		if want := t.Entered.Sub(t.Burned).Sub(t.Taken); values[b] != want {
			return fmt.Errorf("posts are worth %s %s, entered and not burned or taken are %s", values[b], b, want)
		}
	}
	return nil
}

// validating checks that posts under validation and the pools that they wait
// for know of each other.
func validating(c *route.Ctx) (err error) {
	open.Range(c, func(id keys.Hash, n uint64) bool {
		if !pool.IsOpen(c, n) {
			err = fmt.Errorf("post %s waits for pool %d, which has closed", id, n)
		}
		return err == nil
	})
	return err
}
