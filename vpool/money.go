package vpool

// YearMs is a year in the terms of the mint's cap: 365 days of milliseconds.
const YearMs = 31_536_000_000

// Income is the $ of one block: what its transactions paid and what is newly
// issued to it (spec economy §4.1).
type Income struct {
	Fees   Amount
	Reward Amount
	// BurnPPM is of Fees; TreasuryPPM and GovernancePPM are of what then
	// remains with the reward. GovernancePPM is 0 until the gREP book is open.
	BurnPPM, TreasuryPPM, GovernancePPM uint32
}

// Division is where an Income goes; the four add up to Fees + Reward.
type Division struct {
	Burned     Amount
	Treasury   Amount
	Governance Amount
	Salary     Amount // the rest, for Salary.Accrue
}

// Split divides the income: b = ⌊fees·burn⌋ is burned, n = fees − b + reward,
// treasury and gREP take their floors of n, the rest is salary. ErrPPM where
// the two shares exceed n together.
func (i Income) Split() (Division, error) {
	if err := ratios(i.BurnPPM, i.TreasuryPPM, i.GovernancePPM, i.TreasuryPPM+i.GovernancePPM); err != nil {
		return Division{}, err
	}
	if err := within(i.Fees, i.Reward); err != nil {
		return Division{}, err
	}
	d := Division{Burned: PPMDown(i.Fees, i.BurnPPM)}
	net := add(sub(i.Fees, d.Burned), i.Reward)
	d.Treasury = PPMDown(net, i.TreasuryPPM)
	d.Governance = PPMDown(net, i.GovernancePPM)
	d.Salary = sub(sub(net, d.Treasury), d.Governance)
	return d, nil
}

// MintTerms is what the mint of a block depends on (spec economy §4.2, §4.7).
type MintTerms struct {
	RatioPPM   uint32 // base units of REP per million base units of $
	Supply     Amount // wREP at the start of the epoch
	YearCapPPM uint32 // of Supply, per year; 0 = no cap
	IntervalMs uint64 // block interval
	// EntryPPM is the part of the cap that is kept for newcomers' own pools
	// (a fifth, 200,000; 0 while no route mints from it).
	EntryPPM uint32
}

// Caps is the most that one block may mint.
type Caps struct {
	Limited bool   // false: no cap, the other fields are zero
	Blocks  Amount // for M(h)
	Entries Amount // for newcomers' pools that settle in the block, together
}

// Caps computes ⌊supply·cap·interval/(10⁶·year)⌋, rounded once, and sets the
// entry part aside, rounded down.
func (t MintTerms) Caps() Caps {
	if t.YearCapPPM == 0 {
		return Caps{}
	}
	part := mul(NewAmount(uint64(t.YearCapPPM)), NewAmount(t.IntervalMs))
	year := mul(NewAmount(Million), NewAmount(YearMs))
	all := ShareDown(t.Supply, part, year)
	entries := PPMDown(all, t.EntryPPM)
	return Caps{Limited: true, Blocks: sub(all, entries), Entries: entries}
}

// Mint is M(h) = ratio·(fees + reward) of block h, at most the cap; the excess
// is not minted, now or later.
func (t MintTerms) Mint(fees, reward Amount) Amount {
	minted := PPMDown(add(fees, reward), t.RatioPPM)
	if caps := t.Caps(); caps.Limited {
		return minimum(minted, caps.Blocks)
	}
	return minted
}

// MintEntry is what a newcomer's own pool mints for its fee when it settles as
// VALID, at most what the entry part of the cap still holds after `used` was
// minted from it in the same block. Such a fee is no part of M(h).
func (t MintTerms) MintEntry(fee, used Amount) Amount {
	minted := PPMDown(fee, t.RatioPPM)
	caps := t.Caps()
	if !caps.Limited {
		return minted
	}
	if used.Gt(&caps.Entries) {
		return Amount{}
	}
	return minimum(minted, sub(caps.Entries, used))
}
