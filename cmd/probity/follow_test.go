package main

import "testing"

// Goal: a follower whose cursor the node has pruned goes on at the oldest block
// left, instead of asking for ever. Method: the refusal, as an answer and as a
// notification.
func TestFollowerPruned(t *testing.T) {
	refusal := &rpcError{}
	refusal.Data.Kind, refusal.Data.Want = "CURSOR_EXPIRED", "0.4097"
	for name, ask := range map[string]func(f *follower) error{
		"answer":       func(f *follower) error { return f.take(notice{}, refusal, true, "") },
		"notification": func(f *follower) error { return f.take(notice{Error: refusal}, nil, false, "") },
	} {
		f := newFollower([]string{"http://127.0.0.1:1"}, nil)
		f.cursor = "0.12"
		if err := ask(f); err == nil || f.cursor != "0.4097" {
			t.Errorf("%s: goes on at %s after %v", name, f.cursor, err)
		}
	}
}
