package contrib

import (
	"context"
	"flag"
	"os/exec"
	"testing"
	"time"

	"probity/node/contrib/fixture"
)

var long = flag.Bool("long", false, "count a repository of 10,000 files and 20,000 commits")

// Goal: a repository of 10,000 files and 20,000 commits is counted, and a
// hundred commits more from the cache with the same result as without. Method:
// the generator; times are printed, not asserted.
func TestTwentyThousandCommits(t *testing.T) {
	if !*long {
		t.Skip("without -long")
	}
	begun := time.Now()
	step := func(what string) {
		t.Logf("%-28s %6.1f s", what, time.Since(begun).Seconds())
		begun = time.Now()
	}
	r := written(t, fixture.Large(fixture.Twenty))
	step("generated")
	if err := exec.Command("git", "-C", r.path, "repack", "-adfq", "--window=10").Run(); err == nil {
		step("packed with deltas by git")
		again, err := Open(r.path)
		if err != nil {
			t.Fatal(err)
		}
		r = again
	}
	dir := t.TempDir()
	count := func(rev, cache string) *Count {
		head, err := r.Resolve(rev)
		if err != nil {
			t.Fatal(err)
		}
		c, err := CountPoints(context.Background(), r, head, DefaultRules(), Options{Cache: cache})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	count("main~100", dir)
	step("first count")
	quick := count("main", dir)
	step("100 commits later")
	count("main", dir)
	step("again")
	full := count("main", "")
	step("without a cache")
	if quick.Tables() != full.Tables() {
		t.Error("the cache changes the result")
	}
}
