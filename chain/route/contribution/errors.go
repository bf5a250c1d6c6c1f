package contribution

import "probity/chain/route"

// Verdicts of the route.
var (
	// ErrRepository is the refusal of a repository or branch that nobody
	// registered.
	ErrRepository = route.Refusal(ID, 1, "REPOSITORY", "not the repository that is counted")
	// ErrInterval is the refusal of a counting too soon after the last (G5).
	ErrInterval = route.Refusal(ID, 2, "INTERVAL", "counted too recently: nothing happens until the interval is over")
	// ErrBusy is the refusal of a counting while one is on.
	ErrBusy = route.Refusal(ID, 3, "BUSY", "a counting is on: wait for its end")
	// ErrStage is the refusal of a page while no tree is awaited.
	ErrStage = route.Refusal(ID, 4, "STAGE", "no agreed tree waits for this")
	// ErrTree is the refusal of a page that the agreed tree does not have.
	ErrTree = route.Refusal(ID, 5, "TREE", "not the agreed tree")
	// ErrIdentity is the refusal of text that is no canonical identity.
	ErrIdentity = route.Refusal(ID, 6, "IDENTITY", "not an identity: write git: and the e-mail address in lower case")
	// ErrSignature is the refusal of a link that the address did not sign.
	ErrSignature = route.Refusal(ID, 7, "SIGNATURE", "the address has not signed this link")
	// ErrLinked is the refusal of a link that stands already.
	ErrLinked = route.Refusal(ID, 8, "LINKED", "this link stands already")
	// ErrShares is the refusal of a transfer of shares that are not there.
	ErrShares = route.Refusal(ID, 9, "SHARES", "not that many shares")
	// ErrForm is the refusal of a message whose fields cannot be meant.
	ErrForm = route.Refusal(ID, 10, "FORM", "malformed")
	// ErrGate is the refusal of a merge that not enough owners approve (G17).
	ErrGate = route.Refusal(ID, 11, "GATE", "the merge gate is closed")
	// ErrSponsor is the refusal of fees that the route does not pay (G20).
	ErrSponsor = route.Refusal(ID, 12, "SPONSOR", "these fees are not sponsored")
	// ErrOrder is the refusal of a report on no such order.
	ErrOrder = route.Refusal(ID, 13, "ORDER", "no such order waits for this account")
	// ErrDocument is the refusal of what the state of a credential does not allow.
	ErrDocument = route.Refusal(ID, 14, "DOCUMENT", "the credential is not in a state that allows this")
)
