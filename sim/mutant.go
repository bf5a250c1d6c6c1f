package sim

import (
	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/node"
)

// Mutant is a member with one planted mistake, made at the seams around the
// law and never by a branch in it. Each is a bug that another implementation
// had (spec simulation §3).
type Mutant struct {
	Name    string
	Doc     string
	Weights []uint64 // REP of the members where the mistake needs them unequal

	// world is what the mistake and the unchanged member alike live in, besides
	// drawn faults: adversaries, slow links, oracles of its own. It is aimed at
	// the mistake; the oracles stay general. Nil: drawn faults alone.
	world seam
	apply seam // the world and the mistake in it
	draws bool // it needs no members: see playDraws
}

// seam changes what a member is started with.
type seam = func(m *member, set *node.Settings, w *node.World)

// in plants a mistake into members of a world.
func in(world, mistake seam) seam {
	return func(m *member, set *node.Settings, w *node.World) {
		world(m, set, w)
		mistake(m, set, w)
	}
}

// Mutants is the table of mistakes, in the order of the list of bugs that they
// come from, and one more.
var Mutants = []Mutant{
	{Name: "finalize-after-nullify", Doc: "a rebroadcast says Finalize in a view that the member nullified", world: late, apply: in(late, stepping(finalizeAfterNullify))},
	{Name: "skip-unnullified", Doc: "the leader builds over a skipped view without its Nullification", apply: stepping(skipUnnullified)},
	{Name: "second-nullify-record", Doc: "the journal takes a Nullify twice, and a restart takes the second record for damage", world: restless, apply: in(restless, secondRecord)},
	{Name: "refuses-late-notarization", Doc: "a member that nullified a view takes no Notarization of it any more", world: late, apply: in(late, stepping(refuseLate))},
	{Name: "forget-nullify", Doc: "a restart does not re-add the persisted Nullify", world: restless, apply: in(restless, stepping(forgetNullify))},
	{Name: "no-dir-sync", Doc: "the journal is renamed without syncing its directory", apply: noDirSync},
	{Name: "no-resign", Doc: "after a crash the signer refuses to sign the same bytes again", world: restless, apply: in(restless, noResign)},
	{Name: "timer-reset", Doc: "any certificate brings the timeout back to its first value, not only a Finalization", world: slow, apply: in(slow, timerReset)},
	{Name: "future-buffers", Doc: "votes for views far ahead are kept, however many", world: flooded, apply: in(flooded, stepping(futureBuffers))},
	{Name: "heads-not-weights", Doc: "certificates are counted by heads", Weights: []uint64{40, 30, 20, 10}, apply: stepping(headsNotWeights)},
	{Name: "slash-notarize-nullify", Doc: "Notarize and Nullify of one view are reported as an offence", world: late, apply: in(late, stepping(slashLate))},
	{Name: "vote-overwrite", Doc: "a signer's second vote replaces its first", world: twoFaced, apply: in(twoFaced, overwriting)},
	{Name: "seed-after-boundary", Doc: "the epoch's seed takes up the view in which the member saw the boundary become final", apply: stepping(seedAfterBoundary)},
	{Name: "whole-asc-draw", Doc: "whole contracts are drawn without replacement, whatever REP is behind them", draws: true, apply: unchanged},
	{Name: "jail-from-roster", Doc: "members that fall silent lose their weight in the running epoch", apply: stepping(jailSilent)},
	{Name: "sign-before-journal", Doc: "a vote leaves before its record is on the disk", apply: signFirst},
}

// FindMutant is the mutant with a name, or nil.
func FindMutant(name string) *Mutant {
	for i := range Mutants {
		if Mutants[i].Name == name {
			return &Mutants[i]
		}
	}
	return nil
}

// mutated says which members carry the mistake: all of them, as when a release
// has a bug.
func (r *run) mutated(int) bool { return true }

// bug is a mistake at the seam of the machine. It may change what goes in and
// what comes out.
type bug interface {
	in(consensus.Input) (consensus.Input, bool)
	out(consensus.Input, *consensus.Ready)
}

// keeper is a bug that keeps more than the machine does: it is shown where the
// machine stands before a step, and adds what it keeps when others ask.
type keeper interface{ status(*consensus.Status) }

// driver is a bug that steps the machine by itself, after a step of the loop.
type driver interface {
	drive(now types.Time, step func(consensus.Input)) (due types.Time)
}

// unchanged is the seam of a member without a mistake.
func unchanged(*member, *node.Settings, *node.World) {}

// stepping wraps the consensus machine with a mistake.
func stepping(make func(self keys.PublicKey) bug) seam {
	return func(m *member, set *node.Settings, _ *node.World) {
		set.Machine = func(cfg consensus.Config) node.Stepper {
			return &bugged{Machine: consensus.New(cfg), bug: make(cfg.Self), due: never}
		}
	}
}

// never is a time that does not come.
const never types.Time = 1<<63 - 1

type bugged struct {
	*consensus.Machine
	bug bug
	due types.Time // when the bug wants a step
}

// Step lets the mistake have its way on both sides of the machine.
func (b *bugged) Step(now types.Time, in consensus.Input) consensus.Ready {
	if k, ok := b.bug.(keeper); ok {
		s := b.Machine.Status()
		k.status(&s)
	}
	in, ok := b.bug.in(in)
	if !ok {
		in = consensus.Tick{}
	}
	r := b.Machine.Step(now, in)
	b.bug.out(in, &r)
	if d, ok := b.bug.(driver); ok {
		b.due = d.drive(now, func(in consensus.Input) {
			more := b.Machine.Step(now, in)
			b.bug.out(in, &more)
			join(&r, more)
		})
	}
	return r
}

// join appends what a second step asks for.
func join(r *consensus.Ready, more consensus.Ready) {
	r.Persist = append(r.Persist, more.Persist...)
	r.Sign = append(r.Sign, more.Sign...)
	r.Send = append(r.Send, more.Send...)
	r.Ask = append(r.Ask, more.Ask...)
	r.Commit = append(r.Commit, more.Commit...)
	r.Evidence = append(r.Evidence, more.Evidence...)
}

// Deadline is the machine's, or the mistake's own.
func (b *bugged) Deadline() types.Time { return min(b.Machine.Deadline(), b.due) }

// Status owns up to what the mistake keeps.
func (b *bugged) Status() consensus.Status {
	s := b.Machine.Status()
	if k, ok := b.bug.(keeper); ok {
		k.status(&s)
	}
	return s
}

// pass is a bug that changes nothing.
type pass struct{}

func (pass) in(in consensus.Input) (consensus.Input, bool) { return in, true }
func (pass) out(consensus.Input, *consensus.Ready)         {}
