package bundle

import (
	"probity/chain/keys"
	"probity/chain/route/release"
	"probity/chain/types"
)

// history reads a trail and holds it against the rules of releases (spec bundle
// §5). The chain has enforced them; a bundle in which one fails comes from a
// chain that a quorum of its members has turned against its law.
type history struct {
	rc      keys.Hash
	record  *Record
	reports map[keys.Address]release.Reported // the latest of each auditor
	closed  map[keys.Address]bool             // kept closed and not disclosed
	opened  *release.Opened                   // the last vote
	ballots map[keys.Address]release.Cast     // of it
	passed  bool                              // it has passed
	ordered bool                              // a build is triggered
	rebuilt map[keys.Address]keys.Hash        // since then
	built   *release.SubmitBuild
	oracle  bool // the build is the oracle's
	last    types.Time

	published *release.Entry
	rebuilds  int              // identical ones
	keys      []keys.PublicKey // of those who published and submitted to stores
}

// read checks every entry in order and then the whole.
func (h *history) read(entries []release.Entry) error {
	h.reports, h.closed = map[keys.Address]release.Reported{}, map[keys.Address]bool{}
	head := keys.Hash{}
	for i := range entries {
		e := &entries[i]
		head = release.Chained(h.rc, head, *e)
		if e.Number != uint64(i)+1 || e.Time < h.last {
			return h.fail("R24", e, "entries are out of order")
		}
		h.last = e.Time
		if !e.Key.Address().IsZero() && e.Key != (keys.PublicKey{}) && e.Key.Address() != e.Actor {
			return h.fail("R11", e, "the key %s is not that of %s", e.Key, e.Actor)
		}
		body, err := decoded(e)
		if err != nil {
			return fails("R24", partTrail, "%v", err)
		}
		if i == 0 && e.Kind != kindSubmitted {
			return h.fail("R3", e, "the trail does not begin with a submission")
		}
		if err := h.take(e, body, head); err != nil {
			return err
		}
	}
	return h.whole(head, uint64(len(entries)))
}

// take judges one entry.
func (h *history) take(e *release.Entry, body any, head keys.Hash) error {
	switch b := body.(type) {
	case release.SubmitRC:
		return h.submitted(e, b)
	case release.Reported:
		if !b.Status.Valid() || b.Auditor != e.Actor {
			return h.fail("R6", e, "a report of %s with status %s by %s", b.Auditor, b.Status, e.Actor)
		}
		if b.Auditor == h.record.Submitter {
			return h.fail("A-R16", e, "the submitter audits his own candidate")
		}
		h.reports[b.Auditor], h.closed[b.Auditor] = b, b.TeamOnly
	case release.DiscloseReport:
		h.closed[b.Auditor] = false
	case release.Opened:
		h.opened, h.ballots, h.passed = &b, map[keys.Address]release.Cast{}, false
		return h.audited(e, b.Counted)
	case release.Cast:
		if h.opened == nil || b.Round != h.opened.Round {
			return h.fail("R20", e, "a ballot without its vote")
		}
		if _, twice := h.ballots[e.Actor]; twice || e.Time >= h.opened.Closes {
			return h.fail("R20", e, "a second or late ballot of %s", e.Actor)
		}
		h.ballots[e.Actor] = b
	case release.Decided:
		return h.decided(e, b)
	case release.Checked:
		if !h.passed {
			return h.fail("R22", e, "triggered without the council's approval")
		}
		h.ordered, h.rebuilt = true, map[keys.Address]keys.Hash{}
		return h.audited(e, b.Counted)
	case release.SubmitBuild:
		return h.build(e, b, head)
	case release.Publication:
		return h.publication(e, b)
	case release.RecordStore:
		if b.Key.Address() != e.Actor || h.published == nil {
			return h.fail("R26", e, "the key %s is not the submitter's", b.Key)
		}
		h.keys = append(h.keys, b.Key)
	}
	return nil
}

func (h *history) fail(rule string, e *release.Entry, format string, args ...any) error {
	return fails(rule, partTrail, "entry %d (%s): "+format, append([]any{e.Number, e.Kind}, args...)...)
}

// submitted is the first entry: it says of what the candidate is made (R4).
func (h *history) submitted(e *release.Entry, b release.SubmitRC) error {
	r := h.record
	switch {
	case e.Number != 1 || e.Actor != r.Submitter:
		return h.fail("R3", e, "not by the submitter of the candidate, %s", r.Submitter)
	case b.RC != h.rc:
		return h.fail("R4", e, "it names candidate %s", b.RC)
	case b.Repo != r.Repo || string(b.Commit) != string(r.Commit) || b.Version != r.Version || b.Protocol != r.Protocol:
		return h.fail("R4", e, "it is of %s %x, not of %s %x", b.Repo, b.Commit, r.Repo, r.Commit)
	}
	return nil
}

// audited checks the reports that counted at a gate: each is the latest of its
// auditor (R7, R11), none is NO_GO (R8), there is one (R10).
func (h *history) audited(e *release.Entry, counted []release.Counted) error {
	for _, c := range counted {
		latest, ok := h.reports[c.Auditor]
		if !ok || latest.Status != c.Status || latest.Report != c.Report {
			return h.fail("R7", e, "the report that counted for %s is not its latest", c.Auditor)
		}
		if c.Status == release.NoGo {
			return h.fail("R8", e, "official auditor %s says NO_GO", c.Auditor)
		}
	}
	if len(counted) == 0 {
		return h.fail("R10", e, "no positive report of an official auditor")
	}
	return nil
}

// decided checks a vote's tallies against the ballots, and its outcome against
// the tallies.
func (h *history) decided(e *release.Entry, b release.Decided) error {
	o := h.opened
	switch {
	case o == nil || b.Round != o.Round:
		return h.fail("R15", e, "a vote that was not opened")
	case e.Time < o.Closes:
		return h.fail("R18", e, "closed at %d, before %d", e.Time, o.Closes)
	}
	if err := h.college(e, release.Activists, o.Activists, b.Activists, b.Passed); err != nil {
		return err
	}
	if err := h.college(e, release.Technologists, o.Technologists, b.Technologists, b.Passed); err != nil {
		return err
	}
	h.passed = b.Passed
	if !b.Passed {
		return nil
	}
	return h.audited(e, b.Counted)
}

func (h *history) college(e *release.Entry, of release.College, seats []keys.Address, t release.Tally, passed bool) error {
	if t.Size != uint64(len(seats)) {
		return h.fail("R15", e, "%d %s in the snapshot, %d in the tally", len(seats), of, t.Size)
	}
	var cast release.Tally
	for _, a := range seats {
		switch b, ok := h.ballots[a]; {
		case !ok || b.College != of:
		case b.Choice == release.Yes:
			cast.Yes++
		case b.Choice == release.No:
			cast.No++
		default:
			cast.Abstain++
		}
	}
	voted, counted := cast.Yes+cast.No+cast.Abstain, t.Yes+t.No+t.Abstain
	if t.Yes > cast.Yes || t.No > cast.No || t.Abstain > cast.Abstain || counted+t.Void != voted {
		return h.fail("R20", e, "the tally of %s is not that of its %d ballots", of, voted)
	}
	switch { // at least what the guardrails of the parameters allow (R19)
	case !passed:
	case t.Size == 0 || 2*counted < t.Size:
		return h.fail("R16", e, "%d of %d %s voted", counted, t.Size, of)
	case t.Yes <= t.No:
		return h.fail("R17", e, "%d yes and %d no of %s", t.Yes, t.No, of)
	}
	return nil
}

// build follows the rebuilds (R23): the agreed hash is one that somebody gave,
// or the oracle's.
func (h *history) build(e *release.Entry, b release.SubmitBuild, head keys.Hash) error {
	switch {
	case b.RC != h.rc || !h.ordered:
		return h.fail("R22", e, "a build that was not triggered")
	case e.Kind == kindRebuilt:
		h.rebuilt[e.Actor] = b.Artifacts
		return nil
	}
	h.oracle = e.Actor.IsZero()
	h.rebuilds = 0
	for _, got := range h.rebuilt {
		if got == b.Artifacts {
			h.rebuilds++
		}
	}
	if h.rebuilds == 0 && !h.oracle {
		return h.fail("R23", e, "nobody rebuilt %s", b.Artifacts)
	}
	if head != h.record.Sealed || b.Artifacts != h.record.Artifacts {
		return h.fail("R24", e, "the build is not the sealed one")
	}
	h.built = &b
	return nil
}

// publication checks what was shipped (R21, R24, A-R13).
func (h *history) publication(e *release.Entry, b release.Publication) error {
	s, m := h.record.Shipped, b.Publish
	switch {
	case h.built == nil || !h.passed || h.published != nil:
		return h.fail("R21", e, "published without approval and build, or twice")
	case s == nil || m.RC != h.rc || s.SourceRoot != m.SourceRoot || s.ProvenanceRoot != m.ProvenanceRoot || s.Manifest != b.Manifest || s.Publisher != e.Actor:
		return h.fail("R21", e, "it is not the publication of the state")
	case m.Trail != h.record.Sealed:
		return h.fail("R24", e, "it embeds another history than the sealed one")
	case release.ManifestHash(m) != b.Manifest:
		return h.fail("A-R13", e, "the manifest binds something else")
	case release.ArtifactsHash(m.Binaries) != h.built.Artifacts:
		return h.fail("R23", e, "the binaries are not those that were rebuilt")
	}
	for _, c := range b.Counted {
		if h.closed[c.Auditor] {
			return h.fail("A-R12", e, "the report of %s was not disclosed", c.Auditor)
		}
	}
	h.published, h.keys = e, append(h.keys, e.Key)
	return h.audited(e, b.Counted)
}

// whole checks what only the end of the trail shows.
func (h *history) whole(head keys.Hash, entries uint64) error {
	switch r := h.record; {
	case head != r.Head || entries != r.Entries:
		return fails("R24", partTrail, "%d entries end in %s, the state has %d and %s", entries, head, r.Entries, r.Head)
	case r.Stage < release.Published || r.Stage > release.Active:
		return fails("R21", partState, "the candidate is %s: %s", r.Stage, r.Reason)
	case h.published == nil:
		return fails("R21", partTrail, "the trail knows no publication")
	}
	return nil
}
