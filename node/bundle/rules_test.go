package bundle

import (
	"encoding/hex"
	"encoding/json"
	"testing"

	intoto "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"probity/chain/keys"
	"probity/chain/route/release"
)

// broken is a chain whose members all sign that a rule was broken.
type broken struct {
	rule   string
	part   string // default: the trail
	breach func(*fixture)
}

// breaches makes each release break one rule and expects verify to name it.
func breaches(t *testing.T, list map[string]broken) {
	t.Helper()
	for name, b := range list {
		t.Run(name, func(t *testing.T) {
			f := published(t)
			b.breach(f)
			_, err := Make(f.contents())
			why, ok := err.(*Failure)
			part := b.part
			if part == "" {
				part = partTrail
			}
			if !ok || why.Rule != b.rule || why.Part != part {
				t.Errorf("%v, want %s in %s", err, b.rule, part)
			}
		})
	}
}

// Goal: a candidate that is not the submitter's, or not of what was submitted,
// is found out. Method: the first entry changed.
func TestR3_R4_Submission(t *testing.T) {
	breaches(t, map[string]broken{
		"by another": {"R3", "", func(f *fixture) { f.record.Submitter = f.world.Addr("t3") }},
		"no submission": {"R3", "", func(f *fixture) {
			f.drop(func(e *release.Entry) bool { return e.Kind == kindSubmitted })
		}},
		"another commit": {"R4", "", func(f *fixture) {
			edit(f, kindSubmitted, 0, func(m *release.SubmitRC) { m.Commit = []byte{9} })
		}},
		"another id": {"R4", "", func(f *fixture) {
			edit(f, kindSubmitted, 0, func(m *release.SubmitRC) { m.RC = keys.Hash{9} })
		}},
	})
}

// Goal: the audit is checked again from the reports in the trail. Method: reports
// and what counted of them changed.
func TestR8_R10_Audit(t *testing.T) {
	none := func(f *fixture, kind string) {
		edit(f, kind, 0, func(d *release.Decided) { d.Counted = []release.Counted{} })
	}
	breaches(t, map[string]broken{
		"NO_GO counted": {"R8", "", func(f *fixture) {
			edit(f, kindReport, 2, func(r *release.Reported) { r.Status = release.NoGo })
			edit(f, kindOpened, 0, func(o *release.Opened) {
				for i := range o.Counted {
					if o.Counted[i].Status == release.GoWithWarnings {
						o.Counted[i].Status = release.NoGo
					}
				}
			})
		}},
		"nobody counted at the close": {"R10", "", func(f *fixture) { none(f, kindClosed) }},
		"nobody counted at the publication": {"R10", "", func(f *fixture) {
			edit(f, kindPublished, 0, func(p *release.Publication) { p.Counted = []release.Counted{} })
		}},
		"nobody counted at the trigger": {"R10", "", func(f *fixture) {
			edit(f, kindTriggered, 0, func(p *release.Checked) { p.Counted = []release.Counted{} })
		}},
		"an older report counted": {"R7", "", func(f *fixture) {
			edit(f, kindReport, 2, func(r *release.Reported) { r.Report = keys.Hash{7} })
		}},
		"a report in another's name": {"R6", "", func(f *fixture) {
			edit(f, kindReport, 0, func(r *release.Reported) { r.Auditor = f.world.Addr("u1") })
		}},
		"a fourth status": {"R6", "", func(f *fixture) {
			edit(f, kindReport, 0, func(r *release.Reported) { r.Status = 4 })
		}},
		"another's key": {"R11", "", func(f *fixture) { f.entries[1].Key = f.world.Key("t1").Public() }},
		"an undisclosed report": {"A-R12", "", func(f *fixture) {
			f.drop(func(e *release.Entry) bool { return e.Kind == kindDisclosed })
		}},
	})
}

// Goal: the submitter's own report is no audit. Method: his name under one.
func TestAR16_OwnReport(t *testing.T) {
	breaches(t, map[string]broken{"own": {"A-R16", "", func(f *fixture) {
		edit(f, kindReport, 0, func(r *release.Reported) { r.Auditor = f.record.Submitter })
		f.entries[1].Actor, f.entries[1].Key = f.record.Submitter, f.world.Key("t1").Public()
	}}})
}

// Goal: turnout and approval in each college are counted again from the ballots.
// Method: ballots dropped or changed with the tally that goes with them, and
// tallies that no ballots give.
func TestR16_R17_Council(t *testing.T) {
	without := func(f *fixture, names ...string) {
		f.drop(func(e *release.Entry) bool {
			for _, n := range names {
				if e.Kind == kindBallot && e.Actor == f.world.Addr(n) {
					return true
				}
			}
			return false
		})
	}
	tally := func(f *fixture, change func(*release.Decided)) { edit(f, kindClosed, 0, change) }
	breaches(t, map[string]broken{
		"turnout": {"R16", "", func(f *fixture) {
			without(f, "e2")
			tally(f, func(d *release.Decided) { d.Technologists.Abstain = 0 })
		}},
		"tie": {"R17", "", func(f *fixture) {
			without(f, "a1")
			tally(f, func(d *release.Decided) { d.Activists.Yes = 1 })
		}},
		"empty college": {"R16", "", func(f *fixture) {
			without(f, "e1", "e2")
			edit(f, kindOpened, 0, func(o *release.Opened) { o.Technologists = []keys.Address{} })
			tally(f, func(d *release.Decided) { d.Technologists = release.Tally{} })
		}},
		"ballots that nobody cast": {"R20", "", func(f *fixture) {
			tally(f, func(d *release.Decided) { d.Technologists.Yes = 3 })
		}},
		"ballots left out": {"R20", "", func(f *fixture) {
			tally(f, func(d *release.Decided) { d.Activists.No = 0 })
		}},
		"a smaller college": {"R15", "", func(f *fixture) {
			tally(f, func(d *release.Decided) { d.Activists.Size = 2 })
		}},
		"closed early": {"R18", "", func(f *fixture) {
			edit(f, kindOpened, 0, func(o *release.Opened) { o.Closes += 1 << 40 })
		}},
		"voted twice": {"R20", "", func(f *fixture) {
			for i := range f.entries {
				if f.entries[i].Kind == kindBallot {
					f.entries[i].Actor, f.entries[i].Key = f.world.Addr("a1"), keys.PublicKey{}
				}
			}
		}},
	})
}

// Goal: no step is skipped. Method: steps taken out.
func TestR21_R22_Order(t *testing.T) {
	breaches(t, map[string]broken{
		"not approved": {"R22", "", func(f *fixture) {
			edit(f, kindClosed, 0, func(d *release.Decided) { d.Passed = false })
		}},
		"not triggered": {"R22", "", func(f *fixture) {
			f.drop(func(e *release.Entry) bool { return e.Kind == kindTriggered })
		}},
		"withdrawn": {"R21", partState, func(f *fixture) { f.record.Stage = release.Withdrawn }},
		"not yet":   {"R21", partState, func(f *fixture) { f.record.Stage = release.Built }},
		"by another": {"R21", "", func(f *fixture) {
			f.record.Shipped.Publisher = f.world.Addr("t2")
		}},
	})
}

// Goal: what is shipped is what was rebuilt. Method: rebuilds taken out, another
// build agreed, other binaries published.
func TestR23_Rebuilds(t *testing.T) {
	breaches(t, map[string]broken{
		"nobody rebuilt": {"R23", "", func(f *fixture) {
			f.drop(func(e *release.Entry) bool { return e.Kind == kindRebuilt })
		}},
		"other binaries": {"R23", "", func(f *fixture) {
			edit(f, kindPublished, 0, func(p *release.Publication) { p.Publish.Binaries[0].Hash = keys.Hash{5} })
		}},
		"another build": {"R24", "", func(f *fixture) { f.record.Artifacts = keys.Hash{5} }},
	})
	f := published(t)
	f.drop(func(e *release.Entry) bool { return e.Kind == kindRebuilt })
	for i := range f.entries {
		if f.entries[i].Kind == kindBuilt {
			f.entries[i].Actor, f.entries[i].Key, f.entries[i].Tx = keys.Address{}, keys.PublicKey{}, keys.Hash{}
		}
	}
	got, err := Verify(f.bundle(), f.start())
	if err != nil || !got.Oracle || got.Rebuilds != 0 {
		t.Errorf("the oracle's build: %v, %+v", err, got)
	}
}

// Goal: the bundle carries what was published: source, history, binaries. Method:
// each replaced after the publication.
func TestR25_Published(t *testing.T) {
	f := published(t)
	c := f.contents()
	c.Binaries = c.Binaries[:1]
	fail(t, c, "R25", partContainer)
	c = f.contents()
	c.Binaries = []File{c.Binaries[0], {Path: "watchtower-linux-amd64", Mode: ModeExecutable, Data: []byte("another")}}
	fail(t, c, "R25", "binaries/watchtower-linux-amd64")
	c = f.contents()
	files, err := unpack(c.Source)
	if err != nil {
		t.Fatal(err)
	}
	files[len(files)-1].Data = []byte("filled")
	if c.Source, err = pack(files); err != nil {
		t.Fatal(err)
	}
	fail(t, c, "R4", partSource)
	c = f.contents()
	if c.Source, err = pack(sourceTree); err != nil {
		t.Fatal(err)
	}
	fail(t, c, "R24", partSource)
}

// Goal: the roots bind the source beyond the files that the trail explains.
// Method: a file more under the provenance path.
func TestAR13_Roots(t *testing.T) {
	f := published(t)
	c := f.contents()
	files, err := unpack(c.Source)
	if err != nil {
		t.Fatal(err)
	}
	more := append(Tree{{Path: provenance + "extra", Mode: ModeFile, Data: []byte("x")}}, files...)
	if c.Source, err = pack(more); err != nil {
		t.Fatal(err)
	}
	fail(t, c, "R24", partSource)
}

func fail(t *testing.T, c Contents, rule, part string) {
	t.Helper()
	_, err := Make(c)
	if why, ok := err.(*Failure); !ok || why.Rule != rule || why.Part != part {
		t.Errorf("%v, want %s in %s", err, rule, part)
	}
}

// Goal: only who published, or submitted to a store and put his key into the
// trail, signs the statement. Method: other keys; a store's key that is not its
// sender's.
func TestR26_Submitter(t *testing.T) {
	f := published(t)
	for name, ok := range map[string]bool{"t1": true, "t2": true, "t3": false, "stranger": false} {
		c := f.contents()
		c.Key = f.world.Key(name)
		raw, err := Make(c)
		if ok {
			if got, err := Verify(raw, f.start()); err != nil || got.Signer != c.Key.Public() {
				t.Errorf("%s: %v", name, err)
			}
		} else if why, is := err.(*Failure); !is || why.Rule != "R26" {
			t.Errorf("%s: %v", name, err)
		}
	}
	breaches(t, map[string]broken{"another's key": {"R26", "", func(f *fixture) {
		edit(f, kindStore, 0, func(m *release.RecordStore) { m.Key = f.world.Key("t3").Public() })
	}}})
}

// Goal: the statement is one that in-toto's own library reads and accepts, with a
// subject for each binary. Method: the library over the payload; the digests
// against the files.
func TestR26_StatementIsInToto(t *testing.T) {
	f := published(t)
	files, err := unpack(f.bundle())
	if err != nil {
		t.Fatal(err)
	}
	var e envelope
	if err := json.Unmarshal(files[5].Data, &e); err != nil {
		t.Fatal(err)
	}
	s := &intoto.Statement{}
	if err := protojson.Unmarshal(e.Payload, s); err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	if s.GetPredicateType() != predicateType || len(s.GetSubject()) != 2 {
		t.Errorf("statement %v", s)
	}
	for i, sub := range s.GetSubject() {
		want := keys.Sum(f.binaries[i].Data)
		if sub.GetName() != f.binaries[i].Path || sub.GetDigest()["blake3"] != hex.EncodeToString(want[:]) || len(sub.GetDigest()["sha256"]) != 64 {
			t.Errorf("subject %v", sub)
		}
	}
}
