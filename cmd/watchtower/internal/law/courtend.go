package law

import (
	"fmt"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Outcomes of accusations are those of pools; of appeals of roles (court §8):
const (
	upheld = 1
	denied = 2
	hung   = 3
)

// courtRefund pays out of the bonds.
func (c *Chain) courtRefund(to wire.Address, amount num.Int) {
	if err := c.pay(courtAccount, to, amount); err != nil {
		panic("law: the court has not the bonds that it holds")
	}
}

// payAppeal pays the appeal's bond after the second decision (court §5).
func (c *Chain) payAppeal(k *courtCase) {
	first, second := k.decisions[0], k.decisions[1]
	back := second.hung || second.ratio < first.ratio && k.appellant == k.accused ||
		second.ratio > first.ratio && k.appellant == k.accuser
	to := k.appellant
	if !back {
		if to = k.accuser; k.appellant == k.accuser {
			to = k.accused
		}
	}
	c.courtRefund(to, k.appealBond)
}

// courtConclude acts on the decision that stands (court §6).
func (c *Chain) courtConclude(k *courtCase) {
	x := k.decisions[0]
	if len(k.decisions) == 2 && !k.decisions[1].hung {
		x = k.decisions[1]
	}
	switch {
	case x.hung:
		c.courtRefund(k.accuser, k.bond)
		c.closeCase(k, stageDismissed, void)
	case x.ratio == 0:
		c.courtRefund(k.accused, k.bond)
		c.closeCase(k, stageDismissed, rejected)
	case x.ratio <= k.terms[termMax]:
		c.slashAccused(k, x.ratio)
	default:
		c.courtRatify(k)
	}
}

// verdictRatio is the ratio of the decision that stands.
func (k *courtCase) verdictRatio() uint64 {
	last := k.decisions[len(k.decisions)-1]
	if last.hung {
		last = k.decisions[0]
	}
	return last.ratio
}

// courtRatify asks all holders of wREP (court §6).
func (c *Chain) courtRatify(k *courtCase) {
	k.stage, k.until = stageRatify, c.h.Time+k.terms[termRatify]
	n, err := c.openGeneral(poolConfig{
		opener: "court", ref: wire.Sum([]byte("case"), wire.Be64(k.number)), book: wREP, deadline: k.until,
		quorum: k.terms[termQuorum], win: k.terms[termWin], binding: k.terms[termLoss], excluded: k.parties, redistribute: true,
	})
	if err != nil {
		panic("law: " + err.Error()) // its terms are within bounds
	}
	k.pool = n
	c.State.Set(key(routeCourt, 9, n), uint64Value(k.number))
	c.setCase(k)
}

// ratified hears of the pool of a case.
func (c *Chain) ratified(v verdict) {
	at := key(routeCourt, 9, v.pool)
	k := c.knownCase(c.number(at))
	c.State.Delete(at)
	ratio := k.verdictRatio()
	if v.outcome != accepted {
		ratio = min(ratio, k.terms[termMax])
	}
	c.slashAccused(k, ratio)
}

// slashAccused takes a part of what the accused has (court §6).
func (c *Chain) slashAccused(k *courtCase, ratio uint64) {
	c.unlockAccused(k.accused)
	k.slashed = ratio
	for book := wREP; book <= gREP; book++ {
		k.burned[book] = c.burn(book, k.accused, c.balance(book, k.accused).PPM(ratio))
	}
	cause := fmt.Sprintf("court case %d", k.number)
	for _, p := range k.posts {
		body := enc(func(e *cbor.Enc) {
			e.Array(3).Bytes(p.post[:])
			wire.Amount(e, p.amount.PPM(ratio))
			e.Text(cause)
		})
		_ = c.dispatch("court", routeForum, forumLeach, body) // a refusal changes nothing
	}
	c.courtRefund(k.accuser, k.bond)
	c.closeCase(k, stageFinal, accepted)
}

// closeCase ends an accusation (court §6).
func (c *Chain) closeCase(k *courtCase, stage, outcome uint64) {
	k.stage, k.outcome, k.until, k.ended = stage, outcome, 0, c.h.Height
	c.setCase(k)
	accusations, appeals := c.openCases()
	c.setOpenCases(accusations-1, appeals)
	left := c.number(key(routeCourt, 7, k.accused)) - 1
	c.setCount(key(routeCourt, 7, k.accused), left)
	c.setCount(key(routeCourt, 8, k.accuser), c.number(key(routeCourt, 8, k.accuser))-1)
	c.unlockAccused(k.accused)
	if left > 0 {
		c.lockAccused(k.accused)
	}
}

// courtAnswer ends the appeal of a role and tells its opener (court §8).
func (c *Chain) courtAnswer(k *courtCase, x courtDecision) {
	k.stage, k.until, k.ended = stageFinal, 0, c.h.Height
	switch {
	case x.hung:
		k.outcome = hung
	case x.ratio > 0:
		k.outcome = upheld
	default:
		k.outcome = denied
	}
	c.setCase(k)
	accusations, appeals := c.openCases()
	c.setOpenCases(accusations, appeals-1)
	c.deliver(k.opener, verdict{ref: k.ref, outcome: k.outcome, yes: num.U(x.guilty), no: num.U(x.clear), quorum: !x.hung})
}

// accusedRef is what an accused's lock is exposed for.
func accusedRef(a wire.Address) wire.Hash { return wire.Sum([]byte("accused"), a[:]) }

// lockAccused fits the lock of an accused to what it has (court §7).
func (c *Chain) lockAccused(a wire.Address) {
	ref := accusedRef(a)
	for book := wREP; book <= gREP; book++ {
		b := c.balance(book, a)
		more := num.Min(b.PPM(c.param("court.lock_ppm")).Over(c.exposure(book, a, ref)), c.spare(book, a))
		if more.IsZero() {
			continue
		}
		if err := c.expose(book, a, ref, more); err != nil {
			panic("law: " + err.Error()) // it is to spare
		}
	}
}

func (c *Chain) unlockAccused(a wire.Address) {
	c.release(wREP, a, accusedRef(a))
	c.release(gREP, a, accusedRef(a))
}

// guardCourt keeps an accused from leaving (court §7).
func (c *Chain) guardCourt(k *call) error {
	switch k.url() {
	case "legislature/withdraw", "dcert/unbond", "dcert/leave", "oracle/leave":
		if c.has(key(routeCourt, 7, k.from)) {
			return errAccused
		}
	}
	return nil
}
