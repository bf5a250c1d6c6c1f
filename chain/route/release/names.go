package release

import (
	"fmt"
	"slices"
	"strings"
)

// Status is an auditor's verdict on a candidate (R6). Numbers are on the wire.
type Status uint8

// The statuses.
const (
	Go             Status = 1
	GoWithWarnings Status = 2
	NoGo           Status = 3
)

// College is one of the council's two (R15).
type College uint8

// The colleges.
const (
	Activists     College = 1 // CCM/A
	Technologists College = 2 // CCM/T
)

// Choice is the value of a ballot. An abstention counts for the turnout only.
type Choice uint8

// The choices.
const (
	Yes     Choice = 1
	No      Choice = 2
	Abstain Choice = 3
)

// Stage is where a candidate stands.
type Stage uint8

// The stages.
const (
	Auditing   Stage = 1
	Voting     Stage = 2
	Rejected   Stage = 3 // may be voted on again
	Approved   Stage = 4
	Triggered  Stage = 5
	Built      Stage = 6
	Published  Stage = 7
	Scheduled  Stage = 8
	Active     Stage = 9
	Expired    Stage = 10
	Superseded Stage = 11
	Withdrawn  Stage = 12
)

// open reports whether the candidate can still be published.
func (s Stage) open() bool { return s >= Auditing && s <= Built }

// shipped reports whether it has been published and stands.
func (s Stage) shipped() bool { return s >= Published && s <= Active }

// Role is what somebody can resign from or appeal about.
type Role uint8

// The roles.
const (
	RoleCTR     Role = 1
	RoleAuditor Role = 2
)

var (
	statusNames  = []string{"", "GO", "GO_WITH_WARNINGS", "NO_GO"}
	collegeNames = []string{"", "activists", "technologists"}
	choiceNames  = []string{"", "yes", "no", "abstain"}
	roleNames    = []string{"", "ctr", "auditor"}
	stageNames   = []string{
		"", "auditing", "voting", "rejected", "approved", "triggered", "built", "published",
		"scheduled", "active", "expired", "superseded", "withdrawn",
	}
)

func nameOf(list []string, n uint8) string {
	if n == 0 || int(n) >= len(list) {
		return fmt.Sprintf("?%d", n)
	}
	return list[n]
}

// numberOf reads one of the names; the empty text is none of them.
func numberOf(list []string, text []byte) (uint8, error) {
	if i := slices.IndexFunc(list, func(s string) bool { return strings.EqualFold(s, string(text)) }); i > 0 {
		return uint8(i), nil
	}
	return 0, fmt.Errorf("%.40q: want one of %s", text, strings.Join(list[1:], ", "))
}

// String is the status's name.
func (s Status) String() string { return nameOf(statusNames, uint8(s)) }

// MarshalText gives the status's name.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the status's name.
func (s *Status) UnmarshalText(text []byte) error {
	n, err := numberOf(statusNames, text)
	*s = Status(n)
	return err
}

// Valid reports whether s is one of the three.
func (s Status) Valid() bool { return s >= Go && s <= NoGo }

// String is the college's name.
func (s College) String() string { return nameOf(collegeNames, uint8(s)) }

// MarshalText gives the college's name.
func (s College) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the college's name.
func (s *College) UnmarshalText(text []byte) error {
	n, err := numberOf(collegeNames, text)
	*s = College(n)
	return err
}

// Valid reports whether s is one of the two.
func (s College) Valid() bool { return s == Activists || s == Technologists }

// String is the choice's name.
func (s Choice) String() string { return nameOf(choiceNames, uint8(s)) }

// MarshalText gives the choice's name.
func (s Choice) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the choice's name.
func (s *Choice) UnmarshalText(text []byte) error {
	n, err := numberOf(choiceNames, text)
	*s = Choice(n)
	return err
}

// Valid reports whether s is one of the three.
func (s Choice) Valid() bool { return s >= Yes && s <= Abstain }

// String is the stage's name.
func (s Stage) String() string { return nameOf(stageNames, uint8(s)) }

// MarshalText gives the stage's name.
func (s Stage) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the stage's name.
func (s *Stage) UnmarshalText(text []byte) error {
	n, err := numberOf(stageNames, text)
	*s = Stage(n)
	return err
}

// String is the role's name.
func (s Role) String() string { return nameOf(roleNames, uint8(s)) }

// MarshalText gives the role's name.
func (s Role) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the role's name.
func (s *Role) UnmarshalText(text []byte) error {
	n, err := numberOf(roleNames, text)
	*s = Role(n)
	return err
}
