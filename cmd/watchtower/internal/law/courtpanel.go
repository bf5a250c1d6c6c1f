package law

import (
	"sort"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/draw"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// beginCourt moves cases on (court §1).
func (c *Chain) beginCourt() {
	if accusations, appeals := c.openCases(); accusations+appeals == 0 {
		return
	}
	c.noteSeed()
	c.turnCases()
	c.drawPanel()
	prefix := key(routeCourt, 7)
	for _, k := range c.State.Keys(prefix) {
		var a wire.Address
		copy(a[:], k[len(prefix):])
		c.lockAccused(a)
	}
}

// noteSeed stores R(e,0) of the running epoch where a case waits for it.
func (c *Chain) noteSeed() {
	e := c.h.Epoch
	if k := key(routeCourt, 6, e); len(c.State.Keys(key(routeCourt, 4, e))) > 0 && !c.has(k) {
		c.State.Set(k, enc(func(x *cbor.Enc) { x.Bytes(c.sched.terms.seed[:]) }))
	}
}

// turnCases moves on the cases whose stage has ended.
func (c *Chain) turnCases() {
	for i, k := range c.State.Keys(key(routeCourt, 5)) {
		if i == caseTurns || tail64(k, prefixLen) > c.h.Time {
			return
		}
		c.State.Delete(k)
		c.turnCase(c.knownCase(tail64(k, prefixLen+8)))
	}
}

// turnCase ends a stage, or begins it again where the breaker keeps people from what
// it waits for.
func (c *Chain) turnCase(k *courtCase) {
	message, length := uint64(2), k.terms[termCommit]
	body := func(e *cbor.Enc) { e.Array(2).Uint(0).Bytes(make([]byte, 32)) } // about no case
	switch k.stage {
	case stageReveal:
		message, length = 3, k.terms[termReveal]
		body = func(e *cbor.Enc) { e.Array(3).Uint(0).Uint(0).Bytes(make([]byte, 32)) }
	case stageDecided:
		message, length = 4, k.terms[termWindow]
		body = func(e *cbor.Enc) { wire.Amount(e.Array(2).Uint(0), num.Int{}) }
	}
	switch {
	case broken(c.trial("court", routeCourt, message, enc(body))):
		c.courtNext(k, k.stage, length)
	case k.stage == stageCommit:
		c.courtNext(k, stageReveal, k.terms[termReveal])
	case k.stage == stageReveal:
		c.courtDecide(k)
	case k.stage == stageDecided:
		c.courtConclude(k)
	}
}

// drawPanel draws the panel of the first case that waits, where chance is there.
func (c *Chain) drawPanel() {
	all := c.State.Keys(key(routeCourt, 4))
	if len(all) == 0 {
		return
	}
	epoch := tail64(all[0], prefixLen)
	raw, ok := c.State.Get(key(routeCourt, 6, epoch))
	if !ok {
		return
	}
	var r wire.Hash
	read(raw, "seed", func(d *cbor.Dec) { r = wire.DecHash(d) })
	c.State.Delete(all[0])
	if len(c.State.Keys(key(routeCourt, 4, epoch))) == 0 {
		c.State.Delete(key(routeCourt, 6, epoch))
	}
	k := c.knownCase(tail64(all[0], prefixLen+8))
	jurors := c.courtPanel(k, r)
	c.dropSnapshot(k.snapshot)
	k.snapshot = 0
	if uint64(len(jurors)) < k.terms[termPanelMin] {
		c.courtDecide(k)
		return
	}
	stake := num.U(k.terms[termJurorStake])
	for _, a := range jurors {
		s := &courtSeat{}
		if c.expose(wREP, a, k.jurorRef(), stake) == nil {
			s.stake = stake
		}
		c.store(k.seat(a), s)
	}
	c.courtNext(k, stageCommit, k.terms[termCommit])
}

// courtPanel draws the jurors of a case's round (court §3).
func (c *Chain) courtPanel(k *courtCase, r wire.Hash) (out []wire.Address) {
	passed := map[wire.Address]bool{}
	for _, a := range k.parties {
		passed[a] = true
	}
	size := k.terms[termPanel]
	if k.round == 2 {
		size = k.terms[termAppealPanel]
		first := key(routeCourt, 3, k.number, 1)
		for _, s := range c.State.Keys(first) {
			var a wire.Address
			copy(a[:], s[len(first):])
			passed[a] = true
		}
	}
	var list []wire.Address
	var weights []uint64
	sum := uint64(0)
	for _, a := range c.holdersAt(k.snapshot, wREP) {
		b := c.balanceAt(k.snapshot, wREP, a)
		if passed[a] || b.Less(num.U(k.terms[termJurorStake])) {
			continue
		}
		whole := b.Div(num.U(unit))
		if !whole.Less(num.U(maxWeight - sum)) {
			continue
		}
		sum += whole.U64()
		list, weights = append(list, a), append(weights, whole.U64())
	}
	seed := wire.Sum([]byte("court"), r[:], wire.Be64(k.number), wire.Be64(k.round))
	for _, i := range draw.Sample(seed, weights, int(size)) {
		out = append(out, list[i])
	}
	return out
}

// holdersAt are the accounts that may have had REP of a book at an open snapshot,
// by address.
func (c *Chain) holdersAt(n uint64, book int) (out []wire.Address) {
	seen := map[wire.Address]bool{}
	add := func(k string) {
		var a wire.Address
		copy(a[:], k[len(k)-len(a):])
		if !seen[a] {
			seen[a] = true
			out = append(out, a)
		}
	}
	for _, k := range c.State.Keys(key(routeRep, 1, book)) {
		add(k)
	}
	for _, s := range c.State.Keys(key(routeRep, 8)) {
		if m := tail64(s, prefixLen); m >= n {
			for _, k := range c.State.Keys(key(routeRep, 9, m, book)) {
				add(k)
			}
		}
	}
	sortAddresses(out)
	return out
}

// courtJuror is a seat with what is left of its stake.
type courtJuror struct {
	a     wire.Address
	seat  courtSeat
	stake num.Int
}

// courtDecide ends the stakes of a panel and notes what it has said (court §4).
func (c *Chain) courtDecide(k *courtCase) {
	var all []courtJuror
	var ratios []uint64
	x := courtDecision{}
	prefix := key(routeCourt, 3, k.number, k.round)
	for _, at := range c.State.Keys(prefix) {
		j := courtJuror{}
		copy(j.a[:], at[len(prefix):])
		c.load(at, &j.seat)
		j.stake = c.release(wREP, j.a, k.jurorRef())
		x.seats++
		switch {
		case j.seat.revealed && j.seat.ratio > 0:
			x.guilty++
			ratios = append(ratios, j.seat.ratio)
		case j.seat.revealed:
			x.clear++
		}
		all = append(all, j)
	}
	x.hung = 2*(x.guilty+x.clear) <= x.seats
	if !x.hung && x.guilty > x.clear {
		sort.Slice(ratios, func(i, j int) bool { return ratios[i] < ratios[j] })
		x.ratio = ratios[(len(ratios)-1)/2]
	}
	c.settlePanel(k, x, all)
	k.decisions = append(k.decisions, x)
	switch {
	case k.kind == kindAppeal:
		c.courtAnswer(k, x)
	case k.round == 1:
		c.courtNext(k, stageDecided, k.terms[termWindow])
	default:
		c.payAppeal(k)
		c.courtConclude(k)
	}
}

// settlePanel takes from the silent and the minority, and gives to the others.
func (c *Chain) settlePanel(k *courtCase, x courtDecision, all []courtJuror) {
	tie := x.guilty == x.clear
	var losers, winners []transfer
	var stakes []num.Int
	lost, z := num.Int{}, num.Int{}
	for _, j := range all {
		loss := num.Int{}
		switch {
		case !j.seat.revealed:
			loss = j.stake.PPM(k.terms[termSilence])
		case x.hung:
		case tie || (j.seat.ratio > 0) == (x.guilty > x.clear):
			z = z.Add(j.stake)
			winners, stakes = append(winners, transfer{a: j.a}), append(stakes, j.stake)
		default:
			loss = j.stake.PPM(k.terms[termMinority])
		}
		if !loss.IsZero() {
			lost = lost.Add(loss)
			losers = append(losers, transfer{j.a, loss})
		}
	}
	for i := range winners {
		if !z.IsZero() {
			winners[i].amount = lost.Mul(stakes[i]).Div(z)
		}
	}
	c.giveIn(wREP, losers, winners)
}
