package node_test

import (
	"encoding/json"
	"testing"

	"probity/chain/types"
	"probity/node/rpc"
)

// Goal: on a running chain every unit of a member's REP is explained, from the
// genesis on: pages follow one another, add up, and name the pools that paid.
// Method: one member, forty blocks, pages of five changes.
func TestRepExplain(t *testing.T) {
	c := newCluster(t, 1)
	c.start(0)
	c.reach(0, 40, patience)
	member := c.spec.Members[0].Keys.Account.Public().Address()
	var sum types.Amount
	changes := 0
	for params := map[string]any{"address": member, "to": 40, "limit": 5}; ; {
		raw, err := json.Marshal(c.result(0, "rep_explain", params))
		if err != nil {
			t.Fatal(err)
		}
		var out rpc.Read[rpc.Explanation]
		if err := json.Unmarshal(raw, &out); err != nil {
			t.Fatal(err)
		}
		page := out.Value
		if page.Before == nil || page.Before.WREP != sum {
			t.Fatalf("blocks %d to %d begin with %v, the page before ended with %s", page.From, page.To, page.Before, sum)
		}
		for _, e := range page.Items {
			changes++
			switch {
			case e.Kind == "genesis":
				if e.Amount != types.Whole(1000) {
					t.Errorf("the genesis gave %s", e.Amount)
				}
			case !e.Gain || e.By == nil || e.By.Route != "pool" || e.By.Name != "settled":
				t.Errorf("%+v names no pool", e)
			}
			sum = sum.Add(e.Amount)
		}
		if page.After.WREP != sum {
			t.Fatalf("blocks %d to %d end with %s, want %s", page.From, page.To, page.After.WREP, sum)
		}
		if page.Cursor == nil {
			break
		}
		params["cursor"] = *page.Cursor
	}
	if changes < 20 {
		t.Errorf("only %d changes in forty blocks", changes)
	}
}
