package forum

import "probity/chain/route"

// Verdicts of the route.
var (
	// ErrContent is the refusal of a post without a content hash, or whose inline
	// bytes are too many or hash to something else.
	ErrContent = route.Refusal(ID, 1, "CONTENT", "the content does not fit its hash or its bounds")
	// ErrAuthors is the refusal of a list of authors that is empty, too long, has
	// somebody twice or nobody, or whose weights are not a million together.
	ErrAuthors = route.Refusal(ID, 2, "AUTHORS", "such a list of authors cannot be")
	// ErrReferences is the refusal of references that are too many, twice the
	// same, or weigh more than a million together.
	ErrReferences = route.Refusal(ID, 3, "REFERENCES", "such a list of references cannot be")
	// ErrPost is the refusal of something about a post that does not exist.
	ErrPost = route.Refusal(ID, 4, "NO_POST", "there is no such post")
	// ErrExists is the refusal of a post that is there already.
	ErrExists = route.Refusal(ID, 5, "POST_EXISTS", "the sender has published exactly this already")
	// ErrBlock is the refusal of what may not be done to a block.
	ErrBlock = route.Refusal(ID, 6, "BLOCK", "blocks are validated by consensus, and leached by the court alone")
	// ErrOpen is the refusal of a second pool on a post, or of a stake where
	// there is none.
	ErrOpen = route.Refusal(ID, 7, "POST_POOL", "the post has a pool already, or none")
	// ErrFee is the refusal of a fee below forum.fee_min.
	ErrFee = route.Refusal(ID, 8, "POOL_FEE", "the fee is too low")
	// ErrAuthor is the refusal to vouch for somebody who did not write the post.
	ErrAuthor = route.Refusal(ID, 9, "NOT_AUTHOR", "not an author of the post")
	// ErrBook is the refusal of a book that does not exist or is not open.
	ErrBook = route.Refusal(ID, 10, "BOOK", "no such book, or it is not open yet")
	// ErrLink is the refusal of a link to nobody, to itself or to an identity.
	ErrLink = route.Refusal(ID, 11, "LINK", "an identity links to an account")
	// ErrCursor is the refusal of a cursor that no answer gave.
	ErrCursor = route.Refusal(ID, 12, "CURSOR", "not a cursor of this list")
	// ErrCause is the refusal of a cause that is too long.
	ErrCause = route.Refusal(ID, 13, "CAUSE", "the cause is too long")
)
