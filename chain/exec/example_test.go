package exec_test

import (
	"fmt"
	"testing"

	"probity/chain/route/bank"
)

// A producer builds a block, another member verifies it, and both stand at the
// same root. The helpers start and add of this package's tests fill in what a
// node knows: who leads, which salt it opens, the time.
func Example() {
	c := start(&testing.T{}, small())
	block, built, _ := c.build(c.tx("alice", c.send("bob", 1_000)))
	verified, err := c.verify(block)
	if err != nil {
		fmt.Println(err)
		return
	}
	receipt := verified.Receipts()[0]
	fmt.Println("height", verified.Header.Height, "same root:", verified.Root() == built.Root())
	fmt.Println("charged", receipt.Charged, "for weight", receipt.Weight)
	fmt.Println(receipt.Events[0].Route, receipt.Events[0].Name, receipt.Events[0].Attrs[2].Value)

	out, _ := c.x.Query(verified.Parent(), "bank", "balance", []byte(fmt.Sprintf(`{"address": %q}`, addr("bob"))))
	fmt.Println("bob has", out.(bank.Account).Balance)
	// Output:
	// height 1 same root: true
	// charged 348 for weight 348
	// bank transfer 1000
	// bob has 1001000
}
