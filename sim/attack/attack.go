// Package attack holds the attacks on the chain, one file each: what it does,
// what the protocol claims, what is measured.
//
// Computed attacks run the law directly, either that of draws and pools alone or
// all of it on a chain that one member makes (assembly), and compare figures with
// formulas. Played attacks put an adversary into a simulated network. Both are
// values of the table All.
//
// It promises that a computed attack is a function of its arguments: the same
// options give the same Result, on every machine, unless an option asks for a
// clock. It leaves to its caller how a Result is shown, and the code with which a
// program ends when a claim does not hold.
package attack

import (
	"maps"
	"slices"
	"strings"
)

// Attack is one attack: a struct literal in the table All.
type Attack struct {
	Name    string   // one lower-case word, as the command line takes it
	Title   string   // what it does, in one line
	Claim   string   // what a correct system shows, in one sentence
	Source  string   // where that is claimed
	Options []Option // all that Run takes

	// Run measures the claim of a computed attack.
	Run func(Args, Progress) (*Result, error)
	// Play is an attack on simulated members, which package sim runs.
	Play *Play // nil: computed
}

// Option is one setting of an attack.
type Option struct {
	Name    string // the flag, without dashes
	Default string
	Help    string
}

// All is the table of attacks, in the order in which lists show them.
var All = []*Attack{
	grindAttack,
	sockpuppetsAttack,
	captureAttack,
	votegamesAttack,
	rejectcartelAttack,
	lazyapprovalAttack,
	briberyAttack,
	longconAttack,
	whitewashAttack,
	lendingAttack,
	equivocateAttack,
	twinsAttack,
	withholdAttack,
	nothingAttack,
	beaconabuseAttack,
	longrangeAttack,
	censorAttack,
	partitionAttack,
	eclipseAttack,
	spamAttack,
	rejectsAttack,
	crashAttack,
	lawcaptureAttack,
	citationsAttack,
	negativesAttack,
	juryAttack,
	midvoteAttack,
	crowdAttack,
	rogueteamAttack,
	shipmentAttack,
	disbandAttack,
	electionAttack,
	collusionAttack,
	gamingAttack,
}

// Find is the attack with a name, or nil.
func Find(name string) *Attack {
	for _, a := range All {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// Complete is the given options over the defaults. The error is ErrOption for
// one that the attack does not take.
func (a *Attack) Complete(given Args) (Args, error) {
	args := Args{}
	for _, o := range a.Options {
		args[o.Name] = o.Default
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if _, known := args[name]; !known {
			return nil, badOption(name, "unknown: %s takes %s", a.Name, a.names())
		}
		args[name] = given[name]
	}
	return args, nil
}

// Finish names a result after the attack and judges it by its rows.
func (a *Attack) Finish(r *Result, args Args) {
	r.Attack, r.Claim, r.Args, r.Holds = a.Name, a.Claim, args, true
	for _, row := range r.Rows {
		r.Holds = r.Holds && row.OK
	}
}

// Start measures the claim of a computed attack.
func (a *Attack) Start(given Args, tell Progress) (*Result, error) {
	args, err := a.Complete(given)
	if err != nil {
		return nil, err
	}
	if tell == nil {
		tell = func(int64, int64) {}
	}
	r, err := a.Run(args, tell)
	if err != nil {
		return nil, err
	}
	a.Finish(r, args)
	return r, nil
}

// names lists the options of an attack for an error.
func (a *Attack) names() string {
	if len(a.Options) == 0 {
		return "no options"
	}
	flags := make([]string, len(a.Options))
	for i, o := range a.Options {
		flags[i] = "--" + o.Name
	}
	return strings.Join(flags, ", ")
}

// Progress is told how many of all steps are done.
type Progress func(done, all int64)
