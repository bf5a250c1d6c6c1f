package release

import (
	"fmt"
	"slices"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
)

// Held asks whether the chain vouches for what somebody holds.
type Held struct {
	RC       keys.Hash `json:"rc"`
	Binaries []Binary  `json:"binaries"` // as held; none: the chain's own record alone is checked
}

// Finding is one rule and whether it holds.
type Finding struct {
	Rule string `json:"rule"`
	OK   bool   `json:"ok"`
	Text string `json:"text"`
}

// Verification is what a node says about a release. Who does not trust the node
// checks a bundle instead (probity release verify).
type Verification struct {
	RC       keys.Hash `json:"rc"`
	Stage    Stage     `json:"stage"`
	OK       bool      `json:"ok"` // shipped, and every rule below holds
	Version  string    `json:"version"`
	Manifest keys.Hash `json:"manifest"` // zero: not published
	Binaries []Binary  `json:"binaries"` // that were published
	Findings []Finding `json:"findings"`
}

// verify reads a candidate's trail again from its first entry and compares with
// it what the state says, and what the caller holds with what was published.
func verify(c *route.Ctx, q Held) (*Verification, error) {
	k, ok := candidates.Get(c, q.RC)
	if !ok {
		return nil, nil
	}
	out := &Verification{RC: q.RC, Stage: k.Stage, Version: k.Version, OK: true, Binaries: []Binary{}, Findings: []Finding{}}
	find := func(rule string, ok bool, text string, args ...any) {
		out.OK = out.OK && ok
		out.Findings = append(out.Findings, Finding{rule, ok, fmt.Sprintf(text, args...)})
	}
	find("R21", k.Stage.shipped(), "the candidate is %s", k.Stage)
	t := retrace(c, q.RC)
	find("R24", t.head == k.Head && t.entries == k.Entries, "%d entries of the trail end in %s", t.entries, t.head)
	if k.Shipped == nil {
		return out, nil
	}
	s := k.Shipped
	out.Manifest, out.Binaries = s.Manifest, append(out.Binaries, s.Binaries...)
	find("R16, R17", t.decided.Passed, "activists %s, technologists %s", t.decided.Activists, t.decided.Technologists)
	find("R8, R10", audited(t.published.Counted) == nil, "%d reports counted at the publication", len(t.published.Counted))
	find("R23", t.rebuilt[k.Artifacts] > 0 || t.agreed, "%s", t.builders(k.Artifacts))
	find("R25", ArtifactsHash(s.Binaries) == k.Artifacts, "the published binaries have the hash %s, the build %s", ArtifactsHash(s.Binaries), k.Artifacts)
	find("A-R13", ManifestHash(t.published.Publish) == s.Manifest && t.published.Publish.Trail == k.Sealed,
		"the manifest %s binds source, history and binaries", s.Manifest)
	for _, b := range q.Binaries {
		find("R25", slices.Contains(s.Binaries, b), "%s with the hash %s", b.Name, b.Hash)
	}
	return out, nil
}

// traced is what a trail says from its first entry on.
type traced struct {
	head      keys.Hash
	entries   uint64
	decided   Decided           // last vote
	published Publication       // if it was
	rebuilt   map[keys.Hash]int // rebuilds since the last trigger
	agreed    bool              // by the oracle
}

// retrace reads a trail.
func retrace(c *route.Ctx, rc keys.Hash) *traced {
	t := &traced{rebuilt: map[keys.Hash]int{}}
	trail.RangePrefix(c, roundKey{RC: rc}, 1, func(_ roundKey, e Entry) bool {
		t.head, t.entries = Chained(rc, t.head, e), t.entries+1
		switch e.Kind {
		case kindClosed:
			t.decided = Decided{}
			_ = codec.Unmarshal(e.Body, &t.decided) // written by note
		case kindPublished:
			_ = codec.Unmarshal(e.Body, &t.published)
		case kindTriggered:
			t.rebuilt, t.agreed = map[keys.Hash]int{}, false
		case kindRebuilt:
			var m SubmitBuild
			if codec.Unmarshal(e.Body, &m) == nil {
				t.rebuilt[m.Artifacts]++
			}
		case kindBuilt:
			t.agreed = e.Actor.IsZero()
		}
		return true
	})
	return t
}

// builders says who rebuilt what was published.
func (t *traced) builders(artifacts keys.Hash) string {
	if t.agreed {
		return "the watchtowers of route oracle agreed on the build"
	}
	return fmt.Sprintf("%d members rebuilt it", t.rebuilt[artifacts])
}

// String is the tally in words.
func (t Tally) String() string {
	return fmt.Sprintf("%d yes, %d no, %d abstain of %d", t.Yes, t.No, t.Abstain, t.Size)
}
