package count

import (
	"bytes"

	"probity/cmd/watchtower/internal/count/git"
)

// node is a commit of the history, by numbers.
type node struct {
	id      git.ID
	tree    git.ID
	parents []int
	author  git.Person
	message string
	depth   int // 1 + the greatest of the parents' (§7.4)
}

// history is the counted commit, number 0, and all its ancestors (§1.2).
type history struct {
	commits []node
	number  map[git.ID]int
	order   []int // every commit after all that it is a parent of
}

// readHistory reads all commits; one that is missing is an error.
func readHistory(store *git.Store, head git.ID) (*history, error) {
	h := &history{number: map[git.ID]int{head: 0}, commits: []node{{id: head}}}
	for i := 0; i < len(h.commits); i++ {
		c, err := store.Commit(h.commits[i].id)
		if err != nil {
			return nil, err
		}
		n := node{id: h.commits[i].id, tree: c.Tree, author: c.Author, message: c.Message}
		for _, p := range c.Parents {
			k, ok := h.number[p]
			if !ok {
				k = len(h.commits)
				h.number[p] = k
				h.commits = append(h.commits, node{id: p})
			}
			n.parents = append(n.parents, k)
		}
		h.commits[i] = n
	}
	h.sort()
	return h, nil
}

// sort finds an order, and the depths in it.
func (h *history) sort() {
	children := make([]int, len(h.commits))
	for i := range h.commits {
		for _, p := range h.commits[i].parents {
			children[p]++
		}
	}
	ready := []int{0}
	for len(ready) > 0 {
		c := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		h.order = append(h.order, c)
		for _, p := range h.commits[c].parents {
			if children[p]--; children[p] == 0 {
				ready = append(ready, p)
			}
		}
	}
	for i := len(h.order) - 1; i >= 0; i-- {
		n := &h.commits[h.order[i]]
		n.depth = 1
		for _, p := range n.parents {
			n.depth = max(n.depth, 1+h.commits[p].depth)
		}
	}
}

// before orders two commits by depth, then by id.
func (h *history) before(a, b int) bool {
	x, y := &h.commits[a], &h.commits[b]
	if x.depth != y.depth {
		return x.depth < y.depth
	}
	return bytes.Compare(x.id[:], y.id[:]) < 0
}
