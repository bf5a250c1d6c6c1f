package oracle

import (
	"encoding/binary"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/params"
	"probity/chain/types"
	"probity/vpool"
)

// duesMax bounds what one block does of what is due; the rest follows in the
// next blocks.
const duesMax = 16

// epochMillis is the least length of an epoch.
func epochMillis(c *route.Ctx) uint64 {
	return params.EpochBlocks.Get(c) * params.BlockInterval.Get(c)
}

// openTask asks on behalf of another route.
func openTask(c *route.Ctx, m OpenTask) error {
	of, ok := kinds[m.Kind]
	switch {
	case !ok || of.automatic:
		return ErrOpen.With("tasks of kind %s are not opened by messages", m.Kind)
	case c.Sender != route.Address(m.Opener):
		return ErrOpen.With("the opener is %.40q, the sender another", m.Opener)
	case m.Deadline <= c.Block.Time:
		return ErrOpen.With("the deadline %d is not after %d", m.Deadline, c.Block.Time)
	case count(c) == 0:
		return ErrOpen.With("there are no members")
	}
	if old, again := tasks.Get(c, TaskID(m.Kind, m.Subject)); again {
		if old.Standing != RolledUp {
			return ErrOpen.With("a task of this subject is %s", old.Standing)
		}
		forget(c, TaskID(m.Kind, m.Subject), &old)
	}
	p, _ := progresses.Get(c, series{m.Kind, m.Opener})
	begin(c, task{Kind: m.Kind, Subject: m.Subject, Opener: m.Opener, Interval: p.Last + 1, Deadline: m.Deadline})
	return nil
}

// boundary asks for the state and the salaries of the epoch that ends (OF6,
// OF9). What stays unanswered is asked for again with the next.
func boundary(c *route.Ctx) {
	if count(c) == 0 {
		return
	}
	e, span := c.Block.Epoch, epochMillis(c)
	for _, k := range automatics {
		p, _ := progresses.Get(c, series{k, self})
		spacing := span * SpacingPPM.Get(c) / vpool.Million
		subject := EpochSubject(e)
		if p.Opened != 0 && c.Block.Time < p.Opened+types.Time(spacing) || tasks.Has(c, TaskID(k, subject)) {
			continue
		}
		begin(c, task{
			Kind: k, Subject: subject, Opener: self, Interval: uint64(e),
			Deadline: c.Block.Time + types.Time(span*TaskEpochs.Get(c)),
		})
	}
}

// begin fixes a task: who may answer (OF3), by what quorum, since when.
func begin(c *route.Ctx, t task) {
	of := kinds[t.Kind]
	s := series{t.Kind, t.Opener}
	p, known := progresses.Get(c, s)
	t.Opened, t.QuorumPPM, t.Standing = c.Block.Time, Quorum.PPM(c), Open
	if !known { // intervals before the first task were never asked for
		p.Next = t.Interval
	}
	t.From = min(p.Next, t.Interval)
	t.Seats = []seat{}
	members.Range(c, func(a keys.Address, m member) bool {
		t.Seats = append(t.Seats, seat{Member: a, Implementations: registered(c, of.duty, m.declared(of.duty))})
		return true
	})
	id := TaskID(t.Kind, t.Subject)
	tasks.Set(c, id, t)
	dues.Set(c, due{t.Deadline, dueDeadline, id}, 0)
	p.Last, p.Opened = t.Interval, t.Opened
	progresses.Set(c, s, p)
	c.EmitAs(self, "task", "kind", t.Kind.String(), "subject", t.Subject, "from", t.From, "interval", t.Interval,
		"seats", len(t.Seats), "deadline", uint64(t.Deadline))
}

// registered are the implementations with a name that is registered, in order; all
// others, and none, are "".
func registered(c *route.Ctx, d Duty, declared []string) []string {
	if len(declared) == 0 {
		return []string{""}
	}
	out := make([]string, len(declared))
	for i, name := range declared {
		if implementations.Has(c, program{d, name}) {
			out[i] = name
		}
	}
	return out
}

// submit records a member's answer, and settles the task where it completes the
// quorum.
func submit(c *route.Ctx, m Submit) error {
	id := TaskID(m.Kind, m.Subject)
	t, ok := tasks.Get(c, id)
	who, member := members.Get(c, c.Sender)
	switch {
	case !member:
		return ErrMember
	case !ok:
		return ErrTask
	case m.Interval != t.Interval:
		return ErrTask.For(m.Interval, t.Interval)
	case m.Ruleset != kinds[m.Kind].ruleset:
		return ErrRuleset.For(m.Ruleset, kinds[m.Kind].ruleset)
	case m.Hash.IsZero() || !named(m.Implementation) || len(m.Version) > NameLen || len(m.Locator) > LocatorLen:
		return ErrForm.With("a submission has a hash and names an implementation, with a version of at most %d bytes and a locator of at most %d", NameLen, LocatorLen)
	}
	s := t.seat(c.Sender)
	if s == nil {
		return ErrSeat
	}
	if !contains(s.Implementations, m.Implementation) && !contains(s.Implementations, "") {
		return ErrImplementation
	}
	seen.Set(c, seenKey{c.Sender, m.Kind}, c.Block.Time)
	if old, again := submissions.Get(c, answer{id, c.Sender}); again {
		return contradict(c, &t, who, old, m)
	}
	now := submission{
		Hash: m.Hash, Implementation: m.Implementation, Version: m.Version, Locator: m.Locator, Trace: m.Trace,
		At: c.Block.Time, Status: Counted,
	}
	if c.Block.Time >= t.Deadline {
		now.Status = Late
	}
	compare(c, id, &t, m.Hash)
	submissions.Set(c, answer{id, c.Sender}, now)
	c.Emit("submission", "kind", t.Kind.String(), "subject", t.Subject, "member", c.Sender, "hash", m.Hash,
		"implementation", m.Implementation, "status", now.Status.String())
	if t.Standing == Open && now.Status == Counted && t.reached(c, id, m.Hash) {
		settle(c, id, t, m.Hash)
	}
	return nil
}

// contradict marks a member that answers twice (OF4). The transaction succeeds,
// because the mark is the point.
func contradict(c *route.Ctx, t *task, who member, old submission, m Submit) error {
	if old.Hash == m.Hash || old.Status == Equivocated {
		return ErrSubmitted
	}
	old.Status, old.Conflict = Equivocated, m.Hash
	submissions.Set(c, answer{TaskID(t.Kind, t.Subject), c.Sender}, old)
	who.Equivocated++
	members.Set(c, c.Sender, who)
	c.Emit("equivocated", "kind", t.Kind.String(), "subject", t.Subject, "member", c.Sender, "first", old.Hash, "second", m.Hash)
	return nil
}

// compare emits a disagreement with the first earlier answer, in order of
// members, that differs (O8).
func compare(c *route.Ctx, id keys.Hash, t *task, hash keys.Hash) {
	submissions.RangePrefix(c, answer{Task: id}, 1, func(k answer, s submission) bool {
		if s.Hash != hash {
			c.Emit("disagreement", "kind", t.Kind.String(), "subject", t.Subject,
				"member", c.Sender, "hash", hash, "other", k.Member, "otherHash", s.Hash)
		}
		return s.Hash == hash
	})
}

// seat is the place of a member in the snapshot, or nil.
func (t *task) seat(a keys.Address) *seat {
	for i := range t.Seats {
		if t.Seats[i].Member == a {
			return &t.Seats[i]
		}
	}
	return nil
}

// settle closes a task with a result and tells the opener.
func settle(c *route.Ctx, id keys.Hash, t task, hash keys.Hash) {
	s := series{t.Kind, t.Opener}
	p, _ := progresses.Get(c, s)
	if kinds[t.Kind].rated && !p.Hash.IsZero() && !within(p.Hash, hash, RateMax.PPM(c)) {
		conclude(c, id, t, RolledUp)
		return
	}
	t.Hash = hash
	if p.Next <= t.Interval {
		p.Next, p.Hash = t.Interval+1, hash
		progresses.Set(c, s, p)
	}
	conclude(c, id, t, Agreed)
}

// conclude ends a task, once, and delivers what came of it.
func conclude(c *route.Ctx, id keys.Hash, t task, to Standing) {
	dues.Delete(c, due{t.Deadline, dueDeadline, id})
	t.Standing = to
	t.Forget = c.Block.Time + types.Time(epochMillis(c)*KeepEpochs.Get(c))
	tasks.Set(c, id, t)
	dues.Set(c, due{t.Forget, dueForget, id}, 0)
	passed := t.Interval - t.From + 1
	v := route.Verdict{Ref: t.Subject, Outcome: route.Void}
	if to == Agreed {
		v.Outcome, v.QuorumMet, v.Value = route.Accepted, true, append([]byte(nil), t.Hash[:]...)
		c.EmitAs(self, "agreed", "kind", t.Kind.String(), "subject", t.Subject, "hash", t.Hash, "intervalsPassed", passed)
	} else {
		c.EmitAs(self, "rolled_up", "kind", t.Kind.String(), "subject", t.Subject, "intervalsPassed", passed)
	}
	if t.Opener != self {
		c.Deliver(t.Opener, v)
	}
}

// within reports whether a rate, a number of 32 bytes, changed by at most ppm of
// what it was (OF9).
func within(was, is keys.Hash, ppm types.PPM) bool {
	var a, b, change vpool.Amount
	a.SetBytes(was[:])
	b.SetBytes(is[:])
	if change.Sub(&a, &b); a.Lt(&b) {
		change.Sub(&b, &a)
	}
	limit := vpool.PPMDown(a, uint32(ppm))
	return !limit.Lt(&change)
}

// end does what is due: tasks roll up at their deadline, closed ones and old
// proposals are forgotten.
func end(c *route.Ctx) {
	n := 0
	dues.Range(c, func(d due, _ uint64) bool {
		if d.Time > c.Block.Time || n == duesMax {
			return false
		}
		n++
		dues.Delete(c, d)
		switch d.What {
		case dueDeadline:
			if t, ok := tasks.Get(c, d.Ref); ok && t.Standing == Open {
				conclude(c, d.Ref, t, RolledUp)
			}
		case dueForget:
			if t, ok := tasks.Get(c, d.Ref); ok {
				forget(c, d.Ref, &t)
			}
		case dueProposal:
			proposals.Delete(c, binary.BigEndian.Uint64(d.Ref[24:]))
		}
		return true
	})
}

// forget removes a closed task and what was submitted to it.
func forget(c *route.Ctx, id keys.Hash, t *task) {
	dues.Delete(c, due{t.Forget, dueForget, id})
	submissions.RangePrefix(c, answer{Task: id}, 1, func(k answer, _ submission) bool {
		submissions.Delete(c, k)
		return true
	})
	tasks.Delete(c, id)
}
