package dcert_test

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/route/dcert"
)

// A member breaks a route without saying why, and says so once the hole is shut:
// anyone can check that it is what the member knew then.
func ExampleMotiveCommitment() {
	motive, salt := []byte("transfers can be replayed"), keys.Sum([]byte("from a good generator"))
	told := dcert.Trip{Messages: []string{"bank/send"}, Commitment: dcert.MotiveCommitment(motive, salt)}
	later := dcert.RevealMotive{Trip: 1, Motive: motive, Salt: salt}
	fmt.Println(dcert.MotiveCommitment(later.Motive, later.Salt) == told.Commitment)
	// Output: true
}
