package release_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/release"
	"probity/chain/types"
)

// Goal: whatever is tried in whatever order, the invariants hold and nothing
// ships that was not voted on and rebuilt. Method: random messages of random
// accounts, random waits, sampled messages of the route itself.
func TestInvariantsHold(t *testing.T) {
	people := append(append([]string{"t1", "t2", "t3", "u1", "u2", "w1", "w2", "w3", "dev", "stranger"}, activists...), technologists...)
	rapid.Check(t, func(r *rapid.T) {
		w := start(t, full, court)
		accounts := make([]keys.Address, len(people))
		for i, p := range people {
			accounts[i] = w.Addr(p)
		}
		for range rapid.IntRange(20, 120).Draw(r, "steps") {
			from, to := rapid.SampledFrom(people).Draw(r, "from"), rapid.SampledFrom(people).Draw(r, "to")
			id := rapid.SampledFrom([]string{"x", "y", "z"}).Draw(r, "rc")
			msg, body := attempt(w, rapid.IntRange(0, 24).Draw(r, "what"), from, to, id)
			if msg != "" {
				_ = w.try(from, msg, body)
				continue
			}
			w.wait(types.Time(rapid.Uint64Range(1, uint64(8*day)).Draw(r, "ms")))
			release.Route.Sample(&route.Sampler{
				Ctx: w.Ctx("release"), Accounts: accounts,
				Draw: func(n uint64) uint64 { return rapid.Uint64Range(0, n-1).Draw(r, "draw") },
				Emit: func(a keys.Address, msgs ...types.Msg) {
					_, m, err := w.Table.Resolve(msgs[0], 1)
					if err != nil {
						r.Fatal(err)
					}
					if _, err := m.Decode(msgs[0].Body); err != nil {
						r.Fatalf("sample of %s: %v", m.Name, err)
					}
				},
			})
		}
		w.wait(1000)
	})
}

// attempt is one of the things that somebody may try; an empty name waits.
func attempt(w *world, what int, from, to, id string) (string, any) {
	choice := release.Choice(1 + (len(from)+what)%2)
	switch what {
	case 0:
		return "submit_rc", w.submission(id)
	case 1, 2:
		return "report", reportOf(from, id, release.Go)
	case 3:
		return "report", reportOf(from, id, release.NoGo)
	case 4, 5:
		return "submit_to_council", w.council(id, what == 4)
	case 6, 7, 8, 9:
		return "ballot", release.Ballot{RC: rc(id), Choice: choice}
	case 10:
		return "trigger", release.Trigger{RC: rc(id)}
	case 11, 12:
		return "submit_build", release.SubmitBuild{RC: rc(id), Artifacts: release.ArtifactsHash(binaries(id))}
	case 13:
		if w.candidate(id) == nil {
			return "", nil
		}
		return "publish", w.publication(id)
	case 14:
		return "apply", release.Apply{College: release.College(1 + len(to)%2)}
	case 15:
		return "sponsor", w.member(to)
	case 16:
		return "endorse", w.member(to)
	case 17:
		return "admit", w.member(to)
	case 18:
		return "leave", release.Leave{}
	case 19:
		return "revoke_ctr", motion(w, to)
	case 20:
		return "revoke_auditor", release.Charge{Auditor: w.Addr(to), Ground: 1}
	case 21:
		return "open_revocation", motion(w, to)
	case 22:
		return "revocation_ballot", release.RevocationBallot{Member: w.Addr(to), Choice: choice}
	case 23:
		return "grant_auditor", w.member(to)
	}
	return "", nil
}

func ExampleArtifactsHash() {
	list := []release.Binary{{Name: "probity-linux-amd64", Hash: keys.Sum([]byte("elf"))}}
	fmt.Println(release.ArtifactsHash(list))
	// Output: 0xf795fc4b27d53c7fe870f78775760da10aba0a110db8c4f93147501e8f13c8ef
}
