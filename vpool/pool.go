package vpool

// Pool is a pool on any subject at the moment it closes: the stakes decide it
// and the stakes are what it divides (spec economy §4.5, spec pools §5).
//
// Where a post's fee mints REP, c2 = PosterPPM of Minted is staked for the
// poster and the rest against, owned by nobody until the pool resolves. These
// two stakes are divided but do not vote: at c2 = ½ and winPPM = ½ they would
// cancel, and at any other setting a fee would buy a share of the verdict.
type Pool struct {
	For     []Amount
	Against []Amount
	// Minted is REP that comes into being if the pool passes; 0 for pools
	// without a poster's reward.
	Minted      Amount
	PosterPPM   uint32 // c2
	IncluderPPM uint32 // of the other part, for those who brought votes in
	WinPPM      uint32 // passes above this share of what is staked
	BindingPPM  uint32 // p: how much of a losing stake is lost
	// Redistribute gives losing stakes to the winners; otherwise they burn, so
	// that losing on purpose is no transfer. Executive and court pools only.
	Redistribute bool
	Base         Base
	// Whole is the weight that a share is a share of with base Roster: all
	// that could have been staked. Zero stands for all that was.
	Whole Amount
}

// Payouts is the settlement of a Pool. The changes of all owners, Poster,
// Includers, Burned and Unminted add up to Pool.Minted.
type Payouts struct {
	Accepted  bool
	Poster    Amount // minted to the poster
	Includers Amount // minted to those who brought votes in, together
	For       []Payout
	Against   []Payout
	Burned    Amount
	Unminted  Amount
}

// Settle decides the pool and computes its payouts. If it passes, the poster
// has its part of the mint, the winners divide the other part and, with
// Redistribute, what the losers lose. If it fails, nothing is minted and the
// losing stakes go to those against, by stake. Errors: ErrPPM, ErrAmount,
// ErrBase, and ErrWeights where Whole is less than all that was staked.
func (p Pool) Settle() (Payouts, error) {
	if err := p.check(); err != nil {
		return Payouts{}, err
	}
	sumFor, sumAgainst := sum(p.For), sum(p.Against)
	whole, err := p.whole(sumFor, sumAgainst)
	if err != nil {
		return Payouts{}, err
	}
	out := Payouts{
		Accepted: Accepted(sumFor, sumAgainst, p.WinPPM),
		For:      make([]Payout, len(p.For)),
		Against:  make([]Payout, len(p.Against)),
		Unminted: p.Minted,
	}
	if !out.Accepted {
		out.Burned = p.divide(p.lose(p.For, out.For), p.Against, sumAgainst, out.Against)
		return out, nil
	}
	p.mint(&out, sumFor, whole)
	out.Burned = p.divide(p.lose(p.Against, out.Against), p.For, whole, out.For)
	return out, nil
}

// whole is what the shares of those for are shares of.
func (p Pool) whole(sumFor, sumAgainst Amount) (Amount, error) {
	if p.Base == Included {
		return sumFor, nil
	}
	staked := add(sumFor, sumAgainst)
	if p.Whole.IsZero() {
		return staked, nil
	}
	if staked.Gt(&p.Whole) {
		return Amount{}, ErrWeights
	}
	return p.Whole, nil
}

// mint divides the new REP of a pool that passed (the formulas of
// Executive.valid, with stakes in the place of weights).
func (p Pool) mint(out *Payouts, sumFor, whole Amount) {
	out.Poster = PPMDown(p.Minted, p.PosterPPM)
	other := sub(p.Minted, out.Poster)
	inclusion := PPMDown(other, p.IncluderPPM)
	minted, rest := split(sub(other, inclusion), p.For, whole)
	for i := range minted {
		out.For[i].Minted = minted[i]
	}
	if !whole.IsZero() {
		out.Includers = ShareDown(inclusion, sumFor, whole)
	}
	out.Unminted = add(rest, sub(inclusion, out.Includers))
}

// lose takes the binding part of every losing stake and returns the sum. The
// floor is on what the loser keeps: were it on the loss, a stake split into
// small parts would lose less than the whole.
func (p Pool) lose(stakes []Amount, out []Payout) Amount {
	var total Amount
	for i := range stakes {
		kept := PPMDown(stakes[i], Million-p.BindingPPM)
		out[i].Lost = sub(stakes[i], kept)
		total = add(total, out[i].Lost)
	}
	return total
}

// divide hands the losing stakes to the winners and returns what burns.
func (p Pool) divide(lost Amount, winners []Amount, whole Amount, out []Payout) (burned Amount) {
	if !p.Redistribute {
		return lost
	}
	won, rest := split(lost, winners, whole)
	for i := range won {
		out[i].Won = won[i]
	}
	return rest
}

func (p Pool) check() error {
	if p.Base != Roster && p.Base != Included {
		return ErrBase
	}
	if err := ratios(p.PosterPPM, p.IncluderPPM, p.WinPPM, p.BindingPPM); err != nil {
		return err
	}
	if err := within(p.Minted, p.Whole); err != nil {
		return err
	}
	if err := within(p.For...); err != nil {
		return err
	}
	return within(p.Against...)
}
