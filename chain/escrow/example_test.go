package escrow_test

import (
	"fmt"

	"probity/chain/escrow"
)

// A contract escrows a salt with three ticket holders. In its view it opens the
// salt itself; had it stayed silent, any two of the three would have opened the
// same one.
func Example() {
	suite := escrow.DHPVSS
	var secrets []escrow.Secret
	var public [][]byte
	for i := range uint32(3) {
		secrets = append(secrets, escrow.NewSecret([32]byte{'h', 'o', 'l', 'd', 'e', 'r'}, i))
		public = append(public, suite.Public(secrets[i]))
	}
	panel, err := escrow.DHPVSS.Panel(public)
	if err != nil {
		panic(err)
	}
	at := escrow.Place{Epoch: 12, Salt: 0}
	seed := [32]byte{'d', 'e', 'a', 'l', 'e', 'r'}
	dealing := suite.Deal(panel, at, seed)
	fmt.Println("dealing:", len(dealing), "bytes,", suite.Verify(panel, at, dealing))

	opened, err := suite.Open(at, dealing, suite.Reveal(at, seed, dealing))
	fmt.Println("opened:", err)

	shares := []escrow.Share{suite.Share(at, dealing, 2, secrets[2]), suite.Share(at, dealing, 0, secrets[0])}
	for _, s := range shares {
		fmt.Println("share of ticket", s.Ticket, suite.CheckShare(panel, at, dealing, s))
	}
	recovered, err := suite.Recover(panel, at, dealing, shares)
	fmt.Println("recovered the same:", recovered == opened, err)
	// Output:
	// dealing: 224 bytes, <nil>
	// opened: <nil>
	// share of ticket 2 <nil>
	// share of ticket 0 <nil>
	// recovered the same: true <nil>
}
