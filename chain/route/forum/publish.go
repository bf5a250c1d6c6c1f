package forum

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
)

// publish adds a post (spec forum §2).
func publish(c *route.Ctx, m Publish) error {
	if err := checkContent(m); err != nil {
		return err
	}
	if err := checkAuthors(m.Authors); err != nil {
		return err
	}
	if err := checkReferences(c, m.References); err != nil {
		return err
	}
	id := PostID(c.Sender, m)
	if posts.Has(c, id) {
		return ErrExists
	}
	n, _ := lastPost.Get(c)
	n++
	lastPost.Set(c, n)
	posts.Set(c, id, post{
		Number: n, Height: c.Block.Height, Time: c.Block.Time, Publisher: c.Sender,
		Content: m.Content, Authors: m.Authors, References: m.References,
	})
	if len(m.Inline) > 0 {
		inlines.Set(c, id, m.Inline)
	}
	byHeight.Set(c, at{c.Block.Height, n}, id)
	for _, r := range m.References {
		keep(c, r.Post)
		citations.Set(c, cited{r.Post, n}, id)
	}
	for _, a := range m.Authors {
		authored.Set(c, wrote{a.Address, n}, id)
	}
	c.Emit("published", "post", id, "by", c.Sender, "authors", len(m.Authors), "references", len(m.References))
	return nil
}

func checkContent(m Publish) error {
	switch {
	case len(m.Inline) > InlineMax:
		return ErrContent.With("inline content is too long: publish its hash alone").For(len(m.Inline), InlineMax)
	case m.Content.IsZero():
		return ErrContent.With("the hash of the content is missing")
	case len(m.Inline) > 0 && keys.Sum(m.Inline) != m.Content:
		return ErrContent.With("the inline content has another hash").For(keys.Sum(m.Inline), m.Content)
	}
	return nil
}

func checkAuthors(list []Author) error {
	if len(list) == 0 || len(list) > AuthorsMax {
		return ErrAuthors.With("the number of authors is out of bounds").For(len(list), "1 … 16")
	}
	sum := uint64(0)
	for i, a := range list {
		sum += uint64(a.PPM)
		switch {
		case a.Address.IsZero() || a.Address == rep.Incinerator:
			return ErrAuthors.With("author %d is nobody", i+1)
		case a.PPM == 0:
			return ErrAuthors.With("author %d has no weight: leave it out", i+1)
		}
		for _, b := range list[:i] {
			if a.Address == b.Address {
				return ErrAuthors.With("%s is listed twice", a.Address)
			}
		}
	}
	if sum != uint64(types.Million) {
		return ErrAuthors.With("the weights of the authors do not add up").For(sum, uint64(types.Million))
	}
	return nil
}

// checkReferences refuses references to what is not there; whatever is there is
// older, since an id is a hash of all that a post references (F2).
func checkReferences(r state.Reader, list []Reference) error {
	if len(list) > ReferencesMax {
		return ErrReferences.With("too many references").For(len(list), ReferencesMax)
	}
	sum := uint64(0)
	for i, ref := range list {
		size := uint64(max(int64(ref.PPM), -int64(ref.PPM)))
		if size > uint64(types.Million) {
			return ErrReferences.With("the weight of reference %d is out of bounds", i+1).For(ref.PPM, "-1000000 … 1000000")
		}
		sum += size
		for _, other := range list[:i] {
			if ref.Post == other.Post {
				return ErrReferences.With("%s is referenced twice", ref.Post)
			}
		}
		p, ok := find(r, ref.Post)
		switch {
		case !ok:
			return ErrPost.With("there is no post %s to reference", ref.Post)
		case p.Number == 0 && ref.PPM < 0 && ref.Post != Incinerator:
			return ErrBlock.With("block %s cannot be leached by a post", ref.Post)
		}
	}
	if sum > uint64(types.Million) {
		return ErrReferences.With("the references weigh too much together").For(sum, uint64(types.Million))
	}
	return nil
}

// find is a post by its id: a published one, a settled block (Number 0), or
// the incinerator (Number 0 and no authors).
func find(r state.Reader, id keys.Hash) (post, bool) {
	if p, ok := posts.Get(r, id); ok {
		return p, true
	}
	if id == Incinerator {
		return post{}, true
	}
	if b, ok := pool.Posted(r, id); ok {
		return ofBlock(id, b), true
	}
	return post{}, false
}

// vouch is a check for other routes.
func vouch(c *route.Ctx, m Vouch) error {
	p, ok := find(c, m.Post)
	if !ok {
		return ErrPost.With("there is no post %s", m.Post)
	}
	if m.Author.IsZero() {
		return nil
	}
	for _, a := range p.Authors {
		if a.Address == m.Author || account(c, a.Address) == m.Author {
			return nil
		}
	}
	return ErrAuthor.With("%s is not an author of %s", m.Author, m.Post)
}

// link makes an account the one behind an identity's address (F8).
func link(c *route.Ctx, m Link) error {
	switch {
	case m.To.IsZero() || m.To == m.Identity || m.To == rep.Incinerator:
		return ErrLink.With("%s cannot be linked to %s", m.Identity, m.To)
	case links.Has(c, m.To):
		return ErrLink.With("%s is an identity itself", m.To)
	}
	if err := rep.Adopt(c, m.Identity, m.To); err != nil {
		return err
	}
	links.Set(c, m.Identity, m.To)
	c.Emit("linked", "identity", m.Identity, "to", m.To)
	return nil
}

// account is who earns and gives for an author: the account that an identity
// was linked to, or the author.
func account(r state.Reader, author keys.Address) keys.Address {
	if to, ok := links.Get(r, author); ok {
		return to
	}
	return author
}
