package bundle

import (
	"errors"
	"fmt"
)

// Rules that are not numbered in the list of releases.
const (
	ruleForm  = "FORM"  // spec bundle §1: the container
	ruleChain = "CHAIN" // spec bundle §3: certified headers from the checkpoint
	ruleState = "STATE" // spec bundle §4: the candidate's value under a state root
)

// ErrBundle is what every Failure is.
var ErrBundle = errors.New("the bundle does not hold")

// ErrTree is returned for a tree that has no candidate id: a submodule, a path
// that is no text, two files of one path.
var ErrTree = errors.New("not a tree of files")

// Failure is why a bundle is refused: which rule, shown by which part.
type Failure struct {
	Rule string // R4, A-R13, …; or FORM, CHAIN, STATE
	Part string // name in the bundle
	Why  string
}

// Error names rule, part and reason.
func (f *Failure) Error() string { return fmt.Sprintf("%s fails in %s: %s", f.Rule, f.Part, f.Why) }

// Is makes every Failure an ErrBundle.
func (f *Failure) Is(target error) bool { return target == ErrBundle }

func fails(rule, part, format string, args ...any) error {
	return &Failure{Rule: rule, Part: part, Why: fmt.Sprintf(format, args...)}
}
