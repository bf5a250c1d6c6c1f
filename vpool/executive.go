package vpool

// Outcome is how a block's pool ends (spec pools §3, pools of blocks).
type Outcome uint8

const (
	// Valid: the block is an ancestor of the settling block.
	Valid Outcome = 1
	// Invalid: a Rejection of the block was included.
	Invalid Outcome = 2
	// Void: neither; every stake returns and nothing is minted.
	Void Outcome = 3
)

// Base says what an approver's share is a share of (`pool.base`).
type Base uint8

const (
	// Roster divides by the whole weight of the roster. A share does not grow
	// when other votes are left out of a block, so censoring them gains nothing.
	Roster Base = 1
	// Included divides by the approvals that were included.
	Included Base = 2
)

// Vote is one voter of a block's pool. Weight is 0 for a convicted account:
// its vote earns nothing, its stake is at risk all the same.
type Vote struct {
	Weight uint64 // frozen weight, whole REP
	Stake  Amount // min(frozen stake, balance), base units
}

// Executive is the pool of one block at the moment it settles (spec
// economy §4.3–4.4).
type Executive struct {
	Outcome     Outcome
	Minted      Amount // M − a: the block's mint without the author's share
	PosterPPM   uint32 // c2, the producer's part of Minted
	IncluderPPM uint32 // of the other part, for those who brought votes in
	Base        Base
	Weight      uint64 // W of the roster that voted; read for Roster only
	Encumbered  Amount // the producer's encumbered REP, at risk
	Approvers   []Vote // included approvals
	Rejecters   []Vote // included rejections
	// Includers holds, per producer that included approvals of this block
	// first, the weight of those approvals.
	Includers []uint64
}

// Payout is what a settlement does to one stake; its owner's REP changes by
// Minted + Won − Lost.
type Payout struct {
	Minted Amount // new REP
	Won    Amount // REP taken from the losing side
	Lost   Amount // REP taken from this stake
}

// Settlement lists the payouts index by index. New REP is the sum of all
// Minted fields, Producer and Includers, and Unminted is what is missing from
// Executive.Minted; stakes taken (all Lost fields and ProducerLost) equal all
// Won fields plus Burned.
type Settlement struct {
	Producer     Amount
	ProducerLost Amount
	Approvers    []Payout
	Rejecters    []Payout
	Includers    []Amount
	Burned       Amount
	Unminted     Amount
}

// Settle computes the payouts of the pool. Its errors (ErrPPM, ErrWeights,
// ErrAmount, ErrOutcome, ErrBase) tell of inputs that no frozen roster and no
// validated parameters give; the caller treats them as its own broken
// invariant.
func (e Executive) Settle() (Settlement, error) {
	whole, err := e.check()
	if err != nil {
		return Settlement{}, err
	}
	s := Settlement{
		Approvers: make([]Payout, len(e.Approvers)),
		Rejecters: make([]Payout, len(e.Rejecters)),
		Includers: make([]Amount, len(e.Includers)),
		Unminted:  e.Minted,
	}
	switch e.Outcome {
	case Valid:
		e.valid(&s, whole)
	case Invalid:
		e.invalid(&s)
	}
	return s, nil
}

// valid: the producer keeps its part of the mint. Of the other part O the
// includers divide I = ⌊O·includer/10⁶⌋ and the approvers O − I; the approvers
// also divide the losing stakes L:
//
//	approver j   ⌊(O−I)·w_j/W⌋ minted,  ⌊L·w_j/W⌋ won
//	includer k   ⌊I·Δw_k/W⌋ minted
//
// What is left of O is not minted, what is left of L burns.
func (e Executive) valid(s *Settlement, whole Amount) {
	s.Producer = PPMDown(e.Minted, e.PosterPPM)
	other := sub(e.Minted, s.Producer)
	inclusion := PPMDown(other, e.IncluderPPM)
	lost := take(e.Rejecters, s.Rejecters)

	weights := weightsOf(e.Approvers)
	minted, mintRest := split(sub(other, inclusion), weights, whole)
	won, lostRest := split(lost, weights, whole)
	for j := range s.Approvers {
		s.Approvers[j] = Payout{Minted: minted[j], Won: won[j]}
	}
	var inclusionRest Amount
	s.Includers, inclusionRest = split(inclusion, amounts(e.Includers), whole)
	s.Unminted = add(mintRest, inclusionRest)
	s.Burned = lostRest
}

// invalid: nothing is minted. The producer's encumbered REP and the approvers'
// stakes go to the included rejecters by weight, whatever the base: a rejecter
// of an invalid block is right however many voted. Without one, all burns.
func (e Executive) invalid(s *Settlement) {
	s.ProducerLost = e.Encumbered
	lost := add(e.Encumbered, take(e.Approvers, s.Approvers))
	weights := weightsOf(e.Rejecters)
	won, rest := split(lost, weights, sum(weights))
	for j := range s.Rejecters {
		s.Rejecters[j].Won = won[j]
	}
	s.Burned = rest
}

// check validates the inputs and returns the weight that shares are shares of.
func (e Executive) check() (whole Amount, err error) {
	if e.Outcome < Valid || e.Outcome > Void {
		return whole, ErrOutcome
	}
	if err := ratios(e.PosterPPM, e.IncluderPPM); err != nil {
		return whole, err
	}
	if err := within(e.Minted, e.Encumbered); err != nil {
		return whole, err
	}
	for _, side := range [][]Vote{e.Approvers, e.Rejecters} {
		for i := range side {
			if err := within(side[i].Stake); err != nil {
				return whole, err
			}
		}
	}
	approving := sum(weightsOf(e.Approvers))
	switch e.Base {
	case Roster:
		whole = NewAmount(e.Weight)
	case Included:
		whole = approving
	default:
		return whole, ErrBase
	}
	including := sum(amounts(e.Includers))
	if approving.Gt(&whole) || including.Gt(&whole) {
		return whole, ErrWeights
	}
	return whole, nil
}

// take marks every vote's stake as lost in out and returns the sum.
func take(votes []Vote, out []Payout) Amount {
	var total Amount
	for i := range votes {
		out[i].Lost = votes[i].Stake
		total = add(total, votes[i].Stake)
	}
	return total
}

func weightsOf(votes []Vote) []Amount {
	out := make([]Amount, len(votes))
	for i := range votes {
		out[i] = NewAmount(votes[i].Weight)
	}
	return out
}

func amounts(weights []uint64) []Amount {
	out := make([]Amount, len(weights))
	for i, w := range weights {
		out[i] = NewAmount(w)
	}
	return out
}
