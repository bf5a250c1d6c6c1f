package sim

import (
	"errors"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/node"
	"probity/node/signer"
	"probity/sim/check"
)

// Mutant is a member with one planted mistake, made at the seams around the
// law and never by a branch in it. Each is a bug that another implementation
// had (spec simulation §3).
type Mutant struct {
	Name    string
	Doc     string
	Weights []uint64 // REP of the members where the mistake needs them unequal
	apply   func(m *member, set *node.Settings, w *node.World)
}

// Mutants is the table of mistakes.
var Mutants = []Mutant{
	{Name: "finalize-after-nullify", Doc: "a rebroadcast says Finalize in a view that the member nullified", apply: stepping(finalizeAfterNullify)},
	{Name: "skip-unnullified", Doc: "the leader builds over a skipped view without its Nullification", apply: stepping(skipUnnullified)},
	{Name: "forget-nullify", Doc: "a restart does not re-add the persisted Nullify", apply: stepping(forgetNullify)},
	{Name: "no-dir-sync", Doc: "the journal is renamed without syncing its directory", apply: noDirSync},
	{Name: "no-resign", Doc: "after a crash the signer refuses to sign the same bytes again", apply: noResign},
	{Name: "sign-before-journal", Doc: "a vote leaves before its record is on the disk", apply: signFirst},
	{Name: "heads-not-weights", Doc: "certificates are counted by heads", Weights: []uint64{40, 30, 20, 10}, apply: stepping(headsNotWeights)},
	{Name: "seed-after-boundary", Doc: "the epoch's seed takes up the view in which the member saw the boundary become final", apply: stepping(seedAfterBoundary)},
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

// stepping wraps the consensus machine with a mistake.
func stepping(make func(self keys.PublicKey) bug) func(*member, *node.Settings, *node.World) {
	return func(m *member, set *node.Settings, _ *node.World) {
		set.Machine = func(cfg consensus.Config) node.Stepper {
			return &bugged{Machine: consensus.New(cfg), bug: make(cfg.Self)}
		}
	}
}

type bugged struct {
	*consensus.Machine
	bug bug
}

// Step lets the mistake have its way on both sides of the machine.
func (b *bugged) Step(now types.Time, in consensus.Input) consensus.Ready {
	in, ok := b.bug.in(in)
	if !ok {
		in = consensus.Tick{}
	}
	r := b.Machine.Step(now, in)
	b.bug.out(in, &r)
	return r
}

// pass is a bug that changes nothing.
type pass struct{}

func (pass) in(in consensus.Input) (consensus.Input, bool) { return in, true }
func (pass) out(consensus.Input, *consensus.Ready)         {}

type lateFinalizer struct {
	pass
	nullified map[types.View]bool
	notarized map[types.View]keys.Hash
	epoch     types.Epoch
}

func finalizeAfterNullify(keys.PublicKey) bug {
	return &lateFinalizer{nullified: map[types.View]bool{}, notarized: map[types.View]keys.Hash{}}
}

func (b *lateFinalizer) out(in consensus.Input, r *consensus.Ready) {
	if s, ok := in.(consensus.Start); ok && s.Plan.Epoch != b.epoch {
		b.epoch, b.nullified, b.notarized = s.Plan.Epoch, map[types.View]bool{}, map[types.View]keys.Hash{}
	}
	if s, ok := in.(consensus.Signed); ok && s.Statement.Epoch == b.epoch {
		switch s.Statement.Kind {
		case types.Nullify:
			b.nullified[s.Statement.View] = true
		case types.Notarize:
			b.notarized[s.Statement.View] = s.Statement.Digest
		}
	}
	for _, msg := range r.Send {
		c := msg.Certified
		if c == nil || c.Certificate.Kind != types.Notarize {
			continue
		}
		if v := c.Certificate.View; b.nullified[v] && b.notarized[v] == c.Certificate.Digest {
			r.Sign = append(r.Sign, types.Statement{Kind: types.Finalize, Epoch: b.epoch, View: v, Digest: c.Certificate.Digest})
		}
	}
}

type skipper struct{ pass }

func skipUnnullified(keys.PublicKey) bug { return skipper{} }

func (skipper) out(_ consensus.Input, r *consensus.Ready) {
	for i, a := range r.Ask {
		if build, ok := a.(consensus.Build); ok && len(build.Views) > 0 {
			build.Views = append([]types.ViewRecord{}, build.Views...)
			build.Views[len(build.Views)-1].Nullification = nil
			r.Ask[i] = build
		}
	}
}

type forgetter struct{ pass }

func forgetNullify(keys.PublicKey) bug { return forgetter{} }

func (forgetter) in(in consensus.Input) (consensus.Input, bool) {
	s, ok := in.(consensus.Start)
	if !ok {
		return in, true
	}
	var keep []types.Vote
	for _, v := range s.Votes {
		if v.Kind != types.Nullify {
			keep = append(keep, v)
		}
	}
	s.Votes = keep
	return s, true
}

type headcount struct{ pass }

func headsNotWeights(keys.PublicKey) bug { return headcount{} }

func (headcount) in(in consensus.Input) (consensus.Input, bool) {
	s, ok := in.(consensus.Start)
	if !ok {
		return in, true
	}
	plan := *s.Plan
	plan.Roster.Members = append([]types.Member{}, plan.Roster.Members...)
	for i := range plan.Roster.Members {
		plan.Roster.Members[i].Weight = 1
	}
	s.Plan = &plan
	return s, true
}

type lateSeed struct {
	view types.View
}

func seedAfterBoundary(keys.PublicKey) bug { return &lateSeed{} }

func (b *lateSeed) in(in consensus.Input) (consensus.Input, bool) {
	s, ok := in.(consensus.Start)
	if !ok || s.Plan.Epoch == 0 {
		return in, true
	}
	plan := *s.Plan
	plan.Seed = keys.Sum(plan.Seed[:], []byte{byte(b.view), byte(b.view >> 8)})
	s.Plan = &plan
	return s, true
}

func (b *lateSeed) out(_ consensus.Input, r *consensus.Ready) {
	for _, c := range r.Commit {
		b.view = c.Finalization.View
	}
}

// noDirSync hands the signer a file system whose directories do not sync.
func noDirSync(m *member, _ *node.Settings, w *node.World) {
	s, err := signer.Open(lazyDirs{m.journal.FS()}, "signer", m.keys.Consensus, m.run.genesis.Hash())
	if err != nil {
		m.run.see(check.Event{Member: m.id, Halted: err})
		return
	}
	s.Keep(m.run.cfg.suite(), node.EscrowSeed(m.keys.Beacon))
	m.signer = &guardedSigner{Local: s, m: m}
	w.Signer = m.signer
}

type lazyDirs struct{ vfs.FS }

// OpenDir opens a directory whose Sync does nothing.
func (l lazyDirs) OpenDir(name string) (vfs.File, error) {
	f, err := l.FS.OpenDir(name)
	return lazyFile{f}, err
}

type lazyFile struct{ vfs.File }

// Sync pretends.
func (lazyFile) Sync() error { return nil }

// noResign refuses what the journal held when the member started.
func noResign(m *member, _ *node.Settings, w *node.World) {
	w.Signer = &amnesic{guardedSigner: m.signer, old: map[types.Statement]bool{}}
}

type amnesic struct {
	*guardedSigner
	old map[types.Statement]bool
}

var errAgain = errors.New("already signed")

// Said remembers what it lists, to refuse it.
func (a *amnesic) Said(e types.Epoch) []types.Statement {
	list := a.guardedSigner.Said(e)
	for _, s := range list {
		a.old[s] = true
	}
	return list
}

// Sign refuses to sign again.
func (a *amnesic) Sign(s types.Statement) (keys.Signature, error) {
	if a.old[s] {
		return keys.Signature{}, errAgain
	}
	return a.guardedSigner.Sign(s)
}

// signFirst signs without a journal.
func signFirst(m *member, _ *node.Settings, w *node.World) { w.Signer = forgetful{m.signer} }

type forgetful struct{ *guardedSigner }

// Sign gives a signature and records nothing.
func (f forgetful) Sign(s types.Statement) (keys.Signature, error) {
	f.m.run.see(check.Event{Member: f.m.id, Signed: &s})
	if !f.m.run.cfg.Real {
		return stubSign(f.Public(), s.SignBytes(f.m.run.genesis.Hash())), nil
	}
	return f.m.keys.Consensus.Sign(s.SignBytes(f.m.run.genesis.Hash())), nil
}
