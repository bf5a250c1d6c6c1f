package oracle

import "probity/chain/route"

// Verdicts of the route.
var (
	// ErrMember is the refusal of what only members may do.
	ErrMember = route.Refusal(ID, 1, "NOT_MEMBER", "only a member may do this: join the register first")
	// ErrTask is the refusal of a submission to a task that does not exist.
	ErrTask = route.Refusal(ID, 2, "NO_TASK", "no such task is open or kept")
	// ErrSeat is the refusal of a submission by who had no seat when the task
	// opened.
	ErrSeat = route.Refusal(ID, 3, "NO_SEAT", "not a member when this task opened: submit to the next one")
	// ErrSubmitted is the refusal of a submission that says nothing new.
	ErrSubmitted = route.Refusal(ID, 4, "SUBMITTED", "this member's submission stands already")
	// ErrForm is the refusal of a message whose fields cannot be meant.
	ErrForm = route.Refusal(ID, 5, "FORM", "malformed")
	// ErrRuleset is the refusal of a submission by other rules than the task's.
	ErrRuleset = route.Refusal(ID, 6, "RULESET", "another ruleset than the task asks for")
	// ErrImplementation is the refusal of an implementation that the member has
	// not declared.
	ErrImplementation = route.Refusal(ID, 7, "IMPLEMENTATION", "not an implementation that this seat declared: declare it, it counts from the next task on")
	// ErrOpen is the refusal of a task that is open already, or cannot be.
	ErrOpen = route.Refusal(ID, 8, "TASK", "this task cannot be opened")
	// ErrInvited is the refusal of a member that nobody invited.
	ErrInvited = route.Refusal(ID, 9, "NOT_INVITED", "joining needs an invitation that has not run out")
	// ErrSeated is the refusal of what a member is already, or has already.
	ErrSeated = route.Refusal(ID, 10, "SEATED", "a member already")
	// ErrFull is the refusal of one member too many, or too few.
	ErrFull = route.Refusal(ID, 11, "SEATS", "the number of seats does not allow this")
	// ErrProposal is the refusal of a vote or an execution of no such proposal.
	ErrProposal = route.Refusal(ID, 12, "PROPOSAL", "no such proposal stands for this now")
	// ErrCooldown is the refusal of what was done too recently.
	ErrCooldown = route.Refusal(ID, 13, "COOLDOWN", "too soon after the last one")
	// ErrChallenge is the refusal of a challenge, an answer or a decision that
	// does not fit where the member stands.
	ErrChallenge = route.Refusal(ID, 14, "CHALLENGE", "no challenge stands that allows this")
	// ErrTaken is the refusal of the name of somebody else's implementation.
	ErrTaken = route.Refusal(ID, 15, "TAKEN", "this implementation is another author's")
)
