package release

import (
	"fmt"
	"slices"

	"probity/chain/keys"
	"probity/chain/route"
)

var invariants = []route.Invariant{
	{Name: "registers are as counted", Check: countedRight},
	{Name: "one vote is open, and it is the one that is named", Check: oneVote},
	{Name: "nothing is approved without a passed vote or shipped without a build", Check: byTheRules},
	{Name: "trails lead to their heads", Check: trailsLead},
}

func countedRight(c *route.Ctx) error {
	s, _ := overview.Get(c)
	var n summary
	ctrs.Range(c, func(a keys.Address, t representative) bool {
		if t.Active {
			n.CTRs++
		}
		return true
	})
	auditors.Range(c, func(_ keys.Address, a auditor) bool {
		if a.Active {
			n.Auditors++
		}
		return true
	})
	var twice error
	members.Range(c, func(k memberKey, _ member) bool {
		if k.College == Activists {
			n.Activists++
			if members.Has(c, memberKey{Technologists, k.Address}) {
				twice = fmt.Errorf("%s is in both colleges", k.Address)
			}
		} else {
			n.Technologists++
		}
		return true
	})
	if n.CTRs != s.CTRs || n.Auditors != s.Auditors || n.Activists != s.Activists || n.Technologists != s.Technologists {
		return fmt.Errorf("counted %+v, noted %+v", n, s)
	}
	return twice
}

func oneVote(c *route.Ctx) (err error) {
	s, _ := overview.Get(c)
	candidates.Range(c, func(rc keys.Hash, k candidate) bool {
		switch {
		case (k.Stage == Voting) != (rc == s.Vote):
			err = fmt.Errorf("%s is %s, the open vote is on %s", rc, k.Stage, s.Vote)
		case k.Stage.open() != slices.Contains(s.Open, rc):
			err = fmt.Errorf("%s is %s, among those under way: %v", rc, k.Stage, slices.Contains(s.Open, rc))
		case (k.Stage == Scheduled) != (rc == s.Scheduled):
			err = fmt.Errorf("%s is %s, the scheduled release is %s", rc, k.Stage, s.Scheduled)
		}
		return err == nil
	})
	return err
}

// byTheRules looks at what has been approved and shipped from the votes, builds
// and manifests that the state keeps.
func byTheRules(c *route.Ctx) (err error) {
	candidates.Range(c, func(rc keys.Hash, k candidate) bool {
		past := k.Stage == Approved || k.Stage == Triggered || k.Stage == Built || k.Shipped != nil
		if !past {
			return true
		}
		v, _ := votes.Get(c, roundKey{rc, k.Round})
		switch {
		case !v.Closed || !v.Passed || v.Closes-v.Opened < 1000:
			err = fmt.Errorf("%s is %s without a passed vote", rc, k.Stage)
		case !halves(v.A) || !halves(v.T):
			err = fmt.Errorf("%s is %s with tallies %+v, %+v", rc, k.Stage, v.A, v.T)
		case k.Shipped != nil && (k.Artifacts.IsZero() || ArtifactsHash(k.Shipped.Binaries) != k.Artifacts || k.Sealed.IsZero()):
			err = fmt.Errorf("%s is %s with other binaries than were rebuilt", rc, k.Stage)
		}
		return err == nil
	})
	return err
}

// halves is what the guardrails leave of R16 and R17 whatever the parameters.
func halves(t Tally) bool {
	return t.Size > 0 && 2*(t.Yes+t.No+t.Abstain) >= t.Size && 2*t.Yes > t.Yes+t.No
}

func trailsLead(c *route.Ctx) (err error) {
	s, _ := overview.Get(c)
	for _, rc := range s.Open {
		k, _ := candidates.Get(c, rc)
		head, n := keys.Hash{}, uint64(0)
		trail.RangePrefix(c, roundKey{RC: rc}, 1, func(_ roundKey, e Entry) bool {
			head, n = Chained(rc, head, e), n+1
			return true
		})
		if head != k.Head || n != k.Entries {
			return fmt.Errorf("%s: %d entries lead to %s, noted %d and %s", rc, n, head, k.Entries, k.Head)
		}
	}
	return nil
}
