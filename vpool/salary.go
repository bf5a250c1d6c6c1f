package vpool

// Salary divides $ among all holders of REP by balance, at constant cost per
// block (spec economy §4.1). The index says how much one base unit of REP
// has earned since genesis, in 2⁻⁶⁴ base units of $; an account remembers the
// index up to which it was paid.
//
// Invariant: Owed() = Σ balance·(Index − paid) over all accounts, exactly. The
// pot holds what is owed, rounded up to a base unit, and the carry. The carry
// enters the next Accrue, and it is fed by two roundings: of the index, and of
// every claim (an account is paid whole base units and gives up the fraction).
// So no $ is ever stuck: paid out + Pot = accrued, to the base unit.
//
// The invariant is the caller's too: the supply given to Accrue is the sum of
// the balances that earn, and a balance changes only right after its claim.
type Salary struct {
	Index Amount // 2⁻⁶⁴ base units of $ per base unit of REP, ever rising
	Pot   Amount // base units of $: all that was accrued and not yet paid
	Carry Amount // base units of $ in the pot that no account can claim
	Dust  uint64 // 2⁻⁶⁴ base units of $ by which Pot − Carry exceeds what is owed
}

// fraction is one in the fixed point of the index, 2⁶⁴.
var fraction = Amount{0, 1}

// Owed is what all accounts can claim together, in 2⁻⁶⁴ base units of $.
func (s Salary) Owed() Amount {
	return sub(mul(sub(s.Pot, s.Carry), fraction), NewAmount(s.Dust))
}

// owing returns s with the carry and dust that leave exactly owed to accounts.
func (s Salary) owing(owed Amount) Salary {
	var whole Amount
	whole.Rsh(&owed, 64)
	s.Dust = -owed[0] // what is missing to the next multiple of 2⁶⁴
	if s.Dust != 0 {
		whole = add(whole, NewAmount(1))
	}
	s.Carry = sub(s.Pot, whole)
	return s
}

// Accrue adds rest to the pot and raises the index by ⌊(rest + carry)·2⁶⁴/supply⌋.
// With a supply of zero nobody earns and the rest stays carry. ErrAmount where
// the rest or the pot has more than MaxBits−64 bits, or the index leaves 256.
func (s Salary) Accrue(rest, supply Amount) (Salary, error) {
	if rest.BitLen() > MaxBits-64 || s.Pot.BitLen() > MaxBits-64 {
		return s, ErrAmount
	}
	next := s
	next.Pot = add(s.Pot, rest)
	if supply.IsZero() {
		next.Carry = add(s.Carry, rest)
		return next, nil
	}
	rise := ShareDown(add(s.Carry, rest), fraction, supply)
	if _, overflow := next.Index.AddOverflow(&s.Index, &rise); overflow {
		return s, ErrAmount
	}
	return next.owing(add(s.Owed(), mul(rise, supply))), nil // rise·supply ≤ (rest + carry)·2⁶⁴
}

// Due is the salary of a balance since the index at which it was last paid:
// ⌊balance·(Index − paid)/2⁶⁴⌋. Where no such claim can exist it panics; a
// query that may meet one uses Claim and drops the state.
func (s Salary) Due(balance, paid Amount) Amount {
	return ShareDown(balance, sub(s.Index, paid), fraction)
}

// Claim pays the salary of a balance and returns the new state; the account's
// paid index is then Index. The fraction of a base unit that the account
// cannot be paid returns to the carry. ErrSalary where the claim exceeds what
// is owed or lies in the future: the invariant is broken.
func (s Salary) Claim(balance, paid Amount) (Salary, Amount, error) {
	var since, claim, owed, due Amount
	total := s.Owed()
	_, future := since.SubOverflow(&s.Index, &paid)
	_, overflow := claim.MulOverflow(&balance, &since)
	_, excess := owed.SubOverflow(&total, &claim)
	if future || overflow || excess {
		return s, Amount{}, ErrSalary
	}
	due.Rsh(&claim, 64)
	s.Pot = sub(s.Pot, due)
	return s.owing(owed), due, nil
}
