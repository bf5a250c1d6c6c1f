package dcert

import (
	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
)

// Suspend is a vote to suspend another member.
type Suspend struct {
	_      struct{}     `cbor:",toarray"`
	Member keys.Address `json:"member"`
}

// Revoke removes a member: a hard breach.
type Revoke struct {
	_      struct{}     `cbor:",toarray"`
	Member keys.Address `json:"member"`
}

// Slash burns a part of what is bonded for a member: a soft breach.
type Slash struct {
	_      struct{}     `cbor:",toarray"`
	Member keys.Address `json:"member"`
	PPM    types.PPM    `json:"ppm"`
}

// Disband dissolves the group and slashes each member by a part.
type Disband struct {
	_        struct{}  `cbor:",toarray"`
	SlashPPM types.PPM `json:"slashPPM"`
}

// suspensionOf is the subject of votes to suspend a member.
func suspensionOf(a keys.Address) keys.Hash { return keys.Sum([]byte("dcert/suspend"), a[:]) }

// vote records the sender's vote and counts those that active members have cast
// on the subject within dcert.ballot. Votes of others are forgotten.
func vote(c *route.Ctx, subject keys.Hash) (n uint64) {
	ballots.Set(c, ballot{subject, c.Sender}, c.Block.Time)
	ballots.RangePrefix(c, ballot{Subject: subject}, 1, func(b ballot, at types.Time) bool {
		m, ok := members.Get(c, b.Voter)
		if !ok || m.Suspended != 0 || c.Block.Time >= at+types.Time(BallotPeriod.Get(c)) {
			ballots.Delete(c, b)
		} else {
			n++
		}
		return true
	})
	return n
}

func forgetBallots(c *route.Ctx, subject keys.Hash) {
	ballots.RangePrefix(c, ballot{Subject: subject}, 1, func(b ballot, _ types.Time) bool {
		ballots.Delete(c, b)
		return true
	})
}

// suspend counts a vote. The member concerned neither votes nor counts, nor do
// suspended ones; one vote of another is needed at least (A-D11).
func suspend(c *route.Ctx, m Suspend) error {
	if err := acting(c); err != nil {
		return err
	}
	target, ok := members.Get(c, m.Member)
	switch {
	case !ok || m.Member == c.Sender:
		return ErrMember.With("%s is no other member", m.Member)
	case target.Suspended != 0:
		return ErrSuspended
	}
	n := vote(c, suspensionOf(m.Member))
	of := uint64(len(active(c)) - 1)
	c.Emit("vote_suspend", "member", m.Member, "voter", c.Sender, "votes", n, "of", of)
	if !reached(n, of, SuspendQuorum.PPM(c)) {
		return nil
	}
	target.Suspended = c.Block.Time
	members.Set(c, m.Member, target)
	forgetBallots(c, suspensionOf(m.Member))
	c.Emit("suspended", "member", m.Member)
	return nil
}

// reached tells whether n of all are the part asked for.
func reached(n, all uint64, part types.PPM) bool {
	return n*uint64(types.Million) >= all*uint64(part)
}

// lapse ends suspensions that governance has not followed up: no proposal to
// slash the member is open two law.periods later (D20), or none has come to a
// decision in six.
func lapse(c *route.Ctx) {
	members.Range(c, func(a keys.Address, m member) bool {
		if m.Suspended != 0 && lapsed(c, a, m.Suspended) {
			restore(c, a, "lapsed")
		}
		return true
	})
}

// suspensionMax is how many law.periods a suspension lasts at most, whatever is
// proposed: a proposal has long been decided by then, and a draft that nobody
// stands behind costs little.
const suspensionMax = 6

// lapsed reports whether a suspension since t has ended by itself.
func lapsed(c *route.Ctx, a keys.Address, t types.Time) bool {
	return c.Block.Time >= t+2*period(c) && !slashOpen(c, a) || c.Block.Time >= t+suspensionMax*period(c)
}

func restore(c *route.Ctx, a keys.Address, cause string) {
	m, ok := members.Get(c, a)
	if !ok || m.Suspended == 0 {
		return
	}
	m.Suspended = 0
	members.Set(c, a, m)
	c.Emit("restored", "member", a, "cause", cause)
}

func slashOpen(r state.Reader, a keys.Address) (open bool) {
	openSlashes.RangePrefix(r, about{Member: a}, 1, func(about, uint8) bool {
		open = true
		return false
	})
	return open
}

// heedSlash keeps which members a proposal to slash is open against. A member
// whose last one the vote refuses is suspended no longer (D20); one that nobody
// voted on says nothing.
func heedSlash(c *route.Ctx, n route.Notice) error {
	var m Slash
	if err := codec.Unmarshal(n.Action, &m); err != nil {
		return ErrSlash.With("no slash: %v", err)
	}
	k := about{m.Member, n.Proposal}
	if n.Stage == route.StageOpened {
		if err := magnitude(m.PPM); err != nil {
			return err
		}
		openSlashes.Set(c, k, 1)
		return nil
	}
	openSlashes.Delete(c, k)
	if refused := n.Stage == route.StageFailed || n.Stage == route.StageVetoed; refused && !slashOpen(c, m.Member) {
		restore(c, m.Member, "refused")
		forgive(c, m.Member)
	}
	return nil
}

func magnitude(p types.PPM) error {
	if p == 0 || p > types.Million {
		return ErrSlash.For(p, "1 to 1000000")
	}
	return nil
}

// slash burns a part of the bond. Where nothing is bonded any more, nothing is
// taken: unbonding was complete (D20).
func slash(c *route.Ctx, m Slash) error {
	if err := magnitude(m.PPM); err != nil {
		return err
	}
	burned := burn(c, m.Member, m.PPM)
	c.Emit("slashed", "member", m.Member, "ppm", m.PPM, "burned", burned)
	assess(c, m.Member)
	return nil
}

func revoke(c *route.Ctx, m Revoke) error {
	if !members.Has(c, m.Member) {
		return ErrMember.With("%s is no member", m.Member)
	}
	remove(c, m.Member, "revoked")
	return nil
}

// halted tells whether a proposal to disband the group is open.
func halted(r state.Reader) bool {
	_, ok := disbanding.Get(r)
	return ok
}

// heedDisband halts the group while a proposal to disband it is open, and keeps
// the wager of who proposed it (D21, D22, A-D6).
func heedDisband(c *route.Ctx, n route.Notice) error {
	if n.Stage == route.StageOpened {
		return haltFor(c, n)
	}
	open, ok := disbanding.Get(c)
	if !ok || open.Proposal != n.Proposal {
		return nil
	}
	disbanding.Delete(c)
	disbanded.Set(c, c.Block.Time)
	wager := rep.Release(c, open.Proposer, wagerRef(n.Proposal))
	if n.Stage == route.StageVetoed {
		rep.Slash(c, open.Proposer, wager, "dcert wager")
	}
	c.Emit("resumed", "proposal", n.Proposal, "stage", n.Stage.String(), "wager", wager)
	return nil
}

func haltFor(c *route.Ctx, n route.Notice) error {
	var m Disband
	if err := codec.Unmarshal(n.Action, &m); err != nil || m.SlashPPM > types.Million {
		return ErrSlash.With("no disband with a part of a million")
	}
	if halted(c) {
		return ErrDisband.With("one is open")
	}
	if last, ok := disbanded.Get(c); ok && c.Block.Time < last+period(c) {
		return ErrDisband.With("one ended at %d: the next may open at %d", uint64(last), uint64(last+period(c)))
	}
	wager := Wager.Amount(c)
	if err := rep.Expose(c, n.Proposer, wagerRef(n.Proposal), wager); err != nil {
		return err
	}
	disbanding.Set(c, ending{Proposal: n.Proposal, Proposer: n.Proposer, Since: c.Block.Time})
	c.Emit("halted", "proposal", n.Proposal, "proposer", n.Proposer, "wager", wager)
	return nil
}

// disband dissolves the group: every seat and the queue. Circuits stay as they
// are (A-D5), preferences and bonds too: a new group may be admitted. Who has
// left since the deed does not escape by that.
func disband(c *route.Ctx, m Disband) error {
	if m.SlashPPM > types.Million {
		return magnitude(m.SlashPPM)
	}
	members.Range(c, func(a keys.Address, _ member) bool {
		burned := burn(c, a, m.SlashPPM)
		c.Emit("slashed", "member", a, "ppm", m.SlashPPM, "burned", burned)
		remove(c, a, "disbanded")
		assess(c, a)
		return true
	})
	reach(c, m.SlashPPM)
	queue.Range(c, func(out keys.Address, e entry) bool {
		queue.Delete(c, out)
		c.Emit("dropped", "newcomer", e.Newcomer, "outgoing", out)
		return true
	})
	c.Emit("disbanded", "ppm", m.SlashPPM)
	return nil
}
