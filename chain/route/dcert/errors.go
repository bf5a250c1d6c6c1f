package dcert

import "probity/chain/route"

// Verdicts of the route.
var (
	// ErrCircuit is the refusal of a message whose circuit is open. Got is the
	// message's URL, Want what is known of the circuit.
	ErrCircuit = route.Refusal(ID, 1, "CIRCUIT_OPEN", "the message is halted")
	// ErrDisabled is the refusal to break anything while dcert.breaker is off.
	ErrDisabled = route.Refusal(ID, 2, "BREAKER_DISABLED", "the breaker is switched off: governance sets dcert.breaker to enable it")
	// ErrUnknown is the refusal to break what no route of the chain is called.
	ErrUnknown = route.Refusal(ID, 3, "UNKNOWN_ROUTE", "no such route or message: write \"bank\" or \"bank/send\"")
	// ErrRecovery is the refusal to break what the chain recovers by.
	ErrRecovery = route.Refusal(ID, 4, "RECOVERY_SET", "the chain recovers by this message: it cannot be broken")
	// ErrHalted is the refusal of everything that the group does while a
	// proposal to disband it is open.
	ErrHalted = route.Refusal(ID, 5, "HALTED", "a proposal to disband the group is open: its functions are halted until that ends")
	// ErrMember is the refusal of what members alone do, or of what is done to
	// members alone.
	ErrMember = route.Refusal(ID, 6, "NOT_MEMBER", "not a member of the group")
	// ErrAlready is the refusal to admit who is a member.
	ErrAlready = route.Refusal(ID, 7, "MEMBER", "a member of the group already")
	// ErrSuspended is the refusal of what a suspended member tries.
	ErrSuspended = route.Refusal(ID, 8, "SUSPENDED", "the member is suspended")
	// ErrBond is the refusal of a bond that is missing or too small.
	ErrBond = route.Refusal(ID, 9, "BOND", "the bond does not suffice")
	// ErrBonders is the refusal of more bonders, or open withdrawals, than are kept.
	ErrBonders = route.Refusal(ID, 10, "BONDERS", "too many bonds or withdrawals for this member")
	// ErrPreference is the refusal of a preference that is none.
	ErrPreference = route.Refusal(ID, 11, "PREFERENCE", "not a preference")
	// ErrEligible is the refusal of who is not among the most preferred.
	ErrEligible = route.Refusal(ID, 12, "NOT_ELIGIBLE", "not among the most preferred as counted last")
	// ErrAhead is the refusal of who is not strictly ahead of a member to replace.
	ErrAhead = route.Refusal(ID, 13, "NOT_AHEAD", "not strictly ahead of a member that could be replaced")
	// ErrQueued is the refusal of a second entry in the queue.
	ErrQueued = route.Refusal(ID, 14, "QUEUED", "queued already")
	// ErrDisband is the refusal of a second proposal to disband.
	ErrDisband = route.Refusal(ID, 15, "DISBAND", "a proposal to disband is open or has ended too recently")
	// ErrTrip is the refusal of a trip that names nothing, too much, or has no
	// commitment to a motive.
	ErrTrip = route.Refusal(ID, 16, "TRIP", "not a trip")
	// ErrOpening is the refusal of what a commitment is not to.
	ErrOpening = route.Refusal(ID, 17, "OPENING", "the commitment is not to this")
	// ErrReport is the refusal of a report or motive that is not there, or there twice.
	ErrReport = route.Refusal(ID, 18, "REPORT", "no such open commitment")
	// ErrSize is the refusal of more bytes than are kept.
	ErrSize = route.Refusal(ID, 19, "TEXT", "too long, or not text")
	// ErrSlash is the refusal of a magnitude that is none.
	ErrSlash = route.Refusal(ID, 20, "MAGNITUDE", "not a part in a million")
)
