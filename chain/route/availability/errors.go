package availability

import (
	"errors"

	"probity/chain/route"
)

// Verdicts of the route.
var (
	// ErrProof is the refusal of a key whose owner has not signed for it.
	ErrProof = route.Refusal(ID, 1, "PROOF", "the key's signature for this account does not verify")
	// ErrKey is the refusal of a key that another account has registered.
	ErrKey = route.Refusal(ID, 2, "KEY", "the key belongs to another account")
	// ErrConvicted is the refusal of an account that evidence has convicted.
	ErrConvicted = route.Refusal(ID, 3, "CONVICTED", "the account is convicted")
	// ErrMinimum is the refusal of less REP than the bench or a contract needs.
	ErrMinimum = route.Refusal(ID, 4, "MINIMUM", "not enough wREP")
	// ErrBench is the refusal to leave a bench that one is not on.
	ErrBench = route.Refusal(ID, 5, "BENCH", "the account is not on the bench")
	// ErrEpoch is the refusal of a contract for another epoch than the next.
	ErrEpoch = route.Refusal(ID, 6, "EPOCH", "contracts are registered for the next epoch only")
	// ErrLate is the refusal of a contract after the epoch's deadline.
	ErrLate = route.Refusal(ID, 7, "LATE", "registrations for the next epoch are closed")
	// ErrRegistered is the refusal of a second contract for one epoch.
	ErrRegistered = route.Refusal(ID, 8, "REGISTERED", "the account has a contract for this epoch")
	// ErrCommitment is the refusal of a commitment that its scheme does not know.
	ErrCommitment = route.Refusal(ID, 9, "COMMITMENT", "not a commitment of the beacon's scheme")
	// ErrSalts is the refusal of more salts where a chain of them was committed
	// to as a whole.
	ErrSalts = route.Refusal(ID, 10, "SALTS_NOT_NEEDED", "this beacon's contracts commit to all their salts at once")
	// ErrContract is the refusal of salts for a contract that was never made.
	ErrContract = route.Refusal(ID, 13, "NO_CONTRACT", "the account has no contract for this epoch")
	// ErrEscrow is the refusal of escrow keys that are too few, not distinct,
	// another's, or not proven to be held.
	ErrEscrow = route.Refusal(ID, 14, "ESCROW", "not a set of escrow keys that the account holds")
	// ErrFree is the refusal to leave a jail that one is not in.
	ErrFree = route.Refusal(ID, 11, "NOT_JAILED", "the account is not jailed")
	// ErrUpgrade is the refusal of a plan that could not take effect, and to
	// cancel one that there is not.
	ErrUpgrade = route.Refusal(ID, 15, "UPGRADE", "not a plan for a later protocol")
	// ErrNetwork is the refusal of a network identity of a wrong form.
	ErrNetwork = route.Refusal(ID, 12, "NETWORK", "not a network identity")
)

// Reasons why a block is invalid.
var (
	// ErrPlan is returned for a block of an epoch that the state has no plan
	// of, or outside the epoch's heights.
	ErrPlan = errors.New("block outside its epoch's plan")
	// ErrViews is returned for view records that are not one per skipped view,
	// each with its Nullification.
	ErrViews = errors.New("view records do not account for the skipped views")
	// ErrProducer is returned for a block by a convicted producer.
	ErrProducer = errors.New("producer is convicted")
)
