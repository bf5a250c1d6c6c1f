package sim

import "testing"

// Goal: a user whose member dies in calm, of damage from before, offers its
// transaction again. Method: a member loses its power at the instant at which calm
// began, before anything left it, and starts. Without the second offer seed 414 of
// sixteen members, whose disk had rotted, counted as a transaction left out.
func TestRemind(t *testing.T) {
	r, err := setup(Config{Seed: 3, Nodes: 4, Quiet: true, Load: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer r.finish()
	if err := r.play(r.now+1000, func() bool { return false }); err != nil {
		t.Fatal(err)
	}
	if err := r.heal(); err != nil {
		t.Fatal(err)
	}
	if len(r.marks) != 4 {
		t.Fatalf("%d of four users offered something", len(r.marks))
	}
	r.members[2].crash()
	r.reboot(r.members[2])
	if err := r.play(r.now+10_000, func() bool { return len(r.marks) == 0 }); err != nil {
		t.Fatal(err)
	}
	if wait := r.missing(); len(wait) > 0 {
		t.Errorf("users of %v still wait", wait)
	}
}
