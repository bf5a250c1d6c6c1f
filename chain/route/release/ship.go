package release

import (
	"slices"
	"strings"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// ArtifactsHash is what a rebuild is compared by: H("release/artifacts" ‖
// cbor(binaries)), binaries [name, hash] ascending by name (spec release §6).
func ArtifactsHash(list []Binary) keys.Hash {
	return keys.Sum([]byte("release/artifacts"), codec.MustMarshal(list))
}

// ManifestHash binds what is delivered (A-R13): H("release/manifest" ‖ cbor([rc,
// source root, provenance root, trail, binaries])).
func ManifestHash(m Publish) keys.Hash {
	return keys.Sum([]byte("release/manifest"), codec.MustMarshal(struct {
		_                    struct{} `cbor:",toarray"`
		RC, Source, Prov, Tr keys.Hash
		Binaries             []Binary
	}{RC: m.RC, Source: m.SourceRoot, Prov: m.ProvenanceRoot, Tr: m.Trail, Binaries: m.Binaries}))
}

// trigger orders the build of an approved candidate (R21, R22).
func trigger(c *route.Ctx, m Trigger) error {
	k, err := find(c, m.RC)
	if err != nil {
		return err
	}
	list, _ := counted(c, m.RC)
	switch {
	case !isCTR(c, c.Sender):
		return ErrCTR
	case k.Stage != Approved:
		return ErrStage.For(k.Stage, Approved)
	}
	if err := audited(list); err != nil {
		return err
	}
	if err := rollback(c, &k, k.Plan != nil && k.Plan.Activate); err != nil {
		return err
	}
	until := c.Block.Time + types.Time(BuildWindow.Get(c))
	if err := k.commission(c, m.RC, until); err != nil {
		return err
	}
	k.Attempt++
	k.Stage, k.Expires = Triggered, until
	schedule(c, until, dueBuild, m.RC)
	k.note(c, m.RC, kindTriggered, Checked{Counted: list}, "by", c.Sender, "until", uint64(until))
	candidates.Set(c, m.RC, k)
	return nil
}

// commission has the candidate rebuilt: by the minimal register as long as it has
// members, then by the oracle. There is one answer to an attempt, whatever
// becomes of the register meanwhile.
func (k *candidate) commission(c *route.Ctx, rc keys.Hash, until types.Time) error {
	s, _ := overview.Get(c)
	k.Asked = s.Builders == 0
	switch {
	case !k.Asked:
		return nil
	case !serves(c, "oracle"):
		return ErrBuilders.With("the watchtower register is empty, and this chain has no oracle")
	}
	body := codec.MustMarshal(openTask{Opener: "release", Kind: taskBuild, Subject: rc, Deadline: until})
	return c.Dispatch(types.Msg{Route: oracleRoute, ID: oracleOpenTask, Body: body})
}

// submitBuild takes what a member of the minimal register has rebuilt (R23). The
// first hash that enough of them give is the build.
func submitBuild(c *route.Ctx, m SubmitBuild) error {
	s, _ := overview.Get(c)
	k, err := find(c, m.RC)
	if err != nil {
		return err
	}
	id := ballotKey{m.RC, k.Attempt, c.Sender}
	switch {
	case k.Stage != Triggered:
		return ErrStage.For(k.Stage, Triggered)
	case k.Asked:
		return ErrBuilders.With("rebuilds of this attempt are submitted to route oracle")
	case !watchtowers.Has(c, c.Sender):
		return ErrBuilders
	case m.Artifacts.IsZero():
		return ErrForm.With("no hash of artifacts")
	case rebuilds.Has(c, id):
		return ErrTwice.With("one rebuild each")
	}
	rebuilds.Set(c, id, m.Artifacts)
	k.note(c, m.RC, kindRebuilt, m, "by", c.Sender, "artifacts", m.Artifacts)
	same := uint64(0)
	watchtowers.Range(c, func(a keys.Address, _ bool) bool {
		if h, ok := rebuilds.Get(c, ballotKey{m.RC, k.Attempt, a}); ok && h == m.Artifacts {
			same++
		}
		return true
	})
	if same >= s.Builders {
		k.built(c, m.RC, m.Artifacts)
	}
	candidates.Set(c, m.RC, k)
	return nil
}

// built closes the build, and with it the history that the delivery embeds.
func (k *candidate) built(c *route.Ctx, rc, artifacts keys.Hash) {
	k.Stage, k.Artifacts = Built, artifacts
	k.live(c, rc)
	k.note(c, rc, kindBuilt, SubmitBuild{RC: rc, Artifacts: artifacts}, "artifacts", artifacts)
	k.Sealed = k.Head
}

// rebuilt hears the oracle: the hash that its members agree on, or that they
// have none, which leaves the candidate approved.
func rebuilt(c *route.Ctx, v route.Verdict) {
	k, ok := candidates.Get(c, v.Ref)
	if !ok || k.Stage != Triggered || !k.Asked {
		return
	}
	if v.Outcome == route.Accepted && len(v.Value) == len(keys.Hash{}) {
		k.built(c, v.Ref, keys.Hash(v.Value))
	} else {
		k.untrigger(c, v.Ref, "the watchtowers have not agreed")
	}
	candidates.Set(c, v.Ref, k)
}

func (k *candidate) untrigger(c *route.Ctx, rc keys.Hash, reason string) {
	k.Stage, k.Reason = Approved, reason
	k.live(c, rc)
	k.note(c, rc, kindLapsed, Because{Reason: reason}, "reason", reason)
}

// lapse ends a build that took too long; it may be triggered again.
func lapse(c *route.Ctx, rc keys.Hash) {
	k, _ := candidates.Get(c, rc)
	if k.Stage != Triggered || k.Expires > c.Block.Time {
		return
	}
	k.untrigger(c, rc, "no agreement in time")
	candidates.Set(c, rc, k)
}

// publish ships a build (R24, R25): the binaries are those that were rebuilt,
// the embedded history is the chain's, every counted report is open to all.
func publish(c *route.Ctx, m Publish) error {
	k, err := find(c, m.RC)
	if err != nil {
		return err
	}
	list, closed := counted(c, m.RC)
	switch {
	case !isCTR(c, c.Sender):
		return ErrCTR
	case k.Stage != Built:
		return ErrStage.For(k.Stage, Built)
	case m.SourceRoot.IsZero() || m.ProvenanceRoot.IsZero() || m.Locator == "" || len(m.Locator) > locatorMax:
		return ErrForm.With("want a source root, a provenance root and a locator of 1 to %d bytes", locatorMax)
	case m.Trail != k.Sealed:
		return ErrTrail.For(m.Trail, k.Sealed)
	}
	if err := checkBinaries(m.Binaries, k.Artifacts); err != nil {
		return err
	}
	if err := audited(list); err != nil {
		return err
	}
	if closed > 0 {
		return ErrDisclose.With("%d counted reports are closed: disclose them first", closed)
	}
	if err := rollback(c, &k, k.Plan != nil && k.Plan.Activate); err != nil {
		return err
	}
	k.ship(c, m, list)
	candidates.Set(c, m.RC, k)
	supersede(c, m.RC, &k)
	tell(c, m.RC, &k)
	return nil
}

// checkBinaries refuses another list than the one that was rebuilt.
func checkBinaries(list []Binary, want keys.Hash) error {
	if len(list) > listMax {
		return ErrForm.With("%d binaries, at most %d", len(list), listMax)
	}
	for i, b := range list {
		if b.Name == "" || len(b.Name) > textMax || i > 0 && list[i-1].Name >= b.Name {
			return ErrForm.With("binary %.40q: names ascend and have 1 to %d bytes", b.Name, textMax)
		}
	}
	if got := ArtifactsHash(list); got != want {
		return ErrArtifacts.For(got, want)
	}
	return nil
}

// ship records the publication. A plan waits for the enactment delay, which is
// shorter where dCERT has pre-approved the candidate.
func (k *candidate) ship(c *route.Ctx, m Publish, list []Counted) {
	delay, fast := Delay.Get(c), preapproved.Has(c, m.RC)
	if fast {
		delay = FastDelay.Get(c)
	}
	ship := &Shipped{
		Publisher: c.Sender, Time: c.Block.Time, SourceRoot: m.SourceRoot, ProvenanceRoot: m.ProvenanceRoot,
		Binaries: m.Binaries, Manifest: ManifestHash(m), Locator: m.Locator, Height: m.Height, Fast: fast,
	}
	if k.Plan.Activate {
		ship.Activates = c.Block.Time + types.Time(delay)
		schedule(c, ship.Activates, dueEnact, m.RC)
	}
	k.end(c, m.RC, Published, "")
	k.Shipped = ship
	k.note(c, m.RC, kindPublished, Publication{Publish: m, Manifest: ship.Manifest, Fast: fast, Counted: list},
		"manifest", ship.Manifest, "by", c.Sender, "fast", fast)
}

// supersede ends the open candidates of the repository that were submitted
// before the one that is published.
func supersede(c *route.Ctx, by keys.Hash, k *candidate) {
	s, _ := overview.Get(c)
	for _, rc := range slices.Clone(s.Open) {
		old, _ := candidates.Get(c, rc)
		if old.Repo != k.Repo || old.Number >= k.Number {
			continue
		}
		old.note(c, rc, kindSuperseded, Because{Reason: by.String()}, "by", by)
		old.end(c, rc, Superseded, by.String())
		candidates.Set(c, rc, old)
	}
}

// tell has route contribution count anew at a release (G5). That it refuses, for
// it counted lately, is no reason not to publish.
func tell(c *route.Ctx, rc keys.Hash, k *candidate) {
	if !serves(c, "contribution") {
		return
	}
	body := codec.MustMarshal(released{Repo: k.Repo, Commit: k.Commit})
	if err := c.Dispatch(types.Msg{Route: contributionRoute, ID: contributionMerged, Body: body}); err != nil {
		c.Emit("count_refused", "rc", rc, "kind", route.AsReject(err).Kind)
	}
}

// recordStore adds a store submission and the submitter's key to the trail (R26).
func recordStore(c *route.Ctx, m RecordStore) error {
	k, err := find(c, m.RC)
	if err != nil {
		return err
	}
	switch {
	case !isCTR(c, c.Sender):
		return ErrCTR
	case !k.Stage.shipped():
		return ErrStage.For(k.Stage, "published, scheduled or active")
	case m.Store == "" || len(m.Store) > textMax:
		return ErrForm.With("a store's name has 1 to %d bytes", textMax)
	case m.Key.Address() != c.Sender:
		return ErrKey
	}
	k.note(c, m.RC, kindStore, m, "store", m.Store, "submitter", c.Sender, "key", m.Key.String())
	candidates.Set(c, m.RC, k)
	return nil
}

// withdraw takes a candidate back: its submitter one that is not published, and
// release.withdraw_signatures representatives any, so that no single one can
// cancel what others have submitted or shipped.
func withdraw(c *route.Ctx, m Withdraw) error {
	k, err := find(c, m.RC)
	if err != nil {
		return err
	}
	switch {
	case !isCTR(c, c.Sender):
		return ErrCTR
	case strings.TrimSpace(m.Reason) == "" || len(m.Reason) > locatorMax:
		return ErrForm.With("a withdrawal gives its reason in 1 to %d bytes", locatorMax)
	case !k.Stage.open() && k.Stage != Published && k.Stage != Scheduled:
		return ErrStage.For(k.Stage, "one before active")
	}
	if !k.Stage.open() || c.Sender != k.Submitter {
		by, done, err := sign(c, petitionKey{withdrawal, m.RC}, WithdrawSignatures.Get(c), 0,
			func(a keys.Address) bool { return isCTR(c, a) })
		if err != nil {
			return err
		}
		c.Emit("withdrawal_signed", "rc", m.RC, "by", c.Sender, "signatures", len(by), "reason", m.Reason)
		if !done {
			return nil
		}
	}
	if k.Stage == Scheduled { // it is the members' signals that decide on it now
		c.Emit("plan_stands", "rc", m.RC, "protocol", k.Protocol)
	}
	k.note(c, m.RC, kindWithdrawn, m, "by", c.Sender, "reason", m.Reason)
	k.end(c, m.RC, Withdrawn, m.Reason)
	candidates.Set(c, m.RC, k)
	return nil
}
