package legislature_test

import (
	"encoding/json"
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	law "probity/chain/route/legislature"
	"probity/chain/types"
)

// A proposal is a post with actions, which people write by name.
func ExampleSubmit() {
	action, err := table.Hear(route.Spoken{
		Route: "params", Message: "set", Body: json.RawMessage(`{"changes": [{"name": "law.loss_ppm", "value": 50000}]}`),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	m := law.Submit{
		Title: "Lose less", Post: keys.Sum([]byte("why")), Actions: []types.Msg{action},
		Fee: types.Whole(1), Deposit: types.Whole(100),
	}
	fmt.Println(m.Title, m.Actions[0].Route, m.Actions[0].ID, "costs", m.Fee.Decimal(), "$")
	fmt.Println("as proposal 1 it is", law.Ref(1).Short())
	// Output:
	// Lose less 1 1 costs 1 $
	// as proposal 1 it is c8869a76
}
