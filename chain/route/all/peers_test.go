package all_test

import (
	"fmt"
	"sort"
	"testing"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/all"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/contribution"
	"probity/chain/route/court"
	"probity/chain/route/dcert"
	"probity/chain/route/forum"
	"probity/chain/route/legislature"
	"probity/chain/route/oracle"
	"probity/chain/route/params"
	"probity/chain/route/release"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// roles are those of a release DAO whose inception is over, and of watchtowers.
var roles = sections{
	"release": `{"ctrs": ["@t1", "@t2", "@t3"], "coreTeam": ["@dev"], "auditors": ["@u1"], "grounds": [],
		"activists": ["@a1", "@a2", "@a3", "@a4", "@a5"], "technologists": ["@e1", "@e2", "@e3", "@e4", "@e5"],
		"watchtowers": {"members": [], "threshold": 0}}`,
	"oracle": `{"implementations": [], "members": [
		{"address": "@j01", "watchtower": ["w1"], "treegen": ["g1"]}, {"address": "@j02", "watchtower": ["w2"], "treegen": ["g2"]},
		{"address": "@j03", "watchtower": ["w3"], "treegen": ["g3"]}]}`,
	"contribution": `{"repository": {"repo": "probity", "branch": "main"}, "required": [], "policy": null}`,
}

// elect seats an emergency team by alice's preference and bonds, one second apart.
func (n *nation) elect(names ...string) {
	n.t.Helper()
	var shares []dcert.Share
	for _, name := range names {
		n.do("alice", "dcert/bond", dcert.BondFor{Member: n.Addr(name), Amount: types.Whole(10)})
		shares = append(shares, dcert.Share{Address: n.Addr(name), PPM: types.Million / types.PPM(len(names))})
	}
	n.do("alice", "dcert/prefer", dcert.Prefer{Shares: shares})
	n.nextEpoch()
	for _, name := range names {
		n.do(name, "dcert/accept", dcert.Accept{})
	}
}

func (n *nation) trip(by string, urls ...string) {
	n.t.Helper()
	n.do(by, "dcert/trip", dcert.Trip{Messages: urls, Commitment: keys.Sum([]byte("motive"))})
}

func (n *nation) bonded(name string) types.Amount {
	n.t.Helper()
	return ask[dcert.Bonded](n, "dcert/bond", fmt.Sprintf(`{"address": %q}`, n.Addr(name))).Total
}

func (n *nation) open(urls ...string) {
	n.t.Helper()
	if got := dcert.Open(n.Reader()); fmt.Sprint(got) != fmt.Sprint(urls) {
		n.t.Fatalf("open circuits %v, want %v", got, urls)
	}
}

// upgrade plans a protocol by a proposal and has the producers signal it, and goes
// on until it is in force.
func (n *nation) upgrade(protocol uint32, reset ...string) {
	n.t.Helper()
	n.pass(n.pack("availability/upgrade", availability.Upgrade{Height: n.Block.Height + 40, Protocol: protocol, Reset: reset}))
	n.arrive(protocol)
}

func (n *nation) arrive(protocol uint32) {
	n.t.Helper()
	for _, name := range []string{"alice", "bob"} {
		n.do(name, "availability/signal", availability.Signal{Protocol: protocol})
	}
	n.until("the protocol is in force", func() bool { return params.Version(n.Reader()) == protocol })
	n.next(1)
}

// Goal: the emergency team under the law of the chain: elected, held to account by
// real proposals (a slash with its notices, a revocation), breaking the governance
// that is to judge it, and disbanded by it all the same; its breaks are mended by
// upgrades alone. Method: the whole law, by transactions.
func TestTeamUnderTheLaw(t *testing.T) {
	n := found(t, roles, nil)
	n.elect("dave", "erin", "carol")

	// Transfers stop for everyone, until an upgrade lists them.
	n.trip("dave", "bank/send")
	send := bank.Send{To: n.Addr("bob"), Amount: types.Whole(1)}
	n.refused(dcert.ErrCircuit, "alice", "bank/send", send)
	n.pass(n.pack("bank/spend", bank.Spend{To: n.Addr("bob"), Amount: types.NewAmount(1)})) // another message
	n.upgrade(2, "bank/send")
	n.open()
	n.do("alice", "bank/send", send)

	// An open proposal to slash keeps the suspended suspended; executed it burns.
	n.do("dave", "dcert/suspend", dcert.Suspend{Member: n.Addr("erin")})
	n.do("carol", "dcert/suspend", dcert.Suspend{Member: n.Addr("erin")})
	n.pass(n.pack("dcert/slash", dcert.Slash{Member: n.Addr("erin"), PPM: 250_000}))
	if have := n.bonded("erin"); have != types.NewAmount(7_500_000_000) {
		t.Errorf("bonded %s, want 7.5", have.Decimal())
	}
	n.pass(n.pack("dcert/revoke", dcert.Revoke{Member: n.Addr("carol")}))

	// What is left of the team stops governance. A proposal to disband it is heard
	// in the team's own route, stops the team, passes and executes.
	n.trip("dave", "court", "forum", "legislature")
	n.refused(dcert.ErrCircuit, "alice", "legislature/submit", legislature.Submit{Title: "text", Inline: types.Bytes("x"), Fee: types.Whole(2)})
	disband := legislature.Submit{
		Title: "no more of them", Inline: types.Bytes("they stopped governance"),
		Actions: []types.Msg{n.pack("dcert/disband", dcert.Disband{SlashPPM: 1_000_000})},
	}
	free := n.rep(rep.WREP, "bob").Sub(rep.Exposed(n.Reader(), n.Addr("bob")))
	n.do("bob", "legislature/submit", disband)
	if left := n.rep(rep.WREP, "bob").Sub(rep.Exposed(n.Reader(), n.Addr("bob"))); left != free.Sub(types.Whole(20)) {
		t.Errorf("the wager left %s free of %s", left.Decimal(), free.Decimal())
	}
	n.refused(dcert.ErrHalted, "dave", "dcert/trip", dcert.Trip{Messages: []string{"bank"}, Commitment: keys.Sum([]byte("more"))})
	n.refused(dcert.ErrDisband, "alice", "legislature/submit", disband)
	id := ask[[]legislature.Brief](n, "legislature/list", "{}")[0].Number
	if s := n.enact(id); s != "executed" {
		t.Fatal(s)
	}
	if m := ask[[]dcert.Member](n, "dcert/members", "{}"); len(m) != 0 {
		t.Errorf("%d members are left", len(m))
	}
	if !n.bonded("dave").IsZero() {
		t.Error("the bond is not slashed")
	}
	n.open("court", "forum", "legislature") // A-D5
	n.upgrade(3, "court", "forum", "legislature")
	n.open()
	n.propose("alice", legislature.Submit{Title: "text"})
	n.hears("legislature dcert/heed", "legislature dcert/heed_slash", "legislature dcert/slash", "legislature dcert/revoke",
		"legislature dcert/disband", "legislature availability/upgrade", "legislature bank/spend")
}

// hears asserts which dispatches were understood where they went.
func (n *nation) hears(calls ...string) {
	n.t.Helper()
	for _, call := range calls {
		if !n.heard[call] {
			all := []string{}
			for k := range n.heard {
				all = append(all, k)
			}
			sort.Strings(all)
			n.t.Errorf("nobody heard %s, but %v", call, all)
		}
	}
}

// answer has the watchtowers agree on a hash.
func (n *nation) answer(kind oracle.Kind, subject, hash keys.Hash) {
	n.t.Helper()
	task := ask[oracle.Task](n, "oracle/submissions", fmt.Sprintf(`{"kind": %q, "subject": %q}`, kind, subject))
	for i, name := range []string{"j01", "j02", "j03"} {
		_, err := n.try(name, "oracle/submit", oracle.Submit{
			Kind: kind, Subject: subject, Interval: task.Interval, Ruleset: task.Ruleset,
			Implementation: fmt.Sprintf("w%d", i+1), Version: "1", Hash: hash,
		})
		if err != nil {
			n.t.Fatalf("%s: %v", name, err)
		}
	}
}

// Goal: a release goes through every peer that has a part in it: the team approves
// it ahead, watchtowers rebuild it, its publication counts contributions and links
// who wrote what, its plan is handed to availability, and it comes into force; a
// representative who is revoked asks the court. Method: the whole law, with routes
// contribution and oracle.
func TestReleaseUnderTheLaw(t *testing.T) {
	n := found(t, roles, nil)
	n.elect("dave", "erin", "carol")
	rc, commit := keys.Sum([]byte("candidate")), types.Bytes("01234567890123456789")

	// Ada has claimed her identity before anyone counted; what it earned waits.
	const identity = "git:ada <ada@example.org>"
	ada := n.Account("ada")
	n.do("alice", "bank/send", bank.Send{To: n.Addr("ada"), Amount: types.Whole(5)})
	n.do("ada", "contribution/link", contribution.Link{
		Identity: identity, Key: ada.Public(), Signature: ada.Sign(contribution.LinkMessage(n.Facts.Genesis, identity)),
	})
	early := forum.Publish{Content: keys.Sum([]byte("a patch")), Authors: []forum.Author{
		{Address: keys.IdentityAddress(identity), PPM: 900_000}, {Address: n.Addr("carol"), PPM: 100_000},
	}}
	n.do("carol", "forum/publish", early)
	if s := n.enact(n.propose("carol", legislature.Submit{Title: "thanks", Post: forum.PostID(n.Addr("carol"), early), Fee: types.Whole(10)})); s != "executed" {
		t.Fatal(s)
	}

	n.do("dave", "dcert/preapprove", dcert.Preapprove{Hash: rc})
	n.do("erin", "dcert/preapprove", dcert.Preapprove{Hash: rc})
	n.do("dev", "release/record_merge", release.RecordMerge{Repo: "probity", Commit: commit})
	n.do("t1", "release/submit_rc", release.SubmitRC{RC: rc, Repo: "probity", Commit: commit, Version: "2.0.0", Protocol: 2, Locator: "peers"})
	report := keys.Sum([]byte("report"))
	n.do("u1", "release/report", release.Report{RC: rc, Status: release.Go, Report: report})
	n.do("t2", "release/submit_to_council", release.SubmitToCouncil{
		RC: rc, Reports: []keys.Hash{report}, Plan: release.Plan{Activate: true, Reset: []string{"bank/send"}},
	})
	for _, name := range []string{"a1", "a2", "a3", "e1", "e2", "e3"} {
		n.do(name, "release/ballot", release.Ballot{RC: rc, Choice: release.Yes})
	}
	stage := func(s release.Stage) {
		t.Helper()
		n.until("the candidate is "+s.String(), func() bool {
			return ask[release.Candidate](n, "release/status", fmt.Sprintf(`{"rc": %q}`, rc)).Stage == s
		})
	}
	stage(release.Approved)
	n.trip("dave", "bank/send")
	n.do("t3", "release/trigger", release.Trigger{RC: rc})
	binaries := []release.Binary{{Name: "probity", Hash: keys.Sum([]byte("binary"))}}
	n.answer(oracle.ReleaseBuild, rc, release.ArtifactsHash(binaries))
	stage(release.Built)
	sealed := ask[release.Candidate](n, "release/status", fmt.Sprintf(`{"rc": %q}`, rc)).Sealed
	n.do("t1", "release/publish", release.Publish{
		RC: rc, SourceRoot: keys.Sum([]byte("source")), ProvenanceRoot: keys.Sum([]byte("provenance")),
		Trail: sealed, Binaries: binaries, Locator: "peers",
	})

	// The publication counts, the watchtowers agree, the boundary mints and links.
	run := ask[contribution.Status](n, "contribution/pac", "{}")
	if run.Stage != contribution.Counting {
		t.Fatalf("no counting: %+v", run)
	}
	tree := contribution.Count(run.Subject, run.Counting, []contribution.Leaf{{Identity: identity, Micropoints: 7_000_000, Addresses: []keys.Address{n.Addr("ada")}}})
	n.answer(oracle.Contribution, run.Subject, tree.Manifest.Hash())
	waits := n.rep(rep.WREP, "ada")
	n.do("carol", "contribution/publish_tree", tree.Publish(run.Counting, 0))
	n.nextEpoch()
	if have := n.rep(rep.WREP, "ada"); have.Sub(waits) != types.Whole(9) {
		t.Errorf("%s wREP reached her, want the 9 that waited", have.Sub(waits).Decimal())
	}
	if contribution.Shares(n.Ctx("contribution"), n.Addr("ada")).IsZero() {
		t.Error("she has no shares")
	}
	n.do("alice", "bank/allow", bank.Allow{Spender: n.Addr("bob"), PerEpoch: types.Whole(1)})
	n.do("ada", "contribution/sponsor", contribution.Sponsor{Account: n.Addr("ada")})

	stage(release.Scheduled)
	n.arrive(2)
	stage(release.Active)
	n.open() // its plan has mended bank/send
	n.appeal()
	n.hears("dcert release/preapprove", "release contribution/gate_check", "release oracle/open_task", "release contribution/released",
		"contribution oracle/open_task", "contribution forum/link", "contribution bank/allow", "release availability/upgrade", "release court/open_appeal")
}

// appeal has a revoked representative ask the court, which gives him back his role.
func (n *nation) appeal() {
	n.t.Helper()
	active := func() bool {
		for _, r := range ask[release.Team](n, "release/ctrs", "{}").CTRs {
			if r.Address == n.Addr("t1") {
				return r.Active
			}
		}
		return false
	}
	for _, name := range []string{"t2", "e1", "e2"} {
		n.do(name, "release/revoke_ctr", release.Motion{Address: n.Addr("t1"), Reason: "absent"})
	}
	if active() {
		n.t.Fatal("not revoked")
	}
	n.do("t1", "release/appeal", release.Appeal{Role: release.RoleCTR, Address: n.Addr("t1")})
	n.hear(1, 1, types.Million)
	if k, _ := court.Find(n.Reader(), 1); k.Kind != court.Appeal || k.Outcome != route.Accepted || !active() {
		n.t.Errorf("%s of a %s; back in his role: %v", k.Outcome, k.Kind, active())
	}
}

// Goal: no message is reserved for a route that is not there, and so for nobody.
// Method: the callers of every message against the rows.
func TestCallersExist(t *testing.T) {
	for _, r := range all.Table {
		for _, m := range r.Msgs {
			for _, name := range m.By {
				if all.Table.Find(name) == nil {
					t.Errorf("%s/%s is for a route %s to call, which the law does not have", r.Name, m.Name, name)
				}
			}
		}
	}
}

// Goal: what a proposal may do, it does: each action that routes offer the
// legislature is dispatched in its name and takes effect, but for those of the
// stories. Method: three proposals with an action of each kind; every message
// that the legislature may call has been heard then, or is of a story.
func TestActions(t *testing.T) {
	n := found(t, roles, nil)
	document := contribution.Custody{
		Document: "signing key", Hash: keys.Sum([]byte("sealed")), Locator: "peers", Threshold: 2, Owners: []keys.Address{n.Addr("carol"), n.Addr("dave")},
	}
	n.pass(
		n.pack("params/set", set("dcert.max", 5)),
		n.pack("release/set_grounds", release.SetGrounds{Grounds: []release.Ground{{ID: 7, Text: "sleeps"}}}),
		n.pack("release/set_watchtowers", release.SetWatchtowers{Members: []keys.Address{n.Addr("carol")}, Threshold: 1}),
		n.pack("contribution/repository", contribution.Repository{Repo: "probity", Branch: "trunk"}),
		n.pack("contribution/require", contribution.Require{Repo: "probity", Branch: "trunk", PPM: 500_000}),
		n.pack("contribution/policy", contribution.Policy{Exclude: []string{"vendor/**"}, Multiply: []contribution.Multiplier{}}),
		n.pack("contribution/order", contribution.Order{Repo: "probity", Action: "merge", Arguments: types.Bytes("12"), Bot: n.Addr("erin")}),
		n.pack("contribution/custody", document),
		n.pack("contribution/access", contribution.Access{Document: document.Document, To: n.Addr("erin"), Recipient: "age1x", Reason: "sign"}),
		n.pack("contribution/reset", contribution.Reset{Document: document.Document, Hash: keys.Sum([]byte("new")), Locator: "peers"}),
		n.pack("oracle/register", oracle.Register{Open: true}),
		n.pack("oracle/dismiss", oracle.Dismiss{Member: n.Addr("j03")}),
		n.pack("availability/upgrade", availability.Upgrade{Height: n.Block.Height + 5000, Protocol: 2}),
	)
	if v := ask[[]oracle.Member](n, "oracle/members", "{}"); len(v) != 2 {
		t.Errorf("%d watchtowers, want 2", len(v))
	}
	up, ok := availability.Planned(n.Reader())
	if !ok {
		t.Fatal("no plan")
	}
	n.do("erin", "contribution/done", contribution.Done{Order: 1, OK: true})
	n.pass(n.pack("availability/cancel", availability.Cancel{Height: up.Height, Protocol: up.Protocol}))
	if _, ok := availability.Planned(n.Reader()); ok {
		t.Error("the plan is still there")
	}
	// An action that is refused fails its proposal, which tells why.
	if s := n.enact(n.propose("alice", legislature.Submit{Actions: []types.Msg{n.pack("release/activate", release.Activate{RC: keys.Sum([]byte("none"))})}})); s != "failed" {
		t.Errorf("a release that is not there: %s", s)
	}
	stories := map[string]bool{ // heard in them
		"bank/spend": true, "forum/reward": true, "forum/vouch": true, "legislature/activate": true,
		"dcert/heed": true, "dcert/heed_slash": true, "dcert/revoke": true, "dcert/slash": true, "dcert/disband": true,
	}
	for _, r := range n.Table {
		for _, m := range r.Msgs {
			url := r.Name + "/" + m.Name
			for _, by := range m.By {
				if by == "legislature" && !stories[url] && !n.heard["legislature "+url] {
					t.Errorf("%s was never called by the legislature", url)
				}
			}
		}
	}
}
