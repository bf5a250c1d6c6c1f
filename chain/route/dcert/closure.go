package dcert

import (
	"fmt"
	"reflect"
	"slices"

	"probity/chain/route"
)

// The recovery set (governance A-D2): what a chain with open circuits mends
// itself by. Routes whose every message belongs to it, actions that do, and
// messages that do where their body says so.
var (
	rescueRoutes  = []string{"availability", "beacon", "evidence", "release", "dcert"}
	rescueActions = []string{"dcert/revoke", "dcert/slash", "dcert/disband", "availability/upgrade", "availability/cancel", "release/activate"}
	rescueBodies  = []string{"legislature/submit", "legislature/deposit", "legislature/vote", "legislature/execute", "oracle/submit", "oracle/open_task"}
)

// CheckTable proves that a table's recovery set is closed: each row of the set
// that the table has is marked, the actions exist and are the legislature's,
// what they herald is out of reach too, and the bodies that carry them tell
// whether they rescue. Nothing else may be marked: a mark is a hole in the
// breaker.
func CheckTable(t route.Table) error {
	for _, r := range t {
		if marked := slices.Contains(rescueRoutes, r.Name); marked != r.Rescue {
			return fmt.Errorf("recovery set: route %s: Rescue is %t", r.Name, r.Rescue)
		}
		for i := range r.Msgs {
			if m := &r.Msgs[i]; m.Rescue && !r.Rescue {
				return fmt.Errorf("recovery set: %s/%s is marked and its route is not of the set", r.Name, m.Name)
			}
		}
	}
	for _, url := range rescueActions {
		m, ok := lookup(t, url)
		switch {
		case !ok:
			continue
		case m == nil:
			return fmt.Errorf("recovery set: no message %s", url)
		case !m.Rescue || !slices.Contains(m.By, "legislature"):
			return fmt.Errorf("recovery set: %s is no unbreakable action of the legislature", url)
		}
	}
	for _, url := range rescueBodies {
		m, ok := lookup(t, url)
		if !ok {
			continue
		}
		if m == nil || !m.Type.Implements(reflect.TypeFor[route.Rescuer]()) {
			return fmt.Errorf("recovery set: %s does not tell whether it rescues", url)
		}
	}
	return nil
}

// lookup finds a message; false where the table has no such route.
func lookup(t route.Table, url string) (*route.Msg, bool) {
	for _, r := range t {
		for i := range r.Msgs {
			if r.Name+"/"+r.Msgs[i].Name == url {
				return &r.Msgs[i], true
			}
		}
	}
	name := url[:slices.Index([]byte(url), '/')]
	return nil, t.Find(name) != nil
}
