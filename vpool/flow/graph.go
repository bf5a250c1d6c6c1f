package flow

import "fmt"

// Entry is a post of a Graph.
type Entry struct {
	Authors    []Author
	References []Reference // to earlier entries, by their place, or Incinerator
	Mint       Amount      // arrives when all posts up to this one are there
}

// Graph is a whole history: posts in the order in which they are published,
// each of which mints when it is.
type Graph struct {
	Depth  int
	Visits int // references that each mint may follow
	Posts  []Entry
}

// Worth is where a Graph ends.
type Worth struct {
	Posts   []Post
	Gains   map[int]Amount // of the authors, by their numbers; for look-up
	Burned  Amount
	Visited []Visit // of all mints, in order
}

// Run computes the graph. Authors have nothing but what they gain, and nothing
// at stake. ErrGraph for one that no forum would take.
func (g Graph) Run() (Worth, error) {
	if err := g.check(); err != nil {
		return Worth{}, err
	}
	w := Worth{Posts: make([]Post, len(g.Posts)), Gains: map[int]Amount{}}
	for i, e := range g.Posts {
		w.Posts[i] = Post{Authors: e.Authors, References: e.References, Carried: make([]Amount, len(e.References))}
		f := Flow{
			Depth: g.Depth, Visits: g.Visits,
			Post:  func(k int) *Post { return &w.Posts[k] },
			Spare: func(a int) Amount { return w.Gains[a] },
		}
		f.Arrive(i, e.Mint)
		for _, a := range f.Accounts {
			w.Gains[a.Author] = a.spare
		}
		w.Burned = add(w.Burned, f.Burned)
		before := len(w.Visited)
		for _, v := range f.Visited {
			if v.Parent >= 0 {
				v.Parent += before
			}
			w.Visited = append(w.Visited, v)
		}
	}
	return w, nil
}

// Bounds of a post, as the forum has them.
const (
	authorsMax    = 16
	referencesMax = 16
)

func (g Graph) check() error {
	for i, e := range g.Posts {
		if e.Mint.BitLen() > 128 {
			return fmt.Errorf("%w: post %d mints 2¹²⁸ base units or more", ErrGraph, i)
		}
		if err := e.checkAuthors(i); err != nil {
			return err
		}
		if err := e.checkReferences(i); err != nil {
			return err
		}
	}
	return nil
}

func (e *Entry) checkAuthors(i int) error {
	if n := len(e.Authors); n == 0 || n > authorsMax {
		return fmt.Errorf("%w: post %d has %d authors, want 1 to %d", ErrGraph, i, n, authorsMax)
	}
	sum, seen := uint64(0), map[int]bool{}
	for _, a := range e.Authors {
		if sum += uint64(a.PPM); a.PPM == 0 || seen[a.Of] {
			return fmt.Errorf("%w: post %d has an author without weight, or twice", ErrGraph, i)
		}
		seen[a.Of] = true
	}
	if sum != Million {
		return fmt.Errorf("%w: weights of the authors of post %d add up to %d ppm, want 1000000", ErrGraph, i, sum)
	}
	return nil
}

func (e *Entry) checkReferences(i int) error {
	if n := len(e.References); n > referencesMax {
		return fmt.Errorf("%w: post %d has %d references, at most %d", ErrGraph, i, n, referencesMax)
	}
	sum, seen := uint64(0), map[int]bool{}
	for _, r := range e.References {
		if r.To != Incinerator && (r.To < 0 || r.To >= i) {
			return fmt.Errorf("%w: post %d references post %d, which is not older", ErrGraph, i, r.To)
		}
		if seen[r.To] {
			return fmt.Errorf("%w: post %d references one post twice", ErrGraph, i)
		}
		seen[r.To] = true
		sum += r.abs()
	}
	if sum > Million {
		return fmt.Errorf("%w: weights of the references of post %d add up to %d ppm, at most 1000000", ErrGraph, i, sum)
	}
	return nil
}
