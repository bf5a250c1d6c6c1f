package court_test

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/route/court"
)

// A juror commits to 3 % of case 7 and later reveals ratio and salt; nobody else
// can open the same commitment.
func ExampleCommitment() {
	juror, thief := keys.Address{1}, keys.Address{2}
	salt := keys.Sum([]byte("keep this"))
	c := court.Commitment(7, 1, juror, 30_000, salt)
	fmt.Println(c == court.Commitment(7, 1, juror, 30_000, salt))
	fmt.Println(c == court.Commitment(7, 1, thief, 30_000, salt))
	// Output:
	// true
	// false
}
