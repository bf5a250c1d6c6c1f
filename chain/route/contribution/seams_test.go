package contribution

import (
	"fmt"
	"testing"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/forum"
	"probity/chain/route/oracle"
	"probity/chain/types"
)

// Goal: what this route says to others is what they read. Method: each message's
// number, callers and body against the other route's own declaration.
func TestMessagesToOtherRoutes(t *testing.T) {
	for _, c := range []struct {
		to   *route.Route
		id   uint16
		num  uint16
		name string
		body any
		want any
	}{
		{forum.Route, forumRoute, forumLink, "link", forumLinkBody{Identity: keys.Address{1}, To: keys.Address{2}},
			forum.Link{Identity: keys.Address{1}, To: keys.Address{2}}},
		{oracle.Route, oracleRoute, oracleOpenTask, "open_task", openTask{Opener: self, Kind: kindContribution, Subject: keys.Hash{3}, Deadline: 4},
			oracle.OpenTask{Opener: self, Kind: oracle.Contribution, Subject: keys.Hash{3}, Deadline: 4}},
		{bank.Route, bankRoute, bankAllow, "allow", bankAllowBody{Spender: keys.Address{5}, PerEpoch: types.NewAmount(6)},
			bank.Allow{Spender: keys.Address{5}, PerEpoch: types.NewAmount(6)}},
	} {
		m := c.to.Msg(c.name)
		if c.to.ID != c.id || m == nil || m.ID != c.num || len(m.By) > 0 && !contains(m.By, self) {
			t.Errorf("%s is not message %d of route %d, or not for this route", c.name, c.num, c.id)
			continue
		}
		got, err := m.Decode(codec.MustMarshal(c.body))
		if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", c.want) {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
}
