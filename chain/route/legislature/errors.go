package legislature

import "probity/chain/route"

// Verdicts of the route.
var (
	// ErrUnknown is the refusal of a number that no proposal has.
	ErrUnknown = route.Refusal(ID, 1, "PROPOSAL", "there is no such proposal")
	// ErrState is the refusal of what the proposal's state does not allow.
	ErrState = route.Refusal(ID, 2, "STATE", "not in the proposal's present state")
	// ErrText is the refusal of a proposal without a post, or with a title or
	// text that is too long.
	ErrText = route.Refusal(ID, 3, "TEXT", "a proposal is a post of the forum or a text of its own, not both")
	// ErrAction is the refusal of an action that no proposal can execute.
	ErrAction = route.Refusal(ID, 4, "ACTION", "not an action that a proposal can execute")
	// ErrFee is the refusal of a fee below law.fee_min.
	ErrFee = route.Refusal(ID, 5, "PROPOSAL_FEE", "the proposal's fee is too small")
	// ErrDeposit is the refusal of a deposit that is of no use.
	ErrDeposit = route.Refusal(ID, 6, "DEPOSIT", "the deposit is of no use")
	// ErrProposer is the refusal of a withdrawal by somebody else.
	ErrProposer = route.Refusal(ID, 7, "PROPOSER", "only the proposer may withdraw a proposal")
	// ErrSide is the refusal of a vote that takes no side.
	ErrSide = route.Refusal(ID, 8, "SIDE", "write for, against or veto")
	// ErrBook is the refusal of a vote in a book that does not decide.
	ErrBook = route.Refusal(ID, 9, "BOOK", "the proposal is not voted on in this book")
	// ErrEarly is the refusal to execute before the enactment delay has passed.
	ErrEarly = route.Refusal(ID, 10, "EARLY", "the enactment delay has not passed")
	// ErrProtocol is the refusal of a work contract for a later protocol.
	ErrProtocol = route.Refusal(ID, 11, "PROTOCOL", "the work contract needs a later protocol version: propose the upgrade first")
	// ErrContract is the refusal of a work contract with other than production
	// rules.
	ErrContract = route.Refusal(ID, 12, "CONTRACT", "not a production rule")
)
